"""``ionsmith view``."""

from pathlib import PurePath
from typing import Annotated

import click

from ionsmith.analyzers.coordination import compare
from ionsmith.analyzers.haadf import simulate_haadf
from ionsmith.analyzers.powder import Shape, mix, powder_pattern
from ionsmith.analyzers.spots import spot_pattern
from ionsmith.cli.framework import (
    Force,
    argument,
    command,
    command_line,
    option,
)
from ionsmith.cli.framework.criterion import SHAPES, CriterionOptions
from ionsmith.crystals.files import check_target, write_text
from ionsmith.lattice.miller import Direction, parse_direction
from ionsmith.page import PageStructure, check_page, render_page, render_results


@command(example="view lib:nafepo4 --powder -o nafepo4.html", prints=False)
def view_command(
    structures: Annotated[tuple[str, ...], argument(metavar="STRUCTURE...")],
    *,
    bonds: CriterionOptions,
    shapes: Annotated[bool, option(SHAPES)] = False,
    powder: Annotated[bool, option("Add the powder pattern, for Cu Kα.")] = False,
    spots: Annotated[
        tuple[Direction, ...],
        option(
            "Add the spot pattern along this zone axis (may be repeated).",
            type=parse_direction,
            multiple=True,
            metavar="[u,v,w]",
        ),
    ] = (),
    haadf: Annotated[
        tuple[Direction, ...],
        option(
            "Add the HAADF image along this zone axis, by projection (may be repeated).",
            type=parse_direction,
            multiple=True,
            metavar="[u,v,w]",
        ),
    ] = (),
    output: Annotated[str, option("File of the page.", "-o", "--output", metavar="FILE.html")],
    force: Annotated[Force, "Replace an existing page."] = False,
) -> None:
    """Make one HTML file that shows STRUCTUREs in 3D, with tables, pictures and provenance.

    STRUCTURE is lib:NAME or a file. Two are compared: the changes are listed, and the atoms that
    changed are marked. The page opens in any browser and needs no network.
    """
    if output != "-" and PurePath(output).suffix.lower() not in (".html", ".htm"):
        raise click.UsageError(f"-o {output}: a page ends in .html")
    check_target(output, force=force)
    check_page(len(structures))
    criterion = bonds.chosen()
    shown = [PageStructure.of(x, _title(x), criterion, shapes=shapes) for x in structures]
    comparison = None
    if len(shown) == 2:
        comparison = compare(shown[0].atoms, shown[1].atoms, criterion=criterion, shapes=shapes)
    sections = []
    if powder:
        patterns = [(_title(source), powder_pattern(source)) for source in structures]
        captioned = [(f"{name}, {one.setup.beam.name}", mix([one])) for name, one in patterns]
        sections.append(render_results("Powder pattern", "powder", captioned, shape=Shape()))
    if spots:
        diffracted = [
            (f"{_title(source)}, {zone}", spot_pattern(source, zone))
            for source in structures
            for zone in spots
        ]
        sections.append(render_results("Spot patterns", "spots", diffracted))
    if haadf:
        imaged = [
            (f"{model.name}, {beam}", simulate_haadf(model.atoms, beam))
            for model in shown
            for beam in haadf
        ]
        sections.append(render_results("HAADF-STEM", "haadf", imaged))
    text = render_page(shown, comparison=comparison, sections=sections, command=command_line())
    write_text(output, text, force=force)


def _title(name: str) -> str:
    """Title of a structure in the page: its file, without the folders."""
    return name if name.startswith("lib:") else PurePath(name).name
