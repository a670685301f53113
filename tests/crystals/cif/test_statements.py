"""Statements beside the list of sites are held against it."""

import re
import warnings
from pathlib import Path

import pytest

from ionsmith.crystals import Crystal
from ionsmith.crystals.cif import CifNote, read_cif
from ionsmith.errors import UnreadableFile

CELL = """data_x
_cell_length_a 5
_cell_length_b 6
_cell_length_c 7
_cell_angle_beta 100
"""
ATOMS = """loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_U_iso_or_equiv
"""
IRON = "Fe1 Fe 0.1 0.2 0.3 0.01\n"


def notes_of(text: str, folder: Path) -> tuple[list[str], Crystal]:
    """Notes on a file, and the crystal."""
    path = folder / "x.cif"
    path.write_text(text, encoding="utf-8")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CifNote)
        crystal = read_cif(path)
    return [str(warning.message) for warning in caught], crystal


@pytest.mark.parametrize(
    ("extra", "rows", "words"),
    [
        ("_space_group_name_H-M_alt 'P 1'\n", "Fe1 Na 0.1 0.2 0.3 0.01\n", "Fe is Na"),
        ("_symmetry_Int_Tables_number 14\n", IRON, "the number 14 alone; P 1 21/c 1 is taken"),
        (
            "_space_group_IT_number 2\n_exptl_crystal_density_diffrn 3\n",
            IRON,
            "0.897 g/cm³, _exptl_crystal_density_diffrn is 3",  # 2 × 55.845 u in 206.81 Å³
        ),
        (
            "_space_group_IT_number 2\n_cell_formula_units_Z 2\n_chemical_formula_weight 99\n",
            IRON,
            "weigh 55.8[45] per formula with Z = 2, _chemical_formula_weight is 99",
        ),
    ],
)
def test_one_note(extra: str, rows: str, words: str, tmp_path: Path) -> None:
    notes, _ = notes_of(CELL + extra + ATOMS + rows, tmp_path)
    assert len(notes) == 1
    assert re.search(words, notes[0])


@pytest.mark.parametrize("z", ["unknown", "?", "2"])
def test_z_that_is_no_number_is_not_used(z: str, tmp_path: Path) -> None:
    text = CELL + f"_space_group_IT_number 2\n_cell_formula_units_Z {z}\n" + ATOMS + IRON
    notes, crystal = notes_of(text, tmp_path)
    assert not notes
    assert crystal.composition() == {"Fe": 2.0}


def test_star_of_a_fixed_value(tmp_path: Path) -> None:
    text = CELL + "_space_group_IT_number 1\n" + ATOMS + IRON.replace("0.01", "0.08*")
    _, crystal = notes_of(text, tmp_path)
    assert crystal.sites[0].u_iso == 0.08


def test_rows_of_one_label_keep_their_own_displacements(tmp_path: Path) -> None:
    rows = IRON + "Fe1 Fe 0.6 0.7 0.8 0.05\n"
    _, crystal = notes_of(CELL + "_space_group_IT_number 1\n" + ATOMS + rows, tmp_path)
    assert [site.u_iso for site in crystal.sites] == [0.01, 0.05]


def test_infinite_coordinate_is_refused(tmp_path: Path) -> None:
    text = CELL + "_space_group_IT_number 1\n" + ATOMS + IRON.replace("0.1", "inf")
    with pytest.raises(UnreadableFile, match="'inf' is no number"):
        notes_of(text, tmp_path)
