"""Results of cutting slabs."""

from dataclasses import dataclass
from typing import ClassVar

from ase import Atoms

from ionsmith.builders._model import Model
from ionsmith.results import Result, Table
from ionsmith.surfaces.polarity import TaskerType
from ionsmith.surfaces.terminations import Termination, terminations_table


@dataclass(frozen=True)
class Slab(Model):
    """A slab of a crystal.

    Parameters
    ----------
    atoms
        The structure: z along the normal of the plane, vacuum below and above.
    crystal
        Name of the crystal.
    plane
        The plane (hkl), whose normal points upwards.
    cell_vectors
        Vectors of the cell in the plane as lattice vectors [uvw].
    area
        Area of the cell in the plane, in Å².
    n_planes
        Number of lattice planes.
    spacing
        Distance of the lattice planes in Å.
    thickness
        From the lowest to the highest atom, in Å.
    vacuum
        Height of the vacuum in Å.
    termination, back_termination
        Names of the cuts at the upper face and at the back.
    formula
        Chemical formula of the slab.
    stoichiometric
        Whether the slab has the composition of the crystal.
    symmetric
        Whether an operation of the slab turns it over.
    groups
        Number of molecular groups by name, all of them whole.
    tasker
        Tasker's type of the plane; None if formal charges are unknown.
    charge
        Sum of formal charges in e; None if they are unknown.
    dipole
        Dipole moment along the normal in e Å, about the middle of the slab; None if formal charges
        are unknown or do not add up to zero.
    surface_charge
        Dipole of the repeat unit over its volume at the termination, in e/Å²: what would
        compensate a slab cut alike on both sides; None if formal charges are unknown.
    charges_from
        Source of the formal charges.
    severed
        Bond valence that the termination severs, in valence units per Å²; bonds per Å² if formal
        charges are unknown.
    severed_bonds
        Number of bonds by their elements that the upper face severs, in the cell.
    n_frozen
        Number of frozen atoms, at the back.
    n_hydrogen
        Number of H that were added.
    compensation
        What was done to make the slab neutral or to passivate it, step by step.
    notes
        What a user should know of this slab.
    """

    atoms: Atoms
    crystal: str
    plane: str
    cell_vectors: tuple[tuple[float, float, float], tuple[float, float, float]]
    area: float
    n_planes: int
    spacing: float
    thickness: float
    vacuum: float
    termination: str
    back_termination: str
    formula: str
    stoichiometric: bool
    symmetric: bool
    groups: dict[str, int]
    tasker: TaskerType | None
    charge: float | None
    dipole: float | None
    surface_charge: float | None
    charges_from: str
    severed: float
    severed_bonds: dict[str, int]
    n_frozen: int
    n_hydrogen: int
    compensation: tuple[str, ...]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the slab and the notes."""
        severed = ", ".join(f"{n} {pair}" for pair, n in self.severed_bonds.items()) or "none"
        rows: list[tuple[object, object]] = [
            ("termination", self.termination),
            ("termination at the back", self.back_termination),
            ("cell (Å, °)", self._cell_text()),
            ("area (Å²)", round(self.area, 2)),
            ("lattice planes", f"{self.n_planes} of {self.spacing:.3f} Å"),
            ("thickness (Å)", round(self.thickness, 2)),
            ("vacuum (Å)", round(self.vacuum, 2)),
            ("formula", self.formula),
            ("stoichiometric", "yes" if self.stoichiometric else "no"),
            ("symmetric", "yes" if self.symmetric else "no"),
            ("molecular groups", ", ".join(f"{n} {g}" for g, n in self.groups.items()) or "none"),
            ("type (Tasker)", self.tasker or "unknown"),
            ("charge (e)", _signed(self.charge, 2)),
            ("dipole (e Å)", _signed(self.dipole, 2)),
            ("surface charge (e/Å²)", _signed(self.surface_charge, 4)),
            ("severed valence (v.u./Å²)", round(self.severed, 4)),
            ("severed bonds", severed),
            ("frozen atoms", self.n_frozen),
            ("added H", self.n_hydrogen),
        ]
        title = f"{self.crystal} {self.plane}: {self.n_atoms} atoms"
        tables = [Table(title, ("slab", "value"), rows)]
        if self.compensation:
            tables.append(Table("", ("compensation",), [(step,) for step in self.compensation]))
        if self.notes:
            tables.append(Table("", ("note",), [(note,) for note in self.notes]))
        return tables


@dataclass(frozen=True)
class SlabTerminations(Result):
    """Terminations of a plane.

    Parameters
    ----------
    crystal
        Name of the crystal.
    plane
        The plane (hkl).
    spacing
        Distance of its lattice planes in Å.
    tasker
        Tasker's type of the plane; None if formal charges are unknown.
    terminations
        All terminations, by rising height.
    surface_charges
        Surface charge of each in e/Å²; None if formal charges are unknown.
    turned
        Numbers of the cuts onto which operations that turn the crystal over map each cut; a slab
        between a cut and one of these is symmetric.
    notes
        What a user should know.
    """

    crystal: str
    plane: str
    spacing: float
    tasker: TaskerType | None
    terminations: tuple[Termination, ...]
    surface_charges: tuple[float | None, ...]
    turned: tuple[tuple[int, ...], ...]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return one row for each termination."""
        table = terminations_table(f"{self.crystal} {self.plane}", self.terminations)
        rows = [
            (*row, None if charge is None else round(charge, 4) + 0.0, ", ".join(map(str, turned)))
            for row, charge, turned in zip(
                table.rows, self.surface_charges, self.turned, strict=True
            )
        ]
        title = (
            f"{table.title}: {self.spacing:.3f} Å between lattice planes, "
            f"type {self.tasker or 'unknown'} (Tasker)"
        )
        headers = (*table.headers, "surface charge (e/Å²)", "symmetric with")
        notes = [Table("", ("note",), [(note,) for note in self.notes])] if self.notes else []
        return [Table(title, headers, rows), *notes]


