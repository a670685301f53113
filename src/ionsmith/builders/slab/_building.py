"""One slab: cut, compensated, described."""

from math import ceil
from typing import Any

import numpy as np
from ase import Atoms
from ase.formula import Formula

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts
from ionsmith.builders._compensation import neutralised
from ionsmith.builders._cutting import cut_whole, proportional, severed_corners, slab_notes
from ionsmith.builders._lost_bonds import MEMBER
from ionsmith.builders.slab._passivation import passivated
from ionsmith.builders.slab._result import Slab
from ionsmith.crystals.charges import composition
from ionsmith.errors import InvalidStructure
from ionsmith.lattice.symmetry import symmetry_of
from ionsmith.surfaces.cut_crystal import CutCrystal
from ionsmith.surfaces.polarity import NEUTRAL, surface_charges, tasker_type
from ionsmith.surfaces.slabs import CHARGE, KIND, cut_slab, freeze_back, moments
from ionsmith.surfaces.symmetric_ordering import symmetrised
from ionsmith.surfaces.terminations import Termination, severed_bonds

MOST_ATOMS = 5000
"""Largest slab whose symmetry is determined from its atoms; the time grows as their square."""


def built(
    crystal: CutCrystal,
    termination: int | str | None,
    *,
    symmetric: bool,
    stoichiometric: bool,
    nonpolar: bool,
    neutral: bool,
    passivate: bool,
    vacuum: float,
    freeze: float | str,
) -> Slab:
    """Cut, compensate and describe a slab."""

    def fits(face: Termination, back: Termination) -> bool:
        ends = crystal.heights(face, back)
        return (not stoichiometric or _keeps_composition(crystal, *ends)) and (
            not nonpolar or _has_no_field(crystal, face, back)
        )

    conditions = fits if stoichiometric or nonpolar else None
    wanted = {"stoichiometric": stoichiometric, "nonpolar": nonpolar}
    fitting = " ".join(word for word, asked in wanted.items() if asked)
    face, back = crystal.cuts(termination, symmetric=symmetric, fits=conditions, fitting=fitting)
    if symmetric and not crystal.is_ordered:
        crystal = symmetrised(crystal, face, back)
    bottom, top = crystal.heights(face, back)
    cell = crystal.cell
    cell.atoms.set_array(MEMBER, np.arange(len(cell.atoms)), int)
    slab, groups = cut_whole(crystal, bottom, top)
    steps: tuple[str, ...] = ()
    if passivate:
        slab, steps = passivated(slab, cell)
    if neutral:
        slab, done = neutralised(slab, cell, bottom, top)
        steps = (*steps, *done)
    n_hydrogen = int((slab.arrays[MEMBER] < 0).sum())
    charge, dipole = moments(slab) if CHARGE in slab.arrays else (None, None)
    slab = slab[np.lexsort((np.arange(len(slab)), np.round(slab.positions[:, 2], 4)))]
    z = slab.positions[:, 2]
    slab.positions[:, 2] += vacuum / 2 - z.min()
    vectors = slab.cell.array.copy()
    vectors[2] = (0, 0, float(np.ptp(z)) + vacuum)
    slab.set_cell(vectors)
    check_contacts(Atoms(slab.numbers, slab.positions, cell=vectors, pbc=True))
    counts = composition(slab)
    n_frozen = freeze_back(slab, len(slab), freeze, crystal.spacing)
    for name in (CHARGE, KIND, MEMBER):
        if name in slab.arrays:
            del slab.arrays[name]
    heights = [cut.height for cut in crystal.terminations]
    fields = surface_charges(crystal.reference, [face.height])
    left = slab_notes(crystal, counts, None if charge is None else charge)
    polar = charge is not None and abs(charge) < 1e-4 and _is_polar(crystal, dipole, top - bottom)
    if polar:
        left = (*left, f"the slab is polar, with a dipole of {dipole:+.2f} e Å along its normal")
    result = Slab(
        atoms=slab,
        crystal=crystal.name,
        plane=str(crystal.plane),
        cell_vectors=(_vector(crystal.vectors[0]), _vector(crystal.vectors[1])),
        area=cell.area,
        n_planes=ceil(round((top - bottom) / crystal.spacing, 3) - 1e-3),
        spacing=crystal.spacing,
        thickness=float(np.ptp(z)),
        vacuum=vacuum,
        termination=face.name,
        back_termination=back.name,
        formula=Formula.from_dict(counts).format("hill"),
        stoichiometric=proportional(counts, crystal.contents),
        symmetric=_turns_over(slab, crystal.lattice.symmetry.symprec)
        if len(slab) <= MOST_ATOMS
        else symmetric and not steps,
        groups=groups,
        tasker=tasker_type(crystal.reference, heights),
        charge=charge,
        dipole=dipole if charge is not None and abs(charge) < 1e-4 else None,
        surface_charge=None if fields is None else float(fields[0]) + 0.0,
        charges_from=crystal.charges[1],
        severed=face.severed or 0.0,
        severed_bonds=severed_bonds(cell, top),
        n_frozen=n_frozen,
        n_hydrogen=n_hydrogen,
        compensation=steps,
        notes=(
            *((crystal.lattice.note,) if crystal.lattice.note else ()),
            *left,
            *severed_corners(crystal, bottom, top),
        ),
    )
    if polar and not crystal.is_ordered and face.number == back.number and not steps:
        polar = fields is None or abs(float(fields[0])) > NEUTRAL  # not that of the ordering alone
    _remember(
        result,
        crystal,
        symmetric=symmetric,
        neutral=neutral,
        passivate=passivate,
        equivalent_faces=result.symmetric,
        polar=polar or bool(charge),
    )
    return result


