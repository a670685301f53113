"""Contact of two slabs, against distances that another program finds."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.bonding.molecular_groups import molecular_groups
from ionsmith.builders.interface import ClosestApproach
from ionsmith.builders.interface._closest_approach import kinds
from ionsmith.builders.interface._stacking import gaps_at_contact, shift_grid
from ionsmith.crystals import load
from ionsmith.surfaces.slabs import KIND

LIMITS = {(8, 8): 2.6, (8, 11): 2.3, (11, 11): 3.1}


def approach(one: int, other: int) -> float:
    return LIMITS[min(one, other), max(one, other)]


def random_slab(rng: np.random.Generator, cell: np.ndarray) -> Atoms:
    number = int(rng.integers(1, 6))
    positions = rng.random((number, 3)) @ np.diag([1, 1, 0.2]) @ cell
    atoms = Atoms(rng.choice([8, 11], number), positions, cell=cell, pbc=(True, True, False))
    atoms.set_array(KIND, atoms.numbers, int)
    return atoms


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 100_000))
def test_contact_is_where_the_first_pair_is_as_near_as_it_may(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cell = np.array([[rng.uniform(2, 7), 0, 0], [rng.uniform(-3, 3), rng.uniform(2, 7), 0],
                     [0, 0, 10]])  # fmt: skip
    lower, upper = random_slab(rng, cell), random_slab(rng, cell)
    shifts = rng.uniform(-9, 9, (4, 2))
    gaps = gaps_at_contact(lower, upper, shifts, approach)
    for shift, gap in zip(shifts, gaps, strict=True):
        above = upper.copy()
        above.positions[:, :2] += shift
        above.positions[:, 2] += lower.positions[:, 2].max() + gap - upper.positions[:, 2].min()
        both = lower + above
        both.cell[2, 2] = 60.0
        i, j, distance = neighbor_list("ijd", both, 3.2)
        across = (i < len(lower)) & (j >= len(lower))
        limit = np.array(
            [approach(*both.numbers[[a, b]].tolist()) for a, b in zip(i, j, strict=True)]
        )
        spare = (distance[across] - limit[across]).min(initial=np.inf)
        # A sparse film falls through the holes of the other, down to the longest approach.
        assert spare == pytest.approx(0, abs=1e-6) or (gap <= -2.3 and spare > 0)


def test_closest_approach_leaves_bonds_inside_groups_out() -> None:
    crystal = load("nah2po4").to_atoms()
    groups = molecular_groups(crystal)
    nearest = ClosestApproach([(crystal, groups)])
    kind = kinds(crystal, groups)
    assert set(kind.tolist()) == {1, 8, 11, 1015}
    symbols = np.array(crystal.get_chemical_symbols())
    i, j, distance = neighbor_list("ijd", crystal, 4.0)
    owner = np.full(len(crystal), -1)
    owner[groups.member] = groups.group
    other = owner[i] != owner[j]

    def shortest(one: str, two: str) -> float:
        return float(distance[other & (symbols[i] == one) & (symbols[j] == two)].min())

    assert nearest(1015, 8) == pytest.approx(shortest("P", "O"), abs=1e-6)
    assert nearest(1015, 8) > 3  # and not the 1.5 Å of a bond
    assert nearest(11, 8) == pytest.approx(shortest("Na", "O"), abs=1e-6)
    assert nearest(8, 1) == pytest.approx(shortest("O", "H"), abs=1e-6)
    assert 1.4 < nearest(8, 1) < 2.0  # a short hydrogen bond


def test_strangers_keep_the_mean_of_their_likes() -> None:
    crystals = [(load(name).to_atoms(), molecular_groups(load(name).to_atoms()))
                for name in ("si", "ge")]  # fmt: skip
    nearest = ClosestApproach(crystals)
    assert nearest(14, 14) == pytest.approx(2.352, abs=2e-3)
    assert nearest(32, 32) == pytest.approx(2.450, abs=2e-3)
    assert nearest(14, 32) == nearest(32, 14) == pytest.approx(2.401, abs=2e-3)
    # Neither crystal has a metal: van der Waals radii of Zr 2.52 and Si 2.19 Å (Alvarez 2013).
    assert nearest(40, 14) == pytest.approx(0.67 * (2.52 + 2.19), abs=1e-6)


def test_an_element_without_a_radius_keeps_a_distance_too() -> None:
    crystals = [(bulk("Cu"), molecular_groups(bulk("Cu"), [])),
                (bulk("Fr", "bcc", 9.0), molecular_groups(bulk("Fr", "bcc", 9.0), []))]  # fmt: skip
    nearest = ClosestApproach(crystals)
    # Fr: no atom within reach, no van der Waals radius; covalent radius 2.60 Å (Cordero 2008).
    assert nearest(29, 87) == pytest.approx(0.67 * (2.38 + 2.60 + 0.93), abs=1e-6)
    assert nearest(87, 87) == pytest.approx(0.67 * 2 * (2.60 + 0.93), abs=1e-6)


def test_the_grid_covers_the_mesh_evenly() -> None:
    vectors = np.array([[3.0, 0.0], [1.0, 2.0]])
    grid = shift_grid(vectors, 0.5)
    fractions = grid @ np.linalg.inv(vectors)
    assert len(grid) == 6 * 5
    assert fractions.min() > -1e-12
    assert fractions.max() < 1
    assert len(np.unique(np.round(grid, 9), axis=0)) == len(grid)


def test_like_anions_are_looked_for_further_away() -> None:
    """Te–Te in zinc blende is a/√2, 4.58 Å in CdTe; K–K in the metal is a√3/2, 4.61 Å."""
    telluride = bulk("CdTe", "zincblende", 6.48)
    nearest = ClosestApproach([(telluride, molecular_groups(telluride, []))])
    assert nearest(52, 52) == pytest.approx(6.48 / np.sqrt(2), abs=1e-6)
    assert nearest(48, 52) == pytest.approx(6.48 * np.sqrt(3) / 4, abs=1e-6)
    metal = bulk("K", "bcc", 5.328)
    nearest = ClosestApproach([(metal, molecular_groups(metal, []))])
    assert nearest(19, 19) == pytest.approx(5.328 * np.sqrt(3) / 2, abs=1e-6)
