"""Terminations of a crystal: heights at which it can be cut parallel to a plane, and severed bonds.

A termination is a gap between two neighbouring heights of units (see
:mod:`ionsmith.surfaces.slabs`); all gaps of one period are listed. Terminations that an operation
of the crystal makes equivalent are marked, and distinguished from those that are only mirror images
of each other: a chiral face differs from its mirror image.

A cut severs bond valence: an ion of charge q with n neighbours contributes q/n to each bond
(L. Pauling, J. Am. Chem. Soc. 51, 1010 (1929), doi:10.1021/ja01379a006); every bond counts 1 where
charges are not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import TerminationNotPossible
from ionsmith.lattice.cell_vectors import primitive_lattice
from ionsmith.lattice.miller import Plane
from ionsmith.lattice.symmetry import Symmetry
from ionsmith.surfaces.slabs import CHARGE, OrientedCell

LAYER_TOLERANCE = 0.05
"""Largest difference of height in Å of units in one layer, which no cut separates."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Termination:
    """A height at which the crystal can be cut.

    Parameters
    ----------
    number
        From 1, by ascending height.
    height
        Height of the cut in Å above the origin of the oriented cell, in [0, period).
    below, above
        The units of the layers that the cut exposes, by formula, in one cell.
    gap
        Distance in Å between these layers.
    like
        Number of the first termination that is equivalent by a rotation or translation of the
        crystal; its own if there is none, or if the symmetry was not given.
    mirror_of
        Number of a termination that is the mirror image of this one and not equivalent by a
        rotation, or None.
    """

    number: int
    height: float
    below: str
    above: str
    gap: float
    like: int
    mirror_of: int | None


def find_terminations(
    cell: OrientedCell,
    symmetry: Symmetry | None = None,
    plane: Plane | None = None,
    tolerance: float = LAYER_TOLERANCE,
) -> tuple[Termination, ...]:
    """List all terminations parallel to the plane of an oriented cell.

    Parameters
    ----------
    cell
        The crystal.
    symmetry, plane
        Its space group, and the plane in its axes whose normal points upwards, to find which
        terminations are equivalent or mirror images.
    tolerance
        Largest difference of height in Å of units in one layer.

    Returns
    -------
    tuple of Termination
        By ascending height, including equivalent ones.

    Raises
    ------
    TerminationNotPossible
        If no gap between units is wider than the tolerance.
    """
    units, period = cell.units, cell.period
    order = np.argsort(units.heights, kind="stable")
    heights = units.heights[order]
    steps = np.diff(heights, append=heights[0] + period)
    ends = np.flatnonzero(steps > tolerance)
    if len(ends) == 0:
        raise TerminationNotPossible(
            f"no cut is possible parallel to this plane: layers are closer than {tolerance:g} Å"
        )
    cuts = (heights[ends] + steps[ends] / 2) % period
    rising = np.argsort(cuts, kind="stable")
    ends, cuts = ends[rising], cuts[rising]
    layer = np.zeros(len(order), dtype=np.int64)
    # Layer i ends at the i-th gap; those after the last gap belong to the first layer again.
    gaps = np.sort(ends)
    layer[order] = np.searchsorted(gaps, np.arange(len(order))) % len(gaps)
    names = [
        _formula([units.names[i] for i in np.flatnonzero(layer == k)]) for k in range(len(gaps))
    ]
    below = np.searchsorted(gaps, ends)
    like, mirror = _equivalents(cuts, period, cell.layers, symmetry, plane)
    return tuple(
        Termination(
            number=i + 1,
            height=float(cuts[i]),
            below=names[below[i]],
            above=names[(below[i] + 1) % len(gaps)],
            gap=float(steps[ends[i]]),
            like=like[i],
            mirror_of=mirror[i],
        )
        for i in range(len(cuts))
    )


