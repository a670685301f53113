"""Which atoms carry the other charge, where an element has two."""

from collections.abc import Iterator
from itertools import combinations
from math import comb

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.exporters._electrons import Ions
from ionsmith.exporters.starts._equivalence import Permutations, key_of

Floats = NDArray[np.float64]

MOST_PLACEMENTS = 3
"""Distributions of mixed charges that are written, the plain one among them."""

MOST_COMPARED = 3000
"""Distributions up to which all are compared by symmetry."""

MOST_NAMED = 4
"""Atoms of the rarer charge up to which the name of a start lists them."""


def placements_of(
    atoms: Atoms, ions: Ions, permutations: Permutations
) -> tuple[list[tuple[str, str, Floats]], tuple[str, ...]]:
    """Distributions of mixed charges with word and reason, the plain one first, if several."""
    found: list[tuple[str, str, Floats]] = []
    notes: list[str] = []
    for number in np.unique(atoms.numbers[ions.sites]).tolist():
        kind = atoms.numbers == number
        for mean in np.unique(ions.charges[kind & np.isfinite(ions.charges)]).tolist():
            own = np.flatnonzero(kind & (ions.charges == mean))
            low = int(np.floor(mean))
            high = own[ions.whole[own] > low]
            if abs(mean - round(mean)) < 1e-6 or not 0 < len(high) < len(own):
                continue
            chosen, left = _distributions(atoms, ions.whole, own, high, permutations)
            if left:
                notes.append(
                    f"{left} more distributions of {chemical_symbols[number]} are left out"
                )
            if len(chosen) > 1:
                found += _named(chemical_symbols[number], low, own, chosen, bool(found))
    return found, tuple(notes)


def _distributions(
    atoms: Atoms,
    whole: Floats,
    own: NDArray[np.int64],
    high: NDArray[np.int64],
    permutations: Permutations,
) -> tuple[list[Floats], int]:
    """The plain distribution, those that keep the higher charges farthest apart, how many more."""
    low = whole[own].min()

    def charges(chosen: NDArray[np.int64]) -> Floats:
        placed = whole.copy()
        placed[own] = low
        placed[chosen] = low + 1
        return placed

    gaps = atoms.get_all_distances(mic=True)[np.ix_(own, own)]
    np.fill_diagonal(gaps, np.inf)
    place = {int(atom): row for row, atom in enumerate(own)}

    def repulsion(chosen: tuple[int, ...]) -> float:
        rows = [place[atom] for atom in chosen]
        return round(float((1 / gaps[np.ix_(rows, rows)]).sum()), 4)

    plain = tuple(high.tolist())
    if comb(len(own), len(high)) > MOST_COMPARED:  # beside the plain one, all in one place
        start = place[plain[0]]
        nearest = own[
            np.argsort(np.where(np.arange(len(own)) == start, -1, gaps[start]), kind="stable")[
                : len(high)
            ]
        ]
        return [charges(high), charges(nearest)], comb(len(own), len(high)) - 2
    keys, distinct = {key_of(charges(high), permutations, flip=False)}, []
    for chosen in combinations(own.tolist(), len(high)):
        key = key_of(charges(np.array(chosen)), permutations, flip=False)
        if key not in keys:
            keys.add(key)
            distinct.append(chosen)
    distinct.sort(key=lambda chosen: (repulsion(chosen), chosen))
    kept = distinct[: MOST_PLACEMENTS - 1]
    return [charges(np.array(c)) for c in (plain, *kept)], len(distinct) - len(kept)


def _named(
    symbol: str, low: int, own: NDArray[np.int64], chosen: list[Floats], again: bool
) -> Iterator[tuple[str, str, Floats]]:
    """Give the distributions of one element their words; the plain one once for all elements."""
    for number, charges in enumerate(chosen):
        if again and not number:
            continue
        higher = own[charges[own] > low]
        rare, charge = (
            (higher, low + 1) if 2 * len(higher) <= len(own) else (own[charges[own] == low], low)
        )
        atoms = "-".join(map(str, rare.tolist()))
        word = f"{symbol.lower()}{charge}-at-{atoms}"
        if len(rare) > MOST_NAMED:
            word = f"{symbol.lower()}{charge}-placement-{number + 1}"
        listed = " ".join(map(str, rare[:MOST_NAMED].tolist())) + " …" * (len(rare) > MOST_NAMED)
        plain = ", where a plain export has it" if not number else ""
        yield word, f"{symbol}{charge:+d} on atoms {listed} (counted from 0){plain}", charges
