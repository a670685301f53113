"""Split sites: pairs of positions of which at most one is filled."""

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii

from ionsmith.bonding.checks import CONTACT_FRACTION
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals.crystal import FROM_FILE, Crystal

SPLIT_FRACTION = 0.8
"""Share of the sum of covalent radii below which two half-filled positions are a split pair: 2.05 Å
for Li, between the 1.9 Å within the pairs of argyrodites and the 2.3 Å from pair to pair."""


def contact_fraction(crystal: Crystal) -> float:
    """Share of the sum of covalent radii below which two atoms exclude each other.

    That of all models (:data:`ionsmith.bonding.checks.CONTACT_FRACTION`); in a crystal of a file
    the larger one that keeps its split pairs apart. A site is split if it is at most half filled
    and each of its positions has just one other within :data:`SPLIT_FRACTION`.
    """
    fraction = CONTACT_FRACTION
    if crystal.data_class != FROM_FILE:
        return fraction
    expanded = crystal.expand()
    for index, site in enumerate(crystal.sites):
        if not site.occupancy or sum(site.occupancy.values()) > 0.505:
            continue
        diameter = 2 * max(covalent_radii[atomic_numbers[e]] for e in site.occupancy)
        here = expanded.positions[expanded.site_index == index] @ crystal.cell
        atoms = Atoms(np.ones(len(here)), here, cell=crystal.cell, pbc=True)
        pairs = neighbour_list(atoms, SPLIT_FRACTION * diameter)
        if len(pairs.first) == len(here) and len(set(pairs.first.tolist())) == len(here):
            fraction = max(fraction, float(pairs.distances.max()) / diameter + 0.002)
    return fraction
