"""Bond switches in compiled loops (numba): energies, forces, local relaxation, the switches.

Sums run in a fixed order, without fast mathematics, so that a model has the same bytes everywhere.
The tests hold a second version in numpy arrays, which is 20 times slower, and compare the bytes.
"""

# mypy: disable-error-code="no-untyped-def, untyped-decorator, misc"
# numba finds the types of compiled functions itself.

import numpy as np
from numba import njit

FIRST_STEP = 0.03
"""Step along the forces in Å²/eV if the curvature is unknown or negative."""

LONGEST_STEP = 1.0
"""Longest step in Å²/eV."""

LONGEST_SHIFT = 0.2
"""Longest displacement of an atom along an axis in one step, in Å."""

PATIENCE = 2
"""Number of steps before a relaxation may be given up."""

NEAR, NEAR_STEPS, NEAR_SOFTNESS, NEAR_MARGIN = 1, 8, 0.25, 1.0
"""First relaxation after a switch: shells of bonded atoms that move, steps, c in Å²/eV (the energy
may still fall by c times the squared forces), and energy in eV that farther atoms may still gain.
In relaxed networks of 216 atoms, no switch that would be accepted is given up with these values,
and 97 % of the others are given up at the fourth step."""

WIDE, WIDE_STEPS, WIDE_SOFTNESS = 4, 60, 1.0
"""Likewise for the second relaxation, of the few switches that pass the first."""

SMALLEST_FORCE = 1e-2
"""Largest force in eV/Å of a relaxed network."""


@njit(cache=True, error_model="numpy")
def cluster(neighbours, roots, depth):
    """Atoms within ``depth`` bonds of some atoms, then one more shell; and how many may move."""
    n = len(neighbours)
    seen = np.zeros(n, np.bool_)
    order = np.empty(n, np.int64)
    count = 0
    for root in roots:
        if not seen[root]:
            seen[root] = True
            order[count] = root
            count += 1
    begin, moving = 0, count
    for _ in range(depth + 1):
        end = count
        moving = end
        for place in range(begin, end):
            for slot in range(4):
                other = neighbours[order[place], slot]
                if not seen[other]:
                    seen[other] = True
                    order[count] = other
                    count += 1
        begin = end
    return order[:count].copy(), moving


@njit(cache=True, error_model="numpy")
def _evaluate(positions, neighbours, far, order, moving, mobile, field, box, gradients, forces):
    """Energy of the terms of the mobile atoms; their forces are written into ``forces``."""
    length, stretch, bend, repulsion, reach = field
    square, third = length * length, length * length / 3.0
    inverse = 1.0 / box
    energy = 0.0
    v = np.empty((4, 3))
    q = np.empty((4, 4))
    for place in range(len(order)):
        atom = order[place]
        for k in range(4):
            other = neighbours[atom, k]
            for x in range(3):
                d = positions[other, x] - positions[atom, x]
                v[k, x] = d - box * np.rint(d * inverse)
        for k in range(4):
            for m in range(k, 4):
                dot = v[k, 0] * v[m, 0] + v[k, 1] * v[m, 1] + v[k, 2] * v[m, 2]
                q[k, m] = dot - square if k == m else dot + third
                q[m, k] = q[k, m]
        own = 0.0
        for k in range(4):
            for m in range(k, 4):
                own += (stretch if k == m else bend) * (q[k, m] * q[k, m])
        energy += own
        for k in range(4):
            for x in range(3):
                total = 0.0
                for m in range(4):
                    total += (4.0 * stretch if k == m else 2.0 * bend) * q[k, m] * v[m, x]
                gradients[atom, k, x] = total
    for place in range(moving):
        atom = order[place]
        for x in range(3):
            forces[place, x] = (
                gradients[atom, 0, x] + gradients[atom, 1, x]
                + gradients[atom, 2, x] + gradients[atom, 3, x]
            )  # fmt: skip
        for k in range(4):
            other = neighbours[atom, k]
            slot = 0
            while neighbours[other, slot] != atom:
                slot += 1
            for x in range(3):
                forces[place, x] -= gradients[other, slot, x]
    pushed = 0.0
    d = np.empty(3)
    for place in range(moving):
        atom = order[place]
        own = 0.0
        for column in range(far.shape[1]):
            other = far[atom, column]
            if other < 0:
                break
            for x in range(3):
                d[x] = positions[other, x] - positions[atom, x]
                d[x] -= box * np.rint(d[x] * inverse)
            r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
            if r2 >= reach * reach or _slot(neighbours, atom, other) < 4:
                continue
            r = np.sqrt(r2)
            depth = reach - r
            share = 0.5 if mobile[other] else 1.0
            own += share * (repulsion * (depth * depth * depth))
            slope = 3.0 * repulsion * (depth * depth) / r
            for x in range(3):
                forces[place, x] -= slope * d[x]
        pushed += own
    return energy + pushed


@njit(cache=True, error_model="numpy")
def energy_of(positions, neighbours, far, order, moving, field, box):
    """Energy in eV of all terms of the first ``moving`` atoms of a cluster."""
    mobile = np.zeros(len(positions), np.bool_)
    mobile[order[:moving]] = True
    gradients = np.empty((len(positions), 4, 3))
    forces = np.empty((moving, 3))
    return _evaluate(
        positions, neighbours, far, order, moving, mobile, field, box, gradients, forces
    )


