"""``ionsmith draw``."""

from typing import Annotated, Any

import click
import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.coordination import compare
from ionsmith.cli.framework import (
    Cells,
    Force,
    argument,
    command,
    numbers,
    option,
    picture_style,
)
from ionsmith.cli.framework.criterion import CriterionOptions
from ionsmith.crystals.files import check_target, names_of
from ionsmith.lattice.indices import IndicesLike, as_indices
from ionsmith.lattice.miller import Direction
from ionsmith.pictures.saving import check_picture, write_picture
from ionsmith.pictures.structures import Colours, Drawing, Labels, draw_structures


def _direction(text: str) -> IndicesLike:
    """Read ``[u,v,w]``, or the normal of ``(h,k,l)``."""
    return as_indices(text, Direction)


def _elements(text: str) -> tuple[str, ...]:
    """Read ``Al,P``, or ``none``."""
    return () if text == "none" else tuple(word.strip() for word in text.split(","))


@command(example='draw lib:nvp --zone "[1,0,0]" -o nvp.pdf', prints=False, styled=True)
def draw_command(
    structures: Annotated[tuple[str, ...], argument(metavar="STRUCTURE...")],
    *,
    zone: Annotated[
        Any,
        option(
            "View from this direction, or from the normal of a plane [default: the shorter of a "
            "and b].",
            type=_direction,
            metavar="[uvw]|(hkl)",
        ),
    ] = None,
    up: Annotated[
        Any,
        option(
            "Direction or normal that points upwards [default: the normal of (001)].",
            type=_direction,
            metavar="[uvw]|(hkl)",
        ),
    ] = None,
    tilt: Annotated[
        Any,
        option(
            "Degrees by which the right side and the top are turned towards the viewer.",
            type=numbers("12,8", 2),
            metavar="R,T",
        ),
    ] = (0.0, 0.0),
    supercell: Cells = (1, 1, 1),
    fill: Annotated[
        float | None,
        option("Fill this width, one period deep, instead of drawing cells.", metavar="Å"),
    ] = None,
    polyhedra: Annotated[
        Any,
        option(
            "Elements with polyhedra, or none [default: all but alkali and alkaline-earth metals].",
            type=_elements,
            metavar="Al,P|none",
        ),
    ] = None,
    labels: Annotated[
        Labels, option("Text at each atom: its element, or its number in the file, from 0.")
    ] = "none",
    colours: Annotated[
        Colours, option("Colours of the elements, or of the parts of a model: core, shell, grain.")
    ] = "element",
    thickness: Annotated[
        float | None,
        option("Draw a slice across the view, through the middle of the first part.", metavar="Å"),
    ] = None,
    fade: Annotated[float, option("How much paler the farthest atom is, 0 to 1.")] = 0.35,
    changes: Annotated[
        bool, option("Compare the first with the second, and ring the atoms that changed.")
    ] = False,
    bonds: CriterionOptions,
    output: Annotated[
        str, option("Picture: FILE.png, .svg or .pdf.", "-o", "--output", metavar="FILE")
    ],
    force: Annotated[Force, "Replace an existing picture."] = False,
) -> None:
    """Draw STRUCTUREs side by side: atoms, bonds, polyhedra, cell, and layers by name.

    STRUCTURE is lib:NAME or a file; positions that are mixed or partly empty are divided. Growth is
    upwards. Of β''-alumina filled to a width, the conduction planes are named.
    """
    check_picture(output)
    check_target(output, force=force)
    style = picture_style()
    criterion = bonds.chosen()
    drawing = Drawing(
        zone,
        up,
        tilt,
        supercell,
        fill,
        polyhedra,
        labels,
        colours,
        thickness,
        fade,
        criterion=criterion,
    )
    shown = dict(zip(names_of(structures), structures, strict=True))
    changed: dict[str, NDArray[np.int64]] = {}
    if changes:
        if len(structures) != 2:
            raise click.UsageError(f"--changes compares two structures, not {len(structures)}")
        atoms = compare(*structures, criterion=criterion).changed_atoms
        for title, side in zip(shown, ("before", "after"), strict=True):
            found = {getattr(atom, side) for atom in atoms} - {None}
            changed[title] = np.array(sorted(found), np.int64)
    with style.applied():
        figure = draw_structures(shown, drawing, changed=changed, width=style.width)
    write_picture(output, figure, style)
