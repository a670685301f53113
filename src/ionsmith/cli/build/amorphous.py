"""``ionsmith build amorphous``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ionsmith.cli.common import (
    Command,
    emit,
    file_options,
    output_options,
    progress,
    seed_option,
)
from ionsmith.cli.potential import POTENTIALS, make_calculator

if TYPE_CHECKING:
    from ionsmith.builders.amorphous_result import AmorphousNetwork, AmorphousPacking

OF_METHOD = {
    "network": ("sweeps", "relax_cell", "rings", "checkpoint", "resume"),
    "packing": ("potential", "fmax", "steps"),
}
"""Options that only one of the methods has."""


@click.command(
    cls=Command,
    epilog="Example: ionsmith build amorphous si --method network --atoms 64 --sweeps 20 "
    "-o a-si.extxyz",
)
@click.argument("formula")
@click.option(
    "--method",
    type=click.Choice(list(OF_METHOD)),
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
    help="Density [default: of a network as published, of a packing by the volumes of crystals].",
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
@click.option(
    "--potential",
    metavar="NAME",
    help=f"Relax a packing with {POTENTIALS}, as ase.calculators.emt:EMT.",
)
@click.option(
    "--fmax",
    type=click.FloatRange(0, min_open=True),
    default=0.05,
    show_default=True,
    metavar="eV/Å",
    help="Largest force of a relaxed packing.",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    metavar="N",
    help="Most steps of its relaxation.",
)
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
    """Amorphous FORMULA: a continuous random network of Si or Ge, or a packing of any alloy.

    A network has four bonds an atom; it is made from random places by bond switching. A packing
    (--method packing) has atoms at random places, pushed apart, and relaxed with a potential.
    """
    from ionsmith.cli.structure_file import finish, ready

    ready(output, force=force, dry_run=dry_run)
    context = click.get_current_context()
    for other, names in OF_METHOD.items():
        for name in names if other != method else ():
            if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
                option = name.replace("_", "-")
                raise click.UsageError(f"--{option} belongs to --method {other}")
    chosen = {name: given[name] for name in OF_METHOD[method]}
    inputs = {"formula": formula, "method": method, "atoms": n_atoms, "density": density}
    inputs |= {"seed": seed, **chosen, "output": output}
    build = _network if method == "network" else _packing
    result = build(formula, n_atoms, force=force, density=density, seed=seed, **chosen)
    finish(result.atoms, output, force=force, dry_run=dry_run)
    emit(
        f"build.amorphous.{method}",
        inputs,
        result,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )


def _network(
    formula: str, n_atoms: int, *, force: bool, checkpoint: str | None, **options: Any
) -> "AmorphousNetwork":
    from ionsmith.builders.amorphous import build_network
    from ionsmith.files import check_target

    if checkpoint is not None:
        check_target(checkpoint, force=force or options["resume"])
    path = None if checkpoint is None else Path(checkpoint)
    with progress("bond switching") as report:
        return build_network(formula, n_atoms, checkpoint=path, progress=report, **options)


def _packing(
    formula: str, n_atoms: int, *, force: bool, potential: str | None, **options: Any
) -> "AmorphousPacking":
    from ionsmith.builders.packing import build_packing

    with progress("relaxing") as report:
        return build_packing(
            formula,
            n_atoms,
            calculator=None if potential is None else make_calculator(potential),
            calculator_name=potential or "",
            progress=report,
            **options,
        )
