"""The search for coincidence cells, in arrays over all candidates."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ionsmith.surfaces.coincidence._cells import SLACK, Cells, Meshes, Window

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_CHUNK = 500_000  # candidates that are held at a time
_STARTS = np.array([[[1, 0], [0, 1]], [[0, 1], [-1, 0]], [[1, 1], [0, 1]], [[-1, 1], [-1, 0]]])


def enumerate_cells(meshes: Meshes) -> Cells:
    """List the supercells of meshes; see :class:`Cells`."""
    top = int(meshes.largest.max(initial=0))
    forms = np.array(
        [
            (a, b, index // a)
            for index in range(1, top + 1)
            for a in range(1, index + 1)
            if index % a == 0
            for b in range(index // a)
        ],
        dtype=np.int64,
    ).reshape(-1, 3)
    ends = np.searchsorted(forms[:, 0] * forms[:, 2], np.arange(top + 2), side="left")
    ends = np.append(ends, len(forms))  # ends[n + 1]: behind the cells of n meshes
    counts = ends[meshes.largest + 1]
    mesh = np.repeat(np.arange(len(counts)), counts)
    hermite = forms[_runs(np.zeros_like(counts), counts)]
    index = hermite[:, 0] * hermite[:, 2]
    reduced, metric = _reduce(hermite, meshes.metrics[mesh])
    level = _level(hermite, mesh, meshes)
    order = np.lexsort((metric[:, 0], index, mesh))
    key = mesh * (top + 2) + index
    bounds = np.arange(len(counts))[:, None] * (top + 2) + np.arange(top + 2)
    first = np.searchsorted(key, bounds)
    return Cells(first, hermite[order], reduced[order].reshape(-1, 4), metric[order], level[order])


def search(
    substrate: Meshes,
    film: Meshes,
    substrate_cells: Cells,
    film_cells: Cells,
    pairs: Integers,
    window: Window,
    reverse: bool,
) -> Integers:
    """Find the matches of mesh pairs; see :func:`ionsmith.surfaces.coincidence.coincidences`."""
    low2, high2 = window.low**2, window.high**2
    groups, ratio = _groups(substrate, film, pairs)
    stretch = ratio**2
    keep = np.asarray((ratio >= low2 * (1 - SLACK)) & (ratio <= high2 * (1 + SLACK)))
    limit = np.minimum(high2 + stretch / high2, low2 + stretch / low2) * (1 + SLACK)
    groups, stretch, limit = groups[keep], stretch[keep], limit[keep]
    flags = np.asarray(film.improper.any(axis=1))[pairs[:, 1]]
    found = [np.empty((0, 8), dtype=np.int64)]
    for group, s, f in _candidates(groups, substrate_cells, film_cells, pairs, 1 / high2, 1 / low2):
        pair, needed = groups[group, 0], np.where(flags[groups[group, 0]], 2, 1)
        g, h = substrate_cells.metric[s], film_cells.metric[f]
        keep = (substrate_cells.level[s] >= needed) & (h[:, 2] * low2 <= g[:, 2] * (1 + SLACK))
        keep &= h[:, 2] * high2 >= g[:, 2] * (1 - SLACK)
        pair, s, f, group = pair[keep], s[keep], f[keep], group[keep]
        g, h = g[keep], h[keep]
        which, rows = _overlays(g, h, stretch[group], limit[group])
        pair, s, f = pair[which], s[which], f[which]
        hermite = substrate_cells.hermite[s]
        n = _film_cells(rows, substrate_cells.reduced[s], hermite, film_cells.reduced[f])
        n = np.concatenate([n, -n])
        pair, hermite = np.tile(pair, 2), np.tile(hermite, (2, 1))
        if not reverse:
            upright = _determinant(n) > 0
            pair, hermite, n = pair[upright], hermite[upright], n[upright]
        named = _named(hermite, n, pairs[pair], substrate, film)
        found.append(np.column_stack([pair[named], hermite[named], n[named].reshape(-1, 4)]))
    return np.concatenate(found)


def _groups(substrate: Meshes, film: Meshes, pairs: Integers) -> tuple[Integers, Floats]:
    """Mesh pair, substrate index, film index of all combinations, and their ratio of areas."""
    tops = [substrate.largest[pairs[:, 0]], film.largest[pairs[:, 1]]]
    counts = tops[0] * tops[1]
    pair = np.repeat(np.arange(len(pairs)), counts)
    number = _runs(np.zeros_like(counts), counts)
    j, i = number // tops[1][pair] + 1, number % tops[1][pair] + 1
    ratio = j * substrate.areas[pairs[pair, 0]] / (i * film.areas[pairs[pair, 1]])
    return np.column_stack([pair, j, i]), ratio


def _candidates(
    groups: Integers,
    substrate: Cells,
    film: Cells,
    pair_meshes: Integers,
    low: float,
    high: float,
) -> Iterator[tuple[Integers, Integers, Integers]]:
    """Cell pairs whose shorter edges fit, some at a time: group, substrate cell, film cell.

    The square of the substrate's edge is within ``low`` and ``high`` of the film's.
    """
    substrate_mesh, film_mesh = pair_meshes[groups[:, 0]].T
    substrate_index, film_index = groups[:, 1], groups[:, 2]
    start = substrate.first[substrate_mesh, substrate_index]
    counts = substrate.first[substrate_mesh, substrate_index + 1] - start
    group = np.repeat(np.arange(len(groups)), counts)
    cells = _runs(start, counts)
    if not len(cells):
        return
    # Film cells are sorted within each mesh and index; one key sorts them all.
    logs = np.log(film.metric[:, 0])
    edges = np.log(substrate.metric[cells, 0])
    span = max(np.ptp(logs), np.ptp(edges)) + abs(logs.min() - edges.min()) + 10
    sizes = np.diff(film.first, axis=1).ravel()
    block = np.repeat(np.arange(sizes.size), sizes)
    key = block * span + logs
    width = film.first.shape[1] - 1
    base = (film_mesh * width + film_index)[group] * span + edges
    begin = np.searchsorted(key, base + np.log(low) - SLACK)
    end = np.searchsorted(key, base + np.log(high) + SLACK, side="right")
    # A window that leaves its block would meet other cells.
    begin = np.maximum(begin, film.first[film_mesh, film_index][group])
    end = np.minimum(end, film.first[film_mesh, film_index + 1][group])
    amounts = np.maximum(end - begin, 0)
    totals = np.cumsum(amounts)
    total = int(totals[-1])
    cuts = np.searchsorted(totals, np.arange(_CHUNK, total + 2 * _CHUNK, _CHUNK), side="left") + 1
    for first, last in zip([0, *cuts[:-1].tolist()], cuts.tolist(), strict=True):
        part = slice(first, last)
        film_cells = _runs(begin[part], amounts[part])
        substrate_cells = np.repeat(cells[part], amounts[part])
        yield np.repeat(group[part], amounts[part]), substrate_cells, film_cells


def _overlays(g: Floats, h: Floats, stretch: Floats, limit: Floats) -> tuple[Integers, Integers]:
    """All ways to lay a film cell on a substrate cell: number of the pair, rows of U."""
    numbers, rows = [], []
    area2 = h[:, 0] * h[:, 2] - h[:, 1] ** 2
    for start, complement in _STARTS:
        (x, y), (w, z) = start, complement
        length = x * x * g[:, 0] + 2 * x * y * g[:, 1] + y * y * g[:, 2]
        first = length / h[:, 0]
        room = limit - first - stretch / first
        kept = np.flatnonzero(room >= 0)
        reach = np.sqrt(room[kept] * area2[kept] / (h[kept, 0] * length[kept]))
        overlap = x * w * g[kept, 0] + (x * z + y * w) * g[kept, 1] + y * z * g[kept, 2]
        for sign in (-1, 1):
            centre = h[kept, 1] / h[kept, 0] - sign * overlap / length[kept]
            least = np.ceil(centre - reach).astype(np.int64)
            counts = np.maximum(np.floor(centre + reach).astype(np.int64) - least + 1, 0)
            times = _runs(least, counts)[:, None]
            second = sign * complement + times * start
            numbers.append(np.repeat(kept, counts))
            rows.append(np.stack([np.broadcast_to(start, second.shape), second], axis=1))
    return np.concatenate(numbers), np.concatenate(rows)


def _film_cells(rows: Integers, reduced: Integers, hermite: Integers, film: Integers) -> Integers:
    """Film cells that lie on the Hermite normal form of the substrate's, shape (n, 2, 2)."""
    turn = _in_form(rows @ reduced.reshape(-1, 2, 2), hermite)[0]
    return np.asarray(_inverse(turn) @ film.reshape(-1, 2, 2))


