"""The glass of Xiong et al. 2020: the rows on models that are known, and on a real quench."""

from dataclasses import dataclass

import numpy as np
import pytest
from ase import Atoms

from ionsmith.crystals import load
from ionsmith.reproduction import xiong_2020
from ionsmith.reproduction.rows import Row
from ionsmith.reproduction.xiong_2020_models import amorphous_maricite, count

CLAIMS = ("FeO6 of amorphous", "PO4 of amorphous", "mean coordination of O")


@dataclass
class Fake:
    atoms: Atoms
    rate: float = 1.0
    potential: str = "none"


def three(found: list[Row]) -> list[Row]:
    return [next(r for r in found if r.quantity.startswith(claim)) for claim in CLAIMS]


def test_a_crystal_is_no_glass(monkeypatch: pytest.MonkeyPatch) -> None:
    crystal = load("nafepo4").to_atoms()
    monkeypatch.setattr(xiong_2020, "amorphous_maricite", lambda: Fake(crystal))
    found = three(list(xiong_2020.rows(xiong_2020.PAPER)))
    assert [one.computed for one in found] == ["FeO6 alone", "stay", "does not fall"]
    assert [one.status for one in found] == ["differs", "agrees", "differs"]


def test_phosphate_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    atoms = load("nafepo4").to_atoms()
    oxygen = np.flatnonzero(atoms.numbers == 8)
    del atoms[oxygen[:3].tolist()]  # each of another P
    monkeypatch.setattr(xiong_2020, "amorphous_maricite", lambda: Fake(atoms))
    assert three(list(xiong_2020.rows(xiong_2020.PAPER)))[1].computed == "break"


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
