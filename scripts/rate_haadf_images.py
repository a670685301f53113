"""How often the states of conduction planes are read right from HAADF images, by dose.

``python scripts/rate_haadf_images.py`` makes twenty stacks of six planes along three zones. Some
planes are closed; seven stacks are cracked along one plane, by 2 to 14 Å, three of these cracks are
filled with Na. The images are stretched by up to 2 %, sheared by up to 1 % and turned by up to 40°;
along the slow axis of the scan the sample drifts, by a random walk of about 0.3 Å in 30 Å, and each
line is off by about 0.05 Å. They have the noise of each dose. The share of stacks that are read
right is printed, that of cracks among all planes that are called neither, and the share of spacings
inside their 95 % interval.

With ``--prism N`` images of the first N stacks are computed by PRISM instead of the projection
(crystals about 22 Å thick, atoms displaced by one phonon configuration), which takes minutes for
each; ``--folder`` keeps them.
"""

import argparse
from pathlib import Path

import numpy as np
from ase import Atoms
from scipy.ndimage import affine_transform, gaussian_filter1d, map_coordinates, rotate, zoom

from ionsmith.analyzers.haadf import Microscope, simulate_haadf
from ionsmith.analyzers.imaging import SimulatedImage
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.beta_alumina.crack import open_crack
from ionsmith.errors import IonsmithError
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.micrographs import Micrograph, read_haadf_image

STACKS = 20
ZONES = ("[1,0,0]", "[1,1,0]", "[1,2,0]")
WALK, JITTER = 0.3, 0.05
"""Drift along 30 Å of the slow axis and shifts of single lines of the scan in Å."""

THICKNESS = (22.456, 22.456, 19.4474667)
"""Whole periods along each zone in Å."""

PROBE = Microscope(convergence=20.0, detector=(50.0, 90.0))


def simulated(atoms: Atoms, seed: int, folder: Path | None) -> SimulatedImage:
    """Image without noise: a projection, or by PRISM from the folder if it is there."""
    if folder is None:
        made = simulate_haadf(atoms, ZONES[seed % 3]).image
    else:
        path = folder / f"stack-{seed}.npz"
        if not path.exists():
            found = simulate_haadf(
                atoms,
                ZONES[seed % 3],
                method="prism",
                microscope=PROBE,
                thickness=THICKNESS[seed % 3],
            ).image
            assert found is not None
            np.savez(path, intensity=found.intensity, pixel=found.pixel_size)
        kept = np.load(path)
        made = SimulatedImage(kept["intensity"], tuple(map(float, kept["pixel"])))
    assert made is not None
    return made


def make(
    seed: int, dose: float, folder: Path | None = None
) -> tuple[Micrograph, list[str], list[float]]:
    """Make one image, with the states and spacings of the planes that it shows."""
    random = np.random.default_rng(seed)
    atoms = build_beta_alumina((1, 1, 2)).atoms
    cracked = int(random.integers(2, 5)) if seed % 3 == 1 else 0
    planes = [plane for plane in range(1, 7) if random.random() < 0.4 and plane != cracked][-5:]
    if planes:
        atoms = close_planes(atoms, planes).atoms
    if cracked:
        width = random.uniform(2, 14)
        atoms = open_crack(atoms, cracked, width=width, fill=seed % 9 == 1).atoms
    anatomy = find_anatomy(atoms)
    states = ["closed" if closed else "open" for closed in anatomy.closed]
    if cracked:
        states[int(np.argmax(anatomy.row_spacing))] = "neither"
    made = simulated(atoms, seed, folder)
    pixel = 0.15 + 0.1 * random.random()
    image = np.tile(made.intensity, (int(np.ceil(45 / made.width)), 1))
    image = zoom(image, np.array(made.pixel_size) / pixel, order=1)
    turn, shear, stretch = random.uniform([-40, -0.01, 0.98], [40, 0.01, 1.02])
    image = affine_transform(image, [[1, shear], [0, 1 / stretch]], order=1, mode="reflect")
    image = rotate(image, turn, reshape=False, mode="reflect", order=1)
    lines = image.shape[1]
    steps = random.normal(0, WALK * np.sqrt(pixel / 30), (2, lines))
    drift = gaussian_filter1d(np.cumsum(steps, axis=1), 1 / pixel)
    drift = (drift + random.normal(0, JITTER, (2, lines))) / pixel
    x, y = np.indices(image.shape)
    image = map_coordinates(image, [x + drift[0], y + drift[1]], order=1, mode="reflect")
    counts = random.poisson(np.clip(image, 0, None) * dose * pixel**2)
    micrograph = Micrograph(f"stack {seed}", counts.astype(float), pixel)
    return micrograph, states, [float(spacing) for spacing in anatomy.row_spacing]


def main() -> None:
    """Print one line for each dose."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("doses", nargs="*", type=float, default=[5600.0, 1000.0, 300.0])
    parser.add_argument("--prism", type=int, metavar="N", help="number of stacks by PRISM")
    parser.add_argument("--folder", type=Path, default=Path("haadf"))
    arguments = parser.parse_args()
    stacks, folder = arguments.prism or STACKS, arguments.folder if arguments.prism else None
    if folder is not None:
        folder.mkdir(exist_ok=True)
    print(
        f"{'electrons/Å²':>12} {'stacks read right':>18} {'cracks of neither':>18} "
        f"{'spacings inside 95 %':>21}"
    )
    for dose in arguments.doses:
        right, neither, inside = 0, [], []
        for seed in range(stacks):
            image, true, spacings = make(seed, dose, folder)
            try:
                found = read_haadf_image(image)
            except IonsmithError:
                continue
            states = [plane.state for plane in found.planes]
            turns = [k for k in range(6) if (3 * true)[k : k + len(states)] == states]
            if len(states) < 3 or not turns:
                neither += [False for state in states if state == "neither"]
                continue
            right += 1
            neither += [True for state in states if state == "neither"]
            known = (3 * spacings)[turns[0] :]
            for plane, spacing in zip(found.planes, known, strict=False):
                off = plane.spacing * found.scale[0] - spacing
                error = np.hypot(plane.error, found.scale[1] * plane.spacing)
                inside.append(bool(abs(off) <= error))
        cracks = f"{sum(neither)} of {len(neither)}"
        print(
            f"{dose:12.0f} {f'{right} of {stacks}':>18} {cracks:>18} {np.mean(inside):21.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
