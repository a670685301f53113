"""Checking words such as ``sense="right"`` against the ``Literal`` that the signature declares.

>>> from typing import Literal
>>> from ionsmith.choices import checked
>>> @checked
... def glide(sense: Literal["right", "wrong"] = "right") -> str:
...     return sense
>>> glide("Right")
Traceback (most recent call last):
    ...
ionsmith.errors.InvalidChoice: `sense` is 'Right'; expected 'right' or 'wrong'
"""

import inspect
import types
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin

from ionsmith.errors import InvalidChoice, InvalidInput

P = ParamSpec("P")
R = TypeVar("R")


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function so that it refuses words outside the ``Literal`` of a parameter.

    Parameters
    ----------
    function
        A function some of whose parameters are annotated with ``Literal[...]``, alone or in a
        union; arguments of other types that the union allows pass unchecked.

    Raises
    ------
    InvalidChoice
        When the decorated function is called with another word.
    """
    allowed = [
        (name, place, words, parameter.annotation)
        for place, (name, parameter) in enumerate(inspect.signature(function).parameters.items())
        if (words := choices_of(parameter.annotation))
    ]

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, place, words, annotation in allowed:
            if name in kwargs:
                _check(name, kwargs[name], words, annotation)
            elif place < len(args):
                _check(name, args[place], words, annotation)
        return function(*args, **kwargs)

    return call


def check_type(name: str, value: object, kind: type) -> None:
    """Refuse an argument that is neither None nor of a class.

    Parameters
    ----------
    name
        What the message calls the value.
    value
        What was given.
    kind
        The class.

    Raises
    ------
    InvalidInput
        If the value is of another class.
    """
    if value is not None and not isinstance(value, kind):
        raise InvalidInput(f"`{name}` must be a {kind.__name__}, not a {type(value).__name__}")


def check_choice(name: str, value: object, annotation: Any) -> None:
    """Refuse a value that a ``Literal`` does not list, as :func:`checked` does for a parameter.

    Parameters
    ----------
    name
        What the message calls the value.
    value
        What was given.
    annotation
        The ``Literal``, or a union that holds one.

    Raises
    ------
    InvalidChoice
        If the value is another word.
    """
    _check(name, value, choices_of(annotation), annotation)


def choices_of(annotation: Any) -> tuple[Any, ...]:
    """Return the values that an annotation lists in its ``Literal``; none if it has no such part.

    Parameters
    ----------
    annotation
        A type: ``Literal[...]``, or a union that holds one.
    """
    return tuple(
        value
        for part in _parts(annotation)
        if get_origin(part) is Literal
        for value in get_args(part)
    )


def _parts(annotation: Any) -> Iterator[Any]:
    """Members of a union, or the annotation itself."""
    if get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _parts(part)
    else:
        yield annotation


def _check(name: str, value: object, words: tuple[Any, ...], annotation: Any) -> None:
    if any(type(value) is type(word) and value == word for word in words):
        return
    others = [part for part in _parts(annotation) if get_origin(part) is not Literal]
    if str in others or (others not in ([], [types.NoneType]) and not isinstance(value, str)):
        return
    if types.NoneType in others and value is None:
        return
    *most, last = map(repr, words)
    listed = f"{', '.join(most)} or {last}" if most else last
    raise InvalidChoice(f"`{name}` is {value!r}; expected {listed}")
