"""What images by an electron beam share: the crystal under the beam, and the picture of it.

The crystal is turned so that the beam comes down z and is cut into an orthogonal box without strain
(:func:`imaging_cell`); x points to the right and y up as seen from the source.
:mod:`~ionsmith.analyzers.haadf` and :mod:`~ionsmith.analyzers.hrtem` make images of it.
"""

from ionsmith.analyzers.imaging._axes import (
    beam_axes,
    beam_period,
    cut_period,
    image_axes,
    vectors_in,
    whole_thickness,
)
from ionsmith.analyzers.imaging._cell import ImagingCell, Side, imaging_cell
from ionsmith.analyzers.imaging._displacements import displacement_tensors
from ionsmith.analyzers.imaging._image import (
    ARRAY_SUFFIXES,
    IMAGE_SUFFIXES,
    SimulatedImage,
    show_image,
    write_tiff,
)
from ionsmith.analyzers.imaging._potential import (
    ACROSS,
    damping,
    projected_potential,
    require_abtem,
    set_displacements,
)

__all__ = [
    "ACROSS",
    "ARRAY_SUFFIXES",
    "IMAGE_SUFFIXES",
    "ImagingCell",
    "Side",
    "SimulatedImage",
    "beam_axes",
    "beam_period",
    "cut_period",
    "damping",
    "displacement_tensors",
    "image_axes",
    "imaging_cell",
    "projected_potential",
    "require_abtem",
    "set_displacements",
    "show_image",
    "vectors_in",
    "whole_thickness",
    "write_tiff",
]
