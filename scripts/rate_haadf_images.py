"""How often the states of conduction planes are read right from HAADF images, by dose.

``python scripts/rate_haadf_images.py`` makes twenty stacks of six planes, some closed, along three
zones, stretched by up to 2 %, sheared by up to 1 % and turned by up to 40°, with the noise of each
dose, and prints the share that is read right and the share of spacings inside their 95 % interval.
"""

import sys

import numpy as np
from scipy.ndimage import affine_transform, rotate, zoom

from ionsmith.analyzers.haadf import simulate_haadf
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.errors import IonsmithError
from ionsmith.layers.anatomy import Anatomy, find_anatomy
from ionsmith.micrographs import Micrograph, read_haadf_image

STACKS = 20
ZONES = ("[1,0,0]", "[1,1,0]", "[1,2,0]")


def make(seed: int, dose: float) -> tuple[Micrograph, Anatomy]:
    """Make one image, with the anatomy of what it shows."""
    random = np.random.default_rng(seed)
    atoms = build_beta_alumina((1, 1, 2)).atoms
    planes = [plane for plane in range(1, 7) if random.random() < 0.4]
    if planes:
        atoms = close_planes(atoms, planes[-5:]).atoms
    made = simulate_haadf(atoms, ZONES[seed % 3]).image
    assert made is not None
    pixel = 0.15 + 0.1 * random.random()
    image = np.tile(made.intensity, (int(np.ceil(45 / made.width)), 1))
    image = zoom(image, np.array(made.pixel_size) / pixel, order=1)
    turn, shear, stretch = random.uniform([-40, -0.01, 0.98], [40, 0.01, 1.02])
    image = affine_transform(image, [[1, shear], [0, 1 / stretch]], order=1, mode="reflect")
    image = rotate(image, turn, reshape=False, mode="reflect", order=1)
    counts = random.poisson(np.clip(image, 0, None) * dose * pixel**2)
    return Micrograph(f"stack {seed}", counts.astype(float), pixel), find_anatomy(atoms)


def main(doses: list[float]) -> None:
    """Print one line for each dose."""
    print(f"{'electrons/Å²':>12} {'stacks read right':>18} {'spacings inside 95 %':>21}")
    for dose in doses:
        right, inside = 0, []
        for seed in range(STACKS):
            image, anatomy = make(seed, dose)
            try:
                found = read_haadf_image(image)
            except IonsmithError:
                continue
            states = [plane.state == "closed" for plane in found.planes]
            known = all(plane.state != "neither" for plane in found.planes) and len(states) > 2
            true = anatomy.closed.tolist() * 3
            right += known and any(true[k : k + len(states)] == states for k in range(6))
            spacings = anatomy.row_spacing
            for plane in found.planes:
                mine = anatomy.closed == (plane.state == "closed")
                off = plane.spacing * found.scale[0] - spacings[mine].mean()
                error = np.hypot(plane.error, found.scale[1] * plane.spacing)
                inside.append(plane.state != "neither" and bool(abs(off) <= error))
        print(f"{dose:12.0f} {f'{right} of {STACKS}':>18} {np.mean(inside):21.2f}", flush=True)


if __name__ == "__main__":
    main([float(word) for word in sys.argv[1:]] or [5600.0, 1000.0, 300.0])
