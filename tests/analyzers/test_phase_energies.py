"""Energies of phases from folders in which a code has run."""

from pathlib import Path

import ase.io
import pytest
from ase.calculators.singlepoint import SinglePointCalculator

from ionsmith.analyzers.alloy_materials import read_material
from ionsmith.analyzers.phase_energies import read_energies
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, UnreadableFile
from ionsmith.exporters.export import export

PER_ATOM = {"na": -1.3, "sb": -4.0, "na3sb": -2.4}


def run_folder(name: str, code_folder: Path, **options: object) -> None:
    atoms = load(name).to_atoms()
    export(atoms, "gpaw", code_folder, **options)
    atoms.calc = SinglePointCalculator(atoms, energy=PER_ATOM[name] * len(atoms))
    ase.io.write(code_folder / "result.extxyz", atoms)


def test_folders_of_one_method(tmp_path: Path) -> None:
    materials = [read_material(name) for name in ("sb", "na3sb")]
    with pytest.raises(UnreadableFile, match="no folders that were exported"):
        read_energies(str(tmp_path), materials)
    for name in PER_ATOM:
        run_folder(name, tmp_path / name)
    assert read_energies(str(tmp_path), materials) == pytest.approx(PER_ATOM)
    (tmp_path / "na" / "result.extxyz").unlink()
    with pytest.raises(UnreadableFile, match="has not written"):
        read_energies(str(tmp_path), materials)


def test_folders_of_different_methods_are_refused(tmp_path: Path) -> None:
    materials = [read_material(name) for name in ("sb", "na3sb")]
    run_folder("na", tmp_path / "na")
    run_folder("sb", tmp_path / "sb", protocol="fast")
    with pytest.raises(IonsmithError, match=r"gpaw, protocol moderate.*gpaw, protocol fast"):
        read_energies(str(tmp_path), materials)
