"""Density of a periodic structure."""

from ase import Atoms

DALTON = 1.66053906660
"""One dalton in 1e-24 g (CODATA 2018), so that atomic masses over Å³ give g/cm³."""


def mass_density(atoms: Atoms) -> float:
    """Density of a periodic structure in g/cm³."""
    return float(atoms.get_masses().sum() * DALTON / atoms.get_volume())
