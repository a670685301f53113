"""The search for coincidence cells, in arrays over all candidates.

Matrices are along the first axes of arrays, cells and matches along the last one.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ionsmith.surfaces.coincidence._cells import (
    SLACK,
    Cells,
    Meshes,
    TooManyCells,
    Window,
    determinant,
    in_form,
    product,
)
from ionsmith.surfaces.coincidence._orbits import runs

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_CHUNK = 500_000  # candidates that are held at a time
_NARROWEST = 1e-4  # bins of areas, as logarithms

_STARTS = np.array([[1, 0], [0, 1], [1, 1], [-1, 1]]).T
_COMPLEMENTS = np.array([[0, 1], [-1, 0], [0, 1], [-1, 0]]).T
# Squared lengths of these starts, and their products with the complements, from a metric.
_LENGTHS = np.array([[1, 0, 0], [0, 0, 1], [1, 2, 1], [1, -2, 1]], dtype=float)
_OVERLAPS = np.array([[0, 1, 0], [0, -1, 0], [0, 1, 1], [1, -1, 0]], dtype=float)
_SIGNS = np.array([[-1], [1]])
_ADJUGATE = np.array([[1, -1], [-1, 1]])[:, :, None]
_LARGEST = 2**62  # of whole numbers
_CERTAIN = 1e-7  # how far the sum of the squared stretches is below its limit


class Found(NamedTuple):
    """Matches, each once and sorted.

    Parameters
    ----------
    mesh_pair
        Numbers of the meshes, shape (2, n), those of the film counted behind the substrate's.
    substrate_cells, film_cells
        Matrices M, with rows that are reduced and right-handed, and N, shape (2, 2, n).
    certain
        Whether all of them are within the window of stretches, whatever the rounding.
    """

    mesh_pair: Integers
    substrate_cells: Integers
    film_cells: Integers
    certain: bool = True


def search(
    meshes: Meshes, pairs: Integers | None, window: Window, reverse: bool, most: float
) -> Found:
    """Find the matches of mesh pairs; see :func:`ionsmith.surfaces.coincidence.coincidences`."""
    split, groups = meshes.substrates, meshes.groups
    films = len(meshes.number) - split
    # One of several cells that proper operations of a crystal make equivalent is enough, and for
    # improper ones the film needs one too.
    needed = np.array([2 if group.counts[1] else 1 for group in groups])[meshes.number]
    least = int(needed[split:].min())
    cells = Cells.of(meshes, least)
    pair_of = np.arange(split * films)
    if pairs is not None:
        pair_of = np.full(len(pair_of), -1)
        pair_of[pairs[:, 0] * films + pairs[:, 1]] = np.arange(len(pairs))
    # R H⁻¹ for reduced rows R of the substrate's cells.
    turn = in_form(cells.rows[:, :, : cells.substrates], cells.forms[:3, : cells.substrates])
    parts, certain = [], True
    for s, f in _candidates(cells, meshes, window, most):
        first, second = cells.mesh[s], cells.mesh[f]
        pair = pair_of[first * films + second - split]
        if pairs is not None or needed.max() > least:
            keep = np.flatnonzero((pair >= 0) & (cells.forms[3, s] >= needed[second]))
            s, f, pair = s[keep], f[keep], pair[keep]
        which, rows, sure = _overlays(
            cells.metric.take(s, axis=1), cells.metric.take(f, axis=1), window
        )
        s, f, pair = s[which], f[which], pair[which]
        v = product(rows, turn.take(s, axis=2))
        n = product(v[::-1, ::-1].swapaxes(0, 1) * _ADJUGATE, cells.rows.take(f, axis=2))
        n = (n * determinant(v)).astype(np.int64)
        if not reverse:
            upright = np.flatnonzero(determinant(n) > 0)
            s, f, pair, n = s[upright], f[upright], pair[upright], n[:, :, upright]
        certain &= sure
        for start in range(0, len(s), _CHUNK // 5):
            part = slice(start, start + _CHUNK // 5)
            parts.append(_named(cells, meshes, s[part], f[part], pair[part], n[:, :, part]))
    if not parts:
        return Found(*(np.zeros((*shape, 0), dtype=np.int64) for shape in ((2,), (2, 2), (2, 2))))
    pair, s, *elements = np.concatenate(parts, axis=1)
    order = _sorted(np.array([pair, cells.forms[5, s], *elements]))
    pair, s = pair[order], s[order]
    n = np.array(elements)[:, order].reshape(2, 2, -1)
    rows, turn = cells.rows.take(s, axis=2), turn.take(s, axis=2)
    left = np.flatnonzero(determinant(rows) < 0)
    rows[1, :, left] *= -1
    turn[1, :, left] *= -1
    mesh_pair = np.array(np.divmod(pair, films)) if pairs is None else pairs[pair].T
    mesh_pair[1] += split
    return Found(mesh_pair, rows.astype(np.int64), product(turn, n).astype(np.int64), certain)


def _candidates(
    cells: Cells, meshes: Meshes, window: Window, most: float
) -> Iterator[tuple[Integers, Integers]]:
    """Cells of both sides with similar areas and edges, some pairs at a time."""
    split = cells.substrates
    if not 0 < split < len(cells.mesh):
        return
    areas = meshes.areas[cells.mesh] * cells.forms[0] * cells.forms[2]
    edge, area, other = np.log([cells.metric[0], areas, cells.metric[2]])
    # Squared edges and areas of the film over those of the substrate.
    low, high = -2 * np.log(window.high) - SLACK, -2 * np.log(window.low) + SLACK
    # The cells of the film lie in bins of their area, by their shorter edge in each. The areas that
    # fit on a cell are in two bins, and one key sorts them all.
    width, span = max(high - low, _NARROWEST), float(np.ptp(edge)) + high - low + 1
    keys = np.floor(area[split:] / width) * span + edge[split:]
    film = keys.argsort()
    base = np.floor((area[:split] + low) / width) * span + edge[:split] + low
    ends = np.array([[0, high - low], [span, span + high - low]])[:, :, None] + base
    begin, end = keys[film].searchsorted(ends).swapaxes(0, 1).reshape(2, -1)
    counts = end - begin

    if counts.sum() > most:
        raise TooManyCells(f"{counts.sum():,} pairs of cells")
    both, middle = np.array([area, other]), (low + high) / 2
    for part in _parts(counts):
        s = np.arange(part.start, part.stop).repeat(counts[part]) % split
        f = film[runs(begin[part], counts[part])] + split
        off = abs(both.take(f, axis=1) - both.take(s, axis=1) - middle)
        fit = np.flatnonzero((off <= high - middle).all(axis=0))
        if len(fit):
            yield s[fit], f[fit]


def _parts(amounts: Integers) -> Iterator[slice]:
    """Parts of a list of amounts, of so much each that it can be held."""
    totals = np.cumsum(amounts)
    first = 0
    while first < len(amounts):
        before = totals[first - 1] if first else 0
        last = int(np.searchsorted(totals, before + _CHUNK, side="right"))
        last = max(last, first + 1)
        yield slice(first, last)
        first = last


def _overlays(g: Floats, h: Floats, window: Window) -> tuple[Integers, Integers, bool]:
    """All ways to lay film cells on substrate cells: number of the pair, rows, and if certain."""
    low2, high2 = window.low**2, window.high**2
    above = h[0] * h[2] - h[1] ** 2
    stretch = (g[0] * g[2] - g[1] ** 2) / above
    limit = np.minimum(high2 + stretch / high2, low2 + stretch / low2) * (1 + SLACK)
    lengths = _LENGTHS @ g
    first = lengths / h[0]
    room = limit - first - stretch / first
    flat = np.flatnonzero(room >= 0)
    start, kept = np.divmod(flat, g.shape[1])
    room, length = room.take(flat), lengths.take(flat)
    # The sum of the squared stretches is a parabola in the multiple of the start that is added.
    curvature = length * (h[0] / above)[kept]
    reach = np.sqrt(room / curvature)
    centre = (h[1] / h[0])[kept] - _SIGNS * ((_OVERLAPS @ g).take(flat) / length)
    least = np.ceil(centre - reach)
    counts = np.maximum(np.floor(centre + reach) - least + 1, 0).astype(np.int64).ravel()
    which = np.arange(len(counts)).repeat(counts)
    times = runs(least.astype(np.int64).ravel(), counts)
    number = which % len(flat)
    left = room[number] - curvature[number] * (times - centre.take(which)) ** 2
    start = start[number]
    begin, complement = _STARTS.take(start, axis=1), _COMPLEMENTS.take(start, axis=1)
    rows = np.array([begin, np.where(which < len(flat), -1, 1) * complement + times * begin])
    return kept[number], rows, bool((left > _CERTAIN).all())


def _named(
    cells: Cells, meshes: Meshes, s: Integers, f: Integers, pair: Integers, n: Integers
) -> Integers:
    """Matches N and -N that symmetry equivalents are named by: pair, substrate cell and N, (6, k).

    It is the one whose elements, read as a word, are the largest.
    """
    groups, count = meshes.groups, len(s)
    matrices = np.array([group.matrices for group in groups])
    counts = np.array([group.counts for group in groups])
    half_turn = np.array([group.half_turn for group in groups])
    matrices = matrices[:, :, : counts.max()]
    first, second = meshes.number[cells.mesh[s]], meshes.number[cells.mesh[f]]
    kind, row = 2 * second, np.flatnonzero(cells.forms[4, s])
    if len(row):  # operations of the substrate that leave its cell as it is
        hand, which, moved = _fixing(cells.forms[:3, s[row]], first[row], matrices, counts)
        hand, row = hand, row[which]
        both = np.flatnonzero(counts[second[row], hand])
        hand, row = hand[both], row[both]
        n = np.concatenate([n, product(moved[:, :, both], n[:, :, row])], axis=2)
        kind = np.concatenate([kind, kind[row] + hand])
    size = 4 * int(abs(n).max()) + 1
    if size**4 > _LARGEST:
        n = n.astype(object)
    table = (matrices @ [size, 1]).reshape(len(groups) * 2, -1, 2).T.take(kind, axis=2)
    x, y = n[0] * size**2 + n[1]
    words = x * table[0] + y * table[1]
    largest, least = words.max(axis=0), words.min(axis=0)
    np.maximum.at(largest, row, largest[count:])
    np.minimum.at(least, row, least[count:])
    largest, opposite = largest[:count], -least[:count]
    whole = half_turn[first] | half_turn[second]
    largest = np.where(whole, np.maximum(largest, opposite), largest)
    which = np.flatnonzero(~whole)
    words = np.concatenate([largest, opposite[which]])
    which = np.concatenate([np.arange(count), which])
    powers = size ** np.arange(3, -1, -1)[:, None].astype(words.dtype)
    elements = (words + size // 2 * powers.sum()) // powers % size - size // 2
    return np.concatenate([pair[None, which], s[None, which], elements.astype(np.int64)])


def _fixing(
    forms: Integers, group: Integers, matrices: Integers, counts: Integers
) -> tuple[Integers, Integers, Integers]:
    """Operations W that leave cells H as they are, but 1 and -1: hand, cell, V with V H = H W."""
    a, b, d = forms
    real = np.arange(matrices.shape[2]) < counts[:, :, None]
    real[:, 0, 0] = False
    first, second = np.moveaxis(matrices, 0, -1).take(group, axis=-1).transpose(2, 3, 0, 1, 4)
    v = in_form(np.array([a * first + b * second, d * second]), forms)
    whole = (v == np.rint(v)).all(axis=(0, 1)) & np.moveaxis(real, 0, -1).take(group, axis=-1)
    hand, number, cell = whole.nonzero()
    return hand, cell, v[:, :, hand, number, cell].astype(np.int64)


def _sorted(rows: Integers) -> Integers:
    """Where the distinct columns are, in order; one whole number stands for each if that fits."""
    rows = rows - rows.min(axis=1, keepdims=True)
    span = rows.max(axis=1) + 1
    if np.prod(span, dtype=float) > _LARGEST:
        order = np.lexsort(rows[::-1])
        new = (np.diff(rows[:, order]) != 0).any(axis=0)
    else:
        keys = np.append(np.cumprod(span[:0:-1])[::-1], 1) @ rows
        order = keys.argsort()
        new = np.diff(keys[order]) != 0
    return order[np.append(True, new)]
