"""The slab of one side of an interface, cut and described."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from ase import Atoms
from ase.formula import Formula

from ionsmith.bonding.molecular_groups import molecular_groups
from ionsmith.builders.interface._registry import CENTRAL, KIND
from ionsmith.builders.interface._result import Slab
from ionsmith.builders.interface._side import Side
from ionsmith.crystals.charges import composition
from ionsmith.errors import InvalidStructure
from ionsmith.lattice.cell_vectors import centring_noise
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.slabs import CHARGE, OrientedCell, cut_slab, moments
from ionsmith.surfaces.terminations import Termination

EXACT = 1e-3
"""Distance in Å to which files give coordinates: 0.3333 for a third, in a cell of 20 Å."""


def slab_report(
    side: Side, number: int | None, *, symmetric: bool, parallel: Plane | None = None
) -> tuple[Atoms, Slab]:
    """Cut the slab of a side, and say what it is."""
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
        formula=Formula.from_dict(counts).format("hill"),
        stoichiometric=_proportional(counts, bulk),
        charge=charge,
        dipole=dipole,
        charges_from=side.charges[1],
        parallel_vector=None if parallel is None else side.reciprocal(parallel),
        groups=groups,
        notes=_side_notes(side, counts, bulk, charge)
        + _symmetry_notes(side, contact, back, symmetric=symmetric),
    )


def whole_groups(slab: Atoms, centres: Sequence[str]) -> dict[str, int]:
    """Count the molecular groups around the atoms that were centres in the crystal.

    A metal ion at a face may be left with four neighbours, which makes no group of it.
    """
    held = slab.arrays[KIND] >= CENTRAL
    if not held.any():
        return {}
    found = molecular_groups(slab, centres)
    central = held[found.centre]
    counts: dict[str, int] = {}
    for name in sorted(np.array(found.names, dtype=str)[central].tolist()):
        counts[name] = counts.get(name, 0) + 1
    return counts


def _turned(side: Side, contact: Termination) -> set[int]:
    return {back.number for back in side.partners.get(contact.number, ())}


def _symmetry_notes(
    side: Side, contact: Termination, back: Termination, *, symmetric: bool
) -> tuple[str, ...]:
    kept = {cut.number for cut in side.kept_partners.get(contact.number, ())}
    if not symmetric or back.number in kept:
        return ()
    return ("its two faces are alike in the crystal alone: no operation keeps the strained cell",)


def _expected_groups(cell: OrientedCell, bottom: float, top: float) -> dict[str, int]:
    heights, period = cell.units.heights[: len(cell.groups)], cell.period
    images = np.floor((top - heights) / period) - np.floor((bottom - heights) / period)
    found: dict[str, int] = {}
    for name, inside in zip(cell.groups.names, images.astype(int).tolist(), strict=True):
        if inside:
            found[name] = found.get(name, 0) + inside
    return dict(sorted(found.items()))


def _proportional(one: dict[str, int], other: dict[str, int]) -> bool:
    total = sum(one.values()), sum(other.values())
    return set(one) == set(other) and all(
        one[element] * total[1] == other[element] * total[0] for element in one
    )


def _side_notes(
    side: Side, counts: dict[str, int], bulk: dict[str, int], charge: float | None
) -> tuple[str, ...]:
    notes = []
    if isinstance(side.phase, Atoms):
        noise = centring_noise(side.phase, side.lattice.symmetry)
        if noise > EXACT:
            notes.append(
                f"atoms that the lattice repeats are up to {noise:.2g} Å off in the structure "
                "given: one of each is taken for all"
            )
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
