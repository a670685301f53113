"""How often zones and orientation relationships are read right from lattice images, by dose.

``python scripts/rate_micrographs.py`` makes twenty images of two crystals in the weak-phase
approximation (300 keV, several defoci, amorphous layer): films on substrates and precipitates in a
matrix, turned and tilted at random, with drift, scale, elliptical distortion and the noise of each
dose. Half of the images are given as two regions, one of each crystal, and half as a whole. It
prints how often the orientation relationship is right (within 1°), the mean probability that it is
given, and how often the angle about the beam and the strains lie in their 95 % intervals.
"""

import sys
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.spacegroup import crystal
from numpy.typing import NDArray
from scipy.fft import fft2, ifft2
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.scattering import Scatterers, electron_wavelength, structure_factors
from ionsmith.errors import IonsmithError
from ionsmith.lattice.lattice_points import lattice_points
from ionsmith.lattice.miller import parse_direction, parse_plane
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.zone import beam_frame
from ionsmith.micrographs import ImagedRelationship, Micrograph, index_micrograph
from ionsmith.micrographs._relationship import proper_rotations

Floats = NDArray[np.float64]
IMAGES = 20
PIXELS, PIXEL = 640, 0.3
LIMIT = 1.25
"""Information limit in Å."""

CS = 1.0e7
"""Spherical aberration in Å."""


def _cubic(
    symbols: list[str], basis: list[tuple[float, float, float]], group: int, a: float
) -> Atoms:
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
    "Mg": crystal(
        ["Mg"], [(1 / 3, 2 / 3, 0.25)], spacegroup=194, cellpar=[3.209, 3.209, 5.211, 90, 90, 120]
    ),
    "Al2O3": "lib:al2o3",
    "ZnO": crystal(
        ["Zn", "O"],
        [(1 / 3, 2 / 3, 0), (1 / 3, 2 / 3, 0.382)],
        spacegroup=186,
        cellpar=[3.250, 3.250, 5.207, 90, 90, 120],
    ),
    "theta'": crystal(
        ["Al", "Cu"],
        [(0, 0, 0), (0, 0.5, 0.25)],
        spacegroup=119,
        cellpar=[4.04, 4.04, 5.80, 90, 90, 90],
    ),
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
    frames: tuple[Floats, Floats]
    strains: tuple[Floats, Floats]


def _wave(
    atoms: Scatterers, orientation: Floats, map_: Floats, places: Floats, defocus: float
) -> Floats:
    """Contrast of a crystal at places (n, 2) in the weak-phase approximation, of variance 1."""
    hkl = lattice_points(
        atoms.lattice.reciprocal, [-1 / LIMIT] * 3, [1 / LIMIT] * 3, length=1 / LIMIT
    )
    hkl = hkl[hkl.any(axis=1)]
    g = atoms.lattice.normals(hkl) @ orientation.T
    zone = abs(g[:, 2]) < 0.012
    hkl, g = hkl[zone], g[zone, :2] @ map_.T
    factor = structure_factors(atoms, hkl, "electrons") * _transfer(
        np.linalg.norm(g, axis=1), defocus
    )
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


def make(seed: int, dose: float) -> tuple[list[Micrograph], Truth, list[Atoms | str]]:
    """Make one image, or two regions of it, with what it shows."""
    random = np.random.default_rng(seed)
    names = CASES[seed % len(CASES)]
    atoms = [Scatterers.of(CRYSTALS[name]) for name in names[:2]]
    phases = [one.phase for one in atoms]
    exact = OrientationRelationship.from_parallel(phases[0], phases[1], *names[2:4], tolerance=5)
    zone = np.array(names[3].split("||")[0].strip("[]").split(","), int)
    normal = np.array(names[2].split("||")[0].strip("()").split(","), int)
    turn = np.radians(random.uniform(0, 360))
    frame = beam_frame(phases[0].lattice.vectors(zone), phases[0].lattice.normals(normal))
    tilts = [Rotation.from_rotvec(np.radians([*random.normal(0, 0.3, 2), 0])) for _ in range(2)]
    first = _about_beam(turn) @ frame
    # The film is turned about the beam from the rational relationship.
    second = _about_beam(np.radians(random.normal(0, 0.7))) @ first @ exact.rotation
    first, second = (
        tilt.as_matrix() @ one for tilt, one in zip(tilts, (first, second), strict=True)
    )
    true = OrientationRelationship(phases[0], phases[1], first.T @ second)
    strains = [_symmetric(random, 0.004), _symmetric(random, 0.015)]
    distortion = (
        np.eye(2)
        + _symmetric(random, 0.008)
        + random.uniform(-0.01, 0.01) * np.array([[0, 1], [0, 0]])
    )
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
    whole = Micrograph(f"image {seed}", counts.astype(float), PIXEL)
    regions = [whole]
    if seed % 2 == 0:
        centre, size = PIXELS * PIXEL / 2, 78.0
        places = [(0.0, 0.0), (0.0, 55.0)] if names[4] == "precipitate" else [(-50, 0), (50, 0)]
        turned = [_about_beam(turn)[:2, :2] @ place + centre - size / 2 for place in places]
        regions = [whole.region(x, y, size, size) for x, y in turned]
    lengths = [np.linalg.svd(distortion @ (np.eye(2) + strain))[1] - 1 for strain in strains]
    truth = Truth(true, (first, second), (lengths[0], lengths[1]))
    return regions, truth, [CRYSTALS[name] for name in names[:2]]


