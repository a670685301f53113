"""Miller indices of lattice planes and directions, and the zone law.

A plane ``(hkl)`` cuts the cell edges at ``a/h, b/k, c/l``; a direction ``[uvw]`` is the lattice
vector ``u a + v b + w c``. Both refer to the axes of the published setting and are integers.

Hexagonal axes allow a fourth, redundant index, so that equivalent planes and directions look alike:
``(h k i l)`` with ``i = -(h + k)``, and ``[u v t w]`` with ``t = -(u + v)``. Dropping ``i`` gives
the plane, but dropping ``t`` does *not* give the direction: ``U = u - t, V = v - t, W = w``.

References
----------
L. Weber, Z. Kristallogr. 57, 200 (1922); F. C. Frank, Acta Cryst. 18, 862 (1965),
doi:10.1107/S0365110X65002116.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd
from typing import ClassVar, Self, SupportsInt, TypeAlias

from ionsmith.errors import InvalidIndices

Triple: TypeAlias = tuple[int, int, int]

MAX_INDEX = 1000
"""Largest index read from text; a larger one is more likely a typing error."""

_INTEGER = re.compile(r"[+-]?\d+")
_SIGNED_DIGIT = re.compile(r"-?\d")
_BAR_ABOVE = re.compile("(\\d)[\u0304\u0305]")
_FAMILIES = {"{": "one of its planes in parentheses", "<": "one of its directions in brackets"}
_MINUS_SIGNS = str.maketrans({"−": "-", "–": "-", "‐": "-", "⟨": "<", "⟩": ">"})


def triple(indices: Iterable[SupportsInt]) -> Triple:
    """Three indices, such as a row of an array, as plain integers."""
    first, second, third = (int(index) for index in indices)
    return first, second, third


@dataclass(frozen=True)
class _Indices(ABC):
    """Three integers that are not all zero, possibly written with a fourth.

    Parameters
    ----------
    indices
        The three-index form, as written: a common factor is kept, since (2,0,2) is the second
        order of (1,0,1).
    four_index
        Whether the user wrote four indices; such an object prints itself with four.
    """

    indices: Triple
    four_index: bool = False

    kind: ClassVar[str]
    brackets: ClassVar[tuple[str, str]]

    def __post_init__(self) -> None:
        whole = tuple(map(int, self.indices))
        if len(whole) != 3 or whole != tuple(self.indices):
            raise InvalidIndices(f"{self.indices}: a {self.kind} needs three integers")
        object.__setattr__(self, "indices", whole)
        if not any(whole):
            raise InvalidIndices(f"{self}: at least one index of a {self.kind} must not be zero")

    @property
    def order(self) -> int:
        """Largest common divisor of the indices."""
        return gcd(*self.indices)

    @property
    @abstractmethod
    def four(self) -> tuple[int, int, int, int]:
        """The four-index form, meaningful on hexagonal axes only."""

    @classmethod
    @abstractmethod
    def from_four(cls, first: int, second: int, third: int, last: int) -> Self:
        """Make the object from four indices whose first three add up to zero."""

    def reduced(self) -> Self:
        """Return the same orientation with the common factor of the indices divided out."""
        order = self.order
        if order == 1:
            return self
        first, second, third = (index // order for index in self.indices)
        return type(self)((first, second, third), self.four_index)

    def __str__(self) -> str:
        shown: Sequence[int] = self.four if self.four_index else self.indices
        return self.brackets[0] + ",".join(map(str, shown)) + self.brackets[1]


@dataclass(frozen=True)
class Plane(_Indices):
    """A set of parallel lattice planes ``(hkl)``, or the reflection ``hkl`` from them.

    Parameters
    ----------
    indices
        h, k, l, as written: (2,0,2) is the second order of (1,0,1).
    four_index
        Whether it is printed as (h,k,i,l).
    """

    kind: ClassVar[str] = "plane"
    brackets: ClassVar[tuple[str, str]] = ("(", ")")

    @property
    def four(self) -> tuple[int, int, int, int]:
        """The Bravais–Miller indices (h, k, i, l), meaningful on hexagonal axes only."""
        first, second, last = self.indices
        return first, second, -(first + second), last

    @classmethod
    def from_four(cls, first: int, second: int, third: int, last: int) -> Self:
        """Drop the redundant third index.

        Raises
        ------
        InvalidIndices
            If the first three indices do not add up to zero.
        """
        _check_fourth((first, second, third, last), cls)
        return cls((first, second, last), True)

    def times(self, order: int) -> Self:
        """Return a higher order of the plane."""
        first, second, third = self.indices
        return type(self)((order * first, order * second, order * third), self.four_index)


@dataclass(frozen=True)
class Direction(_Indices):
    """A lattice direction ``[uvw]``: the vector ``u a + v b + w c``.

    Parameters
    ----------
    indices
        u, v, w, as written.
    four_index
        Whether it is printed as [u,v,t,w].
    """

    kind: ClassVar[str] = "direction"
    brackets: ClassVar[tuple[str, str]] = ("[", "]")

    @property
    def four(self) -> tuple[int, int, int, int]:
        """The Weber indices [u, v, t, w], meaningful on hexagonal axes only.

        They are the smallest integers along the direction: [1,0,0] is [2,-1,-1,0].
        """
        u, v, w = self.indices
        thirds = (2 * u - v, 2 * v - u, -(u + v), 3 * w)
        divisor = gcd(*thirds) or 1
        first, second, third, last = (index // divisor for index in thirds)
        return first, second, third, last

    @classmethod
    def from_four(cls, first: int, second: int, third: int, last: int) -> Self:
        """Turn Weber indices into a direction: ``U = u - t, V = v - t, W = w``, without factor.

        Raises
        ------
        InvalidIndices
            If the first three indices do not add up to zero.
        """
        _check_fourth((first, second, third, last), cls)
        u, v, w = first - third, second - third, last
        divisor = gcd(u, v, w) or 1
        return cls((u // divisor, v // divisor, w // divisor), True)


def _check_fourth(four: tuple[int, int, int, int], cls: type[_Indices]) -> None:
    first, second, third, _ = four
    if first + second + third != 0:
        written = cls.brackets[0] + ",".join(map(str, four)) + cls.brackets[1]
        raise InvalidIndices(
            f"{written}: the third of four indices must be minus the sum of the first two, "
            f"{-(first + second)} and not {third}"
        )


def parse(text: str) -> Plane | Direction:
    """Read a plane or a direction.

    Parameters
    ----------
    text
        ``(1,2,-1)``, ``1 2 -1`` or ``(12-1)`` for a plane, ``[0,1,2]`` or ``[012]`` for a
        direction, with three or four indices; without brackets it is a plane. Written without
        separators, every index is one digit: ``(2-1-10)`` is (2,-1,-1,0).

    Returns
    -------
    Plane or Direction
        A direction if the indices are in square brackets.

    Raises
    ------
    InvalidIndices
        If the text is not three or four integers, all are zero, they break the four-index rule,
        denote a whole family, or it is ambiguous which digits belong together.

    Examples
    --------
    >>> from ionsmith.lattice.miller import parse
    >>> str(parse("(12-1)")), str(parse("[0 1 2]"))
    ('(1,2,-1)', '[0,1,2]')
    >>> parse("(2,-1,-1,0)").indices, parse("[2,-1,-1,0]").indices
    ((2, -1, 0), (1, 0, 0))
    """
    _check_text(text)
    bare = _BAR_ABOVE.sub(r"-\1", text.translate(_MINUS_SIGNS)).strip()
    if bare[:1] in _FAMILIES:
        raise InvalidIndices(
            f"{text.strip()} is a family of equivalents; give {_FAMILIES[bare[0]]}"
        )
    cls: type[Plane] | type[Direction] = Plane
    for candidate in (Plane, Direction):
        left, right = candidate.brackets
        if bare.startswith(left) and bare.endswith(right):
            cls, bare = candidate, bare[1:-1].strip()
            break
    numbers = _integers(bare, text.strip())
    if any(abs(number) > MAX_INDEX for number in numbers):
        raise InvalidIndices(f"{text.strip()}: indices must not exceed {MAX_INDEX}")
    if not any(numbers):
        raise InvalidIndices(f"{text.strip()}: at least one index of a {cls.kind} must not be zero")
    if len(numbers) == 3:
        return cls((numbers[0], numbers[1], numbers[2]))
    return cls.from_four(*numbers)


def parse_plane(text: str) -> Plane:
    """Read a plane; a direction is an error. See :func:`parse`."""
    plane = parse(text)
    if not isinstance(plane, Plane):
        raise InvalidIndices(f"{text.strip()} is a direction; expected a plane (h,k,l)")
    return plane


def parse_direction(text: str) -> Direction:
    """Read a direction, with or without brackets; a plane is an error. See :func:`parse`."""
    _check_text(text)
    bare = text.strip()
    direction = parse(f"[{bare}]" if re.match(r"[-+−–\d]", bare) else bare)
    if not isinstance(direction, Direction):
        raise InvalidIndices(f"{bare} is a plane; expected a direction [u,v,w]")
    return direction


def parse_planes(text: str) -> tuple[Plane, Plane]:
    """Read a pair of parallel planes such as ``(1,2,-1)||(2,-1,0)``, the substrate's first."""
    first, second = _halves(text, "(1,2,-1)||(2,-1,0)")
    return parse_plane(first), parse_plane(second)


