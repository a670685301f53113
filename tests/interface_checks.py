"""Building interfaces in tests, and laying what was built on the crystals again."""

import numpy as np
from ase import Atoms
from scipy.spatial import cKDTree

from ionsmith.builders.interface import Interface
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.conversion import read_lattice
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import Match, find_matches

Phase = Crystal | Atoms


def best_match(
    substrate: Phase, film: Phase, planes: tuple[Plane, Plane], limits: Limits, **options: object
) -> Match:
    crystals = read_lattice(substrate), read_lattice(film)
    return find_matches(*crystals, limits, contact=planes, limit=1, **options).matches[0]  # type: ignore[arg-type]


def deformation(interface: Interface, side: int) -> np.ndarray:
    """Rebuild what takes the crystal to the interface, from the result alone."""
    said = interface.atoms.info["ionsmith"]["steps"][-1]["parameters"]
    strains = [np.eye(3) + np.array(said[name]["strain"]) for name in ("substrate", "film")]
    turned = [strains[0], np.array(said["rotation"]) @ strains[1]]
    cell = load(interface.substrate.crystal).cell
    a, b = np.array(interface.substrate.cell_vectors) @ cell @ strains[0].T
    normal = np.cross(a, b) / np.linalg.norm(np.cross(a, b))
    along = a / np.linalg.norm(a)
    return np.array([along, np.cross(normal, along), normal]) @ turned[side]


def off_the_crystal(
    atoms: Atoms, crystal: Crystal, matrix: np.ndarray, tolerance: float = 1e-6
) -> float:
    """How far atoms are from those of a crystal, laid on them by its best origin."""
    expanded = crystal.expand()
    species = np.array([set(crystal.sites[i].occupancy) for i in expanded.site_index], dtype=object)
    back = atoms.positions @ np.linalg.inv(matrix).T @ np.linalg.inv(crystal.cell)
    symbols = atoms.get_chemical_symbols()
    tree = cKDTree(expanded.positions % 1.0 % 1.0, boxsize=1.0)
    worst = np.inf
    for place, allowed in zip(expanded.positions, species, strict=True):
        if symbols[0] not in allowed:
            continue
        moved = (back + place - back[0]) % 1.0 % 1.0
        _, nearest = tree.query(moved)
        delta = moved - expanded.positions[nearest]
        apart = np.linalg.norm((delta - np.round(delta)) @ crystal.cell, axis=1)
        fits = all(s in species[k] for s, k in zip(symbols, nearest, strict=True))
        if fits:
            worst = min(worst, float(apart.max()))
        if worst < tolerance:
            break
    return worst
