"""S(Q) and G(r) beside sums over all pairs, and what total scattering must fulfil."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list

from ionsmith.analyzers.pair_distribution import pair_distribution
from ionsmith.analyzers.scattering import TotalScattering
from ionsmith.analyzers.scattering._form_factors import scattering_factors
from ionsmith.bonding import radial_distribution
from ionsmith.crystals import load
from ionsmith.errors import InvalidInput


def scattered(atoms: Atoms, **how: object) -> TotalScattering:
    """Total scattering of a structure."""
    found = pair_distribution(atoms, **how).scattering  # type: ignore[arg-type]
    assert found is not None
    return found


def summed(atoms: Atoms, r: np.ndarray, q_max: float, q_damp: float, radiation: str, u: dict):
    """G(r) from the Debye sum of all pairs up to 8 Å beyond r, each transformed numerically."""
    first, second, distance = neighbor_list("ijd", atoms, float(r[-1]) + 8)
    q = np.linspace(0, q_max, 3001)
    symbols = atoms.get_chemical_symbols()
    factor = {e: scattering_factors([e], q / (4 * np.pi), radiation)[0] for e in set(symbols)}  # type: ignore[arg-type]
    mean = sum(factor[e] for e in symbols) / len(atoms)
    wave = np.zeros(len(q))
    for i, j, d in zip(first, second, distance, strict=True):
        a, b = symbols[i], symbols[j]
        edge = np.cos(np.pi / 2 * np.clip((d - r[-1] - 1) / 7, 0, 1)) ** 2
        spread = edge * np.exp(-(q**2) * (u[a] + u[b]) / 2 - (d * q_damp) ** 2 / 2)
        wave += factor[a] * factor[b] / mean**2 * np.sin(q * d) / d * spread / len(atoms)
    total = np.trapezoid(wave * np.sin(np.outer(r, q)), q, axis=1) * 2 / np.pi
    # The mean density is a peak at Q = 0, where all factors are those of forward scattering.
    density = 4 * np.pi * len(atoms) / atoms.get_volume() * r * np.exp(-((r * q_damp) ** 2) / 2)
    return total - density


@pytest.mark.parametrize(
    ("radiation", "q_damp", "u"),
    [
        ("neutrons", 0.0, {"Na": 0.02, "Cl": 0.01}),
        ("x-rays", 0.08, {"Na": 0.015, "Cl": 0.012}),
    ],
)
def test_equals_the_sum_over_pairs(radiation: str, q_damp: float, u: dict[str, float]) -> None:
    atoms = bulk("NaCl", "rocksalt", a=5.64)
    found = scattered(atoms, r_max=8, q_max=20, q_damp=q_damp, radiation=radiation, u_iso=u)
    every = slice(150, 800, 7)
    expected = summed(atoms, found.r[every], 20, q_damp, radiation, u)
    largest = abs(expected).max()
    assert found.g[every] == pytest.approx(expected, abs=0.003 * largest)


def test_bragg_peaks_stand_where_the_crystal_has_them() -> None:
    found = scattered(bulk("Si", "diamond", a=5.431), r_max=30, q_max=12, u_iso={"Si": 0.006})
    for square in (3, 8, 11):  # 111, 220, 311
        q = 2 * np.pi * np.sqrt(square) / 5.431
        near = np.flatnonzero(abs(found.q - q) < 0.25)
        assert found.q[near[found.s[near].argmax()]] == pytest.approx(q, abs=0.03)
    between = (found.q > 2.4) & (found.q < 2.8)
    assert abs(found.s[between]).max() < 0.1


def test_density_and_first_shell() -> None:
    atoms = bulk("Si", "diamond", a=5.431)
    found = scattered(atoms, r_max=10, q_max=30, radiation="neutrons", u_iso={"Si": 0.005})
    below = (found.r > 0.6) & (found.r < 1.4)
    slope = np.polyfit(found.r[below], found.g[below], 1)[0]
    assert slope == pytest.approx(-4 * np.pi * 8 / 5.431**3, rel=0.05)
    shell = (found.r > 1.9) & (found.r < 2.8)
    number = found.r * (found.g + 4 * np.pi * 8 / 5.431**3 * found.r)
    assert np.trapezoid(number[shell], found.r[shell]) == pytest.approx(4, abs=0.05)
    assert found.s[found.q > 25] == pytest.approx(1, abs=0.12)


def test_supercell_and_order_of_atoms_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    atoms = load("sio2").to_atoms()
    large = atoms.repeat((2, 3, 1))[np.random.default_rng(1).permutation(6 * len(atoms))]
    how = {"r_max": 9, "q_max": 22, "q_damp": 0.03}
    one = scattered(atoms, **how)
    monkeypatch.setattr(radial_distribution, "_FEW", 0.0)  # the compiled histogram
    other = scattered(large, **how)
    assert other.g == pytest.approx(one.g, abs=1e-9)
    assert other.s == pytest.approx(one.s, abs=1e-9)


@pytest.mark.fast
@pytest.mark.parametrize("shared", [False, True])
def test_histogram_is_that_of_the_list(shared: bool) -> None:
    from ionsmith.bonding._pair_histogram import histogram

    atoms = load("nah2po4").to_atoms()
    atoms.rattle(0.05, seed=3)
    kind = np.unique(atoms.numbers, return_inverse=True)[1]
    listed = radial_distribution.pair_counts(atoms, kind, 7.0, shared=shared)
    counted = histogram(atoms, kind, 7.0, radial_distribution.BIN, shared=shared)
    assert counted == pytest.approx(listed, abs=1e-9)
    assert counted.sum() == pytest.approx(len(neighbor_list("i", atoms, 7.0)))


@pytest.mark.parametrize(
    "how",
    [
        {"q_max": 0.5},
        {"q_max": 100},
        {"q_max": 20, "q_damp": -0.1},
        {"q_max": 20, "u_iso": {"Ge": 0.01}},
        {"q_max": 20, "u_iso": {"Si": -0.01}},
        {"q_damp": 0.03},
        {"u_iso": {"Si": 0.01}},
    ],
)
def test_contradictions_are_refused(how: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        pair_distribution("lib:si", **how)  # type: ignore[arg-type]
