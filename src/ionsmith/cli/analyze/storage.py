"""``ionsmith analyze storage``."""

from collections.abc import Sequence
from typing import Annotated

import click

from ionsmith.analyzers.storage import (
    Hull,
    Intercalation,
    Per,
    PhaseLike,
    ReviewedStorage,
    Storage,
    calculate_energies,
    convex_hull,
    intercalates,
    intercalation,
    read_energies,
    review,
    storage,
)
from ionsmith.cli.framework import POTENTIALS, PotentialOption, argument, command, option, progress
from ionsmith.crystals.alloy_systems import parse_system
from ionsmith.crystals.alloy_systems import path as phases_of
from ionsmith.crystals.files import CrystalLike
from ionsmith.potentials import load_potential

AS_PUBLISHED = "the energies are those of the crystals as published, not relaxed"


@command(
    example="analyze storage --path Li-Si",
    picture="Draw expansion, volume and voltage",
    kinds={
        "analyze.storage.review": ReviewedStorage,
        "analyze.storage.intercalation": Intercalation,
        "analyze.storage": Storage,
    },
)
def storage_command(
    phases: Annotated[tuple[str, ...], argument(metavar="[PHASE]...")] = (),
    *,
    path: Annotated[
        tuple[str, ...],
        option(
            "Every known phase of a system such as Li-Si, by rising x (may be repeated).",
            metavar="A-M",
        ),
    ] = (),
    table: Annotated[
        bool,
        option("The two tables of Li et al. 2022, their values beside those of the crystals."),
    ] = False,
    reference: Annotated[
        tuple[str, ...],
        option(
            "Phase that capacity and expansion are counted from: an element, such as sn-alpha "
            "[default: the form that is stable at ambient conditions, sn], or a host with less of "
            "its ion, such as fepo4 or graphite.",
            metavar="PHASE",
        ),
    ] = (),
    energies: Annotated[
        str | None,
        option(
            "Energies in eV for convex hull and voltages: .csv of phase, energy and perhaps "
            "method, .json or .toml of phase to energy (and method to its name), structures with "
            "energies that ASE reads, or a folder of finished exports. That of the guest metal "
            "(li, na) is needed.",
            metavar="FILE",
        ),
    ] = None,
    per: Annotated[Per, option("What the energies of a table are counted for.")] = "atom",
    potential: Annotated[
        PotentialOption | None,
        f"Take energies from {POTENTIALS}, as ase.calculators.lj:LennardJones.",
    ] = None,
    voltage: Annotated[
        float | None,
        option("Mean voltage of a host against the metal, for its energy.", metavar="V"),
    ] = None,
) -> Storage | Intercalation:
    """Capacity, volume and expansion of phases that store Li or Na.

    PHASE is a name or formula of the library, such as li15si4, or a structure file. Of alloys, with
    energies, also the convex hull and the voltage. Of a host that takes up ions (lifepo4
    --reference fepo4; LiC6 --reference graphite), with a voltage or a potential, also the energy.
    """
    if table and (phases or path or reference or energies or potential or voltage is not None):
        raise click.UsageError("--table has phases and references of its own, and no energies")
    if not (table or phases or path):
        raise click.UsageError("name at least one PHASE, a system with --path, or --table")
    if energies is not None and potential is not None:
        raise click.UsageError("give --energies or --potential, not both")
    if per != "atom" and energies is None:
        raise click.UsageError("--per belongs to --energies, and none are given")
    if table:
        return review()
    if phases and not path and any(map(intercalates, phases)):
        return _intercalation(phases, reference, energies, potential, voltage)
    if voltage is not None:
        raise click.UsageError("--voltage is for hosts that take up ions; alloys take --energies")
    chosen: list[CrystalLike] = [*phases]
    chosen += (crystal for system in path for crystal in phases_of(parse_system(system)))
    return storage(
        chosen,
        reference,
        _hull(chosen, energies, per, potential),
        [AS_PUBLISHED] if potential else [],
    )


def _intercalation(
    phases: Sequence[str],
    reference: Sequence[str],
    energies: str | None,
    potential: str | None,
    voltage: float | None,
) -> Intercalation:
    """Storage in a host that takes up ions."""
    params = click.get_current_context().params
    if params.get("output"):
        raise click.UsageError("there is no picture of a host that takes up ions; leave -o out")
    if len(reference) > 1:
        raise click.UsageError(f"a host has one --reference, {len(reference)} are given")
    if energies is not None:
        raise click.UsageError("--energies is for alloys; a host takes --voltage or --potential")
    if voltage is not None and potential is not None:
        raise click.UsageError("give --voltage or --potential, not both")
    loaded = None if potential is None else load_potential(potential)
    with progress("energies") as report:
        return intercalation(
            phases,
            reference[0] if reference else None,
            voltage=voltage,
            potential=loaded,
            progress=report,
        )


def _hull(
    phases: Sequence[PhaseLike], energies: str | None, per: Per, potential: str | None
) -> Hull | None:
    """Convex hull from a file of energies or from a potential; None without either."""
    if energies is not None:
        return convex_hull(phases, read_energies(energies, phases, per))
    if potential is None:
        return None
    loaded = load_potential(potential)
    with progress("energies") as report:
        return convex_hull(phases, calculate_energies(phases, loaded, report))
