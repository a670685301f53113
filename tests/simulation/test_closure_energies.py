"""Energies of closing: their bookkeeping with a pair potential, and their sign with Pedone's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones
from ase.units import J, m

from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes, empty_planes
from ionsmith.crystals import load
from ionsmith.errors import ClosureNotPossible, InvalidInput
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.simulation.closure_energies import ClosureEnergies, closure_energies
from ionsmith.simulation.closure_energies._findings import changes

UNRELAXED: dict[str, Any] = {"steps": 0, "fmax": 1e9, "smax": 1e9}


def pair_potential() -> LennardJones:
    return LennardJones(sigma=1.5, epsilon=0.1, rc=5.0)


def energy(atoms: Atoms) -> float:
    model = atoms.copy()
    model.calc = pair_potential()
    return float(model.get_potential_energy())


@pytest.fixture(scope="module")
def crystal() -> Atoms:
    atoms = build_beta_alumina().atoms
    atoms.info["name"] = "mg"
    return atoms


@pytest.fixture(scope="module")
def unrelaxed(crystal: Atoms, tmp_path_factory: pytest.TempPathFactory) -> ClosureEnergies:
    place = tmp_path_factory.mktemp("closing")
    return closure_energies([crystal], 1, [pair_potential()], place, **UNRELAXED)


def test_what_did_not_converge_has_no_closing_energy(crystal: Atoms, tmp_path: Path) -> None:
    strict = UNRELAXED | {"fmax": 1e-9}
    found = closure_energies([crystal], 1, [pair_potential()], tmp_path, sodium_left=[0], **strict)
    assert found.unfinished == len(found.states)
    assert all(state.closing_energy is state.formation_energy is None for state in found.states)


def test_energies_are_those_of_models_built_by_hand(
    crystal: Atoms, unrelaxed: ClosureEnergies
) -> None:
    anatomy = find_anatomy(crystal)
    assert [s.sodium_left for s in unrelaxed.states if s.state == "closed"] == [0, 1, 2]
    area = 5.614**2 * np.sqrt(3) / 2 * J / m**2
    whole, empty = (
        empty_planes(crystal, anatomy, [1], keep_bridging_oxygen=keep) for keep in (True, False)
    )
    closed = close_planes(whole, 1, sodium_removed=0).atoms
    metal, oxide = load("na").to_atoms(), load("na2o").to_atoms()
    sodium = energy(metal) / len(metal)
    oxygen = energy(oxide) / (len(oxide) / 3) - 2 * sodium
    found = {(s.state, s.bridging_oxygen): s for s in unrelaxed.states if s.sodium_left == 0}
    assert set(found) == {("open", "kept"), ("open", "gone"), ("closed", "gone")}
    last = found["closed", "gone"]
    assert last.closing_energy == pytest.approx((energy(closed) - energy(empty)) / area)
    taken = energy(closed) + 2 * sodium + oxygen - energy(crystal)
    assert last.formation_energy == pytest.approx(taken / area)
    kept = found["open", "kept"]
    assert kept.formation_energy == pytest.approx(
        (energy(whole) + 2 * sodium - energy(crystal)) / area
    )
    (full,) = (s for s in unrelaxed.states if s.sodium_left == 2 and s.bridging_oxygen == "kept")
    assert full.formation_energy == pytest.approx(0, abs=1e-9)
    assert all(s.became == s.state for s in unrelaxed.states if s.sodium_left == 0)
    opened = [replace(state, became="open") for state in unrelaxed.states]
    (note,) = changes(opened)
    assert "closed planes, bridging O gone, are open after relaxing with 0, 1, 2" in note


def test_ions_leave_planes_in_turn() -> None:
    atoms = build_beta_alumina(supercell=(2, 2, 1)).atoms
    anatomy = find_anatomy(atoms)
    most = int((atoms.numbers == 11).sum())
    before = None
    for left in range(most, -1, -1):
        model = empty_planes(atoms, anatomy, [1, 2, 3], mobile_left=left, keep_bridging_oxygen=True)
        sodium = model.numbers == 11
        assert sodium.sum() == left
        counts = np.bincount(find_anatomy(model).conduction_plane[sodium], minlength=4)[1:]
        if left <= 3:
            assert np.ptp(counts) <= 1
        places = {tuple(place) for place in np.round(model.positions[sodium], 6).tolist()}
        assert before is None or places < before
        before = places


@pytest.mark.classical
def test_an_emptied_plane_gains_by_closing(crystal: Atoms, tmp_path: Path) -> None:
    # Energies of this order, 1.2 to 3.1 J/m², come from three potentials.
    options: dict[str, Any] = {"sodium_left": [0], "fmax": 0.3, "smax": 5.0}
    found = closure_energies([crystal], 1, ["lammps-pedone2006"], tmp_path, **options)
    (closed,) = (state for state in found.states if state.state == "closed")
    assert closed.closing_energy is not None
    assert -4 < closed.closing_energy < -1
    assert closed.formation_energy is not None  # 2 Na and 1 O: a whole Na2O
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.extxyz")}
    again = closure_energies([crystal], 1, ["lammps-pedone2006"], tmp_path, **options)
    assert again.states == found.states
    assert files == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.extxyz")}


@pytest.mark.parametrize(
    ("planes", "options", "error", "words"),
    [
        (4, {}, ClosureNotPossible, "no conduction plane 4"),
        (1, {"sodium_left": [3]}, InvalidInput, "2 mobile ions"),
        (1, {"glide": "left"}, ClosureNotPossible, "expected right"),
        (1, {"cell": "both"}, InvalidInput, "cell"),
    ],
)
def test_what_cannot_be_is_refused(
    crystal: Atoms, tmp_path: Path, planes: int, options: Any, error: Any, words: str
) -> None:
    with pytest.raises(error, match=words):
        closure_energies([crystal], planes, [pair_potential()], tmp_path / "a", **options)
    assert not (tmp_path / "a").exists()
