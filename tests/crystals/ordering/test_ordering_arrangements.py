"""Numbers of arrangements against counting theorems."""

import math
from collections import Counter

import numpy as np
import pytest
import spglib
from ase.data import chemical_symbols
from numpy.typing import NDArray
from pymatgen.core import Lattice, Structure

from ionsmith.crystals.ordering import _ordering as ordering
from ionsmith.crystals.ordering._cell import DisorderedCell
from orderings import disordered, published_beta_alumina


def orbits(cell: DisorderedCell) -> int:
    """Number of distinct arrangements by Burnside's lemma, with the symmetry that spglib finds."""
    crystal, size = cell.crystal, cell.supercell
    expanded = crystal.expand()
    cells = np.array(list(np.ndindex(*size)))
    positions = ((expanded.positions[:, None] + cells[None]) / size).reshape(-1, 3)
    site = np.repeat(expanded.site_index, len(cells))
    found = spglib.get_symmetry((crystal.cell * np.reshape(size, (3, 1)), positions, site), 1e-3)
    pools = [np.flatnonzero(np.isin(site, pool.sites)) for pool in cell.target.pools]
    total = 0
    for rotation, translation in zip(found["rotations"], found["translations"], strict=True):
        fixed = 1
        for pool, members in zip(cell.target.pools, pools, strict=True):
            own = positions[members]
            delta = (own @ rotation.T + translation)[:, None] - own[None]
            image = np.linalg.norm(delta - np.round(delta), axis=-1).argmin(axis=1)
            fixed *= colourings(cycle_lengths(image), [f.count for f in pool.fillings])
        total += fixed
    assert total % len(found["rotations"]) == 0
    return total // len(found["rotations"])


def cycle_lengths(permutation: NDArray[np.int64]) -> list[int]:
    left, lengths = set(range(len(permutation))), []
    while left:
        start = here = left.pop()
        length = 1
        while (here := int(permutation[here])) != start:
            left.remove(here)
            length += 1
        lengths.append(length)
    return lengths


def colourings(lengths: list[int], counts: list[int]) -> int:
    """Ways to give each cycle one colour so that the colours come out at their counts."""
    ways = Counter({tuple(counts): 1})
    for length in lengths:
        after: Counter[tuple[int, ...]] = Counter()
        for left, number in ways.items():
            for colour, rest in enumerate(left):
                if rest >= length:
                    after[(*left[:colour], rest - length, *left[colour + 1 :])] += number
        ways = after
    return ways[(0,) * len(counts)]


@pytest.mark.parametrize(
    ("name", "supercell", "composition"),
    [
        ("beta2-alumina", (1, 1, 1), None),
        ("beta2-alumina", (2, 1, 1), None),
        ("beta2-alumina", (1, 1, 2), {"Na": 10, "Mg": 1, "Al": 65}),
        ("beta2-alumina", (2, 2, 1), {"Na": 24, "Mg": 3, "Al": 129}),
        ("nvp", (1, 1, 1), {"Na": 18, "Na@Na1": 5}),
        ("nvp", (1, 1, 1), {"Na": 21}),
        ("mgal2o4", (1, 1, 1), {"Mg@Mg1": 6, "Al@Mg1": 2, "Mg@Al2": 2, "Al@Al2": 14}),
        ("mgal2o4", (1, 1, 1), {"Mg": 3, "Al": 21}),
        ("mgal2o4", (2, 1, 1), {"Mg": 2, "Al": 46}),
        ("li7si3", (2, 2, 1), None),
    ],
)
def test_distinct_arrangements_agree_with_burnside(
    name: str, supercell: tuple[int, int, int], composition: dict[str, int] | None
) -> None:
    cell = disordered(name, supercell, composition)
    assert len(cell.contacts[0]) == 0
    arrangements, degeneracies = ordering.enumerate_arrangements(cell)
    assert len(arrangements) == orbits(cell)
    # all of them together: a multinomial for each pool
    whole = 1
    for pool in cell.target.pools:
        counts = [filling.count for filling in pool.fillings]
        whole *= math.factorial(sum(counts)) // math.prod(map(math.factorial, counts))
    assert degeneracies.sum() == whole


def test_symmetry_is_that_of_the_supercell() -> None:
    # R-3m has 36 operations in the hexagonal cell; 2×1×1 keeps of the point group -3m (12) only
    # 2/m (4), so 3 centrings × 4 × 2 cells
    for supercell, number in [((1, 1, 1), 36), ((2, 2, 1), 144), ((2, 1, 1), 24)]:
        blocks = list(disordered("beta2-alumina", supercell, {"Na": 5}, True).permutations())
        everything = np.concatenate(blocks)
        assert len(everything) == number
        assert (np.sort(everything, axis=1) == np.arange(everything.shape[1])).all()


def test_arrangements_are_listed_once_and_by_energy() -> None:
    result = published_beta_alumina()
    assert result.n_arrangements == math.comb(6, 5) * math.comb(6, 2)
    assert result.energies is not None
    assert len(result.structures) == result.n_distinct == len(result.energies)
    assert (np.diff(result.energies) >= 0).all()
    assert int(np.sum(result.degeneracies)) == result.n_arrangements


def test_more_kinds_of_atoms_than_a_byte_counts() -> None:
    """135 sites of their own, each almost full: one arrangement."""
    symbols = [chemical_symbols[19 + number % 17] for number in range(135)]
    species = [{s: 0.9 + 1e-4 * number} for number, s in enumerate(symbols)]
    places = [(0, 0, number / 135) for number in range(135)]
    chain = Structure(Lattice.tetragonal(5, 675), species, places)
    (found,) = ordering.order(chain, nearest=True, ordering="enumerate").structures
    assert sorted(found.get_chemical_symbols()) == sorted(symbols)
    assert found.get_scaled_positions()[:, 2] == pytest.approx([z for _, _, z in places])
    assert found.get_chemical_symbols() == symbols
