"""Searches of the best ordering and random draws against pymatgen's energies and statistics."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts
from ionsmith.crystals import load
from ionsmith.crystals.ordering import _ordering as ordering
from ionsmith.crystals.ordering import order
from ionsmith.errors import (
    IonsmithError,
)
from orderings import disordered, ewald


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
    monkeypatch.setattr("ionsmith.crystals.ordering._monte_carlo.MOVES", 20_000)
    result = order(load("mgal2o4"), composition={"Mg": 8, "Al": 16})
    assert result.site_counts[0] == {"Mg@Mg1": 8, "Al@Mg1": 0, "Al@Al2": 16, "Mg@Al2": 0}


def test_charge_is_reported_not_repaired() -> None:
    result = order(load("beta2-alumina"), composition={"Na": 4})
    assert result.charge == -1
    step = provenance.of(result.structures[0])["steps"][0]
    assert step["parameters"]["charge"] == -1
    assert result.composition["Na"] == 4


@pytest.mark.parametrize(
    ("name", "composition"),
    [("nvp", {"Na": 18}), ("mgal2o4", {"Mg": 3, "Al": 21})],
)
def test_monte_carlo_finds_the_lowest_of_all(
    name: str, composition: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = order(load(name), composition=composition)
    monkeypatch.setattr(ordering, "ENUMERATION_LIMIT", 0)
    monkeypatch.setattr("ionsmith.crystals.ordering._monte_carlo.MOVES", 100_000)
    found = order(load(name), composition=composition)
    assert (everything.method, found.method) == ("enumeration", "monte carlo")
    assert everything.energies is not None
    assert found.energies is not None
    assert found.energies[0] == pytest.approx(everything.energies[0], abs=1e-4)


def test_monte_carlo_ranks_distinct_structures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ionsmith.crystals.ordering._monte_carlo.MOVES", 20_000)
    result = order(load("nzsp"), nearest=True, count=4)
    assert result.energies is not None
    assert len(result.energies) == len(result.structures) == 4
    assert (np.diff(result.energies) > 0).all()
    for atoms, energy in zip(result.structures, result.energies, strict=True):
        assert energy == pytest.approx(ewald(atoms, load("nzsp")), abs=5e-3)


def test_search_has_a_limit() -> None:
    with pytest.raises(IonsmithError, match=r"exceed the 5000.*repeat it, or use `ordering`"):
        order(load("nzsp"), (5, 5, 5), nearest=True)


def test_random_draws_are_unbiased() -> None:
    # One vacancy on six Na positions and Mg on two of six, 400 times: each position is empty in
    # 66.7 draws of the mean, standard deviation 7.5.
    crystal = load("beta2-alumina")
    result = order(crystal, ordering="random", count=400, seed=11)
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
    result = order(load("nvp"), composition={"Na": 18}, ordering="random")
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
    result = order(crystal, supercell, target, ordering="random", seed=seed)
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
