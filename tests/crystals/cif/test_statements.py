"""What stands beside the coordinates: labels, alternatives, magnetic and modulated structures."""

import bz2
import lzma
from pathlib import Path

import pytest

from cifs import COLUMNS, CUBE, FM3M, P1, SALT, cif, read
from ionsmith.crystals.files import read_crystal
from ionsmith.errors import UnreadableFile

PLACE = "label fract_x fract_y fract_z"


@pytest.mark.parametrize(
    ("label", "formula", "symbol", "said"),
    [
        ("Na(1)", "", "Na", ""),
        ("CO1", "Co", "Co", ""),
        ("CO1", "C", "C", "CO1 is taken for C"),
        ("OW1", "", "O", "OW1 is taken for O"),
        ("Oh", "", "O", "Oh is taken for O"),
        ("FeOct", "", "Fe", "FeOct is taken for Fe"),
        ("Sl", "S", "S", "Sl is taken for S"),
        ("NaAm", "Na", "Na", "NaAm is taken for Na"),
        ("Hn1", "", "H", "Hn1 is taken for H"),
        ("Dw", "", "H", "Dw is taken for H"),
        ("H2O3w", "H", "H", ""),
    ],
)
def test_labels_without_types(
    tmp_path: Path, label: str, formula: str, symbol: str, said: str
) -> None:
    items = FM3M + (f"\n_chemical_formula_sum {formula}" if formula else "")
    crystal, notes = read(tmp_path, cif(CUBE, f"{label} 0 0 0", items, PLACE))
    assert crystal.composition() == {symbol: 4}
    assert (said in notes) if said else notes == ""


@pytest.mark.parametrize(
    "label",
    ["Wat1", "WAT", "H2O1", "NH4", "CH3", "CN1", "Va1", "VAC", "Du1", "T1", "Ph1", "Me1", "M1",
     "SiAl1", "Si/Al1", "Fe1Mg1"],
)  # fmt: skip
def test_labels_of_groups_vacancies_and_two_elements(tmp_path: Path, label: str) -> None:
    with pytest.raises(UnreadableFile, match=rf"x\.cif: label '{label}'"):
        read(tmp_path, cif(CUBE, f"{label} 0 0 0", FM3M, PLACE))


@pytest.mark.parametrize("kind", ["Nh", "Cn", "NO", "2H", "OW", "H2O", "Fe(III)", "(Fe,Mn)"])
def test_types_that_are_no_element(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UnreadableFile, match=r"x\.cif: type symbol"):
        read(tmp_path, cif(CUBE, f"A1 {kind} 0 0 0"))


GROUPS = COLUMNS + " disorder_assembly disorder_group occupancy"


def test_groups_that_are_no_numbers_are_flags_of_another_column(tmp_path: Path) -> None:
    rows = "Hg1 Hg 0 0 0 . S 1\nH1A H .2 0 0 . R 1"
    crystal, _ = read(tmp_path, cif("9 9 9", rows, P1, GROUPS))
    assert crystal.composition() == {"Hg": 1, "H": 1}


@pytest.mark.parametrize("occupancy", ["1", ".", "1.00(2)"])
def test_alternatives_that_are_all_full(tmp_path: Path, occupancy: str) -> None:
    rows = f"C1 C 0 0 0 . . 1\nO1A O .1 0 0 A 1 {occupancy}\nO1B O 0 .1 0 A 2 {occupancy}"
    with pytest.raises(UnreadableFile, match="O1A and O1B are alternatives"):
        read(tmp_path, cif("9 9 9", rows, P1, GROUPS))


def test_alternatives_that_share(tmp_path: Path) -> None:
    rows = "C1 C 0 0 0 . . 1\nO1A O .1 0 0 A 1 .6\nO1B O 0 .1 0 A 2 .4\nO2 O .5 0 0 B 1 1"
    crystal, notes = read(tmp_path, cif("9 9 9", rows, P1, GROUPS))
    assert crystal.composition() == pytest.approx({"C": 1, "O": 2})
    assert notes == ""


