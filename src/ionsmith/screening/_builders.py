"""The builders whose options a campaign can vary, by the names of the command line."""

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ionsmith.errors import InvalidChoice

BUILDERS = {
    "alloy": "ionsmith.builders.alloys:build_alloy",
    "beta-alumina": "ionsmith.builders.beta_alumina:build_beta_alumina",
    "closure": "ionsmith.builders.beta_alumina:close_planes",
    "crack": "ionsmith.builders.beta_alumina.crack:open_crack",
    "interface": "ionsmith.screening._interface:interface_of",
    "nasicon": "ionsmith.builders.nasicon:build_nasicon",
    "network": "ionsmith.builders.amorphous:build_network",
    "ordered": "ionsmith.builders.ordered:build_ordered",
    "packing": "ionsmith.builders.amorphous:build_packing",
    "porous": "ionsmith.builders.porous:build_porous",
    "slab": "ionsmith.builders.slab:build_slab",
    "structure": "ionsmith.screening._structures:given",
}
"""Where the function of each builder is."""

CRYSTALS = frozenset({"crystal", "film", "structure", "substrate"})
"""Options that name a crystal: ``lib:NAME`` or a file."""


def builder(name: str) -> Callable[..., Any]:
    """Return the function of a builder, whose result has ``atoms``.

    Raises
    ------
    InvalidChoice
        If there is no such builder.
    """
    if name not in BUILDERS:
        raise InvalidChoice(f"no builder {name!r}; there are {', '.join(BUILDERS)}")
    module, _, function = BUILDERS[name].partition(":")
    return getattr(import_module(module), function)  # type: ignore[no-any-return]


def parameters_of(name: str) -> dict[str, inspect.Parameter]:
    """Return the parameters of a builder that a job may give."""
    parameters = inspect.signature(builder(name)).parameters
    return {key: value for key, value in parameters.items() if key != "progress"}
