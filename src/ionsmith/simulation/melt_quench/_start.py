"""Where a melt begins: a crystal, repeated and brought to a density, or a formula's atoms anywhere.

What moves atoms wants the first cell vector along x and the second in the plane of x and y; a melt
has no directions, so that the model is turned so.
"""

import re
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import gcd

import numpy as np
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers

from ionsmith.bonding.checks import check_count, check_numbers
from ionsmith.bonding.elements import DALTON, mass_density
from ionsmith.builders.amorphous import build_packing
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.errors import InvalidInput
from ionsmith.exporters._kpoints import vacuum_axes
from ionsmith.simulation.potentials import Potential
from ionsmith.simulation.relaxing import relax

WHOLE = 1000
"""Largest number of an element's atoms in the formula unit that a mixture is brought to."""

PUSH_FORCE = 1.0
"""Limit in eV/Å of the forces on atoms at random places before they may move freely."""

PUSH_STEPS = 200


@dataclass(frozen=True)
class Start:
    """A model that is about to melt.

    Parameters
    ----------
    atoms
        The model, periodic in all directions, without any array but numbers and places.
    reference
        The structure that it was repeated from, None for random places.
    origin
        What it is, in words.
    """

    atoms: Atoms
    reference: Atoms | None
    origin: str


def mixture(text: str) -> dict[str, int]:
    """Read a formula or a mixture of oxides as the smallest formula unit of whole atoms.

    Parameters
    ----------
    text
        Such as ``"NaFePO4"``, ``"40FeO·60NaPO3"`` (mole per cent; ``+`` may stand for the dot) or
        ``"Fe0.4Na0.6P0.6O2.2"``.

    Raises
    ------
    InvalidInput
        If it is none, or has no formula unit of fewer than :data:`WHOLE` atoms an element.

    Examples
    --------
    >>> from ionsmith.simulation.melt_quench import mixture
    >>> mixture("40FeO·60NaPO3")
    {'Fe': 2, 'O': 11, 'Na': 3, 'P': 3}
    """
    amounts: dict[str, float] = {}
    for part in re.split(r"\s*[·•+]\s*", text.strip()):
        found = re.fullmatch(r"(\d+(?:\.\d+)?|)\s*([A-Z(\[].*)", part)
        try:
            if found is None:
                raise ValueError(f"{part!r} is not a formula")
            unit = parse_formula(found[2])
        except ValueError as error:
            raise InvalidInput(
                f"{error}; write it as NaFePO4 or 40FeO·60NaPO3, or name a structure as "
                "lib:nafepo4 or FILE"
            ) from None
        for element, amount in unit.items():
            amounts[element] = amounts.get(element, 0.0) + float(found[1] or 1) * amount
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
        f"{text}: no formula unit of fewer than {WHOLE} atoms an element; round the amounts"
    )


def from_structure(atoms: Atoms, n_atoms: int, density: float | None) -> Start:
    """Repeat a crystal to about a number of atoms, and bring it to a density."""
    check_numbers(atoms)
    check_count(n_atoms, f"{n_atoms} atoms")
    if not all(atoms.pbc) or vacuum_axes(atoms):
        raise InvalidInput("only what is periodic in all directions, without vacuum, can melt")
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
    """Put whole formula units at random places and push atoms apart.

    Soft spheres push first and the potential then, until no force is above :data:`PUSH_FORCE`.
    """
    unit = mixture(text)
    if density is None:
        raise InvalidInput(
            f"{text}: the density of a glass is not known here; give one (--density), or begin "
            "from a crystal such as lib:nafepo4"
        )
    units = max(1, round(n_atoms / sum(unit.values())))
    counts = {element: units * number for element, number in unit.items()}
    total = sum(counts.values())
    check_count(total, text)
    mass = sum(n * atomic_masses[atomic_numbers[element]] for element, n in counts.items())
    potential.check(Atoms(list(counts), cell=np.eye(3) * 9.0, pbc=True))
    packed = build_packing(write_formula(counts), total, density=float(density), seed=seed).atoms
    assert abs(mass * DALTON / packed.get_volume() - density) < 1e-6 * density
    plain = Atoms(packed.numbers, positions=packed.positions, cell=packed.cell, pbc=True)
    pushed = relax(plain, potential, optimizer="fire", fmax=PUSH_FORCE, steps=PUSH_STEPS).atoms
    model = Atoms(plain.numbers, positions=pushed.positions, cell=plain.cell, pbc=True)
    return Start(model, None, f"{units} units of {write_formula(unit)} at random places")


def _counts(atoms: Atoms) -> dict[str, int]:
    counts: dict[str, int] = atoms.symbols.formula.count()
    return counts


def _repeats(atoms: Atoms, n_atoms: int) -> tuple[int, int, int]:
    """Repeats of the cell, nearest to a number of atoms, then to a cube."""
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
