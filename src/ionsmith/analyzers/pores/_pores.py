"""Porosity, accessible volume, surface area and pore sizes of a structure.

Atoms have the van der Waals radii of Alvarez (2013), doi:10.1039/c3dt50599e. Volumes and surfaces
are those accessible to the centre of a probe, either from outside (channels) or not (pockets).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers

from ionsmith.analyzers.pores._filling import Filling, filling
from ionsmith.analyzers.pores._plot import plot_model, plot_sizes
from ionsmith.analyzers.pores._sizes import SizeBin, pore_diameters, size_bins
from ionsmith.analyzers.pores._zeo import Channels, find_channels
from ionsmith.bonding.distances import sample_points, void_fraction
from ionsmith.bonding.elements import mass_density, van_der_waals
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput, InvalidStructure
from ionsmith.plotting import side_by_side
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PROBE = 1.4
"""Default radius of the probe in Å, that of a small solvent molecule such as water."""

RANDOM_PACKING = 0.64
"""Volume fraction of a tapped powder of equal spheres: random close packing.

Scott and Kilgour (1969), doi:10.1088/0022-3727/2/6/311, measured 0.6366.
"""


@dataclass(frozen=True)
class Pores(Result):
    """Pores of a structure.

    Parameters
    ----------
    n_atoms
        Number of atoms.
    volume
        Volume of the cell in Å³.
    density
        Density in g/cm³, pores included.
    probe
        Radius of the probe in Å.
    mobile
        Number of atoms of each element that was taken out as mobile.
    void_percent
        Percentage of the cell outside the van der Waals spheres.
    probe_percent
        Percentage of the cell accessible to the centre of the probe, in channels and pockets.
    channels
        Channels and pockets that the probe can occupy.
    accessible_percent
        Percentage of the cell accessible to the centre of the probe in channels.
    surface_per_volume
        Surface of channels and pockets in m²/cm³.
    surface_per_mass
        Surface of channels and pockets in m²/g.
    mean_diameter
        Volume-averaged diameter in Å of pores at least as wide as the probe; None without any.
    sizes
        Distribution of pore diameters.
    packing
        Volume fraction of a tapped powder.
    tap_density
        Estimated density in g/cm³ of a tapped powder of such particles.
    filling
        Free volume and expansion for each alloy.
    atoms
        The structure.
    """

    n_atoms: int
    volume: float
    density: float
    probe: float
    mobile: dict[str, int]
    void_percent: float
    probe_percent: float
    channels: Channels
    accessible_percent: float
    surface_per_volume: float
    surface_per_mass: float
    mean_diameter: float | None
    sizes: tuple[SizeBin, ...]
    packing: float
    tap_density: float
    filling: tuple[Filling, ...]
    atoms: Atoms

    document: ClassVar[tuple[str, ...]] = (
        *(
            "n_atoms",
            "volume",
            "density",
            "probe",
            "mobile",
            "void_percent",
            "probe_percent",
            "channels",
        ),
        *("accessible_percent", "surface_per_volume", "surface_per_mass", "mean_diameter"),
        *("sizes", "packing", "tap_density", "filling"),
    )

    def tables(self) -> list[Table]:
        """Return the pores, their sizes, and the expansion of alloys."""
        channels = self.channels
        rows: list[list[Any]] = [
            ["atoms", self.n_atoms],
            ["density with pores (g/cm³)", f"{self.density:.3f}"],
            [f"tap density at a packing of {self.packing:g} (g/cm³)", f"{self.tap_density:.3f}"],
            *([f"without mobile {el}", f"{n} atoms"] for el, n in self.mobile.items()),
            ["outside van der Waals spheres (%)", f"{self.void_percent:.1f}"],
            [f"open to a probe of {self.probe:g} Å (%)", f"{self.probe_percent:.1f}"],
            ["of the cell in channels (%)", f"{self.accessible_percent:.1f}"],
            ["channels, pockets", f"{channels.channels}, {channels.pockets}"],
            ["largest sphere that fits (Å)", f"{channels.included_sphere:.2f}"],
            ["largest sphere that passes (Å)", f"{channels.free_sphere:.2f}"],
            ["surface (m²/g)", f"{self.surface_per_mass:.1f}"],
            ["surface (m²/cm³)", f"{self.surface_per_volume:.1f}"],
        ]
        if self.mean_diameter is not None:
            rows.append(["mean pore diameter (Å)", f"{self.mean_diameter:.2f}"])
        tables = [Table("Pores", ["", ""], rows)]
        if self.sizes:
            sizes = [
                [f"{size.start:g} – {size.end:g}", round(100 * size.fraction, 2)]
                for size in self.sizes
            ]
            tables.append(Table("Pore sizes", ["diameter (Å)", "% of the cell"], sizes))
        if self.filling:
            headers = [
                "alloy",
                "V/V0",
                "fits",
                "converted (%)",
                "outward (%)",
                "porosity needed (%)",
            ]
            body = [
                [
                    alloy.alloy,
                    round(alloy.volume_ratio, 3),
                    "yes" if alloy.fits else "no",
                    round(100 * alloy.converted, 1),
                    round(alloy.outward, 1),
                    round(alloy.porosity_needed, 1),
                ]
                for alloy in self.filling
            ]
            title = f"Alloys in the free volume of {self.filling[0].host}"
            tables.append(Table(title, headers, body))
        return tables

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the distribution of pore diameters, and the largest spheres that fit and pass.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_sizes(self.sizes, self.channels, ax)

    def draw(self, **_: Any) -> "Figure":
        """Draw the structure along its third axis, and the distribution of pore diameters."""
        figure, (left, right) = side_by_side((10, 5), 2)
        plot_model(self.atoms, left)
        self.plot(right)
        return figure


def pores(
    structure: CrystalLike,
    *,
    probe: float = PROBE,
    mobile: str | Sequence[str] = (),
    packing: float = RANDOM_PACKING,
    alloys: str | Sequence[str] = (),
    host: str | None = None,
) -> Pores:
    """Give porosity, accessible volume, surface area and pore sizes of a structure.

    Parameters
    ----------
    structure
        Any ordered structure (:data:`ionsmith.crystals.files.CrystalLike`), periodic in three
        dimensions.
    probe
        Radius of the probe in Å, up to 50 (1.4 by default, that of a small solvent molecule).
    mobile
        Element, or several, whose atoms are no wall, such as ``"Na"`` of an ion conductor: they
        are taken out of the pores, and counted in the densities only. All other atoms keep their
        van der Waals radii, so that the widths of channels serve to compare structures, not to
        tell which ion passes.
    packing
        Volume fraction of a tapped powder, for the tap density (0.64 by default).
    alloys
        Library name of an alloy, or several, whose expansion is compared with the free volume.
    host
        Library name of the dense host; by default the crystal from which a model was built.

    Raises
    ------
    InvalidInput
        If the probe or the packing is out of range, an element is unknown, nothing but mobile atoms
        is left, or an alloy does not contain the host.
    InvalidStructure
        For a structure that is not periodic in three dimensions.
    UnreadableFile, UnknownPhase, DisorderedStructure
        As :func:`ionsmith.crystals.files.read_structure`.
    MissingExtra, ExternalProgramFailed
        If Zeo++ is not installed or fails.
    """
    atoms = read_structure(structure)
    if not all(atoms.pbc):
        raise InvalidStructure("pores need a structure that is periodic in three dimensions")
    if not 0 < probe <= 50:
        raise InvalidInput(f"`probe` is {probe:g} Å; expected more than 0 and up to 50 Å")
    if not 0 < packing <= 1:
        raise InvalidInput(f"`packing` is {packing:g}; expected more than 0 and up to 1")
    names = (alloys,) if isinstance(alloys, str) else alloys
    filled = tuple(filling(atoms, alloy, host) for alloy in names)
    taken = dict.fromkeys((mobile,) if isinstance(mobile, str) else mobile, 0)
    for element in taken:
        if element not in atomic_numbers or element == "X":
            raise InvalidInput(f"`mobile`: {element!r} is no element; give a symbol such as Na")
        taken[element] = int((atoms.numbers == atomic_numbers[element]).sum())
    wall = atoms[[symbol not in taken for symbol in atoms.symbols]]
    if len(wall) == 0:
        raise InvalidInput(f"`mobile` is {', '.join(taken)}: no other atoms are left as wall")
    channels = find_channels(wall, van_der_waals(wall), probe)
    points = sample_points(np.asarray(atoms.cell.array))
    volume = float(atoms.get_volume())
    diameters, sampled = pore_diameters(wall, probe)
    area = channels.channel_area + channels.pocket_area
    density = mass_density(atoms)
    return Pores(
        n_atoms=len(atoms),
        volume=volume,
        density=density,
        probe=probe,
        mobile=taken,
        void_percent=100 * void_fraction(wall, points),
        probe_percent=100 * void_fraction(wall, points, probe),
        channels=channels,
        accessible_percent=100 * channels.channel_volume / volume,
        # 1 Å²/Å³ is 10⁴ m²/cm³.
        surface_per_volume=1e4 * area / volume,
        surface_per_mass=1e4 * area / volume / density,
        mean_diameter=float(diameters.mean()) if len(diameters) else None,
        sizes=size_bins(diameters, sampled),
        packing=packing,
        tap_density=packing * density,
        filling=filled,
        atoms=atoms,
    )
