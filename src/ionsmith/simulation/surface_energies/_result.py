"""Result of surface energies."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table, notes_table
from ionsmith.surfaces.wulff import WulffShape

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Surface:
    """Energies of one slab.

    Parameters
    ----------
    plane
        The plane (hkl).
    termination, back_termination
        Names of the cuts at the upper face and at the back.
    file
        File of the slab in the folder.
    n_atoms
        Number of atoms.
    area
        Area of its cell in the plane, in Å².
    symmetric
        Whether its faces are equivalent; if not, its surface energies are means of the two.
    polar
        Whether it has charged faces, so that its energy grows with its thickness.
    cleavage_energy
        Energy to separate the crystal at this cut, as it is cut, in J/m²; None if the two faces are
        two different cuts.
    energy
        Surface energy of the slab as it is cut, in J/m².
    relaxed_energy
        Surface energy of the relaxed slab in J/m²; None if it was not relaxed.
    converged
        Whether its relaxation converged; None if it was not relaxed.
    share
        Fraction of the area of the equilibrium shape that this surface has; None if it is not the
        lowest of its plane, or there is no shape.
    """

    plane: str
    termination: str
    back_termination: str
    file: str
    n_atoms: int
    area: float
    symmetric: bool
    polar: bool
    cleavage_energy: float | None
    energy: float
    relaxed_energy: float | None
    converged: bool | None
    share: float | None


@dataclass(frozen=True)
class SurfaceEnergies(Result):
    """Surface energies of a crystal and its equilibrium shape.

    Parameters
    ----------
    crystal
        Name of the crystal.
    potential
        Potential that all energies belong to: name, model, package, version, hash of the weights,
        source.
    formula
        Formula unit.
    crystal_energy
        Energy of the crystal as it was cut, in eV per formula unit.
    relaxed_crystal_energy
        Likewise with its atoms relaxed in their cell; None if they were not.
    stress
        Largest stress of the crystal in the potential in GPa: how far its cell is from that of the
        potential; None if the potential gives none.
    surfaces
        The surfaces, by plane and termination.
    shape
        Equilibrium shape from the lowest energy of each plane; None if there is none.
    left_out
        Slabs without a surface energy, with the reason.
    notes
        What a user should know.
    """

    figure_size: ClassVar[tuple[float, float]] = (6.4, 4.0)

    crystal: str
    potential: dict[str, str | None]
    formula: str
    crystal_energy: float
    relaxed_crystal_energy: float | None
    stress: float | None
    surfaces: tuple[Surface, ...]
    shape: WulffShape | None
    left_out: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def unfinished(self) -> int:
        """Number of slabs whose relaxation did not converge."""
        return sum(surface.converged is False for surface in self.surfaces)

    def tables(self) -> list[Table]:
        """Return one row for each surface, then the shape, what was left out, and the notes."""
        headers = (
            "plane",
            "termination",
            "back",
            "atoms",
            "area (Å²)",
            "symmetric",
            "cleavage (J/m²)",
            "rigid (J/m²)",
            "relaxed (J/m²)",
            "share of the shape (%)",
            "file",
        )
        rows = [
            (
                surface.plane,
                surface.termination,
                surface.back_termination,
                surface.n_atoms,
                round(surface.area, 2),
                "polar" if surface.polar else "yes" if surface.symmetric else "no",
                _rounded(surface.cleavage_energy),
                _rounded(surface.energy),
                _rounded(surface.relaxed_energy),
                None if surface.share is None else round(100 * surface.share, 1) + 0.0,
                surface.file,
            )
            for surface in self.surfaces
        ]
        potential = self.potential
        title = (
            f"{self.crystal}: surface energies by {potential['model']}, {potential['package']} "
            f"{potential['version']}"
        )
        if self.shape is not None:
            title += f"; equilibrium shape with {self.shape.mean:.3f} J/m² on average"
        tables = [Table(title, headers, rows)]
        if self.left_out:
            tables.append(Table("", ("left out",), [(text,) for text in self.left_out]))
        return [*tables, *notes_table(self.notes)]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the equilibrium shape.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.

        Raises
        ------
        InvalidInput
            If there is no shape.
        """
        from ionsmith.plotting import axes_or_new, plain_text

        if self.shape is None:
            reason = self.notes[-1].removeprefix("no equilibrium shape: ") if self.notes else ""
            raise InvalidInput(f"there is no equilibrium shape to draw: {reason}")
        ax = self.shape.plot(axes_or_new(ax, self.figure_size))
        ax.set_title(plain_text(f"{self.crystal}, {self.potential['model']}"), fontsize=10)
        return ax


def _rounded(value: float | None) -> float | None:
    """Energy with three decimals, without a negative zero."""
    return None if value is None else round(value, 3) + 0.0
