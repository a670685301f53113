"""The best origin against brute force, and where it is known beforehand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.epitaxy._overlap_search import OriginSearch, distinct_balls
from ionsmith.bonding.distances import PeriodicSites
from ionsmith.errors import IonsmithError

CUBIC = PeriodicSites(4.0 * np.eye(3), [[0, 0, 0]])


def sites_of(seed: int) -> tuple[PeriodicSites, np.random.Generator]:
    rng = np.random.default_rng(seed)
    cell = np.diag(rng.uniform(3, 6, 3)) + rng.uniform(-1, 1, (3, 3))
    return PeriodicSites(cell, rng.uniform(0, 6, (int(rng.integers(1, 4)), 3))), rng


def test_random_origin_is_the_mean_over_the_cell() -> None:
    """Mean distance from the centre of a unit cube: half of the box integral B3(1) = 0.960592.

    D. H. Bailey, J. M. Borwein, R. E. Crandall, J. Comput. Appl. Math. 206, 196 (2007),
    doi:10.1016/j.cam.2006.06.010.
    """
    assert OriginSearch.on(CUBIC).random == pytest.approx(4 * 0.960592 / 2, abs=4e-3)
    assert OriginSearch.on(CUBIC, 0.1).random == pytest.approx(4 * 0.960592 / 2, abs=1e-3)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_all_origins_at_once_are_each_origin_alone(seed: int) -> None:
    sites, rng = sites_of(seed)
    points = rng.uniform(-6, 6, (12, 3))
    search = OriginSearch.on(sites, 0.25)
    means = search.means(points)
    for _ in range(20):
        index = tuple(rng.integers(means.shape))
        shift = np.array(index) / means.shape @ sites.cell
        assert means[index] == pytest.approx(sites.nearest(points + shift)[0].mean(), abs=0.03)


@settings(deadline=None, max_examples=4)
@given(st.integers(0, 2**32 - 1))
def test_no_start_leads_lower(seed: int) -> None:
    sites, rng = sites_of(seed)
    points = rng.uniform(-8, 8, (20, 3))
    best = OriginSearch.on(sites).best(points)

    def mean(shift: np.ndarray) -> float:
        return float(sites.nearest(points + shift)[0].mean())

    assert mean(best.point) == pytest.approx(best.mean, abs=1e-9)
    lowest = min(
        minimize(mean, rng.uniform(size=3) @ sites.cell, method="Nelder-Mead").fun
        for _ in range(20)
    )
    assert best.mean <= lowest + 1e-4


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_points_taken_from_the_sites_are_found_again(seed: int) -> None:
    sites, rng = sites_of(seed)
    origin = rng.uniform(0, 6, 3)
    points = sites.inside(origin, 9.0, 1000) - origin
    best = OriginSearch.on(sites).best(points)
    assert best.mean == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(sites.nearest(points + best.point)[0], 0, atol=1e-5)


def test_two_points_share_the_way_between_them() -> None:
    """D(p) + D(p + h) is at least the distance of h from a lattice point: here √3/2 a."""
    points = np.array([[0.0, 0, 0], [2.0, 2, 2]])
    assert OriginSearch.on(CUBIC).best(points).mean == pytest.approx(np.sqrt(3) / 4 * 4, abs=1e-6)


def test_finer_grids_find_the_same() -> None:
    sites, rng = sites_of(5)
    points = rng.uniform(-8, 8, (40, 3)) @ Rotation.random(random_state=1).as_matrix()
    found = [OriginSearch.on(sites, step).best(points).mean for step in (0.3, 0.2, 0.1)]
    assert np.ptp(found) < 1e-4
    assert OriginSearch.on(sites).best(points, quick=True).mean == pytest.approx(
        found[-1], abs=5e-3
    )


def test_supercells_are_refused() -> None:
    with pytest.raises(IonsmithError, match="use the unit cell"):
        OriginSearch.on(PeriodicSites(100 * np.eye(3), [[0, 0, 0]]))


def test_a_lead_is_how_far_a_point_may_move() -> None:
    sites, rng = sites_of(3)
    points = rng.uniform(-8, 8, (200, 3))
    lead, partners = sites.nearest_two(points)
    np.testing.assert_allclose(partners, sites.nearest(points)[1])
    turns = Rotation.random(200, random_state=rng).apply([1, 0, 0])
    moved = points + 0.499 * lead[:, None] * turns
    np.testing.assert_allclose(sites.nearest(moved)[1], partners, atol=1e-9)
    others = [np.delete(sites.inside(point, 12, 5000), 0, axis=0) for point in points]
    second = [np.linalg.norm(o - p, axis=1).min() for o, p in zip(others, points, strict=True)]
    np.testing.assert_allclose(second - sites.nearest(points)[0], lead, atol=1e-9)


def test_equal_balls_are_searched_once() -> None:
    rng = np.random.default_rng(5)
    ball = rng.uniform(-5, 5, (20, 3))
    balls = [ball, -ball, ball[::-1], 1.1 * ball, ball[:-1]]
    assert distinct_balls(balls, CUBIC) == [0, 3, 4]
    chiral = PeriodicSites(np.eye(3) * 9, rng.uniform(0, 9, (5, 3)))
    assert distinct_balls(balls, chiral) == [0, 1, 3, 4]
    search = OriginSearch.on(CUBIC)
    assert search.best(-ball).mean == pytest.approx(search.best(ball).mean, abs=1e-7)
