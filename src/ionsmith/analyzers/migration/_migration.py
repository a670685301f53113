"""Sites, windows and percolation of a mobile ion."""

import functools
from collections.abc import Callable

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.analyzers.migration._framework import Framework, read_framework
from ionsmith.analyzers.migration._grid_symmetry import GridSymmetry
from ionsmith.analyzers.migration._listing import listed, opening_at, through
from ionsmith.analyzers.migration._network import (
    Network,
    descent,
    find_network,
    points_of,
    refined,
)
from ionsmith.analyzers.migration._percolation import (
    Percolation,
    Threshold,
    lowest_way,
    percolation,
    without_false,
    without_shallow,
)
from ionsmith.analyzers.migration._records import PercolationThreshold, Profile
from ionsmith.analyzers.migration._result import Migration
from ionsmith.analyzers.migration._site_energy import (
    energy_field,
    ionic_radii,
    load_parameters,
    site_energies,
)
from ionsmith.analyzers.migration._windows import Walls
from ionsmith.bonding.distances import Clearance
from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import InvalidInput, InvalidStructure

Floats = NDArray[np.float64]

LIMIT = 2.5
"""Barrier in eV up to which a way counts. In a rigid lattice barriers are above those of moving
ions: 1.0 eV in Na3V2(PO4)3, 1.3 in LiCoO2 and 2.0 in NaCoO2, all of which conduct, but 3.6 eV for
the directions of LiFePO4 that do not."""

CEILING = 10.0
"""Energy in eV above the lowest site up to which passes are sought."""

SHALLOW = 0.01
"""Depth in eV below which a minimum is no site of its own."""

COMMENSURATE = 12
"""Divisor of the numbers of grid points, so that symmetry takes points to points."""

MOST_POINTS = 6_000_000
MOST_POSITIONS = 3_000
_REACH = 8.0  # Å; a sphere between the atoms is smaller


def migration(
    structure: CrystalLike,
    ion: str = "Na",
    *,
    limit: float = LIMIT,
    spacing: float = 0.2,
    progress: Callable[[int, int], None] | None = None,
) -> Migration:
    """Find where an ion can go in a crystal, from its bond-valence site energies.

    Parameters
    ----------
    structure
        Any crystal (:data:`ionsmith.crystals.files.CrystalLike`), which may be disordered, hold the
        ion or not. All its mobile ions are taken out.
    ion
        Element of the mobile ion, a cation or an anion.
    limit
        Barrier in eV up to which a way counts as open (:data:`LIMIT`).
    spacing
        Largest distance of grid points along the cell vectors in Å.
    progress
        Called with the number of positions of the framework done and in total.

    Returns
    -------
    Migration

    Raises
    ------
    InvalidInput
        If the ion is no element, charges are not known or have no parameters, nothing but the ion
        is left, or limit or spacing is out of range.
    InvalidStructure
        For a structure that is not periodic in three dimensions, or too large.
    MissingExtra
        Without bvlain, which holds the parameters.

    Notes
    -----
    Zeo++ gives the largest sphere that passes in any direction, and the tests compare it with the
    one found here; its Voronoi network, which would give each window, is not handed on by pyzeo.

    Examples
    --------
    >>> from ionsmith.analyzers.migration import migration
    >>> found = migration("lib:lifepo4", "Li")  # doctest: +SKIP
    >>> found.dimension, round(found.barrier("b"), 1)  # doctest: +SKIP
    (1, 0.4)
    """
    if not 0.05 <= spacing <= 0.5:
        raise InvalidInput(f"`spacing` is {spacing:g} Å; expected 0.05 to 0.5")
    if not 0 < limit <= CEILING:
        raise InvalidInput(f"`limit` is {limit:g} eV; expected more than 0 and up to {CEILING:g}")
    framework = read_framework(structure, ion)
    edges = np.linalg.norm(framework.cell, axis=1)
    shape = [COMMENSURATE * int(np.ceil(edge / spacing / COMMENSURATE - 1e-9)) for edge in edges]
    if np.prod(shape) > MOST_POINTS or len(framework.positions) > MOST_POSITIONS:
        raise InvalidStructure(
            f"{framework.name}: {len(framework.positions):,} positions and {np.prod(shape):,} grid "
            f"points; up to {MOST_POSITIONS:,} and {MOST_POINTS:,} are taken: use the unit cell, "
            "or a larger `spacing`"
        )
    tables = load_parameters(framework.charge)
    own = (ion, float(framework.charge))
    radii = ionic_radii({(e, q) for each in framework.species for e, q, _ in each} | {own}, tables)
    symmetry = GridSymmetry(framework, tuple(shape))
    energies = site_energies(framework, ion, symmetry, tables, progress)
    bottom = float(energies.min())
    energies -= bottom
    smooth = energy_field(framework, ion, tables)

    def field(points: Floats) -> tuple[Floats, Floats, Floats]:
        value, gradient, hessian = smooth(points)
        return value - bottom, gradient, hessian

    network = without_false(refined(find_network(energies, CEILING), field, framework.cell))
    found = percolation(network)
    sizes = [max(radii[e, q] for e, q, _ in each) for each in framework.species]
    walls = _walls(framework, np.array(sizes))
    passing = _spheres(framework, walls, symmetry)
    kept = without_shallow(network, SHALLOW)
    sites, windows, hops = listed(framework, kept, walls, _highest(found, limit))
    barriers = {
        **{f"{d}D": _height(found.dimensions.get(d)) for d in (1, 2, 3)},
        **{name: _height(found.axes.get(axis)) for axis, name in enumerate("abc")},
    }
    return Migration(
        structure=framework.name,
        ion=ion,
        charge=framework.charge,
        taken_out=float(framework.filled.sum()),
        charges=framework.source,
        radii={f"{e}{q:+.3g}": radii[e, q] for e, q in radii},
        grid=(shape[0], shape[1], shape[2]),
        limit=limit,
        dimension=sum((barriers[f"{d}D"] or np.inf) <= limit for d in (1, 2, 3)),
        thresholds=tuple(
            PercolationThreshold(way, barrier, passing[way]) for way, barrier in barriers.items()
        ),
        sites=sites,
        windows=windows,
        hops=hops,
        profiles=tuple(
            _profile(framework, network, found.axes[axis], axis) for axis in sorted(found.axes)
        ),
        notes=framework.notes,
        cell=framework.cell,
        energies=energies - float(network.heights.min()),
        framework=tuple(
            (each[0][0], (float(x), float(y), float(z)))
            for each, (x, y, z) in zip(framework.species, framework.positions, strict=True)
        ),
    )


