"""Ordering against counting theorems, pymatgen's energies and symmetry, and brute force."""

import io
import json
import math
import warnings
from collections import Counter
from functools import cache
from itertools import combinations, permutations, product

import ase.io
import numpy as np
import pytest
import spglib
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.io.ase import AseAtomsAdaptor

from ionsmith import provenance
from ionsmith.crystals import Crystal, load, ordering
from ionsmith.crystals.ordering import OrderingResult, holding_supercells, order
from ionsmith.crystals.ordering_cell import DisorderedCell
from ionsmith.crystals.ordering_target import find_target
from ionsmith.errors import (
    CompositionNotPossible,
    InvalidStructure,
    IonsmithError,
    NoCoordinates,
)
from ionsmith.geometry.checks import check_contacts


def disordered(
    name: str,
    supercell: tuple[int, int, int] = (1, 1, 1),
    composition: dict[str, int] | None = None,
    nearest: bool = False,
) -> DisorderedCell:
    crystal = load(name)
    target = find_target(crystal, math.prod(supercell), composition, nearest)
    return DisorderedCell(crystal, supercell, target)


def written(atoms: Atoms) -> str:
    text = io.StringIO()
    ase.io.write(text, atoms, format="extxyz")
    return text.getvalue()


@cache
def published_beta_alumina() -> OrderingResult:
    return order(load("beta2-alumina"), count=100)


# What the published cells hold


def test_beta_alumina_as_published() -> None:
    result = published_beta_alumina()
    # Bettman and Peters (1969): Na1.67Mg0.67Al10.33O17 with three formula units in the cell
    assert result.composition == {"Na": 5, "Mg": 2, "Al": 31, "O": 51}
    assert result.charge == 0
    assert result.method == "enumeration"
    assert result.site_counts[0] == {"Al@Al2": 4, "Mg@Al2": 2, "Na@Na1": 5}
    for atoms in result.structures:
        assert Counter(atoms.symbols) == result.composition
        check_contacts(atoms)


def test_stabilisers_of_beta_alumina() -> None:
    lithium = (
        load("beta2-alumina")
        .with_occupancy("Al2", {"Al": 5 / 6, "Li": 1 / 6}, {"Al": 3, "Li": 1})
        .with_occupancy("Na1", {"Na": 5 / 6})
    )
    result = order(lithium)
    assert result.composition == {"Al": 32, "Li": 1, "O": 51, "Na": 5}
    assert result.charge == 0
    undoped = (
        load("beta2-alumina").with_occupancy("Al2", {"Al": 1}).with_occupancy("Na1", {"Na": 0.5})
    )
    assert order(undoped).composition == {"Al": 33, "O": 51, "Na": 3}
    assert order(undoped).charge == 0
    assert order(undoped, composition={"Na": 4}).charge == 1
    without = undoped.with_occupancy("Na1", {"Na": 0})
    assert order(without, composition={"Na": 0}).charge == -3


def test_nvp_says_what_it_can_hold() -> None:
    # 0.805 × 6 = 4.83 and 0.731 × 18 = 13.158 Na atoms
    with pytest.raises(CompositionNotPossible, match=r"4\.83 → 5.*13\.158 → 13.*Na18") as caught:
        order(load("nvp"))
    assert "\n" not in str(caught.value)
    result = order(load("nvp"), nearest=True)
    assert result.site_counts[0] == {"Na@Na1": 5, "Na@Na2": 13}
    assert result.composition == {"Na": 18, "V": 12, "P": 18, "O": 72}
    assert result.charge == 0


def test_supercells_that_hold_a_composition() -> None:
    # Li 2/3 on three positions; Si 2.4 and Na 3.4 on six formula units need fives
    assert holding_supercells(load("li7si3"), max_cells=3)[0] == (1, 1, 1)
    amounts = {"Na": 3.4, "Si": 2.4, "P": 0.6}
    found = holding_supercells(load("nzsp"), amounts, max_cells=12)
    assert [math.prod(size) for size in found] == [5, 10]
    # a third of 0.5 on three positions each: even numbers of cells, the most compact ones
    half = load("li7si3").with_occupancy("Li1", {"Li": 0.5})
    assert holding_supercells(half, max_cells=4) == [(2, 1, 1), (2, 2, 1)]
    with pytest.raises(CompositionNotPossible, match="2×1×1, 2×2×1, 3×2×1 do"):
        order(half, method="random")
    order(half, holding_supercells(half)[0], method="random")


