"""Bond switching: the potential, a second version in arrays, invariants of the network."""

import sys

import numpy as np
import pytest
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st

import bond_switching_arrays
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.amorphous import HOSTS, build_network, random_network
from ionsmith.builders.amorphous import _bond_switching as bond_switching
from ionsmith.builders.amorphous._bond_switching import (
    FarPairs,
    Network,
    random_places,
    relax_network,
    sweep,
    temperatures,
)
from ionsmith.builders.amorphous._keating import KEATING_UNIT
from ionsmith.errors import MissingExtra

SI = HOSTS["Si"]
BOX = (64 / 0.049) ** (1 / 3)


def diamond(element: str, scale: float = 1.0) -> Network:
    """Give 216 atoms of diamond structure with the bond length of the host times a scale."""
    host = HOSTS[element]
    atoms = bulk(element, "diamond", a=4 / np.sqrt(3) * host.bond * scale, cubic=True) * (3, 3, 3)
    bonds = neighbour_list(atoms, 1.2 * host.bond * scale)
    return Network(atoms.positions, bonds.second.reshape(-1, 4), float(atoms.cell[0, 0]))


def energy(network: Network, element: str) -> float:
    host, n = HOSTS[element], len(network.positions)
    far = FarPairs(network.positions, network.box, float(host.field[4]))
    return bond_switching_arrays.energy_of(
        network.positions, network.neighbours, far.table, np.arange(n), n, host.field, network.box
    )


@pytest.mark.parametrize(
    ("element", "modulus", "within"), [("Ge", (128.5 + 2 * 48.3) / 3, 0.01), ("Si", 97.9, 0.04)]
)
def test_bulk_modulus_is_the_measured_one(element: str, modulus: float, within: float) -> None:
    # Measured elastic constants in GPa: Ge as in Keating (1966); Si 165.8 and 63.9 (Hall 1967,
    # doi:10.1103/PhysRev.161.756), to which the parameters of Barkema & Mousseau come near.
    step = 1e-3
    plus, zero, minus = (energy(diamond(element, 1 + s), element) for s in (step, 0.0, -step))
    assert zero == pytest.approx(0.0, abs=1e-20)
    volume = diamond(element).box ** 3
    found = (plus + minus) / step**2 / 9 / volume * KEATING_UNIT * 10
    assert found == pytest.approx(modulus, rel=within)


def test_forces_are_the_slope_of_the_energy() -> None:
    start = random_network(64, BOX, 3)
    far = FarPairs(start.positions, BOX, float(SI.field[4]))
    order, moving = bond_switching_arrays.cluster(start.neighbours, np.array([0, 7]), 1)
    terms = bond_switching_arrays.Terms(start.neighbours, far.table, order, moving, SI.field, BOX)
    _, forces = terms.evaluate(start.positions)
    for place in (0, moving - 1):
        for axis in range(3):
            ends = []
            for shift in (1e-5, -1e-5):
                moved = start.positions.copy()
                moved[order[place], axis] += shift
                ends.append(terms.evaluate(moved)[0])
            assert forces[place, axis] == pytest.approx((ends[1] - ends[0]) / 2e-5, rel=1e-5)


@pytest.mark.fast
def test_arrays_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    models = []
    for loops in (bond_switching.loops(), bond_switching_arrays):
        monkeypatch.setattr(bond_switching, "loops", lambda loops=loops: loops)
        network, _ = relax_network(random_network(64, BOX, 5), SI, steps=100)
        network, hot = sweep(network, SI, 0.4, (5, 1))
        network, cold = sweep(network, SI, 0.0, (5, 2))
        assert hot + cold > 0
        models.append((network.positions.tobytes(), network.neighbours.tobytes(), hot, cold))
    assert models[0] == models[1]


def test_without_numba_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ionsmith.builders.amorphous._loops", None)
    monkeypatch.delattr("ionsmith.builders.amorphous._loops", raising=False)
    bond_switching.loops.cache_clear()
    with pytest.raises(MissingExtra, match=r"ionsmith\[fast\]"):
        build_network("Si", 64, sweeps=1)
    bond_switching.loops.cache_clear()


@pytest.mark.fast
@given(seed=st.integers(0, 10_000), n=st.integers(64, 150))
@settings(max_examples=10, deadline=None)
def test_four_bonds_stay_four_bonds(seed: int, n: int) -> None:
    network = random_network(n, (n / 0.049) ** (1 / 3), seed)
    network, _ = relax_network(network, SI, steps=20)
    network, _ = sweep(network, SI, 1.0, (seed, 1))
    rows = network.neighbours
    assert not (rows == np.arange(n)[:, None]).any()
    assert all(len(set(row)) == 4 for row in rows.tolist())
    bonds = {(i, j) for i, row in enumerate(rows.tolist()) for j in row}
    assert bonds == {(j, i) for i, j in bonds}
    assert np.isfinite(network.positions).all()


@pytest.mark.fast
def test_a_cold_sweep_does_not_raise_the_energy() -> None:
    network, before = relax_network(random_network(100, (100 / 0.049) ** (1 / 3), 1), SI, steps=400)
    network, taken = sweep(network, SI, 0.0, (1, 1))
    _, after = relax_network(network, SI, steps=100)
    assert taken > 0
    assert after < before


@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_far_pairs_follow_the_atoms(seed: int) -> None:
    rng = np.random.default_rng(seed)
    positions = random_places(100, 13.0, 1.5, seed)
    far = FarPairs(positions, 13.0, 3.0)
    for _ in range(5):
        moved = rng.choice(100, 10, replace=False)
        positions[moved] += rng.normal(0, 0.6, (10, 3))
        far.follow(positions, moved)
    d = positions[:, None] - positions
    d -= 13.0 * np.rint(d / 13.0)
    near = (d * d).sum(axis=2) < 9.0
    np.fill_diagonal(near, False)
    listed = np.zeros((100, 101), bool)
    np.put_along_axis(listed, far.table, True, axis=1)  # -1 goes to the last column
    assert not (near & ~listed[:, :100]).any()


def test_random_places_keep_their_distance() -> None:
    places = random_places(300, 18.0, 2.0, 4)
    d = places[:, None] - places
    d -= 18.0 * np.rint(d / 18.0)
    square = (d * d).sum(axis=2)
    assert square[np.triu_indices(300, 1)].min() >= 4.0
    assert ((places >= 0) & (places < 18.0)).all()


def test_last_sweeps_are_cold() -> None:
    assert temperatures(40) == [0.35] * 38 + [0.0] * 2
