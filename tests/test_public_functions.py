"""What holds for every public function: words are checked, anything that is a crystal is taken."""

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import FunctionType
from typing import Any

import pytest

from ionsmith.choices import choices_of
from ionsmith.errors import InvalidChoice

ROOMS = ("analyzers", "bonding", "builders", "crystals", "exporters", "lattice", "layers", "page",
         "pictures", "reproduction", "simulation", "surfaces")  # fmt: skip


def public_modules() -> list[str]:
    """Front doors, and the modules that do not stand behind one."""
    return [
        info.name
        for room in ROOMS
        for info in pkgutil.walk_packages(
            import_module(f"ionsmith.{room}").__path__, f"ionsmith.{room}."
        )
        if not any(part.startswith("_") for part in info.name.split("."))
    ]


def public_functions() -> Iterator[tuple[str, FunctionType]]:
    """Functions and methods that users may call, each once."""
    seen = set()
    for name in public_modules():
        module = import_module(name)
        listed = getattr(module, "__all__", None)
        for key, member in vars(module).items():
            if key.startswith("_") or (listed is not None and key not in listed):
                continue
            if listed is None and getattr(member, "__module__", None) != name:
                continue
            members = [(key, member)]
            if inspect.isclass(member):
                members = [
                    (f"{key}.{method}", getattr(member, method))
                    for method in vars(member)
                    if not method.startswith("_")
                ]
            for label, function in members:
                function = getattr(function, "__func__", function)
                if isinstance(function, FunctionType) and function not in seen:
                    seen.add(function)
                    yield f"{name}.{label}", function


CHOICES = [
    pytest.param(function, parameter.name, id=f"{label}-{parameter.name}")
    for label, function in public_functions()
    for parameter in inspect.signature(function).parameters.values()
    if choices_of(parameter.annotation)
]


@pytest.mark.parametrize(("function", "name"), CHOICES)
def test_wrong_words_are_refused(function: FunctionType, name: str) -> None:
    arguments: dict[str, Any] = {}
    for parameter in inspect.signature(function).parameters.values():
        words = choices_of(parameter.annotation)
        if parameter.name == name:
            arguments[name] = "no such word"
        elif parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        ):
            arguments[parameter.name] = words[0] if words else object()
    with pytest.raises(InvalidChoice, match=f"`{name}` is 'no such word'"):
        function(**arguments)


def test_there_are_choices() -> None:
    assert len(CHOICES) > 20


@pytest.mark.parametrize("label", sorted({label for label, _ in public_functions()}))
def test_public_functions_are_documented(label: str) -> None:
    function = dict(public_functions())[label]
    assert (function.__doc__ or "").strip()
