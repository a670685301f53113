"""Orientation relationships of two crystals along one beam, and the commands that build them."""

import shlex
from collections.abc import Sequence
from typing import get_args

import numpy as np
from scipy.spatial.transform import Rotation
from scipy.special import logsumexp

from ionsmith.builders.choices import PresetName
from ionsmith.builders.interface import preset
from ionsmith.errors import IonsmithError
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import coprime_indices
from ionsmith.lattice.miller import Direction, Plane, parse_direction, parse_plane, triple
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import readability
from ionsmith.micrographs._measured import Solution
from ionsmith.micrographs._micrograph_result import ImagedRelationship
from ionsmith.micrographs._zones import Fit, Floats, Integers
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches

SAME = 2.0
"""Angle in degrees within which two orientation relationships are one."""

KNOWN = 1.0
"""Angle in degrees within which a relationship is that of a preset."""

SHOWN = 6
"""Number of relationships that are listed."""

TAKEN = 0.1
"""Error in degrees of the angle between planes that counts as none."""

LARGEST = 6
"""Largest index of these planes."""

SIMPLE = 6.0
"""Preference of planes with large spacings: the power of the product of both."""

AREAS = (400.0, 800.0, 1600.0, 3200.0)
"""Largest areas in Å² of a common cell that are tried one after the other."""

HALF_TURN = np.diag([-1.0, -1.0, 1.0])
"""Rotation about the beam that a transform does not show."""


def proper_rotations(crystal: CrystalLattice) -> Floats:
    """Proper rotations of the Laue group, Cartesian, shape (n, 3, 3)."""
    group = crystal.cartesian_group
    return np.asarray(group * np.sign(np.linalg.det(group))[:, None, None])


def turn_between(first: Floats, second: Floats, crystals: Sequence[CrystalLattice]) -> float:
    """Smallest angle in degrees between two relationships, under both Laue groups.

    Two grains of one crystal may be exchanged.
    """
    left, right = (proper_rotations(one) for one in crystals)
    turned = np.einsum("aij,jk,bkl->abil", left, first, right).reshape(-1, 3, 3)
    targets = [second, second.T] if crystals[0] is crystals[1] else [second]
    trace = max(np.einsum("aij,ij->a", turned, one).max() for one in targets)
    return float(np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1))))


def _rotations(fits: Sequence[Fit | None]) -> list[Floats]:
    """The two rotations from film to substrate that a transform does not tell apart."""
    one, other = (fit.orientation for fit in fits if fit is not None)
    return [one.T @ other, one.T @ HALF_TURN @ other]


def gathered(solutions: Sequence[Solution]) -> list[tuple[Solution, float]]:
    """Solutions with different relationships and their probabilities, the likeliest first."""
    groups: list[tuple[Solution, list[float]]] = []
    total = logsumexp([one.logarithm for one in solutions])
    for solution in solutions:
        if len(solution.fits) < 2 or None in solution.fits:
            continue
        rotation = _rotations(solution.fits)[0]
        for known, logarithms in groups:
            crystals = [fit.net.crystal for fit in known.fits if fit is not None]
            if any(turn_between(rotation, r, crystals) < SAME for r in _rotations(known.fits)):
                logarithms.append(solution.logarithm)
                break
        else:
            if len(groups) < 4 * SHOWN:
                groups.append((solution, [solution.logarithm]))
    listed = [(one, float(np.exp(logsumexp(values) - total))) for one, values in groups]
    return sorted(listed, key=lambda one: -one[1])


def simplest_turn(fit: Fit) -> Integers:
    """Operation on planes that makes the zone axis of a fit most readable."""
    zone = np.array(fit.zone.indices)
    base = 20 * int(abs(zone).max()) + 1
    backs = [np.linalg.inv(turn).round().astype(np.int64) for turn in proper_turns(fit.net.crystal)]
    best = max(backs, key=lambda back: int(readability(back @ zone, base)))
    return np.asarray(np.linalg.inv(best).round().astype(np.int64))