def parse_directions(text: str) -> tuple[Direction, Direction]:
    """Read a pair of parallel directions such as ``[0,1,2]||[1,2,-1]``, the substrate's first."""
    first, second = _halves(text, "[0,1,2]||[1,2,-1]")
    return parse_direction(first), parse_direction(second)


def _check_text(text: object) -> None:
    """Refuse what is no text."""
    if not isinstance(text, str):
        raise InvalidIndices(f"{text!r}: expected text such as '(1,2,-1)' or '[0,1,2]'")


def _halves(text: str, example: str) -> tuple[str, str]:
    _check_text(text)
    parts = re.split(r"\|\||//|∥", text)
    if len(parts) != 2:
        raise InvalidIndices(f"{text.strip()!r}: expected a parallel pair such as '{example}'")
    return parts[0], parts[1]


def _integers(bare: str, text: str) -> list[int]:
    """Split the inside of the brackets into three or four integers."""
    parts = re.split(r"\s*,\s*|\s+", bare)
    if len(parts) > 1:
        if not all(_INTEGER.fullmatch(part) for part in parts):
            raise _malformed(text)
        numbers = [int(part) for part in parts]
        if len(numbers) not in (3, 4):
            raise InvalidIndices(f"{text}: expected three or four indices, not {len(numbers)}")
        return numbers
    digits = _SIGNED_DIGIT.findall(bare)
    if not digits or "".join(digits) != bare:
        raise _malformed(text)
    if len(digits) < 3:
        raise InvalidIndices(
            f"{text}: expected three or four indices in one argument, such as '(1,2,-1)'"
        )
    numbers = [int(digit) for digit in digits]
    if len(numbers) > 4 or (len(numbers) == 4 and sum(numbers[:3]) != 0):
        raise InvalidIndices(
            f"{text}: ambiguous without separators; separate the indices with commas, such as "
            "(0,0,12) or (1,0,-1,2)"
        )
    return numbers


