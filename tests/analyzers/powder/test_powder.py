"""Powder lines beside cctbx, published lists and textbook numbers; merging, factors, input."""

import json
import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.powder import PowderPattern, Setup, powder_pattern
from ionsmith.analyzers.powder._pattern import merged
from ionsmith.analyzers.scattering import (
    Scatterers,
    anomalous,
    forget_structures,
    parse_beam,
    structure_factors,
)
from ionsmith.analyzers.scattering import _structure_factors as sums
from ionsmith.crystals import load
from ionsmith.errors import InvalidChoice, IonsmithError, NoMatch
from strategies import Disguise, disguises, full_beta_alumina

HERE = Path(__file__).parent
# Written by scripts/compare_powder.py: cctbx-base 2025.11, direct summation, Waasmaier and Kirfel
# (1995), f' and f'' as given there, 5 to 90° with Cu Kα; 2θ, multiplicity, sum of |F|² by line.
CCTBX = json.loads((HERE / "powder_cctbx.json").read_text(encoding="utf-8"))
PUBLISHED = tomllib.loads((HERE / "powder_published.toml").read_text(encoding="utf-8"))


def pattern_of(name: str, **options: Any) -> PowderPattern:
    return powder_pattern(f"lib:{name}", Setup(**options))


@pytest.mark.parametrize("name", sorted(CCTBX))
def test_cctbx(name: str) -> None:
    expected = CCTBX[name]
    pattern = pattern_of(name, merge=2e-5, min_intensity=0.0)
    total = pattern.multiplicity * pattern.f_squared
    assert total.sum() == pytest.approx(expected["sum"], rel=1e-4)
    assert (total > 1e-9 * total.max()).sum() == expected["count"]
    for element, (first, second) in expected["dispersion"].items():
        assert anomalous(element, pattern.setup.beam.energy) == pytest.approx(first + 1j * second)
    for two_theta, multiplicity, strength in expected["lines"]:
        line = abs(pattern.two_theta - two_theta).argmin()
        assert pattern.two_theta[line] == pytest.approx(two_theta, abs=2e-5)
        assert pattern.multiplicity[line] == multiplicity
        assert total[line] == pytest.approx(strength, rel=2e-4, abs=1e-5 * total.max())


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_published_lines(name: str) -> None:
    pattern = pattern_of(name)
    for d, intensity, *hkl in PUBLISHED[name]["lines"]:
        line = abs(pattern.d - d).argmin()
        members = pattern.families.hkl[pattern.families_of(line)].tolist()
        assert any(sorted(map(abs, member)) == sorted(map(abs, hkl)) for member in members)
        assert pattern.d[line] == pytest.approx(d, rel=8e-4)
        assert pattern.intensity[line] == pytest.approx(intensity, abs=21)


def test_silicon() -> None:
    """Textbook: the multiplicities of the diamond structure, and (331) beside (422)."""
    pattern = pattern_of("si", two_theta=(5, 140))
    found = list(zip(pattern.hkl.tolist(), pattern.multiplicity.tolist(), strict=True))
    assert found[:6] == [
        ([1, 1, 1], 8), ([2, 2, 0], 12), ([3, 1, 1], 24), ([4, 0, 0], 6), ([3, 3, 1], 24),
        ([4, 2, 2], 24),
    ]  # fmt: skip
    shared = pattern.families.hkl[pattern.families_of(6)].tolist()
    assert sorted(shared) == [[3, 3, 3], [5, 1, 1]]
    assert pattern.multiplicity[6] == 32
    a = load("si").cellpar[0]
    assert pattern.d[0] == pytest.approx(a / np.sqrt(3))
    wave = parse_beam("CuKa").wavelength
    assert pattern.two_theta[0] == pytest.approx(2 * np.degrees(np.arcsin(wave / 2 / pattern.d[0])))


@pytest.mark.parametrize("blind", [False, True])
def test_cell_that_is_cubic_but_for_the_last_digits(blind: bool) -> None:
    """A relaxed cell: the same multiplicities whether or not its symmetry is known."""
    atoms = bulk("Si", cubic=True)
    deformed = np.eye(3) + 1e-6 * np.array([[1, 0.3, 0], [0, -0.7, 0.2], [0.4, 0, 0.5]])
    atoms.set_cell(atoms.cell.array @ deformed, scale_atoms=True)
    scatterers = Scatterers.of(atoms)
    if blind:
        scatterers = replace(scatterers, symmetry=None)
    pattern = powder_pattern(scatterers)
    assert pattern.multiplicity.tolist() == [8, 12, 24, 6, 24, 24]


def positions() -> st.SearchStrategy[np.ndarray]:
    clusters = st.lists(
        st.tuples(st.floats(0, 1), st.integers(1, 5), st.sampled_from([1e-9, 1e-4, 4e-4, 2e-3])),
        min_size=1,
        max_size=25,
    )
    return clusters.map(
        lambda found: np.sort(
            [start + step * number for start, count, step in found for number in range(count)]
        )
    )


