"""Result of cracking β''-alumina."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ase import Atoms

from ionsmith.builders._model import Model, charge_text, composition_text
from ionsmith.builders.beta_alumina.crack._plot import draw_crack, plot_crack
from ionsmith.builders.choices import CrackAxis, SodiumPlane
from ionsmith.results import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Stretch:
    """Part of a crack along one conduction plane, or between two.

    Parameters
    ----------
    plane, upper_plane
        Conduction plane of the lower and of the upper wall, equal in an opened crack.
    start, end
        Ends along the axis in Å, as requested.
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
    """Slot cut out of one spinel block; its two ends are fracture faces.

    Parameters
    ----------
    block
        Number of the block, from 1 at the bottom.
    start, end
        Ends along the axis in Å; ``end`` may lie beyond the cell.
    columns
        Number of columns of basal cells removed.
    bonds_cut
        Number of cation–O bonds of the framework cut by each of the two faces in the cell.
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
        Number of Na atoms of the metal.
    crystalline
        Number of these on the lattice of the metal; the others fill the room left at the walls.
    full
        Number of atoms of bulk Na in the volume opened.
    share
        ``n_atoms`` over ``full``.
    plane
        Lattice plane of bcc Na parallel to the conduction planes.
    turn
        Angle in degrees between its shortest vector and the first in-plane cell vector.
    strain
        Principal strains of the metal within the conduction planes, which make it fit the cell.
    normal_strain
        Strain of the metal normal to them, which conserves the atomic volume.
    nearest
        Shortest distance in Å of metal atoms to each element of the walls.
    limit
        Closest approach allowed in Å: the shortest such distance in both crystals.
    areal_capacity
        Charge of the metal atoms per area of the conduction plane, in µAh/cm².
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
class Crack(Model):
    """A β-alumina or β''-alumina structure with a crack.

    Parameters
    ----------
    atoms
        The structure, with the arrays ``spinel_block``, ``conduction_plane`` and ``sodium_metal``
        (1 for the atoms of the filling).
    kind
        ``"opened"`` through the whole cell, or ``"carved"`` between two tips.
    stretches
        The crack from one end of the axis to the other.
    fractures
        Slots cut out of spinel blocks.
    axis
        Cell vector along which the crack runs.
    front
        Length in Å of the crack front in the cell.
    length
        Length in Å of the crack along its axis.
    width
        Distance in Å by which the walls are farther apart than in the crystal.
    volume
        Volume opened, in Å³.
    delaminated_area, fractured_area
        New surface in Å² of both walls, along conduction planes and through spinel blocks.
    removed
        Number of removed atoms of each element.
    balanced
        Number of these removed to conserve the charge.
    composition
        Number of atoms of each element, the filling included.
    charge_before, charge_after
        Sum of formal charges in e, without the metal; None if an element has no unique one.
    coordination_before, coordination_after
        Number of Al atoms by their number of O.
    undercoordinated
        Number of atoms of each element that lost bonds to the crack.
    filling
        The Na metal; None in an empty crack.
    """

    atoms: Atoms
    kind: Literal["opened", "carved"]
    stretches: tuple[Stretch, ...]
    fractures: tuple[Fracture, ...]
    axis: CrackAxis
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

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the crack along its front, with the numbers of blocks and planes beside it.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_crack(self.atoms, self.axis, ax)

    def draw(self) -> "Figure":
        """Draw the crack as a figure of its own."""
        return draw_crack(self.atoms, self.axis)

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
            ("removed", composition_text(self.removed) or "nothing"),
            (
                "formal charge (e)",
                f"{charge_text(self.charge_before)} → {charge_text(self.charge_after)}",
            ),
            (
                "Al by its number of O",
                f"{_counts(self.coordination_before)} → {_counts(self.coordination_after)}",
            ),
            ("atoms that lost bonds", composition_text(self.undercoordinated) or "none"),
        ]
        if self.balanced:
            rows.insert(5, ("of these to conserve the charge", composition_text(self.balanced)))
        tables = [
            Table(
                f"Crack along conduction planes, {self.kind}",
                ("plane", "from (Å)", "to (Å)", "O layer spacing (Å)"),
                stretches,
            ),
            Table("", ("", ""), rows),
        ]
        if self.fractures:
            cuts = [
                (f.block, round(f.start, 2), round(f.end, 2), f.columns, f.bonds_cut)
                for f in self.fractures
            ]
            headers = ("block", "from (Å)", "to (Å)", "columns of cells", "bonds cut per face")
            tables.append(Table("Slots cut out of spinel blocks", headers, cuts))
        if self.filling is not None:
            tables.append(_filling(self.filling))
        return tables


def _filling(metal: SodiumFilling) -> Table:
    """Table of the metal."""
    near = ", ".join(
        f"{element} {distance:.2f} (limit {metal.limit[element]:.2f})"
        for element, distance in metal.nearest.items()
    )
    first, second = metal.strain
    rows: list[tuple[str, Any]] = [
        ("Na atoms", f"{metal.n_atoms} of {metal.full}, {metal.share:.0%} of the volume opened"),
        ("on the lattice of the metal", metal.crystalline),
        ("parallel to the planes", f"({metal.plane}), rotated by {metal.turn:.1f}°"),
        ("strain in the planes", f"{first:+.1%}, {second:+.1%}"),
        ("strain normal to them", f"{metal.normal_strain:+.1%}"),
        ("nearest to the walls (Å)", near),
        ("areal capacity (µAh/cm²)", f"{metal.areal_capacity:.3f}"),
    ]
    return Table("Filled with bcc Na", ("", ""), rows)


def _counts(coordination: dict[int, int]) -> str:
    """Numbers of atoms by coordination number."""
    return ", ".join(f"{n} with {number}" for number, n in coordination.items())
