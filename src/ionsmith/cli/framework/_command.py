"""The decorator of a command and the class behind it."""

import inspect
import math
import re
import shlex
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, get_type_hints

import click
from click.core import ParameterSource

from ionsmith.choices import choices_of
from ionsmith.cli.framework._idle import refuse_structure, refuse_style
from ionsmith.cli.framework._output import WORDS, Format, check_outputs, emit, write_outputs
from ionsmith.cli.framework._parameters import arguments_of, click_parameters
from ionsmith.errors import DisorderedStructure, IonsmithError
from ionsmith.results import Result

NEGATIVE_NUMBER = re.compile(r"-\s*\d")
CALLS = {
    "ionsmith.crystals.names()": "'ionsmith library list'",
    "ionsmith.exporters.export": "'ionsmith export'",
}
"""Functions that messages name, and the commands that do the same."""

QUOTED_NAME = re.compile(r"`([a-z]\w*)(?:=([^`]*))?`")


class Failure(click.ClickException):
    """An error of the library in the words of the command line."""

    exit_code: int  # type: ignore[misc]  # of the error, not of the class

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Command(click.Command):
    """A command whose arguments may be negative Miller indices and whose numbers are finite.

    An argument such as ``-1 2 1`` is no option.

    Parameters
    ----------
    kinds
        Result class of each JSON document by name, where there are several.
    """

    def __init__(self, *args: Any, kinds: Mapping[str, type] | None = None, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.kinds = kinds

    def documents(self, name: str) -> dict[str, type]:
        """Result classes of the JSON documents that this command prints, by name.

        Parameters
        ----------
        name
            Of the command with its groups, such as ``"build.interface"``.
        """
        if self.kinds is not None:
            return dict(self.kinds)
        hint = get_type_hints(inspect.unwrap(self.callback or (lambda: None))).get("return")
        return {name: hint} if isinstance(hint, type) and issubclass(hint, Result) else {}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Shield arguments that begin with a negative number, and refuse nan and infinity."""
        ctx.meta[WORDS] = list(args)
        self._refuse_too_few(args, ctx)
        shielded = [f" {arg}" if NEGATIVE_NUMBER.match(arg) else arg for arg in args]
        rest = super().parse_args(ctx, list(shielded))
        _refuse_repeated(self.make_parser(ctx).parse_args(shielded)[2], ctx)
        for parameter in self.params:
            value = ctx.params.get(parameter.name or "")
            if isinstance(value, str) and parameter.name:
                ctx.params[parameter.name] = value.removeprefix(" ")
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, float) and not math.isfinite(number):
                    raise click.BadParameter(f"{number} is not a finite number", ctx, parameter)
        return rest

    def _refuse_too_few(self, args: list[str], ctx: click.Context) -> None:
        """Refuse an option that would take the next option for one of its values."""
        known = {name: item for item in self.params for name in item.opts if name[0] == "-"}
        for place, word in enumerate(args):
            taken = known.get(word)
            if taken is None or taken.nargs < 2:
                continue
            values = args[place + 1 : place + 1 + taken.nargs]
            count = next((n for n, value in enumerate(values) if value in known), len(values))
            if count < taken.nargs:
                raise click.UsageError(
                    f"{word} takes {taken.nargs} values ({taken.make_metavar(ctx)}), {count} given",
                    ctx,
                )

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and put errors of the library into the words of the command line."""
        try:
            return super().invoke(ctx)
        except IonsmithError as error:
            message = QUOTED_NAME.sub(self._on_command_line, str(error))
            if hint := _hint(error, self._arguments(ctx)):
                message = message.replace(" (build_ordered)", "") + hint
            for call, words in CALLS.items():
                message = message.replace(call, words)
            raise Failure(message, error.exit_code) from error

    def _arguments(self, ctx: click.Context) -> list[object]:
        """What was given for the arguments, one after the other."""
        given: list[object] = []
        for parameter in self.params:
            value = ctx.params.get(parameter.name or "")
            if isinstance(parameter, click.Argument):
                given += value if isinstance(value, tuple) else [value]
        return given

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example in one line, ready to be pasted."""
        formatter.write(f"\n  {self.epilog}\n")

    def _on_command_line(self, match: re.Match[str]) -> str:
        """The option or argument that a name in backticks stands for, else the bare words."""
        name, value = match.groups()
        parameter = next((item for item in self.params if item.name == name), None)
        if parameter is None:  # of the style of a picture
            parameter = next((x for x in self.params if x.name == f"picture_{name}"), None)
        if isinstance(parameter, click.Argument):
            return parameter.make_metavar(click.get_current_context()).strip("[].")
        if not isinstance(parameter, click.Option):
            return match[0].strip("`")
        flag = parameter.opts[-1]
        if not parameter.is_flag:
            return f"{flag} {value}" if value else flag
        off = value == "False" and parameter.secondary_opts
        return parameter.secondary_opts[0] if off else flag


def command(
    *,
    example: str,
    name: str | None = None,
    structure: bool = False,
    unless: str | tuple[str, ...] | Callable[[Mapping[str, Any]], bool] = (),
    picture: str | None = None,
    kinds: Mapping[str, type] | None = None,
    prints: bool = True,
    styled: bool = False,
) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of a function that returns its result.

    Parameters
    ----------
    example
        A command line without ``ionsmith``, shown by ``--help`` and tested.
    name
        Of the command; by default the function's, without ``_command``.
    structure
        Whether ``result.atoms`` is written to ``-o``.
    unless
        Name of an option, or of several, that, where given, makes the function return no
        structure or write it itself; or a function of the parameters that tells it.
    picture
        What ``result.draw()`` shows, for the help of ``-o`` (``--picture`` beside a structure).
    kinds
        Result class of each JSON document by name, where a command has several; by default
        the annotated class, under the name of the command.
    prints
        Whether a result is printed. A function that returns None prints by itself
        (:func:`emit`).
    styled
        Whether the function draws pictures itself, in :func:`picture_style`.
    """
    picture_name = None if picture is None else "picture" if structure else "output"

    def declare(function: Callable[..., Any]) -> Command:
        parameters = inspect.signature(function).parameters  # a picture it takes, it draws itself
        frame = _frame(structure, picture, prints)

        @wraps(function)
        def run(**params: Any) -> None:
            _refuse_two_formats(params)
            if callable(unless):
                makes_structure = structure and not unless(params)
            else:
                names = (unless,) if isinstance(unless, str) else unless
                makes_structure = structure and not any(params[name] for name in names)
                if structure and "output" not in parameters:
                    refuse_structure(params, names)
            check_outputs(params, structure=makes_structure, picture=picture_name)
            if picture_name or styled:
                refuse_style(params[picture_name or "output"])
            result = function(**arguments_of(function, params))
            if isinstance(result, Result):
                drawn = None if picture_name in parameters else picture_name
                write_outputs(params, result, structure=makes_structure, picture=drawn)
                emit(result)

        own = click_parameters(function, {str(parameter.name) for parameter in frame})
        if picture or styled:
            taken = any("--width" in parameter.opts for parameter in own)
            frame = [*_style("--picture-width" if taken else "--width"), *frame]
        usual = function.__name__.removesuffix("_command").replace("_", "-")
        return Command(
            name or usual,
            params=[*own, *frame],
            callback=run,
            help=inspect.cleandoc(function.__doc__ or ""),
            epilog=f"Example: ionsmith {example}",
            kinds=kinds,
        )

    return declare


def _style(width: str) -> list[click.Parameter]:
    """Options of the style of a picture; that of the width is named."""
    return [
        click.Option(
            [width, "picture_width"],
            type=float,
            metavar="CM",
            help="Width of the picture; a column of a journal has 8.5.",
        ),
        click.Option(
            ["--dpi"], type=int, default=150, show_default=True, help="Dots per inch of a PNG."
        ),
        click.Option(["--font"], metavar="NAME", help="Font of the picture."),
    ]


def _frame(structure: bool, picture: str | None, prints: bool) -> list[click.Parameter]:
    """Options of commands that write a structure or a picture, or print a result."""
    frame: list[click.Parameter] = []
    draw = f"{picture}: FILE.png, .svg or .pdf."
    if structure:
        if picture:
            frame.append(click.Option(["--picture"], metavar="FILE", help=draw))
        purpose = "File of the structure; its suffix sets the format, - is standard output."
        frame += [
            click.Option(["-o", "--output"], metavar="FILE", help=purpose),
            click.Option(["--force"], is_flag=True, help="Replace existing files."),
            click.Option(
                ["--dry-run"], is_flag=True, help="Show what would be built; write nothing."
            ),
        ]
    elif picture:
        frame += [
            click.Option(["-o", "--output"], metavar="FILE", help=draw),
            click.Option(["--force"], is_flag=True, help="Replace an existing picture."),
        ]
    if prints:
        frame += [
            click.Option(
                ["--format", "output_format"],
                type=click.Choice(choices_of(Format)),
                default="table",
                show_default=True,
                help="Format of the printed result.",
            ),
            click.Option(["--json", "as_json"], is_flag=True, help="Short for --format json."),
            click.Option(
                ["--csv-folder"],
                metavar="DIR",
                help="Also write all tables into this folder, one CSV file each.",
            ),
        ]
    return [
        *frame,
        click.Option(
            ["--config"],
            metavar="FILE.toml",
            callback=_load_config,
            is_eager=True,
            expose_value=False,
            help="Take options from a TOML file (keys as the long options; the command line wins).",
        ),
    ]


def _refuse_repeated(order: list[click.Parameter], ctx: click.Context) -> None:
    """Refuse an option that is given twice, of which click would take the last silently."""
    for option in order:
        single = isinstance(option, click.Option) and not (option.multiple or option.is_flag)
        if single and (times := order.count(option)) > 1:
            raise click.UsageError(f"{option.opts[-1]} is given {times} times", ctx)


def _refuse_two_formats(params: Mapping[str, Any]) -> None:
    """Refuse ``--json`` beside another format."""
    asked = click.get_current_context().get_parameter_source("output_format")
    other = asked is ParameterSource.COMMANDLINE and params["output_format"] != "json"
    if other and params["as_json"]:
        raise click.UsageError(
            f"--json and --format {params['output_format']} exclude each other; give one of them"
        )


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
    options = {
        name.removeprefix("--"): option
        for option in ctx.command.params
        if isinstance(option, click.Option) and option.name != "config"
        for name in option.opts
        if name.startswith("--")
    }
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
    if given.pop("as_json", False) and given.setdefault("output_format", "json") != "json":
        raise click.UsageError(f"{value}: json and format exclude each other", ctx)
    ctx.default_map = {**(ctx.default_map or {}), **given}


def _as_typed(option: click.Option, setting: object) -> object:
    """Turn a value of a TOML file into what would have been typed for an option.

    A list stands for an option that is given several times or takes several values, else for
    values with commas between them.
    """
    if option.is_flag:
        if not isinstance(setting, bool):
            raise ValueError(f"expected true or false, not {setting!r}")
        return setting
    several = option.multiple or option.nargs != 1
    items = setting if isinstance(setting, list) else [setting]
    for item in items:
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            raise ValueError(f"expected a number or a string, not {item!r}")
    if several and not isinstance(setting, list):
        raise ValueError(f"expected a list, not {setting!r}")
    words = [str(item) for item in items]
    return words if several else ",".join(words)


def _hint(error: IonsmithError, arguments: Iterable[object]) -> str:
    """The command that orders a crystal, where one of the arguments needs it."""
    if not isinstance(error, DisorderedStructure):
        return ""
    source = error.source or next(filter(_is_disordered, arguments), None)
    if source is None:
        return ""
    name = re.sub(r"(\.m?cif)?(\.gz)?(#.*)?$", "", Path(str(source).removeprefix("lib:")).name)
    words = ["ionsmith", "build", "ordered", str(source), "-o", f"{name}-ordered.extxyz"]
    return f": {shlex.join(words)}"


def _is_disordered(source: object) -> bool:
    """Whether an argument names a crystal with partial occupancies."""
    from ionsmith.crystals import Crystal
    from ionsmith.crystals.files import read_crystal

    if not isinstance(source, str) or source == "-":
        return False
    try:
        crystal = read_crystal(source)
    except IonsmithError:
        return False
    return isinstance(crystal, Crystal) and crystal.has_coordinates and not crystal.is_ordered
