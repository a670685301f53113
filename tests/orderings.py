"""Orderings of disordered crystals that several tests look at."""

import math
import warnings
from functools import cache

from ase import Atoms
from pymatgen.analysis.ewald import EwaldSummation
from pymatgen.io.ase import AseAtomsAdaptor

from ionsmith.crystals import Crystal, load
from ionsmith.crystals.ordering import OrderingResult, order
from ionsmith.crystals.ordering._cell import DisorderedCell
from ionsmith.crystals.ordering._target import find_target


def disordered(
    name: str,
    supercell: tuple[int, int, int] = (1, 1, 1),
    composition: dict[str, int] | None = None,
    nearest: bool = False,
) -> DisorderedCell:
    crystal = load(name)
    target = find_target(crystal, math.prod(supercell), composition, nearest)
    return DisorderedCell(crystal, supercell, target)


@cache
def published_beta_alumina() -> OrderingResult:
    return order(load("beta2-alumina"), count=100)


def ewald(atoms: Atoms, crystal: Crystal) -> float:
    charges = {e: q for site in crystal.sites for e, q in site.oxidation.items()}
    bare = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
    structure = AseAtomsAdaptor.get_structure(bare)
    structure.add_oxidation_state_by_element(charges)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Per atom charge")
        return float(EwaldSummation(structure, acc_factor=14).total_energy)
