"""``ionsmith library list``."""

import click

from ionsmith.cli.common import Command, emit, output_options


@click.command(
    name="list",
    cls=Command,
    epilog="Example: ionsmith library list --element Na --element P --space-group R-3c",
)
@click.option("--formula", metavar="FORMULA", help="Composition, such as Na3V2P3O12 or sio2.")
@click.option(
    "--element",
    "elements",
    multiple=True,
    metavar="SYMBOL",
    help="Element that must be present (may be repeated).",
)
@click.option("--space-group", metavar="GROUP", help="Number or symbol, such as 167 or R-3c.")
@click.option("--family", metavar="FAMILY", help="Group of phases, such as nasicon.")
@output_options
def list(
    formula: str | None,
    elements: tuple[str, ...],
    space_group: str | None,
    family: str | None,
    output_format: str,
    as_json: bool,
) -> None:
    """Crystals of the library that fulfil every condition given."""
    from ionsmith.crystals.library import search
    from ionsmith.crystals.summary import listing

    found = search(formula=formula, elements=elements, space_group=space_group, family=family)
    emit(
        "library.list",
        {"formula": formula, "element": elements, "space_group": space_group, "family": family},
        listing(found),
        output_format=output_format,
        as_json=as_json,
    )