def test_published_digits_decide() -> None:
    base = load("li7si3")
    for occupancy, holds in [(0.667, True), (0.66667, True), (0.66, False), (2 / 3, True)]:
        crystal = base.with_occupancy("Li1", {"Li": occupancy})
        assert ((1, 1, 1) in holding_supercells(crystal, max_cells=1)) is holds


def test_nasicon_keeps_sodium_apart() -> None:
    crystal = load("nzsp")
    for method in ("random", "electrostatic"):
        result = order(crystal, nearest=True, method=method, seed=3)
        atoms = result.structures[0]
        # nearest to 14.1, 3.9, 2.94, 13.92 and 3.36
        assert tuple(result.site_counts[0].values()) == (14, 4, 3, 14, 3)
        # 12 Zr4+, 14 Si4+, 4 P5+, 72 O2-, 20 Na+
        assert result.charge == 12 * 4 + 14 * 4 + 4 * 5 - 72 * 2 + 20
        sodium = atoms[atoms.numbers == 11]
        distances = sodium.get_all_distances(mic=True)[np.triu_indices(len(sodium), 1)]
        # 0.7 of twice the covalent radius of Na, 1.66 Å; mid-Na is 1.6 to 1.9 Å from its ends
        assert distances.min() > 0.7 * 2 * 1.66
    assert result.method == "monte carlo"


def test_contacts_leave_what_brute_force_leaves() -> None:
    crystal = load("nzsp").with_occupancy("Si1", {"Si": 1.0})
    labels = [site.label for site in crystal.sites if not site.is_ordered]
    result = order(crystal, composition={f"Na@{label}": 1 for label in labels})
    expanded = crystal.expand()
    choices = [
        expanded.positions[expanded.site_index == index]
        for index, site in enumerate(crystal.sites)
        if not site.is_ordered
    ]
    allowed = 0
    for trio in product(*choices):
        delta = [one - other for one, other in combinations(trio, 2)]
        shifts = np.array(list(product((-1, 0, 1), repeat=3)))
        gaps = np.linalg.norm(
            (np.array(delta)[:, None] - np.round(delta)[:, None] + shifts) @ crystal.cell, axis=-1
        )
        allowed += bool(gaps.min() > 0.7 * 2 * 1.66)
    assert result.n_arrangements == allowed
    assert allowed < math.prod(map(len, choices)) == 6 * 18 * 36


def test_impossible_crowd() -> None:
    # every mid-Na position at once: each is 2 Å from another
    crystal = load("nzsp").with_occupancy("Si1", {"Si": 1.0})
    with pytest.raises(CompositionNotPossible, match="too close"):
        order(crystal, composition={"Na@Na3": 36, "Na@Na1": 0, "Na@Na2": 0}, method="random")
    with pytest.raises(CompositionNotPossible, match="too close"):
        order(crystal, composition={"Na@Na3": 36, "Na@Na1": 0, "Na@Na2": 0})


# How many arrangements there are


def orbits(cell: DisorderedCell) -> int:
    """Number of distinct arrangements by Burnside's lemma, with the symmetry that spglib finds."""
    crystal, size = cell.crystal, cell.supercell
    expanded = crystal.expand()
    cells = np.array(list(np.ndindex(*size)))
    positions = ((expanded.positions[:, None] + cells[None]) / size).reshape(-1, 3)
    site = np.repeat(expanded.site_index, len(cells))
    found = spglib.get_symmetry((crystal.cell * np.reshape(size, (3, 1)), positions, site), 1e-3)
    pools = [np.flatnonzero(np.isin(site, pool.sites)) for pool in cell.target.pools]
    total = 0
    for rotation, translation in zip(found["rotations"], found["translations"], strict=True):
        fixed = 1
        for pool, members in zip(cell.target.pools, pools, strict=True):
            own = positions[members]
            delta = (own @ rotation.T + translation)[:, None] - own[None]
            image = np.linalg.norm(delta - np.round(delta), axis=-1).argmin(axis=1)
            fixed *= colourings(cycle_lengths(image), [f.count for f in pool.fillings])
        total += fixed
    assert total % len(found["rotations"]) == 0
    return total // len(found["rotations"])


