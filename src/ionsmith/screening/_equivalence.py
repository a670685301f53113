"""Interfaces that symmetry makes equal, found from the operations of both crystals.

An operation of the substrate that keeps its upper face up, x -> Qx + t, and one of the film with
the same Q, x -> Qx + u, map an interface with the shift s of the film onto one with the shift
Qs + t - u: maybe of another match, and between other cuts, since each operation takes cuts to cuts.
Rotations of one side alone, or its mirror image, make another interface. Crystals with partial
occupancies count as their average: how they are ordered is varied by the seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
from ase.geometry import minkowski_reduce
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ionsmith.builders.interface import MatchedPair
from ionsmith.builders.interface._side import Side
from ionsmith.builders.interface._stacking import shift_grid
from ionsmith.surfaces.matches import Match
from ionsmith.surfaces.plane_mesh import plane_mesh

SAME = 1e-4
"""Largest difference of two matrices that are the same, and of fractions of a spacing."""

SAME_SHIFT = 1e-3
"""Largest difference of two shifts, as fractions of the mesh, that are the same."""

Floats = NDArray[np.float64]
Cuts = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Setting:
    """A pair of crystals in the cell of a match, of which the cuts are not chosen.

    Parameters
    ----------
    pair
        The pair; its thickness, ordering and seed do not matter.
    """

    pair: MatchedPair

    @cached_property
    def sides(self) -> tuple[Side, Side]:
        """Substrate and film."""
        return self.pair.sides

    @cached_property
    def cell(self) -> Floats:
        """Common cell in Å, shape (2, 2)."""
        side = self.sides[0]
        vectors = side.vectors @ side.lattice.lattice.cell @ side.deformation.T
        return np.asarray(vectors[:, :2])

    @cached_property
    def mesh(self) -> Floats:
        """Lattice of the shifts that change nothing: translations of both crystals, (2, 2)."""
        rows, scale = [], 1
        for side in self.sides:
            own = plane_mesh(side.lattice, side.plane).vectors @ side.lattice.lattice.cell
            rows.append((own @ side.deformation.T)[:, :2] @ np.linalg.inv(self.cell))
            scale *= max(1, round(1 / abs(float(np.linalg.det(rows[-1])))))
        whole = np.round(np.concatenate([np.eye(2), *rows]) * scale).astype(np.int64)
        basis = np.eye(3)
        basis[:2, :2] = np.array(_basis(whole.tolist())) / scale @ self.cell
        return np.asarray(minkowski_reduce(basis, pbc=(True, True, False))[0][:2, :2])

    def number(self, side: int, termination: int | str) -> int:
        """Number of a cut.

        Parameters
        ----------
        side
            0 for the substrate, 1 for the film.
        termination
            Its name or number.
        """
        return self.sides[side].find(termination).number


Mapping = tuple[Floats, Floats]
"""Matrix Q in the plane and translation t - u in Å."""


@lru_cache(maxsize=100_000)
def by_cuts(one: Setting, other: Setting) -> dict[tuple[Cuts, Cuts], list[Mapping]]:
    """Find what maps interfaces of one match onto those of another, by their cuts.

    Parameters
    ----------
    one, other
        The matches of the same crystals; they may be the same.
    """
    found: dict[tuple[Cuts, Cuts], list[Mapping]] = {}
    matches = one.pair.match, other.pair.match
    if max(abs(a - b) for a, b in zip(*map(_invariants, matches), strict=True)) > SAME:
        return found
    below, above = (
        _operations(first, second) for first, second in zip(one.sides, other.sides, strict=True)
    )
    for turn, move, cuts in below:
        steps = one.cell @ turn.T @ np.linalg.inv(other.cell)
        if abs(steps - np.round(steps)).max() > SAME:
            continue
        for same, shift, own in above:
            if abs(turn - same).max() < SAME:
                for (a, (b, back)), (c, (d, away)) in product(cuts.items(), own.items()):
                    mapping = turn, move - back - shift + away
                    found.setdefault(((a, c), (b, d)), []).append(mapping)
    return found


def _invariants(match: Match) -> tuple[float, ...]:
    """What symmetry does not change of a match."""
    return match.area / 100, *match.substrate_principal, *match.film_principal


Operation = tuple[Floats, Floats, dict[int, tuple[int, Floats]]]


def _operations(one: Side, other: Side) -> list[Operation]:
    """Operations of a crystal, seen in two matches, that keep lengths and the upper face.

    Each with its matrix and translation in the plane, and for each cut the cut that it becomes, and
    the translation that this one is away from the image.
    """
    cell, symmetry = one.lattice.lattice.cell, one.lattice.symmetry
    step = other.stacking @ cell @ other.deformation.T
    found: list[Operation] = []
    for rotation, translation in zip(symmetry.rotations, symmetry.translations, strict=True):
        turn = other.deformation @ cell.T @ rotation @ np.linalg.inv(one.deformation @ cell.T)
        if abs(turn @ turn.T - np.eye(3)).max() > SAME or turn[2, 2] < 0.5:
            continue
        move = translation @ cell @ other.deformation.T
        cuts: dict[int, tuple[int, Floats]] = {}
        for cut in one.terminations:
            for image in other.terminations:
                planes = (cut.height + move[2] - image.height) / step[2]
                if abs(planes - round(planes)) < 10 * SAME:
                    cuts[cut.number] = image.number, round(planes) * step[:2]
                    break
        found.append((turn[:2, :2], move[:2], cuts))
    return found


class Seen:
    """Interfaces of the same crystals that were met, one of each kind."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Setting, Cuts], Floats] = {}

    def is_new(self, setting: Setting, cuts: Cuts, shift: Sequence[float] | None) -> bool:
        """Whether no interface met before is equal; if so it counts as met.

        Parameters
        ----------
        setting
            Its match.
        cuts
            Numbers of its cuts.
        shift
            Shift in Å; None if the best one is found, or all are tried.
        """
        for (other, others), shifts in self._kept.items():
            for turn, move in by_cuts(setting, other).get((cuts, others), ()):
                if shift is None or _is_among((turn @ shift + move)[None], shifts, other.mesh):
                    return False
        before = self._kept.get((setting, cuts), np.empty((0, 2)))
        self._kept[setting, cuts] = before if shift is None else np.vstack([before, [shift]])
        return True


