"""How often zones and orientation relationships are read right from lattice images, by dose.

``python scripts/rate_micrographs.py`` makes twenty images of two crystals in the weak-phase
approximation (300 keV, Scherzer defocus varied, amorphous layer): films on substrates and
precipitates in a matrix, turned at random, with drift, scale, elliptical distortion and the noise
of each dose. It prints how often the zones and the orientation relationship are right (within 1°),
and how often the angle and the strains lie in their 95 % intervals.
"""

import sys
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.spacegroup import crystal
from numpy.typing import NDArray
from scipy.fft import fft2, ifft2

from ionsmith.analyzers.scattering import Scatterers, electron_wavelength, structure_factors
from ionsmith.errors import IonsmithError
from ionsmith.lattice.lattice_points import lattice_points
from ionsmith.lattice.miller import triple
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.zone import beam_frame
from ionsmith.micrographs import Micrograph, MicrographIndexing, index_micrograph
from ionsmith.micrographs._relationship import HALF_TURN, turn_between

Floats = NDArray[np.float64]
IMAGES = 20
PIXELS, PIXEL = 640, 0.3
LIMIT = 1.25
"""Information limit in Å."""

CS = 1.0e7
"""Spherical aberration in Å."""


def _cubic(symbols: list[str], basis: list[tuple[float, float, float]], group: int, a: float) -> Atoms:
    """A cubic crystal."""
    return crystal(symbols, basis, spacegroup=group, cellpar=[a, a, a, 90, 90, 90])


def _fcc(symbol: str, a: float) -> Atoms:
    return _cubic([symbol], [(0, 0, 0)], 225, a)


CRYSTALS: dict[str, Atoms | str] = {
    "MgO": _cubic(["Mg", "O"], [(0, 0, 0), (0.5, 0.5, 0.5)], 225, 4.212),
    "Ag": _fcc("Ag", 4.086),
    "Al": _fcc("Al", 4.049),
    "Cu": _fcc("Cu", 3.615),
    "Pd": _fcc("Pd", 3.890),
    "Si": _cubic(["Si"], [(0, 0, 0)], 227, 5.431),
    "Cu2O": _cubic(["Cu", "O"], [(0, 0, 0), (0.25, 0.25, 0.25)], 224, 4.270),
    "SrTiO3": _cubic(["Sr", "Ti", "O"], [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)], 221, 3.905),
    "Mg": crystal(["Mg"], [(1 / 3, 2 / 3, 0.25)], spacegroup=194, cellpar=[3.209, 3.209, 5.211, 90, 90, 120]),
    "Al2O3": "lib:al2o3",
    "ZnO": crystal(["Zn", "O"], [(1 / 3, 2 / 3, 0), (1 / 3, 2 / 3, 0.382)], spacegroup=186, cellpar=[3.250, 3.250, 5.207, 90, 90, 120]),
    "theta'": crystal(["Al", "Cu"], [(0, 0, 0), (0, 0.5, 0.25)], spacegroup=119, cellpar=[4.04, 4.04, 5.80, 90, 90, 90]),
    "nvp": "lib:nvp",
    "nh4vo3": "lib:nh4vo3",
    "nah2po4": "lib:nah2po4",
}

CASES = [
    ("nh4vo3", "nvp", "(1,2,-1)||(2,-1,0)", "[0,1,2]||[1,2,-1]", "film"),
    ("nah2po4", "nvp", "(-1,-2,1)||(0,0,9)", "[-3,2,1]||[2,1,0]", "film"),
    ("MgO", "Ag", "(0,0,1)||(0,0,1)", "[1,1,0]||[1,1,0]", "film"),
    ("Si", "Al", "(1,1,1)||(1,1,1)", "[1,-1,0]||[1,-1,0]", "film"),
    ("Cu", "Cu2O", "(1,1,1)||(1,1,1)", "[1,-1,0]||[1,-1,0]", "film"),
    ("Al2O3", "ZnO", "(0,0,1)||(0,0,1)", "[1,1,0]||[2,1,0]", "film"),
    ("Al", "theta'", "(0,0,1)||(0,0,1)", "[1,0,0]||[1,0,0]", "precipitate"),
    ("SrTiO3", "MgO", "(0,0,1)||(0,0,1)", "[1,0,0]||[1,0,0]", "film"),
    ("Al", "Si", "(0,0,1)||(1,1,1)", "[1,1,0]||[1,-1,0]", "precipitate"),
    ("Al2O3", "Cu", "(0,0,1)||(1,1,1)", "[1,1,0]||[1,-1,0]", "precipitate"),
]


@dataclass(frozen=True)
class Truth:
    """What an image shows."""

    relationship: OrientationRelationship
    strains: tuple[Floats, Floats]
    deviation: float
    distortion: Floats


