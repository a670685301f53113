"""Coordination in crystals of many structure types, scaled, disturbed and with other elements.

Cells and positions: Wyckoff (1963), Crystal Structures, 2nd ed., vol. 1, and Villars and Calvert
(1991), Pearson's Handbook, unless a paper stands beside them; typed from memory, rounded, good
enough for who neighbours whom. Coordination: Wells (1984),
Structural Inorganic Chemistry, 5th ed.; of alloys, Pearson (1972), The Crystal Chemistry and
Physics of Metals and Alloys.
"""

from collections.abc import Sequence

import numpy as np
import pytest
from ase import Atoms
from ase.spacegroup import crystal

from ionsmith.bonding.bonds import environments, find_bonds

Point = tuple[float, float, float]
ORIGIN: Point = (0, 0, 0)
MIDDLE: Point = (0.5, 0.5, 0.5)
QUARTER: Point = (0.25, 0.25, 0.25)
HCP: Point = (1 / 3, 2 / 3, 0.25)
OTHER: Point = (2 / 3, 1 / 3, 0.25)


def cubic(a: float) -> list[float]:
    return [a, a, a, 90, 90, 90]


def tetragonal(a: float, c: float) -> list[float]:
    return [a, a, c, 90, 90, 90]


def hexagonal(a: float, c: float) -> list[float]:
    return [a, a, c, 90, 90, 120]


A15 = [ORIGIN, (0.25, 0, 0.5)]
HEUSLER = [ORIGIN, MIDDLE, QUARTER]
LAVES = [ORIGIN, (5 / 8, 5 / 8, 5 / 8)]
BLUE = [ORIGIN, (0.5, 0, 0)]

# Elements, positions, space group, cell, and the environments of each element.
METALS = {
    "Na": ("Na", [ORIGIN], 229, cubic(4.2906), {"Na": "Na8"}),
    "Li": ("Li", [ORIGIN], 229, cubic(3.5093), {"Li": "Li8"}),
    "K": ("K", [ORIGIN], 229, cubic(5.328), {"K": "K8"}),
    "Cs": ("Cs", [ORIGIN], 229, cubic(6.141), {"Cs": "Cs8"}),
    "Fe": ("Fe", [ORIGIN], 229, cubic(2.8665), {"Fe": "Fe8"}),
    "W": ("W", [ORIGIN], 229, cubic(3.1652), {"W": "W8"}),
    "V": ("V", [ORIGIN], 229, cubic(3.0240), {"V": "V8"}),
    "Eu": ("Eu", [ORIGIN], 229, cubic(4.581), {"Eu": "Eu8"}),
    "Cu": ("Cu", [ORIGIN], 225, cubic(3.6149), {"Cu": "Cu12"}),
    "Pb": ("Pb", [ORIGIN], 225, cubic(4.9508), {"Pb": "Pb12"}),
    "Yb": ("Yb", [ORIGIN], 225, cubic(5.485), {"Yb": "Yb12"}),
    "Mg": ("Mg", [HCP], 194, hexagonal(3.2094, 5.2105), {"Mg": "Mg12"}),
    "Zn": ("Zn", [HCP], 194, hexagonal(2.6649, 4.9468), {"Zn": "Zn12"}),
    "Cd": ("Cd", [HCP], 194, hexagonal(2.9788, 5.6167), {"Cd": "Cd12"}),
    "In": ("In", [ORIGIN], 139, tetragonal(3.2523, 4.9461), {"In": "In12"}),
    "CuAu": (
        "CuAu",
        [ORIGIN, MIDDLE],
        123,
        tetragonal(2.800, 3.670),
        {"Cu": "Au8Cu4", "Au": "Cu8Au4"},
    ),
    "CuPt": (
        "CuPt",
        [ORIGIN, (0, 0, 0.5)],
        166,
        hexagonal(2.676, 13.12),
        {"Cu": "Cu6Pt6", "Pt": "Cu6Pt6"},
    ),
    "Cu3Au": ("AuCu", [ORIGIN, (0.5, 0.5, 0)], 221, cubic(3.748), {"Au": "Cu12", "Cu": "Cu8Au4"}),
    "TiAl3": (
        "TiAlAl",
        [ORIGIN, (0, 0, 0.5), (0, 0.5, 0.25)],
        139,
        tetragonal(3.846, 8.594),
        {"Ti": "Al12", "Al": "Al8Ti4"},
    ),
    "NiAl": ("NiAl", [ORIGIN, MIDDLE], 221, cubic(2.887), {"Ni": "Al8", "Al": "Ni8"}),
    "CsAu": ("CsAu", [ORIGIN, MIDDLE], 221, cubic(4.262), {"Cs": "Au8", "Au": "Cs8"}),
    "NaTl": (
        "NaTl",
        [ORIGIN, MIDDLE],
        227,
        cubic(7.488),
        {"Na": "Na4Tl4", "Tl": "Na4Tl4"},
    ),
    "Cu2MnAl": ("AlMnCu", HEUSLER, 225, cubic(5.949), {"Al": "Cu8", "Mn": "Cu8", "Cu": "Al4Mn4"}),
    "Co2MnSi": ("SiMnCo", HEUSLER, 225, cubic(5.654), {"Si": "Co8", "Mn": "Co8", "Co": "Mn4Si4"}),
    "Cr3Si": ("SiCr", A15, 223, cubic(4.564), {"Si": "Cr12", "Cr": "Cr10Si4"}),
    "V3Si": ("SiV", A15, 223, cubic(4.722), {"Si": "V12", "V": "V10Si4"}),
    "Nb3Sn": ("SnNb", A15, 223, cubic(5.289), {"Sn": "Nb12", "Nb": "Nb10Sn4"}),
    "MgCu2": ("MgCu", LAVES, 227, cubic(7.034), {"Mg": "Cu12Mg4", "Cu": "Cu6Mg6"}),
    "CaAl2": ("CaAl", LAVES, 227, cubic(8.040), {"Ca": "Al12Ca4", "Al": "Al6Ca6"}),
    "MgZn2": (
        "MgZnZn",
        [(1 / 3, 2 / 3, 0.062), ORIGIN, (0.8305, 0.661, 0.25)],
        194,
        hexagonal(5.221, 8.567),
        {"Mg": "Zn12Mg4", "Zn": "Mg6Zn6"},
    ),
    "MoSi2": (
        "MoSi",
        [ORIGIN, (0, 0, 0.3353)],
        139,
        tetragonal(3.2056, 7.845),
        {"Mo": "Si10", "Si": "Mo5Si5"},
    ),
}

