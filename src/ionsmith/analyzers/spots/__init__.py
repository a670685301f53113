"""Electron diffraction: kinematic zone-axis patterns, overlays of two crystals, indexing.

A spot g has its components at right angles to the zone axis as its position, in Å⁻¹ with
``|g| = 1/d`` (no factor 2π). The zone axis points from the crystal to the source, and pictures are
seen from the source with x to the right and y up (:mod:`ionsmith.lattice.zone`), as on a
screen with a camera constant of one, or in the FFT of an HRTEM image (``max_laue_zone=0``).
Intensities are ``|F|²`` times the shape factor of the plate
(:class:`~ionsmith.analyzers.scattering.Conditions`), in per cent of the strongest spot; the direct
beam is left out. Multiple scattering is not included: for that use a multislice or Bloch-wave
program.

* :func:`spot_pattern` of any crystal along a direction [uvw] or the normal of a plane (hkl).
* :func:`overlay_spots` of a substrate and a film in an orientation relationship, with coinciding
  spots and their mismatch.
* :func:`index_spots`: crystal, zone and indices of measured spots (:class:`MeasuredSpot`).
"""

from ionsmith.analyzers.spots._indexed import MeasuredSpot, SpotIndexing
from ionsmith.analyzers.spots._indexing import index_spots
from ionsmith.analyzers.spots._overlay import SpotPatterns, overlay_spots
from ionsmith.analyzers.spots._pattern import spot_pattern
from ionsmith.analyzers.spots._plot import Coincidence, labelled, spot_label
from ionsmith.analyzers.spots._result import SpotPattern

__all__ = [
    "Coincidence",
    "MeasuredSpot",
    "SpotIndexing",
    "SpotPattern",
    "SpotPatterns",
    "index_spots",
    "labelled",
    "overlay_spots",
    "spot_label",
    "spot_pattern",
]
