"""Comparison of two structures: the closure of the paper, single atoms, all kinds of disguise."""

import weakref

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.coordination import Comparison, compare, shared_polyhedra
from ionsmith.analyzers.coordination import _compare as comparison
from ionsmith.analyzers.coordination._polyhedra import Sharing
from ionsmith.bonding.bonds import Bonds
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.crystals import load
from ionsmith.errors import InvalidStructure, IonsmithError
from ionsmith.provenance import start_lineage
from strategies import Disguise, closures, disguises, full_beta_alumina


def sharing(result: Comparison) -> dict[tuple[str, str], tuple[int, int]]:
    return {(row.pair, row.kind): (row.before, row.after) for row in result.sharing}


def coordination(result: Comparison, element: str) -> dict[int, tuple[int, int]]:
    rows = result.coordination[element]
    return {row.coordination_number: (row.before, row.after) for row in rows}


def crystal(supercell: tuple[int, int, int] = (1, 1, 1)) -> Atoms:
    atoms = full_beta_alumina().repeat(supercell)
    start_lineage(atoms)
    return atoms


@settings(deadline=None, max_examples=15)
@given(choice=closures())
def test_closed_planes(choice: tuple[tuple[int, int, int], list[int], list[int]]) -> None:
    supercell, planes, routes = choice
    before = crystal(supercell)
    after = close_planes(before, planes, route=routes).atoms
    result = compare(before, after)
    basal = supercell[0] * supercell[1]
    closed, all_planes = basal * len(planes), basal * 3 * supercell[2]
    assert result.matching.method == "identity"
    assert sharing(result)["AlO4-AlO4", "corner"] == (all_planes, all_planes - closed)
    assert sharing(result)["AlO4-AlO4", "edge"] == (0, closed)
    n_al = [np.count_nonzero(atoms.numbers == 13) for atoms in (before, after)]
    assert set(coordination(result, "Al")) == {4, 6}
    assert [sum(pair) for pair in zip(*coordination(result, "Al").values(), strict=True)] == n_al
    assert result.removed == {"O": closed, "Na": 2 * closed}
    assert result.added == {}
    # The two Al that faced each other over the bridge lose it and hold an O across the plane.
    al = [atom for atom in result.changed_atoms if atom.element == "Al"]
    assert len(al) == 2 * closed
    assert {(atom.coordination_before, atom.coordination_after) for atom in al} == {(4, 4)}
    assert all(len(atom.bonds_lost) == len(atom.bonds_gained) == 1 for atom in al)
    became = {(item.pair_before, item.kind_before, item.pair_after, item.kind_after): item.count
              for item in result.became}  # fmt: skip
    assert became["AlO4-AlO4", "corner", "AlO4-AlO4", "edge"] == closed


def test_summary_of_a_closure() -> None:
    before = crystal((2, 2, 1))
    lines = compare(before, close_planes(before, [2]).atoms).summary
    assert any("removed: 4 O, 8 Na; added: none." in line for line in lines)
    assert "AlO4–AlO4 pairs: 4 of 12 corner-sharing became edge-sharing." in lines
    assert "Every Al is 4- or 6-coordinated before and after." in lines


def test_bonds_lost_and_gained_are_those_of_another_neighbour_list() -> None:
    before = crystal()
    after = close_planes(before, [1, 3]).atoms
    partner = {int(number): k for k, number in enumerate(after.arrays["atom_id"])}
    around = []
    for atoms in (before, after):
        held: dict[int, list[int]] = {}
        for i, j in zip(*neighbor_list("ij", atoms, {("Al", "O"): 2.3}), strict=True):
            held.setdefault(int(i), []).append(int(atoms.arrays["atom_id"][j]))
        around.append(held)
    listed = {atom.before: atom for atom in compare(before, after).changed_atoms}
    for k in np.flatnonzero(before.numbers == 13).tolist():
        old, new = sorted(around[0][k]), sorted(around[1][partner[k]])
        assert (k in listed) == (old != new)
        if k in listed:
            lost, gained = set(old) - set(new), set(new) - set(old)
            assert set(listed[k].bonds_lost) == {f"O{n}" for n in lost}
            assert set(listed[k].bonds_gained) == {f"O{partner[n]}" for n in gained}
            assert listed[k].after == partner[k]


