"""Cell and space group from the library, from structures, and from disordered CIFs."""

from pathlib import Path

import numpy as np
import pytest
import spglib
from ase.build import bulk

from ionsmith.crystals import load
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.library import names
from ionsmith.errors import DisorderedStructure, InvalidStructure, UnreadableFile
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.symmetry import Symmetry, symmetry_of

DISORDERED = """data_nasicon
_symmetry_space_group_name_H-M 'R -3 c'
_cell_length_a 8.7288
_cell_length_b 8.7288
_cell_length_c 21.8042
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Na1 Na 0 0 0 0.805
V1 V 0 0 0.147 1
"""


def operations(symmetry: Symmetry) -> set[tuple[float, ...]]:
    return {
        (*rotation.ravel().tolist(), *(np.round(24 * translation).astype(int) % 24).tolist())
        for rotation, translation in zip(symmetry.rotations, symmetry.translations, strict=True)
    }


def test_library_crystal_comes_in_its_published_setting() -> None:
    crystal = read_lattice("lib:nvp")
    assert crystal.lattice.cellpar == pytest.approx((8.7288, 8.7288, 21.8042, 90, 90, 120))
    assert crystal.symmetry.number == 167
    assert len(crystal.symmetry.rotations) == 36
    assert crystal.symmetry_source == "published"


def test_file_comes_in_its_own_axes(tmp_path: Path) -> None:
    path = tmp_path / "si.vasp"
    bulk("Si").write(path)
    crystal = read_lattice(str(path))
    assert crystal.lattice.cellpar == pytest.approx((3.8396, 3.8396, 3.8396, 60, 60, 60), abs=1e-3)
    assert crystal.symmetry.number == 227
    assert "moyo" in crystal.symmetry_source


@pytest.mark.parametrize("phase", ["nh4vo3", "nah2po4"])
def test_moyo_finds_what_is_published(phase: str) -> None:
    crystal = load(phase)
    found = CrystalLattice.of_atoms(crystal.to_atoms())
    published = crystal.lattice
    assert found.symmetry.number == published.symmetry.number
    assert operations(found.symmetry) == operations(published.symmetry)


@pytest.mark.parametrize("phase", [name for name in names() if load(name).is_ordered])
def test_moyo_and_spglib_find_the_same_operations(phase: str) -> None:
    atoms = load(phase).to_atoms()
    found = symmetry_of(atoms)
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    other = spglib.get_symmetry_dataset(cell, symprec=0.01)
    expected = Symmetry(other.rotations, other.translations, other.number, other.international)
    assert (found.number, found.symbol) == (expected.number, expected.symbol)
    assert operations(found) == operations(expected)


def test_a_supercell_says_which_symmetry_it_keeps() -> None:
    """Doubling one edge of a cubic cell leaves 4/mmm of m-3m: 16 of 48 operations."""
    copper = bulk("Cu", cubic=True)
    doubled = CrystalLattice.of_atoms(copper.repeat((2, 1, 1)))
    assert "16 of its 48 point operations fit" in doubled.space_group
    assert "fit" not in CrystalLattice.of_atoms(copper.repeat((2, 2, 2))).space_group


def test_disordered_cif_is_taken_at_its_word(tmp_path: Path) -> None:
    path = tmp_path / "nasicon.cif"
    path.write_text(DISORDERED)
    crystal = read_lattice(str(path))
    assert crystal.symmetry.number == 167
    assert operations(crystal.symmetry) == operations(read_lattice("lib:nvp").symmetry)
    loop = "loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n-x,-y,-z\n"  # wins over the name
    path.write_text(DISORDERED.replace("_symmetry_space_group_name_H-M 'R -3 c'\n", loop))
    assert read_lattice(str(path)).symmetry.number == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("'R -3 c'", "'Q 17'", "'Q 17' is not known"),
        ("_cell_length_a 8.7288\n", "", "cell"),
    ],
)
def test_incomplete_disordered_cif_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "nasicon.cif"
    path.write_text(DISORDERED.replace(old, new))
    with pytest.raises(UnreadableFile, match=said):
        read_lattice(str(path))


@pytest.mark.parametrize(
    ("operations", "said"),
    [("y,x,z+1/3\nx,z,y", "are no group"), ("x,y,q", "garbled")],
)
def test_operations_that_are_no_group_are_refused(
    tmp_path: Path, operations: str, said: str
) -> None:
    path = tmp_path / "nasicon.cif"
    loop = f"loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n{operations}\n"
    path.write_text(DISORDERED.replace("_symmetry_space_group_name_H-M 'R -3 c'\n", loop))
    with pytest.raises((InvalidStructure, UnreadableFile), match=said):
        read_lattice(str(path))


@pytest.mark.parametrize(
    ("length", "said"),
    [
        ("0.0000068", "nasicon.cif: the cell edges 6.8e-06"),
        ("9.5", "contradict each other"),
    ],
)
def test_a_disordered_cell_that_cannot_be_is_refused(
    tmp_path: Path, length: str, said: str
) -> None:
    path = tmp_path / "nasicon.cif"
    path.write_text(DISORDERED.replace("_cell_length_a 8.7288", f"_cell_length_a {length}"))
    with pytest.raises((InvalidStructure, UnreadableFile), match=said):
        read_lattice(str(path))


def test_disorder_in_another_format_is_refused(tmp_path: Path) -> None:
    from pymatgen.core import Lattice, Structure

    path = tmp_path / "disordered.json"
    Structure(Lattice.cubic(4), [{"Na": 0.5}], [[0, 0, 0]]).to(str(path))
    with pytest.raises(DisorderedStructure):
        read_lattice(str(path))
