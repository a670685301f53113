"""Interfaces by the words of the command line, and what of them can be varied.

A campaign holds text and numbers; here they become crystals, matches, cuts and shifts. A pair of
crystals in the cell of a match is kept, since its candidates follow each other.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.interface import Interface, MatchedPair
from ionsmith.builders.interface._interface import matches_of, pair_of, with_preset
from ionsmith.builders.interface._side import Side
from ionsmith.builders.interface._slab import cut_side
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import AtomsTooClose, InvalidInput, IonsmithError, NoMatch
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.screening._equivalence import Seen, Setting, inequivalent_shifts
from ionsmith.simulation.surface_energies._energies import composition_difference
from ionsmith.surfaces.matches import Matches, RankBy
from ionsmith.surfaces.polarity import NEUTRAL, surface_charges

CUTS = ("substrate_termination", "film_termination")
"""Options that name the cuts in contact."""

NO_STRAIN = 1e-9
"""Largest element of a strain that is none."""

COMPARED = ("contact", "match", "mirror_film", *CUTS, "shift")
"""Options of interfaces that symmetry may make equal."""

Floats = NDArray[np.float64]


def interface_of(
    substrate: str | None = None,
    film: str | None = None,
    *,
    preset: str | None = None,
    parallel_planes: str | None = None,
    parallel_directions: str | None = None,
    contact: str | None = None,
    max_area: float | None = None,
    max_strain: float | None = None,
    substrate_share: float | None = None,
    within: float | None = None,
    match: int = 1,
    rank_by: RankBy = "cost",
    substrate_thickness: float | str | None = None,
    film_thickness: float | str | None = None,
    groups: Sequence[str] | None = None,
    ordering: str | None = None,
    seed: int = 0,
    mirror_film: bool = False,
    symprec: float = SYMPREC,
    substrate_termination: int | str | None = None,
    film_termination: int | str | None = None,
    shift: Sequence[float] | None = None,
    symmetric: bool = False,
    neutral: bool = False,
    gap: float | None = None,
    grid: float = 0.5,
    potential: str | None = None,
    vacuum: float = 15.0,
    freeze: float | str = 0.0,
) -> Interface:
    """Build an interface from the options of ``ionsmith build interface``."""
    given = {name: value for name, value in locals().items() if name in PAIR}
    orientation, pair = _pair_of(given)
    return pair.build(
        orientation=orientation,
        terminations=(substrate_termination, film_termination),
        shift=_two_lengths(shift),
        symmetric=symmetric,
        neutral=neutral,
        gap=gap,
        grid=grid,
        potential=potential,
        vacuum=vacuum,
        freeze=freeze,
    )


PAIR = (
    *("substrate", "film", "preset", "parallel_planes", "parallel_directions", "contact"),
    *("max_area", "max_strain", "substrate_share", "within", "match", "rank_by"),
    "substrate_thickness",
    *("film_thickness", "groups", "ordering", "seed", "mirror_film", "symprec"),
)
"""Options that decide the pair of crystals and its cell; the others decide how they are cut."""


def starts_of(
    options: dict[str, Any], atoms: Atoms, grid: float | None
) -> Iterator[tuple[tuple[float, float] | None, Atoms]]:
    """Interfaces from which a rigid scan begins, with the shift where it is another one.

    Parameters
    ----------
    options
        Options of the interface.
    atoms
        The interface as it was built.
    grid
        Distance in Å of inequivalent shifts; None for that of the interface alone.
    """
    yield None, atoms
    for shift in [] if grid is None else _shifts(options, grid):
        with suppress(AtomsTooClose):
            yield shift, interface_of(**options, shift=shift).atoms


@dataclass(frozen=True, eq=False)
class Part:
    """What one side of an interface is compared with.

    Parameters
    ----------
    name
        Of the crystal.
    slab, unstrained
        The slab alone, as it is in the interface and without strain.
    crystal
        The strained crystal.
    strained
        Whether there is a strain.
    difference
        How the composition of the slab differs from that of the crystal; empty if it does not.
    """

    name: str
    slab: Atoms
    unstrained: Atoms
    crystal: Atoms
    strained: bool
    difference: str


def parts_of(options: dict[str, Any]) -> tuple[Part, Part]:
    """Both sides of an interface, each alone.

    Parameters
    ----------
    options
        Options of the interface.
    """
    cuts = tuple(options.get(name) for name in CUTS)
    ways = bool(options.get("symmetric")), bool(options.get("neutral"))
    return _parts(_frozen(options), cuts, *ways)


@lru_cache(maxsize=16)
def _parts(
    pair: tuple[tuple[str, Any], ...], cuts: tuple[Any, ...], symmetric: bool, neutral: bool
) -> tuple[Part, Part]:
    """Both sides of an interface, each alone."""
    below, above = (
        _part(side, cut, symmetric=symmetric, neutral=neutral)
        for side, cut in zip(_pair(pair)[1].sides, cuts, strict=True)
    )
    return below, above


def _part(side: Side, termination: int | str | None, *, symmetric: bool, neutral: bool) -> Part:
    """One side of an interface."""
    cut = cut_side(side, termination, symmetric=symmetric, neutral=neutral)
    slab, report, own = cut.slab, cut.report, cut.side
    crystal = own.cell.atoms
    unstrained = slab.copy()
    back = np.linalg.inv(np.eye(3) + own.strain)
    matrix = own.deformation @ back @ np.linalg.inv(own.deformation)
    unstrained.set_cell(slab.cell.array @ matrix.T)
    unstrained.positions = slab.positions @ matrix.T
    difference = "" if report.stoichiometric else composition_difference(slab, crystal)
    return Part(
        name=side.name,
        slab=slab,
        unstrained=unstrained,
        crystal=Atoms(crystal.numbers, crystal.positions, cell=crystal.cell, pbc=True),
        strained=bool(abs(own.strain).max() > NO_STRAIN),
        difference=difference,
    )


def expand(options: dict[str, Any], name: str, words: str) -> list[Any]:
    """Values of an option that the crystals decide.

    Parameters
    ----------
    options
        Other options of the candidate.
    name
        ``match``, ``substrate_termination``, ``film_termination`` or ``shift``.
    words
        ``"all"`` matches; ``"all"`` inequivalent cuts or the ``"nonpolar"`` ones among them;
        inequivalent shifts on a ``"grid 0.5"`` in Å.

    Raises
    ------
    InvalidInput
        For other words.
    """
    kind, _, number = words.partition(" ")
    if name == "match" and words == "all":
        return list(range(1, len(_matches(_frozen(options))[1].matches) + 1))
    if name.endswith("termination") and words in ("all", "nonpolar"):
        return _cuts(options, 0 if name == "substrate_termination" else 1, words)
    if name == "shift" and kind == "grid" and _is_length(number):
        return _shifts(options, float(number))
    raise InvalidInput(
        f"{name} = {words!r} under [vary]; expected a list of values, or one of match = 'all', "
        "substrate_termination or film_termination = 'all' or 'nonpolar', shift = 'grid 0.5' (Å)"
    )


def _is_length(number: str) -> bool:
    """Whether a word is a length in Å."""
    try:
        return 0.02 <= float(number) <= 10
    except ValueError:
        return False


def _cuts(options: dict[str, Any], side: int, words: str) -> list[str]:
    """Names of the cuts of a side, all or those without surface charge."""
    _, pair = _pair_of(options)
    cuts = pair.sides[side].terminations
    if words == "all":
        return [cut.name for cut in cuts]
    charges = surface_charges(pair.sides[side].reference, [cut.height for cut in cuts])
    if charges is None:
        raise InvalidInput(
            f"{pair.sides[side].name} has no formal charges, so that no cut is known to be "
            "nonpolar; vary 'all' cuts, or name them"
        )
    limit = NEUTRAL if pair.sides[side].is_ordered else 1 / pair.sides[side].reference.area
    kept = [cut.name for cut, q in zip(cuts, charges, strict=True) if abs(q) < limit]
    if not kept:
        raise NoMatch(f"{pair.sides[side].name} {pair.sides[side].plane} has no nonpolar cut")
    return kept


def _shifts(options: dict[str, Any], spacing: float) -> list[tuple[float, float]]:
    """Shifts in Å on a grid, one of those that symmetry makes equal."""
    shifts = inequivalent_shifts(_setting(options), _numbers(options), spacing)
    return [(round(float(x), 6) + 0.0, round(float(y), 6) + 0.0) for x, y in shifts]


class Distinct:
    """Which of several interfaces are not made equal to earlier ones by symmetry."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def is_new(self, options: dict[str, Any], *, all_shifts: bool = False) -> bool:
        """Whether an interface is none of those before; what cannot be cut is new.

        Parameters
        ----------
        options
            Its options.
        all_shifts
            Whether it stands for the interfaces with all shifts.
        """
        rest = {name: value for name, value in options.items() if name not in COMPARED}
        shift = None if all_shifts else _two_lengths(options.get("shift"))
        try:
            setting, cuts = _setting(options), _numbers(options)
        except IonsmithError:
            return True
        return self._seen.setdefault(repr(sorted(rest.items())), Seen()).is_new(
            setting, cuts, shift
        )