@pytest.mark.parametrize("phase", ["sio2", "al2o3", "lifepo4", "nh4vo3", "na2o"])
def test_nothing_changed(phase: str) -> None:
    atoms = load(phase).to_atoms()
    result = compare(atoms, atoms)
    assert result.changed_atoms == ()
    assert result.became == ()
    assert (result.removed, result.added) == ({}, {})
    assert result.matching.max_displacement == pytest.approx(0, abs=1e-9)
    assert all(row.before == row.after for row in result.sharing)
    assert all(row.before == row.after for rows in result.coordination.values() for row in rows)
    assert "No pair of coordination polyhedra shares more or less than before." in result.summary


@settings(deadline=None, max_examples=15)
@given(phase=st.sampled_from(["sio2", "al2o3", "lifepo4", "nh4vo3", "na2o"]), disguise=disguises())
def test_a_disguise_changes_nothing(phase: str, disguise: Disguise) -> None:
    atoms = load(phase).to_atoms()
    copy, _ = disguise.apply(atoms, recell=False)
    copy.info.clear()
    result = compare(atoms, copy)
    assert result.matching.method == "geometry"
    assert result.changed_atoms == ()
    assert result.matching.n_matched == len(atoms)


@settings(deadline=None, max_examples=15)
@given(disguise=disguises())
def test_disguise_of_a_closure(disguise: Disguise) -> None:
    before = crystal()
    after = close_planes(before, [2]).atoms
    known = compare(before, after)
    copy, order = disguise.apply(after)
    found = compare(before, copy)
    assert (found.sharing, found.coordination) == (known.sharing, known.coordination)
    assert found.sensitivity == known.sensitivity
    back = {(atom.before, None if atom.after is None else int(order[atom.after]))
            for atom in found.changed_atoms}  # fmt: skip
    assert back == {(atom.before, atom.after) for atom in known.changed_atoms}
    assert sorted(found.became, key=repr) == sorted(known.became, key=repr)


def test_the_other_way_round() -> None:
    before = crystal()
    after = close_planes(before, [3]).atoms
    there, back = compare(before, after), compare(after, before)
    assert sharing(back) == {key: pair[::-1] for key, pair in sharing(there).items()}
    assert (back.removed, back.added) == (there.added, there.removed)
    assert {(atom.after, atom.before) for atom in back.changed_atoms} == {
        (atom.before, atom.after) for atom in there.changed_atoms
    }


def test_delithiation_by_position() -> None:
    # Two crystals of different papers, no common provenance: Li leaves the olivine, the framework
    # of PO4 and FeO6 stays (Padhi et al. 1997, doi:10.1149/1.1837571).
    result = compare(load("lifepo4").to_atoms(), load("fepo4").to_atoms())
    assert result.matching.method == "geometry"
    assert (result.removed, result.added) == ({"Li": 4}, {})
    assert sharing(result)["FeO6-PO4", "edge"] == (4, 4)
    assert sharing(result)["FeO6-FeO6", "corner"] == (8, 8)
    assert sharing(result)["LiO6-PO4", "edge"] == (8, 0)
    assert coordination(result, "Fe") == {6: (4, 4)}
    assert coordination(result, "P") == {4: (4, 4)}


def test_one_vacancy() -> None:
    atoms = load("al2o3").to_atoms().repeat((2, 2, 1))
    gone = int(np.flatnonzero(atoms.symbols == "O")[17])
    rest = atoms[[k for k in range(len(atoms)) if k != gone]]
    result = compare(atoms, rest)
    assert result.removed == {"O": 1}
    last = result.changed_atoms[-1]
    assert (last.element, last.before, last.after) == ("O", gone, None)
    assert (last.coordination_before, last.coordination_after) == (4, None)
    changed = result.changed_atoms[:-1]
    assert [atom.bonds_lost for atom in changed] == [(f"O{gone}",)] * 4
    assert coordination(result, "Al") == {5: (0, 4), 6: (48, 44)}
    added = compare(rest, atoms)
    assert added.added == {"O": 1}
    assert added.changed_atoms[-1].before is None
    assert added.changed_atoms[-1].displacement is None


def test_one_jump() -> None:
    # One Na of Na2O hops to the empty octahedral hole next to it, 2.4 Å away.
    atoms = load("na2o").to_atoms()
    hop = int(np.flatnonzero(atoms.symbols == "Na")[0])
    after = atoms.copy()
    hole = atoms.positions[hop] + np.array([1, 1, 1]) * 5.55 / 4
    occupied = atoms.get_distances(hop, atoms.symbols == "O", mic=True, vector=True)
    sign = -1 if any(np.allclose(v, hole - atoms.positions[hop]) for v in occupied) else 1
    after.positions[hop] += sign * np.array([1, 1, 1]) * 5.55 / 4
    result = compare(atoms, after)
    moved = [atom for atom in result.changed_atoms if atom.before == hop]
    assert len(moved) == 1
    assert moved[0].after == hop
    assert moved[0].displacement == pytest.approx(np.sqrt(3) * 5.55 / 4, abs=0.01)


