"""Matches of two crystals: which cells of which planes fit, and at what strain.

Plane pairs, cells and strains come from :mod:`ionsmith.surfaces.coincidence`. The twist of the
film is free, or bound to an orientation relationship: then a match is kept if the rotation that it
needs, or one that symmetry makes equivalent, is within a tolerance of the relationship. It is
reported in the setting that is the nearest one to it. A relationship does not say which planes are
in contact; those are chosen apart from it.

The strain energy is that of two layers of equal thickness, free to relax across the plane.
"""

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.coincidence import Coincidences, Limits
from ionsmith.surfaces.matches._list import MatchList
from ionsmith.surfaces.matches._records import Matches
from ionsmith.surfaces.matches._search import MOST_PAIRS, MatchSearch, nearest_miss, search_meshes
from ionsmith.surfaces.strain import energy_density, plane_stiffness

OR_TOLERANCE = 2.0
"""Angle in degrees by which a match may be off an orientation relationship."""

Floats = NDArray[np.float64]


def find_matches(
    substrate: CrystalLattice,
    film: CrystalLattice,
    limits: Limits = Limits(),  # noqa: B008
    *,
    planes: tuple[Plane, Plane] | None = None,
    max_index: int = 1,
    orientation: OrientationRelationship | None = None,
    tolerance: float = OR_TOLERANCE,
    reverse: bool = True,
    supercells: bool = True,
    substrate_stiffness: Floats | None = None,
    film_stiffness: Floats | None = None,
    keep: int | None = None,
) -> Matches:
    """Find the cells in which a film fits on a substrate.

    Parameters
    ----------
    substrate, film
        The two crystals.
    limits
        Largest area and strains, and the share of the strain that the substrate takes.
    planes
        The planes in contact, the substrate's first; by default all pairs up to ``max_index`` that
        symmetry does not repeat.
    max_index
        Largest Miller index of these, 1 to 6.
    orientation
        Relationship that the film must keep to; by default its twist is free.
    tolerance
        Angle in degrees by which it may be off.
    reverse
        Whether the film may be turned over (by default).
    supercells
        Whether mere supercells of a smaller match are reported (by default).
    substrate_stiffness, film_stiffness
        Stiffness matrices in GPa in the Cartesian frames of the crystals, shape (6, 6); with any
        of them the strain energy ranks the matches.
    keep
        How many matches to report, the best ones; all by default.

    Returns
    -------
    Matches
        Ranked by strain energy or von Mises strain, then by area.

    Raises
    ------
    NoMatch
        If there is none; the message names the nearest miss and what to relax.
    InvalidIndices
        For four indices on axes that are not hexagonal.
    InvalidInput
        For a tolerance or an index out of range, or an area so large that the search would take
        more than a minute.

    Examples
    --------
    >>> from ionsmith.surfaces.matches import find_matches
    >>> from ionsmith.lattice.miller import parse_planes
    >>> from ionsmith.crystals.conversion import read_lattice
    >>> silicon, germanium = read_lattice("lib:si"), read_lattice("lib:ge")
    >>> found = find_matches(silicon, germanium, planes=parse_planes("(0,0,1)||(0,0,1)"))
    >>> match = found.matches[0]
    >>> match.substrate_meshes, match.film_meshes, round(match.area, 2), round(match.max_strain, 4)
    (17, 16, 250.72, 0.0105)
    """
    if not 0 <= tolerance <= 180:
        raise InvalidInput(f"the tolerance is an angle of 0 to 180 degrees, not {tolerance:g}")
    substrates, films, pairs = search_meshes(substrate, film, planes, max_index)
    search = MatchSearch(
        substrates,
        films,
        pairs,
        orientation,
        planes is not None,
        reverse,
        supercells,
    )
    if not search.cell_pairs(limits) <= MOST_PAIRS:
        largest = limits.max_area * (MOST_PAIRS / search.cell_pairs(limits)) ** 0.25
        raise InvalidInput(
            f"matches up to {limits.max_area:g} Å² are too many to look for: on these planes and "
            f"within this strain an area up to {int(largest)} Å² can be searched"
        )
    found = search.run(limits, tolerance)
    if not len(found.matches):
        raise NoMatch(_refusal(search, limits, tolerance, f"{film.name} on {substrate.name}"))
    energy = _energy(found.matches, (substrate_stiffness, film_stiffness))
    measure = found.matches.von_mises if energy is None else energy
    order = np.lexsort((found.matches.areas[:, 0].round(6), measure.round(10)))[:keep]
    records = MatchList(search, found[order], None if energy is None else energy[order])
    return Matches(
        substrate=substrate.name,
        film=film.name,
        substrate_space_group=substrate.space_group,
        film_space_group=film.space_group,
        plane_pairs=len(pairs),
        substrate_share=limits.substrate_share,
        ranked_by="von Mises strain" if energy is None else "strain energy",
        film_is_chiral=film.symmetry.is_chiral,
        count=len(found.matches),
        matches=records,
        notes=_notes(film, records, (substrate_stiffness, film_stiffness), limits),
    )


def _energy(found: Coincidences, stiffness: tuple[Floats | None, Floats | None]) -> Floats | None:
    """Energy density of both sides in eV/Å³, None without elastic constants."""
    if stiffness[0] is None and stiffness[1] is None:
        return None
    total = np.zeros(len(found))
    for side, (matrix, meshes) in enumerate(
        zip(stiffness, (found.substrates, found.films), strict=True)
    ):
        if matrix is not None:
            for number, mesh in enumerate(meshes):
                which = found.mesh_pair[:, side] == number
                layer = plane_stiffness(matrix, mesh.frame)
                total[which] += energy_density(layer, found.strains[which, side])
    return total


def _refusal(search: MatchSearch, limits: Limits, tolerance: float, names: str) -> str:
    bound = "" if search.orientation is None else f", {tolerance:g}° off the relationship"
    more = {"a shear": limits.max_shear, "an area strain": limits.max_area_strain}
    further = "".join(f", {name} of {value:g}" for name, value in more.items() if value is not None)
    text = (
        f"no match of {names} within {limits.max_area:g} Å², a strain of {limits.max_strain:g}"
        f"{further}{bound}; "
    )
    misses = nearest_miss(search, limits, tolerance)
    if misses:
        return text + "the nearest miss needs " + ", or ".join(misses)
    return text + "nor with all limits much wider"


def _notes(
    film: CrystalLattice,
    records: MatchList,
    stiffness: tuple[Floats | None, Floats | None],
    limits: Limits,
) -> tuple[str, ...]:
    notes = []
    if records.reversed.any():
        notes.append(
            "reversed: the film is turned over, its (-h,-k,-l) face meets the substrate"
            + ("; unturned, only its mirror image fits" if film.symmetry.is_chiral else "")
        )
    if (records.found.matches.multiple > 1).any():
        notes.append("multiple: larger than 1 for mere supercells of a smaller match")
    shares = (limits.substrate_share, 1 - limits.substrate_share)
    for side, share, matrix in zip(("substrate", "film"), shares, stiffness, strict=True):
        if share and matrix is None and any(other is not None for other in stiffness):
            notes.append(f"no elastic constants of the {side}: its strain costs no energy here")
    return tuple(notes)