def relationships(
    groups: Sequence[tuple[Solution, float]],
    half: float,
    sources: Sequence[str],
    disordered: bool,
) -> tuple[tuple[ImagedRelationship, ...], list[str], tuple[Integers, Integers]]:
    """Describe relationships, whose angles have half a 95 % interval.

    Notes say what is left open; operations turn the indices of the fits to those of the first.
    """
    listed, notes = [], []
    first_turns: tuple[Integers, Integers] | None = None
    for number, (solution, probability) in enumerate(groups[:SHOWN]):
        one, other = solution.fits
        assert one is not None
        assert other is not None
        fits = one, other
        crystals = fits[0].net.crystal, fits[1].net.crystal
        rotations = _rotations(fits)
        planes, directions = _named(fits, half)
        known = _preset(rotations, crystals)
        placed = None
        if known is not None:
            published = preset(known)
            pairs = _both(published.parallel_planes), _both(published.parallel_directions)
            placed = _placed(fits, *pairs)
        if placed is None:
            known, pairs = None, (planes, directions)
            placed = _placed(fits, *pairs)
        assert placed is not None
        planes, directions = pairs
        angle, turns = placed
        exact = _exact(crystals, planes, directions)
        beam = crystals[0].lattice.vectors(parse_direction(directions[0]).indices)
        turn = Rotation.from_rotvec(angle * beam / np.linalg.norm(beam), degrees=True)
        rotation = turn.as_matrix() @ exact
        if number == 0:
            first_turns = turns
            notes += _notes(rotations, planes, crystals, angle, half)
            command: str | None = f"ionsmith build interface --preset {known} -o interface.extxyz"
            if crystals[0] is crystals[1]:
                command, more = _boundary_command(
                    crystals[0], sources[0], planes[0], directions[0], rotation
                )
                notes += more
            elif known is None:
                command, more = _command(crystals, sources, planes, directions, disordered)
                notes += more
        listed.append(
            ImagedRelationship(
                parallel_directions=directions,
                parallel_planes=planes,
                angle=angle,
                error=half,
                rotation=tuple(map(tuple, rotation.tolist())),
                probability=probability,
                known=known,
                command=command if number == 0 else None,
            )
        )
    assert first_turns is not None
    return tuple(listed), notes, first_turns


def _notes(
    rotations: Sequence[Floats],
    planes: tuple[str, str],
    crystals: tuple[CrystalLattice, CrystalLattice],
    angle: float,
    half: float,
) -> list[str]:
    """What the transform leaves open."""
    notes = [
        "zones are taken to be along the beam exactly; a crystal that is tilted by a few degrees "
        "has the same spots"
    ]
    if turn_between(rotations[0], rotations[1], crystals) > SAME:
        notes.append(
            f"a transform does not tell {planes[1]} of {crystals[1].name} from its opposite, with "
            "which the relationship is another one"
        )
    if abs(angle) > 2 * max(half, TAKEN) and crystals[0] is not crystals[1]:
        notes.append(
            f"{planes[0]} and {planes[1]} are {abs(angle):.2f} ± {half:.2f}° from parallel; the "
            "command builds them parallel"
        )
    return notes


