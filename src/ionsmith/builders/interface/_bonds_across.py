"""What a contact was judged to be, and the bonds across it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.builders.interface._score import Score
from ionsmith.surfaces.slabs import CENTRAL

ContactKind = Literal[
    "ionic",
    "covalent",
    "metallic",
    "metal on covalent",
    "element on ions",
    "van der Waals",
    "no bonds",
]

SHARE = 0.4
"""Smallest valence of a bond that is listed, over that of a bond of the expected length."""

FAINT, ALIKE = 0.2, 0.8
"""If no bond has that much, those are listed that have this share of the strongest, unless it is
fainter yet, 0.6 Å longer than expected: Na is 2.63 Å above O of MgO (001), by SevenNet too
(scripts/compare_registries.py)."""

LISTED = 0.3
"""Length in Å up to which contacts without bonds may be longer than the shortest of their kind."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BondsAcross:
    """Bonds, or contacts without bonds, of two elements across an interface.

    Parameters
    ----------
    pair
        Element of the substrate and of the film, such as ``"O–Fe"``.
    number
        In the cell.
    shortest, mean
        Shortest and mean length in Å.
    """

    pair: str
    number: int
    shortest: float
    mean: float


@dataclass(frozen=True)
class Contact:
    """How two crystals touch.

    Parameters
    ----------
    kind
        Of most bonds: ``"ionic"`` (cation and anion), ``"covalent"``, ``"metallic"``, ``"element on
        ions"`` (a metal or semiconductor and an ion), ``"metal on covalent"``. ``"van der Waals"``
        if no atoms of the faces would bond to each other; ``"no bonds"`` if those are too far
        apart.
    bonds
        Bonds by pair of elements, or the closest contacts if there are none.
    """

    kind: ContactKind
    bonds: tuple[BondsAcross, ...]

    def __str__(self) -> str:
        listed = ", ".join(f"{b.number} {b.pair} of {b.mean:.2f} Å" for b in self.bonds[:4])
        return f"{self.kind}: {listed}" if listed else self.kind


def contact_of(score: Score, shift: Floats, gap: float) -> Contact:
    """Judge the contact at a shift and a gap."""
    distance, below, above = score.pairs_at(shift, gap)
    rules, lower, upper = score.rules, score.lower, score.upper
    a, b = lower.which[below], upper.which[above]
    kind: ContactKind = "van der Waals"
    kept = distance < rules.contact[a, b] + LISTED
    if score.bonded:
        lost = lower.missing[below], upper.missing[above]
        valence = rules.valence[a, b] * np.exp(score.stretched(distance, a, b))
        least = np.minimum(np.minimum(*lost), rules.valence[a, b])
        share = np.divide(
            valence, least, out=np.zeros(len(valence)), where=score.bonding(below, above)
        )
        kept = share > min(SHARE, max(FAINT, ALIKE * share.max(initial=0.0)))
        kind = _most_frequent(score, a[kept], b[kept])
    pairs = [
        f"{chemical_symbols[x]}–{chemical_symbols[y]}"
        for x, y in zip(
            (lower.species.kinds[a[kept]] % CENTRAL).tolist(),
            (upper.species.kinds[b[kept]] % CENTRAL).tolist(),
            strict=True,
        )
    ]
    names, distance, found = np.array(pairs, dtype=object), distance[kept], []
    for name in sorted(set(pairs)):
        own = distance[names == name]
        if kind == "van der Waals":
            own = own[own < own.min() + LISTED]
        found.append(BondsAcross(name, len(own), float(own.min()), float(own.mean())))
    order = sorted(found, key=lambda bonds: (round(bonds.shortest, 3), bonds.pair))
    return Contact(kind, tuple(order))


def _most_frequent(score: Score, a: NDArray[np.int64], b: NDArray[np.int64]) -> ContactKind:
    """Kind of most of the bonds of kinds of atoms."""
    if len(a) == 0:
        return "no bonds"
    below, above = score.lower.species, score.upper.species
    ionic = (below.role[a] * above.role[b] < 0) & ~(below.covalent[a] & above.covalent[b])
    one_metal = below.metal[a] ^ above.metal[b]
    counts: dict[ContactKind, int] = {
        "ionic": int(ionic.sum()),
        "covalent": int(score.rules.limited[a, b].sum()),
        "metallic": int((below.metal[a] & above.metal[b]).sum()),
        "metal on covalent": int((one_metal & below.covalent[a] & above.covalent[b]).sum()),
    }
    counts["element on ions"] = len(a) - sum(counts.values())
    return max(counts, key=lambda kind: counts[kind])
