"""Surface energies of slabs from a potential, and the shape of a crystal in equilibrium.

:func:`surface_energies` takes a folder of slabs and their crystal, as ``ionsmith build slab --all``
writes it. The surface energy of a slab of n formula units is

    γ = (E(slab) - n E(crystal)) / 2A,

with both energies of the same potential: the mean of the two faces, which differ unless the slab is
symmetric. Where both faces are one cut, 2 γ of the slab as it is cut is the cleavage energy of that
cut. Slabs of another composition need chemical potentials of reservoirs and are left out.

:func:`wulff_shape` makes the polyhedron of least surface energy at a given volume
(G. Wulff, Z. Kristallogr. 34, 449 (1901), doi:10.1524/zkri.1901.34.1.449). Equivalent faces are
those of the crystal: pymatgen's ``WulffShape`` takes those of its lattice, twelve instead of six
for (012) of corundum.
"""

from ionsmith.simulation.surface_energies._energies import (
    composition_difference,
    formula_units,
    surface_energies,
    units_of,
)
from ionsmith.simulation.surface_energies._result import Surface, SurfaceEnergies
from ionsmith.surfaces.wulff import WulffShape, wulff_shape

__all__ = [
    "Surface",
    "SurfaceEnergies",
    "WulffShape",
    "composition_difference",
    "formula_units",
    "surface_energies",
    "units_of",
    "wulff_shape",
]
