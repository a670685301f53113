"""The glide of a spinel block over its neighbour: which way is right, and how near it comes."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.spatial import cKDTree

from ionsmith.errors import ClosureNotPossible
from ionsmith.layers.anatomy import Anatomy
from ionsmith.layers.spinel_blocks import LAYERS_PER_BLOCK, basal_vectors

ROUTES = {1: (-1, 1, 0), 2: (2, 1, 0), 3: (-1, -2, 0)}
"""Glide directions on the hexagonal axes; routes 1 and 2 are those of the paper."""


def direction(route: int) -> str:
    """Write a route as a direction, ``[-110]``."""
    return "[" + "".join(str(index) for index in ROUTES[route]) + "]"


@dataclass(frozen=True)
class Stack:
    """A structure seen as a stack of blocks.

    Parameters
    ----------
    positions
        Positions in Å with every block whole, shape (n, 3).
    cell
        Two cell vectors that span the basal plane and one that leads out of it, shape (3, 3).
    """

    positions: NDArray[np.float64]
    cell: NDArray[np.float64]


def whole_blocks(atoms: Atoms, anatomy: Anatomy) -> Stack:
    """Bring every atom to its block and choose cell vectors along the basal plane."""
    cell = basal_vectors(anatomy.miller) @ atoms.cell.array
    return Stack(atoms.positions + anatomy.wrap[:, None] * cell[2], cell)


def right_glide(stack: Stack, anatomy: Anatomy, plane: int, route: int) -> NDArray[np.float64]:
    """Glide of the upper block that puts its lowest O over the Al that look up."""
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
            f"the O layers across plane {plane} are not stacked as in an open crystal; is it "
            "sheared or closed already?"
        )
    # Each route leads one third back along a.
    sign = -1 if third > 0 else 1
    u, v, _ = ROUTES[route]
    return np.asarray(sign * (u * anatomy.basal_axes[0] + v * anatomy.basal_axes[1]) / 6)


def _layer_above(
    stack: Stack, anatomy: Anatomy, plane: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Lowest O layer of the block above a plane, and the lattice vector that puts it there."""
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
    """Distance in Å by which the blocks approach, and the new Al–O bond that it gives.

    Without a spacing of the O layers, the new bond is made as long as the mean bond of the same
    tetrahedra across the open plane.
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
        if not 0 < spacing < gap:
            raise ClosureNotPossible(
                f"the O layers cannot be closed to {spacing:g} Å: give a spacing above 0 and below "
                f"the {gap:.2f} Å of the open plane {plane}"
            )
        return gap - spacing, bond(gap - spacing)
    target = float(anatomy.facing_bond[plane - 1])
    limit = float(vertical.min())
    if not bond(limit) < target < bond(0):
        raise ClosureNotPossible(
            f"no spacing of plane {plane} gives an Al–O bond of {target:.2f} Å; give the spacing"
        )
    approach = float(brentq(lambda x: bond(x) - target, 0, limit, xtol=1e-10))
    return approach, bond(approach)


def _nearest(
    stack: Stack,
    anatomy: Anatomy,
    points: NDArray[np.float64],
    others: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Lateral and vertical distance from each point to the other that is laterally nearest.

    Nearest is meant in fractional coordinates of the basal plane, which is safe because the right
    glide leaves next to no lateral distance.
    """
    to_fraction = np.linalg.pinv(stack.cell[:2])
    tree = cKDTree((others @ to_fraction) % 1 % 1, boxsize=1)
    partner = others[tree.query((points @ to_fraction) % 1 % 1)[1]]
    vector = partner - points
    vertical = vector @ anatomy.normal
    turns = vector @ to_fraction
    lateral = (turns - np.rint(turns)) @ stack.cell[:2]
    return np.array([np.linalg.norm(lateral, axis=1), np.abs(vertical)])
