"""``ionsmith build crack``."""

from typing import Annotated

import click

from ionsmith.builders.beta_alumina.crack import Crack, open_crack
from ionsmith.builders.choices import CrackAxis, Faces, PlaceUnit, SodiumPlane, Wall
from ionsmith.cli.framework import command, numbers, option, refuse_idle


def _kink(text: str) -> tuple[float, int]:
    """Read PLACE:PLANE, as ``0.25:2``."""
    place, _, plane = text.partition(":")
    try:
        return numbers("0.25", 1)(place)[0], int(plane)
    except (ValueError, click.BadParameter):
        raise click.BadParameter(
            f"expected a place and a plane such as 0.25:2, not {text!r}"
        ) from None


@command(
    example="build beta-alumina --supercell 6 2 1 --ordering random -o - | "
    "ionsmith build crack - --plane 1 --kink 0.25:2 --kink 0.75:1 --fill -o crack.extxyz",
    structure=True,
    picture="Draw the crack along its front",
)
def crack_command(
    structure: str,
    *,
    plane: Annotated[
        int,
        option(
            "Conduction plane that the crack runs or begins in, numbered from 1 at the bottom.",
            metavar="P",
        ),
    ],
    width: Annotated[
        float | None,
        option(
            "Opening of a crack through the whole cell [default: 10].",
            metavar="Å",
        ),
    ] = None,
    kinks: Annotated[
        tuple[tuple[float, int], ...],
        option(
            "Where the crack steps to which plane; once for each kink, in order.",
            "--kink",
            type=_kink,
            multiple=True,
            metavar="PLACE:PLANE",
        ),
    ] = (),
    extent: Annotated[
        tuple[float, float] | None,
        option(
            "The two tips of a crack that ends in the cell; its width is that of the blocks "
            "removed.",
            type=numbers("0.2,0.8", 2),
            metavar="START,END",
        ),
    ] = None,
    blocks: Annotated[
        int | None,
        option("Spinel blocks removed above the plane between two tips [default: 1].", metavar="N"),
    ] = None,
    axis: Annotated[
        CrackAxis,
        option("Cell vector that the crack runs along; its front is parallel to the other one."),
    ] = "a",
    unit: Annotated[
        PlaceUnit, option("Unit of places: fractions of the axis, or Å normal to the front.")
    ] = "fraction",
    step_width: Annotated[
        float | None,
        option(
            "Width of the slot through spinel blocks at a kink [default: that of the crack].",
            metavar="Å",
        ),
    ] = None,
    sodium: Annotated[
        Wall, option("Which wall keeps the Na of the plane; out removes it.")
    ] = "split",
    bridging_oxygen: Annotated[
        Wall, option("Which wall keeps the bridging O of the plane.")
    ] = "split",
    faces: Annotated[
        Faces, option("Faces of fractured blocks; whole polyhedra leave O in excess.")
    ] = "stoichiometric",
    neutral: Annotated[
        bool, option("Remove Na of the walls, or loose O, to keep the charge.")
    ] = False,
    vacuum: Annotated[
        float,
        option("Opens the last plane as well, so that both sides are free slabs.", metavar="Å"),
    ] = 0.0,
    fill: Annotated[bool, option("Fill the crack with bcc Na.")] = False,
    sodium_plane: Annotated[
        SodiumPlane | None,
        option("Lattice plane of Na parallel to the conduction planes [default: 110]."),
    ] = None,
) -> Crack:
    """Crack a β''- or β-alumina STRUCTURE along a conduction plane, as in Geng et al. 2023.

    A crack through the whole cell is opened: what lies above it moves away. Between two tips whole
    spinel blocks are removed. At a kink blocks are fractured and a slot is cut out of them.
    """
    if extent is None and not kinks:
        refuse_idle("without --kink or --extent", "unit", "faces")
    return open_crack(
        structure,
        plane,
        width=width,
        kinks=kinks,
        extent=extent,
        blocks=blocks,
        axis=axis,
        unit=unit,
        step_width=step_width,
        sodium=sodium,
        bridging_oxygen=bridging_oxygen,
        faces=faces,
        neutral=neutral,
        vacuum=vacuum,
        fill=fill,
        sodium_plane=sodium_plane,
    )
