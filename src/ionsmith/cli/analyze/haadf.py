"""``ionsmith analyze haadf``."""

from typing import Literal

import click

from ionsmith.cli.common import Command, emit, output_options, progress, seed_option
from ionsmith.cli.values import by_element, numbers


@click.command(
    cls=Command,
    epilog='Example: ionsmith analyze haadf lib:al2o3 --zone "[1,0,0]" -o haadf.png',
)
@click.argument("structure")
@click.option("--zone", metavar="[uvw]", help="Beam along a direction of the cell as it is,")
@click.option("--normal", metavar="(hkl)", help="along the normal of a plane,")
@click.option(
    "--direction",
    type=numbers("1,0,0", 3),
    metavar="X,Y,Z",
    help="or along a Cartesian vector (it points to the source).",
)
@click.option(
    "--up",
    metavar="(hkl) or [uvw]",
    help="Normal or direction that points up in the image [default: (001), (010) or (100)].",
)
@click.option(
    "--method",
    type=click.Choice(["projection", "multislice", "prism"]),
    default="projection",
    show_default=True,
    help="A quick look, or the record (needs abTEM).",
)
@click.option(
    "--scan",
    type=click.Choice(["image", "profile"]),
    default="image",
    show_default=True,
    help="Compute the image, or only the probes of the line.",
)
@click.option(
    "--energy", type=float, default=300.0, show_default=True, metavar="keV", help="Of the beam."
)
@click.option(
    "--convergence",
    type=float,
    default=25.0,
    show_default=True,
    metavar="mrad",
    help="Half angle of the probe.",
)
@click.option(
    "--detector",
    type=numbers("60,120", 2),
    default="60,120",
    show_default=True,
    metavar="IN,OUT",
    help="Half angles of the annular detector in mrad.",
)
@click.option(
    "--defocus", type=float, default=0.0, show_default=True, metavar="Å", help="Underfocus."
)
@click.option(
    "--spherical-aberration",
    type=float,
    default=0.0,
    show_default=True,
    metavar="mm",
    help="Of the lens; 0 if corrected.",
)
@click.option(
    "--source-size",
    type=float,
    default=0.0,
    show_default=True,
    metavar="Å",
    help="Width at half maximum of the effective source.",
)
@click.option(
    "--thickness",
    type=float,
    metavar="Å",
    help="Of the crystal along the beam [default: the whole periods nearest to 50 Å].",
)
@click.option(
    "--field",
    type=numbers("20,30", 2),
    metavar="W,H",
    help="Width and height of the image in Å [default: the height of the model].",
)
@click.option(
    "--line",
    type=numbers("5,0,5,30", 4),
    metavar="X1,Y1,X2,Y2",
    help="Ends of the profile in Å from the lower left corner [default: upwards in the middle].",
)
@click.option(
    "--width",
    type=float,
    metavar="Å",
    help="Of the strip that the profile is averaged over [default: the image, or one period].",
)
@click.option(
    "--prominence",
    type=float,
    default=0.05,
    show_default=True,
    help="Smallest height of a peak, as a fraction of the range of the profile.",
)
@click.option(
    "--displacement",
    "displacements",
    multiple=True,
    callback=by_element("Na=0.15", "a length"),
    metavar="El=Å",
    help="Root mean square thermal displacement along one direction [default: 0.08].",
)
@click.option(
    "--phonons",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Frozen phonon configurations; ten or more for the record, 0 for atoms at rest.",
)
@seed_option("Seed of the phonons.")
@click.option(
    "--pixel", type=float, metavar="Å", help="Of the multislice [default: what the detector needs]."
)
@click.option(
    "--checkpoint",
    metavar="FOLDER",
    help="Keep finished tiles here; the same command goes on from them.",
)
@click.option("--cluster", metavar="ADDRESS", help="A dask scheduler, such as tcp://node:8786.")
@click.option(
    "-o",
    "--output",
    multiple=True,
    metavar="FILE",
    help="Picture (.png, .svg), image (.tif) or data (.npz) (may be repeated).",
)
@click.option("--force", is_flag=True, help="Replace existing files.")
@output_options
def haadf(
    structure: str,
    zone: str | None,
    normal: str | None,
    direction: tuple[float, ...] | None,
    up: str | None,
    method: Literal["projection", "multislice", "prism"],
    scan: Literal["image", "profile"],
    energy: float,
    convergence: float,
    detector: tuple[float, float],
    defocus: float,
    spherical_aberration: float,
    source_size: float,
    thickness: float | None,
    field: tuple[float, float] | None,
    line: tuple[float, ...] | None,
    width: float | None,
    prominence: float,
    displacements: dict[str, float],
    phonons: int,
    seed: int,
    pixel: float | None,
    checkpoint: str | None,
    cluster: str | None,
    output: tuple[str, ...],
    force: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """HAADF-STEM image of a STRUCTURE and the intensity profile along a line of it.

    STRUCTURE is lib:NAME, a file or - (standard input). The crystal is turned and cut into an
    orthogonal cell without strain. In β''-alumina the rows of octahedral Al on either side of each
    conduction plane are measured in the profile.
    """
    from ionsmith.analyzers.haadf import Microscope, simulate_haadf
    from ionsmith.crystals.files import read_structure
    from ionsmith.lattice.miller import Direction, Plane, parse, parse_direction, parse_plane
    from ionsmith.pictures.haadf import check_haadf_target, save_haadf

    if sum(option is not None for option in (zone, normal, direction)) != 1:
        raise click.UsageError("give one of --zone, --normal and --direction")
    beam: Direction | Plane | tuple[float, ...]
    if zone is not None:
        beam = parse_direction(zone)
    elif normal is not None:
        beam = parse_plane(normal)
    else:
        assert direction is not None
        beam = direction
    for path in output:
        check_haadf_target(path, force=force, image=scan == "image")
    microscope = Microscope(
        energy, convergence, detector, defocus, spherical_aberration, source_size
    )
    with progress("tiles") as report:
        result = simulate_haadf(
            read_structure(structure),
            beam,
            up=None if up is None else parse(up),
            microscope=microscope,
            method=method,
            scan=scan,
            thickness=thickness,
            field=field,
            line=None if line is None else (line[:2], line[2:]),  # type: ignore[arg-type]
            width=width,
            prominence=prominence,
            displacements=displacements,
            phonons=phonons,
            seed=seed,
            pixel=pixel,
            checkpoint=checkpoint,
            cluster=cluster,
            progress=report,
        )
    for path in output:
        save_haadf(path, result)
    inputs = {
        "structure": structure,
        "beam": result.beam,
        "up": up,
        "method": method,
        "scan": scan,
        "thickness": thickness,
        "field": field,
        "line": line,
        "width": width,
        "prominence": prominence,
        "displacements": displacements,
        "phonons": phonons,
        "seed": seed,
        "pixel": pixel,
        "output": list(output),
    }
    emit("analyze.haadf", inputs, result, output_format=output_format, as_json=as_json)