def test_sensitivity_shows_what_depends_on_the_criterion() -> None:
    # Corundum has three Al–O of 1.86 Å and three of 1.97 Å: a cutoff of 1.95 Å takes three, one
    # looser by 0.1 Å all six.
    atoms = load("al2o3").to_atoms()
    result = compare(atoms, atoms, criterion=1.95)
    tight, as_is, loose = result.sensitivity
    assert [item.criterion for item in result.sensitivity] == ["tightened", "as is", "loosened"]
    assert [item.margin for item in result.sensitivity] == pytest.approx([-0.1, 0, 0.1])
    numbers = [{row.coordination_number for row in item.coordination["Al"]}
               for item in (tight, as_is, loose)]  # fmt: skip
    assert numbers == [{0}, {3}, {6}]
    assert tight.sharing == ()
    assert loose.sharing == compare(atoms, atoms, criterion=2.05).sharing
    assert as_is.sharing == result.sharing
    assert "Counts that depend on the criterion" in result.table()
    assert result.summary[-1].endswith("the counts of Al, AlO3-AlO3, AlO6-AlO6 and O change, "
                                         "no others.")  # fmt: skip


def test_cells_of_another_kind_are_only_counted() -> None:
    result = compare(load("si").to_atoms(), load("al2o3").to_atoms())
    assert result.matching.method == "none"
    assert result.changed_atoms == ()
    assert (result.removed, result.added) == ({}, {})
    assert coordination(result, "Al") == {6: (0, 12)}
    assert "only counts are compared" in result.summary[0]


def test_long_lists_are_cut_in_text_only() -> None:
    before = crystal((2, 2, 1))
    result = compare(before, close_planes(before, [1, 2]).atoms)
    n = len(result.changed_atoms)
    assert n > 20
    assert f"… and {n - 20} more" in result.table()
    assert len(result.to_dict()["changed_atoms"]) == n


def test_picture() -> None:
    before = crystal()
    result = compare(before, close_planes(before, [2]).atoms)
    ax = result.plot()
    bars = [bar.get_height() for bar in ax.patches]
    rows = [row for rows in result.coordination.values() for row in rows]
    assert bars == [row.before for row in rows] + [row.after for row in rows]


@pytest.mark.parametrize("sensitivity", [-0.1, np.nan, np.inf])
def test_refuses_a_sensitivity_that_is_no_length(sensitivity: float) -> None:
    atoms = load("si").to_atoms()
    with pytest.raises(IonsmithError, match="sensitivity"):
        compare(atoms, atoms, sensitivity=sensitivity)


def test_refuses_an_empty_structure() -> None:
    with pytest.raises(InvalidStructure, match="no atoms"):
        compare(Atoms(), load("si").to_atoms())


def test_polyhedra_of_other_margins_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 10^6 atoms all six lists of pairs at once take half a gigabyte more than one."""
    lists: list[weakref.ref[Sharing]] = []
    alive = []

    def watched(atoms: Atoms, bonds: Bonds) -> Sharing:
        found = shared_polyhedra(atoms, bonds)
        lists.append(weakref.ref(found))
        alive.append(sum(one() is not None for one in lists))
        return found

    monkeypatch.setattr(comparison, "shared_polyhedra", watched)
    atoms = load("nafepo4").to_atoms()
    atoms.rattle(0.2, seed=1)
    compare(atoms, atoms, sensitivity=0.3)
    assert len(lists) == 6
    assert max(alive) == 1


def test_margins_that_change_nothing_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = crystal()
    calls = []

    def watched(atoms: Atoms, bonds: Bonds) -> Sharing:
        calls.append(len(atoms))
        return shared_polyhedra(atoms, bonds)

    monkeypatch.setattr(comparison, "shared_polyhedra", watched)
    result = compare(before, before)
    assert len(calls) == 2
    as_is = result.sensitivity[1]
    for counts in result.sensitivity:
        assert (counts.coordination, counts.sharing) == (as_is.coordination, as_is.sharing)
