"""Checks of what was read against what the file states: content, density, overlaps."""

from itertools import product

import gemmi
import numpy as np
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from ionsmith.bonding.elements import DALTON
from ionsmith.crystals.cif._file import number
from ionsmith.crystals.cif._sites import OVERFULL, OVERLAP
from ionsmith.crystals.formula import write_formula
from ionsmith.crystals.sites import SiteColumns, images
from ionsmith.lattice.operations import operation_arrays
from ionsmith.lattice.settings import Setting

Floats = NDArray[np.float64]

SAME_CONTENT, EXACT_CONTENT, NEAR_CONTENT = 0.02, 0.06, 0.1
"""Differences between sites and formula: relative and absolute (atoms per formula unit) ones that
rounding explains, and relative ones that are only noted."""

SAME_DENSITY = 0.05
"""Relative difference of densities and formula weights that deuterium or rounding explain."""

MOST_BOXES = 3e8
"""Largest number of boxes, of a byte each, into which a cell is divided."""

THINNEST = 1e-5
"""Density in g/cm³; a cell with less is not in Å."""


def check_content(
    content: dict[str, float], formula: dict[str, float], units: float | None
) -> list[str]:
    """Compare the sites with the formula of the file; small differences and missing H are noted.

    Raises
    ------
    ValueError
        If they differ by more than occupancies that were rounded or not refined.
    """
    elements = sorted((set(content) | set(formula)) - {"H"})
    if not formula or not elements:
        return []
    have = np.array([content.get(element, 0.0) for element in elements], dtype=float)
    want = np.array([formula.get(element, 0.0) for element in elements])
    factors = [units] if units else [float(have.sum() / want.sum())] if want.sum() else []
    whole = np.round(want)[abs(want - np.round(want)) < 1e-3]
    if units and not (whole % units).any():
        factors.append(1.0)  # some programs give the content of the whole cell as the formula
    off = [np.abs(have / factor - want) for factor in factors]
    per_unit = [have / factor for factor in factors]
    z = f" with Z = {units:g}" if units else ""
    words = (
        f"the sites hold {write_formula(content)} per cell, the formula is "
        f"{write_formula(formula)}{z}"
    )
    if any((gap <= EXACT_CONTENT + SAME_CONTENT * want).all() for gap in off):
        best = int(np.argmin([gap.max() for gap in off]))
        lost = formula.get("H", 0.0) - content.get("H", 0.0) / factors[best]
        return [words] if abs(lost) > EXACT_CONTENT + SAME_CONTENT * formula.get("H", 0.0) else []
    for gap, held in zip(off, per_unit, strict=True):
        if (gap <= np.maximum(NEAR_CONTENT * want, EXACT_CONTENT)).all() and len(held):
            return [words]
    raise ValueError(words)


def check_density(
    block: gemmi.cif.Block, content: dict[str, float], formula: dict[str, float], volume: float
) -> list[str]:
    """Compare density and formula weight with those of the file.

    Raises
    ------
    ValueError
        If the density is that of no crystal.
    """
    density = _mass(content) * DALTON / volume
    if density < THINNEST and volume > 1e6:
        raise ValueError(
            f"the density is {density:.1e} g/cm³, that of no crystal; are the cell edges in pm?"
        )
    notes = []
    stated = number(block, "_exptl_crystal_density_diffrn")
    if stated is not None and abs(density - stated) > SAME_DENSITY * stated:
        notes.append(f"the sites give {density:.3g} g/cm³, the file states {stated:g}")
    weight, own = number(block, "_chemical_formula_weight"), _mass(formula)
    if weight is not None and formula and abs(weight - own) > SAME_DENSITY * own:
        notes.append(f"{write_formula(formula)} weighs {own:.5g}, the file states {weight:g}")
    return notes


def _mass(amounts: dict[str, float]) -> float:
    """Mass of a composition in Da."""
    return sum(float(atomic_masses[atomic_numbers[e]]) * n for e, n in amounts.items())


def check_overlaps(sites: SiteColumns, setting: Setting, cell: Floats) -> None:
    """Refuse different sites on top of each other that are occupied at the same time."""
    own = sites.positions % 1.0
    near, which = own, np.arange(len(own))
    if len(setting.operations) > 1:
        operations = operation_arrays(map(gemmi.Op, setting.operations))
        near = images(own, *operations).reshape(-1, 3) % 1.0
        which = np.repeat(which, len(setting.operations))
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    crowded = _crowded(near, heights)
    if not crowded.any():
        return
    from scipy.spatial import cKDTree  # slow to import

    rows = np.unique(which[crowded])
    near, which = near[crowded], which[crowded]
    for axis, margin in enumerate(OVERLAP / heights):
        sides = [(near[:, axis] < margin, 1.0), (near[:, axis] > 1 - margin, -1.0)]
        move = np.eye(3)[axis]
        near, which = (
            np.concatenate([near, *(near[side] + shift * move for side, shift in sides)]),
            np.concatenate([which, *(which[side] for side, _ in sides)]),
        )
    tree = cKDTree(near @ cell, compact_nodes=False, balanced_tree=False)
    if len(setting.operations) == 1:
        numbers = which[tree.query_pairs(OVERLAP, output_type="ndarray")]
    else:
        other = cKDTree(own[rows] @ cell)
        pairs = other.sparse_distance_matrix(tree, OVERLAP, output_type="ndarray")
        numbers = np.stack([rows[pairs["i"]], which[pairs["j"]]], axis=1)
    numbers = np.sort(numbers[numbers[:, 0] != numbers[:, 1]], axis=1)
    for first, second in np.unique(numbers, axis=0).tolist():
        total = sum(sum(sites[row].occupancy.values()) for row in (first, second))
        if total > 1 + OVERFULL:
            raise ValueError(
                f"sites {sites[first].label} and {sites[second].label} are within {OVERLAP} Å of "
                f"each other and their occupancies sum to {total:.3g}"
            )


def _crowded(positions: Floats, heights: Floats) -> NDArray[np.bool_]:
    """Which of the positions in [0, 1) share a box as wide as an overlap, or touch a taken one."""
    counts = np.maximum(1, np.floor(heights / OVERLAP)).astype(np.int64)
    padded = counts + 2
    if np.prod(padded.astype(float)) > MOST_BOXES:
        return np.ones(len(positions), dtype=bool)
    box = np.minimum((positions * counts).astype(np.int64), counts - 1) + 1
    flat = (box[:, 0] * padded[1] + box[:, 1]) * padded[2] + box[:, 2]
    taken = np.zeros(padded, dtype=bool)
    taken.reshape(-1)[flat] = True
    for axis in range(3):  # the boxes beyond a face are those at the opposite one
        side = np.moveaxis(taken, axis, 0)
        side[0], side[-1] = side[-2], side[1]
    order = np.argsort(flat)
    same = np.flatnonzero(np.diff(flat[order]) == 0)
    crowded = np.zeros(len(flat), dtype=bool)
    crowded[order[same]] = crowded[order[same + 1]] = True
    for x, y, z in product((-1, 0, 1), repeat=3):
        if x or y or z:
            crowded |= taken.reshape(-1)[flat + (x * padded[1] + y) * padded[2] + z]
    return crowded
