"""``ionsmith analyze phases``."""

import click

from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.values import numbers


@click.command(
    cls=Command,
    epilog='Example: ionsmith analyze phases --d "3.479 2.552 2.379 2.085 1.740 1.601 1.404 1.374"',
)
@click.option(
    "--two-theta", type=numbers("25.6,35.1"), metavar="LIST", help="Angles 2θ in degrees,"
)
@click.option(
    "--d", "spacings", type=numbers("3.479,2.552"), metavar="LIST", help="or spacings in Å,"
)
@click.option(
    "--pattern",
    metavar="FILE",
    help="or a measured pattern (two columns 2θ and counts, or an instrument's format with the "
    "extra 'patterns'), of which the peaks are taken.",
)
@click.option(
    "--wavelength",
    default="CuKa",
    show_default=True,
    metavar="TUBE|Å|ENERGY",
    help="Of the X-rays (CuKa1 for patterns without Kα2).",
)
@click.option(
    "--crystal",
    "crystals",
    multiple=True,
    metavar="NAME",
    help="Compare with this library crystal only (may be repeated) [default: all].",
)
@click.option("--no-mixtures", is_flag=True, help="Try single crystals only.")
@click.option(
    "--angle-tolerance",
    type=float,
    default=0.06,
    show_default=True,
    metavar="°",
    help="Error of a measured angle 2θ.",
)
@click.option(
    "--cell-tolerance",
    type=float,
    default=5e-4,
    show_default=True,
    help="Relative error of the spacings, for samples whose cell is not quite the published one.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="How many crystals, and how many mixtures, to report.",
)
@output_options
def phases(
    two_theta: tuple[float, ...] | None,
    spacings: tuple[float, ...] | None,
    pattern: str | None,
    wavelength: str,
    crystals: tuple[str, ...],
    no_mixtures: bool,
    angle_tolerance: float,
    cell_tolerance: float,
    limit: int,
    output_format: str,
    as_json: bool,
) -> None:
    """Library crystals, and mixtures of two, that explain measured powder lines.

    Only positions decide; a crystal is asked for the lines that it should show, and what no crystal
    explains is left.
    """
    from ionsmith.analyzers.powder import LineList, rank_phases
    from ionsmith.analyzers.scattering import parse_beam
    from ionsmith.crystals import load, names

    if sum(given is not None for given in (two_theta, spacings, pattern)) != 1:
        raise click.UsageError("give one of --two-theta, --d and --pattern")
    beam = parse_beam(wavelength)
    inputs: dict[str, object] = {"wavelength": beam.name}
    if pattern is not None:
        from ionsmith.analyzers.powder import find_peaks, read_pattern

        inputs["pattern"] = pattern
        lines = find_peaks(read_pattern(pattern), beam)
    elif two_theta is not None:
        inputs["two_theta"] = two_theta
        lines = LineList.of(beam, two_theta=two_theta)
    else:
        assert spacings is not None
        inputs["d"] = spacings
        lines = LineList.of(beam, d=spacings)
    chosen = [load(name) for name in crystals or names()]
    options = {"angle_tolerance": angle_tolerance, "cell_tolerance": cell_tolerance}
    result = rank_phases(lines, chosen, mixtures=not no_mixtures, limit=limit, **options)
    inputs |= {"crystals": list(crystals), "mixtures": not no_mixtures, **options, "limit": limit}
    emit("analyze.phases", inputs, result, output_format=output_format, as_json=as_json)
