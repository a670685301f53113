"""``ionsmith analyze xrd`` and ``ionsmith analyze phases``."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import click

from ionsmith.analyzers.powder import (
    COLUMN_SUFFIXES,
    DebyePattern,
    Geometry,
    LineList,
    Mixture,
    PatternStack,
    PhaseRanking,
    Setup,
    Shape,
    debye_pattern,
    find_peaks,
    mean_pattern,
    mix,
    overlay,
    powder_pattern,
    rank_phases,
    read_pattern,
    stack_patterns,
    write_columns,
    write_profile,
)
from ionsmith.analyzers.scattering import Radiation, Scatterers, parse_beam
from ionsmith.cli.framework import (
    Force,
    Parent,
    argument,
    by_element,
    command,
    numbers,
    option,
    options,
    picture_style,
    refuse_idle,
)
from ionsmith.crystals import load, names
from ionsmith.crystals.files import check_target, names_of
from ionsmith.pictures.saving import check_picture, save_picture

SHAPE = {
    "caglioti": option("Instrumental width² = U tan²θ + V tanθ + W, degrees².", metavar="U V W"),
    "mixing": option("Mixing of the instrument's pseudo-Voigt: 0 Gaussian, 1 Lorentzian."),
    "size": option("Size of the crystallites (Scherrer, K = 0.9).", metavar="Å"),
    "strain": option("Microstrain Δd/d that broadens lines."),
    "zero": option("Shift of all lines.", metavar="°"),
    "background": option("Added to a profile, relative to its highest point.", metavar="%"),
}


@command(
    example="analyze xrd lib:nvp --wavelength CuKa --min-intensity 1",
    kinds={
        "analyze.xrd": Mixture,
        "analyze.xrd.debye": DebyePattern,
        "analyze.xrd.stack": PatternStack,
    },
    styled=True,
)
def xrd_command(
    structures: Annotated[tuple[str, ...], argument(metavar="STRUCTURE...")],
    *,
    radiation: Annotated[Radiation, option("What is diffracted.")] = "x-rays",
    wavelength: Annotated[
        str | None,
        option(
            "Tube and line (CuKa is the mean of the doublet, CuKa12 both lines, CuKa1, CuKa2, "
            "CuKb; Cr, Fe, Co, Ni, Cu, Mo, Ag), a number in Å, or 17.4keV, 25meV (neutrons), "
            "200kV (electrons) [default: CuKa for X-rays].",
            metavar="TUBE|Å|ENERGY",
        ),
    ] = None,
    two_theta: Annotated[
        tuple[float, float] | None,
        option("Range in degrees [default: 5 90, for electrons 0.1 4].", metavar="LOW HIGH"),
    ] = None,
    geometry: Annotated[
        Geometry,
        option("Geometry of the diffractometer; it sets the Lorentz factor."),
    ] = "bragg-brentano",
    monochromator: Annotated[
        float,
        option(
            "Diffraction angle 2θ of the monochromator (26.6 for graphite and Cu Kα) [default: no "
            "monochromator].",
            show_default=False,
            metavar="°",
        ),
    ] = 0.0,
    in_plane: Annotated[
        float,
        option(
            "Fraction of the X-rays polarised in the plane of diffraction (0.5 a tube, 0 a "
            "synchrotron)."
        ),
    ] = 0.5,
    anomalous: Annotated[bool, option("Include f' and f''.")] = True,
    displacements: Annotated[
        bool, option("Use the displacement parameters of the crystals.")
    ] = True,
    parent: Parent = None,
    u_iso: Annotated[
        dict[str, float],
        option(
            "Mean square displacement of an element (may be repeated); it replaces the published "
            "ones.",
            callback=by_element("Na=0.02"),
            metavar="El=Å²",
        ),
    ],
    merge: Annotated[float, option("Merge lines closer than this.", metavar="°")] = 1e-3,
    min_intensity: Annotated[
        float, option("Weakest line that is listed, relative to the strongest one.", metavar="%")
    ] = 1e-4,
    stack: Annotated[
        bool,
        option(
            "Compare several STRUCTUREs: profiles one above the other, differences from the first "
            "below [default]."
        ),
    ] = False,
    mixture: Annotated[bool, option("Mix several STRUCTUREs by weight.")] = False,
    mean: Annotated[
        bool,
        option("Mean pattern of STRUCTUREs that are orderings of one crystal, in the same cell."),
    ] = False,
    weights: Annotated[
        tuple[float, ...],
        option(
            "Weight of each STRUCTURE in a mixture, in their order [default: equal].", "--weight"
        ),
    ] = (),
    profile: Annotated[
        bool, option("Draw the profile instead of sticks; a stack has profiles.")
    ] = False,
    debye: Annotated[
        bool,
        option(
            "Pattern of the first STRUCTURE, which is finite, from the distances of all its atoms; "
            "the profiles of the others, crystals, beside it."
        ),
    ] = False,
    shape: Annotated[Shape, options(**SHAPE)],
    measured: Annotated[
        str | None,
        option(
            "Measured pattern to compare the profile with: columns 2θ and counts, a powder CIF, or "
            ".xrdml, .rasx, .brml, .raw with the extra 'patterns'. A background is fitted.",
            metavar="FILE",
        ),
    ] = None,
    background_terms: Annotated[int, option("Chebyshev polynomials of the fitted background.")] = 6,
    fit_weights: Annotated[
        bool, option("Fit the weight fractions to the measured pattern.")
    ] = False,
    output: Annotated[
        str | None,
        option(
            "Draw the pattern (.png, .svg, .pdf), or write profiles in columns (.xy, .csv).",
            "-o",
            "--output",
            metavar="FILE",
        ),
    ] = None,
    force: Force = False,
) -> Mixture | PatternStack | DebyePattern:
    """Powder diffraction lines for X-rays, neutrons or electrons.

    STRUCTURE is lib:NAME (partial occupancies and published displacements are used), a file or -
    (standard input); several are compared unless --mixture, --mean, or weights or a measured
    pattern for a mixture are given. Each line has its angle, spacing, indices, multiplicity and
    intensity. Particles, which have no lines, take --debye.
    """
    if wavelength is None and radiation != "x-rays":
        raise click.UsageError(f"set the wavelength of the {radiation} with --wavelength")
    if fit_weights and measured is None:
        raise click.UsageError("--fit-weights needs a --measured pattern")
    if stack + mixture + mean + debye > 1:
        raise click.UsageError("--stack, --mixture, --mean and --debye exclude each other")
    if (stack or mean) and (weights or measured is not None):
        word = "--stack" if stack else "--mean"
        raise click.UsageError(f"{word} excludes --weight and --measured, which are of a mixture")
    columns = output is not None and Path(output).suffix.lower() in COLUMN_SUFFIXES
    if measured is None:
        refuse_idle("without --measured", "background_terms")
    if radiation != "x-rays":
        refuse_idle(f"on {radiation}", "monochromator", "in_plane", "anomalous")
    if output is None:
        refuse_idle("without -o", "profile")
    drawn = (
        columns or profile or stack or (len(structures) > 1 and not (mixture or mean or weights))
    )
    if debye:
        refuse_idle("beside --debye", "profile")
        if len(structures) == 1:
            refuse_idle("beside --debye of one STRUCTURE", "merge", "min_intensity", *SHAPE)
    elif measured is None and not (drawn and output is not None):
        refuse_idle("without a profile: set -o and --profile", *SHAPE)
    if output is not None:
        if not columns:
            check_picture(output)
        check_target(output, force=force)
    scan = None if measured is None else read_pattern(measured)
    usual = (0.1, 4.0) if radiation == "electrons" else (5.0, 90.0)
    if scan is not None:
        usual = (float(scan.two_theta[0]), float(min(scan.two_theta[-1], 179.0)))
    setup = Setup(
        parse_beam(wavelength or "CuKa", radiation),
        two_theta=two_theta or usual,
        geometry=geometry,
        monochromator=monochromator,
        in_plane=in_plane,
        anomalous=anomalous,
        merge=merge,
        min_intensity=min_intensity,
    )
    if debye:
        if scan is not None or weights or parent is not None:
            raise click.UsageError("--debye excludes --measured, --weight and --parent")
        return _debye(structures, setup, shape, u_iso, output, displacements=displacements)
    crystals = [Scatterers.of(name, displacements=displacements) for name in structures]
    unknown = sorted(set(u_iso) - {e for crystal in crystals for e in crystal.elements})
    if unknown:
        raise click.UsageError(f"--u-iso: none of the structures has {unknown[0]!r}")
    scatterers = []
    for crystal, name in zip(crystals, names_of(structures), strict=True):
        own = {element: u for element, u in u_iso.items() if element in crystal.elements}
        scatterers.append(replace(crystal.with_u_iso(own), name=name))
    if mean:
        result = mix([mean_pattern(scatterers, setup, parent=parent)])
    else:
        patterns = [powder_pattern(one, setup, parent=parent) for one in scatterers]
        if stack or not (mixture or weights or scan or len(patterns) == 1):
            return _stacked(stack_patterns(patterns), shape, output)
        result = mix(patterns, weights or None)
    if scan is not None:
        result = overlay(
            result, scan, shape, background_terms=background_terms, fit_weights=fit_weights
        )
    if output is not None and columns:
        write_profile(output, result, shape)
    elif output is not None:
        save_picture(output, result, style=picture_style(), shape=shape if profile else None)
    return result


def _stacked(stack: PatternStack, shape: Shape, output: str | None) -> PatternStack:
    """The stack, drawn or in columns if wanted."""
    if output is not None and Path(output).suffix.lower() in COLUMN_SUFFIXES:
        write_columns(output, stack.columns(shape))
    elif output is not None:
        save_picture(output, stack, style=picture_style(), shape=shape)
    return stack


def _debye(
    structures: tuple[str, ...],
    setup: Setup,
    shape: Shape,
    u_iso: Mapping[str, float],
    output: str | None,
    *,
    displacements: bool,
) -> DebyePattern:
    """Debye sum of the first structure, with the profiles of the others."""
    pattern = debye_pattern(structures[0], setup, u_iso=u_iso)
    profiles = {}
    for name in structures[1:]:
        crystal = Scatterers.of(name, displacements=displacements)
        own = {element: u for element, u in u_iso.items() if element in crystal.elements}
        lines = mix([powder_pattern(crystal.with_u_iso(own), setup)])
        profiles[crystal.name] = lines.profiles(pattern.two_theta, shape)[0]
    pattern = pattern.with_profiles(profiles)
    if output is not None and Path(output).suffix.lower() in COLUMN_SUFFIXES:
        write_columns(output, pattern.columns())
    elif output is not None:
        save_picture(output, pattern, style=picture_style())
    return pattern


@command(example='analyze phases --d "3.479 2.552 2.379 2.085 1.740 1.601 1.404 1.374"')
def phases_command(
    *,
    two_theta: Annotated[
        tuple[float, ...] | None,
        option(
            "Measured lines, by their angles 2θ in degrees.",
            type=numbers("25.6,35.1"),
            metavar="LIST",
        ),
    ] = None,
    d: Annotated[
        tuple[float, ...] | None,
        option(
            "Measured lines, by their spacings in Å.", type=numbers("3.479,2.552"), metavar="LIST"
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        option(
            "Measured pattern whose peaks are used: two columns 2θ and counts, or an instrument's "
            "format with the extra 'patterns'.",
            metavar="FILE",
        ),
    ] = None,
    wavelength: Annotated[
        str,
        option(
            "Wavelength of the X-rays (CuKa1 for patterns without Kα2).",
            metavar="TUBE|Å|ENERGY",
        ),
    ] = "CuKa",
    crystals: Annotated[
        tuple[str, ...],
        option(
            "Compare with this library crystal only (may be repeated) [default: all].",
            "--crystal",
            metavar="NAME",
        ),
    ] = (),
    elements: Annotated[
        tuple[str, ...],
        option(
            "Element of the sample (may be repeated); crystals with others are left out.",
            "--element",
            metavar="El",
        ),
    ] = (),
    mixtures: Annotated[bool, option("Try mixtures of two crystals as well.")] = True,
    angle_tolerance: Annotated[float, option("Error of a measured angle 2θ.", metavar="°")] = 0.06,
    cell_tolerance: Annotated[
        float,
        option(
            "Relative error of the spacings, for samples whose cell differs from the published one."
        ),
    ] = 5e-4,
    limit: Annotated[
        int,
        option("How many crystals, and how many mixtures, to report.", type=click.IntRange(1)),
    ] = 10,
) -> PhaseRanking:
    """Library crystals, and mixtures of two, that explain measured powder lines.

    Only positions count; missing are the lines that a crystal should show, left those that no
    crystal explains.
    """
    if sum(given is not None for given in (two_theta, d, pattern)) != 1:
        raise click.UsageError("give one of --two-theta, --d and --pattern")
    beam = parse_beam(wavelength)
    if pattern is not None:
        lines = find_peaks(read_pattern(pattern), beam)
    elif two_theta is not None:
        lines = LineList.of(beam, two_theta=two_theta)
    else:
        lines = LineList.of(beam, d=d)
    return rank_phases(
        lines,
        [load(name) for name in crystals or names()],
        mixtures=mixtures,
        elements=elements,
        angle_tolerance=angle_tolerance,
        cell_tolerance=cell_tolerance,
        limit=limit,
    )
