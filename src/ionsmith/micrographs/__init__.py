"""What a micrograph shows, in terms of a crystal.

:func:`read_haadf_image` finds the spinel blocks of a β''-alumina in a HAADF image, measures the
distance of the octahedral cation rows across each conduction plane, and says which planes are
closed. :func:`read_image` reads images of microscopes with their calibration.
"""

from ionsmith.micrographs._haadf_image import read_haadf_image
from ionsmith.micrographs._image import Micrograph, read_image
from ionsmith.micrographs._result import ImagedPlane, PlaneReading

__all__ = ["ImagedPlane", "Micrograph", "PlaneReading", "read_haadf_image", "read_image"]