def _malformed(text: str) -> InvalidIndices:
    return InvalidIndices(
        f"{text!r}: expected a plane such as (1,2,-1), 1 2 -1, (12-1) or (2,-1,-1,0), or a "
        "direction such as [0,1,2]; indices are integers"
    )


def zone_axis(first: Plane, second: Plane) -> Direction | None:
    """Direction that two planes have in common, the shortest one; None for parallel planes.

    Examples
    --------
    >>> from ionsmith.lattice.miller import parse_plane, zone_axis
    >>> str(zone_axis(parse_plane("(2,0,2)"), parse_plane("(2,-1,0)")))
    '[1,2,-1]'
    """
    common = _cross(first.indices, second.indices)
    return Direction(common).reduced() if any(common) else None


def common_plane(first: Direction, second: Direction) -> Plane | None:
    """Plane that contains two directions, without common factor; None for parallel directions."""
    common = _cross(first.indices, second.indices)
    return Plane(common).reduced() if any(common) else None


def zone_law(plane: Plane, direction: Direction) -> int:
    """Weiss zone law ``h u + k v + l w``: zero if and only if the direction lies in the plane."""
    return sum(h * u for h, u in zip(plane.indices, direction.indices, strict=True))


def _cross(first: Triple, second: Triple) -> Triple:
    (a, b, c), (d, e, f) = first, second
    return b * f - c * e, c * d - a * f, a * e - b * d
