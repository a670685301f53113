r"""Shapes of coordination polyhedra by continuous shape measures.

The measure (Pinsky & Avnir 1998, doi:10.1021/ic9804925) of a centre with its ligands
:math:`d_k` against an ideal polyhedron :math:`q_k`, both with their centres of mass at the origin,
is :math:`S = 100\,\min\sum_k|d_k-sRq_{p(k)}|^2/\sum_k|d_k|^2` over scales s, rotations and
reflections R, and assignments p of the ligands. It is 0 for the ideal shape; octahedron and
trigonal prism are 16.7 apart. The nearest ideal polyhedron gives the name.

Ideal polyhedra and most of their names are those of pymatgen's chemenv (Waroquiers et al. 2017,
doi:10.1021/acs.chemmater.7b02766). Its own search takes 0.1 s for an octahedron and seconds for
twelve ligands; here the assignments of many sites are tried at a time: all that differ up to six
ligands, beyond that those that follow from laying two ligands onto two corners.
"""

from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ionsmith.bonding.bonds import Bonds

MOST_LIGANDS = 12
"""Sites with more have no shape."""

EXHAUSTIVE = 6
"""Up to so many ligands all assignments are tried."""

STARTS = 16
"""Positions from which the assignment of many ligands is refined."""

BLOCK = 2000
"""Sites with all their assignments that are held at a time."""

NONE = 99.9
"""Measure of many ligands on one line, which no polyhedron comes near to."""

SAME = 4
"""Decimals in Å to which sites are the same but for a translation."""

NAMES = {
    "L:2": "linear",
    "A:2": "bent",
    "TL:3": "trigonal plane",
    "TY:3": "trigonal pyramid",
    "TS:3": "T shape",
    "SS:4": "seesaw",
    "DD:8": "dodecahedron",
    "C:8": "cube",
}
"""Other names than in pymatgen, by its symbols."""

LEFT_OUT = ("DDPN:8",)
"""The same dodecahedron with other proportions."""


@dataclass(frozen=True)
class Shapes:
    """Nearest ideal polyhedron of every site.

    Parameters
    ----------
    names
        Names of the polyhedra.
    shape
        Index in ``names`` of each site, -1 for fewer than two or more than twelve neighbours and
        for many on one line, shape (n,).
    measure
        Continuous shape measure of each site against it, NaN without a shape, shape (n,).
    """

    names: tuple[str, ...]
    shape: NDArray[np.int64]
    measure: NDArray[np.float64]

    def name(self, site: int) -> str | None:
        """Return the name of the shape of a site, None without one."""
        return None if self.shape[site] < 0 else self.names[self.shape[site]]


@dataclass(frozen=True)
class Ideal:
    """An ideal polyhedron with a centre, scaled to a mean square of 1.

    Parameters
    ----------
    name
        Its name.
    corners
        Corners, then the centre, about their centre of mass, shape (n + 1, 3).
    assignments
        Assignments of ligands to corners that symmetry does not make the same, shape (m, n); None
        if there are too many.
    """

    name: str
    corners: NDArray[np.float64]
    assignments: NDArray[np.int64] | None


def find_shapes(atoms: Atoms, bonds: Bonds, sites: NDArray[np.int64] | None = None) -> Shapes:
    """Shapes of the sites of a structure, or of some of them."""
    number = np.bincount(bonds.first, minlength=len(atoms))
    starts = np.cumsum(number) - number
    wanted = np.ones(len(atoms), dtype=bool)
    if sites is not None:
        wanted[:] = False
        wanted[sites] = True
    cell = atoms.cell.complete().array
    names: list[str] = []
    shape, measure = np.full(len(atoms), -1), np.full(len(atoms), np.nan)
    for n in range(2, MOST_LIGANDS + 1):
        chosen = np.flatnonzero((number == n) & wanted)
        if not len(chosen):
            continue
        rows = starts[chosen, None] + np.arange(n)
        ends = atoms.positions[bonds.second[rows]] + bonds.shifts[rows] @ cell
        ligands, same = _different(ends - atoms.positions[chosen, None])
        nearest, least = _nearest(ligands)
        found = least[same] < NONE
        shape[chosen[found]] = len(names) + nearest[same][found]
        measure[chosen[found]] = least[same][found]
        names += [ideal.name for ideal in ideals(n)]
    return Shapes(tuple(names), shape, measure)


def plural(name: str) -> str:
    """Return the name of several polyhedra, as octahedra."""
    head, *rest = name.split(" (")
    if "hedron" in head:
        head = head.replace("hedron", "hedra")
    else:
        head += "s" if head not in ("linear", "bent") else ""
    return " (".join([head, *rest])


@cache
def ideals(n: int) -> tuple[Ideal, ...]:
    """Ideal polyhedra of n corners."""
    from pymatgen.analysis.chemenv.coordination_environments.coordination_geometries import (
        AllCoordinationGeometries,
    )

    found = []
    for geometry in AllCoordinationGeometries().get_implemented_geometries(coordination=n):
        symbol = str(geometry.mp_symbol)
        if symbol not in LEFT_OUT:
            name = NAMES.get(symbol, geometry.name[0].lower() + geometry.name[1:])
            corners = _centred(np.array(geometry.points, dtype=float)[None])[0]
            found.append(Ideal(name, corners, _assignments(corners) if n <= EXHAUSTIVE else None))
    return tuple(found)


