"""Orientation relationships of two crystals along one beam, and the commands that build them."""

import shlex
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from scipy.special import logsumexp
from scipy.spatial.transform import Rotation

from ionsmith.builders.choices import PresetName
from ionsmith.builders.interface import preset
from ionsmith.choices import choices_of
from ionsmith.errors import IonsmithError
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Direction, Plane, triple
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import readability
from ionsmith.micrographs._micrograph_result import ImagedRelationship
from ionsmith.micrographs._zones import Fit, Floats
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches

SAME = 2.0
"""Angle in degrees within which two orientation relationships are one."""

KNOWN = 1.0
"""Angle in degrees within which a relationship is that of a preset."""

SHOWN = 6
"""Number of relationships that are listed."""

NEAR = 5.0
"""Largest angle in degrees between planes that are named as parallel."""

TAKEN = 0.1
"""Error in degrees of the angle between planes that counts as none."""

LARGEST = 6
"""Largest index of these planes."""

SIMPLE = 3.0
"""Preference of planes with large spacings: the power of the product of both."""

AREAS = (400.0, 800.0, 1600.0, 3200.0)
"""Largest areas in Å² of a common cell that are tried one after the other."""

HALF_TURN = np.diag([-1.0, -1.0, 1.0])
"""Rotation about the beam that a transform does not show."""


class Solved(Protocol):
    """A way to explain the spots."""

    @property
    def fits(self) -> tuple[Fit | None, ...]:
        """Orientations of the crystals."""

    @property
    def logarithm(self) -> float:
        """Logarithm of the probability."""


def proper_rotations(crystal: CrystalLattice) -> Floats:
    """Proper rotations of the Laue group, Cartesian, shape (n, 3, 3)."""
    group = crystal.cartesian_group
    return np.asarray(group * np.sign(np.linalg.det(group))[:, None, None])


def turn_between(first: Floats, second: Floats, crystals: Sequence[CrystalLattice]) -> float:
    """Smallest angle in degrees between two relationships, under both Laue groups."""
    left, right = (proper_rotations(one) for one in crystals)
    turned = np.einsum("aij,jk,bkl->abil", left, first, right).reshape(-1, 3, 3)
    trace = np.einsum("aij,ij->a", turned, second).max()
    return float(np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1))))


def _rotations(fits: Sequence[Fit]) -> list[Floats]:
    """The two rotations from film to substrate that a transform does not tell apart."""
    one, other = (fit.orientation for fit in fits)
    return [one.T @ other, one.T @ HALF_TURN @ other]


def gathered(solutions: Sequence[Solved]) -> list[tuple[tuple[Fit, Fit], float]]:
    """Relationships with their probabilities, the likeliest first."""
    groups: list[tuple[tuple[Fit, Fit], list[float]]] = []
    total = logsumexp([one.logarithm for one in solutions])
    for solution in solutions:
        one, other = solution.fits
        if one is None or other is None:
            continue
        rotation = _rotations((one, other))[0]
        crystals = one.net.crystal, other.net.crystal
        for known, logarithms in groups:
            if any(turn_between(rotation, r, crystals) < SAME for r in _rotations(known)):
                logarithms.append(solution.logarithm)
                break
        else:
            if len(groups) < 4 * SHOWN:
                groups.append(((one, other), [solution.logarithm]))
    listed = [(fits, float(np.exp(logsumexp(values) - total))) for fits, values in groups]
    return sorted(listed, key=lambda one: -one[1])


def relationships(
    groups: Sequence[tuple[tuple[Fit, Fit], float]],
    half: float,
    sources: Sequence[str],
    disordered: bool,
) -> tuple[tuple[ImagedRelationship, ...], list[str]]:
    """Describe relationships, whose angles have half a 95 % interval, and say what is left open."""
    listed, notes = [], []
    for number, (fits, probability) in enumerate(groups[:SHOWN]):
        crystals = fits[0].net.crystal, fits[1].net.crystal
        rotations = _rotations(fits)
        known = _preset(rotations, crystals)
        planes, directions, angle = _named(fits, half)
        if known is not None:
            published = preset(known)
            planes = _both(published.parallel_planes)
            directions = _both(published.parallel_directions)
            command = f"ionsmith build interface --preset {known} -o interface.extxyz"
        else:
            command = _command(crystals, sources, planes, directions) if number == 0 else ""
            if command and disordered:
                command += " --ordering electrostatic"
        rotation = min(
            rotations,
            key=lambda r: turn_between(r, _exact(crystals, planes, directions), crystals),
        )
        if number == 0:
            notes.append(
                "zones are taken to be along the beam exactly; a crystal that is tilted by a few "
                "degrees has the same spots"
            )
            if turn_between(*rotations, crystals) > SAME:
                notes.append(
                    f"the transform does not tell {planes[1]} of {crystals[1].name} from its "
                    "opposite: with the opposite the relationship is another one"
                )
            if abs(angle) > max(2 * half, TAKEN * 3):
                notes.append(
                    f"no simple planes are parallel within the error; {planes[0]} and {planes[1]} "
                    f"are {abs(angle):.2f}° apart"
                )
        listed.append(
            ImagedRelationship(
                parallel_directions=directions,
                parallel_planes=planes,
                angle=angle,
                error=half,
                rotation=tuple(tuple(row) for row in rotation.tolist()),
                probability=probability,
                known=known,
                command=command,
            )
        )
    return tuple(listed), notes


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
    for name in choices_of(PresetName):
        known = preset(name)
        if (known.substrate, known.film) != tuple(one.name for one in crystals):
            continue
        exact = _exact(crystals, _both(known.parallel_planes), _both(known.parallel_directions))
        if any(turn_between(one, exact, crystals) < KNOWN for one in rotations):
            return name
    return None


