"""Neighbour lists against ASE's, which is slow and independent."""

import tracemalloc

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.bonding.neighbours import neighbour_list

cells = st.tuples(
    st.tuples(st.floats(2.5, 9), st.floats(2.5, 9), st.floats(2.5, 9)),
    st.tuples(st.floats(55, 125), st.floats(65, 115), st.floats(65, 115)),
)


def pairs(i: np.ndarray, j: np.ndarray, shift: np.ndarray) -> list[tuple[int, ...]]:
    return sorted(map(tuple, np.column_stack([i, j, shift]).tolist()))


@settings(deadline=None, max_examples=60)
@given(
    cell=cells,
    number=st.integers(1, 8),
    seed=st.integers(0, 10**6),
    cutoff=st.floats(1.0, 7.0),
    pbc=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_same_pairs_as_ase(
    cell: tuple, number: int, seed: int, cutoff: float, pbc: tuple[bool, bool, bool]
) -> None:
    generator = np.random.default_rng(seed)
    (a, b, c), (alpha, beta, gamma) = cell
    if gamma + alpha + beta > 330 or alpha > beta + gamma - 10:
        return
    atoms = Atoms(f"Si{number}", cell=[a, b, c, alpha, beta, gamma], pbc=pbc)
    # Atoms outside of the cell are allowed.
    atoms.set_scaled_positions(generator.uniform(-1.2, 2.2, (number, 3)))
    found = neighbour_list(atoms, cutoff)
    i, j, shift, distance = neighbor_list("ijSd", atoms, cutoff)
    if (np.abs(np.append(found.distances, distance) - cutoff) < 1e-6).any():
        return  # on the edge, where rounding decides
    assert pairs(found.first, found.second, found.shifts) == pairs(i, j, shift)
    vectors = (
        atoms.positions[found.second]
        + found.shifts @ atoms.cell.array
        - atoms.positions[found.first]
    )
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), found.distances, atol=1e-9)


@settings(deadline=None, max_examples=30)
@given(
    cell=cells,
    vacuum=st.tuples(st.floats(0, 60), st.floats(0, 60), st.floats(0, 300)),
    seed=st.integers(0, 10**6),
    cutoff=st.floats(1.0, 7.0),
    pbc=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_same_pairs_as_ase_in_a_vacuum(
    cell: tuple, vacuum: tuple, seed: int, cutoff: float, pbc: tuple[bool, bool, bool]
) -> None:
    generator = np.random.default_rng(seed)
    (a, b, c), (alpha, beta, gamma) = cell
    if gamma + alpha + beta > 330 or alpha > beta + gamma - 10:
        return
    atoms = Atoms("Si6", cell=[a, b, c, alpha, beta, gamma], pbc=pbc)
    atoms.set_scaled_positions(generator.uniform(0, 1, (6, 3)))
    lengths = atoms.cell.lengths()
    atoms.set_cell(atoms.cell.array * (1 + np.array(vacuum) / lengths)[:, None])
    # A clump in an empty cell, somewhere, and now and then across its faces.
    atoms.positions += generator.uniform(-0.5, 1.5, 3) @ atoms.cell.array
    if seed % 2:
        atoms.wrap(pbc=True)
    found = neighbour_list(atoms, cutoff)
    i, j, shift, distance = neighbor_list("ijSd", atoms, cutoff)
    if (np.abs(np.append(found.distances, distance) - cutoff) < 1e-6).any():
        return  # on the edge, where rounding decides
    assert pairs(found.first, found.second, found.shifts) == pairs(i, j, shift)


def test_a_particle_in_a_large_box_takes_no_more_than_its_pairs() -> None:
    atoms = bulk("Cu", cubic=True) * (8, 8, 8)
    atoms.set_cell([1000] * 3)
    atoms.wrap()
    count = len(neighbour_list(atoms, 3.0))
    tracemalloc.start()
    neighbour_list(atoms, 3.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1000 * count


@pytest.mark.parametrize("seed", range(3))
def test_half_list_is_half_and_order_is_stable(seed: int) -> None:
    generator = np.random.default_rng(seed)
    atoms = Atoms("Si20", positions=generator.uniform(0, 9, (20, 3)), cell=[9, 8, 7], pbc=True)
    full = neighbour_list(atoms, 4.0)
    half = neighbour_list(atoms, 4.0, full=False)
    assert 2 * len(half.first) == len(full.first)
    keys = np.column_stack([full.first, full.second, full.shifts])
    assert (np.lexsort(keys.T[::-1]) == np.arange(len(keys))).all()


@pytest.mark.parametrize("flat", [0, 1, 2])
def test_thin_cell_of_many_boxes(flat: int) -> None:
    # vesin 0.6 divides by zero here and ends the process.
    repeats = [200, 200, 200]
    repeats[flat] = 1
    sheet = bulk("Al", "fcc", a=4.05, cubic=True).repeat(repeats)
    found = neighbour_list(sheet, 3.0)
    assert (np.bincount(found.first) == 12).all()
    assert found.distances == pytest.approx(4.05 / np.sqrt(2))
    assert 2 * len(neighbour_list(sheet, 3.0, full=False)) == len(found)


def test_few_atoms_in_a_wide_thin_cell() -> None:
    places = np.random.default_rng(0).random((50, 3))
    atoms = Atoms("Al50", scaled_positions=places, cell=[4, 2000, 2000], pbc=True)
    found = neighbour_list(atoms, 9.0)
    i, j, shift = neighbor_list("ijS", atoms, 9.0)
    assert pairs(found.first, found.second, found.shifts) == pairs(i, j, shift)