def cycle_lengths(permutation: NDArray[np.int64]) -> list[int]:
    left, lengths = set(range(len(permutation))), []
    while left:
        start = here = left.pop()
        length = 1
        while (here := int(permutation[here])) != start:
            left.remove(here)
            length += 1
        lengths.append(length)
    return lengths


def colourings(lengths: list[int], counts: list[int]) -> int:
    """Ways to give each cycle one colour so that the colours come out at their counts."""
    ways = Counter({tuple(counts): 1})
    for length in lengths:
        after: Counter[tuple[int, ...]] = Counter()
        for left, number in ways.items():
            for colour, rest in enumerate(left):
                if rest >= length:
                    after[(*left[:colour], rest - length, *left[colour + 1 :])] += number
        ways = after
    return ways[(0,) * len(counts)]


@pytest.mark.parametrize(
    ("name", "supercell", "composition"),
    [
        ("beta2-alumina", (1, 1, 1), None),
        ("beta2-alumina", (2, 1, 1), None),
        ("beta2-alumina", (1, 1, 2), {"Na": 10, "Mg": 1, "Al": 65}),
        ("beta2-alumina", (2, 2, 1), {"Na": 24, "Mg": 3, "Al": 129}),
        ("nvp", (1, 1, 1), {"Na": 18, "Na@Na1": 5}),
        ("nvp", (1, 1, 1), {"Na": 21}),
        ("mgal2o4", (1, 1, 1), {"Mg@Mg1": 6, "Al@Mg1": 2, "Mg@Al2": 2, "Al@Al2": 14}),
        ("mgal2o4", (1, 1, 1), {"Mg": 3, "Al": 21}),
        ("mgal2o4", (2, 1, 1), {"Mg": 2, "Al": 46}),
        ("li7si3", (2, 2, 1), None),
    ],
)
def test_distinct_arrangements_agree_with_burnside(
    name: str, supercell: tuple[int, int, int], composition: dict[str, int] | None
) -> None:
    cell = disordered(name, supercell, composition)
    assert len(cell.contacts[0]) == 0
    arrangements, degeneracies = ordering.enumerate_arrangements(cell)
    assert len(arrangements) == orbits(cell)
    # all of them together: a multinomial for each pool
    whole = 1
    for pool in cell.target.pools:
        counts = [filling.count for filling in pool.fillings]
        whole *= math.factorial(sum(counts)) // math.prod(map(math.factorial, counts))
    assert degeneracies.sum() == whole


def test_symmetry_is_that_of_the_supercell() -> None:
    # R-3m has 36 operations in the hexagonal cell; 2×1×1 keeps of the point group -3m (12) only
    # 2/m (4), so 3 centrings × 4 × 2 cells
    for supercell, number in [((1, 1, 1), 36), ((2, 2, 1), 144), ((2, 1, 1), 24)]:
        blocks = list(disordered("beta2-alumina", supercell, {"Na": 5}, True).permutations())
        everything = np.concatenate(blocks)
        assert len(everything) == number
        assert (np.sort(everything, axis=1) == np.arange(everything.shape[1])).all()


def test_arrangements_are_listed_once_and_by_energy() -> None:
    result = published_beta_alumina()
    assert result.n_arrangements == math.comb(6, 5) * math.comb(6, 2)
    assert result.energies is not None
    assert len(result.structures) == result.n_distinct == len(result.energies)
    assert (np.diff(result.energies) >= 0).all()
    assert int(np.sum(result.degeneracies)) == result.n_arrangements


# Energies


def ewald(atoms: Atoms, crystal: Crystal) -> float:
    charges = {e: q for site in crystal.sites for e, q in site.oxidation.items()}
    bare = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
    structure = AseAtomsAdaptor.get_structure(bare)
    structure.add_oxidation_state_by_element(charges)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Per atom charge")
        return float(EwaldSummation(structure, acc_factor=14).total_energy)


