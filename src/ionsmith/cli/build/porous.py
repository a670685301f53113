"""``ionsmith build porous``."""

import click

from ionsmith.cli.common import (
    Command,
    emit,
    file_options,
    output_options,
    seed_option,
    supercell_option,
)

KINDS = ["columns", "spheres", "random-spheres", "gyroid", "levelled-wave"]
PLACES = ["surface", "pore", "wall"]


@click.command(
    cls=Command,
    epilog=(
        "Example: ionsmith build porous lib:ge --porosity 18.05 --zone [001] --ions 4 "
        "-o porous-ge.extxyz"
    ),
)
@click.argument("crystal")
@click.option("--porosity", type=float, required=True, metavar="PERCENT", help="Of the cell.")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="columns",
    show_default=True,
    help="Shape of the pores; the last two are bicontinuous.",
)
@click.option("--zone", metavar="[uvw]", help="Direction of columns [default: [001]].")
@supercell_option(
    "Repeats; for columns, of a cell with its third vector along them [default: 16 Å wide across "
    "columns, 30 Å for other shapes].",
    default=None,
)
@click.option(
    "--pores",
    type=int,
    nargs=3,
    default=(1, 1, 1),
    show_default=True,
    metavar="NA NB NC",
    help="Pores, or periods of the gyroid, along the edges of the supercell.",
)
@click.option(
    "--centre",
    type=float,
    nargs=3,
    metavar="X Y Z",
    help="Of a pore, in fractions of one cell [default: the first atom].",
)
@click.option(
    "--wavelength",
    type=click.FloatRange(0, min_open=True),
    metavar="Å",
    help="Of a levelled wave [default: a third of the least width of the supercell].",
)
@seed_option("Of random spheres and levelled waves.")
@click.option("--remove-pieces", is_flag=True, help="Take out pieces that the pores cut off.")
@click.option("--bare", is_flag=True, help="Leave dangling bonds open, without H.")
@click.option(
    "--ion", type=click.Choice(["Li", "Na"]), default="Li", show_default=True, help="Which ions."
)
@click.option("--ions", type=click.IntRange(0), default=0, show_default=True, help="How many ions.")
@click.option(
    "--place",
    type=click.Choice(PLACES),
    default="surface",
    show_default=True,
    help="Where ions go: on dangling bonds instead of H, into pores, or into holes of the wall.",
)
@file_options
@output_options
def porous(
    crystal: str,
    porosity: float,
    kind: str,
    zone: str | None,
    supercell: tuple[int, int, int] | None,
    pores: tuple[int, int, int],
    centre: tuple[float, float, float] | None,
    wavelength: float | None,
    seed: int,
    remove_pieces: bool,
    bare: bool,
    ion: str,
    ions: int,
    place: str,
    output: str | None,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Porous model of a CRYSTAL, its walls closed with H, Li or Na on them.

    CRYSTAL is lib:NAME, a file or - (standard input). Whole shells of atoms are taken out until the
    porosity is met, then atoms that kept less than half of their bonds.
    """
    from ionsmith.builders.porous import build_porous
    from ionsmith.cli.structure_file import finish, ready
    from ionsmith.crystals.files import read_structure
    from ionsmith.lattice.miller import parse_direction

    ready(output, force=force, dry_run=dry_run)
    model = build_porous(
        read_structure(crystal),
        porosity,
        kind=kind,  # type: ignore[arg-type]
        zone=None if zone is None else parse_direction(zone),
        supercell=supercell,
        pores=pores,
        centre=centre,
        wavelength=wavelength,
        seed=seed,
        remove_pieces=remove_pieces,
        passivate=not bare,
        ion=ion,  # type: ignore[arg-type]
        ions=ions,
        place=place,  # type: ignore[arg-type]
    )
    finish(model.atoms, output, force=force, dry_run=dry_run)
    emit(
        "build.porous",
        {
            "crystal": crystal,
            "porosity": porosity,
            "kind": kind,
            "zone": zone,
            "supercell": supercell,
            "pores": pores,
            "centre": centre,
            "wavelength": wavelength,
            "seed": seed,
            "remove_pieces": remove_pieces,
            "bare": bare,
            "ion": ion,
            "ions": ions,
            "place": place,
            "output": output,
        },
        model,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )
