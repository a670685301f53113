"""The starts that compete: spin states, placements and orders combined."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.choices import checked
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.exporters._electrons import Ions, MagneticOrder, find_ions, initial_moments, unpaired
from ionsmith.exporters.starts._equivalence import Permutations, key_of, permutations_of
from ionsmith.exporters.starts._orders import orders
from ionsmith.exporters.starts._placements import placements_of

Floats = NDArray[np.float64]

COMPETING = {
    "O6": {("Co", 3): 0, ("Co", 4): 1, ("Ni", 3): 1, ("Fe", 4): 2},
    "F6": {("Co", 3): 0, ("Ni", 3): 1},
    "N6": {
        ("Co", 3): 0, ("Fe", 2): 0, ("Fe", 3): 1, ("Co", 2): 1, ("Mn", 3): 2, ("Cr", 2): 2,
        ("Mn", 2): 1,
    },
    "S6": {("Co", 3): 0, ("Fe", 2): 0, ("Fe", 3): 1, ("Co", 2): 1, ("Ni", 3): 1, ("Fe", 4): 2},
    "Se6": {("Co", 3): 0, ("Fe", 2): 0, ("Fe", 3): 1, ("Co", 2): 1, ("Ni", 3): 1},
}  # fmt: skip
"""Unpaired electrons in low spin, by octahedron and ion, where high spin is near: d4 to d7 of
charge +3 and +4 among weak ligands (LaCoO3: G.-J. Shu, P.-C. Wu and F. C. Chou, RSC Adv. 10 (2020),
doi:10.1039/D0RA09675J), all of them among nitrogen and chalcogen (iron: P. Gütlich, A. B. Gaspar
and Y. Garcia, Beilstein J. Org. Chem. 9, 342 (2013), doi:10.3762/bjoc.9.39; d4 to d7: P. Gütlich,
Eur. J. Inorg. Chem. (2013), doi:10.1002/ejic.201300092). Mn3+, Fe2+ and Fe3+ are high spin in
oxides and fluorides at ambient pressure."""

SUPERCELL = "no antiferromagnetic order fits the cell, a supercell may have one"


@dataclass(frozen=True, eq=False)
class Start:
    """Moments that a calculation may begin from.

    Parameters
    ----------
    name
        What it is, in a word that suits a folder: ``high-spin-antiferro``.
    reason
        Why it competes, in one line.
    moments
        Initial moments in Bohr magnetons, shape (n,).
    notes
        What else the user should know, one line each.
    """

    name: str
    reason: str
    moments: Floats
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _State:
    """Sizes of the moments, before they are ordered."""

    words: tuple[str, ...]
    reasons: tuple[str, ...]
    sizes: Floats
    notes: tuple[str, ...]


@checked
def competing_starts(
    structure: CrystalLike,
    *,
    magnetic_order: MagneticOrder | None = None,
    moments: Mapping[str, float] | None = None,
    oxidation_states: Mapping[str, float] | None = None,
    charge: int = 0,
) -> tuple[tuple[Start, ...], tuple[str, ...]]:
    """Find the starts that compete for the lowest energy.

    Parameters
    ----------
    structure
        An ordered structure.
    magnetic_order
        The only order of the moments; by default all that fit the cell.
    moments, oxidation_states
        By element, as for :func:`~ionsmith.exporters.plan`.
    charge
        Charge of the cell in e.

    Returns
    -------
    starts
        The first is that of a plain export. At least one.
    notes
        What was left out, one line each.

    Examples
    --------
    >>> from ionsmith.exporters import competing_starts
    >>> starts, _ = competing_starts("lib:licoo2")
    >>> [start.name for start in starts]
    ['low-spin', 'high-spin-ferro']
    """
    atoms = read_structure(structure)
    given = {"moments": moments, "oxidation_states": oxidation_states}
    first, first_notes = initial_moments(
        atoms, magnetic_order=magnetic_order, charge=charge, **given
    )
    found: list[Start] = []
    own = atoms.get_initial_magnetic_moments()
    if own.any() and magnetic_order is None and not moments and not oxidation_states:
        found.append(Start("as-given", "the moments of the structure", first, first_notes))
    if magnetic_order == "none":
        return (Start("non-magnetic", "no moments, as asked", first),), ()
    permutations = permutations_of(atoms)
    states, notes = _states(atoms, moments or {}, oxidation_states or {}, charge, permutations)
    full = True
    for state in states:
        words, because = "-".join(state.words), list(state.reasons)
        if not state.sizes.any():
            name = words or "non-magnetic"
            reason = "; ".join(because) or "no ion or metal with a moment"
            found.append(Start(name, reason, state.sizes, state.notes))
            continue
        fitting = list(orders(atoms, state.sizes, magnetic_order, full=full))
        if len(fitting) == 1 and magnetic_order is None:
            notes = (*notes, f"{words or fitting[0][0]}: {SUPERCELL}")
        for order, reason, signs in fitting:
            name = f"{words}-{order}" if words else order
            line = "; ".join([*because, reason])
            found.append(Start(name, line, state.sizes * signs, state.notes))
        full = False
    starts = tuple(_distinct(found, permutations))
    if len(starts) == 1:
        notes = (*notes, f"no competing starts: {starts[0].reason}")
    return starts, notes


def _states(
    atoms: Atoms,
    moments: Mapping[str, float],
    oxidation_states: Mapping[str, float],
    charge: int,
    permutations: Permutations,
) -> tuple[list[_State], tuple[str, ...]]:
    """The plain state, and those that differ from it in one thing."""
    sizes, notes = initial_moments(
        atoms,
        magnetic_order="ferro",
        moments=moments,
        oxidation_states=oxidation_states,
        charge=charge,
    )
    ions = find_ions(atoms, moments, oxidation_states, charge)
    spins, spin_reasons, others = _spin_states(atoms, ions, sizes)
    placements, left_out = placements_of(atoms, ions, permutations)
    place_words = tuple(word for word, *_ in placements[:1])
    place_reasons = tuple(reason for _, reason, _ in placements[:1])
    words = (*spins.values(), *place_words)
    reasons = (*spin_reasons.values(), *place_reasons)
    states = [_State(words, reasons, sizes, notes)]
    for symbol, (word, reason, changed) in others.items():
        new_words = (*(spins | {symbol: word}).values(), *place_words)
        new_reasons = (*(spin_reasons | {symbol: reason}).values(), *place_reasons)
        states.append(_State(new_words, new_reasons, changed, notes))
    around = dict(zip(ions.sites.tolist(), ions.surroundings, strict=True))
    symbols = atoms.get_chemical_symbols()
    for word, reason, charges in placements[1:]:
        changed = sizes.copy()
        for atom in np.flatnonzero(charges != ions.whole).tolist():
            if atom in around:
                changed[atom] = unpaired(symbols[atom], float(charges[atom]), around[atom])
        states.append(
            _State((*spins.values(), word), (*spin_reasons.values(), reason), changed, notes)
        )
    return states, left_out


def _spin_states(
    atoms: Atoms, ions: Ions, sizes: Floats
) -> tuple[dict[str, str], dict[str, str], dict[str, tuple[str, str, Floats]]]:
    """Word and reason of the plain spin state by element, and the other one with its sizes."""
    symbols = atoms.get_chemical_symbols()
    choices: dict[str, list[tuple[int, float, float, str]]] = {}
    for atom, around in zip(ions.sites.tolist(), ions.surroundings, strict=True):
        charge = float(ions.whole[atom])
        low = COMPETING.get(around, {}).get((symbols[atom], round(charge)))
        if low is not None and charge == round(charge):
            high = unpaired(symbols[atom], charge)
            ion = f"{symbols[atom]}{charge:+g} among {around}"
            choices.setdefault(symbols[atom], []).append((atom, float(low), high, ion))
    words, reasons, others = {}, {}, {}
    for symbol, options in sorted(choices.items()):
        prefix = f"{symbol.lower()}-" if len(choices) > 1 else ""
        changed = sizes.copy()
        lows = [sizes[atom] == low for atom, low, _, _ in options]
        for (atom, less, more, _), is_low in zip(options, lows, strict=True):
            changed[atom] = more if is_low else less
        _, less, more, ion = options[0]
        both = f"{ion} with {less:g} or {more:g} unpaired electrons"
        names = ("low", "high") if lows[0] else ("high", "low")
        words[symbol], reasons[symbol] = f"{prefix}{names[0]}-spin", f"{names[0]} spin: {both}"
        others[symbol] = (f"{prefix}{names[1]}-spin", f"{names[1]} spin: {both}", changed)
    return words, reasons, others


def _distinct(starts: list[Start], permutations: Permutations) -> Iterator[Start]:
    """Leave out starts that symmetry or a reversal of all moments makes equal to one before."""
    keys = set()
    for start in starts:
        key = key_of(start.moments, permutations, flip=True)
        if key not in keys:
            keys.add(key)
            yield start
