"""Unpaired electrons, U, smearing, antiferromagnetic signs."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.crystals import load
from ionsmith.errors import IonsmithError
from ionsmith.exporters import competing_starts, export, plan
from ionsmith.exporters._electrons import (
    Smearing,
    check_parity,
    choose_smearing,
    conduction,
    correlated_shell,
    has_open_shell,
    hubbard_values,
    initial_moments,
    opposite_neighbours,
    unpaired,
)


@pytest.mark.parametrize(
    ("symbol", "charge", "electrons"),
    [
        # Effective moments of the free high-spin ions, Kittel, Introduction to Solid State
        # Physics, 8th ed., table 11.2: V3+ d2, V4+ d1, V5+ d0, Cr3+ d3, Mn2+ d5, Fe2+ d6,
        # Fe3+ d5, Co2+ d7, Ni2+ d8, Cu2+ d9.
        ("V", 3, 2),
        ("V", 4, 1),
        ("V", 5, 0),
        ("Cr", 3, 3),
        ("Mn", 2, 5),
        ("Fe", 2, 4),
        ("Fe", 3, 5),
        ("Co", 2, 3),
        ("Ni", 2, 2),
        ("Cu", 2, 1),
        ("Na", 1, 0),
        ("O", -2, 0),
        ("Zr", 4, 0),
    ],
)
def test_high_spin(symbol: str, charge: int, electrons: int) -> None:
    assert unpaired(symbol, charge) == electrons


def test_a_mean_charge_keeps_the_sum() -> None:
    # Na4V2(PO4)3 has one V2+ (d3) beside one V3+ (d2).
    assert 2 * unpaired("V", 2.5) == pytest.approx(3 + 2)


@pytest.mark.parametrize(
    ("name", "symbol", "each"),
    [
        ("nvp-ordered-dft", "V", 2),
        ("nafepo4", "Fe", 4),
        ("lifepo4", "Fe", 4),
        ("fepo4", "Fe", 5),
        ("v2o3", "V", 2),
        ("v2o5", "V", 0),
    ],
)
def test_crystals(name: str, symbol: str, each: float) -> None:
    atoms = load(name).to_atoms()
    moments, _ = initial_moments(atoms)
    own = np.array(atoms.get_chemical_symbols()) == symbol
    assert set(moments[own]) == {each}
    assert not moments[~own].any()


def test_each_side_of_an_interface_has_its_own_charges() -> None:
    lower, upper = load("v2o5").to_atoms(), load("v2o3").to_atoms()
    upper.positions += lower.cell[2]
    both = lower + upper
    both.info = {}
    both.set_array("side", np.repeat([0, 1], [len(lower), len(upper)]))
    moments, _ = initial_moments(both)
    vanadium = both.numbers == 23
    assert set(moments[vanadium & (both.arrays["side"] == 0)]) == {0}
    assert set(moments[vanadium & (both.arrays["side"] == 1)]) == {2}


def test_what_is_given_wins() -> None:
    atoms = load("nafepo4").to_atoms()
    iron = atoms.numbers == 26
    by_charge, _ = initial_moments(atoms, oxidation_states={"Fe": 3})
    assert set(by_charge[iron]) == {5}
    by_size, _ = initial_moments(atoms, moments={"Fe": 1.5})
    assert set(by_size[iron]) == {1.5}
    atoms.set_initial_magnetic_moments(np.where(iron, -3.0, 0.0))
    kept, _ = initial_moments(atoms)
    assert set(kept[iron]) == {-3}
    none, _ = initial_moments(atoms, magnetic_order="none")
    assert not none.any()
    with pytest.raises(IonsmithError, match="no V in"):
        initial_moments(atoms, moments={"V": 2})


def test_rock_salt_checkerboard() -> None:
    # Nearest moments of a simple cubic lattice can all be opposite (G type).
    atoms = bulk("Fe", "sc", a=3.0).repeat((2, 2, 2))
    signs, note = opposite_neighbours(atoms, np.full(8, 4.0))
    assert signs.sum() == 0
    i, j = np.triu_indices(8, 1)
    steps = np.abs(atoms.positions[i] - atoms.positions[j]).sum(axis=1) / 3
    assert (signs[i] * signs[j] == np.where(np.round(steps) % 2, -1, 1)).all()
    assert "24 of 24" in note


def test_antiferro_crystals_have_no_net_moment() -> None:
    for name in ("nafepo4", "nvp-ordered-dft", "v2o3"):
        atoms = load(name).to_atoms()
        sizes = np.abs(initial_moments(atoms, magnetic_order="ferro")[0])
        moments, _ = initial_moments(atoms, magnetic_order="antiferro")
        assert moments.sum() == 0, name
        assert (np.abs(moments) == sizes).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 2))
def test_signs_change_no_size(n: int, m: int, k: int) -> None:
    atoms = bulk("Fe", "bcc", a=2.87, cubic=True).repeat((n, m, k))
    signs, _ = opposite_neighbours(atoms, np.full(len(atoms), 2.0))
    assert set(np.abs(signs)) == {1}
    assert signs.sum() == 0  # the two atoms of the cubic cell are each other's neighbours


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        # metals
        ("Na", "cold"), ("Al", "cold"), ("Ni3Al", "cold"), ("LaNi5", "cold"), ("CuZn", "cold"),
        # semiconductors: Kittel 8th ed. table 8.1; Mg2Sn, FeGa3, CsAu in the literature
        ("Si", "gaussian"), ("SiGe", "gaussian"), ("GaAs", "gaussian"), ("Na3Sb", "gaussian"),
        ("Mg2Sn", "gaussian"), ("FeGa3", "gaussian"), ("CsAu", "gaussian"), ("PbTe", "gaussian"),
        # metallic oxides, and those whose d shell is open for another reason
        ("RuO2", "gaussian"), ("IrO2", "gaussian"), ("ReO3", "gaussian"), ("NbO2", "gaussian"),
        # wide gaps: closed shells
        ("MgO", "fixed"), ("ZrO2", "fixed"), ("WO3", "fixed"), ("La2O3", "fixed"),
        ("CeO2", "fixed"), ("ZnO", "fixed"), ("PbO", "fixed"), ("Al2O3", "fixed"),
    ],
)  # fmt: skip
def test_smearing_by_what_is_certain(formula: str, expected: str) -> None:
    atoms = Atoms(formula, cell=[9, 9, 9], pbc=True)
    state, note = conduction(atoms, np.zeros(len(atoms)), 0)
    assert choose_smearing(state, False, 0.2).kind == expected
    assert bool(note) == (expected == "gaussian")


@pytest.mark.parametrize(
    ("symbol", "charge", "is_open"),
    [("Ru", 4, True), ("W", 6, False), ("W", 5.5, True), ("Zr", 4, False), ("Ag", 1, False),
     ("Ce", 4, False), ("Ce", 3, True), ("Gd", 3, True), ("Lu", 3, False), ("U", 6, False),
     ("U", 4, True), ("Hg", 2, False), ("Pb", 2, False), ("O", -2, False)],
)  # fmt: skip
def test_open_shells(symbol: str, charge: float, is_open: bool) -> None:
    """d4, d0, d0.5, d0, d10, f0, f1, f7, f14, f0, f2, d10 of the ions (periodic table)."""
    assert has_open_shell(symbol, charge) is is_open


def test_smearing_and_parity() -> None:
    moments = np.ones(30)
    assert conduction(load("v2o3").to_atoms(), moments, 0, {"V"})[0] == "gap"
    assert conduction(load("v2o3").to_atoms(), moments, 0)[0] == "unsure"  # PBE alone: a metal
    assert choose_smearing("gap", True, 0.2).kind == "gaussian"
    odd = Atoms("NaO", positions=[(0, 0, 0), (0, 0, 2)], cell=[5, 5, 5], pbc=True)
    fixed = Smearing("fixed", 0.0)
    with pytest.raises(IonsmithError, match="odd number of electrons"):
        check_parity(odd, 0, fixed, False)
    assert check_parity(odd, 1, fixed, False) == 18
    assert check_parity(odd, 0, fixed, True) == 19
    with pytest.raises(IonsmithError, match="NaO has 19 electrons, too few for a charge of \\+19"):
        check_parity(odd, 19, fixed, False)


@pytest.mark.parametrize(
    ("symbol", "shell"),
    [("V", (3, "d")), ("Mo", (4, "d")), ("W", (5, "d")), ("Ce", (4, "f")), ("O", (2, "p"))],
)
def test_shells_that_u_acts_on(symbol: str, shell: tuple[int, str]) -> None:
    """Valence shells of the ground states (periodic table), as the codes' manuals name them."""
    assert correlated_shell(symbol) == shell


