"""How often zones and orientation relationships are read right from HRTEM images, by dose.

``python scripts/rate_micrographs.py`` makes models of two crystals, films on substrates and
precipitates in a matrix, 50 Å thick below 10 Å of amorphous carbon, turned and tilted at random;
:func:`ionsmith.analyzers.hrtem.simulate_hrtem` takes their images (multislice, 300 keV, Cs 1 mm) at
several defoci. Images are stretched and sheared, drift, lose contrast and have the noise of each
dose. Half of them are given as two regions, one of each crystal, and half as a whole. The script
prints how often the orientation relationship is right (within 1°), the mean probability that it is
given, and how often the angle about the beam and the strains lie in their 95 % intervals.

Images without noise take about a minute each; ``--folder`` keeps them.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.spacegroup import crystal
from numpy.typing import NDArray
from scipy.fft import fft2, ifft2
from scipy.ndimage import affine_transform
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.hrtem import ObjectiveLens, simulate_hrtem
from ionsmith.analyzers.scattering import Scatterers
from ionsmith.errors import IonsmithError
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.lattice.miller import parse_direction, parse_plane
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.zone import beam_frame
from ionsmith.micrographs import ImagedRelationship, Micrograph, index_micrograph
from ionsmith.micrographs._relationship import proper_rotations

Floats = NDArray[np.float64]
IMAGES = 20
BOX, EDGE = 135.0, 10.0
"""Width of the model, and of the rim that is cut off, in Å."""

THICKNESS, CARBON = 50.0, 10.0
FINE, PIXEL = 0.15, 0.3
"""Pixels in Å before and after distortion."""

LENS = ObjectiveLens(spherical_aberration=1.0)
FOCI = (400.0, 530.0, 700.0)
STOBBS = 3.0
"""Contrast of simulated images over that of measured ones (M. J. Hÿtch and W. M. Stobbs,
Ultramicroscopy 53, 191 (1994), doi:10.1016/0304-3991(94)90034-5)."""


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
class Pair:
    """Two crystals in an image, the rotations to its axes, their strains, and where they lie."""

    names: tuple[str, str]
    relationship: OrientationRelationship
    frames: tuple[Floats, Floats]
    strains: tuple[Floats, Floats]
    turn: float
    precipitate: bool


def pair_of(seed: int) -> Pair:
    """Two crystals near their rational relationship."""
    random = np.random.default_rng(seed)
    *names, planes, directions, kind = CASES[seed % len(CASES)]
    phases = [Scatterers.of(CRYSTALS[name]).phase for name in names]
    exact = OrientationRelationship.from_parallel(*phases, planes, directions, tolerance=5)
    zone = parse_direction(directions.split("||")[0]).indices
    normal = parse_plane(planes.split("||")[0]).indices
    turn = np.radians(random.uniform(0, 360))
    frame = beam_frame(phases[0].lattice.vectors(zone), phases[0].lattice.normals(normal))
    first = _about_beam(turn) @ frame
    # The film is turned about the beam from the rational relationship.
    second = _about_beam(np.radians(random.normal(0, 0.7))) @ first @ exact.rotation
    first, second = (
        Rotation.from_rotvec(np.radians([*random.normal(0, 0.3, 2), 0])).as_matrix() @ one
        for one in (first, second)
    )
    true = OrientationRelationship(phases[0], phases[1], first.T @ second)
    strains = _symmetric(random, 0.004), _symmetric(random, 0.015)
    return Pair((names[0], names[1]), true, (first, second), strains, turn, kind == "precipitate")


def model_of(pair: Pair, random: np.random.Generator) -> Atoms:
    """Both crystals, each on its side of the contact, on a layer of carbon; repeats at its rim."""
    parts = []
    for name, frame, strain in zip(pair.names, pair.frames, pair.strains, strict=True):
        rows = Scatterers.of(CRYSTALS[name])
        stretch = np.eye(3)
        stretch[:2, :2] += strain
        cell = rows.lattice.cell @ frame.T @ stretch
        corners = (
            index_grid(0, 1) * [BOX, BOX, THICKNESS] - [BOX / 2, BOX / 2, 0]
        ) @ np.linalg.inv(cell)
        cells = index_grid(np.floor(corners.min(axis=0)) - 1, np.ceil(corners.max(axis=0)))
        centres = cells @ cell
        near = abs(centres - [0, 0, THICKNESS / 2]) < np.array([BOX, BOX, THICKNESS]) / 2 + 40
        cells = cells[near.all(axis=1)]
        places = ((cells[:, None] + rows.positions) @ cell).reshape(-1, 3)
        kept = random.random(len(places)) < np.tile(rows.occupancy, len(cells))
        kept &= (abs(places[:, :2]) < BOX / 2).all(axis=1)
        kept &= (places[:, 2] >= 0) & (places[:, 2] < THICKNESS)
        symbols = np.tile(np.array(rows.elements)[rows.element_index], len(cells))
        parts.append(Atoms(symbols[kept], places[kept]))
    inside = random.uniform(-5, 5)
    substrate, film = (
        part[(_beyond(pair, part.positions) > inside) == second]
        for second, part in enumerate(parts)
    )
    close = cKDTree(substrate.positions).query(film.positions)[0] < 1.8
    carbon = Atoms(
        f"C{int(0.1 * BOX**2 * CARBON)}",
        random.uniform(
            [-BOX / 2, -BOX / 2, -CARBON], [BOX / 2, BOX / 2, -1.5], (int(0.1 * BOX**2 * CARBON), 3)
        ),
    )
    model = substrate + film[~close] + carbon
    model.positions[:, :2] += BOX / 2
    model.set_cell([BOX, BOX, THICKNESS + CARBON])
    model.pbc = (True, True, False)
    return model


def _beyond(pair: Pair, places: Floats) -> Floats:
    """How far in Å places are in the film or the precipitate, roughly."""
    cos, sin = np.cos(pair.turn), np.sin(pair.turn)
    x, y = places[:, 0] * cos + places[:, 1] * sin, places[:, 1] * cos - places[:, 0] * sin
    return 22 - 22 * np.hypot(x / 22, y / 38) if pair.precipitate else x


def images_of(seed: int, folder: Path) -> Floats:
    """Images without noise by defocus, shape (n, x, y), from the folder if they are there."""
    path = folder / f"micrograph-{seed}.npy"
    if not path.exists():
        model = model_of(pair_of(seed), np.random.default_rng([seed, 1]))
        made = simulate_hrtem(model, [0, 0, 1], up=[0, 1, 0], lens=LENS, defocus=FOCI, pixel=FINE)
        np.save(path, np.array([one.image.intensity for one in made.images], np.float32))
    return np.load(path)


def make(
    seed: int, dose: float, folder: Path, focus: int | None = None
) -> tuple[list[Micrograph], Pair, list[tuple[float, float]]]:
    """Make one image, or two regions of it, with what it shows and its strains."""
    pair, random = pair_of(seed), np.random.default_rng([seed, 2])
    image = images_of(seed, folder)[seed % len(FOCI) if focus is None else focus].astype(float)
    image = 1 + (image / image.mean() - 1) / STOBBS
    distortion = (
        np.eye(2)
        + _symmetric(random, 0.008)
        + random.uniform(-0.01, 0.01) * np.array([[0, 1], [0, 0]])
    )
    back, middle = np.linalg.inv(distortion), (np.array(image.shape) - 1) / 2
    image = affine_transform(image, back, middle - back @ middle, mode="reflect")
    rim = round(EDGE / FINE)
    image = image[rim:-rim, rim:-rim]
    bins, half = round(PIXEL / FINE), len(image) // round(PIXEL / FINE)
    image = image[: half * bins, : half * bins].reshape(half, bins, half, bins).mean(axis=(1, 3))
    drift = random.uniform(-0.6, 0.6, 2)
    k = np.fft.fftfreq(half, PIXEL)
    image = ifft2(fft2(image) * np.sinc(k[:, None] * drift[0] + k * drift[1])).real
    counts = random.poisson(np.clip(image, 0, None) * dose * PIXEL**2)
    whole = Micrograph(f"image {seed}", counts.astype(float), PIXEL)
    regions = [whole]
    if (seed + seed // len(CASES)) % 2 == 0:
        centre, size = half * PIXEL / 2, 46.0
        places = [(34.0, 0.0), (0.0, 0.0)] if pair.precipitate else [(-32, 0), (32, 0)]
        turned = [_about_beam(pair.turn)[:2, :2] @ place + centre - size / 2 for place in places]
        turned = [np.clip(corner, 0, half * PIXEL - size) for corner in turned]
        regions = [whole.region(x, y, size, size) for x, y in turned]
    lengths = [np.linalg.svd(distortion @ (np.eye(2) + strain))[1] - 1 for strain in pair.strains]
    return regions, pair, lengths


def _about_beam(angle: float) -> Floats:
    """Rotation about z."""
    return np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )


def _symmetric(random: np.random.Generator, size: float) -> Floats:
    """Random strain."""
    a, b, c = random.normal(0, size, 3)
    return np.array([[a, c], [c, b]])


def off(found: ImagedRelationship, truth: Pair) -> tuple[float, float]:
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


def rate(doses: list[float], folder: Path, focus: int | None = None) -> None:
    """Print one line for each dose."""
    for dose in doses:
        right, given, angles, strains, errors = 0, [], [], [], []
        for seed in range(IMAGES):
            regions, pair, lengths = make(seed, dose, folder, focus)
            try:
                found = index_micrograph(regions, [CRYSTALS[name] for name in pair.names])
            except IonsmithError:
                continue
            if not found.relationships:
                continue
            best = found.relationships[0]
            given.append(best.probability)
            total, about = off(best, pair)
            if total > 1:
                continue
            right += 1
            angles.append(about <= best.error)
            errors.append(about)
            for one, true in zip(found.crystals, lengths, strict=True):
                strains.append(np.abs(np.array(one.strain) - true).max() <= one.strain_error)
        print(
            f"{'all' if focus is None else FOCI[focus]:>11} {dose:12.0f} "
            f"{f'{right} of {IMAGES}':>9} {np.mean(given):12.2f} "
            f"{np.mean(angles):15.2f} {np.mean(strains):16.2f} {np.median(errors):17.3f}",
            flush=True,
        )


def main() -> None:
    """Rate by dose, and at one dose by defocus."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("doses", nargs="*", type=float, default=[1e4, 1e3, 300, 100, 30, 10])
    parser.add_argument("--folder", type=Path, default=Path("micrographs"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(exist_ok=True)
    print(f"{'defocus (Å)':>11} {'electrons/Å²':>12} {'right':>9} {'probability':>12} "
          f"{'angles in 95 %':>15} {'strains in 95 %':>16} {'median error (°)':>17}")  # fmt: skip
    rate(arguments.doses, arguments.folder)
    for focus in range(len(FOCI)):
        rate([1000.0], arguments.folder, focus)


if __name__ == "__main__":
    main()
