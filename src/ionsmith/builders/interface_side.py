"""One side of an interface: a crystal in the cell of a match, and the slab that is cut from it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.charges import composition
from ionsmith.builders.interface_result import Slab
from ionsmith.builders.registry import CENTRAL, KIND, kinds
from ionsmith.crystals import Crystal
from ionsmith.crystals.formal_charges import formal_charges
from ionsmith.crystals.neutral_counts import neutral_counts
from ionsmith.crystals.ordering import order
from ionsmith.crystals.recut import recut_crystal
from ionsmith.errors import (
    DisorderedStructure,
    InvalidStructure,
    IonsmithError,
    TerminationNotPossible,
)
from ionsmith.geometry.cell_vectors import in_cell, primitive_lattice
from ionsmith.geometry.crystal_lattice import CrystalLattice
from ionsmith.geometry.miller import Plane
from ionsmith.geometry.molecular_groups import molecular_groups
from ionsmith.geometry.plane_mesh import plane_mesh
from ionsmith.geometry.slabs import (
    CHARGE,
    OrientedCell,
    Termination,
    cut_slab,
    find_terminations,
    oriented_cell,
    stacking_vector,
)
from ionsmith.lattices import lattice_of_phase

SAME_COST = 0.002
"""Step in e/Å² (and valence units per Å²) in which the costs of cuts are told apart."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ordering:
    """How partial occupancies are ordered in the cell of a slab.

    The numbers of atoms are the neutral ones nearest to the published occupancies.

    Parameters
    ----------
    method
        As :func:`ionsmith.crystals.ordering.order` takes it.
    seed
        Seed of the search or the draw.
    progress
        Called now and then with the steps done and their number.
    """

    method: Literal["electrostatic", "random"] = "electrostatic"
    seed: int = 0
    progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True, eq=False)
