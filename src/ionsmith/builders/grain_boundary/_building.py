"""Stacking both grains, removing what overlaps, and describing the model."""

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders._cutting import proportional
from ionsmith.builders._overlaps import (
    Limits,
    contents,
    counted,
    formula_of,
    left_over,
    surplus_ions,
    unit_charges,
)
from ionsmith.builders.grain_boundary._bicrystal import UNIT, Bicrystal
from ionsmith.builders.grain_boundary._result import BoundaryShift, GrainBoundary
from ionsmith.builders.grain_boundary._search import described
from ionsmith.crystals.charges import composition
from ionsmith.errors import InvalidInput
from ionsmith.surfaces.slabs import CHARGE, KIND

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def ranked_shifts(bicrystal: Bicrystal, meet: str | None) -> tuple[BoundaryShift, ...]:
    """Inequivalent shifts, the best first."""
    number = None if meet is None else atomic_numbers.get(meet)
    if meet is not None and number not in bicrystal.lower.numbers:
        raise InvalidInput(f"`meet` is {meet}, of which the crystal has no atoms")
    ranks = []
    for shares, contact, copies in bicrystal.shifts():
        gone = bicrystal.upper[~left_over(bicrystal.upper.arrays[UNIT], contact.overlapping)]
        unlike = not proportional(composition(gone), composition(bicrystal.crystals[0].bulk))
        facing = bicrystal.facing(number, contact) if number else 0.0
        shift = BoundaryShift(
            shares, len(contact.overlapping), contact.closest, contact.contacts, copies
        )
        rank = -round(facing, 3), len(gone) > 0 and unlike, -round(contact.contacts, 3), shares
        ranks.append((rank, shift))
    return tuple(shift for _, shift in sorted(ranks, key=lambda item: item[0]))


def built(
    bicrystal: Bicrystal, shares: tuple[float, float], vacuum: float, neutral: bool
) -> GrainBoundary:
    """Stack the grains, remove what overlaps, and describe the model."""
    pair, crystal = bicrystal.pair, bicrystal.crystals[0]
    shift = np.array(shares) @ pair.shift_cell
    atoms, overlapping, heights, equivalent = stacked(bicrystal, shift, vacuum)
    units = atoms.arrays[UNIT]
    kind, names = contents(atoms.numbers, units)
    removed = counted(kind, names, overlapping)
    gone = overlapping
    surplus: dict[str, int] = {}
    if neutral:
        extra = _surplus(atoms, kind, names, overlapping, heights)
        surplus = counted(kind, names, extra)
        gone = np.concatenate([gone, extra])
    atoms = atoms[left_over(units, gone)]
    check_contacts(Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True))
    charge = round(float(atoms.arrays[CHARGE].sum()), 6) + 0.0 if CHARGE in atoms.arrays else None
    counts = composition(atoms)
    stoichiometric = proportional(counts, composition(crystal.bulk))
    closest = _closest(atoms)
    for name in (CHARGE, KIND, UNIT, "contact_kind"):
        if name in atoms.arrays:
            del atoms.arrays[name]
    words = np.array(["grain-1", "grain-2"])
    atoms.set_array("part", words[atoms.arrays["grain"] - 1])
    notes = [*((crystal.lattice.note,) if crystal.lattice.note else ())]
    if not crystal.is_ordered:
        notes.append("partial occupancies are ordered in each grain")
    if not vacuum and not equivalent:
        notes.append(
            "the two boundaries are not equivalent: an energy is the mean of both; `vacuum` gives "
            "one alone"
        )
    if pair.strain > 1e-6:
        notes.append(f"the second grain is strained by up to {pair.strain:.2%} in the boundary")
    if not stoichiometric:
        notes.append("the composition is not that of the crystal")
    if charge:
        notes.append(
            f"the model has a charge of {charge:+g} e; `neutral` removes surplus ions at the "
            "boundaries"
        )
    result = GrainBoundary(
        atoms=atoms,
        crystal=crystal.name,
        boundary=described(pair),
        cell_vectors=(_vector(pair.vectors[0, 0]), _vector(pair.vectors[0, 1])),
        terminations=bicrystal.faces,
        shift=shares,
        shift_cell=plane_vectors(pair.shift_cell),
        n_boundaries=len(heights),
        heights=tuple(float(height) for height in heights),
        equivalent=None if vacuum else equivalent,
        thickness=(bicrystal.height(0), bicrystal.height(0 if pair.is_symmetric else 1)),
        vacuum=vacuum,
        overlap=bicrystal.overlap,
        removed=removed,
        surplus=surplus,
        closest=closest,
        formula=formula_of(counts),
        stoichiometric=stoichiometric,
        charge=charge,
        charges_from=crystal.charges[1],
        notes=tuple(notes),
    )
    provenance.record(
        atoms,
        "build grain-boundary",
        {
            "crystal": result.crystal,
            "planes": list(result.boundary.planes),
            "rotation": pair.rotation.round(9).tolist(),
            "cell_vectors": result.cell_vectors,
            "terminations": list(result.terminations),
            "shift": list(shares),
            "thickness": list(result.thickness),
            "gap": bicrystal.gap,
            "vacuum": vacuum,
            "overlap": bicrystal.overlap,
            "removed": removed,
            "surplus": surplus,
            "ordering": None if bicrystal.ordering is None else bicrystal.ordering,
            "seed": bicrystal.seed,
        },
    )
    provenance.start_lineage(atoms)
    return result


