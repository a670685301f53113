"""A disordered crystal with all its sites filled, from which cuts follow whatever its ordering."""

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.crystals import Crystal
from ionsmith.surfaces.slabs import CHARGE, SPECIES


def filled_sites(crystal: Crystal, ordered: Atoms, charges: NDArray[np.float64] | None) -> Atoms:
    """Fill every site of a disordered crystal.

    Parameters
    ----------
    crystal
        The crystal.
    ordered
        The same crystal with ordered sites, whose elements have the charges.
    charges
        Formal charges of its atoms in e, shape (n,); None if they are unknown.

    Returns
    -------
    Atoms
        Each site holds its most frequent element; the array ``species`` names all of them, such as
        ``"(P,Si)"``, and ``formal_charge`` holds the mean charge.
    """
    expanded = crystal.expand()
    shares = [
        sorted(site.occupancy.items(), key=lambda item: (-item[1], item[0]))
        for site in crystal.sites
    ]
    names = [
        species[0][0] if len(species) == 1 else f"({','.join(sorted(e for e, _ in species))})"
        for species in shares
    ]
    atoms = Atoms([shares[site][0][0] for site in expanded.site_index], cell=crystal.cell, pbc=True)
    atoms.positions = expanded.positions @ crystal.cell
    atoms.set_array(SPECIES, np.array(names)[expanded.site_index])
    if charges is not None:
        own = {
            element: float(charges[ordered.numbers == atomic_numbers[element]].mean())
            for element in set(ordered.get_chemical_symbols())
        }
        mean = [sum(share * own.get(e, 0.0) for e, share in species) for species in shares]
        atoms.set_array(CHARGE, np.array(mean)[expanded.site_index], float)
    return atoms
