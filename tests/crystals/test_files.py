"""Reading and writing: whole or not at all, one clear line for what cannot be read."""

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import read, write

from ionsmith.crystals.files import (
    check_output,
    in_memory,
    name_of,
    read_structure,
    write_structure,
    write_whole,
)
from ionsmith.errors import (
    AtomsTooClose,
    DisorderedStructure,
    InvalidStructure,
    MissingFile,
    OutputExists,
    UnknownPhase,
    UnreadableFile,
)
from strategies import full_beta_alumina


@pytest.mark.parametrize("name", ["a.cif", "a.vasp", "a.extxyz", "a.xsf", "POSCAR", "a.xyz"])
def test_round_trip(tmp_path: Path, name: str) -> None:
    atoms = full_beta_alumina()
    target = tmp_path / name
    write_structure(str(target), atoms)
    back = read_structure(str(target))
    np.testing.assert_allclose(back.cell.array, atoms.cell.array, atol=1e-6)
    assert sorted(back.get_chemical_symbols()) == sorted(atoms.get_chemical_symbols())
    order_one = np.lexsort((*np.round(atoms.get_scaled_positions(), 4).T, atoms.numbers))
    order_two = np.lexsort((*np.round(back.get_scaled_positions(), 4).T, back.numbers))
    difference = back.get_scaled_positions()[order_two] - atoms.get_scaled_positions()[order_one]
    np.testing.assert_allclose(difference - np.rint(difference), 0, atol=2e-5)


def test_provenance_and_arrays_survive_extended_xyz(tmp_path: Path) -> None:
    atoms = full_beta_alumina()
    target = str(tmp_path / "a.extxyz")
    write_structure(target, atoms)
    back = read_structure(target)
    assert back.info["ionsmith"] == atoms.info["ionsmith"]
    np.testing.assert_array_equal(back.arrays["atom_id"], atoms.arrays["atom_id"])
    assert list(back.arrays["site_label"]) == list(atoms.arrays["site_label"])


def test_same_structure_same_bytes(tmp_path: Path) -> None:
    for name in ("one.extxyz", "two.extxyz"):
        write_structure(str(tmp_path / name), full_beta_alumina())
    assert (tmp_path / "one.extxyz").read_bytes() == (tmp_path / "two.extxyz").read_bytes()