def test_no_shell_for_u() -> None:
    with pytest.raises(IonsmithError, match="Na has no shell"):
        hubbard_values(load("nafepo4").to_atoms(), {"Na": 3}, use_defaults=True)


def test_published_u() -> None:
    # Jain et al. 2011, doi:10.1103/PhysRevB.84.045115.
    iron = load("nafepo4").to_atoms()
    assert hubbard_values(iron, {}, use_defaults=True) == {"Fe": 5.3}
    assert hubbard_values(load("v2o5").to_atoms(), {}, use_defaults=True) == {"V": 3.25}
    assert hubbard_values(bulk("Fe"), {}, use_defaults=True) == {}
    assert hubbard_values(iron, {"Fe": 4}, use_defaults=True) == {"Fe": 4}
    assert hubbard_values(iron, {"Fe": 0}, use_defaults=True) == {}
    assert hubbard_values(iron, {}, use_defaults=False) == {}


def test_a_metal_beside_an_oxide_has_a_moment_and_no_u() -> None:
    oxide, iron = bulk("MgO", "rocksalt", a=4.212, cubic=True), bulk("Fe", a=2.978, cubic=True)
    iron.set_initial_magnetic_moments(None)
    iron.positions[:, 2] += oxide.cell[2, 2] + 2
    both = oxide + iron
    both.set_cell([4.212, 4.212, 12])
    both.pbc = True
    both.set_array("side", np.repeat([0, 1], [len(oxide), len(iron)]))
    moments, notes = initial_moments(both)
    assert set(moments[both.numbers == 26]) == {2.2}
    assert not moments[both.numbers != 26].any()
    assert any("as in metals" in note for note in notes)
    assert hubbard_values(both, {}, use_defaults=True) == {}
    result = export(both, "vasp", None)
    assert "no U on Fe, whose charge is not known" in result.notes


