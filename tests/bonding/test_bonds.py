"""Bonds: known crystals, what must not be a bond, symmetry, invariance, bad criteria."""

import functools
import itertools
from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.data import atomic_numbers, chemical_symbols, covalent_radii
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.bonding import neighbours
from ionsmith.bonding.bonds import Bonds, criterion_name, find_bonds, find_bonds_at
from ionsmith.bonding.elements import NONMETAL, electronegativities
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.crystals import load, names
from ionsmith.errors import InvalidChoice, InvalidCriterion
from strategies import Disguise, disguises, full_beta_alumina
from textbook import perovskite, rutile, spinel

ORDERED = [name for name in names() if load(name).has_coordinates and load(name).is_ordered]
SMALL = [name for name in ORDERED if len(load(name).to_atoms()) <= 60]


def numbers_of(atoms: Atoms, bonds: Bonds) -> dict[str, list[int]]:
    counts = np.bincount(bonds.first, minlength=len(atoms))
    symbols = np.array(atoms.get_chemical_symbols())
    return {symbol: sorted(set(counts[symbols == symbol].tolist())) for symbol in set(symbols)}


TEXTBOOK = {
    # Wells (1984), Structural Inorganic Chemistry: coordination numbers of the structure types.
    "rocksalt": (bulk("NaCl", "rocksalt", a=5.64), {"Na": [6], "Cl": [6]}),
    "caesium chloride": (bulk("CsCl", "cesiumchloride", a=4.12), {"Cs": [8], "Cl": [8]}),
    "fluorite": (bulk("CaF2", "fluorite", a=5.463), {"Ca": [8], "F": [4]}),
    "zinc blende": (bulk("ZnS", "zincblende", a=5.41), {"Zn": [4], "S": [4]}),
    "gallium arsenide": (bulk("GaAs", "zincblende", a=5.653), {"Ga": [4], "As": [4]}),
    "lithium hydride": (bulk("LiH", "rocksalt", a=4.084), {"Li": [6], "H": [6]}),
    "rutile": (rutile(), {"Ti": [6], "O": [3]}),
    "perovskite": (perovskite(), {"Sr": [12], "Ti": [6], "O": [6]}),
    "spinel": (spinel(), {"Mg": [4], "Al": [6], "O": [4]}),
    "diamond": (bulk("C", "diamond", a=3.567), {"C": [4]}),
    "copper": (bulk("Cu", "fcc", a=3.615), {"Cu": [12]}),
    "magnesium": (bulk("Mg", "hcp", a=3.209, c=5.211), {"Mg": [12]}),
    "sodium": (load("na").to_atoms(), {"Na": [8]}),
    "corundum": (load("al2o3").to_atoms(), {"Al": [6], "O": [4]}),
    "quartz": (load("sio2").to_atoms(), {"Si": [4], "O": [2]}),
    "baddeleyite": (load("zro2").to_atoms(), {"Zr": [7], "O": [3, 4]}),
    "antifluorite": (load("na2o").to_atoms(), {"Na": [4], "O": [8]}),
    # V at 1.58 to 2.02 Å from five O, the sixth at 2.79 Å: Enjalbert and Galy (1986).
    "V2O5": (load("v2o5").to_atoms(), {"V": [5], "O": [1, 2, 3]}),
    "water": (molecule("H2O"), {"O": [2], "H": [1]}),
    "ethanol": (molecule("CH3CH2OH"), {"C": [4], "O": [2], "H": [1]}),
    "disilane": (molecule("Si2H6"), {"Si": [4], "H": [1]}),
    "benzene": (molecule("C6H6"), {"C": [3], "H": [1]}),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_coordination(name: str) -> None:
    atoms, expected = TEXTBOOK[name]
    assert numbers_of(atoms, find_bonds(atoms)) == expected


def test_dumbbells_and_chains_of_zintl_phases() -> None:
    """Si, Ge, Sn and Sb keep the bonds that the 8-N rule gives them."""
    expected = {
        "nasi": [3],  # Si4 tetrahedra: Witte, von Schnering, Klemm (1964)
        "nage": [3],
        "nasn": [3],
        "nasb": [2],  # helices
        "lisi": [3],
        "na24si136": [4],
        "li3sb": [0],
        "li15si4": [0],
    }
    for name, counts in expected.items():
        atoms = load(name).to_atoms()
        bonds = find_bonds(atoms)
        anion = ~np.isin(atoms.numbers, [3, 11])
        among = anion[bonds.first] & anion[bonds.second]
        number = np.bincount(bonds.first[among], minlength=len(atoms))[anion]
        assert sorted(set(number.tolist())) == counts, name


@pytest.mark.parametrize("name", ORDERED)
def test_bonds_have_two_ends(name: str) -> None:
    bonds = find_bonds(load(name).to_atoms())
    rows = np.column_stack([bonds.first, bonds.second, bonds.shifts])
    back = np.column_stack([bonds.second, bonds.first, -bonds.shifts])
    assert len(np.unique(rows, axis=0)) == len(rows)
    assert Counter(map(tuple, rows.tolist())) == Counter(map(tuple, back.tolist()))
    assert rows.tolist() == sorted(rows.tolist())


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(SMALL), disguises())
def test_same_bonds_of_the_same_crystal(name: str, disguise: Disguise) -> None:
    """Turned, moved, reordered, in another cell of the lattice: each atom has its bonds."""
    atoms = load(name).to_atoms()
    copy, order = disguise.apply(atoms)
    here, there = find_bonds(atoms), find_bonds(copy)
    rows = [
        np.column_stack([here.first, here.second, here.distances]),
        np.column_stack([order[there.first], order[there.second], there.distances]),
    ]
    expected, found = (item[np.lexsort(item.round(5).T[::-1])] for item in rows)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(SMALL), st.tuples(*[st.integers(1, 3)] * 3))
