"""Result of a relaxation: steps, energies, movements of atoms, and changes of coordination."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.analyzers.coordination import Comparison, compare, shared_polyhedra
from ionsmith.results import Result, Table

CellChange = Literal["none", "full", "isotropic", "z"]
"""How the cell may relax: not, all six strains, the volume only, or along z only."""

Optimizer = Literal["lbfgs", "fire"]


@dataclass(frozen=True)
class Movement:
    """Displacements of the atoms of one element, without the strain of the cell and the drift.

    Parameters
    ----------
    element
        element symbol
    count
        number of atoms
    mean
        mean displacement, in Å
    rms
        root mean square displacement, in Å
    largest
        largest displacement, in Å
    farthest
        index of the atom that moved farthest
    """

    element: str
    count: int
    mean: float
    rms: float
    largest: float
    farthest: int


@dataclass(frozen=True)
class SharedPair:
    """Two polyhedra that shared an edge or a face before.

    Parameters
    ----------
    pair
        names of the polyhedra before
    kind
        what they shared before
    first, second
        index of a central atom
    distance_before, distance_after
        distance between the centres, in Å
    kind_after
        what they share after; null if nothing
    """

    pair: str
    kind: str
    first: int
    second: int
    distance_before: float
    distance_after: float
    kind_after: str | None


@dataclass(frozen=True)
class Relaxation(Result):
    """A relaxed structure, and how it was obtained.

    Parameters
    ----------
    atoms
        the relaxed structure, with energy, forces and provenance
    potential
        name, model, package, version, hash of the weights and source of the potential
    converged
        whether the largest force, and stress where the cell relaxes, fell below its limit
    steps
        number of steps taken
    optimizer
        optimizer
    fmax
        limit of the forces, in eV/Å
    smax
        limit of the stress where the cell relaxes, in GPa
    cell
        how the cell could relax
    n_frozen
        number of atoms that could not move
    energy_before, energy_after
        energy of the whole structure, in eV; comparable only with energies of this potential
    largest_force_before, largest_force_after
        largest force on an atom, in eV/Å
    largest_stress_before, largest_stress_after
        largest stress of the strains that relax, in GPa; null where the cell is kept
    cellpar_before, cellpar_after
        a, b, c in Å and α, β, γ in degrees
    volume_before, volume_after
        volume in Å³; null without a cell
    drift
        mean displacement of all atoms, in Å; subtracted from the movements unless atoms are frozen
    movements
        displacements by element
    edges
        pairs of polyhedra that shared an edge or a face before
    comparison
        coordination and shared polyhedra before and after
    """

    document: ClassVar = (
        "summary",
        "potential",
        "converged",
        "steps",
        "optimizer",
        "fmax",
        "smax",
        "cell",
        "n_frozen",
        "energy_before",
        "energy_after",
        "largest_force_before",
        "largest_force_after",
        "largest_stress_before",
        "largest_stress_after",
        "cellpar_before",
        "cellpar_after",
        "volume_before",
        "volume_after",
        "drift",
        "movements",
        "edges",
        "comparison",
        "n_atoms",
    )

    atoms: Atoms
    potential: dict[str, str | None]
    converged: bool
    steps: int
    optimizer: Optimizer
    fmax: float
    smax: float
    cell: CellChange
    n_frozen: int
    energy_before: float
    energy_after: float
    largest_force_before: float
    largest_force_after: float
    largest_stress_before: float | None
    largest_stress_after: float | None
    cellpar_before: NDArray[np.float64]
    cellpar_after: NDArray[np.float64]
    volume_before: float | None
    volume_after: float | None
    drift: NDArray[np.float64]
    movements: tuple[Movement, ...]
    edges: tuple[SharedPair, ...]
    comparison: Comparison

    @property
    def n_atoms(self) -> int:
        """Number of atoms."""
        return len(self.atoms)

    @property
    def _driving(self) -> list[tuple[str, str, float, float, float]]:
        """Force, and stress where the cell relaxes: unit, before, after and limit."""
        rows = [("force", "eV/Å", self.largest_force_before, self.largest_force_after, self.fmax)]
        if self.largest_stress_before is not None and self.largest_stress_after is not None:
            stresses = self.largest_stress_before, self.largest_stress_after
            rows.append(("stress", "GPa", *stresses, self.smax))
        return rows

    @property
    def summary(self) -> tuple[str, ...]:
        """Convergence, movements of the atoms and survival of shared edges, in sentences."""
        potential = self.potential
        ends = "; ".join(
            f"largest {name} {before:.3g} → {after:.3g} {unit}, limit {limit:g}"
            for name, unit, before, after, limit in self._driving
        )
        how = "Relaxed" if self.converged else "NOT CONVERGED: stopped"
        lines = [
            f"{how} after {self.steps} steps ({ends}).",
            f"Energy {self.energy_before:.4f} → {self.energy_after:.4f} eV with "
            f"{potential['model']} ({potential['package']} {potential['version']}).",
        ]
        far = max(self.movements, key=lambda row: row.largest)
        counts = [row.count for row in self.movements]
        rms = np.sqrt(np.average([row.rms**2 for row in self.movements], weights=counts))
        lines.append(
            f"Atoms moved by {rms:.3f} Å (rms), {far.element}{far.farthest} farthest, by "
            f"{far.largest:.3f} Å."
        )
        lines += [_survival(pair, kind, rows) for (pair, kind), rows in _groups(self).items()]
        lines += [_coordination(element, self) for element in self.comparison.coordination]
        return tuple(lines)

    def tables(self) -> list[Table]:
        """Return energies and cell, settings, movements, shared edges and coordination."""
        potential = self.potential
        energy = f"energy (eV) with {potential['model']}"
        changes = [(energy, round(self.energy_before, 4), round(self.energy_after, 4))]
        for name, unit, before, after, _ in self._driving:
            changes.append((f"largest {name} ({unit})", round(before, 4), round(after, 4)))
        names = ("a (Å)", "b (Å)", "c (Å)", "α (°)", "β (°)", "γ (°)")
        for name, old, new in zip(names, self.cellpar_before, self.cellpar_after, strict=True):
            changes.append((name, round(float(old), 4), round(float(new), 4)))
        if self.volume_before is not None and self.volume_after is not None:
            changes.append(
                ("volume (Å³)", round(self.volume_before, 2), round(self.volume_after, 2))
            )
        facts = [
            ("potential", f"{potential['model']}, {potential['package']} {potential['version']}"),
            ("weights", potential["weights_sha256"] or "none"),
            ("source", potential["source"] or "unknown"),
            ("cell relaxed", self.cell),
            ("optimizer", self.optimizer),
            ("atoms frozen", self.n_frozen),
            ("drift (Å)", " ".join(f"{value:.3f}" for value in self.drift)),
        ]
        moved = [
            (row.element, row.count, round(row.mean, 4), round(row.rms, 4), round(row.largest, 4))
            for row in self.movements
        ]
        edges = [
            (
                pair,
                kind,
                len(rows),
                sum(row.kind_after is not None and row.kind_after != "corner" for row in rows),
                _span([row.distance_before for row in rows]),
                _span([row.distance_after for row in rows]),
            )
            for (pair, kind), rows in _groups(self).items()
        ]
        result = [
            Table("Relaxation", ("", "before", "after"), changes),
            Table("", ("", ""), facts),
            Table("Displacements (Å)", ("element", "atoms", "mean", "rms", "largest"), moved),
        ]
        if edges:
            result.append(
                Table(
                    "Polyhedra that shared an edge or face, distances between centres in Å",
                    ("pair", "shared", "before", "still", "distance before", "distance after"),
                    edges,
                )
            )
        coordination = [
            (element, row.coordination_number, row.before, row.after)
            for element, rows in self.comparison.coordination.items()
            for row in rows
        ]
        result.append(Table("Coordination", ("element", "number", "before", "after"), coordination))
        return result

    def table(self) -> str:
        """Return the summary and the tables as text."""
        return "\n".join(self.summary) + "\n\n" + super().table()


def report(before: Atoms, after: Atoms) -> Relaxation:
    """Compare a structure with its relaxed form, whose provenance holds the settings."""
    parameters = provenance.of(after)["steps"][-1]["parameters"]
    drift, movements = _movements(before, after, frozen=parameters["n_frozen"] > 0)
    fields = {name: value for name, value in parameters.items() if name != "job"}
    return Relaxation(
        atoms=after,
        **fields,
        cellpar_before=np.asarray(before.cell.cellpar()),
        cellpar_after=np.asarray(after.cell.cellpar()),
        volume_before=_volume(before),
        volume_after=_volume(after),
        drift=drift,
        movements=movements,
        edges=_edges(before, after),
        comparison=compare(before, after),
    )


def _volume(atoms: Atoms) -> float | None:
    """Volume in Å³, None without a cell."""
    return float(atoms.cell.volume) if atoms.cell.rank == 3 else None


def _movements(
    before: Atoms, after: Atoms, *, frozen: bool
) -> tuple[NDArray[np.float64], tuple[Movement, ...]]:
    """Drift, and displacements by element in the mean of both cells.

    Atoms do not change their periodic image while they relax.
    """
    if before.cell.rank == 3:
        steps = after.cell.scaled_positions(after.positions) - before.cell.scaled_positions(
            before.positions
        )
        moved = steps @ ((before.cell.array + after.cell.array) / 2)
    else:
        moved = after.positions - before.positions
    drift = moved.mean(axis=0)
    distances = np.linalg.norm(moved if frozen else moved - drift, axis=1)
    rows = []
    for number in np.unique(before.numbers):
        own = np.flatnonzero(before.numbers == number)
        far = distances[own]
        rows.append(
            Movement(
                chemical_symbols[number],
                len(own),
                float(far.mean()),
                float(np.sqrt((far**2).mean())),
                float(far.max()),
                int(own[far.argmax()]),
            )
        )
    return drift, tuple(rows)


def _edges(before: Atoms, after: Atoms) -> tuple[SharedPair, ...]:
    """Follow each pair of polyhedra that shares an edge or a face, by its periodic image."""
    old, new = shared_polyhedra(before), shared_polyhedra(after)
    later = {
        (int(i), int(j), *map(int, shift)): new.rows[row].kind
        for i, j, shift, row in zip(new.first, new.second, new.shifts, new.row, strict=True)
    }
    pairs = []
    for place in np.flatnonzero(old.shared > 1):
        i, j = int(old.first[place]), int(old.second[place])
        shift = old.shifts[place]
        row = old.rows[int(old.row[place])]
        pairs.append(
            SharedPair(
                pair=row.pair,
                kind=row.kind,
                first=i,
                second=j,
                distance_before=_length(before, i, j, shift),
                distance_after=_length(after, i, j, shift),
                kind_after=later.get((i, j, *map(int, shift))),
            )
        )
    return tuple(pairs)


def _length(atoms: Atoms, i: int, j: int, shift: NDArray[np.int64]) -> float:
    """Distance in Å from an atom to a periodic image of another."""
    return float(np.linalg.norm(atoms.positions[j] + shift @ atoms.cell.array - atoms.positions[i]))


def _groups(relaxation: "Relaxation") -> dict[tuple[str, str], list["SharedPair"]]:
    """Pairs of polyhedra by their names and what they shared."""
    groups: dict[tuple[str, str], list[SharedPair]] = {}
    for row in sorted(relaxation.edges, key=lambda row: (row.pair, row.kind)):
        groups.setdefault((row.pair, row.kind), []).append(row)
    return groups


def _survival(pair: str, kind: str, rows: list["SharedPair"]) -> str:
    """How many pairs still share an edge or face, in a sentence."""
    still = sum(row.kind_after is not None and row.kind_after != "corner" for row in rows)
    before = _span([row.distance_before for row in rows])
    after = _span([row.distance_after for row in rows])
    return (
        f"{pair} sharing a{'n edge' if kind == 'edge' else ' face'}: {still} of {len(rows)} "
        f"survive, centres {before} Å apart before, {after} Å after."
    )


def _coordination(element: str, relaxation: "Relaxation") -> str:
    """Coordination numbers of an element, in a sentence."""

    def listed(which: str) -> str:
        rows = relaxation.comparison.coordination[element]
        return ", ".join(
            f"{getattr(row, which)} with {row.coordination_number}"
            for row in rows
            if getattr(row, which)
        )

    before, after = listed("before"), listed("after")
    same = " (as before)" if before == after else f" (before: {before})"
    return f"{element} by coordination number: {after}{same}."


def _span(values: list[float]) -> str:
    """Smallest and largest value, or the one if they are the same."""
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low}–{high}"
