"""pymatgen's CrystalNN as a bond criterion.

Zimmermann and Jain (2020), doi:10.1039/c9ra07755c; Pan et al. (2021),
doi:10.1021/acs.inorgchem.0c02996. Used as it comes, without oxidation states, which an
:class:`ase.Atoms` does not hold; a margin shifts both of its distance cutoffs.
"""

import warnings

import numpy as np
from ase import Atoms

from ionsmith.errors import InvalidCriterion
from ionsmith.geometry.neighbours import NeighbourList


def crystalnn_pairs(atoms: Atoms, margin: float = 0.0) -> NeighbourList:
    """Return the neighbours that CrystalNN lists for each atom.

    Parameters
    ----------
    atoms
        The structure, periodic along all axes.
    margin
        In Å, added to the distance cutoffs (0.5 and 1 Å beyond the radii sum).

    Returns
    -------
    NeighbourList
        Unsorted, and not symmetric.

    Raises
    ------
    InvalidCriterion
        For a structure that is not periodic along all axes.
    """
    if not atoms.pbc.all():
        raise InvalidCriterion(
            "CrystalNN needs a structure that is periodic along all axes; take the criterion gap"
        )
    from pymatgen.analysis.local_env import CrystalNN
    from pymatgen.core import Structure

    # Built by hand: the adaptor would carry arrays that CrystalNN deep-copies at every atom.
    structure = Structure(
        atoms.cell.array,
        atoms.get_chemical_symbols(),
        atoms.positions,
        coords_are_cartesian=True,
    )
    finder = CrystalNN(distance_cutoffs=(0.5 + margin, 1 + margin))
    rows: list[tuple[int, int, tuple[int, ...], float]] = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="CrystalNN: cannot locate an appropriate radius")
        warnings.filterwarnings("ignore", message="No oxidation states specified")
        for index, site in enumerate(structure):
            for entry in finder.get_nn_info(structure, index):
                shift = tuple(round(number) for number in entry["image"])
                distance = float(np.linalg.norm(entry["site"].coords - site.coords))
                rows.append((index, int(entry["site_index"]), shift, distance))
    return NeighbourList(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.int32).reshape(-1, 3),
        np.array([row[3] for row in rows], float),
    )
