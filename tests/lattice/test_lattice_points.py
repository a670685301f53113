"""No point of a box is missing and none is there twice, however oblique the lattice."""

from itertools import product

import numpy as np
import pytest
from ase.geometry import minkowski_reduce
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ionsmith.errors import IonsmithError
from ionsmith.lattice.lattice_points import (
    coprime_indices,
    half_index_grid,
    index_grid,
    lattice_points,
    reduction,
)

numbers = st.floats(-1, 1, allow_subnormal=False)
RANGE = 12
GRID = np.stack(np.meshgrid(*[np.arange(-RANGE, RANGE + 1)] * 3, indexing="ij"), axis=-1)


@settings(deadline=None, max_examples=60)
@given(
    basis=st.lists(numbers, min_size=9, max_size=9),
    low=st.lists(st.floats(-1.5, 0), min_size=3, max_size=3),
    high=st.lists(st.floats(0, 1.5), min_size=3, max_size=3),
    flat=st.booleans(),
)
def test_all_points_of_a_box(
    basis: list[float], low: list[float], high: list[float], flat: bool
) -> None:
    rows = np.reshape(basis, (3, 3))
    assume(abs(np.linalg.det(rows)) > 0.02)
    least, most = np.array(low) - 0.1, np.array(high) + 0.1
    if flat:
        least[2] = most[2] = 0.0
    # The brute-force range is enough: |n_i| <= |p| |dual_i|.
    reach = np.linalg.norm(np.maximum(abs(least), abs(most)))
    assume(reach * np.linalg.norm(np.linalg.inv(rows), axis=0).max() < RANGE)
    found = lattice_points(rows, least, most)
    grid = GRID.reshape(-1, 3)
    points = grid @ rows
    clear = ((points > least + 1e-6) & (points < most - 1e-6)).all(axis=1)
    if flat:
        clear = (grid == 0).all(axis=1)
    near = ((points > least - 1e-6) & (points < most + 1e-6)).all(axis=1)
    listed = set(map(tuple, found.tolist()))
    assert len(listed) == len(found)
    assert set(map(tuple, grid[clear].tolist())) <= listed <= set(map(tuple, grid[near].tolist()))


def test_faces_belong_to_the_box() -> None:
    assert len(lattice_points(np.eye(3), (-2, -2, 0), (2, 2, 0))) == 25


def test_many_cells_of_a_skewed_basis() -> None:
    """The same lattice in a basis that no small range of indices covers."""
    skew = np.array([[1, 0, 0], [57, 1, 0], [-31, 44, 1]])
    found = lattice_points(skew @ np.diag([0.2, 0.3, 0.03]), (-1, -1, -1), (1, 1, 1))
    assert len(found) == 11 * 7 * 67
    assert abs(found).max() > 1000


@settings(deadline=None, max_examples=60)
@given(
    basis=st.lists(numbers, min_size=9, max_size=9),
    stretch=st.lists(st.floats(-2, 2), min_size=3, max_size=3),
)
def test_reduction_beside_ase(basis: list[float], stretch: list[float]) -> None:
    rows = np.reshape(basis, (3, 3))
    assume(abs(np.linalg.det(rows)) > 0.02)
    rows = rows * np.power(10.0, stretch)
    change = reduction(rows)
    assert round(abs(np.linalg.det(change))) == 1
    both = change @ rows, minkowski_reduce(rows)[0]
    own, theirs = (np.sort(np.linalg.norm(each, axis=1)) for each in both)
    assert own == pytest.approx(theirs, rel=1e-8)


def test_a_sum_of_three_is_shorter_than_each() -> None:
    """Each pair is as short as it can be, and all three lie almost in one plane."""
    basis = np.array([[1, 0, 0.1], [-0.5, 0.75**0.5, 0.1], [-0.5, -(0.75**0.5), 0.1]])
    lengths = np.linalg.norm(reduction(basis) @ basis, axis=1)
    assert lengths.min() == pytest.approx(0.3)


def test_too_many_points() -> None:
    with pytest.raises(IonsmithError, match="smallest spacing"):
        lattice_points(np.eye(3) * 1e-3, (-1, -1, -1), (1, 1, 1))


@settings(deadline=None, max_examples=30)
@given(bounds=st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=1, max_size=3))
def test_integer_vectors_in_lexicographic_order(bounds: list[tuple[int, int]]) -> None:
    low, high = zip(*bounds, strict=True)
    expected = list(product(*(range(first, last + 1) for first, last in bounds)))
    assert [tuple(row) for row in index_grid(low, high).tolist()] == expected


def test_real_bounds_and_a_single_number() -> None:
    assert index_grid([-1.5, 0.2], [0.9, 1.0]).tolist() == [[-1, 1], [0, 1]]
    assert index_grid(-1, 1).shape == (27, 3)


@given(bounds=st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_one_of_each_friedel_pair(bounds: list[int]) -> None:
    half = half_index_grid(bounds)
    both = {tuple(row) for row in np.concatenate([half, -half]).tolist()}
    assert len(both) == 2 * len(half) == np.prod(2 * np.array(bounds) + 1) - 1
    assert (0, 0, 0) not in both


def test_indices_without_common_factor() -> None:
    """As many up to 1 as neighbours of a cube, and up to 2 those less the doubled ones."""
    assert len(coprime_indices(1)) == 26
    assert len(coprime_indices(2)) == 5**3 - 1 - 26
    assert (np.gcd.reduce(coprime_indices(5), axis=1) == 1).all()
