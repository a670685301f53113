"""Kinds of atoms of a crystal: their role, and lengths and valences of their bonds.

See :mod:`ionsmith.builders.interface._contact`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.elements import NONMETAL, electronegativities
from ionsmith.bonding.neighbours import join, pairs_within
from ionsmith.bonding.sorting import pair_order
from ionsmith.builders.interface._closest_approach import radius_of
from ionsmith.surfaces.slabs import CENTRAL, CHARGE, KIND, OrientedCell

SOFTNESS = 0.37
"""b of bond valence in Å."""

REACH, FADING = 4.5, 1.0
"""Distance in Å beyond which no pair counts, and length in Å over which it fades out."""

COVALENT_CRYSTAL = 1.3
"""Difference of Pauling's electronegativities up to which a crystal is covalent: GaN 1.23."""

NO_ROLE = 0.3
"""Difference of electronegativity up to which an atom is neither anion nor cation."""

LIMITED = 4.5
"""Largest coordination number of an element with covalent bonds."""

BOND = 0.4
"""Length in Å up to which a bond may be longer than the mean."""

BEYOND_METAL = 0.35
"""In Å: graphene is 3.3 to 3.4 Å above Al, Ag, Au and Pt (111), G. Giovannetti et al., Phys. Rev.
Lett. 101, 026803 (2008), doi:10.1103/PhysRevLett.101.026803."""

