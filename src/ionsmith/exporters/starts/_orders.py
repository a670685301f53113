"""Collinear orders of moments that fit a cell."""

from collections.abc import Iterator

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.exporters._electrons import MagneticOrder, opposite_neighbours

Floats = NDArray[np.float64]

LAYER_GAP = 0.7
"""Least distance in Å between the moments of two layers."""


def orders(
    atoms: Atoms, sizes: Floats, only: MagneticOrder | None, *, full: bool
) -> Iterator[tuple[str, str, Floats]]:
    """Word, reason and signs of the orders that fit the cell; without layers unless ``full``."""
    if only != "antiferro":
        yield (
            "ferro",
            f"all moments parallel, sum {sizes.sum():g} Bohr magnetons",
            np.ones(len(sizes)),
        )
    if only == "ferro":
        return
    signs, note = opposite_neighbours(atoms, sizes)
    if only or not note.startswith("antiferromagnetic start: 0 of"):
        yield "antiferro", note.removeprefix("antiferromagnetic start: "), signs
    if only or not full:
        return
    magnetic = np.flatnonzero(sizes)
    places = atoms.get_scaled_positions()[magnetic]
    heights = 1 / np.linalg.norm(atoms.cell.reciprocal().array, axis=1)
    for axis, letter in enumerate("abc"):
        layer = _layers(places[:, axis], heights[axis])
        count = int(layer.max()) + 1
        if count % 2 == 0:
            signs = np.ones(len(sizes))
            signs[magnetic] = 1 - 2 * (layer % 2)
            if (sizes * signs).sum() < 0:
                signs[magnetic] *= -1
            net = float((sizes * signs).sum())
            reason = f"{count} layers along {letter} alternate, net moment {net:.3g}"
            yield f"antiferro-layers-{letter}", reason, signs


def _layers(places: Floats, height: float) -> NDArray[np.int64]:
    """Number of the layer of every moment, from its fractional coordinate in a periodic cell."""
    order = np.argsort(np.round(places % 1, 6) % 1, kind="stable")
    sorted_places = (np.round(places % 1, 6) % 1)[order]
    steps = np.diff(sorted_places, append=sorted_places[0] + 1) * height
    layer = np.zeros(len(places), dtype=np.int64)
    layer[order[1:]] = np.cumsum(steps[:-1] > LAYER_GAP)
    if steps[-1] <= LAYER_GAP:  # the last layer goes on in the next cell
        layer[layer == layer.max()] = 0
    return layer
