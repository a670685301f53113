"""Building polycrystals."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.arguments import is_number, whole_number
from ionsmith.bonding.checks import check_count
from ionsmith.builders._overlaps import OVERLAP
from ionsmith.builders.polycrystal._filling import Phase, filled_cell, voronoi_cells
from ionsmith.builders.polycrystal._joining import Plan, joined
from ionsmith.builders.polycrystal._result import Polycrystal
from ionsmith.builders.polycrystal._texture import (
    fibre_orientations,
    given_orientations,
    random_orientations,
)
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike, as_list
from ionsmith.errors import InvalidInput
from ionsmith.lattice.indices import DirectionLike, as_direction
from ionsmith.lattice.miller import Direction

Floats = NDArray[np.float64]


def build_polycrystal(
    crystals: CrystalLike | Sequence[CrystalLike],
    box: float | tuple[float, float, float],
    *,
    grains: int | None = None,
    seed: int = 0,
    fibre: DirectionLike | None = None,
    spread: float = 0.0,
    orientations: ArrayLike | str | Path | None = None,
    columnar: DirectionLike | None = None,
    overlap: float = OVERLAP,
    neutral: bool = False,
    groups: Sequence[str] | None = None,
) -> Polycrystal:
    """Build a polycrystal in a periodic box.

    Parameters
    ----------
    crystals
        One ordered crystal, or several, which the grains take in turn.
    box
        Edges in Å, or one for a cube.
    grains
        Number of grains; by default that of the orientations, or 8.
    seed
        Seed of the random positions and orientations.
    fibre
        Direction [uvw] of all crystals that is along z; random about it.
    spread
        Standard deviation in degrees by which it is tilted, about x and about y.
    orientations
        One for each grain: rows of Bunge's φ1, Φ, φ2 in degrees or quaternions (w, x, y, z), or a
        text file of them, as :mod:`ionsmith.lattice.orientation` defines them.
    columnar
        Columns along z that share the direction [uvw] of one crystal: the third edge becomes a
        whole number of its periods, and boundaries meet at triple lines.
    overlap
        Atoms of different grains overlap below this share of the shortest distance that such atoms
        have in the crystals; the unit of the grain with the higher number is removed, of a grain
        and its own image the later one.
    neutral
        Remove the fewest units, nearest to the boundaries, that leave no charge.
    groups
        Elements that may be centres of molecular groups, which stay whole; an empty list for none.
        By default whole molecules and all groups that end.

    Raises
    ------
    DisorderedStructure
        For partial occupancies.
    InvalidInput
        If a number is out of range, or textures contradict each other.
    InvalidStructure
        If there would be too many atoms.

    Examples
    --------
    >>> from ionsmith.builders.polycrystal import build_polycrystal
    >>> model = build_polycrystal("lib:si", 25, grains=4, seed=1)
    >>> len(model.grains), model.density < model.crystal_density
    (4, True)
    """
    phases = [Phase.of(source, groups) for source in as_list(crystals)]
    edges = _edges(box)
    column = None if columnar is None else as_direction(columnar)
    _check(overlap, spread, fibre, orientations, column, len(phases))
    given = None if orientations is None else given_orientations(orientations)
    count = _count(grains, given)
    if column is not None:
        lattice = read_lattice(phases[0].atoms)
        period = lattice.period(column)
        edges[2] = max(1, round(edges[2] / period)) * period
    volume = float(edges.prod())
    check_count(int(volume * max(phase.density for phase in phases)), "the polycrystal")
    generator = np.random.default_rng(seed)
    seeds = generator.random((count, 3)) * edges
    own = [phases[number % len(phases)] for number in range(count)]
    if column is not None:
        seeds[:, 2] = 0.0
    direction = column if column is not None else None if fibre is None else as_direction(fibre)
    if given is not None:
        matrices, texture = given, "given"
    elif direction is not None:
        axes = np.array([phase.atoms.cell.array.T @ direction.indices for phase in own])
        matrices = fibre_orientations(axes, spread, generator)
        texture = f"{direction} along z" + (f", spread {spread:g}°" if spread else "")
        if column is not None:
            texture = f"columns, {texture}"
    else:
        matrices, texture = random_orientations(count, generator), "random"
    cells = voronoi_cells(seeds, edges, columns=column is not None)
    filled = [
        filled_cell(phase, matrix, point, cell)
        for phase, matrix, point, cell in zip(own, matrices, seeds, cells, strict=True)
    ]
    return joined(
        Plan(phases, own, edges, seeds, matrices, [cell.volume for cell in cells], texture, seed),
        filled,
        overlap,
        neutral,
    )


def _edges(box: float | tuple[float, float, float]) -> Floats:
    """Edges of the box in Å."""
    edges = list(box) if isinstance(box, Sequence | np.ndarray) else [box] * 3
    if len(edges) != 3 or not all(is_number(edge) and 1 <= edge <= 1e4 for edge in edges):
        raise InvalidInput(f"`box` must be one or three lengths of 1 to 10,000 Å, not {box}")
    return np.array(edges, dtype=float)


def _check(
    overlap: float,
    spread: float,
    fibre: DirectionLike | None,
    orientations: object,
    columnar: Direction | None,
    phases: int,
) -> None:
    """Refuse numbers out of range and textures that contradict each other."""
    if not is_number(overlap) or not 0 <= overlap <= 1:
        raise InvalidInput(f"`overlap` is {overlap!r}; 0 to 1 was expected")
    if not is_number(spread) or not 0 <= spread <= 90:
        raise InvalidInput(f"`spread` is {spread!r}; 0 to 90 degrees were expected")
    asked = {"fibre": fibre, "orientations": orientations, "columnar": columnar}
    several = [f"`{name}`" for name, value in asked.items() if value is not None]
    if len(several) > 1:
        raise InvalidInput(f"{' and '.join(several)} exclude each other; give one of them")
    if spread and fibre is None:
        raise InvalidInput("`spread` needs the direction of a `fibre`")
    if columnar is not None and phases > 1:
        raise InvalidInput("`columnar` grains have one period along z: give one crystal")


def _count(grains: int | None, given: Floats | None) -> int:
    """Return the number of grains."""
    if grains is None:
        return 8 if given is None else len(given)
    count = whole_number("grains", grains, least=1)
    if given is not None and len(given) != count:
        raise InvalidInput(f"`orientations` has {len(given)} rows for {count} grains")
    return count
