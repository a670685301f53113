"""Which atoms a picture shows, and where: axes of the view, images of the atoms."""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.crystals.conversion import read_phase
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import wrapped
from ionsmith.lattice.indices import IndicesLike, as_indices
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction
from ionsmith.pictures._drawing import Drawing

Floats = NDArray[np.float64]

UPRIGHT = 0.5
"""Cosine of the angle between the view and c* above which c* cannot point upwards."""

BEYOND = 4.0
"""Width in Å beyond each edge of a picture from which bonds and polyhedra reach into it."""

LEVEL = 0.1
"""Sine of the angle to the horizontal up to which a cell vector leads sideways."""

EDGE = 1e-5
"""Share of a period by which its window is moved, so that atoms on its edge count once."""

DEPTH = 12.0
"""Depth in Å that is drawn of a structure without a period along the view."""


def view_axes(atoms: Atoms, drawing: Drawing) -> Floats:
    """Unit vectors to the right, upwards and towards the viewer, as rows."""
    zone, up = drawing.zone, drawing.up
    cell = atoms.cell.complete().array
    reciprocal = np.linalg.inv(cell).T
    if zone is None:
        shorter = int(np.linalg.norm(cell[1]) < 0.999 * np.linalg.norm(cell[0]))
        towards = cell[shorter]
    else:
        towards = _vector(cell, zone)
    towards = towards / np.linalg.norm(towards)
    if up is None:
        c, b = reciprocal[2], reciprocal[1]
        across = c if abs(c @ towards) < UPRIGHT * np.linalg.norm(c) else b
    else:
        across = _vector(cell, up)
    across = across - (across @ towards) * towards
    if np.linalg.norm(across) < 1e-6:
        raise InvalidInput(f"`up` {up} is along the view; choose another direction")
    across = across / np.linalg.norm(across)
    axes = np.array([np.cross(across, towards), across, towards])
    return _turned(axes, drawing.tilt)


def _vector(cell: Floats, indices: IndicesLike) -> Floats:
    """Cartesian vector of a direction [uvw], or of the normal of a plane (hkl)."""
    given = as_indices(indices, Direction)
    lattice = Lattice(cell)
    lattice.check(given)
    if isinstance(given, Direction):
        return np.asarray(lattice.vectors(given.indices), dtype=float)
    return np.asarray(lattice.normals(given.indices), dtype=float)


def _turned(axes: Floats, tilt: tuple[float, float]) -> Floats:
    """Axes after the crystal is turned: its right side and its top towards the viewer, degrees."""
    right, top = np.radians(tilt)
    x, y, z = axes
    x, z = np.cos(right) * x - np.sin(right) * z, np.sin(right) * x + np.cos(right) * z
    y, z = np.cos(top) * y - np.sin(top) * z, np.sin(top) * y + np.cos(top) * z
    return np.array([x, y, z])


