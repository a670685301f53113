"""Groups that import a command only when it is called, so that help is quick."""

import importlib
from typing import Any

import click


class LazyGroup(click.Group):
    """A group that knows its commands by name, module and one line of help.

    Parameters
    ----------
    package
        Dotted name of the package with the modules.
    nouns
        Module and one line of help for each command, in the order of the listing.
    """

    def __init__(
        self, *args: Any, package: str, nouns: dict[str, tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.package = package
        self.nouns = nouns

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order they were given."""
        return list(self.nouns)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in self.nouns:
            return None
        module = importlib.import_module(f"{self.package}.{self.nouns[cmd_name][0]}")
        return next(
            member
            for member in vars(module).values()
            if isinstance(member, click.Command) and member.name == cmd_name
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or list those there are."""
        if args and args[0] not in self.nouns and not args[0].startswith("-"):
            ctx.fail(f"no command {args[0]!r}; known are {', '.join(self.nouns)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(noun, line) for noun, (_, line) in self.nouns.items()])
