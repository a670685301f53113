"""Checking the numbers that a function is given, so that a wrong one is refused in one line."""

import math
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from ionsmith.errors import InvalidInput


def whole_numbers(
    name: str,
    given: Any,
    expected: str = "whole numbers",
    *,
    count: int | None = None,
    least: int | None = None,
    error: type[InvalidInput] = InvalidInput,
) -> tuple[int, ...]:
    """Return whole numbers as Python integers.

    Parameters
    ----------
    name
        What the message calls them.
    given
        What was given: a sequence of integers, Python's or numpy's.
    expected
        What the message says was expected.
    count
        How many are needed.
    least
        Smallest value allowed.
    error
        Class of the error.

    Raises
    ------
    InvalidInput
        If they are anything else.
    """
    several = isinstance(given, Iterable) and not isinstance(given, str | bytes)
    items = np.asarray(given).tolist() if isinstance(given, np.ndarray) else given
    numbers = list(items) if several and isinstance(items, Iterable) else []
    wrong = not several or (count is not None and len(numbers) != count)
    if wrong or not all(_is_whole(item) and (least is None or item >= least) for item in numbers):
        shown = " ".join(map(str, numbers)) if several else repr(given)
        raise error(f"`{name}` must be {expected}, not {shown}")
    return tuple(int(item) for item in numbers)


def whole_number(
    name: str,
    given: Any,
    *,
    least: int | None = None,
    error: type[InvalidInput] = InvalidInput,
) -> int:
    """Return a whole number as a Python integer.

    Parameters
    ----------
    name, given, least, error
        As for :func:`whole_numbers`.

    Raises
    ------
    InvalidInput
        If it is anything else.
    """
    if not _is_whole(given) or (least is not None and given < least):
        above = "" if least is None else f" of at least {least}"
        raise error(f"`{name}` must be a whole number{above}, not {given!r}")
    return int(given)


def is_number(given: Any) -> bool:
    """Whether something is a finite real number, Python's or numpy's."""
    if not isinstance(given, Real) or isinstance(given, bool):
        return False
    try:
        return math.isfinite(given)
    except OverflowError:  # a fraction beyond the range of floats
        return True


def check_by_element(name: str, given: Mapping[str, float]) -> None:
    """Refuse values by element that are no finite numbers.

    Parameters
    ----------
    name
        What the message calls them.
    given
        The values by symbol.

    Raises
    ------
    InvalidInput
        Names the first that is none.
    """
    for element, value in given.items():
        if not is_number(value):
            raise InvalidInput(f"`{name}` of {element} is {value!r}; a number was expected")


def _is_whole(item: Any) -> bool:
    """Whether something is a whole number."""
    return is_number(item) and item == int(item)
