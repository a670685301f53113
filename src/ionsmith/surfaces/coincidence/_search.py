"""The search for coincidence cells, in arrays over all candidates."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ionsmith.surfaces.coincidence._cells import SLACK, Cells, Meshes, TooManyCells, Window

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_CHUNK = 500_000  # candidates that are held at a time
_STARTS = np.array([[1, 0], [0, 1], [1, 1], [-1, 1]])
_COMPLEMENTS = np.array([[0, 1], [-1, 0], [0, 1], [-1, 0]])


def enumerate_cells(meshes: Meshes) -> Cells:
    """List the supercells of meshes; see :class:`Cells`."""
    top = int(meshes.largest.max(initial=0))
    forms = _forms(top)
    ends = np.searchsorted(forms[:, 0] * forms[:, 2], np.arange(top + 2), side="left")
    ends = np.append(ends, len(forms))  # ends[n + 1]: behind the cells of n meshes
    counts = ends[meshes.largest + 1]
    mesh = np.repeat(np.arange(len(counts)), counts)
    hermite = forms[_runs(np.zeros_like(counts), counts)]
    index = hermite[:, 0] * hermite[:, 2]
    reduced, metric = _reduce(hermite, meshes.metrics[mesh])
    level = np.zeros(len(mesh), dtype=np.int64)
    for part in _parts(meshes.counts[mesh]):
        level[part] = _level(hermite[part], mesh[part], meshes)
    order = np.lexsort((metric[:, 0], index, mesh))
    key = mesh * (top + 2) + index
    bounds = np.arange(len(counts))[:, None] * (top + 2) + np.arange(top + 2)
    first = np.searchsorted(key, bounds)
    return Cells(first, hermite[order], reduced[order].reshape(-1, 4), metric[order], level[order])


@cache
def _forms(top: int) -> Integers:
    """Hermite normal forms a, b, d of up to so many meshes, by their number."""
    whole = np.arange(1, top + 1)
    counts = top // whole
    a, d = np.repeat(whole, counts), _runs(np.ones_like(counts), counts)
    order = np.lexsort((a, a * d))
    a, d = a[order], d[order]
    forms = [np.repeat(a, d), _runs(np.zeros_like(d), d), np.repeat(d, d)]
    return np.column_stack(forms)


def search(
    substrate: Meshes,
    film: Meshes,
    substrate_cells: Cells,
    film_cells: Cells,
    pairs: Integers,
    window: Window,
    reverse: bool,
    most: float,
) -> Integers:
    """Find the matches of mesh pairs; see :func:`ionsmith.surfaces.coincidence.coincidences`."""
    low2, high2 = window.low**2, window.high**2
    # One of several cells that proper operations of a crystal make equivalent is enough, and for
    # improper ones the film needs one too.
    needed = np.where(film.improper.any(axis=1), 2, 1)[pairs[:, 1]]
    substrate_cells, film_cells = substrate_cells.of_level(1), film_cells.of_level(1)
    edges = _Edges.of(substrate_cells, film_cells)
    if most < np.inf:
        total = sum(
            int(amounts.sum())
            for groups, _ in _groups(substrate, film, pairs, low2, high2)
            for *_, amounts in _fitting(groups, edges, pairs, 1 / high2, 1 / low2)
        )
        if total > most:
            raise TooManyCells(f"{total:,} pairs of cells")
    found = [np.empty((0, 8), dtype=np.int64)]
    for groups, stretch in _groups(substrate, film, pairs, low2, high2):
        limit = np.minimum(high2 + stretch / high2, low2 + stretch / low2) * (1 + SLACK)
        for group, s, f in _candidates(groups, edges, pairs, 1 / high2, 1 / low2):
            pair = groups[group, 0]
            g, h = substrate_cells.metric[s, 2], film_cells.metric[f, 2]
            keep = (substrate_cells.level[s] >= needed[pair]) & (h * low2 <= g * (1 + SLACK))
            keep = np.flatnonzero(keep & (h * high2 >= g * (1 - SLACK)))
            pair, s, f, group = pair[keep], s[keep], f[keep], group[keep]
            which, rows = _overlays(
                substrate_cells.metric[s].T, film_cells.metric[f].T, stretch[group], limit[group]
            )
            pair, s, f = pair[which], s[which], f[which]
            n = _film_cells(
                rows, substrate_cells.reduced[s], substrate_cells.hermite[s], film_cells.reduced[f]
            )
            if not reverse:
                upright = np.flatnonzero(_determinant(n) > 0)
                pair, s, n = pair[upright], s[upright], n[upright]
            for start in range(0, len(n), _CHUNK // 10):
                part = slice(start, start + _CHUNK // 10)
                found.append(
                    _named(substrate_cells, s[part], n[part], pair[part], pairs, substrate, film)
                )
    return np.concatenate(found)


def _groups(
    substrate: Meshes, film: Meshes, pairs: Integers, low: float, high: float
) -> Iterator[tuple[Integers, Floats]]:
    """Mesh pair, substrate index and film index with similar areas; squares of their ratio.

    The combinations of some mesh pairs at a time.
    """
    tops = [substrate.largest[pairs[:, 0]], film.largest[pairs[:, 1]]]
    counts = tops[0] * tops[1]
    for part in _parts(counts):
        pair = np.repeat(np.arange(part.start, part.stop), counts[part])
        number = _runs(np.zeros_like(counts[part]), counts[part])
        j, i = number // tops[1][pair] + 1, number % tops[1][pair] + 1
        ratio = j * substrate.areas[pairs[pair, 0]] / (i * film.areas[pairs[pair, 1]])
        keep = np.flatnonzero((ratio >= low * (1 - SLACK)) & (ratio <= high * (1 + SLACK)))
        yield np.column_stack([pair[keep], j[keep], i[keep]]), ratio[keep] ** 2


class _Edges(NamedTuple):
    """Cells of both sides, and the shorter edges of those of the film as one sorted array."""

    substrate: Cells
    film: Cells
    keys: Floats
    span: float

    @classmethod
    def of(cls, substrate: Cells, film: Cells) -> Self:
        # Film cells are sorted within each mesh and index; one key sorts them all.
        logs, edges = np.log(film.metric[:, 0]), np.log(substrate.metric[:, 0])
        both = np.concatenate([logs, edges])
        span = float(np.ptp(both)) + 10 if len(both) else 10.0
        sizes = np.diff(film.first, axis=1).ravel()
        keys = np.repeat(np.arange(sizes.size), sizes) * span + logs
        return cls(substrate, film, np.asarray(keys), span)


def _fitting(
    groups: Integers, edges: _Edges, pair_meshes: Integers, low: float, high: float
) -> Iterator[tuple[Integers, Integers, Integers, Integers]]:
    """Film cells whose shorter edges fit: group, substrate cell, first film cell, and how many.

    The square of the substrate's edge is within ``low`` and ``high`` of the film's.
    """
    substrate, film, keys, span = edges
    substrate_mesh, film_mesh = pair_meshes[groups[:, 0]].T
    substrate_index, film_index = groups[:, 1], groups[:, 2]
    start = substrate.first[substrate_mesh, substrate_index]
    counts = substrate.first[substrate_mesh, substrate_index + 1] - start
    width = film.first.shape[1] - 1
    for part in _parts(counts):
        group = np.repeat(np.arange(part.start, part.stop), counts[part])
        cells = _runs(start[part], counts[part])
        block = (film_mesh * width + film_index)[group]
        base = block * span + np.log(substrate.metric[cells, 0])
        begin = np.searchsorted(keys, base + np.log(low) - SLACK)
        end = np.searchsorted(keys, base + np.log(high) + SLACK, side="right")
        # A window that leaves its block would meet other cells.
        begin = np.maximum(begin, film.first[film_mesh, film_index][group])
        end = np.minimum(end, film.first[film_mesh, film_index + 1][group])
        yield group, cells, begin, np.maximum(end - begin, 0)


def _candidates(
    groups: Integers, edges: _Edges, pair_meshes: Integers, low: float, high: float
) -> Iterator[tuple[Integers, Integers, Integers]]:
    """Cell pairs whose shorter edges fit, some at a time: group, substrate cell, film cell."""
    for group, cells, begin, amounts in _fitting(groups, edges, pair_meshes, low, high):
        for part in _parts(amounts):
            film_cells = _runs(begin[part], amounts[part])
            substrate_cells = np.repeat(cells[part], amounts[part])
            yield np.repeat(group[part], amounts[part]), substrate_cells, film_cells


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


def _overlays(g: Floats, h: Floats, stretch: Floats, limit: Floats) -> tuple[Integers, Integers]:
    """All ways to lay a film cell on a substrate cell: number of the pair, rows of U."""
    (x, y), (w, z) = _STARTS.T[:, :, None], _COMPLEMENTS.T[:, :, None]
    length = x * x * g[0] + 2 * x * y * g[1] + y * y * g[2]
    first = length / h[0]
    room = limit - first - stretch / first
    start, kept = np.nonzero(room >= 0)
    room, length, g, h = room[start, kept], length[start, kept], g[:, kept], h[:, kept]
    x, y, w, z = x[start, 0], y[start, 0], w[start, 0], z[start, 0]
    reach = np.sqrt(room * (h[0] * h[2] - h[1] ** 2) / (h[0] * length))
    overlap = x * w * g[0] + (x * z + y * w) * g[1] + y * z * g[2]
    signs = np.array([[-1], [1]])
    centre = h[1] / h[0] - signs * overlap / length
    least = np.ceil(centre - reach).astype(np.int64)
    counts = np.maximum(np.floor(centre + reach).astype(np.int64) - least + 1, 0).ravel()
    which = np.repeat(np.tile(np.arange(len(kept)), 2), counts)
    times = _runs(least.ravel(), counts)[:, None]
    begin, sign = _STARTS[start[which]], np.repeat(signs, counts.reshape(2, -1).sum(axis=1), axis=0)
    rows = np.empty((len(which), 2, 2), dtype=np.int64)
    rows[:, 0], rows[:, 1] = begin, sign * _COMPLEMENTS[start[which]] + times * begin
    return kept[which], rows


def _film_cells(rows: Integers, reduced: Integers, hermite: Integers, film: Integers) -> Integers:
    """Film cells that lie on the Hermite normal form of the substrate's, shape (n, 2, 2)."""
    turn = _in_form(rows @ reduced.reshape(-1, 2, 2), hermite)[0]
    return np.asarray(_inverse(turn) @ film.reshape(-1, 2, 2))


