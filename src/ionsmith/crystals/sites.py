"""Positions of a published crystal and the species on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_letters

import numpy as np
from numpy.typing import NDArray

OXIDATION_STATES = "oxi_states"
"""Array of atoms that holds the oxidation states of their file, under pymatgen's name."""

SAME_POSITION = 0.01
"""Distance in Å below which two symmetry images of a site are the same position."""

FULL = 1 - 1e-6
"""Occupancies of at least this count as full."""


def multiplicity(wyckoff: str) -> int:
    """Number of equivalent positions in a Wyckoff symbol, with or without its letter."""
    return int(wyckoff.rstrip(ascii_letters + "α"))


@dataclass(frozen=True, slots=True)
class Site:
    """A crystallographic position and the species on it.

    Parameters
    ----------
    label
        name in the published table; if several species share the position, that of the first
    wyckoff
        multiplicity in the conventional cell and Wyckoff letter, such as ``18h``; without the
        letter if a file does not give it
    position
        fractional coordinates in the published setting
    occupancy
        occupancy by element; what is missing to one is vacancy
    oxidation
        formal charge by element; empty for alloys and elements
    u_iso
        isotropic displacement parameter in Å², where published
    u_aniso
        anisotropic displacement parameters U11, U22, U33, U23, U13, U12 in Å², where published
    moment
        magnetic moment in μB along the three axes of the cell, where a file states it
    """

    label: str
    wyckoff: str
    position: tuple[float, float, float]
    occupancy: dict[str, float]
    oxidation: dict[str, float] = field(default_factory=dict)
    u_iso: float | None = None
    u_aniso: tuple[float, ...] | None = None
    moment: tuple[float, ...] | None = None

    @property
    def multiplicity(self) -> int:
        """Number of equivalent positions in the conventional cell."""
        return multiplicity(self.wyckoff)

    @property
    def is_ordered(self) -> bool:
        """Whether one species fills the position."""
        return len(self.occupancy) == 1 and next(iter(self.occupancy.values())) >= FULL


def images(
    positions: NDArray[np.float64],
    rotations: NDArray[np.int64],
    translations: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Images of positions (s, 3) under operations (n, 3, 3) and (n, 3), shape (s, n, 3)."""
    turned = positions @ rotations.transpose(2, 0, 1).reshape(3, -1).astype(float)
    return np.asarray(turned.reshape(len(positions), -1, 3) + translations)


def site_copies(
    sites: Sequence[Site],
    rotations: NDArray[np.int64],
    translations: NDArray[np.float64],
    cell: NDArray[np.float64],
) -> list[NDArray[np.float64]]:
    """Fractional coordinates in [0, 1) of the positions of each site, each position once."""
    blocks = []
    for start in range(0, len(sites), step := max(1, 1_000_000 // len(rotations))):
        own = np.array([site.position for site in sites[start : start + step]])
        copies = images(own, rotations, translations) % 1.0
        copies[copies > 1 - 1e-9] = 0.0
        shifts = copies - copies[:, :1]
        shifts -= np.round(shifts)
        alike = np.square(shifts @ cell).sum(axis=2) < SAME_POSITION**2
        special = alike.sum(axis=1) > 1
        blocks += [
            _distinct(block, cell) if merged else block
            for block, merged in zip(copies, special.tolist(), strict=True)
        ]
    return blocks


def _distinct(copies: NDArray[np.float64], cell: NDArray[np.float64]) -> NDArray[np.float64]:
    """Images of one site, each position once."""
    shifts = copies[:, None] - copies[None]
    distance = np.linalg.norm((shifts - np.round(shifts)) @ cell, axis=-1)
    first = (distance < SAME_POSITION).argmax(axis=1) == np.arange(len(copies))
    return np.asarray(copies[first])


@dataclass(frozen=True)
class ExpandedSites:
    """All positions of a conventional cell.

    Parameters
    ----------
    positions
        Fractional coordinates in [0, 1), shape (n, 3).
    site_index
        Index of the crystal's site that each belongs to, shape (n,).
    """

    positions: NDArray[np.float64]
    site_index: NDArray[np.int64]
