"""The builders whose options a campaign can vary, by the names of the command line."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

from ionsmith.errors import InvalidChoice, InvalidInput, NoMatch

BUILDERS = {
    "alloy": "ionsmith.builders.alloys:build_alloy",
    "beta-alumina": "ionsmith.builders.beta_alumina:build_beta_alumina",
    "closure": "ionsmith.builders.beta_alumina:close_planes",
    "crack": "ionsmith.builders.beta_alumina.crack:open_crack",
    "interface": "ionsmith.screening._interface:interface_of",
    "nasicon": "ionsmith.builders.nasicon:build_nasicon",
    "network": "ionsmith.builders.amorphous:build_network",
    "ordered": "ionsmith.screening._builders:ordered_by_rank",
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
    function, signature = builder(name), inspect.signature
    parameters = dict(signature(function).parameters)
    if name in ON_BETA_ALUMINA:
        parameters = {**signature(builder("beta-alumina")).parameters, **parameters}
    if function is ordered_by_rank:
        del parameters["options"]
        parameters |= signature(_build_ordered()).parameters
    return {key: value for key, value in parameters.items() if key not in NO_OPTIONS}


NO_OPTIONS = frozenset({"progress", "checkpoint", "resume"})
"""Parameters of builders that no job may give."""

ON_BETA_ALUMINA = frozenset({"closure", "crack"})
"""Builders that begin with a model of β''-alumina, which its own options make as well."""


def build(name: str, options: dict[str, Any]) -> Any:
    """Build a model with the options of a job.

    Parameters
    ----------
    name
        Name of the builder.
    options
        Its options; those of beta-alumina too, where one is closed or cracked.

    Raises
    ------
    InvalidInput
        If options of beta-alumina are given besides a structure.
    """
    function = builder(name)
    if name not in ON_BETA_ALUMINA:
        return function(**options)
    own = inspect.signature(function).parameters
    others = {key: value for key, value in options.items() if key not in own}
    if "structure" in options:
        if others:
            raise InvalidInput(
                f"{min(others)} belongs to the crystal, which `structure` gives; leave out one"
            )
        return function(**options)
    if "seed" in options:
        others["seed"] = options["seed"]
    start = builder("beta-alumina")(**others).atoms
    return function(start, **{key: value for key, value in options.items() if key in own})


def cuts_of_slab(options: dict[str, Any]) -> list[str]:
    """Names of the inequivalent cuts of a slab.

    Parameters
    ----------
    options
        Options of the slab.

    Raises
    ------
    InvalidInput
        If crystal or plane are missing.
    """
    from ionsmith.builders.slab._slab import inequivalent_cuts

    if missing := [name for name in ("crystal", "plane") if name not in options]:
        raise InvalidInput(f"termination = 'all' needs a {missing[0]}")
    names = ("groups", "symprec", "symmetric")
    given = {name: options[name] for name in names if name in options}
    return inequivalent_cuts(options["crystal"], options["plane"], **given)


def ordered_by_rank(rank: int = 1, **options: Any) -> Any:
    """Order a crystal; of several orderings, the one with a rank comes first."""
    result = _build_ordered()(**{**options, "count": max(rank, options.get("count", 1))})
    if not 1 <= rank <= len(result.structures):
        raise NoMatch(f"`rank` is {rank}, but {len(result.structures)} structure(s) were found")
    return replace(result, structures=result.structures[rank - 1 :])


def _build_ordered() -> Callable[..., Any]:
    """The function that orders crystals."""
    from ionsmith.builders.ordered import build_ordered

    return build_ordered