def _wave(atoms: Scatterers, orientation: Floats, map_: Floats, places: Floats, defocus: float) -> Floats:
    """Contrast of a crystal at places (n, 2) in the weak-phase approximation, of variance 1."""
    hkl = lattice_points(atoms.lattice.reciprocal, [-1 / LIMIT] * 3, [1 / LIMIT] * 3, length=1 / LIMIT)
    hkl = hkl[hkl.any(axis=1)]
    g = atoms.lattice.normals(hkl) @ orientation.T
    zone = abs(g[:, 2]) < 0.012
    hkl, g = hkl[zone], g[zone, :2] @ map_.T
    factor = structure_factors(atoms, hkl, "electrons") * _transfer(np.linalg.norm(g, axis=1), defocus)
    strong = abs(factor) > 1e-3 * abs(factor).max()
    contrast = np.zeros(len(places[0]) * len(places[1])).reshape(len(places[0]), -1)
    for (x, y), f in zip(g[strong], factor[strong], strict=True):
        contrast += np.real(
            f * np.outer(np.exp(2j * np.pi * x * places[0]), np.exp(2j * np.pi * y * places[1]))
        )
    return contrast / contrast.std()


def _transfer(g: Floats, defocus: float) -> Floats:
    """Contrast transfer with the envelope of a field-emission gun."""
    wavelength = electron_wavelength(300)
    phase = np.pi * wavelength * defocus * g**2 - 0.5 * np.pi * CS * wavelength**3 * g**4
    return np.sin(phase) * np.exp(-((g * LIMIT) ** 4) / 2)


def make(seed: int, dose: float) -> tuple[Micrograph, Truth, list[Atoms | str]]:
    """Make one image, with what it shows."""
    random = np.random.default_rng(seed)
    names = CASES[seed % len(CASES)]
    atoms = [Scatterers.of(CRYSTALS[name]) for name in names[:2]]
    phases = [one.phase for one in atoms]
    exact = OrientationRelationship.from_parallel(phases[0], phases[1], *names[2:4], tolerance=5)
    zone = np.array(names[3].split("||")[0].strip("[]").split(","), int)
    normal = np.array(names[2].split("||")[0].strip("()").split(","), int)
    turn, deviation = np.radians(random.uniform(0, 360)), np.radians(random.uniform(-2, 2))
    frame = beam_frame(phases[0].lattice.vectors(zone), phases[0].lattice.normals(normal))
    first = _about_beam(turn) @ frame
    # The film is turned about the beam by up to 2° from the rational relationship.
    second = _about_beam(deviation) @ first @ exact.rotation
    true = OrientationRelationship(phases[0], phases[1], first.T @ second)
    strains = [_symmetric(random, 0.004), _symmetric(random, 0.015)]
    distortion = np.eye(2) + _symmetric(random, 0.008) + random.uniform(-0.01, 0.01) * np.array([[0, 1], [0, 0]])
    defocus = random.uniform(450, 750)
    places = [PIXEL * np.arange(PIXELS)] * 2
    images = [
        _wave(one, orientation, np.linalg.inv(distortion @ (np.eye(2) + strain)).T, places, defocus)
        for one, orientation, strain in zip(atoms, (first, second), strains, strict=True)
    ]
    x, y = np.meshgrid(*places, indexing="ij")
    x, y = x - x.mean(), y - y.mean()
    across = x * np.cos(turn) + y * np.sin(turn) + random.uniform(-10, 10)
    if names[4] == "precipitate":
        along = y * np.cos(turn) - x * np.sin(turn)
        across = 1 - np.hypot(across / 28, along / 50)
        across *= 30
    film = 1 / (1 + np.exp(-across / 1.0))
    image = 0.10 * (images[0] * (1 - film) + images[1] * film)
    # Amorphous layer: white noise through the same lens.
    index = np.fft.fftfreq(PIXELS, PIXEL)
    g = np.hypot(index[:, None], index[None])
    white = random.normal(size=image.shape)
    amorphous = ifft2(fft2(white) * _transfer(g, defocus)).real
    image += 0.06 * amorphous / amorphous.std()
    drift = random.uniform(-0.6, 0.6, 2)
    image = ifft2(fft2(image) * np.sinc(index[:, None] * drift[0] + index[None] * drift[1])).real
    counts = random.poisson(np.clip(1 + image, 0, None) * dose * PIXEL**2)
    truth = Truth(true, (strains[0], strains[1]), float(np.degrees(deviation)), distortion)
    return (
        Micrograph(f"image {seed}", counts.astype(float), PIXEL),
        truth,
        [CRYSTALS[name] for name in names[:2]],
    )


def _about_beam(angle: float) -> Floats:
    """Rotation about z."""
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])


def _symmetric(random: np.random.Generator, size: float) -> Floats:
    """Random strain."""
    a, b, c = random.normal(0, size, 3)
    return np.array([[a, c], [c, b]])


def off(rotation: Floats, truth: Truth) -> float:
    """Angle in degrees of a relationship from the true one, or what a transform shows of it."""
    crystals = truth.relationship.substrate, truth.relationship.film
    return turn_between(rotation, truth.relationship.rotation, crystals)