def test_existing_output_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "a.extxyz"
    target.write_text("precious")
    with pytest.raises(OutputExists, match="`force`"):
        write_structure(str(target), full_beta_alumina())
    assert target.read_text() == "precious"
    write_structure(str(target), full_beta_alumina(), force=True)
    assert len(read(target)) == 90


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("earlier")

    def save(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_whole(target, save)
    assert os.listdir(tmp_path) == ["a.txt"]
    assert target.read_text() == "earlier"


def test_overlapping_atoms_are_not_written(tmp_path: Path) -> None:
    atoms = Atoms("Al2", positions=[[0, 0, 0], [0, 0, 1.0]], cell=[9, 9, 9], pbc=True)
    with pytest.raises(AtomsTooClose, match=r"Al0–Al1 at 1\.00 Å"):
        write_structure(str(tmp_path / "a.cif"), atoms)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("missing.cif", None, "no such file"),
        ("empty.vasp", "", "is empty"),
        ("cut.cif", "data_x\n_cell_length_a 5.0\nloop_\n_atom_site_label\n_atom_sit", "cut.cif"),
        ("cut.vasp", "x\n1.0\n 5 0 0\n 0 5 0\n", "cut.vasp"),
        ("cut.extxyz", '8\nLattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3\nSi 0 0 0\n',
         "cut.extxyz"),
        ("what.ever", "hello", "could not be read by ASE or pymatgen .*extension"),
    ],
)  # fmt: skip
def test_unreadable(tmp_path: Path, name: str, content: str | None, reason: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises((UnreadableFile, InvalidStructure), match=reason) as caught:
        read_structure(str(path))
    assert "\n" not in str(caught.value)


def test_warnings_of_a_reader_that_fails_are_not_said(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "odd.cif"
    path.write_text("data_x\n_cell_length_a 5\n_cell_length_b 5\n_cell_length_c 5\n")
    with pytest.raises((UnreadableFile, InvalidStructure)):
        read_structure(str(path))
    assert not recwarn.list


def test_warnings_of_a_reader_that_succeeds_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "si.extxyz"
    write(path, bulk("Si"))

    def reader(*_: object, **__: object) -> Atoms:
        warnings.warn("cell was guessed", UserWarning, stacklevel=1)
        return bulk("Si")

    monkeypatch.setattr("ase.io.read", reader)
    with pytest.warns(UserWarning, match="cell was guessed"):
        assert len(read_structure(str(path))) == 2


def test_empty_structure(tmp_path: Path) -> None:
    path = tmp_path / "none.extxyz"
    path.write_text('0\nLattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3 pbc="T T T"\n')
    with pytest.raises(InvalidStructure, match="no atoms"):
        read_structure(str(path))


def test_not_a_number(tmp_path: Path) -> None:
    path = tmp_path / "nan.extxyz"
    atoms = bulk("Si", cubic=True)
    atoms.positions[3, 1] = np.nan
    write(path, atoms)
    with pytest.raises(InvalidStructure, match="atom 3"):
        read_structure(str(path))


def test_partial_occupancy_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DisorderedStructure):
        read_structure("lib:beta2-alumina")
    path = tmp_path / "mixed.cif"
    path.write_text(
        "data_mixed\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n_cell_angle_alpha 90\n"
        "_cell_angle_beta 90\n_cell_angle_gamma 90\n_space_group_name_H-M_alt 'P 1'\nloop_\n"
        "_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n"
        "_atom_site_fract_z\n_atom_site_occupancy\nAl1 Al 0 0 0 0.5\nMg1 Mg 0 0 0 0.5\n"
    )
    with pytest.raises(DisorderedStructure, match=r"mixed\.cif: .* disordered on Al1"):
        read_structure(str(path))


def test_library_name() -> None:
    assert len(read_structure("lib:si")) == 8
    with pytest.raises(UnknownPhase):
        read_structure("lib:nosuchphase")


def test_unknown_suffix(tmp_path: Path) -> None:
    # Pictures and formats of two files are no structures that can be read again.
    for suffix in ("nonsense", "pov", "mp4", "png", "xtd"):
        with pytest.raises(UnreadableFile, match="no writer"):
            write_structure(str(tmp_path / f"a.{suffix}"), full_beta_alumina())
    with pytest.raises(UnreadableFile, match="does not exist"):
        write_structure(str(tmp_path / "no" / "a.cif"), full_beta_alumina())


@pytest.mark.parametrize("name", ["a.pwi", "a.xtl"])
def test_a_format_that_needs_more_than_a_structure_is_refused_at_once(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(UnreadableFile, match="could not write such a structure"):
        check_output(str(tmp_path / name), force=False)
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_the_library_may_have_a_point() -> None:
    assert len(read_structure("lib:si")) == len(read_structure("si"))
    assert name_of("nzsp-x2.25-443k") == "nzsp-x2.25-443k"
    assert in_memory("nzsp-x2.25-443k") is in_memory("lib:nzsp-x2.25-443k")
    with pytest.raises(MissingFile):
        read_structure("si.cif")


def _mixed() -> Atoms:
    atoms = Atoms("NaNaCl", positions=[[0, 0, 0], [3, 3, 3], [0, 0, 2.8]], cell=[6, 6, 6], pbc=True)
    atoms.set_array("oxi_states", np.array([1.0, 0.0, -1.0]))
    return atoms


def test_charges_are_kept_in_a_cif(tmp_path: Path) -> None:
    import pymatgen.core

    write_structure(tmp_path / "x.cif.gz", _mixed())
    assert read_structure(tmp_path / "x.cif.gz").arrays["oxi_states"].tolist() == [1, 0, -1]
    path = tmp_path / "x.cif"
    write_structure(path, _mixed())
    assert read_structure(path).arrays["oxi_states"].tolist() == [1, 0, -1]
    assert read(path).get_chemical_symbols() == ["Na", "Na", "Cl"]
    sites = pymatgen.core.Structure.from_file(path)
    assert sorted(site.specie.oxi_state for site in sites) == [-1, 0, 1]


def test_charges_that_a_format_loses_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.vasp"
    with pytest.warns(UserWarning, match=r"x\.vasp holds no charges: Na 0 and \+1 are the same"):
        write_structure(path, _mixed())
    atoms = _mixed()
    atoms.arrays["oxi_states"][1] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_structure(path, atoms, force=True)


def test_an_empty_word_does_not_spoil_extended_xyz(tmp_path: Path) -> None:
    atoms = _mixed()
    atoms.set_array("site_label", np.array(["Na1", "", "Cl1"]))
    write_structure(tmp_path / "x.extxyz", atoms)
    assert read_structure(tmp_path / "x.extxyz").arrays["site_label"].tolist() == [
        "Na1",
        "-",
        "Cl1",
    ]
    assert atoms.arrays["site_label"][1] == ""


def test_charges_of_added_atoms_are_not_those_of_nothing(tmp_path: Path) -> None:
    water = Atoms("OH2", [[5, 5, 5], [5.96, 5, 5], [4.76, 5.93, 5]], cell=[10] * 3, pbc=True)
    water.set_array("oxi_states", np.array([-2.0, 0, 0]))  # as ASE extends an array
    write_structure(tmp_path / "x.cif", water)
    assert read_structure(tmp_path / "x.cif").arrays["oxi_states"].tolist() == [-2, 1, 1]


@pytest.mark.parametrize("suffix", ["cif.gz", "vasp.bz2", "extxyz.xz"])
def test_packed_files_hold_no_time(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, moment in (("one", 0.0), ("two", 1e9)):
        monkeypatch.setattr("time.time", lambda moment=moment: moment)
        write_structure(tmp_path / f"{name}.{suffix}", "lib:si")
    one, two = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert len(read_structure(one)) == 8
