"""Pores of a structure: how much is empty, what a probe reaches, how wide the pores are.

Atoms have the van der Waals radii of Alvarez (2013), doi:10.1039/c3dt50599e. Surfaces are those
that the centre of the probe rolls over, volumes those that it can be in, told apart by whether it
can come in from outside (channels) or not (pockets).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms

from ionsmith.analyzers.pores._filling import Filling, filling
from ionsmith.analyzers.pores._sizes import SizeBin, pore_diameters, size_bins
from ionsmith.analyzers.pores._zeo import Channels, find_channels
from ionsmith.bonding.checks import check_numbers
from ionsmith.bonding.distances import sample_points, void_fraction
from ionsmith.bonding.elements import mass_density, van_der_waals
from ionsmith.errors import InvalidInput, InvalidStructure
from ionsmith.results import Result, Table

PROBE = 1.4
"""Default radius of the probe in Å, that of a small solvent molecule such as water."""

RANDOM_PACKING = 0.64
"""Fraction that a powder of equal spheres fills when it is tapped: random close packing.

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
        Of the cell in Å³.
    density
        In g/cm³, pores included.
    probe
        Radius of the probe in Å.
    void_percent
        Percent of the cell outside the van der Waals spheres.
    probe_percent
        Percent of the cell open to the centre of the probe, in channels and pockets.
    channels
        What the probe reaches.
    accessible_percent
        Percent of the cell open to the centre of the probe in channels.
    surface_per_volume
        Surface of channels and pockets in m²/cm³.
    surface_per_mass
        In m²/g.
    mean_diameter
        Mean over the volume of pores of at least the size of the probe, in Å; None without any.
    sizes
        Distribution of pore diameters.
    packing
        Fraction that a tapped powder is taken to fill.
    tap_density
        Estimated density in g/cm³ of a tapped powder of such particles.
    filling
        Whether an alloy fits, for each that was asked for.
    """

    n_atoms: int
    volume: float
    density: float
    probe: float
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

    def tables(self) -> list[Table]:
        """Return the pores, their sizes, and what fits into them."""
        found = self.channels
        rows: list[list[Any]] = [
            ["atoms", self.n_atoms],
            ["density with pores (g/cm³)", f"{self.density:.3f}"],
            [f"tap density at a packing of {self.packing:g} (g/cm³)", f"{self.tap_density:.3f}"],
            ["outside van der Waals spheres (%)", f"{self.void_percent:.1f}"],
            [f"open to a probe of {self.probe:g} Å (%)", f"{self.probe_percent:.1f}"],
            ["of the cell in channels (%)", f"{self.accessible_percent:.1f}"],
            ["channels, pockets", f"{found.channels}, {found.pockets}"],
            ["largest sphere that fits (Å)", f"{found.included_sphere:.2f}"],
            ["largest sphere that passes (Å)", f"{found.free_sphere:.2f}"],
            ["surface (m²/g)", f"{self.surface_per_mass:.1f}"],
            ["surface (m²/cm³)", f"{self.surface_per_volume:.1f}"],
        ]
        if self.mean_diameter is not None:
            rows.append(["mean pore diameter (Å)", f"{self.mean_diameter:.2f}"])
        tables = [Table("Pores", ["", ""], rows)]
        if self.sizes:
            sizes = [
                [f"{one.start:g} – {one.end:g}", round(100 * one.fraction, 2)] for one in self.sizes
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
                    one.alloy,
                    round(one.volume_ratio, 3),
                    "yes" if one.fits else "no",
                    round(100 * one.converted, 1),
                    round(one.outward, 1),
                    round(one.porosity_needed, 1),
                ]
                for one in self.filling
            ]
            title = f"Alloys in the free volume of {self.filling[0].host}"
            tables.append(Table(title, headers, body))
        return tables


def analyze_pores(
    atoms: Atoms,
    *,
    probe: float = PROBE,
    packing: float = RANDOM_PACKING,
    alloys: tuple[str, ...] = (),
    host: str | None = None,
) -> Pores:
    """Measure the pores of a structure.

    Parameters
    ----------
    atoms
        The structure, periodic in three dimensions.
    probe
        Radius of the probe in Å.
    packing
        Fraction that a tapped powder is taken to fill, for the tap density.
    alloys
        Library names of alloys that should fit into the pores.
    host
        Library name of the dense host; the crystal that a model was built from by default.

    Raises
    ------
    InvalidInput
        For a probe or a packing out of range, or an alloy that does not go with the host.
    MissingExtra, ExternalProgramFailed
        If Zeo++ is not there or fails.
    """
    check_numbers(atoms)
    if not all(atoms.pbc):
        raise InvalidStructure("pores are those of a structure periodic in all three directions")
    if not 0 < probe <= 50:
        raise InvalidInput(f"a probe radius between 0 and 50 Å was expected, not {probe:g}")
    if not 0 < packing <= 1:
        raise InvalidInput(f"a packing between 0 and 1 was expected, not {packing:g}")
    filled = tuple(filling(atoms, alloy, host) for alloy in alloys)
    channels = find_channels(atoms, van_der_waals(atoms), probe)
    points = sample_points(np.asarray(atoms.cell.array))
    volume = float(atoms.get_volume())
    diameters, sampled = pore_diameters(atoms, probe)
    area = channels.channel_area + channels.pocket_area
    density = mass_density(atoms)
    return Pores(
        n_atoms=len(atoms),
        volume=volume,
        density=density,
        probe=probe,
        void_percent=100 * void_fraction(atoms, points),
        probe_percent=100 * void_fraction(atoms, points, probe),
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
    )
