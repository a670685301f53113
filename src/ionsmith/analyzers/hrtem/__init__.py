"""HRTEM images: thickness and defocus series, noise, and the transform of an image.

:func:`simulate_hrtem` turns any model as :mod:`~ionsmith.analyzers.imaging` does, follows a plane
wave through it by multislice (abTEM, the extra ``haadf``), and takes the wave through the objective
lens (:class:`ObjectiveLens`). Intensities are fractions of the incident beam, or electrons on each
pixel if a dose is given. Atoms are blurred by their displacements (absorption and the diffuse
background are left out); x points to the right and y up as seen from the source, lengths are in Å,
angles in mrad.

:class:`Hrtem` holds the images and the kinematic spots of the crystal
(:mod:`~ionsmith.analyzers.spots`), which it draws over the transform; :func:`write_hrtem` writes
calibrated TIFF files, which :func:`ionsmith.micrographs.read_image` reads.
"""

from ionsmith.analyzers.hrtem._lens import ObjectiveLens
from ionsmith.analyzers.hrtem._result import Hrtem, HrtemImage, write_hrtem
from ionsmith.analyzers.hrtem._simulation import simulate_hrtem
from ionsmith.analyzers.hrtem._transform import power_spectrum

__all__ = [
    "Hrtem",
    "HrtemImage",
    "ObjectiveLens",
    "power_spectrum",
    "simulate_hrtem",
    "write_hrtem",
]
