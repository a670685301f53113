"""What the symmetry of a crystal makes equal."""

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.symmetry import symmetry_of

Permutations = NDArray[np.int64]


def key_of(values: NDArray[np.float64], permutations: Permutations, *, flip: bool) -> bytes:
    """Key that is the same for values that symmetry turns into each other."""
    images = np.nan_to_num(np.round(values, 4), nan=99.0)[permutations] + 0.0
    if flip:
        images = np.concatenate([images, 0.0 - images])
    return bytes(images[np.lexsort(images.T[::-1])[0]].tobytes())


def permutations_of(atoms: Atoms) -> Permutations:
    """How the operations of the crystal permute its atoms, shape (m, n)."""
    identity = np.arange(len(atoms))[None]
    periodic = atoms.copy()
    periodic.pbc = True
    try:
        symmetry = symmetry_of(periodic)
    except InvalidStructure:  # too large, so that equal orders may come twice
        return identity
    scaled = np.round(periodic.get_scaled_positions() % 1, 9) % 1
    tree = cKDTree(scaled, boxsize=np.ones(3))
    found = []
    for rotation, shift in zip(symmetry.rotations, symmetry.translations, strict=True):
        image = np.round((scaled @ rotation.T + shift) % 1, 9) % 1
        _, nearest = tree.query(image)
        if len(np.unique(nearest)) == len(atoms):
            found.append(nearest)
    return np.array(found) if found else identity
