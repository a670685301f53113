"""The options of every command that draws its result, and the check before any work is done."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def picture_options(purpose: str) -> Callable[[Function], Function]:
    """Add ``-o`` and ``--force`` to a command that draws what it found."""

    def add(function: Function) -> Function:
        function = click.option("--force", is_flag=True, help="Replace an existing picture.")(
            function
        )
        return click.option(
            "-o", "--output", metavar="FILE", help=f"{purpose}: FILE.png or FILE.svg."
        )(function)

    return add


def ready_picture(path: str | None, *, force: bool) -> None:
    """Refuse a picture of unknown format, an existing or an unwritable one."""
    if path is None:
        return
    from ionsmith.crystals.files import check_target
    from ionsmith.pictures.saving import check_picture

    check_picture(path)
    check_target(path, force=force)
