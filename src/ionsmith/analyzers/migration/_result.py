"""Result of an analysis of migration."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.migration._plot import plot_profiles, plot_projection
from ionsmith.analyzers.migration._records import (
    Hop,
    IonSite,
    PercolationThreshold,
    Point,
    Profile,
    Window,
)
from ionsmith.plotting import side_by_side
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Migration(Result):
    """Sites and windows of a mobile ion, and where it can go.

    Parameters
    ----------
    structure
        Name of the structure.
    ion
        Element of the mobile ion.
    charge
        Its charge in e.
    taken_out
        Mobile ions of the structure in the cell, all taken out.
    charges
        Source of the charges.
    radii
        Ionic radii in Å of the framework and of the ion, by ion.
    grid
        Points of the grid along each cell vector.
    limit
        Barrier in eV up to which a way counts in ``dimension``.
    dimension
        Number of dimensions in which ions move: 0 for none.
    thresholds
        For one, two and three dimensions, and along each cell vector.
    sites
        By rising energy.
    windows
        By rising energy, up to the limit, or the lowest way through the crystal if that is higher.
    hops
        Between sites that hold ions or lie no higher than one that does, by rising barrier.
    profiles
        Energy along the lowest ways, for each cell vector that has one.
    notes
        What was assumed.
    cell
        Cell vectors as rows in Å, shape (3, 3).
    energies
        Bond-valence energy in eV above the lowest site, shape of the grid.
    framework
        Elements and fractional coordinates of the framework.
    """

    structure: str
    ion: str
    charge: int
    taken_out: float
    charges: str
    radii: dict[str, float]
    grid: tuple[int, int, int]
    limit: float
    dimension: int
    thresholds: tuple[PercolationThreshold, ...]
    sites: tuple[IonSite, ...]
    windows: tuple[Window, ...]
    hops: tuple[Hop, ...]
    profiles: tuple[Profile, ...]
    notes: tuple[str, ...]
    cell: Floats
    energies: Floats
    framework: tuple[tuple[str, Point], ...]

    document: ClassVar[tuple[str, ...]] = (
        *("structure", "ion", "charge", "taken_out", "charges", "radii", "grid", "limit"),
        *("dimension", "thresholds", "sites", "windows", "hops", "profiles", "notes"),
    )

    def barrier(self, way: str) -> float | None:
        """Barrier in eV of one way.

        Parameters
        ----------
        way
            1D, 2D, 3D, a, b or c.
        """
        return next(row.barrier for row in self.thresholds if row.way == way)

    def tables(self) -> list[Table]:
        """Return the thresholds, the sites, the windows, the hops and the notes."""
        ways = [[row.way, _number(row.barrier), _number(row.radius)] for row in self.thresholds]
        title = (
            f"{self.ion}{self.charge:+d} in {self.structure}: "
            f"{self.dimension or 'no'} dimension{'' if self.dimension == 1 else 's'} "
            f"with barriers up to {self.limit:g} eV"
        )
        sites = [
            [
                *(site.name, site.count, " ".join(f"{x:.3f}" for x in site.position)),
                *(_number(site.energy), _number(site.radius), _number(site.ions)),
            ]
            for site in self.sites
        ]
        windows = [
            [
                *(f"{w.start} – {w.end}", w.count, _number(w.length), _number(w.barrier)),
                *(_number(w.energy), _number(w.radius), w.corners, _number(w.area)),
            ]
            for w in self.windows
        ]
        hops = [
            [n, f"{h.start} – {h.end}", h.count, _number(h.length), _number(h.barrier)]
            for n, h in enumerate(self.hops, start=1)
        ]
        radii = ", ".join(f"{name} {radius:.2f}" for name, radius in self.radii.items())
        tables = [
            Table(title, ["way", "barrier (eV)", "radius (Å)"], ways),
            Table(
                f"Sites; ionic radii in Å: {radii}",
                ["site", "in cell", "position", "energy (eV)", "radius (Å)", "ions"],
                sites,
            ),
            Table(
                "Windows",
                [
                    *("sites", "in cell", "length (Å)", "barrier (eV)", "energy (eV)"),
                    *("radius (Å)", "corners", "area (Å²)"),
                ],
                windows,
            ),
            Table("Hops", ["hop", "sites", "in cell", "length (Å)", "barrier (eV)"], hops),
        ]
        return [table for table in tables if table.rows] + notes_table(self.notes)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the energy along the lowest way in each direction.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_profiles(self.profiles, f"{self.ion}{self.charge:+d}", ax)

    def draw(self, **_: Any) -> "Figure":
        """Draw the lowest energy along the view in two projections, and the energy profiles."""
        figure, (left, middle, right) = side_by_side((13, 4.5), 3)
        for axis, axes in ((2, left), (1, middle)):
            plot_projection(self.energies, self.cell, self.framework, self.profiles, axis, axes)
        self.plot(right)
        return figure


def _number(value: float | None) -> float | None:
    """Number with two digits behind the point."""
    return None if value is None else round(value, 2) + 0.0
