"""HAADF-STEM images and intensity profiles, and the planes measured in them.

The crystal is turned so that the beam comes down z and is cut into an orthogonal box without
strain. Intensities are fractions of the beam on the annular detector; x points to the right and y
up as seen from the source, lengths are in Å, angles in mrad.

* :func:`simulate_haadf` by one of three methods. ``"projection"`` takes a fraction of a second and
  shows where the columns are: each atom scatters once, with the Mott–Bethe cross section.
  ``"multislice"`` and ``"prism"`` follow the beam through the crystal with frozen phonons (abTEM,
  the extra ``haadf``) and give intensities to compare with experiment.
* :class:`Microscope`: beam, probe and detector.
* :class:`Haadf`: image, profile with its peaks, and in β''-alumina the distance of the octahedral
  cation rows across each conduction plane (:class:`PlaneSpacing`), which tells open planes from
  closed ones. :func:`write_haadf` writes the image for ImageJ, or all arrays.
"""

from ionsmith.analyzers.haadf._microscope import Microscope
from ionsmith.analyzers.haadf._profile import Line, Peak, PlaneSpacing, Profile
from ionsmith.analyzers.haadf._result import Haadf, Method, write_haadf
from ionsmith.analyzers.haadf._simulation import Scan, simulate_haadf

__all__ = [
    "Haadf",
    "Line",
    "Method",
    "Microscope",
    "Peak",
    "PlaneSpacing",
    "Profile",
    "Scan",
    "simulate_haadf",
    "write_haadf",
]