@pytest.mark.parametrize(
    "items",
    [
        "_space_group_ssg_name_IT 'Pnma(0b0)'",
        "loop_\n_space_group_symop_ssg_operation_algebraic\nx1,x2,x3,x4",
        "loop_\n_space_group_symop_magn_ssg_operation.algebraic\nx1,x2,x3,x4,+1",
        "_cell_wave_vector_x 0.3",
        "_cell_subsystems_number 2",
        "loop_\n_atom_site_displace_Fourier_atom_site_label\nNa1",
    ],
)
def test_modulated(tmp_path: Path, items: str) -> None:
    with pytest.raises(UnreadableFile, match=r"x\.cif, block x: is a modulated structure"):
        read(tmp_path, cif(CUBE, SALT, f"{FM3M}\n{items}"))


def test_a_modulation_of_no_dimension(tmp_path: Path) -> None:
    crystal, _ = read(tmp_path, cif(CUBE, SALT, FM3M + "\n_cell_modulation_dimension 0"))
    assert crystal.composition() == {"Na": 4, "Cl": 4}


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ("_space_group_magn.number_BNS 62.448", "stated without the operations"),
        ("_parent_space_group.IT_number 225", "stated without the operations"),
        ("loop_\n_space_group_symop_magn_operation_xyz\nx,y,z", "does not say whether time turns"),
        ("_symmetry_Int_Tables_number 225.5", "225.5 is no space group number"),
    ],
)
def test_groups_that_are_not_known(tmp_path: Path, items: str, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        read(tmp_path, cif(CUBE, SALT, items))


OPERATIONS = "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n-x,-y,-z\n"


@pytest.mark.parametrize(
    "items",
    [
        OPERATIONS + "loop_\n_space_group_symop_operation_xyz\nx,y,z\n-x,y,-z\n",
        FM3M + "\n_space_group_name_H-M_alt 'P m -3 m'",
        FM3M + "\n_space_group_IT_number 225\n_symmetry_Int_Tables_number 221",
        "_space_group_name_Hall '-F 4 2 3'\n_symmetry_space_group_name_Hall '-P 4 2 3'",
    ],
)
def test_older_and_newer_names_that_differ(tmp_path: Path, items: str) -> None:
    with pytest.raises(UnreadableFile, match="contradict each other"):
        read(tmp_path, cif(CUBE, SALT, items))


@pytest.mark.parametrize(
    "items", ["_space_group_name_H-M_alt Fm3m", "_space_group_name_H-M_alt ?", ""]
)
def test_older_and_newer_names_that_agree(tmp_path: Path, items: str) -> None:
    crystal, notes = read(tmp_path, cif(CUBE, SALT, f"{FM3M}\n{items}"))
    assert crystal.composition() == {"Na": 4, "Cl": 4}
    assert notes == ""


@pytest.mark.parametrize(("count", "said"), [(8, "Na1 has 4 positions"), (4, ""), (48, "")])
def test_multiplicities_without_letters(tmp_path: Path, count: int, said: str) -> None:
    """Some programs write the order of the site symmetry, here 192 / 4."""
    rows = SALT.replace("\n", f" {count}\n") + f" {count}"
    columns = COLUMNS + " site_symmetry_multiplicity"
    crystal, notes = read(tmp_path, cif(CUBE, rows, FM3M, columns))
    assert crystal.composition() == {"Na": 4, "Cl": 4}
    assert (said in notes) if said else notes == ""


def test_an_origin_that_the_operations_contradict(tmp_path: Path) -> None:
    """The inversion is at the origin of the second choice alone."""
    items = (
        "_symmetry_space_group_name_H-M 'P n n n :{}'\nloop_\n_symmetry_equiv_pos_as_xyz\n"
        "x,y,z\n1/2-x,1/2-y,z\n1/2-x,y,1/2-z\nx,1/2-y,1/2-z\n"
        "-x,-y,-z\n1/2+x,1/2+y,-z\n1/2+x,-y,1/2+z\n-x,1/2+y,1/2+z"
    )
    sites = "Na1 Na .25 .25 .25"
    crystal, _ = read(tmp_path, cif("5 6 7", sites, items.format(2)))
    assert crystal.composition() == {"Na": 2}
    with pytest.raises(UnreadableFile, match="contradict each other"):
        read(tmp_path, cif("5 6 7", sites, items.format(1)))


ANISO = "\nloop_\n_atom_site_aniso_label\n" + "".join(
    f"_atom_site_aniso_U_{pair}\n" for pair in ("11", "22", "33", "12", "13", "23")
)
ROUND = " .01 .01 .01 0 0 0\n"


@pytest.mark.parametrize(
    ("items", "columns", "more", "said"),
    [
        (ANISO + "NA1" + ROUND, "", "", "belong to no site are left out (NA1)"),
        (ANISO.replace("_U_", "_beta_") + "Na1" + ROUND, "", "", "beta_ij are not read"),
        (ANISO.replace("_atom_site_aniso_U_23\n", "") + "Na1 .01 .01 .01 0 0\n", "", "",
         "less than six components"),
        ("", " U_iso_or_equiv", " 2.0", "U = 2 Å²; if this is B"),
        ("\nloop_\n_atom_type_symbol\n_atom_type_oxidation_number\nNa 0\nNa1+ 2\n", "", "",
         "the type Na1+ has the oxidation number 2"),
        ("", " attached_hydrogens", " 2", "have no place and are left out"),
        ("\n_chemical_formula_sum 'Na x Cl'", "", "", "'Na x Cl' is not understood"),
        ("\nloop_\n_atom_site_moment_label\n_atom_site_moment_crystalaxis_x\nNa1 1", "", "",
         "the moments are left out"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_said(
    tmp_path: Path, items: str, columns: str, more: str, said: str
) -> None:
    rows = SALT.replace("\n", f"{more}\n") + more
    crystal, notes = read(tmp_path, cif(CUBE, rows, FM3M + items, COLUMNS + columns))
    assert crystal.composition() == {"Na": 4, "Cl": 4}
    assert said in notes


def test_two_tensors_of_one_label(tmp_path: Path) -> None:
    items = FM3M + ANISO + "Cl1" + ROUND + "Na1" + ROUND + "Na1 .02 .02 .02 0 0 0\n"
    crystal, notes = read(tmp_path, cif(CUBE, SALT, items))
    assert "different displacement tensors of one label are left out (Na1)" in notes
    assert [site.u_aniso is None for site in crystal.sites] == [True, False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            cif(CUBE, "Na1 Na 0 0 \N{MINUS SIGN}0.5", "_publ_author_name Müller\n" + P1),
            "is no number",
        ),
        (cif(CUBE, "Na1 Na inf 0 0", P1), "coordinate 'inf' is no number"),
        (cif(CUBE, "Na1 Na 0 0", P1, "label type_symbol fract_x fract_y"), "fract_z is missing"),
        (cif(CUBE, "0 0 0", P1, "fract_x fract_y fract_z"), "type_symbol is missing"),
        (cif(CUBE, SALT, P1).replace("fract", "Cartn"), "Cartesian coordinates are not read"),
        (bz2.compress(cif(CUBE, SALT).encode()), "is packed by bzip2"),
        (b"PK\x03\x04" + bytes(40), "is packed by zip"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=rf"x\.cif.*{said}"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        cif(CUBE, SALT).encode("utf-16"),
        cif(CUBE, SALT).encode() + b"\x1a",
        cif(CUBE, SALT, FM3M.replace("_symmetry_", "_symmetry.")).encode(),
        cif(CUBE, SALT, FM3M + "\n_chemical_formula_sum ?\n_chemical_formula_sum NaCl").encode(),
        cif(CUBE, SALT, FM3M + "\n_publ_author_name Müller").encode(),  # should have quotes
        cif(CUBE, SALT, FM3M + "\n_publ_author_name Müller").encode("latin-1"),
    ],
)
def test_files_of_other_programs(tmp_path: Path, text: bytes) -> None:
    crystal, notes = read(tmp_path, text)
    assert crystal.composition() == {"Na": 4, "Cl": 4}
    assert notes == ""


@pytest.mark.parametrize("name", ["x", "x.txt", "x.dat", "x.cif.bz2", "x.cif.xz", "x.cif"])
def test_names_of_files(tmp_path: Path, name: str) -> None:
    """A CIF is known by its content, and so is how it is packed."""
    text = cif(CUBE, SALT).encode()
    pack = {"x.cif.bz2": bz2.compress, "x.cif.xz": lzma.compress, "x.cif": lzma.compress}
    (tmp_path / name).write_bytes(pack.get(name, bytes)(text))
    assert read_crystal(tmp_path / name).composition() == {"Na": 4, "Cl": 4}
