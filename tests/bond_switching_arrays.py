"""Bond switches in numpy arrays: a second version of the compiled loops, to the last byte.

Sums run through ``np.add.accumulate``, which goes from left to right as the loops do, and not
through ``np.sum``, which adds in pairs.
"""

import numpy as np
from numpy.typing import NDArray

FIRST_STEP, LONGEST_STEP, LONGEST_SHIFT, PATIENCE = 0.03, 1.0, 0.2, 2
NEAR, NEAR_STEPS, NEAR_SOFTNESS, NEAR_MARGIN = 1, 8, 0.25, 1.0
WIDE, WIDE_STEPS, WIDE_SOFTNESS = 4, 60, 1.0
SMALLEST_FORCE = 1e-2

Vectors = NDArray[np.float64]
Indices = NDArray[np.int64]


def cluster(neighbours: Indices, roots: Indices, depth: int) -> tuple[Indices, int]:
    """Atoms within a number of bonds of some atoms, and one shell more."""
    seen = np.zeros(len(neighbours), bool)
    seen[roots] = True
    shells = [np.asarray(roots, np.int64)]
    for _ in range(depth + 1):
        reached = neighbours[shells[-1]].ravel()
        reached = reached[~seen[reached]]
        _, first = np.unique(reached, return_index=True)
        shells.append(reached[np.sort(first)])
        seen[shells[-1]] = True
    order = np.concatenate(shells)
    return order, len(order) - len(shells[-1])


def _total(values: Vectors) -> float:
    return float(np.add.accumulate(values.ravel())[-1])


class Terms:
    """What stays the same while some atoms move and the bonds stay."""

    def __init__(
        self,
        neighbours: Indices,
        far: Indices,
        order: Indices,
        moving: int,
        field: Vectors,
        box: float,
    ) -> None:
        self.order, self.moving, self.field, self.box = order, moving, field, box
        self.mobile = order[:moving]
        place = np.full(len(neighbours), -1)
        place[order] = np.arange(len(order))
        self.bonded = neighbours[order]
        others = self.bonded[:moving]
        slots = np.argmax(neighbours[others] == self.mobile[:, None, None], axis=2)
        self.reverse = place[others] * 4 + slots
        self.far = far[self.mobile]
        self.push = (self.far >= 0) & ~(self.far[:, :, None] == others[:, None, :]).any(axis=2)
        is_mobile = np.zeros(len(neighbours), bool)
        is_mobile[self.mobile] = True
        self.share = np.where(is_mobile[self.far], 0.5, 1.0)

    def evaluate(self, positions: Vectors) -> tuple[float, Vectors]:
        """Energy of the terms that the mobile atoms are part of, and the forces on these."""
        length, stretch, bend, repulsion, reach = self.field
        v = positions[self.bonded] - positions[self.order][:, None]
        v = v - self.box * np.rint(v * (1.0 / self.box))
        x, y, z = v[..., 0], v[..., 1], v[..., 2]
        q = x[:, :, None] * x[:, None] + y[:, :, None] * y[:, None] + z[:, :, None] * z[:, None]
        q += np.where(np.eye(4, dtype=bool), -(length * length), length * length / 3.0)
        factor = np.where(np.eye(4, dtype=bool), stretch, bend)
        upper = np.triu_indices(4)
        terms = (factor * (q * q))[:, upper[0], upper[1]]
        energy = _total(np.add.accumulate(terms, axis=1)[:, -1])
        weight = np.where(np.eye(4, dtype=bool), 4.0 * stretch, 2.0 * bend) * q
        pull = weight[..., None] * v[:, None]
        gradient = ((pull[:, :, 0] + pull[:, :, 1]) + pull[:, :, 2]) + pull[:, :, 3]
        own = gradient[: self.moving]
        forces = ((own[:, 0] + own[:, 1]) + own[:, 2]) + own[:, 3]
        flat = gradient.reshape(-1, 3)
        for slot in range(4):
            forces = forces - flat[self.reverse[:, slot]]
        d = positions[self.far] - positions[self.mobile][:, None]
        d = d - self.box * np.rint(d * (1.0 / self.box))
        r2 = (d[..., 0] * d[..., 0] + d[..., 1] * d[..., 1]) + d[..., 2] * d[..., 2]
        active = self.push & (r2 < reach * reach)
        r = np.sqrt(np.where(active, r2, 1.0))
        depth = np.where(active, reach - r, 0.0)
        pushes = self.share * (repulsion * (depth * depth * depth))
        energy += _total(np.add.accumulate(pushes, axis=1)[:, -1])
        slope = 3.0 * repulsion * (depth * depth) / r
        away = np.concatenate([forces[:, None], -(slope[..., None] * d)], axis=1)
        return energy, np.add.accumulate(away, axis=1)[:, -1]


