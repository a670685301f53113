"""The tellurite glasses of Xiong et al. 2020: the kept models, and what is counted in crystals."""

import numpy as np
import pytest
from ase.neighborlist import neighbor_list

from ionsmith import provenance
from ionsmith.crystals import load, names
from ionsmith.crystals.files import read_structure
from ionsmith.errors import UnknownPhase
from ionsmith.reproduction import xiong_2020_tellurites
from ionsmith.reproduction.xiong_2020_glasses import Glass, shares
from ionsmith.reproduction.xiong_2020_tellurites import CUTOFFS, TELLURITES, models, vanadyl

PROPORTIONS = {"60V2O5+40TeO2": (6, 2, 0, 19), "50TeO2+50V2O5+5Al2O3": (20, 10, 2, 73)}
"""V, Te, Al and O of the smallest unit, by hand."""


@pytest.mark.parametrize("glass", TELLURITES, ids=lambda glass: glass.start)
def test_the_kept_models(glass: xiong_2020_tellurites.Tellurite) -> None:
    """Three seeds of the exact composition, no two alike, no O2, and its command."""
    made = models(glass.start)
    assert [one.seed for one in made] == [0, 1, 2]
    unit = np.array(PROPORTIONS[glass.mixture])
    for one in made:
        counts = [one.atoms.symbols.count(element) for element in ("V", "Te", "Al", "O")]
        assert counts == (unit * len(one.atoms) / unit.sum()).tolist()
        assert len(one.atoms) >= 100
        symbols = np.array(one.atoms.get_chemical_symbols())
        i, j, d = neighbor_list("ijd", one.atoms, 2.2)
        assert d.min() > 1.5
        assert not ((symbols[i] == "O") & (symbols[j] == "O")).any()
        assert not ((symbols[i] != "O") & (symbols[j] != "O")).any()
        (step,) = provenance.of(one.atoms)["steps"]
        assert step["parameters"]["relax_cell"]
        assert f"amorphous {glass.mixture} --method melt-quench" in step["command"]
        assert step["command"].endswith(f"--seed {one.seed}")
    assert len({one.atoms.positions.tobytes() for one in made}) == 3


def test_counts_of_crystals() -> None:
    """V2O5: square pyramids, each with V=O of 1.58 Å. TeO2: four O; the next at 2.9 Å."""
    v2o5, teo2 = (load(name).to_atoms().repeat(3) for name in ("v2o5", "teo2"))
    pyramids = shares([Glass(0.0, 0, v2o5)] * 2, 23, CUTOFFS[23])
    assert {k: one.mean for k, one in pyramids.items()} == {5: 100.0}
    assert vanadyl(v2o5) == 100.0
    v2o5.set_cell(1.1 * v2o5.cell.array, scale_atoms=True)
    assert vanadyl(v2o5) == 0.0
    fours = shares([Glass(0.0, 0, teo2)] * 2, 52, CUTOFFS[52])
    assert {k: one.mean for k, one in fours.items()} == {4: 100.0}


def test_glasses_have_names_but_are_no_crystals() -> None:
    atoms = read_structure("lib:glass-60v2o5-40teo2-1")
    assert atoms.get_chemical_formula() == "O76Te8V24"
    assert not any(name.startswith("glass") for name in names())
    with pytest.raises(UnknownPhase, match="is a quenched glass, not a crystal"):
        load("glass-60v2o5-40teo2-1")
    with pytest.raises(UnknownPhase, match="glass-60v2o5-40teo2-9"):
        read_structure("lib:glass-60v2o5-40teo2-9")
