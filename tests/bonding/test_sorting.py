"""Orders of pairs, against the sorts of NumPy."""

import numpy as np
import pytest

from ionsmith.bonding.sorting import FEW, order_within, pair_order, row_order


@pytest.mark.parametrize("size", [0, 1, FEW - 1, FEW, 5 * FEW])
@pytest.mark.parametrize("rows", [1, 7, 900, 10**6])
@pytest.mark.parametrize("largest", [1, 40, 2**40, 2**62])
def test_orders_are_those_of_numpy(size: int, rows: int, largest: int) -> None:
    """Long rows hold equal keys, whose order a sort might not keep."""
    generator = np.random.default_rng(size + rows)
    row, key = generator.integers(0, rows, size), generator.integers(0, largest, size)
    np.testing.assert_array_equal(order_within(row, key), np.lexsort((key, row)))
    np.testing.assert_array_equal(row_order(row), np.argsort(row, kind="stable"))


@pytest.mark.parametrize("size", [200, 3 * FEW])
def test_order_of_pairs_with_large_shifts(size: int) -> None:
    """Where one integer a pair would overflow, the order is the same."""
    generator = np.random.default_rng(3)
    first, second = generator.integers(0, 5, (2, size))
    shifts = generator.integers(-3, 4, (size, 3)).astype(np.int32)
    expected = np.lexsort((shifts[:, 2], shifts[:, 1], shifts[:, 0], second, first))
    np.testing.assert_array_equal(pair_order(first, second, shifts), expected)
    far = shifts * np.int32(5 * 10**8)
    np.testing.assert_array_equal(pair_order(first, second, far), expected)
