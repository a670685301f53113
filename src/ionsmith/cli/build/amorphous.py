"""``ionsmith build amorphous``."""

from pathlib import Path
from typing import Annotated, Any, Literal

import click

from ionsmith.builders.amorphous import (
    HOSTS,
    AmorphousNetwork,
    AmorphousPacking,
    build_network,
    build_packing,
)
from ionsmith.choices import choices_of
from ionsmith.cli.framework import (
    POTENTIALS,
    PotentialOption,
    Seed,
    command,
    option,
    options,
    progress,
    refuse_idle,
)
from ionsmith.crystals.files import check_target
from ionsmith.potentials import load_potential
from ionsmith.simulation.melt_quench import (
    MeltQuench,
    MeltQuenchPlan,
    Schedule,
    melt_quench,
    plan_melt_quench,
)

MELTING = "lammps-pedone2006-melt"
"""Potential of a melt by default."""

Method = Literal["network", "packing", "melt-quench"]

SCHEDULE = {
    "melt_temperature": option("Temperature of the melt.", metavar="K"),
    "melt_time": option("Time in the melt.", metavar="ps"),
    "rate": option("Rate of the quench; 1 K/ps is 10^12 K/s.", metavar="K/ps"),
    "final_temperature": option("Temperature at which the quench ends.", metavar="K"),
    "hold_time": option("Time at the final temperature.", metavar="ps"),
    "timestep": option("Time step of the dynamics.", metavar="fs"),
}

OF_METHOD = {
    "network": ("sweeps", "relax_cell", "rings", "checkpoint", "resume"),
    "packing": ("potential", "fmax", "steps"),
    "melt-quench": (
        *("potential", "fmax", "steps", "relax_cell", "checkpoint", "resume", "picture"),
        *SCHEDULE,
    ),
}
"""Options that not all of the methods have."""


@command(
    example="build amorphous si --method network --atoms 64 --sweeps 20 -o a-si.extxyz",
    structure=True,
    picture="Draw temperature and energy of the melt",
    kinds={
        "build.amorphous.network": AmorphousNetwork,
        "build.amorphous.packing": AmorphousPacking,
        "build.amorphous.melt-quench": MeltQuench,
        "build.amorphous.melt-quench.plan": MeltQuenchPlan,
    },
)
def amorphous_command(
    formula: str,
    *,
    method: Annotated[Method, option("How the atoms are placed.")] = "network",
    n_atoms: Annotated[
        int, option("Number of atoms.", "--atoms", type=click.IntRange(2), metavar="N")
    ] = 1000,
    density: Annotated[
        float | None,
        option(
            "Density [default: of a network as published, of a packing from the volumes of "
            "crystals, of a melt that of the initial structure].",
            type=click.FloatRange(0, min_open=True),
            metavar="g/cm³",
        ),
    ] = None,
    sweeps: Annotated[
        int,
        option(
            "Attempted bond switches per atom; more of them narrow the bond angles.",
            type=click.IntRange(1),
            metavar="N",
        ),
    ] = 1200,
    relax_cell: Annotated[bool, option("Relax the density of the finished model.")] = False,
    rings: Annotated[bool, option("Count shortest-path rings (extra rings).")] = False,
    checkpoint: Annotated[
        str | None,
        option(
            "Save the state of a network or melt in this file, to resume it with --resume.",
            metavar="FILE",
        ),
    ] = None,
    resume: Annotated[bool, option("Resume from the checkpoint.")] = False,
    potential: Annotated[
        PotentialOption | None,
        f"Relax a packing, or melt, with {POTENTIALS}, as ase.calculators.emt:EMT [default of "
        f"melt-quench: {MELTING}].",
    ] = None,
    fmax: Annotated[
        float,
        option(
            "Largest force of a relaxed packing or glass.",
            type=click.FloatRange(0, min_open=True),
            metavar="eV/Å",
        ),
    ] = 0.05,
    steps: Annotated[
        int, option("Most steps of its relaxation.", type=click.IntRange(1), metavar="N")
    ] = 500,
    schedule: Annotated[Schedule, options(**SCHEDULE)],
    seed: Annotated[Seed, "Seed of the model; the same one gives the same bytes."] = 0,
    output: str | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> AmorphousNetwork | AmorphousPacking | MeltQuench | MeltQuenchPlan:
    """Amorphous FORMULA: a network of Si or Ge, a packing of any alloy, or a quenched glass.

    A network has four bonds per atom; it is made from random positions by bond switching. A
    packing (--method packing) has atoms at random positions, pushed apart, and relaxed with a
    potential.

    A glass (--method melt-quench) is melted and quenched by molecular dynamics and then relaxed.
    FORMULA is a structure (lib:nafepo4 or a file), repeated to about N atoms, or a formula such as
    40FeO·60NaPO3, whose atoms begin at random positions. The volume is kept, and a glass takes
    more of it than a crystal: give --density, or --relax-cell. Everything runs some 10^10 times
    faster than in a crucible, so compare rates. Its --dry-run computes nothing.
    """
    _check_options(method)
    if checkpoint is not None:
        if output and Path(checkpoint).resolve() == Path(output).resolve():
            raise click.UsageError(f"{output} cannot be the checkpoint too; name another file")
        check_target(checkpoint, force=force or resume)
    held: dict[str, Any] = {
        "checkpoint": checkpoint,
        "resume": resume,
        "relax_cell": relax_cell,
    }
    model: dict[str, Any] = {"density": density, "seed": seed}
    if method == "network":
        element = formula.capitalize()
        if element not in HOSTS:
            raise click.UsageError(
                f"{formula}: a network is made of {' or '.join(HOSTS)}; other compositions need "
                "--method packing or melt-quench"
            )
        with progress("bond switching") as report:
            return build_network(
                element, n_atoms, sweeps=sweeps, rings=rings, progress=report, **held, **model
            )
    if method == "packing":
        if potential is None:
            refuse_idle("without --potential", "fmax", "steps")
        with progress("relaxing") as report:
            return build_packing(
                formula,
                n_atoms,
                potential=potential,
                fmax=fmax,
                steps=steps,
                progress=report,
                **model,
            )
    loaded = load_potential(potential or MELTING)
    if dry_run:
        return plan_melt_quench(formula, loaded, n_atoms, density=density, schedule=schedule)
    with progress("melting and quenching") as report:
        return melt_quench(
            formula,
            loaded,
            n_atoms,
            schedule=schedule,
            fmax=fmax,
            steps=steps,
            progress=report,
            **held,
            **model,
        )


def _check_options(method: Method) -> None:
    """Refuse options that belong to another method."""
    ctx = click.get_current_context()
    for name in sorted({name for names in OF_METHOD.values() for name in names}):
        owners = [other for other in choices_of(Method) if name in OF_METHOD[other]]
        given = ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
        if given and method not in owners:
            flag = name.replace("_", "-")
            raise click.UsageError(f"--{flag} belongs to --method {' and '.join(owners)}")
