"""Initial moments of a calculation.

The moment of an ion is that of its charge and surroundings (``_spin_states``): V3+ has 2 unpaired
electrons, Fe3+ 5, Co3+ in an octahedron of oxygen none. Where only the mean charge of an element is
known (Na3.5V2(PO4)3), whole charges are put on its atoms first, so that the sum is right. Iron
beside an oxide, whose charges are not known, has the moment of the metal.
"""

from collections import deque
from collections.abc import Mapping
from typing import Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.errors import InvalidInput
from ionsmith.exporters._electrons._ions import find_ions
from ionsmith.exporters._electrons._spin_states import (
    start_without_charge,
    surroundings,
    unpaired,
)

MagneticOrder = Literal["ferro", "antiferro", "none"]

NEIGHBOUR_SHELL = 1.25
"""Moments within this multiple of the shortest distance from an atom are its neighbours."""


def initial_moments(
    atoms: Atoms,
    *,
    magnetic_order: MagneticOrder | None = None,
    moments: Mapping[str, float] | None = None,
    oxidation_states: Mapping[str, float] | None = None,
    charge: int = 0,
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
    charge
        Charge of the cell in e.

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
    sizes, notes = _sizes(atoms, moments, oxidation_states, charge)
    if magnetic_order == "antiferro" and sizes.any():
        signs, note = opposite_neighbours(atoms, sizes)
        return sizes * signs, (*notes, note)
    return sizes, notes


def _sizes(
    atoms: Atoms, moments: Mapping[str, float], oxidation_states: Mapping[str, float], charge: int
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Size of every moment: as given by element, else of its ion or metal."""
    symbols = np.array(atoms.get_chemical_symbols())
    sizes = np.zeros(len(atoms))
    notes: list[str] = []
    ions = find_ions(atoms, moments, oxidation_states, charge)
    if len(ions.sites):
        said: dict[str, None] = {}
        for atom, around in zip(ions.sites.tolist(), ions.surroundings, strict=True):
            symbol, ion = symbols[atom], float(ions.whole[atom])
            sizes[atom] = unpaired(symbol, ion, around)
            high = unpaired(symbol, ion)
            spin = "" if sizes[atom] >= high else f" (low spin; high spin has {high:g})"
            said[f"{symbol}{ion:+.3g} {sizes[atom]:.3g}{spin}"] = None
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
