"""Caps on dangling bonds: H at its bond length, or Li or Na instead.

A cap lies along the dangling bond, at the bond length of the pair. If two caps come too close, as
on two bonds that pointed to the same atom (H–H 1.42 Å in Si), both turn about their host atoms at
constant bond length until they are apart, as on relaxed surfaces (canted dihydrides of Si: Northrup
1991, doi:10.1103/PhysRevB.44.1419). All others keep the direction of the crystal.
"""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.connectivity import Partners
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.errors import PoresNotPossible
from ionsmith.lattice.lattice_points import index_grid

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HYDRIDE = {"C": 1.087, "N": 1.012, "Si": 1.480, "P": 1.420, "Ge": 1.525, "As": 1.511, "Sn": 1.711,
           "Sb": 1.704}  # fmt: skip
"""Bond lengths X–H in Å of CH4, NH3, SiH4, PH3, GeH4, AsH3, SnH4 and SbH3.

Gas phase, experiment: NIST Computational Chemistry Comparison and Benchmark Database (release 22),
doi:10.18434/T47C7Z. For other elements the sum of the covalent radii is used.
"""

NEAREST_H = 1.5
"""Shortest H–H distance in Å allowed in a model."""

_AIM_H = 1.75  # Å; H turn apart up to this distance
_AIM_ION = {3: 2.5, 11: 3.0}  # Å between two ions: slightly less than in the metals
_MARGIN = 0.8  # Å beyond the covalent radii, for H and an atom to which it is not bonded
_STEPS = 400
_STRETCH = 1.25  # largest extension of bonds to ions; those to H keep their length
_SPRING = 0.02  # fraction of the way back to the dangling bond in each step
_STILL = 1e-4  # Å per step at which caps are settled
_STIR = 0.02  # Å; displaces caps that face each other from the line between them


@dataclass(frozen=True, eq=False)
class Dangling:
    """Dangling bonds.

    Parameters
    ----------
    host
        Index of the remaining atom in the full crystal, shape (k,).
    lost
        Index of the removed atom, shape (k,).
    direction
        Unit vectors from the former to the latter, shape (k, 3).
    """

    host: Integers
    lost: Integers
    direction: Floats

    def __len__(self) -> int:
        """Return the number of dangling bonds."""
        return len(self.host)


def dangling_bonds(bonds: Partners, kept: NDArray[np.bool_]) -> Dangling:
    """Bonds between an atom that is kept and one that is removed."""
    broken = (bonds.partner >= 0) & kept[:, None] & ~kept[bonds.partner]
    host, slot = np.nonzero(broken)
    vector = bonds.vector(host, slot)
    lengths = np.linalg.norm(vector, axis=1, keepdims=True)
    return Dangling(host, bonds.partner[host, slot].astype(np.int64), vector / lengths)


def bond_length(host: str, cap: str) -> float:
    """Length in Å of a bond from a host atom to a cap: published for H, else covalent radii."""
    if cap == "H" and host in HYDRIDE:
        return HYDRIDE[host]
    return float(covalent_radii[atomic_numbers[host]] + covalent_radii[atomic_numbers[cap]])


def cap_lengths(host_numbers: Integers, cap_numbers: Integers) -> Floats:
    """Bond lengths in Å of caps, by the atomic numbers of hosts and caps, shape (k,)."""
    from ase.data import chemical_symbols

    lengths = np.empty(len(cap_numbers))
    for host, cap in np.unique(np.column_stack([host_numbers, cap_numbers]), axis=0):
        mine = (host_numbers == host) & (cap_numbers == cap)
        lengths[mine] = bond_length(chemical_symbols[host], chemical_symbols[cap])
    return lengths


def turn_apart(
    solid: Atoms, anchor: Integers, direction: Floats, numbers: Integers
) -> tuple[Floats, Floats]:
    """Turn caps about their host atoms until none are too close; positions in Å and angles in °."""
    k = len(anchor)
    if k == 0:
        return np.zeros((0, 3)), np.zeros(0)
    lengths = cap_lengths(solid.numbers[anchor], numbers)
    foot = solid.positions[anchor]
    ideal = foot + lengths[:, None] * direction
    longest = lengths * np.where(numbers == 1, 1.0, _STRETCH)
    cap_a, cap_b, shift_ab, aim_ab, cap_c, at, aim_c = _close_pairs(solid, anchor, ideal, numbers)
    place = ideal.copy()
    crowded = np.zeros(k, dtype=bool)
    for _ in range(_STEPS):
        between = place[cap_b] + shift_ab - place[cap_a]
        apart = np.linalg.norm(between, axis=1)
        lacking = np.clip(aim_ab - apart, 0, None)
        towards = at - place[cap_c]
        away = np.linalg.norm(towards, axis=1)
        short = np.clip(aim_c - away, 0, None)
        fresh = np.zeros(k, dtype=bool)
        fresh[cap_a[lacking > 0]] = fresh[cap_b[lacking > 0]] = fresh[cap_c[short > 0]] = True
        fresh &= ~crowded
        if fresh.any():
            place[fresh] += _STIR * np.random.default_rng(0).standard_normal((k, 3))[fresh]
            crowded |= fresh
        elif not crowded.any():
            break
        push = np.zeros((k, 3))
        half = between * (0.5 * lacking / np.maximum(apart, _STIR))[:, None]
        whole = towards * (short / away)[:, None]
        for axis in range(3):
            push[:, axis] -= np.bincount(cap_a, half[:, axis], k)
            push[:, axis] += np.bincount(cap_b, half[:, axis], k)
            push[:, axis] -= np.bincount(cap_c, whole[:, axis], k)
        moved = place + 0.5 * push + _SPRING * (ideal - place) - foot
        reach = np.linalg.norm(moved, axis=1)
        moved *= (np.clip(reach, lengths, longest) / reach)[:, None]
        settled = foot[crowded] + moved[crowded]
        step = abs(settled - place[crowded]).max()
        place[crowded] = settled
        if step < _STILL and not fresh.any():
            break
    _check_hydrogen(place, cap_a, cap_b, shift_ab, numbers)
    cosine = np.einsum("ni,ni->n", place - foot, direction)
    cosine = np.clip(cosine / np.linalg.norm(place - foot, axis=1), -1, 1)
    return place, np.degrees(np.arccos(cosine))


