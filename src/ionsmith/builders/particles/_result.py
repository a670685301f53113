"""Particles and wires as results."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ase import Atoms

from ionsmith.builders._model import Model, charge_text, composition_text
from ionsmith.builders.choices import ParticleShape, WireShape
from ionsmith.lattice.miller import Direction
from ionsmith.results import Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Triple = tuple[int, int, int]
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Cut(Model):
    """What particles and wires report alike.

    Parameters
    ----------
    atoms
        The structure: atoms of the crystal, then H.
    crystal
        Name of the crystal.
    centre
        Centre, or a point on the axis of a wire, in fractions of the cell of the crystal.
    diameter
        Diameter in Å of a sphere, or of a round wire, with the volume that its atoms have in the
        crystal.
    extent
        Largest distances of its atoms along x, y and z in Å, without H.
    composition
        Number of atoms of each element.
    groups
        Number of whole molecules and molecular groups, by formula.
    charge
        Sum of the formal charges in e, H on anions +1; None if unknown.
    charges_from
        Where the formal charges come from.
    surface_atoms
        Number of atoms that lost a bond or a neighbour, without H.
    surface_share
        Their share of all atoms but these H.
    undercoordinated
        Atoms with fewer bonds than in the crystal, H counted as one, by element.
    n_hydrogen
        Number of H on severed bonds.
    faces
        Faces of a Wulff form or facets of a wire, and their fractions of the surface.
    compensation
        What was added or removed.
    notes
        What a user should know.
    """

    atoms: Atoms
    crystal: str
    centre: Point
    diameter: float
    extent: Point
    composition: dict[str, int]
    groups: dict[str, int]
    charge: float | None
    charges_from: str
    surface_atoms: int
    surface_share: float
    undercoordinated: dict[str, int]
    n_hydrogen: int
    faces: dict[str, float] | None
    compensation: tuple[str, ...]
    notes: tuple[str, ...]

    def _tables(self, title: str, sizes: list[list[Any]]) -> list[Table]:
        """The facts, the faces, and what was done."""
        rows: list[list[Any]] = [
            ["atoms", len(self.atoms)],
            ["composition", composition_text(self.composition)],
            *sizes,
            ["cell (Å, °)", self._cell_text()],
        ]
        if self.groups:
            rows.append(
                ["whole groups", " ".join(f"{n} {name}" for name, n in self.groups.items())]
            )
        source = "" if self.charge is None else f" ({self.charges_from})"
        rows.append(["charge (e)", charge_text(self.charge) + source])
        rows.append(
            ["atoms at the surface", f"{self.surface_atoms} ({100 * self.surface_share:.1f} %)"]
        )
        bare = composition_text(self.undercoordinated) if self.undercoordinated else "none"
        rows.append(["undercoordinated", bare])
        if self.n_hydrogen:
            rows.append(["H on severed bonds", self.n_hydrogen])
        tables = [Table(title, ["", ""], rows)]
        if self.faces:
            faces = [[plane, round(100 * share, 1)] for plane, share in self.faces.items()]
            tables.append(Table("", ["face", "share of the surface (%)"], faces))
        if self.compensation:
            tables.append(Table("", ["done"], [[text] for text in self.compensation]))
        return [*tables, *notes_table(self.notes)]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the atoms, seen along z for a wire and from the side for a particle.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        from ionsmith.builders.particles._plot import plot_model

        return plot_model(self.atoms, ax)


@dataclass(frozen=True)
class Particle(Cut):
    """A particle of a crystal, not periodic.

    Parameters
    ----------
    shape
        Its shape.
    size
        Requested size in Å, as for :func:`build_particle`.
    axis
        Direction [uvw] along z; None where the crystal keeps its orientation.
    """

    shape: ParticleShape
    size: tuple[float, ...]
    axis: Triple | None

    def tables(self) -> list[Table]:
        """Return the particle, its faces, and what was done to it."""
        along = "" if self.axis is None else f" along {Direction(self.axis)}"
        extent = " ".join(f"{x:.2f}" for x in self.extent)
        sizes = [
            ["diameter of the same volume (Å)", f"{self.diameter:.2f}"],
            ["extent along x, y, z (Å)", extent],
        ]
        return self._tables(f"Particle of {self.crystal}, {self.shape}{along}", sizes)


@dataclass(frozen=True)
class Wire(Cut):
    """A wire of a crystal, periodic along z.

    Parameters
    ----------
    shape
        Shape of its cross-section.
    axis
        Direction [uvw] of the wire.
    length
        Length of the cell along the wire in Å.
    periods
        Number of periods of the crystal along the wire.
    """

    shape: WireShape
    axis: Triple
    length: float
    periods: int

    def tables(self) -> list[Table]:
        """Return the wire, its facets, and what was done to it."""
        sizes = [
            ["diameter of the same volume (Å)", f"{self.diameter:.2f}"],
            ["length (Å)", f"{self.length:.3f}, periods: {self.periods}"],
        ]
        return self._tables(
            f"Wire of {self.crystal} along {Direction(self.axis)}, {self.shape}", sizes
        )
