"""Neighbours slab by slab are the neighbours of the whole structure."""

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.bonding.neighbours import join, neighbour_chunks, neighbour_list, pairs_within


@st.composite
def structures(draw: st.DrawFn) -> Atoms:
    """Atoms inside and outside oblique cells, periodic along any of the axes."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(2, 50))
    cell = 7 * np.eye(3) + generator.uniform(-2.5, 2.5, (3, 3))
    pbc = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
    return Atoms(
        generator.choice(["Na", "O"], n), generator.uniform(-15, 15, (n, 3)), cell=cell, pbc=pbc
    )


@settings(deadline=None, max_examples=60)
@given(structures(), st.floats(0.5, 6), st.integers(1, 12))
def test_slabs_make_the_whole_list(atoms: Atoms, cutoff: float, size: int) -> None:
    whole = neighbour_list(atoms, cutoff)
    slabs = list(neighbour_chunks(atoms, cutoff, size))
    assert len(slabs) == -(-len(atoms) // size)
    pairs = join(slabs)
    pairs = pairs.sorted()
    np.testing.assert_array_equal(pairs.first, whole.first)
    np.testing.assert_array_equal(pairs.second, whole.second)
    np.testing.assert_array_equal(pairs.shifts, whole.shifts)
    np.testing.assert_allclose(pairs.distances, whole.distances, atol=1e-9)


@settings(deadline=None, max_examples=30)
@given(structures(), st.integers(1, 12))
def test_each_atom_is_in_one_slab(atoms: Atoms, size: int) -> None:
    slabs = [set(slab.first.tolist()) for slab in neighbour_chunks(atoms, 5.0, size)]
    assert sum(len(slab) for slab in slabs) == len(set().union(*slabs))


@settings(deadline=None, max_examples=30)
@given(structures())
def test_limits_by_elements_and_chosen_atoms(atoms: Atoms) -> None:
    """Against a filter of the whole list; Na to O only, in that direction."""
    limits = np.full((119, 119), -np.inf)
    limits[11, 8] = 4.0
    pairs = neighbour_list(atoms, 4.0)
    numbers = atoms.numbers
    wanted = (numbers[pairs.first] == 11) & (numbers[pairs.second] == 8)
    found = join(list(pairs_within(atoms, limits)))
    assert sorted(found.distances) == pytest.approx(sorted(pairs.distances[wanted]), abs=1e-9)
    chosen = np.arange(0, len(atoms), 2)
    even = wanted & (pairs.first % 2 == 0) & (pairs.second % 2 == 0)
    found = join(list(pairs_within(atoms, limits, chosen)))
    assert sorted(zip(found.first.tolist(), found.second.tolist(), strict=True)) == sorted(
        zip(pairs.first[even].tolist(), pairs.second[even].tolist(), strict=True)
    )
