"""``ionsmith build amorphous``."""

from pathlib import Path
from typing import Any

import click

from ionsmith.cli.common import (
    Command,
    emit,
    file_options,
    output_options,
    progress,
    seed_option,
)

OF_NETWORK = ("sweeps", "relax_cell", "rings", "checkpoint", "resume")


@click.command(
    cls=Command,
    epilog="Example: ionsmith build amorphous si --method network --atoms 64 --sweeps 20 "
    "-o a-si.extxyz",
)
@click.argument("formula")
@click.option(
    "--method",
    type=click.Choice(["network"]),
    default="network",
    show_default=True,
    help="How the atoms are placed.",
)
@click.option(
    "--atoms",
    "n_atoms",
    type=click.IntRange(2),
    default=1000,
    show_default=True,
    metavar="N",
    help="Number of atoms.",
)
@click.option(
    "--density",
    type=click.FloatRange(0, min_open=True),
    metavar="g/cm³",
    help="Density [default: as published for the amorphous element].",
)
@click.option(
    "--sweeps",
    type=click.IntRange(1),
    default=1200,
    show_default=True,
    metavar="N",
    help="Attempted bond switches an atom; more of them narrow the bond angles.",
)
@click.option("--relax-cell", is_flag=True, help="Give the finished network the density it takes.")
@click.option("--rings", is_flag=True, help="Count shortest-path rings (extra rings).")
@click.option(
    "--checkpoint",
    metavar="FILE.npz",
    help="Keep the network there after each sweep, to go on with --resume.",
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint.")
@seed_option("Seed of the model; the same one gives the same bytes.")
@file_options
@output_options
def amorphous(
    formula: str,
    method: str,
    n_atoms: int,
    density: float | None,
    seed: int,
    output: str | None,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Amorphous FORMULA: a continuous random network of Si or Ge.

    A network has four bonds an atom; it is made from random places by bond switching.
    """
    from ionsmith.builders.amorphous import build_network
    from ionsmith.cli.structure_file import finish, ready
    from ionsmith.files import check_target

    ready(output, force=force, dry_run=dry_run)
    inputs = {"formula": formula, "method": method, "atoms": n_atoms, "density": density}
    inputs |= {"seed": seed, **given}
    checkpoint = given.pop("checkpoint")
    if checkpoint is not None:
        check_target(checkpoint, force=force or given["resume"])
    with progress("bond switching") as report:
        result = build_network(
            formula,
            n_atoms,
            density=density,
            seed=seed,
            checkpoint=None if checkpoint is None else Path(checkpoint),
            progress=report,
            **given,
        )
    finish(result.atoms, output, force=force, dry_run=dry_run)
    emit(
        "build.amorphous.network",
        {**inputs, "output": output},
        result,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )
