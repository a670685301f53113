"""A structure as a stack of spinel blocks: how they glide over each other, and upright supercells.

The right glide of a block over its neighbour, and the distance by which the two approach;
supercells in which the stacking vector, inclined by the glides, is upright again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import get_args

import numpy as np
from ase import Atoms
from ase.build import make_supercell
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.spatial import cKDTree

from ionsmith.builders.choices import ClosedCell, Glide
from ionsmith.errors import ClosureNotPossible
from ionsmith.lattice.miller import parse_direction
from ionsmith.layers.anatomy import Anatomy
from ionsmith.layers.spinel_blocks import LAYERS_PER_BLOCK, basal_vectors

ROUTES = {1: (-1, 1, 0), 2: (2, 1, 0), 3: (-1, -2, 0)}
"""Glide directions on the hexagonal axes; routes 1 and 2 are those of Geng et al."""

MAX_REPEATS = 36
"""The inclination by Shockley partials vanishes after six repeats of a single basal cell, and after
6 n repeats at most of a supercell of n basal cells."""


SAME_PLACE = 0.02
"""Fraction of a basal axis within which two glides lead to the same place."""

_VECTOR = re.compile(r"\s*(\[.*\])\s*(?:/\s*(\d+))?\s*")


def parse_glide(text: str) -> tuple[float, float]:
    """Components of a glide such as ``[210]/3`` on the basal axes.

    Raises
    ------
    ClosureNotPossible
        If it is no vector of the basal plane.
    """
    match = _VECTOR.fullmatch(text)
    if match is None or match[2] == "0":
        raise ClosureNotPossible(
            f"`glide` is {text!r}; expected {', '.join(get_args(Glide))}, or a vector of the basal "
            "plane such as [210]/3"
        )
    u, v, w = parse_direction(match[1]).indices
    if w:
        raise ClosureNotPossible(
            f"`glide` {text} leaves the basal plane; its third component must be 0"
        )
    return u / int(match[2] or 1), v / int(match[2] or 1)


def direction(route: int) -> str:
    """Direction of a route as text, such as ``[-110]``."""
    return "[" + "".join(str(index) for index in ROUTES[route]) + "]"


@dataclass(frozen=True)
class Stack:
    """A structure as a stack of blocks.

    Parameters
    ----------
    positions
        Positions in Å with every block whole, shape (n, 3).
    cell
        Two cell vectors in the basal plane and one out of it, in Å, shape (3, 3).
    """

    positions: NDArray[np.float64]
    cell: NDArray[np.float64]


def whole_blocks(atoms: Atoms, anatomy: Anatomy) -> Stack:
    """Move each atom to its block and choose two cell vectors in the basal plane."""
    cell = basal_vectors(anatomy.miller) @ atoms.cell.array
    return Stack(atoms.positions + anatomy.wrap[:, None] * cell[2], cell)


def right_glide(stack: Stack, anatomy: Anatomy, plane: int, route: int) -> NDArray[np.float64]:
    """Glide of the upper block that places its lowest O above the facing Al of the lower one."""
    cations = anatomy.looks_up & (anatomy.facing == plane)
    oxygen, lift = _layer_above(stack, anatomy, plane)
    if not cations.any():
        raise ClosureNotPossible(f"no tetrahedral cations face each other across plane {plane}")
    # Position along a on the O net, in thirds A, B, C of its period.
    along = np.linalg.pinv(anatomy.basal_axes / 2)[:, 0]
    turn = np.exp(2j * np.pi * (stack.positions[cations] @ along)).mean()
    turn *= np.exp(-2j * np.pi * ((stack.positions[oxygen] + lift) @ along)).mean()
    third = 3 * float(np.angle(turn)) / (2 * np.pi)
    if abs(abs(third) - 1) > 0.3:
        raise ClosureNotPossible(
            f"the O layers across conduction plane {plane} are not stacked as in an open crystal; "
            "the plane may be sheared or closed already"
        )
    # Each route moves the layer by one third back along a.
    sign = -1 if third > 0 else 1
    u, v, _ = ROUTES[route]
    return np.asarray(sign * (u * anatomy.basal_axes[0] + v * anatomy.basal_axes[1]) / 6)


def third_glide(stack: Stack, anatomy: Anatomy, plane: int) -> NDArray[np.float64]:
    """Glide by a third of [210], onto the threefold axis, to the same O stacking as the right one.

    The O net has half the period of the bridges: of its four places in a basal cell where each
    facing cation has an O above it, three are the routes, and this is the fourth.
    """
    return -2 * right_glide(stack, anatomy, plane, 2)


def same_place(
    anatomy: Anatomy, glide: NDArray[np.float64], other: NDArray[np.float64], part: int = 1
) -> bool:
    """Whether two glides differ by a lattice vector of the basal cell, or by a part of one."""
    turns = part * (glide - other) @ np.linalg.pinv(anatomy.basal_axes)
    return bool(np.abs(turns - np.rint(turns)).max() < SAME_PLACE)


def _layer_above(
    stack: Stack, anatomy: Anatomy, plane: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Lowest O layer of the block above a plane, and the lattice vector that lifts it there."""
    above = plane % anatomy.n_planes + 1
    lift = stack.cell[2] if above <= plane else np.zeros(3)
    return (anatomy.spinel_block == above) & (anatomy.oxygen_layer == 1), lift


