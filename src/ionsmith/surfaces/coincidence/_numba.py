"""The coincidence search as compiled loops; see :mod:`ionsmith.surfaces.coincidence`.

The same functions in numpy are in :mod:`ionsmith.surfaces.coincidence`; both find the same
matches, in an order of their own.
"""

import numpy as np
from numba import njit

from ionsmith.surfaces.coincidence._cells import SLACK, Cells, Meshes, Window, ZslLimits

_COMPLEMENTS = np.array([[1, 0, 0, 1], [0, 1, -1, 0], [1, 1, 0, 1], [-1, 1, -1, 0]])


def enumerate_cells(meshes: Meshes) -> Cells:
    """List the supercells of meshes; see :class:`Cells`."""
    arrays = _enumerate_cells(
        meshes.metrics, meshes.largest, meshes.operations, meshes.counts, meshes.improper
    )
    return Cells(*arrays)


def search(
    substrate: Meshes,
    film: Meshes,
    substrate_cells: Cells,
    film_cells: Cells,
    pairs: np.ndarray,
    window: Window,
    reverse: bool,
) -> np.ndarray:
    """Find the matches of mesh pairs; see :func:`ionsmith.surfaces.coincidence.coincidences`."""
    return np.asarray(
        _search(
            *_unpack(substrate),
            *_unpack(film),
            *substrate_cells,
            *film_cells,
            pairs,
            window.low,
            window.high,
            reverse,
        )
    )


def search_zsl(
    substrate: Meshes,
    film: Meshes,
    substrate_cells: Cells,
    film_cells: Cells,
    pairs: np.ndarray,
    limits: ZslLimits,
) -> np.ndarray:
    """Find the cell pairs that Zur and McGill's criterion takes."""
    return np.asarray(
        _search_zsl(
            substrate.areas,
            film.areas,
            *substrate_cells,
            *film_cells,
            pairs,
            limits.max_area,
            limits.area_ratio,
            limits.length,
            limits.angle,
        )
    )


