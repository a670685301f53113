"""Supercells of meshes, one of each set that the operations of a mesh make equivalent.

A supercell is known by its Hermite normal form: the rows (a, b) and (0, d) in the mesh vectors.
Which forms are equivalent follows from the integer matrices of the operations alone. Few sets of
matrices occur, and the same ones for many planes and crystals, so that their tables are kept.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ionsmith.surfaces.plane_mesh import Action

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Matrix = tuple[int, int, int, int]

_KEPT = 128  # tables up to so many meshes are kept
_STEP = 8  # of the number of meshes of these
_NONE = (0, 0, 0, 0)
_HELD = 500_000  # images of forms that are held at a time


Key = tuple[Action, bool]
"""Operations of a mesh, and whether those that exchange the sides of the plane count."""

NO_SYMMETRY: Key = (np.eye(2, dtype=np.int64).tobytes(), b"\0", b"\0"), False


class Groups(NamedTuple):
    """Sets of operations on meshes, in each one of W and -W, the proper ones and the improper ones.

    Parameters
    ----------
    matrices
        Integer matrices of both hands, filled up with the first one of these, shape
        (n, 2, p, 2, 2). The first proper one is the identity.
    counts
        How many of them there are, shape (n, 2).
    half_turn
        Whether -1 is a proper operation, so that -W is one with each W, shape (n,).
    turning
        The first operation of either hand that exchanges the sides or, if none of these counts,
        that does not; shape (n, 2, 2, 2).
    turns
        Whether there is one, shape (n, 2).
    widest
        Largest sum of the absolute elements of a column of any matrix.
    """

    matrices: Integers
    counts: Integers
    half_turn: Flags
    turning: Integers
    turns: Flags
    widest: int


@lru_cache(maxsize=64)
def groups_of(keys: tuple[Key, ...]) -> Groups:
    """Sort the operations of meshes."""
    of_hands: list[list[Matrix]] = []
    firsts: list[Matrix] = []
    half_turn = []
    for (matrices, improper, turning), turned in keys:
        operations = np.frombuffer(matrices, dtype=np.int64).reshape(-1, 4).tolist()
        found: tuple[list[Matrix], list[Matrix]] = ([(1, 0, 0, 1)], [])
        first, half = [_NONE, _NONE], False
        for (p, q, r, s), hand, turns in zip(operations, improper, turning, strict=True):
            if first[hand] == _NONE and turns == turned:
                first[hand] = (p, q, r, s)
            if turns <= turned:
                half |= (-p, -q, -r, -s) in found[hand]
                if not {(p, q, r, s), (-p, -q, -r, -s)} & set(found[hand]):
                    found[hand].append((p, q, r, s))
        of_hands += found
        firsts += first
        half_turn.append(half)
    most = max(map(len, of_hands))
    filled = np.array([(of + (of or [_NONE])[:1] * most)[:most] for of in of_hands])
    matrices_of = filled.reshape(-1, 2, most, 2, 2)
    firsts_of = np.array(firsts).reshape(-1, 2, 2, 2)
    return Groups(
        matrices_of,
        np.array([len(of) for of in of_hands]).reshape(-1, 2),
        np.array(half_turn),
        firsts_of,
        np.asarray(firsts_of.any(axis=(2, 3))),
        int(abs(matrices_of).sum(axis=3).max()),
    )


class Orbits(NamedTuple):
    """Hermite normal forms by number of meshes, one of each set of equivalents.

    Parameters
    ----------
    forms
        Rows of a, b, d, then the level (2 if no operation takes the form to a lower one, 1 if only
        improper ones do), the number of operations that leave the cell as it is, but the proper 1
        and -1, and the rank by a, b and d; shape (6, n).
    fixing
        These operations W, form by form: whether they are improper, then V with V H = H W for the
        form H; shape (5, k).
    ends
        How many forms have up to 0, 1, … meshes, and how many operations they have, shape (2, m).
    """

    forms: NDArray[np.int32]
    fixing: Integers
    ends: Integers


class Tables(NamedTuple):
    """Orbits of several sets of operations, one behind the other.

    Parameters
    ----------
    forms, fixing, ends
        Those of :class:`Orbits`.
    begin
        Where those of each set begin in the three of them, shape (3, n).
    """

    forms: NDArray[np.int32]
    fixing: Integers
    ends: Integers
    begin: Integers


def tables_of(keys: tuple[Key, ...], tops: list[int], levels: tuple[int, ...]) -> Tables:
    """Orbits of up to so many meshes, or more, that are of these levels at least."""
    if max(tops) > _KEPT:
        return _tables_of(keys, tuple(tops), levels)
    return _kept_tables_of(keys, tuple([-(-top // _STEP) * _STEP for top in tops]), levels)


@lru_cache(maxsize=16)
def _kept_tables_of(
    keys: tuple[Key, ...], tops: tuple[int, ...], levels: tuple[int, ...]
) -> Tables:
    return _tables_of(keys, tops, levels)


def _tables_of(keys: tuple[Key, ...], tops: tuple[int, ...], levels: tuple[int, ...]) -> Tables:
    tables = [orbits(*one) for one in zip(keys, tops, levels, strict=True)]
    sizes = np.array([[part.shape[1] for part in table] for table in tables]).T
    forms, fixing, ends = (np.concatenate(parts, axis=1) for parts in zip(*tables, strict=True))
    return Tables(forms, fixing, ends, sizes.cumsum(axis=1) - sizes)


def orbits(key: Key, top: int, least: int) -> Orbits:
    """Forms of up to so many meshes that are of this level at least."""
    forms = _forms(top)
    level, fixed, fixing = np.full(forms.shape[1], 2), [], []
    (matrices,), (counts,) = groups_of((key,))[:2]
    for hand in (1, 0):
        for p, q, r, s in matrices[hand, 1 - hand : counts[hand]].reshape(-1, 4).tolist():
            matrix, sign = max(((p, q, r, s), 1), ((-p, -q, -r, -s), -1))
            image = _kept_image(matrix, top) if top <= _KEPT else _image(matrix, forms)
            level[image.lower] = hand
            fixed.append(image.fixed)
            fixing.append(np.vstack([np.full(len(image.fixed), hand), sign * image.fixing]))
    kept = level >= least
    number = np.concatenate([*fixed, np.zeros(0, dtype=np.int64)])
    order = np.argsort(number, kind="stable")
    order = order[kept[number[order]]]
    amounts = np.bincount(number, minlength=len(kept))[kept]
    forms = forms[:, kept]
    rank = np.empty_like(amounts)
    rank[np.lexsort(forms[::-1])] = np.arange(len(rank))
    ends = np.searchsorted(forms[0] * forms[2], np.arange(top + 1), side="right")
    before = np.concatenate([[0], amounts.cumsum()])[ends]
    return Orbits(
        np.vstack([forms, level[kept], amounts, rank]).astype(np.int32),
        np.concatenate([*fixing, np.zeros((5, 0), dtype=np.int64)], axis=1)[:, order],
        np.array([ends, before]),
    )


def _forms(top: int) -> Integers:
    """Hermite normal forms of up to so many meshes by their number, rows of a, b and d."""
    whole = np.arange(1, top + 1)
    counts = top // whole
    a, d = np.repeat(whole, counts), runs(np.ones_like(counts), counts)
    order = np.lexsort((a, a * d))
    a, d = a[order], d[order]
    return np.array([np.repeat(a, d), runs(np.zeros_like(d), d), np.repeat(d, d)])


class _Image(NamedTuple):
    """What an operation W does to forms.

    Parameters
    ----------
    lower
        Whether it takes each form to a lower one.
    fixed
        Which forms it leaves as they are.
    fixing
        V with V H = H W of these forms H, shape (4, k).
    """

    lower: Flags
    fixed: Integers
    fixing: Integers


@lru_cache(maxsize=128)
def _kept_image(matrix: Matrix, top: int) -> _Image:
    return _image(matrix, _forms(top))


def _image(matrix: Matrix, forms: Integers) -> _Image:
    t, u, v, w = matrix
    lower, fixed = np.zeros(forms.shape[1], dtype=bool), [np.zeros(0, dtype=np.int64)]
    for start in range(0, forms.shape[1], _HELD):
        part = slice(start, start + _HELD)
        a, b, d = forms[:, part]
        p, q, r, s = a * t + b * v, a * u + b * w, d * v, d * w
        first = np.gcd(p, r)
        lower[part] = first < a
        same = np.flatnonzero(first == a)
        p, q, r, s, b = p[same], q[same], r[same], s[same], b[same]
        active = np.flatnonzero(r)
        while len(active):
            times = p[active] // r[active]
            p[active], r[active] = r[active], p[active] - times * r[active]
            q[active], s[active] = s[active], q[active] - times * s[active]
            active = active[r[active] != 0]
        second = np.where(p < 0, -q, q) % abs(s)
        lower[start + same] = second < b
        fixed.append(start + same[second == b])
    number = np.concatenate(fixed)
    a, b, d = forms[:, number]
    p, r = (a * t + b * v) // a, d * v // a
    return _Image(
        lower, number, np.array([p, (a * u + b * w - b * p) // d, r, (d * w - b * r) // d])
    )


def runs(starts: Integers, counts: Integers) -> Integers:
    """Whole numbers from each start on, so many of them, one run behind the other."""
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + (starts - ends + counts).repeat(counts))
