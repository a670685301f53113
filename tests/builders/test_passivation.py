"""Caps on dangling bonds."""

import numpy as np
import pytest
from ase import Atoms

from ionsmith.bonding.connectivity import BondedSupercell
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders._passivation import bond_length, dangling_bonds, turn_apart
from ionsmith.crystals import load
from ionsmith.errors import PoresNotPossible


def hydrogen(name: str, gone: list[int]) -> tuple[Atoms, np.ndarray, np.ndarray]:
    """The walls around atoms taken out, their H, and how far these turned."""
    host = BondedSupercell(load(name).to_atoms(), (3, 3, 3))
    kept = np.ones(len(host.atoms), dtype=bool)
    kept[gone] = False
    dangling = dangling_bonds(host.bonds, kept)
    solid = host.atoms[kept]
    anchor = (np.cumsum(kept) - 1)[dangling.host]
    ones = np.ones(len(dangling), dtype=np.int64)
    places, turned = turn_apart(solid, anchor, dangling.direction, ones)
    return solid + Atoms("H" * len(places), positions=places), places, turned


def test_vacancy_of_silicon_holds_four_hydrogen() -> None:
    # Along the bonds, H–H would be (2.352 - 1.480) √(8/3) = 1.42 Å.
    model, places, turned = hydrogen("si", [0])
    assert len(places) == 4
    pairs = neighbour_list(model, 2.0)
    near = (model.numbers[pairs.first] == 1) & (model.numbers[pairs.second] == 1)
    assert pairs.distances[near].min() >= 1.5
    bonded = (model.numbers[pairs.first] == 14) & (model.numbers[pairs.second] == 1)
    assert pairs.distances[bonded] == pytest.approx([1.480] * 4)
    assert 0 < turned.max() < 30


def test_vacancy_of_tin_leaves_hydrogen_on_the_bonds() -> None:
    # (2.810 - 1.711) √(8/3) = 1.79 Å: nothing has to turn.
    model, _, turned = hydrogen("sn-alpha", [0])
    assert turned == pytest.approx(0, abs=1e-3)
    pairs = neighbour_list(model, 2.5)
    near = (model.numbers[pairs.first] == 1) & (model.numbers[pairs.second] == 1)
    assert pairs.distances[near] == pytest.approx((2.8099 - 1.711) * (8 / 3) ** 0.5, abs=1e-3)


def test_no_caps() -> None:
    _, places, turned = hydrogen("si", [])
    assert places.shape == (0, 3)
    assert turned.shape == (0,)


def test_hydrogen_without_room_is_refused() -> None:
    # Sixteen H on one atom: no turning takes them 1.5 Å apart.
    solid = Atoms("Si", cell=[12] * 3, pbc=True)
    generator = np.random.default_rng(1)
    ways = generator.standard_normal((16, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    with pytest.raises(PoresNotPossible, match=r"closer than 1\.5"):
        turn_apart(solid, np.zeros(16, np.int64), ways, np.ones(16, np.int64))


def test_lengths() -> None:
    assert bond_length("Ge", "H") == 1.525  # GeH4
    # Cordero et al. (2008): Ge 1.20, Li 1.28; B 0.84, H 0.31.
    assert bond_length("Ge", "Li") == pytest.approx(2.48)
    assert bond_length("B", "H") == pytest.approx(1.15)
