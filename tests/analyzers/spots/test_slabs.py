"""Spots of slabs: those of the crystal, along the normal of the slab."""

import numpy as np
import pytest

from ionsmith.analyzers.spots import spot_pattern
from ionsmith.builders.slab import build_slab
from ionsmith.errors import InvalidInput


@pytest.fixture(scope="module")
def slab():  # type: ignore[no-untyped-def]
    """Some 25 Å of Al2O3 between vacuum."""
    return build_slab("lib:al2o3", "(001)", thickness=25).atoms


def test_strong_spots_are_those_of_the_crystal(slab) -> None:  # type: ignore[no-untyped-def]
    """Within half of a sample, 1/8 of the width 1/t, and with the normal of the slab upwards."""
    crystal = spot_pattern("lib:al2o3", "[1,0,0]", x_axis="(0,1,0)")
    found = spot_pattern(slab, "[1,0,0]")
    thickness = np.ptp(slab.positions[:, 2])
    assert found.slab_thickness == pytest.approx(thickness)
    for (x, y), intensity in zip(crystal.positions, crystal.intensity, strict=True):
        if intensity < 10 or np.hypot(x, y) > 0.9:
            continue
        apart = np.abs(np.abs(found.positions) - np.abs((x, y)))
        near = (apart[:, 0] < 1e-3) & (apart[:, 1] < 0.25 / thickness)
        assert near.any()
        assert found.intensity[near].max() == pytest.approx(intensity, rel=0.3)


def test_no_subsidiary_maxima_of_the_direct_beam(slab) -> None:  # type: ignore[no-untyped-def]
    assert spot_pattern(slab, "[1,0,0]").d.max() < 4


def test_moving_and_turning_a_slab_changes_nothing(slab) -> None:  # type: ignore[no-untyped-def]
    moved = slab.copy()
    moved.translate((0.4, 0.7, 3.1))
    moved.rotate(33, (1, 2, 3), rotate_cell=True)
    first, second = spot_pattern(slab, "[1,0,0]"), spot_pattern(moved, "[1,0,0]")
    assert second.positions == pytest.approx(first.positions, abs=1e-9)
    assert second.intensity == pytest.approx(first.intensity, abs=1e-6)


def test_the_beam_is_in_the_plane(slab) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput, match=r"\[u,v,0\]"):
        spot_pattern(slab, "[1,0,1]")
