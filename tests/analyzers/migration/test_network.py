"""Networks of fields whose minima, passes and percolation are known."""

import numpy as np
import pytest

from ionsmith.analyzers.migration._network import Network, find_network, refined
from ionsmith.analyzers.migration._percolation import percolation, without_shallow

SHAPE = (12, 14, 16)


def waves(shape: tuple[int, ...], *amplitudes: float, repeat: int = 1) -> np.ndarray:
    """Sum of one cosine along each axis: its passes along an axis are twice the amplitude high."""
    axes = np.meshgrid(*(np.arange(n) / n for n in shape), indexing="ij")
    return sum(
        amplitude * (1 - np.cos(2 * np.pi * repeat * x))
        for amplitude, x in zip(amplitudes, axes, strict=True)
    )


def heights(network: Network) -> dict[int, float]:
    return {d: t.height - t.lowest for d, t in percolation(network).dimensions.items()}


def test_thresholds_of_cosines() -> None:
    network = find_network(waves(SHAPE, 0.5, 0.1, 1.0), 10.0)
    assert len(network.minima) == 1
    found = percolation(network)
    assert {d: t.height for d, t in found.dimensions.items()} == pytest.approx(
        {1: 0.2, 2: 1.0, 3: 2.0}
    )
    assert {a: t.height for a, t in found.axes.items()} == pytest.approx({0: 1.0, 1: 0.2, 2: 2.0})


@pytest.mark.parametrize(("ceiling", "dimensions"), [(0.1, 0), (0.5, 1), (1.5, 2), (2.5, 3)])
def test_ceiling_bounds_the_dimension(ceiling: float, dimensions: int) -> None:
    network = find_network(waves(SHAPE, 0.5, 0.1, 1.0), ceiling)
    assert len(percolation(network).dimensions) == dimensions


@pytest.mark.parametrize("open_axes", [(0,), (1, 2), (0, 1, 2)])
def test_channels_and_layers(open_axes: tuple[int, ...]) -> None:
    # A field that is low on one line, plane or everywhere, and a wall elsewhere.
    grid = np.indices((6, 6, 6))
    closed = [axis for axis in range(3) if axis not in open_axes]
    wall = np.any([grid[axis] != 2 for axis in closed], axis=0) if closed else np.zeros((6,) * 3)
    found = percolation(find_network(np.where(wall, 9.0, 0.0), 5.0))
    assert len(found.dimensions) == len(open_axes)
    assert sorted(found.axes) == list(open_axes)


def test_a_diagonal_channel_is_one_dimension() -> None:
    # Points with x = y: the channel leads to the image in cell (1, 1, 0) and nowhere else.
    x, y, z = np.indices((9, 9, 9))
    found = percolation(find_network(np.where((x == y) & (z == 4), 0.0, 9.0), 5.0))
    assert sorted(found.dimensions) == [1]
    assert sorted(found.axes) == [0, 1]


def test_separate_channels_stay_one_dimensional() -> None:
    # One channel along x and one along y that do not meet: lines, not a plane.
    x, y, z = np.indices((8, 8, 8))
    low = ((y == 0) & (z == 1)) | ((x == 0) & (z == 5))
    found = percolation(find_network(np.where(low, 0.0, 9.0), 5.0))
    assert sorted(found.dimensions) == [1]
    assert sorted(found.axes) == [0, 1]


def test_a_closed_pocket_does_not_percolate() -> None:
    x, y, z = np.indices((8, 8, 8))
    field = np.where((x % 7 > 0) & (y % 7 > 0) & (z % 7 > 0), 0.0, 9.0)
    assert not percolation(find_network(field, 5.0)).dimensions


@pytest.mark.parametrize("repeats", [(2, 1, 1), (1, 3, 2)])
def test_supercell(repeats: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(3)
    field = rng.random((6, 7, 8))
    one, many = find_network(field, 2.0), find_network(np.tile(field, repeats), 2.0)
    assert heights(many) == pytest.approx(heights(one))
    assert len(many.minima) == len(one.minima) * np.prod(repeats)


def test_origin_and_axes() -> None:
    field = np.random.default_rng(5).random((6, 7, 8))
    expected = heights(find_network(field, 2.0))
    moved = np.roll(field, (2, 3, 5), axis=(0, 1, 2))
    assert heights(find_network(moved, 2.0)) == pytest.approx(expected)
    turned = np.transpose(field, (2, 0, 1))[::-1]
    assert heights(find_network(turned, 2.0)) == pytest.approx(expected)


def test_thresholds_are_those_of_flooding() -> None:
    # Independent: label the flooded part of 3 x 3 x 3 cells and see which images are in one piece.
    from scipy.ndimage import label

    field = np.random.default_rng(11).random((6, 6, 6))
    found = percolation(find_network(field, 2.0))
    cells = np.tile(field, (3, 3, 3))
    for axis, threshold in found.axes.items():
        for level, expected in ((threshold.height, True), (threshold.height - 1e-9, False)):
            pieces, _ = label(cells <= level, np.ones((3, 3, 3)))
            middle = pieces[6:12, 6:12, 6:12]
            ahead = np.roll(pieces, -6, axis=axis)[6:12, 6:12, 6:12]
            assert bool(((middle == ahead) & (middle > 0)).any()) is expected


def test_refined_heights() -> None:
    # Between the points of a coarse grid, minima and passes are those of the cosines.
    size, cell = np.array([0.5, 0.1, 1.0]), np.diag([3.0, 4.0, 5.0])
    axes = np.meshgrid(*((np.arange(10) + 0.4) / 10 for _ in range(3)), indexing="ij")
    values = sum(a * (1 - np.cos(2 * np.pi * x)) for a, x in zip(size, axes, strict=True))

    def field(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        turns = 2 * np.pi / np.diag(cell)
        phase = points * turns + 2 * np.pi * 0.04
        bent = size * turns**2 * np.cos(phase)
        return (
            (size * (1 - np.cos(phase))).sum(axis=1),
            size * turns * np.sin(phase),
            bent[:, None] * np.eye(3),
        )

    fine = refined(find_network(values, 10.0), field, cell)
    assert fine.heights == pytest.approx(0, abs=1e-6)
    assert heights(fine) == pytest.approx({1: 0.2, 2: 1.0, 3: 2.0}, abs=1e-5)
    assert fine.sites == pytest.approx(np.full((1, 3), -0.04), abs=1e-3)


def test_shallow_minima_join() -> None:
    x = np.arange(40) / 40
    line = 1 - np.cos(2 * np.pi * x) + 0.02 * np.cos(20 * np.pi * x)
    field = np.broadcast_to(line[:, None, None], (40, 4, 4)) + waves((40, 4, 4), 0, 1, 1)
    network = find_network(field, 10.0)
    joined = without_shallow(network, 0.1)
    assert len(network.minima) > len(joined.minima) == 1
    assert heights(joined) == pytest.approx(heights(network))
    # Each pass joins the minimum to its own image in a next cell, as in the field without ripple.
    plain = find_network(waves((40, 4, 4), 1, 1, 1), 10.0)
    assert {tuple(abs(c)) for c in joined.cells} == {tuple(abs(c)) for c in plain.cells}
