"""``ionsmith build ordered``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import click

from ionsmith import provenance
from ionsmith.builders.ordered import build_ordered
from ionsmith.cli.framework import (
    WITHOUT_EFFECT,
    Cells,
    Seed,
    command,
    command_line,
    option,
    progress,
)
from ionsmith.crystals.files import check_output, write_structure
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
    is_folder = output is not None and (output.endswith("/") or Path(output).is_dir())
    return bool(params["count"] > 1 or is_folder)


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
        _check_folder(output, count, force=force, dry_run=dry_run)
    with progress("ordering") as report:
        result = build_ordered(
            structure, supercell, composition, method, count=count, seed=seed, progress=report
        )
    if several and not dry_run:
        assert output is not None
        Path(output).mkdir(parents=True, exist_ok=True)
        for file, atoms in zip(_files(output, count), result.structures, strict=False):
            provenance.note_command(atoms, command_line(WITHOUT_EFFECT))
            write_structure(file, atoms, force=force)
    return result


def _files(folder: str, count: int) -> list[str]:
    """Files of the structures, the best first."""
    width = len(str(count))
    return [str(Path(folder) / f"{rank:0{width}d}.extxyz") for rank in range(1, count + 1)]


def _check_folder(output: str | None, count: int, *, force: bool, dry_run: bool) -> None:
    """Refuse an output that is no folder, or files that exist, before any work is done."""
    if output is None:
        if not dry_run:
            raise click.UsageError("say where the structures go with -o DIR, or pass --dry-run")
        return
    path = Path(output)
    if path.is_file() or (path.suffix and not path.is_dir() and not output.endswith("/")):
        raise click.UsageError(f"-o {output}: a folder was expected for {count} structures")
    if path.is_dir():
        for file in _files(output, count):
            check_output(file, force=force)
