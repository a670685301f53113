"""Cells of Na1+xZr2SixP3-xO12 and NaxV2(PO4)3 between the members' own, linear in x (Vegard)."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ionsmith.builders.choices import NasiconPhase
from ionsmith.crystals import Crystal, load

ENDS = ("nzp", "na4zr2si3o12")
"""Members without Si and without P, both at room temperature."""

MEMBERS: dict[NasiconPhase, tuple[str, ...]] = {
    "nzsp": (ENDS[0], "nzsp", ENDS[1]),
    "nzsp-443k": (ENDS[0], "nzsp-443k", "nzsp-x2.25-443k", ENDS[1]),
    "nzsp-x2.25-443k": (ENDS[0], "nzsp-443k", "nzsp-x2.25-443k", ENDS[1]),
    "nvp": ("nvp-na1", "nvp", "nvp-na4"),
}
"""Rhombohedral crystals whose cells those of a phase follow, by rising x or Na content. The library
has one monoclinic member."""

SAME_CONTENT = 0.01
"""Difference of contents per formula unit that the refinement of an occupancy leaves."""


@dataclass(frozen=True)
class Interpolated:
    """A crystal in the cell of a composition.

    Parameters
    ----------
    crystal
        The published crystal in that cell.
    between
        Members whose cells were interpolated, or the one whose cell was taken; empty where the cell
        is the published one.
    """

    crystal: Crystal
    between: tuple[Crystal, ...]


def content_of(crystal: Crystal) -> float:
    """What is varied, Na beside V and Si beside Zr, per formula unit, as refined."""
    amounts = crystal.composition()
    return amounts.get("Na" if "V" in amounts else "Si", 0.0) / crystal.formula_units


def at_composition(phase: NasiconPhase, content: Fraction) -> Interpolated:
    """Published crystal of a phase in the cell that its composition has by Vegard's rule."""
    crystal, x = load(phase), float(content)
    members = [load(name) for name in MEMBERS.get(phase, ())]
    contents = [content_of(member) for member in members]
    if not members or abs(content_of(crystal) - x) < SAME_CONTENT:
        return Interpolated(crystal, ())
    for member, own in zip(members, contents, strict=True):
        if abs(own - x) < SAME_CONTENT:
            return Interpolated(replace(crystal, cellpar=member.cellpar), (member,))
    above = min(int(np.searchsorted(contents, x, side="right")), len(members) - 1)
    pair = (members[above - 1], members[above])
    share = (x - contents[above - 1]) / (contents[above] - contents[above - 1])
    low, high = (np.array(member.cellpar) for member in pair)
    a, b, c, alpha, beta, gamma = np.round(low + share * (high - low), 9).tolist()
    return Interpolated(replace(crystal, cellpar=(a, b, c, alpha, beta, gamma)), pair)