def _in_form(matrix: Integers, hermite: Integers) -> tuple[Integers, NDArray[np.bool_]]:
    """V with V H = M, and whether it is one of integers."""
    a, b, d = (x[..., None] for x in hermite.T)
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
    hermite: Integers, n: Integers, meshes: Integers, substrate: Meshes, film: Meshes
) -> NDArray[np.bool_]:
    """Whether each match is the one that its symmetry equivalents are named by."""
    matrices = np.zeros((len(n), 2, 2), dtype=np.int64)
    matrices[:, 0, 0], matrices[:, 0, 1], matrices[:, 1, 1] = hermite.T
    own = n.reshape(-1, 4)
    named = np.ones(len(n), dtype=bool)
    s, f = meshes.T
    for k in range(substrate.operations.shape[1]):
        kept = np.flatnonzero(named & (k < substrate.counts[s]))
        turn, whole = _in_form(matrices[kept] @ substrate.operations[s[kept], k], hermite[kept])
        kept, turn = kept[whole], turn[whole]
        moved = _inverse(turn) @ n[kept]
        for m in range(film.operations.shape[1]):
            fits = substrate.improper[s[kept], k] == film.improper[f[kept], m]
            fits &= m < film.counts[f[kept]]
            match = kept[fits]
            other = (moved[fits] @ film.operations[f[match], m]).reshape(-1, 4)
            # Positive where the first element that differs is larger in the equivalent.
            signs = np.sign(other - own[match])
            named[match[signs @ [8, 4, 2, 1] > 0]] = False
    return named