@given(positions())
@settings(deadline=None)
def test_merging(angles: np.ndarray) -> None:
    """Groups are narrow, gaps above the tolerance always part, the narrowest gaps never do."""
    starts = merged(angles, 1e-3)
    assert starts[0] == 0
    assert starts[-1] == len(angles)
    for first, last in pairwise(starts):
        assert angles[last - 1] - angles[first] <= 1e-3
    cuts = starts[1:-1]
    apart = np.flatnonzero(np.diff(angles) > 1e-3) + 1
    assert set(apart) <= set(cuts)
    for cut in cuts:
        assert angles[cut] - angles[cut - 1] > 1e-8 or angles[cut - 1] - angles[0] > 1e-3


@given(disguises())
@settings(deadline=None, max_examples=15)
def test_choice_of_cell(disguise: Disguise) -> None:
    """Another cell, origin, orientation and order of the atoms: the same pattern."""
    atoms = full_beta_alumina()
    expected = powder_pattern(atoms, Setup(two_theta=(5, 60)))
    other, _ = disguise.apply(atoms)
    found = powder_pattern(other, Setup(two_theta=(5, 60)))
    strong = expected.intensity > 1e-3
    assert len(found) == len(expected)
    assert found.two_theta == pytest.approx(expected.two_theta, abs=1e-5)
    assert found.multiplicity[strong].tolist() == expected.multiplicity[strong].tolist()
    assert found.intensity == pytest.approx(expected.intensity, abs=1e-4)


def test_primitive_cell_and_supercell() -> None:
    one = powder_pattern(bulk("Ge"))
    for atoms in (bulk("Ge", cubic=True), bulk("Ge").repeat((2, 3, 1))):
        other = powder_pattern(atoms)
        assert other.two_theta == pytest.approx(one.two_theta, abs=1e-9)
        assert other.multiplicity.tolist() == one.multiplicity.tolist()
        assert other.intensity == pytest.approx(one.intensity, abs=1e-8)
        assert other.scale / len(atoms) ** 2 == pytest.approx(one.scale / 4)


def test_oblique_cell_misses_no_line() -> None:
    """A cell so oblique that a range of indices would have to be very large."""
    atoms = bulk("Ge")
    expected = powder_pattern(atoms)
    atoms.set_cell(np.array([[1, 0, 0], [7, 1, 0], [-9, 11, 1]]) @ atoms.cell.array)
    found = powder_pattern(atoms)
    assert found.multiplicity.tolist() == expected.multiplicity.tolist()
    assert found.intensity == pytest.approx(expected.intensity, abs=1e-8)


def test_doublet() -> None:
    """Each line twice, Kα2 at the angle of its wavelength and half as strong but for P L."""
    both = pattern_of("si", beam=parse_beam("CuKa12"))
    first = pattern_of("si", beam=parse_beam("CuKa1"))
    second = both.wavelength > 1.543
    assert both.two_theta[~second] == pytest.approx(first.two_theta)
    assert both.d[second] == pytest.approx(both.d[~second], rel=1e-9)
    ratio = both.intensity[second] / both.intensity[~second]
    assert ratio == pytest.approx(0.5 * np.ones(6), rel=0.02)


def test_polarisation_and_lorentz() -> None:
    at = np.array([60.0, 90.0])
    theta = np.radians(at / 2)
    lorentz = 1 / (np.sin(theta) ** 2 * np.cos(theta))
    assert Setup().factor(at) == pytest.approx(lorentz * [0.625, 0.5])
    synchrotron = Setup(in_plane=0.0)
    assert synchrotron.factor(at) == pytest.approx(lorentz)
    graphite = Setup(monochromator=26.6).factor(at)
    a = np.cos(np.radians(26.6)) ** 2
    assert graphite == pytest.approx(lorentz * [(1 + a / 4) / (1 + a), 1 / (1 + a)])
    neutrons = Setup(beam=parse_beam("1.5", "neutrons"), monochromator=26.6)
    assert neutrons.factor(at) == pytest.approx(lorentz)
    variable = Setup(geometry="bragg-brentano-variable-slit").factor(at)
    assert variable == pytest.approx(Setup().factor(at) * np.sin(theta))


