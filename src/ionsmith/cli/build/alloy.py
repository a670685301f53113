"""``ionsmith build alloy``."""

from typing import Annotated, Any

import click

from ionsmith.builders.alloys import Alloy, AlloyPath, alloy_path, build_alloy
from ionsmith.cli.framework import Cells, Seed, command, option, progress, refuse_idle
from ionsmith.cli.framework.ordering import OrderingOption, note_ordered
from ionsmith.crystals.alloy_systems import load_alloy, parse_system, path
from ionsmith.crystals.files import check_output, write_structure

NAME = "{phase}"


@command(
    example="build alloy li15si4 -o li15si4.extxyz",
    structure=True,
    unless="path",
    kinds={"build.alloy": Alloy, "build.alloy.path": AlloyPath},
)
def alloy_command(
    phase: str | None = None,
    *,
    path: Annotated[
        str | None,
        option(
            "Every known phase of a system such as Na-Sn, by rising Na; listed, or written with "
            f"-o '{NAME}.extxyz', where {NAME} stands for the name of each.",
            metavar="A-M",
        ),
    ] = None,
    supercell: Cells = (1, 1, 1),
    primitive: Annotated[bool, option("Repeat the primitive cell.")] = False,
    ordering: Annotated[
        OrderingOption | None, "How partial occupancies are ordered (li7si3 has them)."
    ] = None,
    nearest: Annotated[
        bool, option("Round occupancies that the supercell cannot hold exactly.")
    ] = False,
    seed: Annotated[Seed, "Seed of the ordering."] = 0,
    output: str | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> Alloy | AlloyPath:
    """Alloy PHASE of Li or Na with Si, Ge, Sn or Sb, or one of these elements.

    PHASE is a name or a formula, such as li15si4 or Na9Sn4.
    """
    if (phase is None) == (path is None):
        raise click.UsageError("name one PHASE, or a system with --path")
    if path is not None and output is None:
        of_model = ("supercell", "primitive", "ordering", "nearest", "seed")
        refuse_idle("on a list: write the phases with -o", *of_model)
    if ordering is None:
        refuse_idle("without --ordering", "nearest", "seed")
    settings: dict[str, Any] = {
        "supercell": tuple(supercell),
        "primitive": primitive,
        "ordering": ordering,
        "nearest": nearest,
        "seed": seed,
    }
    if path is not None:
        return _write_path(path, output, settings, force=force, dry_run=dry_run)
    assert phase is not None
    note_ordered(ordering, load_alloy(phase))
    with progress("ordering") as report:
        return build_alloy(phase, **settings, progress=report)


def _write_path(
    name: str, output: str | None, settings: dict[str, Any], *, force: bool, dry_run: bool
) -> AlloyPath:
    """List the phases of a system, and write each into a file of its own."""
    system = parse_system(name)
    if output is None:
        return alloy_path(system, ())
    if NAME not in output:
        raise click.UsageError(
            f"--path writes one file for each phase: put {NAME} into the name, as in "
            f"-o '{NAME}.extxyz'"
        )
    phases = [crystal.name for crystal in path(system)]
    files = tuple(output.replace(NAME, phase) for phase in phases)
    for file in files:
        check_output(file, force=force)
    models = [build_alloy(phase, **settings) for phase in phases]
    if not dry_run:
        for file, model in zip(files, models, strict=True):
            write_structure(file, model.atoms, force=force)
    return alloy_path(system, files)
