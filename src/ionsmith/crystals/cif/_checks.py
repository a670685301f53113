"""Checks of what was read against what the file states: content, density, overlaps."""

from collections import Counter, defaultdict
from operator import attrgetter

import gemmi
import numpy as np
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from ionsmith.bonding.elements import DALTON
from ionsmith.crystals.cif._file import number
from ionsmith.crystals.cif._sites import OVERFULL, OVERLAP
from ionsmith.crystals.formula import write_formula
from ionsmith.crystals.sites import Site, images, multiplicity
from ionsmith.lattice.operations import operation_arrays
from ionsmith.lattice.settings import Setting

Floats = NDArray[np.float64]

SAME_CONTENT, EXACT_CONTENT, NEAR_CONTENT = 0.02, 0.06, 0.1
"""Differences between sites and formula: relative and absolute (atoms per formula unit) ones that
rounding explains, and relative ones that are only noted."""

SAME_DENSITY = 0.05
"""Relative difference of densities and formula weights that deuterium or rounding explain."""

THINNEST = 1e-5
"""Density in g/cm³; a cell with less is not in Å."""


def content_of(sites: list[Site]) -> dict[str, float]:
    """Atoms of each element in the cell."""
    shares = list(map(attrgetter("occupancy"), sites))
    held = dict(zip(map(id, shares), shares, strict=True))
    kinds = Counter(zip(map(attrgetter("wyckoff"), sites), map(id, shares), strict=True))
    content: defaultdict[str, float] = defaultdict(float)
    for (wyckoff, key), count in kinds.items():
        for element, occupancy in held[key].items():
            content[element] += occupancy * count * multiplicity(wyckoff)
    return dict(content)


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
    # Some programs give the content of the whole cell as the formula.
    factors = [units, 1.0] if units else [float(have.sum() / want.sum())] if want.sum() else []
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


def check_overlaps(sites: list[Site], setting: Setting, cell: Floats) -> None:
    """Refuse different sites on top of each other that are occupied at the same time."""
    from scipy.spatial import cKDTree  # slow to import

    own = np.array([site.position for site in sites]) % 1.0
    near, which = own, np.arange(len(own))
    if len(setting.operations) > 1:
        operations = operation_arrays(map(gemmi.Op, setting.operations))
        near = images(own, *operations).reshape(-1, 3) % 1.0
        which = np.repeat(which, len(setting.operations))
    heights = np.abs(np.linalg.det(cell)) / np.linalg.norm(
        np.cross(cell[[1, 2, 0]], cell[[2, 0, 1]]), axis=1
    )
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
        pairs = cKDTree(own @ cell).sparse_distance_matrix(tree, OVERLAP, output_type="ndarray")
        numbers = np.stack([pairs["i"], which[pairs["j"]]], axis=1)
    numbers = np.sort(numbers[numbers[:, 0] != numbers[:, 1]], axis=1)
    for first, second in np.unique(numbers, axis=0).tolist():
        total = sum(sites[first].occupancy.values()) + sum(sites[second].occupancy.values())
        if total > 1 + OVERFULL:
            raise ValueError(
                f"sites {sites[first].label} and {sites[second].label} are within {OVERLAP} Å of "
                f"each other and their occupancies sum to {total:.3g}"
            )
