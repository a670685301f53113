"""Two grains one on the other: where they are cut, how they are shifted, what overlaps."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders._cutting import cut_whole
from ionsmith.builders._overlaps import Limits, left_over, units_of
from ionsmith.builders.grain_boundary._misorientation import Misorientation
from ionsmith.builders.interface._closest_approach import ClosestApproach, kinds
from ionsmith.crystals import Crystal
from ionsmith.crystals.charges import composition
from ionsmith.crystals.ordering import Ordering
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.surfaces.cut_crystal import CutCrystal

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

GRID = 0.5
"""Largest distance in Å of shifts that are listed."""

MOST_SHIFTS = 400
"""Shifts that are listed at most; their distance grows in larger cells."""

ALIKE = 6.0
"""Distance in Å: shifts with the same distances up to it across the boundary are equivalent."""

WAVES = 12
"""Moments of the distances that are compared."""

SAME = 1e-3
"""Largest difference of equal moments."""

STEEPNESS = 8.0
"""Of the Morse function by which contacts are weighted; in metals it is 4 to 8."""

UNIT = "grain_unit"
"""Array of the units of each atom, shape (n, 2)."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Contact(NamedTuple):
    """How the grains meet at one shift.

    Parameters
    ----------
    overlapping
        Units of the upper grain that overlap with the lower one.
    closest
        Shortest distance across the boundary in Å.
    contacts
        Number of contacts between the grains, after the overlapping units have gone: one for a pair
        at the shortest distance that it has in the crystal, less for others.
    fingerprint
        Of the distances of all pairs: equal for equivalent shifts.
    """

    overlapping: Integers
    closest: float
    contacts: float
    fingerprint: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class Bicrystal:
    """Two grains with their boundary at z = 0, before overlaps are removed.

    Parameters
    ----------
    phase
        The crystal.
    pair
        Misorientation and common cell.
    terminations
        Names of the cuts at the upper face of the first and the lower face of the second grain;
        None for the cut that costs least, and for the same cut.
    thickness
        Of each grain, in Å or such as ``"8 planes"``.
    groups, ordering, seed, progress
        As for slabs.
    overlap
        Share of the distances in the crystal below which atoms overlap.
    gap
        Additional distance of the grains in Å.
    """

    phase: Crystal | Atoms
    pair: Misorientation
    terminations: tuple[str | None, str | None]
    thickness: float | str
    groups: tuple[str, ...] | None
    ordering: Ordering | None
    seed: int
    progress: Callable[[int, int], None] | None
    overlap: float
    gap: float

    def _cut(self, grain: int) -> CutCrystal:
        """Crystal in the frame of the boundary, as it is in one grain."""
        turn = self.pair.frame
        if grain:
            turn = self.pair.deformation @ turn @ self.pair.rotation
        return CutCrystal(
            phase=self.phase,
            lattice=self.pair.crystal,
            plane=self.pair.planes[grain],
            vectors=self.pair.vectors[grain],
            thickness=self.thickness,
            groups=self.groups,
            ordering=self.ordering,
            seed=self.seed,
            progress=self.progress,
            below=not grain,
            deformation=turn,
        )

    @cached_property
    def crystals(self) -> tuple[CutCrystal, CutCrystal]:
        """The crystal as it is in both grains."""
        return self._cut(0), self._cut(1)

    @cached_property
    def faces(self) -> tuple[str, str]:
        """Names of the cuts at both sides of the boundary."""
        lower, _ = self.crystals[0].cuts(self.terminations[0], symmetric=False)
        if self.terminations[1] is not None:
            return lower.name, self.crystals[1].find(self.terminations[1]).name
        names = [cut.name for cut in self.crystals[1].terminations]
        if lower.name in names:
            return lower.name, lower.name
        upper, _ = self.crystals[1].cuts(None, symmetric=False)  # another plane has other cuts
        return lower.name, upper.name

    def _ends(self, grain: int) -> tuple[float, float]:
        """Heights of the cuts of one grain in Å, in its own crystal."""
        crystal = self.crystals[grain]
        upper, lower = (crystal.find(name).height for name in self._names(grain))
        height = (upper - lower) % crystal.spacing
        if crystal.spacing - height < 1e-4:
            height = 0.0
        missing = crystal.planes - height / crystal.spacing
        height += np.ceil(missing - 1e-4) * crystal.spacing
        return (upper - height, upper) if grain == 0 else (lower, lower + height)

    def _names(self, grain: int) -> tuple[str, str]:
        """Names of the cuts at the upper and the lower face of a grain."""
        lower, upper = self.faces
        if self.pair.is_symmetric:
            return lower, upper  # both grains alike: above the second lies the first again
        return (lower, lower) if grain == 0 else (upper, upper)

    @cached_property
    def lower(self) -> Atoms:
        """First grain, from z = -thickness to z = 0."""
        bottom, top = self._ends(0)
        return self._grain(0, bottom, top, top)

    def _grain(self, grain: int, bottom: float, top: float, zero: float) -> Atoms:
        crystal = self.crystals[grain]
        atoms, _ = cut_whole(crystal, bottom, top)
        atoms.positions[:, 2] -= zero
        unit, groups = units_of(atoms, self.centres)
        atoms.set_array(UNIT, unit, int)
        atoms.set_array("contact_kind", kinds(atoms, groups), int)
        return atoms

    @cached_property
    def centres(self) -> list[str]:
        """Elements at the centres of groups: metals at a face with four neighbours are none."""
        cell = self.crystals[0].cell
        return sorted(set(cell.atoms.symbols[cell.groups.centre]))

    @cached_property
    def _anchor(self) -> Floats:
        """Position in Å through which the axis of the rotation goes at no shift."""
        atoms = self.lower
        top = np.flatnonzero(atoms.positions[:, 2] > atoms.positions[:, 2].max() - 0.05)
        counts = composition(self.crystals[0].bulk)
        symbols = atoms.get_chemical_symbols()
        rarest = min((counts[symbols[i]], symbols[i]) for i in top.tolist())[1]
        own = [i for i in top.tolist() if symbols[i] == rarest]
        return np.asarray(atoms.positions[own[0]])

    @cached_property
    def upper(self) -> Atoms:
        """Second grain, from z = 0 upwards, at no shift."""
        if self.pair.is_symmetric:
            atoms: Atoms = self.lower.copy()
            planes = round(self.height(0) / self.crystals[0].spacing)
            step = planes * self.crystals[0].spacing * self._rise(0)
            atoms.positions[:, :2] = (2 * self._anchor - step - atoms.positions)[:, :2]
            atoms.positions[:, 2] += self.height(0)
            return atoms
        bottom, top = self._ends(1)
        atoms = self._grain(1, bottom, top, bottom)
        atoms.positions[:, :2] += self._aside
        return atoms

    @cached_property
    def _aside(self) -> Floats:
        """What the second grain is moved along the boundary so that the axis meets the anchor."""
        first, second = self.crystals
        (_, zero), (bottom, _) = self._ends(0), self._ends(1)
        own = self._anchor + np.array([0, 0, zero])
        turned = second.deformation @ np.linalg.solve(first.deformation, own)
        planes = round((turned[2] - self._anchor[2] - bottom) / second.spacing)
        step = planes * second.spacing * self._rise(1)
        return np.asarray((self._anchor - turned + step)[:2])

    def _rise(self, grain: int) -> Floats:
        """Vector from lattice plane to lattice plane over its height."""
        crystal = self.crystals[grain]
        step = crystal.deformation @ (crystal.stacking @ crystal.lattice.lattice.cell)
        return np.asarray(step / step[2])

    def height(self, grain: int) -> float:
        """Thickness of a grain in Å, from cut to cut."""
        bottom, top = self._ends(grain)
        return float(top - bottom)

    @cached_property
    def limits(self) -> Limits:
        """Shortest distances that atoms of both grains may have."""
        cell = self.crystals[0].cell
        approach = ClosestApproach([(self.crystals[0].bulk, cell.groups)])
        found = np.unique(self.lower.arrays["contact_kind"]).tolist()
        return Limits(found, approach, self.overlap)

    def contact(self, shift: Floats) -> Contact:
        """How the grains meet with a shift of the upper one, in Å along the boundary."""
        tree, member, lower = self._below
        reach = max(ALIKE, self.limits.reach)
        upper = self.upper
        high = np.flatnonzero(upper.positions[:, 2] < reach)
        cell = self.pair.cell
        positions = upper.positions[high] + (*shift, self.gap)
        fractional = (positions[:, :2] @ np.linalg.inv(cell) + 1e-9) % 1.0
        positions[:, :2] = fractional @ cell
        from scipy.spatial import cKDTree

        pairs = cKDTree(positions).sparse_distance_matrix(tree, reach, output_type="ndarray")
        above, below = high[pairs["i"]], member[pairs["j"]]
        row = self.limits.row(upper.arrays["contact_kind"][above])
        column = self.limits.row(lower.arrays["contact_kind"][below])
        distance = pairs["v"]
        ratio = distance / self.limits.table[row, column]
        units = np.unique(upper.arrays[UNIT][above[ratio < 1 - 1e-6]])
        units = units[units >= 0]
        left = left_over(upper.arrays[UNIT], units)[above]
        beyond = distance[left] / self.limits.closest[row[left], column[left]] - 1
        well = 2 * np.exp(-STEEPNESS * beyond) - np.exp(-2 * STEEPNESS * beyond)
        return Contact(
            units,
            float(distance[left].min(initial=np.inf)),
            float(well.sum()),
            self._fingerprint(row, column, distance),
        )

    def _fingerprint(self, row: Integers, column: Integers, distance: Floats) -> Floats:
        """Smooth moments of the distances of each pair of kinds: equal for equivalent shifts."""
        size = len(self.limits.table)
        kind = np.minimum(row, column) * size + np.maximum(row, column)
        x = np.minimum(distance / ALIKE, 1.0)
        waves = (1 - x**2)[:, None] ** 3 * np.cos(np.pi * np.outer(x, np.arange(WAVES)))
        moments = np.zeros((size**2, WAVES))
        np.add.at(moments, kind, waves)
        return moments.ravel()

    def facing(self, number: int, contact: Contact) -> float:
        """How near the atoms of an element are to each other across the boundary, weighted."""
        row = int(self.limits.row(np.array([number]))[0])
        moments = contact.fingerprint.reshape(-1, WAVES)
        return float(moments[row * (len(self.limits.table) + 1), 0])

    @cached_property
    def _below(self) -> tuple["cKDTree", Integers, Atoms]:
        """Search tree of the lower grain near the boundary, with images around the cell."""
        from scipy.spatial import cKDTree

        atoms = self.lower
        reach = max(ALIKE, self.limits.reach)
        low = np.flatnonzero(atoms.positions[:, 2] > -reach)
        cell = self.pair.cell
        inverse = np.linalg.inv(cell)
        margin = reach * np.linalg.norm(inverse, axis=0)
        home = (atoms.positions[low, :2] @ inverse) % 1.0
        images = index_grid(-np.ceil(margin), np.ceil(margin))
        spread = home[None] + images[:, None]
        near = ((spread > -margin) & (spread < 1 + margin)).all(axis=2)
        which = np.broadcast_to(low, near.shape)[near]
        places = np.column_stack([spread[near] @ cell, atoms.positions[which, 2]])
        return cKDTree(places), which, atoms

    def shifts(self) -> list[tuple[tuple[float, float], Contact, int]]:
        """Inequivalent shifts in fractions of the shift cell, with how often each occurs."""
        vectors = self.pair.shift_cell
        lengths = np.linalg.norm(vectors, axis=1)
        step = max(GRID, float(np.sqrt(abs(np.linalg.det(vectors)) / MOST_SHIFTS)))
        counts = [2 * max(1, int(np.ceil(length / step / 2 - 1e-6))) for length in lengths]
        oblique = abs(vectors[0] @ vectors[1]) > 1e-4 * lengths.prod()
        if oblique and max(counts) ** 2 <= MOST_SHIFTS:
            counts = [max(counts)] * 2  # a grid that mirrors of a centred mesh keep
        found: list[tuple[tuple[float, float], Contact, int]] = []
        for point in np.ndindex(*counts):
            shares = (point[0] / counts[0], point[1] / counts[1])
            contact = self.contact(np.array(shares) @ vectors)
            known = np.array([other.fingerprint for _, other, _ in found])
            off = abs(known - contact.fingerprint).max(axis=1) if found else np.ones(0)
            if (off < SAME).any():
                place = int(off.argmin())
                found[place] = (*found[place][:2], found[place][2] + 1)
            else:
                found.append((shares, contact, 1))
        return found

    def repeat(self, shift: Floats) -> tuple[Floats, bool]:
        """Third cell vector of the stack with two boundaries, and whether they are equivalent."""
        height = self.height(0) + self.height(1) + 2 * self.gap
        if self.pair.is_symmetric:
            return np.array([0.0, 0.0, height]), True
        centres = [self._centre(0), self._centre(1)]
        if centres[0] is None or centres[1] is None:
            return np.array([0.0, 0.0, height]), False
        aside = self._aside + shift
        step = 2 * (centres[1][:2] + aside - centres[0][:2])
        shares = np.rint(step @ np.linalg.inv(self.pair.cell))
        return np.array([*(step - shares @ self.pair.cell), height]), True

    def _centre(self, grain: int) -> Floats | None:
        """Centre of inversion in the middle of a grain, in the frame of its crystal, or None."""
        crystal = self.crystals[grain]
        symmetry = crystal.lattice.symmetry
        if not crystal.is_ordered:
            return None
        middle = sum(self._ends(grain)) / 2
        step = self._rise(grain) * crystal.spacing / 2
        inversions = (symmetry.rotations == -np.eye(3, dtype=int)).all(axis=(1, 2))
        for shift in symmetry.translations[inversions]:
            centre = crystal.deformation @ crystal.lattice.lattice.vectors(shift / 2)
            planes = (middle - centre[2]) / step[2]
            if abs(planes - round(planes)) * step[2] < 1e-3:
                return np.asarray(centre + round(planes) * step)
        return None
