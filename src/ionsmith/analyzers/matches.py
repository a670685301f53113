"""Matches of two crystals: which cells of which planes fit, and at what strain.

Plane pairs, cells and strains come from :mod:`ionsmith.geometry.coincidence`. The twist of the
film is free, or bound to an orientation relationship: then a match is kept if the rotation that it
needs, or one that symmetry makes equivalent, is within a tolerance of the relationship. It is
reported in the setting that is the nearest one to it. A relationship does not say which planes are
in contact; those are chosen apart from it.

The strain energy is that of two layers of equal thickness, free to relax across the plane.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.match_records import Match, Matches
from ionsmith.analyzers.match_search import (
    Found,
    MatchSearch,
    is_chiral,
    nearest_miss,
    search_meshes,
)
from ionsmith.errors import IonsmithError, NoMatch
from ionsmith.geometry.coincidence import Coincidences, Engine, Limits
from ionsmith.geometry.crystal_lattice import CrystalLattice
from ionsmith.geometry.miller import Plane
from ionsmith.geometry.orientation import OrientationRelationship
from ionsmith.geometry.rotations import cartesian_group
from ionsmith.geometry.strain import energy_density, plane_stiffness

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
    engine: Engine = "auto",
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
    engine
        ``"numba"``, ``"numpy"``, or the first of them that is installed.

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
    IonsmithError
        For a tolerance or an index out of range.
    """
    if not 0 <= tolerance <= 180:
        raise IonsmithError(f"the tolerance is an angle of 0 to 180 degrees, not {tolerance:g}")
    substrates, films, pairs = search_meshes(substrate, film, planes, max_index)
    search = MatchSearch(
        substrates,
        films,
        pairs,
        orientation,
        planes is not None,
        reverse,
        supercells,
        engine,
    )
    found = search.run(limits, tolerance)
    if not len(found.matches):
        raise NoMatch(_refusal(search, limits, tolerance, f"{film.name} on {substrate.name}"))
    energy = _energy(found.matches, (substrate_stiffness, film_stiffness))
    measure = found.matches.von_mises if energy is None else energy
    order = np.lexsort((found.matches.areas[:, 0].round(6), measure.round(10)))[:keep]
    records = _records(search, found, energy, order)
    return Matches(
        substrate=substrate.name,
        film=film.name,
        substrate_space_group=substrate.space_group,
        film_space_group=film.space_group,
        plane_pairs=len(pairs),
        substrate_share=limits.substrate_share,
        ranked_by="von Mises strain" if energy is None else "strain energy",
        film_is_chiral=is_chiral(film),
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


def _records(
    search: MatchSearch, found: Found, energy: Floats | None, order: NDArray[np.int64]
) -> tuple[Match, ...]:
    """Matches in this order, in the setting that is the nearest one to the relationship."""
    part = found.matches[order]
    sides = []
    for side, meshes, cells, operation in (
        (0, part.substrates, part.substrate_cells, found.substrate_operation[order]),
        (1, part.films, part.film_cells, found.film_operation[order]),
    ):
        crystal, numbers = meshes[0].crystal, part.mesh_pair[:, side]
        if search.orientation is None:
            turn = np.broadcast_to(np.eye(3), (len(part), 3, 3))
            matrix = turn.astype(np.int64)
        else:
            turn = cartesian_group(crystal)[operation]
            matrix = crystal.symmetry.point_group[operation]
        frame = np.array([mesh.frame[:2] for mesh in meshes])[numbers] @ turn.transpose(0, 2, 1)
        strain = frame.transpose(0, 2, 1) @ part.strains[:, side] @ frame
        vectors = cells @ np.array([mesh.vectors for mesh in meshes])[numbers]
        vectors = np.round(vectors @ matrix.transpose(0, 2, 1), 12) + 0.0
        indices = np.array([mesh.plane.indices for mesh in meshes])[numbers]
        inverse = np.linalg.inv(matrix).round().astype(np.int64)
        sides.append((turn, vectors, strain, (indices[:, None, :] @ inverse)[:, 0]))
    (turn_s, vectors_s, strain_s, planes_s), (turn_f, vectors_f, strain_f, planes_f) = sides
    left = np.linalg.det(turn_s) < 0
    vectors_s[left, 1] *= -1
    vectors_f[left, 1] *= -1
    rotations = turn_s @ part.rotations @ turn_f.transpose(0, 2, 1)
    turned = part.reversed.copy()
    if search.fixed:
        other = (planes_f != search.films[0].plane.indices).any(axis=1)
        planes_f[other] *= -1
        turned ^= other
    count = len(part)
    energies = [None] * count if energy is None else energy[order].tolist()
    deviations = [None] * count if found.deviation is None else found.deviation[order].tolist()
    sizes = [np.rint(abs(np.linalg.det(c))) for c in (part.substrate_cells, part.film_cells)]
    columns: dict[str, list[Any]] = {
        "substrate_plane": _labels(planes_s, [mesh.plane for mesh in part.substrates]),
        "film_plane": _labels(planes_f, [mesh.plane for mesh in part.films]),
        "reversed": turned.tolist(),
        "substrate_vectors": _tuples(vectors_s),
        "film_vectors": _tuples(vectors_f),
        "substrate_meshes": sizes[0].astype(int).tolist(),
        "film_meshes": sizes[1].astype(int).tolist(),
        "substrate_area": part.areas[:, 0].tolist(),
        "film_area": part.areas[:, 1].tolist(),
        "area": (part.areas * (1 + part.area_strain))[:, 0].tolist(),
        "multiple": part.multiple.tolist(),
        "max_strain": part.max_strain.tolist(),
        "substrate_principal": _tuples(part.principal[:, 0]),
        "film_principal": _tuples(part.principal[:, 1]),
        "substrate_shear": part.shear[:, 0].tolist(),
        "film_shear": part.shear[:, 1].tolist(),
        "substrate_area_strain": part.area_strain[:, 0].tolist(),
        "film_area_strain": part.area_strain[:, 1].tolist(),
        "substrate_strain": _tuples(strain_s),
        "film_strain": _tuples(strain_f),
        "von_mises": part.von_mises.tolist(),
        "strain_energy": energies,
        "rotation": _tuples(rotations),
        "deviation": deviations,
    }
    return tuple(
        Match(**dict(zip(columns, values, strict=True)))
        for values in zip(*columns.values(), strict=True)
    )


def _refusal(search: MatchSearch, limits: Limits, tolerance: float, names: str) -> str:
    bound = "" if search.orientation is None else f", {tolerance:g}° off the relationship"
    text = (
        f"no match of {names} within {limits.max_area:g} Å², a strain of {limits.max_strain:g}"
        f"{bound}; "
    )
    misses = nearest_miss(search, limits, tolerance)
    if misses:
        return text + "the nearest miss needs " + ", or ".join(misses)
    return text + "nor with any one limit relaxed: relax area and strain together"


def _notes(
    film: CrystalLattice,
    records: tuple[Match, ...],
    stiffness: tuple[Floats | None, Floats | None],
    limits: Limits,
) -> tuple[str, ...]:
    notes = []
    if any(match.reversed for match in records):
        notes.append(
            "reversed: the film is turned over, its (-h,-k,-l) face meets the substrate"
            + ("; unturned, only its mirror image fits" if is_chiral(film) else "")
        )
    if any(match.multiple > 1 for match in records):
        notes.append("multiple: larger than 1 for mere supercells of a smaller match")
    shares = (limits.substrate_share, 1 - limits.substrate_share)
    for side, share, matrix in zip(("substrate", "film"), shares, stiffness, strict=True):
        if share and matrix is None and any(other is not None for other in stiffness):
            notes.append(f"no elastic constants of the {side}: its strain costs no energy here")
    return tuple(notes)


def _labels(indices: NDArray[np.int64], planes: list[Plane]) -> list[str]:
    """Write planes, with four indices where the first of a side was given so."""
    like, known = planes[0].four_index, {}
    names = []
    for h, k, m in indices.tolist():
        if (h, k, m) not in known:
            known[h, k, m] = str(Plane((h, k, m), like))
        names.append(known[h, k, m])
    return names


def _tuples(array: NDArray[np.float64]) -> list[Any]:
    """One tuple a match, nested as the rest of the array is."""
    rows = array.tolist()
    if array.ndim == 2:
        return [tuple(row) for row in rows]
    return [tuple(tuple(inner) for inner in row) for row in rows]
