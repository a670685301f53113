"""Composite models as results."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ase import Atoms

from ionsmith.builders._model import Model, charge_text, composition_text
from ionsmith.results import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Composite(Model):
    """A particle in a shell, or in a cavity of a host.

    Parameters
    ----------
    atoms
        The structure: first the core or guest, then the shell or host; the array ``part`` says
        which is which.
    inner, outer
        Names of the two structures.
    counts
        Number of atoms of each part.
    composition
        Number of atoms of each element, by part.
    charge
        Sum of the formal charges in e, by part; None where unknown.
    units_removed
        Number of units of the host (atoms, molecules, groups) that the cavity took; None for a
        shell.
    supercell
        Repeats of the host; None for a shell.
    quaternion
        Rotation (w, x, y, z) of the inner part from the Cartesian axes of its structure.
    volume_fraction
        Volume of the inner part, by its density as a crystal or else its convex hull, over that of
        the cell; of a shell, over that of both parts.
    interface_area
        Area of the convex hull of the inner atoms in Å².
    interface_atoms
        Number of atoms of each part not more than 1 Å farther from an atom of the other than their
        closest approach.
    closest
        Shortest distance in Å of two atoms of different parts; None if none are near.
    compensation
        What was added or removed for the charge.
    """

    atoms: Atoms
    inner: str
    outer: str
    counts: dict[str, int]
    composition: dict[str, dict[str, int]]
    charge: dict[str, float | None]
    units_removed: int | None
    supercell: tuple[int, int, int] | None
    quaternion: tuple[float, float, float, float]
    volume_fraction: float
    interface_area: float
    interface_atoms: dict[str, int]
    closest: float | None
    compensation: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the parts, and how they meet."""
        inner, outer = self.counts
        parts = [
            [
                name,
                crystal,
                self.counts[name],
                composition_text(self.composition[name]),
                charge_text(self.charge[name]),
                self.interface_atoms[name],
            ]
            for name, crystal in zip((inner, outer), (self.inner, self.outer), strict=True)
        ]
        rows: list[list[Any]] = [
            ["atoms", len(self.atoms)],
            ["cell (Å, °)", self._cell_text()],
        ]
        if self.supercell is not None:
            rows.append(["supercell of the host", " ".join(map(str, self.supercell))])
            rows.append(["units of the host removed", self.units_removed])
        if None not in self.charge.values():
            total = sum(charge or 0.0 for charge in self.charge.values())
            rows.append(["charge (e)", charge_text(round(total, 6) + 0.0)])
        rows.append([f"volume fraction of the {inner} (%)", f"{100 * self.volume_fraction:.2f}"])
        rows.append(["interface area (Å²)", f"{self.interface_area:.1f}"])
        if self.closest is not None:
            rows.append([f"closest {inner}–{outer} (Å)", f"{self.closest:.2f}"])
        headers = ["part", "structure", "atoms", "composition", "charge (e)", "at the interface"]
        title = f"{self.inner} in {self.outer}"
        tables = [Table(title, headers, parts), Table("", ["", ""], rows)]
        if self.compensation:
            tables.append(Table("", ["done"], [[text] for text in self.compensation]))
        return tables

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw a slice through the middle of the inner part, seen along z.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        from ionsmith.builders.particles._plot import plot_slice

        return plot_slice(self.atoms, ax)
