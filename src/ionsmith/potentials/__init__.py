"""Potentials: what gives a structure its energy and forces.

:func:`load_potential` makes a :class:`Potential` of a name or of any ASE calculator. The weights of
the machine-learned potentials (SevenNet-0, CHGNet) come with their packages, so that nothing is
downloaded. Pedone's force field for oxides is evaluated by LAMMPS; :func:`pedone` writes it as
LAMMPS commands.

Each potential states its package, version and weights, because the energies of different potentials
have different zeros and must never be combined. Energies are in eV, forces in eV/Å.
"""

from ionsmith.potentials._loading import (
    DEFAULT_POTENTIAL,
    POTENTIALS,
    NamedPotential,
    PotentialLike,
    load_potential,
)
from ionsmith.potentials._pedone import LAMMPS_HEADER, PEDONE, pedone
from ionsmith.potentials._potential import Device, Potential

__all__ = [
    "DEFAULT_POTENTIAL",
    "LAMMPS_HEADER",
    "PEDONE",
    "POTENTIALS",
    "Device",
    "NamedPotential",
    "Potential",
    "PotentialLike",
    "load_potential",
    "pedone",
]
