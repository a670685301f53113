r"""Beams, scattering factors, reflections and structure factors: the ground of all diffraction.

Conventions: :math:`\mathbf g` is a reciprocal lattice vector with :math:`|\mathbf g| = 1/d` in
Å⁻¹ (no factor 2π), :math:`s = \sin\theta/\lambda = 1/2d`, and

.. math:: F(\mathbf h) = \sum_j o_j\, (f_j(s) + f'_j + i f''_j)\, e^{-8\pi^2 U_j s^2}
          e^{2\pi i\,\mathbf h\cdot\mathbf x_j}

summed over the atoms of the cell with occupancies o and mean square displacements U (Å²): in
electrons for X-rays, fm for neutrons, Å for electrons (rest mass, no factor γ). Every function
takes any crystal, partial occupancies included.

* :class:`Beam`, :func:`parse_beam` ("CuKa", "17.4keV", "200kV"), :func:`electron_wavelength`;
  :class:`Conditions` of an electron diffraction pattern.
* :func:`structure_factors`, of reflections that no centring forbids :func:`allowed_factors`,
  :func:`powder_intensities` (mean over Friedel pairs) and :func:`anomalous` (f' + i f'').
* :func:`reflection_families` down to a spacing; :func:`reflections_in_reach` of the Ewald sphere
  and their :func:`layers`, the Laue zones.
* :func:`total_scattering`: S(Q) and G(r).
* :class:`Scatterers`, the atoms as arrays: reading a crystal once for many patterns saves the
  search for its symmetry.

Sources of the scattering factors: Waasmaier and Kirfel (1995), Cromer and Liberman (1981), Peng et
al. (1996), and the neutron lengths of periodictable.
"""

from ionsmith.analyzers.scattering._beam import (
    Beam,
    Conditions,
    check_beam_energy,
    electron_wavelength,
    parse_beam,
)
from ionsmith.analyzers.scattering._form_factors import Radiation, anomalous
from ionsmith.analyzers.scattering._reflections import (
    Families,
    layers,
    reflection_families,
    reflections_in_reach,
)
from ionsmith.analyzers.scattering._scatterers import (
    DISPLACED,
    EXACT,
    ScattererLike,
    Scatterers,
    forget_structures,
)
from ionsmith.analyzers.scattering._structure_factors import (
    allowed_factors,
    powder_intensities,
    structure_factors,
)
from ionsmith.analyzers.scattering._total_scattering import TotalScattering, total_scattering

__all__ = [
    "DISPLACED",
    "EXACT",
    "Beam",
    "Conditions",
    "Families",
    "Radiation",
    "ScattererLike",
    "Scatterers",
    "TotalScattering",
    "allowed_factors",
    "anomalous",
    "check_beam_energy",
    "electron_wavelength",
    "forget_structures",
    "layers",
    "parse_beam",
    "powder_intensities",
    "reflection_families",
    "reflections_in_reach",
    "structure_factors",
    "total_scattering",
]