def _placed(
    fits: tuple[Fit, Fit], planes: tuple[str, str], directions: tuple[str, str]
) -> tuple[float, tuple[Integers, Integers]] | None:
    """Angle from the first to the second plane, seen against the directions, and equivalents.

    The equivalents are operations that turn the indices of the fits to those of the directions or,
    for both crystals, to their opposites.
    """
    options: list[list[tuple[int, float, Integers]]] = []
    for fit, plane, direction in zip(fits, planes, directions, strict=True):
        crystal = fit.net.crystal
        h, u = parse_plane(plane).indices, np.array(parse_direction(direction).reduced().indices)
        found = []
        for turn in proper_turns(crystal):
            back = np.linalg.inv(turn).round().astype(np.int64)
            zone = back @ fit.zone.indices
            sense = 1 if (zone == u).all() else -1 if (zone == -u).all() else 0
            if sense:
                x, y = crystal.lattice.normals(h @ back) @ fit.orientation[:2].T
                found.append((sense, float(np.degrees(np.arctan2(y, x))), turn))
        options.append(found)
    pairs = [
        (sense < 0, sense * ((second - first + 90) % 180 - 90), (turn, other))
        for sense, first, turn in options[0]
        for sense_other, second, other in options[1]
        if sense == sense_other
    ]
    if not pairs:
        return None
    # Of equivalents, one that is seen with the directions towards the source.
    return min(pairs, key=lambda pair: (round(abs(pair[1]), 6), pair[0]))[1:]


def proper_turns(crystal: CrystalLattice) -> Integers:
    """Proper rotations of the Laue group that act on planes, ``h @ turn``, shape (n, 3, 3)."""
    group = crystal.symmetry.laue_group
    return np.asarray(group[np.linalg.det(group) > 0])


def _both(pair: str) -> tuple[str, str]:
    """Both of a parallel pair."""
    first, _, second = pair.partition("||")
    return first, second


def _exact(
    crystals: tuple[CrystalLattice, CrystalLattice],
    planes: tuple[str, str],
    directions: tuple[str, str],
) -> Floats:
    """Rotation with exactly these planes and directions parallel."""
    known = OrientationRelationship.from_parallel(
        *crystals, "||".join(planes), "||".join(directions), tolerance=5
    )
    return known.rotation


def _preset(
    rotations: Sequence[Floats], crystals: tuple[CrystalLattice, CrystalLattice]
) -> PresetName | None:
    """Name of the preset with this relationship."""
    name: PresetName
    for name in get_args(PresetName):
        known = preset(name)
        if (known.substrate, known.film) != tuple(one.name for one in crystals):
            continue
        exact = _exact(crystals, _both(known.parallel_planes), _both(known.parallel_directions))
        if any(turn_between(one, exact, crystals) < KNOWN for one in rotations):
            return name
    return None


def _edge_on(fit: Fit) -> tuple[Integers, Floats, Floats]:
    """Lattice planes of a zone, both of each pair, their azimuths and spacings."""
    crystal, planes = fit.net.crystal, coprime_indices(LARGEST)
    planes = planes[planes @ fit.zone.indices == 0]
    planes = np.array([crystal.symmetry.lattice_order(Plane(triple(h))) * h for h in planes])
    places = crystal.lattice.normals(planes) @ fit.orientation[:2].T
    return (
        planes,
        np.degrees(np.arctan2(places[:, 1], places[:, 0])),
        crystal.lattice.d_spacing(planes),
    )


def _named(fits: tuple[Fit, Fit], half: float) -> tuple[tuple[str, str], tuple[str, str]]:
    """Planes and directions that are parallel, in readable equivalents."""
    (first, turn, d), (second, other, d_other) = (_edge_on(fit) for fit in fits)
    apart = (other[None] - turn[:, None] + 90) % 180 - 90
    error = max(half / 1.96, TAKEN)
    cost = 0.5 * (apart / error) ** 2 - SIMPLE * np.log(d[:, None] * d_other[None])
    i, j = np.unravel_index(np.argmin(np.round(cost, 6)), cost.shape)
    # Seen from the other side both directions change; the senses of both planes are open.
    plane, zone, sense = _readable(first[i], np.array(fits[0].zone.indices), fits[0], (1, -1))
    zone_other = sense * np.array(fits[1].zone.indices)
    plane_other, zone_other, _ = _readable(second[j], zone_other, fits[1], (1,))
    return (
        (str(Plane(triple(plane))), str(Plane(triple(plane_other)))),
        (str(Direction(triple(zone))), str(Direction(triple(zone_other)))),
    )


