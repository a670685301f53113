"""Terminations of a crystal: heights at which it can be cut parallel to a plane, and severed bonds.

A termination is a gap between two neighbouring heights of units (see
:mod:`ionsmith.surfaces.slabs`); all gaps of one period are listed. Its name tells what it exposes
and where it cuts: ``Al|O @0.08`` lies between Al and O on the way along the normal of (hkl), at
0.08 of the spacing of the lattice planes above the origin of the published cell. It belongs to the
crystal and not to a slab. Terminations that an operation of the crystal makes equivalent are
marked, and distinguished from those that are only mirror images of each other: a chiral face
differs from its mirror image.

A cut severs bond valence: an ion of charge q with n neighbours contributes q/n to each bond
(L. Pauling, J. Am. Chem. Soc. 51, 1010 (1929), doi:10.1021/ja01379a006); every bond counts 1 where
charges are not known.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.elements import NONMETAL
from ionsmith.lattice.cell_vectors import primitive_lattice
from ionsmith.lattice.miller import Plane
from ionsmith.lattice.symmetry import Symmetry
from ionsmith.results import Table
from ionsmith.surfaces.slabs import CHARGE, OrientedCell

LAYER_TOLERANCE = 0.1
"""Largest difference of height in Å of units in one layer, which no cut separates: less than atoms
at a surface relax."""

SAME_GAP = 1e-3
"""Difference in Å below which two gaps are equally wide."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Termination:
    """A height at which the crystal can be cut.

    Parameters
    ----------
    number
        From 1, by ascending height.
    name
        What it exposes and where it cuts: the layers on both sides of the cut along the normal of
        (hkl), and its height over that plane through the origin, as a fraction of the spacing.
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
    severed
        Bond valence that it severs in valence units per Å², or bonds per Å² where charges are
        unknown; None if it was not worked out.
    """

    number: int
    name: str
    height: float
    below: str
    above: str
    gap: float
    like: int
    mirror_of: int | None
    severed: float | None = None