def _height(threshold: Threshold | None) -> float | None:
    """Height of the highest pass above the lowest site."""
    return None if threshold is None else threshold.height - threshold.lowest


def _highest(found: Percolation, limit: float) -> float:
    """Largest energy of the windows that are listed."""
    one = found.dimensions.get(1)
    return limit if one is None else max(limit, one.height + 1e-9)


def _walls(framework: Framework, sizes: Floats) -> Walls:
    """The spheres of the framework, and its ions of opposite charge."""
    atoms = Atoms(
        [each[0][0] for each in framework.species],
        scaled_positions=framework.positions,
        cell=framework.cell,
        pbc=True,
    )
    opposite = [each[0][1] * framework.charge < 0 for each in framework.species]
    return Walls(Clearance(atoms, _REACH, sizes), atoms.positions[opposite])


def _spheres(framework: Framework, walls: Walls, symmetry: GridSymmetry) -> dict[str, float | None]:
    """Radius in Å of the largest sphere that crosses the framework, by way."""

    def clearance(points: NDArray[np.int64]) -> Floats:
        return walls.clearance.at(points_of(points, symmetry.shape) @ framework.cell)

    room = symmetry.spread(clearance)
    network = find_network(-np.minimum(room, _REACH), 0.0)
    found = percolation(network)
    named = {f"{d}D": found.dimensions.get(d) for d in (1, 2, 3)}
    named |= {name: found.axes.get(axis) for axis, name in enumerate("abc")}
    opened = functools.cache(lambda row: opening_at(framework, network, walls, row).radius)
    radii: dict[str, float | None] = {}
    for way, threshold in named.items():
        if threshold is None:
            radii[way] = None
            continue
        row = int(np.flatnonzero(network.passes == threshold.height)[0])
        radii[way] = max(opened(row), -threshold.height)
    for more, fewer in (("3D", "2D"), ("2D", "1D")):
        radii[fewer] = max((r for r in (radii[fewer], radii[more]) if r is not None), default=None)
    return radii


def _profile(framework: Framework, network: Network, threshold: Threshold, axis: int) -> Profile:
    """Energy along the lowest way in the direction of a cell vector."""
    sites, tops = network.sites, network.tops
    lengths = sum(
        np.linalg.norm(part @ framework.cell, axis=1)
        for part in (tops - sites[network.first], sites[network.second] + network.cells - tops)
    )
    parts: list[Floats] = []
    values: list[Floats] = []
    here = np.zeros(3)
    for step in lowest_way(network, threshold, axis, np.asarray(lengths)):
        row = step if step >= 0 else ~step
        down = [descent(network, int(side[row]))[0] for side in (network.left, network.right)]
        left, right = through(network, row)
        points = np.concatenate([left[::-1], right])
        along = network.values.ravel()[np.concatenate([down[0][::-1], down[1]])]
        # The ends and the top lie between points of the grid, which may be higher than the top.
        one, two = network.first[row], network.second[row]
        top = int(along.argmax())
        along = np.minimum(along, network.passes[row])
        points[[0, top, -1]] = sites[one], tops[row], sites[two] + network.cells[row]
        along[[0, top, -1]] = network.heights[one], network.passes[row], network.heights[two]
        if step < 0:
            points, along = points[::-1], along[::-1]
        if parts:
            points, along = (points + np.round(here - points[0]))[1:], along[1:]
        here = points[-1]
        parts.append(points)
        values.append(along)
    positions = np.concatenate(parts)
    steps = np.linalg.norm(np.diff(positions, axis=0) @ framework.cell, axis=1)
    return Profile(
        way="abc"[axis],
        positions=positions,
        distances=np.concatenate([[0.0], np.cumsum(steps)]),
        energies=np.maximum(np.concatenate(values) - float(network.heights.min()), 0.0),
    )
