"""Search for the cells in which a film fits on a substrate.

Plane pairs, cells and strains come from :mod:`ionsmith.surfaces.coincidence`. The twist of the film
is free, or restricted to an orientation relationship: then a match is kept if its rotation, or a
symmetrically equivalent one, deviates from the relationship by no more than a given angle. It is
reported in the setting nearest to the relationship. A relationship does not determine the planes in
contact; they are chosen separately.

The strain energy is that of two layers of equal thickness that relax freely across the plane; what
it costs, beside the area, is in :data:`ionsmith.surfaces.matches.FORMULA`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ionsmith.arguments import whole_number
from ionsmith.choices import checked
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import PlanePair, as_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.own_boundary import same_crystal
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.lattice.unit_cell import UnitCell, unit_cell
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches._best import best_matches, leading
from ionsmith.surfaces.matches._cost import FORMULA, POISSON, YOUNG, RankBy
from ionsmith.surfaces.matches._match import Match
from ionsmith.surfaces.matches._matches import Matches, MatchList
from ionsmith.surfaces.matches._search import MatchSearch, nearest_miss, search_meshes

WITHIN = 2.0
"""Default largest deviation in degrees of a match from an orientation relationship."""

PARALLEL = 1e-3
"""Largest element of the difference of two rotations that are equal."""

Floats = NDArray[np.float64]


@checked
def find_matches(
    substrate: CrystalLike | CrystalLattice,
    film: CrystalLike | CrystalLattice,
    limits: Limits = Limits(),  # noqa: B008
    *,
    contact: PlanePair | None = None,
    max_index: int = 1,
    orientation: OrientationRelationship | None = None,
    within: float = WITHIN,
    reverse: bool = True,
    supercells: bool = False,
    rank_by: RankBy = "cost",
    substrate_stiffness: Floats | None = None,
    film_stiffness: Floats | None = None,
    limit: int | None = None,
    symprec: float = SYMPREC,
) -> Matches:
    """Find the cells in which a film fits on a substrate.

    Parameters
    ----------
    substrate, film
        Two crystals of any kind (:data:`ionsmith.crystals.files.CrystalLike`), partial occupancies
        included.
    limits
        Largest area and strains, and the share of the strain taken by the substrate.
    contact
        Planes in contact, the substrate's first, as objects or ``"(hkl)||(hkl)"``; by default all
        symmetrically inequivalent pairs up to ``max_index``.
    max_index
        Largest Miller index of these, 1 to 6 (1 by default).
    orientation
        Orientation relationship of the film; by default its twist is free.
    within
        Largest deviation from the relationship in degrees, 0 to 180 (2 by default).
    reverse
        Whether the film may be turned over (true by default).
    supercells
        Whether mere supercells of a smaller match are reported (false by default).
    rank_by
        What the matches are ranked by: ``"cost"`` of strain energy, area and aspect (by default),
        ``"energy"`` of the strain, von Mises ``"strain"``, or ``"area"``.
    substrate_stiffness, film_stiffness
        Stiffness matrix in GPa in the Cartesian frame of the crystal, shape (6, 6); by default that
        of an isotropic solid with Young's modulus 150 GPa and Poisson's ratio 1/4.
    limit
        Number of matches to report, the best ones; all by default. With a limit, searches that
        have very many matches list no more than these need, whatever the area.
    symprec
        Distance in Å between atoms that count as equivalent, where the space group is determined.

    Returns
    -------
    Matches
        By rising cost, or what they are ranked by; of equal ones the smaller first.

    Raises
    ------
    NoMatch
        If there is none; the message names the nearest miss and the limit to relax.
    InvalidIndices
        For malformed indices, or four indices on axes that are not hexagonal.
    InvalidChoice
        If ``rank_by`` is none of these words.
    InvalidInput
        For an angle or index out of range, or an area so large that a search for all matches would
        take more than some seconds.
    UnreadableFile, UnknownPhase, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.conversion.read_lattice`.

    Examples
    --------
    >>> from ionsmith.surfaces.matches import find_matches
    >>> match = find_matches("lib:si", "lib:ge", contact="(0,0,1)||(0,0,1)").matches[0]
    >>> match.substrate_meshes, match.film_meshes, round(match.area, 2), round(match.max_strain, 4)
    (1, 1, 14.75, 0.04)
    """
    if not 0 <= within <= 180:
        raise InvalidInput(f"`within` is {within:g}°; expected 0 to 180°")
    if limit is not None:
        limit = whole_number("limit", limit, least=1)
    crystals = read_lattice(substrate, symprec), read_lattice(film, symprec)
    units = unit_cell(crystals[0]), unit_cell(crystals[1])
    planes = None
    if contact is not None:
        below, above = as_planes(contact)
        planes = units[0].plane(below), units[1].plane(above)
    lattices = units[0].lattice, units[1].lattice
    substrates, films, pairs = search_meshes(*lattices, planes, max_index)
    search = MatchSearch(
        units,
        substrates,
        films,
        pairs,
        orientation,
        contact is not None,
        reverse,
        supercells,
    )
    stiffness = (substrate_stiffness, film_stiffness)
    ranked = best_matches(search, limits, within, rank_by, limit, stiffness)
    result, costs, order = ranked.result, ranked.costs, ranked.order
    if not len(order):
        names = f"{crystals[1].name} on {crystals[0].name}"
        raise NoMatch(_refusal(search, limits, within, names))
    if same_crystal(*lattices):
        order = _first(MatchList(search, result, costs), order, _is_perfect)
    elif lattices[0].symmetry.number == lattices[1].symmetry.number:
        order = _first(
            MatchList(search, result, costs), order, lambda match: _is_parallel(match, lattices[1])
        )
    records = MatchList(search, result[order[:limit]], costs[order[:limit]])
    return Matches(
        substrate=crystals[0].name,
        film=crystals[1].name,
        substrate_space_group=lattices[0].space_group,
        film_space_group=lattices[1].space_group,
        plane_pairs=len(pairs),
        substrate_share=limits.substrate_share,
        ranked_by=rank_by,
        film_is_chiral=lattices[1].symmetry.is_chiral,
        count=len(order) if ranked.limits == limits else None,
        matches=records,
        notes=(
            *(
                _unit_note(unit, None if planes is not None else max_index)
                for unit in units
                if not unit.is_own
            ),
            *_notes(lattices[1], records, stiffness, limits, ranked.limits),
        ),
        crystals=crystals,
    )


def _first(
    records: MatchList, order: NDArray[np.int64], better: Callable[[Match], bool]
) -> NDArray[np.int64]:
    """Move matches that are better before others that are as good as the first."""
    tied = leading(records.costs, order)
    worse = [not better(records[int(number)]) for number in order[:tied]]
    return np.concatenate([order[:tied][np.argsort(worse, kind="stable")], order[tied:]])


def _is_perfect(match: Match) -> bool:
    """Whether film and substrate are one perfect crystal."""
    return match.own_boundary is not None and match.own_boundary.perfect


def _is_parallel(match: Match, film: CrystalLattice) -> bool:
    """Whether the axes of both are parallel, as those of crystals of one structure type."""
    off = abs(film.cartesian_group - np.array(match.rotation)).max(axis=(1, 2))
    return bool(off.min() < PARALLEL)


def _refusal(search: MatchSearch, limits: Limits, within: float, names: str) -> str:
    """Message for a search without result."""
    bound = "" if search.orientation is None else f" and {within:g}° from the relationship"
    more = {"a shear": limits.max_shear, "an area strain": limits.max_area_strain}
    further = "".join(f", {name} of {value:g}" for name, value in more.items() if value is not None)
    text = (
        f"no match of {names} within {limits.max_area:g} Å², a strain of {limits.max_strain:g}"
        f"{further}{bound}; "
    )
    misses = nearest_miss(search, limits, within)
    if misses:
        return text + "the nearest miss needs " + ", or ".join(misses)
    return text + "nor within much wider limits"


def _unit_note(unit: UnitCell, max_index: int | None) -> str:
    """Which cell indices refer to, where a crystal is given as a supercell."""
    if max_index is None:
        return unit.note
    return f"{unit.note}, of the planes up to index {max_index} of the unit cell"


def _notes(
    film: CrystalLattice,
    records: MatchList,
    stiffness: tuple[Floats | None, Floats | None],
    limits: Limits,
    listed: Limits,
) -> tuple[str, ...]:
    """Remarks on the cost, reversed films, supercells and assumed elastic constants."""
    notes = [FORMULA]
    if listed != limits:
        bound = f"larger than {listed.max_area:.0f} Å²"
        if listed.max_area == limits.max_area:
            bound = f"strained by more than {listed.max_strain:.3g}"
        notes.append(f"not counted: no match {bound} can be among these")
    shares = (limits.substrate_share, 1 - limits.substrate_share)
    notes += [
        f"the elastic constants of the {side} play no part: it takes no strain"
        for side, share, matrix in zip(("substrate", "film"), shares, stiffness, strict=True)
        if not share and matrix is not None
    ]
    assumed = [
        side
        for side, share, matrix in zip(("substrate", "film"), shares, stiffness, strict=True)
        if share and matrix is None
    ]
    if assumed:
        notes.append(
            f"elastic constants of the {' and the '.join(assumed)} are assumed: Young's modulus "
            f"{YOUNG:g} GPa, Poisson's ratio {POISSON:g}"
        )
    if records.reversed.any():
        notes.append(
            "reversed: the film is turned over, its (-h,-k,-l) face meets the substrate"
            + ("; unturned, only its mirror image fits" if film.symmetry.is_chiral else "")
        )
    if (records.result.matches.multiple > 1).any():
        notes.append("multiple: more than 1 for mere supercells of a smaller match")
    return tuple(notes)
