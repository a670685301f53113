"""A crystal on itself: coincidence site lattices of the literature, and the perfect crystal."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, make_supercell
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ionsmith.crystals.conversion import read_lattice
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.own_boundary import own_boundary, same_crystal

ZINCBLENDE = bulk("GaAs", "zincblende", 5.653, cubic=True)
CUBIC = {
    "sc": bulk("Po", "sc", 3.35),
    "bcc": bulk("Fe", "bcc", 2.866, cubic=True),
    "fcc": bulk("Cu", "fcc", 3.615, cubic=True),
    "diamond": bulk("Si", "diamond", 5.431, cubic=True),
    "primitive bcc": bulk("W", "bcc", 3.165),
}


def turn(degrees: float, axis: tuple[int, int, int]) -> np.ndarray:
    unit = np.array(axis) / np.linalg.norm(axis)
    return np.asarray(Rotation.from_rotvec(degrees * unit, degrees=True).as_matrix())


def lattice(atoms: Atoms) -> CrystalLattice:
    return CrystalLattice.of_atoms(atoms)


def sigma(first: CrystalLattice, second: CrystalLattice, rotation: np.ndarray) -> int | None:
    boundary = own_boundary(first, second, rotation)
    return None if boundary is None else boundary.sigma


@pytest.mark.parametrize("name", CUBIC)
@pytest.mark.parametrize(
    ("degrees", "axis", "expected"),
    # H. Grimmer, W. Bollmann, D. H. Warrington, Acta Cryst. A 30, 197 (1974),
    # doi:10.1107/S056773947400043X, table 1: angle and axis of the disorientation.
    [
        (60.0, (1, 1, 1), 3),
        (36.8699, (1, 0, 0), 5),
        (38.2132, (1, 1, 1), 7),
        (38.9424, (1, 1, 0), 9),
        (50.4788, (1, 1, 0), 11),
        (22.6199, (1, 0, 0), 13),
        (27.7958, (1, 1, 1), 13),
        (48.1897, (2, 1, 0), 15),
        (28.0725, (1, 0, 0), 17),
        (20.0, (1, 0, 0), None),
    ],
)
def test_cubic(name: str, degrees: float, axis: tuple[int, int, int], expected: int | None) -> None:
    crystal = lattice(CUBIC[name])
    # The Cartesian axes of ASE's primitive cells are those of the cube too.
    assert sigma(crystal, crystal, turn(degrees, axis)) == expected


@pytest.mark.parametrize("atoms", [bulk("Mg"), bulk("Zn"), bulk("ZnO", "wurtzite", 3.25, c=5.2)])
def test_hexagonal(atoms: Atoms) -> None:
    """About [001] with any c/a: Σ = m² + m n + n² at tan(θ/2) = n √3 / (2 m + n).

    W. Bollmann, Crystal Defects and Crystalline Interfaces (1970), from memory: 21.79° for Σ7,
    27.80° for Σ13, 13.17° (46.83°) for Σ19.
    """
    crystal = lattice(atoms)
    for m, n, expected in ((2, 1, 7), (3, 1, 13), (3, 2, 19), (5, 1, 31), (4, 3, 37), (5, 3, 49)):
        assert m * m + m * n + n * n == expected
        degrees = 2 * np.degrees(np.arctan(n * np.sqrt(3) / (2 * m + n)))
        assert sigma(crystal, crystal, turn(degrees, (0, 0, 1))) == expected
        assert sigma(crystal, crystal, turn(60 - degrees, (0, 0, 1))) == expected
    assert sigma(crystal, crystal, turn(21.79, (0, 0, 1))) == 7
    assert sigma(crystal, crystal, turn(27.80, (0, 0, 1))) == 13
    assert sigma(crystal, crystal, turn(15.0, (0, 0, 1))) is None


def test_the_perfect_crystal() -> None:
    crystal = lattice(ZINCBLENDE)
    for degrees, axis, perfect in (
        (0.0, (0, 0, 1), True),
        (180.0, (0, 0, 1), True),
        (120.0, (1, 1, 1), True),
        (90.0, (0, 0, 1), False),  # Ga on As: an antiphase domain
    ):
        boundary = own_boundary(crystal, crystal, turn(degrees, axis))
        assert boundary is not None
        assert (boundary.sigma, boundary.perfect) == (1, perfect)
    # The sixfold screw axis of magnesium.
    magnesium = lattice(bulk("Mg"))
    boundary = own_boundary(magnesium, magnesium, turn(60, (0, 0, 1)))
    assert boundary is not None
    assert boundary.perfect


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.integers(-2, 2), min_size=9, max_size=9).filter(
        lambda m: 0 < np.linalg.det(np.reshape(m, (3, 3))) < 9
    ),
    st.integers(0, 2**32 - 1),
)
def test_any_cell_and_origin_of_the_crystal(matrix: list[int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    other = make_supercell(ZINCBLENDE, np.reshape(matrix, (3, 3)))
    spin = Rotation.random(rng=generator).as_matrix()
    other.translate(generator.uniform(0, 5, 3))
    other.set_cell(other.cell.array @ spin.T, scale_atoms=True)
    other = other[generator.permutation(len(other))]
    first, second = lattice(ZINCBLENDE), lattice(other)
    assert same_crystal(first, second)
    boundary = own_boundary(first, second, spin.T)
    assert boundary is not None
    assert boundary.perfect
    assert sigma(first, second, turn(60, (1, 1, 1)) @ spin.T) == 3


def test_other_crystals_are_not_the_same() -> None:
    crystal = lattice(ZINCBLENDE)
    strained = ZINCBLENDE.copy()
    strained.set_cell(strained.cell * 1.01, scale_atoms=True)
    for other in (strained, bulk("AlAs", "zincblende", 5.653, cubic=True)):
        assert own_boundary(crystal, lattice(other), np.eye(3)) is None
    assert not same_crystal(lattice(bulk("Fe", "bcc", 2.866)), lattice(bulk("Fe", "fcc", 3.6)))


def test_disordered_crystals() -> None:
    nzsp, nvp = read_lattice("lib:nzsp"), read_lattice("lib:nvp")
    boundary = own_boundary(nzsp, nzsp, np.eye(3))
    assert boundary is not None
    assert boundary.perfect
    assert own_boundary(nzsp, nvp, np.eye(3)) is None
    # R lattices have a coincidence site lattice of 3 cells with their obverse and reverse setting.
    assert sigma(nvp, nvp, turn(180, (0, 0, 1))) == 3
