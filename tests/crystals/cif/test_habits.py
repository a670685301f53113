"""Habits that real CIFs have: each is read right, or refused with a line that says why."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from cifs import COLUMNS, CUBE, FM3M, P1, SALT, cif, read
from ionsmith.crystals.cif import read_cif
from ionsmith.crystals.files import read_structure
from ionsmith.errors import DisorderedStructure, UnreadableFile

SI = "5.431 5.431 5.431 90 90 90", "Si1 Si .125 .125 .125"


@pytest.mark.parametrize(
    "items",
    [
        "_symmetry_space_group_name_H-M 'F d -3 m :2'",
        "_symmetry_space_group_name_H-M 'F d -3 m Z'",
        "_symmetry_space_group_name_H-M 'Fd3mZ'",
        "_space_group_name_Hall '-F 4vw 2vw 3'",
        "_space_group_IT_number 227\n_space_group_IT_coordinate_system_code 2",
    ],
)
def test_second_origin_without_operations(tmp_path: Path, items: str) -> None:
    crystal, notes = read(tmp_path, cif(*SI, items))
    assert crystal.composition() == {"Si": 8}
    assert notes == ""
    distances = crystal.to_atoms().get_all_distances(mic=True)
    assert distances[distances > 0].min() == pytest.approx(5.431 * np.sqrt(3) / 4)


def test_an_open_origin_is_told_by_the_content(tmp_path: Path) -> None:
    bare = "_space_group_name_H-M_alt 'F d -3 m'\n"
    told = bare + "_chemical_formula_sum Si\n_cell_formula_units_Z 8"
    crystal, notes = read(tmp_path, cif(*SI, told))
    assert crystal.composition() == {"Si": 8}
    assert "only F d -3 m:2 fits" in notes
    with pytest.raises(UnreadableFile, match=r"F d -3 m:1 and F d -3 m:2 both fit"):
        read(tmp_path, cif(*SI, bare))


# Cells, symbols and contents of published crystals: CaTiO3 (Sasaki et al., 1987), Bi (Cucka and
# Barrett, 1962), LiCoO2 (Orman and Wiseman, 1984), MoS2 (Bronsema et al., 1986), PbS, Nb.
@pytest.mark.parametrize(
    ("text", "content"),
    [
        (
            cif(
                "5.3796 5.4423 7.6401 90 90 90",
                "Ca Ca .00648 .0356 .25\nTi Ti 0 .5 0\n"
                "O1 O .5711 -.0161 .25\nO2 O .2897 .2888 .0373",
                "_symmetry_space_group_name_H-M 'P b n m'\n_symmetry_Int_Tables_number 62",
            ),
            {"Ca": 4, "Ti": 4, "O": 12},
        ),
        (
            cif(
                "4.746 4.746 4.746 57.23 57.23 57.23",
                "Bi Bi .234 .234 .234",
                "_symmetry_space_group_name_H-M 'R -3 m R'\n_symmetry_Int_Tables_number 166",
            ),
            {"Bi": 2},
        ),
        (
            cif(
                "4.9587 4.9587 4.9587 33 33 33",
                "Li Li .5 .5 .5\nCo Co 0 0 0\nO O .24 .24 .24",
                "_symmetry_space_group_name_H-M 'R -3 m :R'",
            ),
            {"Li": 1, "Co": 1, "O": 2},
        ),
        (cif(CUBE, "N1 NA 0 0 0\nC1 CL .5 .5 .5", FM3M.upper()), {"Na": 4, "Cl": 4}),
        (cif("5.94 5.94 5.94", "P1 PB2+ 0 0 0\nS1 S2- .5 .5 .5"), {"Pb": 4, "S": 4}),
        (cif("5.8 5.8 5.8", "C1 CO 0 0 0\nS1 SN .5 .5 .5"), {"Co": 4, "Sn": 4}),
        (cif(CUBE, "Na1 0 0 0\nCl1 1/2 .5 .5", columns="label fract_x fract_y fract_z"),
         {"Na": 4, "Cl": 4}),
        (cif(CUBE, SALT, "_symmetry_space_group_name_H-M 'F m 3 m'"), {"Na": 4, "Cl": 4}),
        (cif(CUBE, SALT, "_symmetry_space_group_name_H-M 'F 4/m -3 2/m'"), {"Na": 4, "Cl": 4}),
        ("\ufeff" + cif(CUBE, SALT), {"Na": 4, "Cl": 4}),
        (cif(CUBE, SALT).replace("_cell_", "_cell.").replace("_atom_site_", "_atom_site."),
         {"Na": 4, "Cl": 4}),
        ("data_global\n_journal_year 1999\n" + cif(CUBE, SALT, block="I"), {"Na": 4, "Cl": 4}),
        (cif("5.64 5.64 5.64", SALT), {"Na": 4, "Cl": 4}),  # angles are 90° by the dictionary
    ],
)  # fmt: skip
def test_ordered_files(tmp_path: Path, text: str, content: dict[str, int]) -> None:
    crystal, notes = read(tmp_path, text)
    assert crystal.composition() == content
    assert notes == ""
    atoms = read_structure(tmp_path / "x.cif")
    assert {symbol: atoms.symbols.count(symbol) for symbol in content} == content


@pytest.mark.parametrize(
    ("text", "content", "said"),
    [
        (cif("3.16 3.16 12.3 90 90 120", "Mo Mo .333 .667 .25\nS S .333 .667 .621",
             "_symmetry_space_group_name_H-M 'P 63/m m c'"), {"Mo": 2, "S": 4},
         "Mo is 0.002 Å off"),
        (cif(CUBE, "Na Na .001 0 0\nCl Cl .5 .5 .499"), {"Na": 4, "Cl": 4}, "Cl is 0.006 Å off"),
        (cif("3.3 3.3 3.3", "Nb Nb 0 0 0\nH1 H ? ? ?",
             "_symmetry_space_group_name_H-M 'I m -3 m'"), {"Nb": 2}, "without coordinates"),
        (cif("3.3 3.3 3.3", "Nb Nb 0 0 0 d\nC1 C .1 .2 .3 dum",
             "_symmetry_space_group_name_H-M 'I m -3 m'", COLUMNS + " calc_flag"), {"Nb": 2},
         "dummies"),
        (cif(CUBE, SALT, FM3M + "\n_chemical_formula_sum 'H Na Cl'\n_cell_formula_units_Z 4"),
         {"Na": 4, "Cl": 4}, "the formula is HNaCl with Z = 4"),
        (cif(CUBE, SALT, ""), {"Na": 1, "Cl": 1}, "states no symmetry"),
        (cif(CUBE, SALT, "_symmetry_Int_Tables_number 225"), {"Na": 4, "Cl": 4},
         "by its number alone; F m -3 m is taken"),
        (cif(CUBE, "Fe1 Na 0 0 0\nCl1 Cl .5 .5 .5"), {"Na": 4, "Cl": 4},
         "Fe1 is labelled as Fe and has the type Na"),
        (cif(CUBE, SALT, FM3M + "\n_exptl_crystal_density_diffrn 4.5"), {"Na": 4, "Cl": 4},
         "the sites give 2.16 g/cm³, the file states 4.5"),
        (cif(CUBE, SALT, FM3M + "\n_chemical_formula_sum NaCl\n_chemical_formula_weight 158"),
         {"Na": 4, "Cl": 4}, "NaCl weighs 58.44, the file states 158"),
        (cif(CUBE, SALT + "\nV1 Va .25 .25 .25"), {"Na": 4, "Cl": 4}, "dummies are left out (V1)"),
    ],
)  # fmt: skip
def test_what_is_assumed_is_said(
    tmp_path: Path, text: str, content: dict[str, int], said: str
) -> None:
    crystal, notes = read(tmp_path, text)
    assert crystal.composition() == content
    assert said in notes
    assert said in crystal.notes


PARTIAL = COLUMNS + " occupancy"


@pytest.mark.parametrize(
    ("text", "content"),
    [
        # Split about the inversion centre: both halves count.
        (cif("8.5 8.5 20.8 90 90 120", "Na Na .02 0 0 .5",
             "_symmetry_space_group_name_H-M 'P -1'", PARTIAL), {"Na": 1}),
        (cif("3.3 3.3 3.3", "Nb,Zr '0.8Nb + 0.2Zr' 0 0 0 1",
             "_symmetry_space_group_name_H-M 'I m -3 m'", PARTIAL), {"Nb": 1.6, "Zr": 0.4}),
        (cif("5 5 5", "Na Na 0 0 0 .6\nK K 0 0 0 .4", P1, PARTIAL), {"Na": 0.6, "K": 0.4}),
        (cif("5 5 5", "O1A O 0 0 0 .5\nO1B O 0 0 0 .25", P1, PARTIAL), {"O": 0.75}),
    ],
)  # fmt: skip
def test_partial_occupancies(tmp_path: Path, text: str, content: dict[str, float]) -> None:
    crystal, _ = read(tmp_path, text)
    assert crystal.composition() == pytest.approx(content)
    with pytest.raises(DisorderedStructure, match=r"x\.cif.*disordered"):
        read_structure(tmp_path / "x.cif")


def test_compressed(tmp_path: Path) -> None:
    text = cif("5 5 5", "Na Na 0 0 0 .6\nK K 0 0 0 .4", P1, PARTIAL)
    crystal, _ = read(tmp_path, gzip.compress(text.encode()), "x.cif.gz")
    assert crystal.composition() == pytest.approx({"Na": 0.6, "K": 0.4})
    with pytest.raises(DisorderedStructure):
        read_structure(tmp_path / "x.cif.gz")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (cif(CUBE, SALT, "_symmetry_space_group_name_H-M 'Q m -3 m'"), "'Q m -3 m' is not known"),
        (cif(CUBE, SALT, FM3M + "\nloop_\n_symmetry_equiv_pos_as_xyz\nx,y,z"), "contradict"),
        (cif("5.64 5.64 5.7", SALT), "and the cell"),
        (cif(CUBE, SALT, FM3M + "\n_symmetry_Int_Tables_number 227"), "contradict"),
        (cif(CUBE, SALT, FM3M + "\n_chemical_formula_sum 'Na Cl'\n_cell_formula_units_Z 8"),
         "Na4Cl4 per cell, the formula is NaCl with Z = 8"),
        # The sites of the formula once, as if the cell were the asymmetric unit.
        (cif(CUBE, SALT, P1 + "\n_chemical_formula_sum 'Na Cl'\n_cell_formula_units_Z 4"),
         "NaCl per cell, the formula is NaCl with Z = 4"),
        (cif(CUBE, SALT, FM3M + "\n_chemical_formula_sum 'K Cl'"), "the formula is KCl"),
        (cif("5 5 5", "Na Na 0 0 0 60", P1, PARTIAL), "occupancy 60 is not between 0 and 1"),
        (cif("5 5 5", "Na Na 0 0 0 -0.2", P1, PARTIAL), "occupancy -0.2"),
        (cif("5 5 5", "Na Na 0 0 0 .7\nK K 0 0 0 .7", P1, PARTIAL), "Na 0.7, K 0.7 sum to 1.4"),
        (cif("5 5 5", "Na Na 0 0 0\nK K 0 0 0", P1), "Na 1, K 1 sum to 2"),
        (cif("5 5 5", "Na Na 0 0 0\nK K .05 0 0", P1), "within 0.5 Å"),
        (cif("5 5 5", "Na Na .04 0 0", "_symmetry_space_group_name_H-M 'P -1'"), "0.40 Å apart"),
        (cif("", SALT), "the cell is missing"),
        (cif(CUBE, SALT, FM3M + "\n_cell_volume 300"), "_cell_volume 300 contradicts"),
        (cif("0.564 0.564 0.564", SALT), "in nm?"),
        (cif("564 564 564", SALT), "in pm?"),
        (cif(CUBE, SALT, FM3M + "\n_cell_length_a 5.7"), "stated as 5.64 and as 5.7"),
        (cif(CUBE, "Na1 Na 0 0 0\nCl1 Cl ? ? ?"), "Cl1 has no coordinates"),
        (cif("5 5 5 90 90 190", SALT, P1), "has no volume"),
        (cif("5 5 5", "Wat Wat 0 0 0", P1), "'Wat' is that of no element"),
        (cif("5 5 5", "O OH 0 0 0", P1), "'OH' is that of no element"),
        (cif("5 5 5", "N NH4+ 0 0 0", P1), "'NH4\\+' is that of no element"),
        (cif("5 5 5", "CO1 0 0 0", P1, "label fract_x fract_y fract_z"), "may be Co or C"),
        (cif(CUBE, SALT, block="a") + cif(CUBE, SALT, block="b"), r"2 blocks have atoms \(a, b\)"),
        (cif(CUBE, SALT, FM3M + "\n_cell_modulation_dimension 1"), "modulated"),
        ("data_x\n_cell_length_a 5\n", "lists no atoms"),
        ("Na Cl\n", "not a valid CIF"),
        (cif(CUBE, "Na1 Na 0 0 0 4 b", FM3M,
             COLUMNS + " site_symmetry_multiplicity Wyckoff_symbol").replace("0 4 b", ".1 4 b"),
         "4b was expected"),
    ],
)  # fmt: skip
def test_contradictions_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=rf"x\.cif.*{said}"):
        read(tmp_path, text)


@pytest.mark.parametrize(("formula", "units"), [("Na4 Cl4", 4), ("Na4 Cl4", 2), ("Na Cl", 4)])
def test_the_formula_may_be_that_of_the_cell(tmp_path: Path, formula: str, units: int) -> None:
    items = f"{FM3M}\n_chemical_formula_sum '{formula}'\n_cell_formula_units_Z {units}"
    crystal, notes = read(tmp_path, cif(CUBE, SALT, items))
    assert crystal.composition() == {"Na": 4, "Cl": 4}
    assert not notes


def test_damaged_archive(tmp_path: Path) -> None:
    whole = gzip.compress(cif(CUBE, SALT).encode())
    for data in (whole[:-20], whole[:20] + b"?" * 40):
        with pytest.raises(UnreadableFile, match=r"x\.cif\.gz: cannot be unpacked"):
            read(tmp_path, data, "x.cif.gz")


def test_a_modulated_block_by_name_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "x.cif"
    path.write_text(cif(CUBE, SALT, FM3M + "\n_cell_modulation_dimension 1"))
    with pytest.raises(UnreadableFile, match="modulated"):
        read_structure(f"{path}#x")


def test_blocks_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.cif"
    path.write_text(cif(CUBE, SALT, block="a") + cif("4 4 4", "Fe Fe 0 0 0", P1, block="b"))
    assert read_cif(path, "b").composition() == {"Fe": 1}
    assert len(read_structure(f"{path}#A")) == 8
    with pytest.raises(UnreadableFile, match="has no block 'c'; its blocks are a, b"):
        read_structure(f"{path}#c")


def test_magnetic_files_by_their_own_operations(tmp_path: Path) -> None:
    """MnO-like: the centring of the magnetic cell doubles the list of atoms."""
    items = (
        "loop_\n_space_group_symop_magn_operation_xyz\nx,y,z,+1\n-x,-y,-z,+1\n"
        "loop_\n_space_group_symop_magn_centering_xyz\nx,y,z,+1\nx,y,z+1/2,-1\n"
    )
    crystal, notes = read(tmp_path, cif("3 3 9", "Mn Mn 0 0 0\nO O 0 .5 .25", items))
    assert crystal.composition() == {"Mn": 2, "O": 2}
    assert notes == ""
    moments = (
        "loop_\n_atom_site_moment_label\n_atom_site_moment_crystalaxis_x\n"
        "_atom_site_moment_crystalaxis_y\n_atom_site_moment_crystalaxis_z\nMn 0 3 4\n"
    )
    crystal, _ = read(tmp_path, cif("3 3 9", "Mn Mn 0 0 0\nO O 0 .5 .25", items) + moments)
    found = crystal.to_atoms().get_initial_magnetic_moments()
    assert found.tolist() == pytest.approx([5, -5, 0, 0])


def test_moments_are_turned_as_axial_vectors(tmp_path: Path) -> None:
    """Three-fold axis of a hexagonal cell: moments at 120°; a mirror keeps the one normal to it."""
    moment = (
        "loop_\n_atom_site_moment_label\n_atom_site_moment_crystalaxis_x\n"
        "_atom_site_moment_crystalaxis_y\n_atom_site_moment_crystalaxis_z\nMn "
    )
    listed = "loop_\n_space_group_symop_magn_operation_xyz\n"
    turns = f"{listed}x,y,z,+1\n-y,x-y,z,+1\n-x+y,-x,z,+1\n"
    text = cif("6 6 5 90 90 120", "Mn Mn .5 0 0", turns)
    crystal, _ = read(tmp_path, f"{text}{moment}2 0 0\n")
    atoms = crystal.to_atoms()
    angles = {(0.5, 0.0): 0, (0.0, 0.5): 120, (0.5, 0.5): 240}
    for place, vector in zip(
        atoms.get_scaled_positions(), atoms.get_initial_magnetic_moments(), strict=True
    ):
        angle = np.radians(angles[tuple(np.round(place[:2], 6).tolist())])
        assert vector == pytest.approx(2 * np.array([np.cos(angle), np.sin(angle), 0]), abs=1e-9)
    mirror = f"{listed}x,y,z,+1\nx,y,-z,+1\n"
    crystal, _ = read(tmp_path, cif("4 4 8", "Mn Mn 0 0 .25", mirror) + f"{moment}0 0 3\n")
    assert crystal.to_atoms().get_initial_magnetic_moments().tolist() == pytest.approx([3, 3])
    crystal, _ = read(tmp_path, cif("4 4 8", "Mn Mn 0 0 .25", mirror) + f"{moment}3 0 0\n")
    assert crystal.to_atoms().get_initial_magnetic_moments().tolist() == pytest.approx([3, -3])


def test_displacements(tmp_path: Path) -> None:
    """B = 8π²U; the equivalent of an anisotropic tensor is a third of its trace."""
    aniso = "loop_\n" + "".join(
        f"_atom_site_aniso_{name}\n"
        for name in ("label", "U_11", "U_22", "U_33", "U_23", "U_13", "U_12")
    )
    crystal, _ = read(
        tmp_path,
        cif(CUBE, "Na1 Na 0 0 0 1.5\nCl1 Cl .5 .5 .5 ?", columns=COLUMNS + " B_iso_or_equiv")
        + aniso
        + "Cl1 .01 .01 .01 0 0 0\n",
    )
    sodium, chlorine = crystal.sites
    assert sodium.u_iso == pytest.approx(1.5 / (8 * np.pi**2))
    assert chlorine.u_iso == pytest.approx(0.01)
    assert chlorine.u_aniso == pytest.approx((0.01, 0.01, 0.01, 0, 0, 0))


@pytest.mark.parametrize(
    ("u_iso", "tensor", "said"),
    [
        ("-0.01", "0.01 0.01 0.01 0 0 0", "negative displacement parameters are left out (Na1)"),
        ("0.01", "0.01 0.01 0.01 0.03 0 0", "tensors that are not positive are left out (Na1)"),
    ],
)
def test_impossible_displacements_are_left_out(
    u_iso: str, tensor: str, said: str, tmp_path: Path
) -> None:
    names = ("label", "U_11", "U_22", "U_33", "U_23", "U_13", "U_12")
    aniso = "loop_\n" + "".join(f"_atom_site_aniso_{name}\n" for name in names)
    sites = f"Na1 Na 0 0 0 {u_iso}\nCl1 Cl .5 .5 .5 0.01"
    text = cif(CUBE, sites, columns=COLUMNS + " U_iso_or_equiv") + f"{aniso}Na1 {tensor}\n"
    crystal, notes = read(tmp_path, text)
    assert said in notes
    assert crystal.sites[0].u_iso == pytest.approx(0.01)


def test_an_item_that_is_stated_twice_alike(tmp_path: Path) -> None:
    twice = FM3M + "\n_chemical_formula_sum NaCl\n_chemical_formula_sum NaCl"
    twice += "\n_journal_year 1999\n_journal_year ''"
    crystal, notes = read(tmp_path, cif(CUBE, SALT, twice))
    assert crystal.composition() == {"Na": 4, "Cl": 4}
    assert notes == ""


def test_oxidation_numbers(tmp_path: Path) -> None:
    items = FM3M + "\nloop_\n_atom_type_symbol\n_atom_type_oxidation_number\nFe 2\nO -2\n"
    crystal, _ = read(tmp_path, cif("4.3 4.3 4.3", "Fe1 Fe 0 0 0\nO1 O .5 .5 .5", items))
    assert [site.oxidation for site in crystal.sites] == [{"Fe": 2.0}, {"O": -2.0}]
    crystal, _ = read(tmp_path, cif("4.3 4.3 4.3", "Fe1 Fe2+ 0 0 0\nO1 O-2 .5 .5 .5"))
    assert [site.oxidation for site in crystal.sites] == [{"Fe": 2.0}, {"O": -2.0}]


def test_deuterium_is_read_as_hydrogen_with_a_note(tmp_path: Path) -> None:
    crystal, notes = read(
        tmp_path,
        cif("4 4 4 90 90 90", "D1 D 0 0 0", "", "label type_symbol fract_x fract_y fract_z"),
    )
    assert crystal.composition() == {"H": 1}
    assert notes.count("D is read as H") == 1


def test_formulas_with_deuterium_are_compared(tmp_path: Path) -> None:
    """LiD (rock salt) states its content as Li D."""
    rows = "Li1 Li 0 0 0\nD1 D .5 .5 .5"
    items = FM3M + "\n_chemical_formula_sum '{} D'\n_cell_formula_units_Z 4"
    crystal, notes = read(tmp_path, cif("4.07 4.07 4.07", rows, items.format("Li")))
    assert crystal.composition() == {"Li": 4, "H": 4}
    assert "the formula is" not in notes
    with pytest.raises(UnreadableFile, match="the formula is Li2H with Z = 4"):
        read(tmp_path, cif("4.07 4.07 4.07", rows, items.format("Li2")))