def images_of_cells(
    atoms: Atoms, cells: tuple[int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Atoms of some cells with those on their faces: atom, shift (n, 3)."""
    shifts, on_face = wrapped(atoms)
    for axis in np.flatnonzero(~atoms.pbc & (np.array(cells) != 1)).tolist():
        raise InvalidInput(
            f"`supercell` {cells}: the structure is not periodic along vector {axis + 1}; leave "
            "it at 1"
        )
    grid = np.indices([n + 1 for n in cells]).reshape(3, -1).T
    atom = np.repeat(np.arange(len(atoms)), len(grid))
    move = np.tile(grid, (len(atoms), 1))
    last = move == np.array(cells)
    shown = (~last | on_face[atom]).all(axis=1)
    return atom[shown], shifts[atom[shown]] + move[shown]


def images_in_width(
    atoms: Atoms, axes: Floats, width: float, shifts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
    """Atoms that fill a width, one period deep along the view: atom, shift (n, 3), centre.

    The cell vector that leads upwards is repeated only if the others lead upwards too.
    """
    cell = atoms.cell.complete().array
    rise = np.abs(cell @ axes[1]) / np.linalg.norm(cell, axis=1)
    periodic = [int(axis) for axis in np.argsort(rise, kind="stable") if atoms.pbc[axis]]
    sideways = periodic[:2] if len(periodic) == 3 else [i for i in periodic if rise[i] < LEVEL]
    if not sideways:
        raise InvalidInput("`fill`: the structure is not periodic sideways; leave it out")
    level = bool((rise[sideways] < LEVEL).all())
    used = sideways if level else periodic
    placed = atoms.positions + shifts @ cell
    middle = placed.mean(axis=0) @ axes.T
    size = np.array(
        [width + 2 * BEYOND, abs(cell[periodic[-1]] @ axes[1]), _period_along(cell[used], axes[2])]
    )
    spacings = 1 / np.linalg.norm(np.linalg.pinv(cell[used]), axis=0)
    reach = np.ceil((np.linalg.norm(size) + np.ptp(placed, axis=0).sum()) / spacings).astype(int)
    ranges = np.ones(3, np.int64)
    ranges[used] = 2 * reach + 1
    grid = np.indices(ranges.tolist()).reshape(3, -1).T - (ranges - 1) // 2
    moved = grid @ cell @ axes.T
    found = []
    for block in np.array_split(np.arange(len(atoms)), max(1, len(atoms) * len(grid) // 2_000_000)):
        at = (placed[block] @ axes.T - middle)[:, None] + moved[None] + EDGE * size
        inside = (
            (np.abs(at) <= size / 2).all(axis=2)
            if not level
            else (np.abs(at[..., [0, 2]]) <= size[[0, 2]] / 2).all(axis=2)
        )
        row, place = np.nonzero(inside)
        found.append(np.column_stack([block[row], shifts[block[row]] + grid[place]]))
    rows = np.concatenate(found)
    return rows[:, 0], rows[:, 1:], float(middle[0])


def images_in_slice(
    atoms: Atoms,
    axes: Floats,
    thickness: float,
    atom: NDArray[np.int64],
    shift: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Images of atoms in a slice across the view, in the middle of the first part or of all.

    Core and guest come before shell and host by name.
    """
    depth = (atoms.positions[atom] + shift @ atoms.cell.complete().array) @ axes[2]
    part = atoms.arrays.get("part")
    inner = depth if part is None else depth[(part == np.unique(part)[0])[atom]]
    near = np.abs(depth - (inner.min() + inner.max()) / 2) <= thickness / 2 + 1e-6
    if not near.any():
        raise InvalidInput(
            f"`thickness` {thickness:g}: no atom lies in the slice; give a larger one"
        )
    return atom[near], shift[near]


def _period_along(vectors: Floats, view: Floats) -> float:
    """Shortest lattice vector along the view, or a fixed depth if there is none."""
    reach = np.arange(-12, 13)
    grid = np.array(np.meshgrid(*[reach] * len(vectors))).reshape(len(vectors), -1).T
    lattice = grid @ vectors
    along = lattice @ view
    off = np.linalg.norm(lattice - along[:, None] * view, axis=1)
    periods = along[(off < 1e-2) & (along > 0.5)]
    return float(periods.min(initial=np.inf)) if len(periods) else DEPTH


def positions_of(structure: CrystalLike) -> tuple[Atoms, list[dict[str, float]] | None]:
    """Atoms, or the positions of a disordered crystal as their main species, with occupancies."""
    phase = read_phase(structure)
    if isinstance(phase, Atoms) or phase.is_ordered or not phase.has_coordinates:
        return read_structure(phase), None
    expanded = phase.expand()
    mixed = [phase.sites[index].occupancy for index in expanded.site_index]
    symbols = [max(shares, key=lambda symbol: shares[symbol]) for shares in mixed]
    atoms = Atoms(symbols, scaled_positions=expanded.positions, cell=phase.cell, pbc=True)
    return atoms, [dict(shares) for shares in mixed]
