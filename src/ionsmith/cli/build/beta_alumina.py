"""``ionsmith build beta-alumina``."""

from fractions import Fraction

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
from ionsmith.cli.values import fraction


@click.command(
    cls=Command,
    epilog="Example: ionsmith build beta-alumina --supercell 2 2 1 -o open.extxyz",
)
@supercell_option("Hexagonal cells along a, b and c; each has three conduction planes.")
@click.option(
    "--stabilizer",
    type=click.Choice(["Mg", "Li", "none"]),
    default="Mg",
    show_default=True,
    help="What replaces Al inside the spinel blocks.",
)
@click.option(
    "--stabilizer-content",
    type=fraction,
    metavar="X",
    help="Stabiliser atoms per formula unit, such as 2/3 [default: 2/3 Mg or 1/3 Li].",
)
@click.option(
    "--sodium",
    type=fraction,
    metavar="X",
    help="Na atoms per formula unit, such as 5/3 [default: what balances the charge].",
)
@click.option(
    "--order",
    "ordering",
    type=click.Choice(["electrostatic", "random"]),
    default="electrostatic",
    show_default=True,
    help="How Na and the stabiliser are placed.",
)
@seed_option("Seed of the ordering.")
@file_options
@output_options
def beta_alumina(
    supercell: tuple[int, int, int],
    stabilizer: str,
    stabilizer_content: Fraction | None,
    sodium: Fraction | None,
    ordering: str,
    seed: int,
    output: str | None,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Na β''-alumina (R-3m) after Bettman and Peters 1969, ordered, in any supercell."""
    from ionsmith.builders.beta_alumina import build_beta_alumina
    from ionsmith.cli.structure_file import finish, ready

    ready(output, force=force, dry_run=dry_run)
    inputs = {
        "supercell": supercell,
        "stabilizer": stabilizer,
        "stabilizer_content": stabilizer_content,
        "sodium": sodium,
        "ordering": ordering,
        "seed": seed,
    }
    with progress("ordering") as report:
        model = build_beta_alumina(**inputs, progress=report)  # type: ignore[arg-type]
    finish(model.atoms, output, force=force, dry_run=dry_run)
    emit(
        "build.beta-alumina",
        {
            **inputs,
            "stabilizer_content": None if stabilizer_content is None else str(stabilizer_content),
            "sodium": None if sodium is None else str(sodium),
            "output": output,
        },
        model,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )
