"""Sites as columns: the same sites; and crowded positions, against all distances."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionsmith.crystals import load, names
from ionsmith.crystals.cif._checks import _crowded
from ionsmith.crystals.cif._sites import OVERLAP
from ionsmith.crystals.sites import Site, SiteColumns

SITES = (
    Site("Na1", "4a", (0.0, 0.25, 0.5), {"Na": 0.5, "K": 0.25}, {"Na": 1.0, "K": 1.0}, 0.01),
    Site("O1", "8", (0.1, 0.2, 0.3), {"O": 1.0}, {}, None, (0.1, 0.2, 0.3, 0.0, 0.0, 0.01)),
    Site("Fe1", "2b", (0.5, 0.5, 0.5), {"Fe": 1.0}, {"Fe": 3.0}, moment=(0.0, 0.0, 4.0)),
)


def test_columns_give_their_sites_back() -> None:
    columns = SiteColumns.of(SITES)
    assert tuple(columns) == SITES
    assert columns == SITES
    assert columns != SITES[:2]
    assert (len(columns), columns[1], columns[1:]) == (3, SITES[1], SITES[1:])
    assert SiteColumns.of(columns) is columns
    assert len(SiteColumns.of(())) == 0


def test_content_and_order_are_those_of_the_sites() -> None:
    columns = SiteColumns.of(SITES)
    assert columns.content() == {"Na": 2.0, "K": 1.0, "O": 8.0, "Fe": 2.0}
    assert not columns.is_ordered
    assert SiteColumns.of(SITES[1:]).is_ordered
    alone = replace(columns, kinds=np.array([1, 1, 2]))
    assert alone.is_ordered  # what no site has does not count


@pytest.mark.parametrize("name", [name for name in names() if load(name).has_coordinates])
def test_library_crystals_as_columns(name: str) -> None:
    crystal = load(name)
    assert tuple(SiteColumns.of(crystal.sites)) == tuple(crystal.sites)
    by_hand: dict[str, float] = {}
    for site in crystal.sites:
        for element, share in site.occupancy.items():
            by_hand[element] = by_hand.get(element, 0.0) + share * site.multiplicity
    assert crystal.composition() == pytest.approx(by_hand)


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 60),
    edges=st.tuples(*[st.floats(0.4, 6.0)] * 3),
    shear=st.tuples(*[st.floats(-0.5, 0.5)] * 3),
)
def test_every_overlapping_pair_is_among_the_crowded(
    seed: int, count: int, edges: tuple[float, ...], shear: tuple[float, ...]
) -> None:
    cell = np.diag(edges)
    cell[1, 0], cell[2, 0], cell[2, 1] = np.array(shear) * edges[0]
    positions = np.random.default_rng(seed).random((count, 3))
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    crowded = _crowded(positions, heights)
    images = np.array(list(np.ndindex(5, 5, 5))) - 2
    for first in range(count):
        gaps = (positions - positions[first])[:, None] + images
        distances = np.linalg.norm(gaps @ cell, axis=2).min(axis=1)
        if ((distances < OVERLAP) & (np.arange(count) != first)).any():
            assert crowded[first]
