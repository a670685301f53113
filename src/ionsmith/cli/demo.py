"""``ionsmith demo``."""

import click

from ionsmith.cli.common import Command, emit, output_options


@click.command(cls=Command, epilog="Example: ionsmith demo --folder beta-alumina")
@click.option(
    "--folder",
    metavar="DIR",
    help="Also write open.extxyz, closed.extxyz and a picture, planes.png, into this folder.",
)
@click.option("--force", is_flag=True, help="Replace existing files in the folder.")
@output_options
def demo(folder: str | None, force: bool, output_format: str, as_json: bool) -> None:
    """Open and closed conduction planes of Na β''-alumina: build, close, compare, print.

    The model of Geng et al. 2023, doi:10.1039/d3ee00237c, on the crystal of Bettman and Peters
    1969, doi:10.1021/j100726a024.
    """
    from pathlib import Path

    from ionsmith.analyzers.coordination import compare
    from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
    from ionsmith.crystals.files import check_target, write_structure
    from ionsmith.pictures.saving import write_picture
    from ionsmith.pictures.stack import draw_stacks

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
        picture = draw_stacks({"open": crystal.atoms, "plane 2 closed": closure.atoms})
        write_picture(str(targets[2]), picture)
    if as_json or output_format != "table":
        emit("demo", {"folder": folder}, comparison, output_format=output_format, as_json=as_json)
        return
    tables = [*crystal.tables(), *closure.tables(), *comparison.tables()]
    click.echo("\n\n".join(table.render() for table in tables))
    click.echo("\nWhat changed when the plane was closed:\n" + "\n".join(comparison.summary))