def severed_valence(cell: OrientedCell, terminations: Sequence[Termination]) -> Floats:
    """Bond valence that each cut severs.

    Parameters
    ----------
    cell
        The crystal.
    terminations
        Its terminations, n of them.

    Returns
    -------
    ndarray
        In valence units per Å², or bonds per Å² where charges are not known; shape (n,).
    """
    cuts = np.array([cut.height for cut in terminations])
    atoms, units, bonds = cell.atoms, cell.units, cell.bonds
    if len(bonds) == 0:
        return np.zeros(len(cuts))
    rise = cell.period
    n = len(atoms)
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    # Lowest and highest unit that an atom belongs to, as seen from the atom in the cell.
    centre = units.heights[units.unit] - units.shift * rise
    np.minimum.at(low, units.member, centre)
    np.maximum.at(high, units.member, centre)
    strength = np.full(len(bonds), 0.5)  # each bond is listed in both directions
    charges = atoms.arrays.get(CHARGE)
    if charges is not None:
        number = np.bincount(bonds.first, minlength=n)
        share = abs(charges) / np.maximum(number, 1)
        cation = charges[bonds.first] > 0
        strength = np.where(cation & (charges[bonds.second] < 0), share[bonds.first], 0.0)
    lift = bonds.shifts[:, 2] * rise
    below = np.minimum(high[bonds.first], high[bonds.second] + lift)
    above = np.maximum(low[bonds.first], low[bonds.second] + lift)
    # Between bonded units, or within the reach of a ligand that two groups share.
    shared = (high > low + 1e-6)[bonds.first] | (high > low + 1e-6)[bonds.second]
    start = np.where(shared, np.minimum(low[bonds.first], low[bonds.second] + lift), below)
    end = np.where(shared, np.maximum(high[bonds.first], high[bonds.second] + lift), above)
    count = np.floor((end[:, None] - cuts) / rise) - np.floor((start[:, None] - cuts) / rise)
    return np.asarray((np.clip(count, 0, None) * strength[:, None]).sum(axis=0) / cell.area)


def _equivalents(
    cuts: Floats, period: float, layers: int, symmetry: Symmetry | None, plane: Plane | None
) -> tuple[list[int], list[int | None]]:
    """First like and mirror-image termination of each, by the operations that keep the plane."""
    count = len(cuts)
    like = list(range(1, count + 1))
    found: list[int | None] = [None] * count
    if symmetry is None or plane is None:
        return like, found
    rows, denominator = primitive_lattice(symmetry)
    h = np.array(plane.indices)
    order = np.gcd.reduce(np.round(rows @ h).astype(np.int64)) / denominator
    kept = (h @ symmetry.rotations == h).all(axis=1)
    proper = np.linalg.det(symmetry.rotations[kept]) > 0
    lifts = symmetry.translations[kept] @ h / order * period / layers
    first = []
    for hand in (True, False):
        same = np.tril(heights_meet(cuts[:, None] - cuts, lifts[proper == hand], period), -1)
        first.append(np.where(same.any(axis=1), same.argmax(axis=1), -1).tolist())
    for i, (rotated, mirrored) in enumerate(zip(*first, strict=True)):
        if rotated >= 0:
            like[i] = like[rotated]
        elif mirrored >= 0:
            found[i] = like[mirrored]
    return like, found


def heights_meet(wanted: Floats, offered: Floats, period: float) -> NDArray[np.bool_]:
    """Whether heights coincide with any of the offered ones, modulo a period.

    Parameters
    ----------
    wanted
        Heights in Å, of any shape.
    offered
        Heights in Å, shape (n,).
    period
        In Å; a thousandth of it is the tolerance.

    Returns
    -------
    ndarray
        Booleans of the shape of ``wanted``.
    """
    # The many operations of a space group offer few heights that differ.
    few = np.unique(np.round(offered / period % 1.0, 6)) * period
    off = (wanted[..., None] - few + period / 2) % period - period / 2
    return np.asarray((abs(off) < 1e-3 * period).any(axis=-1))


def _formula(names: Sequence[str]) -> str:
    parts = [f"{names.count(name)} {name}" for name in sorted(set(names))]
    return ", ".join(parts)
