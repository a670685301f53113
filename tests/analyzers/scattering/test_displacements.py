"""Displacements of a file enter the intensities, as cctbx computes them."""

import json
from pathlib import Path

import numpy as np
import pytest

from ionsmith.analyzers.powder import PowderPattern, Setup, powder_pattern
from ionsmith.analyzers.scattering import anomalous, parse_beam, powder_intensities
from ionsmith.analyzers.scattering._form_factors import scattering_factors
from ionsmith.analyzers.spots import spot_pattern
from ionsmith.crystals import load
from ionsmith.crystals.cif import read_cif
from ionsmith.crystals.displacements import displacements_of
from ionsmith.crystals.files import read_structure

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


SALT = """data_salt
_cell_length_a 5.6402
_cell_length_b 5.6402
_cell_length_c 5.6402
_symmetry_space_group_name_H-M 'F m -3 m'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_B_iso_or_equiv
Na1 Na 0 0 0 2.0
Cl1 Cl .5 .5 .5 1.5
"""
CU = Setup(parse_beam("CuKa1"), two_theta=(5, 130))


def powder_by_sum(path: Path, setup: Setup) -> dict[float, float]:
    """Lines by spacing from every reflection of the sphere, one atom at a time."""
    crystal = read_cif(path)
    reciprocal = np.linalg.inv(crystal.cell).T
    lengths = np.linalg.norm(reciprocal, axis=1)
    reach = int(np.ceil(2 * max(crystal.cellpar[:3]) / setup.beam.wavelengths[0]))
    grid = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 3), axis=-1).reshape(-1, 3)
    g = grid @ reciprocal
    d = 1 / np.maximum(np.linalg.norm(g, axis=1), 1e-9)
    inside = (d >= setup.d_min) & (d <= setup.d_max)
    hkl, g, d = grid[inside], g[inside], d[inside]
    amplitude = np.zeros(len(hkl), complex)
    rotations, translations = crystal.operations()
    for site in crystal.sites:
        (factor,) = scattering_factors(list(site.occupancy), 1 / (2 * d), "x-rays")
        factor = factor + anomalous(next(iter(site.occupancy)), setup.beam.energy)
        seen = []
        for turn, move in zip(rotations, translations, strict=True):
            place = (turn @ site.position + move) % 1.0
            if any(abs((place - old + 0.5) % 1.0 - 0.5).max() < 1e-4 for old in seen):
                continue
            seen.append(place)
            if site.u_aniso is None:
                damping = np.exp(-2 * np.pi**2 * (site.u_iso or 0.0) / d**2)
            else:
                back = hkl @ turn * lengths  # the index that the site itself sees
                u11, u22, u33, u23, u13, u12 = site.u_aniso
                h, k, el = back.T
                square = u11 * h**2 + u22 * k**2 + u33 * el**2
                square += 2 * (u23 * k * el + u13 * h * el + u12 * h * k)
                damping = np.exp(-2 * np.pi**2 * square)
            amplitude += factor * damping * np.exp(2j * np.pi * hkl @ place)
    theta = np.arcsin(setup.beam.wavelengths[0] / (2 * d))
    lorentz = (1 + np.cos(2 * theta) ** 2) / (np.sin(theta) ** 2 * np.cos(theta))
    lines: dict[float, float] = {}
    for key, value in zip(np.round(d, 5).tolist(), abs(amplitude) ** 2 * lorentz, strict=True):
        lines[key] = lines.get(key, 0.0) + float(value)
    top = max(lines.values())
    return {key: 100 * value / top for key, value in lines.items() if value > 1e-6 * top}


def check_same(found: PowderPattern, expected: PowderPattern) -> None:
    """Two patterns have the same lines."""
    assert found.d == pytest.approx(expected.d, rel=1e-6)
    assert found.intensity == pytest.approx(expected.intensity, rel=1e-6, abs=1e-9)


def intensity_at(pattern: PowderPattern, d: float) -> float:
    """Intensity of the line at a spacing in Å."""
    line = np.argmin(abs(pattern.d - d))
    assert pattern.d[line] == pytest.approx(d, abs=2e-5)
    return float(pattern.intensity[line])


