"""The Debye sum: the direct sum, the lines of the crystal, and what it refuses."""

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.powder import Setup, debye_pattern, powder_pattern
from ionsmith.analyzers.powder._debye import pair_histograms
from ionsmith.analyzers.scattering import parse_beam
from ionsmith.analyzers.scattering._form_factors import dispersion, scattering_factors
from ionsmith.builders.particles import build_particle
from ionsmith.errors import InvalidInput

SALT = bulk("NaCl", "rocksalt", a=5.64, cubic=True)


def direct_sum(atoms: Atoms, q: np.ndarray, energy: float, u: dict[str, float]) -> np.ndarray:
    """Sum over all pairs, term by term."""
    elements = sorted(set(atoms.get_chemical_symbols()))
    f = scattering_factors(elements, q / (4 * np.pi), "x-rays").astype(complex)
    f += dispersion(elements, "x-rays", energy)[:, None]
    which = [elements.index(symbol) for symbol in atoms.get_chemical_symbols()]
    distance = cdist(atoms.positions, atoms.positions)
    own = np.array([u.get(element, 0.0) for element in elements])[which]
    total = []
    for k, value in enumerate(q):
        wave = np.exp(-(value**2) * (own[:, None] + own) / 2)
        np.fill_diagonal(wave, 1.0)
        pairs = np.outer(f[which, k], f[which, k].conj()).real * wave
        total.append((pairs * np.sinc(value * distance / np.pi)).sum())
    return np.array(total) / len(atoms)


@pytest.mark.parametrize("displaced", [{}, {"Na": 0.02, "Cl": 0.01}])
def test_the_direct_sum(displaced: dict[str, float]) -> None:
    atoms = build_particle(SALT, 22.0).atoms
    atoms.rattle(0.05, seed=1)
    setup = Setup(two_theta=(0.0, 120.0))
    found = debye_pattern(atoms, setup, step=3.0, u_iso=displaced)
    wave = setup.beam.wavelength
    q = 4 * np.pi * np.sin(np.radians(found.two_theta / 2)) / wave
    reference = direct_sum(atoms, q, setup.beam.energy, displaced)
    assert found.per_atom == pytest.approx(reference, rel=1e-3)
    # Polarisation of a tube, and no Lorentz factor.
    cosine = np.cos(np.radians(found.two_theta)) ** 2
    assert found.intensity == pytest.approx(found.per_atom * (1 + cosine) / 2, rel=1e-6)


def test_a_diatomic_molecule_of_neutrons() -> None:
    # 2 b² (1 + sin(Qr)/(Qr)) of N2, b = 9.36 fm (NIST).
    atoms = molecule("N2")
    setup = Setup(parse_beam("1.5", "neutrons"), two_theta=(10.0, 100.0))
    found = debye_pattern(atoms, setup, step=10.0)
    q = 4 * np.pi * np.sin(np.radians(found.two_theta / 2)) / 1.5
    expected = 9.36**2 * (1 + np.sinc(q * atoms.get_distance(0, 1) / np.pi))
    assert found.per_atom == pytest.approx(expected, rel=1e-3)


def test_lines_of_a_large_particle_are_those_of_the_crystal() -> None:
    # Areas under the lines, smaller by the surface alone.
    setup = Setup(parse_beam("CuKa1", "x-rays"), two_theta=(20.0, 80.0), anomalous=False)
    atoms = build_particle("lib:mgo", 100.0).atoms
    found = debye_pattern(atoms, setup, step=0.02)
    lines = powder_pattern("lib:mgo", setup, displacements=False, u_iso={"Mg": 0.0, "O": 0.0})
    area = []
    for angle in (42.92, 62.31):
        near = abs(found.two_theta - angle) < 3.0
        base = np.interp(found.two_theta[near], *_edges(found.two_theta[near],
                                                        found.intensity[near]))  # fmt: skip
        area.append(float((found.intensity[near] - base).sum()))
    strong = {round(float(a), 1): float(i) for a, i in zip(lines.two_theta, lines.intensity,
                                                            strict=True)}  # fmt: skip
    assert area[1] / area[0] == pytest.approx(strong[62.3] / strong[42.9], rel=0.03)
    # Scherrer: a sphere of diameter D gives lines of the breadth 0.9 λ/(0.8 D cos θ) and more.
    peak = max(found.maxima, key=lambda one: one.intensity)
    assert peak.two_theta == pytest.approx(42.9, abs=0.1)
    assert peak.width is not None
    breadth = np.degrees(1.5406 / (100.0 * np.cos(np.radians(21.45))))
    assert 1.0 < peak.width / breadth < 1.3


def _edges(x: np.ndarray, y: np.ndarray) -> tuple[list[float], list[float]]:
    """A straight line from the first to the last point."""
    return [float(x[0]), float(x[-1])], [float(y[0]), float(y[-1])]


def test_it_does_not_change_when_the_particle_turns_or_its_atoms_swap() -> None:
    atoms = build_particle(SALT, 20.0).atoms
    other = atoms[np.random.default_rng(1).permutation(len(atoms))]
    other.positions = other.positions @ Rotation.random(rng=2).as_matrix().T + [5.0, -3.0, 90.0]
    one, two = (debye_pattern(x, step=0.5).intensity for x in (atoms, other))
    assert two == pytest.approx(one, rel=1e-3)
    assert one.tobytes() == debye_pattern(atoms, step=0.5).intensity.tobytes()


def test_without_compiled_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if "_pair_loops" in name:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    atoms = build_particle(SALT, 20.0).atoms
    fast, longest = pair_histograms(atoms, 0.01)
    monkeypatch.setattr(builtins, "__import__", without)
    slow, same = pair_histograms(atoms, 0.01)
    assert same == pytest.approx(longest)
    for pair, (number, mean) in fast.items():
        assert number.sum() == slow[pair][0].sum()
        assert number @ mean == pytest.approx(slow[pair][0] @ slow[pair][1], rel=1e-6)
    n = len(atoms)
    assert sum(number.sum() for number, _ in fast.values()) == n * (n - 1) / 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"structure": "lib:mgo"}, "periodic"),
        ({"step": 0.0}, "`step`"),
        ({"u_iso": {"Xe": 0.1}}, "no 'Xe'"),
        ({"u_iso": {"Na": -0.1}}, "0 Å² or more"),
    ],
)
def test_bad_input(change: dict[str, Any], message: str) -> None:
    given = {"structure": build_particle(SALT, 8.0).atoms, **change}
    with pytest.raises(InvalidInput, match=message):
        debye_pattern(**given)


def test_columns_and_picture(tmp_path: Path) -> None:
    pattern = debye_pattern(build_particle(SALT, 16.0).atoms, Setup(two_theta=(20.0, 60.0)))
    curve = np.exp(-((pattern.two_theta - 31.7) ** 2))
    both = pattern.with_profiles({"salt": curve})
    columns = both.columns()
    assert list(columns) == ["two_theta", "debye", "salt"]
    assert columns["salt"].max() == pytest.approx(100)
    near = abs(pattern.two_theta - 31.7) < np.log(2) ** 0.5
    assert columns["debye"][near].max() == pytest.approx(100, rel=1e-3)
    assert len(both.draw().axes[0].lines) == 2
