"""``ionsmith build polycrystal``."""

from pathlib import Path
from typing import Annotated

import click

from ionsmith.builders._overlaps import OVERLAP
from ionsmith.builders.polycrystal import Polycrystal, build_polycrystal
from ionsmith.cli.framework import Groups, Seed, command, option
from ionsmith.lattice.miller import Direction


@command(
    example="build polycrystal lib:mgo --box 40 40 40 --grains 6 --neutral -o grains.extxyz",
    structure=True,
)
def polycrystal_command(
    crystals: tuple[str, ...],
    *,
    box: Annotated[tuple[float, float, float], option("Edges of the box.", metavar="X Y Z")],
    grains: Annotated[
        int | None,
        option(
            "Number of grains [default: that of the orientations, or 8].", type=click.IntRange(1)
        ),
    ] = None,
    seed: Annotated[Seed, "Seed of positions and orientations."] = 0,
    fibre: Annotated[
        Direction | None,
        option("Direction of all crystals that is along z, random about it.", metavar="[uvw]"),
    ] = None,
    spread: Annotated[
        float,
        option(
            "Standard deviation of the tilt of a fibre.",
            type=click.FloatRange(0, 90),
            metavar="DEGREES",
        ),
    ] = 0.0,
    orientations: Annotated[
        Path | None,
        option(
            "A row of Bunge angles (degrees) or a quaternion (w x y z) for each grain.",
            type=click.Path(path_type=Path),
            metavar="FILE",
        ),
    ] = None,
    columnar: Annotated[
        Direction | None,
        option(
            "Columns along z that share this direction of one crystal; Z becomes a whole number of "
            "its periods.",
            metavar="[uvw]",
        ),
    ] = None,
    overlap: Annotated[
        float,
        option(
            "Remove units of later grains whose atoms are closer to other grains than this share "
            "of such distances in the crystals.",
            type=click.FloatRange(0, 1),
        ),
    ] = OVERLAP,
    neutral: Annotated[
        bool, option("Remove the fewest ions, at the boundaries, that leave no charge.")
    ] = False,
    groups: Groups | None = None,
) -> Polycrystal:
    """Voronoi polycrystal of CRYSTALS, which the grains take in turn, in a periodic box.

    Each of the CRYSTALS is lib:NAME or a file, ordered; - is standard input.
    """
    return build_polycrystal(
        crystals,
        box,
        grains=grains,
        seed=seed,
        fibre=fibre,
        spread=spread,
        orientations=orientations,
        columnar=columnar,
        overlap=overlap,
        neutral=neutral,
        groups=groups,
    )