def _two_lengths(shift: Any) -> tuple[float, float] | None:
    """A shift as two numbers."""
    if shift is None:
        return None
    try:
        x, y = map(float, shift)
    except (TypeError, ValueError):
        raise InvalidInput(f"shift = {shift!r}; two lengths in Å were expected") from None
    return x, y


def _numbers(options: dict[str, Any]) -> tuple[int, int]:
    """Numbers of the cuts of both sides, those that cost least by default."""
    sides = _setting(options).sides
    if any(options.get(name) is None for name in CUTS):
        symmetric = bool(options.get("symmetric"))
        least = [side.cuts(None, symmetric=symmetric)[0] for side in _pair_of(options)[1].sides]
    below, above = (
        least[i].number if (cut := options.get(name)) is None else side.find(cut).number
        for i, (name, side) in enumerate(zip(CUTS, sides, strict=True))
    )
    return below, above


def _setting(options: dict[str, Any]) -> Setting:
    """The match of an interface, whatever its thickness and ordering."""
    return _setting_of(
        tuple(item for item in _frozen(options) if item[0] not in ("ordering", "seed"))
    )


@lru_cache(maxsize=1024)
def _setting_of(options: tuple[tuple[str, Any], ...]) -> Setting:
    """The match of an interface, from the options that decide it."""
    return Setting(replace(_pair(options)[1], ordering=None, thickness=("1 planes", "1 planes")))


