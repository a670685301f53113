"""A disordered crystal ordered so that an operation which turns a slab over keeps it.

The part above the middle of the slab is ordered by itself, with the composition of the crystal, and
the part below is its image. A slab between two cuts that the operation exchanges is symmetric then.
"""

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import TypeVar

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.checks import check_contacts
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.errors import AtomsTooClose, TerminationNotPossible
from ionsmith.lattice.symmetry import Symmetry
from ionsmith.surfaces.cut_crystal import CutCrystal
from ionsmith.surfaces.slabs import CHARGE, KIND, OrientedCell, cut_slab
from ionsmith.surfaces.terminations import Termination

MIDDLE = 0.02
"""Height in Å above and below a mirror plane up to which units belong to both halves."""

SAME_PLACE = 0.1
"""Distance in Å below which two atoms are on one site."""

WHOLE = 1e-4
"""Largest deviation of an operation from one of the lattice of the slab."""

MOST_SEEDS = 20
"""Orderings of half a slab that are tried."""

Cut = TypeVar("Cut", bound=CutCrystal)
Floats = NDArray[np.float64]
Operation = tuple[Floats, Floats]


def symmetrised(crystal: Cut, face: Termination, back: Termination) -> Cut:
    """Order a disordered crystal so that a slab between two cuts is symmetric.

    Parameters
    ----------
    crystal
        The crystal in the cell of the slab.
    face, back
        The cuts; an operation of the average crystal maps one onto the other.

    Returns
    -------
    CutCrystal
        With an even number of lattice planes.

    Raises
    ------
    TerminationNotPossible
        If no operation that turns the plane over maps the cell in the plane onto itself, or atoms
        are too close where both halves meet.
    """
    planes = crystal.planes + crystal.planes % 2
    cell = crystal.lattice.lattice.cell
    frame = cell @ crystal.deformation.T
    rows = np.array([*crystal.vectors, planes * crystal.stacking])
    ends = sum(crystal.heights(face, back, planes))
    operations = turning_operations(crystal.lattice.symmetry, frame, rows, crystal.stacking, ends)
    if not operations:
        raise TerminationNotPossible(
            f"no symmetric slab: no operation that turns {crystal.plane} of {crystal.name} over "
            "maps this cell in the plane onto itself; choose another `supercell`"
        )

    @lru_cache(maxsize=1)
    def halves(seed: int) -> Cut:
        return replace(crystal, thickness=f"{planes // 2} planes", seed=seed)

    for seed, operation in product(range(MOST_SEEDS), operations):
        half = halves(crystal.seed + seed)
        atoms = symmetric_ordering(half.cell, operation, ends / 2, rows[2] @ frame)
        with suppress(AtomsTooClose):  # of both halves, on sites that exclude each other
            check_contacts(atoms)
            break
    else:
        raise TerminationNotPossible(
            f"no symmetric slab: where both halves of {crystal.name} {crystal.plane} meet, atoms "
            "are too close in every ordering that was tried; choose another thickness or cut"
        )
    for name in (CHARGE, KIND):
        atoms.arrays.pop(name, None)
    atoms.set_cell(rows @ cell)
    atoms.positions = atoms.positions @ np.linalg.inv(crystal.deformation.T)
    atoms.info = half.bulk.info
    whole = replace(crystal, thickness=f"{planes} planes")
    vars(whole)["bulk"] = atoms
    return whole


def turning_operations(
    symmetry: Symmetry, frame: Floats, rows: Floats, step: Floats, heights: float
) -> list[Operation]:
    """Find the operations of a crystal that turn a slab over and map its cell onto itself.

    Parameters
    ----------
    symmetry
        Operations of the crystal.
    frame
        Cell of the crystal in the frame of the slab, whose normal is z: three rows in Å.
    rows
        Cell of the slab as lattice vectors [uvw], shape (3, 3).
    step
        Lattice vector from one lattice plane to the next, shape (3,).
    heights
        Sum of the heights of both faces in Å.

    Returns
    -------
    list of tuple
        Matrix and translation in Å of each, shapes (3, 3) and (3,), for positions as rows.
    """
    found = []
    inverse, rise = np.linalg.inv(frame), step @ frame
    for rotation, shift in zip(symmetry.rotations, symmetry.translations, strict=True):
        matrix = inverse @ rotation.T @ frame
        moved = rows @ rotation.T @ np.linalg.inv(rows)
        whole = abs(moved - np.round(moved)).max() < WHOLE
        rigid = abs(matrix @ matrix.T - np.eye(3)).max() < WHOLE
        if not (whole and rigid and abs(matrix[2, 2] + 1) < WHOLE):
            continue
        move = shift @ frame
        planes = (heights - move[2]) / rise[2]
        if abs(planes - round(planes)) < 1e-2:
            found.append((matrix, np.asarray(move + round(planes) * rise)))
    return found


def symmetric_ordering(
    half: OrientedCell, operation: Operation, middle: float, period: Floats
) -> Atoms:
    """Put a cell together from an ordered half and its image.

    Parameters
    ----------
    half
        Crystal in the cell of the slab, half as high.
    operation
        Matrix and translation that turn the slab over, as :func:`turning_operations` gives them.
    middle
        Height of the middle of the slab in Å.
    period
        Third vector of the whole cell in Å, shape (3,).

    Returns
    -------
    Atoms
        In the frame of the slab; the operation maps it onto itself.
    """
    matrix, move = operation
    vectors = np.array([*half.atoms.cell.array[:2], period])
    upper = cut_slab(half, middle + MIDDLE, middle + half.period - MIDDLE)
    lower = upper.copy()
    lower.positions = upper.positions @ matrix + move
    whole = upper + lower
    try:
        between = cut_slab(half, middle - MIDDLE, middle + MIDDLE)
    except TerminationNotPossible:  # nothing lies there
        pass
    else:
        above = between.copy()
        above.positions += half.atoms.cell.array[2]
        whole += _paired(between, matrix, move, vectors)
        whole += _paired(above, matrix, move + period, vectors)
    whole.set_cell(vectors)
    whole.pbc = True
    whole.wrap(eps=1e-6)
    return _without_copies(whole)


def _paired(atoms: Atoms, matrix: Floats, move: Floats, vectors: Floats) -> Atoms:
    """Make atoms of a middle plane symmetric: of two sites that differ, one in turn decides."""
    images = atoms.positions @ matrix + move
    between = (images[:, None] - atoms.positions) @ np.linalg.inv(vectors)
    apart = np.linalg.norm((between - np.round(between)) @ vectors, axis=2)
    chosen, turn = atoms[:0], False
    for atom, row in enumerate(apart):
        other = int(row.argmin())
        if row[other] > SAME_PLACE:
            turn = not turn
            if turn:  # fill the vacancy; the next such atom goes
                image = atoms[[atom]]
                image.positions[0] = images[atom]
                chosen += atoms[[atom]] + image
        elif atoms.numbers[atom] == atoms.numbers[other]:
            chosen += atoms[[atom]]
        elif atom < other:
            turn = not turn
            pair = atoms[[atom, atom] if turn else [other, other]]
            pair.positions = atoms.positions[[atom, other]]
            chosen += pair
    return chosen


def _without_copies(atoms: Atoms) -> Atoms:
    """Leave out second copies of atoms, of ligands that units of both halves share."""
    pairs = neighbour_list(atoms, SAME_PLACE, full=False)
    kept = np.ones(len(atoms), dtype=bool)
    kept[np.maximum(pairs.first, pairs.second)] = False
    return atoms[kept]
