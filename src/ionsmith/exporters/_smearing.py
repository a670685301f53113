"""Whether a structure conducts, and how its electrons are spread over the levels.

VASP's manual and its peers advise Gaussian smearing of 0.05 eV or less unless a metal is certain:
the methods for metals (M. Methfessel and A. T. Paxton, Phys. Rev. B 40, 3616 (1989),
doi:10.1103/PhysRevB.40.3616; cold smearing) put unphysical occupations into a gap. Elements alone
do not make a metal: Mg2Sn, Na3Sb and FeGa3 are semiconductors, and so is CsAu (W. E. Spicer et al.,
Phys. Rev. 115, 57 (1959), doi:10.1103/PhysRev.115.57). In the same way anions alone do not make a
gap: RuO2 is a metal.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.elements import electronegativities
from ionsmith.crystals.charges import formal_charges
from ionsmith.errors import InvalidInput

SmearingKind = Literal["fixed", "gaussian", "cold"]
Conduction = Literal["metal", "gap", "unsure", "unbalanced"]
"""A metal for certain, an insulator, neither for certain, or formal charges that do not add up."""

ANIONS = {"H", "N", "O", "F", "S", "Cl", "Se", "Br", "I"}
"""A structure without one of these has no gap for certain."""

SLIGHT_SMEARING = 0.05
"""Width in eV for magnetic insulators, whose total moment is free, and for what may conduct."""

METALS = {
    chemical_symbols[z] for z in (*range(3, 5), *range(11, 14), *range(19, 32), *range(37, 50))
} | {chemical_symbols[z] for z in (*range(55, 83), *range(87, 104))}
"""Elements that are metals, whose alloys among each other are metals but for those below."""

NARROW_GAPS = ({"Fe", "Ru", "Os"}, {"Al", "Ga", "In"})
"""One of each may have a gap: FeGa3, RuGa3, RuAl2, Fe2VAl."""

SALT_LIKE = 1.4
"""Least difference of Pauling's electronegativities with which two metals may form a salt: 1.49 in
Cs2Pt, 1.75 in CsAu; 1.15 in BaPb3 and 0.8 in LaNi5, which are metals."""


@dataclass(frozen=True)
class Smearing:
    """How electrons are spread over the levels.

    Parameters
    ----------
    kind
        ``fixed``, ``gaussian``, or ``cold`` (N. Marzari et al., Phys. Rev. Lett. 82, 3296 (1999),
        doi:10.1103/PhysRevLett.82.3296).
    width
        In eV; 0 if fixed.
    """

    kind: SmearingKind
    width: float


def conduction(atoms: Atoms, moments: NDArray[np.float64], charge: int) -> tuple[Conduction, str]:
    """Judge from elements and formal charges whether a structure conducts.

    Parameters
    ----------
    atoms
        The structure.
    moments
        Initial moments, shape (n,); an open shell with one counts as that of an insulator.
    charge
        Charge of the cell in e.

    Returns
    -------
    conduction
        What it is.
    note
        Why it is not certain, or empty.
    """
    symbols = set(atoms.get_chemical_symbols())
    if _alloy(symbols):
        return "metal", ""
    slightly = f"Gaussian smearing of {SLIGHT_SMEARING:g} eV, in case that it conducts"
    if not ANIONS & symbols or len(symbols) == 1:
        return "unsure", f"metal or semiconductor: {slightly}"
    charges, _ = formal_charges(atoms)
    if charges is None:
        return "unsure", f"formal charges not known: {slightly}"
    if abs(charges.sum() - charge) > 0.01:
        return "unbalanced", (
            f"formal charges add up to {charges.sum():+.3g}, the charge is {charge:+d}: {slightly}"
        )
    ions = zip(atoms.get_chemical_symbols(), charges.tolist(), moments.tolist(), strict=True)
    for symbol, ion, moment in ions:
        if not moment and has_open_shell(symbol, ion):
            return "unsure", f"{symbol}{ion:+.3g} has an open shell: {slightly}"
    return "gap", ""


def _alloy(symbols: set[str]) -> bool:
    """Whether elements form a metal for certain."""
    if not symbols <= METALS or all(group & symbols for group in NARROW_GAPS):
        return False
    values = electronegativities()[[atomic_numbers[symbol] for symbol in symbols]]
    return bool(np.ptp(values) < SALT_LIKE)


def has_open_shell(symbol: str, charge: float) -> bool:
    """Whether the d or f shell of an ion is neither empty nor full.

    Parameters
    ----------
    symbol
        The element.
    charge
        Formal charge in e.
    """
    number = atomic_numbers[symbol]
    for first, last, core, full in (
        (21, 30, 18, 10), (39, 48, 36, 10), (72, 80, 68, 10), (57, 71, 54, 14), (89, 103, 86, 14),
    ):  # fmt: skip
        if first <= number <= last:
            return 0.01 < number - core - charge < full - 0.01
    return False


def choose_smearing(state: Conduction, magnetic: bool, width: float) -> Smearing:
    """Smear metals cold, what may conduct and magnetic insulators slightly, others not at all."""
    if state == "metal":
        return Smearing("cold", width)
    fixed = state == "gap" and not magnetic
    return Smearing("fixed", 0.0) if fixed else Smearing("gaussian", SLIGHT_SMEARING)


def check_parity(atoms: Atoms, charge: int, smearing: Smearing, magnetic: bool) -> int:
    """Count the electrons; raise if their number is odd and they would have to pair.

    Raises
    ------
    InvalidInput
        For an odd number of electrons without moments and with fixed occupations.
    """
    electrons = int(atoms.numbers.sum()) - charge
    if electrons < 1:
        raise InvalidInput(
            f"{atoms.get_chemical_formula()} has {electrons + charge} electrons, too few for a "
            f"charge of {charge:+d}"
        )
    if electrons % 2 and smearing.kind == "fixed" and not magnetic:
        charges, _ = formal_charges(atoms)
        known = "" if charges is None else f" (formal charges add up to {charges.sum():+.3g})"
        raise InvalidInput(
            f"{atoms.get_chemical_formula()} with charge {charge:+d} has an odd number of "
            f"electrons ({electrons}) and nothing that is magnetic: they cannot all pair; give "
            f"`charge`{known}, a moment (`moments`), or `smearing` 'cold'"
        )
    return electrons
