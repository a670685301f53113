"""Options that say what a bond is."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def criterion_options(function: Function) -> Function:
    """Add ``--criterion`` and ``--cutoff``."""
    decorators = [
        click.option(
            "--criterion",
            type=click.Choice(["gap", "crystalnn"]),
            default="gap",
            show_default=True,
            help="What a bond is: the widest gap between shells, or pymatgen's CrystalNN (slow).",
        ),
        click.option(
            "--cutoff",
            multiple=True,
            metavar="Å|A-B=Å",
            help="Bonds by distance instead: one length for all pairs, or one for each pair named, "
            "such as Al-O=2.3 (may be repeated).",
        ),
    ]
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def read_criterion(criterion: str, cutoff: tuple[str, ...]) -> str | float | dict[str, float]:
    """Turn both options into the criterion that the analyzers take."""
    if not cutoff:
        return criterion
    if criterion != "gap":
        raise click.UsageError(f"--cutoff and --criterion {criterion} exclude each other")
    try:
        if len(cutoff) == 1 and "=" not in cutoff[0]:
            return float(cutoff[0])
        pairs = [text.split("=") for text in cutoff]
        return {pair.strip(): float(length) for pair, length in pairs}
    except ValueError:
        raise click.BadParameter(
            "one length such as 2.4, or pairs such as Al-O=2.3, were expected",
            param_hint="--cutoff",
        ) from None
