"""Formal charges, and whole numbers of atoms that make a cell neutral."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal
from pymatgen.core import Composition, Lattice, Species, Structure

from ionsmith.crystals import load
from ionsmith.crystals.charges import _guess, formal_charges, guess_oxidation_states
from ionsmith.crystals.files import read_crystal, read_structure
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
        "C6Cl6",  # not C3-Cl3+
        "C4H4S",  # not S4+
        "C7H8Br3N3",  # not N3+ beside C2-
    ],
)
def test_no_charges_where_the_formula_does_not_tell_them(symbols: str) -> None:
    assert by_element(symbols) == (None, "not known")


def test_table_of_occurrences_is_that_of_pymatgen() -> None:
    Composition("NaCl").oxi_state_guesses()  # at which pymatgen reads it
    assert Composition.oxi_prob
    expected = {(s.symbol, int(s.oxi_state)): n for s, n in Composition.oxi_prob.items()}
    assert _guess._occurrences() == expected


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


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        # Na4V2(PO4)3 holds V2+ and V3+ (C. Masquelier and L. Croguennec, Chem. Rev. 113, 6552
        # (2013), doi:10.1021/cr3001862, on NASICON with Ti, V, Cr, Mn, Fe).
        ("Na4V2P3O12", {"V": 2.5, "P": 5}),
        ("Na2V2P3O12", {"V": 3.5, "P": 5}),
        ("Na4Ti2P3O12", {"Ti": 2.5, "P": 5}),
        ("Na3Ti2P3O12", {"Ti": 3}),
        ("NaTi2P3O12", {"Ti": 4}),
        ("Na3Fe2P3O12", {"Fe": 3}),
        ("Na3Cr2P3O12", {"Cr": 3}),
        ("Na4MnVP3O12", {"Mn": 2, "V": 3}),
        ("Na4MnCrP3O12", {"Mn": 2, "Cr": 3}),
        # Olivines, spinels and layered oxides over their alkali content.
        ("LiFe2P2O8", {"Fe": 2.5}),
        ("FePO4", {"Fe": 3}),
        ("Mn2O4", {"Mn": 4}),
        ("Li2Mn2O4", {"Mn": 3}),
        ("Li7Ti5O12", {"Ti": 3.4}),
        ("Li2NiMn3O8", {"Ni": 2, "Mn": 4}),
        ("NaCo2O4", {"Co": 3.5}),
        ("NaFe2O4", {"Fe": 3.5}),
        ("Li2MnO3", {"Mn": 4}),
        # Lanthanides beside 3d metals, and doped manganites (E. O. Wollan and W. C. Koehler, Phys.
        # Rev. 100, 545 (1955), cited from memory).
        ("TbMnO3", {"Tb": 3, "Mn": 3}),
        ("EuTiO3", {"Eu": 2, "Ti": 4}),
        ("CeFeO3", {"Ce": 3, "Fe": 3}),
        ("La3CaMn4O12", {"La": 3, "Mn": 3.25}),
        ("SrFeO3", {"Fe": 4}),
        ("AmO2", {"Am": 4}),
        ("NpO2", {"Np": 4}),
        ("NaClO4", {"Cl": 7}),
        ("K2FeO4", {"Fe": 6}),
    ],
)
def test_guess_of_other_kinds(formula: str, expected: dict[str, float]) -> None:
    known = guess_oxidation_states({e: int(n) for e, n in parse_formula(formula).items()})
    assert known is not None
    assert {e: known[e] for e in expected} == pytest.approx(expected)
    assert known["O"] == -2


def test_charges_of_like_atoms_that_are_bonded() -> None:
    def pair(symbols: str, length: float) -> Atoms:
        """Two ions beside a bonded pair."""
        places = [(0, 0, 0), (5, 5, 5), (3, 0, 0), (3 + length, 0, 0)]
        return Atoms(symbols, positions=places[-len(Atoms(symbols)) :], cell=[10] * 3, pbc=True)

    # Greenwood and Earnshaw 1997: O2- 1.28 Å, O2 2- 1.49 Å.
    for atoms, charge, word in [
        (pair("KO2", 1.28), -0.5, "superoxide"),
        (pair("Na2O2", 1.49), -1, "peroxide"),
        (pair("BaO2", 1.49), -1, "peroxide"),
        (pair("BaO2", 1.36), -1, "peroxide"),  # short as a superoxide, but Ba2+
        (pair("CoS2", 2.1), -1, "S to S"),
        (pair("Na2Se2", 2.4), -1, "Se to Se"),
    ]:
        charges, source = formal_charges(atoms)
        assert charges is not None
        assert charges[-2:].tolist() == [charge, charge]
        assert charges.sum() == pytest.approx(0)
        assert word in source
    # Ti4+ and two O2-, too far apart for a bond.
    charges, _ = formal_charges(pair("TiO2", 2.5))
    assert charges is not None
    assert charges.tolist() == [4, -2, -2]
    # Hypothiophosphates: P2S6 4- (Karen 2016 on bonds between like atoms).
    phosphorus = [(0, 0, 1.1), (0, 0, -1.1)]
    angle = 2 * np.pi * np.arange(3) / 3
    sulfur = [(1.9 * np.cos(a), 1.9 * np.sin(a), z) for z in (1.6, -1.6) for a in angle]
    atoms = Atoms("Ni2P2S6", [(6, 6, 6), (6, 6, 2), *phosphorus, *sulfur], cell=[12] * 3, pbc=True)
    charges, _ = formal_charges(atoms)
    assert charges is not None
    assert charges.tolist() == [2, 2, 4, 4] + [-2] * 6


def test_azides() -> None:
    """N3- is linear, 1.18 Å from N to N in NaN3; N2 and molecules are no such ions."""
    sodium = [("Na", (0, 0, 0)), ("N", (0, 0, 0.5)), ("N", (0, 0, 0.4225))]
    symbols, places = zip(*sodium, strict=True)
    salt = crystal(symbols, places, spacegroup=166, cellpar=[3.646, 3.646, 15.213, 90, 90, 120])
    charges, source = formal_charges(salt)
    assert charges is not None
    assert charges[salt.numbers == 11].tolist() == [1] * 3
    assert charges[salt.numbers == 7] == pytest.approx([-1 / 3] * 9)
    assert "azide" in source
    groups = [(4, 4, z) for z in (0, 1.18, 2.36)]
    both = Atoms("Ca2N3N", positions=[(0, 0, 0), (0, 4, 4), *groups, (4, 0, 5)], cell=[9] * 3)
    charges, _ = formal_charges(both)  # Ca2(N3)N: 2 x 2 = 1 + 3
    assert charges is not None
    assert charges == pytest.approx([2, 2, -1 / 3, -1 / 3, -1 / 3, -3])
    for other in (
        Atoms("BaN2", positions=[(0, 0, 0), (3, 0, 0), (4.22, 0, 0)], cell=[9] * 3),
        Atoms("HN3", positions=[(4, 0.9, -0.4), *groups], cell=[9] * 3),
    ):
        assert "azide" not in formal_charges(other)[1]


def test_charges_that_are_all_zero_state_nothing() -> None:
    """Programs write zeros for what they do not know; sodium, alone, is Na0."""
    salt = bulk("NaCl", "rocksalt", 5.64)
    salt.set_array("oxi_states", np.zeros(2))
    charges, source = formal_charges(salt)
    assert charges is not None
    assert charges.tolist() == [1, -1]
    assert "most common" in source
    metal = bulk("Na", "bcc", 4.29)
    metal.set_array("oxi_states", np.zeros(1))
    assert formal_charges(metal)[1] == "oxidation states of the structure"
    species = [{Species("Li", 0): 0.5}, {Species("Co", 0): 1}, {Species("O", 0): 1}]
    places = [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)]
    mixed = read_crystal(Structure(Lattice.tetragonal(2.8, 4.1), species, places))
    assert all(not site.oxidation for site in mixed.sites)


def test_zero_oxidation_numbers_of_a_cif(tmp_path: Path) -> None:
    lines = ["data_mgo", "_cell_length_a 4.2", "_cell_length_b 4.2", "_cell_length_c 4.2"]
    lines += [f"_cell_angle_{angle} 90" for angle in ("alpha", "beta", "gamma")]
    lines += ["_space_group_name_H-M_alt 'F m -3 m'", "loop_", "_atom_type_symbol"]
    lines += ["_atom_type_oxidation_number", "Mg 0.0", "O 0.0", "loop_", "_atom_site_label"]
    lines += ["_atom_site_type_symbol", "_atom_site_fract_x", "_atom_site_fract_y"]
    lines += ["_atom_site_fract_z", "Mg1 Mg 0 0 0", "O1 O 0.5 0.5 0.5"]
    path = tmp_path / "mgo.cif"
    path.write_text("\n".join(lines) + "\n")
    atoms = read_structure(path)
    assert "oxi_states" not in atoms.arrays
    charges, _ = formal_charges(atoms)
    assert charges is not None
    assert sorted(set(charges.tolist())) == [-2, 2]
    path.write_text("\n".join(lines).replace("Mg 0.0", "Mg 2").replace("O 0.0", "O -2") + "\n")
    assert formal_charges(read_structure(path))[1] == "oxidation states of the structure"