def test_a_phosphide_beside_an_oxide_has_no_u() -> None:
    oxide = bulk("MgO", "rocksalt", a=4.212, cubic=True)
    phosphide = Atoms("FeP", positions=[(0, 0, 6.3), (2.1, 2.1, 6.5)])
    both = oxide + phosphide
    both.set_cell([4.212, 4.212, 9])
    both.pbc = True
    both.set_array("side", np.repeat([0, 1], [len(oxide), 2]))
    assert hubbard_values(both, {}, use_defaults=True) == {}


def rutile() -> Atoms:
    """TiO2, 16 formula units."""
    sites, cell = [(0, 0, 0), (0.305, 0.305, 0)], [4.594, 4.594, 2.959, 90, 90, 90]
    return crystal(["Ti", "O"], sites, spacegroup=136, cellpar=cell).repeat(2)


def without(atoms: Atoms, symbol: str) -> Atoms:
    """Leave out the first atom of an element."""
    del atoms[atoms.get_chemical_symbols().index(symbol)]
    return atoms


@pytest.mark.parametrize(
    ("atoms", "charge", "total", "smearing"),
    [
        # Fe2+ has 4 unpaired electrons, Fe3+ 5, Fe4+ 4.
        (load("lifepo4").to_atoms(), 0, 4 * 4, "gaussian"),
        (load("lifepo4").to_atoms(), 1, 3 * 4 + 5, "gaussian"),
        (load("lifepo4").to_atoms(), 4, 4 * 5, "gaussian"),
        (load("lifepo4").to_atoms(), 5, 3 * 5 + 4, "gaussian"),
        (load("fepo4").to_atoms(), -2, 2 * 4 + 2 * 5, "gaussian"),
        # A vacancy of Li+ with its charge leaves all iron as it was, one without it a hole.
        (without(load("lifepo4").to_atoms(), "Li"), -1, 4 * 4, "gaussian"),
        (without(load("lifepo4").to_atoms(), "Li"), 0, 3 * 4 + 5, "gaussian"),
        # Low-spin Co3+ has none, Co4+ 1.
        (load("licoo2").to_atoms(), 1, 1, "gaussian"),
        # A vacancy of O2-: Ti4+ alone, or two Ti3+.
        (without(rutile(), "O"), 2, 0, "fixed"),
        (without(rutile(), "O"), 0, 2, "gaussian"),
    ],
)
def test_charged_cells(atoms: Atoms, charge: int, total: float, smearing: str) -> None:
    calculation = plan(atoms, charge=charge)
    assert calculation.moments.sum() == pytest.approx(total)
    assert calculation.electrons % 2 == total % 2
    assert calculation.smearing.kind == smearing
    assert not any("add up" in note for note in calculation.notes)
    starts, _ = competing_starts(atoms, charge=charge, magnetic_order="ferro")
    assert starts[0].moments == pytest.approx(calculation.moments)


def test_a_charge_that_no_metal_takes_is_said() -> None:
    for atoms, charge in ((load("lifepo4").to_atoms(), -1), (load("mgo").to_atoms(), 2)):
        notes = plan(atoms, charge=charge).notes
        assert any(f"the charge is {charge:+d}" in note for note in notes)


def test_multiplicity_of_a_charged_cell_in_cp2k() -> None:
    for charge, unpaired_electrons in ((1, 17), (2, 18), (4, 20)):
        result = export(load("lifepo4").to_atoms(), "cp2k", None, charge=charge, kpoints=(1, 1, 1))
        assert result.settings["multiplicity"] == unpaired_electrons + 1


def test_states_of_a_file_in_a_charged_cell() -> None:
    oxide = bulk("FeO", "rocksalt", a=4.33)
    oxide.set_array("oxi_states", np.array([2.0, -2.0]))
    assert plan(oxide).moments.tolist() == [4, 0]
    assert plan(oxide, charge=1).moments.tolist() == [5, 0]
    initial_moments(oxide, oxidation_states={"O": -1})
    assert oxide.arrays["oxi_states"].tolist() == [2, -2]


def test_metal_among_ions_may_conduct() -> None:
    atoms = load("mgo").to_atoms()
    atoms.set_array("oxi_states", np.where(atoms.symbols == "O", -2.0, 2.0))
    assert conduction(atoms, np.zeros(len(atoms)), 0) == ("gap", "")
    metal = Atoms("Na", positions=[[1, 1, 1]])
    assert conduction(atoms + metal, np.zeros(len(atoms) + 1), 0)[0] == "unsure"
