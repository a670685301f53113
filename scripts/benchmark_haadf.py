"""HAADF of a β''-alumina model of about 1,000 atoms: projection, multislice line, PRISM image.

The projection gives the image and its profile; the multislice line is one line of probes along c
at two detectors, whose sampling follows from their outer angle. With ``--image`` all three compute
the same part of an image of a crystal 50 Å thick, one block and one plane high, with the same
phonons; their correlation, and the brightness of columns (the brightest tenth of the pixels) and
valleys (the darkest) over those of multislice are printed.

    python scripts/benchmark_haadf.py [--image [--thickness 50.5] [--phonons 2]]
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.ndimage import map_coordinates

from ionsmith.analyzers.haadf import Microscope, simulate_haadf
from ionsmith.analyzers.imaging import SimulatedImage
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.lattice.miller import Direction

ZONE = Direction((1, 0, 0))
THICKNESS = 11.2


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and what it returned."""
    started = time.perf_counter()
    found = function()
    return time.perf_counter() - started, found


def on_pixels_of(model: SimulatedImage, image: SimulatedImage) -> np.ndarray:
    """Intensity of an image on the pixels of another one of the same field."""
    ratio = np.divide(model.pixel_size, image.pixel_size)
    places = [axis * part for axis, part in zip(np.indices(model.pixels), ratio, strict=True)]
    return map_coordinates(image.intensity, places, mode="nearest")


def main() -> None:
    """Run the parts one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--image", action="store_true", help="also the image by multislice and PRISM (minutes)"
    )
    parser.add_argument("--thickness", type=float, default=50.526, help="of the image, in Å")
    parser.add_argument("--phonons", type=int, default=2, help="of the image")
    arguments = parser.parse_args()
    atoms = close_planes(build_beta_alumina().atoms, [2], route=3).atoms

    def run(method: str, **options: Any) -> tuple[float, Any]:
        return timed(lambda: simulate_haadf(atoms, ZONE, method=method, **options))  # type: ignore[arg-type]

    run("projection", thickness=THICKNESS)  # loads what is loaded once
    seconds, fast = run("projection", thickness=THICKNESS)
    print(
        f"projection, {fast.cell.n_atoms} atoms, {fast.image.intensity.size} pixels: "
        f"{seconds:.3f} s"
    )
    for plane in fast.conduction_planes:
        print(f"  plane {plane.plane}: {plane.row_spacing:.3f} Å")

    width, height = fast.cell.field
    middle = ((width / 2, 0.0), (width / 2, height))
    for detector in ((50.0, 82.0), (60.0, 160.0)):
        microscope = Microscope(detector=detector)
        seconds, found = run(
            "multislice",
            scan="profile",
            line=middle,
            thickness=THICKNESS,
            microscope=microscope,
        )
        print(
            f"multislice, one line of {len(found.profile.position)} probes, detector "
            f"{detector[0]:g} to {detector[1]:g} mrad, grid {found.grid_pixel:.4f} Å: "
            f"{seconds:.1f} s"
        )
    if not arguments.image:
        return
    images = {}
    for method in ("multislice", "prism", "projection"):
        seconds, found = run(
            method,
            thickness=arguments.thickness,
            field=(fast.cell.sides[0].period, 11.3),
            phonons=arguments.phonons,
        )
        images[method] = found.image
        print(
            f"{method}, image of {found.image.intensity.size} pixels: {seconds:.1f} s", flush=True
        )
    exact = images["multislice"].intensity
    rank = np.argsort(exact, axis=None)
    tenth = len(rank) // 10
    for method in ("prism", "projection"):
        image = on_pixels_of(images["multislice"], images[method])
        columns, valleys = (
            image.ravel()[some].mean() / exact.ravel()[some].mean()
            for some in (rank[-tenth:], rank[:tenth])
        )
        print(
            f"{method} beside multislice: correlation of the image "
            f"{np.corrcoef(image.ravel(), exact.ravel())[0, 1]:.4f}, of the profile "
            f"{np.corrcoef(image.mean(axis=0), exact.mean(axis=0))[0, 1]:.4f}; columns "
            f"{columns:.2f}, valleys {valleys:.2f}, mean {image.mean() / exact.mean():.3f}"
        )


if __name__ == "__main__":
    main()
