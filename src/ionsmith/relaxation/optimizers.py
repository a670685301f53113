"""Optimizers that can be stopped at any moment and go on as if nothing had happened.

They are ASE's; what they remember from step to step is taken out after each step and put back, so
that a resumed relaxation takes the very steps of an uninterrupted one.
"""

from typing import Any

from ase.optimize import FIRE, LBFGS


class ResumableLBFGS(LBFGS):  # type: ignore[misc]
    """Limited-memory BFGS (J. Nocedal, Math. Comput. 35, 773 (1980), doi:10.2307/2006193)."""

    memory: Any = None

    def dump(self, data: Any) -> None:
        """Keep what ASE would write into its restart file."""
        self.memory = data

    def load(self) -> Any:
        """Give it back."""
        return self.memory


class ResumableFIRE(FIRE):  # type: ignore[misc]
    """FIRE (E. Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006)).

    doi:10.1103/PhysRevLett.97.170201. ASE's restart file holds velocities and time step only.
    """

    memory: Any = None

    def dump(self, data: Any) -> None:
        """Keep all that the next step depends on."""
        self.memory = (self.vel, self.dt, self.a, self.Nsteps)

    def read(self) -> None:
        """Put it back."""
        self.vel, self.dt, self.a, self.Nsteps = self.memory


OPTIMIZERS: dict[str, Any] = {"lbfgs": ResumableLBFGS, "fire": ResumableFIRE}
"""The optimizers by name."""