@pytest.mark.parametrize("name", ["salt", *REFERENCE])
def test_powder_lines(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.cif"
    path.write_text(SALT if name == "salt" else REFERENCE[name]["cif"], encoding="utf-8")
    expected = powder_by_sum(path, CU)
    found = powder_pattern(path, CU)
    # Lines that nearly coincide are merged in a pattern.
    d = np.sort(list(expected))
    gaps = np.minimum(np.diff(d, prepend=0.0), np.diff(d, append=9e9))
    alone = [key for key in d[gaps > 1e-4 * d].tolist() if expected[key] > 0.01]
    assert len(alone) > 5
    for d in alone:
        assert intensity_at(found, d) == pytest.approx(expected[d], rel=1e-3)


def test_damping_of_salt(tmp_path: Path) -> None:
    """The (620) line with B of 2.0 and 1.5 Å², and without."""
    path = tmp_path / "salt.cif"
    path.write_text(SALT)
    d = 5.6402 / np.sqrt(40)
    assert intensity_at(powder_pattern(path, CU), d) == pytest.approx(5.56, abs=0.01)
    still = powder_pattern(path, CU, displacements=False)
    assert intensity_at(still, d) == pytest.approx(14.24, abs=0.02)


@pytest.mark.parametrize("name", ["salt", *REFERENCE])
def test_atoms_carry_displacements(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.cif"
    path.write_text(SALT if name == "salt" else REFERENCE[name]["cif"], encoding="utf-8")
    atoms = read_structure(path)
    expected = powder_pattern(path, CU)
    turned = atoms.copy()
    turned.rotate(40, (1, 2, 3), rotate_cell=True)
    for model in (atoms, turned, atoms[::-1], atoms.repeat((1, 2, 1))):
        check_same(powder_pattern(model, CU), expected)


def test_switch_of_spots(tmp_path: Path) -> None:
    path = tmp_path / "salt.cif"
    path.write_text(SALT)
    bare = tmp_path / "bare.cif"
    bare.write_text(SALT.replace("2.0\n", "?\n").replace("1.5\n", "?\n"))
    still = spot_pattern(path, "[1,0,0]", displacements=False)
    assert still.intensity == pytest.approx(spot_pattern(bare, "[1,0,0]").intensity)
    assert spot_pattern(path, "[1,0,0]").intensity.sum() < 0.99 * still.intensity.sum()


def test_unequal_displacements_lower_the_symmetry() -> None:
    """Half of the atoms of a cubic crystal move more: a direct sum, not the cubic families."""
    atoms = load("si").to_atoms()
    u = np.where(atoms.positions[:, 0] < 2.0, 0.03, 0.003)
    atoms.set_array("u_iso", u)
    hkl = np.array([[4, 2, 2], [2, 4, 2], [2, 2, 4], [5, 1, 1], [1, 5, 1]])
    g = hkl @ np.linalg.inv(atoms.cell.array).T
    square = (g**2).sum(axis=1)
    (factor,) = scattering_factors(["Si"], np.sqrt(square) / 2, "x-rays")
    damping = np.exp(-2 * np.pi**2 * np.outer(square, u))
    sums = (damping * np.exp(2j * np.pi * g @ atoms.positions.T)).sum(axis=1)
    expected = abs(factor * sums) ** 2
    assert powder_intensities(atoms, hkl) == pytest.approx(expected, rel=1e-6)
    pattern = powder_pattern(atoms, CU)
    everything = powder_pattern(atoms * (1, 1, 2), CU)
    check_same(everything, pattern)


def test_tensors_of_another_cell_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "quartz.cif"
    path.write_text(REFERENCE["quartz"]["cif"], encoding="utf-8")
    atoms = read_structure(path)
    assert displacements_of(atoms)[1] is not None
    atoms.set_cell(atoms.cell.array[[1, 2, 0]])
    isotropic, anisotropic = displacements_of(atoms)
    assert anisotropic is None
    assert np.isfinite(isotropic).all()
