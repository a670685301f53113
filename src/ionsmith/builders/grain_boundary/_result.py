"""Results of building grain boundaries."""

from dataclasses import dataclass
from typing import ClassVar

from ase import Atoms

from ionsmith.builders._model import Model, charge_text
from ionsmith.builders.grain_boundary._misorientation import BoundaryKind
from ionsmith.results import Result, Table


@dataclass(frozen=True)
class BoundaryOrientation:
    """Misorientation and plane of a boundary.

    Parameters
    ----------
    kind
        ``"tilt"`` for a rotation about an axis in the boundary, ``"twist"`` about its normal, the
        smaller of both, else ``"mixed"``; symmetric if the grains are images of each other by 180°
        about the normal.
    sigma
        Σ of the coincidence site lattice; None if there is none up to 49.
    planes
        Plane (hkl) of the first grain and of the second one; both normals point from the first to
        the second grain.
    axis
        Axis [uvw] of the tilt or twist, of either sign.
    angle
        Its angle in degrees.
    disorientation
        Smallest equivalent angle in degrees.
    area
        Area of the common cell in Å².
    strain
        Largest principal strain of the second grain, a fraction.
    """

    kind: BoundaryKind
    sigma: int | None
    planes: tuple[str, str]
    axis: str
    angle: float
    disorientation: float
    area: float
    strain: float

    @property
    def name(self) -> str:
        """Name such as ``Σ5 36.87° [0,0,1] (3,1,0)``."""
        sigma = "" if self.sigma is None else f"Σ{self.sigma} "
        aligned = self.kind not in ("asymmetric tilt", "mixed")
        planes = self.planes[0] if aligned else f"{self.planes[0]}||{self.planes[1]}"
        return f"{sigma}{self.angle:.2f}° {self.axis} {planes}"


@dataclass(frozen=True)
class BoundaryShift:
    """A shift of the second grain along the boundary.

    Parameters
    ----------
    shift
        In fractions of both vectors of the shift cell.
    overlapping
        Number of units of the second grain that overlap with the first, in the cell.
    closest
        Shortest distance in Å across the boundary of what is left.
    contacts
        Number of contacts between the grains after the overlapping units have gone: one for a pair
        at the shortest distance that it has in the crystal, less for other distances.
    copies
        Number of points of the list's grid that are equivalent.
    """

    shift: tuple[float, float]
    overlapping: int
    closest: float
    contacts: float
    copies: int


@dataclass(frozen=True)
class BoundaryShifts(Result):
    """Inequivalent shifts of a boundary.

    Parameters
    ----------
    crystal
        Name of the crystal.
    boundary
        The boundary.
    shift_cell
        Both vectors of the cell of inequivalent shifts in Å, in the axes of the model.
    shifts
        The shifts, the best first: those at which no overlap changes the composition, and of these
        the ones with the most contacts.
    """

    crystal: str
    boundary: BoundaryOrientation
    shift_cell: tuple[tuple[float, float], tuple[float, float]]
    shifts: tuple[BoundaryShift, ...]

    def tables(self) -> list[Table]:
        """Return one row for each shift."""
        rows = [
            (
                f"{s.shift[0]:g} {s.shift[1]:g}",
                s.overlapping,
                round(s.closest, 3),
                round(s.contacts, 2),
                s.copies,
            )
            for s in self.shifts
        ]
        (a, b), (c, d) = self.shift_cell
        title = (
            f"{self.crystal} {self.boundary.name}: {len(rows)} shifts, in fractions of "
            f"({a:.3f}, {b:.3f}) and ({c:.3f}, {d:.3f}) Å"
        )
        headers = ("shift", "overlapping units", "closest (Å)", "contacts", "copies")
        return [Table(title, headers, rows)]


@dataclass(frozen=True)
class GrainBoundaries(Result):
    """Boundaries of a crystal with small common cells.

    Parameters
    ----------
    crystal
        Name of the crystal.
    boundaries
        The boundaries, by plane and area.
    """

    crystal: str
    boundaries: tuple[BoundaryOrientation, ...]

    def tables(self) -> list[Table]:
        """Return one row for each boundary."""
        rows = [
            (
                b.planes[0],
                b.kind,
                b.sigma,
                b.axis,
                round(b.angle, 2),
                round(b.disorientation, 2),
                round(b.area, 2),
                round(b.strain, 5),
            )
            for b in self.boundaries
        ]
        headers = ("plane", "kind", "Σ", "axis", "angle (°)", "disorientation (°)", "area (Å²)")
        title = f"{self.crystal}: {len(rows)} boundaries"
        return [Table(title, (*headers, "strain"), rows)]


