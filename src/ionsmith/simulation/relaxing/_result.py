"""What a relaxation did: steps, energies, how far atoms moved, and what changed around them.

A relaxation in sentences and tables.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.analyzers.coordination import Comparison, compare, shared_polyhedra
from ionsmith.results import Result, Table, plain

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Movement:
    """How far the atoms of one element moved.

    Parameters
    ----------
    element
        Its symbol.
    count
        Number of its atoms.
    mean, rms, largest
        Distances in Å, the drift and the strain of the cell taken away.
    farthest
        Index of the atom that moved farthest.
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
        Names of the polyhedra before.
    kind
        What they shared before.
    first, second
        Indices of the centres.
    distance_before, distance_after
        From centre to centre, in Å.
    kind_after
        What they share now, None if nothing.
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
    """A relaxed structure, and how it came about.

    Parameters
    ----------
    atoms
        The structure, with energy, forces and provenance.
    potential
        Name, model, package, version, hash of the weights, source.
    converged
        Whether the largest force fell below the limit.
    steps
        Steps that were taken.
    optimizer, fmax, cell
        As asked for; the limit in eV/Å.
    n_fixed
        Atoms that were held.
    energy_before, energy_after
        Of the whole structure, in eV; comparable with energies of this potential only.
    largest_force_before, largest_force_after
        In eV/Å, the strains of the cell included where it relaxes.
    cellpar_before, cellpar_after
        a, b, c in Å and α, β, γ in degrees, shape (6,).
    volume_before, volume_after
        In Å^3, None without a cell.
    drift
        Mean displacement of all atoms in Å, shape (3,); it is taken away from the movements unless
        atoms are held.
    movements
        By element.
    edges
        Pairs of polyhedra that shared an edge or a face before.
    comparison
        Coordination and shared polyhedra before and after.
    """

    atoms: Atoms
    potential: dict[str, str | None]
    converged: bool
    steps: int
    optimizer: str
    fmax: float
    cell: str
    n_fixed: int
    energy_before: float
    energy_after: float
    largest_force_before: float
    largest_force_after: float
    cellpar_before: NDArray[np.float64]
    cellpar_after: NDArray[np.float64]
    volume_before: float | None
    volume_after: float | None
    drift: NDArray[np.float64]
    movements: tuple[Movement, ...]
    edges: tuple[SharedPair, ...]
    comparison: Comparison

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the atoms, a summary first."""
        fields = {name: plain(value) for name, value in vars(self).items() if name != "atoms"}
        return {"summary": self.summary(), **fields, "n_atoms": len(self.atoms)}

    def summary(self) -> list[str]:
        """Return what happened in a few sentences."""
        pass

        return summary(self)

    def tables(self) -> list[Table]:
        """Return the facts, the movements, shared edges, and what changed in coordination."""
        pass

        return tables(self)

    def table(self) -> str:
        """Return the summary and the tables as readable text."""
        return "\n".join(self.summary()) + "\n\n" + super().table()


def relaxation_report(before: Atoms, after: Atoms) -> Relaxation:
    """Measure what a relaxation did."""
    how = provenance.of(after)["steps"][-1]["parameters"]
    drift, movements = _movements(before, after, held=how["n_fixed"] > 0)
    fields = {name: value for name, value in how.items() if name != "job"}
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
    return float(atoms.cell.volume) if atoms.cell.rank == 3 else None


def _movements(
    before: Atoms, after: Atoms, *, held: bool
) -> tuple[NDArray[np.float64], tuple[Movement, ...]]:
    """Displacements in the mean of both cells; atoms never leave their image while they relax."""
    if before.cell.rank == 3:
        steps = after.cell.scaled_positions(after.positions) - before.cell.scaled_positions(
            before.positions
        )
        moved = steps @ ((before.cell.array + after.cell.array) / 2)
    else:
        moved = after.positions - before.positions
    drift = moved.mean(axis=0)
    way = np.linalg.norm(moved if held else moved - drift, axis=1)
    rows = []
    for number in np.unique(before.numbers):
        own = np.flatnonzero(before.numbers == number)
        far = way[own]
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
    way = atoms.positions[j] + shift @ atoms.cell.array - atoms.positions[i]
    return float(np.linalg.norm(way))


def summary(found: "Relaxation") -> list[str]:
    """Say whether it converged, how far atoms moved, and what became of shared edges."""
    said = found.potential
    ends = (
        f"{found.largest_force_after:.3g} eV/Å is left of {found.largest_force_before:.3g}, "
        f"the limit is {found.fmax:g}"
    )
    how = "Relaxed" if found.converged else "NOT CONVERGED: the steps ran out"
    lines = [
        f"{how} after {found.steps} steps ({ends}).",
        f"Energy {found.energy_before:.4f} → {found.energy_after:.4f} eV by {said['model']} "
        f"({said['package']} {said['version']}).",
    ]
    far = max(found.movements, key=lambda row: row.largest)
    rms = np.sqrt(
        sum(row.count * row.rms**2 for row in found.movements)
        / sum(row.count for row in found.movements)
    )
    lines.append(
        f"Atoms moved by {rms:.3f} Å (rms), {far.element}{far.farthest} farthest by "
        f"{far.largest:.3f} Å."
    )
    lines += [_survival(pair, kind, rows) for (pair, kind), rows in _groups(found).items()]
    lines += [_coordination(element, found) for element in found.comparison.coordination]
    return lines


def tables(found: "Relaxation") -> list[Table]:
    """Return the facts, movements, shared edges, then coordination and sharing."""
    said = found.potential
    energies = round(found.energy_before, 4), round(found.energy_after, 4)
    changes = [
        (f"energy (eV) by {said['model']}", *energies),
        (
            "largest force (eV/Å)",
            round(found.largest_force_before, 4),
            round(found.largest_force_after, 4),
        ),
    ]
    names = ("a (Å)", "b (Å)", "c (Å)", "α (°)", "β (°)", "γ (°)")
    for name, old, new in zip(names, found.cellpar_before, found.cellpar_after, strict=True):
        changes.append((name, round(float(old), 4), round(float(new), 4)))
    if found.volume_before is not None and found.volume_after is not None:
        changes.append(("volume (Å³)", round(found.volume_before, 2), round(found.volume_after, 2)))
    facts = [
        ("potential", f"{said['model']}, {said['package']} {said['version']}"),
        ("weights", said["weights_sha256"] or "none"),
        ("source", said["source"] or "not known"),
        ("cell relaxed", found.cell),
        ("optimizer", found.optimizer),
        ("atoms held", found.n_fixed),
        ("drift (Å)", " ".join(f"{value:.3f}" for value in found.drift)),
    ]
    moved = [
        (row.element, row.count, round(row.mean, 4), round(row.rms, 4), round(row.largest, 4))
        for row in found.movements
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
        for (pair, kind), rows in _groups(found).items()
    ]
    result = [
        Table("Relaxation", ("", "before", "after"), changes),
        Table("", ("", ""), facts),
        Table("How far atoms moved (Å)", ("element", "atoms", "mean", "rms", "largest"), moved),
    ]
    if edges:
        result.append(
            Table(
                "Polyhedra that shared an edge or face, centre to centre in Å",
                ("pair", "shared", "before", "still", "distance before", "distance after"),
                edges,
            )
        )
    coordination = [
        (element, row.coordination_number, row.before, row.after)
        for element, rows in found.comparison.coordination.items()
        for row in rows
    ]
    result.append(Table("Coordination", ("element", "number", "before", "after"), coordination))
    return result


def _groups(found: "Relaxation") -> dict[tuple[str, str], list["SharedPair"]]:
    groups: dict[tuple[str, str], list[SharedPair]] = {}
    for row in sorted(found.edges, key=lambda row: (row.pair, row.kind)):
        groups.setdefault((row.pair, row.kind), []).append(row)
    return groups


def _survival(pair: str, kind: str, rows: list["SharedPair"]) -> str:
    still = sum(row.kind_after is not None and row.kind_after != "corner" for row in rows)
    before = _span([row.distance_before for row in rows])
    after = _span([row.distance_after for row in rows])
    return (
        f"{pair} sharing a{'n edge' if kind == 'edge' else ' face'}: {still} of {len(rows)} "
        f"survive, centres {before} Å apart before, {after} Å after."
    )


def _coordination(element: str, found: "Relaxation") -> str:
    def listed(which: str) -> str:
        rows = found.comparison.coordination[element]
        return ", ".join(
            f"{getattr(row, which)} with {row.coordination_number}"
            for row in rows
            if getattr(row, which)
        )

    before, after = listed("before"), listed("after")
    same = " (as before)" if before == after else f" (before: {before})"
    return f"{element} by coordination number: {after}{same}."


def _span(values: list[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low}–{high}"
