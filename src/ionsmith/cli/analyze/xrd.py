"""``ionsmith analyze xrd``."""

from typing import TYPE_CHECKING, Any

import click

from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.values import by_element

if TYPE_CHECKING:
    from ionsmith.analyzers.scattering import Radiation


@click.command(
    cls=Command, epilog="Example: ionsmith analyze xrd lib:nvp --wavelength CuKa --min-intensity 1"
)
@click.argument("structures", metavar="STRUCTURE...", nargs=-1, required=True)
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
    callback=by_element("Na=0.02", "its mean square displacement in Å²"),
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
@click.option(
    "--weight",
    "weights",
    type=float,
    multiple=True,
    help="Weight of each STRUCTURE in a mixture, in their order [default: equal].",
)
@click.option("--profile", is_flag=True, help="Draw the profile instead of sticks.")
@click.option(
    "--caglioti",
    type=float,
    nargs=3,
    default=(0.0, 0.0, 0.01),
    show_default=True,
    metavar="U V W",
    help="Instrumental width² = U tan²θ + V tanθ + W, degrees².",
)
@click.option(
    "--mixing",
    type=float,
    default=0.5,
    show_default=True,
    help="Of the instrument's pseudo-Voigt: 0 Gaussian, 1 Lorentzian.",
)
@click.option("--size", type=float, metavar="Å", help="Of the crystallites (Scherrer, K = 0.9).")
@click.option(
    "--strain", type=float, default=0.0, show_default=True, help="Δd/d that widens lines."
)
@click.option(
    "--zero", type=float, default=0.0, show_default=True, metavar="°", help="Shift of all lines."
)
@click.option(
    "--background",
    type=float,
    default=0.0,
    show_default=True,
    metavar="%",
    help="Added to a profile, of its highest point.",
)
@click.option(
    "--measured",
    metavar="FILE",
    help="Measured pattern to lay the profile on: columns 2θ and counts, a powder CIF, or "
    ".xrdml, .rasx, .brml, .raw with the extra 'patterns'. A background is fitted.",
)
@click.option(
    "--background-terms",
    type=int,
    default=6,
    show_default=True,
    help="Chebyshev polynomials of the fitted background.",
)
@click.option(
    "--fit-weights", is_flag=True, help="Fit the weight fractions to the measured pattern."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Draw the pattern (.png, .svg), or write the profile in columns (.xy, .csv).",
)
@click.option("--force", is_flag=True, help="Replace an existing file.")
@output_options
def xrd(
    structures: tuple[str, ...],
    radiation: "Radiation",
    wavelength: str | None,
    two_theta: tuple[float, float] | None,
    u_iso: dict[str, float],
    no_anomalous: bool,
    geometry: str,
    monochromator: float,
    in_plane: float,
    merge: float,
    min_intensity: float,
    weights: tuple[float, ...],
    profile: bool,
    measured: str | None,
    background_terms: int,
    fit_weights: bool,
    output: str | None,
    force: bool,
    output_format: str,
    as_json: bool,
    **widths: Any,
) -> None:
    """Powder diffraction lines of X-rays, neutrons or electrons.

    STRUCTURE is lib:NAME (partial occupancies and published displacements are used), a file or -
    (standard input); several make a mixture. Each line has its angle, spacing, indices,
    multiplicity and intensity.
    """
    from pathlib import Path

    from ionsmith.analyzers.powder import (
        COLUMN_SUFFIXES,
        Setup,
        Shape,
        mix,
        overlay,
        powder_pattern,
        read_pattern,
        write_profile,
    )
    from ionsmith.analyzers.scattering import Scatterers, parse_beam
    from ionsmith.crystals.files import check_target
    from ionsmith.pictures.saving import check_picture, save_picture

    if wavelength is None and radiation != "x-rays":
        raise click.UsageError(f"say the wavelength of the {radiation} with --wavelength")
    if fit_weights and measured is None:
        raise click.UsageError("--fit-weights needs a --measured pattern")
    columns = output is not None and Path(output).suffix.lower() in COLUMN_SUFFIXES
    if output is not None:
        if not columns:
            check_picture(output)
        check_target(output, force=force)
    beam = parse_beam(wavelength or "CuKa", radiation)
    shape = Shape(**widths)
    scan = None if measured is None else read_pattern(measured)
    usual = (0.1, 4.0) if radiation == "electrons" else (5.0, 90.0)
    if scan is not None:
        usual = (float(scan.two_theta[0]), float(min(scan.two_theta[-1], 179.0)))
    options: dict[str, Any] = {
        "two_theta": two_theta or usual,
        "geometry": geometry,
        "monochromator": monochromator,
        "in_plane": in_plane,
        "anomalous": not no_anomalous,
        "merge": merge,
        "min_intensity": min_intensity,
    }
    setup = Setup(beam, **options)
    crystals = [Scatterers.of(structure) for structure in structures]
    unknown = sorted(set(u_iso) - {e for crystal in crystals for e in crystal.elements})
    if unknown:
        raise click.UsageError(f"--u-iso: none of the structures has {unknown[0]!r}")
    patterns = []
    for crystal in crystals:
        own = {e: u for e, u in u_iso.items() if e in crystal.elements}
        patterns.append(powder_pattern(crystal.with_u_iso(own), setup))
    result = mix(patterns, weights or None)
    if scan is not None:
        result = overlay(
            result, scan, shape, background_terms=background_terms, fit_weights=fit_weights
        )
    if output is not None and columns:
        write_profile(output, result, shape)
    elif output is not None:
        save_picture(output, result, shape=shape if profile else None)
    inputs: dict[str, Any] = {
        "structures": list(structures),
        "radiation": radiation,
        "wavelength": beam.name,
    }
    inputs |= options | {"u_iso": u_iso, "weights": list(weights), "profile": profile}
    inputs |= widths | {"measured": measured, "fit_weights": fit_weights, "output": output}
    inputs["background_terms"] = background_terms
    emit("analyze.xrd", inputs, result, output_format=output_format, as_json=as_json)
