"""A potential that a user names with --potential."""

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

from ionsmith.errors import ExternalProgramFailed

if TYPE_CHECKING:
    from ase import Atoms

    from ionsmith.potentials import Potential

POTENTIALS = (
    "sevennet, chgnet, lammps-pedone2006 (oxides; -melt for melts), or MODULE:NAME of an ASE "
    "calculator"
)


def make_calculator(name: str) -> Any:
    """Make an ASE calculator, see :func:`ionsmith.potentials.load_potential`."""
    from ionsmith.potentials import load_potential

    return load_potential(name).calculator


def energy_function(potential: "str | Potential") -> "Callable[[Atoms], float]":
    """Make the energy function of a potential that is loaded or named as for `make_calculator`.

    It raises :class:`ionsmith.errors.ExternalProgramFailed` where the potential fails, as on an
    element that it does not know, or gives no finite number.
    """
    name = potential if isinstance(potential, str) else potential.name
    calculator = make_calculator(name) if isinstance(potential, str) else potential.calculator

    def energy(atoms: "Atoms") -> float:
        model = atoms.copy()
        try:
            model.calc = calculator
            found = float(model.get_potential_energy())
        except Exception as error:  # whatever a foreign program raises
            said = " ".join(str(error).split()) or type(error).__name__
            raise ExternalProgramFailed(f"--potential {name} failed: {said}") from error
        if not isfinite(found):
            raise ExternalProgramFailed(f"--potential {name}: the energy is {found}")
        return found

    return energy