def _pair_of(options: dict[str, Any]) -> tuple[OrientationRelationship | None, MatchedPair]:
    """Pair of crystals of a candidate."""
    return _pair(_frozen({name: options[name] for name in PAIR if name in options}))


def _frozen(options: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Options as what a cache takes for a key."""
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(options.items())
        if name in PAIR and value is not None
    )


@lru_cache(maxsize=4)
def _pair(options: tuple[tuple[str, Any], ...]) -> tuple[Any, MatchedPair]:
    """Relationship and pair of crystals, from the options that decide them."""
    chosen, number = dict(options), dict(options).get("match", 1)
    orientation, matches = _matches(tuple(item for item in options if item[0] != "match"))
    if not 1 <= number <= len(matches.matches):
        raise NoMatch(f"match {number}: there are {matches.count} matches")
    pair = pair_of(with_preset(chosen), matches.matches[number - 1])
    return orientation, pair


@lru_cache(maxsize=4)
def _matches(options: tuple[tuple[str, Any], ...]) -> tuple[Any, Matches]:
    """Relationship and all matches within the limits."""
    chosen = with_preset({name: value for name, value in options if name != "match"})
    symprec = chosen.get("symprec", SYMPREC)
    missing = [name for name in ("substrate", "film") if name not in chosen]
    if missing:
        raise InvalidInput(f"name the {missing[0]} under [options], or a preset")
    crystals = (
        read_lattice(chosen["substrate"], symprec),
        read_lattice(chosen["film"], symprec),
    )
    orientation = None
    if "parallel_planes" in chosen or "parallel_directions" in chosen:
        if not {"parallel_planes", "parallel_directions"} <= chosen.keys():
            raise InvalidInput("a relationship needs parallel_planes and parallel_directions")
        orientation = OrientationRelationship.from_parallel(
            *crystals,
            parse_planes(chosen["parallel_planes"]),
            parse_directions(chosen["parallel_directions"]),
        )
    return orientation, matches_of(
        chosen, crystals, orientation, rank_by=chosen.get("rank_by", "cost")
    )
