"""A potential that a user names with --calculator."""

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

from ionsmith.errors import ExternalProgramFailed

if TYPE_CHECKING:
    from ase import Atoms

CALCULATORS = "sevennet, chgnet, lammps-pedone2006, or MODULE:NAME of an ASE calculator"


def make_calculator(name: str) -> Any:
    """Make an ASE calculator, see :func:`ionsmith.relaxation.calculators.load_potential`."""
    from ionsmith.relaxation.calculators import load_potential

    return load_potential(name).calculator


def energy_function(name: str) -> "Callable[[Atoms], float]":
    """Make the energy function of a potential that is named as for `make_calculator`.

    It raises :class:`ionsmith.errors.ExternalProgramFailed` where the calculator fails, as on an
    element that it does not know, or gives no finite number.
    """
    calculator = make_calculator(name)

    def energy(atoms: "Atoms") -> float:
        model = atoms.copy()
        try:
            model.calc = calculator
            found = float(model.get_potential_energy())
        except Exception as error:  # whatever a foreign program raises
            said = " ".join(str(error).split()) or type(error).__name__
            raise ExternalProgramFailed(f"--calculator {name} failed: {said}") from error
        if not isfinite(found):
            raise ExternalProgramFailed(f"--calculator {name}: the energy is {found}")
        return found

    return energy
