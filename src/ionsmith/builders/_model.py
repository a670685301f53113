"""What the models of all builders have in common."""

from collections.abc import Mapping
from typing import Any

from ase import Atoms

from ionsmith.results import Result

Cellpar = tuple[float, float, float, float, float, float]


class Model(Result):
    """A result with a structure ``atoms``.

    Unless ``document`` is set, that holds all other fields, the number of atoms and the cell.
    """

    atoms: Atoms

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "document" not in vars(cls):
            models = [kind for kind in reversed(cls.__mro__) if issubclass(kind, Model)]
            fields = dict.fromkeys(name for kind in models for name in kind.__annotations__)
            cls.document = (*(name for name in fields if name != "atoms"), "n_atoms", "cellpar")

    @property
    def n_atoms(self) -> int:
        """Number of atoms."""
        return len(self.atoms)

    @property
    def cellpar(self) -> Cellpar:
        """Cell lengths a, b, c in Å and angles alpha, beta, gamma in degrees."""
        a, b, c, alpha, beta, gamma = self.atoms.cell.cellpar().tolist()
        return a, b, c, alpha, beta, gamma

    def _cell_text(self) -> str:
        """Cell lengths and angles, rounded."""
        a, b, c, alpha, beta, gamma = (round(value, 3) for value in self.cellpar)
        return f"{a} {b} {c}  {alpha} {beta} {gamma}"


def composition_text(counts: Mapping[str, int]) -> str:
    """Atoms by element, as ``Al31 O51``."""
    return " ".join(f"{element}{number}" for element, number in counts.items())


def charge_text(charge: float | None) -> str:
    """Formal charge in e with its sign."""
    return "unknown" if charge is None else f"{charge:+g}"
