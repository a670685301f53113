"""Formal charges, and whole numbers of atoms that make a cell neutral."""

from itertools import product

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from ionsmith.crystals import load
from ionsmith.crystals.formal_charges import formal_charges
from ionsmith.crystals.neutral_counts import neutral_counts
from ionsmith.crystals.ordering import order
from ionsmith.crystals.recut import recut_crystal


def test_charges_of_library_crystals_are_those_of_their_sites() -> None:
    atoms = load("nh4vo3").to_atoms()
    charges, origin = formal_charges(atoms)
    assert charges is not None
    assert charges.sum() == pytest.approx(0)
    known = dict(zip(atoms.get_chemical_symbols(), charges.tolist(), strict=True))
    assert known == {"N": -3, "H": 1, "V": 5, "O": -2}
    assert "nh4vo3" in origin


def test_charges_of_files_are_guessed_and_said_to_be() -> None:
    atoms = load("nah2po4").to_atoms()
    bare = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
    charges, origin = formal_charges(bare)
    assert charges is not None
    known = dict(zip(bare.get_chemical_symbols(), charges.tolist(), strict=True))
    assert known == {"Na": 1, "H": 1, "P": 5, "O": -2}
    assert "pymatgen" in origin
    assert formal_charges(bulk("Al", cubic=True)) == (None, "not known")


@pytest.mark.parametrize(("name", "cells"), [("nvp", 1), ("nvp", 2), ("nzsp", 1), ("nzsp", 2)])
def test_neutral_counts_are_the_nearest_of_all(name: str, cells: int) -> None:
    crystal = recut_crystal(load(name))
    counts = neutral_counts(crystal, cells)
    sites = [site for site in crystal.sites if not site.is_ordered]
    fixed = sum(
        site.multiplicity * cells * next(iter(site.oxidation.values()))
        for site in crystal.sites
        if site.is_ordered
    )
    keys = [(e, s) for s in sites for e in s.occupancy]
    wanted = np.array([s.occupancy[e] * s.multiplicity * cells for e, s in keys])
    charge = np.array([s.oxidation[e] for e, s in keys])

    def cost(numbers: np.ndarray) -> float:
        return float(((numbers - wanted) ** 2).sum())

    ours = np.array([counts[f"{e}@{s.label}"] for e, s in keys])
    assert fixed + ours @ charge == pytest.approx(0)
    # Brute force over all whole numbers within three of what the occupancies ask for.
    best = np.inf
    spans = [range(max(0, int(w) - 2), int(w) + 4) for w in wanted]
    for numbers in product(*spans):
        trial = np.array(numbers)
        if abs(fixed + trial @ charge) > 1e-9:
            continue
        full = all(
            sum(n for n, (_, s) in zip(numbers, keys, strict=True) if s is site)
            == site.multiplicity * cells
            for site in sites
            if sum(site.occupancy.values()) > 1 - 1e-6
        )
        if full:
            best = min(best, cost(trial))
    assert cost(ours) == pytest.approx(best)


def test_neutral_counts_can_be_ordered() -> None:
    crystal = recut_crystal(load("nzsp"))
    result = order(crystal, (1, 1, 5), composition=neutral_counts(crystal, 5))
    assert result.charge == 0
    # Na3.4Zr2Si2.4P0.6O12 ten times: five primitive cells hold it exactly.
    assert result.composition == {"Zr": 20, "Si": 24, "P": 6, "O": 120, "Na": 34}
