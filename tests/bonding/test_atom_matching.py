"""Pairs of atoms: identity, geometry against an exhaustive search, shifts, strain, vacancies."""

import itertools

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.transform import Rotation

from ionsmith.bonding.atom_matching import MAX_DISPLACEMENT, match_atoms
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.crystals import load
from strategies import full_beta_alumina

CRYSTALS = ["lifepo4", "na2o", "nh4vo3", "nasi", "v2o5", "te2v2o9", "li15si4", "zro2"]


def without_identity(atoms: Atoms) -> Atoms:
    copy = atoms.copy()
    copy.info.clear()
    return copy


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(CRYSTALS), st.integers(0, 2**32 - 1), st.floats(0, 0.15))
def test_shuffled_shifted_turned_and_noisy(name: str, seed: int, noise: float) -> None:
    """Another order, a rigid shift, a rotation, other periodic images, and thermal noise."""
    generator = np.random.default_rng(seed)
    before = without_identity(load(name).to_atoms())
    order = generator.permutation(len(before))
    after = before[order]
    steps = generator.normal(0, noise / 3, after.positions.shape)
    shift = generator.uniform(-20, 20, 3)
    after.positions += steps + shift
    turn = Rotation.random(rng=generator).as_matrix()
    after.set_cell(after.cell.array @ turn.T)
    after.positions = after.positions @ turn.T
    after.wrap()
    match = match_atoms(before, after)
    assert match.method == "geometry"
    assert len(match.before) == len(before)
    np.testing.assert_array_equal(before.numbers[match.before], after.numbers[match.after])
    # A translation of the crystal may have taken the place of the identity: what counts is that
    # the pairs are near, and no farther than the noise.
    assert match.displacements.max() <= 2 * np.linalg.norm(steps, axis=1).max() + 1e-6


AXES = [
    [[0, 1, 0], [1, 0, 0], [0, 0, 1]],
    [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
    [[-1, 0, 0], [0, -1, 0], [0, 0, -1]],
    [[1, 0, 0], [0, 1, 0], [1, -1, 1]],
]


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(CRYSTALS), st.sampled_from(AXES), st.integers(0, 2**32 - 1), st.booleans())
def test_other_axes_of_the_same_lattice(
    name: str, axes: list[list[int]], seed: int, turned: bool
) -> None:
    """A file of another program: axes in another order or of another hand, here also turned."""
    generator = np.random.default_rng(seed)
    before = without_identity(load(name).to_atoms())
    after = before[generator.permutation(len(before))]
    after.positions += generator.normal(0, 0.02, after.positions.shape)
    after.set_cell(axes @ after.cell.array)
    if turned:
        turn = Rotation.random(rng=generator).as_matrix()
        after.set_cell(after.cell.array @ turn.T)
        after.positions = after.positions @ turn.T
    after.wrap()
    match = match_atoms(before, after)
    assert len(match.before) == len(before)
    np.testing.assert_array_equal(before.numbers[match.before], after.numbers[match.after])
    assert match.displacements.max() < 0.2


def test_a_hop_to_an_equivalent_site_remains_one() -> None:
    """By reversed axes nothing would have moved."""
    before = Atoms("O2H", [[0, 0, 0], [2.5, 0, 0], [0.9, 0, 0]], cell=[12] * 3, pbc=True)
    after = before.copy()
    after.positions[2, 0] = 1.6
    assert match_atoms(before, after).displacements == pytest.approx([0, 0, 0.7], abs=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_against_every_assignment(seed: int) -> None:
    """The least sum of squared distances, nearest images looked for among 125, oblique cells."""
    generator = np.random.default_rng(seed)
    cell = 6 * np.eye(3) + generator.uniform(-1, 1, (3, 3))
    grid = np.array(list(itertools.product((0, 1 / 2), (0, 1 / 2), (0, 1 / 3, 2 / 3))))
    before = Atoms("NaO" * 6, scaled_positions=grid, cell=cell, pbc=True)
    before.positions += generator.uniform(-0.6, 0.6, (12, 3))
    after = before.copy()
    steps = generator.uniform(-0.3, 0.3, (12, 3))
    after.positions += steps - np.median(steps, axis=0)
    after.wrap()
    match = match_atoms(before, after)
    images = np.array(list(itertools.product(range(-2, 3), repeat=3))) @ cell
    best = np.zeros(12, int)
    for number in (8, 11):
        i, j = (np.flatnonzero(atoms.numbers == number) for atoms in (before, after))
        vectors = after.positions[j] - before.positions[i][:, None]
        distances = np.linalg.norm(vectors[:, :, None] + images, axis=-1).min(axis=2)
        rows, columns = linear_sum_assignment(distances**2)
        best[i[rows]] = j[columns]
    np.testing.assert_array_equal(match.before, np.arange(12))
    np.testing.assert_array_equal(match.after, best)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(CRYSTALS), st.integers(0, 2**32 - 1))
