"""What a code's exporter says of the folder that it filled."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Written:
    """The part of an export that is the code's own.

    Parameters
    ----------
    run
        The line that runs it, in the folder.
    output
        File that will hold what the code found.
    order
        For each atom of the code's input, its index in the structure.
    settings
        Cutoffs and what else the code was told, by name with unit.
    needs
        Files that the user has to put there, by element.
    notes
        What the code cannot do or does otherwise, one line each.
    kpoints
        Points of the mesh that was written, where the code cannot take the one planned.
    """

    run: str
    output: str
    order: list[int]
    settings: dict[str, Any]
    needs: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    kpoints: tuple[int, int, int] | None = None
