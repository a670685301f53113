"""Planes and directions as users write them: objects, text, or three or four integers."""

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from ionsmith.errors import InvalidIndices
from ionsmith.lattice.miller import (
    Direction,
    Plane,
    parse,
    parse_direction,
    parse_directions,
    parse_plane,
    parse_planes,
)

PlaneLike: TypeAlias = Plane | str | Sequence[int]
"""A plane, text such as ``"(1,1,0)"``, or three or four integers."""

DirectionLike: TypeAlias = Direction | str | Sequence[int]
"""A direction, text such as ``"[1,1,0]"``, or three or four integers."""

IndicesLike: TypeAlias = Plane | Direction | str | Sequence[int]
"""A plane or a direction, as text or integers too."""

PlanePair: TypeAlias = tuple[PlaneLike, PlaneLike] | str
"""A plane of the substrate and one of the film, or both as ``"(hkl)||(hkl)"``."""

DirectionPair: TypeAlias = tuple[DirectionLike, DirectionLike] | str
"""A direction of the substrate and one of the film, or both as ``"[uvw]||[uvw]"``."""


def as_plane(value: IndicesLike) -> Plane:
    """Turn text or three or four integers into a plane; raise InvalidIndices for anything else."""
    plane = parse_plane(value) if isinstance(value, str) else _of_integers(value, Plane)
    if not isinstance(plane, Plane):
        raise InvalidIndices(f"{plane} is a direction; expected a plane (h,k,l)")
    return plane


def as_direction(value: IndicesLike) -> Direction:
    """Turn text or three or four integers into a direction, else raise InvalidIndices."""
    direction = parse_direction(value) if isinstance(value, str) else _of_integers(value, Direction)
    if not isinstance(direction, Direction):
        raise InvalidIndices(f"{direction} is a plane; expected a direction [u,v,w]")
    return direction


def as_indices(
    value: IndicesLike, bare: type[Plane] | type[Direction] = Plane
) -> Plane | Direction:
    """Turn text or integers into a plane or direction; without brackets it is a ``bare`` one."""
    if not isinstance(value, str):
        return _of_integers(value, bare)
    if bare is Direction and re.match(r"\s*[-+−–\d]", value):
        return parse_direction(value)
    return parse(value)


def as_planes(pair: PlanePair) -> tuple[Plane, Plane]:
    """Turn text or two planes into a pair of planes, the substrate's first."""
    if isinstance(pair, str):
        return parse_planes(pair)
    first, second = _two(pair, "(1,2,-1)||(2,-1,0)")
    return as_plane(first), as_plane(second)


def as_directions(pair: DirectionPair) -> tuple[Direction, Direction]:
    """Turn text or two directions into a pair of directions, the substrate's first."""
    if isinstance(pair, str):
        return parse_directions(pair)
    first, second = _two(pair, "[0,1,2]||[1,2,-1]")
    return as_direction(first), as_direction(second)


def _two(pair: object, example: str) -> tuple[Any, Any]:
    """Both of a pair that is no text."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise InvalidIndices(f"{pair}: expected a parallel pair such as '{example}'")
    return pair[0], pair[1]


def _of_integers(
    value: Plane | Direction | Sequence[int], kind: type[Plane] | type[Direction]
) -> Plane | Direction:
    """Plane or direction of three or four integers."""
    if isinstance(value, Plane | Direction):
        return value
    try:
        given = list(value)
        numbers = [int(number) for number in given]
        whole = all(number == index for number, index in zip(given, numbers, strict=True))
    except (TypeError, ValueError, OverflowError):
        given, numbers, whole = [], [], False
    if not whole or len(numbers) not in (3, 4):
        raise InvalidIndices(
            f"{value!r}: expected three or four integers, or text such as "
            f"'{kind.brackets[0]}1,1,0{kind.brackets[1]}', for a {kind.kind}"
        )
    if len(numbers) == 3:
        return kind((numbers[0], numbers[1], numbers[2]))
    return kind.from_four(*numbers)


def direction_text(vector: Sequence[float]) -> str:
    """Lattice vector as [u,v,w], with fractions for centring translations."""
    from fractions import Fraction

    return "[" + ",".join(str(Fraction(u).limit_denominator(10_000)) for u in vector) + "]"
