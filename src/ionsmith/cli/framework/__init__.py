"""How a command is declared: a function whose signature holds its options, and one decorator.

The name, type and default of an option are those of the parameter; :func:`option` adds the help::

    @command(example="analyze pair-distribution lib:si", picture="Draw g(r)")
    def pair_distribution_command(
        structure: str,
        *,
        r_max: Annotated[float, option("Largest distance.", metavar="Å")] = 10.0,
    ) -> PairDistribution:
        "Pair distribution g(r) of a STRUCTURE."
        return pair_distribution(structure, r_max=r_max)

A parameter without :func:`option` is an argument. The decorator checks that outputs are free before
the work begins, writes the structure and the picture, and prints the result in the format asked
for. ``inputs`` of the JSON document are the parsed parameters, and the JSON schema is made from the
annotated class of the result.
"""

from ionsmith.cli.framework._command import Command, command
from ionsmith.cli.framework._folder import check_structures_folder, is_folder, write_structures
from ionsmith.cli.framework._idle import refuse_idle, refuse_others
from ionsmith.cli.framework._options import (
    POTENTIALS,
    Cells,
    Force,
    Groups,
    OnDevice,
    Parent,
    PotentialOption,
    Seed,
    Steps,
    Symprec,
    Threads,
    progress,
)
from ionsmith.cli.framework._output import (
    WITHOUT_EFFECT,
    command_line,
    csv_text,
    emit,
    picture_style,
)
from ionsmith.cli.framework._parameters import argument, option, options
from ionsmith.cli.framework._types import by_element, numbers, read_ratio, whole_numbers

__all__ = [
    "POTENTIALS",
    "WITHOUT_EFFECT",
    "Cells",
    "Command",
    "Force",
    "Groups",
    "OnDevice",
    "Parent",
    "PotentialOption",
    "Seed",
    "Steps",
    "Symprec",
    "Threads",
    "argument",
    "by_element",
    "check_structures_folder",
    "command",
    "command_line",
    "csv_text",
    "emit",
    "is_folder",
    "numbers",
    "option",
    "options",
    "picture_style",
    "progress",
    "read_ratio",
    "refuse_idle",
    "refuse_others",
    "whole_numbers",
    "write_structures",
]
