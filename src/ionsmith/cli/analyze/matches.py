"""``ionsmith analyze matches``."""

import json
from pathlib import Path
from typing import Annotated, Any

import click
import numpy as np

from ionsmith.cli.framework import (
    Symprec,
    command,
    numbers,
    option,
    options,
    picture_style,
    refuse_idle,
)
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import reason_of
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.pictures.saving import save_picture
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import Matches, RankBy, find_matches
from ionsmith.surfaces.strain import elastic_matrix

LIMITS = {
    "max_area": option(
        "Largest area of either cell.", type=click.FloatRange(0, min_open=True), metavar="Å²"
    ),
    "max_strain": option("Largest principal strain of either side.", type=click.FloatRange(0)),
    "max_shear": option("Largest difference of the principal strains.", type=click.FloatRange(0)),
    "max_area_strain": option("Largest relative change of area.", type=click.FloatRange(0)),
    "substrate_share": option(
        "Fraction of the strain that the substrate takes.", type=click.FloatRange(0, 1)
    ),
}


def _elastic(text: str) -> tuple[float, ...]:
    """Read elastic constants, or the document of ``ionsmith analyze elastic-constants --json``."""
    if not text.endswith(".json"):
        return numbers("166,64,80 or a file .json")(text)
    try:
        document = json.loads(Path(text).read_text(encoding="utf-8"))["result"]
        matrix = np.array(document.get("elastic", document)["stiffness"], dtype=float)
        return tuple(matrix[np.triu_indices(6)].tolist())
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise click.BadParameter(
            f"{text}: a document of 'ionsmith analyze elastic-constants --json' was expected "
            f"({reason_of(error)})"
        ) from error


@command(
    example='analyze matches lib:nh4vo3 lib:nvp --contact "(1,2,-1)||(2,-1,0)" '
    "--substrate-share 0.5 --max-area 250",
    picture="Draw a match",
)
def matches_command(
    substrate: str,
    film: str,
    *,
    contact: Annotated[
        Any,
        option(
            "Planes in contact [default: all pairs up to --max-index].",
            type=parse_planes,
            metavar="(hkl)||(hkl)",
        ),
    ] = None,
    max_index: Annotated[
        int, option("Largest Miller index of the planes.", type=click.IntRange(1, 6))
    ] = 1,
    limits: Annotated[Limits, options(**LIMITS)],
    parallel_planes: Annotated[
        Any,
        option(
            "Parallel planes of the orientation relationship that is kept, the substrate's first.",
            "--parallel-planes",
            "--planes",
            type=parse_planes,
            metavar="(hkl)||(hkl)",
        ),
    ] = None,
    parallel_directions: Annotated[
        Any,
        option(
            "Parallel directions of the relationship, the substrate's first.",
            "--parallel-directions",
            "--directions",
            type=parse_directions,
            metavar="[uvw]||[uvw]",
        ),
    ] = None,
    within: Annotated[
        float,
        option(
            "How far a match may deviate from the relationship.",
            type=click.FloatRange(0, 180),
            metavar="°",
        ),
    ] = 2.0,
    reverse: Annotated[
        bool, option("Include matches with the film turned over.", "--reversed/--no-reversed")
    ] = True,
    supercells: Annotated[bool, option("Include supercells of a smaller match.")] = False,
    rank_by: Annotated[
        RankBy,
        option("Cost of strain energy, area and aspect, or energy, strain or area alone."),
    ] = "cost",
    substrate_elastic: Annotated[
        tuple[float, ...] | None,
        option(
            "Elastic constants of the substrate: C11,C12,C44 (cubic), the 21 of the upper "
            "triangle, or the JSON of 'analyze elastic-constants'.",
            type=_elastic,
            metavar="GPa|FILE.json",
        ),
    ] = None,
    film_elastic: Annotated[
        tuple[float, ...] | None,
        option(
            "Elastic constants of the film, as those of the substrate.",
            type=_elastic,
            metavar="GPa|FILE.json",
        ),
    ] = None,
    limit: Annotated[
        int, option("How many matches to report, the best ones.", type=click.IntRange(1))
    ] = 20,
    draw: Annotated[
        int, option("Which of the reported matches is drawn.", type=click.IntRange(1))
    ] = 1,
    symprec: Symprec = SYMPREC,
    output: str | None = None,
) -> Matches:
    """Cells in which a film fits on a substrate, with their strains.

    SUBSTRATE and FILM are lib:NAME or a file. All commensurate cells within the limits are found,
    whatever the twist, or only those near an orientation relationship; they are ranked by a cost of
    strain energy, area and aspect, which the notes give. * marks the Pareto front: no other match
    has less strain energy and is as small. In JSON, cost, aspect and pareto belong to each match.
    """
    if (parallel_planes is None) != (parallel_directions is None):
        raise click.UsageError("give --parallel-planes and --parallel-directions together")
    if contact is not None:
        refuse_idle("beside --contact", "max_index")
    if parallel_planes is None:
        refuse_idle("without --parallel-planes", "within")
    if output is None:
        refuse_idle("without a picture", "draw")
    crystals = read_lattice(substrate, symprec), read_lattice(film, symprec)
    orientation = None
    if parallel_planes is not None and parallel_directions is not None:
        orientation = OrientationRelationship.from_parallel(
            *crystals, parallel_planes, parallel_directions
        )
    stiffness = [
        None if values is None else elastic_matrix(values, crystal.lattice.cell)
        for values, crystal in zip((substrate_elastic, film_elastic), crystals, strict=True)
    ]
    result = find_matches(
        *crystals,
        limits,
        contact=contact,
        max_index=max_index,
        orientation=orientation,
        within=within,
        reverse=reverse,
        supercells=supercells,
        rank_by=rank_by,
        substrate_stiffness=stiffness[0],
        film_stiffness=stiffness[1],
        limit=limit,
    )
    if output is not None:
        if draw > len(result.matches):
            raise click.UsageError(
                f"--draw {draw}: there are {len(result.matches)} reported matches"
            )
        save_picture(output, result, style=picture_style(), number=draw)
    return result
