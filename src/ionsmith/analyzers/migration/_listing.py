"""Sites, windows and hops of a network, one of each class of equivalent ones."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.migration._framework import Framework
from ionsmith.analyzers.migration._hops import Step, steps_between
from ionsmith.analyzers.migration._network import Network, descent, points_of
from ionsmith.analyzers.migration._records import Hop, IonSite, Window
from ionsmith.analyzers.migration._windows import (
    Opening,
    Walls,
    multiplicity,
    opening,
    same_by_symmetry,
)

Floats = NDArray[np.float64]


def through(network: Network, row: int) -> tuple[Floats, Floats]:
    """Fractional coordinates of the ways down from a pass, to its left and to its right."""
    return tuple(
        points_of(points, network.values.shape) + cells + base
        for (points, cells), base in (
            (descent(network, int(network.left[row])), network.left_cells[row]),
            (descent(network, int(network.right[row])), network.right_cells[row]),
        )
    )


def opening_at(framework: Framework, network: Network, walls: Walls, row: int) -> Opening:
    """The window at a pass of a network."""
    left, right = through(network, row)
    way = right[min(2, len(right) - 1)] - left[min(2, len(left) - 1)]
    centre = (left[0] + right[0]) / 2
    return opening(walls, centre @ framework.cell, way @ framework.cell)


class Listing(NamedTuple):
    """Sites, windows and hops by rising energy."""

    sites: tuple[IonSite, ...]
    windows: tuple[Window, ...]
    hops: tuple[Hop, ...]


def listed(framework: Framework, network: Network, walls: Walls, highest: float) -> Listing:
    """List what is below an energy, one of each class of equivalent ones."""
    cell = framework.cell
    operations = framework.rotations, framework.translations
    rows = np.flatnonzero(network.passes <= highest)
    low = np.flatnonzero(network.heights <= network.heights.min() + highest)
    chosen = np.union1d(np.union1d(network.first[rows], network.second[rows]), low)
    places = network.sites[chosen]
    classes = same_by_symmetry(places, *operations, cell)
    energy = network.heights[chosen] - network.heights.min()
    ions = _ions_on(framework, places)
    lowest = [float(energy[classes == k].min()) for k in range(int(classes.max()) + 1)]
    order = sorted(range(len(lowest)), key=lambda k: (lowest[k], k))
    rank = np.argsort(order)[classes]
    sites = []
    for k in range(len(order)):
        mine = np.flatnonzero(rank == k)
        best = mine[energy[mine].argmin()]
        sites.append(
            IonSite(
                name=f"s{k + 1}",
                count=multiplicity(places[best], *operations, cell),
                position=_inside(places[best]),
                energy=float(energy[best]),
                radius=float(walls.clearance.at(places[best][None] @ cell)[0]),
                ions=float(ions[mine].mean()),
            )
        )
    if len(rows) == 0:
        return Listing(tuple(sites), (), ())
    ends = [np.searchsorted(chosen, side[rows]) for side in (network.first, network.second)]
    middles = network.tops[rows]
    alike = same_by_symmetry(middles % 1.0, *operations, cell)
    groups: dict[tuple[int, ...], list[int]] = {}
    for n in range(len(rows)):
        joined = sorted(int(rank[end[n]]) for end in ends)
        groups.setdefault((int(alike[n]), *joined), []).append(n)
    windows = []
    for (_, one, two), members in groups.items():
        n = members[0]  # passes rise
        row, i, j = int(rows[n]), int(ends[0][n]), int(ends[1][n])
        height = float(network.passes[row] - network.heights.min())
        measured = opening_at(framework, network, walls, row)
        windows.append(
            Window(
                start=f"s{one + 1}",
                end=f"s{two + 1}",
                count=max(multiplicity(middles[n], *operations, cell), len(members)),
                position=_inside(middles[n]),
                length=float(np.linalg.norm((places[j] + network.cells[row] - places[i]) @ cell)),
                energy=height,
                barrier=height - float(min(energy[i], energy[j])),
                radius=measured.radius,
                corners=measured.corners,
                area=measured.area,
            )
        )
    windows.sort(key=lambda w: w.energy)
    held = [k for k, site in enumerate(sites) if site.ions > _HELD]
    steps = [
        Step(int(i), int(j), network.cells[row], float(network.passes[row]), middle[None])
        for i, j, row, middle in zip(*ends, rows, middles, strict=True)
    ]
    found = steps_between(rank <= max(held, default=0), energy, places, steps)
    hops = _hops(framework, found, places, rank, energy + float(network.heights.min()), ions)
    return Listing(tuple(sites), tuple(windows), hops)


_HELD = 0.05
"""Mean number of ions from which a site is one where ions rest."""


def _hops(
    framework: Framework,
    steps: list[Step],
    places: Floats,
    rank: NDArray[np.int64],
    energy: Floats,
    ions: Floats,
) -> tuple[Hop, ...]:
    """One of each class of equivalent ways, from an ion to an empty site where there is one."""
    tops = np.array([step.points[step.top] for step in steps]).reshape(-1, 3) % 1.0
    alike = same_by_symmetry(tops, framework.rotations, framework.translations, framework.cell)
    classes: dict[tuple[object, ...], list[Step]] = {}
    lengths = {}
    for kind, step in zip(alike.tolist(), steps, strict=True):
        joined = sorted(int(rank[k]) for k in (step.first, step.second))
        between = places[step.second] + step.cell - places[step.first]
        length = float(np.linalg.norm(between @ framework.cell))
        lengths[id(step)] = length
        classes.setdefault((kind, *joined, round(length, 1)), []).append(step)
    hops = []
    for members in classes.values():
        step = max(members, key=lambda m: abs(ions[m.first] - ions[m.second]))
        length = lengths[id(step)]
        if ions[step.second] > ions[step.first]:
            step = step.reverse()
        way = [places[step.first], *step.points, places[step.second] + step.cell]
        hops.append(
            Hop(
                start=f"s{rank[step.first] + 1}",
                end=f"s{rank[step.second] + 1}",
                count=len(members),
                length=length,
                barrier=step.height - float(min(energy[step.first], energy[step.second])),
                way=tuple(_point(place) for place in way),
            )
        )
    return tuple(sorted(hops, key=lambda hop: (round(hop.barrier, 3), hop.length)))


def _point(place: Floats) -> tuple[float, float, float]:
    """A point as plain numbers."""
    x, y, z = (round(float(value), 6) + 0.0 for value in place)
    return x, y, z


def _inside(place: Floats) -> tuple[float, float, float]:
    """A point in the cell as plain numbers."""
    return _point(np.round(place, 6) % 1.0)


_NEAR = 2.0  # Å; an ion of the structure belongs to the nearest site within this distance


def _ions_on(framework: Framework, places: Floats) -> Floats:
    """Number of ions of the structure on each site."""
    ions = np.zeros(len(places))
    for position, filled in zip(framework.ions, framework.filled, strict=True):
        apart = places - position
        apart -= np.round(apart)
        distance = np.linalg.norm(apart @ framework.cell, axis=1)
        nearest = np.flatnonzero(distance < distance.min() + 0.05)
        if distance.min() < _NEAR:
            ions[nearest] += filled / len(nearest)
    return ions
