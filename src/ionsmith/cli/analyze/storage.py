"""``ionsmith analyze storage``."""

from typing import TYPE_CHECKING, Any, Literal

import click

from ionsmith.cli.common import Command, emit, output_options, progress
from ionsmith.cli.picture_file import picture_options, ready_picture
from ionsmith.cli.potential import POTENTIALS

if TYPE_CHECKING:
    from ionsmith.analyzers.storage import Hull, PhaseLike

AS_PUBLISHED = "the energies are those of the crystals as published, not relaxed"


@click.command(cls=Command, epilog="Example: ionsmith analyze storage --path Li-Si")
@click.argument("phases", nargs=-1, metavar="[PHASE]...")
@click.option(
    "--path", "systems", multiple=True, metavar="A-M",
    help="Every known phase of a system such as Li-Si, by rising x (may be repeated).",
)  # fmt: skip
@click.option(
    "--table",
    is_flag=True,
    help="The two tables of Li et al. 2022, their figures beside those of the crystals.",
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    metavar="PHASE",
    help="Element that expansion is counted from, such as sn-alpha [default: the form that is "
    "stable at ambient conditions, sn].",
)
@click.option(
    "--energies",
    metavar="FILE",
    help="Energies in eV for convex hull and voltages: .csv of phase, energy and perhaps method, "
    ".json or .toml of phase to energy (and method to its name), structures with energies that ASE "
    "reads, or a folder of exports that have run. That of the guest metal (li, na) is needed.",
)
@click.option(
    "--per",
    type=click.Choice(["atom", "formula"]),
    default="atom",
    show_default=True,
    help="What the energies of a table are counted for.",
)
@click.option(
    "--potential",
    metavar="NAME",
    help=f"Take energies from {POTENTIALS}, as ase.calculators.lj:LennardJones.",
)
@picture_options("Draw expansion, volume and voltage")
@output_options
def storage(
    phases: tuple[str, ...],
    systems: tuple[str, ...],
    table: bool,
    references: tuple[str, ...],
    energies: str | None,
    per: Literal["atom", "formula"],
    potential: str | None,
    output: str | None,
    force: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Capacity, volume and expansion of alloy phases that store Li or Na.

    PHASE is a name or formula of the library, such as li15si4, or a structure file. With energies,
    also the convex hull and the voltage.
    """
    from ionsmith.analyzers.storage import Storage, review
    from ionsmith.analyzers.storage import storage as analyze
    from ionsmith.crystals.alloy_systems import parse_system, path
    from ionsmith.pictures.saving import save_picture

    if table and (phases or systems or references or energies or potential):
        raise click.UsageError("--table has phases and references of its own, and no energies")
    if not (table or phases or systems):
        raise click.UsageError("name at least one PHASE, a system with --path, or --table")
    if energies is not None and potential is not None:
        raise click.UsageError("give --energies or --potential, not both")
    if per != "atom" and energies is None:
        raise click.UsageError("--per says what --energies are counted for, and none are given")
    ready_picture(output, force=force)
    result: Storage
    if table:
        result = review()
    else:
        known = [crystal for system in systems for crystal in path(parse_system(system))]
        chosen = [*phases, *known]
        result = analyze(
            chosen,
            references,
            _hull(chosen, energies, per, potential),
            [AS_PUBLISHED] if potential else [],
        )
    if output is not None:
        save_picture(output, result)
    inputs: dict[str, Any] = {
        "phases": phases,
        "path": systems,
        "table": table,
        "reference": references,
        "energies": energies,
        "per": per,
        "potential": potential,
        "output": output,
    }
    emit("analyze.storage", inputs, result, output_format=output_format, as_json=as_json)


def _hull(
    phases: "list[PhaseLike]",
    energies: str | None,
    per: Literal["atom", "formula"],
    potential: str | None,
) -> "Hull | None":
    if energies is None and potential is None:
        return None
    from ionsmith.analyzers.storage import calculate_energies, convex_hull, read_energies

    if energies is not None:
        return convex_hull(phases, read_energies(energies, phases, per))
    assert potential is not None
    from ionsmith.potentials import load_potential

    loaded = load_potential(potential)
    with progress("energies") as report:
        return convex_hull(phases, calculate_energies(phases, loaded, report))
