"""Nearest sites and balls against brute force; empty space known in closed form."""

import numpy as np
import pytest
from ase import Atoms
from ase.data.vdw_alvarez import vdw_radii
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.bonding.distances import (
    Clearance,
    PeriodicSites,
    images_within,
    sample_points,
    void_fraction,
)
from ionsmith.errors import InvalidStructure, IonsmithError

SILICON = float(vdw_radii[14])


@pytest.mark.parametrize("probe", [0.0, 1.0, 2.5])
def test_one_sphere_in_a_leaning_cell(probe: float) -> None:
    cell = np.array([[10.0, 0, 0], [3.0, 11.0, 0], [-2.0, 4.0, 12.0]])
    atoms = Atoms("Si", positions=[[1.0, -20.0, 3.0]], cell=cell, pbc=True)
    expected = 1 - 4 / 3 * np.pi * (SILICON + probe) ** 3 / np.linalg.det(cell)
    assert void_fraction(atoms, sample_points(cell), probe) == pytest.approx(expected, abs=0.004)


def test_two_elements_with_their_own_radii() -> None:
    cell = np.diag([12.0, 12.0, 24.0])
    atoms = Atoms("SiH", positions=[[6, 6, 6], [6, 6, 18]], cell=cell, pbc=True)
    spheres = sum(4 / 3 * np.pi * vdw_radii[number] ** 3 for number in (14, 1))
    expected = 1 - spheres / np.linalg.det(cell)
    assert void_fraction(atoms, sample_points(cell)) == pytest.approx(expected, abs=0.004)


def test_clearance_in_the_middle_of_a_cube() -> None:
    atoms = Atoms("Si", cell=[10] * 3, pbc=True)
    distance, vector = Clearance(atoms, 20).nearest(np.array([[5.0, 5, 5], [1, 0, 0], [9, 0, 0]]))
    assert distance == pytest.approx([75**0.5 - SILICON, 1 - SILICON, 1 - SILICON])
    assert vector[1:] == pytest.approx(np.array([[1, 0, 0], [-1, 0, 0]]))


def test_images_within_a_distance() -> None:
    places, owner = images_within(np.array([[1.0, 20, 20]]), np.diag([4.0, 40, 40]), 8.5)
    # -7, -3, 1, 5, 9 along x: farther ones are more than 8.5 Å from the cell.
    assert sorted(places[:, 0]) == pytest.approx([-7, -3, 1, 5, 9])
    assert (owner == 0).all()


def test_elements_without_radius() -> None:
    with pytest.raises(InvalidStructure, match="radius"):
        void_fraction(Atoms("Og", cell=[9] * 3, pbc=True), np.zeros((1, 3)))


def random_sites(seed: int) -> tuple[PeriodicSites, np.ndarray, np.random.Generator]:
    """A cell, oblique and perhaps left-handed, with sites; and all their images around it."""
    rng = np.random.default_rng(seed)
    cell = np.diag(rng.uniform(3, 6, 3) * rng.choice([-1, 1], 3)) + rng.uniform(-1, 1, (3, 3))
    positions = rng.uniform(-10, 10, (int(rng.integers(1, 5)), 3))
    span = np.arange(-12, 13)
    shifts = np.stack(np.meshgrid(span, span, span), axis=-1).reshape(-1, 3) @ cell
    sites = PeriodicSites(cell, positions)
    return sites, (shifts[:, None] + sites.positions).reshape(-1, 3), rng


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_nearest(seed: int) -> None:
    sites, images, rng = random_sites(seed)
    points = rng.uniform(-5, 5, (10, 3))
    distances, partners = sites.nearest(points)
    expected = np.linalg.norm(points[:, None] - images, axis=2).min(axis=1)
    np.testing.assert_allclose(distances, expected, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(partners - points, axis=1), distances, atol=1e-9)
    # Each partner is one of the sites.
    np.testing.assert_allclose(sites.nearest(partners)[0], 0, atol=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_ball(seed: int) -> None:
    sites, images, rng = random_sites(seed)
    centre, radius = rng.uniform(-5, 5, 3), rng.uniform(1, 6)
    found = sites.inside(centre, radius, 10_000)
    away = np.linalg.norm(images - centre, axis=1)
    assert len(found) == np.count_nonzero(away <= radius)
    np.testing.assert_allclose(
        np.linalg.norm(found - centre, axis=1), np.sort(away)[: len(found)], atol=1e-9
    )


def test_surface_and_density() -> None:
    cubic = PeriodicSites(2 * np.eye(3), [[0.3, 0.1, 7.0]])
    assert cubic.density == pytest.approx(1 / 8)
    # Shells of the simple cubic lattice: 1, 6, 12, 8, 6, ... sites.
    for radius, count in ((1.99, 1), (2.0, 7), (2 * 2**0.5, 19), (2 * 3**0.5, 27), (4.0, 33)):
        assert len(cubic.inside([0.3, 0.1, 1.0], radius, 100)) == count


def test_too_many() -> None:
    with pytest.raises(IonsmithError, match="use a smaller radius"):
        PeriodicSites(np.eye(3), [[0, 0, 0]]).inside(np.zeros(3), 10.0, 1000)
