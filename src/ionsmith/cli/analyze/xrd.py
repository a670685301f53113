"""``ionsmith analyze xrd``."""

from typing import Any

import click

from ionsmith.cli.common import Command, emit, output_options


@click.command(
    cls=Command, epilog="Example: ionsmith analyze xrd lib:nvp --wavelength CuKa --min-intensity 1"
)
@click.argument("structure")
@click.option(
    "--radiation",
    type=click.Choice(["x-rays", "neutrons", "electrons"]),
    default="x-rays",
    show_default=True,
    help="What is diffracted.",
)
@click.option(
    "--wavelength",
    metavar="TUBE|Å|ENERGY",
    help="Tube and line (CuKa is the mean of the doublet, CuKa12 both lines, CuKa1, CuKa2, CuKb; "
    "Cr, Fe, Co, Ni, Cu, Mo, Ag), a number in Å, or 17.4keV, 25meV (neutrons), 200kV (electrons) "
    "[default: CuKa for X-rays].",
)
@click.option(
    "--two-theta",
    type=float,
    nargs=2,
    metavar="LOW HIGH",
    help="Range in degrees [default: 5 90, for electrons 0.1 4].",
)
@click.option(
    "--geometry",
    type=click.Choice(["bragg-brentano", "bragg-brentano-variable-slit", "debye-scherrer"]),
    default="bragg-brentano",
    show_default=True,
    help="Sets the Lorentz factor.",
)
@click.option(
    "--monochromator",
    type=float,
    default=0.0,
    show_default="none",
    metavar="°",
    help="Diffraction angle 2θ of the monochromator (26.6 for graphite and Cu Kα).",
)
@click.option(
    "--in-plane",
    type=float,
    default=0.5,
    show_default=True,
    help="Part of the X-rays polarised in the plane of diffraction (0.5 a tube, 0 a synchrotron).",
)
@click.option("--no-anomalous", is_flag=True, help="Leave out f' and f''.")
@click.option(
    "--u-iso",
    multiple=True,
    metavar="El=Å²",
    help="Mean square displacement of an element (may be repeated); it replaces published ones, "
    "which are used otherwise.",
)
@click.option(
    "--merge",
    type=float,
    default=1e-3,
    show_default=True,
    metavar="°",
    help="Lines closer than this are one.",
)
@click.option(
    "--min-intensity",
    type=float,
    default=1e-4,
    show_default=True,
    metavar="%",
    help="Weakest line that is listed, of the strongest one.",
)
@click.option("-o", "--output", metavar="FILE", help="Draw the pattern: FILE.png or FILE.svg.")
@click.option("--force", is_flag=True, help="Replace an existing picture.")
@output_options
def xrd(
    structure: str,
    radiation: str,
    wavelength: str | None,
    two_theta: tuple[float, float] | None,
    u_iso: tuple[str, ...],
    no_anomalous: bool,
    output: str | None,
    force: bool,
    output_format: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Powder diffraction lines of X-rays, neutrons or electrons.

    STRUCTURE is lib:NAME (partial occupancies and published displacements are used), a file or -
    (standard input). Each line has its angle, spacing, indices, multiplicity and intensity.
    """
    from ionsmith.analyzers.beam import parse_beam
    from ionsmith.analyzers.powder import Setup, powder_pattern
    from ionsmith.analyzers.scatterers import read_scatterers
    from ionsmith.files import check_target
    from ionsmith.report.pattern_picture import check_picture, save_powder

    if wavelength is None and radiation != "x-rays":
        raise click.UsageError(f"say the wavelength of the {radiation} with --wavelength")
    if output is not None:
        check_picture(output)
        check_target(output, force=force)
    beam = parse_beam(wavelength or "CuKa", radiation)
    usual = (0.1, 4.0) if radiation == "electrons" else (5.0, 90.0)
    options |= {"two_theta": two_theta or usual, "anomalous": not no_anomalous}
    setup = Setup(beam, **options)
    displacements = read_displacements(u_iso)
    pattern = powder_pattern(read_scatterers(structure, displacements), setup)
    if output is not None:
        save_powder(output, pattern)
    inputs = {"structure": structure, "radiation": radiation, "wavelength": beam.name}
    inputs |= options | {"u_iso": displacements, "output": output}
    emit("analyze.xrd", inputs, pattern, output_format=output_format, as_json=as_json)


def read_displacements(texts: tuple[str, ...]) -> dict[str, float]:
    """Displacements by element, from ``El=VALUE``."""
    found = {}
    for text in texts:
        element, _, value = text.partition("=")
        try:
            found[element.strip()] = float(value)
        except ValueError:
            raise click.BadParameter(
                f"{text!r}: an element and its mean square displacement in Å² were expected, such "
                "as Na=0.02",
                param_hint="--u-iso",
            ) from None
    return found