@pytest.mark.parametrize(
    ("name", "supercell", "composition"),
    [
        ("beta2-alumina", (1, 1, 1), None),
        ("beta2-alumina", (2, 1, 1), {"Na": 12}),
        ("nvp", (1, 1, 1), {"Na": 22}),
        ("mgal2o4", (1, 1, 1), {"Mg": 3, "Al": 21}),
    ],
)
def test_energies_are_those_of_pymatgen(
    name: str, supercell: tuple[int, int, int], composition: dict[str, int] | None
) -> None:
    crystal = load(name)
    result = order(crystal, supercell, composition, count=2)
    assert result.energies is not None
    for atoms, energy in zip(result.structures, result.energies, strict=True):
        assert energy == pytest.approx(ewald(atoms, crystal), abs=2e-3)


@given(
    st.sampled_from([("beta2-alumina", 5), ("nvp", 18), ("nzsp", 20)]),
    st.sampled_from([(1, 1, 1), (2, 1, 1), (2, 2, 1)]),
    st.integers(0, 2**32 - 1),
)
@settings(deadline=None, max_examples=10)
def test_symmetry_keeps_the_energy(
    phase: tuple[str, int], supercell: tuple[int, int, int], seed: int
) -> None:
    name, sodium = phase
    cell = disordered(name, supercell, {"Na": sodium * math.prod(supercell)}, nearest=True)
    rng = np.random.default_rng(seed)
    arrangement = cell.start(rng)
    turned = np.array([arrangement[rng.choice(block)] for block in cell.permutations()])
    energies = cell.energies(np.array([arrangement, *turned]))
    assert energies == pytest.approx(energies[0], abs=1e-3)
    assert cell.are_equivalent(arrangement, turned[-1])


def test_spinel_is_normal_by_madelung_energy(monkeypatch: pytest.MonkeyPatch) -> None:
    # With formal charges Mg2+ belongs on the tetrahedral site at the oxygen parameter of MgAl2O4:
    # E. J. W. Verwey, F. de Boer and J. H. van Santen, J. Chem. Phys. 16, 1091 (1948).
    monkeypatch.setattr(ordering, "ENUMERATION_LIMIT", 0)
    monkeypatch.setattr("ionsmith.crystals.ordering_monte_carlo.MOVES", 20_000)
    result = order(load("mgal2o4"), composition={"Mg": 8, "Al": 16})
    assert result.site_counts[0] == {"Mg@Mg1": 8, "Al@Mg1": 0, "Al@Al2": 16, "Mg@Al2": 0}


def test_charge_is_reported_not_repaired() -> None:
    result = order(load("beta2-alumina"), composition={"Na": 4})
    assert result.charge == -1
    step = provenance.of(result.structures[0])["steps"][0]
    assert step["parameters"]["charge"] == -1
    assert result.composition["Na"] == 4


# Monte Carlo and random


