"""Values of options that hold more than a word: ``5/3``, ``60,120``, ``3:2``, ``V=5``, ``(1,1,1)``.

Brackets around several numbers come with the list of a configuration file, or by habit.
"""

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import click

from ionsmith.errors import IonsmithError
from ionsmith.lattice.miller import Direction, Plane, parse_direction, parse_plane

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


class Parsed(click.ParamType[Any]):
    """A type read by a function, whose errors become usage errors of the option."""

    name = "text"

    def __init__(self, read: Callable[[str], Any]) -> None:
        self.read = read

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        """Read the text; a default that has been read already is kept."""
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except IonsmithError as error:
            self.fail(str(error), param, ctx)


def fraction(text: str) -> Fraction:
    """Read ``1.5`` or ``5/3``."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise click.BadParameter(f"expected a number such as 1.5 or 5/3, not {text!r}") from None


def read_ratio(text: str) -> tuple[int, int]:
    """Read m:n, as ``3:2``."""
    match = re.fullmatch(r"\s*(\d{1,4})\s*:\s*(\d{1,4})\s*", text)
    if match is None:
        raise click.BadParameter(f"expected a ratio such as 3:2, not {text!r}")
    return int(match[1]), int(match[2])


def numbers(example: str, count: int | None = None) -> Callable[[str], tuple[float, ...]]:
    """Make a type that reads finite numbers with commas or spaces between them.

    Parameters
    ----------
    example
        What an error shows, such as ``60,120``.
    count
        How many there must be; one or more by default.
    """

    def read(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(word) for word in _words(text))
        except ValueError:
            values = ()
        if not values or count not in (None, len(values)) or not all(map(math.isfinite, values)):
            many = "" if count is None else f"{count} "
            raise click.BadParameter(f"expected {many}numbers such as {example}, not {text!r}")
        return values

    return read


def whole_numbers(text: str) -> tuple[int, ...]:
    """Read ``1``, ``1,3`` or ``1 3``."""
    try:
        return tuple(int(word) for word in _words(text))
    except ValueError:
        raise click.BadParameter(f"expected whole numbers such as 1 or 1,3, not {text!r}") from None


def by_element(
    example: str, of: Callable[[str], float] = float
) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], dict[str, Any]]:
    """Make a callback that collects an option given once for each name, as ``V=5``.

    Parameters
    ----------
    example
        What an error shows.
    of
        ``int`` for whole numbers.
    """

    def read(
        ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]
    ) -> dict[str, float]:
        values = {}
        for text in value:
            element, _, number = text.partition("=")
            try:
                values[element.strip()] = of(number)
            except ValueError:
                values[element.strip()] = math.nan
            if not math.isfinite(values[element.strip()]):
                raise click.BadParameter(
                    f"expected a name and a number such as {example}, not {text!r}"
                )
        return values

    return read


READ: dict[Any, Callable[[str], Any]] = {
    Fraction: fraction,
    Plane: parse_plane,
    Direction: parse_direction,
}
"""Types that are read from text, by annotation."""


def _words(text: str) -> list[str]:
    """Split a list of values at commas, semicolons and spaces."""
    return re.split(r"[\s,;]+", text.strip("[]() \n\t"))
