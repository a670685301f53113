"""``ionsmith build beta-alumina``."""

import click

from ionsmith.cli.common import Command, emit, file_options, output_options


@click.command(
    cls=Command,
    epilog="Example: ionsmith build beta-alumina --supercell 2 2 1 -o open.extxyz",
)
@click.option(
    "--supercell",
    type=int,
    nargs=3,
    default=(1, 1, 1),
    show_default=True,
    metavar="NA NB NC",
    help="Hexagonal cells along a, b and c; each has three conduction planes.",
)
@click.option(
    "--stabilizer",
    type=click.Choice(["Mg", "Li", "none"]),
    default="Mg",
    show_default=True,
    help="What replaces Al inside the spinel blocks.",
)
@click.option(
    "--stabilizer-content",
    type=float,
    metavar="X",
    help="Stabiliser atoms per formula unit [default: 2/3 Mg or 1/3 Li].",
)
@click.option(
    "--sodium",
    type=float,
    metavar="X",
    help="Na atoms per formula unit [default: what balances the charge].",
)
@click.option(
    "--ordering",
    type=click.Choice(["electrostatic", "random"]),
    default="electrostatic",
    show_default=True,
    help="How Na and the stabiliser are placed.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the ordering.")
@file_options
@output_options
def beta_alumina(
    supercell: tuple[int, int, int],
    stabilizer: str,
    stabilizer_content: float | None,
    sodium: float | None,
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
    model = build_beta_alumina(**inputs)  # type: ignore[arg-type]
    finish(model.atoms, output, force=force, dry_run=dry_run)
    emit(
        "build.beta-alumina",
        {**inputs, "output": output},
        model,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )
