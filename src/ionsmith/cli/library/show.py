"""``ionsmith library show``."""

import click

from ionsmith.cli.common import Command, emit, output_options


@click.command(cls=Command, epilog="Example: ionsmith library show beta2-alumina")
@click.argument("name")
@output_options
def show(name: str, output_format: str, as_json: bool) -> None:
    """Cell, sites, citation, confidence, notes and corrections of the crystal NAME."""
    from ionsmith.crystals import load
    from ionsmith.crystals.summary import page

    emit(
        "library.show",
        {"name": name},
        page(load(name)),
        output_format=output_format,
        as_json=as_json,
    )
