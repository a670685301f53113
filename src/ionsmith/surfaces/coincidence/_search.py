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

_STARTS = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 1.0]]).T.copy()
_COMPLEMENTS = np.array([[0.0, 1.0], [-1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]).T.copy()
# Squared lengths of these starts, and their products with the complements, from a metric.
_LENGTHS = np.array([[1, 0, 0], [0, 0, 1], [1, 2, 1], [1, -2, 1]], dtype=float)
_OVERLAPS = np.array([[0, 1, 0], [0, -1, 0], [0, 1, 1], [1, -1, 0]], dtype=float)
_SIGNS = np.array([[-1.0], [1.0]])
_ADJUGATE = np.array([[1.0, -1.0], [-1.0, 1.0]])[:, :, None]
_ROUNDING = 1e-12
_LARGEST = 2**62  # of whole numbers


class Found(NamedTuple):
    """Matches, each once and sorted.

    Parameters
    ----------
    mesh_pair
        Numbers of the substrate's and the film's mesh, shape (2, n).
    substrate_cells, film_cells
        Matrices M, with rows that are reduced and right-handed, and N, shape (2, 2, n).
    certain
        Whether all of them are within the window of stretches, whatever the rounding.
    """

    mesh_pair: Integers
    substrate_cells: Integers
    film_cells: Integers
    certain: bool


def search(
    meshes: Meshes, pairs: Integers | None, window: Window, reverse: bool, most: float
) -> Found:
    """Find the matches of mesh pairs; see :func:`ionsmith.surfaces.coincidence.coincidences`."""
    split, films = meshes.substrates, len(meshes.number) - meshes.substrates
    # One of several cells that proper operations of a crystal make equivalent is enough, and for
    # improper ones the film needs one too.
    mirrors = meshes.groups.counts[meshes.number[split] :, 1] > 0
    least = 2 if mirrors.all() else 1
    cells = Cells.of(meshes, least)
    pair_of = np.arange(split * films)
    if pairs is not None:
        pair_of = np.full(len(pair_of), -1)
        pair_of[pairs[:, 0] * films + pairs[:, 1]] = np.arange(len(pairs))
    # R H⁻¹ for reduced rows R of the substrate's cells.
    turn = in_form(cells.rows[:, :, : cells.substrates], cells.forms[:3, : cells.substrates])
    parts, certain = [], True
    for s, f in _candidates(cells, meshes, window, most):
        second = cells.mesh[f]
        pair = pair_of[cells.mesh[s] * films + second - split]
        if pairs is not None or mirrors.any() > mirrors.all():
            low = meshes.groups.counts[meshes.number[second], 1] == 0
            keep = ((pair >= 0) & (low | (cells.forms[3, s] == 2))).nonzero()[0]
            s, f, pair = s[keep], f[keep], pair[keep]
        which, rows, sure = _overlays(
            cells.metric.take(s, axis=1), cells.metric.take(f, axis=1), window
        )
        s, f, pair = s[which], f[which], pair[which]
        v = product(rows, turn.take(s, axis=2))
        n = product(v[::-1, ::-1].swapaxes(0, 1) * _ADJUGATE, cells.rows.take(f, axis=2))
        n = (n * determinant(v)).astype(np.int64)
        if not reverse:
            upright = (determinant(n) > 0).nonzero()[0]
            s, f, pair, n = s[upright], f[upright], pair[upright], n[:, :, upright]
        certain &= sure
        for start in range(0, len(s), _CHUNK // 5):
            part = slice(start, start + _CHUNK // 5)
            parts.append(_named(cells, meshes, s[part], f[part], pair[part], n[:, :, part]))
    if not parts:
        none = np.zeros((2, 2, 0), dtype=np.int64)
        return Found(none[0], none, none.copy(), certain)
    pair, s, *elements = np.concatenate(parts, axis=1)
    order = _sorted(np.array([pair, cells.forms[5, s], *elements]))
    pair, s = pair[order], s[order]
    n = np.array(elements)[:, order].reshape(2, 2, -1)
    rows, turn = (part.take(s, axis=2).astype(np.int64) for part in (cells.rows, turn))
    right = np.where(determinant(rows) < 0, -1, 1)
    rows[1] *= right
    turn[1] *= right
    mesh_pair = np.array(np.divmod(pair, films)) if pairs is None else pairs[pair].T
    return Found(mesh_pair, rows, product(turn, n), certain)


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
    substrate = base.argsort()
    ends = np.array([[0, high - low], [span, span + high - low]])[:, :, None]
    ends = ends + base[substrate]  # searched in order, which is faster
    begin, end = keys[film].searchsorted(ends).swapaxes(0, 1).reshape(2, -1)
    counts = end - begin

    if counts.sum() > most:
        raise TooManyCells(f"{counts.sum():,} pairs of cells")
    both, middle = np.array([area, other]), (low + high) / 2
    for part in _parts(counts):
        s = substrate[np.arange(part.start, part.stop).repeat(counts[part]) % split]
        f = film[runs(begin[part], counts[part])] + split
        off = abs(both.take(f, axis=1) - both.take(s, axis=1) - middle)
        fit = (off <= high - middle).all(axis=0).nonzero()[0]
        if len(fit):
            yield s[fit], f[fit]


def _parts(amounts: Integers) -> Iterator[slice]:
    """Parts of a list of amounts, of so much each that it can be held."""
    totals = amounts.cumsum()
    first = 0
    while first < len(amounts):
        before = totals[first - 1] if first else 0
        last = int(totals.searchsorted(before + _CHUNK, side="right"))
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
    flat = (room >= 0).ravel().nonzero()[0]
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
    rows = np.array([begin, np.where(which < len(flat), -1.0, 1.0) * complement + times * begin])
    sure = left.min(initial=np.inf) > 2 * SLACK * high2 + _ROUNDING
    return kept[number], rows, bool(sure)


def _named(
    cells: Cells, meshes: Meshes, s: Integers, f: Integers, pair: Integers, n: Integers
) -> Integers:
    """Matches N and -N that symmetry equivalents are named by: pair, substrate cell and N, (6, k).

    It is the one whose elements, read as a word, are the largest.
    """
    groups, count = meshes.groups, len(s)
    first, second = meshes.number[cells.mesh[s]], meshes.number[cells.mesh[f]]
    # Operations of the substrate that leave its cell as it is, with those of the film.
    amounts = cells.forms[4].take(s)
    hand, *moved = cells.fixing.take(runs(cells.first.take(s), amounts), axis=1)
    kind, row = 2 * second, np.arange(count).repeat(amounts)
    both = groups.counts[second[row], hand].nonzero()[0]
    row = row[both]
    turned = np.array(moved).take(both, axis=1).reshape(2, 2, -1)
    n = np.concatenate([n, product(turned, n.take(row, axis=2))], axis=2)
    kind = np.concatenate([kind, kind[row] + hand[both]])
    size = 2 * groups.widest * int(abs(n).max()) + 1
    if size**4 > _LARGEST:
        n = n.astype(object)
    table = groups.matrices @ [size, 1]
    table = table.reshape(-1, *table.shape[2:]).T.take(kind, axis=2)
    x, y = n[0] * size**2 + n[1]
    words = x * table[0] + y * table[1]
    largest, least = words.max(axis=0), words.min(axis=0)
    np.maximum.at(largest, row, largest[count:])
    np.minimum.at(least, row, least[count:])
    largest, opposite = largest[:count], -least[:count]
    whole = groups.half_turn[first] | groups.half_turn[second]
    largest = np.where(whole, np.maximum(largest, opposite), largest)
    which = (~whole).nonzero()[0]
    words = np.concatenate([largest, opposite[which]])
    which = np.concatenate([np.arange(count), which])
    powers = size ** np.arange(3, -1, -1)[:, None].astype(words.dtype)
    elements = (words + size // 2 * powers.sum()) // powers % size - size // 2
    return np.concatenate([pair[None, which], s[None, which], elements.astype(np.int64)])


def _sorted(rows: Integers) -> Integers:
    """Where the distinct columns are, in order; one whole number stands for each if that fits."""
    rows = rows - rows.min(axis=1, keepdims=True)
    weights = [1]
    for largest in rows.max(axis=1).tolist()[::-1]:
        weights.append(weights[-1] * (largest + 1))
    if weights[-1] > _LARGEST:
        order = np.lexsort(rows[::-1])
        rows = rows[:, order]
        new = (rows[:, 1:] != rows[:, :-1]).any(axis=0)
    else:
        keys: Integers = weights[-2::-1] @ rows
        order = keys.argsort()
        keys = keys[order]
        new = keys[1:] != keys[:-1]
    return np.asarray(order[np.concatenate([[True], new])])
