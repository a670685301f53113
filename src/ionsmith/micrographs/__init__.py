"""What a micrograph shows, in terms of a crystal.

:func:`read_haadf_image` finds the spinel blocks of a β''-alumina in a HAADF image, measures the
distance of the octahedral cation rows across each conduction plane, and says which planes are
closed. :func:`index_micrograph` indexes the transform of an image of lattice fringes, or a list of
spots (:func:`read_spot_list`): crystals, zones, strains and orientation relationship.
:func:`read_image` reads images of microscopes with their calibration.
"""

from ionsmith.micrographs._haadf_image import read_haadf_image
from ionsmith.micrographs._image import Micrograph, read_image
from ionsmith.micrographs._micrograph import index_micrograph
from ionsmith.micrographs._micrograph_result import (
    ImagedCrystal,
    ImagedRelationship,
    ImagedSpot,
    MicrographIndexing,
)
from ionsmith.micrographs._result import ImagedPlane, PlaneReading
from ionsmith.micrographs._transform import Transform, read_spot_list, transform_image

__all__ = [
    "ImagedCrystal",
    "ImagedPlane",
    "ImagedRelationship",
    "ImagedSpot",
    "Micrograph",
    "MicrographIndexing",
    "PlaneReading",
    "Transform",
    "index_micrograph",
    "read_haadf_image",
    "read_image",
    "read_spot_list",
    "transform_image",
]
