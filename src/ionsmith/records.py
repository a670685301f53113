"""Records that were read from files: whether they have the types that their classes declare."""

from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import numpy as np


def check_record(record: Any, kind: type) -> None:
    """Refuse a record whose fields have other types than their annotations.

    Parameters
    ----------
    record
        What a reader of JSON returned.
    kind
        A dataclass or a ``TypedDict``, whose required fields must be there.

    Raises
    ------
    ValueError
        That names the field.
    """
    if not isinstance(record, Mapping):
        raise ValueError(f"a {type(record).__name__} is not a record with names")
    for name, hint in _hints(kind).items():
        if get_origin(hint) is not ClassVar and name in record and not _fits(record[name], hint):
            raise ValueError(f"{name!r} has the wrong type, {type(record[name]).__name__}")
    missing = sorted(getattr(kind, "__required_keys__", frozenset()) - record.keys())
    if missing:
        raise ValueError(f"{missing[0]!r} is missing")


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Annotations of a class."""
    return get_type_hints(kind)


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is what an annotation says."""
    origin, parts = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is Literal:
        return value in parts
    if origin in (list, tuple):
        return isinstance(value, list | tuple) and all(_fits(item, parts[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(item, parts[1]) for item in value.values())
    if origin is np.ndarray:
        wanted = get_args(parts[1])[0]
        own = isinstance(value, np.ndarray) and np.can_cast(value.dtype, wanted)
        return own and bool(np.isfinite(value).all())
    if is_typeddict(hint):
        try:
            check_record(value, hint)
        except ValueError:
            return False
        return True
    if hint in (int, float):
        number = isinstance(value, int if hint is int else int | float)
        return number and not isinstance(value, bool)
    return isinstance(value, hint)