def _edge_on(fit: Fit) -> tuple[Floats, Floats, Floats]:
    """Lattice planes of a zone, both of each pair, their azimuths and spacings."""
    crystal, hkl = fit.net.crystal, fit.net.hkl
    reduced = hkl // np.gcd.reduce(hkl, axis=1)[:, None]
    planes = np.unique(reduced[abs(reduced).max(axis=1) <= LARGEST], axis=0)
    planes = np.array([crystal.symmetry.lattice_order(Plane(triple(h))) * h for h in planes])
    places = crystal.lattice.normals(planes) @ fit.orientation[:2].T
    return planes, np.degrees(np.arctan2(places[:, 1], places[:, 0])), crystal.lattice.d_spacing(planes)


def _named(fits: tuple[Fit, Fit], half: float) -> tuple[tuple[str, str], tuple[str, str], float]:
    """Planes and directions that are parallel, in readable equivalents, and the planes' angle."""
    (first, turn, d), (second, other, d_other) = (_edge_on(fit) for fit in fits)
    apart = (other[None] - turn[:, None] + 90) % 180 - 90
    error = max(half / 1.96, TAKEN)
    cost = 0.5 * (apart / error) ** 2 - SIMPLE * np.log(d[:, None] * d_other[None])
    cost[abs(apart) > NEAR] += 1e6
    i, j = np.unravel_index(np.argmin(np.round(cost, 6)), cost.shape)
    zones = [np.array(fit.zone.indices) for fit in fits]
    pairs = []
    for plane, zone, fit in zip((first[i], second[j]), zones, fits, strict=True):
        pairs.append((plane, zone, fit.net.crystal))
    # The sense of the first crystal's plane and zone is free: both of the second follow.
    same = np.sign(np.cos(np.radians(other[j] - turn[i])))
    first_plane, first_zone, signs = _readable(*pairs[0], every=True)
    second_plane = pairs[1][0] * int(same) * signs[0]
    second_zone = pairs[1][1] * signs[1]
    open_sign = pairs[1][2]
    plane, zone, _ = _readable(second_plane, second_zone, open_sign, every=False)
    return (
        (str(Plane(triple(first_plane))), str(Plane(triple(plane)))),
        (str(Direction(triple(first_zone))), str(Direction(triple(zone)))),
        float(apart[i, j]),
    )


def _readable(
    plane: Floats, zone: Floats, crystal: CrystalLattice, *, every: bool
) -> tuple[Floats, Floats, tuple[int, int]]:
    """The most readable of a plane and a direction under the Laue group, and of their signs.

    A transform leaves the sense of a plane open; that of the direction too if ``every``.
    """
    best: tuple[tuple[int, int], Floats, Floats, tuple[int, int]] | None = None
    group = crystal.symmetry.laue_group
    base = 20 * int(max(abs(plane).max(), abs(zone).max())) + 1
    for operation in group:
        if np.linalg.det(operation) < 0:
            continue
        back = np.linalg.inv(operation).round().astype(np.int64)
        for signs in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
            if signs[1] < 0 and not every:
                continue
            h, u = signs[0] * plane @ operation, signs[1] * back @ zone
            rank = int(readability(u, base)), int(readability(h, base))
            if best is None or rank > best[0]:
                best = rank, h, u, signs
    assert best is not None
    return best[1], best[2], best[3]


def _command(
    crystals: tuple[CrystalLattice, CrystalLattice],
    sources: Sequence[str],
    planes: tuple[str, str],
    directions: tuple[str, str],
) -> str:
    """Command that builds the interface, with the smallest of some areas that has a match."""
    pairs = "||".join(planes), "||".join(directions)
    words = ["ionsmith", "build", "interface", *sources]
    words += ["--parallel-planes", pairs[0], "--parallel-directions", pairs[1]]
    relation = OrientationRelationship.from_parallel(*crystals, *pairs)
    for area in AREAS:
        try:
            find_matches(
                *crystals, Limits(max_area=area), contact=relation.planes, orientation=relation
            )
        except IonsmithError:
            continue
        if area != AREAS[0]:
            words += ["--max-area", f"{area:g}"]
        break
    return shlex.join([*words, "-o", "interface.extxyz"])
