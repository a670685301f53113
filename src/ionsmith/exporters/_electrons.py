"""Electrons of a calculation: initial moments and +U.

The moment of an ion is that of its charge and surroundings (``_spin_states``): V3+ has 2 unpaired
electrons, Fe3+ 5, Co3+ in an octahedron of oxygen none. Where only the mean charge of an element is
known (Na3.5V2(PO4)3), whole charges are put on its atoms first, so that the sum is right. Iron
beside an oxide, whose charges are not known, has the moment of the metal.

The U values are those that the Materials Project fits to formation enthalpies of oxides with PBE:
A. Jain et al., Phys. Rev. B 84, 045115 (2011), doi:10.1103/PhysRevB.84.045115, by the method of
L. Wang, T. Maxisch and G. Ceder, Phys. Rev. B 73, 195107 (2006), doi:10.1103/PhysRevB.73.195107.
They belong to the effective U of S. L. Dudarev et al., Phys. Rev. B 57, 1505 (1998),
doi:10.1103/PhysRevB.57.1505, and to VASP's projectors; other codes project otherwise, so that
energies of different codes with the same U do not compare.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals.charges import known_charges, like_bonds
from ionsmith.crystals.mixed_valence import whole_charges
from ionsmith.errors import InvalidInput
from ionsmith.exporters._spin_states import (
    may_be_magnetic,
    start_without_charge,
    surroundings,
    unpaired,
)

U_VALUES = {"V": 3.25, "Cr": 3.7, "Mn": 3.9, "Fe": 5.3, "Co": 3.32, "Ni": 6.2}
"""Effective U of 3d elements in oxides, in eV (Jain et al. 2011)."""

MagneticOrder = Literal["ferro", "antiferro", "none"]

NEIGHBOUR_SHELL = 1.25
"""Moments within this multiple of the shortest distance from an atom are its neighbours."""


SHELLS = (
    (5, 10, 2, "p"), (13, 18, 3, "p"), (21, 30, 3, "d"), (31, 36, 4, "p"), (39, 48, 4, "d"),
    (49, 54, 5, "p"), (57, 71, 4, "f"), (72, 80, 5, "d"), (81, 86, 6, "p"), (89, 103, 5, "f"),
)  # fmt: skip
"""First and last atomic number, and the shell of these elements that +U acts on."""


def initial_moments(
    atoms: Atoms,
    *,
    magnetic_order: MagneticOrder | None = None,
    moments: Mapping[str, float] | None = None,
    oxidation_states: Mapping[str, float] | None = None,
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Choose the moment that every atom starts from.

    Parameters
    ----------
    atoms
        The structure; moments that it has are kept unless one of the others is given.
    magnetic_order
        ``ferro``, ``antiferro``, ``none``, or None for ``ferro`` where nothing else is known.
    moments
        Sizes by element in Bohr magnetons, in place of those of the formal charges.
    oxidation_states
        Formal charges by element, in place of those of the published sites.

    Returns
    -------
    moments
        Shape (n,), in Bohr magnetons.
    notes
        Where they come from, one line each.
    """
    moments, oxidation_states = moments or {}, oxidation_states or {}
    for name in {*moments, *oxidation_states} - set(atoms.get_chemical_symbols()):
        raise InvalidInput(f"there is no {name} in {atoms.get_chemical_formula()}")
    if magnetic_order == "none":
        return np.zeros(len(atoms)), ()
    own = atoms.get_initial_magnetic_moments()
    if magnetic_order is None and not moments and not oxidation_states and own.any():
        if own.ndim > 1:
            raise InvalidInput(
                "the moments of the structure are not collinear, which exports are; choose "
                "`magnetic_order` or `moments`"
            )
        return own.astype(float), ("initial moments as the structure has them",)
    sizes, notes = _sizes(atoms, moments, oxidation_states)
    if magnetic_order == "antiferro" and sizes.any():
        signs, note = opposite_neighbours(atoms, sizes)
        return sizes * signs, (*notes, note)
    return sizes, notes


