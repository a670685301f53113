"""``ionsmith build alloy``."""

from typing import Any, Literal

import click

from ionsmith.cli.common import (
    Command,
    emit,
    file_options,
    output_options,
    progress,
    seed_option,
    supercell_option,
)

NAME = "{phase}"


@click.command(cls=Command, epilog="Example: ionsmith build alloy li15si4 -o li15si4.extxyz")
@click.argument("phase", required=False)
@click.option(
    "--path",
    "system",
    metavar="A-M",
    help="Every known phase of a system such as Na-Sn, by rising Na; listed, or written with -o "
    f"'{NAME}.extxyz', where {NAME} stands for the name of each.",
)
@supercell_option("Cells along a, b and c.")
@click.option("--primitive", is_flag=True, help="Cells are primitive ones.")
@click.option(
    "--order",
    "ordering",
    type=click.Choice(["electrostatic", "random"]),
    help="How partial occupancies are ordered (li7si3 has them).",
)
@click.option(
    "--nearest", is_flag=True, help="Round occupancies that the supercell cannot hold exactly."
)
@seed_option("Seed of the ordering.")
@file_options
@output_options
def alloy(
    phase: str | None,
    system: str | None,
    supercell: tuple[int, int, int],
    primitive: bool,
    ordering: Literal["electrostatic", "random"] | None,
    nearest: bool,
    seed: int,
    output: str | None,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Alloy PHASE of Li or Na with Si, Ge, Sn or Sb, or one of these elements.

    PHASE is a name or a formula, such as li15si4 or Na9Sn4.
    """
    from ionsmith.builders.alloys import alloy_path, build_alloy
    from ionsmith.cli.structure_file import finish, ready
    from ionsmith.crystals.alloy_systems import parse_system, path
    from ionsmith.crystals.files import check_output, write_structure

    if (phase is None) == (system is None):
        raise click.UsageError("name one PHASE, or a system with --path")
    options: dict[str, Any] = {
        "supercell": tuple(supercell),
        "primitive": primitive,
        "ordering": ordering,
        "nearest": nearest,
        "seed": seed,
    }
    inputs = {"phase": phase, "path": system, **options, "output": output}
    printing: dict[str, Any] = {"output_format": output_format, "as_json": as_json}
    if system is not None:
        known = parse_system(system)
        files: tuple[str, ...] = ()
        if output is not None:
            if NAME not in output:
                raise click.UsageError(
                    f"--path writes one file a phase: put {NAME} into the name, as in "
                    f"-o '{NAME}.extxyz'"
                )
            files = tuple(output.replace(NAME, crystal.name) for crystal in path(known))
            for name in files:
                check_output(name, force=force)
            models = [build_alloy(crystal.name, **options) for crystal in path(known)]
            if not dry_run:
                for name, model in zip(files, models, strict=True):
                    write_structure(name, model.atoms, force=force)
        emit("build.alloy.path", inputs, alloy_path(known, files), **printing)
        return
    assert phase is not None
    ready(output, force=force, dry_run=dry_run)
    with progress("ordering") as report:
        model = build_alloy(phase, **options, progress=report)
    finish(model.atoms, output, force=force, dry_run=dry_run)
    emit("build.alloy", inputs, model, **printing, to_stderr=output == "-")
