"""Closed conduction planes: the numbers of the paper, and what must hold for every choice."""

from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.coordination import compare
from ionsmith.bonding.checks import check_contacts
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.beta_alumina._closure import equivalent_routes
from ionsmith.builders.choices import Stabilizer
from ionsmith.crystals.files import write_structure
from ionsmith.errors import AtomsTooClose, ClosureNotPossible, InvalidChoice, NotBetaAlumina
from ionsmith.layers.anatomy import find_anatomy
from strategies import Disguise, closures, disguises, full_beta_alumina


def shared_oxygen(atoms: Atoms, cutoff: float = 2.3) -> tuple[dict[int, int], list[int]]:
    """Pairs of AlO4 by the number of O they share, and the O around every Al.

    Written on ASE's neighbour list and plain sets, independent of the code under test.
    """
    i, j, shift = neighbor_list("ijS", atoms, {("Al", "O"): cutoff})
    around: dict[int, set[tuple[int, ...]]] = {}
    for first, second, step in zip(i, j, shift, strict=True):
        if atoms.numbers[first] == 13:
            around.setdefault(int(first), set()).add((int(second), *map(int, step)))
    tetrahedra = {cation: oxygen for cation, oxygen in around.items() if len(oxygen) == 4}
    holders: dict[int, list[tuple[int, np.ndarray]]] = {}
    for cation, oxygen in tetrahedra.items():
        for index, *step in oxygen:
            holders.setdefault(index, []).append((cation, np.array(step)))
    shared: dict[tuple[int, ...], int] = {}
    for members in holders.values():
        for (one, step_one), (two, step_two) in combinations(members, 2):
            # Image of the second tetrahedron as the first sees it over this O.
            key = (one, two, *map(int, step_one - step_two))
            if one > two:
                key = (two, one, *map(int, step_two - step_one))
            elif one == two and tuple(step_one) < tuple(step_two):
                key = (one, two, *map(int, step_two - step_one))
            shared[key] = shared.get(key, 0) + 1
    counts: dict[int, int] = {}
    for number in shared.values():
        counts[number] = counts.get(number, 0) + 1
    return counts, [len(oxygen) for oxygen in around.values()]


def test_numbers_of_the_paper() -> None:
    # Rigid closure of the Bettman-Peters cell: glide of 1.62 Å (a/2√3), fourth Al–O at 1.73 Å, O
    # layers 2.37 Å apart, Al–Al over the shared edge 1.95 Å. The paper's images show the rows of
    # octahedral Al next to a plane 6.35 Å apart where it is open (6.49 Å in this cell).
    result = close_planes(full_beta_alumina(), [2])
    plane = result.closed_planes[0]
    assert plane.glide_length == pytest.approx(5.614 / (2 * np.sqrt(3)), abs=1e-6)
    assert plane.fourth_bond == pytest.approx(1.73, abs=0.01)
    assert plane.oxygen_gap_after == pytest.approx(2.37, abs=0.03)
    assert plane.row_spacing_before == pytest.approx(6.49, abs=0.01)
    assert plane.row_spacing_after < 5
    assert plane.removed == {"Na": 2, "O": 1}
    assert result.charge_before == result.charge_after  # Na2O is neutral
    distances = neighbor_list("d", result.atoms, {("Al", "Al"): 2.3})
    assert distances.min() == pytest.approx(1.95, abs=0.05)


@settings(deadline=None, max_examples=60)
@given(choice=closures())
def test_every_choice_is_sound(choice: tuple[tuple[int, int, int], list[int], list[int]]) -> None:
    supercell, planes, routes = choice
    atoms = full_beta_alumina().repeat(supercell)
    basal = supercell[0] * supercell[1]
    result = close_planes(atoms, planes, route=routes)
    check_contacts(result.atoms)
    counts, coordination = shared_oxygen(result.atoms)
    assert set(coordination) <= {4, 6}
    assert len(coordination) == np.count_nonzero(atoms.numbers == 13)
    assert counts.get(2, 0) == basal * len(planes)
    assert counts.get(1, 0) == basal * (3 * supercell[2] - len(planes))
    assert set(counts) <= {1, 2}
    closed = find_anatomy(result.atoms)
    assert set(np.flatnonzero(closed.closed) + 1) == set(planes)
    assert closed.stacking == result.stacking_after
    gone = len(atoms) - len(result.atoms)
    assert gone == 3 * basal * len(planes)  # two Na and one O to a bridge