def _readable(
    plane: Integers, zone: Integers, fit: Fit, senses: Sequence[int]
) -> tuple[Integers, Integers, int]:
    """The most readable equivalents of a direction, in one of some senses, and of ± a plane."""
    base = 20 * int(max(abs(plane).max(), abs(zone).max())) + 1
    found = []
    for turn in proper_turns(fit.net.crystal):
        back = np.linalg.inv(turn).round().astype(np.int64)
        for sense in senses:
            for sign in (1, -1):
                h, u = sign * plane @ turn, sense * back @ zone
                found.append((int(readability(u, base)), int(readability(h, base)), h, u, sense))
    best = max(found, key=lambda one: one[:2])
    return best[2], best[3], best[4]


def _command(
    crystals: tuple[CrystalLattice, CrystalLattice],
    sources: Sequence[str],
    planes: tuple[str, str],
    directions: tuple[str, str],
    disordered: bool,
) -> tuple[str, list[str]]:
    """Command that builds the interface, with the smallest of some areas that has a match."""
    pairs = "||".join(planes), "||".join(directions)
    words = ["ionsmith", "build", "interface", *sources]
    words += ["--parallel-planes", pairs[0], "--parallel-directions", pairs[1]]
    relation = OrientationRelationship.from_parallel(*crystals, *pairs)
    notes = []
    for area in AREAS:
        limits = Limits(max_area=area)
        try:
            matches = find_matches(
                *crystals, limits, contact=relation.planes, orientation=relation, limit=1
            )
        except IonsmithError:
            continue
        if len(matches.matches) == 0:
            continue
        if area != AREAS[0]:
            words += ["--max-area", f"{area:g}"]
        break
    else:
        notes.append(
            f"with {planes[0]} and {planes[1]} in contact there is no common cell up to "
            f"{AREAS[-1]:g} Å² within 5 %: give `ionsmith build interface` another --contact or "
            "--max-strain"
        )
    if disordered:
        words += ["--ordering", "electrostatic"]
    return shlex.join([*words, "-o", "interface.extxyz"]), notes


def _boundary_command(
    crystal: CrystalLattice, source: str, plane: str, beam: str, rotation: Floats
) -> tuple[str | None, list[str]]:
    """Command that builds a grain boundary: about the beam if it can be, or a simple axis."""
    along = np.array(parse_direction(beam).indices)
    axes = np.concatenate([[along, -along], coprime_indices(LARGEST // 2)])
    vectors = crystal.lattice.vectors(axes)
    vectors = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    turns = Rotation.from_matrix(rotation @ proper_rotations(crystal)).as_rotvec(degrees=True)
    angles = np.linalg.norm(turns, axis=1)
    # An axis that is off by this angle moves what is turned by at most KNOWN.
    off = np.degrees(
        np.arccos(np.clip(turns @ vectors.T / np.maximum(angles, 1e-6)[:, None], -1, 1))
    )
    fits = (off * np.minimum(1, 2 * np.sin(np.radians(angles / 2)))[:, None] < KNOWN) & (
        angles[:, None] > KNOWN
    )
    if not fits.any():
        return None, [
            "the grains are not turned about a simple axis; `ionsmith build grain-boundary` takes "
            "an --axis and an --angle"
        ]
    # About the beam, then about short axes; of equals by the smallest angle.
    length = abs(axes).sum(axis=1) * (np.arange(len(axes)) > 1)
    rank = np.where(fits, 1000 * length + angles[:, None] - 1e-6 * readability(axes, 15), np.inf)
    which, axis = np.unravel_index(np.argmin(np.round(rank, 6)), rank.shape)
    words = ["ionsmith", "build", "grain-boundary", source, plane]
    words += ["--axis", str(Direction(triple(axes[axis]))), "--angle", f"{angles[which]:.2f}"]
    return shlex.join([*words, "-o", "boundary.extxyz"]), [
        f"the boundary is taken to be on {plane} of grain 1"
    ]
