"""Energies of different potentials are never put into one hull."""

from pathlib import Path

import ase.io
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from ase.calculators.singlepoint import SinglePointCalculator

from ionsmith import provenance
from ionsmith.analyzers.storage import read_energies
from ionsmith.errors import IonsmithError


def with_energy(atoms: Atoms, energy: float, method: str | None) -> Atoms:
    atoms.calc = SinglePointCalculator(atoms, energy=energy)
    if method is not None:
        provenance.record_energy(atoms, energy, method)
    return atoms


@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [("a", "a", True), (None, None, True), ("a", "b", False), ("a", None, False)],
)
def test_one_method_or_none(
    tmp_path: Path, first: str | None, second: str | None, allowed: bool
) -> None:
    frames = [
        with_energy(bulk("Li", "bcc", a=3.5), -1.9, first),
        with_energy(bulk("Si"), -10.8, second),
    ]
    path = str(tmp_path / "energies.extxyz")
    ase.io.write(path, frames)
    silicon = ["si", "lisi"]
    if allowed:
        assert read_energies(path, silicon).per_atom == {"li": -1.9, "si": -5.4}
        return
    with pytest.raises(IonsmithError, match="different methods have different zeros"):
        read_energies(path, silicon)


def test_a_later_calculation_is_of_another_method(tmp_path: Path) -> None:
    atoms = bulk("Cu")
    provenance.record_energy(atoms, 1.0, "a")
    for calculator in (EMT(), LennardJones()):
        atoms.calc = calculator
        atoms.get_potential_energy()
        ase.io.write(tmp_path / "cu.extxyz", atoms)
        found = ase.io.read(tmp_path / "cu.extxyz")
        assert isinstance(found, Atoms)
        assert provenance.energy_method(found, found.get_potential_energy()) is None
