"""Structure factors: the plain sum, Friedel pairs, absences, other origins and cells."""

from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.scattering import (
    Scatterers,
    powder_intensities,
    structure_factors,
)
from ionsmith.analyzers.scattering._form_factors import dispersion, scattering_factors
from ionsmith.crystals import load

PHASES = ("beta2-alumina", "nvp", "sio2", "nah2po4", "li22sn5", "te")
RADIATIONS = (("x-rays", 8040.0), ("neutrons", None), ("electrons", None))
TOLERANCE = 1e-7  # the coordinates of some crystals are written with eight digits
names = st.sampled_from(PHASES)
triples = st.lists(st.tuples(*[st.integers(-9, 9)] * 3), min_size=1, max_size=30)


def plain_sum(
    scatterers: Scatterers, hkl: np.ndarray, radiation: str, energy: float | None
) -> np.ndarray:
    s = np.linalg.norm(scatterers.lattice.normals(hkl), axis=1) / 2
    f = scattering_factors(scatterers.elements, s, radiation).astype(complex)
    f += dispersion(scatterers.elements, radiation, energy)[:, None]
    total = np.zeros(len(hkl), dtype=complex)
    for atom in range(len(scatterers.positions)):
        total += (
            scatterers.occupancy[atom]
            * f[scatterers.element_index[atom]]
            * np.exp(-8 * np.pi**2 * scatterers.u_iso[atom] * s**2)
            * np.exp(2j * np.pi * (hkl @ scatterers.positions[atom]))
        )
    return total


@pytest.mark.parametrize(("radiation", "energy"), RADIATIONS)
@pytest.mark.parametrize("name", PHASES)
def test_plain_sum(name: str, radiation: str, energy: float | None) -> None:
    """Few reflections take another way than many; both are the sum over all atoms of the cell."""
    scatterers = Scatterers.of(f"lib:{name}")
    grid = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    expected = plain_sum(scatterers, grid, radiation, energy)
    found = structure_factors(scatterers, grid, radiation, energy)
    assert abs(found - expected).max() < TOLERANCE * abs(expected).max()
    few = structure_factors(scatterers, grid[::97], radiation, energy)
    assert abs(few - expected[::97]).max() < TOLERANCE * abs(expected).max()


@given(names, triples, st.sampled_from(RADIATIONS))
@settings(deadline=None, max_examples=40)
def test_friedel_pairs(name: str, hkl: list, radiation: tuple) -> None:
    """Without absorption a pair has conjugate factors; with it, the powder has the mean."""
    scatterers, h = Scatterers.of(f"lib:{name}"), np.array(hkl)
    real = structure_factors(scatterers, h, "x-rays")
    assert structure_factors(scatterers, -h, "x-rays") == pytest.approx(real.conj(), abs=1e-8)
    pair = [abs(structure_factors(scatterers, sign * h, *radiation)) ** 2 for sign in (1, -1)]
    mean = powder_intensities(scatterers, h, *radiation)
    assert mean == pytest.approx((pair[0] + pair[1]) / 2, abs=1e-6)


def test_mates_differ_in_quartz() -> None:
    """α-quartz has no centre: with f'' the two mates differ, and one alone would be wrong."""
    scatterers = Scatterers.of("lib:sio2")
    h = np.stack(np.meshgrid(*[np.arange(1, 5)] * 3), axis=-1).reshape(-1, 3)
    first, second = (
        abs(structure_factors(scatterers, sign * h, "x-rays", 8040.0)) ** 2 for sign in (1, -1)
    )
    assert abs(first / second - 1).max() > 0.01


@pytest.mark.parametrize("name", PHASES)
def test_absences(name: str) -> None:
    """What the space group forbids has no intensity, here summed without knowing the group."""
    known = Scatterers.of(f"lib:{name}")
    blind = replace(known, symmetry=None)
    assert known.symmetry is not None
    grid = np.stack(np.meshgrid(*[np.arange(-5, 6)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    forbidden = known.symmetry.absent(grid)
    found = powder_intensities(blind, grid, "x-rays", 8040.0)
    assert found[forbidden].max(initial=0) < 1e-12 * found.max()
    assert powder_intensities(known, grid, "x-rays", 8040.0) == pytest.approx(found, abs=1e-6)


@given(names, triples, st.tuples(*[st.floats(-2, 2)] * 3))
@settings(deadline=None, max_examples=40)
def test_origin(name: str, hkl: list, shift: tuple) -> None:
    scatterers, h = replace(Scatterers.of(f"lib:{name}"), symmetry=None), np.array(hkl)
    moved = replace(scatterers, positions=scatterers.positions + shift)
    phase = np.exp(2j * np.pi * (h @ shift))
    expected = structure_factors(scatterers, h, "x-rays", 8040.0) * phase
    assert structure_factors(moved, h, "x-rays", 8040.0) == pytest.approx(expected, abs=1e-7)


def test_supercell_is_as_strong_as_its_cells() -> None:
    cell = bulk("Si", cubic=True)
    one, eight = Scatterers.of(cell), Scatterers.of(cell.repeat(2))
    h = np.array([[1, 1, 1], [2, 2, 0], [3, 1, 1]])
    expected = 8 * structure_factors(one, h)
    assert structure_factors(eight, 2 * h) == pytest.approx(expected, abs=1e-9)
    assert len(eight.primitive_rows) == 2
    assert abs(structure_factors(eight, 2 * h + 1)).max() == 0


def test_large_cell_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of atoms bound the memory and change no sum."""
    from ionsmith.analyzers.scattering import _structure_factors as phase_sums

    scatterers = replace(Scatterers.of("lib:li22sn5"), symmetry=None)
    grid = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    whole = structure_factors(scatterers, grid)
    monkeypatch.setattr(phase_sums, "BLOCK", 500)
    assert structure_factors(scatterers, grid) == pytest.approx(whole, abs=1e-8)


def test_displacements() -> None:
    """Published ones are used unless replaced; F falls by the Debye–Waller factor."""
    crystal = load("si")
    still = Scatterers.of(crystal, {"Si": 0.0})
    moving = Scatterers.of(crystal, {"Si": 0.01})
    h = np.array([[4, 0, 0]])
    ratio = structure_factors(moving, h) / structure_factors(still, h)
    d = crystal.cellpar[0] / 4
    assert ratio[0] == pytest.approx(np.exp(-2 * np.pi**2 * 0.01 / d**2), rel=1e-9)