@dataclass(frozen=True)
class GrainBoundary(Model):
    """A model of a grain boundary.

    Parameters
    ----------
    atoms
        The structure, z along the normal; the array ``grain`` is 1 in the first grain and 2 in the
        second, ``part`` the same in words.
    crystal
        Name of the crystal.
    boundary
        Misorientation and plane.
    cell_vectors
        Vectors of the cell in the boundary as lattice vectors [uvw] of the first grain.
    terminations
        Names of the cuts at the upper face of the first and the lower face of the second grain.
    shift
        Of the second grain, in fractions of the shift cell.
    shift_cell
        Both vectors of the cell of inequivalent shifts in Å, in the axes of the model.
    n_boundaries
        Number of boundaries in the cell: two in a periodic stack, one with vacuum.
    heights
        Heights of the boundaries in Å.
    equivalent
        Whether an operation maps one boundary onto the other; None with one.
    thickness
        Thickness of each grain in Å.
    vacuum
        Height of the vacuum in Å, zero in a periodic stack.
    overlap
        Share of the shortest distances in the crystal below which atoms of the grains overlap.
    removed
        Units that were removed because they overlapped, by formula, at all boundaries together.
    surplus
        Units that were removed for a neutral model, by formula.
    closest
        Shortest distance across a boundary in Å.
    formula
        Chemical formula of the model.
    stoichiometric
        Whether the model has the composition of the crystal.
    charge
        Sum of formal charges in e; None if they are unknown.
    charges_from
        Source of the formal charges.
    notes
        What a user should know.
    """

    document: ClassVar = (
        "crystal",
        "boundary",
        "cell_vectors",
        "terminations",
        "shift",
        "shift_cell",
        "n_boundaries",
        "heights",
        "equivalent",
        "thickness",
        "vacuum",
        "overlap",
        "removed",
        "surplus",
        "closest",
        "formula",
        "stoichiometric",
        "charge",
        "charges_from",
        "notes",
        "n_atoms",
        "cellpar",
    )

    atoms: Atoms
    crystal: str
    boundary: BoundaryOrientation
    cell_vectors: tuple[tuple[float, float, float], tuple[float, float, float]]
    terminations: tuple[str, str]
    shift: tuple[float, float]
    shift_cell: tuple[tuple[float, float], tuple[float, float]]
    n_boundaries: int
    heights: tuple[float, ...]
    equivalent: bool | None
    thickness: tuple[float, float]
    vacuum: float
    overlap: float
    removed: dict[str, int]
    surplus: dict[str, int]
    closest: float
    formula: str
    stoichiometric: bool
    charge: float | None
    charges_from: str
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the boundary and the notes."""
        b = self.boundary
        removed = ", ".join(f"{n} {unit}" for unit, n in self.removed.items()) or "none"
        surplus = ", ".join(f"{n} {unit}" for unit, n in self.surplus.items()) or "none"
        shift = np_dot(self.shift, self.shift_cell)
        rows: list[tuple[object, object]] = [
            ("boundary", f"{b.name}, {b.kind}"),
            ("disorientation (°)", round(b.disorientation, 2)),
            ("planes of the grains", f"{b.planes[0]}  {b.planes[1]}"),
            ("area (Å²)", round(b.area, 3)),
            ("strain of the second grain", round(b.strain, 5)),
            ("cell (Å, °)", self._cell_text()),
            ("boundaries", _boundaries_text(self.n_boundaries, self.equivalent)),
            ("thickness of the grains (Å)", "  ".join(f"{t:.2f}" for t in self.thickness)),
            ("terminations", "  ".join(self.terminations)),
            (
                "shift",
                f"{self.shift[0]:g} {self.shift[1]:g}, or {shift[0]:.3f} {shift[1]:.3f} Å",
            ),
            ("removed overlapping units", removed),
            ("removed surplus units", surplus),
            ("closest across (Å)", round(self.closest, 3)),
            ("formula", self.formula),
            ("stoichiometric", "yes" if self.stoichiometric else "no"),
            ("charge (e)", charge_text(self.charge)),
        ]
        tables = [Table(f"{self.crystal}: {self.n_atoms} atoms", ("grain boundary", "value"), rows)]
        if self.notes:
            tables.append(Table("", ("note",), [(note,) for note in self.notes]))
        return tables


def np_dot(
    shift: tuple[float, float], cell: tuple[tuple[float, float], tuple[float, float]]
) -> tuple[float, float]:
    """Shift in Å."""
    (a, b), (c, d) = cell
    return shift[0] * a + shift[1] * c, shift[0] * b + shift[1] * d


def _boundaries_text(number: int, equivalent: bool | None) -> str:
    """How many boundaries there are, and whether they are equivalent."""
    if number == 1:
        return "1, with vacuum"
    return f"2, {'equivalent' if equivalent else 'not equivalent'}"
