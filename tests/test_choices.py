"""Words that an argument does not allow are refused, by every public function and class."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from typing import Any

import pytest

import ionsmith
from ionsmith.choices import choices_of
from ionsmith.errors import InvalidChoice
from ionsmith.results import Result


def public() -> Iterator[tuple[str, Any]]:
    """Functions and classes that the front doors of all rooms hand on."""
    seen = set()
    for info in pkgutil.walk_packages(ionsmith.__path__, "ionsmith."):
        if ".cli" in info.name or any(part.startswith("_") for part in info.name.split(".")):
            continue
        module = importlib.import_module(info.name)
        for name, member in vars(module).items():
            own = getattr(member, "__module__", "").startswith(info.name)
            if own and not name.startswith("_") and callable(member) and member not in seen:
                seen.add(member)
                yield f"{info.name}.{name}", member


def parameters() -> Iterator[tuple[str, Callable[..., Any], str]]:
    """Every parameter of these that takes one of a few words.

    A dataclass that checks nothing is a record, made by the library from what was checked before.
    """
    for name, member in public():
        if inspect.isclass(member):
            checks = hasattr(member, "__post_init__") or not is_dataclass(member)
            if not checks or issubclass(member, Result) or member.__init__ is object.__init__:
                continue
        try:
            declared = inspect.signature(member).parameters.values()
        except (TypeError, ValueError):
            continue
        for parameter in declared:
            if any(isinstance(word, str) for word in choices_of(parameter.annotation)):
                yield f"{name}({parameter.name})", member, parameter.name


CASES = list(parameters())


def test_there_are_such_parameters() -> None:
    assert len(CASES) > 30


@pytest.mark.parametrize(("name", "function", "parameter"), CASES, ids=[case[0] for case in CASES])
def test_wrong_word(name: str, function: Callable[..., Any], parameter: str) -> None:
    required = {
        other.name: object()
        for other in inspect.signature(function).parameters.values()
        if other.default is other.empty
        and other.kind not in (other.VAR_KEYWORD, other.VAR_POSITIONAL)
    }
    with pytest.raises(InvalidChoice, match=f"`{parameter}` is 'no such word'"):
        function(**{**required, parameter: "no such word"})