def test_removed_atoms_are_left_over(name: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    before = without_identity(load(name).to_atoms().repeat((2, 1, 1)))
    gone = generator.choice(len(before), 2, replace=False)
    kept = np.setdiff1d(np.arange(len(before)), gone)
    order = generator.permutation(kept)
    match = match_atoms(before, before[order])
    np.testing.assert_array_equal(match.before, kept)
    np.testing.assert_array_equal(order[match.after], kept)
    np.testing.assert_allclose(match.displacements, 0, atol=1e-9)


def test_strain_is_no_displacement() -> None:
    before = without_identity(load("lifepo4").to_atoms())
    after = before.copy()
    strain = np.array([[1.03, 0.02, 0.0], [0.0, 0.98, 0.01], [0.0, 0.0, 1.02]])
    after.set_cell(after.cell.array @ strain, scale_atoms=True)
    match = match_atoms(before, after)
    np.testing.assert_array_equal(match.before, match.after)
    np.testing.assert_allclose(match.displacements, 0, atol=1e-9)


def test_elements_are_not_exchanged() -> None:
    """Na in the place of Li is another atom: one removed, one added."""
    before = without_identity(load("lifepo4").to_atoms())
    after = before.copy()
    lithium = int(np.flatnonzero(before.numbers == 3)[0])
    after.numbers[lithium] = 11
    match = match_atoms(before, after)
    assert lithium not in match.before
    assert lithium not in match.after
    assert len(match.before) == len(before) - 1


def test_atoms_that_went_far_are_others() -> None:
    before = Atoms("Ar2", [[0, 0, 0], [10, 0, 0]], cell=[40, 40, 40], pbc=True)
    after = before.copy()
    after.positions[1, 1] += 2 * MAX_DISPLACEMENT + 0.5
    assert len(match_atoms(before, after).before) == 1


def test_identity_wins_over_distance() -> None:
    """Two Li that changed places are known by their numbers."""
    before = load("lifepo4").to_atoms()
    first, second = np.flatnonzero(before.numbers == 3)[:2]
    after = before.copy()
    after.positions[[first, second]] = after.positions[[second, first]]
    match = match_atoms(before, after[::-1])
    assert match.method == "identity"
    np.testing.assert_array_equal(match.after, len(before) - 1 - match.before)
    assert np.flatnonzero(match.displacements > 1).tolist() == [first, second]
    by_geometry = match_atoms(without_identity(before), without_identity(after))
    assert by_geometry.method == "geometry"
    assert by_geometry.displacements.max() < 1e-9


def test_identity_through_a_closure() -> None:
    before = full_beta_alumina()
    after = close_planes(before, [2]).atoms
    match = match_atoms(before, after)
    assert match.method == "identity"
    assert len(match.before) == len(after)
    np.testing.assert_array_equal(
        before.arrays["atom_id"][match.before], after.arrays["atom_id"][match.after]
    )


def test_repeated_cells_carry_no_identity() -> None:
    before = load("na2o").to_atoms().repeat((2, 1, 1))
    assert match_atoms(before, before.copy()).method == "geometry"


def test_cells_that_do_not_correspond() -> None:
    """A cell and its supercell have atoms in common but no pairs to tell."""
    before = without_identity(load("na2o").to_atoms())
    match = match_atoms(before, before.repeat((2, 1, 1)))
    assert (match.method, len(match.before)) == ("none", 0)


@pytest.mark.parametrize("pbc", [False, (True, True, False)])
def test_structures_that_are_not_periodic(pbc: bool | tuple[bool, bool, bool]) -> None:
    """The height of a vacuum plays no part."""
    before = without_identity(load("al2o3").to_atoms())
    before.pbc = pbc
    after = before.copy()
    after.set_cell([before.cell[0], before.cell[1], before.cell[2] * 3])
    after.positions += [0.3, -0.2, 5.0]
    match = match_atoms(before, after)
    np.testing.assert_array_equal(match.before, match.after)
    np.testing.assert_allclose(match.displacements, 0, atol=1e-9)