COMPOUNDS = {
    "NaCl": ("NaCl", [ORIGIN, MIDDLE], 225, cubic(5.640), {"Na": "Cl6", "Cl": "Na6"}),
    "PbTe": ("PbTe", [ORIGIN, MIDDLE], 225, cubic(6.462), {"Pb": "Te6", "Te": "Pb6"}),
    "LaSb": ("LaSb", [ORIGIN, MIDDLE], 225, cubic(6.488), {"La": "Sb6", "Sb": "La6"}),
    "TiC": ("TiC", [ORIGIN, MIDDLE], 225, cubic(4.327), {"Ti": "C6", "C": "Ti6"}),
    "PdH": ("PdH", [ORIGIN, MIDDLE], 225, cubic(4.09), {"Pd": "H6", "H": "Pd6"}),
    "CsCl": ("CsCl", [ORIGIN, MIDDLE], 221, cubic(4.123), {"Cs": "Cl8", "Cl": "Cs8"}),
    "CaF2": ("CaF", [ORIGIN, QUARTER], 225, cubic(5.463), {"Ca": "F8", "F": "Ca4"}),
    "Mg2Si": ("SiMg", [ORIGIN, QUARTER], 225, cubic(6.351), {"Si": "Mg8", "Mg": "Si4"}),
    "ZnS": ("ZnS", [ORIGIN, QUARTER], 216, cubic(5.409), {"Zn": "S4", "S": "Zn4"}),
    "InSb": ("InSb", [ORIGIN, QUARTER], 216, cubic(6.479), {"In": "Sb4", "Sb": "In4"}),
    "ZnO": (
        "ZnO",
        [(1 / 3, 2 / 3, 0), (1 / 3, 2 / 3, 0.3819)],
        186,
        hexagonal(3.2495, 5.2069),
        {"Zn": "O4", "O": "Zn4"},
    ),
    "NiAs": ("NiAs", [ORIGIN, HCP], 194, hexagonal(3.619, 5.034), {"Ni": "As6"}),
    "MnAs": ("MnAs", [ORIGIN, HCP], 194, hexagonal(3.724, 5.706), {"Mn": "As6", "As": "Mn6"}),
    "CdI2": ("CdI", [ORIGIN, HCP], 164, hexagonal(4.244, 6.859), {"Cd": "I6", "I": "Cd3"}),
    "MoS2": (
        "MoS",
        [HCP, (1 / 3, 2 / 3, 0.621)],
        194,
        hexagonal(3.1604, 12.295),
        {"Mo": "S6", "S": "Mo3"},
    ),
    "MgH2": (
        "MgH",
        [ORIGIN, (0.304, 0.304, 0)],
        136,
        tetragonal(4.5176, 3.0206),
        {"Mg": "H6", "H": "Mg3"},
    ),
    "MgB2": (
        "MgB",
        [ORIGIN, (1 / 3, 2 / 3, 0.5)],
        191,
        hexagonal(3.0834, 3.5213),
        {"Mg": "B12", "B": "Mg6B3"},
    ),
    "CoSb3": (
        "CoSb",
        [QUARTER, (0, 0.3351, 0.1602)],
        204,
        cubic(9.0385),
        {"Co": "Sb6", "Sb": "Co2Sb2"},
    ),
    "Y3Al5O12": (
        "YAlAlO",
        [(0.125, 0, 0.25), ORIGIN, (0.375, 0, 0.25), (-0.0306, 0.0512, 0.15)],
        230,
        cubic(12.006),
        {"Y": "O8", "Al": "O4 O6", "O": "Al2Y2"},
    ),
    # Kraft et al. (2017), doi:10.1021/jacs.7b06327, without its Li.
    "PS4 of Li6PS5Cl": (
        "PSSCl",
        [(0, 0, 0.5), (0.1198, -0.1198, 0.6198), (0.25, 0.25, 0.75), ORIGIN],
        216,
        cubic(9.859),
        {"P": "S4", "S": "P none", "Cl": "none"},
    ),
}

