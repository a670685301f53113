"""Whether a structure conducts, and how its electrons are spread over the levels.

VASP's manual and its peers advise Gaussian smearing of 0.05 eV or less unless a metal is certain:
the methods for metals (M. Methfessel and A. T. Paxton, Phys. Rev. B 40, 3616 (1989),
doi:10.1103/PhysRevB.40.3616; cold smearing) put unphysical occupations into a gap. Elements alone
do not make a metal: Mg2Sn, Na3Sb and FeGa3 are semiconductors, and so is CsAu (W. E. Spicer et al.,
Phys. Rev. 115, 57 (1959), doi:10.1103/PhysRev.115.57). In the same way anions alone do not make a
gap: RuO2 is a metal, and so are TiN and CoS2. Open d and f shells have a gap for certain only with
U, which PBE alone would make metals (CoO, CuO and La2CuO4: V. I. Anisimov, J. Zaanen and O. K.
Andersen, Phys. Rev. B 44, 943 (1991), doi:10.1103/PhysRevB.44.943), and only if all atoms of the
element can have the same charge: Na0.5CoO2 and magnetite conduct.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.elements import electronegativities
from ionsmith.crystals.charges import formal_charges
from ionsmith.errors import InvalidInput
from ionsmith.exporters._electrons._ions import ANIONS, ionic_charges

SmearingKind = Literal["fixed", "gaussian", "cold"]
Conduction = Literal["metal", "gap", "unsure", "unbalanced"]
"""A metal for certain, an insulator, neither for certain, or formal charges that do not add up."""

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


MAY_CONDUCT = {
    ("V", 4), ("Cr", 4), ("Fe", 4), ("Co", 4), ("Ni", 3), ("Cu", 1), ("Ag", 1), ("Cd", 2),
    ("Au", 1), ("Au", 3), ("Hg", 2), ("Tl", 3), ("Pb", 4), ("Bi", 5),
}  # fmt: skip
"""Ions of which some salts are metals, with U too (CrO2, SrVO3, LaNiO3, SrCoO3: M. Imada, A.
Fujimori and Y. Tokura, Rev. Mod. Phys. 70, 1039 (1998), doi:10.1103/RevModPhys.70.1039), or become
metals in PBE, which makes gaps too small (CdO, Ag2O, Cu2Se, HgSe, Tl2O3, PbO2: J. P. Perdew, Int.
J. Quantum Chem. 28, 497 (1985), doi:10.1002/qua.560280846)."""

FILLED = ("Co", 3)
"""The ion whose lower three d orbitals are full in an octahedron, as in LiCoO2."""

SHARING = {"Mo", "W"}
"""Metals whose d0 ions take electrons from 3d metals, as in the half metal Sr2FeMoO6 (K.-I.
Kobayashi et al., Nature 395, 677 (1998), doi:10.1038/27167)."""

SOFT = {"H", "N", "S", "Se"}
"""Anions whose compounds with transition metals may conduct without d electrons: TiS2, ScN."""


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


def conduction(
    atoms: Atoms, moments: NDArray[np.float64], charge: int, correlated: Collection[str] = ()
) -> tuple[Conduction, str]:
    """Judge from elements and formal charges whether a structure conducts.

    Parameters
    ----------
    atoms
        The structure; an interface (array ``side``) conducts if one of its sides does.
    moments
        Initial moments, shape (n,).
    charge
        Charge of the cell in e.
    correlated
        Elements with U; an open shell with U and a moment counts as that of an insulator.

    Returns
    -------
    conduction
        What it is.
    note
        Why it is not certain, or empty.
    """
    names = np.array(atoms.get_chemical_symbols())
    symbols = set(names.tolist())
    sides = atoms.arrays.get("side", np.zeros(len(atoms)))
    if any(_alloy(set(names[sides == side].tolist())) for side in np.unique(sides)):
        return "metal", ""
    if not ANIONS & symbols or len(symbols) == 1:
        return "unsure", "metal or semiconductor"
    charges, _ = ionic_charges(atoms, charge)
    if np.isnan(charges).any():
        return "unsure", "formal charges not known"
    if abs(charges.sum() - charge) > 0.01:
        return "unbalanced", (
            f"formal charges add up to {charges.sum():+.3g}, the charge is {charge:+d}"
        )
    ions = zip(atoms.get_chemical_symbols(), charges.tolist(), moments.tolist(), strict=True)
    for symbol, ion, moment in ions:
        name, number = f"{symbol}{ion:+.3g}", atomic_numbers[symbol]
        soft = SOFT & symbols and not {"O", "F", "Cl", "Br", "I"} & symbols
        if symbol in METALS and not ion:
            return "unsure", f"{symbol} without a charge may conduct"
        if (symbol, ion) in MAY_CONDUCT or (soft and has_d_shell(number)):
            return "unsure", f"salts of {name} may conduct"
        if has_open_shell(symbol, ion):
            if (symbol, ion) == FILLED and symbol in correlated and not moment:
                continue
            if not moment:
                return "unsure", f"{name} has an open shell"
            if symbol not in correlated:
                return "unsure", f"{name} has an open shell and no U"
            if SHARING & symbols:
                return "unsure", f"{name} may share electrons with Mo or W"
            if ion != round(ion):
                return "unsure", f"mixed valence of {symbol}"
        elif moment and symbol == "O" and ion > -1:
            return "unsure", "open shell of O2"
    return "gap", ""


def _alloy(symbols: set[str]) -> bool:
    """Whether elements form a metal for certain."""
    if not symbols <= METALS or all(group & symbols for group in NARROW_GAPS):
        return False
    values = electronegativities()[[atomic_numbers[symbol] for symbol in symbols]]
    return bool(np.ptp(values) < SALT_LIKE)


def has_d_shell(number: int) -> bool:
    """Whether an element is a transition metal or In, whose nitride has no gap in PBE."""
    return 21 <= number <= 28 or 39 <= number <= 46 or 57 <= number <= 78 or number == 49


def has_open_shell(symbol: str, charge: float) -> bool:
    """Whether the d or f shell of an ion is neither empty nor full, or its s shell half full.

    Parameters
    ----------
    symbol
        The element.
    charge
        Formal charge in e.
    """
    number = atomic_numbers[symbol]
    for first, last, noble in ((31, 34, 28), (49, 52, 46), (81, 84, 78)):
        if first <= number <= last and charge > 0:
            return bool(abs((number - noble - charge) % 2 - 1) < 0.01)  # Bi4+, Sb4+
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
