"""What cracking β''-alumina gives back: the structure, the crack and what it took."""

from dataclasses import dataclass
from typing import Any, Literal

from ase import Atoms

from ionsmith.results import Result, Table, plain

Wall = Literal["split", "lower", "upper", "out"]
Faces = Literal["stoichiometric", "whole-polyhedra"]
SodiumPlane = Literal["110", "100"]


@dataclass(frozen=True)
class Stretch:
    """A part of a crack between two conduction planes, or along one.

    Parameters
    ----------
    plane, upper_plane
        Conduction plane of the lower wall and that of the upper wall; the same where the crack is
        opened.
    start, end
        Where it lies along the axis, in Å, as asked for.
    wall_distance
        Distance in Å between the O layers of both walls.
    """

    plane: int
    upper_plane: int
    start: float
    end: float
    wall_distance: float


@dataclass(frozen=True)
class Fracture:
    """What is cut out of one spinel block; its two ends are fracture faces.

    Parameters
    ----------
    block
        Number of the block, from 1 at the bottom.
    start, end
        Where it lies along the axis, in Å; ``end`` may lie beyond the cell.
    columns
        Columns of basal cells that are cut out.
    bonds_cut
        Bonds of framework cations to O that each of the two faces cuts, in the whole cell.
    """

    block: int
    start: float
    end: float
    columns: int
    bonds_cut: int


@dataclass(frozen=True)
class SodiumFilling:
    """Na metal in a crack.

    Parameters
    ----------
    n_atoms
        Na atoms of the metal.
    crystalline
        Those among them on the lattice of the metal; the others fill up the walls.
    full
        Atoms that the metal has in the volume that was opened.
    share
        ``n_atoms`` over ``full``.
    plane
        Lattice plane of bcc Na that lies parallel to the conduction planes.
    turn
        Angle in degrees of its shortest vector from the first in-plane cell vector.
    strain
        Principal strains of the metal within the conduction planes, to fit the cell.
    normal_strain
        Its strain normal to them, which keeps the volume of an atom.
    nearest
        Shortest distance in Å of metal atoms to each element of the walls.
    limit
        How near they may come, in Å: the shortest such distance in both crystals.
    areal_capacity
        Charge of the metal atoms over the area of a conduction plane, in µAh/cm².
    """

    n_atoms: int
    crystalline: int
    full: int
    share: float
    plane: SodiumPlane
    turn: float
    strain: tuple[float, float]
    normal_strain: float
    nearest: dict[str, float]
    limit: dict[str, float]
    areal_capacity: float