@pytest.mark.parametrize(
    ("name", "composition"),
    [("nvp", {"Na": 18}), ("mgal2o4", {"Mg": 3, "Al": 21})],
)
def test_monte_carlo_finds_the_lowest_of_all(
    name: str, composition: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = order(load(name), composition=composition)
    monkeypatch.setattr(ordering, "ENUMERATION_LIMIT", 0)
    monkeypatch.setattr("ionsmith.crystals.ordering_monte_carlo.MOVES", 100_000)
    found = order(load(name), composition=composition)
    assert (everything.method, found.method) == ("enumeration", "monte carlo")
    assert everything.energies is not None
    assert found.energies is not None
    assert found.energies[0] == pytest.approx(everything.energies[0], abs=1e-4)


def test_monte_carlo_ranks_distinct_structures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ionsmith.crystals.ordering_monte_carlo.MOVES", 20_000)
    result = order(load("nzsp"), nearest=True, count=4)
    assert result.energies is not None
    assert len(result.energies) == len(result.structures) == 4
    assert (np.diff(result.energies) > 0).all()
    for atoms, energy in zip(result.structures, result.energies, strict=True):
        assert energy == pytest.approx(ewald(atoms, load("nzsp")), abs=5e-3)


def test_search_has_a_limit() -> None:
    with pytest.raises(IonsmithError, match=r"up to 5000.*repeat it, or order at random"):
        order(load("nzsp"), (5, 5, 5), nearest=True)


def test_random_draws_are_unbiased() -> None:
    # One vacancy on six Na positions and Mg on two of six, 400 times: each position is empty in
    # 66.7 draws of the mean, standard deviation 7.5.
    crystal = load("beta2-alumina")
    result = order(crystal, method="random", count=400, seed=11)
    expanded = crystal.expand()
    sites = {site.label: i for i, site in enumerate(crystal.sites)}
    for element, label, mean in [("Na", "Na1", 5 / 6), ("Mg", "Al2", 1 / 3)]:
        at = expanded.positions[expanded.site_index == sites[label]]
        hits = np.zeros(6)
        for atoms in result.structures:
            here = atoms.get_scaled_positions()[atoms.symbols == element]
            delta = here[:, None] - at[None]
            hits[np.linalg.norm(delta - np.round(delta), axis=-1).argmin(axis=1)] += 1
        assert hits.sum() == round(6 * mean) * 400
        assert hits == pytest.approx(400 * mean, abs=5 * math.sqrt(400 * mean * (1 - mean)))


def test_random_draws_take_sites_by_their_occupancy() -> None:
    # 18 Na on Na1 (0.805 × 6) and Na2 (0.731 × 18): 4.83 and 13.16 of them
    result = order(load("nvp"), composition={"Na": 18}, method="random")
    assert result.site_counts[0] == {"Na@Na1": 5, "Na@Na2": 13}
    assert result.energies is None


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2)),
    st.integers(0, 2**32 - 1),
    st.data(),
)
@settings(deadline=None, max_examples=20)
def test_composition_is_exact(
    supercell: tuple[int, int, int], seed: int, data: st.DataObject
) -> None:
    crystal = load("beta2-alumina")
    cells = math.prod(supercell)
    sodium = data.draw(st.integers(0, 6 * cells))
    magnesium = data.draw(st.integers(0, 6 * cells))
    aluminium = 33 * cells - magnesium
    target = {"Na": sodium, "Mg": magnesium, "Al": aluminium}
    result = order(crystal, supercell, target, method="random", seed=seed)
    (atoms,) = result.structures
    wanted = {**target, "O": 51 * cells}
    assert Counter(atoms.symbols) == {e: n for e, n in wanted.items() if n} == result.composition
    assert result.charge == sodium - magnesium - 3 * cells
    check_contacts(atoms)
    # every atom is on a position of the published crystal, no two on the same
    fractional = atoms.positions @ np.linalg.inv(crystal.cell)
    expanded = crystal.expand()
    labels = np.array([site.label for site in crystal.sites])[expanded.site_index]
    delta = fractional[:, None] - expanded.positions[None]
    away = np.linalg.norm(delta - np.round(delta), axis=-1)
    assert away.min(axis=1).max() < 1e-9
    assert (labels[away.argmin(axis=1)] == atoms.arrays["site_label"]).all()
    cell_index = np.round(delta[np.arange(len(atoms)), away.argmin(axis=1)]).astype(int)
    places = np.column_stack([away.argmin(axis=1), cell_index])
    assert len(np.unique(places, axis=0)) == len(atoms)
    assert atoms.cell.array == pytest.approx(crystal.cell * np.reshape(supercell, (3, 1)))


# One input, one output


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("beta2-alumina", {"count": 5}),
        ("nzsp", {"nearest": True, "seed": 4}),
        ("nzsp", {"nearest": True, "seed": 4, "method": "random", "supercell": (2, 1, 1)}),
    ],
)
def test_same_input_same_bytes(
    name: str, options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ionsmith.crystals.ordering_monte_carlo.MOVES", 20_000)
    first, second = (order(load(name), **options) for _ in range(2))  # type: ignore[arg-type]
    assert [written(a) for a in first.structures] == [written(a) for a in second.structures]
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())


def test_order_of_names_does_not_matter() -> None:
    target = {"Na": 4, "Mg": 3, "Al": 30}
    texts = set()
    for names in permutations(target):
        result = order(
            load("beta2-alumina"), composition={n: target[n] for n in names}, method="random"
        )
        atoms = result.structures[0]
        del atoms.info["ionsmith"]
        texts.add(written(atoms))
    assert len(texts) == 1


def test_seeds_differ() -> None:
    draws = [order(load("nzsp"), nearest=True, method="random", seed=s) for s in range(3)]
    assert len({written(draw.structures[0]) for draw in draws}) == 3


