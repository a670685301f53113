"""``ionsmith analyze hrtem``."""

from typing import Annotated, Any

from ionsmith.analyzers.hrtem import Hrtem, ObjectiveLens, simulate_hrtem, write_hrtem
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
    refuse_idle,
)

LENS = {
    "energy": option("Energy of the beam.", metavar="keV"),
    "spherical_aberration": option(
        "Spherical aberration of the lens; about 0 if corrected.", metavar="mm"
    ),
    "aberrations": option(
        "Another aberration (may be repeated): C12, C21, C23, C50, … in Å, phi12, … in degrees.",
        "--aberration",
        callback=by_element("C12=20"),
        metavar="NAME=VALUE",
    ),
    "focal_spread": option("Standard deviation of the defocus.", metavar="Å"),
    "angular_spread": option("Standard deviation of the directions of the beam.", metavar="mrad"),
    "aperture": option("Half angle of the objective aperture [default: none].", metavar="mrad"),
    "beam_tilt": option(
        "Angles of the beam from the optic axis and the crystal, along x and y, in mrad.",
        type=numbers("1,0", 2),
        metavar="X,Y",
    ),
}


@command(example='analyze hrtem lib:si --zone "[1,1,0]" -o hrtem.png', styled=True)
def hrtem_command(
    structure: str,
    *,
    zone: Zone = None,
    normal: Normal = None,
    direction: BeamVector = None,
    up: Up = None,
    lens: Annotated[ObjectiveLens, options(**LENS)],
    defocus: Annotated[
        Any,
        option(
            "Defocus, positive for underfocus, or a series [default: Scherzer's].",
            type=numbers("400,600,800"),
            metavar="Å,…",
        ),
    ] = None,
    thickness: Annotated[
        Any,
        option(
            "Thickness along the beam, or a series [default: the whole periods nearest to 50 Å].",
            type=numbers("30,60,90"),
            metavar="Å,…",
        ),
    ] = None,
    tilt: Annotated[
        tuple[float, float],
        option(
            "Angles in mrad by which the crystal is tilted, along x and y of the image.",
            type=numbers("1,0", 2),
            metavar="X,Y",
        ),
    ] = (0.0, 0.0),
    field: Annotated[
        tuple[float, float] | None,
        option(
            "Width and height of the image in Å [default: 50 or more, whole periods].",
            type=numbers("60,60", 2),
            metavar="W,H",
        ),
    ] = None,
    pixel: Annotated[float, option("Size of the pixels.", metavar="Å")] = 0.1,
    dose: Annotated[
        float | None, option("Electrons per Å² [default: no noise].", metavar="e/Å²")
    ] = None,
    seed: Annotated[Seed, "Seed of the noise."] = 0,
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
        bool, option("Blur the atoms, by the displacement parameters of the crystal.")
    ] = True,
    output: Output = (),
    force: Force = False,
) -> Hrtem:
    """HRTEM images of a STRUCTURE by multislice, with the transform (extra haadf).

    STRUCTURE is lib:NAME, a file or - (standard input): a crystal, a slab, an interface, a
    particle. The picture of one image shows its transform with the spots of the crystal, that of a
    series all images. Images (.tif) carry the size of their pixels.
    """
    beam = one_beam(zone, normal, direction)
    if dose is None:
        refuse_idle("without --dose", "seed")
    style = picture_style()
    check_outputs(output, force)
    result = simulate_hrtem(
        structure,
        beam,
        up=up,
        lens=lens,
        defocus=defocus,
        thickness=thickness,
        tilt=tilt,
        field=field,
        pixel=pixel,
        dose=dose,
        seed=seed,
        u_iso=u_iso,
        displacements=displacements,
    )
    write_outputs(output, result, write_hrtem, style)
    return result
