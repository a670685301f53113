"""Which spots of two parallel rows coincide: the simplest m:n whose reflections exist.

m planes of the substrate on n of the film bring the n-th spot of one row near the m-th of the
other, and so for every multiple of both. Spots that the space group forbids are passed over: the
first multiple in which both are allowed stands in for them.
"""

from dataclasses import dataclass
from math import gcd, lcm

from ionsmith.analyzers.spots._result import SpotPattern
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.lattice.miller import Plane

Chosen = tuple[int, int, int]  # m, n, and the order that stands in


@dataclass(frozen=True)
class ParallelRows:
    """Rows of spots along the common normal of two parallel planes.

    Parameters
    ----------
    patterns
        Patterns of substrate and film.
    planes
        The planes, as given.
    d_min
        Smallest spacing in the patterns in Å.
    """

    patterns: tuple[SpotPattern, SpotPattern]
    planes: tuple[Plane, Plane]
    d_min: float

    @property
    def spacings(self) -> list[float]:
        """Spacings of the planes in Å."""
        return [
            float(pattern.phase.lattice.d_spacing(plane.indices))
            for pattern, plane in zip(self.patterns, self.planes, strict=True)
        ]

    @property
    def longest(self) -> list[int]:
        """Number of the last spot of each row in the range."""
        return [int(spacing / self.d_min * (1 + 1e-9)) for spacing in self.spacings]

    def choose(
        self, ratio: tuple[int, int] | None, max_mismatch: float
    ) -> tuple[Chosen | None, tuple[str, ...]]:
        """Choose m, n and order of the spots to mark, or those of a ratio, with remarks."""
        if ratio is None:
            return self._simplest(max_mismatch)
        m, n = ratio
        if m < 1 or n < 1:
            raise InvalidInput(f"`ratio` must be two positive whole numbers, not {m}:{n}")
        order = self._order(m, n)
        if not self._within(m, n, order):
            absent = self._forbidden(m, n)
            why = f"{absent}, and those of order {order}" if absent else f"the spots of {m}:{n}"
            raise NoMatch(
                f"{why}, {self._spots(m, n, order)}, are at {self.spacings[0] / n / order:.3f} and "
                f"{self.spacings[1] / m / order:.3f} Å, below `d_min` {self.d_min:g} Å; lower it"
            )
        return (m, n, order), self._notes(m, n, order)

    def _simplest(self, max_mismatch: float) -> tuple[Chosen | None, tuple[str, ...]]:
        """The simplest ratio that has allowed spots in range, and what was passed over."""
        first, second = self.spacings
        longest = self.longest
        tried = sorted(
            (m + n, abs(1 - n * second / (m * first)), m, n)
            for n in range(1, longest[0] + 1)
            for m in range(1, longest[1] + 1)
            if gcd(m, n) == 1
        )
        passed: tuple[str, ...] = ()
        for _, mismatch, m, n in tried:
            if mismatch > max_mismatch:
                continue
            order = self._order(m, n)
            if self._within(m, n, order):
                return (m, n, order), (*passed, *self._notes(m, n, order))
            if not passed:
                passed = (
                    f"{m}:{n} of the parallel planes is not marked: {self._forbidden(m, n)}; order "
                    f"{order} is out of range",
                )
        return None, passed

    def _order(self, m: int, n: int) -> int:
        """First multiple of the n-th and the m-th spot in which both are allowed."""
        orders = [
            pattern.phase.symmetry.allowed_order(plane.times(number).indices)
            for pattern, plane, number in zip(self.patterns, self.planes, (n, m), strict=True)
        ]
        return lcm(*orders)

    def _within(self, m: int, n: int, order: int) -> bool:
        """Whether both spots are in range."""
        return n * order <= self.longest[0] and m * order <= self.longest[1]

    def _spots(self, m: int, n: int, order: int) -> str:
        """Both spots as text."""
        return f"{self.planes[0].times(n * order)} and {self.planes[1].times(m * order)}"

    def _forbidden(self, m: int, n: int) -> str:
        """Which of the spots are forbidden, and by what."""
        found = []
        for pattern, plane, number in zip(self.patterns, self.planes, (n, m), strict=True):
            spot = plane.times(number)
            reason = pattern.phase.symmetry.absence_reason(spot.indices)
            if reason is not None:
                found.append(f"{spot} of {pattern.crystal} is forbidden ({reason})")
        return " and ".join(found)

    def _notes(self, m: int, n: int, order: int) -> tuple[str, ...]:
        """Say that a higher order stands in."""
        if order == 1:
            return ()
        return (
            f"{m}:{n} of the parallel planes is marked at {self._spots(m, n, order)}, the first "
            f"order that is allowed: {self._forbidden(m, n)}",
        )
