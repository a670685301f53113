"""Supercells reduced before their space group is determined."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from ionsmith.errors import InvalidStructure
from ionsmith.lattice import symmetry
from ionsmith.lattice.symmetry import symmetry_of
from ionsmith.lattice.translations import repeating_cell


def skewed() -> Atoms:
    atoms = bulk("NaCl", "rocksalt", a=5.64, cubic=True).repeat(3)
    atoms.set_cell(np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1]]) @ atoms.cell.array)
    return atoms


CRYSTALS = {
    "diamond": bulk("Si", cubic=True).repeat((2, 3, 4)),
    "hexagonal": bulk("Mg", "hcp", a=3.2).repeat((5, 4, 3)),
    "skewed": skewed(),
}


@pytest.mark.parametrize("name", CRYSTALS)
def test_same_operations_as_without_reduction(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = symmetry_of(CRYSTALS[name])
    monkeypatch.setattr(symmetry, "REDUCED_FROM", 0)
    reduced = symmetry_of(CRYSTALS[name])
    found = []
    for one in (whole, reduced):
        steps = np.round(one.translations * 10_000).astype(int) % 10_000
        rows = np.concatenate([one.rotations.reshape(-1, 9), steps], axis=1)
        found.append(set(map(tuple, rows.tolist())))
        assert len(found[-1]) == len(one.rotations)
    assert found[0] == found[1]
    assert whole.symbol == reduced.symbol


def test_cell_that_is_repeated() -> None:
    large = CRYSTALS["diamond"].copy()
    smaller = repeating_cell(large, 0.01)
    assert smaller is not None
    assert len(smaller[0]) == 2
    assert smaller[0].get_volume() == pytest.approx(5.43**3 / 4)
    del large[5]
    assert repeating_cell(large, 0.01) is None


def test_large_cell_that_repeats_none_is_refused() -> None:
    damaged = bulk("Si", cubic=True).repeat(7)
    del damaged[3]
    with pytest.raises(InvalidStructure, match="2,743 atoms that does not repeat a smaller one"):
        symmetry_of(damaged)
