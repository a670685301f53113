"""What all builders of slabs share: whole groups, and what a user should know of a slab."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.molecular_groups import CENTRES, molecular_groups
from ionsmith.builders._lost_bonds import MEMBER, rises
from ionsmith.errors import InvalidStructure
from ionsmith.lattice.cell_vectors import centring_noise
from ionsmith.surfaces.cut_crystal import CutCrystal
from ionsmith.surfaces.slabs import CENTRAL, KIND, OrientedCell, cut_slab
from ionsmith.surfaces.terminations import severed_bonds

EXACT = 1e-3
"""Precision in Å of coordinates in files: 0.3333 for a third, in a cell of 20 Å."""


def cut_whole(crystal: CutCrystal, bottom: float, top: float) -> tuple[Atoms, dict[str, int]]:
    """Cut a slab between two heights in Å; return it with its molecular groups, all whole."""
    slab = cut_slab(crystal.cell, bottom, top)
    groups = _whole_groups(slab, crystal)
    cell = crystal.cell
    expected = _counted(cell.groups.names, cell.units.of_group, cell, bottom, top)
    if groups != expected:
        raise InvalidStructure(
            f"cutting {crystal.name} {crystal.plane} left the molecular groups {groups} instead of "
            f"{expected}: name the centres of the groups in `groups`, or none"
        )
    units = np.unique(cell.units.of_group)
    names = [cell.units.names[unit] for unit in units.tolist()]
    return slab, _counted(names, units, cell, bottom, top)


def _whole_groups(slab: Atoms, crystal: CutCrystal) -> dict[str, int]:
    """Count the molecular groups around the atoms that were centres in the crystal.

    Metal ions at a face that are left with four neighbours do not count.
    """
    if not (slab.arrays[KIND] >= CENTRAL).any():
        return {}
    part, copies = _one_mesh(slab, crystal)
    groups = molecular_groups(part, CENTRES if crystal.groups is None else crystal.groups)
    central = part.arrays[KIND][groups.centre] >= CENTRAL
    names = np.array(groups.names, dtype=str)[central]
    return {name: copies * count for name, count in sorted(Counter(names.tolist()).items())}


def _one_mesh(slab: Atoms, crystal: CutCrystal) -> tuple[Atoms, int]:
    """Atoms of a slab in the smallest mesh of its plane, and how many meshes there are."""
    mesh = crystal.repeat
    copies = 1 if mesh is None else round(crystal.cell.area / abs(float(np.linalg.det(mesh))))
    if mesh is None or copies == 1 or MEMBER not in slab.arrays:
        return slab, 1
    rise = rises(slab, crystal.cell)
    place = slab.arrays[MEMBER] // copies * (np.ptp(rise) + 1) + rise
    _, first, counts = np.unique(place, return_index=True, return_counts=True)
    if (counts != copies).any():
        return slab, 1
    part = slab[np.asarray(first)]
    part.cell[:2, :2] = mesh
    return part, copies


def _counted(
    names: Sequence[str], units: NDArray[np.int64], cell: OrientedCell, bottom: float, top: float
) -> dict[str, int]:
    """Count what belongs to units between two cuts, by name."""
    heights, period = cell.units.heights[units], cell.period
    images = np.floor((top - heights) / period) - np.floor((bottom - heights) / period)
    counts: Counter[str] = Counter()
    for name, inside in zip(names, images.astype(int).tolist(), strict=True):
        counts[name] += inside
    return {name: count for name, count in sorted(counts.items()) if count}


def proportional(counts: dict[str, int], bulk: dict[str, int]) -> bool:
    """Whether two compositions are the same but for their size."""
    n, n_bulk = sum(counts.values()), sum(bulk.values())
    return set(counts) == set(bulk) and all(
        counts[element] * n_bulk == bulk[element] * n for element in counts
    )


def slab_notes(
    crystal: CutCrystal, counts: dict[str, int], charge: float | None
) -> tuple[str, ...]:
    """What a user should know of a slab."""
    notes, bulk = [], crystal.contents
    if isinstance(crystal.phase, Atoms):
        noise = centring_noise(crystal.phase, crystal.lattice.symmetry)
        if noise > EXACT:
            notes.append(
                f"atoms that are equivalent by lattice translations deviate by up to {noise:.2g} Å "
                "in the given structure: one of each set is used for all"
            )
    if not crystal.is_ordered:
        deviating = ", ".join(
            f"{element} {bulk.get(element, 0)} instead of {average:.2f}"
            for element, average in crystal.average.items()
            if abs(bulk.get(element, 0) - average) > 0.005
        )
        notes.append(
            "partial occupancies are ordered in the cell of the slab"
            + (f", with the nearest neutral numbers of atoms ({deviating})" if deviating else "")
        )
    if not proportional(counts, bulk):
        share = min(counts.get(element, 0) / number for element, number in bulk.items())
        excess = {
            element: more
            for element, n in counts.items()
            if (more := n - share * bulk.get(element, 0)) > 1e-6
        }
        listed = ", ".join(f"{number:g} {element}" for element, number in excess.items())
        member = crystal.cell.units.member.tolist()
        shared = "; groups that shared a ligand across the cut keep one each"
        notes.append(
            f"excess over the composition of the crystal: {listed}"
            + (shared if len(set(member)) < len(member) else "")
        )
    if charge:
        notes.append(f"the slab has an uncompensated charge of {charge:+g} e")
    return tuple(notes)


def severed_corners(crystal: CutCrystal, bottom: float, top: float) -> tuple[str, ...]:
    """Note on the corners of a framework that cuts at two heights in Å sever, if there is one."""
    if crystal.groups is not None:
        return ()
    every = crystal.cell.every
    names = sorted(set(every.names) - set(crystal.cell.groups.names))
    if not names:
        return ()
    central = set(crystal.bulk.symbols[every.centre]) - set(
        crystal.bulk.symbols[crystal.cell.groups.centre]
    )
    faces = [
        {
            pair: count
            for pair, count in severed_bonds(crystal.cell, height).items()
            if pair.partition("–")[0] in central
        }
        for height in (top, bottom)
    ]
    counts = [", ".join(f"{n} {pair}" for pair, n in face.items()) or "no" for face in faces]
    return (
        f"{', '.join(names)} form a framework that is cut: {counts[0]} bonds are severed at "
        f"the top, {counts[1]} at the bottom",
    )