class Side:
    """A crystal in the cell of a match.

    Parameters
    ----------
    phase
        The crystal.
    plane
        Its plane in contact.
    vectors
        The vectors of the common cell as lattice vectors [uvw], shape (2, 3).
    strain
        Strain tensor in the Cartesian frame of the crystal, shape (3, 3).
    principal
        Principal strains in the plane.
    meshes
        Primitive meshes in the cell.
    thickness
        In Å, or ``"4 planes"``.
    groups
        Elements that may be centres of molecular groups.
    ordering
        How partial occupancies are ordered; None refuses them.
    below
        Whether it is the substrate.
    deformation
        Takes Cartesian vectors of the crystal to the frame of the interface.
    """

    phase: Crystal | Atoms
    plane: Plane
    vectors: Floats
    strain: Floats
    principal: tuple[float, float]
    meshes: int
    thickness: float | str
    groups: tuple[str, ...]
    ordering: Ordering | None
    below: bool
    deformation: Floats | None = None

    @cached_property
    def lattice(self) -> CrystalLattice:
        """Cell and space group, in the axes that the match refers to."""
        return lattice_of_phase(self.phase)

    @property
    def name(self) -> str:
        """What the crystal is called in results."""
        return self.lattice.name

    @cached_property
    def stacking(self) -> Floats:
        """Lattice vector from one lattice plane to the next, upwards in the interface."""
        vector = stacking_vector(
            self.lattice.symmetry, self.lattice.lattice.cell, self.plane, self.vectors
        )
        # In a mirrored side the vectors that are right-handed in the crystal point downwards.
        if self.deformation is not None and np.linalg.det(self.deformation) < 0:
            return -vector
        return vector

    @cached_property
    def spacing(self) -> float:
        """Distance of the lattice planes in Å."""
        return self.lattice.lattice_spacing(self.plane)

    @cached_property
    def planes(self) -> int:
        """Number of lattice planes of the slab."""
        return planes_of(self.thickness, self.spacing)

    @cached_property
    def is_ordered(self) -> bool:
        """Whether the crystal needs no ordering."""
        return not isinstance(self.phase, Crystal) or self.phase.is_ordered

    @cached_property
    def average(self) -> dict[str, float]:
        """Atoms of each element that the published occupancies ask for in :attr:`bulk`."""
        if not isinstance(self.phase, Crystal):
            return {}
        return self._recut(self.phase).composition()

    def _recut(self, crystal: Crystal) -> Crystal:
        return recut_crystal(crystal, [*self.vectors, self.planes * self.stacking])

    @cached_property
    def bulk(self) -> Atoms:
        """The crystal, unstrained, in a cell with the vectors of the match.

        A crystal with partial occupancies is ordered in a cell as high as the slab.
        """
        if isinstance(self.phase, Crystal) and not self.phase.is_ordered:
            if self.ordering is None:
                mixed = [site.label for site in self.phase.sites if not site.is_ordered]
                raise DisorderedStructure(
                    f"{self.name} is disordered on {', '.join(mixed)}: have it ordered in the cell "
                    "of the slab, or give an ordered structure"
                )
            cell = self._recut(self.phase)
            atoms = order(
                cell,
                composition=neutral_counts(cell),
                method=self.ordering.method,
                seed=self.ordering.seed,
                progress=self.ordering.progress,
            ).structures[0]
        else:
            own = self.phase.to_atoms() if isinstance(self.phase, Crystal) else self.phase
            vectors = [*self.vectors, self.stacking]
            atoms = in_cell(own, self.lattice.symmetry, vectors)
        charges, _ = self._charges(atoms)
        if charges is not None:
            atoms.set_array(CHARGE, charges, float)
        return atoms

    @cached_property
    def charges_from(self) -> str:
        """Where the formal charges come from."""
        return self._charges(self.bulk)[1]

    def _charges(self, atoms: Atoms) -> tuple[Floats | None, str]:
        crystal = self.phase if isinstance(self.phase, Crystal) else None
        return formal_charges(atoms, crystal)

    @cached_property
    def cell(self) -> OrientedCell:
        """The crystal in the frame of the interface, strained."""
        if self.deformation is None:
            raise InvalidStructure("a side needs the deformation of its match")
        layers = self.planes if not self.is_ordered else 1
        cell = oriented_cell(self.bulk, self.deformation, layers, self.groups)
        cell.atoms.set_array(KIND, kinds(cell.atoms, cell.groups), int)
        return cell

    @cached_property
    def terminations(self) -> tuple[Termination, ...]:
        """Where the crystal can be cut."""
        if not self.is_ordered:
            return find_terminations(self.cell)
        return find_terminations(self.cell, self.lattice.symmetry, self._upwards)

    @property
    def _upwards(self) -> Plane:
        """The plane in contact with the sign that makes its normal point upwards."""
        h, k, m = self.plane.indices
        if np.dot(self.plane.indices, self.stacking) < 0:
            return Plane((-h, -k, -m))
        return Plane((h, k, m))

    @cached_property
    def repeat(self) -> Floats | None:
        """Smallest mesh by which the slab repeats in the plane, in Å; None if only by its cell."""
        if not self.is_ordered or self.deformation is None:
            return None
        mesh = plane_mesh(self.lattice, self.plane).vectors
        return np.asarray((mesh @ self.lattice.lattice.cell @ self.deformation.T)[:, :2])

    def cuts(self, number: int | None, *, symmetric: bool) -> tuple[Termination, Termination]:
        """Return the cut in contact and the one at the back.

        Parameters
        ----------
        number
            Of the cut in contact; None for the best one.
        symmetric
            Whether an operation of the crystal has to take one face to the other.

        Raises
        ------
        TerminationNotPossible
            If there is no such cut, or no such operation.
        """
        known = self.terminations
        if number is not None and not 1 <= number <= len(known):
            raise TerminationNotPossible(
                f"no termination {number} of {self.name} {self.plane}: there are {len(known)}, "
                "numbered from 1 by rising height (list them first)"
            )
        partners = self._partners() if symmetric else {t.number: t for t in known}
        if symmetric and not partners:
            raise TerminationNotPossible(
                f"{self.name} has no operation that turns {self.plane} over: no symmetric slab"
                + ("" if self.is_ordered else " once it is ordered")
            )
        if number is None:
            able = [t for t in known if t.number in partners]
            # Of cuts that cost the same, the widest gap: between layers, not within one.
            ranks = [
                (round((t.severed + self._surface_charge(t)) / SAME_COST), -round(t.gap, 3))
                for t in able
            ]
            chosen = able[ranks.index(min(ranks))]
        else:
            chosen = known[number - 1]
        if chosen.number not in partners:
            raise TerminationNotPossible(
                f"no cut of {self.name} {self.plane} is the turned-over image of termination "
                f"{chosen.number}: no symmetric slab with it"
            )
        return chosen, partners[chosen.number]

    def heights(self, contact: Termination, back: Termination) -> tuple[float, float]:
        """Heights of the lower and the upper cut in Å, for the thickness that was asked for."""
        period, whole = self.cell.period, self.planes * self.cell.spacing
        sign = 1 if self.below else -1
        # The back that comes nearest to the thickness from above; equal cuts are that far apart.
        distance = (sign * (contact.height - back.height)) % period
        if back.number == contact.number or abs(distance - period) < 1e-6:
            distance = 0.0
        while distance < whole - 1e-6 * whole:
            distance += period
        ends = sorted((contact.height, contact.height - sign * distance))
        return ends[0], ends[1]

    def _surface_charge(self, cut: Termination) -> float:
        """Charge per Å² that a slab with this cut on both sides has on its faces, in e."""
        if CHARGE not in self.cell.atoms.arrays:
            return 0.0
        slab = cut_slab(self.cell, cut.height, cut.height + self.cell.period)
        charge, dipole = moments(slab)
        return (abs(dipole) / self.cell.period + abs(charge)) / self.cell.area

    def _partners(self) -> dict[int, Termination]:
        """Number of a cut → the cut that an operation turning the plane over takes it to."""
        symmetry, plane = self.lattice.symmetry, self._upwards
        if not self.is_ordered:
            return {}
        h = np.array(plane.indices)
        turned = (h @ symmetry.rotations == -h).all(axis=1)
        rows, denominator = primitive_lattice(symmetry)
        common = np.gcd.reduce(np.round(rows @ h).astype(np.int64)) / denominator
        lifts = symmetry.translations[turned] @ h / common * self.spacing
        origin = np.array([cut.height for cut in self.terminations])
        found = {}
        for cut in self.terminations:
            for lift in lifts.tolist():
                off = (lift - cut.height - origin + self.cell.period / 2) % self.cell.period
                near = int(abs(off - self.cell.period / 2).argmin())
                if abs(off[near] - self.cell.period / 2) < 1e-3 * self.cell.period:
                    found[cut.number] = self.terminations[near]
                    break
        return found