MOLECULES = {
    # Buser et al. (1977), doi:10.1021/ic50177a008, the framework.
    "Fe4(Fe(CN)6)3": (
        "FeFeCN",
        [*BLUE, (0.189, 0, 0), (0.301, 0, 0)],
        225,
        cubic(10.166),
        {"Fe": "C6 N6", "C": "FeN", "N": "CFe"},
    ),
    "MnFe(CN)6": (
        "FeMnCN",
        [*BLUE, (0.182, 0, 0), (0.293, 0, 0)],
        225,
        cubic(10.53),
        {"Fe": "C6", "Mn": "N6"},
    ),
    "K3Co(NO2)6": (
        "KKCoNO",
        [QUARTER, MIDDLE, ORIGIN, (0.187, 0, 0), (0.25, 0.105, 0)],
        202,
        cubic(10.46),
        {"Co": "N6", "N": "O2Co", "K": "O12"},
    ),
    # Kay and Frazer (1961), doi:10.1107/S0365110X61000176.
    "NaNO2": (
        "NaNO",
        [(0, 0, 0.5853), (0, 0, 0.12), (0.1941, 0, 0)],
        44,
        [5.39, 3.569, 5.578, 90, 90, 90],
        {"N": "O2Na", "O": "Na3N", "Na": "O6N"},
    ),
    # Fischer and Züttel (2004), doi:10.4028/www.scientific.net/MSF.443-444.287.
    "NaBH4": (
        "NaBH",
        [(0.25, 0.75, 0.75), (0.75, 0.25, 0.75), (0.75, 0.0301, 0.6331)],
        137,
        tetragonal(4.332, 5.949),
        {"B": "H4", "Na": "H12", "H": "Na3B"},
    ),
    # Hauback et al. (2003), doi:10.1016/S0925-8388(02)01136-3.
    "LiAlH4": (
        "LiAlHHHH",
        [
            (0.5699, 0.4652, 0.8245),
            (0.1381, 0.2017, 0.9319),
            (0.1826, 0.0958, 0.7630),
            (0.3524, 0.3726, 0.9744),
            (0.2425, 0.0806, 1.1148),
            (0.8024, 0.2633, 0.8717),
        ],
        14,
        [4.8254, 7.8040, 7.8968, 90, 112.268, 90],
        {"Al": "H4", "Li": "H5"},
    ),
    "CO2": ("CO", [ORIGIN, (0.1185, 0.1185, 0.1185)], 205, cubic(5.624), {"C": "O2", "O": "C"}),
    "NaN3": (
        "NaNN",
        [ORIGIN, (0, 0, 0.5), (0, 0, 0.423)],
        166,
        hexagonal(3.646, 15.213),
        {"Na": "N6", "N": "N2 Na3N"},
    ),
    "KN3": (
        "KNN",
        [(0, 0, 0.25), (0, 0.5, 0), (0.1358, 0.6358, 0)],
        140,
        tetragonal(6.1129, 7.0943),
        {"K": "N8", "N": "K4N N2"},
    ),
    "CaC2": ("CaC", [ORIGIN, (0, 0, 0.4068)], 139, tetragonal(3.8887, 6.3769), {"Ca": "C10"}),
    "CaCO3": (
        "CaCO",
        [ORIGIN, (0, 0, 0.25), (0.2578, 0, 0.25)],
        167,
        hexagonal(4.9896, 17.061),
        {"Ca": "O6", "C": "O3", "O": "Ca2C"},
    ),
    "Mg(OH)2": (
        "MgOH",
        [ORIGIN, (1 / 3, 2 / 3, 0.2203), (1 / 3, 2 / 3, 0.413)],
        164,
        hexagonal(3.150, 4.770),
        {"Mg": "O6", "O": "Mg3H", "H": "O"},
    ),
    "LiOH": (
        "LiOH",
        [ORIGIN, (0, 0.5, 0.1936), (0, 0.5, 0.41)],
        129,
        tetragonal(3.549, 4.334),
        {"Li": "O4", "O": "Li4H", "H": "O"},
    ),
    "FeS2": ("FeS", [ORIGIN, (0.3848,) * 3], 205, cubic(5.4166), {"Fe": "S6", "S": "Fe3S"}),
    "NaO2": ("NaO", [ORIGIN, (0.43,) * 3], 205, cubic(5.523), {"Na": "O6", "O": "Na3O"}),
    "KO2": (
        "KO",
        [ORIGIN, (0, 0, 0.4045)],
        139,
        tetragonal(4.033, 6.699),
        {"K": "O10", "O": "K5O"},
    ),
    "Na2O2": (
        "NaNaOO",
        [(0.2963, 0, 0), (0.6296, 0, 0.5), (0, 0, 0.3268), (1 / 3, 2 / 3, 0.172)],
        189,
        hexagonal(6.208, 4.460),
        {"Na": "O6", "O": "Na6O"},
    ),
    "NH4Cl": ("ClNH", [MIDDLE, ORIGIN, (0.1536,) * 3], 215, cubic(3.8758), {"N": "H4", "H": "N"}),
}