@njit(cache=True, error_model="numpy")
def relax(
    positions, neighbours, far, order, moving, field, box, steps, ceiling, softness, smallest
):
    """Move the first atoms of a cluster downhill, by the steps of Barzilai and Borwein.

    Barzilai and Borwein (1988), doi:10.1093/imanum/8.1.141: one evaluation for each step. Infinite
    energy is returned once the energy cannot fall below ``ceiling`` any more.
    """
    mobile = np.zeros(len(positions), np.bool_)
    mobile[order[:moving]] = True
    gradients = np.empty((len(positions), 4, 3))
    forces = np.empty((moving, 3))
    before = np.empty((moving, 3))
    shift = np.empty((moving, 3))
    energy = _evaluate(
        positions, neighbours, far, order, moving, mobile, field, box, gradients, forces
    )
    step = FIRST_STEP
    for count in range(steps):
        square, largest = 0.0, 0.0
        for i in range(moving):
            for x in range(3):
                square += forces[i, x] * forces[i, x]
                largest = max(largest, abs(forces[i, x]))
        if count >= PATIENCE and energy - softness * square > ceiling:
            return np.inf
        if largest < smallest:
            break
        if step * largest > LONGEST_SHIFT:
            step = LONGEST_SHIFT / largest
        for i in range(moving):
            for x in range(3):
                shift[i, x] = step * forces[i, x]
                positions[order[i], x] += shift[i, x]
                before[i, x] = forces[i, x]
        energy = _evaluate(
            positions, neighbours, far, order, moving, mobile, field, box, gradients, forces
        )
        top, bottom = 0.0, 0.0
        for i in range(moving):
            for x in range(3):
                top += shift[i, x] * shift[i, x]
                bottom += shift[i, x] * (before[i, x] - forces[i, x])
        step = min(top / bottom, LONGEST_STEP) if bottom > 0.0 else FIRST_STEP
    return energy


@njit(cache=True, error_model="numpy")
def switch(positions, neighbours, far, reference, skin, field, box, picks, room, start):
    """Attempt bond switches until the list of far pairs must be renewed."""
    taken = 0
    for step in range(start, len(picks)):
        b, to_c, to_a, to_d = picks[step]
        c = neighbours[b, to_c]
        if to_a >= to_c:
            to_a += 1
        a = neighbours[b, to_a]
        if to_d >= _slot(neighbours, c, b):
            to_d += 1
        d = neighbours[c, to_d]
        if a == d or _slot(neighbours, a, c) < 4 or _slot(neighbours, b, d) < 4:
            continue
        if _shared(neighbours, a, c) != 1 or _shared(neighbours, b, d) != 1:
            continue
        moved = _attempt(positions, neighbours, far, a, b, c, d, to_a, to_d, field, box, room[step])
        if len(moved) == 0:
            continue
        taken += 1
        for atom in moved:
            square = 0.0
            for x in range(3):
                way = positions[atom, x] - reference[atom, x]
                square += way * way
            if square > skin * skin:
                return step + 1, taken, moved
    return len(picks), taken, np.zeros(0, np.int64)


@njit(cache=True, error_model="numpy")
def _slot(neighbours, atom, other):
    """Place of an atom among the four neighbours of another; 4 if they are not bonded."""
    for slot in range(4):
        if neighbours[atom, slot] == other:
            return slot
    return 4


@njit(cache=True, error_model="numpy")
def _shared(neighbours, atom, other):
    """Number of common neighbours of two atoms."""
    count = 0
    for k in range(4):
        if _slot(neighbours, other, neighbours[atom, k]) < 4:
            count += 1
    return count


@njit(cache=True, error_model="numpy")
def _attempt(positions, neighbours, far, a, b, c, d, from_b, from_c, field, box, room):
    """Switch the bonds of a chain; return the atoms that moved, none if it is undone."""
    from_a, from_d = _slot(neighbours, a, b), _slot(neighbours, d, c)
    roots = np.array([b, c, a, d])
    order, moving = cluster(neighbours, roots, NEAR)
    ceiling = room + energy_of(positions, neighbours, far, order, moving, field, box)
    near = order[:moving]
    before = positions[near]
    neighbours[a, from_a], neighbours[b, from_b] = c, d
    neighbours[c, from_c], neighbours[d, from_d] = a, b
    energy = relax(
        positions, neighbours, far, order, moving, field, box,
        NEAR_STEPS, ceiling + NEAR_MARGIN, NEAR_SOFTNESS, SMALLEST_FORCE,
    )  # fmt: skip
    if energy < np.inf:
        order, moving = cluster(neighbours, roots, WIDE)
        wide = order[:moving]
        between = positions[wide]
        ceiling += energy_of(positions, neighbours, far, order, moving, field, box) - energy
        energy = relax(
            positions, neighbours, far, order, moving, field, box,
            WIDE_STEPS, ceiling, WIDE_SOFTNESS, SMALLEST_FORCE,
        )  # fmt: skip
        if energy <= ceiling:
            return wide
        positions[wide] = between
    positions[near] = before
    neighbours[a, from_a], neighbours[b, from_b] = b, a
    neighbours[c, from_c], neighbours[d, from_d] = d, c
    return np.zeros(0, np.int64)
