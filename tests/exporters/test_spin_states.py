"""Spin states of ions in their surroundings."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal

from ionsmith.builders.nasicon import build_nasicon
from ionsmith.crystals.files import read_structure
from ionsmith.exporters._electrons import initial_moments, unpaired


@pytest.mark.parametrize(
    ("symbol", "charge", "electrons"),
    [
        # Kittel, Introduction to Solid State Physics, 8th ed., table 11.1: 2S of Ce3+ to Yb3+.
        *zip(
            ["Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"],
            [3] * 14,
            [1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1, 0],
            strict=True,
        ),
        ("Eu", 2, 7),
        ("Ce", 4, 0),
        ("U", 4, 2),
        ("U", 6, 0),
        ("La", 3, 0),
    ],
)
def test_hund(symbol: str, charge: int, electrons: int) -> None:
    assert unpaired(symbol, charge) == electrons


def layered(metal: str, a: float, c: float) -> Atoms:
    """LiMO2 of the type of alpha-NaFeO2."""
    sites = [(0, 0, 0.5), (0, 0, 0), (0, 0, 0.24)]
    return crystal(["Li", metal, "O"], sites, spacegroup=166, cellpar=[a, a, c, 90, 90, 120])


@pytest.mark.parametrize(
    ("atoms", "symbol", "sizes"),
    [
        # Sources beside LOW_SPIN; LiCoO2: Akimoto et al., J. Solid State Chem. 141, 298 (1998).
        (layered("Co", 2.8156, 14.0542), "Co", {0}),
        (layered("Ni", 2.878, 14.19), "Ni", {1}),
        (layered("Cr", 2.898, 14.42), "Cr", {3}),
        (bulk("NiO", "rocksalt", a=4.177), "Ni", {2}),
        (bulk("MnO", "rocksalt", a=4.445), "Mn", {5}),
        (bulk("GdN", "rocksalt", a=4.999), "Gd", {7}),
        (bulk("EuO", "rocksalt", a=5.144), "Eu", {7}),
        (bulk("CeO2", "fluorite", a=5.411), "Ce", {0}),
    ],
)
def test_moments_of_crystals(atoms: Atoms, symbol: str, sizes: set[float]) -> None:
    moments, _ = initial_moments(atoms)
    assert set(moments[np.array(atoms.get_chemical_symbols()) == symbol]) == sizes


def test_the_other_spin_state_is_named() -> None:
    _, notes = initial_moments(layered("Co", 2.8156, 14.0542))
    assert "Co+3 0 (low spin; high spin has 4)" in notes[0]


def test_metals_have_the_moment_of_the_element() -> None:
    iron = bulk("Fe")
    iron.set_initial_magnetic_moments(None)
    moments, notes = initial_moments(iron)
    assert moments.tolist() == [2.2]
    assert "as in metals" in notes[0]


def pyrite(metal: str, a: float, u: float, anion: str = "S") -> Atoms:
    """Crystals of the type of pyrite."""
    return crystal(
        [metal, anion], [(0, 0, 0), (u, u, u)], spacegroup=205, cellpar=[a] * 3 + [90] * 3
    )


def perovskite(a_site: str, b_site: str, a: float, anion: str = "O") -> Atoms:
    """Cubic perovskites."""
    sites = [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)]
    return crystal([a_site, b_site, anion], sites, spacegroup=221, cellpar=[a] * 3 + [90] * 3)


def hexacyanide(sodium: float) -> Atoms:
    """Na Fe[Fe(CN)6], half of Na or all of it, Fe(C) first; cell of Prussian blue."""
    sites = [(0.25, 0.25, 0.25), (0.5, 0.5, 0.5), (0, 0, 0), (0.188, 0, 0), (0.3, 0, 0)]
    atoms = crystal(
        ["Na", "Fe", "Fe", "C", "N"], sites, spacegroup=225, cellpar=[10.2] * 3 + [90] * 3
    )
    sodiums = np.flatnonzero(atoms.numbers == 11)
    del atoms[sodiums[: round((1 - sodium) * len(sodiums))]]
    return atoms


@pytest.mark.parametrize(
    ("atoms", "symbol", "counts"),
    [
        # Pyrites: Miyahara and Teranishi 1968 (beside LOW_SPIN); NiS2 and MnS2 are high spin.
        (pyrite("Fe", 5.418, 0.385), "Fe", {0: 4}),
        (pyrite("Co", 5.539, 0.39), "Co", {1: 4}),
        (pyrite("Ni", 5.687, 0.394), "Ni", {2: 4}),
        (pyrite("Mn", 6.104, 0.401), "Mn", {5: 4}),
        (pyrite("Co", 5.859, 0.38, "Se"), "Co", {1: 4}),
        # One unpaired electron for each O2-, none for O2 2-.
        (pyrite("Na", 5.49, 0.43, "O"), "O", {0.5: 8}),
        (
            crystal(["K", "O"], [(0, 0, 0), (0, 0, 0.405)], spacegroup=139,
                    cellpar=[4.034, 4.034, 6.699, 90, 90, 90]), "O", {0.5: 4},
        ),
        (
            crystal(["Ba", "O"], [(0, 0, 0), (0, 0, 0.391)], spacegroup=139,
                    cellpar=[3.815, 3.815, 6.851, 90, 90, 90]), "O", {0: 4},
        ),
        # Ferromagnetic SrRuO3, Jin et al. 2008; NaOsO3 5d3; Fe4+ and Ni3+ of perovskites.
        (perovskite("Sr", "Ru", 3.95), "Ru", {2: 1}),
        (perovskite("Na", "Os", 3.85), "Os", {3: 1}),
        (perovskite("Sr", "Fe", 3.85), "Fe", {4: 1}),
        (perovskite("La", "Ni", 3.84), "Ni", {1: 1}),
        (perovskite("La", "Co", 3.83), "Co", {0: 1}),
        (perovskite("La", "Mn", 3.89), "Mn", {4: 1}),
        (perovskite("Tb", "Mn", 3.85), "Mn", {4: 1}),
        (perovskite("Eu", "Ti", 3.905), "Eu", {7: 1}),
        (perovskite("K", "Mn", 4.189, "F"), "Mn", {5: 1}),
        # Prussian blue: low-spin Fe2+ at carbon, high-spin Fe3+ at nitrogen (Ito et al. 1968).
        (hexacyanide(0.5), "Fe", {0: 4, 5: 4}),
        # Rare-earth nitrides and oxides: Hund.
        (bulk("ErN", "rocksalt", a=4.84), "Er", {3: 1}),
        (bulk("NdN", "rocksalt", a=5.15), "Nd", {3: 1}),
        (bulk("CrN", "rocksalt", a=4.149), "Cr", {3: 1}),
        (bulk("CoO", "rocksalt", a=4.26), "Co", {3: 1}),
    ],
)  # fmt: skip
def test_moments_of_other_kinds(atoms: Atoms, symbol: str, counts: dict[float, int]) -> None:
    atoms.set_initial_magnetic_moments(None)
    moments, _ = initial_moments(atoms)
    own = moments[np.array(atoms.get_chemical_symbols()) == symbol]
    assert {float(size): int((own == size).sum()) for size in np.unique(own)} == counts


def test_iron_at_carbon_has_the_lower_charge() -> None:
    atoms = hexacyanide(0.5)
    moments, _ = initial_moments(atoms)
    for atom in np.flatnonzero(atoms.numbers == 26):
        carbon = atoms.get_distances(atom, np.flatnonzero(atoms.numbers == 6), mic=True).min()
        assert moments[atom] == (0 if carbon < 2.5 else 5)


def orthorhombic(metal: str, other: str, cell: tuple[float, float, float]) -> Atoms:
    """Crystals of the type of MnP."""
    places = [(0.003, 0.25, 0.2), (0.19, 0.25, 0.57)]
    return crystal([metal, other], places, spacegroup=62, cellpar=[*cell, 90, 90, 90])


@pytest.mark.parametrize(
    ("atoms", "metal", "size"),
    [
        # Metals, not ions: high spin of Fe3+ would be 5, of Co3+ 4.
        (orthorhombic("Fe", "P", (5.19, 3.10, 5.79)), "Fe", 2.2),
        (orthorhombic("Co", "P", (5.08, 3.28, 5.59)), "Co", 1.7),
        (orthorhombic("Co", "As", (5.28, 3.46, 5.87)), "Co", 1.7),
        (
            crystal(["Ni", "Ni", "P", "P"],
                    [(0.2575, 0, 0), (0.5946, 0, 0.5), (1 / 3, 2 / 3, 0), (0, 0, 0.5)],
                    spacegroup=189, cellpar=[5.86, 5.86, 3.38, 90, 90, 120]), "Ni", 0.6,
        ),
        # Cementite is a ferromagnet, though Fe has carbon alone around it as in ferrocene.
        (
            crystal(["Fe", "Fe", "C"],
                    [(0.036, 0.25, 0.852), (0.186, 0.063, 0.328), (0.89, 0.25, 0.45)],
                    spacegroup=62, cellpar=[5.09, 6.74, 4.52, 90, 90, 90]), "Fe", 2.2,
        ),
    ],
)  # fmt: skip
def test_phosphides_and_carbides_start_as_metals(atoms: Atoms, metal: str, size: float) -> None:
    atoms.set_initial_magnetic_moments(None)
    moments, notes = initial_moments(atoms)
    own = np.array(atoms.get_chemical_symbols()) == metal
    assert set(moments[own]) == {size}
    assert not moments[~own].any()
    assert any("as in metals" in note for note in notes)
    states, _ = initial_moments(atoms, oxidation_states={metal: 2})
    high = {"Fe": 4, "Co": 3, "Ni": 2}
    assert set(states[own]) == {high[metal]}  # charges that are given hold


def test_hydrogen_in_cementite_makes_no_molecule_of_it() -> None:
    sites = [(0.036, 0.25, 0.852), (0.186, 0.063, 0.328), (0.89, 0.25, 0.45), (0.5, 0.5, 0.5)]
    atoms = crystal(
        ["Fe", "Fe", "C", "H"], sites, spacegroup=62, cellpar=[5.09, 6.74, 4.52, 90, 90, 90]
    )
    moments, _ = initial_moments(atoms)
    assert moments[atoms.numbers == 26].all()


def test_metals_whose_charge_is_not_known() -> None:
    # Half metals and tellurides (sources beside METAL_MOMENTS); SmCo5: Sm3+ 4f5 and Co.
    samarium = crystal(
        ["Sm", "Co", "Co"], [(0, 0, 0), (1 / 3, 2 / 3, 0), (0.5, 0, 0.5)], spacegroup=191,
        cellpar=[5.0, 5.0, 3.96, 90, 90, 120],
    )  # fmt: skip
    assert sorted(initial_moments(samarium)[0]) == [1.7] * 5 + [5]
    assert sorted(initial_moments(bulk("MnTe", "zincblende", a=6.33))[0]) == [0, 4]
    # An organic salt: Cu2+ d9 in the paddle wheels of HKUST-1 (S. S.-Y. Chui et al., Science 283,
    # 1148 (1999), doi:10.1126/science.283.5405.1148).
    places = [(0, 0, 0), (1.95, 0, 0), (0, 1.95, 0), (-1.95, 0, 0), (0, -1.95, 0), (2.6, 1.1, 0)]
    salt = Atoms("CuO4C", positions=places, cell=[9] * 3, pbc=True)
    moments, notes = initial_moments(salt)
    assert moments[0] == 1
    assert notes == ("formal charge of Cu not known: it starts from 1 Bohr magnetons, as Cu+2",)
    # Ferrocene is diamagnetic: E. O. Fischer and W. Pfab, Z. Naturforsch. B 7, 377 (1952).
    angles = 2 * np.pi * np.arange(5) / 5
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(5)], axis=1)
    up = np.array([0, 0, 1.66])
    places = [[[0, 0, 0]], *(r * ring + s * up for s in (1, -1) for r in (1.21, 2.30))]
    ferrocene = Atoms("FeC5H5C5H5", positions=np.concatenate(places), cell=[9] * 3, pbc=True)
    assert not initial_moments(ferrocene)[0].any()


@pytest.mark.parametrize(("sodium", "total"), [(1, 12), (2, 18), (3.5, 27), (4, 30)])
def test_moments_of_vanadium_follow_sodium(sodium: float, total: float) -> None:
    # 12 V: V4+ d1 and V3+ d2, V2+ d3, for Na1 to Na4 of Na3V2(PO4)3.
    moments, notes = initial_moments(build_nasicon("nvp", sodium=sodium).atoms)
    assert moments.sum() == total
    assert "published sites of nvp" in notes[0]


def test_moments_of_ions_that_a_file_names(tmp_path: Path) -> None:
    # Fe2+ d6 and Fe3+ d5, in a POSCAR and in a CIF of magnetite (cell of Fleet 1981).
    head = "oxide\n1.0\n4.3 0 0\n0 4.3 0\n0 0 8.6\nFe2+ Fe3+ O2-\n1 2 4\nDirect\n"
    sites = "0 0 0\n.5 .5 0\n.5 0 .25\n.5 0 0\n0 .5 0\n0 0 .25\n.5 .5 .25\n"
    (tmp_path / "POSCAR").write_text(head + sites)
    assert initial_moments(read_structure(tmp_path / "POSCAR"))[0].tolist() == [4, 5, 5] + [0] * 4
    (tmp_path / "magnetite.cif").write_text(
        "data_magnetite\n_cell_length_a 8.397\n_cell_length_b 8.397\n_cell_length_c 8.397\n"
        "_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n"
        "_space_group_name_H-M_alt 'F d -3 m :2'\nloop_\n_atom_site_label\n"
        "_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
        "FeA Fe3+ .125 .125 .125\nFeB Fe2.5+ .5 .5 .5\nO O2- .2549 .2549 .2549\n"
        "loop_\n_atom_type_symbol\n_atom_type_oxidation_number\nFe3+ 3\nFe2.5+ 2.5\nO2- -2\n"
    )
    moments, _ = initial_moments(read_structure(tmp_path / "magnetite.cif"))
    assert np.unique(moments, return_counts=True)[1].tolist() == [32, 8, 16]  # 0, 4 and 5