@dataclass(frozen=True)
class Slabs(Result):
    """All inequivalent slabs of a crystal up to an index.

    Parameters
    ----------
    crystal
        Name of the crystal.
    max_index
        Largest Miller index.
    slabs
        The slabs, by plane and termination.
    files
        File of each slab, if they were written.
    skipped
        Planes of which no slab was possible, with the reason.
    bulk
        The crystal in its published cell, ordered if it has partial occupancies.
    """

    document: ClassVar = ("crystal", "max_index", "slabs", "files", "skipped")

    crystal: str
    max_index: int
    slabs: tuple[Slab, ...]
    files: tuple[str, ...]
    skipped: tuple[str, ...]
    bulk: Atoms

    def tables(self) -> list[Table]:
        """Return one row for each slab."""
        headers = (
            "plane",
            "termination",
            "back",
            "type",
            "atoms",
            "thickness (Å)",
            "formula",
            "stoichiometric",
            "symmetric",
            "charge (e)",
            "dipole (e Å)",
            "surface charge (e/Å²)",
            "severed (v.u./Å²)",
            "file",
        )
        files = self.files or (None,) * len(self.slabs)
        rows = [
            (
                slab.plane,
                slab.termination,
                slab.back_termination,
                slab.tasker,
                slab.n_atoms,
                round(slab.thickness, 2),
                slab.formula,
                "yes" if slab.stoichiometric else "no",
                "yes" if slab.symmetric else "no",
                _rounded(slab.charge, 2),
                _rounded(slab.dipole, 2),
                _rounded(slab.surface_charge, 4),
                round(slab.severed, 4),
                file,
            )
            for slab, file in zip(self.slabs, files, strict=True)
        ]
        title = f"{self.crystal}: {len(self.slabs)} slabs of planes up to index {self.max_index}"
        tables = [Table(title, headers, rows)]
        if self.skipped:
            tables.append(Table("", ("left out",), [(text,) for text in self.skipped]))
        return tables


def _rounded(value: float | None, digits: int) -> float | None:
    """Rounded number, without a negative zero."""
    return None if value is None else round(value, digits) + 0.0


def _signed(value: float | None, digits: int) -> str:
    """Number with its sign."""
    return "unknown" if value is None else f"{round(value, digits) + 0.0:+.{digits}f}"
