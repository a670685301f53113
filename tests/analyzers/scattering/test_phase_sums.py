"""Sums of phases, against the definition, whichever way they are taken."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.scattering import _nonuniform as nonuniform
from ionsmith.analyzers.scattering import _structure_factors as module
from ionsmith.analyzers.scattering._structure_factors import phase_sums
from ionsmith.lattice.lattice_points import index_grid


def whole(parts: Iterable[nonuniform.PartialSums], number: int) -> nonuniform.Complex:
    """Sums at all indices."""
    found = np.full(number, np.nan, dtype=complex)
    for some, summed in parts:
        found[some] = summed
    return found


@pytest.mark.parametrize(
    ("few", "grid", "error"), [(1e9, 0, 1e-12), (0, 1e9, 1e-12), (0, 0, 20 * nonuniform.ACCURACY)]
)
@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    atoms=st.integers(1, 50),
    reflections=st.integers(1, 600),
    reach=st.integers(1, 6),
)
def test_every_way_gives_the_direct_sum(
    few: float, grid: float, error: float, seed: int, atoms: int, reflections: int, reach: int
) -> None:
    random = np.random.default_rng(seed)
    positions, weights = random.random((atoms, 3)), random.random(atoms)
    kinds = np.sort(np.unique(random.integers(0, 4, atoms), return_inverse=True)[1])
    h = random.integers(-reach, reach + 1, (reflections, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FEW", few)
        patch.setattr(module, "GRID", grid)
        patch.setattr(nonuniform, "BLOCK", 200)
        found = [whole(parts, len(h)) for parts in phase_sums(positions, weights, kinds, h)]
    for kind, summed in enumerate(found):
        mine = kinds == kind
        expected = weights[mine] @ np.exp(2j * np.pi * positions[mine] @ h.T)
        scale = np.sqrt(np.square(weights[mine]).sum())  # root mean square of such sums
        np.testing.assert_allclose(summed, expected, rtol=0, atol=error * scale * 10)


def test_many_atoms_on_a_surface() -> None:
    """Reflections of one zone of a large cell fill no box and are taken as points in space."""
    random = np.random.default_rng(3)
    positions, weights = random.random((3000, 3)), np.ones(3000)
    h = index_grid([-40, -40], [40, 40]) @ [[1, 1, 0], [-1, 2, 3]]
    assert len(positions) * np.prod(np.ptp(h, axis=0) + 1) > module.GRID
    (parts,) = phase_sums(positions, weights, np.zeros(3000, dtype=np.int64), h)
    found = whole(parts, len(h))
    expected = np.exp(2j * np.pi * h @ positions.T).sum(axis=1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.sqrt(3000))
