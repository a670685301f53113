"""JSON schemas of results, made from their dataclasses.

The type of a property comes from its annotation and its description from the docstring: the
``Parameters`` section of the class for a field, the first line for a property.
"""

import dataclasses
import re
import types
from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from ionsmith.results import document_of

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_ENTRY = re.compile(r"^(\w+(?:, \w+)*)\n((?:    .*\n|\n)+)", flags=re.MULTILINE)


def document_schema(name: str, version: int, result: type) -> dict[str, Any]:
    """Schema of the whole document that a command prints with ``--json``.

    Parameters
    ----------
    name
        Name of the schema, such as ``"ionsmith.build.interface"``.
    version
        Version of the schema.
    result
        Class of the result.
    """
    schema = {
        "type": "object",
        "description": "which schema the document follows",
        **_properties(
            {
                "name": {"const": name, "description": "name of the schema"},
                "version": {"const": version, "description": "version of the schema"},
            }
        ),
    }
    return {
        "$schema": DRAFT,
        "title": name,
        "type": "object",
        **_properties(
            {
                "schema": schema,
                "ionsmith": {"type": "string", "description": "version of ionsmith"},
                "inputs": {"type": "object", "description": "arguments and options as given"},
                "result": {**result_schema(result), "description": _first_line(result)},
            }
        ),
    }


def result_schema(kind: type) -> dict[str, Any]:
    """Schema of a dataclass in the form that :meth:`ionsmith.results.Result.to_dict` gives it.

    Parameters
    ----------
    kind
        The dataclass.
    """
    described = _field_descriptions(kind)
    properties = {}
    for name in document_of(kind):
        member = getattr(kind, name, None)
        getter = getattr(member, "fget", None) or getattr(member, "func", None)
        hint = _hint(getter, "return") if getter else _hint(kind, name)
        text = _first_line(getter) if getter else described.get(name, "")
        properties[name] = {**type_schema(hint), **({"description": text} if text else {})}
    return {"type": "object", **_properties(properties)}


def type_schema(hint: Any) -> dict[str, Any]:
    """Schema of the plain form of a value (:func:`ionsmith.results.plain`).

    Parameters
    ----------
    hint
        The annotation.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    if origin in (Union, types.UnionType):
        parts = [type_schema(part) for part in arguments]
        if all(part.keys() == {"type"} and isinstance(part["type"], str) for part in parts):
            return {"type": [part["type"] for part in parts]}
        return {"anyOf": parts}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is np.ndarray:
        return {"type": "array", "items": {"type": [*_dtype(arguments[1]), "array"]}}
    if origin is tuple and arguments and arguments[-1] is not Ellipsis:
        items = [type_schema(part) for part in arguments]
        same = all(item == items[0] for item in items)
        return {
            "type": "array",
            **({"items": items[0]} if same else {"prefixItems": items, "items": False}),
            "minItems": len(items),
            "maxItems": len(items),
        }
    if isinstance(origin, type) and issubclass(origin, Mapping):
        anything = arguments[1] is Any  # such as provenance, whose steps differ
        return {"type": "object"} | (
            {} if anything else {"additionalProperties": type_schema(arguments[1])}
        )
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return {"type": "array", "items": type_schema(arguments[0])}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return result_schema(hint)
    return {}


def _dtype(hint: Any) -> list[str]:
    """JSON types of the elements of an array; unknown numbers are null."""
    kind = next(iter(get_args(hint)), np.generic)
    if not isinstance(kind, type):
        return ["number", "null"]
    if issubclass(kind, np.bool_):
        return ["boolean"]
    if issubclass(kind, np.integer):
        return ["integer"]
    return ["string"] if issubclass(kind, np.str_) else ["number", "null"]


def _properties(properties: dict[str, Any]) -> dict[str, Any]:
    """Schema of an object that has these properties and no others."""
    return {
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _hint(owner: Any, name: str) -> Any:
    """Resolve one annotation; names that are imported for type checkers alone become ``Any``."""
    try:
        return get_type_hints(owner)[name]
    except NameError:
        hint = next(
            (
                kind.__annotations__[name]
                for kind in getattr(owner, "__mro__", (owner,))
                if name in getattr(kind, "__annotations__", {})
            ),
            Any,
        )
        return Any if isinstance(hint, str) else hint


def _first_line(owner: Any) -> str:
    """First line of a docstring."""
    return (owner.__doc__ or "").strip().partition("\n")[0]


def _field_descriptions(kind: type) -> dict[str, str]:
    """Descriptions in the ``Parameters`` section of a class and its bases, by field."""
    described: dict[str, str] = {}
    for base in reversed(kind.__mro__[:-1]):
        docstring = cleandoc(base.__doc__ or "") + "\n"
        section = re.split(r"^\w[\w ]*\n-{3,}\n", docstring, flags=re.MULTILINE)
        titles = re.findall(r"^(\w[\w ]*)\n-{3,}\n", docstring, flags=re.MULTILINE)
        for title, body in zip(titles, section[1:], strict=True):
            if title == "Parameters":
                described |= {
                    name: " ".join(text.split())
                    for names, text in _ENTRY.findall(body)
                    for name in names.split(", ")
                }
    return described
