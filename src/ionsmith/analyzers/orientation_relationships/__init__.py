"""Orientation relationships of two crystals, predicted from their lattices.

:func:`predict_orientations` ranks all relationships in which a low-index plane and a short row of
both crystals are parallel, by a conditional logit that was fitted on observed ones: dense planes,
short rows, small misfit of m : n of them along and across, rotations that both crystals share, and
overlap of the reciprocal lattices speak for one. :func:`observed_relationships` is the list of
observed relationships with their sources; ``scripts/benchmark_orientation.py`` measures how often
the prediction is right.

References: W. Kurdjumov and G. Sachs, Z. Phys. 64, 325 (1930); W. G. Burgers, Physica 1, 561
(1934); P. M. Kelly and M.-X. Zhang on the matching of rows, edge to edge (1999 to 2005); P. Pirouz,
F. Ernst and Y. Ikuhara, Solid State Phenomena (1998), p. 51.
"""

from ionsmith.analyzers.orientation_relationships._observed import (
    ObservedRelationship,
    observed_relationships,
)
from ionsmith.analyzers.orientation_relationships._predict import (
    STANDS_OUT,
    Kind,
    predict_orientations,
)
from ionsmith.analyzers.orientation_relationships._result import (
    RANKED,
    ComparedRelationship,
    FittingCell,
    PredictedOrientations,
    PredictedRelationship,
    Reasons,
)

__all__ = [
    "RANKED",
    "STANDS_OUT",
    "ComparedRelationship",
    "FittingCell",
    "Kind",
    "ObservedRelationship",
    "PredictedOrientations",
    "PredictedRelationship",
    "Reasons",
    "observed_relationships",
    "predict_orientations",
]
