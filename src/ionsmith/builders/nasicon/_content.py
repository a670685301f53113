"""Contents of the NASICON refinements, and how Na is distributed over their sites."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from ionsmith.arguments import is_number
from ionsmith.builders.choices import NasiconPhase
from ionsmith.crystals import Crystal
from ionsmith.errors import CompositionNotPossible

FIRST_SITE = "Na1"  # in all of them
SODIUM_POSITIONS = 4  # per formula unit, Na1 and Na2
TETRAHEDRA = 3  # per formula unit


@dataclass(frozen=True)
class Refinement:
    """Variable content of a crystal of the library.

    Parameters
    ----------
    varied
        Element whose content per formula unit can be chosen: Na in NVP; Si, called x, in NZSP.
    default
        Default content.
    between
        Labels of the mid-Na sites.
    """

    varied: Literal["Na", "Si"]
    default: Fraction
    between: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the content."""
        return "x" if self.varied == "Si" else "Na per formula unit"

    @property
    def largest(self) -> int:
        """Largest content."""
        return TETRAHEDRA if self.varied == "Si" else SODIUM_POSITIONS

    def per_unit(self, content: Fraction) -> dict[str, Fraction]:
        """Atoms per formula unit of all elements that depend on the content."""
        if self.varied == "Na":
            return {"Na": content}
        return {"Na": 1 + content, "Si": content, "P": TETRAHEDRA - content}


PHASES: dict[NasiconPhase, Refinement] = {
    "nvp": Refinement("Na", Fraction(3)),
    "nzsp": Refinement("Si", Fraction(12, 5), ("Na3",)),
    "nzsp-443k": Refinement("Si", Fraction(2), ("Na3",)),
    "nzsp-x2.25-443k": Refinement("Si", Fraction(9, 4), ("Na3",)),
    "nzsp-monoclinic": Refinement("Si", Fraction(2), ("Na4", "Na5", "Na6")),
}
"""Refinements from which models are built. The default NZSP is Na3.4Zr2Si2.4P0.6O12, of which no
coordinates are published, on the refinement of x = 2.35."""

SAME_CONTENT = Fraction(1, 2000)
"""A content is taken as the simplest fraction this close to it: 0.333 and 2.667 are thirds."""


def asked_content(
    phase: NasiconPhase, x: float | Fraction | None, sodium: float | Fraction | None
) -> tuple[Refinement, Fraction]:
    """Refinement of a phase, and its requested content."""
    refinement = PHASES[phase]
    given, other = (sodium, x) if refinement.varied == "Na" else (x, sodium)
    if other is not None:
        raise CompositionNotPossible(
            "nvp contains no Si: set `sodium` instead of `x`"
            if refinement.varied == "Na"
            else f"{phase}: the Na content is 1 + x: set `x` instead of `sodium`"
        )
    if given is None:
        return refinement, refinement.default
    if not is_number(given) or not 0 <= given <= refinement.largest:
        raise CompositionNotPossible(
            f"{phase}: {refinement.name} must be a number from 0 to {refinement.largest}"
        )
    # The decimal number as written, not the nearest binary one.
    return refinement, Fraction(str(given))


def simplest(value: Fraction) -> Fraction:
    """Fraction of smallest denominator within :data:`SAME_CONTENT`."""
    denominator = 1
    while abs(Fraction(round(value * denominator), denominator) - value) > SAME_CONTENT:
        denominator += 1
    return Fraction(round(value * denominator), denominator)


def sodium_contents(crystal: Crystal) -> dict[str, float]:
    """Published Na atoms per formula unit on each Na site, by label."""
    return {
        site.label: site.occupancy["Na"] * site.multiplicity / crystal.formula_units
        for site in crystal.sites
        if "Na" in site.occupancy
    }


def sodium_shares(
    crystal: Crystal, content: float, between: tuple[str, ...] = ()
) -> dict[str, float]:
    """Na atoms per formula unit on each Na site at a Na content."""
    refined = sodium_contents(crystal)
    positions = {s.label: s.multiplicity / crystal.formula_units for s in crystal.sites}
    knots = [0.0, 1.0, sum(refined.values()), float(SODIUM_POSITIONS)]
    shares = {}
    for label, number in refined.items():
        alone = 1.0 if label == FIRST_SITE else 0.0
        filled = 0.0 if label in between else positions[label]
        shares[label] = float(np.interp(content, knots, [0.0, alone, number, filled]))
    return shares


def whole_numbers(shares: dict[str, float], units: int, total: int) -> dict[str, int]:
    """Whole numbers of atoms that sum to a total, nearest to shares × formula units."""
    quotas = {label: round(share * units, 6) for label, share in shares.items()}
    numbers = {label: int(quota) for label, quota in quotas.items()}
    # Largest remainder method; of equal remainders the first site.
    by_remainder = sorted(quotas, key=lambda label: numbers[label] - quotas[label])
    for label in by_remainder[: total - sum(numbers.values())]:
        numbers[label] += 1
    return numbers