def test_beams() -> None:
    assert parse_beam("CuKα").wavelength == pytest.approx(1.54187, abs=1e-5)
    assert parse_beam("cuka1").wavelengths == (1.5405929,)
    assert parse_beam("MoKb").wavelength == pytest.approx(0.632303)
    assert parse_beam("8.0478 keV").wavelength == pytest.approx(1.5406, abs=1e-4)
    assert parse_beam("1.54 Å").wavelength == 1.54
    # Williams and Carter (2009), table 1.2; 81.81 meV neutrons have 1 Å (Å² = 81.81 / meV).
    assert parse_beam("300kV", "electrons").wavelength == pytest.approx(0.0197, abs=2e-5)
    assert parse_beam("81.8042 meV", "neutrons").wavelength == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "radiation"),
    [
        ("XxKa", "x-rays"),
        ("CuKc", "x-rays"),
        ("CuKa", "neutrons"),
        ("0", "x-rays"),
        ("1.2.3", "x-rays"),
        ("-1", "x-rays"),
        ("200kV", "x-rays"),
        ("1e9", "x-rays"),
        ("", "x-rays"),
        ("1", "light"),
    ],
)
def test_unknown_beams(text: str, radiation: str) -> None:
    with pytest.raises(IonsmithError) as raised:
        parse_beam(text, radiation)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "options",
    [
        {"two_theta": (50, 20)},
        {"two_theta": (10, 180)},
        {"geometry": "guinier"},
        {"monochromator": -1},
        {"in_plane": 2},
        {"in_plane": 1.0, "monochromator": 90.0},
        {"merge": -1},
        {"min_intensity": 100},
    ],
)
def test_bad_setup(options: dict) -> None:
    with pytest.raises(IonsmithError):
        Setup(**options)


def test_no_line() -> None:
    with pytest.raises(NoMatch, match="wider range"):
        pattern_of("si", two_theta=(5, 10))
    with pytest.raises(IonsmithError, match="more than"):
        pattern_of("nvp", beam=parse_beam("0.02"))


def test_plain_values() -> None:
    found = pattern_of("si").to_dict()
    assert found["lines"][0]["hkl"] == [1, 1, 1]
    json.dumps(found, allow_nan=False)
    assert len(pattern_of("si").tables()[0].rows) == 6


def test_anything_that_is_a_crystal(tmp_path: Path) -> None:
    """A name, atoms, a pymatgen structure and a file; displacements are those that are given."""
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = load("al2o3").to_atoms()
    atoms.write(tmp_path / "al2o3.cif")
    expected = powder_pattern("lib:al2o3", u_iso={"Al": 0.01, "O": 0.01})
    for crystal in (load("al2o3"), atoms, AseAtomsAdaptor.get_structure(atoms),
                    tmp_path / "al2o3.cif"):  # fmt: skip
        found = powder_pattern(crystal, u_iso={"Al": 0.01, "O": 0.01})
        assert found.hkl.tolist() == expected.hkl.tolist()
        assert found.intensity == pytest.approx(expected.intensity, abs=1e-3)


def test_unknown_words_are_refused() -> None:
    with pytest.raises(InvalidChoice, match="`geometry` is 'guinier'"):
        Setup(geometry="guinier")  # type: ignore[arg-type]
    with pytest.raises(InvalidChoice, match="`radiation` is 'light'"):
        parse_beam("1.54", "light")  # type: ignore[arg-type]
    with pytest.raises(InvalidChoice, match="`radiation` is 'light'"):
        structure_factors("lib:si", [[1, 1, 1]], "light")  # type: ignore[arg-type]


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_oblique_axes_give_the_lines_of_the_crystal(seed: int) -> None:
    """The lattice is the same whatever its basis; without symmetry nothing else is known of it."""
    random = np.random.default_rng(seed)
    atoms = load("lifepo4").to_atoms()
    del atoms.arrays["site_label"]
    atoms.rattle(0.05, rng=random)
    change = np.eye(3, dtype=int)
    for _ in range(4):
        row, other = random.choice(3, 2, replace=False)
        change[row] += random.integers(-2, 3) * change[other]
    sheared = atoms.copy()
    sheared.set_cell(change @ atoms.cell.array)
    setup = Setup(two_theta=(5.0, 60.0))
    one, two = powder_pattern(atoms, setup), powder_pattern(sheared, setup)
    np.testing.assert_allclose(two.two_theta, one.two_theta, atol=1e-9)
    np.testing.assert_allclose(two.intensity, one.intensity, atol=1e-7)
    assert two.multiplicity.tolist() == one.multiplicity.tolist()


def test_many_atoms_give_the_lines_of_the_direct_sum() -> None:
    """The Fourier transform of many atoms, within 1e-6 of the strongest line."""
    atoms = load("nzp").to_atoms().repeat((2, 2, 1))
    del atoms.arrays["site_label"]
    atoms.rattle(0.05, seed=2)
    setup = Setup(two_theta=(5.0, 70.0), min_intensity=0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "FEW", 0)
        patch.setattr(sums, "GRID", 0)
        quick = powder_pattern(atoms, setup)
        patch.setattr(sums, "FEW", np.inf)
        forget_structures()
        direct = powder_pattern(atoms, setup)
    np.testing.assert_allclose(quick.two_theta, direct.two_theta, atol=1e-6)
    np.testing.assert_allclose(quick.intensity, direct.intensity, rtol=0, atol=1e-6 * 100)
