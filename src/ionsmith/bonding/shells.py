"""Coordination shells from distances, covalent radii and electronegativities.

The criterion ``"gap"``. With :math:`e = d - (r_i + r_j)`, the excess of a distance over the sum of
the covalent radii of Cordero et al. (2008):

1. **Two non-metals** (P–O, H–O, C–C) are bonded if e ≤ 0.4 Å, the tolerance of structural
   chemistry (Meng and Lewis 1991). A hydrogen bond is longer.
2. **Polar pairs** are a metal and a non-metal, a metal and As, Sb, Bi or Te, and a metal and Si,
   Ge, Sn or Pb that is more electronegative by at least 0.5 (Li–Si, Na–Sn). An atom with a polar
   partner within reach, and a non-metal bonded to a more electronegative one, is a *cation*. The
   shell of the metal holds the partners that are not cations themselves (P is the anion of a
   phosphide and not of a phosphate), and *donors*: C, N, P, S, Se, As or Sb whose more
   electronegative neighbours all point away from the metal (angles above 95°) at e ≤ 0.4 Å, as in
   cyanides, carbonyls, nitro complexes and the AsS of cobaltite.
3. **Metals with each other** (Na–Na, Cu–Au, Nb–Sn) are bonded if the face between them in the
   Voronoi diagram of all atoms takes at least a twenty-fourth of the sphere around either (O'Keeffe
   1979 weighed neighbours by this solid angle), so that the answer follows from the geometry alone.
   Body-centred metals have 8 neighbours: their next 6, 15 % farther, take a twenty-eighth each.
4. **All other pairs** (Si–Si, Sn–Sn, Sb–Te) have shells of their own.

Two cations are never bonded by rules 3 and 4: two Al that share an edge are not, at 1.95 Å as at
2.7 Å.

A shell of 2 or 4 ends where it has its widest gap: neighbours with e ≤ 0.5 Å are in, those with
e > 0.8 Å are out, and of the ends in between, that with the largest drop of
:math:`(r_i + r_j)/d` to the next neighbour is taken (Brunner 1977 took the gap of 1/d). A next
neighbour with e > 1.2 Å counts as one at 1.2 Å, so that a sparse structure has the same shells as a
dense one; two metals beyond it are not bonded.

A bond belongs to both of its atoms: it is there if the shell of either holds it. The shell of a
cation decides on its polar bonds; the coordination number of an anion counts the cations that
coordinate to it.

Limits. Metal–metal bonds between atoms that also have an anion (Mo–Mo in MoO2, Fe–Fe in Fe3C, Ni–Ni
in NiAs) are not found. At the surface of a metal a face is open to the vacuum, and the next-nearest
atoms of a body-centred one count there. In alkali-rich alloys, shells have no clear end: Li–Li and
Na–Na contacts are not counted beside Li–Si and Na–Sn, and displacements of 0.05 Å along each axis
change the number of one atom in eight (in oxides one in twenty-five, and only around Na, Ag, H and
Te). See :mod:`ionsmith.bonding.bonds` for criteria to use there.

References: Cordero et al. (2008), doi:10.1039/b801115j (radii, as ASE holds them); Meng and Lewis
(1991), doi:10.1002/jcc.540120716; O'Keeffe (1979), doi:10.1107/S0567739479001765; Brunner (1977),
doi:10.1107/S0567739477000461; Pan et al. (2021), doi:10.1021/acs.inorgchem.0c02996 (CrystalNN and
its peers).
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, product
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray
from scipy.spatial import Voronoi

from ionsmith.bonding._held_pairs import HeldPairs, once, upward
from ionsmith.bonding.elements import NONMETAL, electronegativities
from ionsmith.bonding.neighbours import (
    NeighbourList,
    check_apart,
    join,
    neighbour_chunks,
    pairs_within,
)
from ionsmith.bonding.sorting import order_within, pair_order, row_order

COVALENT = 0.4
"""Largest excess in Å of a bond of two non-metals."""

SURE, WIDE, SEEN = 0.5, 0.8, 1.2
"""Excess in Å up to which a neighbour is in a shell, beyond which it is out, and beyond which the
next neighbour no longer widens the last gap."""

POLAR = 0.5
"""Smallest difference of electronegativity of a polar pair of a metal and Si, Ge, Sn or Pb. It
tells Zintl phases (Mg–Si 0.59) from intermetallic ones (Nb–Sn 0.36, Mn–Si 0.35)."""

AWAY = float(np.cos(np.radians(95)))
"""Cosine of the angle metal–donor–neighbour above which the neighbour points away: it is 180° in
cyanides, 120° in nitro complexes, 99° in CoSbS, and at most 90° from some O of a carbonate."""

FACE = 0.52
"""Solid angle in sr from which on two metals are bonded: a twenty-fourth of the sphere, since 24 is
the largest coordination number, of Na in NaZn13. The next-nearest of a body-centred metal have
0.45, the farthest neighbours in A15 and Laves phases 0.66 and 0.74."""

TIE = 1e-6
"""Gaps that differ by less are equal, and the larger shell is taken."""

_STRONGEST = np.float64(1000.0)
"""Sum of radii over distance beyond which atoms are on each other."""

_RADII = covalent_radii[:119, None] + covalent_radii[:119]
_COVALENT = NONMETAL[:, None] & NONMETAL


def _are(symbols: str) -> NDArray[np.bool_]:
    """Whether an element is one of these, by atomic number."""
    return np.isin(np.arange(119), [atomic_numbers[symbol] for symbol in symbols.split()])


_DONORS = _are("C N P S Se As Sb")
_TETRELS, _PNICTOGENS = _are("Si Ge Sn Pb"), _are("As Sb Bi Te Po")
_METALS = ~NONMETAL & ~_TETRELS & ~_PNICTOGENS


class _Kinds(NamedTuple):
    """Kinds of pairs by the atomic numbers of first and second, each of shape (119, 119)."""

    cation: NDArray[np.bool_]
    polar: NDArray[np.bool_]
    metallic: NDArray[np.bool_]
    like: NDArray[np.bool_]


@cache
def _kinds() -> _Kinds:
    """Tell the kinds of pairs apart."""
    values = electronegativities()
    difference = values - values[:, None]
    polar = ~NONMETAL[:, None] & NONMETAL
    polar |= _METALS[:, None] & (_PNICTOGENS | (_TETRELS & (difference >= POLAR)))
    rest = ~polar & ~polar.T & ~_COVALENT
    metallic = rest & (_METALS[:, None] | _METALS)
    # Metals are in the shells of Si, Sn and their like, which end before or after them.
    like = rest & ~_METALS[:, None]
    cation = polar | (_COVALENT & (difference > 0))
    cation[_TETRELS | _PNICTOGENS, 1] = False
    return _Kinds(cation, polar, metallic, like)


def shell_pairs(atoms: Atoms, margins: Sequence[float]) -> HeldPairs:
    """Bonded pairs at several margins.

    Parameters
    ----------
    atoms
        The structure.
    margins
        In Å; each is added to all tolerances.

    Returns
    -------
    HeldPairs
        Every bond at any of the margins in both directions, unsorted.
    """
    numbers, reach = atoms.numbers, max(margins)
    tolerance = np.where(_COVALENT, COVALENT, np.where(_kinds().polar, SEEN, -np.inf))
    # Lists of slabs of atoms, so that temporary arrays stay as small as one slab.
    unlike = [
        _nearest_first(numbers, pairs) for pairs in pairs_within(atoms, _RADII + tolerance + reach)
    ]
    cations = _cations(numbers, unlike, margins)
    donors = _donors(atoms, unlike)
    found = []
    while unlike:
        pairs, donor = unlike.pop(0), donors.pop(0)
        covalent, excess = _COVALENT.take(_kind(numbers, pairs)), _excess(numbers, pairs)
        held = np.zeros((len(pairs), len(margins)), dtype=bool)
        for at, margin, cation in zip(held.T, margins, cations, strict=True):
            short = excess <= COVALENT + margin
            able = ~cation.take(pairs.second) | (donor & short)
            at[:] = covalent & short
            at |= _in_shells(numbers, pairs, ~covalent & able, margin)
        found.append(HeldPairs.of(pairs, held))
        found.append(HeldPairs.of(pairs, held & ~covalent[:, None]).reversed())
    # A pair of like atoms counts once, whichever end it was found from.
    half = list(_faces(atoms, cations, margins))
    for pairs in _like_pairs(atoms, np.logical_and.reduce(cations), reach):
        pairs = _nearest_first(numbers, pairs)
        held = _free(pairs, cations)
        for at, margin in zip(held.T, margins, strict=True):
            at[:] = _in_shells(numbers, pairs, at, margin)
        held &= ~_METALS.take(numbers.take(pairs.second))[:, None]
        half.append(upward(HeldPairs.of(pairs, held)))
    single = once(HeldPairs.joined(half, len(margins)))
    return HeldPairs.joined([*found, single, single.reversed()], len(margins))


def _kind(numbers: NDArray[np.int64], pairs: NeighbourList) -> NDArray[np.int64]:
    """Place of the two elements of each pair in a table of shape (119, 119)."""
    return np.asarray(119 * numbers.take(pairs.first) + numbers.take(pairs.second))


def _excess(numbers: NDArray[np.int64], pairs: NeighbourList) -> NDArray[np.float64]:
    """Distance in Å beyond the sum of the radii."""
    return np.asarray(pairs.distances - _RADII.take(_kind(numbers, pairs)))


def _strength(excess: NDArray[np.float64], distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the radii over the distance."""
    return (distances - excess) / distances


