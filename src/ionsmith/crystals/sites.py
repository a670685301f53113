"""Positions of a published crystal and the species on them."""

from dataclasses import dataclass, field
from string import ascii_letters

import numpy as np
from numpy.typing import NDArray

OXIDATION_STATES = "oxi_states"
"""Array of atoms that holds the oxidation states of their file, under pymatgen's name."""

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
    """

    label: str
    wyckoff: str
    position: tuple[float, float, float]
    occupancy: dict[str, float]
    oxidation: dict[str, float] = field(default_factory=dict)
    u_iso: float | None = None
    u_aniso: tuple[float, ...] | None = None

    @property
    def multiplicity(self) -> int:
        """Number of equivalent positions in the conventional cell."""
        return multiplicity(self.wyckoff)

    @property
    def is_ordered(self) -> bool:
        """Whether one species fills the position."""
        return len(self.occupancy) == 1 and next(iter(self.occupancy.values())) >= FULL


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
