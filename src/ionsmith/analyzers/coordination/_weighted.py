"""Coordination of disordered crystals, weighted by occupancy.

The coordination number of a species on a site is the number of neighbours to be expected: the sum
of the occupancies of the positions bonded to it, species by species. Positions closer to it than
the contact limit (:func:`ionsmith.bonding.checks.check_contacts`) are empty where it sits and do
not count. Other correlations between neighbouring positions are not known from occupancies.

Whether two species are bonded is decided in the crystal with every position filled by one species:
the centre by its own, positions of mixed occupancy by each of theirs in turn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.bonding.bonds import Criterion, check_pairs, criterion_name, find_bonds
from ionsmith.bonding.checks import CONTACT_FRACTION, CONTACT_RADII
from ionsmith.crystals import Crystal
from ionsmith.errors import InvalidCriterion
from ionsmith.results import Result, Table

_HEADERS = (
    *("site", "element", "positions", "occupancy", "neighbours", "CN"),
    *("shortest (Å)", "mean (Å)", "longest (Å)", "spread (Å)"),
)


@dataclass(frozen=True)
class WeightedSite:
    """Coordination of one species on one site of a disordered crystal.

    Parameters
    ----------
    label
        Name of the crystallographic site.
    element
        Symbol of the element.
    positions
        Positions of the site in the cell.
    occupancy
        Occupancy of the site by the element.
    neighbours
        Expected number of bonded neighbours by element.
    coordination_number
        Expected number of bonded neighbours.
    shortest
        Shortest bond length in Å, None without bonds.
    mean_length
        Mean bond length in Å, weighted by the occupancies of the neighbours.
    longest
        Longest bond length in Å.
    spread
        Standard deviation of the bond lengths in Å, weighted likewise.
    """

    label: str
    element: str
    positions: int
    occupancy: float
    neighbours: dict[str, float]
    coordination_number: float
    shortest: float | None
    mean_length: float | None
    longest: float | None
    spread: float | None


@dataclass(frozen=True)
class WeightedCoordination(Result):
    """Coordination of a disordered crystal, weighted by occupancy.

    Parameters
    ----------
    crystal
        Name of the crystal.
    criterion
        Bond criterion.
    margin
        In Å, added to the distances of the criterion.
    sites
        Every species on every site.
    """

    crystal: str
    criterion: str
    margin: float
    sites: tuple[WeightedSite, ...]

    document: ClassVar[tuple[str, ...]] = ("crystal", "criterion", "margin", "elements", "sites")

    @property
    def elements(self) -> dict[str, float]:
        """Mean coordination number of each element."""
        amounts: dict[str, float] = {}
        numbers: dict[str, float] = {}
        for site in self.sites:
            amount = site.positions * site.occupancy
            amounts[site.element] = amounts.get(site.element, 0.0) + amount
            product = amount * site.coordination_number
            numbers[site.element] = numbers.get(site.element, 0.0) + product
        return {element: numbers[element] / amounts[element] for element in sorted(amounts)}

    def tables(self) -> list[Table]:
        """Return every species on every site."""
        margin = f", margin {self.margin:+g} Å" if self.margin else ""
        title = (
            f"Coordination of {self.crystal}, disordered: expected numbers, weighted by occupancy "
            f"(criterion: {self.criterion}{margin})"
        )
        rows = []
        for site in self.sites:
            around = sorted(site.neighbours.items(), key=lambda item: -item[1])
            names = " ".join(f"{element}{round(number, 2):g}" for element, number in around)
            lengths = (site.shortest, site.mean_length, site.longest, site.spread)
            rows.append(
                [
                    *(site.label, site.element, site.positions, round(site.occupancy, 3)),
                    *(names or "none", round(site.coordination_number, 3)),
                    *(None if length is None else round(length, 3) for length in lengths),
                ]
            )
        return [Table(title, _HEADERS, rows)]


def weighted_coordination(
    crystal: Crystal, criterion: Criterion, margin: float
) -> WeightedCoordination:
    """Coordination of every species on every site of a disordered crystal."""
    if criterion == "crystalnn":
        raise InvalidCriterion(
            f"{crystal.name} is disordered, and CrystalNN needs an ordered crystal; use another "
            "`criterion`"
        )
    check_pairs(criterion, [atomic_numbers[element] for element in crystal.composition()])
    expanded = crystal.expand()
    filled = np.flatnonzero([bool(crystal.sites[site].occupancy) for site in expanded.site_index])
    owner = expanded.site_index[filled]
    layers = _layers(crystal, expanded.positions[filled], owner)
    common = [find_bonds(atoms, criterion, margin=margin) for atoms, _ in layers]
    rows = []
    for index, site in enumerate(crystal.sites):
        for element, occupancy in site.occupancy.items():
            centre = int(np.flatnonzero(owner == index)[0])
            number = atomic_numbers[element]
            weights, distances, elements = [np.zeros(0)], [np.zeros(0)], [np.zeros(0, np.int64)]
            for (atoms, weight), bonds in zip(layers, common, strict=True):
                if len(site.occupancy) > 1:
                    own = atoms.copy()
                    own.numbers[centre] = number
                    bonds = find_bonds(own, criterion, margin=margin)
                shell = bonds.take(bonds.first == centre)
                around = atoms.numbers[shell.second]
                limit = CONTACT_FRACTION * (CONTACT_RADII[number] + CONTACT_RADII[around])
                apart = (shell.distances >= limit) & (weight[shell.second] > 0)
                weights.append(weight[shell.second][apart])
                distances.append(shell.distances[apart])
                elements.append(around[apart])
            rows.append(
                _site(
                    *(site.label, element, int((owner == index).sum()), float(occupancy)),
                    np.concatenate(weights),
                    np.concatenate(distances),
                    np.concatenate(elements),
                )
            )
    return WeightedCoordination(crystal.name, criterion_name(criterion), float(margin), tuple(rows))


def _layers(
    crystal: Crystal, positions: NDArray[np.float64], owner: NDArray[np.int64]
) -> list[tuple[Atoms, NDArray[np.float64]]]:
    """Fillings that together hold each species of each position once, with its occupancy.

    Positions that have no more species hold their first again, with weight zero.
    """

    def layer(place: int) -> Iterator[tuple[str, float]]:
        for site in crystal.sites:
            held = list(site.occupancy.items())
            if place < len(held):
                yield held[place]
            else:
                yield (held[0][0] if held else "X"), 0.0

    layers = []
    for place in range(max(len(site.occupancy) for site in crystal.sites)):
        symbols, weights = zip(*layer(place), strict=True)
        atoms = Atoms(
            [symbols[site] for site in owner],
            scaled_positions=positions,
            cell=crystal.cell,
            pbc=True,
        )
        layers.append((atoms, np.array(weights, dtype=float)[owner]))
    return layers


def _site(
    label: str,
    element: str,
    positions: int,
    occupancy: float,
    weights: NDArray[np.float64],
    distances: NDArray[np.float64],
    elements: NDArray[np.int64],
) -> WeightedSite:
    """Sum up the neighbours of a site."""
    symbols = Atoms(elements).get_chemical_symbols()
    neighbours = {
        symbol: float(weights[np.array(symbols) == symbol].sum()) for symbol in sorted(set(symbols))
    }
    total = float(weights.sum())
    mean = float(weights @ distances) / total if total else None
    spread = None if mean is None else float(np.sqrt(weights @ (distances - mean) ** 2 / total))
    return WeightedSite(
        label=label,
        element=element,
        positions=positions,
        occupancy=occupancy,
        neighbours=neighbours,
        coordination_number=total,
        shortest=float(distances.min()) if total else None,
        mean_length=mean,
        longest=float(distances.max()) if total else None,
        spread=spread,
    )
