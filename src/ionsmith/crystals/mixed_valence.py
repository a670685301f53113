"""Whole charges on the atoms of an element whose mean charge is not whole.

A composition such as Na3.5V2(PO4)3 gives the mean charge of V alone, 2.75; a calculation starts
from V2+ and V3+. The higher charges go to the atoms that are bound most strongly by the bond
valence (D. Altermatt and I. D. Brown, Acta Cryst. B 41, 240 (1985), doi:10.1107/S0108768185002051:
it falls with distance as exp(-d/0.37 Å)); among atoms that are bound alike, they keep as far apart
as possible. In cyanides Fe2+ is bound to carbon and Fe3+ to nitrogen, as in Prussian blue (A. Ito,
M. Suenaga and K. Ono, J. Chem. Phys. 48, 3597 (1968), doi:10.1063/1.1669656). A mean charge of a
non-metal, as in superoxides, stays. Other distributions may have a lower energy.
"""

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from ase.geometry import find_mic
from numpy.typing import NDArray

from ionsmith.bonding.elements import NONMETAL
from ionsmith.bonding.neighbours import neighbour_list

CARBON, IRON = 6, 26

REACH = 3.5
"""Distance in Å up to which non-metals count as bound."""

SOFTNESS = 0.37
"""Decay length of the bond valence in Å."""

ALIKE = 0.02
"""Relative difference of bond valences up to which atoms count as bound alike."""

CARBON_BOND = 2.2
"""Longest bond of iron to carbon in a cyanide, in Å."""

MOST_APART = 2000
"""Atoms of an element up to which higher charges are kept apart; of more, every n-th is taken."""


def whole_charges(
    atoms: Atoms, charges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Replace the mean charge of an element by whole charges with the same sum.

    Parameters
    ----------
    atoms
        The structure.
    charges
        Formal charges in e, shape (n,), NaN where unknown.

    Returns
    -------
    charges
        Whole charges, shape (n,), NaN where unknown. A sum that is not whole is rounded.
    notes
        How the charges are distributed, one line per element.
    """
    whole, notes = charges.copy(), []
    for number in np.unique(atoms.numbers[np.isfinite(charges)]).tolist():
        if NONMETAL[number]:
            continue
        for mean in np.unique(charges[(atoms.numbers == number) & np.isfinite(charges)]).tolist():
            if abs(mean - round(mean)) < 1e-6:
                continue
            own = np.flatnonzero((atoms.numbers == number) & (charges == mean))
            low = int(np.floor(mean))
            count = round((mean - low) * len(own))
            whole[own] = low
            whole[own[_most_bound(atoms, own, count)]] = low + 1
            symbol, rest = chemical_symbols[number], len(own) - count
            notes.append(
                f"mixed valence: {rest} {symbol}{low:+d} and {count} {symbol}{low + 1:+d}, "
                "the higher charge where the bonds are shortest; other distributions are possible"
            )
    return whole, tuple(notes)


def _most_bound(atoms: Atoms, own: NDArray[np.int64], count: int) -> list[int]:
    """Choose atoms by their bond valence, and far apart where that is alike."""
    pairs = neighbour_list(atoms, REACH)
    bound = NONMETAL[atoms.numbers[pairs.second]]
    strength = np.bincount(
        pairs.first[bound], np.exp(-pairs.distances[bound] / SOFTNESS), len(atoms)
    )[own]
    if (atoms.numbers[own] == IRON).all():
        carbon = (atoms.numbers[pairs.second] == CARBON) & (pairs.distances < CARBON_BOND)
        strength[np.bincount(pairs.first[carbon], minlength=len(atoms))[own] > 3] = 0.0
    order = np.argsort(-strength, kind="stable")
    if not 0 < count < len(own):
        return [int(site) for site in order[:count]]
    edge = strength[order[count - 1]]
    margin = ALIKE * max(edge, 1e-12)
    sure = np.flatnonzero(strength > edge + margin).tolist()
    alike = np.flatnonzero(abs(strength - edge) <= margin)
    return sure + _apart(atoms, own, sure, alike, count - len(sure))


def _apart(
    atoms: Atoms, own: NDArray[np.int64], chosen: list[int], open_: NDArray[np.int64], count: int
) -> list[int]:
    """Choose one after the other the atom that is farthest from those chosen before."""
    if len(open_) > MOST_APART:
        return [int(open_[step * len(open_) // count]) for step in range(count)]
    positions = atoms.positions[own]
    nearest = np.full(len(open_), np.inf)

    def note(site: int) -> None:
        _, lengths = find_mic(positions[open_] - positions[site], atoms.cell, atoms.pbc)
        np.minimum(nearest, np.round(lengths, 3), out=nearest)

    for site in chosen:
        note(site)
    picked: list[int] = []
    for _ in range(count):
        free = np.where(np.isin(open_, picked), -1.0, nearest)
        picked.append(int(open_[int(free.argmax())]))
        note(picked[-1])
    return picked
