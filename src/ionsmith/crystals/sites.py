"""Positions of a published crystal, with what sits on them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FULL = 1 - 1e-6
"""Occupancies from here on count as full."""


@dataclass(frozen=True)
class Site:
    """A crystallographic position and what sits on it.

    Parameters
    ----------
    label
        Name in the published table; the first species' where several share the position.
    wyckoff
        Multiplicity in the conventional cell and Wyckoff letter, such as ``"18h"``.
    position
        Fractional coordinates in the published setting.
    occupancy
        Element symbol to occupancy; what is missing to one is vacancy.
    oxidation
        Element symbol to formal charge; empty for alloys and elements.
    u_iso
        Isotropic displacement parameter in Å², where published.
    """

    label: str
    wyckoff: str
    position: tuple[float, float, float]
    occupancy: dict[str, float]
    oxidation: dict[str, float] = field(default_factory=dict)
    u_iso: float | None = None

    @property
    def multiplicity(self) -> int:
        """Number of equivalent positions in the conventional cell."""
        return int(self.wyckoff[:-1])

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
        Which of the crystal's sites each one belongs to, shape (n,).
    """

    positions: NDArray[np.float64]
    site_index: NDArray[np.int64]