def _keeps_composition(crystal: CutCrystal, bottom: float, top: float) -> bool:
    """Whether a slab between two heights has the composition of the crystal."""
    slab = cut_slab(crystal.cell, bottom, top)
    return proportional(composition(slab), crystal.contents)


def _has_no_field(crystal: CutCrystal, face: Termination, back: Termination) -> bool:
    """Whether a slab between two cuts has neither charge nor dipole."""
    ends = crystal.heights(face, back)
    slab = cut_slab(crystal.cell, *ends)
    if CHARGE not in slab.arrays:
        return len(set(slab.numbers.tolist())) == 1
    charge, dipole = moments(slab)
    if back.number == face.number:  # of the average crystal: ordering makes a dipole of its own
        charges = surface_charges(crystal.reference, [face.height])
        polar = charges is None or abs(charges[0]) > NEUTRAL
    else:
        polar = _is_polar(crystal, dipole, ends[1] - ends[0])
    return abs(charge) < 1e-4 and not polar


def _is_polar(crystal: CutCrystal, dipole: float | None, height: float) -> bool:
    """Whether a dipole in e Å is one of charged surfaces."""
    return dipole is not None and abs(dipole) > NEUTRAL * crystal.cell.area * height


def _turns_over(slab: Atoms, symprec: float) -> bool:
    """Whether an operation of a slab turns it over."""
    repeated = Atoms(slab.numbers, slab.positions, cell=slab.cell, pbc=True)
    try:
        rotations = symmetry_of(repeated, symprec).rotations
    except InvalidStructure:
        return False
    return bool((rotations[:, 2, 2] == -1).any())


def _vector(row: np.ndarray) -> tuple[float, float, float]:
    """Three components as plain numbers."""
    x, y, z = (float(component) for component in row)
    return x, y, z


def _remember(result: Slab, crystal: CutCrystal, **asked: Any) -> None:
    """Record the provenance of a slab."""
    parameters = {
        "crystal": result.crystal,
        "plane": result.plane,
        "cell_vectors": result.cell_vectors,
        "n_planes": result.n_planes,
        "termination": result.termination,
        "back_termination": result.back_termination,
        "vacuum": result.vacuum,
        "n_frozen": result.n_frozen,
        "compensation": list(result.compensation),
        "groups": None if crystal.groups is None else list(crystal.groups),
        "ordering": None if crystal.ordering is None else [crystal.ordering, crystal.seed],
        **asked,
    }
    provenance.record(result.atoms, "build slab", parameters)
    provenance.start_lineage(result.atoms)
