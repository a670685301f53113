"""``ionsmith schema``."""

import json
from collections.abc import Iterator

import click

from ionsmith.cli.framework import Command, command
from ionsmith.cli.framework._output import SCHEMA_VERSION
from ionsmith.schemas import document_schema


@command(example="schema build.interface", prints=False)
def schema_command(name: str | None = None) -> None:
    """Print the JSON schema of the document NAME, or list all names."""
    ctx = click.get_current_context()
    root = ctx.find_root().command
    assert isinstance(root, click.Group)
    if name is None:
        click.echo("\n".join(sorted({names for names, _ in documents(root, ctx)})))
        return
    kind = next((kind for other, kind in documents(root, ctx) if other == name), None)
    if kind is None:
        raise click.UsageError(f"no document {name!r}; 'ionsmith schema' lists all")
    schema = document_schema(f"ionsmith.{name}", SCHEMA_VERSION, kind)
    click.echo(json.dumps(schema, indent=1, ensure_ascii=False))


def documents(group: click.Group, ctx: click.Context, *words: str) -> Iterator[tuple[str, type]]:
    """Iterate over the names and result classes of all JSON documents below a group.

    Parameters
    ----------
    group
        The group.
    ctx
        Any context.
    words
        Names of the groups above.
    """
    for noun in group.list_commands(ctx):
        member = group.get_command(ctx, noun)
        if isinstance(member, click.Group):
            yield from documents(member, ctx, *words, noun)
        elif isinstance(member, Command):
            yield from member.documents(".".join((*words, noun))).items()
