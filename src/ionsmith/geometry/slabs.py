"""Slabs of a crystal: where it can be cut parallel to a plane, and what is left between two cuts.

A crystal is first set up with two cell vectors in the plane and the third one rising from it by a
whole number of lattice planes (:func:`oriented_cell`). What a cut may not break are *units*: the
molecular groups, each as high as its centre, and every atom that is in none. A *termination* is a
gap between two neighbouring heights at which units lie; all gaps of one period are listed, none is
merged with another (:func:`find_terminations`). A unit goes with the side that its height is on,
whole: a ligand that two groups share across a cut stays on both sides.

The cost of a cut is the bond valence that it severs: to each bond an ion of charge q with n
neighbours gives q/n (L. Pauling, J. Am. Chem. Soc. 51, 1010 (1929), doi:10.1021/ja01379a006), or
1 to every bond where charges are not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import TerminationNotPossible
from ionsmith.geometry.bonds import Bonds, find_bonds
from ionsmith.geometry.cell_vectors import plane_step, plane_vectors, primitive_lattice
from ionsmith.geometry.miller import Plane
from ionsmith.geometry.molecular_groups import CENTRES, MolecularGroups, molecular_groups
from ionsmith.geometry.symmetry import Symmetry

CHARGE = "formal_charge"
"""Array of a structure that holds formal charges in e, where they are known."""

LAYER_TOLERANCE = 0.05
"""Units whose heights differ by less, in Å, lie in one layer: no cut goes between them."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def stacking_vector(
    symmetry: Symmetry, cell: ArrayLike, plane: Plane, in_plane: ArrayLike
) -> Floats:
    """Lattice vector from one lattice plane to the next, the most upright one.

    Parameters
    ----------
    symmetry
        The space group, in the axes of the cell.
    cell
        Cell vectors as rows in Å, shape (3, 3).
    plane
        The plane; only its direction matters.
    in_plane
        Two lattice vectors [uvw] in it, shape (2, 3). The third one makes them right-handed.

    Returns
    -------
    ndarray
        [uvw], shape (3,).
    """
    rows, denominator = primitive_lattice(symmetry)
    primitive = rows / denominator
    h = np.round(rows @ np.array(plane.indices)).astype(np.int64)
    step = plane_step(h // np.gcd.reduce(h)) @ primitive
    pair = np.asarray(in_plane, dtype=float)
    if np.linalg.det([*pair, step]) < 0:
        step = -step
    metric = np.asarray(cell) @ np.asarray(cell).T
    # Lattice vectors of the plane come off until the step is as upright as they can make it.
    fine = plane_vectors(h // np.gcd.reduce(h)) @ primitive
    gram = fine @ metric @ fine.T
    start = step - np.round(np.linalg.solve(gram, fine @ metric @ step)) @ fine
    trials = start + np.array([(i, j) for i in (0, 1, -1) for j in (0, 1, -1)]) @ fine
    lengths = np.round(np.einsum("ni,ij,nj->n", trials, metric, trials), 9)
    return np.asarray(trials[lengths.argmin()])


@dataclass(frozen=True, eq=False)
class Termination:
    """A place where the crystal can be cut.

    Parameters
    ----------
    number
        From 1, by rising height.
    height
        Of the cut in Å above the origin of the oriented cell, in [0, period).
    below, above
        The units of the layers that the cut lays bare, by formula, in one cell.
    gap
        Distance in Å between these layers.
    severed
        Bond valence that the cut severs, per Å², in valence units, or in bonds where charges are
        not known.
    like
        Number of the first termination that a rotation or translation of the crystal makes the
        same; its own if there is none, or if the symmetry was not given.
    mirror_of
        Number of a termination that is the mirror image of this one and that no rotation makes the
        same, or None.
    """

    number: int
    height: float
    below: str
    above: str
    gap: float
    severed: float
    like: int
    mirror_of: int | None


@dataclass(frozen=True, eq=False)
class OrientedCell:
    """A crystal with two cell vectors in a plane, and its units.

    Parameters
    ----------
    atoms
        The crystal, periodic; its first cell vector along x, the second in the xy plane, the third
        with a positive height. The array ``formal_charge`` is used where it is there.
    layers
        Lattice planes in the height of the cell.
    groups
        Its molecular groups.
    """

    atoms: Atoms
    layers: int
    groups: MolecularGroups

    @property
    def period(self) -> float:
        """Height of the cell in Å."""
        return float(self.atoms.cell.array[2, 2])

    @property
    def spacing(self) -> float:
        """Distance of the lattice planes in Å."""
        return self.period / self.layers

    @property
    def area(self) -> float:
        """Area of the cell in the plane, in Å²."""
        return float(self.atoms.cell.array[0, 0] * self.atoms.cell.array[1, 1])

    @cached_property
    def units(self) -> "Units":
        """The units, one image of each, with the heights of their centres in [0, period)."""
        atoms, groups = self.atoms, self.groups
        rise = atoms.cell.array[2, 2]
        level = atoms.positions @ np.linalg.inv(atoms.cell.array)[:, 2]
        grouped = np.zeros(len(atoms), dtype=bool)
        grouped[groups.member] = True
        alone = np.flatnonzero(~grouped)
        owner = np.concatenate([groups.centre, alone])
        home = np.floor(level[owner] + 1e-9).astype(np.int64)
        unit = np.concatenate([groups.group, len(groups) + np.arange(len(alone))])
        member = np.concatenate([groups.member, alone])
        shift = np.concatenate([groups.shift[:, 2], np.zeros(len(alone), np.int64)]) - home[unit]
        symbols = [chemical_symbols[number] for number in atoms.numbers[alone]]
        names = (*groups.names, *symbols)
        return Units(names, (level[owner] - home) * rise, unit, member, shift)

    @cached_property
    def bonds(self) -> Bonds:
        """Bonds of the crystal by the criterion ``"gap"``."""
        return find_bonds(self.atoms)


@dataclass(frozen=True, eq=False)
class Units:
    """What a cut does not break.

    Parameters
    ----------
    names
        Formula of each, n of them.
    heights
        Of the centres in Å, shape (n,).
    unit, member, shift
        One row for each atom of each unit: number of the unit, index of the atom, and by how many
        cells upwards it is moved; shape (m,).
    """

    names: tuple[str, ...]
    heights: Floats
    unit: Integers
    member: Integers
    shift: Integers


def oriented_cell(
    crystal: Atoms, deformation: ArrayLike, layers: int, centres: Sequence[str] = CENTRES
) -> OrientedCell:
    """Set up a crystal with two cell vectors in the xy plane.

    Parameters
    ----------
    crystal
        The crystal in a cell whose first two vectors lie in the plane of the slab.
    deformation
        Takes Cartesian vectors of the crystal to those of the slab, shape (3, 3): a rotation, with
        the strain of a match if there is one. The first cell vector must come to lie along x.
    layers
        Lattice planes in the height of the cell.
    centres
        Elements that may be centres of molecular groups. They are looked for in the crystal as it
        is without strain.
    """
    groups = molecular_groups(crystal, centres)
    matrix = np.asarray(deformation, dtype=float)
    atoms = crystal.copy()
    cell = crystal.cell.array @ matrix.T
    cell[0, 1:] = cell[1, 2] = 0.0  # what is left of rounding there would tilt a repeated slab
    atoms.set_cell(cell)
    atoms.positions = crystal.get_scaled_positions(wrap=False) @ cell
    return OrientedCell(atoms, layers, groups)


def find_terminations(
    cell: OrientedCell,
    symmetry: Symmetry | None = None,
    plane: Plane | None = None,
    tolerance: float = LAYER_TOLERANCE,
) -> tuple[Termination, ...]:
    """List all places where a crystal can be cut parallel to the plane of its oriented cell.

    Parameters
    ----------
    cell
        The crystal.
    symmetry, plane
        Its space group and the plane in the axes of that, whose normal points upwards, to tell
        which terminations are the same or mirror images of each other.
    tolerance
        Units whose heights differ by less, in Å, lie in one layer.

    Returns
    -------
    tuple of Termination
        By rising height; none is left out because another one is like it.

    Raises
    ------
    TerminationNotPossible
        If all units lie in one layer thicker than the tolerance allows a cut in.
    """
    units, period = cell.units, cell.period
    order = np.argsort(units.heights, kind="stable")
    heights = units.heights[order]
    steps = np.diff(heights, append=heights[0] + period)
    ends = np.flatnonzero(steps > tolerance)
    if len(ends) == 0:
        raise TerminationNotPossible(
            f"no cut parallel to this plane: its layers are closer than {tolerance:g} Å"
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
    severed = _severed(cell, cuts)
    like, mirror = _equivalents(cuts, period, cell.layers, symmetry, plane)
    return tuple(
        Termination(
            number=i + 1,
            height=float(cuts[i]),
            below=names[below[i]],
            above=names[(below[i] + 1) % len(gaps)],
            gap=float(steps[ends[i]]),
            severed=float(severed[i]),
            like=like[i],
            mirror_of=mirror[i],
        )
        for i in range(len(cuts))
    )


def cut_slab(cell: OrientedCell, bottom: float, top: float) -> Atoms:
    """Take the units between two heights.

    Parameters
    ----------
    cell
        The crystal.
    bottom, top
        Heights of the cuts in Å, the lower one first.

    Returns
    -------
    Atoms
        Periodic in the plane only. Atoms lie in the cell in the plane and keep their heights; the
        third cell vector is upright and as long as the cuts are apart. Sorted by height.

    Raises
    ------
    TerminationNotPossible
        If no unit lies between the cuts.
    """
    units, period = cell.units, cell.period
    rows = []
    first, last = int(np.floor(bottom / period)) - 1, ceil(top / period) + 1
    for image in range(first, last + 1):
        height = units.heights + image * period
        inside = ((height > bottom) & (height <= top))[units.unit]
        rows.append(np.stack([units.member[inside], units.shift[inside] + image], axis=1))
    kept = np.unique(np.concatenate(rows), axis=0)
    if len(kept) == 0:
        raise TerminationNotPossible(
            f"no atoms between cuts at {bottom:.2f} and {top:.2f} Å: ask for a thicker slab"
        )
    member, shift = kept.T
    slab = cell.atoms[member]
    vectors = cell.atoms.cell.array.copy()
    positions = slab.positions + shift[:, None] * vectors[2]
    vectors[2] = (0, 0, top - bottom)
    fractional = positions @ np.linalg.inv(vectors)
    fractional[:, :2] -= np.floor(fractional[:, :2] + 1e-9)
    slab.set_cell(vectors)
    slab.positions = fractional @ vectors
    slab.pbc = (True, True, False)
    # Heights are rounded in the key alone: rounding noise must not order the atoms of a layer.
    return slab[np.lexsort((member, np.round(slab.positions[:, 2], 4)))]


def _severed(cell: OrientedCell, cuts: Floats) -> Floats:
    """Bond valence across each cut, per Å²."""
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
    strength = np.full(len(bonds), 0.5)  # each bond stands there in both directions
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
    for i in range(count):
        for hand in (True, False):
            moved = cuts[:i, None] + lifts[proper == hand]
            off = abs((moved - cuts[i] + period / 2) % period - period / 2)
            same = np.flatnonzero((off < 1e-3 * period).any(axis=1)).tolist()
            if same and hand:
                like[i] = like[same[0]]
                break
            if same:
                found[i] = like[same[0]]
    return like, found


def _formula(names: Sequence[str]) -> str:
    parts = [f"{names.count(name)} {name}" for name in sorted(set(names))]
    return ", ".join(parts)
