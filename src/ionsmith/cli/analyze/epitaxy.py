"""``ionsmith analyze mismatch``, ``orientation`` and ``overlap``."""

from typing import Annotated, Any

import click

from ionsmith.analyzers.epitaxy import (
    Mismatch,
    Orientation,
    Overlap,
    area_mismatch,
    describe_orientation,
    direction_mismatch,
    plane_mismatch,
    site_overlap,
)
from ionsmith.cli.framework import (
    Seed,
    Symprec,
    command,
    option,
    progress,
    read_ratio,
    refuse_idle,
)
from ionsmith.cli.framework.relationship import RelationshipOptions
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.symmetry import SYMPREC

RELATIONSHIP = '--parallel-planes "(1,2,-1)||(2,-1,0)" --parallel-directions "[0,1,2]||[1,2,-1]"'


@command(example='analyze mismatch lib:nh4vo3 lib:nvp --parallel-planes "(1,2,-1)||(2,-1,0)"')
def mismatch_command(
    substrate: str,
    film: str,
    *,
    parallel_planes: Annotated[
        Any,
        option(
            "Compare the spacings of two planes.",
            "--parallel-planes",
            "--planes",
            type=parse_planes,
            metavar="(hkl)||(hkl)",
        ),
    ] = None,
    parallel_directions: Annotated[
        Any,
        option(
            "Compare the periods along two directions.",
            "--parallel-directions",
            "--directions",
            type=parse_directions,
            metavar="[uvw]||[uvw]",
        ),
    ] = None,
    areas: Annotated[
        Any,
        option(
            "Compare the areas of the meshes of two planes.",
            type=parse_planes,
            metavar="(hkl)||(hkl)",
        ),
    ] = None,
    ratio: Annotated[
        tuple[tuple[int, int], ...],
        option(
            "Report this ratio instead of searching (may be repeated).",
            type=read_ratio,
            multiple=True,
            metavar="M:N",
        ),
    ] = (),
    max_multiple: Annotated[
        int, option("Largest m and n of the search.", type=click.IntRange(1, 100))
    ] = 12,
    max_mismatch: Annotated[
        float,
        option(
            "Largest mismatch that the search reports; 1:1 is always reported.",
            type=click.FloatRange(0),
        ),
    ] = 0.1,
    substrate_share: Annotated[
        float,
        option("Fraction of the strain that the substrate takes.", type=click.FloatRange(0, 1)),
    ] = 0.0,
    symprec: Symprec = SYMPREC,
) -> Mismatch:
    """Mismatch of parallel planes, directions or areas, m of the substrate for n of the film.

    SUBSTRATE and FILM are lib:NAME or a file. The mismatch is (m d_sub - n d_film) / (m d_sub);
    other definitions are listed beside it.
    """
    given = [
        (measure, pair)
        for measure, pair in (
            (plane_mismatch, parallel_planes),
            (direction_mismatch, parallel_directions),
            (area_mismatch, areas),
        )
        if pair is not None
    ]
    if len(given) != 1:
        raise click.UsageError("give one of --parallel-planes, --parallel-directions and --areas")
    measure, pair = given[0]
    if ratio:
        refuse_idle("beside --ratio", "max_multiple", "max_mismatch")
    return measure(
        substrate,
        film,
        pair,
        ratios=ratio,
        max_multiple=max_multiple,
        max_mismatch=max_mismatch,
        substrate_share=substrate_share,
        symprec=symprec,
    )


@command(example=f"analyze orientation lib:nh4vo3 lib:nvp {RELATIONSHIP}")
def orientation_command(
    substrate: str,
    film: str,
    *,
    relationship: RelationshipOptions,
    max_index: Annotated[
        int,
        option(
            "Largest index of the nearly parallel planes and directions.",
            type=click.IntRange(1, 6),
        ),
    ] = 3,
    within: Annotated[
        float,
        option("Largest angle between these.", type=click.FloatRange(0, 45), metavar="°"),
    ] = 2.0,
    d_min: Annotated[
        float,
        option("Smallest spacing of these planes.", type=click.FloatRange(0), metavar="Å"),
    ] = 1.0,
    symprec: Symprec = SYMPREC,
) -> Orientation:
    """Rotation, variants and parallel planes of an orientation relationship.

    SUBSTRATE and FILM are lib:NAME or a file; the relationship is given by a pair of parallel
    planes and one of parallel directions, or by a rotation from the film's Cartesian frame to the
    substrate's.
    """
    return describe_orientation(
        relationship.between(substrate, film, symprec),
        max_index=max_index,
        within=within,
        d_min=d_min,
    )


@command(
    example=f"analyze overlap lib:nh4vo3 lib:nvp --element V {RELATIONSHIP}",
    picture="Draw a map",
)
def overlap_command(
    substrate: str,
    film: str,
    *,
    relationship: RelationshipOptions,
    element: Annotated[str, option("The element whose sites are compared.", metavar="SYMBOL")],
    film_element: Annotated[
        str | None, option("That of the film, if it is another one.", metavar="SYMBOL")
    ] = None,
    radius: Annotated[
        float,
        option(
            "Radius of the ball in which sites are compared.",
            type=click.FloatRange(0, min_open=True),
            metavar="Å",
        ),
    ] = 10.0,
    random_orientations: Annotated[
        int,
        option("How many random orientations to compare with.", type=click.IntRange(0, 10_000)),
    ] = 20,
    seed: Annotated[Seed, "Seed of the random orientations."] = 0,
    symprec: Symprec = SYMPREC,
) -> Overlap:
    """Distances between the sites of an element in two crystals, origin optimised.

    SUBSTRATE and FILM are lib:NAME or a file, disordered or not; they are superimposed unstrained
    in the given relationship. The origin is chosen so that the sites of the substrate in a ball are
    closest to those of the film.
    """
    if not random_orientations:
        refuse_idle("without random orientations", "seed")
    with progress("orientations") as report:
        return site_overlap(
            substrate,
            film,
            relationship.between(substrate, film, symprec),
            element,
            film_element=film_element,
            radius=radius,
            random_orientations=random_orientations,
            seed=seed,
            symprec=symprec,
            progress=report,
        )