def _in_form(matrix: Integers, hermite: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """V with V H = M, and whether it is one of integers."""
    a, b, d = (x[..., None] for x in np.moveaxis(hermite, -1, 0))
    first, second = matrix[..., 0], matrix[..., 1]
    rest = second * a - first * b
    whole = (first % a == 0).all(axis=-1) & (rest % (a * d) == 0).all(axis=-1)
    return np.stack([first // a, rest // (a * d)], axis=-1), whole


def _inverse(matrix: Integers) -> Integers:
    """Inverse of matrices with a determinant of 1 or -1."""
    (p, q), (r, s) = np.moveaxis(matrix, (-2, -1), (0, 1))
    adjugate = np.moveaxis(np.array([[s, -q], [-r, p]]), (0, 1), (-2, -1))
    return np.asarray(adjugate * (p * s - q * r)[..., None, None])


def _determinant(matrix: Integers) -> Integers:
    return np.asarray(matrix[..., 0, 0] * matrix[..., 1, 1] - matrix[..., 0, 1] * matrix[..., 1, 0])


def _named(
    cells: Cells,
    s: Integers,
    n: Integers,
    pair: Integers,
    pairs: Integers,
    substrate: Meshes,
    film: Meshes,
) -> Integers:
    """Matches N and -N that symmetry equivalents are named by: pair, Hermite form and N.

    It is the one whose elements, read as a word, are the largest.
    """
    to_same, improper, fixing = _fixing(cells, s, pairs[pair, 0], substrate)
    row = np.repeat(np.arange(len(n)), fixing[1])
    fix = _runs(*fixing)
    moved = _product(to_same.T[:, fix], n.reshape(-1, 4).T[:, row])
    operations, starts, counts = _by_hand(film)
    kind = 2 * pairs[pair[row], 1] + improper[fix]
    amounts = counts[kind]
    moved = np.repeat(moved, amounts, axis=1)
    moved = _product(moved, operations.T[:, _runs(starts[kind], amounts)])
    # Two numbers, the rows of N, which are ordered as words are.
    size = 2 * int(abs(moved).max(initial=0)) + 1
    words = moved[[0, 2]] * size + moved[[1, 3]]
    amounts = np.bincount(row, amounts, len(n)).astype(np.int64)
    begin = np.cumsum(amounts) - amounts
    named = []
    for sign in (1, -1):  # the largest of N is that of -N where this is smallest
        word = sign * words
        first = np.maximum.reduceat(word[0], begin)
        last = np.where(word[0] == np.repeat(first, amounts), word[1], np.iinfo(np.int64).min)
        best = np.array([first, np.maximum.reduceat(last, begin)])
        second = (best + size // 2) % size - size // 2
        elements = np.stack([(best - second) // size, second], axis=1).reshape(4, -1)
        named.append(np.concatenate([pair[None], cells.hermite[s].T, elements]).T)
    return np.concatenate(named)


def _fixing(
    cells: Cells, s: Integers, mesh: Integers, substrate: Meshes
) -> tuple[Integers, NDArray[np.bool_], tuple[Integers, Integers]]:
    """Operations that leave substrate cells as they are.

    What takes the moved rows back, shape (k, 4), whether each operation is improper, and where
    those of each cell ``s`` begin and how many they are.
    """
    mesh_of = np.full(len(cells.hermite), -1)
    mesh_of[s] = mesh
    used = np.flatnonzero(mesh_of >= 0)
    mesh, hermite = mesh_of[used], cells.hermite[used]
    matrices = np.zeros((len(used), 1, 2, 2), dtype=np.int64)
    matrices[:, 0, 0, 0], matrices[:, 0, 0, 1], matrices[:, 0, 1, 1] = hermite.T
    turn, whole = _in_form(matrices @ substrate.operations[mesh], hermite[:, None])
    whole &= np.arange(turn.shape[1]) < substrate.counts[mesh, None]
    counts, place = whole.sum(axis=1), np.zeros_like(mesh_of)
    place[used] = np.arange(len(used))
    place = place[s]
    starts = np.cumsum(counts) - counts
    improper = substrate.improper[mesh][whole]
    return _inverse(turn[whole]).reshape(-1, 4), improper, (starts[place], counts[place])


def _by_hand(meshes: Meshes) -> tuple[Integers, Integers, Integers]:
    """Operations, where the proper and improper ones of each mesh begin, and how many they are."""
    mesh, number = np.nonzero(np.arange(meshes.improper.shape[1]) < meshes.counts[:, None])
    kind = 2 * mesh + meshes.improper[mesh, number]
    order = np.argsort(kind, kind="stable")
    counts = np.bincount(kind, minlength=2 * len(meshes.counts))
    operations = meshes.operations[mesh, number][order].reshape(-1, 4)
    return operations, np.cumsum(counts) - counts, counts


def _product(one: Integers, other: Integers) -> Integers:
    """Products of 2×2 matrices, each given by four rows of elements."""
    (p, q, r, s), (t, u, v, w) = one, other
    return np.array([p * t + q * v, p * u + q * w, r * t + s * v, r * u + s * w])


def reduced_rows(hermite: Integers, metrics: Floats) -> tuple[Integers, Integers]:
    """Lagrange-reduced, right-handed rows of cells, and what takes the Hermite rows to them."""
    rows, _ = _reduce(hermite, metrics)
    rows[_determinant(rows) < 0, 1] *= -1
    return rows, _in_form(rows, hermite)[0]


def _reduce(hermite: Integers, metrics: Floats) -> tuple[Integers, Floats]:
    """Lagrange reduction of all cells to an acute angle: rows, squared lengths and product."""
    (a, b, d), lattice = hermite.T, metrics.T
    rows, metric = np.array([a, b, np.zeros_like(a), d]), np.empty((3, len(hermite)))
    active: Any = slice(None)
    while True:
        (p, q, r, s), (g, h, k) = rows[:, active], lattice[:, active]
        length = p * p * g + 2 * p * q * h + q * q * k
        times = np.rint((p * r * g + (p * s + q * r) * h + q * s * k) / length).astype(np.int64)
        r, s = r - times * p, s - times * q
        product = p * r * g + (p * s + q * r) * h + q * s * k
        other = r * r * g + 2 * r * s * h + s * s * k
        rows[:, active], metric[:, active] = (p, q, r, s), (length, product, other)
        active = np.flatnonzero(metric[2] < metric[0] * (1 - SLACK))
        if not len(active):
            break
        rows[:, active] = rows[:, active][[2, 3, 0, 1]]
    obtuse = metric[1] < 0
    rows[2:, obtuse] *= -1
    metric[1, obtuse] *= -1
    return rows.T.reshape(-1, 2, 2).copy(), metric.T.copy()


def _level(hermite: Integers, mesh: Integers, meshes: Meshes) -> Integers:
    """2 if no operation makes a cell a lower one, 1 if no proper one does, else 0."""
    operations, starts, counts = _up_to_sign(meshes)
    cell = np.repeat(np.arange(len(hermite)), counts[mesh])
    number = _runs(starts[mesh], counts[mesh])
    improper = operations[number, 4] == 1
    a, b, d = hermite.T[:, cell]
    t, u, v, w = operations.T[:4, number]
    p, q, r, s = a * t + b * v, a * u + b * w, d * v, d * w
    first = np.gcd(p, r)
    lower = first < a
    same = np.flatnonzero(first == a)
    lower[same] = _second(p[same], q[same], r[same], s[same]) < b[same]
    level = np.full(len(hermite), 2)
    level[cell[lower & improper]] = 1
    level[cell[lower & ~improper]] = 0
    return level


def _second(p: Integers, q: Integers, r: Integers, s: Integers) -> Integers:
    """Second element b of the Hermite normal forms of rows (p, q) and (r, s)."""
    active = np.flatnonzero(r)
    while len(active):
        times = p[active] // r[active]
        p[active], r[active] = r[active], p[active] - times * r[active]
        q[active], s[active] = s[active], q[active] - times * s[active]
        active = active[r[active] != 0]
    return np.asarray(np.where(p < 0, -q, q) % abs(s))


def _up_to_sign(meshes: Meshes) -> tuple[Integers, Integers, Integers]:
    """Operations and whether they are improper, one of W and -W; where those of meshes begin."""
    flat = meshes.operations.reshape(*meshes.improper.shape, 4)
    real = np.arange(flat.shape[1]) < meshes.counts[:, None]
    real[:, 0] &= ~((flat[:, 0] == [1, 0, 0, 1]).all(axis=1) & ~meshes.improper[:, 0])
    opposite = (flat[:, :, None] == -flat[:, None]).all(axis=3) & real[:, None]
    opposite &= meshes.improper[:, :, None] == meshes.improper[:, None]
    real &= ~np.tril(opposite, -1).any(axis=2)
    operations = np.concatenate([flat, meshes.improper[..., None]], axis=2)[real]
    counts = real.sum(axis=1)
    return operations, np.cumsum(counts) - counts, counts


def _runs(starts: Integers, counts: Integers) -> Integers:
    """Whole numbers from each start on, so many of them, one run behind the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(starts - (ends - counts), counts))