def _surplus(
    atoms: Atoms, kind: Integers, names: list[str], overlapping: Integers, heights: Floats
) -> Integers:
    """Units whose removal makes the model neutral, nearest to the boundaries."""
    if CHARGE not in atoms.arrays:
        raise InvalidInput("formal charges are unknown: `neutral` has nothing to go by")
    units = atoms.arrays[UNIT]
    away = abs(atoms.positions[:, 2, None] - heights)
    if len(heights) == 2:
        away = np.minimum(away, abs(atoms.cell.array[2, 2] - away))
    depth = np.full(len(kind), np.inf)
    np.minimum.at(depth, units[:, 0], away.min(axis=1))
    left = np.setdiff1d(np.arange(len(kind)), overlapping)
    charges = atoms.arrays[CHARGE]
    excess = float(charges[left_over(units, overlapping)].sum())
    return surplus_ions(names, kind, unit_charges(units, charges), left, depth, excess)


def _closest(atoms: Atoms) -> float:
    """Shortest distance in Å of two atoms of different grains."""
    grain = atoms.arrays["grain"]
    for reach in (3.5, 8.0):
        pairs = neighbour_list(atoms, reach)
        across = pairs.distances[grain[pairs.first] != grain[pairs.second]]
        if len(across):
            return float(across.min())
    return reach


def _vector(row: Floats) -> tuple[float, float, float]:
    """Three components as plain numbers."""
    x, y, z = (float(component) for component in row)
    return x, y, z


def plane_vectors(rows: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two vectors in a plane as plain numbers."""
    (a, b), (c, d) = (np.round(rows, 9) + 0.0).tolist()
    return (a, b), (c, d)


def stacked(
    bicrystal: Bicrystal, shift: Floats, vacuum: float
) -> tuple[Atoms, Integers, Floats, bool]:
    """Put the grains on each other.

    Returns
    -------
    atoms
        Both grains with the arrays ``grain`` and :data:`UNIT`.
    overlapping
        Units of the second grain that overlap with the first, and in a symmetric boundary those of
        the first grain at the second boundary.
    boundaries
        Heights of the boundaries in Å, shape (1,) or (2,).
    equivalent
        Whether two boundaries are equivalent.
    """
    lower, upper = bicrystal.lower.copy(), bicrystal.upper.copy()
    upper.positions[:, :2] += shift
    upper.positions[:, 2] += bicrystal.gap
    units = upper.arrays[UNIT]
    units[units >= 0] += int(lower.arrays[UNIT].max()) + 1
    for number, grain in enumerate((lower, upper)):
        grain.set_array("grain", np.full(len(grain), number + 1), int)
    atoms: Atoms = lower + upper
    third, equivalent = bicrystal.repeat(shift)
    boundaries = bicrystal.gap / 2 + np.array([0.0, bicrystal.height(1) + bicrystal.gap])
    base = bicrystal.height(0) + bicrystal.gap / 2
    if vacuum:
        z = atoms.positions[:, 2]
        third = np.array([0.0, 0.0, float(np.ptp(z)) + vacuum])
        boundaries, base, equivalent = boundaries[:1], vacuum / 2 - float(z.min()), False
    cell = np.zeros((3, 3))
    cell[:2, :2], cell[2] = bicrystal.pair.cell, third
    atoms.set_cell(cell)
    atoms.pbc = (True, True, not vacuum)
    atoms.positions[:, 2] += base
    fractional = atoms.positions @ np.linalg.inv(cell)
    fractional[:, :2] -= np.floor(fractional[:, :2] + 1e-9)
    atoms.positions = fractional @ cell
    boundaries = boundaries + base
    # An inversion keeps each grain on its side of both boundaries; a half turn exchanges them.
    turned = bicrystal.pair.is_symmetric
    overlapping = _overlapping(atoms, bicrystal.limits, boundaries if turned else boundaries[:1])
    return atoms, overlapping, boundaries, equivalent


def _overlapping(atoms: Atoms, limits: Limits, boundaries: Floats) -> Integers:
    """Units of the second grain that overlap, of the first one nearer to a second boundary."""
    pairs = neighbour_list(atoms, limits.reach)
    grain, kind = atoms.arrays["grain"], limits.row(atoms.arrays["contact_kind"])
    across = grain[pairs.first] < grain[pairs.second]
    first, second = pairs.first[across], pairs.second[across]
    close = pairs.distances[across] < (1 - 1e-6) * limits.table[kind[first], kind[second]]
    first, second = first[close], second[close]
    rise = pairs.shifts[across][close][:, 2] * atoms.cell.array[2, 2]
    middle = (atoms.positions[first, 2] + atoms.positions[second, 2] + rise) / 2
    away = abs(middle[:, None] - boundaries)
    away = np.minimum(away, abs(atoms.cell.array[2, 2] - away))
    upper = np.where(away.argmin(axis=1) == 0, second, first)
    units = np.unique(atoms.arrays[UNIT][upper])
    return units[units >= 0]
