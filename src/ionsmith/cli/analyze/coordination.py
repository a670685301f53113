"""``ionsmith analyze coordination``."""

import click

from ionsmith.cli.analyze.criterion import criterion_options, read_criterion
from ionsmith.cli.common import Command, emit, output_options
from ionsmith.cli.values import by_element


@click.command(
    cls=Command, epilog="Example: ionsmith analyze coordination lib:nah2po4 --cutoff P-O=1.8"
)
@click.argument("structure")
@criterion_options
@click.option(
    "--margin",
    type=click.FloatRange(-1, 1),
    default=0.0,
    show_default=True,
    metavar="Å",
    help="Loosen (+) or tighten (-) every distance of the criterion.",
)
@click.option(
    "--oxidation-state",
    "oxidation_states",
    multiple=True,
    callback=by_element("V=5", "its charge", of=int),
    metavar="El=CHARGE",
    help="Charge of a cation for the valence sums, such as V=5 [default: found from the bonds].",
)
@click.option("--sites", is_flag=True, help="List every site, not only means.")
@output_options
def coordination(
    structure: str,
    criterion: str,
    cutoff: tuple[str, ...],
    margin: float,
    oxidation_states: dict[str, int],
    sites: bool,
    output_format: str,
    as_json: bool,
) -> None:
    """Neighbours, bond lengths, bond valence and distortion of every site of a STRUCTURE.

    STRUCTURE is lib:NAME, a file or - (standard input). A bond is, by default, what
    electronegativities, covalent radii and the widest gap make one; any cutoff replaces it.
    """
    chosen = read_criterion(criterion, cutoff)
    from ionsmith.analyzers.coordination import coordination as analyze

    result = analyze(
        structure, chosen, margin=margin, oxidation_states=oxidation_states, list_sites=sites
    )
    inputs = {
        "structure": structure,
        "criterion": chosen,
        "margin": margin,
        "oxidation_states": oxidation_states,
        "sites": sites,
    }
    emit(
        "analyze.coordination",
        inputs,
        result,
        output_format=output_format,
        as_json=as_json,
    )
