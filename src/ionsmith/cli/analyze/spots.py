"""``ionsmith analyze spots`` and ``ionsmith analyze indexing``."""

import re
from typing import Annotated

import click

from ionsmith.analyzers.scattering import Conditions, Scatterers
from ionsmith.analyzers.spots import (
    MeasuredSpot,
    SpotIndexing,
    SpotPatterns,
    index_spots,
    overlay_spots,
    spot_pattern,
)
from ionsmith.cli.analyze.epitaxy import RELATIONSHIP
from ionsmith.cli.framework import (
    Parent,
    Symprec,
    argument,
    command,
    option,
    options,
    picture_style,
    read_ratio,
    refuse_idle,
)
from ionsmith.cli.framework._types import NUMBER
from ionsmith.cli.framework.relationship import RelationshipOptions
from ionsmith.crystals import names
from ionsmith.lattice.indices import as_plane
from ionsmith.lattice.miller import Direction, Plane, parse_plane
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.pictures.saving import save_picture

CONDITIONS = {
    "energy": option("Energy of the beam.", metavar="keV"),
    "thickness": option(
        "Thickness of the crystal; without it the excitation error does not weaken a spot.",
        metavar="Å",
    ),
    "max_excitation_error": option(
        "Largest distance of a spot from the Ewald sphere.", metavar="Å⁻¹"
    ),
    "d_min": option("Smallest spacing of a spot.", metavar="Å"),
    "max_laue_zone": option(
        "Highest Laue zone, 0 for the FFT of an image [default: all in reach].",
        type=click.IntRange(0),
        metavar="N",
    ),
    "min_intensity": option("Weakest spot, relative to the strongest one.", metavar="%"),
}


@command(example=f"analyze spots lib:nh4vo3 lib:nvp {RELATIONSHIP}", picture="Draw the pattern")
def spots_command(
    structures: Annotated[tuple[str, ...], argument(metavar="STRUCTURE [FILM]")],
    *,
    zone: Annotated[
        Direction | None,
        option("Beam along this direction of the (first) crystal.", metavar="[uvw]"),
    ] = None,
    normal: Annotated[
        Plane | None, option("Beam along the normal of this plane.", metavar="(hkl)")
    ] = None,
    relationship: RelationshipOptions,
    conditions: Annotated[Conditions, options(**CONDITIONS)],
    x_axis: Annotated[
        Plane | None, option("Spot that lies along x, for one crystal.", metavar="(hkl)")
    ] = None,
    ratio: Annotated[
        tuple[int, int] | None,
        option(
            "Mark this coincidence along the parallel planes [default: the simplest].",
            type=read_ratio,
            metavar="M:N",
        ),
    ] = None,
    max_mismatch: Annotated[float, option("Largest mismatch of the simplest.")] = 0.1,
    max_distance: Annotated[
        float, option("Any two spots closer than this coincide.", metavar="Å⁻¹")
    ] = 0.02,
    labels: Annotated[
        int,
        option("How many spots of each crystal are labelled.", type=click.IntRange(0)),
    ] = 6,
    label: Annotated[
        tuple[Plane, ...],
        option(
            "Label this spot too (may be repeated).",
            type=parse_plane,
            multiple=True,
            metavar="(hkl)",
        ),
    ] = (),
    film_label: Annotated[
        tuple[Plane, ...],
        option(
            "Label this spot of the film too.", type=parse_plane, multiple=True, metavar="(hkl)"
        ),
    ] = (),
    displacements: Annotated[
        bool, option("Use the displacement parameters of the crystals.")
    ] = True,
    symprec: Symprec = SYMPREC,
    parent: Parent = None,
    output: str | None = None,
) -> SpotPatterns:
    """Spots of a zone-axis pattern: electron diffraction, or the FFT of an HRTEM image.

    STRUCTURE is lib:NAME (partial occupancies are welcome) or a file, seen along --zone or
    --normal. With a FILM in an orientation relationship to it, both patterns are superimposed,
    along the parallel direction unless another one is given, and coinciding spots are marked.
    """
    single = len(structures) == 1
    if len(structures) > 2:
        raise click.UsageError(f"expected one STRUCTURE or two, not {len(structures)}")
    if zone is not None and normal is not None:
        raise click.UsageError("the beam is along --zone or along --normal, give one of them")
    beam = zone or normal
    if single and beam is None:
        raise click.UsageError("set the beam with --zone '[u,v,w]' or --normal '(h,k,l)'")
    if single and (relationship.given or ratio or film_label):
        raise click.UsageError("an orientation relationship is between two crystals, give a FILM")
    if not single and parent is not None:
        raise click.UsageError("--parent is for one crystal, a supercell")
    if not single and x_axis is not None:
        raise click.UsageError("--x-axis is for one crystal; two have the parallel planes along x")
    if single:
        refuse_idle("on one crystal", "max_mismatch", "max_distance")
    elif relationship.rotation or ratio is not None:
        refuse_idle("beside --ratio or a rotation", "max_mismatch")
    if output is None:
        refuse_idle("without a picture", "labels", "label", "film_label")
    if beam is not None and single:
        pattern = spot_pattern(
            structures[0],
            beam,
            conditions,
            x_axis=x_axis,
            symprec=symprec,
            displacements=displacements,
            parent=parent,
        )
        if pattern.parent is not None:
            label = tuple(as_plane(pattern.parent.in_supercell(plane).indices) for plane in label)
        notes = () if pattern.unit is None else (pattern.unit.note,)
        result = SpotPatterns((pattern,), notes=notes)
    else:
        substrate, film = (
            Scatterers.of(name, symprec=symprec, displacements=displacements) for name in structures
        )
        result = overlay_spots(
            substrate,
            film,
            relationship.between(substrate.phase, film.phase),
            conditions,
            along=beam,
            ratio=ratio,
            max_mismatch=max_mismatch,
            max_distance=max_distance,
        )
    if output is not None:
        save_picture(
            output,
            result,
            style=picture_style(),
            labels=labels,
            named=[list(label), list(film_label)],
        )
    return result


