"""The command ``ionsmith``: verbs, loaded when they are called, so that help is quick."""

import os
import sys
import warnings

import click

from ionsmith import __version__
from ionsmith.cli.lazy import LazyGroup
from ionsmith.errors import IonsmithError


@click.command(
    cls=LazyGroup,
    package="ionsmith.cli",
    nouns={
        "library": "List, show and export published crystals.",
        "build": "Build a model from published crystals.",
        "analyze": "Compute what a paper measured.",
        "export": "Write a calculation for a DFT code.",
        "demo": "Open and closed conduction planes of Na β''-alumina, compared.",
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
    try:
        code = ionsmith.main(args=arguments, prog_name="ionsmith", standalone_mode=False)
    except IonsmithError as error:
        click.echo(f"ionsmith: {error}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(2)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "ionsmith"
        click.echo(f"{path}: {error.format_message()} (see {path} --help)", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"ionsmith: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("ionsmith: interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except MemoryError:
        click.echo("ionsmith: out of memory; try a smaller supercell", err=True)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("IONSMITH_TRACEBACK"):
            raise
        click.echo(
            f"ionsmith: a fault in the program, not in your input: {type(error).__name__}: {error} "
            "(set IONSMITH_TRACEBACK=1 for where it happened, and please report it)",
            err=True,
        )
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
