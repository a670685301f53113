r"""What two faces are to each other: bonds expected across the contact, and missing valence.

Each kind of atom is described by its own crystal (:func:`face_of`): its *role* (cation, anion, or
atom of an element), the lengths and strengths of its bonds, and the valence that an atom at the
face has lost, the sum of :math:`s = s_e \exp((d_e - d)/b)` over its neighbours in the crystal less
that in the slab (I. D. Brown and D. Altermatt, Acta Cryst. B 41, 244 (1985),
doi:10.1107/S0108768185002063; b = 0.37 Å). The strength :math:`s_e` of a bond of the mean length
:math:`d_e` is the charge of the cation over its coordination number (Pauling's rule), and 1 in
elements and in covalent crystals.

Across the contact, two atoms that lost valence can form a bond

* if one is an anion and the other a cation or a metal;
* if both are atoms of elements, or one is and the other an ion that lost 30 % of its valence;
* if both belong to elements or covalent crystals (electronegativities of bonded atoms differ by
  less than 1.3), with a penalty if they have the same role (Ga on Zn).

A pair that occurs in a crystal keeps its length and strength there. Others get the sum of the
covalent radii (B. Cordero et al., Dalton Trans. 2832 (2008), doi:10.1039/b801115j) and the mean of
what the own bonds of both have beyond it; a metal on O the length of bond valence
(:mod:`ionsmith.bonding.valence`), a metal on another anion the sum of the radii. All other pairs
repel each other from their closest approach in the crystals on.

Where one face lost no valence, or no atoms can bond, the contact is one of van der Waals radii
(S. Alvarez, Dalton Trans. 42, 8617 (2013), doi:10.1039/c3dt50599e): cations have what their bonds
leave beside the radius of the anion, metals half the distance of their neighbours and
:data:`BEYOND_METAL`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.valence import OXYGEN, PARAMETERS
from ionsmith.builders._lost_bonds import MEMBER, rises
from ionsmith.builders.interface._species import (
    SOFTNESS,
    BondSums,
    Species,
    bond_terms,
)
from ionsmith.surfaces.slabs import CENTRAL, KIND

if TYPE_CHECKING:
    from ionsmith.builders.interface._side import Side

DEPTH = 5.0
"""Depth in Å below the outermost atom to which atoms take part in a contact."""

NEXT = 1.5
"""Closest approach of atoms with covalent bonds that form none, over the length of their bond."""

OPEN, BARE = 0.05, {-1: 0.3, 1: 0.2}
"""Share of its valence that an atom must have lost to form bonds across, and an anion or cation to
bond to any element: Mg on MgO (001) lost 1/6, F on CaF2 (111) and a tetrahedral cation without one
corner 1/4, Al on Al2O3 (001) almost half."""

CLOSED = 0.01
"""Lost valence in valence units per Å² up to which a face is closed: MgO (001) has 0.075."""

METAL_STRENGTH = 0.4
"""Valence of a bond of a metal atom to an anion that is as long as the sum of their radii: by bond
valence 0.23 to 0.55 for Li, Na, Mg, Al, Ti, Fe, Ni, Cu and Ag on O."""

TO_CATION = 0.6
"""Valence of a bond of a metal to a cation, as long as the sum of their radii: Al is 2.6 Å above
the Al of Al2O3 (001) by SevenNet (scripts/compare_registries.py)."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Face:
    """Atoms of a slab near its face in contact, n of them.

    Parameters
    ----------
    positions
        In Å, with the face at height 0, shape (n, 3).
    which
        Index of the kind of each atom, shape (n,).
    missing
        Lost valence, shape (n,).
    direction
        Mean unit vector of the lost bonds, shape (n, 3).
    bare
        Whether an ion lost so much that it bonds to atoms of any element, shape (n,).
    species
        The kinds of the crystal.
    closed
        Whether no bond was severed.
    """

    positions: Floats
    which: Integers
    missing: Floats
    direction: Floats
    bare: NDArray[np.bool_]
    species: Species
    closed: bool


