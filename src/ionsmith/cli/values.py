"""Types and callbacks of options that hold more than a word, such as ``5/3``, ``60,120``, ``V=5``.

Brackets around several numbers come with the list of a configuration file, or by habit.
"""

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import click


def fraction(text: str) -> Fraction:
    """Read ``1.5`` or ``5/3``."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise click.BadParameter(
            f"a number such as 1.5 or 5/3 was expected, not {text!r}"
        ) from None


def ratio(text: str) -> tuple[int, int]:
    """Read m:n, as ``3:2``."""
    found = re.fullmatch(r"\s*(\d{1,4})\s*:\s*(\d{1,4})\s*", text)
    if found is None:
        raise click.BadParameter(f"a ratio such as 3:2 was expected, not {text!r}")
    return int(found[1]), int(found[2])


def numbers(example: str, count: int | None = None) -> Callable[[str], tuple[float, ...]]:
    """Make a type that reads numbers with commas or spaces between them.

    Parameters
    ----------
    example
        What an error shows, such as ``60,120``.
    count
        How many there must be; one or more by default.
    """

    def read(text: str) -> tuple[float, ...]:
        try:
            found = tuple(float(word) for word in _words(text))
        except ValueError:
            found = ()
        if not found or count not in (None, len(found)) or not all(map(math.isfinite, found)):
            many = "" if count is None else f"{count} "
            raise click.BadParameter(f"{many}numbers such as {example} were expected, not {text!r}")
        return found

    return read


def whole_numbers(text: str) -> list[int]:
    """Read ``1``, ``1,3`` or ``1 3``."""
    try:
        return [int(word) for word in _words(text)]
    except ValueError:
        raise click.BadParameter(
            f"whole numbers such as 1 or 1,3 were expected, not {text!r}"
        ) from None


def by_element(
    example: str, what: str = "a number", *, of: Callable[[str], float] = float
) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], dict[str, Any]]:
    """Make a callback of an option that may be given once for each element.

    Parameters
    ----------
    example
        What an error shows, such as ``V=5``.
    what
        What stands behind the element, in words.
    of
        ``int`` for whole numbers.
    """

    def read(
        ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]
    ) -> dict[str, float]:
        found = {}
        for text in value:
            element, _, number = text.partition("=")
            try:
                found[element.strip()] = of(number)
            except ValueError:
                found[element.strip()] = math.nan
            if not math.isfinite(found[element.strip()]):
                raise click.BadParameter(
                    f"an element and {what} such as {example} were expected, not {text!r}"
                )
        return found

    return read


def _words(text: str) -> list[str]:
    return re.split(r"[\s,;]+", text.strip("[]() \n\t"))
