"""``ionsmith build interface``."""

from typing import Any

import click

from ionsmith.cli.common import Command, emit, file_options, output_options, progress, seed_option
from ionsmith.cli.picture_file import ready_picture
from ionsmith.cli.potential import POTENTIALS, energy_function
from ionsmith.cli.relationship import read_relationship, relationship_options
from ionsmith.cli.values import numbers

PRESETS = ("nvp-nh4vo3", "nvp-nah2po4", "nvp-nzsp")
# What a preset says where the user says nothing, by the name of the option.
FROM_PRESET = (
    "planes",
    "directions",
    "contact",
    "max_area",
    "max_strain",
    "substrate_share",
    "within",
)


@click.command(
    cls=Command,
    epilog="Example: ionsmith build interface --preset nvp-nh4vo3 -o interface.extxyz",
)
@click.argument("substrate", required=False)
@click.argument("film", required=False)
@click.option(
    "--preset",
    "preset_name",
    type=click.Choice(PRESETS),
    help="A published relationship with its crystals; other options win over it.",
)
@relationship_options
@click.option(
    "--contact",
    metavar="(hkl)[||(hkl)]",
    help="Planes in contact; of the substrate's alone the film's is found "
    "[default: the parallel planes].",
)
@click.option(
    "--max-area", type=click.FloatRange(0, min_open=True), metavar="Å²",
    help="Largest area of the common cell [default: 400].",
)  # fmt: skip
@click.option(
    "--max-strain", type=click.FloatRange(0), help="Largest strain of either side [default: 0.05]."
)
@click.option(
    "--substrate-share",
    type=click.FloatRange(0, 1),
    help="Part of the strain that the substrate takes [default: 0].",
)
@click.option(
    "--within",
    type=click.FloatRange(0, 180),
    metavar="°",
    help="How far a match may be off the relationship [default: 2].",
)
@click.option(
    "--match",
    "number",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Which match to build, by rank.",
)
@click.option(
    "--substrate-thickness", metavar="Å|'N planes'", help="Of the substrate [default: 12]."
)
@click.option("--film-thickness", metavar="Å|'N planes'", help="Of the film [default: 12].")
@click.option("--substrate-termination", type=int, metavar="N", help="Cut in contact, by number.")
@click.option("--film-termination", type=int, metavar="N", help="The same of the film.")
@click.option("--list-terminations", is_flag=True, help="List the cuts of both sides, no more.")
@click.option("--symmetric", is_flag=True, help="Give each slab two equivalent faces.")
@click.option(
    "--groups",
    metavar="P,Si,...|none",
    help="Centres of molecular groups that stay whole [default: all that are known].",
)
@click.option(
    "--order",
    type=click.Choice(["electrostatic", "random"]),
    help="Order partial occupancies in the slab [default: presets do, by electrostatics].",
)
@click.option("--mirror-film", is_flag=True, help="Take the mirror image of the film.")
@click.option("--gap", type=float, metavar="Å", help="Substrate to film [default: they touch].")
@click.option(
    "--shift",
    type=numbers("1.2,0", 2),
    metavar="X,Y",
    help="Shift of the film in Å [default: scanned].",
)
@click.option(
    "--grid",
    type=float,
    default=0.5,
    show_default=True,
    metavar="Å",
    help="Distance of the shifts that are scanned.",
)
@click.option(
    "--potential",
    metavar="NAME",
    help=f"Judge the shifts by the energies of {POTENTIALS}, as ase.calculators.emt:EMT.",
)
@click.option(
    "--vacuum",
    type=float,
    default=15.0,
    show_default=True,
    metavar="Å",
    help="0 stacks both slabs periodically.",
)
@click.option(
    "--fixed",
    default="0",
    show_default=True,
    metavar="Å|'N planes'",
    help="Hold the back of the substrate.",
)
@click.option("--picture", metavar="FILE", help="Draw it from the side: FILE.png or FILE.svg.")
@seed_option("Seed of the ordering.")
@file_options
@output_options
def interface(
    substrate: str | None,
    film: str | None,
    preset_name: str | None,
    number: int,
    substrate_thickness: str | None,
    film_thickness: str | None,
    substrate_termination: int | None,
    film_termination: int | None,
    list_terminations: bool,
    symmetric: bool,
    groups: str | None,
    order: str | None,
    mirror_film: bool,
    gap: float | None,
    shift: tuple[float, ...] | None,
    grid: float,
    potential: str | None,
    vacuum: float,
    fixed: str,
    picture: str | None,
    seed: int,
    output: str | None,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
    tolerance: float,
    **given: Any,
) -> None:
    """Interface of a FILM on a SUBSTRATE, from an orientation relationship or a match.

    SUBSTRATE and FILM are lib:NAME or a file. The relationship (--planes and --directions) says
    how the film lies, --contact where the two touch: along the parallel planes, or along any other
    plane. The best cell that both share there is built. Without a relationship the twist is free,
    and both planes in contact are needed.
    """
    from ionsmith.bonding.molecular_groups import CENTRES
    from ionsmith.builders.interface import MatchedPair, Ordering, preset
    from ionsmith.cli.structure_file import finish, ready
    from ionsmith.crystals.conversion import read_lattice, read_phase
    from ionsmith.pictures.interface import save_interface
    from ionsmith.surfaces.coincidence import Limits
    from ionsmith.surfaces.contact_planes import contact_planes
    from ionsmith.surfaces.matches import find_matches

    ready(output, force=force, dry_run=dry_run or list_terminations)
    ready_picture(picture, force=force)
    ready_made = None if preset_name is None else preset(preset_name)
    if ready_made is not None:
        rotated = any(given[name] is not None for name in ("euler", "quaternion", "matrix"))
        for name in FROM_PRESET:
            if given[name] is None and not (rotated and name in ("planes", "directions")):
                given[name] = getattr(ready_made, name)
        substrate = substrate or f"lib:{ready_made.substrate}"
        film = film or f"lib:{ready_made.film}"
        substrate_thickness = substrate_thickness or ready_made.thickness[0]
        film_thickness = film_thickness or ready_made.thickness[1]
        order = order or "electrostatic"
    if substrate is None or film is None:
        raise click.UsageError("name SUBSTRATE and FILM, or a --preset")
    phases = read_phase(substrate), read_phase(film)
    crystals = read_lattice(phases[0]), read_lattice(phases[1])
    contact, within = given.pop("contact"), given.pop("within")
    strains = {name: given.pop(name) for name in ("max_area", "max_strain", "substrate_share")}
    limits = Limits(**{name: value for name, value in strains.items() if value is not None})
    inputs: dict[str, Any] = {"substrate": substrate, "film": film, "preset": preset_name}
    orientation = None
    if any(value is not None for value in given.values()):
        orientation = read_relationship(crystals, inputs, tolerance=tolerance, **given)
    within = 2.0 if within is None else within
    planes = contact_planes(orientation, contact, within)
    matches = find_matches(
        *crystals, limits, planes=planes, orientation=orientation, tolerance=within, keep=number
    )
    if number > len(matches.matches):
        raise click.UsageError(f"--match {number}: there are {matches.count} matches")
    match = matches.matches[number - 1]
    centres = CENTRES if groups is None else _names(groups)
    thickness = (substrate_thickness or "12", film_thickness or "12")
    inputs |= {
        "contact": [str(plane) for plane in planes],
        "max_area": limits.max_area,
        "max_strain": limits.max_strain,
        "substrate_share": limits.substrate_share,
        "within": within,
        "match": number,
        "thickness": thickness,
        "groups": list(centres),
        "ordering": order,
        "mirror_film": mirror_film,
        "seed": seed,
    }
    with progress("ordering") as report:
        ordering = None if order is None else Ordering(order, seed, report)  # type: ignore[arg-type]
        pair = MatchedPair(*phases, match, thickness, centres, ordering, mirror_film)
        if list_terminations:
            emit(
                "build.interface.terminations",
                inputs,
                pair.terminations(),
                output_format=output_format,
                as_json=as_json,
            )
            return
        options: dict[str, Any] = {
            "terminations": (substrate_termination, film_termination),
            "symmetric": symmetric,
            "gap": gap,
            "shift": shift,
            "grid": grid,
            "vacuum": vacuum,
            "fixed": fixed,
        }
        result = pair.build(
            orientation=orientation,
            **options,
            energy=None if potential is None else energy_function(potential),
            notes=() if ready_made is None else (ready_made.note,),
        )
    if picture is not None and not dry_run:
        save_interface(picture, result)
    finish(result.atoms, output, force=force, dry_run=dry_run)
    inputs |= options | {"potential": potential, "picture": picture, "output": output}
    emit(
        "build.interface",
        inputs,
        result,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )


def _names(text: str) -> tuple[str, ...]:
    return () if text.strip() == "none" else tuple(text.replace(",", " ").split())
