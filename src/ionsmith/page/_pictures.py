"""Computed patterns and images as parts of a page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionsmith.analyzers.haadf import Haadf
from ionsmith.analyzers.powder import Mixture, Shape
from ionsmith.analyzers.spots import SpotPatterns
from ionsmith.page._parts import pictures_section

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 0.01
"""Of the drawn lines of powder patterns, at half maximum, in degrees squared."""


def powder_section(found: Sequence[tuple[str, Mixture]]) -> str:
    """Show the powder patterns of structures, each by its name.

    Parameters
    ----------
    found
        Names and patterns.
    """
    pictures = []
    for name, mixture in found:
        figure = _figure(8, 4)
        mixture.plot(figure.subplots(), Shape(caglioti=(0.0, 0.0, WIDTH)))
        beam = mixture.patterns[0].setup.beam.name
        pictures.append((f"{name}, {beam}", figure))
    return pictures_section(
        "Powder pattern", "powder", pictures, [t for _, mixture in found for t in mixture.tables()]
    )


def spots_section(found: Sequence[tuple[str, SpotPatterns]]) -> str:
    """Show spot patterns, each by the name of its structure and zone."""
    pictures = []
    for name, patterns in found:
        figure = _figure(7, 7.6)
        patterns.plot(figure.subplots())
        pictures.append((name, figure))
    return pictures_section(
        "Spot patterns", "spots", pictures, [t for _, patterns in found for t in patterns.tables()]
    )


def haadf_section(found: Sequence[tuple[str, Haadf]]) -> str:
    """Show HAADF images with their profiles, each by the name of its structure and beam."""
    return pictures_section(
        "HAADF-STEM",
        "haadf",
        [(name, result.draw()) for name, result in found],
        [table for _, result in found for table in result.tables()],
    )


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