def _spot(text: str) -> MeasuredSpot:
    """Read a spacing and an angle, as ``4.91@50.2``."""
    match = re.fullmatch(rf"\s*({NUMBER})\s*@\s*({NUMBER})\s*", text)
    if match is None:
        raise click.BadParameter(f"expected a spacing and an angle such as 4.91@50.2, not {text!r}")
    return MeasuredSpot(float(match[1]), float(match[2]))


@command(example="analyze indexing --spot 4.91@0 --spot 3.16@50 --limit 5")
def indexing_command(
    structures: Annotated[tuple[str, ...], argument(metavar="[STRUCTURE]...")] = (),
    *,
    spot: Annotated[
        tuple[MeasuredSpot, ...],
        option(
            "A measured spot: spacing in Å and angle in degrees, counter-clockwise from any axis "
            "(give two or more).",
            type=_spot,
            multiple=True,
            metavar="D@ANGLE",
        ),
    ],
    d_tolerance: Annotated[float, option("Largest relative error of a spacing.")] = 0.03,
    angle_tolerance: Annotated[float, option("Largest error of an angle.", metavar="°")] = 2.0,
    forbidden: Annotated[bool, option("Try reflections that the space group forbids too.")] = False,
    limit: Annotated[
        int, option("How many solutions to report, the likeliest ones.", type=click.IntRange(1))
    ] = 20,
    symprec: Symprec = SYMPREC,
) -> SpotIndexing:
    """Crystals, zone axes and indices for the measured spots of one pattern.

    STRUCTUREs are lib:NAME or files; without any, all crystals of the library are tried. Only
    their cells and space groups count.
    """
    return index_spots(
        spot,
        structures or [f"lib:{name}" for name in names()],
        d_tolerance=d_tolerance,
        angle_tolerance=angle_tolerance,
        forbidden=forbidden,
        limit=limit,
        symprec=symprec,
    )
