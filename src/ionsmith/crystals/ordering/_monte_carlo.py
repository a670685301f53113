"""Arrangements of large cells: random ones, and Monte Carlo searches for low energies.

Both move by swaps of two fillings within a pool, so that the composition never changes, and never
bring two atoms too close. The search is simulated annealing: S. Kirkpatrick, C. D. Gelatt and
M. P. Vecchi, Science 220, 671 (1983), doi:10.1126/science.220.4598.671.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.ordering._cell import DisorderedCell
from ionsmith.crystals.ordering._feasibility import feasible_arrangement
from ionsmith.errors import CompositionNotPossible

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

SEARCH_LIMIT = 5_000
"""Disordered positions up to which the Monte Carlo search is offered: about two minutes."""

SEARCHES = 5
"""Independent searches in a cell of up to 1,000 disordered positions, where several short ones find
lower energies than a long one. Larger cells get fewer, down to two."""

MOVES = 400_000
"""Swaps that a search tries at least."""

SWEEPS = 1000
"""Swaps that a search tries for each disordered position, at least."""

COOLING = 1e-3
"""Final temperature of a search over its first one, which is the mean change of energy."""

_STEPS = 200  # of the temperature
_RARE = 200  # moves for each swap made, beyond which moves are judged together
_KEPT = 1000  # positions up to which the potentials of all charges are kept
_MIXING_SWEEPS = 10
_UNTANGLING_SWEEPS = 2000


class Walker:
    """An arrangement without close contacts that moves by swaps.

    Parameters
    ----------
    cell
        The disordered positions and their fillings.
    rng
        Source of all random numbers.

    Raises
    ------
    CompositionNotPossible
        If no arrangement without close contacts was found to start from.
    """

    def __init__(self, cell: DisorderedCell, rng: np.random.Generator) -> None:
        self.cell = cell
        self.rng = rng
        # Plain lists: in the loops below they are read one number at a time.
        self.codes: list[int] = cell.start(rng).tolist()
        self._pool = np.repeat(cell.pool, len(cell.cells))
        self._by_pool = np.argsort(self._pool, kind="stable")
        self._pool_size = np.bincount(self._pool, minlength=1)
        self._pool_start = np.cumsum(self._pool_size) - self._pool_size
        mixed = np.array([len(kinds) > 1 for kinds in cell.fillings_of_pool], dtype=bool)
        self._movable = np.flatnonzero(mixed[self._pool]) if len(cell) else np.zeros(0, int)
        # What may stand at each position, by filling.
        self._may = np.repeat(cell.allowed, len(cell.cells), axis=1)
        self._allowed: list[list[bool]] = self._may.tolist()
        kinds = range(len(cell.fillings))
        self._near: dict[int, list[tuple[int, list[list[bool]]]]] = {}
        clash: dict[float, list[list[bool]]] = {}
        for one, other, gap in zip(*(part.tolist() for part in cell.contacts), strict=True):
            if gap not in clash:
                clash[gap] = [[cell.too_close(a, b, gap) for b in kinds] for a in kinds]
            self._near.setdefault(one, []).append((other, clash[gap]))
        self._untangle()

    def mix(self) -> None:
        """Move at random until nothing is left of the start but the counts on each site.

        Without possible contacts the start is an unbiased draw already and stays.
        """
        if self._near and len(self._movable):
            for one, other in self._proposals(_MIXING_SWEEPS * len(self.codes)):
                self._swap(one, other)

    def anneal(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Cool down to an arrangement of low electrostatic energy."""
        if not len(self._movable):
            return
        field = _Field(self.cell, self.codes)
        changes = []
        for one, other in self._proposals(1000):
            if self._swap(one, other):
                self._swap(one, other)
                changes.append(abs(field.change(one, other, self.codes)))
        hot = float(np.mean(changes)) if changes else 0.0
        if hot < 1e-9:
            return
        moves = max(MOVES, SWEEPS * len(self.codes)) // _STEPS
        energy, best, best_codes, made = 0.0, 0.0, list(self.codes), moves
        for step in range(_STEPS):
            temperature = hot * COOLING ** (step / (_STEPS - 1))
            barriers = temperature * self.rng.exponential(size=moves)
            drawn = self._drawn(moves)
            # Where few swaps are made, many are judged at once; the result is the same.
            if made > moves // _RARE:
                energy, made = self._one_by_one(field, *drawn, barriers, energy)
            else:
                size = 2 * moves // (made + 1)
                energy, made = self._at_once(field, *drawn, barriers, energy, size)
            if energy < best:
                best, best_codes = energy, list(self.codes)
            if progress is not None:
                progress(step + 1, _STEPS)
        self.codes = best_codes

    def _one_by_one(
        self,
        field: "_Field",
        positions: Integers,
        others: Integers,
        barriers: Floats,
        energy: float,
    ) -> tuple[float, int]:
        """Try swaps; return the energy after them and how many were made."""
        codes, charge, own = self.codes, field.charge, field.own
        at, between, allowed = field.at, field.between, self._allowed
        barrier_of_next, made = iter(barriers.tolist()).__next__, 0
        # _partners and _Field.change, written out, since they run millions of times.
        for one, other in zip(positions.tolist(), others.tolist(), strict=True):
            a, b = codes[one], codes[other]
            if a == b or not (allowed[a][other] and allowed[b][one]):
                continue
            barrier, extra = barrier_of_next(), charge[b] - charge[a]
            change = extra and extra * (at(one) - at(other)) + extra * extra * (
                (own[one] + own[other]) / 2 - between(one, other)
            )
            if change <= barrier and self._swap(one, other):
                field.update(one, other, codes)
                energy += change
                made += 1
        return energy, made

    def _at_once(
        self,
        field: "_Field",
        positions: Integers,
        others: Integers,
        barriers: Floats,
        energy: float,
        size: int,
    ) -> tuple[float, int]:
        """Do the same, judging all swaps up to the next one that is made together."""
        codes, charge, allowed = np.array(self.codes), np.array(field.charge), self._may
        pair = field.pair(positions, others)
        start = used = made = 0
        while start < len(positions):
            part = slice(start, start + size)
            one, other = positions[part], others[part]
            a, b = codes.take(one), codes.take(other)
            fit = np.flatnonzero((a != b) & allowed[a, other] & allowed[b, one])
            one, other = one.take(fit), other.take(fit)
            extra = charge.take(b.take(fit)) - charge.take(a.take(fit))
            change = extra * (field.potential.take(one) - field.potential.take(other))
            change += extra * extra * pair[part].take(fit)
            low = np.flatnonzero(change <= barriers[used : used + len(fit)])
            for hit in low.tolist():
                first, second = int(one[hit]), int(other[hit])
                if self._swap(first, second):
                    field.update(first, second, self.codes)
                    energy += change.item(hit)
                    codes[[first, second]] = codes[[second, first]]
                    made += 1
                    start, used = start + int(fit[hit]) + 1, used + hit + 1
                    break
            else:
                start, used = part.stop, used + len(fit)
        return energy, made

    def _drawn(self, number: int) -> tuple[Integers, Integers]:
        """Random positions, and a random one of the pool of each."""
        movable = self._movable[self.rng.integers(len(self._movable), size=number)]
        return movable, self._of_pool(movable)

    def _of_pool(self, positions: Integers) -> Integers:
        """A random position of the pool of each."""
        pool = self._pool[positions]
        drawn = self.rng.integers(self._pool_size[pool])
        return np.asarray(self._by_pool[self._pool_start[pool] + drawn])

    def _proposals(self, number: int) -> Iterator[tuple[int, int]]:
        """Random pairs of one pool whose fillings differ and may trade places."""
        return self._partners(*self._drawn(number))

    def _partners(self, positions: Integers, others: Integers) -> Iterator[tuple[int, int]]:
        """Pairs whose fillings differ and may trade places, as the arrangement then is."""
        codes, allowed = self.codes, self._allowed
        for one, other in zip(positions.tolist(), others.tolist(), strict=True):
            a, b = codes[one], codes[other]
            if a != b and allowed[a][other] and allowed[b][one]:
                yield one, other

    def _swap(self, one: int, other: int) -> bool:
        """Trade places unless atoms come too close; say whether it was done."""
        codes = self.codes
        codes[one], codes[other] = codes[other], codes[one]
        if self._clashes(one) or self._clashes(other):
            codes[one], codes[other] = codes[other], codes[one]
            return False
        return True

    def _clashes(self, position: int) -> int:
        """Number of atoms too close to the one at a position."""
        code = self.codes[position]
        near = self._near.get(position, ())
        if not near:
            return 0
        codes = self.codes
        return sum([table[code][codes[other]] for other, table in near])

    def _untangle(self) -> None:
        """Swap until no atoms are too close, never increasing the number of close contacts."""
        codes = self.codes
        for _ in range(_UNTANGLING_SWEEPS):
            tangled = [position for position in self._near if self._clashes(position)]
            if not tangled:
                return
            places = np.array(tangled)
            for one, other in self._partners(places, self._of_pool(places)):
                before = self._clashes(one) + self._clashes(other)
                codes[one], codes[other] = codes[other], codes[one]
                if self._clashes(one) + self._clashes(other) > before:
                    codes[one], codes[other] = codes[other], codes[one]
        found = feasible_arrangement(self.cell, self.rng)
        if found is not None:
            self.codes = found.tolist()
            return
        raise CompositionNotPossible(
            f"{self.cell.crystal.name}: found no arrangement of this composition in which no two "
            "atoms on partly occupied sites are too close; ask for fewer atoms, or for other "
            "numbers on each site"
        )


