"""Orientation relationships of two crystals, predicted from their lattices."""

from ionsmith.analyzers.orientation_relationships._observed import (
    ObservedRelationship,
    observed_relationships,
)

__all__ = ["ObservedRelationship", "observed_relationships"]
