"""Interfaces of two crystals, from an orientation relationship or a match, in one call.

How they are built, and how to build several of one match: :mod:`ionsmith.builders.interface`.

Interfaces that were seen in a microscope, ready-made.

Orientation relationships of Na3V2(PO4)3 (NVP) on NH4VO3, on NaH2PO4 and on Na3.4Zr2Si2.4P0.6O12
(NZSP), as Yu et al. found them by in situ electron microscopy of NVP that forms on NZSP by chemical
infiltration. A relationship does not fix the plane in contact; the presets take the parallel planes
unless told otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ase import Atoms

from ionsmith.bonding.molecular_groups import CENTRES
from ionsmith.builders.interface._matched_pair import MatchedPair
from ionsmith.builders.interface._result import Interface
from ionsmith.builders.interface._side import Ordering
from ionsmith.crystals import Crystal
from ionsmith.errors import InvalidInput
from ionsmith.surfaces.matches import Match


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
        As :class:`~ionsmith.builders.interface.MatchedPair` takes them.
    **options
        ``orientation``, ``terminations``, ``symmetric``, ``gap``, ``shift``, ``grid``, ``energy``,
        ``vacuum``, ``fixed``, ``progress`` and ``notes``, as
        :meth:`~ionsmith.builders.interface.MatchedPair.build` takes them.

    Raises
    ------
    DisorderedStructure, TerminationNotPossible, AtomsTooClose, InvalidStructure, InvalidInput
        As :meth:`~ionsmith.builders.interface.MatchedPair.build` does.
    """
    pair = MatchedPair(substrate, film, match, thickness, groups, ordering, mirror_film)
    return pair.build(**options)


@dataclass(frozen=True)
class Preset:
    """What is needed to build an interface.

    Parameters
    ----------
    substrate, film
        Names of library crystals.
    planes, directions
        The orientation relationship, as text.
    contact
        The planes in contact where no others are asked for, as text.
    max_area, max_strain, substrate_share, within
        Limits of the match: Å², largest principal strain, the substrate's part of it, and degrees
        off the relationship.
    thickness
        Of substrate and film.
    note
        What a user must know.
    """

    substrate: str
    film: str
    planes: str
    directions: str
    contact: str
    max_area: float
    max_strain: float
    substrate_share: float
    within: float
    thickness: tuple[str, str]
    note: str


PRESETS = {
    "nvp-nh4vo3": Preset(
        substrate="nh4vo3",
        film="nvp",
        planes="(1,2,-1)||(2,-1,0)",
        directions="[0,1,2]||[1,2,-1]",
        contact="(1,2,-1)||(2,-1,0)",
        max_area=520.0,
        max_strain=0.035,
        substrate_share=0.5,
        within=5.0,
        thickness=("12.6", "13"),
        note="seen along [012]||[1,2,-1]; (1,0,0) of NH4VO3 contains that axis and can be the "
        "contact plane as well, edge-on",
    ),
    "nvp-nah2po4": Preset(
        substrate="nah2po4",
        film="nvp",
        planes="(-1,-2,1)||(0,0,9)",
        directions="[-3,2,1]||[2,1,0]",
        contact="(-1,-2,1)||(0,0,9)",
        max_area=1000.0,
        max_strain=0.04,
        substrate_share=0.5,
        within=4.0,
        thickness=("3 planes", "2 planes"),
        note="no small cell is coherent in both directions of this plane: up to 1,000 Å² and 4° "
        "off the relationship each side has to take 3.7 %",
    ),
    "nvp-nzsp": Preset(
        substrate="nzsp",
        film="nvp",
        planes="(0,0,1)||(0,0,1)",
        directions="[1,0,0]||[1,0,0]",
        contact="(0,0,1)||(0,0,1)",
        max_area=100.0,
        max_strain=0.05,
        substrate_share=0.0,
        within=1.0,
        thickness=("5 planes", "5 planes"),
        note="five lattice planes of NZSP hold Na3.4Zr2Si2.4P0.6O12 exactly",
    ),
}


def preset(name: str) -> Preset:
    """Find a preset.

    Raises
    ------
    InvalidInput
        For a name that is none.
    """
    if name not in PRESETS:
        raise InvalidInput(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]
