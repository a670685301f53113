"""Continuous random networks: published values, resuming, errors."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.amorphous import HOSTS, AmorphousNetwork, build_network
from ionsmith.builders.amorphous._bond_switching import Network
from ionsmith.builders.amorphous._network import _relax_cell
from ionsmith.errors import IonsmithError, UnreadableFile


@pytest.fixture(scope="module")
def silicon() -> AmorphousNetwork:
    return build_network("Si", 216, sweeps=600, rings=True, seed=1)


@pytest.mark.fast
@pytest.mark.rings
def test_silicon_is_as_published(silicon: AmorphousNetwork) -> None:
    # Peaks: Laaziri et al. 1999, doi:10.1103/PhysRevLett.82.3460. Angles: 7.7 to 10.5° measured,
    # Beeman et al. 1985, doi:10.1103/PhysRevB.32.874; a model this small and short is wider.
    # scripts/benchmark_amorphous.py checks 1,000 atoms.
    assert silicon.peaks[0] == pytest.approx(2.35, abs=0.04)
    assert silicon.peaks[1] == pytest.approx(3.80, abs=0.12)
    assert silicon.four_coordinated > 0.97
    assert 8 < silicon.angle_spread < 13.5
    assert silicon.angle == pytest.approx(109, abs=1.5)
    assert silicon.bond_length == pytest.approx(2.35, abs=0.03)


@pytest.mark.rings
def test_rings_tell_a_network_from_the_crystal(silicon: AmorphousNetwork) -> None:
    # Wooten, Winer & Weaire 1985: rings of five, six and seven prevail; diamond has sixes alone.
    rings = silicon.rings_per_atom
    assert rings is not None
    assert min(rings[5], rings[6], rings[7]) > 0.25
    assert rings[6] < 1.2
    assert rings.get(4, 0) < 0.15
    assert rings.get(3, 0) < 0.05


@pytest.mark.fast
def test_interrupted_and_resumed_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    whole = build_network("Ge", 64, sweeps=6, seed=1)

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_network("Ge", 64, sweeps=6, seed=1, checkpoint=path, progress=stop)
    seen: list[int] = []
    resumed = build_network(
        "Ge", 64, sweeps=6, seed=1, checkpoint=path, resume=True,
        progress=lambda done, total: seen.append(done),
    )  # fmt: skip
    assert seen == [3, 4, 5, 6]
    assert resumed.atoms.positions.tobytes() == whole.atoms.positions.tobytes()
    assert resumed.atoms.info == whole.atoms.info
    with pytest.raises(IonsmithError, match="other settings"):
        build_network("Ge", 64, sweeps=6, seed=2, checkpoint=path, resume=True)


@pytest.mark.fast
def test_relaxed_cell_of_the_crystal_is_the_crystal() -> None:
    atoms = bulk("Ge", "diamond", a=4 / np.sqrt(3) * 2.45 * 1.02, cubic=True) * (3, 3, 3)
    bonds = neighbour_list(atoms, 3.0)
    stretched = Network(atoms.positions, bonds.second.reshape(-1, 4), float(atoms.cell[0, 0]))
    relaxed, energy = _relax_cell(stretched, HOSTS["Ge"])
    assert relaxed.box == pytest.approx(stretched.box / 1.02, rel=1e-3)
    assert energy == pytest.approx(0, abs=1e-2)


@pytest.mark.fast
def test_density_is_the_one_asked_for() -> None:
    model = build_network("Si", 64, density=2.2, sweeps=1)
    quantity = {q.name: q.model for q in model.quantities}
    assert quantity["density (g/cm³)"] == pytest.approx(2.2, rel=1e-9)
    assert model.atoms.symbols.formula.count() == {"Si": 64}
    assert np.all(model.atoms.get_scaled_positions() < 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"element": "Sn"}, "expected 'Si' or 'Ge'"),
        ({"n_atoms": 63}, "at least 64"),
        ({"density": 1.0}, r"1.83 to 2.74 was expected"),
        ({"density": float("nan")}, "was expected"),
        ({"sweeps": 0}, "at least 1"),
        ({"resume": True}, "checkpoint"),
    ],
)
def test_bad_input(words: dict, message: str) -> None:
    with pytest.raises(IonsmithError, match=message):
        build_network(**words)


def test_checkpoint_that_is_none(tmp_path: Path) -> None:
    missing, text = tmp_path / "none.npz", tmp_path / "text.npz"
    text.write_text("no checkpoint")
    for path, message in ((missing, "no such checkpoint"), (text, "not a checkpoint")):
        with pytest.raises(UnreadableFile, match=message):
            build_network("Si", 64, sweeps=2, checkpoint=path, resume=True)
