"""Options of the bond criterion; apart from the others, for a quick start of these."""

from dataclasses import dataclass
from typing import Annotated

import click

from ionsmith.bonding.bonds import DEFAULT_CRITERION, Criterion
from ionsmith.cli.framework._parameters import option

SHAPES = "Name polyhedra by shape: octahedron, square pyramid, tetrahedron, and so on."
"""Help of ``--shapes``."""


@dataclass(frozen=True)
class CriterionOptions:
    """What a bond is: ``--criterion`` and ``--cutoff``."""

    criterion: Annotated[
        Criterion,
        option("What a bond is: the widest gap between shells, or pymatgen's CrystalNN (slow)."),
    ] = DEFAULT_CRITERION
    cutoff: Annotated[
        tuple[str, ...],
        option(
            "Bonds by distance instead: one length for all pairs, or one for each pair named, "
            "such as Al-O=2.3 (may be repeated).",
            metavar="Å|A-B=Å",
        ),
    ] = ()

    def chosen(self) -> Criterion:
        """Return the criterion that the analyzers take."""
        if not self.cutoff:
            return self.criterion
        if self.criterion != DEFAULT_CRITERION:
            raise click.UsageError(f"--cutoff and --criterion {self.criterion} exclude each other")
        try:
            if len(self.cutoff) == 1 and "=" not in self.cutoff[0]:
                return float(self.cutoff[0])
            pairs = [text.split("=") for text in self.cutoff]
            return {pair.strip(): float(length) for pair, length in pairs}
        except ValueError:
            raise click.BadParameter(
                "expected one length such as 2.4, or pairs such as Al-O=2.3",
                param_hint="--cutoff",
            ) from None