def test_supercells(name: str, repeats: tuple[int, int, int]) -> None:
    atoms = load(name).to_atoms()
    number = np.bincount(find_bonds(atoms).first, minlength=len(atoms))
    large = atoms.repeat(repeats)
    repeated = np.bincount(find_bonds(large).first, minlength=len(large))
    np.testing.assert_array_equal(repeated, np.tile(number, int(np.prod(repeats))))


@pytest.mark.parametrize("name", ["lifepo4", "li15si4", "na5sn2", "nh4vo3", "sb", "li22sn5"])
def test_slabs_do_not_show(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Structures too large for one slab have the same bonds."""
    atoms = load(name).to_atoms()
    whole = find_bonds(atoms)
    sliced = functools.partial(neighbours.neighbour_chunks, size=7)
    monkeypatch.setattr(neighbours, "neighbour_chunks", sliced)
    in_slabs = find_bonds(atoms)
    np.testing.assert_array_equal(whole.first, in_slabs.first)
    np.testing.assert_array_equal(whole.second, in_slabs.second)
    np.testing.assert_array_equal(whole.shifts, in_slabs.shifts)


def test_closed_planes_of_beta_alumina() -> None:
    """Geng et al. (2023): edge-sharing AlO4; Al–Al over the edge is short and no bond."""
    atoms = close_planes(full_beta_alumina(), [1]).atoms
    near = neighbour_list(atoms, 2.2)
    aluminium = atoms.numbers == 13
    assert (aluminium[near.first] & aluminium[near.second]).any()
    bonds = find_bonds(atoms)
    assert not (aluminium[bonds.first] & aluminium[bonds.second]).any()
    assert numbers_of(atoms, bonds)["Al"] == [4, 6]


def test_wrong_sense_leaves_three_coordinated_aluminium() -> None:
    atoms = close_planes(full_beta_alumina(), [1], glide="wrong").atoms
    number = np.bincount(find_bonds(atoms).first, minlength=len(atoms))
    assert Counter(number[atoms.numbers == 13].tolist()) == {3: 2, 4: 10, 6: 21}


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_thermal_noise_leaves_the_framework(seed: int) -> None:
    """Displacements of 0.05 Å rms along each axis, those of a crystal at some 300 K."""
    atoms = close_planes(full_beta_alumina(), [2]).atoms.repeat((2, 2, 1))
    before = np.bincount(find_bonds(atoms).first, minlength=len(atoms))
    atoms.positions += np.random.default_rng(seed).normal(0, 0.05, atoms.positions.shape)
    after = np.bincount(find_bonds(atoms).first, minlength=len(atoms))
    changed = before != after
    assert not changed[atoms.numbers == 13].any()
    assert changed.mean() < 0.05


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["al2o3", "lifepo4", "li3vo4", "sio2", "v2o3", "zro2", "nh4vo3"])
def test_thermal_noise_leaves_clear_shells(name: str, seed: int) -> None:
    atoms = load(name).to_atoms()
    before = np.bincount(find_bonds(atoms).first, minlength=len(atoms))
    atoms.positions += np.random.default_rng(seed).normal(0, 0.05, atoms.positions.shape)
    after = np.bincount(find_bonds(atoms).first, minlength=len(atoms))
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("name", ["lifepo4", "v2o5", "nvp-ordered-dft", "nah2po4", "al2o3"])
def test_margin_loosens_and_tightens(name: str) -> None:
    atoms = load(name).to_atoms()
    bonds = list(find_bonds_at(atoms, "gap", [-0.2, -0.1, 0.0, 0.1, 0.2]))
    sizes = [np.bincount(item.first, minlength=len(atoms)) for item in bonds]
    for tight, loose in itertools.pairwise(sizes):
        assert (tight <= loose).all()
    single = find_bonds(atoms, margin=0.1)
    np.testing.assert_array_equal(single.second, bonds[3].second)


def test_phosphorus_is_no_anion_beside_oxygen() -> None:
    """Na and P are 2.9 Å apart in NaFePO4, nearer than in some phosphides, and not bonded."""
    atoms = load("nafepo4").to_atoms()
    bonds = find_bonds(atoms)
    pairs = {
        frozenset(pair) for pair in zip(*atoms.numbers[[bonds.first, bonds.second]], strict=True)
    }
    assert pairs == {frozenset({8, z}) for z in (11, 15, 26)}


def test_metal_in_an_oxide() -> None:
    """Na metal beside an oxide keeps its eight neighbours, and the oxide its own."""
    oxide = load("al2o3").to_atoms().repeat((2, 2, 1))
    metal = load("na").to_atoms().repeat((3, 3, 3))
    metal.positions += [0, 0, 60]
    both = oxide + metal
    both.set_cell([60, 60, 120])
    both.pbc = False
    number = np.bincount(find_bonds(both).first, minlength=len(both))
    centre = int(np.argmin(np.linalg.norm(both.positions - metal.positions.mean(axis=0), axis=1)))
    assert number[centre] == 8
    np.testing.assert_array_equal(
        number[: len(oxide)],
        np.bincount(find_bonds(oxide_alone(oxide)).first, minlength=len(oxide)),
    )


def oxide_alone(oxide: Atoms) -> Atoms:
    cluster = oxide.copy()
    cluster.pbc = False
    return cluster


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(SMALL), st.floats(1.5, 4.0))
def test_cutoff_is_every_pair_within(name: str, cutoff: float) -> None:
    atoms = load(name).to_atoms()
    bonds, near = find_bonds(atoms, cutoff), neighbour_list(atoms, cutoff)
    np.testing.assert_array_equal(bonds.first, near.first)
    np.testing.assert_array_equal(bonds.second, near.second)
    np.testing.assert_array_equal(bonds.shifts, near.shifts)
    tighter = find_bonds(atoms, cutoff, margin=-0.1)
    assert len(tighter) == np.count_nonzero(near.distances <= cutoff - 0.1)


def test_cutoffs_of_pairs() -> None:
    atoms = load("lifepo4").to_atoms()
    bonds = find_bonds(atoms, {"Fe-O": 2.15, "O–P": 1.6})
    assert numbers_of(atoms, bonds) == {"Fe": [3], "P": [4], "Li": [0], "O": [1, 2]}


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        (0.0, "between 0.1 and 10 Å"),
        (1e-9, "between 0.1 and 10 Å"),
        (-2.0, "between 0.1 and 10 Å"),
        (float("nan"), "between 0.1 and 10 Å"),
        (50.0, "between 0.1 and 10 Å"),
        ({"Al": 2.0}, "write it as Al-O"),
        ({"Al-Oo": 2.0}, "write it as Al-O"),
        ({"Al-O": -1.0}, "the cutoff for Al-O"),
    ],
)
def test_criteria_that_are_none(criterion: object, message: str) -> None:
    with pytest.raises(InvalidCriterion, match=message):
        find_bonds(load("al2o3").to_atoms(), criterion)  # type: ignore[arg-type]


def test_unknown_criterion() -> None:
    with pytest.raises(InvalidChoice, match="expected 'gap' or 'crystalnn'"):
        find_bonds(load("al2o3").to_atoms(), "voronoi")  # type: ignore[arg-type]


def test_names_of_criteria() -> None:
    assert criterion_name("gap") == "gap"
    assert criterion_name(2.4) == "2.4 Å"
    assert criterion_name({"Al-O": 2.3, "Na-O": 3}) == "Al-O 2.3 Å, Na-O 3 Å"


# Wyckoff (1963), Crystal Structures, 2nd ed., vol. 1; UO2: Leinders et al. (2015),
# doi:10.1016/j.jnucmat.2015.01.029. No crystals of TbO are known: it lies between EuO and YbO.
@pytest.mark.parametrize(
    ("formula", "edge"),
    [("EuO", 5.144), ("YbO", 4.86), ("YbS", 5.69), ("TbO", 4.9), ("TbO", 5.1)],
)
def test_rock_salts_of_f_elements(formula: str, edge: float) -> None:
    atoms = bulk(formula, "rocksalt", a=edge)
    metal, anion = atoms.get_chemical_symbols()
    assert numbers_of(atoms, find_bonds(atoms)) == {metal: [6], anion: [6]}


@pytest.mark.parametrize(
    ("metal", "edge"),
    [("U", 5.4713), ("Th", 5.5997), ("Np", 5.434), ("Pu", 5.396), ("Am", 5.376), ("Po", 5.687)],
)
def test_fluorite_dioxides(metal: str, edge: float) -> None:
    atoms = bulk(f"{metal}O2", "fluorite", a=edge)
    assert numbers_of(atoms, find_bonds(atoms)) == {metal: [8], "O": [4]}


@pytest.mark.parametrize("anion", ["O", "N", "Cl"])
def test_every_metal_has_six_anions_in_rock_salt(anion: str) -> None:
    """At the sum of the covalent radii, up to Cm: ASE knows no radii of the elements beyond."""
    for number in np.flatnonzero(~NONMETAL[:97])[1:].tolist():
        metal = chemical_symbols[number]
        edge = 2 * (covalent_radii[number] + covalent_radii[atomic_numbers[anion]])
        atoms = bulk(metal + anion, "rocksalt", a=edge)
        assert numbers_of(atoms, find_bonds(atoms)) == {metal: [6], anion: [6]}


def test_a_metal_without_electronegativity_is_no_anion() -> None:
    """Rutherfordium, for which ASE has a radius of 0.2 Å: Rf–Rf at 0.85 Å is near enough."""
    assert np.isnan(electronegativities()[104])
    atoms = bulk("RfO", "rocksalt", a=1.2)
    bonds = find_bonds(atoms)
    of_metal = bonds.take(atoms.numbers[bonds.first] == 104)
    assert set(atoms.numbers[of_metal.second]) == {atomic_numbers["O"]}


def test_electronegativities_of_all_elements() -> None:
    values = electronegativities()
    unknown = np.flatnonzero(np.isnan(values[1:104])) + 1
    assert [chemical_symbols[number] for number in unknown] == ["He", "Ne", "Ar"]
    # Pauling (1960), The Nature of the Chemical Bond, 3rd ed., table 3-8, to its digits.
    for symbol, value in {"H": 2.1, "Li": 1.0, "O": 3.5, "F": 4.0, "Na": 0.9, "Cs": 0.7}.items():
        assert values[atomic_numbers[symbol]] == pytest.approx(value, abs=0.11)
    assert values[atomic_numbers["Pb"]] < values[atomic_numbers["Sn"]]


def test_non_metals() -> None:
    from pymatgen.core import Element

    for number in range(1, 87):
        element = Element.from_Z(number)
        if element.is_metal or element.is_metalloid:
            assert not NONMETAL[number] or element.symbol == "B"
        else:
            assert NONMETAL[number]