def _check_hydrogen(
    place: Floats, a: Integers, b: Integers, shift: Floats, numbers: Integers
) -> None:
    """Refuse H that stay too close."""
    both = (numbers[a] == 1) & (numbers[b] == 1)
    apart = np.linalg.norm(place[b] + shift - place[a], axis=1)[both]
    near = apart < NEAREST_H
    if near.any():
        raise PoresNotPossible(
            f"{int(near.sum())} pairs of H stay closer than {NEAREST_H:g} Å, the closest at "
            f"{apart.min():.2f} Å: use larger pores, or no H (`passivate=False`)"
        )


def _close_pairs(
    solid: Atoms, anchor: Integers, place: Floats, numbers: Integers
) -> tuple[Integers, Integers, Floats, Floats, Integers, Floats, Floats]:
    """Pairs of caps, and of caps and host atoms, that may come too close."""
    aim = _aims(np.unique(numbers), np.unique(solid.numbers))
    # Pairs beyond the largest displacement of two caps do not matter.
    cutoff = float(aim.max()) + (1.5 if (numbers == 1).all() else 3.0)
    near = _atoms_near(solid, place, cutoff)
    both = Atoms(
        numbers=np.concatenate([solid.numbers[near], numbers]),
        positions=np.concatenate([solid.positions[near], place]),
        cell=solid.cell,
        pbc=True,
    )
    host = len(near)
    pairs = neighbour_list(both, cutoff, full=False)
    second_cap = pairs.second >= host
    first_cap = pairs.first >= host
    shift = pairs.shifts @ solid.cell.array
    caps = first_cap & second_cap & (pairs.first != pairs.second)
    a, b = pairs.first[caps] - host, pairs.second[caps] - host
    mixed = first_cap ^ second_cap
    first, second = pairs.first[mixed], pairs.second[mixed]
    turned = first_cap[mixed]
    cap = np.where(turned, first, second) - host
    partner = near[np.where(turned, second, first)]
    move = np.where(turned[:, None], shift[mixed], -shift[mixed])
    at = solid.positions[partner] + move
    own = (partner == anchor[cap]) & (
        np.linalg.norm(at - solid.positions[anchor[cap]], axis=1) < 1e-6
    )
    cap, partner, at = cap[~own], partner[~own], at[~own]
    return (
        a,
        b,
        shift[caps],
        aim[numbers[a], numbers[b]],
        cap,
        at,
        aim[numbers[cap], solid.numbers[partner]],
    )


def _aims(caps: Integers, hosts: Integers) -> Floats:
    """Smallest distances in Å of pairs of caps, and of caps and hosts, shape (119, 119)."""
    sums = covalent_radii[:119, None] + covalent_radii[:119]
    aim = np.zeros((119, 119))
    for cap in caps:
        for other in caps:
            if cap == other == 1:
                aim[cap, other] = _AIM_H
            elif cap == other:
                aim[cap, other] = _AIM_ION.get(int(cap), sums[cap, cap])
            else:
                aim[cap, other] = sums[cap, other]
        for host in hosts:
            margin = _MARGIN if cap == 1 else 0.0
            aim[cap, host] = aim[host, cap] = sums[cap, host] + margin
    return aim


def _atoms_near(atoms: Atoms, points: Floats, reach: float) -> Integers:
    """Atoms in boxes around points: all within a distance of any point, and some more."""
    inverse = np.linalg.inv(atoms.cell.array)
    counts = np.maximum(1, np.floor(1 / np.linalg.norm(inverse, axis=0) / reach)).astype(np.int64)

    def box(places: Floats) -> Integers:
        """Box of each place."""
        return np.asarray(np.floor((places @ inverse % 1.0) * counts).astype(np.int64) % counts)

    steps = index_grid(-1, 1)
    around = (np.unique(box(points), axis=0)[:, None] + steps) % counts
    wanted = np.zeros(counts, dtype=bool)
    wanted[tuple(around.reshape(-1, 3).T)] = True
    return np.flatnonzero(wanted[tuple(box(atoms.positions).T)])
