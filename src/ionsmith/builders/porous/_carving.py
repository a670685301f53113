"""Taking the atoms of the pores out of a crystal, to a porosity.

Atoms go in the order of the shape's value, those of equal value (a shell) together. After them go
atoms that keep less than half of their bonds: an Si with one bond left would need three H that find
no room and hangs on the wall by a thread. The porosity counts all atoms that are gone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.bonding.connectivity import BondedSupercell, Partners, dimensions, pieces_of
from ionsmith.builders.porous._shapes import PoreShape
from ionsmith.errors import PoresNotPossible

SAME_SHELL = 1e-4
"""Values of a shape that differ by less are one shell."""

TOLERANCE = 0.01
"""Largest difference of a porosity from the one asked for, unless a shell is larger."""

_SHAPES = ("particles", "wires", "slabs")


@dataclass(frozen=True, eq=False)
class Carving:
    """What is left of a crystal.

    Parameters
    ----------
    kept
        Which atoms stay, shape (n,).
    level
        Value of the shape at the edge of the pores.
    trimmed
        Atoms outside the shape that went because they kept less than half of their bonds.
    pieces_removed
        Sizes of the loose pieces that were taken out, falling.
    """

    kept: NDArray[np.bool_]
    level: float
    trimmed: int
    pieces_removed: tuple[int, ...]


def carve(
    host: BondedSupercell, shape: PoreShape, porosity: float, *, remove_pieces: bool
) -> Carving:
    """Take the pores out of a crystal."""
    n = len(host.atoms)
    values = np.round(shape.at(host.atoms.positions) / SAME_SHELL).astype(np.int64)
    shells, count = np.unique(values, return_counts=True)

    def kept_after(number: int) -> NDArray[np.bool_]:
        if number == 0:
            return np.ones(n, dtype=bool)
        kept = values > shells[number - 1]
        return _trimmed(host.bonds, kept)

    def solid(number: int) -> tuple[NDArray[np.bool_], tuple[int, ...]]:
        kept = kept_after(number)
        if not remove_pieces or not kept.any():
            return kept, ()
        first, second, _ = host.contacts.edges(kept)
        found = pieces_of(kept, first, second)
        return found.label == 0, tuple(int(size) for size in found.sizes[1:])

    # What stays shrinks with every shell, so that the shell is found by halving.
    target = porosity * n
    low, high = 0, len(shells)
    while high - low > 1:
        middle = (low + high) // 2
        if n - solid(middle)[0].sum() >= target:
            high = middle
        else:
            low = middle
    gone = {number: int(n - solid(number)[0].sum()) for number in (low, high)}
    best = min((low, high), key=lambda number: abs(gone[number] - target))
    off = abs(gone[best] - target)
    if gone[low] > 0 and gone[high] < n:
        reach = f"{100 * gone[low] / n:.2f} and {100 * gone[high] / n:.2f} %"
    else:
        reach = f"{100 * (gone[low] or gone[high]) / n:.2f} %"
    if gone[best] in (0, n) or off > max(TOLERANCE * n, count[high - 1]):
        raise PoresNotPossible(
            f"a porosity of {100 * porosity:g} % cannot be met: with one shell of atoms less or "
            f"more it is {reach}; take a larger supercell or another shape"
        )
    kept, removed = solid(best)
    level = SAME_SHELL * float(shells[best - 1] + (shells[best] if best < len(shells) else 0)) / 2
    trimmed = int((values > shells[best - 1]).sum() - kept.sum()) - sum(removed)
    _check_whole(host.contacts, kept)
    return Carving(kept, level, trimmed, removed)


def _trimmed(bonds: Partners, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Take out atoms with less than half of their bonds until there are none."""
    kept = kept.copy()
    partner = bonds.partner
    real = partner >= 0
    least = (real.sum(axis=1) + 1) // 2
    number = (real & kept[partner]).sum(axis=1)
    while True:
        loose = np.flatnonzero(kept & (number < least))
        if len(loose) == 0:
            return kept
        kept[loose] = False
        lost = partner[loose]
        np.subtract.at(number, lost[lost >= 0], 1)


def _check_whole(contacts: Partners, kept: NDArray[np.bool_]) -> None:
    """Refuse a solid in pieces, or one that does not hang together in all directions."""
    first, second, images = contacts.edges(kept)
    found = pieces_of(kept, first, second)
    if len(found) > 1:
        alone = int((found.sizes == 1).sum())
        rest = [int(size) for size in found.sizes[1:]]
        shown = ", ".join(map(str, rest[:5])) + (", …" if len(rest) > 5 else "")
        raise PoresNotPossible(
            f"the pores cut the crystal into {len(found)} pieces: beside the largest, of "
            f"{found.sizes[0]} atoms, {len(rest)} of {shown} atoms"
            + (f" ({alone} lone atom{'s' * (alone > 1)} in vacuum)" if alone else "")
            + "; lower the porosity, take a larger supercell, or pass --remove-pieces"
        )
    ways = dimensions(int(kept.argmax()), len(kept), first, second, images)
    if ways < 3:
        raise PoresNotPossible(
            f"the pores cut the crystal into separate {_SHAPES[ways]}, which hang together along "
            f"{ways} of 3 directions; lower the porosity or take a larger supercell"
        )
