"""Checks at the door."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from ionsmith.bonding.checks import check_contacts, check_numbers
from ionsmith.crystals import load, names
from ionsmith.errors import AtomsTooClose, InvalidStructure

ORDERED = [name for name in names() if load(name).has_coordinates and load(name).is_ordered]


@pytest.mark.parametrize("name", ORDERED)
def test_published_crystals_pass(name: str) -> None:
    check_contacts(load(name).to_atoms())


def test_too_close_over_the_boundary() -> None:
    atoms = Atoms("AlO", positions=[[0, 0, 0.2], [0, 0, 8.9]], cell=[9, 9, 9], pbc=True)
    with pytest.raises(AtomsTooClose, match=r"Al0–O1 at 0\.30 Å \(limit 1\.31 Å"):
        check_contacts(atoms)
    atoms.pbc = False
    check_contacts(atoms)


def test_an_atom_and_its_own_image() -> None:
    with pytest.raises(AtomsTooClose, match=r"Si0–Si0 at 1\.00 Å"):
        check_contacts(Atoms("Si", cell=[1, 9, 9], pbc=True))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda a: a.__delitem__(slice(None)), "no atoms"),
        (lambda a: a.positions.__setitem__((1, 2), np.inf), "atom 1"),
        (lambda a: a.set_cell(np.zeros((3, 3))), "no volume"),
        (lambda a: a.set_cell([[5, 0, 0], [5, 0, 0], [0, 0, 5]]), "no volume"),
        (lambda a: a.set_cell([[np.nan, 0, 0], [0, 5, 0], [0, 0, 5]]), "not finite"),
    ],
)
def test_refuses(change: object, reason: str) -> None:
    atoms = bulk("Si", cubic=True)
    change(atoms)  # type: ignore[operator]
    with pytest.raises(InvalidStructure, match=reason):
        check_numbers(atoms)


def test_a_short_period_in_an_oblique_cell() -> None:
    cell = np.array([[9.0, 0, 0], [9.0, 0.4, 0], [0, 0, 9.0]])
    with pytest.raises(InvalidStructure, match=r"repeats every 0\.4 Å"):
        check_numbers(Atoms("Si", cell=cell, pbc=True))
    cell[1, 1] = 0.6
    check_numbers(Atoms("Si", cell=cell, pbc=True))
    check_numbers(Atoms("Si", cell=np.where(cell == 0.6, 9.0, cell), pbc=[False, True, False]))


@pytest.mark.parametrize("second", [[1e-308, 0, 0], [9.2, 0, 0]])
def test_refuses_open_axes_without_room(second: list[float]) -> None:
    chain = Atoms("NaO", [[0, 0, 0], [2.3, 0, 0]], cell=[[4.6, 0, 0], second, [0, 0, 0]])
    chain.pbc = (True, False, False)
    with pytest.raises(InvalidStructure, match="open axes"):
        check_numbers(chain)


def test_low_dimensions_are_fine() -> None:
    check_numbers(
        Atoms("NaO", [[0, 0, 0], [2.3, 0, 0]], cell=[4.6, 0, 0], pbc=[True, False, False])
    )
    check_numbers(Atoms("H2", positions=[[0, 0, 0], [0, 0, 0.74]]))
    check_numbers(Atoms("C", cell=[2.5, 2.5, 0], pbc=[True, True, False]))


@pytest.mark.parametrize("number", [119, 10**9, -1])
def test_no_element_has_the_number(number: int) -> None:
    atoms = Atoms("NaCl", [[0, 0, 0], [2.8, 0, 0]], cell=[9, 9, 9], pbc=True)
    atoms.numbers[1] = number
    with pytest.raises(InvalidStructure, match=f"atomic number {number}"):
        check_numbers(atoms)


def test_short_bonds_of_actinyl_ions_pass() -> None:
    """U=O is 1.78 Å on average (Burns 2005, doi:10.2113/gscanmin.43.6.1839), NpO2+ 1.83 Å."""
    for symbols, length in (("OUO", 1.76), ("ONpO", 1.75), ("OPuO", 1.74)):
        check_contacts(Atoms(symbols, [(0, 0, -length), (0, 0, 0), (0, 0, length)], cell=[9] * 3))
    with pytest.raises(AtomsTooClose, match="U0–O1"):
        check_contacts(Atoms("UO", [(0, 0, 0), (0, 0, 1.6)], cell=[9] * 3))
