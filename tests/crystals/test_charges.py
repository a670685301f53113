"""Formal charges, and whole numbers of atoms that make a cell neutral."""

from itertools import product

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from ionsmith.crystals import load
from ionsmith.crystals.charges import formal_charges, guess_oxidation_states
from ionsmith.crystals.formula import parse_formula
from ionsmith.crystals.ordering import neutral_counts, order
from ionsmith.crystals.recut import recut_crystal


def test_charges_of_library_crystals_are_those_of_their_sites() -> None:
    atoms = load("nh4vo3").to_atoms()
    charges, origin = formal_charges(atoms)
    assert charges is not None
    assert charges.sum() == pytest.approx(0)
    known = dict(zip(atoms.get_chemical_symbols(), charges.tolist(), strict=True))
    assert known == {"N": -3, "H": 1, "V": 5, "O": -2}
    assert "nh4vo3" in origin


def by_element(symbols: str) -> tuple[dict[str, float] | None, str]:
    atoms = Atoms(symbols, cell=[50, 50, 50], pbc=True)
    charges, origin = formal_charges(atoms)
    if charges is None:
        return None, origin
    return dict(zip(atoms.get_chemical_symbols(), charges.tolist(), strict=True)), origin


def test_charges_of_files_are_those_of_a_crystal_of_the_same_composition() -> None:
    known, origin = by_element("Na2H4P2O8")
    assert known == {"Na": 1, "H": 1, "P": 5, "O": -2}
    assert "published ones of nah2po4" in origin
    # The full silver site of ag-beta2-alumina leaves the published cell charged.
    assert by_element("Ag2Al11O17")[0] == {"Ag": 1, "Al": 3, "O": -2}
    # One vacancy in many cells is another composition, of mixed valence.
    known, origin = by_element("Na2999V2000P3000O12000")
    assert known is not None
    assert known["V"] == pytest.approx(3.0005)
    assert "ICSD" in origin


def test_charges_of_other_compositions_are_guessed_and_said_to_be() -> None:
    known, origin = by_element("K2CO3")
    assert known == {"K": 1, "C": 4, "O": -2}
    assert "pymatgen" in origin
    assert formal_charges(bulk("Al", cubic=True)) == (None, "not known")


@pytest.mark.parametrize(
    ("symbols", "expected"),
    [
        # Magnetite and minium, Robin and Day 1968; LiMn2O4, Thackeray et al. 1983.
        ("Fe6O8", {"Fe": 8 / 3, "O": -2}),
        ("Pb3O4", {"Pb": 8 / 3, "O": -2}),
        ("LiMn2O4", {"Li": 1, "Mn": 3.5, "O": -2}),
        ("Na34V20P30O120", {"Na": 1, "V": 2.8, "P": 5, "O": -2}),
        # Pyrite holds Fe2+ and S2 2-.
        ("FeS2", {"Fe": 2, "S": -1}),
        ("NH4Cl", {"N": -3, "H": 1, "Cl": -1}),
        ("Na3PS4", {"Na": 1, "P": 5, "S": -2}),
    ],
)
def test_guess(symbols: str, expected: dict[str, float]) -> None:
    known, _ = by_element(symbols)
    assert known == pytest.approx(expected)


@pytest.mark.parametrize(
    "symbols",
    [
        "Li12Si7",
        "Na8Si46",
        "Li3Sb",
        "Li2Sb",
        "NaSb",
        "NaSn",
        "Sn4",
        "Ni3Al",
        "LiC6",
        "Fe3C",
        "LaNi5H6",
    ],
)
def test_no_charges_where_the_formula_does_not_tell_them(symbols: str) -> None:
    assert by_element(symbols) == (None, "not known")


def test_guess_of_any_size_is_the_search_over_elements() -> None:
    # 10^5 atoms of ten elements, coprime: over atoms this would never end.
    amounts = {"Na": 3403, "Mg": 701, "Al": 20003, "Si": 1, "Fe": 77, "Mn": 31, "Ti": 5, "P": 99}
    amounts |= {"Cl": 2, "O": 36000}
    rest = sum(
        n * {"Fe": 3, "Mn": 2, "Ti": 4, "Si": 4, "P": 5}.get(e, 0) for e, n in amounts.items()
    )
    amounts["O"] = (rest + 3403 + 2 * 701 + 3 * 20003 - 2) // 2
    symbols = "".join(f"{e}{n}" for e, n in amounts.items())
    known, _ = by_element(symbols)
    assert known is not None
    assert sum(known[e] * n for e, n in amounts.items()) == pytest.approx(0, abs=1e-6)
    assert (known["Na"], known["Al"], known["O"]) == (1, 3, -2)


def test_most_likely_of_all_neutral_choices() -> None:
    from pymatgen.core import Composition

    # Where pymatgen's own search ends in whole states, it is the same choice.
    for formula in ("Te2V2O9", "CuFeO2", "K2Cr2O7", "Li10GeP2S12", "NH4H2PO4", "Al23O27N5", "TiH2"):
        best = Composition(formula).oxi_state_guesses(max_sites=-1)[0]
        amounts = {e: int(n) for e, n in parse_formula(formula).items()}
        assert guess_oxidation_states(amounts) == pytest.approx(best)


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
