"""What :mod:`ionsmith.builders.amorphous` and :mod:`ionsmith.builders.amorphous` return."""

from dataclasses import dataclass
from typing import Any

from ase import Atoms

from ionsmith.results import Result, Table, plain


@dataclass(frozen=True)
class Quantity:
    """A number of the model beside the published one.

    Parameters
    ----------
    name
        What it is, with its unit.
    model
        Of the model.
    published
        Of the amorphous element; None where nothing is known.
    source
        Where the published value comes from.
    """

    name: str
    model: float
    published: float | None
    source: str


@dataclass(frozen=True)
class AmorphousNetwork(Result):
    """A continuous random network.

    Parameters
    ----------
    atoms
        The structure.
    element
        Its element.
    sweeps
        Attempted bond switches an atom.
    seed
        What it was drawn with.
    energy_per_atom
        Keating energy in eV an atom, from the crystal's.
    bond_length, bond_spread
        Mean and standard deviation of the bond lengths in Å.
    angle, angle_spread
        Mean and standard deviation of the bond angles in degrees.
    coordination
        Number of atoms by their number of neighbours within ``bond_cutoff``.
    bond_cutoff
        Distance in Å below which two atoms count as neighbours.
    peaks
        Places of the first peaks of g(r) in Å.
    rings_per_atom
        Shortest-path rings an atom by size; None where they were not asked for.
    quantities
        Numbers beside the published ones.
    """

    atoms: Atoms
    element: str
    sweeps: int
    seed: int
    energy_per_atom: float
    bond_length: float
    bond_spread: float
    angle: float
    angle_spread: float
    coordination: dict[int, int]
    bond_cutoff: float
    peaks: tuple[float, ...]
    rings_per_atom: dict[int, float] | None
    quantities: tuple[Quantity, ...]

    @property
    def four_coordinated(self) -> float:
        """Share of the atoms that have four neighbours, from 0 to 1."""
        return self.coordination.get(4, 0) / len(self.atoms)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the structure."""
        fields = super().to_dict() | {"four_coordinated": self.four_coordinated}
        del fields["atoms"]
        return _cell(self.atoms) | fields

    def tables(self) -> list[Table]:
        """Return the model beside published values, then its neighbours and rings."""
        rows = [[q.name, round(q.model, 3), q.published, q.source] for q in self.quantities]
        counts = [
            [number, atoms, f"{100 * atoms / len(self.atoms):.2f} %"]
            for number, atoms in self.coordination.items()
        ]
        tables = [
            Table(
                f"Continuous random network of {len(self.atoms)} {self.element}",
                ["", "model", "published", "source"],
                rows,
            ),
            Table(
                f"Neighbours within {self.bond_cutoff:g} Å",
                ["neighbours", "atoms", "share"],
                counts,
            ),
        ]
        if self.rings_per_atom is not None:
            rings = [[size, round(rate, 3)] for size, rate in self.rings_per_atom.items()]
            tables.append(Table("Shortest-path rings", ["atoms in ring", "rings per atom"], rings))
        return tables


@dataclass(frozen=True)
class Contact:
    """The nearest pair of two elements.

    Parameters
    ----------
    pair
        The elements, as ``"Li-Si"``.
    shortest
        Their shortest distance in Å.
    diameter
        The distance in Å from which the soft spheres of the packing push.
    """

    pair: str
    shortest: float
    diameter: float


@dataclass(frozen=True)
class AmorphousPacking(Result):
    """A random packing of the atoms of an alloy.

    Parameters
    ----------
    atoms
        The structure.
    formula
        Per host atom, as built.
    composition
        Atoms by element.
    density
        In g/cm³.
    density_source
        Where the density comes from.
    volume_per_host
        Volume in Å³ an atom of the host.
    contacts
        The nearest pair of each two elements.
    relaxed_by
        What the atoms were relaxed with.
    energy_per_atom
        By the calculator, in eV an atom; None without one.
    largest_force
        By the calculator, in eV/Å; None without one.
    seed
        What the packing was drawn with.
    """

    atoms: Atoms
    formula: str
    composition: dict[str, int]
    density: float
    density_source: str
    volume_per_host: float
    contacts: tuple[Contact, ...]
    relaxed_by: str
    energy_per_atom: float | None
    largest_force: float | None
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the structure."""
        fields = super().to_dict()
        del fields["atoms"]
        return _cell(self.atoms) | fields

    def tables(self) -> list[Table]:
        """Return the packing and its contacts."""
        rows: list[list[Any]] = [
            ["formula", self.formula],
            ["atoms", " ".join(f"{el}{n}" for el, n in self.composition.items())],
            ["density (g/cm³)", round(self.density, 4)],
            ["density from", self.density_source],
            ["volume per host atom (Å³)", round(self.volume_per_host, 3)],
            ["edge of the cell (Å)", round(float(self.atoms.cell[0, 0]), 4)],
            ["relaxed by", self.relaxed_by],
        ]
        if self.energy_per_atom is not None and self.largest_force is not None:
            rows.append(["energy (eV/atom)", round(self.energy_per_atom, 4)])
            rows.append(["largest force (eV/Å)", round(self.largest_force, 4)])
        contacts = [[c.pair, round(c.shortest, 3), round(c.diameter, 3)] for c in self.contacts]
        return [
            Table("Amorphous packing", ["", ""], rows),
            Table("Nearest pairs", ["pair", "shortest (Å)", "soft sphere (Å)"], contacts),
        ]


def _cell(atoms: Atoms) -> dict[str, Any]:
    return {"n_atoms": len(atoms), "cellpar": plain(atoms.cell.cellpar())}