def approach_distance(
    stack: Stack,
    anatomy: Anatomy,
    plane: int,
    glide: NDArray[np.float64],
    spacing: float | None,
) -> tuple[float, float]:
    """Distance in Å by which the blocks approach, and the length of the new Al–O bond.

    By default the new bond becomes as long as the mean bond of the same tetrahedra across the open
    plane.
    """
    upper, lift = _layer_above(stack, anatomy, plane)
    lower = (anatomy.spinel_block == plane) & (anatomy.oxygen_layer == LAYERS_PER_BLOCK)
    facing = anatomy.facing == plane
    up, down = facing & anatomy.looks_up, facing & ~anatomy.looks_up
    moved = stack.positions + lift + glide
    lateral, vertical = np.hstack(
        [
            _nearest(stack, anatomy, stack.positions[up], moved[upper]),
            _nearest(stack, anatomy, moved[down], stack.positions[lower]),
        ]
    )

    def bond(approach: float) -> float:
        return float(np.hypot(lateral, vertical - approach).mean())

    gap = float(anatomy.oxygen_gap[plane - 1])
    if spacing is not None:
        if not 0 < spacing <= gap:
            raise ClosureNotPossible(
                f"the O layers cannot be closed to {spacing:g} Å: choose a `spacing` above 0 and "
                f"up to the {gap:.2f} Å of the open plane {plane}"
            )
        return gap - spacing, bond(gap - spacing)
    target = float(anatomy.facing_bond[plane - 1])
    limit = float(vertical.min())
    if not bond(limit) < target < bond(0):
        raise ClosureNotPossible(
            f"no spacing of plane {plane} gives an Al–O bond of {target:.2f} Å; set `spacing`"
        )
    approach = float(brentq(lambda x: bond(x) - target, 0, limit, xtol=1e-10))
    return approach, bond(approach)