@dataclass(frozen=True)
class Crack(Result):
    """A β''-alumina structure with a crack, and how it was made.

    Parameters
    ----------
    atoms
        The structure, with arrays ``spinel_block``, ``conduction_plane`` and ``sodium_metal`` (1
        for the atoms of the filling).
    kind
        ``"opened"`` or ``"carved"``.
    stretches
        The crack from one end of the axis to the other.
    fractures
        What is cut out of spinel blocks.
    axis
        Axis that the crack runs along, ``"a"`` or ``"b"``.
    front
        Length in Å of the crack front in the cell.
    length
        Length of the crack along its axis, in Å.
    width
        How far its walls are from where they would be in the crystal, in Å.
    volume
        Volume that was opened, in Å³.
    delaminated_area, fractured_area
        New surface in Å², both walls: along conduction planes, and through spinel blocks.
    removed
        Atoms that were taken out, by element.
    balanced
        Those among them that were taken out to keep the charge.
    composition
        Atoms by element, the filling included.
    charge_before, charge_after
        Sum of formal charges in e without the metal, None where an element has no obvious one.
    coordination_before, coordination_after
        Al by its number of O.
    undercoordinated
        Atoms that lost bonds to the crack, by element.
    filling
        The Na metal, if there is.
    """

    atoms: Atoms
    kind: Literal["opened", "carved"]
    stretches: tuple[Stretch, ...]
    fractures: tuple[Fracture, ...]
    axis: Literal["a", "b"]
    front: float
    length: float
    width: float
    volume: float
    delaminated_area: float
    fractured_area: float
    removed: dict[str, int]
    balanced: dict[str, int]
    composition: dict[str, int]
    charge_before: int | None
    charge_after: int | None
    coordination_before: dict[int, int]
    coordination_after: dict[int, int]
    undercoordinated: dict[str, int]
    filling: SodiumFilling | None

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the atoms, whose cell is given."""
        fields = {name: plain(value) for name, value in vars(self).items() if name != "atoms"}
        return {**fields, "n_atoms": len(self.atoms), "cellpar": plain(self.atoms.cell.cellpar())}

    def tables(self) -> list[Table]:
        """Return the stretches, the balance, the cuts through blocks and the filling."""
        stretches = [
            (
                s.plane if s.plane == s.upper_plane else f"{s.plane} to {s.upper_plane}",
                round(s.start, 2),
                round(s.end, 2),
                round(s.wall_distance, 2),
            )
            for s in self.stretches
        ]
        rows: list[tuple[str, Any]] = [
            ("atoms", len(self.atoms)),
            ("length, front, width (Å)", f"{self.length:.2f}, {self.front:.2f}, {self.width:.2f}"),
            ("volume opened (Å³)", f"{self.volume:.1f}"),
            (
                "new surface, both walls (Å²)",
                f"{self.delaminated_area:.1f} along planes, {self.fractured_area:.1f} through "
                "spinel blocks",
            ),
            ("taken out", formula(self.removed) or "nothing"),
            ("formal charge (e)", f"{_signed(self.charge_before)} → {_signed(self.charge_after)}"),
            (
                "Al by its number of O",
                f"{_counts(self.coordination_before)} → {_counts(self.coordination_after)}",
            ),
            ("atoms that lost bonds", formula(self.undercoordinated) or "none"),
        ]
        if self.balanced:
            rows.insert(5, ("of these to keep the charge", formula(self.balanced)))
        tables = [
            Table(
                f"Crack along conduction planes, {self.kind}",
                ("plane", "from (Å)", "to (Å)", "O layers apart (Å)"),
                stretches,
            ),
            Table("", ("", ""), rows),
        ]
        if self.fractures:
            cuts = [
                (f.block, round(f.start, 2), round(f.end, 2), f.columns, f.bonds_cut)
                for f in self.fractures
            ]
            headers = ("block", "from (Å)", "to (Å)", "columns of cells", "bonds cut, each face")
            tables.append(Table("Cut out of spinel blocks", headers, cuts))
        if self.filling is not None:
            tables.append(_filling(self.filling))
        return tables


def _filling(metal: SodiumFilling) -> Table:
    near = ", ".join(
        f"{element} {distance:.2f} (limit {metal.limit[element]:.2f})"
        for element, distance in metal.nearest.items()
    )
    one, two = metal.strain
    rows: list[tuple[str, Any]] = [
        ("Na atoms", f"{metal.n_atoms} of {metal.full}, {metal.share:.0%} of the volume opened"),
        ("on the lattice of the metal", metal.crystalline),
        ("parallel to the planes", f"({metal.plane}), turned by {metal.turn:.1f}°"),
        ("strain in the planes", f"{one:+.1%}, {two:+.1%}"),
        ("strain normal to them", f"{metal.normal_strain:+.1%}"),
        ("nearest to the walls (Å)", near),
        ("areal capacity (µAh/cm²)", f"{metal.areal_capacity:.3f}"),
    ]
    return Table("Filled with bcc Na", ("", ""), rows)


def formula(counts: dict[str, int]) -> str:
    """Write atoms by element, as ``Al31 O51``."""
    return " ".join(f"{element}{n}" for element, n in counts.items())


def _counts(coordination: dict[int, int]) -> str:
    return ", ".join(f"{n} with {number}" for number, n in coordination.items())


def _signed(charge: int | None) -> str:
    return "unknown" if charge is None else f"{charge:+d}"
