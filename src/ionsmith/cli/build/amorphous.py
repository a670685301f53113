"""``ionsmith build amorphous``."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ionsmith.cli.common import (
    Command,
    Function,
    emit,
    file_options,
    output_options,
    progress,
    seed_option,
)
from ionsmith.cli.picture_file import ready_picture
from ionsmith.cli.potential import POTENTIALS, make_calculator

if TYPE_CHECKING:
    from ionsmith.builders.amorphous import AmorphousNetwork, AmorphousPacking
    from ionsmith.simulation.melt_quench import MeltQuench

MELTING = "lammps-pedone2006-melt"
"""What melts and quenches by default."""

SCHEDULE = ("melt_temperature", "melt_time", "rate", "final_temperature", "hold_time", "timestep")

OF_METHOD = {
    "network": ("sweeps", "relax_cell", "rings", "checkpoint", "resume"),
    "packing": ("potential", "fmax", "steps"),
    "melt-quench": (
        *("potential", "fmax", "steps", "relax_cell", "checkpoint", "resume", "picture"),
        *SCHEDULE,
    ),
}
"""Options that not all of the methods have."""


def schedule_options(function: Function) -> Function:
    """Add the temperatures and times of a melt and its quench."""
    for option, default, unit, purpose in (
        ("--timestep", 2.0, "fs", "Time step of the dynamics."),
        ("--hold-time", 5.0, "ps", "Time at the final temperature."),
        ("--final-temperature", 300.0, "K", "Where the quench ends."),
        ("--rate", 50.0, "K/ps", "Rate of the quench; 1 K/ps is 10^12 K/s."),
        ("--melt-time", 10.0, "ps", "Time in the melt."),
        ("--melt-temperature", 4000.0, "K", "Temperature of the melt."),
    ):
        function = click.option(
            option, type=float, default=default, show_default=True, metavar=unit, help=purpose
        )(function)
    return function


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
    help="Density [default: of a network as published, of a packing by the volumes of crystals, "
    "of a melt that of the structure it begins from].",
)
@click.option(
    "--sweeps",
    type=click.IntRange(1),
    default=1200,
    show_default=True,
    metavar="N",
    help="Attempted bond switches an atom; more of them narrow the bond angles.",
)
@click.option("--relax-cell", is_flag=True, help="Give the finished model the density it takes.")
@click.option("--rings", is_flag=True, help="Count shortest-path rings (extra rings).")
@click.option(
    "--checkpoint",
    metavar="FILE.npz",
    help="Keep network or melt there as it proceeds, to go on with --resume.",
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint.")
@click.option(
    "--potential",
    metavar="NAME",
    help=f"Relax a packing, or melt, with {POTENTIALS}, as ase.calculators.emt:EMT [default of "
    f"melt-quench: {MELTING}].",
)
@click.option(
    "--fmax",
    type=click.FloatRange(0, min_open=True),
    default=0.05,
    show_default=True,
    metavar="eV/Å",
    help="Largest force of a relaxed packing or glass.",
)
@click.option(
    "--steps",
    type=click.IntRange(1),
    default=500,
    show_default=True,
    metavar="N",
    help="Most steps of its relaxation.",
)
@schedule_options
@click.option(
    "--picture", metavar="FILE", help="Draw temperature and energy of the melt: FILE.png or .svg."
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
    """Amorphous FORMULA: a network of Si or Ge, a packing of any alloy, or a quenched glass.

    A network has four bonds an atom; it is made from random places by bond switching. A packing
    (--method packing) has atoms at random places, pushed apart, and relaxed with a potential.

    A glass (--method melt-quench) is molten and quenched by molecular dynamics and then relaxed.
    FORMULA is a structure (lib:nafepo4 or a file), repeated to about N atoms, or a formula such as
    40FeO·60NaPO3, whose atoms begin at random places. The volume is kept, and a glass takes more
    of it than a crystal: give --density, or --relax-cell. All goes some 10^10 times faster than in
    a crucible, so compare rates.
    """
    from ionsmith.cli.structure_file import finish, ready

    ready(output, force=force, dry_run=dry_run)
    context = click.get_current_context()
    for name in sorted({name for names in OF_METHOD.values() for name in names}):
        owners = [other for other, names in OF_METHOD.items() if name in names]
        given_here = context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
        if given_here and method not in owners:
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} belongs to --method {' and '.join(owners)}")
    held = given["checkpoint"]
    if held and output and Path(held).resolve() == Path(output).resolve():
        raise click.UsageError(f"{output} cannot be the checkpoint too; name another file")
    chosen = {name: given[name] for name in OF_METHOD[method]}
    inputs = {"formula": formula, "method": method, "atoms": n_atoms, "density": density}
    inputs |= {"seed": seed, **chosen, "output": output}
    builders: dict[str, Callable[..., Any]] = {
        "network": _network,
        "packing": _packing,
        "melt-quench": _glass,
    }
    result = builders[method](formula, n_atoms, force=force, density=density, seed=seed, **chosen)
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
    from ionsmith.crystals.files import check_target

    if checkpoint is not None:
        check_target(checkpoint, force=force or options["resume"])
    path = None if checkpoint is None else Path(checkpoint)
    with progress("bond switching") as report:
        return build_network(formula, n_atoms, checkpoint=path, progress=report, **options)


def _packing(
    formula: str, n_atoms: int, *, force: bool, potential: str | None, **options: Any
) -> "AmorphousPacking":
    from ionsmith.builders.amorphous import build_packing

    with progress("relaxing") as report:
        return build_packing(
            formula,
            n_atoms,
            calculator=None if potential is None else make_calculator(potential),
            calculator_name=potential or "",
            progress=report,
            **options,
        )


def _glass(
    formula: str,
    n_atoms: int,
    *,
    force: bool,
    potential: str | None,
    checkpoint: str | None,
    picture: str | None,
    **options: Any,
) -> "MeltQuench":
    from ionsmith.crystals.files import check_target
    from ionsmith.pictures.saving import save_picture
    from ionsmith.potentials import load_potential
    from ionsmith.simulation.melt_quench import Schedule, melt_quench

    ready_picture(picture, force=force)
    if checkpoint is not None:
        check_target(checkpoint, force=force or options["resume"])
    path = None if checkpoint is None else Path(checkpoint)
    schedule = Schedule(**{name: options.pop(name) for name in SCHEDULE})
    found = load_potential(potential or MELTING)
    with progress("melting and quenching") as report:
        result = melt_quench(
            formula, found, n_atoms, schedule=schedule, checkpoint=path, progress=report, **options
        )
    if picture is not None and not click.get_current_context().params["dry_run"]:
        save_picture(picture, result)
    return result