def energy_of(
    positions: Vectors,
    neighbours: Indices,
    far: Indices,
    order: Indices,
    moving: int,
    field: Vectors,
    box: float,
) -> float:
    """Energy of all terms that the first ``moving`` atoms of ``order`` are part of, in eV."""
    return Terms(neighbours, far, order, moving, field, box).evaluate(positions)[0]


def relax(
    positions: Vectors,
    neighbours: Indices,
    far: Indices,
    order: Indices,
    moving: int,
    field: Vectors,
    box: float,
    steps: int,
    ceiling: float,
    softness: float,
    smallest: float,
) -> float:
    """Move the first ``moving`` atoms of ``order`` downhill, by Barzilai and Borwein's steps.

    Barzilai and Borwein (1988), doi:10.1093/imanum/8.1.141: one evaluation a step.
    """
    terms = Terms(neighbours, far, order, moving, field, box)
    energy, forces = terms.evaluate(positions)
    step = FIRST_STEP
    for count in range(steps):
        largest = float(np.abs(forces).max())
        if count >= PATIENCE and energy - softness * _total(forces * forces) > ceiling:
            return float("inf")
        if largest < smallest:
            break
        if step * largest > LONGEST_SHIFT:
            step = LONGEST_SHIFT / largest
        shift = step * forces
        positions[terms.mobile] += shift
        before = forces
        energy, forces = terms.evaluate(positions)
        top, bottom = _total(shift * shift), _total(shift * (before - forces))
        step = min(top / bottom, LONGEST_STEP) if bottom > 0 else FIRST_STEP
    return energy


def switch(
    positions: Vectors,
    neighbours: Indices,
    far: Indices,
    reference: Vectors,
    skin: float,
    field: Vectors,
    box: float,
    picks: Indices,
    room: Vectors,
    start: int,
) -> tuple[int, int, Indices]:
    """Attempt bond switches one after the other until the list of far pairs must be renewed."""
    taken = 0
    for step in range(start, len(picks)):
        chain = _chain(neighbours, *picks[step].tolist())
        if chain is None:
            continue
        moved = _attempt(positions, neighbours, far, chain, field, box, float(room[step]))
        if moved is None:
            continue
        taken += 1
        way = positions[moved] - reference[moved]
        way *= way
        if ((way[:, 0] + way[:, 1]) + way[:, 2] > skin * skin).any():
            return step + 1, taken, moved
    return len(picks), taken, np.zeros(0, np.int64)


def _chain(
    neighbours: Indices, b: int, to_c: int, to_a: int, to_d: int
) -> tuple[tuple[int, int], ...] | None:
    """Draw bonds A-B-C-D: each atom with the slot of the bond that it gives up; None if unfit."""
    of_b = neighbours[b].tolist()
    c = of_b[to_c]
    to_a += to_a >= to_c
    a = of_b[to_a]
    of_c = neighbours[c].tolist()
    to_d += to_d >= of_c.index(b)
    d = of_c[to_d]
    if a == d:
        return None
    of_a, of_d = neighbours[a].tolist(), neighbours[d].tolist()
    if c in of_a or d in of_b:
        return None
    # No rings of three: the new bonds A-C and B-D may share no neighbour.
    if (set(of_a) & set(of_c)) != {b} or (set(of_b) & set(of_d)) != {c}:
        return None
    return (a, of_a.index(b)), (b, to_a), (c, to_d), (d, of_d.index(c))


def _attempt(
    positions: Vectors,
    neighbours: Indices,
    far: Indices,
    chain: tuple[tuple[int, int], ...],
    field: Vectors,
    box: float,
    room: float,
) -> Indices | None:
    """Switch the bonds of a chain; return the atoms that moved, or None with all as it was."""
    (a, from_a), (b, from_b), (c, from_c), (d, from_d) = chain
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
    return None
