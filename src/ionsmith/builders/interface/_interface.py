"""Building an interface in one call, and presets of interfaces observed by electron microscopy.

The presets are the orientation relationships of Na3V2(PO4)3 (NVP) on NH4VO3, on NaH2PO4 and on
Na3.4Zr2Si2.4P0.6O12 (NZSP) that Yu et al. found by in situ electron microscopy of NVP formed on
NZSP by chemical infiltration. A relationship does not define the planes in contact; by default the
presets use the parallel planes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ionsmith.builders.choices import PresetName
from ionsmith.builders.interface._matched_pair import MatchedPair
from ionsmith.builders.interface._result import Interface
from ionsmith.choices import checked
from ionsmith.crystals.conversion import read_phase
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.ordering import Ordering
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.contact_planes import contact_planes
from ionsmith.surfaces.matches import Match, Matches, find_matches


@checked
def build_interface(
    substrate: CrystalLike,
    film: CrystalLike,
    match: Match,
    *,
    thickness: tuple[float | str, float | str] = (12.0, 12.0),
    groups: Sequence[str] | None = None,
    ordering: Ordering | None = None,
    seed: int = 0,
    mirror_film: bool = False,
    symprec: float = SYMPREC,
    **options: Any,
) -> Interface:
    """Build the interface of a match.

    Parameters
    ----------
    substrate, film, match, thickness, groups, ordering, seed, mirror_film, symprec
        See :class:`~ionsmith.builders.interface.MatchedPair`.
    **options
        ``orientation``, ``terminations``, ``symmetric``, ``neutral``, ``gap``, ``shift``, ``grid``,
        ``potential``, ``vacuum``, ``freeze``, ``progress`` and ``notes``, see
        :meth:`~ionsmith.builders.interface.MatchedPair.build`.

    Raises
    ------
    InvalidChoice, DisorderedStructure, TerminationNotPossible, AtomsTooClose, InvalidStructure
        See :class:`~ionsmith.builders.interface.MatchedPair`.
    """
    pair = MatchedPair(
        substrate,
        film,
        match,
        thickness=thickness,
        groups=groups,
        ordering=ordering,
        seed=seed,
        mirror_film=mirror_film,
        symprec=symprec,
    )
    return pair.build(**options)


@dataclass(frozen=True)
class Preset:
    """Crystals, orientation relationship and limits of an observed interface.

    Parameters
    ----------
    substrate, film
        Names of library crystals.
    parallel_planes, parallel_directions
        The orientation relationship, as text.
    contact
        Default planes in contact, as text.
    max_area, max_strain, substrate_share, within
        Limits of the match: area in Å², largest principal strain, share of the strain taken by the
        substrate, and deviation from the relationship in degrees.
    thickness
        Thickness of substrate and film.
    note
        What a user should know.
    """

    substrate: str
    film: str
    parallel_planes: str
    parallel_directions: str
    contact: str
    max_area: float
    max_strain: float
    substrate_share: float
    within: float
    thickness: tuple[str, str]
    note: str


PRESETS: dict[PresetName, Preset] = {
    "nvp-nh4vo3": Preset(
        substrate="nh4vo3",
        film="nvp",
        parallel_planes="(1,2,-1)||(2,-1,0)",
        parallel_directions="[0,1,2]||[1,2,-1]",
        contact="(1,2,-1)||(2,-1,0)",
        max_area=520.0,
        max_strain=0.035,
        substrate_share=0.5,
        within=5.0,
        thickness=("12.6", "13"),
        note="observed along [012]||[1,2,-1]; (1,0,0) of NH4VO3 contains this axis and may be the "
        "plane in contact as well, edge-on",
    ),
    "nvp-nah2po4": Preset(
        substrate="nah2po4",
        film="nvp",
        parallel_planes="(-1,-2,1)||(0,0,9)",
        parallel_directions="[-3,2,1]||[2,1,0]",
        contact="(-1,-2,1)||(0,0,9)",
        max_area=1000.0,
        max_strain=0.04,
        substrate_share=0.5,
        within=4.0,
        thickness=("3 planes", "2 planes"),
        note="no small cell is coherent in both directions of this plane: within 1,000 Å² and 4° "
        "of the relationship, each side is strained by 3.7 %",
    ),
    "nvp-nzsp": Preset(
        substrate="nzsp",
        film="nvp",
        parallel_planes="(0,0,1)||(0,0,1)",
        parallel_directions="[1,0,0]||[1,0,0]",
        contact="(0,0,1)||(0,0,1)",
        max_area=100.0,
        max_strain=0.05,
        substrate_share=0.0,
        within=1.0,
        thickness=("5 planes", "5 planes"),
        note="five lattice planes of NZSP can hold Na3.4Zr2Si2.4P0.6O12 exactly",
    ),
}


@checked
def preset(name: PresetName) -> Preset:
    """Return a preset by its name.

    Raises
    ------
    InvalidChoice
        If the name is not recognised.
    """
    return PRESETS[name]


LIMITS = ("max_area", "max_strain", "substrate_share")


def with_preset(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of the command line that are given, and those of their preset for the others."""
    given = {name: value for name, value in options.items() if value is not None}
    if "preset" not in given:
        return given
    known = preset(given["preset"])
    names = (*LIMITS, "parallel_planes", "parallel_directions", "contact", "within")
    return {
        "substrate": f"lib:{known.substrate}",
        "film": f"lib:{known.film}",
        "substrate_thickness": known.thickness[0],
        "film_thickness": known.thickness[1],
        "ordering": "electrostatic",
        **{name: getattr(known, name) for name in names},
        **given,
    }


def matches_of(
    options: Mapping[str, Any],
    crystals: tuple[CrystalLattice, CrystalLattice],
    orientation: OrientationRelationship | None,
    **more: Any,
) -> Matches:
    """Matches within the limits, planes in contact and tolerance among the options."""
    within = float(options.get("within", 2.0))
    return find_matches(
        *crystals,
        Limits(**{name: options[name] for name in LIMITS if name in options}),
        contact=contact_planes(orientation, options.get("contact"), within),
        orientation=orientation,
        within=within,
        **more,
    )


def pair_of(
    options: Mapping[str, Any], match: Match, progress: Callable[[int, int], None] | None = None
) -> MatchedPair:
    """Pair of crystals in the cell of a match, as the options say."""
    names = ("groups", "ordering", "seed", "mirror_film", "symprec")
    return MatchedPair(
        read_phase(options["substrate"]),
        read_phase(options["film"]),
        match,
        thickness=(options.get("substrate_thickness", "12"), options.get("film_thickness", "12")),
        progress=progress,
        **{name: options[name] for name in names if name in options},
    )