def reduced_rows(hermite: Integers, metrics: Floats) -> tuple[Integers, Integers]:
    """Lagrange-reduced, right-handed rows of cells, and what takes the Hermite rows to them."""
    rows, _ = _reduce(hermite, metrics)
    rows[_determinant(rows) < 0, 1] *= -1
    return rows, _in_form(rows, hermite)[0]


def _reduce(hermite: Integers, metrics: Floats) -> tuple[Integers, Floats]:
    """Lagrange reduction of all cells to an acute angle: rows, squared lengths and product."""
    rows = np.zeros((len(hermite), 2, 2), dtype=np.int64)
    rows[:, 0, 0], rows[:, 0, 1], rows[:, 1, 1] = hermite.T
    active = np.arange(len(rows))
    while len(active):
        metric = _products(rows[active], metrics[active])
        times = np.rint(metric[:, 1] / metric[:, 0]).astype(np.int64)
        rows[active, 1] -= times[:, None] * rows[active, 0]
        metric = _products(rows[active], metrics[active])
        active = active[metric[:, 2] < metric[:, 0] * (1 - SLACK)]
        rows[active] = rows[active, ::-1]
    metric = _products(rows, metrics)
    obtuse = metric[:, 1] < 0
    rows[obtuse, 1] *= -1
    metric[obtuse, 1] *= -1
    return rows, metric


def _products(rows: Integers, metrics: Floats) -> Floats:
    (p, q), (r, s) = np.moveaxis(rows, (1, 2), (0, 1))
    g, h, k = metrics.T
    return np.column_stack(
        [
            p * p * g + 2 * p * q * h + q * q * k,
            p * r * g + (p * s + q * r) * h + q * s * k,
            r * r * g + 2 * r * s * h + s * s * k,
        ]
    )


def _level(hermite: Integers, mesh: Integers, meshes: Meshes) -> Integers:
    """2 if no operation makes a cell a lower one, 1 if no proper one does, else 0."""
    a, b, d = hermite.T
    level = np.full(len(hermite), 2)
    for number in range(meshes.operations.shape[1]):
        w = meshes.operations[mesh, number]
        p, q = a * w[:, 0, 0] + b * w[:, 1, 0], a * w[:, 0, 1] + b * w[:, 1, 1]
        r, s = d * w[:, 1, 0], d * w[:, 1, 1]
        while r.any():
            times = np.where(r == 0, 0, p // np.where(r == 0, 1, r))
            stop = r == 0
            p, q, r, s = (
                np.where(stop, p, r),
                np.where(stop, q, s),
                np.where(stop, r, p - times * r),
                np.where(stop, s, q - times * s),
            )
        q = np.where(p < 0, -q, q) % abs(s)
        p = abs(p)
        lower = (p < a) | ((p == a) & (q < b))
        level[lower & meshes.improper[mesh, number]] = np.minimum(
            level[lower & meshes.improper[mesh, number]], 1
        )
        level[lower & ~meshes.improper[mesh, number]] = 0
    return level


def _runs(starts: Integers, counts: Integers) -> Integers:
    """Whole numbers from each start on, so many of them, one run behind the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + np.repeat(starts - (ends - counts), counts))
