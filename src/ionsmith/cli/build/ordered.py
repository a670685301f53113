"""``ionsmith build ordered``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import click

from ionsmith.builders.ordered import build_ordered
from ionsmith.cli.framework import (
    Cells,
    Seed,
    check_structures_folder,
    command,
    option,
    progress,
    write_structures,
)
from ionsmith.crystals.formula import parse_formula
from ionsmith.crystals.ordering import Ordering, OrderingResult

ON_SITE = re.compile(r"([A-Z][a-z]?@[^\s=,]+)=(\d+)")


def _composition(text: str) -> dict[str, int]:
    """Read whole numbers of atoms, as ``Li56`` or ``Li@Li1=12,Li@Li2=44``."""
    amounts: Mapping[str, float] = {}
    if "@" in text:
        parts = [ON_SITE.fullmatch(part) for part in re.split(r"[\s,]+", text.strip())]
        if all(parts):
            amounts = {part[1]: int(part[2]) for part in parts if part}
    else:
        try:
            amounts = parse_formula(text.replace(" ", ""))
        except ValueError:
            amounts = {}
    if not amounts or any(amount != int(amount) for amount in amounts.values()):
        raise click.BadParameter(
            f"expected whole numbers of atoms such as Li56 or Li@Li1=12,Li@Li2=44, not {text!r}"
        )
    return {key: int(amount) for key, amount in amounts.items()}


def _several(params: Mapping[str, Any]) -> bool:
    """Whether structures go into a folder."""
    output = params["output"]
    named = output is not None and (output.endswith("/") or Path(output).is_dir())
    return bool(params["count"] > 1 or named)


@command(
    example="build ordered lib:nzsp -o nzsp.extxyz",
    structure=True,
    unless=_several,
)
def ordered_command(
    structure: str,
    *,
    supercell: Annotated[
        Cells | None,
        "Cells along a, b and c [default: the smallest near the published occupancies].",
    ] = None,
    composition: Annotated[
        Any,
        option(
            "Atoms in the whole supercell, by element or by site, such as Li56 or "
            "Li@Li1=12,Li@Li2=44 [default: the nearest neutral numbers].",
            type=_composition,
            metavar="ATOMS",
        ),
    ] = None,
    method: Annotated[
        Ordering | None,
        option(
            "How it is ordered: low electrostatic energy, random, all distinct arrangements, or "
            "special quasi-random [default: electrostatic, random if charges are not known]."
        ),
    ] = None,
    count: Annotated[
        int,
        option(
            "How many different structures are wanted; several go into the folder of -o.",
            type=click.IntRange(min=1),
        ),
    ] = 1,
    seed: Annotated[Seed, "Seed of the search or the draw."] = 0,
    output: str | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> OrderingResult:
    """Ordered structure of a crystal with partial occupancies.

    STRUCTURE is lib:NAME, a CIF (FILE#BLOCK names a data block) or - (standard input). Atoms that
    would be too close, as on split sites, exclude each other. Charges that the file does not state
    are the usual ones, and the composition is made neutral if it is not; the notes say how.
    """
    several = _several({"output": output, "count": count})
    if several:
        check_structures_folder(output, force=force, dry_run=dry_run)
    with progress("ordering") as report:
        result = build_ordered(
            structure, supercell, composition, method, count=count, seed=seed, progress=report
        )
    if several and not dry_run:
        assert output is not None
        write_structures(output, result.structures)
    return result