@dataclass(frozen=True)
class Ions:
    """Atoms whose moment follows from their charge.

    Parameters
    ----------
    charges
        Formal charges in e as they are known, means where valences are mixed, shape (n,); NaN
        where unknown.
    whole
        The same with whole charges on single atoms, shape (n,).
    needed
        Whether the moment of an atom follows from its charge, shape (n,).
    sites
        Indices of those of known charge.
    surroundings
        Neighbours of these, such as ``O6``.
    origin
        Where the charges come from.
    notes
        How mixed valences are distributed, one line per element.
    """

    charges: NDArray[np.float64]
    whole: NDArray[np.float64]
    needed: NDArray[np.bool_]
    sites: NDArray[np.int64]
    surroundings: list[str]
    origin: str
    notes: tuple[str, ...]


def find_ions(
    atoms: Atoms, moments: Mapping[str, float], oxidation_states: Mapping[str, float]
) -> Ions:
    """Find the atoms whose moment follows from their charge.

    Parameters
    ----------
    atoms
        The structure.
    moments, oxidation_states
        As for :func:`initial_moments`.
    """
    symbols = np.array(atoms.get_chemical_symbols())
    needed = np.array([may_be_magnetic(symbol) and symbol not in moments for symbol in symbols])
    needed &= (symbols != "O") | (like_bonds(atoms, "O") > 0)
    charges, origin = np.full(len(atoms), np.nan), ""
    whole, mixed = charges, tuple[str, ...]()
    if needed.any():
        charges, origin = _charges(atoms, oxidation_states, set(symbols[needed].tolist()))
        whole, mixed = whole_charges(atoms, charges)
    sites = np.flatnonzero(needed & np.isfinite(whole))
    around = surroundings(atoms, sites) if len(sites) else []
    notes = tuple(note for note in mixed if any(f" {s}" in note for s in symbols[sites]))
    return Ions(charges, whole, needed, sites, around, origin, notes)


