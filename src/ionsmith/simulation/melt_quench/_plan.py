"""What melting and quenching would do, before any atom is moved."""

from dataclasses import dataclass

import numpy as np

from ionsmith.bonding.elements import mass_density
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.potentials import PotentialLike, load_potential
from ionsmith.results import Result, Table
from ionsmith.simulation.melt_quench._schedule import Schedule
from ionsmith.simulation.melt_quench._start import (
    formula_units,
    from_structure,
    names_structure,
    random_origin,
    volume_at,
)

FEWEST = 10
"""Smallest number of atoms."""


@dataclass(frozen=True)
class MeltQuenchPlan(Result):
    """What :func:`melt_quench` would do.

    Parameters
    ----------
    origin
        What would be melted.
    potential
        The potential, with version or weights.
    composition
        Number of atoms of each element.
    n_atoms
        Number of atoms.
    density
        Density in g/cm³.
    volume
        Volume of the cell in Å³.
    melt_time, quench_time, hold_time
        Duration in ps.
    melt_temperature, final_temperature
        Temperature in K.
    steps
        Number of steps of dynamics, without the relaxation of the glass.
    """

    origin: str
    potential: str
    composition: dict[str, int]
    n_atoms: int
    density: float
    volume: float
    melt_time: float
    quench_time: float
    hold_time: float
    melt_temperature: float
    final_temperature: float
    steps: int

    def tables(self) -> list[Table]:
        """Return the start and the schedule."""
        rows = [
            ("from", self.origin),
            ("atoms", " ".join(f"{el}{n}" for el, n in self.composition.items())),
            ("density (g/cm³)", f"{self.density:.3f}"),
            ("volume (Å³)", f"{self.volume:.1f}"),
            ("potential", self.potential),
            ("melt", f"{self.melt_time:g} ps at {self.melt_temperature:g} K"),
            ("quench", f"{self.quench_time:g} ps"),
            ("hold", f"{self.hold_time:g} ps at {self.final_temperature:g} K"),
            ("steps of dynamics", self.steps),
        ]
        title = f"A glass of {self.n_atoms} atoms would be made; nothing was computed"
        return [Table(title, ["", ""], rows)]


def plan_melt_quench(
    start: CrystalLike,
    potential: PotentialLike,
    n_atoms: int = 1000,
    *,
    density: float | None = None,
    schedule: Schedule | None = None,
) -> MeltQuenchPlan:
    """Say what :func:`melt_quench` would do, without placing or moving an atom.

    Parameters
    ----------
    start, potential, n_atoms, density, schedule
        As :func:`melt_quench`.

    Returns
    -------
    MeltQuenchPlan

    Raises
    ------
    InvalidInput
        If the start, the density or the schedule is not possible, or the potential lacks an
        element.

    Examples
    --------
    >>> from ase.calculators.emt import EMT
    >>> from ionsmith.simulation.melt_quench import plan_melt_quench
    >>> plan = plan_melt_quench("Cu", EMT(), 32, density=8.0)
    >>> plan.steps, round(plan.volume)
    (44500, 422)
    """
    schedule = schedule or Schedule()
    check_density(density)
    potential = load_potential(potential)
    if isinstance(start, str) and not names_structure(start):
        unit, units, density = formula_units(start, n_atoms, density, potential)
        origin = random_origin(unit, units)
        composition = {element: units * number for element, number in unit.items()}
        volume = volume_at(composition, density)
    else:
        crystal = read_structure(start)
        potential.check(crystal)
        begun = from_structure(crystal, n_atoms, density)
        origin, density = begun.origin, mass_density(begun.atoms)
        composition = begun.atoms.symbols.formula.count()
        volume = float(begun.atoms.get_volume())
    total = sum(composition.values())
    check_size(total)
    return MeltQuenchPlan(
        origin=origin,
        potential=potential.method,
        composition=composition,
        n_atoms=total,
        density=density,
        volume=volume,
        melt_time=schedule.melt_time,
        quench_time=schedule.quench_time,
        hold_time=schedule.hold_time,
        melt_temperature=schedule.melt_temperature,
        final_temperature=schedule.final_temperature,
        steps=sum(piece.steps for piece in schedule.pieces(0)),
    )


def check_density(density: float | None) -> None:
    """Refuse a density that is no positive number."""
    if density is not None and not (np.isfinite(density) and density > 0):
        raise InvalidInput(f"`density` is {density:g} g/cm³; a positive value was expected")


def check_size(n_atoms: int) -> None:
    """Refuse a model too small to melt."""
    if n_atoms < FEWEST:
        raise InvalidInput(f"{n_atoms} atoms are too few for a melt; use {FEWEST} or more")
