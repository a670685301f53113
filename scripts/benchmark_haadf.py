"""HAADF of a β''-alumina model of about 1,000 atoms: projection, multislice line, PRISM image.

The projection gives the image and its profile; the multislice line is one line of probes along c
at two detectors, whose sampling follows from their outer angle; multislice and PRISM compute the
same part of an image, of which the probes a second are compared.

    python scripts/benchmark_haadf.py [--image]
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ionsmith.analyzers.haadf import Microscope, simulate_haadf
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.lattice.miller import Direction

ZONE = Direction((1, 0, 0))
THICKNESS = 11.2


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and what it returned."""
    started = time.perf_counter()
    found = function()
    return time.perf_counter() - started, found


def main() -> None:
    """Run the parts one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--image", action="store_true", help="also the image by multislice and PRISM (minutes)"
    )
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
    for method in ("multislice", "prism"):
        seconds, found = run(
            method,
            thickness=THICKNESS,
            field=(width, 10.0),
            phonons=0,
            microscope=Microscope(detector=(50.0, 82.0)),
        )
        images[method] = found.image.intensity
        print(f"{method}, image of {found.image.intensity.size} probes: {seconds:.1f} s")
    difference = abs(images["prism"] - images["multislice"]).max() / images["multislice"].max()
    print(f"largest difference of the two images: {100 * difference:.2f} % of the brightest pixel")
    print(f"mean of both: {np.mean(images['prism']) / np.mean(images['multislice']):.4f}")


if __name__ == "__main__":
    main()
