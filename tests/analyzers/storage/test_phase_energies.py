"""Energies of phases from folders in which a code has run."""

from pathlib import Path

import ase.io
import pytest
from ase.calculators.singlepoint import SinglePointCalculator

from ionsmith.analyzers.storage import PhaseEnergies, convex_hull, read_energies
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, UnreadableFile
from ionsmith.exporters import export

ANTIMONY = ("sb", "na3sb")
PER_ATOM = {"na": -1.3, "sb": -4.0, "na3sb": -2.4}


def run_folder(name: str, code_folder: Path, **options: object) -> None:
    atoms = load(name).to_atoms()
    export(atoms, "gpaw", code_folder, **options)
    atoms.calc = SinglePointCalculator(atoms, energy=PER_ATOM[name] * len(atoms))
    ase.io.write(code_folder / "result.extxyz", atoms)
    (code_folder / "gpaw.txt").write_text("no parameters\n")


def test_folders_of_one_method(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no exported folders"):
        read_energies(str(tmp_path), ANTIMONY)
    for name in PER_ATOM:
        run_folder(name, tmp_path / name)
    found = read_energies(str(tmp_path), ANTIMONY)
    assert found.per_atom == pytest.approx(PER_ATOM)
    assert found.method == "gpaw, protocol moderate"
    (tmp_path / "na" / "result.extxyz").unlink()
    with pytest.raises(UnreadableFile, match="has not written"):
        read_energies(str(tmp_path), ANTIMONY)


def test_folders_of_different_methods_are_refused(tmp_path: Path) -> None:
    run_folder("na", tmp_path / "na")
    run_folder("sb", tmp_path / "sb", protocol="fast")
    with pytest.raises(IonsmithError, match=r"gpaw, protocol moderate.*gpaw, protocol fast"):
        read_energies(str(tmp_path), ANTIMONY)


SAID = {
    "method.csv": "phase,energy,method\nsb,-4,PBE\nna,-1.3,PBE\n",
    "bare.csv": "sb,-4,PBE\nna,-1.3,PBE\n",
    "method.json": '{"method": "PBE", "sb": -4, "na": -1.3}',
    "method.toml": 'method = "PBE"\nsb = -4\nna = -1.3\n',
}


@pytest.mark.parametrize("name", SAID)
def test_a_table_says_its_method(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(SAID[name])
    found = read_energies(str(tmp_path / name), ANTIMONY)
    assert found == PhaseEnergies({"sb": -4.0, "na": -1.3}, "PBE")
    (tmp_path / name).write_text(SAID[name].replace("PBE", ""))
    assert read_energies(str(tmp_path / name), ANTIMONY).method is None


@pytest.mark.parametrize(("second", "says"), [("r2SCAN", "na by r2SCAN"), ("", "an unnamed")])
def test_a_table_of_different_methods_is_refused(second: str, says: str, tmp_path: Path) -> None:
    table = tmp_path / "energies.csv"
    table.write_text(f"phase,energy,method\nsb,-4,PBE\nna,-1.3,{second}\n")
    with pytest.raises(IonsmithError, match=f"sb has an energy by PBE, .*{says}"):
        read_energies(str(table), ANTIMONY)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e.csv", "sb,-4,-5"),
        ("e.csv", "sb,-4,PBE,x"),
        ("e.json", '{"method": 3}'),
        ("e.json", '{"method": "PBE", "sb": "low"}'),
    ],
)
def test_a_table_that_says_something_else(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(IonsmithError) as caught:
        read_energies(str(tmp_path / name), ANTIMONY)
    assert len(str(caught.value).splitlines()) == 1


def test_the_hull_says_the_method() -> None:
    energies = {"sb": -4.0, "na": -1.3}
    for method, says in (("PBE", "eV/atom by PBE"), (None, "(method not stated)")):
        hull = convex_hull(ANTIMONY, PhaseEnergies(energies, method))
        assert says in hull.tables()[0].title
        assert hull.to_dict()["method"] == method