def _about_beam(angle: float) -> Floats:
    """Rotation about z."""
    return np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )


def _symmetric(random: np.random.Generator, size: float) -> Floats:
    """Random strain."""
    a, b, c = random.normal(0, size, 3)
    return np.array([[a, c], [c, b]])


def off(found: ImagedRelationship, truth: Truth) -> tuple[float, float]:
    """Angle in degrees of a relationship from the true one, and that of its planes in the image."""
    crystals = truth.relationship.substrate, truth.relationship.film
    left, right = (proper_rotations(one) for one in crystals)
    beam = truth.frames[0][2]
    half = Rotation.from_rotvec(np.pi * beam).as_matrix()
    # The half turn about the beam, which a transform does not show, in every equivalent.
    halves = np.einsum("aij,jk,akl->ail", left, half, left.transpose(0, 2, 1))
    turned = np.concatenate([np.eye(3)[None], halves]) @ np.array(found.rotation)
    turned = np.einsum("aij,cjk,bkl->abcil", left, turned, right).reshape(-1, 3, 3)
    trace = np.einsum("aij,ij->a", turned, truth.relationship.rotation).max()
    seen: list[list[tuple[float, float]]] = []
    for one, group, frame, plane, direction in zip(
        crystals, (left, right), truth.frames, found.parallel_planes, found.parallel_directions,
        strict=True,
    ):  # fmt: skip
        normal = one.lattice.normals(parse_plane(plane).indices)
        along = one.lattice.vectors(parse_direction(direction).indices)
        normals, beams = (group @ vector @ frame.T for vector in (normal, along))
        senses = beams[:, 2] / np.linalg.norm(along)
        seen.append(
            [
                (np.sign(sense), np.degrees(np.arctan2(n[1], n[0])))
                for sense, n in zip(senses, normals, strict=True)
                if abs(sense) > 0.99
            ]
        )
    angles = [
        abs((sense * (second - first) - found.angle + 90) % 180 - 90)
        for sense, first in seen[0]
        for other, second in seen[1]
        if sense == other
    ]
    return float(np.degrees(np.arccos(min(1, (trace - 1) / 2)))), min(angles, default=90.0)


def main(doses: list[float]) -> None:
    """Print one line for each dose."""
    print(f"{'electrons/Å²':>12} {'right':>9} {'probability':>12} {'angles in 95 %':>15} "
          f"{'strains in 95 %':>16} {'median error (°)':>17}")  # fmt: skip
    for dose in doses:
        right, given, angles, strains, errors = 0, [], [], [], []
        for seed in range(IMAGES):
            regions, truth, crystals = make(seed, dose)
            try:
                found = index_micrograph(regions, crystals)
            except IonsmithError:
                continue
            if not found.relationships:
                continue
            best = found.relationships[0]
            given.append(best.probability)
            total, about = off(best, truth)
            if total > 1:
                continue
            right += 1
            angles.append(about <= best.error)
            errors.append(about)
            for one, true in zip(found.crystals, truth.strains, strict=True):
                strains.append(np.abs(np.array(one.strain) - true).max() <= one.strain_error)
        print(
            f"{dose:12.0f} {f'{right} of {IMAGES}':>9} {np.mean(given):12.2f} "
            f"{np.mean(angles):15.2f} {np.mean(strains):16.2f} {np.median(errors):17.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main([float(word) for word in sys.argv[1:]] or [10000.0, 1000.0, 300.0, 100.0, 30.0, 10.0])
