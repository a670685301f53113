"""Positions of a published crystal and the species on them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from string import ascii_letters
from typing import overload

import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.errors import CompositionNotPossible

OXIDATION_STATES = "oxi_states"
"""Array of atoms that holds the oxidation states of their file, under pymatgen's name."""

Held = tuple[dict[str, float], dict[str, float]]
"""Occupancy and charge by element."""

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

    @property
    def contents(self) -> str:
        """The element of an ordered site, else the elements with their occupancies."""
        if self.is_ordered:
            return next(iter(self.occupancy))
        return " ".join(f"{element}{part:.3f}" for element, part in sorted(self.occupancy.items()))


def stated_charges(held: Sequence[Held]) -> list[Held]:
    """Occupancies and charges of a file, without charges that are all zero in a compound.

    Programs write such zeros where they know no oxidation state; those of an element are true.
    """
    elements = {element for occupancy, _ in held for element in occupancy}
    if len(elements) > 1 and not any(any(charges.values()) for _, charges in held):
        return [(occupancy, {}) for occupancy, _ in held]
    return list(held)


def refilled(site: Site, occupancy: Mapping[str, float], oxidation: Mapping[str, float]) -> Site:
    """Copy of a site with other species on it.

    Parameters
    ----------
    site
        The site.
    occupancy
        Element symbol to occupancy; at most one in sum.
    oxidation
        Formal charges by element, of which those on the site are taken.

    Raises
    ------
    CompositionNotPossible
        If an element is unknown, an occupancy is negative, or they exceed one.
    """
    unknown = [element for element in occupancy if element not in atomic_numbers]
    if unknown:
        raise CompositionNotPossible(f"{unknown[0]!r} is not an element symbol")
    if min(occupancy.values(), default=0) < 0 or sum(occupancy.values()) > 1 + 1e-6:
        raise CompositionNotPossible(
            f"site {site.label}: occupancies must be positive and sum to at most 1, "
            f"got {dict(occupancy)}"
        )
    filled = {element: float(value) for element, value in occupancy.items() if value > 0}
    charges = {element: oxidation[element] for element in filled if element in oxidation}
    return replace(site, occupancy=filled, oxidation=charges)