def _nearest_first(numbers: NDArray[np.int64], pairs: NeighbourList) -> NeighbourList:
    """Pairs sorted by ``first``, and those of an atom as its shells are filled."""
    with np.errstate(divide="ignore"):
        strength = _strength(_excess(numbers, pairs), pairs.distances)
    # Positive numbers are in the order of their bits.
    bits = np.minimum(strength, _STRONGEST).view(np.int64)
    return pairs.take(order_within(pairs.first, _STRONGEST.view(np.int64) - bits))


def _cations(
    numbers: NDArray[np.int64], unlike: Sequence[NeighbourList], margins: Sequence[float]
) -> NDArray[np.bool_]:
    """Atoms with a more electronegative partner within reach, shape (margins, atoms)."""
    cations = np.zeros((len(margins), len(numbers)), dtype=bool)
    for pairs in unlike:
        kind = _kind(numbers, pairs)
        rows = np.flatnonzero(_kinds().cation.take(kind))
        bound = np.where(_COVALENT.take(kind[rows]), COVALENT, WIDE)
        excess = _excess(numbers, pairs)[rows]
        for cation, margin in zip(cations, margins, strict=True):
            cation[pairs.first[rows[excess <= bound + margin]]] = True
    return cations


def _free(pairs: NeighbourList, cations: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pairs of which at least one atom is not a cation, shape (pairs, margins)."""
    return ~(cations.take(pairs.first, axis=1) & cations.take(pairs.second, axis=1)).T


def _donors(atoms: Atoms, unlike: Sequence[NeighbourList]) -> list[NDArray[np.bool_]]:
    """Pairs whose ``second`` may be a donor for ``first``: its cation side points away."""
    numbers, cell = atoms.numbers, atoms.cell.complete().array
    if not _DONORS[numbers].any():
        return [np.zeros(len(pairs), dtype=bool) for pairs in unlike]

    def vectors(pairs: NeighbourList) -> NDArray[np.float64]:
        steps = atoms.positions[pairs.second] - atoms.positions[pairs.first]
        return np.asarray((steps + pairs.shifts @ cell) / pairs.distances[:, None])

    def strong(pairs: NeighbourList) -> NDArray[np.bool_]:
        kind = numbers[pairs.first], numbers[pairs.second]
        bonded = _COVALENT[kind] | _PNICTOGENS[kind[0]]
        stronger = bonded & _kinds().cation[kind] & _DONORS[kind[0]]
        return np.asarray(stronger & (_excess(numbers, pairs) <= COVALENT))

    bonds = join([pairs.take(strong(pairs)) for pairs in unlike])
    bonds = bonds.take(row_order(bonds.first))
    outward = vectors(bonds)
    start = np.searchsorted(bonds.first, np.arange(len(atoms) + 1))
    found = []
    for pairs in unlike:
        donor = ~NONMETAL[numbers[pairs.first]] & _DONORS[numbers[pairs.second]]
        rows = np.flatnonzero(donor)
        inward = -vectors(pairs.take(rows))
        second = pairs.second[rows]
        count = start[second + 1] - start[second]
        row = np.repeat(np.arange(len(rows)), count)
        bond = np.arange(len(row)) - np.repeat(np.cumsum(count) - count - start[second], count)
        facing = np.einsum("nk,nk->n", inward[row], outward[bond]) > AWAY
        donor[rows[row[facing]]] = False
        found.append(donor)
    return found


def _like_pairs(
    atoms: Atoms, always_cation: NDArray[np.bool_], reach: float
) -> Iterator[NeighbourList]:
    """Yield pairs of rule 4 of which at least one atom is not a cation."""
    numbers = atoms.numbers
    free = np.zeros(119, dtype=bool)
    free[np.flatnonzero(np.bincount(numbers[~always_cation]))] = True
    wanted = _kinds().like & (free[:, None] | free)
    present = np.flatnonzero(np.bincount(numbers))
    pairs_present = wanted[np.ix_(present, present)]
    partners = present[pairs_present.any(axis=0) | pairs_present.any(axis=1)]
    chosen = np.flatnonzero(np.isin(numbers, partners))
    for pairs in pairs_within(atoms, np.where(wanted, _RADII + SEEN + reach, -np.inf), chosen):
        yield pairs.take(~always_cation[pairs.first] | ~always_cation[pairs.second])


def _faces(
    atoms: Atoms, cations: NDArray[np.bool_], margins: Sequence[float]
) -> Iterator[HeldPairs]:
    """Metals with a large enough face between them, at least one of them no cation."""
    numbers, kind = atoms.numbers, _kinds().metallic
    limit = np.where(kind, _RADII + SEEN + max(margins), -np.inf)
    present = np.flatnonzero(np.bincount(numbers))
    metals = np.asarray(kind[:, present].any(axis=1))
    centre = ~cations.all(axis=0) & metals[numbers]
    if not centre.any():
        return
    cell = atoms.cell.complete().array
    for near in neighbour_chunks(atoms, float(limit[np.ix_(present, present)].max())):
        check_apart(numbers, near)
        near = near.take(centre[near.first])
        homes = np.unique(near.first)
        if len(homes) == 0:
            continue
        shifts = np.concatenate([np.zeros((len(homes), 3), near.shifts.dtype), near.shifts])
        atom = np.concatenate([homes, near.second])
        order = pair_order(atom, np.zeros(len(atom), np.int64), shifts)
        atom, shifts = atom[order], shifts[order]
        new = np.append(True, (np.diff(atom) != 0) | (np.diff(shifts, axis=0) != 0).any(axis=1))
        atom, shifts = atom[new], shifts[new]
        points = atoms.positions[atom] + shifts @ cell
        home = np.isin(atom, homes) & (shifts == 0).all(axis=1)
        ends, angle = _solid_angles(points, home)
        pairs = NeighbourList(
            atom[ends[:, 0]],
            atom[ends[:, 1]],
            shifts[ends[:, 1]] - shifts[ends[:, 0]],
            np.linalg.norm(points[ends[:, 1]] - points[ends[:, 0]], axis=1),
        )
        wanted = pairs.distances <= limit[numbers[pairs.first], numbers[pairs.second]]
        pairs = pairs.take(wanted & (angle >= FACE))
        near_enough = _excess(numbers, pairs)[:, None] <= SEEN + np.array(margins)
        yield upward(HeldPairs.of(pairs, _free(pairs, cations) & near_enough))


def _solid_angles(
    points: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Faces of the Voronoi cells of chosen points: both ends and the solid angle in sr."""
    # Distant corners close the cells at a surface.
    middle, width = points.mean(axis=0), 100 + 10 * float(np.ptp(points, axis=0).max())
    corners = middle + width * np.array(list(product((-1, 1.2), (-1, 1.3), (-1, 1.4))))
    diagram = Voronoi(np.concatenate([points, corners]))
    ends: NDArray[np.int64] = diagram.ridge_points.astype(np.int64)
    inside = (ends < len(points)).all(axis=1)
    wanted = np.flatnonzero(inside & np.append(chosen, np.zeros(8, dtype=bool))[ends].any(axis=1))
    faces = [diagram.ridge_vertices[row] for row in wanted]
    ends = ends[wanted]
    sizes = np.array([len(face) for face in faces], np.int64)
    vertex = np.fromiter(chain.from_iterable(faces), np.int64, int(sizes.sum()))
    face = np.repeat(np.arange(len(faces)), sizes)
    start = np.cumsum(sizes) - sizes
    follower = np.arange(len(vertex)) + 1
    follower[start + sizes - 1] = start
    # Triangles between the first vertex and each edge (Van Oosterom and Strackee 1983).
    corner = diagram.vertices[vertex] - points[ends[face, 0]]
    a, b, c = corner[start[face]], corner, corner[follower]
    la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
    volume = np.abs(np.einsum("nk,nk->n", a, np.cross(b, c)))
    ab, ac, bc = ((x * y).sum(axis=1) for x, y in ((a, b), (a, c), (b, c)))
    triangle = 2 * np.arctan2(volume, la * lb * lc + ab * lc + ac * lb + bc * la)
    angles = np.bincount(face, triangle, len(faces)).astype(float)
    return ends, angles


def _in_shells(
    numbers: NDArray[np.int64],
    pairs: NeighbourList,
    wanted: NDArray[np.bool_],
    margin: float,
) -> NDArray[np.bool_]:
    """Pairs, nearest first, whose ``second`` is in the shell that wanted ones make of ``first``."""
    inside = np.zeros(len(pairs), dtype=bool)
    if not wanted.any():
        return inside
    everything = bool(wanted.all())
    pairs = pairs if everything else pairs.take(wanted)
    check_apart(numbers, pairs)
    first, excess = pairs.first, _excess(numbers, pairs)
    strength = _strength(excess, pairs.distances)
    last = np.append(first[1:] != first[:-1], True)
    seen = SEEN + margin
    next_excess = np.append(excess[1:], seen)
    next_excess[last] = seen
    edge = np.flatnonzero((excess <= WIDE + margin) & (next_excess > SURE + margin))
    if len(edge) == 0:
        return inside
    radii = (pairs.distances - excess)[edge]
    next_strength = np.where(last[edge], 0.0, strength.take(edge + 1, mode="clip"))
    drop = strength[edge] - np.maximum(next_strength, radii / (radii + seen))
    # The shell of an atom ends at the last of its largest drops.
    new = np.append(True, first[edge[1:]] != first[edge[:-1]])
    heads = np.flatnonzero(new)
    largest = np.maximum.reduceat(drop, heads)[np.cumsum(new) - 1]
    end = np.maximum.reduceat(np.where(drop >= largest - TIE, edge, -1), heads)
    starts = np.append(0, np.flatnonzero(last) + 1)
    step = np.zeros(len(pairs) + 1, np.int8)
    step[starts[np.searchsorted(starts, end, side="right") - 1]] = 1
    step[end + 1] -= 1
    shell = np.cumsum(step[:-1], dtype=np.int8).view(bool)
    if everything:
        return shell
    inside[wanted] = shell
    return inside