def find_terminations(
    cell: OrientedCell,
    symmetry: Symmetry | None = None,
    plane: Plane | None = None,
    tolerance: float = LAYER_TOLERANCE,
    *,
    downwards: bool = False,
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
    downwards
        Whether the normal that the names refer to points downwards.

    Returns
    -------
    tuple of Termination
        By ascending height, including equivalent ones. If no gap is wider than the tolerance, the
        widest one.
    """
    units, period = cell.units, cell.period
    order = np.argsort(units.heights, kind="stable")
    heights = units.heights[order]
    steps = np.diff(heights, append=heights[0] + period)
    # Where all layers are closer, as on planes of high indices, the widest gap is cut.
    tolerance = min(tolerance, float(steps.max()) - SAME_GAP)
    ends = np.flatnonzero(steps > tolerance)
    cuts = (heights[ends] + steps[ends] / 2) % period
    cuts[cuts > period - SAME_GAP] = 0.0  # and not the last of all
    rising = np.argsort(cuts, kind="stable")
    ends, cuts = ends[rising], cuts[rising]
    gaps = np.sort(ends)
    layer = layers_of(units.heights, period, tolerance)
    contents = [
        Counter(units.names[i] for i in np.flatnonzero(layer == k)) for k in range(len(gaps))
    ]
    below = np.searchsorted(gaps, ends)
    sides = [(contents[i], contents[(i + 1) % len(gaps)]) for i in below]
    names = _names(sides, cuts / cell.spacing, downwards)
    like, mirror = _equivalents(cuts, period, cell.layers, symmetry, plane)
    return tuple(
        Termination(
            number=i + 1,
            name=names[i],
            height=float(cuts[i]),
            below=_listed(sides[i][0]),
            above=_listed(sides[i][1]),
            gap=float(steps[ends[i]]),
            like=like[i],
            mirror_of=mirror[i],
        )
        for i in range(len(cuts))
    )


def layers_of(heights: Floats, period: float, tolerance: float) -> NDArray[np.int64]:
    """Layer that each unit belongs to.

    Parameters
    ----------
    heights
        Heights of the units in Å, shape (n,).
    period
        Height of the cell in Å.
    tolerance
        Largest difference of neighbouring heights in Å in one layer.

    Returns
    -------
    ndarray
        Numbers from 0 by rising height, shape (n,); a layer across the end of the cell is 0.
    """
    order = np.argsort(heights, kind="stable")
    rising = heights[order]
    gaps = np.flatnonzero(np.diff(rising, append=rising[0] + period) > tolerance)
    layer = np.zeros(len(order), dtype=np.int64)
    # Layer i ends at the i-th gap; those after the last gap belong to the first layer again.
    layer[order] = np.searchsorted(gaps, np.arange(len(order))) % max(1, len(gaps))
    return layer


def terminations_table(name: str, terminations: Sequence[Termination]) -> Table:
    """Make a table of terminations.

    Parameters
    ----------
    name
        Of the crystal and its plane.
    terminations
        All of them.
    """
    headers = (
        "number",
        "termination",
        "height (Å)",
        "below the cut",
        "above the cut",
        "gap (Å)",
        "severed (v.u./Å²)",
        "equivalent to",
        "mirror image of",
    )
    rows = [
        (
            cut.number,
            cut.name,
            round(cut.height, 3),
            cut.below,
            cut.above,
            round(cut.gap, 3),
            None if cut.severed is None else round(cut.severed, 4),
            None if cut.like == cut.number else cut.like,
            cut.mirror_of,
        )
        for cut in terminations
    ]
    return Table(f"Terminations of {name}", headers, rows)


def severed_valence(cell: OrientedCell, heights: Sequence[float]) -> Floats:
    """Bond valence that each cut severs.

    Parameters
    ----------
    cell
        The crystal.
    heights
        Heights of the cuts in Å, n of them.

    Returns
    -------
    ndarray
        In valence units per Å², or bonds per Å² where charges are not known; shape (n,).
    """
    bonds, n = cell.bonds, len(cell.atoms)
    strength = np.full(len(bonds), 0.5)  # each bond is listed in both directions
    charges = cell.atoms.arrays.get(CHARGE)
    if charges is not None:
        number = np.bincount(bonds.first, minlength=n)
        share = abs(charges) / np.maximum(number, 1)
        cation = charges[bonds.first] > 0
        strength = np.where(cation & (charges[bonds.second] < 0), share[bonds.first], 0.0)
    return np.asarray(strength @ _crossings(cell, heights) / cell.area)


def severed_bonds(cell: OrientedCell, height: float) -> dict[str, int]:
    """Bonds that a cut severs.

    Parameters
    ----------
    cell
        The crystal.
    height
        Height of the cut in Å.

    Returns
    -------
    dict
        Number of bonds in the area of the cell by their elements, such as ``"Si–O"``.
    """
    count = _crossings(cell, [height])[:, 0]
    numbers = cell.atoms.numbers
    found: Counter[tuple[int, int]] = Counter()
    for bond in np.flatnonzero(count).tolist():
        pair = numbers[[cell.bonds.first[bond], cell.bonds.second[bond]]].tolist()
        first, second = sorted(pair, key=lambda z: (bool(NONMETAL[z]), chemical_symbols[z]))
        found[first, second] += int(count[bond])
    named = {f"{chemical_symbols[a]}–{chemical_symbols[b]}": n // 2 for (a, b), n in found.items()}
    return dict(sorted(named.items()))


def _crossings(cell: OrientedCell, heights: Sequence[float]) -> NDArray[np.int64]:
    """How often each bond of a cell crosses cuts at some heights, shape (bonds, heights)."""
    cuts = np.asarray(heights, dtype=float)
    units, bonds, rise = cell.units, cell.bonds, cell.period
    n = len(cell.atoms)
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    # Lowest and highest unit that an atom belongs to, as seen from the atom in the cell.
    centre = units.heights[units.unit] - units.shift * rise
    np.minimum.at(low, units.member, centre)
    np.maximum.at(high, units.member, centre)
    lift = bonds.shifts[:, 2] * rise
    below = np.minimum(high[bonds.first], high[bonds.second] + lift)
    above = np.maximum(low[bonds.first], low[bonds.second] + lift)
    # Between bonded units, or within the reach of a ligand that two groups share.
    shared = (high > low + 1e-6)[bonds.first] | (high > low + 1e-6)[bonds.second]
    start = np.where(shared, np.minimum(low[bonds.first], low[bonds.second] + lift), below)
    end = np.where(shared, np.maximum(high[bonds.first], high[bonds.second] + lift), above)
    count = np.floor((end[:, None] - cuts) / rise) - np.floor((start[:, None] - cuts) / rise)
    return np.asarray(np.clip(count, 0, None)).astype(np.int64)


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


def _names(
    sides: Sequence[tuple[Counter[str], Counter[str]]], places: Floats, downwards: bool
) -> list[str]:
    """Names of cuts between two layers each; with more digits if two of them would be alike."""
    exposed = ["|".join(map(_formula, pair[::-1] if downwards else pair)) for pair in sides]
    places = -places if downwards else places
    for digits in (2, 3, 4):
        # Rounding errors must not decide about a tie.
        at = np.round(np.round(places, 6) + 1e-7, digits) % 1.0
        names = [f"{text} @{place:.{digits}f}" for text, place in zip(exposed, at, strict=True)]
        if len(set(names)) == len(names):
            break
    return names


def _formula(layer: Counter[str]) -> str:
    """Composition of a layer: metals first, then non-metals, then groups, as Na3(PO4)2."""
    divisor = gcd(*layer.values())

    def rank(name: str) -> tuple[int, str]:
        number = atomic_numbers.get(name)
        return (2 if number is None else int(NONMETAL[number])), name

    parts = []
    for name in sorted(layer, key=rank):
        count = layer[name] // divisor
        text = name if name in atomic_numbers or count == 1 else f"({name})"
        parts.append(text if count == 1 else f"{text}{count}")
    return "".join(parts)


def _listed(layer: Counter[str]) -> str:
    """Units of a layer with their numbers."""
    return ", ".join(f"{layer[name]} {name}" for name in sorted(layer))