@lru_cache(maxsize=256)
def inequivalent_shifts(setting: Setting, cuts: Cuts, spacing: float) -> Floats:
    """Shifts on a grid, one of those that symmetry makes equal.

    Parameters
    ----------
    setting
        The match.
    cuts
        Numbers of the cuts.
    spacing
        Largest distance in Å of neighbouring shifts.

    Returns
    -------
    ndarray
        In Å, shape (n, 2).
    """
    own = by_cuts(setting, setting)[cuts, cuts]
    shifts = shift_grid(setting.mesh, spacing)
    turns, moves = (np.array(part) for part in zip(*own, strict=True))
    images = np.einsum("mij,nj->nmi", turns, shifts) + moves
    tree = cKDTree(_in_mesh(shifts, setting.mesh), boxsize=np.ones(2))
    _, found = tree.query(_in_mesh(images, setting.mesh), distance_upper_bound=SAME_SHIFT)
    return np.asarray(shifts[found.min(axis=1) >= np.arange(len(shifts))])


def _in_mesh(shifts: Floats, mesh: Floats) -> Floats:
    """Fractions of a mesh in [0, 1)."""
    fractions = shifts @ np.linalg.inv(mesh)
    fractions = fractions - np.floor(fractions)
    return np.where(fractions < 1, fractions, 0.0)


def _is_among(images: Floats, shifts: Floats, mesh: Floats) -> bool:
    """Whether one of some shifts is among others but for a vector of a mesh."""
    if len(shifts) == 0:
        return False
    away = (images[:, None] - shifts[None]) @ np.linalg.inv(mesh)
    return bool((abs(away - np.round(away)).max(axis=2) < SAME_SHIFT).any())


def _basis(rows: list[list[int]]) -> list[list[int]]:
    """Two vectors that span the same lattice as some of whole numbers."""
    first = [0, 0]
    second = 0
    for row in rows:
        while row[0]:
            quotient = first[0] // row[0]
            first, row = row, [a - quotient * b for a, b in zip(first, row, strict=True)]
        second = int(np.gcd(second, row[1]))
    return [first, [0, second]]
