"""``ionsmith analyze haadf``."""

from pathlib import Path
from typing import Annotated, Any

import click

from ionsmith.analyzers.haadf import (
    Haadf,
    Method,
    Microscope,
    Scan,
    simulate_haadf,
    write_haadf,
)
from ionsmith.analyzers.imaging import IMAGE_SUFFIXES
from ionsmith.cli.analyze.images._simulated import (
    BeamVector,
    Normal,
    Output,
    Up,
    Zone,
    check_outputs,
    one_beam,
    write_outputs,
)
from ionsmith.cli.framework import (
    Force,
    Seed,
    by_element,
    command,
    numbers,
    option,
    options,
    picture_style,
    progress,
    refuse_idle,
)
from ionsmith.errors import InvalidInput

MICROSCOPE = {
    "energy": option("Energy of the beam.", metavar="keV"),
    "convergence": option("Half angle of the probe.", metavar="mrad"),
    "detector": option(
        "Half angles of the annular detector in mrad [default: 60,120].",
        type=numbers("60,120", 2),
        show_default=False,
        metavar="IN,OUT",
    ),
    "defocus": option("Defocus, positive for underfocus.", metavar="Å"),
    "spherical_aberration": option(
        "Spherical aberration of the lens; 0 if corrected.", metavar="mm"
    ),
    "source_size": option("Full width at half maximum of the effective source.", metavar="Å"),
}


@command(example='analyze haadf lib:al2o3 --zone "[1,0,0]" -o haadf.png', styled=True)
def haadf_command(
    structure: str,
    *,
    zone: Zone = None,
    normal: Normal = None,
    direction: BeamVector = None,
    up: Up = None,
    method: Annotated[
        Method, option("A quick projection, or a full simulation (needs abTEM).")
    ] = "projection",
    scan: Annotated[Scan, option("Compute the image, or only the probes of the line.")] = "image",
    microscope: Annotated[Microscope, options(**MICROSCOPE)],
    thickness: Annotated[
        float | None,
        option(
            "Thickness along the beam [default: the whole periods nearest to 50 Å].", metavar="Å"
        ),
    ] = None,
    field: Annotated[
        tuple[float, float] | None,
        option(
            "Width and height of the image in Å [default: the height of the model].",
            type=numbers("20,30", 2),
            metavar="W,H",
        ),
    ] = None,
    line: Annotated[
        Any,
        option(
            "Ends of the profile in Å from the lower left corner [default: upwards in the middle].",
            type=numbers("5,0,5,30", 4),
            metavar="X1,Y1,X2,Y2",
        ),
    ] = None,
    width: Annotated[
        float | None,
        option(
            "Width of the strip that the profile is averaged over [default: the image, or one "
            "period].",
            metavar="Å",
        ),
    ] = None,
    prominence: Annotated[
        float,
        option("Smallest height of a peak, as a fraction of the range of the profile."),
    ] = 0.05,
    u_iso: Annotated[
        dict[str, float],
        option(
            "Mean square displacement of an element (may be repeated); it replaces that of the "
            "crystal [default: 0.0064].",
            callback=by_element("Na=0.02"),
            metavar="El=Å²",
        ),
    ],
    displacements: Annotated[
        bool, option("Displace the atoms, by the displacement parameters of the crystal.")
    ] = True,
    phonons: Annotated[
        int,
        option(
            "Frozen phonon configurations; ten or more for publication, 0 for atoms at rest.",
            type=click.IntRange(0),
        ),
    ] = 1,
    seed: Annotated[Seed, "Seed of the phonons."] = 0,
    pixel: Annotated[
        float | None,
        option("Pixel of the multislice [default: what the detector needs].", metavar="Å"),
    ] = None,
    checkpoint: Annotated[
        str | None,
        option(
            "Save finished tiles in this folder; the same command resumes from them.",
            metavar="FOLDER",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        option("A dask scheduler, such as tcp://node:8786.", metavar="ADDRESS"),
    ] = None,
    output: Output = (),
    force: Force = False,
) -> Haadf:
    """HAADF-STEM image of a STRUCTURE and the intensity profile along a line of it.

    STRUCTURE is lib:NAME, a file or - (standard input). The crystal is turned and cut into an
    orthogonal cell without strain. In β''-alumina the rows of octahedral Al on either side of each
    conduction plane are measured in the profile.
    """
    beam = one_beam(zone, normal, direction)
    if method == "projection":
        refuse_idle("beside --method projection", "phonons", "seed", "pixel", "cluster")
    elif not phonons:
        refuse_idle("beside --phonons 0", "seed")
    style = picture_style()
    check_outputs(output, force)
    for path in output:
        if scan == "profile" and Path(path).suffix.lower() in IMAGE_SUFFIXES:
            raise InvalidInput(f"{path}: a profile alone has no image; write .png or .npz")
    with progress("tiles") as report:
        result = simulate_haadf(
            structure,
            beam,
            up=up,
            microscope=microscope,
            method=method,
            scan=scan,
            thickness=thickness,
            field=field,
            line=None if line is None else (line[:2], line[2:]),
            width=width,
            prominence=prominence,
            u_iso=u_iso,
            displacements=displacements,
            phonons=phonons,
            seed=seed,
            pixel=pixel,
            checkpoint=checkpoint,
            cluster=cluster,
            progress=report,
        )
    write_outputs(output, result, write_haadf, style)
    return result
