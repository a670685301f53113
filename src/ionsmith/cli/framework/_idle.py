"""Options that have no effect beside the others are refused, not passed over in silence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ionsmith.cli.framework._output import PRINTING, STYLE

FRAME = frozenset({*PRINTING, "output", "picture", "dry_run"})
"""Options that every listing takes."""


def refuse_idle(when: str, *names: str) -> None:
    """Refuse options of the running command that were given and have no effect.

    Parameters
    ----------
    when
        Why, as ``"without --fill"``.
    names
        The parameters.

    Raises
    ------
    click.UsageError
        Names the first of them that was given.
    """
    ctx = click.get_current_context()
    for parameter in ctx.command.params:
        source = ctx.get_parameter_source(parameter.name or "")
        if parameter.name in names and source is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{flag(parameter, ctx)} has no effect {when}; leave it out")


def refuse_others(when: str, *names: str) -> None:
    """Refuse all options of the running command but some and those of the frame.

    Parameters
    ----------
    when
        Why, as ``"beside --list"``.
    names
        Parameters that have an effect.
    """
    options = [p for p in click.get_current_context().command.params if isinstance(p, click.Option)]
    idle = {str(option.name) for option in options} - FRAME - {*names, "config"}
    refuse_idle(when, *idle)


def refuse_style(paths: Any) -> None:
    """Refuse options of the style on the command line where no picture is drawn.

    A file of options may hold a style for commands with and without a picture.

    Parameters
    ----------
    paths
        Name of the output, several, or None.
    """
    from ionsmith.pictures.saving import PICTURE_SUFFIXES

    several = paths if isinstance(paths, tuple | list) else [paths]
    if any(path and Path(path).suffix.lower() in PICTURE_SUFFIXES for path in several):
        return
    ctx = click.get_current_context()
    where = "--picture" if any(p.name == "picture" for p in ctx.command.params) else "-o"
    for parameter in ctx.command.params:
        given = ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if parameter.name in STYLE and given:
            raise click.UsageError(
                f"{flag(parameter, ctx)} is for a picture; name one with {where} FILE.png, or "
                "leave it out"
            )


def refuse_structure(params: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Refuse ``-o`` for a structure that one of some options leaves unwritten."""
    ctx = click.get_current_context()
    for parameter in ctx.command.params:
        if parameter.name in names and params[parameter.name] and params["output"] is not None:
            raise click.UsageError(f"{flag(parameter, ctx)} writes no structure; leave out -o")


def flag(parameter: click.Parameter, ctx: click.Context) -> str:
    """Name of an option as it is typed, or of an argument."""
    if not isinstance(parameter, click.Option):
        return parameter.make_metavar(ctx)
    off = parameter.secondary_opts and ctx.params.get(parameter.name or "") is False
    return parameter.secondary_opts[0] if off else parameter.opts[-1]
