"""Settings that a code understands in its own way: stress, U, 4f electrons, charge."""

import re
from pathlib import Path

import pytest
from ase.build import bulk

from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.crystals import load
from ionsmith.crystals.charges import formal_charges
from ionsmith.exporters import export


def test_the_stress_of_a_relaxed_cell_is_limited_and_said(tmp_path: Path) -> None:
    """0.5 kbar, pw.x's default: 500 bar, and 1.7e-6 Ha/Bohr3 as ABINIT's product with strfact."""
    atoms = load("mgo").to_atoms()
    files = {"espresso": "pw.in", "cp2k": "cp2k.inp", "abinit": "run.abi"}
    text = {}
    for code, name in files.items():
        result = export(atoms, code, tmp_path / code, task="relax-cell")
        assert result.settings["stress below (kbar)"] == 0.5
        assert "stress below (kbar)" in result.table()
        assert "stress below (kbar)" not in export(atoms, code, None, task="relax").settings
        text[code] = (tmp_path / code / name).read_text()
    assert re.search(r"press_conv_thr += 0.5\n", text["espresso"])
    assert "PRESSURE_TOLERANCE [bar] 500" in text["cp2k"]
    force, factor = (
        float(re.search(rf"^{word} (\S+)", text["abinit"], re.MULTILINE)[1])
        for word in ("tolmxf", "strfact")
    )
    assert force / factor == pytest.approx(0.05 / 29421.0265, rel=0.01)  # Ha/Bohr3 in GPa, CODATA
    assert any(
        "pressure in the OUTCAR" in note
        for note in export(atoms, "vasp", None, task="relax-cell").notes
    )


def test_cp2k_says_what_its_u_acts_on(tmp_path: Path) -> None:
    atoms = load("nafepo4").to_atoms()
    result = export(atoms, "cp2k", tmp_path / "job", kpoints=(1, 1, 1))
    assert any("Mulliken populations" in note for note in result.notes)
    text = (tmp_path / "job" / "cp2k.inp").read_text()
    assert "PLUS_U_METHOD MULLIKEN" in text
    assert "U_MINUS_J [eV] 5.3" in text  # Jain et al. 2011, as in the other codes


def test_pots_with_4f_electrons_in_the_core_are_named() -> None:
    nitride = bulk("ErN", "rocksalt", a=4.84)
    assert any("Er_3 keep the 4f" in note for note in export(nitride, "vasp", None).notes)
    assert not any(
        "4f" in note for note in export(bulk("GdN", "rocksalt", a=5.0), "vasp", None).notes
    )


@pytest.mark.parametrize("stabilizer", ["Mg", "Li", "none"])
@pytest.mark.parametrize("removed", [0, 2])
def test_closed_alumina_has_its_charge_in_cp2k(
    stabilizer: str, removed: int, tmp_path: Path
) -> None:
    """The sum over its ions, which all have one charge: Na+, Li+, Mg2+, Al3+, O2-."""
    closed = close_planes(build_beta_alumina(stabilizer=stabilizer).atoms, [1]).atoms
    oxygens = [atom.index for atom in closed if atom.symbol == "O"]
    del closed[oxygens[: removed // 2]]
    ions = {"Na": 1, "Li": 1, "Mg": 2, "Al": 3, "O": -2}
    total = sum(ions[symbol] for symbol in closed.get_chemical_symbols())
    assert total == removed + (stabilizer == "none")
    charges, _ = formal_charges(closed)
    assert charges is not None
    assert charges.sum() == pytest.approx(total)
    if total % 2 == 0:
        neutral = export(closed, "cp2k", None)
        chosen = export(closed, "cp2k", None, smearing="fixed")
        for one in (neutral, chosen):
            assert any(f"add up to {total:+d}" in note for note in one.notes) is bool(total)
    charged = export(closed, "cp2k", tmp_path / "charged", charge=total)
    assert f"  CHARGE {total}\n" in (tmp_path / "charged" / "cp2k.inp").read_text()
    assert charged.smearing == "fixed"


def test_two_closed_cells_with_lithium(tmp_path: Path) -> None:
    """All planes of two cells closed: 2 Li+, 64 Al3+ and 96 O2-, an even number of electrons."""
    open_ = build_beta_alumina(stabilizer="Li", supercell=(2, 1, 1)).atoms
    closed = close_planes(open_, [1, 2, 3]).atoms
    assert closed.get_chemical_formula() == "Al64Li2O96"
    export(closed, "cp2k", tmp_path / "neutral")
    text = (tmp_path / "neutral" / "cp2k.inp").read_text()
    assert "  CHARGE 0\n" in text
    assert "formal charges add up to +2, the charge is +0" in text
    export(closed, "cp2k", tmp_path / "charged", charge=2)
    text = (tmp_path / "charged" / "cp2k.inp").read_text()
    assert "  CHARGE 2\n" in text
    assert "add up" not in text
