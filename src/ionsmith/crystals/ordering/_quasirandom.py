"""Special quasi-random structures: small cells whose pairs are those of a random alloy.

A. Zunger, S.-H. Wei, L. G. Ferreira and J. E. Bernard, Phys. Rev. Lett. 65, 353 (1990),
doi:10.1103/PhysRevLett.65.353. The search is that of sqsgenerator (D. Gehringer, M. Friák and
D. Holec, Comput. Phys. Commun. 286, 108664 (2023), doi:10.1016/j.cpc.2023.108664): arrangements are
drawn at random and judged by the Warren–Cowley parameters of their shells of neighbours, nearer
shells counting more. Sites that share species are arranged together, others independently.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.crystals.ordering._cell import DisorderedCell
from ionsmith.errors import CompositionNotPossible, InvalidInput, MissingExtra

DRAWS = 100_000
"""Arrangements that are drawn for each structure."""


def quasirandom(
    cell: DisorderedCell, seed: int, count: int, progress: Callable[[int, int], None] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find special quasi-random arrangements, each from a seed of its own.

    Parameters
    ----------
    cell
        The disordered positions and their fillings.
    seed
        Seed of the first.
    count
        Number of structures.
    progress
        Called with the number of structures done and their number.

    Returns
    -------
    arrangements, objectives
        Index of the filling of each position, shape (count, positions), and the weighted sum of
        the magnitudes of the Warren–Cowley parameters, shape (count,).
    """
    pools = _pools(cell)
    arrangements = np.zeros((count, len(cell)), dtype=np.int64)
    objectives = np.zeros(count)
    cells = len(cell.cells)
    fractional = (cell.fractional[:, None] + cell.cells[None]) / np.array(cell.supercell)
    lattice = cell.crystal.cell * np.array(cell.supercell)[:, None]
    for number in range(count):
        for basis, codes in pools:
            positions = (basis[:, None] * cells + np.arange(cells)).ravel()
            found, objective = _search(
                lattice, fractional[basis].reshape(-1, 3), codes, seed + number
            )
            arrangements[number, positions] = found
            objectives[number] += objective
        if progress is not None:
            progress(number + 1, count)
    return arrangements, objectives


def _pools(cell: DisorderedCell) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Basis positions of each pool, and the fillings of its positions, in any order."""
    first, _, distances = cell.contacts
    pools = []
    for number, kinds in enumerate(cell.fillings_of_pool):
        basis = np.flatnonzero(cell.pool == number)
        near = np.isin(first // len(cell.cells), basis)
        if not cell.allowed[np.ix_(np.array(kinds, dtype=int), basis)].all() or any(
            cell.too_close(a, b, distance)
            for distance in np.unique(distances[near]).tolist()
            for a in kinds
            for b in kinds
        ):
            labels = sorted({cell.crystal.sites[site].label for site in cell.site[basis].tolist()})
            raise CompositionNotPossible(
                f"{cell.crystal.name}: atoms on {', '.join(labels)} exclude each other or are "
                "bound to some of the sites, which a quasi-random structure cannot take into "
                "account; order it at random"
            )
        counts = [cell.fillings[kind].count for kind in kinds]
        pools.append((basis, np.repeat(np.array(kinds, dtype=np.int64), counts)))
    return pools


def _search(
    lattice: NDArray[np.float64], points: NDArray[np.float64], codes: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], float]:
    """Arrange fillings on points of a cell."""
    kinds, counts = np.unique(codes, return_counts=True)
    if len(kinds) < 2:
        return codes, 0.0
    optimize, parse_config = _sqsgenerator()
    numbers = np.arange(1, len(kinds) + 1)  # atomic numbers that stand for the fillings
    symbols = chemical_symbols[1 : len(kinds) + 1]
    settings = {
        "structure": {
            "lattice": lattice.tolist(),
            "coords": points.tolist(),
            "species": np.repeat(numbers, counts).tolist(),
        },
        "composition": dict(zip(symbols, counts.tolist(), strict=True)),
        "iteration_mode": "random",
        "iterations": DRAWS,
        "thread_config": 1,
        "seed": seed,
    }
    try:
        result = optimize(parse_config(settings)).best()
    except ValueError as error:  # it finds no shells of neighbours in the cell
        raise InvalidInput(
            f"the cell is too small for a quasi-random structure ({error}): take a larger "
            "`supercell`, or order it otherwise"
        ) from error
    return kinds[np.array(result.species) - 1], float(result.objective)


def _sqsgenerator() -> tuple[Any, Any]:
    """The functions of sqsgenerator that are used."""
    try:
        from sqsgenerator import optimize, parse_config
    except ImportError as error:
        raise MissingExtra(
            f"sqsgenerator cannot be loaded ({error}); it comes with: pip install 'ionsmith[sqs]'"
        ) from error
    return optimize, parse_config