def face_of(side: "Side", slab: Atoms, *, top: bool) -> Face:
    """Atoms of a slab near its upper or lower face, with the valence that they lost."""
    species, crystal = side.species, side.sums
    z = slab.positions[:, 2]
    depth = z.max() - z if top else z - z.min()
    rows = np.flatnonzero(depth < DEPTH)
    which = np.searchsorted(species.kinds, slab.arrays[KIND])
    own, kept, left = _sums_in(side, slab, rows, which)
    member, which = slab.arrays[MEMBER][rows], which[rows]
    full = np.where(member >= 0, crystal.valence[member], own)
    share = 1 - np.divide(own, full, where=full > 0, out=np.ones(len(rows)))
    lost = share > OPEN
    # Strain changes all lengths and no valence.
    missing = np.where(lost, share * side.unstrained[member], 0.0)
    gone = np.where(lost, crystal.number[member] - kept, 0)
    direction = (crystal.direction[member] - left) / np.maximum(gone, 1)[:, None]
    positions = slab.positions[rows]
    positions[:, 2] -= z.max() if top else z.min()
    return Face(
        positions,
        which,
        missing,
        direction * (gone > 0)[:, None],
        share > np.where(species.role[which] > 0, BARE[1], BARE[-1]),
        species,
        float(missing.sum()) < CLOSED * side.cell.area,
    )


