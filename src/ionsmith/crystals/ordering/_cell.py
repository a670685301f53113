"""The disordered positions of a supercell: who may sit where, symmetry, contacts, energies.

Positions are numbered basis by basis, and within a basis position cell by cell, in the order of
``numpy.ndindex(supercell)``. An arrangement is an array with the index of one filling a position.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.checks import CONTACT_RADII
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.ordering._electrostatics import (
    PeriodicCoulomb,
    interaction_matrix,
    supercell_interactions,
)
from ionsmith.crystals.ordering._split import contact_fraction
from ionsmith.crystals.ordering._target import Filling, Target, split_by_site
from ionsmith.crystals.recut import RecutCrystal, recut_crystal
from ionsmith.errors import CompositionNotPossible, InvalidInput

IMAGE_TOLERANCE = 0.1
"""Distance in Å within which a symmetry image is taken for a position of the crystal."""


ENERGY_DIGITS = 5
"""Energies are rounded to 1e-5 eV: equivalent arrangements agree to about 1e-6 eV, since published
coordinates such as 0.3333 obey the symmetry to their last digit only."""

_CHUNK = 2_000_000


class DisorderedCell:
    """The disordered positions of a supercell, and the fillings to be put on them.

    Parameters
    ----------
    crystal
        The crystal.
    supercell
        Conventional cells along a, b and c.
    target
        What the supercell is to hold.
    """

    def __init__(self, crystal: Crystal, supercell: tuple[int, int, int], target: Target) -> None:
        self.crystal = crystal
        self.supercell = supercell
        self.target = target
        self.fraction = contact_fraction(crystal)
        self.cells = np.array(list(np.ndindex(*supercell)))
        self.fillings: list[Filling] = [f for pool in target.pools for f in pool.fillings]
        expanded = crystal.expand()
        pool_of_site = {site: i for i, pool in enumerate(target.pools) for site in pool.sites}
        inside = np.isin(expanded.site_index, list(pool_of_site))
        self.basis = np.flatnonzero(inside)
        self.fractional = expanded.positions[inside]
        self.site = expanded.site_index[inside]
        self.pool = np.array([pool_of_site[site] for site in self.site], dtype=int)
        self.allowed = np.array(
            [[site in filling.sites for site in self.site] for filling in self.fillings], dtype=bool
        ).reshape(len(self.fillings), len(self.basis))

    def __len__(self) -> int:
        return len(self.basis) * len(self.cells)

    @cached_property
    def fillings_of_pool(self) -> list[list[int]]:
        """Indices of the fillings of each pool."""
        ends = np.cumsum([0] + [len(pool.fillings) for pool in self.target.pools]).tolist()
        return [list(range(start, end)) for start, end in pairwise(ends)]

    @cached_property
    def radii(self) -> NDArray[np.float64]:
        """Covalent radius of each filling in Å; minus infinity for vacancies."""
        radii = [
            CONTACT_RADII[atomic_numbers[f.species]] if f.species else -np.inf
            for f in self.fillings
        ]
        return np.array(radii, dtype=float)

    @cached_property
    def contacts(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Pairs of positions that two of the fillings could not both take.

        Two atoms are too close below :data:`ionsmith.bonding.checks.CONTACT_FRACTION` of the sum
        of their covalent radii, the limit that every model has to keep (2.32 Å for Na–Na), and
        within a split site (:mod:`ionsmith.crystals.ordering._split`).

        Returns
        -------
        first, second, distance
            Each pair in both directions, sorted; distances in Å.
        """
        largest = np.array(
            [self.radii[self.allowed[:, b]].max(initial=-np.inf) for b in range(len(self.basis))]
        )
        reach = 2 * self.fraction * float(largest.max(initial=0))
        if not np.isfinite(reach) or reach <= 0:
            return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
        atoms = Atoms(
            np.ones(len(self.basis)),
            self.fractional @ self.crystal.cell,
            cell=self.crystal.cell,
            pbc=True,
        )
        pairs = neighbour_list(atoms, reach)
        limit = self.fraction * (largest[pairs.first] + largest[pairs.second])
        near = np.flatnonzero(pairs.distances < limit)
        first = self._number(pairs.first[near, None], self.cells[None])
        second = self._number(
            pairs.second[near, None], self.cells + pairs.shifts[near, None].astype(int)
        )
        distance = np.repeat(pairs.distances[near], len(self.cells))
        first, second = first.ravel(), second.ravel()
        order = np.lexsort((distance, second, first))
        order = order[first[order] != second[order]]
        return first[order], second[order], distance[order]

    def too_close(self, one: int, other: int, distance: float) -> bool:
        """Whether two fillings may not sit at a distance in Å from each other."""
        return bool(distance < self.fraction * (self.radii[one] + self.radii[other]) + 1e-9)

    def _number(self, basis: NDArray[np.int64], cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of positions; cells outside the supercell are brought back."""
        wrapped = np.moveaxis(cells % np.array(self.supercell), -1, 0)
        flat = np.ravel_multi_index(tuple(wrapped), self.supercell)
        return np.asarray(basis * len(self.cells) + flat, dtype=np.int64)

    def permutations(self) -> Iterator[NDArray[np.int64]]:
        """Where symmetry takes each position.

        The operations of the space group that map the supercell's lattice onto itself, each with
        all lattice translations of the supercell.

        Yields
        ------
        numpy.ndarray
            For one rotation, shape (cells, positions): row by row another translation.

        Raises
        ------
        InvalidInput
            If the image of a position is none.
        """
        size = np.array(self.supercell)
        rotations, translations = self.crystal.operations()
        for rotation, translation in zip(rotations, translations, strict=True):
            # In coordinates of the supercell the rotation has to be integral as well.
            if (rotation * size[None] % size[:, None]).any():
                continue
            images = self.fractional @ rotation.T + translation
            delta = images[:, None] - self.fractional[None]
            shifts = np.round(delta).astype(int)
            distance = np.linalg.norm((delta - shifts) @ self.crystal.cell, axis=-1)
            target = distance.argmin(axis=1)
            rows = np.arange(len(target))
            if distance[rows, target].max(initial=0) > IMAGE_TOLERANCE:
                raise InvalidInput(
                    f"{self.crystal.name}: its positions do not have the symmetry of "
                    f"{self.crystal.space_group_symbol}"
                )
            moved = self.cells @ rotation.T + shifts[rows, target][:, None]
            yield np.stack(
                [self._number(target[:, None], moved + cell).ravel() for cell in self.cells]
            )

    def are_equivalent(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> bool:
        """Whether symmetry turns one arrangement into another."""
        return any((one[block] == other).all(axis=1).any() for block in self.permutations())

    def total_charge(self, arrangement: NDArray[np.int64]) -> float | None:
        """Sum of formal charges of the whole supercell in e; None where they are not all known."""
        total = self.charges[arrangement].sum() + self.fixed[1].sum() * self.repeats
        return round(float(total), 6) + 0.0 if np.isfinite(total) else None

    def site_counts(self, arrangement: NDArray[np.int64]) -> dict[str, int]:
        """``"Na@Na1"`` → number of atoms on the disordered sites."""
        site = np.repeat(self.site, len(self.cells))
        counts = dict.fromkeys(self.target.published, 0)
        for code, filling in enumerate(self.fillings):
            for index in filling.sites if filling.species else ():
                label = self.crystal.sites[index].label
                counts[f"{filling.species}@{label}"] += int(
                    ((arrangement == code) & (site == index)).sum()
                )
        return counts

    def start(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Random arrangement with the counts of each site in proportion to its occupancies.

        Close contacts are not looked at.
        """
        codes = np.full(len(self), -1)
        index = {(f.species, site): i for i, f in enumerate(self.fillings) for site in f.sites}
        site = np.repeat(self.site, len(self.cells))
        for pool in self.target.pools:
            split = split_by_site(self.crystal, len(self.cells), pool)
            for number in pool.sites:
                here = [f for f in split if f.sites == (number,)]
                kinds = [index[f.species, number] for f in here]
                drawn = np.repeat(np.array(kinds, dtype=int), [f.count for f in here])
                codes[site == number] = rng.permutation(drawn)
        return codes

    @cached_property
    def charges(self) -> NDArray[np.float64]:
        """Formal charge of each filling in e, 0 for vacancies; NaN where it is not known.

        Raises
        ------
        CompositionNotPossible
            If an element is free to choose between sites where its charges differ.
        """
        charges = []
        for filling in self.fillings:
            sites = [self.crystal.sites[i] for i in filling.sites]
            here = [
                s.oxidation.get(filling.species, np.nan) if filling.species else 0.0 for s in sites
            ]
            if len(set(here)) > 1:
                labels = ", ".join(site.label for site in sites)
                raise CompositionNotPossible(
                    f"{filling.species} has different charges on {labels}; "
                    f"give the number on each, as in '{filling.species}@{sites[0].label}'"
                )
            charges.append(here[0])
        return np.array(charges, dtype=float)

    @cached_property
    def fixed(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Positions in Å and charges in e of the ordered sites in one cell of :attr:`lattice`."""
        expanded = self.lattice.expand()
        fixed = np.array([site.is_ordered for site in self.lattice.sites])[expanded.site_index]
        charges = np.array(
            [
                site.oxidation.get(next(iter(site.occupancy), ""), np.nan)
                for site in self.lattice.sites
            ],
            dtype=float,
        )
        return (
            expanded.positions[fixed] @ self.lattice.cell,
            charges[expanded.site_index[fixed]],
        )

    @cached_property
    def lattice(self) -> Crystal:
        """The crystal in the cell by which its ordered sites repeat: a small one, if there is."""
        if not isinstance(self.crystal, RecutCrystal):
            return self.crystal
        small = recut_crystal(self.crystal.original)
        # Species and charges may have been changed after the crystal was put into its cell.
        sites = tuple(
            replace(site, occupancy=changed.occupancy, oxidation=changed.oxidation)
            for site, changed in zip(small.sites, self.crystal.sites, strict=True)
        )
        return replace(small, sites=sites)

    @cached_property
    def repeats(self) -> int:
        """How often that cell fits into the supercell."""
        return round(self.crystal.volume / self.lattice.volume) * len(self.cells)

    @cached_property
    def interactions(self) -> NDArray[np.float64]:
        """Energies of unit charges at pairs of positions in eV, shape (basis, basis, cells)."""
        positions = self.fractional @ self.crystal.cell
        return supercell_interactions(self.crystal.cell, positions, self.supercell)

    @cached_property
    def fixed_potential(self) -> NDArray[np.float64]:
        """Potential of the ordered sites at the basis positions, in eV per e."""
        positions, charges = self.fixed
        own = self.fractional @ self.crystal.cell
        coulomb = PeriodicCoulomb(self.lattice.cell)
        return np.asarray(coulomb.potential(own[:, None] - positions[None]) @ charges)

    @cached_property
    def fixed_energy(self) -> float:
        """Energy of the ordered sites among themselves in the whole supercell, in eV."""
        positions, charges = self.fixed
        matrix = interaction_matrix(PeriodicCoulomb(self.lattice.cell), positions)
        return float(charges @ matrix @ charges) / 2 * self.repeats

    def energies(self, arrangements: NDArray[np.int64]) -> NDArray[np.float64]:
        """Electrostatic energies of whole supercells.

        Parameters
        ----------
        arrangements
            Index of the filling of each position, shape (n, positions).

        Returns
        -------
        numpy.ndarray
            In eV, shape (n,), rounded to :data:`ENERGY_DIGITS`.
        """
        shape = (len(self.basis), *self.supercell)
        axes = (-3, -2, -1)
        # The potential of the arrangement is a convolution over the cells: a product of waves.
        waves = np.fft.fftn(self.interactions.reshape(len(self.basis), *shape), axes=axes)
        fixed = np.repeat(self.fixed_potential, len(self.cells))
        energies = np.empty(len(arrangements))
        step = max(1, _CHUNK // max(1, len(self)))
        for start in range(0, len(arrangements), step):
            charges = self.charges[arrangements[start : start + step]]
            spectrum = np.fft.fftn(charges.reshape(len(charges), *shape), axes=axes)
            potential = np.fft.ifftn(np.einsum("ijxyz,nixyz->njxyz", waves, spectrum), axes=axes)
            mutual = (charges * potential.real.reshape(charges.shape)).sum(axis=1) / 2
            energies[start : start + step] = mutual + charges @ fixed + self.fixed_energy
        return np.round(energies, ENERGY_DIGITS) + 0.0

    def build(self, arrangement: NDArray[np.int64]) -> Atoms:
        """Structure of an arrangement.

        Atoms come site by site in the order of the crystal, on one site species by species, then
        position by position of the conventional cell, then cell by cell.

        Parameters
        ----------
        arrangement
            Index of the filling of each position, shape (positions,).
        """
        expanded = self.crystal.expand()
        sites = self.crystal.sites
        cells = len(self.cells)
        alone = [atomic_numbers[next(iter(s.occupancy))] if s.is_ordered else 0 for s in sites]
        numbers = np.repeat(np.array(alone)[expanded.site_index][:, None], cells, axis=1)
        species = np.array([atomic_numbers[f.species] if f.species else 0 for f in self.fillings])
        if len(self):
            numbers[self.basis] = species[arrangement].reshape(-1, cells)
        rank = np.zeros((len(sites), len(covalent_radii)), dtype=int)
        for index, site in enumerate(sites):
            for place, element in enumerate(site.occupancy):
                rank[index, atomic_numbers[element]] = place
        basis = np.repeat(np.arange(len(numbers)), cells)
        flat = numbers.ravel()
        site_of = expanded.site_index[basis]
        order = np.lexsort((rank[site_of, flat], site_of))
        order = order[flat[order] > 0]
        fractional = (
            expanded.positions[basis[order]] + np.tile(self.cells, (len(numbers), 1))[order]
        )
        atoms = Atoms(
            numbers=flat[order],
            positions=fractional @ self.crystal.cell,
            cell=self.crystal.cell * np.array(self.supercell)[:, None],
            pbc=True,
        )
        labels = np.array([site.label for site in sites])
        atoms.set_array("site_label", labels[site_of[order]])
        return atoms
