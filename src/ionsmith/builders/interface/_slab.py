"""The slab of one side of an interface, and its description."""

from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np
from ase import Atoms
from ase.formula import Formula
from numpy.typing import NDArray

from ionsmith.builders._compensation import without_charge
from ionsmith.builders._cutting import cut_whole, proportional, severed_corners, slab_notes
from ionsmith.builders._lost_bonds import MEMBER
from ionsmith.builders.interface._contact import Face, face_of
from ionsmith.builders.interface._side import Side
from ionsmith.crystals.charges import composition
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.slabs import CHARGE, moments
from ionsmith.surfaces.symmetric_ordering import symmetrised
from ionsmith.surfaces.terminations import Termination

Pair = tuple[float, float]
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Slab:
    """One side of an interface.

    Parameters
    ----------
    crystal
        Name of the crystal.
    plane
        Plane in contact.
    cell_vectors
        Vectors of the common cell as lattice vectors [uvw] of this side.
    meshes
        Number of primitive meshes of the plane in that cell.
    principal_strains
        Principal strains in the plane.
    strain
        Strain tensor in the Cartesian frame of the crystal, three rows.
    n_planes
        Number of lattice planes.
    spacing
        Distance of the lattice planes in Å.
    thickness
        From the lowest to the highest atom, in Å.
    termination, back_termination
        Names of the terminations in contact and at the back.
    layers_in_contact
        Composition of the layer in contact.
    symmetric
        Whether an operation of the crystal maps one face onto the other.
    formula
        Chemical formula of the slab.
    stoichiometric
        Whether the slab has the composition of the crystal.
    charge
        Sum of formal charges in e; None if they are unknown.
    dipole
        Dipole moment along the normal in e Å, about the middle of the slab; None if formal charges
        are unknown.
    charges_from
        Source of the formal charges.
    parallel_vector
        Reciprocal vector in Å⁻¹ of the parallel lattice planes of the orientation relationship, in
        the frame of the interface; None without a relationship.
    groups
        Number of molecular groups by name, all of them whole.
    notes
        What a user should know of this slab.
    """

    crystal: str
    plane: str
    cell_vectors: tuple[Vector, Vector]
    meshes: int
    principal_strains: Pair
    strain: tuple[Vector, Vector, Vector]
    n_planes: int
    spacing: float
    thickness: float
    termination: str
    back_termination: str
    layers_in_contact: str
    symmetric: bool
    formula: str
    stoichiometric: bool
    charge: float | None
    dipole: float | None
    charges_from: str
    parallel_vector: Vector | None
    groups: dict[str, int]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Cut:
    """The slab of one side.

    Parameters
    ----------
    slab
        Its atoms.
    report
        Its description.
    side
        The crystal that it was cut from.
    """

    slab: Atoms
    report: Slab
    side: Side

    @cached_property
    def top(self) -> Face:
        """Its upper face."""
        return face_of(self.side, self.slab, top=True)

    @cached_property
    def bottom(self) -> Face:
        """Its lower face."""
        return face_of(self.side, self.slab, top=False)


def cut_side(
    side: Side,
    termination: int | str | None,
    *,
    symmetric: bool,
    neutral: bool,
    parallel: Plane | None = None,
) -> Cut:
    """Cut the slab of a side, compensate its charge, and describe it."""
    contact, back = side.cuts(termination, symmetric=symmetric)
    if symmetric and not side.is_ordered:
        species = side.species
        side = symmetrised(side, contact, back)
        vars(side)["species"] = species
    bottom, top = side.heights(contact, back)
    side.cell.atoms.set_array(MEMBER, np.arange(len(side.cell.atoms)), int)
    slab, groups = cut_whole(side, bottom, top)
    steps: tuple[str, ...] = ()
    if neutral and CHARGE in slab.arrays:
        slab, steps = without_charge(slab, side.cell, -1 if side.below else 1)
    charge, dipole = moments(slab) if CHARGE in slab.arrays else (None, None)
    counts = composition(slab)
    whole = round((top - bottom) / side.cell.spacing, 3)
    report = Slab(
        crystal=side.name,
        plane=str(side.plane),
        cell_vectors=(_vector(side.vectors[0]), _vector(side.vectors[1])),
        meshes=side.meshes,
        principal_strains=side.principal,
        strain=(_vector(side.strain[0]), _vector(side.strain[1]), _vector(side.strain[2])),
        n_planes=ceil(whole - 1e-3),
        spacing=side.cell.spacing,
        thickness=float(np.ptp(slab.positions[:, 2])),
        termination=contact.name,
        back_termination=back.name,
        layers_in_contact=contact.below if side.below else contact.above,
        symmetric=(symmetric or side.is_ordered) and back.number in _turned(side, contact),
        formula=Formula.from_dict(counts).format("hill"),
        stoichiometric=proportional(counts, side.contents),
        charge=charge,
        dipole=dipole,
        charges_from=side.charges[1],
        parallel_vector=None if parallel is None else side.reciprocal(parallel),
        groups=groups,
        notes=steps
        + slab_notes(side, counts, charge)
        + severed_corners(side, bottom, top)
        + _symmetry_notes(side, contact, back, symmetric=symmetric),
    )
    return Cut(slab, report, side)


def _vector(row: NDArray[np.float64]) -> Vector:
    """Three components as plain numbers."""
    x, y, z = (float(component) for component in row)
    return x, y, z


def _turned(side: Side, contact: Termination) -> set[int]:
    """Numbers of the terminations onto which operations of the crystal turn the one in contact."""
    return {back.number for back in side.partners.get(contact.number, ())}


def _symmetry_notes(
    side: Side, contact: Termination, back: Termination, *, symmetric: bool
) -> tuple[str, ...]:
    """Note on faces that are equivalent only without the strain."""
    kept = {cut.number for cut in side.kept_partners.get(contact.number, ())}
    if not symmetric or back.number in kept:
        return ()
    return (
        "the two faces are equivalent in the crystal, but no operation maps the strained cell onto "
        "itself",
    )