@dataclass(frozen=True, eq=False)
class SiteColumns(Sequence[Site]):
    """Sites as columns; a :class:`Site` is made when one is looked at.

    A file may list more atoms than anyone looks at, and their columns are all that is needed of
    most.

    Parameters
    ----------
    labels
        Label of each of n sites.
    letters
        Wyckoff letters, which may be empty.
    multiplicities
        Positions of each in the conventional cell, shape (n,).
    positions
        Fractional coordinates, shape (n, 3).
    kinds
        What is on each, as an index into ``species``, shape (n,).
    species
        Occupancy and formal charge by element.
    u_iso
        In Å², NaN where unknown, shape (n,).
    u_aniso
        U11, U22, U33, U23, U13, U12 in Å², NaN where unknown, shape (n, 6); None if all are.
    moments
        Magnetic moments along the axes of the cell in μB; None if there are none.
    """

    labels: list[str]
    letters: list[str]
    multiplicities: NDArray[np.int64]
    positions: NDArray[np.float64]
    kinds: NDArray[np.int64]
    species: list[tuple[dict[str, float], dict[str, float]]]
    u_iso: NDArray[np.float64]
    u_aniso: NDArray[np.float64] | None = None
    moments: list[tuple[float, ...] | None] | None = None

    @classmethod
    def of(cls, sites: Sequence[Site]) -> "SiteColumns":
        """Columns of any sites."""
        if isinstance(sites, SiteColumns):
            return sites
        unknown = (np.nan,) * 6
        tensors = [unknown if site.u_aniso is None else site.u_aniso for site in sites]
        moments = [site.moment for site in sites]
        return cls(
            [site.label for site in sites],
            [site.wyckoff.lstrip("0123456789") for site in sites],
            np.array([site.multiplicity for site in sites], dtype=np.int64),
            np.array([site.position for site in sites], dtype=float).reshape(-1, 3),
            np.arange(len(sites)),
            [(site.occupancy, site.oxidation) for site in sites],
            np.array([site.u_iso for site in sites], dtype=float),
            np.array(tensors, dtype=float) if any(s.u_aniso is not None for s in sites) else None,
            moments if any(moment is not None for moment in moments) else None,
        )

    def __len__(self) -> int:
        return len(self.labels)

    @overload
    def __getitem__(self, index: int) -> Site: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Site, ...]: ...
    def __getitem__(self, index: int | slice) -> Site | tuple[Site, ...]:
        return self._made[index]

    def __iter__(self) -> Iterator[Site]:
        return iter(self._made)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # as a site, which has dictionaries

    def __repr__(self) -> str:
        return f"<{len(self)} sites>"

    @cached_property
    def _made(self) -> tuple[Site, ...]:
        """The sites as objects."""
        count = len(self)
        u_iso = [None if value != value else value for value in self.u_iso.tolist()]
        rows = [] if self.u_aniso is None else map(tuple, self.u_aniso.tolist())
        u_aniso = [None if row[0] != row[0] else row for row in rows] or [None] * count
        held = [self.species[kind] for kind in self.kinds.tolist()]
        numbers = zip(self.multiplicities.tolist(), self.letters, strict=True)
        columns = (
            [f"{n}{letter}" for n, letter in numbers],
            map(tuple, self.positions.tolist()),
            [occupancy for occupancy, _ in held],
            [oxidation for _, oxidation in held],
            u_iso,
            u_aniso,
            self.moments or [None] * count,
        )
        return tuple(map(Site, self.labels, *columns))

    @property
    def occupied(self) -> NDArray[np.int64]:
        """Indices of the species that some site has."""
        return np.flatnonzero(np.bincount(self.kinds, minlength=len(self.species)))

    @property
    def is_ordered(self) -> bool:
        """Whether one species fills each position."""
        held = [self.species[kind][0] for kind in self.occupied.tolist()]
        return all(len(each) == 1 and next(iter(each.values())) >= FULL for each in held)

    def charge(self) -> float | None:
        """Sum of the formal charges in the conventional cell; None if not all are known."""
        total = 0.0
        for site in self:
            for element, occupancy in site.occupancy.items():
                if element not in site.oxidation:
                    return None
                total += site.multiplicity * occupancy * site.oxidation[element]
        return round(total, 6) + 0.0 if len(self) else None

    def content(self) -> dict[str, float]:
        """Atoms of each element in the conventional cell, in order of appearance."""
        weights = np.bincount(self.kinds, self.multiplicities, len(self.species))
        amounts: dict[str, float] = {}
        first = np.unique(self.kinds, return_index=True)
        for kind in first[0][np.argsort(first[1])].tolist():
            for element, occupancy in self.species[kind][0].items():
                amounts[element] = amounts.get(element, 0.0) + float(weights[kind]) * occupancy
        return amounts


def images(
    positions: NDArray[np.float64],
    rotations: NDArray[np.int64],
    translations: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Images of positions (s, 3) under operations (n, 3, 3) and (n, 3), shape (s, n, 3)."""
    turned = positions @ rotations.transpose(2, 0, 1).reshape(3, -1).astype(float)
    return np.asarray(turned.reshape(len(positions), -1, 3) + translations)


def site_copies(
    positions: NDArray[np.float64],
    rotations: NDArray[np.int64],
    translations: NDArray[np.float64],
    cell: NDArray[np.float64],
) -> list[NDArray[np.float64]]:
    """Fractional coordinates in [0, 1) of the positions of each site, each position once."""
    blocks = []
    for start in range(0, len(positions), step := max(1, 1_000_000 // len(rotations))):
        own = positions[start : start + step]
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
