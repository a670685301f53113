"""A job: what a campaign varies, with which potential, and how far its models are relaxed."""

import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from ionsmith.errors import InvalidInput, UnreadableFile, reason_of
from ionsmith.records import check_record
from ionsmith.screening._builders import parameters_of

_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")

MOST_ATOMS = 5_000
"""Largest model that is evaluated unless the job says otherwise."""


@dataclass(frozen=True)
class Job:
    """What is varied, and what is done with each model.

    Parameters
    ----------
    build
        Name of the builder, as on the command line: ``"interface"``, ``"closure"``, …
    options
        Options of the builder that all candidates share.
    vary
        Values of the options that are varied; each combination is a candidate.
    potential
        Name of the potential that judges the models; None to build them only.
    second_potential
        Name of a potential that evaluates what the first one relaxed.
    scan
        Of interfaces: ``step`` and ``reach`` in Å of a rigid scan along the normal before relaxing
        (0.2 and 2 by default), and ``grid``, the distance in Å of inequivalent shifts that are
        tried as well; None leaves it out.
    relax
        Options of :func:`ionsmith.simulation.relaxing.relax`; None leaves the models as built.
    most_atoms
        Larger models are not evaluated.
    chunk
        Candidates that a worker takes at a time; by default such that there are about 200 pieces.
    """

    build: str
    options: dict[str, Any] = field(default_factory=dict)
    vary: dict[str, Any] = field(default_factory=dict)
    potential: str | None = None
    second_potential: str | None = None
    scan: dict[str, Any] | None = None
    relax: dict[str, Any] | None = None
    most_atoms: int = MOST_ATOMS
    chunk: int | None = None

    def __post_init__(self) -> None:
        known = parameters_of(self.build)
        for name in (*self.options, *self.vary):
            if name not in known:
                raise InvalidInput(
                    f"{name} is no option of build {self.build}; its options are "
                    f"{', '.join(sorted(known))}"
                )
        if both := sorted(self.options.keys() & self.vary.keys()):
            raise InvalidInput(f"{both[0]} is fixed under [options] and varied under [vary]")
        needless = [
            name
            for name in ("second_potential", "scan", "relax")
            if getattr(self, name) is not None and self.potential is None
        ]
        if needless:
            raise InvalidInput(f"{needless[0]} needs a potential")
        if self.most_atoms < 1 or (self.chunk is not None and self.chunk < 1):
            raise InvalidInput("`most_atoms` and `chunk` must be at least 1")
        for name, taken in (("relax", RELAX), ("scan", SCAN)):
            if unknown := sorted((getattr(self, name) or {}).keys() - taken):
                raise InvalidInput(
                    f"{unknown[0]} is no option of [{name}]; its options are "
                    f"{', '.join(sorted(taken))}"
                )
        self._check_scan()

    def _check_scan(self) -> None:
        """Refuse a scan of what is no interface, or with lengths out of range."""
        if self.scan is None:
            return
        if self.build != "interface":
            raise InvalidInput(f"[scan] moves the film of an interface; build is {self.build!r}")
        for name, value in self.scan.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InvalidInput(f"{name} = {value!r} under [scan]; a length in Å was expected")
            if not 0.02 <= value <= 10:
                raise InvalidInput(f"{name} = {value} under [scan]; 0.02 to 10 Å was expected")
        if "grid" in self.scan and "shift" in {*self.options, *self.vary}:
            raise InvalidInput("grid under [scan] tries shifts, and shift is given; leave one out")


SCAN = frozenset({"step", "reach", "grid"})
"""Options of a rigid scan that a job may give."""

RELAX = frozenset({"cell", "fmax", "smax", "steps", "optimizer", "freeze"})
"""Options of a relaxation that a job may give."""


def read_job(path: str | PathLike[str]) -> Job:
    """Read a job from a TOML file, or from standard input for ``"-"``.

    Raises
    ------
    UnreadableFile
        If it is missing or no TOML.
    InvalidInput
        If it names an unknown builder or option, or an option has the wrong type.
    """
    try:
        if path == "-":
            return job_of_text(sys.stdin.read(), "standard input")
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}; a TOML file was expected") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path}: not a TOML file ({reason_of(error)})") from error
    return job_of_text(text, str(path))


def job_of_text(text: str, name: str) -> Job:
    """Read a job from the text of a TOML file; what a campaign added to it is left out."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(f"{name}: not a TOML file ({error})") from error
    content.pop("campaign", None)
    known = Job.__dataclass_fields__
    if unknown := sorted(content.keys() - known.keys()):
        raise InvalidInput(
            f"{name}: unknown key {unknown[0]}; expected {', '.join(known)}, and options of the "
            "builder under [options] and [vary]"
        )
    try:
        check_record(content, Job)
        return Job(**content)
    except TypeError:
        raise InvalidInput(f"{name}: say with `build` what is built, such as 'interface'") from None
    except ValueError as error:
        raise InvalidInput(f"{name}: {error}") from error


def values_of(name: str, given: Any) -> list[Any]:
    """Values of an option that is varied: a list, or whole numbers such as ``"0..99"``.

    Raises
    ------
    InvalidInput
        For anything else, and for an empty list.
    """
    if isinstance(given, str) and (found := _RANGE.fullmatch(given)):
        given = list(range(int(found[1]), int(found[2]) + 1))
    if not isinstance(given, list) or not given:
        raise InvalidInput(
            f"{name} = {given!r} under [vary]; expected a list of values, or a range such as "
            "'0..99'"
        )
    return given


def plain_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options in the order of their names, so that the order in a file does not matter."""
    return {name: options[name] for name in sorted(options)}
