"""Entries of a storage result: phases, their place against the hull, and voltage plateaus."""

from dataclasses import dataclass

from scipy.constants import Avogadro, elementary_charge

MAH_PER_MOL = elementary_charge * Avogadro / 3.6
"""Charge of one mole of electrons in mAh (CODATA constants of scipy)."""

CM3_PER_MOL = Avogadro * 1e-24
"""Volume of one mole of Å³ in cm³."""


@dataclass(frozen=True)
class StoredPhase:
    """Capacity, volume and expansion of one phase.

    Parameters
    ----------
    phase
        Name of the phase.
    formula
        Chemical formula.
    x
        Guest atoms per host atom.
    capacity_host_mAh_g
        Capacity in mAh per gram of the host.
    capacity_product_mAh_g
        Capacity in mAh per gram of the phase.
    capacity_host_mAh_cm3
        Capacity in mAh per cm³ of the reference.
    capacity_product_mAh_cm3
        Capacity in mAh per cm³ of the phase.
    volume_per_host
        Volume per host atom in Å³.
    expansion_percent
        Expansion 100 (V/V0 - 1).
    volume_ratio
        Volume ratio V/V0.
    density
        Density in g/cm³.
    reference
        Phase with the volume V0.
    data_class
        Whether the crystal was measured or relaxed; ``"file"`` for a structure of the user.
    """

    phase: str
    formula: str
    x: float
    capacity_host_mAh_g: float
    capacity_product_mAh_g: float
    capacity_host_mAh_cm3: float
    capacity_product_mAh_cm3: float
    volume_per_host: float
    expansion_percent: float
    volume_ratio: float
    density: float
    reference: str
    data_class: str


@dataclass(frozen=True)
class HullPhase:
    """Stability of one phase.

    Parameters
    ----------
    phase
        Name of the phase.
    x
        Guest atoms per host atom.
    energy
        Energy as given, in eV/atom.
    formation_energy
        Energy of formation from host and guest metal in eV/atom.
    above_hull
        Energy above the hull in eV/atom.
    stable
        Whether the phase lies on the hull.
    """

    phase: str
    x: float
    energy: float
    formation_energy: float
    above_hull: float
    stable: bool


@dataclass(frozen=True)
class VoltageStep:
    """One plateau of the voltage.

    Parameters
    ----------
    start, end
        Stable phase at this end of the plateau.
    x_start, x_end
        Guest atoms per host atom, or ions per framework, at this end.
    voltage
        Voltage against the guest metal in V.
    """

    start: str
    end: str
    x_start: float
    x_end: float
    voltage: float
