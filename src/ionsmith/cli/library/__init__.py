"""``ionsmith library``: published crystals, listed, shown and exported."""

import click

from ionsmith.cli._lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    package="ionsmith.cli.library",
    nouns={
        "list": (
            "_commands",
            "Crystals of the library, all or by formula, element, space group, family.",
        ),
        "show": (
            "_commands",
            "Cell, sites, citation, confidence, notes and corrections of one crystal.",
        ),
        "export": ("_commands", "Write one crystal to a file, ordered if it is not."),
    },
    epilog="Example: ionsmith library show nvp",
)
def library() -> None:
    """List, show and export published crystals."""
