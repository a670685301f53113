"""From the signature of a command to the parameters of click, and back to its arguments."""

import dataclasses
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import click

from ionsmith.choices import choices_of
from ionsmith.cli.framework._types import READ, Parsed


@dataclasses.dataclass(frozen=True, eq=False)  # hashed by identity
class Spec:
    """What the annotation of a parameter adds to its name, type and default.

    Parameters
    ----------
    kind
        ``click.Option`` or ``click.Argument``.
    names
        Names on the command line; by default ``--name``.
    settings
        Keyword arguments of click.
    """

    kind: type[click.Parameter]
    names: tuple[str, ...]
    settings: dict[str, Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Group:
    """The options that fill the fields of a dataclass of the library.

    Parameters
    ----------
    specs
        For each field that has an option.
    """

    specs: Mapping[str, Spec]


@dataclasses.dataclass(frozen=True)
class Declared:
    """One parameter as the signature of a command, or a field of a dataclass, declares it.

    Parameters
    ----------
    name, hint, default
        As in the signature; ``inspect.Parameter.empty`` without a default.
    spec
        What the annotation adds; None for a plain annotation.
    """

    name: str
    hint: Any
    default: Any
    spec: Spec | None


def option(help: str, *names: str, **settings: Any) -> Any:
    """Describe an option; name, type and default come from the parameter that it annotates.

    Parameters
    ----------
    help
        Help text.
    names
        Names on the command line, where they differ from that of the parameter.
    settings
        Keyword arguments of :class:`click.Option`, such as ``metavar`` or ``type``.
    """
    return Spec(click.Option, names, {"help": help, **settings})


def argument(**settings: Any) -> Any:
    """Describe an argument that has keyword arguments of :class:`click.Argument`."""
    return Spec(click.Argument, (), settings)


def options(**specs: Any) -> Any:
    """Describe the options that fill a dataclass, by the names of its fields."""
    return Group(specs)


def click_parameters(function: Callable[..., Any], provided: set[str]) -> list[click.Parameter]:
    """Make the parameters of click for a function.

    Parameters
    ----------
    function
        The function of a command.
    provided
        Parameters that the frame of all commands provides.
    """
    return [_click_parameter(declared) for declared in _declared(function, provided)]


def arguments_of(function: Callable[..., Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Collect the arguments of a function from parsed values, and fill its dataclasses.

    Parameters
    ----------
    function
        The function of a command.
    values
        All parsed values by name.
    """
    arguments = {}
    for name, hint in _hints(function).items():
        group = _group(hint)
        if group is None:
            arguments[name] = values[name]
        else:
            kind, fields = group
            arguments[name] = kind(**{field.name: values[field.name] for field in fields})
    return arguments


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Annotations of the parameters, with what is annotated beside the type."""
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    return hints


def _declared(function: Callable[..., Any], provided: set[str]) -> Iterator[Declared]:
    """Parameters of a function, those of its dataclasses in their places."""
    signature = inspect.signature(function)
    for name, hint in _hints(function).items():
        group = _group(hint)
        if group is not None:
            yield from group[1]
        elif _spec(hint) is not None or name not in provided:
            yield Declared(name, _type(hint), signature.parameters[name].default, _spec(hint))


def _group(hint: Any) -> tuple[type, list[Declared]] | None:
    """The dataclass that a parameter is filled with, and its fields that are options."""
    kind = _type(hint)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)) or kind in READ:
        return None
    hints = get_type_hints(kind, include_extras=True)
    given = next((item.specs for item in _extras(hint) if isinstance(item, Group)), None)
    fields = []
    for field in dataclasses.fields(kind):
        spec = _spec(hints[field.name]) if given is None else given.get(field.name)
        default = field.default if field.default is not dataclasses.MISSING else _NOTHING
        if spec is not None:
            fields.append(Declared(field.name, _type(hints[field.name]), default, spec))
    return kind, fields


_NOTHING = inspect.Parameter.empty


def _extras(hint: Any) -> tuple[Any, ...]:
    """What stands beside the type in an annotation, or in a member of a union."""
    if get_origin(hint) is Annotated:
        return (*_extras(get_args(hint)[0]), *get_args(hint)[1:])
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(item for part in get_args(hint) for item in _extras(part))
    return ()


def _type(hint: Any) -> Any:
    """The type itself."""
    if get_origin(hint) is Annotated:
        return _type(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return Union[tuple(_type(part) for part in get_args(hint))]  # noqa: UP007
    return hint


def _spec(hint: Any) -> Spec | None:
    """The last description in an annotation; a bare text beside it replaces its help."""
    spec = None
    for item in _extras(hint):
        if isinstance(item, Spec):
            spec = item
        elif isinstance(item, str) and spec is not None:
            spec = dataclasses.replace(spec, settings={**spec.settings, "help": item})
    return spec


def _click_parameter(declared: Declared) -> click.Parameter:
    """Make one parameter of click."""
    name, spec = declared.name, declared.spec or argument()
    settings = {**_from_type(declared, spec), **spec.settings}
    kind = settings.get("type")
    if kind in READ:
        settings["type"] = Parsed(READ[kind])
    elif callable(kind) and not isinstance(kind, type | click.ParamType):
        settings["type"] = Parsed(kind)
    if spec.kind is click.Argument:
        return click.Argument([name], **settings)
    flag = f"--{name.replace('_', '-')}"
    if declared.hint is bool and declared.default is True:
        flag = f"{flag}/--no-{name.replace('_', '-')}"
    return click.Option([*(spec.names or (flag,)), name], **settings)


def _from_type(declared: Declared, spec: Spec) -> dict[str, Any]:
    """Keyword arguments of click that follow from type and default."""
    hint = _without_none(declared.hint)
    settings: dict[str, Any] = {}
    is_option, own_type = spec.kind is click.Option, "type" in spec.settings
    if declared.default is _NOTHING:
        settings["required"] = True
    else:
        settings["default"] = declared.default
        if not is_option:
            settings["required"] = False
        elif declared.default not in (None, (), {}) and hint is not bool:
            settings["show_default"] = True
    if hint is bool and is_option:
        return {**settings, "is_flag": True}
    if choices := choices_of(hint):
        settings["type"] = click.Choice(choices)
    elif get_origin(hint) is dict:
        settings |= {"multiple": True, "default": None, "required": False}
    elif get_origin(hint) is tuple and not (own_type and is_option):
        parts = get_args(hint)
        item = choices_of(parts[0])
        settings["type"] = click.Choice(item) if item else parts[0]
        if parts[-1] is not Ellipsis:
            settings["nargs"] = len(parts)
        elif is_option:
            settings["multiple"] = True
        else:
            settings["nargs"] = -1
            settings.pop("default", None)
    elif not own_type:
        settings["type"] = hint
    return settings


def _without_none(hint: Any) -> Any:
    """A type without its ``| None``."""
    if get_origin(hint) in (Union, types.UnionType):
        parts = [part for part in get_args(hint) if part is not types.NoneType]
        if len(parts) == 1:
            return parts[0]
    return hint
