"""``ionsmith view``."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Annotated

from ionsmith.analyzers.coordination import compare, coordination
from ionsmith.analyzers.haadf import simulate_haadf
from ionsmith.analyzers.powder import mix, powder_pattern
from ionsmith.analyzers.scattering import Scatterers
from ionsmith.analyzers.spots import SpotPatterns, spot_pattern
from ionsmith.cli.framework import (
    Force,
    argument,
    command,
    command_line,
    option,
)
from ionsmith.cli.framework.criterion import CriterionOptions
from ionsmith.crystals.files import check_target, read_structure, write_text
from ionsmith.lattice.miller import Direction, parse_direction
from ionsmith.page import Shown, check_page, haadf_section, page, powder_section, spots_section


@command(example="view lib:nafepo4 --powder -o nafepo4.html", prints=False)
def view_command(
    structures: Annotated[tuple[str, ...], argument(metavar="STRUCTURE...")],
    *,
    bonds: CriterionOptions,
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
    check_target(output, force=force)
    check_page(len(structures))
    shown = []
    for name in structures:
        atoms = read_structure(name)
        shown.append(Shown(_title(name), atoms, coordination(atoms, bonds.chosen())))
    comparison = None
    if len(shown) == 2:
        comparison = compare(shown[0].atoms, shown[1].atoms, criterion=bonds.chosen())
    sections = []
    if powder:
        sections.append(
            powder_section([(_title(name), mix([powder_pattern(name)])) for name in structures])
        )
    if spots:
        sections.append(_spots(structures, spots))
    if haadf:
        sections.append(
            haadf_section(
                [
                    (f"{model.name}, {beam}", simulate_haadf(model.atoms, beam))
                    for model in shown
                    for beam in haadf
                ]
            )
        )
    text = page(shown, comparison=comparison, sections=sections, command=command_line())
    write_text(output, text, force=force)


def _title(name: str) -> str:
    """Title of a structure in the page: its file, without the folders."""
    return name if name.startswith("lib:") else PurePath(name).name


def _spots(structures: Sequence[str], zones: Sequence[Direction]) -> str:
    """Section with the spot patterns of every structure along every zone axis."""
    patterns = []
    for name in structures:
        scatterers = Scatterers.of(name)
        for zone in zones:
            pattern = spot_pattern(scatterers, zone)
            patterns.append((f"{_title(name)}, {zone}", SpotPatterns((pattern,))))
    return spots_section(patterns)
