"""Sums of phases, against the definition, whichever way they are taken."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.scattering import _structure_factors as module
from ionsmith.analyzers.scattering._structure_factors import phase_sums


@pytest.mark.parametrize("filled", [0, 4, 1000])
@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    atoms=st.integers(1, 50),
    reflections=st.integers(1, 600),
    reach=st.integers(1, 6),
)
def test_every_way_gives_the_direct_sum(
    filled: int, seed: int, atoms: int, reflections: int, reach: int
) -> None:
    random = np.random.default_rng(seed)
    positions, weights = random.random((atoms, 3)), random.random(atoms)
    kinds = np.sort(np.unique(random.integers(0, 4, atoms), return_inverse=True)[1])
    h = random.integers(-reach, reach + 1, (reflections, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FILLED", filled)
        found = phase_sums(positions, weights, kinds, h)
    for kind, summed in enumerate(found):
        mine = kinds == kind
        expected = weights[mine] @ np.exp(2j * np.pi * positions[mine] @ h.T)
        np.testing.assert_allclose(summed, expected, rtol=0, atol=1e-9)
