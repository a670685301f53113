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
_BLOCK = 1024  # translations at a time
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
    # Only in a reduced cell are the nearest atoms those whose fractions differ least.
    reduced, change = minkowski_reduce(atoms.cell.array)
    matcher = _Matcher(atoms, reduced, symprec)
    kinds, counts = np.unique(atoms.numbers, return_counts=True)
    rare = matcher.scaled[atoms.numbers == kinds[counts.argmin()]]
    steps = rare - rare[0]
    steps -= np.round(steps)
    # Up to half of the height of the cell, each of these is the shortest of its images.
    half = (0.5 - 1e-9) / np.linalg.norm(np.linalg.inv(reduced), axis=0).max()
    lengths = np.linalg.norm(steps @ reduced, axis=1)
    near = np.flatnonzero((lengths > 0) & (lengths < half))
    near = near[np.argsort(lengths[near], kind="stable")]
    rows = _first_three(matcher, steps[near])
    if rows is not None and len(rows) < 3:
        good = np.append(0, 1 + np.flatnonzero(matcher.likely(steps[1:])))
        images = np.array(list(np.ndindex(3, 3, 3))) - 1
        steps = (steps[good, None] + images).reshape(-1, 3)
        order = np.argsort(np.linalg.norm(steps @ reduced, axis=1), kind="stable")
        rows = _first_three(matcher, steps[order])
    if rows is None:
        return None
    smaller = _reduced(matcher, rows)
    return None if smaller is None else (smaller[0], smaller[1] @ change)


class _Matcher:
    """Tells whether translations bring the atoms of a structure onto each other."""

    def __init__(self, atoms: Atoms, cell: Floats, symprec: float) -> None:
        from scipy.spatial import cKDTree

        self.cell = cell
        self.scaled = _wrapped(atoms.positions @ np.linalg.inv(cell))
        self.numbers, self.symprec = atoms.numbers, symprec
        # Every so many-th atom may be the same one of each cell.
        self.mixed = np.random.default_rng(0).permutation(len(atoms))
        self.reach = symprec * np.linalg.norm(np.linalg.inv(self.cell), axis=0).max() * 2
        self.trees = {
            kind: cKDTree(self.scaled[atoms.numbers == kind], boxsize=_BOX)
            for kind in np.unique(atoms.numbers).tolist()
        }

    def holds(self, steps: Floats, which: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
        """Whether each translation brings some atoms onto others of their element."""
        good = np.ones(len(steps), dtype=bool)
        every = which is None
        scaled = self.scaled if every else self.scaled[which]
        numbers = self.numbers if every else self.numbers[which]
        for kind, tree in self.trees.items():
            own = scaled[numbers == kind]
            moved = _wrapped((own + steps[:, None]).reshape(-1, 3))
            near, number = tree.query(moved, distance_upper_bound=self.reach)
            gap = tree.data[np.where(np.isfinite(near), number, 0)] - moved
            gap = np.linalg.norm((gap - np.round(gap)) @ self.cell, axis=1)
            met = (gap <= self.symprec) & np.isfinite(near)
            good &= met.reshape(len(steps), len(own)).all(axis=1)
        return good

    def likely(self, steps: Floats) -> NDArray[np.bool_]:
        """Whether each translation brings a few atoms onto others."""
        good = np.ones(len(steps), dtype=bool)
        for probes in (2, _PROBES):
            good[good] = self.holds(steps[good], self.mixed[:probes])
        return good


def _first_three(matcher: _Matcher, steps: Floats) -> Floats | None:
    """First translations that hold and are independent, up to three; None after many trials."""
    rows: list[Floats] = []
    trials = 0
    for start in range(0, len(steps), _BLOCK):
        block = steps[start : start + _BLOCK]
        for step in block[matcher.likely(block)]:
            known = [row @ matcher.cell for row in rows]
            if np.linalg.matrix_rank([*known, step @ matcher.cell], tol=0.1) == len(rows):
                continue
            if abs(step - np.round(step)).max() > 1e-9:
                trials += 1
                if trials > _MOST_TRIALS:
                    return None
                if not matcher.holds(step[None])[0]:
                    continue
            rows.append(step)
            if len(rows) == 3:
                return np.array(rows)
    return np.array(rows)


def _wrapped(scaled: Floats) -> Floats:
    """Coordinates from 0 to below 1, which a remainder of -1e-17 is not."""
    inside = scaled - np.floor(scaled)
    inside[inside >= 1] = 0.0
    return inside


def _reduced(matcher: _Matcher, rows: Floats) -> tuple[Atoms, Floats] | None:
    """Atoms of a smaller cell; None if it is none, or the atoms do not fall into sets."""
    from scipy.spatial import cKDTree

    numbers = matcher.numbers
    copies = round(1 / abs(float(np.linalg.det(rows))))
    if copies == 1 or len(numbers) % copies:
        return None
    # Exact fractions, of which the translations in a file are off by its last digits.
    rows = np.linalg.inv(np.round(np.linalg.inv(rows)))
    own = _wrapped(matcher.scaled @ np.linalg.inv(rows))
    tree = cKDTree(own, boxsize=_BOX)
    free = np.ones(len(numbers), dtype=bool)
    chosen = []
    widest = float(np.linalg.norm(np.linalg.inv(rows), axis=0).max())
    for number in range(len(numbers)):
        if free[number]:
            same = tree.query_ball_point(own[number], matcher.reach * widest)
            if len(same) != copies or len(set(numbers[same].tolist())) > 1:
                return None
            free[same] = False
            chosen.append(number)
    smaller = Atoms(
        numbers=numbers[chosen],
        scaled_positions=own[chosen],
        cell=rows @ matcher.cell,
        pbc=True,
    )
    return smaller, rows
