"""Comparison: the closed planes of the paper, what is followed from atom to atom, invariance."""

import json

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from tests.strategies import closures, full_beta_alumina

from ionsmith.analyzers.comparison import Comparison, compare
from ionsmith.builders.closure import close_planes
from ionsmith.crystals import load
from ionsmith.errors import InvalidCriterion, InvalidStructure, IonsmithError
from ionsmith.geometry.bonds import find_bonds

SMALL = ["lifepo4", "v2o5", "nh4vo3", "na2o", "te2v2o9", "nasi", "nah2po4"]


def sharing(result: Comparison, pair: str) -> dict[str, tuple[int, int]]:
    return {row.kind: (row.before, row.after) for row in result.sharing if row.pair == pair}


def coordination(result: Comparison, element: str) -> dict[int, tuple[int, int]]:
    return {
        row.coordination_number: (row.before, row.after) for row in result.coordination[element]
    }


def without_identity(atoms: Atoms) -> Atoms:
    copy = atoms.copy()
    copy.info.clear()
    return copy


def test_closed_plane() -> None:
    """Geng et al. (2023): across a closed plane AlO4 pairs share an edge and no longer a corner,
    every Al stays four- or six-coordinated; Na2O leaves with the plane."""
    before = full_beta_alumina()
    result = compare(before, close_planes(before, [1]).atoms)
    assert sharing(result, "AlO4-AlO4") == {"corner": (3, 2), "edge": (0, 1)}
    assert coordination(result, "Al") == {4: (12, 12), 6: (21, 21)}
    assert result.matching.method == "identity"
    assert (result.removed, result.added) == ({"Na": 2, "O": 1}, {})
    became = [
        (item.kind_before, item.kind_after, item.count)
        for item in result.became
        if item.pair_before == item.pair_after == "AlO4-AlO4"
    ]
    assert became == [("corner", "edge", 1)]
    text = " ".join(result.summary())
    assert "AlO4–AlO4 pairs: 1 of 3 corner-sharing became edge-sharing." in text
    assert "Every Al is 4- or 6-coordinated before and after." in text
    assert "removed: 1 O, 2 Na; added: none" in text


@settings(deadline=None, max_examples=15)
@given(closures())
def test_any_closed_planes(
    job: tuple[tuple[int, int, int], list[int], list[int]],
) -> None:
    """One edge-sharing pair a closed plane and basal cell, none before."""
    supercell, planes, routes = job
    before = full_beta_alumina().repeat(supercell)
    before.info.clear()
    del before.arrays["atom_id"]
    closed = close_planes(before, planes, route=routes).atoms
    result = compare(before, closed)
    cells = supercell[0] * supercell[1]
    pairs = sharing(result, "AlO4-AlO4")
    all_planes = 3 * supercell[2]
    assert pairs["edge"] == (0, cells * len(planes))
    assert pairs.get("corner", (0, 0))[1] == cells * (all_planes - len(planes))
    assert set(coordination(result, "Al")) == {4, 6}


def test_wrong_sense_is_told_apart() -> None:
    before = full_beta_alumina()
    result = compare(before, close_planes(before, [2], sense="wrong").atoms)
    assert coordination(result, "Al") == {3: (0, 2), 4: (12, 10), 6: (21, 21)}
    assert "edge" not in sharing(result, "AlO4-AlO4")
    assert any("3-, 4- or 6-coordinated after" in line for line in result.summary())


@pytest.mark.parametrize("name", SMALL)
def test_nothing_changed(name: str) -> None:
    atoms = load(name).to_atoms()
    result = compare(atoms, atoms.copy())
    assert (result.became, result.changed_atoms, result.removed, result.added) == ((), (), {}, {})
    assert all(row.before == row.after for row in result.sharing)
    assert all(row.before == row.after for rows in result.coordination.values() for row in rows)
    assert result.matching.max_displacement == pytest.approx(0, abs=1e-9)
    assert "No pair of coordination polyhedra shares more or less than before." in result.summary()


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


def test_sensitivity_shows_what_depends_on_the_criterion() -> None:
    """A Si–O bond that is stretched to 0.05 Å below the cutoff is lost when it is tightened."""
    directions = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    before = Atoms("SiO4", np.vstack([[0, 0, 0], 1.6 * directions]), cell=[10] * 3, pbc=True)
    after = before.copy()
    after.positions[1] *= 1.95 / 1.6
    result = compare(before, after, criterion={"Si-O": 2.0}, sensitivity=0.1)
    tightened, as_is, loosened = result.sensitivity
    assert [item.margin for item in result.sensitivity] == [-0.1, 0.0, 0.1]
    assert as_is.coordination == result.coordination
    assert as_is.sharing == result.sharing
    numbers = {row.coordination_number: row.after for row in tightened.coordination["Si"]}
    assert numbers == {3: 1, 4: 0}
    assert {row.coordination_number for row in loosened.coordination["Si"]} == {4}
    assert "the counts of O and Si move" in result.summary()[-1]
    steady = compare(before, before.copy(), criterion={"Si-O": 2.0})
    assert steady.summary()[-1].endswith("all these counts stay as they are.")


def test_cells_that_do_not_correspond_are_only_counted() -> None:
    before = without_identity(load("na2o").to_atoms())
    result = compare(before, before.repeat((2, 1, 1)))
    assert (result.matching.method, result.matching.n_matched) == ("none", 0)
    assert (result.changed_atoms, result.removed, result.added) == ((), {}, {})
    assert coordination(result, "Na") == {4: (8, 16)}
    assert "only counts are compared" in result.summary()[0]


def test_document_and_text() -> None:
    before = full_beta_alumina()
    result = compare(before, close_planes(before, [1, 2]).atoms)
    document = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert {"pair": "AlO4-AlO4", "kind": "edge", "before": 0, "after": 2} in document["sharing"]
    assert {"coordination_number": 6, "before": 21, "after": 21} in document["coordination"]["Al"]
    assert len(document["changed_atoms"]) == len(result.changed_atoms) > 20
    assert document["cellpar_before"] == pytest.approx(before.cell.cellpar())
    text = result.table()
    assert text.startswith(result.summary()[0])
    assert f"… and {len(result.changed_atoms) - 20} more" in text


def test_plot_has_both_counts() -> None:
    before = full_beta_alumina()
    result = compare(before, close_planes(before, [1]).atoms)
    axes = result.plot()
    counts = [
        count
        for rows in result.coordination.values()
        for row in rows
        for count in (row.before, row.after)
    ]
    assert sorted(bar.get_height() for bar in axes.patches) == sorted(counts)
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"before", "after"}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"sensitivity": -0.1}, IonsmithError),
        ({"sensitivity": float("nan")}, IonsmithError),
        ({"criterion": "nearest"}, InvalidCriterion),
    ],
)
def test_bad_options(options: dict[str, object], error: type[Exception]) -> None:
    atoms = load("si").to_atoms()
    with pytest.raises(error):
        compare(atoms, atoms, **options)  # type: ignore[arg-type]


def test_empty_structure() -> None:
    with pytest.raises(InvalidStructure, match="no atoms"):
        compare(load("si").to_atoms(), Atoms())
