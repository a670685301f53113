"""Interfaces by the words of the command line, and what of them can be varied.

A campaign holds text and numbers; here they become crystals, matches, cuts and shifts. A pair of
crystals in the cell of a match is kept, since its candidates follow each other.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from spglib import get_symmetry

from ionsmith.builders.interface import Interface, MatchedPair
from ionsmith.builders.interface._interface import matches_of, pair_of, with_preset
from ionsmith.builders.interface._side import Side
from ionsmith.builders.interface._slab import slab_report
from ionsmith.builders.interface._stacking import shift_grid, smaller_mesh
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import AtomsTooClose, InvalidInput, NoMatch
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.simulation.surface_energies._energies import composition_difference
from ionsmith.surfaces.matches import Matches
from ionsmith.surfaces.polarity import NEUTRAL, surface_charges
from ionsmith.surfaces.slabs import CHARGE

CUTS = ("substrate_termination", "film_termination")
"""Options that name the cuts in contact."""

NO_STRAIN = 1e-9
"""Largest element of a strain that is none."""

SAME_SHIFT = 1e-3
"""Largest difference of two shifts, as fractions of the cell, that are the same."""

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
    **options: Any,
) -> Interface:
    """Build an interface from the options of ``ionsmith build interface``."""
    given = {name: value for name, value in locals().items() if name in PAIR}
    orientation, pair = _pair_of(given)
    return pair.build(
        orientation=orientation,
        terminations=(substrate_termination, film_termination),
        shift=None if shift is None else (float(shift[0]), float(shift[1])),
        **options,
    )


PAIR = (
    *("substrate", "film", "preset", "parallel_planes", "parallel_directions", "contact"),
    *("max_area", "max_strain", "substrate_share", "within", "match", "substrate_thickness"),
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
    slab, report, own = slab_report(side, termination, symmetric=symmetric, neutral=neutral)
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
        return list(range(1, _matches(_frozen(options))[1].count + 1))
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
    """Names of the inequivalent cuts of a side, all or those without surface charge."""
    _, pair = _pair_of(options)
    cuts = pair.sides[side].terminations
    distinct = [cut for cut in cuts if cut.like == cut.number and cut.mirror_of is None]
    if words == "all":
        return [cut.name for cut in distinct]
    charges = surface_charges(pair.sides[side].reference, [cut.height for cut in distinct])
    if charges is None:
        raise InvalidInput(
            f"{pair.sides[side].name} has no formal charges, so that no cut is known to be "
            "nonpolar; vary 'all' cuts, or name them"
        )
    kept = [cut.name for cut, q in zip(distinct, charges, strict=True) if abs(q) < NEUTRAL]
    if not kept:
        raise NoMatch(f"{pair.sides[side].name} {pair.sides[side].plane} has no nonpolar cut")
    return kept


def _shifts(options: dict[str, Any], spacing: float) -> list[tuple[float, float]]:
    """Shifts in Å over the smaller mesh, one of those that symmetry makes equal."""
    _, pair = _pair_of(options)
    names = options.get("substrate_termination"), options.get("film_termination")
    symmetric, neutral = bool(options.get("symmetric")), bool(options.get("neutral"))
    slabs = [
        slab_report(side, cut, symmetric=symmetric, neutral=neutral)[0]
        for side, cut in zip(pair.sides, names, strict=True)
    ]
    cell = slabs[0].cell.array[:2, :2]
    shifts = shift_grid(smaller_mesh([side.repeat for side in pair.sides], slabs[0]), spacing)
    keep = _inequivalent(shifts @ np.linalg.inv(cell), *map(_plane_operations, slabs))
    return [(round(float(x), 6), round(float(y), 6)) for x, y in shifts[keep]]


def _plane_operations(slab: Any) -> list[tuple[tuple[int, ...], Floats]]:
    """Operations of a slab that keep it upright: rotation and translation in the plane."""
    cell = slab.cell.array.copy()
    heights = slab.positions[:, 2]
    cell[2] = (0, 0, float(np.ptp(heights)) + 10)
    charges = np.round(slab.arrays.get(CHARGE, np.zeros(len(slab))), 3)
    kinds = np.unique(np.column_stack([slab.numbers, charges]), axis=0, return_inverse=True)[1]
    found = get_symmetry(
        (cell, slab.positions @ np.linalg.inv(cell), kinds.ravel().tolist()), SYMPREC
    )
    if found is None:
        return [((1, 0, 0, 1), np.zeros(2))]
    return [
        (tuple(turn[:2, :2].ravel().tolist()), move[:2])
        for turn, move in zip(found["rotations"], found["translations"], strict=True)
        if turn[2, 2] == 1 and not turn[2, :2].any() and not turn[:2, 2].any()
    ]


def _inequivalent(
    shifts: Floats,
    lower: list[tuple[tuple[int, ...], Floats]],
    upper: list[tuple[tuple[int, ...], Floats]],
) -> list[int]:
    """Numbers of the shifts that no operation of both slabs maps onto an earlier one.

    An operation x -> Rx + t of the lower and x -> Rx + u of the upper slab maps the shift s onto
    Rs + t - u.
    """
    both = [
        (np.array(turn).reshape(2, 2), move - other)
        for turn, move in lower
        for same, other in upper
        if turn == same
    ]
    keep: list[int] = []
    for number, shift in enumerate(shifts):
        images = np.array([turn @ shift + move for turn, move in both])
        away = images[:, None] - shifts[keep][None]
        if not (abs(away - np.round(away)).max(axis=2) < SAME_SHIFT).any():
            keep.append(number)
    return keep


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
    return orientation, matches_of(chosen, crystals, orientation)