Record = tuple[str, Sequence[Point], int, list[float], dict[str, str]]
KNOWN: dict[str, Record] = {**METALS, **COMPOUNDS, **MOLECULES}
TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
SQUARE = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]], dtype=float)


def build(name: str) -> Atoms:
    formula, positions, group, cellpar, _ = KNOWN[name]
    setting = 2 if group == 137 else 1
    symbols = Atoms(formula).get_chemical_symbols()
    return crystal(symbols, positions, spacegroup=group, setting=setting, cellpar=cellpar)


def found(atoms: Atoms) -> dict[str, str]:
    """Environments of each element, in alphabetical order."""
    names, which = environments(atoms.numbers, find_bonds(atoms))
    pairs = {(str(symbol), names[k]) for symbol, k in zip(atoms.symbols, which, strict=True)}
    return {
        element: " ".join(sorted(name for symbol, name in pairs if symbol == element))
        for element, _ in pairs
    }


@pytest.mark.parametrize("scale", [0.98, 1.0, 1.02])
@pytest.mark.parametrize("name", KNOWN)
def test_known_coordination(name: str, scale: float) -> None:
    atoms = build(name)
    atoms.set_cell(atoms.cell * scale, scale_atoms=True)
    environment = found(atoms)
    assert {element: environment[element] for element in KNOWN[name][4]} == KNOWN[name][4]


