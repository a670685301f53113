"""Ordering: what cells hold, one output of one input, and what is refused."""

import io
import json
import math
from collections import Counter
from itertools import combinations, permutations, product

import ase.io
import numpy as np
import pytest
from ase import Atoms

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts
from ionsmith.crystals import load
from ionsmith.crystals.ordering import _ordering as ordering
from ionsmith.crystals.ordering import holding_supercells, order
from ionsmith.errors import (
    CompositionNotPossible,
    InvalidStructure,
    IonsmithError,
    NoCoordinates,
)
from orderings import published_beta_alumina


def written(atoms: Atoms) -> str:
    text = io.StringIO()
    ase.io.write(text, atoms, format="extxyz")
    return text.getvalue()


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
        order(half, ordering="random")
    order(half, holding_supercells(half)[0], ordering="random")


def test_published_digits_decide() -> None:
    base = load("li7si3")
    for occupancy, holds in [(0.667, True), (0.66667, True), (0.66, False), (2 / 3, True)]:
        crystal = base.with_occupancy("Li1", {"Li": occupancy})
        assert ((1, 1, 1) in holding_supercells(crystal, max_cells=1)) is holds


def test_nasicon_keeps_sodium_apart() -> None:
    crystal = load("nzsp")
    for method in ("random", "electrostatic"):
        result = order(crystal, nearest=True, ordering=method, seed=3)
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
        order(crystal, composition={"Na@Na3": 36, "Na@Na1": 0, "Na@Na2": 0}, ordering="random")
    with pytest.raises(CompositionNotPossible, match="too close"):
        order(crystal, composition={"Na@Na3": 36, "Na@Na1": 0, "Na@Na2": 0})


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("beta2-alumina", {"count": 5}),
        ("nzsp", {"nearest": True, "seed": 4}),
        ("nzsp", {"nearest": True, "seed": 4, "ordering": "random", "supercell": (2, 1, 1)}),
    ],
)
def test_same_input_same_bytes(
    name: str, options: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ionsmith.crystals.ordering._monte_carlo.MOVES", 20_000)
    first, second = (order(load(name), **options) for _ in range(2))  # type: ignore[arg-type]
    assert [written(a) for a in first.structures] == [written(a) for a in second.structures]
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())


def test_order_of_names_does_not_matter() -> None:
    target = {"Na": 4, "Mg": 3, "Al": 30}
    texts = set()
    for names in permutations(target):
        result = order(
            load("beta2-alumina"), composition={n: target[n] for n in names}, ordering="random"
        )
        atoms = result.structures[0]
        del atoms.info["ionsmith"]
        texts.add(written(atoms))
    assert len(texts) == 1


def test_seeds_differ() -> None:
    draws = [order(load("nzsp"), nearest=True, ordering="random", seed=s) for s in range(3)]
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
    assert "charge not known" in order(load("li7si3"), ordering="random").table()


@pytest.mark.parametrize("limit", [10**6, 0])
def test_progress_reaches_the_end(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "ENUMERATION_LIMIT", limit)
    monkeypatch.setattr("ionsmith.crystals.ordering._monte_carlo.MOVES", 20_000)
    seen: list[tuple[int, int]] = []
    order(load("beta2-alumina"), (2, 1, 1), progress=lambda done, of: seen.append((done, of)))
    done = [step for step, _ in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1]


def test_alloys_have_no_charges() -> None:
    crystal = load("li7si3")
    with pytest.raises(IonsmithError, match=r"formal charge of Li, Si is unknown.*random"):
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
        with pytest.raises(InvalidStructure, match="three positive integers"):
            order(crystal, supercell)  # type: ignore[arg-type]
    with pytest.raises(IonsmithError, match="`count` is 0"):
        order(crystal, count=0)
    with pytest.raises(IonsmithError, match="'electrostatic', 'random'"):
        order(crystal, ordering="best")  # type: ignore[arg-type]
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
    assert len(order(crystal, (2, 1, 1), ordering="random").structures[0]) == 2 * len(plain)
