"""``ionsmith demo``."""

from pathlib import Path
from typing import Annotated

import click

from ionsmith.analyzers.coordination import Comparison, compare
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.cli.framework import Force, command, emit, option
from ionsmith.crystals.files import check_target, write_structure
from ionsmith.pictures.saving import write_picture
from ionsmith.pictures.structures import Drawing, draw_structures


@command(example="demo --folder beta-alumina", kinds={"demo": Comparison})
def demo_command(
    folder: Annotated[
        str | None,
        option(
            "Also write open.extxyz, closed.extxyz and a picture, planes.png, into this folder.",
            metavar="DIR",
        ),
    ] = None,
    force: Annotated[Force, "Replace existing files in the folder."] = False,
) -> None:
    """Open and closed conduction planes of Na β''-alumina: build, close, compare, print.

    The model of Geng et al. 2023, doi:10.1039/d3ee00237c, on the crystal of Bettman and Peters
    1969, doi:10.1021/j100726a024.
    """
    params = click.get_current_context().params
    targets: list[Path] = []
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        targets = [Path(folder) / name for name in ("open.extxyz", "closed.extxyz", "planes.png")]
        for target in targets:
            check_target(str(target), force=force)
    crystal = build_beta_alumina((2, 2, 1))
    closure = close_planes(crystal.atoms, [2], route=3)
    comparison = compare(crystal.atoms, closure.atoms)
    if targets:
        write_structure(str(targets[0]), crystal.atoms, force=force)
        write_structure(str(targets[1]), closure.atoms, force=force)
        shown = {"open": crystal.atoms, "plane 2 closed": closure.atoms}
        picture = draw_structures(shown, Drawing(fill=17))
        write_picture(str(targets[2]), picture)
    readable = params["output_format"] == "table" and not params["as_json"]
    if readable:
        tables = [*crystal.tables(), *closure.tables()]
        click.echo("\n\n".join(table.render() for table in tables) + "\n")
    emit(comparison)
    if readable:
        changes = "\n".join(comparison.summary)
        click.echo(f"\nWhat changed when the plane was closed:\n{changes}")