def shape_measure(ligands: NDArray[np.float64], ideal: Ideal) -> NDArray[np.float64]:
    """Continuous shape measure of sites, shape (sites, n, 3), against an ideal polyhedron."""
    found = _centred(ligands)
    if ideal.assignments is None:
        overlap = np.array([_refined(site, ideal.corners) for site in found])
    else:
        overlap = np.zeros(len(found))
        centre = len(ideal.corners) - 1
        each = np.column_stack(
            [ideal.assignments, np.full(len(ideal.assignments), centre, dtype=np.int64)]
        )
        size = max(BLOCK // len(each), 1)
        for begin in range(0, len(found), size):
            block = found[begin : begin + size, each]
            product = np.einsum("ki,spkj->spij", ideal.corners, block, optimize=True)
            values = np.linalg.svd(product, compute_uv=False).sum(axis=-1)
            overlap[begin : begin + size] = values.max(axis=1)
    # Both sides have a sum of squares of 1.
    return np.asarray(np.maximum(100 * (1 - overlap**2), 0.0))


def _nearest(ligands: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Index of the nearest ideal polyhedron of each site, and the measure against it."""
    measures = np.stack([shape_measure(ligands, ideal) for ideal in ideals(ligands.shape[1])])
    return measures.argmin(axis=0), measures.min(axis=0)


def _different(
    ligands: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sites that differ by more than a translation, and which of them each site is."""
    rounded = np.round(ligands, SAME) + 0.0
    for axis in (2, 1, 0):
        order = np.argsort(rounded[..., axis], axis=1, kind="stable")[..., None]
        rounded = np.take_along_axis(rounded, order, axis=1)
    flat = rounded.reshape(len(rounded), -1)
    _, first, same = np.unique(flat, axis=0, return_index=True, return_inverse=True)
    return ligands[first], same.reshape(-1)


def _centred(ligands: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ligands and then the centre, about their centre of mass, with a sum of squares of 1."""
    both = np.concatenate([ligands, np.zeros_like(ligands[:, :1])], axis=1)
    both -= both.mean(axis=1, keepdims=True)
    return np.asarray(both / np.sqrt((both**2).sum(axis=(1, 2), keepdims=True)))


def _assignments(corners: NDArray[np.float64]) -> NDArray[np.int64]:
    """One of each set of assignments that the symmetry of a polyhedron makes the same."""
    n = len(corners) - 1
    every = np.array(list(permutations(range(n))))
    apart = np.linalg.norm(corners[:, None] - corners, axis=-1)
    fixed = np.column_stack([every, np.full(len(every), n)])
    moved = apart[fixed[:, :, None], fixed[:, None, :]]
    symmetries = every[np.abs(moved - apart).max(axis=(1, 2)) < 1e-3]
    codes = np.min([every[:, one] @ n ** np.arange(n)[::-1] for one in symmetries], axis=0)
    return np.asarray(every[np.unique(codes, return_index=True)[1]])


def _refined(site: NDArray[np.float64], corners: NDArray[np.float64]) -> float:
    """Largest overlap of a site with a polyhedron, from two ligands laid onto two corners."""
    ligands, ideal = site - site[-1], corners - corners[-1]
    lying = _frames(ligands[:-1]) @ np.swapaxes(_frames(ideal[:-1], first_only=True), 1, 2)
    mirrored = _frames(ligands[:-1]) * [1, 1, -1]
    lying = np.concatenate([lying, mirrored @ np.swapaxes(_frames(ideal[:-1], True), 1, 2)])
    turned = np.einsum("rij,kj->rki", lying, ideal[:-1])
    close = np.einsum("rki,li->rkl", turned, ligands[:-1])
    best = np.argsort(-close.max(axis=2).sum(axis=1), kind="stable")[:STARTS]
    overlap = 0.0
    for matrix in close[best]:
        before = -1.0
        while True:
            _, ligand = linear_sum_assignment(-matrix)
            pairs = np.append(ligand, len(ligand))
            left, values, right = np.linalg.svd(corners.T @ site[pairs])
            if values.sum() <= before + 1e-9:
                break
            before = float(values.sum())
            matrix = (corners @ left @ right)[:-1] @ site[:-1].T
        overlap = max(overlap, before)
    return overlap


def _frames(points: NDArray[np.float64], first_only: bool = False) -> NDArray[np.float64]:
    """Orthonormal frames of all ordered pairs of directions, or of the first pair, as columns."""
    directions = points / np.linalg.norm(points, axis=1, keepdims=True)
    first, second = np.nonzero(np.abs(directions @ directions.T) < 0.98)
    if first_only:
        first, second = first[:1], second[:1]
    along = directions[first]
    across = directions[second] - (directions[second] * along).sum(axis=1)[:, None] * along
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    return np.stack([along, across, np.cross(along, across)], axis=2)
