"""Read, write and compare chemical formulas.

ASE reads no fractional amounts, and importing pymatgen takes longer than a command may start up.
"""

import re
from collections.abc import Mapping

from ase.data import atomic_numbers

_TOKEN = re.compile(r"([A-Z][a-z]?)|([(\[])|([)\]])|(\d+(?:\.\d+)?|\.\d+)")

SAME_FRACTION = 2e-4
"""Largest difference in atomic fraction between equal formulas with rounded amounts."""


def parse_formula(text: str) -> dict[str, float]:
    """Read a formula such as ``Na3V2(PO4)3`` or ``Na3.4Zr2Si2.4P0.6O12``.

    Parameters
    ----------
    text
        Element symbols with upper-case first letters, amounts, round or square brackets.

    Returns
    -------
    dict
        Element symbol to amount, in order of appearance.

    Raises
    ------
    ValueError
        If the text is not a formula.

    Examples
    --------
    >>> from ionsmith.crystals.formula import parse_formula
    >>> parse_formula("Na3V2(PO4)3")
    {'Na': 3.0, 'V': 2.0, 'P': 3.0, 'O': 12.0}
    """
    stack: list[dict[str, float]] = [{}]
    last: dict[str, float] | None = None
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise ValueError(f"{text!r} is not a formula")
        element, opening, closing, amount = token.groups()
        if amount is not None:
            if last is None:
                raise ValueError(f"{text!r} is not a formula")
            last = {key: value * float(amount) for key, value in last.items()}
        if last is not None:
            _add(stack[-1], last)
            last = None
        if element is not None:
            if element not in atomic_numbers or element == "X":
                raise ValueError(f"{text!r} is not a formula: {element} is not an element")
            last = {element: 1.0}
        elif opening is not None:
            stack.append({})
        elif closing is not None:
            if len(stack) == 1:
                raise ValueError(f"{text!r} is not a formula: a bracket is missing")
            last = stack.pop()
        position = token.end()
    if last is not None:
        _add(stack[-1], last)
    if len(stack) != 1 or not stack[0]:
        raise ValueError(f"{text!r} is not a formula")
    return stack[0]


def _add(total: dict[str, float], part: Mapping[str, float]) -> None:
    """Add amounts to a total, in place."""
    for element, amount in part.items():
        total[element] = total.get(element, 0.0) + amount


def same_composition(first: Mapping[str, float], second: Mapping[str, float]) -> bool:
    """Whether two compositions have the same atomic fractions."""
    if set(first) != set(second):
        return False
    all_first, all_second = sum(first.values()), sum(second.values())
    return all(
        abs(first[element] / all_first - second[element] / all_second) < SAME_FRACTION
        for element in first
    )


def write_formula(amounts: Mapping[str, float]) -> str:
    """Write a composition as a formula, amounts to four decimals, order kept."""
    return "".join(
        element + ("" if abs(amount - 1) < 5e-5 else f"{amount:.4f}".rstrip("0").rstrip("."))
        for element, amount in amounts.items()
    )


def spellings(formula: str) -> set[str]:
    """Lower-case spellings of a formula: as it is, without brackets, and expanded."""
    expanded = write_formula(parse_formula(formula))
    return {text.lower() for text in (formula, re.sub(r"[()\[\]]", "", formula), expanded)}