def test_order_of_atoms() -> None:
    crystal = load("beta2-alumina")
    atoms = order(crystal, (2, 1, 1)).structures[0]
    groups = []
    for label, symbol in zip(atoms.arrays["site_label"], atoms.symbols, strict=True):
        if (label, symbol) not in groups:
            groups.append((str(label), symbol))
    assert groups == [(site.label, e) for site in crystal.sites for e in site.occupancy]


def test_provenance() -> None:
    atoms = published_beta_alumina().structures[1]
    said = provenance.of(atoms)
    assert said["sources"][0]["doi"] == "10.1021/j100726a024"
    (step,) = said["steps"]
    assert step["step"] == "order"
    assert step["parameters"]["rank"] == 2
    assert step["parameters"]["supercell"] == [1, 1, 1]
    assert atoms.arrays["atom_id"].tolist() == list(range(len(atoms)))
    text = io.StringIO(written(atoms))
    assert provenance.of(ase.io.read(text, format="extxyz")) == said


def test_result_in_words_and_as_json() -> None:
    result = published_beta_alumina()
    data = json.loads(json.dumps(result.to_dict()))
    assert data["n_structures"] == len(data["energies"]) == sum(1 for _ in result.structures)
    assert data["composition"] == {"Na": 5, "Mg": 2, "Al": 31, "O": 51}
    assert "structures" not in data
    text = result.table()
    assert "charge +0 e" in text
    assert "degeneracy" in text
    assert "charge not known" in order(load("li7si3"), method="random").table()


@pytest.mark.parametrize("limit", [10**6, 0])
def test_progress_reaches_the_end(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "ENUMERATION_LIMIT", limit)
    monkeypatch.setattr("ionsmith.crystals.ordering_monte_carlo.MOVES", 20_000)
    seen: list[tuple[int, int]] = []
    order(load("beta2-alumina"), (2, 1, 1), progress=lambda done, of: seen.append((done, of)))
    done = [step for step, _ in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1]


# What is refused


def test_alloys_have_no_charges() -> None:
    crystal = load("li7si3")
    with pytest.raises(IonsmithError, match=r"no formal charge of Li, Si.*at random"):
        order(crystal)
    charged = crystal
    for site in crystal.sites:
        charged = charged.with_occupancy(site.label, site.occupancy, {"Li": 3, "Si": -7})
    assert order(charged).composition == {"Li": 14, "Si": 6}


@pytest.mark.parametrize(
    ("composition", "message"),
    [
        ({"Na": 7}, "at most 6 atoms"),
        ({"Na": -1}, "whole number"),
        ({"Na": 4.5}, "whole number"),
        ({"K": 1}, "no K on beta2-alumina"),
        ({"Na@Na9": 1}, "no site Na9"),
        ({"Mg@Na1": 1}, "no Mg on site Na1"),
        ({"O": 50}, "fix 51"),
        ({"Mg": 3}, "exactly 6 atoms"),
        ({"Na": 5, "Na@Na1": 4}, "Na 5"),
        ({"Al": 26}, "fix 27"),
    ],
)
def test_impossible_compositions(composition: dict[str, int], message: str) -> None:
    with pytest.raises(CompositionNotPossible, match=message) as caught:
        order(load("beta2-alumina"), composition=composition)
    assert "\n" not in str(caught.value)


def test_impossible_calls() -> None:
    crystal = load("beta2-alumina")
    for supercell in [(0, 1, 1), (1, -1, 1), (1, 1)]:
        with pytest.raises(InvalidStructure, match="three whole numbers"):
            order(crystal, supercell)  # type: ignore[arg-type]
    with pytest.raises(IonsmithError, match="count of at least 1"):
        order(crystal, count=0)
    with pytest.raises(IonsmithError, match="'electrostatic' or 'random'"):
        order(crystal, method="best")  # type: ignore[arg-type]
    with pytest.raises(NoCoordinates):
        order(load("nvp-alpha"))


def test_an_ordered_crystal_passes_unchanged() -> None:
    crystal = load("nah2po4")
    result = order(crystal)
    assert result.n_arrangements == 1
    atoms, plain = result.structures[0], crystal.to_atoms()
    assert (atoms.numbers == plain.numbers).all()
    assert atoms.positions == pytest.approx(plain.positions)
    assert (atoms.arrays["site_label"] == plain.arrays["site_label"]).all()
    assert len(order(crystal, (2, 1, 1), method="random").structures[0]) == 2 * len(plain)
