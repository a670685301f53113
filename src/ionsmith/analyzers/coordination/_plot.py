"""Bars of coordination numbers, of one structure or of two."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from ase.data import atomic_numbers

from ionsmith.analyzers.coordination._records import CoordinationChange
from ionsmith.plotting import COLOURS, axes_or_new, element_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = COLOURS["cell"]


def plot_coordination(counts: Mapping[str, Mapping[int, int]], ax: "Axes | None") -> "Axes":
    """Draw the share of the sites of each element with each coordination number."""
    from matplotlib.ticker import MaxNLocator

    ax = axes_or_new(ax, (6.4, 4.8))
    # Elements with the same number stand side by side over it, without gaps for absent elements.
    elements_at = Counter(number for numbers in counts.values() for number in numbers)
    width = 0.8 / max(elements_at.values(), default=1)
    placed: Counter[int] = Counter()
    for element, numbers in counts.items():
        middle = [
            number + (placed[number] - (elements_at[number] - 1) / 2) * width for number in numbers
        ]
        share = 100 * np.array(list(numbers.values())) / sum(numbers.values())
        colour = element_colour(atomic_numbers[element])
        ax.bar(
            middle, share, 0.9 * width, label=element, color=colour, edgecolor=INK, linewidth=0.6
        )
        placed.update(list(numbers))
    ax.set_xlabel("coordination number")
    ax.set_ylabel("share of sites (%)")
    ax.set_xlim(min(elements_at, default=0) - 0.6, max(elements_at, default=1) + 0.6)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.legend()
    return ax


def plot_change(
    coordination: Mapping[str, Sequence[CoordinationChange]], ax: "Axes | None"
) -> "Axes":
    """Draw the atoms by element and coordination number, before and after."""
    ax = axes_or_new(ax, (7.0, 3.5))
    rows = [(element, row) for element, rows in coordination.items() for row in rows]
    places = range(len(rows))
    for offset, label, colour, counts in (
        (-0.2, "before", "#c9d6e0", [row.before for _, row in rows]),
        (0.2, "after", "#c2561a", [row.after for _, row in rows]),
    ):
        middles = [place + offset for place in places]
        ax.bar(middles, counts, 0.4, label=label, color=colour, edgecolor=INK, linewidth=0.6)
    ax.set_xticks(places, [f"{element}\n{row.coordination_number}" for element, row in rows])
    ax.set_xlabel("element and coordination number")
    ax.set_ylabel("atoms")
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
