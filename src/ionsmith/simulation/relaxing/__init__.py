"""Relaxation: the minimum of the energy that is nearest downhill.

:func:`relax` moves the atoms, and the cell if asked, until the largest force is below a limit or
the steps run out; :func:`relax_to_file` also writes the structure and can be interrupted at any
time. Where the cell relaxes, its strains are coordinates like the others (ASE's
``FrechetCellFilter``), and the stress has a limit of its own.
Energies rank structures of the same atoms with the same potential and nothing else; a lower minimum
may exist.
"""

from ionsmith.simulation.relaxing._job import RelaxedEnergies, relax_to_file, relaxed_energies
from ionsmith.simulation.relaxing._relax import relax
from ionsmith.simulation.relaxing._result import (
    CellChange,
    Movement,
    Optimizer,
    Relaxation,
    SharedPair,
)
from ionsmith.simulation.relaxing._selection import select_atoms

__all__ = [
    "CellChange",
    "Movement",
    "Optimizer",
    "Relaxation",
    "RelaxedEnergies",
    "SharedPair",
    "relax",
    "relax_to_file",
    "relaxed_energies",
    "select_atoms",
]