class _Field:
    """Potential at all disordered positions, kept up to date with the arrangement."""

    def __init__(self, cell: DisorderedCell, codes: list[int]) -> None:
        self.charge: list[float] = cell.charges.tolist()
        basis, size = len(cell.basis), cell.supercell
        # Twice as many cells along each edge: what one position does to all others is then one
        # slice of the table, wherever it lies.
        table = cell.interactions.reshape(basis, basis, *size)
        for axis in (2, 3, 4):
            table = np.concatenate([table, table], axis=axis)
        places = cell.cells.tolist()
        windows = [
            [slice(n - c, 2 * n - c) for n, c in zip(size, at, strict=True)] for at in places
        ]
        effect = np.empty((basis, len(places), basis * len(places)))
        for number, window in enumerate(windows):
            effect[:, number] = table[:, :, *window].reshape(basis, -1)
        self._effect = effect.reshape(len(cell), -1)
        self.own: list[float] = self._effect.diagonal().tolist()
        self.potential = np.repeat(cell.fixed_potential, len(places)).astype(float)
        for position, code in enumerate(codes):
            if self.charge[code]:
                self.potential += self.charge[code] * self._effect[position]
        self._scaled: dict[float, list[Floats]] = {}  # rows of the effect, times a charge
        # Quicker than indices, which make arrays and numbers of numpy's.
        self.at: Callable[[int], float] = self.potential.item
        self.between: Callable[[int, int], float] = self._effect.item

    def pair(self, one: Integers, other: Integers) -> Floats:
        """What unit charges that trade places do to each other, in eV."""
        own = np.array(self.own)
        return np.asarray((own[one] + own[other]) / 2 - self._effect[one, other])

    def change(self, one: int, other: int, codes: list[int]) -> float:
        """Change of energy in eV that a swap would bring."""
        extra = self.charge[codes[other]] - self.charge[codes[one]]
        if extra == 0:
            return 0.0
        own = (self.own[one] + self.own[other]) / 2
        outer = extra * (self.at(one) - self.at(other))
        return outer + extra * extra * (own - self.between(one, other))

    def update(self, one: int, other: int, codes: list[int]) -> None:
        """Take up a swap that has been made."""
        extra = self.charge[codes[one]] - self.charge[codes[other]]
        if extra:
            if len(self.own) > _KEPT:
                self.potential += extra * self._effect[one]
                self.potential -= extra * self._effect[other]
                return
            scaled = self._scaled.get(extra)
            if scaled is None:
                scaled = self._scaled[extra] = list(extra * self._effect)
            self.potential += scaled[one]
            self.potential -= scaled[other]
