"""Positions of a published crystal and the species on them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_letters
from typing import overload

import numpy as np
from ase.data import atomic_numbers
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


@dataclass(frozen=True, eq=False)
class SiteColumns:
    """Sites as columns, one entry per site.

    Parameters
    ----------
    labels
        names, shape (n,)
    positions
        fractional coordinates, shape (n, 3)
    numbers
        atomic number of the first species, 0 for an empty site, shape (n,)
    charges
        formal charge of the first species in e, NaN where unknown, shape (n,)
    u_iso
        isotropic or equivalent displacement parameters in Å², NaN where unknown, shape (n,)
    u_aniso
        U11, U22, U33, U23, U13, U12 in Å², NaN where unknown, shape (n, 6)
    """

    labels: NDArray[np.str_]
    positions: NDArray[np.float64]
    numbers: NDArray[np.int64]
    charges: NDArray[np.float64]
    u_iso: NDArray[np.float64]
    u_aniso: NDArray[np.float64]

    @classmethod
    def of(cls, sites: Sequence[Site]) -> "SiteColumns":
        """Columns of sites."""
        if isinstance(sites, FullSites):
            return sites.columns
        unknown = (np.nan,) * 6
        return cls(
            np.array([site.label for site in sites]),
            np.array([site.position for site in sites]).reshape(-1, 3),
            np.array([atomic_numbers[next(iter(site.occupancy), "X")] for site in sites]),
            np.array([next(iter(site.oxidation.values()), np.nan) for site in sites], dtype=float),
            np.array([np.nan if site.u_iso is None else site.u_iso for site in sites]),
            np.array([site.u_aniso or unknown for site in sites]).reshape(-1, 6),
        )


def distinct(
    images: NDArray[np.float64], cell: NDArray[np.float64], distance: float
) -> NDArray[np.bool_]:
    """Mask of the images of a site under a space group that repeat no earlier one."""
    gaps = images - images[0]
    gaps -= np.round(gaps)
    if (np.linalg.norm(gaps @ cell, axis=1) < distance).sum() == 1:
        return np.ones(len(images), dtype=bool)  # of a group, then no two others coincide either
    gaps = images[:, None] - images[None]
    gaps -= np.round(gaps)
    alike = np.linalg.norm(gaps @ cell, axis=-1) < distance
    return np.asarray(alike.argmax(axis=1) == np.arange(len(images)))


def images(
    position: NDArray[np.float64],
    rotations: NDArray[np.int64],
    translations: NDArray[np.float64],
    cell: NDArray[np.float64],
    distance: float,
) -> NDArray[np.float64]:
    """Different positions in [0, 1) that the operations of a space group make of one."""
    moved = (rotations @ position + translations) % 1.0
    moved[moved > 1 - 1e-9] = 0.0
    return moved[distinct(moved, cell, distance)]


class FullSites(Sequence[Site]):
    """Sites of a cell without symmetry, one full species each, made when they are asked for.

    Parameters
    ----------
    columns
        The sites as columns.
    species
        Element and its charges on each kind of site.
    kind
        Index into ``species`` of each site, shape (n,).
    """

    def __init__(
        self,
        columns: SiteColumns,
        species: Sequence[tuple[str, dict[str, float]]],
        kind: NDArray[np.int64],
    ) -> None:
        self.columns = columns
        self.species = species
        self.kind = kind

    def content(self) -> dict[str, float]:
        """Number of atoms of each element."""
        amounts: dict[str, float] = {}
        counts = np.bincount(self.kind, minlength=len(self.species)).tolist()
        for (element, _), count in zip(self.species, counts, strict=True):
            amounts[element] = amounts.get(element, 0.0) + count
        return amounts

    def __len__(self) -> int:
        return len(self.kind)

    @overload
    def __getitem__(self, index: int) -> Site: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Site, ...]: ...
    def __getitem__(self, index: int | slice) -> Site | tuple[Site, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        element, charges = self.species[self.kind[index]]
        columns = self.columns
        u_iso, u_aniso = columns.u_iso[index], columns.u_aniso[index]
        x, y, z = columns.positions[index].tolist()
        return Site(
            str(columns.labels[index]),
            "1",
            (x, y, z),
            {element: 1.0},
            charges,
            None if np.isnan(u_iso) else float(u_iso),
            None if np.isnan(u_aniso).any() else tuple(u_aniso.tolist()),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(len(self))

    def __repr__(self) -> str:
        return f"<{len(self)} sites>"


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