def slab_report(side: Side, number: int | None, *, symmetric: bool) -> tuple[Atoms, Slab]:
    """Cut the slab of a side, and say what it is.

    Parameters
    ----------
    side
        The side.
    number
        Termination in contact; None for the best one.
    symmetric
        Whether the two faces have to be equivalent.

    Raises
    ------
    TerminationNotPossible
        As :meth:`Side.cuts` does.
    InvalidStructure
        If a molecular group was lost.
    """
    contact, back = side.cuts(number, symmetric=symmetric)
    bottom, top = side.heights(contact, back)
    slab = cut_slab(side.cell, bottom, top)
    groups = whole_groups(slab, side.groups)
    expected = _expected_groups(side.cell, bottom, top)
    if groups != expected:
        raise InvalidStructure(
            f"cutting {side.name} {side.plane} left molecular groups {groups}, {expected} were "
            "expected: name the centres of groups, or none"
        )
    charge, dipole = moments(slab) if CHARGE in slab.arrays else (None, None)
    counts = composition(slab)
    bulk = composition(side.bulk)
    whole = round((top - bottom) / side.cell.spacing, 3)
    return slab, Slab(
        crystal=side.name,
        plane=str(side.plane),
        cell_vectors=tuple(tuple(float(u) for u in row) for row in side.vectors),  # type: ignore[arg-type]
        meshes=side.meshes,
        principal_strains=side.principal,
        strain=tuple(tuple(float(x) for x in row) for row in side.strain),
        planes=ceil(whole - 1e-3),
        spacing=side.cell.spacing,
        thickness=float(np.ptp(slab.positions[:, 2])),
        termination=contact.number,
        back_termination=back.number,
        layers_in_contact=contact.below if side.below else contact.above,
        symmetric=back.number in _turned(side, contact),
        formula=slab.get_chemical_formula(),
        stoichiometric=_proportional(counts, bulk),
        charge=charge,
        dipole=dipole,
        charges_from=side.charges_from,
        groups=groups,
        notes=_side_notes(side, counts, bulk, charge),
    )


