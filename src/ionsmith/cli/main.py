"""The command ``ionsmith``: verbs, loaded when they are called, so that help is quick."""

import os
import sys
import warnings
from contextlib import suppress

import click

from ionsmith import __version__
from ionsmith.cli._lazy import LazyGroup


@click.command(
    cls=LazyGroup,
    package="ionsmith.cli",
    nouns={
        "library": ("library", "List, show and export published crystals."),
        "build": ("build", "Build a model from published crystals."),
        "analyze": ("analyze", "Compute what a paper measured."),
        "predict": ("predict", "Predict what an experiment would find."),
        "relax": ("relax", "Relax structures with a machine-learned or classical potential."),
        "export": ("export", "Write a calculation for a DFT code or LAMMPS."),
        "view": ("view", "Make a page that shows structures in 3D, with tables and pictures."),
        "draw": ("draw", "Draw structures along any direction, for a page of a journal."),
        "reproduce": ("reproduce", "Compare published numbers with ours, paper by paper."),
        "screen": ("screen", "Build, relax and judge many candidates, on many machines."),
        "schema": ("schema", "List or print the JSON schemas of all commands."),
        "demo": ("demo", "Open and closed conduction planes of Na β''-alumina, compared."),
    },
    epilog="Example: ionsmith build beta-alumina -o open.extxyz",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="ionsmith")
def ionsmith() -> None:
    """Atomistic models of battery ceramics and alloys, built from published crystals.

    A STRUCTURE is a file that ASE or pymatgen reads, the name of a library crystal (lib:nvp),
    or - for standard input.
    """


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning of a library as one line, without the place in its source."""
    click.echo(f"ionsmith: note: {' '.join(str(message).split())}", err=True)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; one clear line and an exit code for what goes wrong."""
    warnings.showwarning = _show_warning
    if sys.stderr is None:  # closed by who called
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.exit(_complain("ionsmith: standard output is closed", 2))
    sys.exit(_code_of(arguments))


def _code_of(arguments: list[str] | None) -> int:
    """Run the command line and return the exit code."""
    try:
        code = ionsmith.main(args=arguments, prog_name="ionsmith", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "ionsmith"
        return _complain(f"{path}: {error.format_message()} (see {path} --help)", 2)
    except click.ClickException as error:
        return _complain(f"ionsmith: {error.format_message()}", error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _complain("ionsmith: interrupted", 130)
    except BrokenPipeError:
        _forget_output()
        return 1
    except OSError as error:  # standard output on a full disk, too many open files
        _forget_output()
        name = f"{error.filename}: " if error.filename else ""
        return _complain(f"ionsmith: {name}{error.strerror or error}", 2)
    except MemoryError:
        return _complain("ionsmith: out of memory; try a smaller structure or supercell", 1)
    except Exception as error:
        if os.environ.get("IONSMITH_TRACEBACK"):
            raise
        return _complain(
            f"ionsmith: a fault in the program, not in your input: {type(error).__name__}: {error} "
            "(set IONSMITH_TRACEBACK=1 for the traceback, and please report it)",
            1,
        )
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int) -> int:
    """Print an error as one line, whatever names it holds, and return its exit code."""
    click.echo(" ".join(message.split()), err=True)
    return code


def _forget_output() -> None:
    """Drop what standard output could not take, or Python reports it once more at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
