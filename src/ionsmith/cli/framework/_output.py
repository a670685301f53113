"""What every command writes: the result in the format asked for, a structure, a picture."""

import csv
import io
import json
import shlex
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ionsmith import __version__, provenance
from ionsmith.crystals.files import check_output, check_target, write_structure, write_text
from ionsmith.errors import OutputExists
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.results import Result, Table, plain

if TYPE_CHECKING:
    from ionsmith.pictures.saving import PictureStyle

Format = Literal["table", "json", "csv", "markdown", "latex"]

SCHEMA_VERSION = 1

WORDS = "ionsmith.words"
"""Key of the words that were typed, in the context of a command."""

STYLE = ("picture_width", "dpi", "font")
"""Options of the style of a picture."""

PRINTING = ("output_format", "as_json", "csv_folder", "force", *STYLE)
"""Options that are no inputs: they say how the result is printed or written."""

WITHOUT_EFFECT = (
    *STYLE,
    "output",
    "force",
    "picture",
    "checkpoint",
    "resume",
    "output_format",
    "as_json",
)
"""Options that change nothing in the structure: with or without them it has the same bytes."""


def command_line(without: tuple[str, ...] = ("output_format", "as_json", "csv_folder")) -> str:
    """Return the running command as it was typed, ready to be pasted into a shell.

    Parameters
    ----------
    without
        Names of options that are left out; by default those of printing.
    """
    ctx = click.get_current_context()
    options = {
        name: option
        for option in ctx.command.params
        if isinstance(option, click.Option)
        for name in option.opts
    }
    kept: list[str] = []
    words = iter(ctx.meta[WORDS])
    for word in words:
        option = options.get(word.partition("=")[0])
        if option is None or option.name not in without:
            kept.append(word)
        elif not option.is_flag and "=" not in word:
            next(words, None)
    return f"{ctx.command_path} {shlex.join(kept)}".strip()


def emit(result: Result) -> None:
    """Print a result of the running command, and write its tables where that is asked for.

    It goes to standard error where standard output takes the structure.
    """
    ctx = click.get_current_context()
    params = ctx.params
    output_format: Any = "json" if params.get("as_json") else params["output_format"]
    tables = [] if output_format == "json" else result.tables()
    if output_format == "json":
        text = json.dumps(_document(ctx, result), indent=1, ensure_ascii=False, allow_nan=False)
    elif output_format == "csv":
        text = csv_text(tables[0])
    elif output_format == "table":
        text = result.table()
    else:
        text = "\n\n".join(table.render(output_format) for table in tables)
    to_stderr = params.get("output") == "-" and not params.get("dry_run")
    # A file name that is not valid text: its bytes, as JSON escapes them.
    click.echo(text.encode("utf-8", "backslashreplace").decode(), err=to_stderr)
    if params.get("csv_folder"):
        write_tables(params["csv_folder"], result.tables(), force=params.get("force"))
    elif output_format == "csv" and len(tables) > 1:
        left = ", ".join(table.title.partition("\n")[0] or "untitled" for table in tables[1:])
        click.echo(
            f"ionsmith: note: {len(tables) - 1} of {len(tables)} tables left out ({left}); "
            "--csv-folder DIR writes all",
            err=True,
        )


def write_tables(folder: str, tables: list[Table], *, force: bool | None) -> None:
    """Write every table as a CSV file into a folder: ``1.csv``, ``2.csv``, in their order."""
    paths = [Path(folder) / f"{number}.csv" for number in range(1, len(tables) + 1)]
    Path(folder).mkdir(parents=True, exist_ok=True)
    for path in paths:
        _check_table(path, force)
    for path, table in zip(paths, tables, strict=True):
        write_text(str(path), csv_text(table) + "\n", force=bool(force))


def _check_table(path: Path, force: bool | None) -> None:
    """Refuse to replace a table; force is None for a command that cannot be forced."""
    if force is None and path.exists():
        raise OutputExists(f"{path} exists; choose another folder")
    check_target(str(path), force=bool(force))


def check_outputs(params: Mapping[str, Any], *, structure: bool, picture: str | None) -> None:
    """Refuse a missing, existing or unwritable output before any work is done."""
    folder = params.get("csv_folder")
    if folder and Path(folder).exists() and not Path(folder).is_dir():
        raise click.UsageError(f"--csv-folder {folder}: a folder was expected, this is a file")
    if folder and folder in (params.get("output"), picture and params[picture]):
        raise click.UsageError(f"--csv-folder {folder}: it is the output too; choose another name")
    if folder and Path(folder).is_dir():
        _check_table(Path(folder) / "1.csv", params.get("force"))
    if structure:
        if params["output"] is not None:
            check_output(params["output"], force=params["force"])
        elif not params["dry_run"]:
            raise click.UsageError("say where the structure goes with -o FILE, or pass --dry-run")
    if picture is not None and params[picture] is not None:
        from ionsmith.pictures.saving import check_picture

        check_picture(params[picture])
        picture_style()
        check_target(params[picture], force=params["force"])


def write_outputs(
    params: Mapping[str, Any], result: Any, *, structure: bool, picture: str | None
) -> None:
    """Write the structure with the command that made it, and the picture; nothing in a dry run."""
    if params.get("dry_run"):
        return
    if structure:
        provenance.note_command(result.atoms, command_line(WITHOUT_EFFECT))
        write_structure(params["output"], result.atoms, force=params["force"])
    if picture is not None and params[picture] is not None:
        from ionsmith.pictures.saving import save_picture

        save_picture(params[picture], result, style=picture_style())


def picture_style() -> "PictureStyle":
    """Style of the picture that the running command draws."""
    from ionsmith.pictures.saving import PictureStyle

    params = click.get_current_context().params
    return PictureStyle(*(params[name] for name in STYLE))


def _document(ctx: click.Context, result: Result) -> dict[str, Any]:
    """The JSON document of a result."""
    known: dict[str, type] = ctx.command.documents(_path_of(ctx))  # type: ignore[attr-defined]
    name = next(name for name, kind in known.items() if isinstance(result, kind))
    names = [str(parameter.name) for parameter in ctx.command.params]
    inputs = {n: _input(ctx.params[n]) for n in names if n in ctx.params and n not in PRINTING}
    return {
        "schema": {"name": f"ionsmith.{name}", "version": SCHEMA_VERSION},
        "ionsmith": __version__,
        "inputs": inputs,
        "result": result.to_dict(),
    }


def _path_of(ctx: click.Context) -> str:
    """Name of a command with its groups, such as ``"build.interface"``."""
    names: list[str] = []
    while ctx.parent is not None:
        names.insert(0, str(ctx.command.name))
        ctx = ctx.parent
    return ".".join(names)


def _input(value: Any) -> Any:
    """One input as JSON; fractions and Miller indices as they are written."""
    if isinstance(value, list | tuple):
        return [_input(item) for item in value]
    return str(value) if isinstance(value, Fraction | Plane | Direction) else plain(value)


def csv_text(table: Table) -> str:
    """Write one table as CSV, without a line break at its end."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(table.headers)
    writer.writerows(table.rows)
    return stream.getvalue().rstrip("\n")