def whole_groups(slab: Atoms, centres: Sequence[str]) -> dict[str, int]:
    """Count the molecular groups around the atoms that were centres in the crystal.

    A metal ion at a face may be left with four neighbours, which makes no group of it.
    """
    found = molecular_groups(slab, centres)
    central = slab.arrays[KIND][found.centre] >= CENTRAL
    counts: dict[str, int] = {}
    for name in sorted(np.array(found.names, dtype=str)[central].tolist()):
        counts[name] = counts.get(name, 0) + 1
    return counts


def moments(atoms: Atoms) -> tuple[float, float]:
    """Charge in e and dipole along z in e Å, about the middle height, by formal charges."""
    charges, z = atoms.arrays[CHARGE], atoms.positions[:, 2]
    middle = (z.max() + z.min()) / 2
    return round(float(charges.sum()), 6) + 0.0, float(charges @ (z - middle))


def planes_of(thickness: float | str, spacing: float) -> int:
    """Number of lattice planes in a thickness, at least one.

    Parameters
    ----------
    thickness
        In Å, rounded up to whole planes, or as ``"4 planes"``.
    spacing
        Of the planes, in Å.

    Raises
    ------
    IonsmithError
        If it is neither, or not positive.
    """
    text = str(thickness).strip()
    planes = re.fullmatch(r"(\d+)\s*planes?", text)
    if planes is not None and int(planes[1]) > 0:
        return int(planes[1])
    length = re.fullmatch(r"([0-9.eE+-]+)\s*(Å|A)?", text)
    try:
        value = float(length[1]) if length else np.nan
    except ValueError:
        value = np.nan
    if not 0 < value < 1e4:
        raise IonsmithError(
            f"a thickness such as 15 (Å) or '4 planes' was expected, not {thickness!r}"
        )
    return max(1, ceil(value / spacing - 1e-6))


def _turned(side: Side, contact: Termination) -> set[int]:
    partner = side._partners().get(contact.number)
    return set() if partner is None else {partner.number}


def _expected_groups(cell: OrientedCell, bottom: float, top: float) -> dict[str, int]:
    heights = cell.units.heights[: len(cell.groups)]
    found: dict[str, int] = {}
    for name, height in zip(cell.groups.names, heights.tolist(), strict=True):
        inside = _images(bottom, top, height, cell.period)
        if inside:
            found[name] = found.get(name, 0) + inside
    return dict(sorted(found.items()))


def _images(bottom: float, top: float, height: float, period: float) -> int:
    return int(np.floor((top - height) / period) - np.floor((bottom - height) / period))


def _proportional(one: dict[str, int], other: dict[str, int]) -> bool:
    total = sum(one.values()), sum(other.values())
    return set(one) == set(other) and all(
        one[element] * total[1] == other[element] * total[0] for element in one
    )


def _side_notes(
    side: Side, counts: dict[str, int], bulk: dict[str, int], charge: float | None
) -> tuple[str, ...]:
    notes = []
    if not side.is_ordered:
        said = ", ".join(
            f"{element} {bulk.get(element, 0)} for {wanted:.2f}"
            for element, wanted in side.average.items()
            if abs(bulk.get(element, 0) - wanted) > 0.005
        )
        notes.append(
            "partial occupancies are ordered in the cell of the slab"
            + (f", with the nearest neutral numbers of atoms ({said})" if said else "")
        )
    if not _proportional(counts, bulk):
        share = min(counts.get(element, 0) / number for element, number in bulk.items())
        excess = {e: n - share * bulk[e] for e, n in counts.items() if n - share * bulk[e] > 1e-6}
        said = ", ".join(f"{number:g} {element}" for element, number in excess.items())
        notes.append(
            f"more than the composition of the crystal: {said}"
            + (
                "; groups that shared a ligand across a cut keep one each"
                if side.cell.groups
                else ""
            )
        )
    if charge:
        notes.append(f"the slab carries a charge of {charge:+g} e, which nothing was done about")
    return tuple(notes)
