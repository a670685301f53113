"""``ionsmith screen``: campaigns of many candidates."""

import click

from ionsmith.cli._lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    package="ionsmith.cli.screen",
    nouns={
        "plan": ("_commands", "Make a campaign: a folder with all candidates of a job."),
        "run": ("_commands", "Build, relax and judge the candidates; may be killed and repeated."),
        "status": ("_commands", "How many candidates are finished, in work and waiting."),
        "table": ("_commands", "The candidates with their energies, sorted."),
        "export": ("_commands", "Write the best candidates for a DFT code."),
        "collect": ("_commands", "Read what a DFT code computed of exported candidates."),
        "db": ("_commands", "Put the finished models into a database of ASE, or Parquet."),
    },
    epilog="Example: ionsmith screen plan job.toml -o campaign",
)
def screen() -> None:
    """Screen many candidates of one kind, on any number of machines."""
