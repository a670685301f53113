"""``ionsmith predict``: what an experiment would find."""

import click

from ionsmith.cli._lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    package="ionsmith.cli.predict",
    nouns={
        "orientation": (
            "orientation",
            "Likely orientation relationships of two crystals, with their probabilities.",
        ),
    },
    epilog="Example: ionsmith predict orientation lib:mgo lib:na",
)
def predict() -> None:
    """Predict what an experiment would find."""
