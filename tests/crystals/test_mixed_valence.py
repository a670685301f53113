"""Charges that files state, and whole charges where the mean is not whole."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.spacegroup import crystal as spacegroup
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Lattice, Structure

from ionsmith.builders.nasicon import build_nasicon
from ionsmith.crystals.charges import formal_charges, known_charges
from ionsmith.crystals.files import read_structure, write_structure
from ionsmith.crystals.mixed_valence import whole_charges

POSCAR = """ordered Fe2O3 on FeO
1.0
4.3 0 0
0 4.3 0
0 0 8.6
Fe2+ Fe3+ O2-
1 2 4
Direct
0 0 0
0.5 0.5 0
0.5 0 0.25
0.5 0 0
0 0.5 0
0 0 0.25
0.5 0.5 0.25
"""


def spinel(metal: str, a: float, u: float) -> Atoms:
    """A spinel of one metal and oxygen in origin choice 2."""
    sites = [(1 / 8, 1 / 8, 1 / 8), (0.5, 0.5, 0.5), (u, u, u)]
    cell = [a, a, a, 90, 90, 90]
    return spacegroup([metal, metal, "O"], sites, spacegroup=227, setting=2, cellpar=cell)


def test_oxidation_states_of_a_poscar(tmp_path: Path) -> None:
    (tmp_path / "POSCAR").write_text(POSCAR)
    atoms = read_structure(tmp_path / "POSCAR")
    charges, source = formal_charges(atoms)
    assert charges is not None
    assert charges.tolist() == [2, 3, 3, -2, -2, -2, -2]
    assert source == "oxidation states of the structure"
    write_structure(tmp_path / "model.extxyz", atoms)
    again, _ = formal_charges(read_structure(tmp_path / "model.extxyz"))
    assert again is not None
    assert again.tolist() == charges.tolist()
    # Without one Fe3+ they are kept, and the sum is said.
    kept, source = formal_charges(atoms[[0, 1, 3, 4, 5, 6]])
    assert kept is not None
    assert kept.tolist() == [2, 3, -2, -2, -2, -2]
    assert source.endswith("they add up to -3")


def test_oxidation_states_of_pymatgen() -> None:
    structure = Structure.from_spacegroup(
        "Fd-3m",
        Lattice.cubic(8.3969),
        ["Fe3+", "Fe2.5+", "O2-"],
        [(0, 0, 0), (5 / 8, 5 / 8, 5 / 8), (0.3799, 0.3799, 0.3799)],  # origin choice 1
    )
    charges, _ = formal_charges(read_structure(structure))
    assert charges is not None
    assert sorted(set(charges.tolist())) == [-2, 2.5, 3]
    whole, notes = whole_charges(read_structure(structure), charges)
    assert np.bincount(whole[whole > 0].astype(int)).tolist() == [0, 0, 8, 16]
    assert len(notes) == 1


@pytest.mark.parametrize(
    ("sodium", "counts"), [(1, {4: 12}), (2, {3: 6, 4: 6}), (3.5, {2: 3, 3: 9}), (4, {2: 6, 3: 6})]
)
def test_vanadium_follows_sodium(sodium: float, counts: dict[int, int]) -> None:
    atoms = build_nasicon("nvp", sodium=sodium).atoms
    charges, source = formal_charges(atoms)
    assert charges is not None
    assert charges.sum() == pytest.approx(0)
    assert source.startswith("published sites of nvp")
    whole, _ = whole_charges(atoms, charges)
    vanadium = whole[atoms.numbers == 23]
    assert {int(q): int((vanadium == q).sum()) for q in np.unique(vanadium)} == counts
    assert whole.sum() == pytest.approx(0)


def test_tetrahedra_of_magnetite_hold_the_higher_charge() -> None:
    # Fe3+[Fe2+Fe3+]O4: E. J. W. Verwey and E. L. Heilmann, J. Chem. Phys. 15, 174 (1947),
    # doi:10.1063/1.1746464; cell and u of Fleet, Acta Cryst. B 37, 917 (1981).
    atoms = spinel("Fe", 8.3969, 0.2549)
    charges, _ = formal_charges(atoms)
    assert charges is not None
    whole, notes = whole_charges(atoms, charges)
    assert (whole[:8] == 3).all()  # tetrahedra
    assert sorted(whole[8:24].tolist()) == [2] * 8 + [3] * 8
    assert notes[0].startswith("mixed valence: 8 Fe+2 and 16 Fe+3")


def test_tetrahedra_of_cobalt_oxide_hold_the_lower_charge() -> None:
    # Co2+[Co3+]2O4: W. L. Roth, J. Phys. Chem. Solids 25, 1 (1964),
    # doi:10.1016/0022-3697(64)90156-8.
    atoms = spinel("Co", 8.0821, 0.2631)
    charges, _ = formal_charges(atoms)
    assert charges is not None
    whole, _ = whole_charges(atoms, charges)
    assert (whole[:8] == 2).all()
    assert (whole[8:24] == 3).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 8), st.integers(0, 8), st.integers(0, 99))
def test_whole_charges_keep_the_sum(vanadium: int, extra: int, seed: int) -> None:
    extra = min(extra, vanadium)
    rng = np.random.default_rng(seed)
    atoms = Atoms(f"V{vanadium}O{3 * vanadium}", cell=[9, 9, 9], pbc=True)
    atoms.set_scaled_positions(rng.random((len(atoms), 3)))
    charges = np.where(atoms.numbers == 23, 3 + extra / vanadium, -1.0)
    whole, _ = whole_charges(atoms, charges)
    assert whole.sum() == pytest.approx(charges.sum())
    assert (whole == np.round(whole)).all()
    assert abs(whole - charges).max() < 1


def test_a_metal_beside_an_oxide_is_not_charged() -> None:
    both = Atoms("MgOFe2", positions=[(0, 0, 0), (2.1, 0, 0), (0, 2, 2), (2, 2, 2)], cell=[9] * 3)
    both.set_array("side", np.array([0, 0, 1, 1]))
    assert formal_charges(both) == (None, "not known")
    charges, _ = known_charges(both)
    assert charges[:2].tolist() == [2, -2]
    assert np.isnan(charges[2:]).all()


def test_ions_of_one_charge_need_not_be_neutral() -> None:
    charges, source = formal_charges(Atoms("Li2Al22O34", cell=[20] * 3, pbc=True))
    assert charges is not None
    assert charges.tolist() == [1] * 2 + [3] * 22 + [-2] * 34
    charges, source = formal_charges(Atoms("LiAl22O34", cell=[20] * 3, pbc=True))
    assert charges is not None
    assert charges.sum() == -1
    assert source.endswith("they add up to -1")
