"""Comparison atom by atom: vacancies, moving bonds, and both directions."""

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.coordination import compare
from ionsmith.analyzers.coordination._changed_atoms import _difference
from ionsmith.bonding.bonds import find_bonds
from ionsmith.crystals import load

SMALL = ["lifepo4", "v2o5", "nh4vo3", "na2o", "te2v2o9", "nasi", "nah2po4"]


def without_identity(atoms: Atoms) -> Atoms:
    copy = atoms.copy()
    copy.info.clear()
    return copy


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(SMALL), st.integers(0, 2**32 - 1))
def test_order_place_and_orientation_do_not_matter(name: str, seed: int) -> None:
    """Without identity: the same structure with an atom missing, shuffled, moved and turned."""
    generator = np.random.default_rng(seed)
    before = without_identity(load(name).to_atoms())
    gone = int(generator.integers(len(before)))
    order = generator.permutation(np.delete(np.arange(len(before)), gone))
    after = before[order]
    after.positions += generator.uniform(-9, 9, 3)
    turn = Rotation.random(rng=generator).as_matrix()
    after.set_cell(after.cell.array @ turn.T)
    after.positions = after.positions @ turn.T
    plain, result = compare(before, before[np.sort(order)]), compare(before, after)
    assert result.coordination == plain.coordination
    assert result.sharing == plain.sharing
    assert result.removed == plain.removed == {before.symbols[gone]: 1}
    assert sorted(
        (atom.element, atom.coordination_before, atom.coordination_after)
        for atom in result.changed_atoms
        if atom.after is not None
    ) == sorted(
        (atom.element, atom.coordination_before, atom.coordination_after)
        for atom in plain.changed_atoms
        if atom.after is not None
    )


@pytest.mark.parametrize("name", SMALL)
def test_there_and_back(name: str) -> None:
    """What is removed one way is added the other, and lost bonds are gained."""
    before = load(name).to_atoms()
    after = before[np.arange(len(before)) != 1]
    there, back = compare(before, after), compare(after, before)
    assert (there.removed, there.added) == (back.added, back.removed)
    assert [(row.before, row.after) for row in there.sharing] == [
        (row.after, row.before) for row in back.sharing
    ]
    paired = {
        (atom.before, atom.after): (len(atom.bonds_lost), len(atom.bonds_gained))
        for atom in there.changed_atoms
        if atom.after is not None
    }
    reverse = {
        (atom.after, atom.before): (len(atom.bonds_gained), len(atom.bonds_lost))
        for atom in back.changed_atoms
        if atom.before is not None
    }
    assert paired == reverse


def test_neighbours_of_a_vacancy_are_listed() -> None:
    """A missing O of LiFePO4 leaves P with three O, Fe with five and two Li with five."""
    before = load("lifepo4").to_atoms()
    bonds = find_bonds(before)
    oxygen = next(
        site
        for site in np.flatnonzero(before.numbers == 8).tolist()
        if sorted(before.numbers[bonds.second[bonds.first == site]]) == [3, 3, 15, 26]
    )
    after = before[np.arange(len(before)) != oxygen]
    result = compare(before, after)
    changes = sorted(
        (atom.element, atom.coordination_before, atom.coordination_after, atom.bonds_lost)
        for atom in result.changed_atoms
    )
    lost = (f"O{oxygen}",)
    neighbours = [
        f"{before.symbols[site]}{site}" for site in bonds.second[bonds.first == oxygen].tolist()
    ]
    assert changes[:4] == [
        ("Fe", 6, 5, lost),
        ("Li", 6, 5, lost),
        ("Li", 6, 5, lost),
        ("O", 4, None, tuple(neighbours)),
    ]
    assert changes[4] == ("P", 4, 3, lost)
    assert all(atom.bonds_gained == () for atom in result.changed_atoms)


def test_bond_that_moves_from_atom_to_atom() -> None:
    """H goes from one O to the other: two O change, H keeps its number and not its neighbour."""
    before = Atoms("O2H", [[0, 0, 0], [2.5, 0, 0], [1.0, 0, 0]], cell=[12] * 3, pbc=True)
    after = before.copy()
    after.positions[2, 0] = 1.5
    result = compare(before, after)
    changed = {atom.before: atom for atom in result.changed_atoms}
    assert (changed[0].bonds_lost, changed[0].bonds_gained) == (("H2",), ())
    assert (changed[1].bonds_lost, changed[1].bonds_gained) == ((), ("H2",))
    assert (changed[2].bonds_lost, changed[2].bonds_gained) == (("O0",), ("O1",))
    assert (changed[2].coordination_before, changed[2].coordination_after) == (1, 1)
    assert changed[2].displacement == pytest.approx(0.5)


KEYS = st.lists(st.integers(0, 6), max_size=12)


@settings(deadline=None)
@given(KEYS, KEYS)
def test_difference_of_lists_is_that_of_counters(old: list[int], new: list[int]) -> None:
    keys, gain = _difference(np.array(old, np.int64), np.array(new, np.int64))
    expected = Counter(new)
    expected.subtract(old)
    found = dict(zip(keys.tolist(), gain.tolist(), strict=True))
    assert found == {key: more for key, more in expected.items() if more}
    assert list(found) == sorted(found)