def _nearest(
    stack: Stack,
    anatomy: Anatomy,
    points: NDArray[np.float64],
    others: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Lateral and vertical distance from each point to its laterally nearest partner.

    Partners are searched in fractional coordinates of the basal plane: after the right glide they
    are almost straight above each other.
    """
    to_fraction = np.linalg.pinv(stack.cell[:2])
    tree = cKDTree((others @ to_fraction) % 1 % 1, boxsize=np.ones(2))
    partner = others[tree.query((points @ to_fraction) % 1 % 1)[1]]
    vector = partner - points
    vertical = vector @ anatomy.normal
    turns = vector @ to_fraction
    lateral = (turns - np.rint(turns)) @ stack.cell[:2]
    return np.array([np.linalg.norm(lateral, axis=1), np.abs(vertical)])


def upright_supercell(
    atoms: Atoms, basal: NDArray[np.float64], kind: ClosedCell
) -> tuple[Atoms, int]:
    """Repeat a layered crystal until its third vector is normal to the basal plane.

    Returns the supercell and how many times it holds the structure.
    """
    if kind == "sheared":
        return atoms, 1
    in_plane = atoms.cell.array[:2]
    normal = np.cross(*in_plane)
    normal /= np.linalg.norm(normal)
    third = atoms.cell.array[2]
    incline = (third - (third @ normal) * normal) @ np.linalg.pinv(in_plane)
    for repeat in range(1, MAX_REPEATS + 1):
        back = np.rint(repeat * incline)
        if np.abs(repeat * incline - back).max() < 1e-4:
            break
    else:
        raise ClosureNotPossible(
            f"no {kind} supercell within {MAX_REPEATS} repeats along the stack: keep the sheared "
            "cell, or close the planes by routes 1, 2 and 3 in turn"
        )
    count = np.rint(in_plane @ np.linalg.pinv(basal)).astype(int)
    flat = _hexagonal(count) if kind == "hexagonal" else _orthogonal(count)
    matrix = np.zeros((3, 3), int)
    matrix[:2, :2] = flat
    matrix[2] = [-int(back[0]), -int(back[1]), repeat]
    if np.array_equal(matrix, np.eye(3)):
        return atoms, 1
    supercell = make_supercell(atoms, matrix, wrap=True)
    return supercell, round(abs(np.linalg.det(matrix)))


def _in_cell_vectors(count: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Smallest multiples of basal directions (rows) that are lattice vectors of the cell."""
    inverse = np.linalg.inv(count)
    rows = []
    for direction in wanted:
        multiple = 1
        while np.abs((turns := multiple * direction @ inverse) - np.rint(turns)).max() > 1e-6:
            multiple += 1
        rows.append(np.rint(turns).astype(int))
    return np.array(rows)


def _metric(count: NDArray[np.int64]) -> NDArray[np.float64]:
    """Metric of in-plane vectors, given in basal vectors of unit length."""
    vectors = count @ np.array([[1.0, 0.0], [-0.5, np.sqrt(3) / 2]])
    return np.asarray(vectors @ vectors.T)


def _hexagonal(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """In-plane matrix of the smallest hexagonal supercell; the identity where it is one."""
    metric = _metric(count)
    if np.isclose(metric[0, 0], metric[1, 1]) and np.isclose(metric[0, 1], -metric[0, 0] / 2):
        return np.eye(2, dtype=int)
    rows = _in_cell_vectors(count, np.eye(2, dtype=int))
    lengths = np.sqrt(np.diag(_metric(rows @ count)))
    multiple = int(np.lcm(*np.rint(lengths).astype(int)))
    return np.asarray(rows * (multiple // np.rint(lengths).astype(int))[:, None])


def _orthogonal(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """In-plane matrix of the smallest rectangular supercell; the identity where it is one."""
    if np.isclose(_metric(count)[0, 1], 0):
        return np.eye(2, dtype=int)
    rows = [
        _in_cell_vectors(count, np.array(pair))
        for pair in ([[1, 0], [1, 2]], [[0, 1], [-2, -1]], [[-1, -1], [1, -1]])
    ]
    return min(rows, key=lambda pair: abs(round(np.linalg.det(pair))))


def assembled(
    atoms: Atoms,
    anatomy: Anatomy,
    planes: Sequence[int],
    steps: NDArray[np.float64],
    stack: Stack,
    leaving: NDArray[np.bool_],
) -> tuple[Atoms, NDArray[np.float64]]:
    """Shift what lies above each closed plane; return the model and all shifted positions in Å."""
    step = np.zeros((anatomy.n_planes + 1, 3))
    step[list(planes)] = steps
    above = np.cumsum(step, axis=0)
    block, plane = anatomy.spinel_block, anatomy.conduction_plane
    # Block b, and the mobile ions above it, move with all closed planes below: b - 1 and lower.
    moved = stack.positions + above[np.where(block > 0, block, plane) - 1]
    floating = np.flatnonzero(plane > 0)
    top = np.zeros(anatomy.n_planes + 1)
    for number in planes:
        upper_layer = (block == number) & (anatomy.oxygen_layer == LAYERS_PER_BLOCK)
        top[number] = anatomy.height[upper_layer].mean()
    gap = np.append(np.inf, anatomy.oxygen_gap)
    rise = (anatomy.height[floating] - top[plane[floating]]) / gap[plane[floating]]
    moved[floating] += np.clip(rise, 0, 1)[:, None] * step[plane[floating]]

    cell = stack.cell.copy()
    cell[2] = _most_upright(cell[2] + above[-1], cell[:2], anatomy)
    model = atoms.copy()
    model.set_cell(cell)
    model.positions = moved
    model.set_array("spinel_block", block, int)
    model.set_array("conduction_plane", plane, int)
    model = model[~leaving]
    model.wrap(eps=1e-7)
    return model, moved


def _most_upright(
    vector: NDArray[np.float64], in_plane: NDArray[np.float64], anatomy: Anatomy
) -> NDArray[np.float64]:
    """Subtract basal lattice vectors from a stacking vector while that makes it more upright."""
    grid = np.array(list(product([0, -1, 1], repeat=2)))
    while True:
        trials = vector + grid @ in_plane
        lengths = np.linalg.norm(anatomy.lateral(trials), axis=1)
        if lengths.min() > lengths[0] - 1e-6:
            return vector
        vector = trials[lengths.argmin()]