def test_no_edges_before() -> None:
    counts, coordination = shared_oxygen(full_beta_alumina())
    assert counts == {1: 3}
    assert set(coordination) == {4, 6}


@pytest.mark.parametrize("route", [1, 2, 3])
@pytest.mark.parametrize("planes", [p for n in range(1, 4) for p in combinations((1, 2, 3), n)])
def test_every_subset_of_one_cell(planes: tuple[int, ...], route: int) -> None:
    result = close_planes(full_beta_alumina(), planes, route=route)
    counts, coordination = shared_oxygen(result.atoms)
    assert counts.get(2, 0) == len(planes)
    assert set(coordination) == {4, 6}


def test_all_subsets_of_six_planes() -> None:
    atoms = full_beta_alumina().repeat((1, 1, 2))
    numbers = range(1, 7)
    for planes in (p for n in numbers for p in combinations(numbers, n)):
        routes = [1 + (plane + len(planes)) % 3 for plane in planes]
        result = close_planes(atoms, planes, route=routes)
        counts, coordination = shared_oxygen(result.atoms)
        assert counts.get(2, 0) == len(planes)
        assert counts.get(1, 0) == 6 - len(planes)
        assert set(coordination) == {4, 6}


@pytest.mark.parametrize("stabilizer", ["Mg", "Li", "none"])
def test_every_variant_of_the_crystal_closes(stabilizer: Stabilizer) -> None:
    crystal = build_beta_alumina((2, 1, 1), stabilizer=stabilizer)
    result = close_planes(crystal.atoms, [1, 2], route=[2, 3])
    before, _ = shared_oxygen(crystal.atoms)
    counts, coordination = shared_oxygen(result.atoms)
    assert (before.get(2, 0), counts[2]) == (0, 4)
    assert before[1] - counts[1] == 4
    assert set(coordination) == {4, 6}
    removed = [plane.removed for plane in result.closed_planes]
    balance = sum(2 * gone["O"] - gone.get("Na", 0) for gone in removed)
    assert result.charge_after == balance


@settings(deadline=None, max_examples=20)
@given(choice=closures())
def test_wrong_sense_leaves_three_coordinated_al(
    choice: tuple[tuple[int, int, int], list[int], list[int]],
) -> None:
    supercell, planes, routes = choice
    atoms = full_beta_alumina().repeat(supercell)
    result = close_planes(atoms, planes, route=routes, glide="wrong")
    basal = supercell[0] * supercell[1]
    assert result.cation_coordination[3] == 2 * basal * len(planes)
    _, coordination = shared_oxygen(result.atoms)
    assert coordination.count(3) == 2 * basal * len(planes)


@settings(deadline=None, max_examples=15)
@given(disguise=disguises(), route=st.integers(1, 3))
def test_right_sense_is_found_in_any_setting(disguise: Disguise, route: int) -> None:
    copy, _ = disguise.apply(full_beta_alumina())
    result = close_planes(copy, [1], route=route)
    counts, coordination = shared_oxygen(result.atoms)
    assert counts == {1: 2, 2: 1}
    assert set(coordination) == {4, 6}


def test_upside_down_crystal_glides_the_other_way() -> None:
    atoms = full_beta_alumina()
    mirrored = atoms.copy()
    mirrored.positions[:, 2] *= -1  # as if c had been chosen downwards
    mirrored.wrap()
    up = close_planes(atoms, [2]).closed_planes[0].glide
    down = close_planes(mirrored, [2]).closed_planes[0].glide
    np.testing.assert_allclose(up, -down, atol=1e-6)


def test_closing_in_two_steps_is_closing_at_once() -> None:
    atoms = full_beta_alumina()
    once = close_planes(atoms, [1, 3], route=[1, 2]).atoms
    twice = close_planes(close_planes(atoms, [1], route=1).atoms, [3], route=2).atoms
    np.testing.assert_allclose(once.get_all_distances(mic=True), twice.get_all_distances(mic=True),
                               atol=1e-5)  # fmt: skip


