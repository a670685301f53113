"""A potential with its description."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from ase import Atoms
from ase.data import chemical_symbols

from ionsmith.errors import ExternalProgramFailed, InvalidInput, IonsmithError, reason_of

Device = Literal["cpu", "cuda"]


@dataclass(frozen=True)
class Potential:
    """A calculator with its description.

    Parameters
    ----------
    name
        Name, as for :func:`load_potential`.
    calculator
        An ASE calculator.
    model
        Name of the model or force field.
    package, version
        The package that evaluates it.
    weights
        SHA-256 of the file of weights or parameters; None if there is none.
    source
        Publication; empty for a calculator that the user provides.
    elements
        Atomic numbers for which it has parameters; None if unknown.
    periodic
        Whether it needs a cell with a volume.
    """

    name: str
    calculator: Any
    model: str
    package: str
    version: str
    weights: str | None = None
    source: str = ""
    elements: frozenset[int] | None = None
    periodic: bool = False

    @property
    def method(self) -> str:
        """One line that identifies the energies; only energies with the same line compare."""
        which = f"weights {self.weights[:12]}" if self.weights else f"{self.package} {self.version}"
        return f"{self.model} ({which})"

    def describe(self) -> dict[str, str | None]:
        """Describe it for provenance and JSON: all but the calculator."""
        return {
            "name": self.name,
            "model": self.model,
            "package": self.package,
            "version": self.version,
            "weights_sha256": self.weights,
            "source": self.source,
        }

    def energy(self, atoms: Atoms) -> float:
        """Energy in eV of a structure, which is not changed.

        Raises
        ------
        ExternalProgramFailed
            If the potential fails, or gives no finite number.
        """
        model = atoms.copy()
        try:
            model.calc = self.calculator
            energy = float(model.get_potential_energy())
        except IonsmithError:
            raise
        except Exception as error:  # whatever a foreign program raises
            raise ExternalProgramFailed(f"{self.model} failed: {reason_of(error)}") from error
        if not isfinite(energy):
            raise ExternalProgramFailed(f"{self.model} failed: the energy is {energy}")
        return energy

    def check(self, atoms: Atoms) -> None:
        """Raise if the potential lacks an element of a structure, or cannot take its cell.

        Raises
        ------
        InvalidInput
            Names what is wrong and other potentials.
        """
        if self.elements is not None:
            unknown = sorted(set(atoms.numbers.tolist()) - self.elements)
            if unknown:
                names = ", ".join(chemical_symbols[number] for number in unknown)
                raise InvalidInput(
                    f"{self.model} has no parameters for {names}; try another potential, such as "
                    "sevennet-r2scan, or an ASE calculator"
                )
        if self.periodic and not abs(atoms.cell.volume) > 1e-6:
            raise InvalidInput(
                f"{self.model} needs three cell vectors; give the structure a cell with vacuum "
                "first (atoms.center(vacuum=8))"
            )
