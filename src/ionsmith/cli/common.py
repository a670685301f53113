"""Options and output that all commands share."""

import csv
import io
import json
import math
import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from ionsmith import __version__
from ionsmith.results import Result, plain

Function = TypeVar("Function", bound=Callable[..., Any])
NEGATIVE_NUMBER = re.compile(r"-\s*\d")
SCHEMA_VERSION = 1
_WORDS = "ionsmith.words"


class Command(click.Command):
    """A command whose arguments may be negative Miller indices and whose numbers are finite.

    An argument such as ``-1 2 1`` is no option.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Shield arguments that begin with a negative number, and refuse nan and infinity."""
        ctx.meta[_WORDS] = list(args)
        rest = super().parse_args(
            ctx, [f" {arg}" if NEGATIVE_NUMBER.match(arg) else arg for arg in args]
        )
        for parameter in self.params:
            value = ctx.params.get(parameter.name or "")
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, float) and not math.isfinite(number):
                    raise click.BadParameter(f"{number} is not a finite number", ctx, parameter)
        return rest


def command_line(without: Sequence[str] = ()) -> str:
    """Give the command that is running as it was typed, ready to be pasted into a shell.

    Parameters
    ----------
    without
        Options that are left out, such as ``--output``; how the result is printed always is.
    """
    ctx = click.get_current_context()
    dropped = {*without, "--format", "--json"}
    options = [option for option in ctx.command.params if isinstance(option, click.Option)]
    names = {name: option for option in options for name in option.opts}
    kept: list[str] = []
    words = iter(ctx.meta[_WORDS])
    for word in words:
        option = names.get(word.partition("=")[0])
        if option is None or not dropped & set(option.opts):
            kept.append(word)
        elif not option.is_flag and "=" not in word:
            next(words, None)
    return f"{ctx.command_path} {shlex.join(kept)}".strip()


def _load_config(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    """Take defaults from a TOML file: keys are the long options, and flags win."""
    if value is None:
        return
    try:
        settings = tomllib.loads(Path(value).read_text(encoding="utf-8"))
    except OSError as error:
        raise click.UsageError(f"{value}: {error.strerror}", ctx) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{value}: not valid TOML ({error})", ctx) from error
    options: dict[str, click.Option] = {}
    for option in ctx.command.params:
        if isinstance(option, click.Option) and option.name != "config":
            for name in option.opts:
                if name.startswith("--"):
                    options[name.removeprefix("--")] = option
    unknown = sorted(set(settings) - set(options))
    if unknown:
        raise click.UsageError(
            f"{value}: unknown key {unknown[0]!r}; known are {', '.join(sorted(options))}", ctx
        )
    given: dict[str, Any] = {}
    for key, setting in settings.items():
        try:
            given[str(options[key].name)] = _as_typed(options[key], setting)
        except ValueError as error:
            raise click.UsageError(f"{value}: {key}: {error}", ctx) from None
    if given.pop("as_json", False):
        given["output_format"] = "json"
    ctx.default_map = {**(ctx.default_map or {}), **given}


def _as_typed(option: click.Option, setting: object) -> object:
    """Turn a value of a TOML file into what would have been typed for an option.

    A list stands for an option that is given several times or takes several values, else for
    values with commas between them.
    """
    if option.is_flag:
        if not isinstance(setting, bool):
            raise ValueError(f"true or false was expected, not {setting!r}")
        return setting
    several = option.multiple or option.nargs != 1
    items = setting if isinstance(setting, list) else [setting]
    for item in items:
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            raise ValueError(f"a number or a string was expected, not {item!r}")
    if several and not isinstance(setting, list):
        raise ValueError(f"a list was expected, not {setting!r}")
    words = [str(item) for item in items]
    return words if several else ",".join(words)


def config_option(function: Function) -> Function:
    """Add ``--config``."""
    return click.option(
        "--config",
        metavar="FILE.toml",
        callback=_load_config,
        is_eager=True,
        expose_value=False,
        help="Take options from a TOML file (keys as the long options; flags win).",
    )(function)


def output_options(function: Function) -> Function:
    """Add ``--format``, ``--json`` and ``--config``."""
    decorators = [
        click.option(
            "--format",
            "output_format",
            type=click.Choice(["table", "json", "csv"]),
            default="table",
            show_default=True,
            help="How the result is printed.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Short for --format json."),
        config_option,
    ]
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def file_options(function: Function) -> Function:
    """Add ``-o``, ``--force`` and ``--dry-run`` to a command that writes a structure."""
    decorators = [
        click.option(
            "-o",
            "--output",
            metavar="FILE",
            required=False,
            help="Where the structure goes; the suffix says the format, - is standard output.",
        ),
        click.option("--force", is_flag=True, help="Replace an existing output file."),
        click.option("--dry-run", is_flag=True, help="Say what would be built; write nothing."),
    ]
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def supercell_option(
    purpose: str, default: tuple[int, int, int] | None = (1, 1, 1)
) -> Callable[[Function], Function]:
    """Add ``--supercell``, three whole numbers."""
    return click.option(
        "--supercell",
        type=int,
        nargs=3,
        default=default,
        show_default=True,
        metavar="NA NB NC",
        help=purpose,
    )


def seed_option(purpose: str) -> Callable[[Function], Function]:
    """Add ``--seed``, a whole number from 0 on."""
    return click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True, help=purpose
    )


def symprec_option(function: Function) -> Function:
    """Add ``--symprec``, a distance in Å."""
    return click.option(
        "--symprec",
        type=click.FloatRange(min=0, min_open=True),
        default=0.01,
        show_default=True,
        metavar="Å",
        help="Distance between equivalent atoms when the symmetry of a file is looked for.",
    )(function)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function of (steps done, all steps) that draws a bar on a terminal, and only there."""
    bars: list[Any] = []

    def report(done: int, total: int) -> None:
        if not sys.stderr.isatty():
            return
        if not bars:
            bars.append(click.progressbar(length=total, label=label, file=sys.stderr))
            bars[0].__enter__()
        bars[0].update(done - bars[0].pos)

    try:
        yield report
    finally:
        for bar in bars:
            bar.__exit__(None, None, None)


def emit(
    name: str,
    inputs: Mapping[str, Any],
    result: Result,
    *,
    output_format: str,
    as_json: bool,
    to_stderr: bool = False,
) -> None:
    """Print a result as a table, one JSON document, or CSV.

    Parameters
    ----------
    name
        Schema name, such as ``"analyze.compare"``.
    inputs
        The arguments and options that the command ran with.
    result
        What it found.
    output_format, as_json
        As :func:`output_options` gives them.
    to_stderr
        Print to standard error, for when a structure goes to standard output.
    """
    if as_json or output_format == "json":
        document = {
            "schema": {"name": f"ionsmith.{name}", "version": SCHEMA_VERSION},
            "ionsmith": __version__,
            "inputs": plain(dict(inputs)),
            "result": result.to_dict(),
        }
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    elif output_format == "csv":
        stream = io.StringIO()
        main = result.tables()[0]
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(main.headers)
        writer.writerows(main.rows)
        text = stream.getvalue().rstrip("\n")
    else:
        text = result.table()
    # A name of a file that is no text: its bytes, as JSON escapes them.
    click.echo(text.encode("utf-8", "backslashreplace").decode(), err=to_stderr)
