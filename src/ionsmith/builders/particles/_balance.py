"""Adding and removing units at the surface of a piece, for its charge or its composition."""

from collections import Counter, deque
from functools import reduce
from math import gcd

import numpy as np
from numpy.typing import NDArray

from ionsmith.builders.particles._piece import Laid
from ionsmith.builders.particles._units import Floats, Integers
from ionsmith.errors import InvalidInput

Kept = NDArray[np.bool_]

SHELL = 0.5
"""Thickness in Å of a shell of units of which those farthest apart are chosen first."""

WHOLE = 0.02
"""Largest deviation in e of the charge of a unit, or of the whole, from a whole number."""


def stoichiometric(laid: Laid, kept: Kept) -> tuple[Kept, tuple[str, ...]]:
    """Remove the outermost units that are in excess over the composition of the crystal."""
    units = laid.units
    if units.shared.any():
        name = units.names[int(np.argmax(units.shared))]
        raise InvalidInput(
            f"`stoichiometric`: groups of chains ({name}) share atoms, and a cut chain keeps one "
            "more: use `neutral` instead"
        )
    cell = Counter(units.names)
    divisor = reduce(gcd, cell.values())
    names = np.array(units.names)[laid.number]
    most = min(int((names[kept] == name).sum()) * divisor // n for name, n in cell.items())
    if most == 0:
        raise InvalidInput("the particle is too small to be stoichiometric: make it larger")
    kept, done = kept.copy(), []
    for name, n in sorted(cell.items()):
        own = np.flatnonzero(kept & (names == name))
        excess = len(own) - most * n // divisor
        if excess:
            kept[own[_chosen(-laid.depth[own], laid.centres[own], excess)]] = False
            done.append(f"{excess} {name} of the surface removed")
    return kept, tuple(done)


def neutral(
    laid: Laid,
    kept: Kept,
    atom_charges: Floats | None,
    *,
    other: float = 0.0,
    add: bool = True,
) -> tuple[Kept, tuple[str, ...]]:
    """Make a piece neutral by the smallest number of units added or removed at its surface.

    Parameters
    ----------
    laid
        Units in and around the piece.
    kept
        Which of them are in the piece.
    atom_charges
        Formal charges of the atoms of the crystal in e; None if unknown.
    other
        Charge of the rest of the model in e.
    add
        Whether units may be added.
    """
    if atom_charges is None:
        raise InvalidInput(
            "formal charges are unknown: `neutral` has nothing to go by; use `stoichiometric`"
        )
    units = laid.units
    charges = np.add.reduceat(atom_charges[units.member], units.start[:-1])
    exact = float(atom_charges[laid.piece(kept).member].sum()) + other
    excess = round(exact)
    if abs(exact - excess) > WHOLE:
        raise InvalidInput(
            f"a particle of charge {exact:+g} e cannot be made neutral by whole units: its "
            "crystal has atoms of fractional charge"
        )
    if excess == 0:
        return kept, ()
    free = ~units.shared & (abs(charges - np.round(charges)) < WHOLE) & (np.round(charges) != 0)
    sites: dict[tuple[str, int], tuple[Integers, Integers]] = {}
    names = np.array(units.names)[laid.number]
    whole = np.round(charges).astype(np.int64)[laid.number]
    for name, charge in sorted({*zip(names.tolist(), whole.tolist(), strict=True)}):
        own = free[laid.number] & (names == name) & (whole == charge)
        outside = np.flatnonzero(own & ~kept) if add else np.zeros(0, np.int64)
        sites[name, charge] = np.flatnonzero(own & kept), outside
    steps = fewest_units(excess, {kind: (len(a), len(b)) for kind, (a, b) in sites.items()})
    kept, done = kept.copy(), []
    for (name, charge), number in sorted(steps.items()):
        inside, outside = sites[name, charge]
        own, sign = (inside, -1) if number < 0 else (outside, 1)
        chosen = own[_chosen(sign * laid.depth[own], laid.centres[own], abs(number))]
        kept[chosen] = number > 0
        verb = "added at" if number > 0 else "removed from"
        done.append(f"{abs(number)} {name} ({charge:+d}) {verb} the surface")
    return kept, tuple(done)


def fewest_units(
    excess: int, available: dict[tuple[str, int], tuple[int, int]]
) -> dict[tuple[str, int], int]:
    """Numbers of units to add or (negative) remove by kind, so that a charge vanishes."""
    moves = [
        (kind, sign)
        for sign in (-1, 1)
        for kind, counts in sorted(available.items())
        if counts[0 if sign < 0 else 1]
    ]
    largest = max((abs(charge) for (_, charge), _ in moves), default=0)
    before: dict[int, tuple[int, tuple[tuple[str, int], int]]] = {}
    queue, seen = deque([excess]), {excess}
    while queue and 0 not in seen:
        now = queue.popleft()
        for (name, charge), sign in moves:
            left = now + sign * charge
            if left not in seen and abs(left) <= abs(excess) + largest:
                seen.add(left)
                before[left] = now, ((name, charge), sign)
                queue.append(left)
    steps: Counter[tuple[str, int]] = Counter()
    left = 0
    while left != excess and left in before:
        left, (kind, sign) = before[left]
        steps[kind] += sign
    short = any(abs(n) > available[kind][0 if n < 0 else 1] for kind, n in steps.items())
    if left != excess or short:
        raise InvalidInput(
            f"the charge of {excess:+d} e cannot be removed with whole units ("
            f"{', '.join(f'{name} {charge:+d}' for name, charge in sorted(available))}); try "
            "another diameter or `centre`"
        )
    return dict(steps)


def _chosen(rank: Floats, places: Floats, count: int) -> Integers:
    """Indices of the first units by shells of their rank in Å, those of one shell far apart."""
    shell = np.floor((rank - rank.min(initial=0.0)) / SHELL + 1e-6)
    order = np.lexsort((*np.round(places.T, 4), shell))
    edge = shell[order[count - 1]]
    sure = order[shell[order] < edge]
    last = order[shell[order] == edge]
    chosen = sure.tolist()
    apart = np.full(len(last), np.inf)
    for index in chosen[-200:]:
        np.minimum(apart, np.linalg.norm(places[last] - places[index], axis=1), out=apart)
    while len(chosen) < count:
        best = int(np.argmax(np.round(apart, 4)))
        chosen.append(int(last[best]))
        apart = np.minimum(apart, np.linalg.norm(places[last] - places[last[best]], axis=1))
        apart[best] = -1.0
    return np.array(chosen, dtype=np.int64)
