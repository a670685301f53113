"""How many atoms of which species an ordered cell holds, and on which sites."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

import numpy as np

from ionsmith.crystals.conversion import read_published
from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.sites import FULL
from ionsmith.errors import CompositionNotPossible, NoCoordinates

MINIMUM_DIGITS = 3
"""Smallest number of digits that an occupancy is assumed to be published with."""


@dataclass(frozen=True)
class Filling:
    """Atoms of one species, or vacancies, to be distributed.

    Parameters
    ----------
    species
        Element symbol; None for vacancies.
    count
        Number of atoms or vacancies.
    sites
        Indices of the sites over whose positions they may be distributed.
    """

    species: str | None
    count: int
    sites: tuple[int, ...]


@dataclass(frozen=True)
class Pool:
    """Sites that share fillings, and the fillings that fill them entirely.

    Parameters
    ----------
    sites
        Indices into the sites of the crystal.
    fillings
        Their counts sum to the number of positions of the pool.
    """

    sites: tuple[int, ...]
    fillings: tuple[Filling, ...]


@dataclass(frozen=True)
class Target:
    """Contents of an ordered supercell.

    Parameters
    ----------
    pools
        The disordered sites and the fillings to be distributed over them.
    published
        ``"Na@Na1"`` → number of atoms by the published occupancy, not rounded.
    composition
        Atoms by element in the whole supercell.
    """

    pools: tuple[Pool, ...]
    published: dict[str, float]
    composition: dict[str, int]


def find_target(
    crystal: Crystal,
    cells: int,
    composition: Mapping[str, int] | None = None,
    nearest: bool = False,
) -> Target:
    """Whole numbers of atoms for every disordered site.

    Parameters
    ----------
    crystal
        The crystal.
    cells
        Conventional cells in the supercell.
    composition
        Atoms in the whole supercell, by element (``"Na"``) or by element and site (``"Na@Na1"``);
        what is not named keeps its published occupancies.
    nearest
        Whether occupancies that the supercell cannot hold exactly are rounded.

    Raises
    ------
    CompositionNotPossible
        If the supercell cannot hold it.
    NoCoordinates
        If only the cell is published.
    """
    if not crystal.has_coordinates:
        raise NoCoordinates(
            f"{crystal.name}: only the cell is published, so there are no sites to fill"
        )
    disordered = [i for i, s in enumerate(crystal.sites) if s.occupancy and not s.is_ordered]
    fillings = _requested(crystal, cells, disordered, composition or {})
    named = {(f.species, site) for f in fillings for site in f.sites}
    published: dict[str, float] = {}
    fractional: list[str] = []
    for index in disordered:
        site = crystal.sites[index]
        number = site.multiplicity * cells
        for element, occupancy in site.occupancy.items():
            published[f"{element}@{site.label}"] = occupancy * number
        free = {e: o for e, o in site.occupancy.items() if (e, index) not in named}
        counts = _rounded(free, number, len(free) == len(site.occupancy))
        fillings += [Filling(element, n, (index,)) for element, n in counts.items()]
        fractional += [
            f"{element}@{site.label} {free[element] * number:.6g} → {n}"
            for element, n in counts.items()
            if not _holds(free[element], n, number)
        ]
    pools = _pools(crystal, cells, disordered, fillings)
    totals = {e: 0 for s in crystal.sites for e in s.occupancy}
    for site in crystal.sites:
        if site.is_ordered:
            totals[next(iter(site.occupancy))] += site.multiplicity * cells
    for pool in pools:
        for filling in pool.fillings:
            if filling.species is not None:
                totals[filling.species] += filling.count
    if fractional and not nearest:
        rounded = {item.split("@")[0] for item in fractional}
        count = "1 cell does" if cells == 1 else f"{cells} cells do"
        raise _NotWhole(
            f"{crystal.name}: {count} not hold whole numbers of atoms at the published occupancies "
            f"({', '.join(fractional)})",
            "nearest composition " + "".join(f"{e}{n}" for e, n in totals.items() if e in rounded),
        )
    return Target(pools, published, {e: n for e, n in totals.items() if n})


def holding_supercells(
    crystal: CrystalLike,
    composition: Mapping[str, float] | None = None,
    max_cells: int = 36,
) -> list[tuple[int, int, int]]:
    """Supercells that hold a composition exactly.

    Only the number of cells decides; of the supercells with as many cells the most compact one is
    given (the one whose longest edge is shortest).

    Parameters
    ----------
    crystal
        The crystal.
    composition
        Atoms per formula unit, by element or by element and site as in
        :func:`ionsmith.crystals.ordering.order`; by default the published occupancies.
    max_cells
        Largest number of conventional cells.

    Returns
    -------
    list of tuple
        Conventional cells along a, b and c, smallest supercell first; may be empty.
    """
    crystal = read_published(crystal)
    supercells = []
    for cells in range(1, max_cells + 1):
        units = crystal.formula_units * cells
        counts = {key: round(value * units) for key, value in (composition or {}).items()}
        if all(_holds(value, counts[key], units) for key, value in (composition or {}).items()):
            try:
                find_target(crystal, cells, counts)
            except CompositionNotPossible:
                continue
            supercells.append(most_compact(crystal, cells))
    return supercells


def explain_supercells(crystal: Crystal, error: CompositionNotPossible) -> CompositionNotPossible:
    """Add to the error of a supercell with fractional atoms which supercells have none."""
    if not isinstance(error, _NotWhole):
        return error
    holding = ["×".join(map(str, cells)) for cells in holding_supercells(crystal)[:3]]
    which = f"{', '.join(holding)} do" if holding else "no supercell of up to 36 cells does"
    return CompositionNotPossible(
        f"{error}; {which}; {error.nearest}: give such a `composition`, or allow `nearest`"
    )


def split_by_site(crystal: Crystal, cells: int, pool: Pool) -> list[Filling]:
    """Counts for each site of a pool, in proportion to the published occupancies.

    Vacancies are apportioned first, then the species, each by largest remainders among the
    positions that are left.
    """
    room = {i: crystal.sites[i].multiplicity * cells for i in pool.sites}
    split = []
    # What has the least choice comes first; vacancies before atoms.
    for filling in sorted(pool.fillings, key=lambda f: (len(f.sites), f.species is not None)):
        weights = []
        for index in filling.sites:
            occupancy = crystal.sites[index].occupancy
            share = occupancy[filling.species] if filling.species else _vacancy(occupancy)
            weights.append(share * crystal.sites[index].multiplicity)
        counts = _apportion(filling.count, weights, [room[i] for i in filling.sites])
        if sum(counts) != filling.count:
            raise CompositionNotPossible(
                f"{crystal.name}: {filling.count} {filling.species or 'vacancies'} do not fit on "
                f"{_labels(crystal, filling.sites)} beside the other species; give the number on "
                "each site, as in 'Na@Na1'"
            )
        for index, count in zip(filling.sites, counts, strict=True):
            room[index] -= count
            split.append(Filling(filling.species, count, (index,)))
    return split


class _NotWhole(CompositionNotPossible):
    """Published occupancies that are no whole numbers of atoms; carries the nearest ones."""

    def __init__(self, message: str, nearest: str) -> None:
        super().__init__(message)
        self.nearest = nearest


def _requested(
    crystal: Crystal, cells: int, disordered: Sequence[int], composition: Mapping[str, int]
) -> list[Filling]:
    """Fillings that the composition names, those of one site before those of several."""
    labels = {site.label: index for index, site in enumerate(crystal.sites)}
    fillings: list[Filling] = []
    for key, count in sorted(composition.items(), key=lambda item: "@" not in item[0]):
        if count != int(count) or count < 0:
            raise CompositionNotPossible(
                f"composition {key}: a whole number of atoms in the supercell was expected, not "
                f"{count:g}"
            )
        element, _, label = key.partition("@")
        if label and label not in labels:
            raise CompositionNotPossible(
                f"composition {key}: {crystal.name} has no site {label}; its sites are "
                f"{', '.join(labels)}"
            )
        where = [labels[label]] if label else list(range(len(crystal.sites)))
        where = [i for i in where if element in crystal.sites[i].occupancy]
        if not where and count > 0:
            what = f"site {label}" if label else crystal.name
            raise CompositionNotPossible(
                f"composition {key}: no {element} on {what}; put it there with "
                "Crystal.with_occupancy first"
            )
        fixed = sum(
            crystal.sites[i].multiplicity * cells for i in where if crystal.sites[i].is_ordered
        )
        given = [f for f in fillings if f.species == element and f.sites[0] in where]
        fixed += sum(f.count for f in given)
        taken = {f.sites[0] for f in given}
        free = tuple(i for i in where if i in disordered and i not in taken)
        rest = int(count) - fixed
        if rest < 0 or (rest > 0 and not free):
            raise CompositionNotPossible(
                f"composition {key} {int(count)}: full sites and counts on single sites fix "
                f"{fixed} {element}{', no other site is left' if rest > 0 else ''}; other contents "
                "of a site can be had with Crystal.with_occupancy"
            )
        if free:
            fillings.append(Filling(element, rest, free))
    return fillings


def _pools(
    crystal: Crystal, cells: int, disordered: Sequence[int], fillings: Sequence[Filling]
) -> tuple[Pool, ...]:
    """Join the sites that share a filling, and fill what is left with vacancies."""
    groups = [{i} for i in disordered]
    for filling in fillings:
        joined = set().union(*(g for g in groups if g & set(filling.sites)))
        groups = [g for g in groups if not g & set(filling.sites)] + [joined]
    pools = []
    for sites in sorted(tuple(sorted(group)) for group in groups):
        inside = [f for f in fillings if f.sites[0] in sites]
        # Nothing may depend on the order in which a composition names its elements.
        inside.sort(key=lambda f: (f.sites, f.species or ""))
        positions = sum(crystal.sites[i].multiplicity for i in sites) * cells
        atoms = sum(f.count for f in inside)
        open_sites = tuple(i for i in sites if _vacancy(crystal.sites[i].occupancy) > 0)
        vacant = positions - atoms
        if vacant < 0 or (vacant and not open_sites):
            what = " + ".join(f"{f.count} {f.species}" for f in inside)
            must = "at most" if open_sites else "exactly"
            raise CompositionNotPossible(
                f"{crystal.name}: {what} on {_labels(crystal, sites)}, which hold(s) {must} "
                f"{positions} atoms in {cells} cell(s); name all species of the site(s), or change "
                "the occupancy with Crystal.with_occupancy"
            )
        if open_sites:
            inside.append(Filling(None, vacant, open_sites))
        pool = Pool(sites, tuple(f for f in inside if f.count))
        split_by_site(crystal, cells, pool)
        pools.append(pool)
    return tuple(pools)


def _rounded(shares: Mapping[str, float], number: int, with_vacancies: bool) -> dict[str, int]:
    """Whole numbers nearest to occupancies × positions; those of a whole site sum up to it."""
    if not with_vacancies:
        return {element: round(share * number) for element, share in shares.items()}
    weights = [*shares.values(), _vacancy(shares)]
    counts = _apportion(number, weights, [number] * len(weights))
    return dict(zip(shares, counts, strict=False))


def _apportion(total: int, weights: Sequence[float], room: Sequence[int]) -> list[int]:
    """Share a whole number out by weight (largest remainders), within the room that there is."""
    weight = sum(weights)
    quotas = [max(w, 0.0) * total / weight if weight > 0 else 0.0 for w in weights]
    counts = [min(math.floor(q + 1e-6), r) for q, r in zip(quotas, room, strict=True)]
    while sum(counts) < total:
        short = [
            (round(q - n, 9), -i)
            for i, (q, n, r) in enumerate(zip(quotas, counts, room, strict=True))
            if n < r
        ]
        if not short:
            break
        counts[-max(short)[1]] += 1
    return counts


def _holds(value: float, count: int, positions: int) -> bool:
    """Whether a count agrees with an occupancy within the rounding of its digits."""
    exponent = Decimal(repr(float(value))).as_tuple().exponent
    digits = max(MINIMUM_DIGITS, -int(exponent))
    return abs(count / positions - value) <= 0.5 * 10.0**-digits + 1e-9


def _vacancy(occupancy: Mapping[str, float]) -> float:
    """Share of empty positions; none where the digits of the occupancies leave room for none."""
    missing = FULL - sum(occupancy.values())
    return missing if missing > len(occupancy) * 0.5 * 10.0**-MINIMUM_DIGITS else 0.0


def _labels(crystal: Crystal, sites: Sequence[int]) -> str:
    """Labels of sites, for messages."""
    return ", ".join(crystal.sites[i].label for i in sites)


def most_compact(crystal: Crystal, cells: int) -> tuple[int, int, int]:
    """Supercell of so many cells whose longest edge is shortest."""
    lengths = np.linalg.norm(crystal.cell, axis=1)
    shapes = [
        (a, b, cells // (a * b))
        for a, b in product(range(1, cells + 1), repeat=2)
        if cells % (a * b) == 0
    ]
    return max(shapes, key=lambda s: ([-x for x in sorted(np.round(s * lengths, 6))[::-1]], s))
