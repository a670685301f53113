"""``ionsmith analyze storage``."""

from typing import Any

import click

from ionsmith.cli.common import Command, emit, output_options


@click.command(cls=Command, epilog="Example: ionsmith analyze storage --path Li-Si")
@click.argument("phases", nargs=-1, metavar="[PHASE]...")
@click.option(
    "--path", "systems", multiple=True, metavar="A-M",
    help="Every known phase of a system such as Li-Si, by rising x (may be repeated).",
)  # fmt: skip
@click.option(
    "--reference",
    "references",
    multiple=True,
    metavar="PHASE",
    help="Element that expansion is counted from, such as sn-alpha [default: the form that is "
    "stable at ambient conditions, sn].",
)
@click.option(
    "--table",
    is_flag=True,
    help="The two tables of Li et al. 2022, their figures beside those of the crystals.",
)
@output_options
def storage(
    phases: tuple[str, ...],
    systems: tuple[str, ...],
    references: tuple[str, ...],
    table: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Capacity, volume and expansion of alloy phases that store Li or Na.

    PHASE is a name or formula of the library, such as li15si4, or a structure file.
    """
    from ionsmith.analyzers.alloy_materials import crystal_material, read_material
    from ionsmith.analyzers.storage import storage as analyze
    from ionsmith.crystals.alloy_systems import parse_system, path

    inputs: dict[str, Any] = {
        "phases": phases,
        "path": systems,
        "reference": references,
        "table": table,
    }
    if table:
        if phases or systems or references:
            raise click.UsageError("--table has phases and references of its own")
        from ionsmith.analyzers.storage_tables import review

        emit("analyze.storage", inputs, review(), output_format=output_format, as_json=as_json)
        return
    if not phases and not systems:
        raise click.UsageError("name at least one PHASE, a system with --path, or --table")
    materials = [read_material(name) for name in phases]
    for system in systems:
        materials += [crystal_material(crystal) for crystal in path(parse_system(system))]
    result = analyze(materials, [read_material(name) for name in references])
    emit("analyze.storage", inputs, result, output_format=output_format, as_json=as_json)
