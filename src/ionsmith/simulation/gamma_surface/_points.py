"""Energy at each shift of a plane, relaxed as asked and kept in a checkpoint."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from ase.filters import FrechetCellFilter
from ase.optimize import LBFGS
from ase.units import J, m
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ionsmith.crystals.files import Checkpoint
from ionsmith.errors import ExternalProgramFailed, IonsmithError, reason_of
from ionsmith.potentials import Potential
from ionsmith.simulation.gamma_surface._fault import Fault

FaultRelaxation = Literal["none", "spacing", "normal"]
"""What relaxes at each shift: nothing, the spacing across the plane, or the spacing and the atoms
along the normal."""

Floats = NDArray[np.float64]

PRECISION = 0.01
"""Precision in Å to which the spacing is found; the energy is off by less than 1 mJ/m²."""

WIDEST = 2.0
"""How far in Å above the contact of the blocks the spacing is searched."""

STRIDE = 0.35
"""Stride in Å at which the spacing is searched before it is refined."""

REPELLED = 3.0
"""Energy in J/m² above the lowest so far at which the halves are not moved nearer."""

NEAR = 0.5
"""How far in Å from that of the structure the spacing of the reference is searched."""


@dataclass
class GammaState:
    """Energies of the shifts that are done.

    Parameters
    ----------
    job
        Hash of the structure and of all settings.
    shifts
        In fractions of the in-plane vectors, shape (n, 2).
    energies
        In eV, of the whole cell.
    openings
        Change of the spacing in Å.
    """

    run: ClassVar[str] = "gamma-surface"

    job: str
    shifts: list[list[float]] = field(default_factory=list)
    energies: list[float] = field(default_factory=list)
    openings: list[float] = field(default_factory=list)


class Points:
    """Energy at any shift, computed once and kept in the checkpoint."""

    def __init__(
        self,
        fault: Fault,
        potential: Potential,
        relax: FaultRelaxation,
        fmax: float,
        steps: int,
        state: GammaState,
        store: Checkpoint[GammaState] | None,
    ) -> None:
        self.fault, self.potential, self.relax = fault, potential, relax
        self.fmax, self.steps, self.state, self.store = fmax, steps, state, store

    def reference(self) -> tuple[float, float]:
        """Energy in eV of the structure as it is, relaxed alike from its own spacing.

        Nothing holds the blocks of an emptied plane together: their spacing is that of the crystal.
        """
        bounds = None if self.fault.emptied else (-NEAR, NEAR)
        return self._kept([-1.0, -1.0], lambda: self._relaxed(np.zeros(2), bounds))

    def at(self, shift: Floats) -> tuple[float, float]:
        """Energy in eV, and change of the spacing in Å, at a shift."""
        shift = np.round(shift - np.floor(shift + 1e-9), 9) + 0.0
        if np.abs(shift - np.rint(shift)).max() < 1e-6:
            return self.reference()

        def compute() -> tuple[float, float]:
            low = self.fault.closest(shift)
            return self._relaxed(shift, (low, max(low + WIDEST, NEAR)))

        return self._kept(shift.tolist(), compute)

    def _kept(
        self, key: list[float], compute: Callable[[], tuple[float, float]]
    ) -> tuple[float, float]:
        """What is in the state, or what is computed and put there."""
        state = self.state
        if key in state.shifts:
            index = state.shifts.index(key)
        else:
            energy, opening = compute()
            state.shifts.append(key)
            state.energies.append(energy)
            state.openings.append(opening)
            index = -1
            if self.store is not None:
                self.store.save(state, at_once=True)
        return state.energies[index], state.openings[index]

    def _relaxed(self, shift: Floats, bounds: tuple[float, float] | None) -> tuple[float, float]:
        """Energy and opening at a shift, relaxed as asked; without bounds from no opening."""

        def energy(opening: float) -> float:
            return self.potential.energy(self.fault.model(shift, opening))

        start = 0.0
        if bounds is not None and self.relax != "none":
            found = minimize_scalar(
                energy,
                bounds=self._bracket(energy, *bounds),
                method="bounded",
                options={"xatol": PRECISION},
            )
            start = float(found.x)
        if self.relax != "normal":
            return energy(start), start
        model = self.fault.held(shift, start)
        height = self.fault.atoms.cell.array[2, 2]
        model.calc = self.potential.calculator
        mask = [False, False, True, False, False, False]
        system: Any = model if self.fault.ends else FrechetCellFilter(model, mask=mask)
        try:
            LBFGS(system, logfile=None).run(  # type: ignore[arg-type]
                fmax=self.fmax, steps=self.steps
            )
            final = float(model.get_potential_energy())
        except IonsmithError:
            raise
        except Exception as error:  # whatever a foreign program raises
            raise ExternalProgramFailed(
                f"{self.potential.model} failed: {reason_of(error)}"
            ) from error
        return final, float(model.cell.array[2, 2] - height)

    def _bracket(
        self, energy: Callable[[float], float], low: float, high: float
    ) -> tuple[float, float]:
        """Openings around the lowest of some, which approach from outside until blocks repel."""
        number = max(3, int(np.ceil((high - low) / STRIDE)))
        openings = np.linspace(high, low, number + 1)
        energies: list[float] = []
        for opening in openings.tolist():
            energies.append(energy(opening))
            if energies[-1] > min(energies) + REPELLED * self.fault.area * J / m**2:
                break
        best = int(np.argmin(energies))
        stride = (high - low) / number
        return float(openings[best] - stride), float(openings[best] + stride)