@pytest.mark.parametrize("cell", ["hexagonal", "orthogonal"])
@pytest.mark.parametrize(
    ("supercell", "planes", "routes"),
    [((1, 1, 1), [1, 2, 3], [1, 2, 3]), ((2, 1, 1), [2], [1]), ((1, 3, 1), [1, 2], [3, 1])],
)
def test_upright_cells(
    cell: str, supercell: tuple[int, int, int], planes: list[int], routes: list[int]
) -> None:
    sheared = close_planes(full_beta_alumina().repeat(supercell), planes, route=routes)
    upright = close_planes(full_beta_alumina().repeat(supercell), planes, route=routes, cell=cell)
    assert len(upright.atoms) == upright.repeats * len(sheared.atoms)
    volume = upright.atoms.get_volume() / sheared.atoms.get_volume()
    assert volume == pytest.approx(upright.repeats)
    a, b, _, alpha, beta, gamma = upright.atoms.cell.cellpar()
    assert (alpha, beta) == pytest.approx((90, 90))
    assert gamma == pytest.approx(120 if cell == "hexagonal" else 90)
    if cell == "hexagonal":
        assert a == pytest.approx(b)
    counts, _ = shared_oxygen(upright.atoms)
    basal = supercell[0] * supercell[1]
    assert counts[2] == upright.repeats * basal * len(planes)


def test_given_spacing_is_met() -> None:
    result = close_planes(full_beta_alumina(), [3], spacing=2.6)
    assert find_anatomy(result.atoms).oxygen_gap[2] == pytest.approx(2.6, abs=1e-6)


def test_part_of_the_sodium_leaves() -> None:
    atoms = full_beta_alumina().repeat((2, 2, 1))
    some = close_planes(atoms, [1], sodium_removed=0.5, spacing=3.5, seed=3)
    assert some.closed_planes[0].removed == {"Na": 4, "O": 4}
    again = close_planes(atoms, [1], sodium_removed=0.5, spacing=3.5, seed=3)
    np.testing.assert_array_equal(some.atoms.positions, again.atoms.positions)
    none = close_planes(atoms, [1], sodium_removed=0, spacing=3.5)
    assert none.closed_planes[0].removed == {"O": 4}
    assert none.charge_after == none.charge_before + 8


def nearest(atoms: Atoms, first: np.ndarray, element: str) -> float:
    """Shortest distance from some atoms to the others of an element."""
    other = np.flatnonzero((atoms.symbols == element) & ~first)
    rows = np.flatnonzero(first)
    return min(atoms.get_distances(row, other, mic=True).min() for row in rows)


@pytest.mark.parametrize(
    ("options", "element"),
    [
        ({"sodium_removed": 0.0}, "Na"),
        ({"sodium_removed": 0.5}, "Na"),
        ({"keep_bridging_oxygen": True}, "O"),
    ],
)
def test_what_stays_has_room(options: dict, element: str) -> None:
    """The layers come as near as what stays allows: covalent radii of Cordero et al. (2008)."""
    atoms = full_beta_alumina().repeat((2, 1, 1))
    result = close_planes(atoms, [2], **options)
    model = result.atoms
    inside = (model.arrays["conduction_plane"] == 2) & (model.symbols == element)
    limits = {"O": 1.66 + 0.66, "Al": 1.66 + 1.21, "Mg": 1.66 + 1.41}
    if element == "O":  # Al–O of the open plane is the shorter limit
        open_atoms = atoms.symbols == "O"
        facing = open_atoms & (find_anatomy(atoms).conduction_plane == 2)
        limits = {"Al": nearest(atoms, facing, "Al"), "O": 2 * 0.66}
    ratios = [
        nearest(model, inside, other) / limit
        for other, limit in limits.items()
        if other in model.symbols
    ]
    assert min(ratios) == pytest.approx(1, abs=1e-4)
    assert "plane 2" in result.notes[0]
    assert result.closed_planes[0].oxygen_gap_after > 3.5
    assert "|" not in result.stacking_after
    assert find_anatomy(model).oxygen_gap[1] == pytest.approx(
        result.closed_planes[0].oxygen_gap_after, abs=1e-6
    )


def test_what_stays_can_forbid_any_approach() -> None:
    """The wrong glide brings O over O, and Na of full planes between them nearer to Al."""
    result = close_planes(full_beta_alumina(), [2], glide="wrong", sodium_removed=0)
    assert result.closed_planes[0].approach == 0
    assert "Na2 that stays" in result.notes[0]


