"""``ionsmith build crack``."""

import click

from ionsmith.cli.common import Command, emit, file_options, output_options
from ionsmith.cli.picture_file import ready_picture
from ionsmith.cli.values import numbers

WALLS = ["split", "lower", "upper", "out"]
FACES = ["stoichiometric", "whole-polyhedra"]
UNITS = ["fraction", "angstrom"]
SODIUM_PLANES = ["110", "100"]


def _kink(text: str) -> tuple[float, int]:
    """Read PLACE:PLANE, as ``0.25:2``."""
    place, _, plane = text.partition(":")
    try:
        return numbers("0.25", 1)(place)[0], int(plane)
    except (ValueError, click.BadParameter):
        raise click.BadParameter(
            f"a place and a plane such as 0.25:2 were expected, not {text!r}"
        ) from None


@click.command(
    cls=Command,
    epilog="Example: ionsmith build beta-alumina --supercell 6 2 1 --order random -o - | "
    "ionsmith build crack - --plane 1 --kink 0.25:2 --kink 0.75:1 --fill -o crack.extxyz",
)
@click.argument("structure")
@click.option(
    "--plane",
    type=int,
    required=True,
    metavar="P",
    help="Conduction plane that the crack runs or begins in, numbered from 1 at the bottom.",
)
@click.option(
    "--width",
    type=float,
    metavar="Å",
    help="How far the walls are moved apart, of a crack through the whole cell [default: 10].",
)
@click.option(
    "--kink",
    "kinks",
    type=_kink,
    multiple=True,
    metavar="PLACE:PLANE",
    help="Where the crack steps to which plane; once for each kink, in order.",
)
@click.option(
    "--extent",
    type=numbers("0.2,0.8", 2),
    metavar="START,END",
    help="The two tips of a crack that ends in the cell; it is as wide as the blocks taken out.",
)
@click.option(
    "--blocks",
    type=int,
    metavar="N",
    help="Spinel blocks taken out above the plane between two tips [default: 1].",
)
@click.option(
    "--axis",
    type=click.Choice(["a", "b"]),
    default="a",
    show_default=True,
    help="Cell vector that the crack runs along; its front is parallel to the other one.",
)
@click.option(
    "--unit",
    type=click.Choice(UNITS),
    default="fraction",
    show_default=True,
    help="Of places: fractions of the axis, or Å normal to the front.",
)
@click.option(
    "--step-width",
    type=float,
    metavar="Å",
    help="Of the slot through spinel blocks at a kink [default: as wide as the crack].",
)
@click.option(
    "--sodium",
    type=click.Choice(WALLS),
    default="split",
    show_default=True,
    help="Which wall keeps the Na of the plane; out is neither.",
)
@click.option(
    "--bridging-oxygen",
    type=click.Choice(WALLS),
    default="split",
    show_default=True,
    help="Which wall keeps the bridging O of the plane.",
)
@click.option(
    "--faces",
    type=click.Choice(FACES),
    default="stoichiometric",
    show_default=True,
    help="Of fractured blocks; around whole polyhedra they have O in excess.",
)
@click.option(
    "--neutral", is_flag=True, help="Take out Na of the walls, or loose O, to keep the charge."
)
@click.option(
    "--vacuum",
    type=float,
    default=0.0,
    show_default=True,
    metavar="Å",
    help="Opens the last plane as well, so that both sides are free slabs.",
)
@click.option("--fill", is_flag=True, help="Fill the crack with bcc Na.")
@click.option(
    "--sodium-plane",
    type=click.Choice(SODIUM_PLANES),
    default="110",
    show_default=True,
    help="Lattice plane of Na along the conduction planes.",
)
@click.option("--picture", metavar="FILE", help="Draw it along its front: FILE.png or FILE.svg.")
@file_options
@output_options
def crack(
    structure: str,
    plane: int,
    width: float | None,
    kinks: tuple[tuple[float, int], ...],
    extent: tuple[float, float] | None,
    blocks: int | None,
    axis: str,
    unit: str,
    step_width: float | None,
    sodium: str,
    bridging_oxygen: str,
    faces: str,
    neutral: bool,
    vacuum: float,
    fill: bool,
    sodium_plane: str,
    picture: str | None,
    output: str | None,
    force: bool,
    dry_run: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Crack a β''- or β-alumina STRUCTURE along a conduction plane, as in Geng et al. 2023.

    Through the whole cell a crack is opened: what is above it moves away. Between two tips whole
    spinel blocks are taken out. At a kink blocks are fractured and a slot is cut out of them.
    """
    from ionsmith.builders.beta_alumina.crack import open_crack
    from ionsmith.cli.structure_file import finish, ready
    from ionsmith.crystals.files import read_structure

    ready(output, force=force, dry_run=dry_run)
    ready_picture(picture, force=force)
    options = {
        "plane": plane,
        "width": width,
        "kinks": kinks,
        "extent": extent,
        "blocks": blocks,
        "axis": axis,
        "unit": unit,
        "step_width": step_width,
        "sodium": sodium,
        "bridging_oxygen": bridging_oxygen,
        "faces": faces,
        "neutral": neutral,
        "vacuum": vacuum,
        "fill": fill,
        "sodium_plane": sodium_plane,
    }
    result = open_crack(read_structure(structure), **options)  # type: ignore[arg-type]
    finish(result.atoms, output, force=force, dry_run=dry_run)
    if picture is not None and not dry_run:
        from ionsmith.pictures.crack import save_crack

        save_crack(picture, result)
    emit(
        "build.crack",
        {"structure": structure, **options, "picture": picture, "output": output},
        result,
        output_format=output_format,
        as_json=as_json,
        to_stderr=output == "-",
    )
