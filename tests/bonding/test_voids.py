"""Empty space of structures whose answer is known in closed form."""

import numpy as np
import pytest
from ase import Atoms
from ase.data.vdw_alvarez import vdw_radii

from ionsmith.bonding.voids import Clearance, images_within, sample_points, void_fraction
from ionsmith.errors import InvalidStructure

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