def test_given_spacing_without_room_is_refused() -> None:
    with pytest.raises(AtomsTooClose):
        close_planes(full_beta_alumina(), [1], keep_bridging_oxygen=True, spacing=2.4)
    kept = close_planes(full_beta_alumina(), [1], keep_bridging_oxygen=True, spacing=4.0)
    assert kept.closed_planes[0].removed == {"Na": 2}
    assert "is not closed" in kept.notes[0]
    assert close_planes(full_beta_alumina(), [1]).notes == ()


@pytest.mark.parametrize(
    ("planes", "options", "balanced"),
    [
        # Na5 of Al31Mg2O51: one Na and one O leave plane 2, so that one Na more must.
        ([2], {}, {"Na": 1}),
        # No Na is left: one Mg2+ for Al3+.
        ([1, 2, 3], {}, {"Mg for Al": 1}),
        ([2], {"sodium_removed": 0.0}, {"Na": 2}),
        ([1, 3], {"cell": "hexagonal"}, {}),
        ([1, 2, 3], {"sodium_removed": 0, "keep_bridging_oxygen": True}, {}),
    ],
)
def test_neutral_keeps_the_charge(planes: list[int], options: dict, balanced: dict) -> None:
    atoms = build_beta_alumina().atoms
    result = close_planes(atoms, planes, neutral=True, **options)
    assert (result.charge_before, result.charge_after) == (0, 0)
    assert result.balanced == balanced
    counts = result.atoms.symbols.formula.count()
    charges = {"Na": 1, "Mg": 2, "Al": 3, "O": -2}
    assert sum(charges[element] * n for element, n in counts.items()) == 0
    # No Na leaves a closed plane as long as open ones have some, and Mg is where Mg belongs.
    mg = result.atoms[result.atoms.symbols == "Mg"]
    assert set(mg.arrays["site_label"]) == {"Al2"}
    assert (result.atoms.positions == close_planes(atoms, planes, neutral=True, **options).atoms
            .positions).all()  # fmt: skip


def test_neutral_that_is_not_possible() -> None:
    with pytest.raises(ClosureNotPossible, match="lower `sodium_removed`"):
        close_planes(full_beta_alumina(), [2], keep_bridging_oxygen=True, neutral=True)
    atoms = full_beta_alumina()
    atoms.numbers[atoms.symbols == "Na"] = 81  # Tl+ or Tl3+
    unknown = close_planes(atoms, [2]).charge_after is None
    if unknown:
        with pytest.raises(ClosureNotPossible, match="no unique formal charge"):
            close_planes(atoms, [2], neutral=True)


def test_identity_of_the_atoms_is_kept() -> None:
    atoms = full_beta_alumina()
    result = close_planes(atoms, [2])
    left = result.atoms.arrays["atom_id"]
    assert len(set(left)) == len(left)
    np.testing.assert_array_equal(result.atoms.numbers, atoms.numbers[left])
    steps = result.atoms.info["ionsmith"]["steps"]
    assert steps[-1]["step"] == "build closure"
    assert steps[-1]["parameters"]["planes"] == [2]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"planes": [7]}, "no conduction plane 7: the structure has 3"),
        ({"planes": [0]}, "no conduction plane 0"),
        ({"planes": []}, "`planes` is empty"),
        ({"planes": [1, 1]}, "a conduction plane twice"),
        ({"planes": [1], "route": 4}, "no route 4"),
        ({"planes": [1, 2], "route": [1, 2, 3]}, "3 numbers for 2 planes"),
        ({"planes": [1], "sodium_removed": 1.5}, "a fraction from 0 to 1"),
        ({"planes": [1], "spacing": 9.0}, "cannot be closed to 9"),
    ],
)
def test_refuses(options: dict, reason: str) -> None:
    with pytest.raises(ClosureNotPossible, match=reason):
        close_planes(full_beta_alumina(), **options)


def test_refuses_what_is_closed() -> None:
    closed = close_planes(full_beta_alumina(), [1]).atoms
    with pytest.raises(ClosureNotPossible, match="closed already"):
        close_planes(closed, [1])


def test_refuses_another_crystal() -> None:
    from ionsmith.crystals import load

    with pytest.raises(NotBetaAlumina):
        close_planes(load("al2o3").to_atoms(), [1])


