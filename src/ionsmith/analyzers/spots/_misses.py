"""Spots that no crystal has as they were given: another unit, or a near miss."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ionsmith.analyzers.spots._indexed import MeasuredSpot, SpotSolution
from ionsmith.errors import InvalidInput

Solve = Callable[[Sequence[MeasuredSpot], float, float], list[SpotSolution]]
"""Solutions of spots within a relative error of the spacings and an error of the angles."""

READINGS: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("spacings in nm", lambda value: 10 * value),
    ("spacings in pm", lambda value: value / 100),
    ("reciprocal spacings in Å⁻¹", lambda value: 1 / value),
    ("reciprocal spacings in nm⁻¹", lambda value: 10 / value),
)
"""What numbers may be that are no spacings in Å."""

SHORTEST, LONGEST = 0.7, 40.0
"""Spacings in Å that one measures in a pattern."""

SHORT = 1.0
"""If all spacings are shorter than this, in Å, the unit is likely another one."""

WIDER = (1.5, 2.0, 3.0, 5.0)
"""Factors by which tolerances are widened to find the nearest miss."""

WIDEST_D, WIDEST_ANGLE = 0.2, 10.0


def unit_hint(
    measured: Sequence[MeasuredSpot], solve: Solve, tolerances: tuple[float, float]
) -> str:
    """Say in which unit the numbers are spacings that a crystal has; empty if in none."""
    for words, read in READINGS:
        spots = [replace(spot, d=read(spot.d)) for spot in measured]
        if not all(SHORTEST <= spot.d <= LONGEST for spot in spots):
            continue
        if found := _solved(solve, spots, *tolerances):
            best = min(found, key=lambda solution: solution.misfit)
            names = dict.fromkeys(solution.crystal for solution in found)
            others = f" and {len(names) - 1} more" if len(names) > 1 else ""
            shown = ", ".join(f"{spot.d:.4g}" for spot in spots)
            return (
                f"read as {words} ({shown} Å) they fit {best.crystal}{others}: spacings are "
                "expected in Å"
            )
    return ""


def nearest_miss(
    measured: Sequence[MeasuredSpot], solve: Solve, tolerances: tuple[float, float]
) -> str:
    """The solution that comes nearest beyond the tolerances, in words; empty if none is near."""
    for factor in WIDER:
        wider = (min(WIDEST_D, factor * tolerances[0]), min(WIDEST_ANGLE, factor * tolerances[1]))
        if found := _solved(solve, measured, *wider):
            best = min(found, key=lambda solution: (solution.misfit, solution.crystal))
            names = " ".join(spot.label for spot in best.spots)
            spacings = ", ".join(f"{100 * spot.d_deviation:+.1f} %" for spot in best.spots)
            angles = ", ".join(f"{spot.angle_deviation:+.1f}°" for spot in best.spots[1:])
            return (
                f"the nearest is {best.crystal} along {best.zone}, {names}: the spacings are off "
                f"by {spacings}, the angle by {angles}"
            )
    return ""


def _solved(
    solve: Solve, spots: Sequence[MeasuredSpot], d_tolerance: float, angle_tolerance: float
) -> list[SpotSolution]:
    """Solutions, none where there are too many to compute."""
    try:
        return solve(spots, d_tolerance, angle_tolerance)
    except InvalidInput:
        return []
