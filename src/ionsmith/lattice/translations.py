"""Translations that map a structure onto itself, and the cell that they span.

The search for a space group takes time and memory that grow as the square of the number of atoms
at least; a supercell is therefore reduced first. Translations are tried by rising length, and the
first three that are independent span all of them.
"""

import numpy as np
from ase import Atoms
from ase.geometry.minkowski_reduction import minkowski_reduce
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BOX = np.ones(3)  # of fractional coordinates
_PROBES = 32  # atoms on which a translation is tried first
_MOST_TRIALS = 30  # translations tried on all atoms: those that fail late are of a damaged crystal


def repeating_cell(atoms: Atoms, symprec: float) -> tuple[Atoms, Floats] | None:
    """Find the smallest cell that a periodic structure repeats.

    Parameters
    ----------
    atoms
        The structure, periodic in three dimensions.
    symprec
        Largest distance in Å between atoms that count as equivalent.

    Returns
    -------
    smaller
        The atoms of that cell.
    rows
        Its vectors in the axes of the structure, shape (3, 3).

        None instead of both if the structure has no such cell, or only with many translations that
        nearly hold.
    """
    from scipy.spatial import cKDTree

    cell = np.asarray(atoms.cell.array, dtype=float)
    scaled = _wrapped(atoms.get_scaled_positions())
    reach = symprec * np.linalg.norm(np.linalg.inv(cell), axis=0).max() * 2
    kinds, counts = np.unique(atoms.numbers, return_counts=True)
    trees = {kind: cKDTree(scaled[atoms.numbers == kind], boxsize=_BOX) for kind in kinds.tolist()}

    def holds(steps: Floats, which: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each translation brings some atoms onto others of their element."""
        good = np.ones(len(steps), dtype=bool)
        for kind, tree in trees.items():
            own = scaled[which[atoms.numbers[which] == kind]]
            moved = _wrapped((own + steps[:, None]).reshape(-1, 3))
            near, number = tree.query(moved, distance_upper_bound=reach)
            gap = tree.data[np.where(np.isfinite(near), number, 0)] - moved
            gap = np.linalg.norm((gap - np.round(gap)) @ cell, axis=1)
            good &= ((gap <= symprec) & np.isfinite(near)).reshape(len(steps), len(own)).all(axis=1)
        return good

    rare = scaled[atoms.numbers == kinds[counts.argmin()]]
    everyone = np.arange(len(atoms))
    steps = rare[1:] - rare[0]
    for probes in (2, _PROBES):
        steps = steps[holds(steps, everyone[:: len(atoms) // probes + 1])]
    reduced, change = minkowski_reduce(cell)
    steps = np.concatenate([np.zeros((1, 3)), steps]) @ np.linalg.inv(change)
    steps -= np.round(steps)
    images = np.array(list(np.ndindex(3, 3, 3))) - 1
    steps = (steps[:, None] + images).reshape(-1, 3)
    lengths = np.linalg.norm(steps @ reduced, axis=1)
    rows: list[Floats] = []
    trials = 0
    for index in np.argsort(lengths, kind="stable").tolist():
        step = steps[index] @ change
        if np.linalg.matrix_rank([*(row @ cell for row in rows), step @ cell], tol=0.1) == len(
            rows
        ):
            continue
        if abs(step - np.round(step)).max() > 1e-9:
            trials += 1
            if trials > _MOST_TRIALS:
                return None
            if not holds(step[None], everyone)[0]:
                continue
        rows.append(step)
        if len(rows) == 3:
            break
    return _reduced(atoms, scaled, np.array(rows), reach)


def _wrapped(scaled: Floats) -> Floats:
    """Coordinates from 0 to below 1, which a remainder of -1e-17 is not."""
    inside = scaled - np.floor(scaled)
    inside[inside >= 1] = 0.0
    return inside


def _reduced(
    atoms: Atoms, scaled: Floats, rows: Floats, reach: float
) -> tuple[Atoms, Floats] | None:
    """Atoms of a smaller cell; None if it is none, or the atoms do not fall into sets."""
    from scipy.spatial import cKDTree

    copies = round(1 / abs(float(np.linalg.det(rows))))
    if copies == 1 or len(atoms) % copies:
        return None
    # Exact fractions, of which the translations in a file are off by its last digits.
    rows = np.linalg.inv(np.round(np.linalg.inv(rows)))
    own = _wrapped(scaled @ np.linalg.inv(rows))
    tree = cKDTree(own, boxsize=_BOX)
    free = np.ones(len(atoms), dtype=bool)
    chosen = []
    widest = float(np.linalg.norm(np.linalg.inv(rows), axis=0).max())
    for number in range(len(atoms)):
        if free[number]:
            same = tree.query_ball_point(own[number], reach * widest)
            if len(same) != copies or len(set(atoms.numbers[same].tolist())) > 1:
                return None
            free[same] = False
            chosen.append(number)
    smaller = Atoms(
        numbers=atoms.numbers[chosen],
        scaled_positions=own[chosen],
        cell=rows @ atoms.cell.array,
        pbc=True,
    )
    return smaller, rows