HYDROGEN_BOND = 0.35
"""Radius in Å of H bonded to N, O or F: 1.85 Å from it to another O."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ANIONS = NONMETAL | np.isin(np.arange(119), [14, 32, 50, 82, 33, 51, 83, 52, 84])
"""Elements that may be anions: non-metals, and those of Zintl phases."""


@dataclass(frozen=True, eq=False)
class Species:
    """The kinds of atoms of one crystal, n of them.

    Parameters
    ----------
    kinds
        Atomic numbers, increased for centres of molecular groups, sorted, shape (n,).
    role
        1 for cations, -1 for anions, 0 for atoms of elements, shape (n,).
    metal
        Whether atoms of an element have no limited valence, shape (n,).
    covalent
        Whether they belong to an element or a covalent crystal, shape (n,).
    excess
        Mean length of the bonds beyond the sum of covalent radii in Å, shape (n,).
    strength
        Mean valence of the bonds, shape (n,).
    radius
        In contacts without bonds, in Å, shape (n,).
    length, valence
        Mean length in Å and valence of the bonds of two kinds, nan without, shape (n, n).
    """

    kinds: Integers
    role: Integers
    metal: NDArray[np.bool_]
    covalent: NDArray[np.bool_]
    excess: Floats
    strength: Floats
    radius: Floats
    length: Floats
    valence: Floats


class BondSums(NamedTuple):
    """Sums over the bonds of every atom, n of them.

    Parameters
    ----------
    valence
        Of the bonds, shape (n,).
    number
        Of bonds, shape (n,).
    direction
        Of their unit vectors, shape (n, 3).
    """

    valence: Floats
    number: Integers
    direction: Floats

    def take(self, which: Integers) -> "BondSums":
        """Sums of some atoms."""
        return BondSums(self.valence[which], self.number[which], self.direction[which])


def species_of(bulk: Atoms, cell: OrientedCell) -> Species:
    """Kinds of atoms of a crystal, from its bonds without strain."""
    kinds, which = np.unique(cell.atoms.arrays[KIND], return_inverse=True)
    numbers, n = kinds % CENTRAL, len(kinds)
    bonds = cell.bonds
    a, b = which[bonds.first], which[bonds.second]
    steps = bulk.positions[bonds.second] + bonds.shifts @ bulk.cell.array
    distance = np.linalg.norm(steps - bulk.positions[bonds.first], axis=1)
    electro = np.nan_to_num(electronegativities(), nan=2.0)
    polarity = electro[bulk.numbers[bonds.first]] - electro[bulk.numbers[bonds.second]]
    polar = _ANIONS[bulk.numbers[bonds.first]] | _ANIONS[bulk.numbers[bonds.second]]
    mean_polarity = _mean(polarity * polar, a, n)
    role = np.where(mean_polarity > NO_ROLE, -1, np.where(mean_polarity < -NO_ROLE, 1, 0))
    count = np.bincount(bonds.first, minlength=len(bulk))
    coordination = _mean(count.astype(float), which, n)
    limited = (coordination < LIMITED) & (abs(mean_polarity) < COVALENT_CRYSTAL)
    covalent = (role == 0) | limited.all()
    metal = (role == 0) & ((coordination > LIMITED) | ~_ANIONS[numbers])
    valence = np.ones(len(bonds))
    charges = cell.atoms.arrays.get(CHARGE)
    if charges is not None and not covalent.all():
        per_bond = np.divide(abs(charges), count, where=count > 0, out=np.zeros(len(bulk)))
        cation = charges[bonds.first] > charges[bonds.second]
        valence = np.where(cation, per_bond[bonds.first], per_bond[bonds.second])
        valence = np.where(valence > 0, valence, 1.0)
    length, strength = np.full((n, n), np.nan), np.full((n, n), np.nan)
    pair, inverse = np.unique(a * n + b, return_inverse=True)
    length.flat[pair] = _mean(distance, inverse, len(pair))
    strength.flat[pair] = _mean(valence, inverse, len(pair))
    radii = covalent_radii[bulk.numbers]
    beyond = distance - radii[bonds.first] - radii[bonds.second]
    radius = np.array([radius_of(int(kind)) for kind in kinds])
    partner = np.array([radius_of(int(kind)) for kind in kinds])[b]
    left = _mean(distance - partner, a, n)
    radius = np.where((role == 1) & ~NONMETAL[numbers], left, radius)
    radius = np.where(metal, _mean(distance, a, n) / 2 + BEYOND_METAL, radius)
    on_strong = np.bincount(a, np.isin(bulk.numbers[bonds.second], (7, 8, 9)), n) > 0
    radius = np.where((numbers == 1) & on_strong, HYDROGEN_BOND, radius)
    return Species(
        kinds=kinds,
        role=role,
        metal=metal,
        covalent=covalent,
        excess=_mean(beyond, a, n),
        strength=_mean(valence, a, n, empty=1.0),
        radius=radius,
        length=length,
        valence=strength,
    )


class BondTerms(NamedTuple):
    """What each pair of atoms within reach adds to the sums, k pairs by their first atoms.

    Parameters
    ----------
    first, second
        Indices of the atoms, shape (k,).
    steps
        Vectors from the first to the second in Å, shape (k, 3).
    valence
        Of the pair, shape (k,).
    bonded
        Whether it counts as a bond, shape (k,).
    along
        Unit vectors, shape (k, 3).
    """

    first: Integers
    second: Integers
    steps: Floats
    valence: Floats
    bonded: NDArray[np.bool_]
    along: Floats

    def to(self, host: Integers, which: Integers) -> "BondTerms":
        """Some of the pairs, with other numbers of their first atoms."""
        return BondTerms(
            host,
            self.second[which],
            self.steps[which],
            self.valence[which],
            self.bonded[which],
            self.along[which],
        )

    def sums(self, n: int) -> BondSums:
        """Add them up for n first atoms."""
        first, along = self.first[self.bonded], self.along[self.bonded]
        direction = [np.bincount(first, part, n) for part in along.T]
        return BondSums(
            np.bincount(self.first, self.valence, n).astype(float),
            np.bincount(first, minlength=n).astype(np.int64),
            np.column_stack(direction).astype(float),
        )


def bond_terms(atoms: Atoms, species: Species) -> BondTerms:
    """Pairs of atoms within reach; the index of its kind stands for the number of each atom."""
    bonded = np.where(np.isfinite(species.length), REACH, -1.0)
    pairs = join(list(pairs_within(atoms, bonded)))
    pairs = pairs.take(pair_order(pairs.first, pairs.second, pairs.shifts))
    a, b = atoms.numbers[pairs.first], atoms.numbers[pairs.second]
    beyond = pairs.distances - species.length[a, b]
    strength = np.nan_to_num(species.valence[a, b] * np.exp(-beyond / SOFTNESS))
    steps = atoms.positions[pairs.second] + pairs.shifts @ atoms.cell.complete().array
    steps = steps - atoms.positions[pairs.first]
    return BondTerms(
        pairs.first,
        pairs.second,
        steps,
        strength * faded(pairs.distances),
        beyond < BOND,
        steps / pairs.distances[:, None],
    )


def faded(distance: Floats) -> Floats:
    """Weight of a pair, which falls smoothly to zero at :data:`REACH`."""
    x = np.clip((REACH - distance) / FADING, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))


def _mean(values: Floats, group: Integers, count: int, empty: float = 0.0) -> Floats:
    """Mean of the values of each group."""
    number = np.bincount(group, minlength=count)
    total = np.bincount(group, values, count)
    return np.where(number > 0, total / np.maximum(number, 1), empty)