def test_equivalent_routes_are_the_same_crystal() -> None:
    # pymatgen's StructureMatcher maps crystals onto each other without knowing of routes.
    from pymatgen.analysis.structure_matcher import StructureMatcher
    from pymatgen.core import Structure

    def closed(routes: tuple[int, ...]) -> Structure:
        atoms = close_planes(full_beta_alumina(), [1, 3], route=routes).atoms
        return Structure(atoms.cell.array, atoms.numbers.tolist(), atoms.get_scaled_positions())

    matcher = StructureMatcher(primitive_cell=False, scale=False, ltol=0.01, stol=0.02)
    equal, mixed = closed((1, 1)), closed((1, 2))
    assert all(matcher.fit(equal, closed(routes)) for routes in ((2, 2), (3, 3)))
    assert all(matcher.fit(mixed, closed(routes)) for routes in ((2, 1), (3, 1), (2, 3)))
    assert not matcher.fit(equal, mixed)


def test_equivalent_routes_by_counting() -> None:
    # One plane: the threefold axis makes all three equivalent.
    assert equivalent_routes(3, [2], [1]) == ((1,), (2,), (3,))
    # Two planes: equal routes stay equal, different ones stay different.
    assert equivalent_routes(3, [1, 3], [2, 2]) == ((1, 1), (2, 2), (3, 3))
    assert len(equivalent_routes(3, [1, 3], [1, 2])) == 6
    # Orbits partition all choices (Burnside needs no list, but the sizes must add up).
    for planes in ([1, 2, 3], [1, 2, 4], [1, 3, 4, 6]):
        n = 3 if max(planes) < 4 else 6
        choices = set()
        for routes in product((1, 2, 3), repeat=len(planes)):
            orbit = equivalent_routes(n, planes, routes)
            assert routes in orbit
            assert all(equivalent_routes(n, planes, other) == orbit for other in orbit)
            choices.add(orbit)
        assert sum(len(orbit) for orbit in choices) == 3 ** len(planes)


@settings(deadline=None, max_examples=10)
@given(disguise=disguises())
def test_third_glide_gives_four_oxygen_and_no_shared_edge(disguise: Disguise) -> None:
    copy, _ = disguise.apply(full_beta_alumina())
    third = close_planes(copy, [1], glide="third")
    assert set(third.cation_coordination) == {4, 6}
    assert find_anatomy(third.atoms).closed.tolist().count(True) == 1
    pairs = {(s.pair, s.kind): s.after for s in compare(copy, third.atoms).sharing}
    assert pairs.get(("AlO4-AlO4", "edge"), 0) == 0
    # The O layers are stacked as after the right glide; a third of <210> is twice a partial.
    assert third.stacking_after == close_planes(copy, [1]).stacking_after
    (plane,) = third.closed_planes
    assert plane.route is None
    assert plane.glide_length == pytest.approx(5.614 / np.sqrt(3), abs=1e-6)


def test_glide_as_a_vector() -> None:
    atoms = full_beta_alumina()
    axes = find_anatomy(atoms).basal_axes
    for name in ("right", "wrong", "third"):
        (named,) = close_planes(atoms, [2], glide=name).closed_planes
        u, v = np.rint(6 * named.glide @ np.linalg.pinv(axes)).astype(int)
        given = close_planes(atoms, [2], glide=f"[{u} {v} 0]/6")
        assert given.closed_planes[0].glide == pytest.approx(named.glide, abs=1e-9)
        assert given.closed_planes[0].fourth_bond == pytest.approx(named.fourth_bond)
        assert given.equivalent_routes == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"glide": "Right"}, "expected right, wrong, third"),
        ({"glide": "[111]/6"}, "third component must be 0"),
        ({"glide": "[210]/0"}, "expected right"),
        ({"glide": "third", "route": 2}, "leave it out"),
    ],
)
def test_wrong_glides_are_refused(options: dict, words: str) -> None:
    with pytest.raises(ClosureNotPossible, match=words):
        close_planes(full_beta_alumina(), [2], **options)


@pytest.mark.parametrize("options", [{"cell": "foo"}])
def test_wrong_words_are_refused(options: dict) -> None:
    with pytest.raises(InvalidChoice, match=next(iter(options))):
        close_planes(full_beta_alumina(), [2], **options)


def test_takes_a_file(tmp_path: Path) -> None:
    atoms = full_beta_alumina()
    write_structure(str(tmp_path / "open.extxyz"), atoms)
    closure = close_planes(tmp_path / "open.extxyz", [2])
    assert closure.stacking_after == close_planes(atoms, [2]).stacking_after