@pytest.mark.parametrize("name", KNOWN)
def test_known_coordination_with_displacements(name: str) -> None:
    """Every atom 0.02 Å off its site, in a random direction."""
    atoms = build(name).repeat(2)
    step = np.random.default_rng(0).normal(size=(len(atoms), 3))
    atoms.positions += 0.02 * step / np.linalg.norm(step, axis=1)[:, None]
    environment = found(atoms)
    assert {element: environment[element] for element in KNOWN[name][4]} == KNOWN[name][4]


@pytest.mark.parametrize("name", METALS)
@pytest.mark.parametrize("elements", [("Li", "Na", "K"), ("Al", "Ag", "Au"), ("Ti", "Mo", "Pt")])
def test_metals_of_equal_geometry_are_coordinated_equally(
    name: str, elements: tuple[str, ...]
) -> None:
    """Other metals in the same positions, at the mean distance that their radii give."""
    atoms = build(name)
    before = np.bincount(find_bonds(atoms).first, minlength=len(atoms))
    species = np.unique(atoms.numbers)
    other = Atoms(elements[: len(species)])
    own = atoms.copy()
    own.numbers = other.numbers[np.searchsorted(species, atoms.numbers)]
    # So large as the metal of the first element is: from its volume per atom.
    volume = {"Li": 21.6, "Al": 16.6, "Ti": 17.6}[elements[0]]
    scale = (volume * len(own) / own.get_volume()) ** (1 / 3)
    own.set_cell(own.cell * scale, scale_atoms=True)
    after = np.bincount(find_bonds(own).first, minlength=len(own))
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    ("formula", "directions", "inner", "outer"),
    [
        # Hedberg et al. (1979), doi:10.1063/1.437911.
        ("NiC4O4", TETRAHEDRON, 1.838, 1.141),
        # Vannerberg (1964), Acta Chem. Scand. 18, 2385: K2Ni(CN)4.
        ("NiC4N4", SQUARE, 1.86, 1.15),
        # Jost et al. (1975), doi:10.1107/S0567740875008394: Cr(CO)6.
        ("CrC6O6", np.concatenate([np.eye(3), -np.eye(3)]), 1.914, 1.140),
    ],
)
def test_carbonyls_and_cyanides(
    formula: str, directions: np.ndarray, inner: float, outer: float
) -> None:
    positions = np.concatenate([np.zeros((1, 3)), inner * directions, (inner + outer) * directions])
    atoms = Atoms(formula, positions=positions)
    number = np.bincount(find_bonds(atoms).first, minlength=len(atoms))
    count = len(directions)
    assert number.tolist() == [count, *[2] * count, *[1] * count]


@pytest.mark.parametrize(
    ("symbols", "places", "edge"),
    [
        # Ullmannite and cobaltite, pyrite with SbS and AsS for S2 (coordinates rounded, from
        # memory): each metal has three of both, each of these three metals and the other.
        (("Ni", "Sb", "S"), (-0.024, 0.626, 0.388), 5.933),
        (("Co", "As", "S"), (-0.005, 0.617, 0.384), 5.57),
    ],
)
def test_dumbbells_of_a_pnictogen_and_sulfur(
    symbols: tuple[str, str, str], places: tuple[float, float, float], edge: float
) -> None:
    cell = [edge] * 3 + [90] * 3
    atoms = crystal(symbols, [(x, x, x) for x in places], spacegroup=198, cellpar=cell)
    bonds = find_bonds(atoms)
    names = np.array(atoms.get_chemical_symbols())
    around = ["".join(sorted(names[bonds.second[bonds.first == i]])) for i in range(len(atoms))]
    metal, pnictogen, sulfur = symbols
    expected = {
        metal: "".join(sorted(3 * [pnictogen] + 3 * [sulfur])),
        pnictogen: "".join(sorted([*(3 * [metal]), sulfur])),
        sulfur: "".join(sorted([*(3 * [metal]), pnictogen])),
    }
    assert around == [expected[name] for name in names]
