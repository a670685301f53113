"""The slab of one side of an interface, and its description."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from ase import Atoms
from ase.formula import Formula
from numpy.typing import NDArray

from ionsmith.bonding.molecular_groups import CENTRES, molecular_groups
from ionsmith.builders.interface._side import Side
from ionsmith.crystals.charges import composition
from ionsmith.errors import InvalidStructure
from ionsmith.lattice.cell_vectors import centring_noise
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.slabs import CENTRAL, CHARGE, KIND, OrientedCell, cut_slab, moments
from ionsmith.surfaces.terminations import Termination

EXACT = 1e-3
"""Precision in Å of coordinates in files: 0.3333 for a third, in a cell of 20 Å."""

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


def slab_report(
    side: Side, termination: int | str | None, *, symmetric: bool, parallel: Plane | None = None
) -> tuple[Atoms, Slab]:
    """Cut the slab of a side, and describe it."""
    contact, back = side.cuts(termination, symmetric=symmetric)
    bottom, top = side.heights(contact, back)
    slab = cut_slab(side.cell, bottom, top)
    groups = whole_groups(slab, side.groups)
    expected = _expected_groups(side.cell, bottom, top)
    if groups != expected:
        raise InvalidStructure(
            f"cutting {side.name} {side.plane} left the molecular groups {groups} instead of "
            f"{expected}: name the centres of the groups in `groups`, or none"
        )
    charge, dipole = moments(slab) if CHARGE in slab.arrays else (None, None)
    counts = composition(slab)
    bulk = composition(side.bulk)
    whole = round((top - bottom) / side.cell.spacing, 3)
    return slab, Slab(
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
        symmetric=back.number in _turned(side, contact),
        formula=Formula.from_dict(counts).format("hill"),
        stoichiometric=_proportional(counts, bulk),
        charge=charge,
        dipole=dipole,
        charges_from=side.charges[1],
        parallel_vector=None if parallel is None else side.reciprocal(parallel),
        groups=groups,
        notes=_side_notes(side, counts, bulk, charge)
        + side.severed_corners(bottom, top)
        + _symmetry_notes(side, contact, back, symmetric=symmetric),
    )


def whole_groups(slab: Atoms, centres: Sequence[str] | None) -> dict[str, int]:
    """Count the molecular groups around the atoms that were centres in the crystal.

    Metal ions at a face that are left with four neighbours do not count.
    """
    central = slab.arrays[KIND] >= CENTRAL
    if not central.any():
        return {}
    groups = molecular_groups(slab, CENTRES if centres is None else centres)
    names = np.array(groups.names, dtype=str)[central[groups.centre]]
    return dict(sorted(Counter(names.tolist()).items()))


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


def _expected_groups(cell: OrientedCell, bottom: float, top: float) -> dict[str, int]:
    """Molecular groups between two cuts."""
    heights, period = cell.units.heights[: len(cell.groups)], cell.period
    images = np.floor((top - heights) / period) - np.floor((bottom - heights) / period)
    counts: Counter[str] = Counter()
    for name, inside in zip(cell.groups.names, images.astype(int).tolist(), strict=True):
        counts[name] += inside
    return {name: count for name, count in sorted(counts.items()) if count}


def _proportional(counts: dict[str, int], bulk: dict[str, int]) -> bool:
    """Whether two compositions are the same but for their size."""
    n, n_bulk = sum(counts.values()), sum(bulk.values())
    return set(counts) == set(bulk) and all(
        counts[element] * n_bulk == bulk[element] * n for element in counts
    )


def _side_notes(
    side: Side, counts: dict[str, int], bulk: dict[str, int], charge: float | None
) -> tuple[str, ...]:
    """What a user should know of a slab."""
    notes = []
    if isinstance(side.phase, Atoms):
        noise = centring_noise(side.phase, side.lattice.symmetry)
        if noise > EXACT:
            notes.append(
                f"atoms that are equivalent by lattice translations deviate by up to {noise:.2g} Å "
                "in the given structure: one of each set is used for all"
            )
    if not side.is_ordered:
        deviating = ", ".join(
            f"{element} {bulk.get(element, 0)} instead of {average:.2f}"
            for element, average in side.average.items()
            if abs(bulk.get(element, 0) - average) > 0.005
        )
        notes.append(
            "partial occupancies are ordered in the cell of the slab"
            + (f", with the nearest neutral numbers of atoms ({deviating})" if deviating else "")
        )
    if not _proportional(counts, bulk):
        share = min(counts.get(element, 0) / number for element, number in bulk.items())
        excess = {e: n - share * bulk[e] for e, n in counts.items() if n - share * bulk[e] > 1e-6}
        listed = ", ".join(f"{number:g} {element}" for element, number in excess.items())
        shared = "; groups that shared a ligand across the cut keep one each"
        notes.append(
            f"excess over the composition of the crystal: {listed}"
            + (shared if side.cell.groups else "")
        )
    if charge:
        notes.append(f"the slab has an uncompensated charge of {charge:+g} e")
    return tuple(notes)