def reduced_rows(hermite: np.ndarray, metrics: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lagrange-reduced, right-handed rows of cells, and what takes the Hermite rows to them."""
    rows, turns = _reduced_rows(hermite, metrics)
    return np.asarray(rows), np.asarray(turns)


def _unpack(meshes: Meshes) -> tuple[np.ndarray, ...]:
    return meshes.areas, meshes.operations, meshes.counts, meshes.improper


@njit(cache=True)
def _enumerate_cells(metrics, largest, operations, counts, improper):
    total, top = 0, 0
    for mesh in range(len(largest)):
        top = max(top, largest[mesh])
        for index in range(1, largest[mesh] + 1):
            for a in range(1, index + 1):
                if index % a == 0:
                    total += index // a
    first = np.zeros((len(largest), top + 2), dtype=np.int64)
    hermite = np.empty((total, 3), dtype=np.int64)
    reduced = np.empty((total, 4), dtype=np.int64)
    metric = np.empty((total, 3))
    level = np.empty(total, dtype=np.int64)
    used = 0
    for mesh in range(len(largest)):
        first[mesh, 0] = used
        for index in range(1, top + 1):
            first[mesh, index] = used
            if index > largest[mesh]:
                continue
            start = used
            for a in range(1, index + 1):
                if index % a:
                    continue
                d = index // a
                for b in range(d):
                    hermite[used, 0], hermite[used, 1], hermite[used, 2] = a, b, d
                    _reduce(metrics[mesh], a, b, d, reduced[used], metric[used])
                    level[used] = _level(a, b, d, operations[mesh], counts[mesh], improper[mesh])
                    used += 1
            order = start + np.argsort(metric[start:used, 0])
            hermite[start:used] = hermite[order]
            reduced[start:used] = reduced[order]
            metric[start:used] = metric[order]
            level[start:used] = level[order]
        first[mesh, top + 1] = used
    return first, hermite, reduced, metric, level


@njit(cache=True)
def _reduce(mesh, a, b, d, reduced, metric):
    """Lagrange reduction of the cell with the rows (a, b) and (0, d), to an acute angle."""
    p, q, r, s = a, b, 0, d
    g, h, k = mesh[0], mesh[1], mesh[2]
    first = p * p * g + 2 * p * q * h + q * q * k
    while True:
        overlap = p * r * g + (p * s + q * r) * h + q * s * k
        times = int(np.rint(overlap / first))
        r -= times * p
        s -= times * q
        second = r * r * g + 2 * r * s * h + s * s * k
        if second >= first * (1 - SLACK):
            break
        p, q, r, s = r, s, p, q
        first = second
    overlap = p * r * g + (p * s + q * r) * h + q * s * k
    if overlap < 0:
        r, s, overlap = -r, -s, -overlap
    reduced[0], reduced[1], reduced[2], reduced[3] = p, q, r, s
    metric[0], metric[1], metric[2] = first, overlap, second


@njit(cache=True)
def _reduced_rows(hermite, metrics):
    rows = np.empty((len(hermite), 2, 2), dtype=np.int64)
    turns = np.empty((len(hermite), 2, 2), dtype=np.int64)
    reduced, metric = np.empty(4, dtype=np.int64), np.empty(3)
    for cell in range(len(hermite)):
        a, b, d = hermite[cell]
        _reduce(metrics[cell], a, b, d, reduced, metric)
        p, q, r, s = reduced
        if p * s < q * r:
            r, s = -r, -s
        rows[cell, 0, 0], rows[cell, 0, 1], rows[cell, 1, 0], rows[cell, 1, 1] = p, q, r, s
        turns[cell, 0, 0], turns[cell, 0, 1] = p // a, (q * a - p * b) // (a * d)
        turns[cell, 1, 0], turns[cell, 1, 1] = r // a, (s * a - r * b) // (a * d)
    return rows, turns


@njit(cache=True)
def _level(a, b, d, operations, count, improper):
    """2 if no operation makes the cell a lower one, 1 if no proper one does, else 0."""
    level = 2
    for number in range(count):
        w = operations[number]
        p, q = a * w[0, 0] + b * w[1, 0], a * w[0, 1] + b * w[1, 1]
        r, s = d * w[1, 0], d * w[1, 1]
        while r:
            times = p // r
            p, q, r, s = r, s, p - times * r, q - times * s
        if p < 0:
            p, q = -p, -q
        q %= abs(s)
        if p < a or (p == a and q < b):
            if not improper[number]:
                return 0
            level = 1
    return level


@njit(cache=True)
def _search(
    areas_s, operations_s, counts_s, improper_s, areas_f, operations_f, counts_f, improper_f,
    first_s, hermite_s, reduced_s, metric_s, level_s,
    first_f, hermite_f, reduced_f, metric_f, level_f,
    pairs, low, high, reverse,
):  # fmt: skip
    low2, high2 = low * low, high * high
    found = np.empty((256, 8), dtype=np.int64)
    used = 0
    for pair in range(len(pairs)):
        s, f = pairs[pair]
        needed = 1
        for number in range(counts_f[f]):
            if improper_f[f, number]:
                needed = 2
        top_s, top_f = _top(first_s[s]), _top(first_f[f])
        ratio = areas_s[s] / areas_f[f]
        for j in range(1, top_s + 1):
            lowest = max(1, int(np.ceil(j * ratio / high2 * (1 - SLACK))))
            highest = min(top_f, int(np.floor(j * ratio / low2 * (1 + SLACK))))
            for i in range(lowest, highest + 1):
                d = (j * ratio / i) ** 2
                limit = min(high2 + d / high2, low2 + d / low2) * (1 + SLACK)
                begin, end = first_f[f, i], first_f[f, i + 1]
                for cell_s in range(first_s[s, j], first_s[s, j + 1]):
                    if level_s[cell_s] < needed:
                        continue
                    g11, g12, g22 = metric_s[cell_s]
                    least, most = g11 / high2 * (1 - SLACK), g11 / low2 * (1 + SLACK)
                    least2, most2 = g22 / high2 * (1 - SLACK), g22 / low2 * (1 + SLACK)
                    while begin < end and metric_f[begin, 0] < least:
                        begin += 1
                    for cell_f in range(begin, end):
                        h11, h12, h22 = metric_f[cell_f]
                        if h11 > most:
                            break
                        if h22 < least2 or h22 > most2:
                            continue
                        for choice in range(4):
                            x, y, w, z = _COMPLEMENTS[choice]
                            length = x * x * g11 + 2 * x * y * g12 + y * y * g22
                            stretch = length / h11
                            room = limit - stretch - d / stretch
                            if room < 0:
                                continue
                            reach = np.sqrt(room * (h11 * h22 - h12 * h12) / (h11 * length))
                            overlap = (x * w * g11 + (x * z + y * w) * g12 + y * z * g22) / length
                            for sign in (-1, 1):
                                centre = h12 / h11 - sign * overlap
                                for k in range(
                                    int(np.ceil(centre - reach)), int(np.floor(centre + reach)) + 1
                                ):
                                    n = _film_cell(
                                        x, y, sign * w + k * x, sign * z + k * y,
                                        reduced_s[cell_s], hermite_s[cell_s], reduced_f[cell_f],
                                    )  # fmt: skip
                                    if not reverse and n[0] * n[3] < n[1] * n[2]:
                                        continue
                                    for _ in range(2):
                                        if _is_named(
                                            hermite_s[cell_s], n,
                                            operations_s[s], counts_s[s], improper_s[s],
                                            operations_f[f], counts_f[f], improper_f[f],
                                        ):  # fmt: skip
                                            if used == len(found):
                                                more = np.empty((2 * used, 8), dtype=np.int64)
                                                more[:used] = found
                                                found = more
                                            found[used, 0] = pair
                                            found[used, 1:4] = hermite_s[cell_s]
                                            for part in range(4):
                                                found[used, 4 + part] = n[part]
                                            used += 1
                                        n = (-n[0], -n[1], -n[2], -n[3])
    return found[:used]


@njit(cache=True)
def _top(first):
    """Largest index of which a mesh has cells."""
    top = len(first) - 2
    while top > 0 and first[top] == first[top + 1]:
        top -= 1
    return top


@njit(cache=True)
def _film_cell(x, y, w, z, reduced, hermite, film):
    """Film cell that lies on the Hermite normal form of the substrate's."""
    a, b, d = hermite
    # U R = V H, with the rows of U in the reduced basis R of the substrate's cell.
    p, q = x * reduced[0] + y * reduced[2], x * reduced[1] + y * reduced[3]
    r, s = w * reduced[0] + z * reduced[2], w * reduced[1] + z * reduced[3]
    p, q = p // a, (q * a - p * b) // (a * d)
    r, s = r // a, (s * a - r * b) // (a * d)
    sign = p * s - q * r
    return (
        sign * (s * film[0] - q * film[2]),
        sign * (s * film[1] - q * film[3]),
        sign * (p * film[2] - r * film[0]),
        sign * (p * film[3] - r * film[1]),
    )


@njit(cache=True)
def _is_named(hermite, n, operations_s, count_s, improper_s, operations_f, count_f, improper_f):
    """Whether a match is the one that its symmetry equivalents are named by."""
    a, b, d = hermite
    for number_s in range(count_s):
        w = operations_s[number_s]
        p, q = a * w[0, 0] + b * w[1, 0], a * w[0, 1] + b * w[1, 1]
        r, s = d * w[1, 0], d * w[1, 1]
        if p % a or r % a or (q * a - p * b) % (a * d) or (s * a - r * b) % (a * d):
            continue
        p, q = p // a, (q * a - p * b) // (a * d)
        r, s = r // a, (s * a - r * b) // (a * d)
        sign = p * s - q * r
        x0, x1 = sign * (s * n[0] - q * n[2]), sign * (s * n[1] - q * n[3])
        x2, x3 = sign * (p * n[2] - r * n[0]), sign * (p * n[3] - r * n[1])
        for number_f in range(count_f):
            if improper_s[number_s] != improper_f[number_f]:
                continue
            w = operations_f[number_f]
            image = (
                x0 * w[0, 0] + x1 * w[1, 0],
                x0 * w[0, 1] + x1 * w[1, 1],
                x2 * w[0, 0] + x3 * w[1, 0],
                x2 * w[0, 1] + x3 * w[1, 1],
            )
            if image > n:
                return False
    return True


@njit(cache=True)
def _search_zsl(
    areas_s, areas_f,
    first_s, hermite_s, reduced_s, metric_s, level_s,
    first_f, hermite_f, reduced_f, metric_f, level_f,
    pairs, max_area, area_ratio, length, angle,
):  # fmt: skip
    angles_s, angles_f = _angles(metric_s), _angles(metric_f)
    low2, high2 = (1 - length) ** 2 * (1 - SLACK), (1 + length) ** 2 * (1 + SLACK)
    found = np.empty((256, 8), dtype=np.int64)
    used = 0
    for pair in range(len(pairs)):
        s, f = pairs[pair]
        area_s, area_f = areas_s[s], areas_f[f]
        top_s = min(_top(first_s[s]), int(np.ceil(max_area / area_s)) - 1)
        top_f = min(_top(first_f[f]), int(np.ceil(max_area / area_f)) - 1)
        for i in range(1, top_f + 1):
            for j in range(1, top_s + 1):
                if not (
                    abs(area_f / area_s - j / i) < area_ratio
                    or abs(area_s / area_f - i / j) < area_ratio
                ):
                    continue
                begin, end = first_s[s, j], first_s[s, j + 1]
                for cell_f in range(first_f[f, i], first_f[f, i + 1]):
                    h11, _, h22 = metric_f[cell_f]
                    while begin < end and metric_s[begin, 0] < h11 * low2:
                        begin += 1
                    for cell_s in range(begin, end):
                        if metric_s[cell_s, 0] > h11 * high2:
                            break
                        g22 = metric_s[cell_s, 2]
                        if (
                            abs(angles_s[cell_s] / angles_f[cell_f] - 1) > angle
                            or g22 < h22 * low2
                            or g22 > h22 * high2
                            or abs(np.sqrt(metric_s[cell_s, 0] / h11) - 1) > length
                            or abs(np.sqrt(g22 / h22) - 1) > length
                        ):
                            continue
                        n = _film_cell(
                            1, 0, 0, 1, reduced_s[cell_s], hermite_s[cell_s], reduced_f[cell_f]
                        )
                        if used == len(found):
                            more = np.empty((2 * used, 8), dtype=np.int64)
                            more[:used] = found
                            found = more
                        found[used, 0] = pair
                        found[used, 1:4] = hermite_s[cell_s]
                        for part in range(4):
                            found[used, 4 + part] = n[part]
                        used += 1
    return found[:used]


@njit(cache=True)
def _angles(metric):
    angles = np.empty(len(metric))
    for cell in range(len(metric)):
        g11, g12, g22 = metric[cell]
        angles[cell] = np.arctan2(np.sqrt(max(g11 * g22 - g12 * g12, 0.0)), g12)
    return angles
