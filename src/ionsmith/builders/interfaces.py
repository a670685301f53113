"""Interfaces of two crystals, from an orientation relationship or a match, in one call.

How they are built, and how to build several of one match: :mod:`ionsmith.builders.matched_pair`.
"""

from collections.abc import Sequence
from typing import Any

from ase import Atoms

from ionsmith.builders.interface_result import Interface
from ionsmith.builders.interface_side import Ordering
from ionsmith.builders.matched_pair import MatchedPair
from ionsmith.crystals import Crystal
from ionsmith.geometry.match_records import Match
from ionsmith.geometry.molecular_groups import CENTRES


def build_interface(
    substrate: Crystal | Atoms,
    film: Crystal | Atoms,
    match: Match,
    *,
    thickness: tuple[float | str, float | str] = (12.0, 12.0),
    groups: Sequence[str] = CENTRES,
    ordering: Ordering | None = None,
    mirror_film: bool = False,
    **options: Any,
) -> Interface:
    """Build the interface of a match.

    Parameters
    ----------
    substrate, film, match, thickness, groups, ordering, mirror_film
        As :class:`~ionsmith.builders.matched_pair.MatchedPair` takes them.
    **options
        ``orientation``, ``terminations``, ``symmetric``, ``gap``, ``shift``, ``grid``, ``energy``,
        ``vacuum``, ``fixed``, ``progress`` and ``notes``, as
        :meth:`~ionsmith.builders.matched_pair.MatchedPair.build` takes them.

    Raises
    ------
    DisorderedStructure, TerminationNotPossible, AtomsTooClose, InvalidStructure, IonsmithError
        As :meth:`~ionsmith.builders.matched_pair.MatchedPair.build` does.
    """
    pair = MatchedPair(substrate, film, match, thickness, groups, ordering, mirror_film)
    return pair.build(**options)