def _sums_in(side: "Side", slab: Atoms, rows: Integers, which: Integers) -> BondSums:
    """Sums over the bonds of some atoms of a slab: those of the crystal to atoms that are left."""
    member, rise, copies = slab.arrays[MEMBER], rises(slab, side.cell), side.primitive[1]
    levels = np.ptp(rise) + 1
    place = member // copies * levels + rise - rise.min()
    counts = np.bincount(place) if member.min() >= 0 else np.ones(1)
    if not ((counts == copies) | (counts == 0)).all():  # H was added, or atoms were moved
        atoms = Atoms(which, slab.positions, cell=slab.cell, pbc=slab.pbc)
        return bond_terms(atoms, side.species).sums(len(slab)).take(rows)
    one, same = np.unique(place[rows], return_inverse=True)
    atom, level = np.divmod(one, levels)
    terms = side.terms
    start = np.searchsorted(terms.first, [atom, atom + 1])
    number = start[1] - start[0]
    host = np.repeat(np.arange(len(one)), number)
    pair = np.arange(len(host)) - np.repeat(np.cumsum(number) - number - start[0], number)
    second, there = terms.second[pair], level[host] + side.climbs[pair]
    present = np.zeros((len(side.bulk) // copies, levels + 2), dtype=bool)
    present[:, 1:-1].flat[np.flatnonzero(counts)] = True
    left = present[second, np.clip(there + 1, 0, levels + 1)]
    return terms.to(host[left], pair[left]).sums(len(one)).take(same)


@dataclass(frozen=True)
class Rules:
    """How the kinds of two faces meet, tables of shape (kinds below, kinds above).

    Parameters
    ----------
    bond
        Whether they form bonds.
    reduces
        Whether they do so if the ion below or above is bare, shape (2, ...).
    length, valence
        Length in Å of a bond of that valence.
    counts
        Whether the valence of a bond counts for the atom below and above, shape (2, ...).
    same
        Whether both have the same role.
    limited
        Whether their bond is a covalent one.
    bent
        Whether the atom below and above has directed bonds to the other, shape (2, ...).
    approach
        Distance in Å from which on they repel each other otherwise.
    contact
        Distance in Å of the contact without bonds.
    """

    bond: NDArray[np.bool_]
    reduces: NDArray[np.bool_]
    length: Floats
    valence: Floats
    counts: NDArray[np.bool_]
    same: NDArray[np.bool_]
    limited: NDArray[np.bool_]
    bent: NDArray[np.bool_]
    approach: Floats
    contact: Floats


def rules_of(lower: Face, upper: Face, approach: Callable[[int, int], float]) -> Rules:
    """Rules for the kinds of two faces."""
    typical = tuple(
        tuple(_typical(face, kind) for kind in range(len(face.species.kinds)))
        if other.species.metal.any()
        else ()
        for face, other in ((lower, upper), (upper, lower))
    )
    return _rules(lower.species, upper.species, approach, typical)


@lru_cache(maxsize=8)
def _rules(
    below: Species,
    above: Species,
    approach: Callable[[int, int], float],
    typical: tuple[tuple[float, ...], ...],
) -> Rules:
    """Rules for two crystals, and the valence that atoms of each kind lost beside a metal."""
    role = below.role[:, None] * above.role
    elements = (below.role[:, None] == 0) & (above.role == 0)
    covalent = below.covalent[:, None] & above.covalent
    metal_on = (below.metal[:, None] & (above.role == -1)) | (
        (below.role[:, None] == -1) & above.metal
    )
    bond = (role < 0) | elements | covalent | metal_on
    # Other atoms of elements bond to ions that lost much valence.
    reduces = np.array([~bond & (above.role == 0), ~bond & (below.role[:, None] == 0)])
    z, y = below.kinds % CENTRAL, above.kinds % CENTRAL
    radii = covalent_radii[z][:, None] + covalent_radii[y]
    length = radii + (below.excess[:, None] + above.excess) / 2
    valence = np.sqrt(below.strength[:, None] * above.strength)
    counts = np.array([~below.metal[:, None] | above.metal, ~above.metal | below.metal[:, None]])
    for own, other, flip in ((below, above, False), (above, below, True)):
        for i, j in np.argwhere(own.metal[:, None] & (other.role == -1)).tolist():
            place = (j, i) if flip else (i, j)
            number, anion_number = (int(s.kinds[k]) % CENTRAL for s, k in ((own, i), (other, j)))
            length[place], valence[place] = radii[place], METAL_STRENGTH
            if anion_number == OXYGEN and number in PARAMETERS:
                r0, b = PARAMETERS[number][min(PARAMETERS[number])]
                valence[place] = typical[not flip][j]
                length[place] = r0 - b * np.log(valence[place])
    known, strong = _known(below, above)
    length = np.where(np.isfinite(known), known, length)
    valence = np.where(np.isfinite(known), strong, valence)
    cation = reduces.any(axis=0) & ((below.role[:, None] == 1) | (above.role == 1))
    length, valence = (
        np.where(cation, radii, length),
        np.where(cation, np.where(below.metal[:, None] | above.metal, TO_CATION, 1.0), valence),
    )
    apart = np.array([[approach(int(a), int(b)) for b in above.kinds] for a in below.kinds])
    # Neighbours of one atom with covalent bonds are 1.6 bond lengths apart (tetrahedron).
    limited = covalent & ~below.metal[:, None] & ~above.metal
    bent = np.array([covalent & ~below.metal[:, None], covalent & ~above.metal])
    apart = np.where(limited, np.maximum(apart, NEXT * length), apart)
    contact = below.radius[:, None] + above.radius
    contact = np.where(role > 0, np.maximum(contact, apart), contact)
    return Rules(bond, reduces, length, valence, counts, role > 0, limited, bent, apart, contact)


def _typical(face: Face, kind: int) -> float:
    """Mean valence that atoms of a kind lost, or that of their bonds."""
    lost = face.missing[(face.which == kind) & (face.missing > 0)]
    return float(lost.mean()) if len(lost) else float(face.species.strength[kind])


def _known(below: Species, above: Species) -> tuple[Floats, Floats]:
    """Length and valence of the pairs that are bonded in either crystal, or nan."""
    shape = len(below.kinds), len(above.kinds)
    found: list[tuple[Floats, Floats]] = []
    for own in (below, above):
        rows = _places(own.kinds, below.kinds), _places(own.kinds, above.kinds)
        tables = []
        for table in (own.length, own.valence):
            padded = np.pad(table, (0, 1), constant_values=np.nan)
            tables.append(padded[np.ix_(*rows)])
        found.append((tables[0].reshape(shape), tables[1].reshape(shape)))
    (l1, v1), (l2, v2) = found
    both = np.isfinite(l1) & np.isfinite(l2)
    # At the same valence the bond is longer where its valence is higher; keep the stronger one.
    first = np.isfinite(l1) & ~(both & (l2 - l1 < SOFTNESS * np.log(v1 / v2)))
    return np.where(first, l1, l2), np.where(first, v1, v2)


def _places(kinds: Integers, wanted: Integers) -> Integers:
    """Index of the wanted kinds; one past the end if they are not there."""
    place = np.searchsorted(kinds, wanted)
    inside = place < len(kinds)
    same = inside & (kinds[np.minimum(place, len(kinds) - 1)] == wanted)
    return np.where(same, place, len(kinds))
