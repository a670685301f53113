"""The glasses of Xiong et al. 2020: the rows on models that are known, and on a real quench."""

import numpy as np
import pytest
from ase import Atoms

from ionsmith.crystals import load
from ionsmith.errors import MissingExtra
from ionsmith.reproduction import xiong_2020
from ionsmith.reproduction.rows import Row
from ionsmith.reproduction.xiong_2020_glasses import (
    Glass,
    Spread,
    by_rate,
    kept,
    pack,
    running,
    shares,
)
from ionsmith.reproduction.xiong_2020_models import amorphous_maricite, count

CLAIMS = ("FeO6 of amorphous", "PO4 of amorphous", "mean coordination of O", "O around Fe in a")


def four(monkeypatch: pytest.MonkeyPatch, atoms: Atoms) -> list[Row]:
    """Rows on glasses, with these atoms in the place of each."""

    def missing() -> None:
        raise MissingExtra("no LAMMPS")

    fakes = tuple(Glass(rate, seed, atoms) for rate in (1.0, 2.0) for seed in (0, 1))
    monkeypatch.setattr(xiong_2020, "kept", lambda: fakes)
    monkeypatch.setattr(xiong_2020, "amorphous_maricite", missing)
    found = list(xiong_2020.rows(xiong_2020.PAPER))
    return [next(r for r in found if r.quantity.startswith(claim)) for claim in CLAIMS]


def test_a_crystal_is_no_glass(monkeypatch: pytest.MonkeyPatch) -> None:
    found = four(monkeypatch, load("nafepo4").to_atoms())
    assert [one.computed for one in found] == ["FeO6 alone", "stay", "does not fall", None]
    assert [one.status for one in found] == ["differs", "agrees", "differs", "not run"]


def test_phosphate_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    atoms = load("nafepo4").to_atoms()
    oxygen = np.flatnonzero(atoms.numbers == 8)
    del atoms[oxygen[:3].tolist()]  # each of another P
    assert four(monkeypatch, atoms)[1].computed == "break"


def test_the_kept_glasses() -> None:
    """Two rates with five seeds, all of them different, with the composition of NaFePO4."""
    glasses = by_rate(kept())
    assert len(glasses) == 2
    for some in glasses.values():
        assert len({one.seed for one in some}) == len(some) >= 5
        assert {one.atoms.get_chemical_formula() for one in some} == {"Fe144Na144O576P144"}
        for one in some:  # 144 formula units of 173.81 g/mol at 3.15 g/cm³
            assert one.atoms.get_volume() == pytest.approx(144 * 173.81 / 3.15 / 0.602214, rel=1e-4)
        assert len({one.atoms.positions.tobytes() for one in some}) == len(some)


def test_shares_and_running_number_agree_with_the_counts() -> None:
    """n(r) is the mean of the shares, and both are what the bonds give, which are found apart."""
    some = by_rate(kept())[500.0]
    found = shares(some, 26, 2.7)
    assert sum(one.mean for one in found.values()) == pytest.approx(100)
    mean, deviation = running(some, 26, np.array([2.7]))
    assert sum(k * one.mean / 100 for k, one in found.items()) == pytest.approx(mean[0])
    each = [xiong_2020._around_iron(one.atoms) for one in some]
    assert (mean[0], deviation[0]) == pytest.approx((np.mean(each), np.std(each, ddof=1)))


def test_rocksalt_has_one_shell() -> None:
    """Six O around Mg at 2.1055 Å, the next at 3.65 Å."""
    atoms = load("mgo").to_atoms().repeat(3)
    glasses = [Glass(1.0, seed, atoms) for seed in (0, 1)]
    mean, deviation = running(glasses, 12, np.array([2.0, 2.2, 3.5]))
    assert mean.tolist() == [0, 6, 6]
    assert not deviation.any()
    assert shares(glasses, 12, 2.2) == {6: Spread(100.0, 0.0)}


def test_packing_keeps_the_distances() -> None:
    some = kept()[:2]
    packed = pack(some)
    again = packed["places"][0] / 2**16
    assert np.abs(again - some[0].atoms.get_scaled_positions()).max() < 1e-5
    assert packed["places"].nbytes < 2e4


def test_counts_of_pyrophosphate() -> None:
    """Two tetrahedra at a corner, 1.55 Å: one O is shared by both P."""
    corner = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3) * 1.55
    places = np.vstack([[[0, 0, 0]], corner, [2 * corner[0]], 2 * corner[0] - corner[1:]])
    found = count(Atoms("PO4PO3", positions=places, cell=[20] * 3, pbc=True))
    assert found.phosphorus == {4: 2}
    assert found.bridges == 1
    assert found.oxygen == pytest.approx(8 / 7)
    assert found.iron == {}


@pytest.mark.classical
def test_the_quenched_glass() -> None:
    """Another machine makes another glass, so that only what all of them share is asked."""
    made = amorphous_maricite()
    assert made.melted
    found = count(made.atoms)
    assert {4, 5} <= {number for number, atoms in found.iron.items() if atoms > 4}
    assert found.phosphorus.get(4, 0) >= 0.9 * sum(found.phosphorus.values())
    assert 1.8 < found.oxygen < 2.45
    assert made.energy_per_atom > (made.reference_energy_per_atom or 0) + 0.05
