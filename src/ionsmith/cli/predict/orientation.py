"""``ionsmith predict orientation``."""

from typing import Annotated, Any

import click

from ionsmith.analyzers.orientation_relationships import (
    Kind,
    PredictedOrientations,
    predict_orientations,
)
from ionsmith.cli.framework import Symprec, command, option
from ionsmith.cli.framework.relationship import RelationshipOptions
from ionsmith.crystals.conversion import read_lattice
from ionsmith.lattice.miller import parse_plane
from ionsmith.lattice.symmetry import SYMPREC


@command(
    example='predict orientation lib:al2o3 lib:si --surface "(0,0,1)"',
    picture="Draw a stereogram, and the score over rotations",
)
def orientation_command(
    substrate: str,
    film: str,
    *,
    kind: Annotated[
        Kind, option("A film on the substrate, or a precipitate in it as its matrix.")
    ] = "film",
    surface: Annotated[
        Any,
        option(
            "Plane of the substrate that the film grows on [default: not known].",
            type=parse_plane,
            metavar="(hkl)",
        ),
    ] = None,
    relationship: RelationshipOptions,
    limit: Annotated[
        int, option("How many relationships to report.", type=click.IntRange(1, 50))
    ] = 5,
    cells: Annotated[bool, option("Search cells that fit.", "--cells/--no-cells")] = True,
    symprec: Symprec = SYMPREC,
) -> PredictedOrientations:
    """Likely orientation relationships of a FILM on a SUBSTRATE, with their probabilities.

    SUBSTRATE and FILM are lib:NAME or a file; a matrix and its precipitate, or a parent and its
    product, are given in the same way. Only cells and space groups count. A relationship that is
    given, such as an observed one, is not used, but its rank is told.
    """
    crystals = read_lattice(substrate, symprec), read_lattice(film, symprec)
    given = relationship.between(*crystals, symprec) if relationship.given else None
    return predict_orientations(
        substrate,
        film,
        kind=kind,
        surface=surface,
        compared=given,
        limit=limit,
        cells=cells,
        symprec=symprec,
    )
