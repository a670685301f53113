"""An ASE calculator that a user names as MODULE:NAME."""

from collections.abc import Callable
from importlib import import_module
from math import isfinite
from typing import TYPE_CHECKING, Any

import click

from ionsmith.errors import ExternalProgramFailed

if TYPE_CHECKING:
    from ase import Atoms


def make_calculator(name: str) -> Any:
    """Make an ASE calculator.

    Parameters
    ----------
    name
        Such as ``ase.calculators.lj:LennardJones``; it is called without arguments.

    Raises
    ------
    click.UsageError
        If there is no such module, no such name in it, or arguments are needed.
    """
    module, _, member = name.partition(":")
    try:
        return getattr(import_module(module), member)()
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise click.UsageError(
            f"--calculator {name}: MODULE:NAME of an ASE calculator was expected ({error})"
        ) from None


def energy_function(name: str) -> "Callable[[Atoms], float]":
    """Make the energy function of an ASE calculator that is named as for `make_calculator`.

    It raises :class:`ionsmith.errors.ExternalProgramFailed` where the calculator fails, as on an
    element that it does not know, or gives no finite number.
    """
    calculator = make_calculator(name)

    def energy(atoms: "Atoms") -> float:
        model = atoms.copy()
        model.calc = calculator
        try:
            found = float(model.get_potential_energy())
        except Exception as error:  # whatever a foreign program raises
            said = " ".join(str(error).split()) or type(error).__name__
            raise ExternalProgramFailed(f"--calculator {name} failed: {said}") from error
        if not isfinite(found):
            raise ExternalProgramFailed(f"--calculator {name}: the energy is {found}")
        return found

    return energy