def _sizes(
    atoms: Atoms, moments: Mapping[str, float], oxidation_states: Mapping[str, float]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Size of every moment: as given by element, else of its ion or metal."""
    symbols = np.array(atoms.get_chemical_symbols())
    sizes = np.zeros(len(atoms))
    notes: list[str] = []
    ions = find_ions(atoms, moments, oxidation_states)
    if len(ions.sites):
        said: dict[str, None] = {}
        for atom, around in zip(ions.sites.tolist(), ions.surroundings, strict=True):
            symbol, charge = symbols[atom], float(ions.whole[atom])
            sizes[atom] = unpaired(symbol, charge, around)
            high = unpaired(symbol, charge)
            spin = "" if sizes[atom] >= high else f" (low spin; high spin has {high:g})"
            said[f"{symbol}{charge:+.3g} {sizes[atom]:.3g}{spin}"] = None
        notes.append(f"unpaired electrons: {', '.join(sorted(said))} (charges: {ions.origin})")
        notes += ions.notes
    unknown = np.flatnonzero(ions.needed & np.isnan(ions.whole))
    starts: dict[str, None] = {}
    around_each = surroundings(atoms, unknown) if len(unknown) else []
    for atom, around in zip(unknown.tolist(), around_each, strict=True):
        sizes[atom], words = start_without_charge(symbols[atom], around)
        start = f"from {sizes[atom]:g} Bohr magnetons, {words}"
        start = start if sizes[atom] else "without a moment"
        starts[f"formal charge of {symbols[atom]} not known: it starts {start}"] = None
    notes += sorted(starts)
    for symbol, size in moments.items():
        sizes[symbols == symbol] = size
        notes.append(f"moment of {symbol} as given: {size:g}")
    return sizes, tuple(notes)


def _charges(
    atoms: Atoms, oxidation_states: Mapping[str, float], needed: set[str]
) -> tuple[NDArray[np.float64], str]:
    """Formal charges with those given by element put in, and where they come from."""
    symbols = np.array(atoms.get_chemical_symbols())
    if needed <= set(oxidation_states):
        charges, origin = np.full(len(atoms), np.nan), "as given"
    else:
        charges, origin = known_charges(atoms)
        origin += "".join(f", {symbol} as given" for symbol in oxidation_states)
    for symbol, charge in oxidation_states.items():
        charges[symbols == symbol] = charge
    return charges, origin


def opposite_neighbours(
    atoms: Atoms, sizes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], str]:
    """Choose signs so that near moments are opposite as far as their lattice allows.

    Atom after atom, outwards from the first through neighbouring moments, each takes the sign
    that is opposite to more of the neighbours that already have one.

    Parameters
    ----------
    atoms
        The structure.
    sizes
        Sizes of the moments, shape (n,).

    Returns
    -------
    signs
        +1 or -1, shape (n,); +1 where there is no moment.
    note
        How many neighbouring pairs are opposite.
    """
    magnetic = np.flatnonzero(sizes)
    lattice = atoms[magnetic]
    shortest = _shortest(lattice)
    pairs = neighbour_list(lattice, NEIGHBOUR_SHELL * shortest)
    neighbours: list[list[int]] = [[] for _ in magnetic]
    for i, j in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        neighbours[i].append(j)
    sign = np.zeros(len(magnetic))
    for start in range(len(magnetic)):
        if sign[start]:
            continue
        # A new island of moments begins so that the sum comes nearer to nothing.
        sign[start] = -1.0 if (sizes[magnetic] * sign).sum() > 0 else 1.0
        queue = deque(neighbours[start])
        while queue:
            here = queue.popleft()
            if sign[here]:
                continue
            known = sum(sign[k] for k in neighbours[here])
            total = (sizes[magnetic] * sign).sum()
            sign[here] = -1.0 if known > 0 or (known == 0 and total > 0) else 1.0
            queue.extend(k for k in neighbours[here] if not sign[k])
    opposite = int((sign[pairs.first] != sign[pairs.second]).sum()) // 2
    if (sizes[magnetic] * sign).sum() < 0:  # all reversed, it is the same order
        sign = -sign
    signs = np.ones(len(atoms))
    signs[magnetic] = sign
    net = float((sizes * signs).sum())
    return signs, (
        f"antiferromagnetic start: {opposite} of {len(pairs.first) // 2} pairs of neighbouring "
        f"moments (within {NEIGHBOUR_SHELL * shortest:.2f} Å) are opposite, net moment {net:.3g}"
    )


def _shortest(lattice: Atoms) -> float:
    """Shortest distance between two moments, in Å."""
    reach = 3.0
    while True:  # a moment meets its own image at the latest, unless it is alone in vacuum
        distances = neighbour_list(lattice, reach).distances
        if len(distances):
            return float(distances.min())
        if reach > 60:
            return reach
        reach *= 1.5


def correlated_shell(symbol: str) -> tuple[int, str]:
    """Name the shell of an element that +U acts on: 3d of V, 4d of Mo, 4f of Ce, 2p of O.

    Returns
    -------
    number
        Principal quantum number.
    letter
        ``"p"``, ``"d"`` or ``"f"``.

    Raises
    ------
    InvalidInput
        For hydrogen, helium, and alkali and alkaline earth metals.
    """
    for first, last, number, letter in SHELLS:
        if first <= chemical_symbols.index(symbol) <= last:
            return number, letter
    raise InvalidInput(f"{symbol} has no shell of p, d or f electrons that U could act on")


def hubbard_values(
    atoms: Atoms, given: Mapping[str, float], *, use_defaults: bool
) -> dict[str, float]:
    """Choose U by element: the published ones of 3d metals in oxides, under those given.

    Where the charge of an element is not known, as in iron beside an oxide, it has no U.

    Parameters
    ----------
    atoms
        The structure.
    given
        Values by element in eV; 0 leaves an element out.
    use_defaults
        Whether the published values are taken.

    Raises
    ------
    InvalidInput
        For an element that is not there, or that has no shell for U.
    """
    present = set(atoms.get_chemical_symbols())
    for name in set(given) - present:
        raise InvalidInput(f"there is no {name} in {atoms.get_chemical_formula()}")
    for name in (name for name, value in given.items() if value):
        correlated_shell(name)
    values = {}
    if use_defaults and present & {"O", "F"} and present & set(U_VALUES):
        charges, _ = known_charges(atoms)
        metallic = {chemical_symbols[z] for z in atoms.numbers[np.isnan(charges)]}
        values = {symbol: u for symbol, u in U_VALUES.items() if symbol not in metallic}
    values |= given
    return {s: u for s, u in sorted(values.items()) if s in present and u}
