"""``ionsmith view``."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from ionsmith.cli.analyze.criterion import criterion_options, read_criterion
from ionsmith.cli.common import Command, command_line, config_option

if TYPE_CHECKING:
    from ionsmith.lattice.miller import Direction
    from ionsmith.page import Shown


@click.command(cls=Command, epilog="Example: ionsmith view lib:nafepo4 --powder -o nafepo4.html")
@click.argument("structures", metavar="STRUCTURE...", nargs=-1, required=True)
@criterion_options
@click.option("--powder", is_flag=True, help="Add the powder pattern, for Cu Kα.")
@click.option(
    "--spots",
    multiple=True,
    metavar="[u,v,w]",
    help="Add the spot pattern along this zone (may be repeated).",
)
@click.option(
    "--haadf",
    multiple=True,
    metavar="[u,v,w]",
    help="Add the HAADF image along this zone, by projection (may be repeated).",
)
@click.option("-o", "--output", required=True, metavar="FILE.html", help="Where the page goes.")
@click.option("--force", is_flag=True, help="Replace an existing page.")
@config_option
def view(
    structures: tuple[str, ...],
    criterion: str,
    cutoff: tuple[str, ...],
    powder: bool,
    spots: tuple[str, ...],
    haadf: tuple[str, ...],
    output: str,
    force: bool,
) -> None:
    """Make one HTML file that shows STRUCTUREs in 3D, with tables, pictures and provenance.

    STRUCTURE is lib:NAME or a file. Two are compared: what changed is listed, and the atoms that
    changed are marked. The page opens in any browser and needs no network.
    """
    from ionsmith.analyzers.coordination import compare, coordination
    from ionsmith.crystals.files import check_target, read_structure, write_text
    from ionsmith.lattice.miller import parse_direction
    from ionsmith.page import Shown, check_page, page

    chosen = read_criterion(criterion, cutoff)
    zones = [parse_direction(text) for text in spots]
    beams = [parse_direction(text) for text in haadf]
    check_target(output, force=force)
    check_page(len(structures))
    shown = []
    for name in structures:
        atoms = read_structure(name)
        shown.append(Shown(_title(name), atoms, coordination(atoms, chosen)))
    comparison = None
    if len(shown) == 2:
        comparison = compare(shown[0].atoms, shown[1].atoms, criterion=chosen)
    sections = []
    if powder:
        sections.append(_powder(structures))
    if zones:
        sections.append(_spots(structures, zones))
    if beams:
        sections.append(_haadf(shown, beams))
    text = page(shown, comparison=comparison, sections=sections, command=command_line())
    write_text(output, text, force=force)


def _title(name: str) -> str:
    """What a structure is called in the page: its file, without the folders."""
    return name if name.startswith("lib:") else PurePath(name).name


def _powder(structures: Sequence[str]) -> str:
    from ionsmith.analyzers.powder import mix, powder_pattern
    from ionsmith.page import powder_section

    return powder_section([(_title(name), mix([powder_pattern(name)])) for name in structures])


def _spots(structures: Sequence[str], zones: "Sequence[Direction]") -> str:
    from ionsmith.analyzers.scattering import Scatterers
    from ionsmith.analyzers.spots import SpotPatterns, spot_pattern
    from ionsmith.page import spots_section

    found = []
    for name in structures:
        scatterers = Scatterers.of(name)
        for zone in zones:
            pattern = spot_pattern(scatterers, zone)
            found.append((f"{_title(name)}, {zone}", SpotPatterns((pattern,))))
    return spots_section(found)


def _haadf(shown: "Sequence[Shown]", beams: "Sequence[Direction]") -> str:
    from ionsmith.analyzers.haadf import simulate_haadf
    from ionsmith.page import haadf_section

    return haadf_section(
        [
            (f"{one.name}, {beam}", simulate_haadf(one.atoms, beam))
            for one in shown
            for beam in beams
        ]
    )
