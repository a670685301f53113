"""Unpaired electrons of ions and moments of metals, from which a calculation starts.

A free ion of charge q has ``group - q`` electrons in its d shell, or ``Z - 54 - q`` in its 4f and
``Z - 86 - q`` in its 5f shell. By Hund's rule as many as possible are unpaired (C. Kittel,
Introduction to Solid State Physics, 8th ed. (2005), tables 11.1 and 11.2). Most 3d ions keep this
high spin in oxides and halides. Those in :data:`LOW_SPIN` do not: in an octahedron, the field of
their ligands pairs the electrons of the lower three orbitals first, and in a square plane d8 is
paired. Ions of 4d and 5d metals are all low spin. Those of the groups of Tc, Ru and Rh start with
that moment in octahedra of O and halogens, since SrRuO3 is a ferromagnet (C.-Q. Jin et al., PNAS
105, 7115 (2008), doi:10.1073/pnas.0710928105): a moment may vanish on the way, but does not arise
without a start. The others start without one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.bonding.bonds import bond_angles, environments, find_bonds
from ionsmith.bonding.elements import NONMETAL
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals.charges import like_bonds


@dataclass(frozen=True)
class LowSpin:
    """Ions that are low spin among certain ligands.

    Parameters
    ----------
    electrons
        Unpaired electrons by ion.
    environments
        Surroundings, such as ``O6``, or ``square`` for four in a plane.
    source
        Where they were measured.
    """

    electrons: Mapping[tuple[str, int], int]
    environments: tuple[str, ...]
    source: str


LOW_SPIN = (
    LowSpin(
        {("Co", 3): 0},
        ("O6", "N6", "S6", "Se6"),
        "LiCoO2: L. A. Montoro et al., Electrochem. Solid-State Lett. 3, 410 (2000)",
    ),
    LowSpin(
        {("Co", 4): 1},
        ("O6",),
        "LixCoO2 by GGA+DMFT, arXiv:1608.01475 (2016)",
    ),
    LowSpin(
        {("Ni", 3): 1},
        ("O6", "square"),
        "LiNiO2: A. Rougier et al., Solid State Commun. 94, 123 (1995), "
        "doi:10.1016/0038-1098(95)00020-8",
    ),
    LowSpin(
        {("Ni", 4): 0},
        ("O6", "F6"),
        "NiO2: Y. Koyama et al., J. Phys. Chem. B 109 (2005), doi:10.1021/jp050486b",
    ),
    LowSpin(
        {("Fe", 2): 0, ("Co", 2): 1},
        ("(S2)6", "(Se2)6"),
        "FeS2 and CoS2: S. Miyahara and T. Teranishi, J. Appl. Phys. 39, 896 (1968)",
    ),
    LowSpin(
        {
            ("Cr", 2): 2, ("Mn", 3): 2, ("Mn", 2): 1, ("Fe", 3): 1, ("Fe", 2): 0, ("Co", 3): 0,
            ("Co", 2): 1,
        },
        ("C6",),
        "hexacyanides: J. S. Griffith, The Theory of Transition-Metal Ions (1961)",
    ),
)  # fmt: skip
"""Ions of 3d metals that are not high spin."""

SQUARE_D8 = {("Ni", 2), ("Cu", 3)}
"""3d ions of eight electrons, all paired in a square plane of four ligands (Griffith 1961)."""

METAL_MOMENTS = {"Fe": 2.2, "Co": 1.7, "Ni": 0.6, "Gd": 7.6, "Mn": 4.0, "Cr": 3.0}
"""Moments of the ferromagnetic elements in Bohr magnetons: J. Crangle and G. M. Goodman, Proc. R.
Soc. A 321, 477 (1971), doi:10.1098/rspa.1971.0044 (Fe, Ni); H. P. Myers and W. Sucksmith, Proc. R.
Soc. A 207, 427 (1951), doi:10.1098/rspa.1951.0155 (Co); H. E. Nigh, S. Legvold and F. H. Spedding,
Phys. Rev. 132, 1092 (1963), doi:10.1103/PhysRev.132.1092 (Gd). Mn and Cr have those of the half
metals and tellurides: 4 in NiMnSb (R. A. de Groot et al., Phys. Rev. Lett. 50, 2024 (1983),
doi:10.1103/PhysRevLett.50.2024), 3 in Cr2Ge2Te6 (V. Carteaux et al., J. Phys.: Condens. Matter 7,
69 (1995))."""

CARBON_ALONE = re.compile(r"C\d+")
"""Surroundings of a low-spin metal in an organic complex such as ferrocene."""

LIGANDS_ALONE = re.compile(r"square|(?:(?:O|N|S|F|Cl|Br|I)\d*)+")
"""Surroundings of an ion in a salt whose other charges are not known."""

OCTAHEDRA = {"O6", "F6", "Cl6", "Br6", "I6"}
"""Surroundings in which Tc, Ru, Rh and the metals below them start with a moment."""

CARBON, OXYGEN = 6, 8

PAIRED_LIGAND = 2.8
"""Longest bond in Å of a 3d metal to the pairs of S and Se in pyrites: 2.59 in MnS2."""

MOLECULE = 1.7
"""Longest bond in Å of carbon to the other non-metals of a molecule or a cyanide."""

CARBON_LIGAND = 2.6
"""Longest bond in Å of a 3d metal to carbon."""

_FLAT = 15.0  # degrees by which the angles of a square may be off 90 and 180


def may_be_magnetic(symbol: str) -> bool:
    """Whether ions of an element may have unpaired d or f electrons, or O as a superoxide."""
    number = atomic_numbers[symbol]
    return number == OXYGEN or any(
        first <= number <= last
        for first, last in ((22, 29), (43, 45), (58, 70), (75, 77), (91, 99))
    )


def start_without_charge(symbol: str, environment: str) -> tuple[float, str]:
    """Choose a moment where the charge is not known: of the metal, or of the divalent ion.

    Parameters
    ----------
    symbol
        The element.
    environment
        Its neighbours: among O, N, S and halogens alone, as in organic salts, it is taken as
        divalent; among carbon alone, as in ferrocene, it has no moment.

    Returns
    -------
    moment
        In Bohr magnetons.
    words
        What it is the moment of.
    """
    if CARBON_ALONE.fullmatch(environment):
        return 0.0, ""
    number = atomic_numbers[symbol]
    if 58 <= number <= 70:
        charge = 2 if symbol in ("Eu", "Yb") else 3  # in their metals too
        return METAL_MOMENTS.get(symbol, float(_whole(symbol, charge, None))), "as in metals"
    if LIGANDS_ALONE.fullmatch(environment):
        return unpaired(symbol, 2, environment), f"as {symbol}+2"
    return METAL_MOMENTS.get(symbol, 0.0), "as in metals"


def unpaired(symbol: str, charge: float, environment: str | None = None) -> float:
    """Count the unpaired electrons of an ion, with half of O2- on each atom of a superoxide.

    Parameters
    ----------
    symbol
        The element.
    charge
        Formal charge in e; a mean one is interpolated.
    environment
        Its neighbours, such as ``"O6"``; by default the ion is high spin.
    """
    low = int(np.floor(charge))
    share = charge - low
    return (1 - share) * _whole(symbol, low, environment) + (
        share * _whole(symbol, low + 1, environment) if share else 0.0
    )


def _whole(symbol: str, charge: int, environment: str | None) -> int:
    """Unpaired electrons of an ion of whole charge."""
    number = atomic_numbers[symbol]
    if number == OXYGEN:
        return int(charge == 0)  # O2 has two, the superoxide one, the peroxide none
    if 43 <= number <= 45 or 75 <= number <= 77:
        electrons = number - (36 if number < 50 else 68) - charge
        return max(0, min(electrons, 6 - electrons)) if environment in OCTAHEDRA else 0
    if 57 <= number <= 71 or 89 <= number <= 103:
        electrons = number - (54 if number < 80 else 86) - charge
        return max(0, min(electrons, 14 - electrons))
    if not 21 <= number <= 29:
        return 0
    if environment == "square" and (symbol, charge) in SQUARE_D8:
        return 0
    for case in LOW_SPIN:
        if environment in case.environments and (symbol, charge) in case.electrons:
            return case.electrons[symbol, charge]
    electrons = number - 18 - charge
    return max(0, min(electrons, 10 - electrons))


def surroundings(atoms: Atoms, own: NDArray[np.int64]) -> list[str]:
    """Neighbours of some atoms as in :data:`LOW_SPIN`, ``"square"`` for four in a plane.

    ``(S2)6`` is six atoms of S2 pairs, as in pyrite; carbon of a carbide or of graphene is no
    ligand, and metals at it are in a ``carbide``.
    """
    bonds = find_bonds(atoms)
    names, which = environments(atoms.numbers, bonds)
    found = [names[number] for number in which[own].tolist()]
    molecular = _bound_to_molecules(atoms)
    for place, atom in enumerate(own.tolist()):
        if CARBON_ALONE.fullmatch(found[place]) and not molecular[atom]:
            found[place] = "carbide"
    for ligand in ("S", "Se"):
        paired = like_bonds(atoms, ligand) > 0
        if paired.any():
            pairs = neighbour_list(atoms, PAIRED_LIGAND)
            count = np.bincount(pairs.first[paired[pairs.second]], minlength=len(atoms))
            for place in np.flatnonzero(count[own] == 6).tolist():
                found[place] = f"({ligand}2)6"
    if not any(name[-1] == "4" for name in found):
        return found
    angles, centres = bond_angles(atoms, bonds)
    for place, atom in enumerate(own.tolist()):
        if found[place][-1] == "4":
            around = angles[centres == atom]
            off = np.minimum(abs(around - 90), abs(around - 180))
            if (around > 180 - _FLAT).sum() == 2 and off.max() < _FLAT:
                found[place] = "square"
    return found


def _bound_to_molecules(atoms: Atoms) -> NDArray[np.bool_]:
    """Whether an atom is bound to carbon of a molecule or a cyanide, not of a carbide."""
    bound = np.zeros(len(atoms), dtype=bool)
    symbols = set(atoms.get_chemical_symbols())
    if "C" in symbols and symbols & {"H", "N", "O"}:
        carbon = atoms.numbers == CARBON
        near = neighbour_list(atoms, CARBON_LIGAND)
        inside = NONMETAL[atoms.numbers[near.second]] & (near.distances < MOLECULE)
        molecule = np.zeros(len(atoms), dtype=bool)
        molecule[near.first[carbon[near.first] & inside]] = True
        bound[near.first[molecule[near.second]]] = True
    return bound
