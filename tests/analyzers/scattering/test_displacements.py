"""Displacements of a file enter the intensities, as cctbx computes them."""

import json
from pathlib import Path

import gemmi
import numpy as np
import pytest

from ionsmith.analyzers.powder import Setup, powder_pattern
from ionsmith.analyzers.scattering import parse_beam, powder_intensities
from ionsmith.crystals.cif import read_cif
from ionsmith.crystals.files import read_structure, write_structure

REFERENCE = json.loads(
    (Path(__file__).parent / "displacements_cctbx.json").read_text(encoding="utf-8")
)["crystals"]


@pytest.mark.parametrize("name", REFERENCE)
def test_cctbx(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.cif"
    path.write_text(REFERENCE[name]["cif"], encoding="utf-8")
    reflections = REFERENCE[name]["intensities"]
    hkl = np.array([[int(index) for index in text.split()] for text in reflections])
    intensities = powder_intensities(path, hkl)
    expected = np.array(list(reflections.values()))
    assert intensities == pytest.approx(expected, rel=1e-5, abs=1e-6 * expected.max())


def test_displacements_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "quartz.cif"
    path.write_text(REFERENCE["quartz"]["cif"], encoding="utf-8")
    rigid = tmp_path / "rigid.cif"
    rigid.write_text(REFERENCE["quartz"]["cif"].partition("loop_\n_atom_site_aniso")[0])
    still = powder_pattern(path, u_iso={"Si": 0.0, "O": 0.0})
    assert still.intensity == pytest.approx(powder_pattern(rigid).intensity, rel=1e-9)
    assert powder_pattern(path).intensity[-1] < 0.95 * still.intensity[-1]


ROCK_SALT = """data_halite
_cell_length_a 5.6402
_cell_length_b 5.6402
_cell_length_c 5.6402
_space_group_name_H-M_alt 'F m -3 m'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_B_iso_or_equiv
Na Na 0 0 0 2.0
Cl Cl 0.5 0.5 0.5 1.5
"""


def share_of_620(b_na: float, b_cl: float) -> float:
    """Line 620 of NaCl in per cent of 200, summed by hand with Cu Kα1 and no dispersion."""
    edge, wavelength = 5.6402, 1.540593
    intensities = []
    for squares, copies in ((4, 6), (40, 24)):
        s = np.sqrt(squares) / (2 * edge)
        theta = np.arcsin(wavelength * s)
        amplitude = sum(
            gemmi.Element(element).it92.calculate_sf(s**2) * np.exp(-b * s**2)
            for element, b in (("Na", b_na), ("Cl", b_cl))
        )
        lorentz = (1 + np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
        intensities.append(copies * amplitude**2 * lorentz)
    return float(100 * intensities[1] / intensities[0])


@pytest.mark.parametrize(("on", "b"), [(True, (2.0, 1.5)), (False, (0.0, 0.0))])
def test_line_620_of_rock_salt(on: bool, b: tuple[float, float], tmp_path: Path) -> None:
    path = tmp_path / "halite.cif"
    path.write_text(ROCK_SALT, encoding="utf-8")
    setup = Setup(parse_beam("1.540593", "x-rays"), two_theta=(5, 150), anomalous=False)
    pattern = powder_pattern(path, setup, displacements=on)
    line = [sorted(np.abs(hkl)) == [0, 2, 6] for hkl in pattern.hkl.tolist()]
    assert pattern.intensity[line] == pytest.approx([share_of_620(*b)], rel=1e-3)


@pytest.mark.parametrize("name", REFERENCE)
def test_atoms_carry_displacements(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.cif"
    path.write_text(REFERENCE[name]["cif"], encoding="utf-8")
    crystal = read_cif(path)
    if not crystal.is_ordered:
        pytest.skip("atoms are ordered")
    atoms = read_structure(path)
    write_structure(tmp_path / "model.extxyz", atoms)
    expected = powder_pattern(path)
    doubled = atoms.repeat((1, 1, 2))
    for source in (atoms, tmp_path / "model.extxyz", doubled):
        pattern = powder_pattern(source)
        assert pattern.two_theta == pytest.approx(expected.two_theta, abs=1e-4)
        assert pattern.intensity == pytest.approx(expected.intensity, rel=1e-3, abs=1e-3)
    hkl = np.array([[2, 1, 3], [1, 2, 3], [0, 1, 2]])
    assert powder_intensities(atoms, hkl) == pytest.approx(
        powder_intensities(path, hkl), rel=1e-5, abs=1e-6
    )


def test_equal_places_with_unequal_displacements(tmp_path: Path) -> None:
    """Positions alone have more symmetry than the crystal, which must not be used."""
    head = ROCK_SALT.replace("F m -3 m", "P 1").partition("Na Na")[0]
    places = {"Na": [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]}
    places["Cl"] = [(0.5, 0.5, 0.5), (0.5, 0, 0), (0, 0.5, 0), (0, 0, 0.5)]
    values = [2.0, 0.1, 0.1, 0.1, 1.5, 1.5, 1.5, 1.5]
    rows = [
        f"{element}{number} {element} {x} {y} {z} {values[4 * (element == 'Cl') + number]}"
        for element, listed in places.items()
        for number, (x, y, z) in enumerate(listed)
    ]
    path = tmp_path / "uneven.cif"
    path.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    s = 1 / (2 * 5.6402)
    factor = gemmi.Element("Na").it92.calculate_sf(s**2)
    amplitude = factor * (np.exp(-2.0 * s**2) - np.exp(-0.1 * s**2))
    hkl = np.array([[1, 0, 0]])
    for source in (path, read_structure(path)):
        assert powder_intensities(source, hkl) == pytest.approx([amplitude**2], rel=1e-3)
