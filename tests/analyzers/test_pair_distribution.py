"""Pair distribution, angles and rings of crystals whose shells are known."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from matplotlib.figure import Figure

from ionsmith.analyzers.pair_distribution import pair_distribution
from ionsmith.bonding.bonds import bond_angles
from ionsmith.bonding.connectivity import ring_counts
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals import load
from ionsmith.errors import InvalidStructure, IonsmithError
from ionsmith.pictures.saving import save_picture


@pytest.mark.rings
def test_diamond() -> None:
    # a = 5.431 Å: shells at a√3/4, a/√2 and a√11/4 with 4, 12 and 12 atoms; rings of six, two an
    # atom (Franzblau 1991, doi:10.1103/PhysRevB.44.4925).
    atoms = bulk("Si", "diamond", a=5.431, cubic=True)
    found = pair_distribution(atoms, rings=True)
    shells = 5.431 * np.array([np.sqrt(3) / 4, 1 / np.sqrt(2), np.sqrt(11) / 4])
    assert found.pairs[0].peaks == pytest.approx(shells, abs=0.011)
    assert found.pairs[0].coordination == pytest.approx(4, abs=0.02)
    assert found.coordination == {4: 8}
    assert found.angle == pytest.approx(np.degrees(np.arccos(-1 / 3)))
    assert found.angle_spread == pytest.approx(0, abs=1e-5)
    assert found.angle_counts.sum() == 48
    assert found.rings_per_atom == {6: 2.0}
    assert found.density == pytest.approx(2.3291, abs=1e-3)


def test_partial_functions_of_rock_salt() -> None:
    found = pair_distribution(bulk("NaCl", "rocksalt", a=5.64, cubic=True))
    pairs = {one.pair: one for one in found.pairs}
    assert list(pairs) == ["all", "Na-Na", "Na-Cl", "Cl-Cl"]
    assert pairs["Na-Cl"].peaks[0] == pytest.approx(2.82, abs=0.011)
    assert pairs["Na-Cl"].coordination == pytest.approx(6, abs=0.05)
    assert pairs["Na-Na"].peaks[0] == pytest.approx(5.64 / np.sqrt(2), abs=0.011)
    assert pairs["Cl-Cl"].coordination == pytest.approx(12, abs=0.1)


def test_ideal_gas_has_no_order() -> None:
    rng = np.random.default_rng(0)
    gas = Atoms("Ar4000", positions=rng.random((4000, 3)) * 40, cell=[40] * 3, pbc=True)
    found = pair_distribution(gas, smear=0.2)
    far = found.r > 3
    assert found.pairs[0].g[far] == pytest.approx(1, abs=0.03)
    assert found.pairs[0].g[far].mean() == pytest.approx(1, abs=0.003)


@pytest.mark.rings
def test_rings_of_quartz_count_silicon_and_oxygen() -> None:
    # Alpha quartz has rings of six and eight tetrahedra (King 1967, doi:10.1038/2131112a0): 12 and
    # 16 atoms with the O between them, of which those up to 12 are counted.
    counts = ring_counts(load("sio2").to_atoms(), 1.8)
    assert np.flatnonzero(counts).tolist() == [12]


def test_angles_belong_to_their_centres() -> None:
    water = Atoms("OH2", positions=[[0, 0, 0], [1, 0, 0], [0, 1, 0]], cell=[9] * 3, pbc=True)
    angles, centres = bond_angles(water, neighbour_list(water, 1.2))
    assert angles == pytest.approx([90])
    assert centres.tolist() == [0]


@pytest.mark.rings
def test_bad_input() -> None:
    slab = bulk("Si", cubic=True)
    slab.pbc = (True, True, False)
    with pytest.raises(InvalidStructure, match="periodic"):
        pair_distribution(slab)
    for words in ({"r_max": 0.5}, {"r_max": 31.0}, {"smear": 0.0}, {"cutoff": -1.0}):
        with pytest.raises(IonsmithError, match="expected"):
            pair_distribution(bulk("Si", cubic=True), **words)
    with pytest.raises(IonsmithError, match="20000 atoms"):
        ring_counts(bulk("Si", cubic=True) * (14, 14, 14), 2.5)


SALT = pair_distribution(bulk("NaCl", "rocksalt", a=5.64, cubic=True))


def test_curves_and_histogram() -> None:
    figure = Figure()
    above, below = figure.subplots(2)
    SALT.plot(above)
    _, texts = above.get_legend_handles_labels()
    assert texts == ["all pairs", "Na-Na", "Na-Cl", "Cl-Cl"]
    assert above.get_xlim() == (0, SALT.r[-1])
    SALT.plot_angles(below)
    stairs = below.patches[0]
    values, edges, _ = stairs.get_data()
    assert values.sum() == pytest.approx(100)
    assert edges[values.argmax()] == 90


def test_same_bytes_and_known_suffix(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        save_picture(str(tmp_path / name), SALT)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    with pytest.raises(IonsmithError):
        save_picture(str(tmp_path / "one.docx"), SALT)


def test_running_number_of_shells_that_end() -> None:
    """Silicon has 4, 12 and 12 neighbours at 2.35, 3.84 and 4.50 Å."""
    first = pair_distribution(load("si").to_atoms().repeat(2), smear=0.03).pairs[0]
    found = pair_distribution(load("si").to_atoms().repeat(2), smear=0.03)
    for within, number in ((2.0, 0), (2.9, 4), (4.2, 16), (4.9, 28)):
        assert np.interp(within, found.r, first.running) == pytest.approx(number, rel=0.02)
    assert first.slope == pytest.approx(0, abs=1e-3)


def test_running_number_without_shells() -> None:
    """Of atoms at random places n(r) is the mean density times the volume of the sphere."""
    rng = np.random.default_rng(0)
    atoms = Atoms("Ar2000", rng.random((2000, 3)) * 30, cell=[30] * 3, pbc=True)
    found = pair_distribution(atoms)
    expected = 2000 / 30**3 * 4 / 3 * np.pi * 8**3
    assert np.interp(8, found.r, found.pairs[0].running) == pytest.approx(expected, rel=0.03)


def test_smearing_far_below_a_bin_changes_nothing() -> None:
    tiny, small = (pair_distribution("lib:si", r_max=4, smear=s) for s in (1e-308, 1e-5))
    for one, other in zip(tiny.pairs, small.pairs, strict=True):
        assert np.array_equal(one.g, other.g)
