"""Where a melt begins: a crystal, repeated and scaled to a density, or atoms at random positions.

LAMMPS needs the first cell vector along x and the second in the xy plane; the model is rotated so,
because a melt has no orientation.
"""

import re
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import gcd
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers

from ionsmith.bonding.checks import check_count, check_numbers
from ionsmith.bonding.elements import DALTON, mass_density
from ionsmith.builders.amorphous import build_packing
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.errors import InvalidInput
from ionsmith.potentials import Potential
from ionsmith.simulation.relaxing import relax
from ionsmith.surfaces.vacuum import vacuum_axes

WHOLE = 1000
"""Largest number of atoms of an element in the formula unit of a mixture, plus one."""

PUSH_FORCE = 1.0
"""Largest force in eV/Å on atoms at random positions before the dynamics begin."""

PUSH_STEPS = 200


@dataclass(frozen=True)
class Start:
    """A model that is about to melt.

    Parameters
    ----------
    atoms
        The model, periodic in all directions, without further arrays.
    reference
        The structure that was repeated; None for random positions.
    origin
        Description of the start.
    """

    atoms: Atoms
    reference: Atoms | None
    origin: str


def mixture(text: str) -> dict[str, int]:
    """Read a formula or a mixture of oxides as its smallest formula unit.

    Parameters
    ----------
    text
        Such as ``"NaFePO4"``, ``"40FeO·60NaPO3"`` (mole per cent; ``+`` may stand for the dot) or
        ``"Fe0.4Na0.6P0.6O2.2"``.

    Raises
    ------
    InvalidInput
        If the text is not a formula, or its formula unit has too many atoms of an element.

    Examples
    --------
    >>> from ionsmith.simulation.melt_quench import mixture
    >>> mixture("40FeO·60NaPO3")
    {'Fe': 2, 'O': 11, 'Na': 3, 'P': 3}
    """
    amounts: dict[str, float] = {}
    for part in re.split(r"\s*[·•+]\s*", text.strip()):
        match = re.fullmatch(r"(\d+(?:\.\d+)?|)\s*([A-Z(\[].*)", part)
        try:
            if match is None:
                raise ValueError(f"{part!r} is not a formula")
            unit = parse_formula(match[2])
        except ValueError as error:
            raise InvalidInput(
                f"{error}; write it as NaFePO4 or 40FeO·60NaPO3, or name a structure as "
                "lib:nafepo4 or FILE"
            ) from None
        for element, amount in unit.items():
            amounts[element] = amounts.get(element, 0.0) + float(match[1] or 1) * amount
    if any(amount <= 0 for amount in amounts.values()):
        raise InvalidInput(f"{text}: every element needs an amount above zero")
    least = min(amounts.values())
    for divisor in range(1, WHOLE):
        scaled = {element: amount / least * divisor for element, amount in amounts.items()}
        whole = {element: round(amount) for element, amount in scaled.items()}
        if max(whole.values()) >= WHOLE:
            break
        if all(abs(scaled[element] - whole[element]) < 1e-6 * divisor for element in whole):
            common = reduce(gcd, whole.values())
            return {element: number // common for element, number in whole.items()}
    raise InvalidInput(
        f"{text}: its formula unit has {WHOLE} or more atoms of an element; round the amounts"
    )


def names_structure(text: str) -> bool:
    """Whether a text names a structure of the library or a file, rather than a formula."""
    path = Path(text)
    return text.startswith("lib:") or path.exists() or "/" in text or path.suffix[1:2].isalpha()


def from_structure(atoms: Atoms, n_atoms: int, density: float | None) -> Start:
    """Repeat a crystal to about a number of atoms, and scale it to a density."""
    check_numbers(atoms)
    check_count(n_atoms, f"{n_atoms} atoms")
    if not all(atoms.pbc) or vacuum_axes(atoms):
        raise InvalidInput(
            "only a structure that is periodic in all directions, without vacuum, can melt"
        )
    plain = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
    repeats = _repeats(plain, n_atoms)
    model = plain.repeat(repeats)
    if density is not None:
        factor = (mass_density(model) / density) ** (1 / 3)
        model.set_cell(model.cell.array * factor, scale_atoms=True)
    upright, _ = model.cell.standard_form()
    model.set_cell(upright, scale_atoms=True)
    words = "x".join(map(str, repeats))
    return Start(model, plain, f"{write_formula(_counts(atoms))}, repeated {words}")


def from_formula(
    text: str, n_atoms: int, density: float | None, seed: int, potential: Potential
) -> Start:
    """Place whole formula units at random and push the atoms apart.

    First as soft spheres, then with the potential until no force exceeds :data:`PUSH_FORCE`.
    """
    unit, units, density = formula_units(text, n_atoms, density, potential)
    counts = {element: units * number for element, number in unit.items()}
    total = sum(counts.values())
    packed = build_packing(write_formula(counts), total, density=density, seed=seed).atoms
    assert abs(packed.get_volume() - volume_at(counts, density)) < 1e-6 * packed.get_volume()
    plain = Atoms(packed.numbers, positions=packed.positions, cell=packed.cell, pbc=True)
    pushed = relax(plain, potential, optimizer="fire", fmax=PUSH_FORCE, steps=PUSH_STEPS).atoms
    model = Atoms(plain.numbers, positions=pushed.positions, cell=plain.cell, pbc=True)
    return Start(model, None, random_origin(unit, units))


def formula_units(
    text: str, n_atoms: int, density: float | None, potential: Potential
) -> tuple[dict[str, int], int, float]:
    """Formula unit of a mixture, how many of them make about a number of atoms, and the density."""
    unit = mixture(text)
    if density is None:
        raise InvalidInput(
            f"{text}: give the `density` of the glass, or start from a crystal such as lib:nafepo4"
        )
    units = max(1, round(n_atoms / sum(unit.values())))
    check_count(units * sum(unit.values()), text)
    potential.check(Atoms(list(unit), cell=np.eye(3) * 9.0, pbc=True))
    return unit, units, float(density)


def random_origin(unit: dict[str, int], units: int) -> str:
    """Description of a start at random positions."""
    return f"{units} units of {write_formula(unit)} at random positions"


def volume_at(counts: dict[str, int], density: float) -> float:
    """Volume in Å³ of atoms at a density in g/cm³."""
    mass = sum(n * atomic_masses[atomic_numbers[element]] for element, n in counts.items())
    return float(mass * DALTON / density)


def _counts(atoms: Atoms) -> dict[str, int]:
    """Number of atoms of each element."""
    counts: dict[str, int] = atoms.symbols.formula.count()
    return counts


def _repeats(atoms: Atoms, n_atoms: int) -> tuple[int, int, int]:
    """Repeats of the cell that come closest to a number of atoms, then to a cube."""
    heights = 1 / np.linalg.norm(atoms.cell.reciprocal(), axis=1)
    edge = (abs(atoms.cell.volume) * n_atoms / len(atoms)) ** (1 / 3)
    choices = [
        sorted({max(1, int(edge / height)), max(1, int(np.ceil(edge / height)))})
        for height in heights
    ]

    def misfit(repeats: tuple[int, ...]) -> tuple[float, float]:
        edges = heights * repeats
        return (
            abs(np.log(len(atoms) * np.prod(repeats) / n_atoms)),
            float(edges.max() / edges.min()),
        )

    a, b, c = min(product(*choices), key=misfit)
    return a, b, c
