"""A disordered crystal with all its sites filled, from which cuts follow whatever its ordering."""

from collections.abc import Mapping

import numpy as np
from ase import Atoms

from ionsmith.crystals import Crystal
from ionsmith.surfaces.slabs import CHARGE, SPECIES


def filled_sites(crystal: Crystal, charges: Mapping[str, float]) -> Atoms:
    """Fill every site of a disordered crystal.

    Parameters
    ----------
    crystal
        The crystal.
    charges
        Formal charge of each element in e, used where the sites have none; may be empty.

    Returns
    -------
    Atoms
        Each site holds its most frequent element; the array ``species`` names all of them, such as
        ``"(P,Si)"``, and ``formal_charge`` holds the mean charge if all charges are known.
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
    known = [{**charges, **site.oxidation} for site in crystal.sites]
    if all(set(site.occupancy) <= set(own) for site, own in zip(crystal.sites, known, strict=True)):
        mean = [
            sum(share * own[element] for element, share in species)
            for species, own in zip(shares, known, strict=True)
        ]
        atoms.set_array(CHARGE, np.array(mean)[expanded.site_index], float)
    return atoms
