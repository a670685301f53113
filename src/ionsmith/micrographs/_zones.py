"""Nets of reflections of a crystal along its zones, and how they lie on measured spots."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import Scatterers, structure_factors
from ionsmith.lattice.cell_vectors import primitive_vectors
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.lattice_points import lattice_points
from ionsmith.lattice.miller import Direction, triple
from ionsmith.lattice.symmetry import readability
from ionsmith.lattice.zone import beam_frame

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LONGEST_PERIOD = 45.0
"""Largest period in Å along a zone axis that is tried."""

LENGTH, TURN = 0.03, 1.5
"""Width of the first search: of relative lengths, and of angles in degrees."""

STRAIN = 0.02
"""Standard deviation of each component of the deformation of a lattice in an image."""

OTHERS = 0.5
"""Share of the spots that are not of a net, in the first search."""

DARK = 0.02
"""Smallest weight of a reflection beside that of the strongest: forbidden ones appear by double
diffraction, weak ones in thick crystals."""

KEPT = 40
"""Orientations of each crystal that are refined."""

OFF = 0.003
"""Error of a place in a bent or strained crystal, relative to its length."""

STEP = 0.5
"""Step in degrees of the first search."""


@dataclass(frozen=True, eq=False)
class Net:
    """Reflections of one zone.

    Parameters
    ----------
    crystal
        The crystal.
    zone
        Indices u, v, w of the axis, which points to the source.
    period
        Shortest lattice vector along it, in Å.
    frame
        Axes x, y, z of the net as rows in the crystal's Cartesian frame, shape (3, 3).
    hkl
        Indices, both of each pair ±(hkl), shape (n, 3).
    places
        Components x and y in Å⁻¹, shape (n, 2).
    weights
        Share of each in the spots of an image, adding up to 2, shape (n,).
    """

    crystal: CrystalLattice
    zone: tuple[int, int, int]
    period: float
    frame: Floats
    hkl: Integers
    places: Floats
    weights: Floats

    @cached_property
    def twofold(self) -> bool:
        """Whether the crystal, with an inversion added, has a twofold axis along the zone."""
        axis = np.array(self.zone)
        group = self.crystal.symmetry.laue_group  # rows h g: directions follow the inverse
        turns = group[np.round(np.linalg.det(group)) > 0]
        half = [turn for turn in turns if np.trace(turn) == -1]
        return any((np.linalg.inv(turn) @ axis == axis).all() for turn in half)


def nets_of(atoms: Scatterers, reach: tuple[float, float]) -> list[Net]:
    """All zones, one of each set of equivalent ones, with two reflections out of line in reach."""
    crystal = atoms.phase
    box = [reach[1]] * 3
    hkl = lattice_points(crystal.lattice.reciprocal, [-b for b in box], box, length=float(reach[1]))
    length = np.linalg.norm(crystal.lattice.normals(hkl), axis=1)
    hkl = hkl[(length >= reach[0]) & crystal.symmetry.centring_allows(hkl)]
    if len(hkl) < 4:
        return []
    strength = np.abs(structure_factors(atoms, hkl, "electrons"))
    strength = np.maximum(strength / strength.max(), DARK)
    volume = crystal.lattice.volume / len(crystal.symmetry.centrings)
    longest = min(LONGEST_PERIOD, np.pi * reach[1] ** 2 * volume / 4)
    nets = []
    for zone, period in _zones(crystal, longest):
        inside = hkl @ np.array(zone) == 0
        if inside.sum() < 4:
            continue
        frame = beam_frame(crystal.lattice.vectors(zone))
        places = crystal.lattice.normals(hkl[inside]) @ frame[:2].T
        if np.linalg.matrix_rank(places, tol=1e-6) < 2:
            continue
        weights = strength[inside]
        nets.append(
            Net(crystal, zone, period, frame, hkl[inside], places, 2 * weights / weights.sum())
        )
    return nets


def _zones(crystal: CrystalLattice, longest: float) -> list[tuple[tuple[int, int, int], float]]:
    """Zone axes by period, one of each set of equivalents under the Laue group, with sign."""
    basis = primitive_vectors(crystal.symmetry, crystal.lattice.cell)
    points = lattice_points(
        basis @ crystal.lattice.cell, [-longest] * 3, [longest] * 3, length=longest
    )
    points = points[np.gcd.reduce(points, axis=1) == 1]
    vectors = points @ basis
    period = np.linalg.norm(vectors @ crystal.lattice.cell, axis=1)
    scaled = np.round(12 * vectors).astype(np.int64)  # centrings are twelfths at most
    zones = scaled // np.gcd.reduce(scaled, axis=1)[:, None]
    group = np.linalg.inv(crystal.symmetry.laue_group).round().astype(np.int64)
    # The pattern of -[uvw] is that of [uvw], turned over: the search looks at both.
    base = 6 * int(abs(zones).max(initial=1)) * int(abs(group).max()) + 1
    best = zones.copy()
    rank = readability(best, base)
    for operation in group:
        image = zones @ operation.T
        value = readability(image, base)
        better = value > rank
        best[better], rank[better] = image[better], value[better]
    unique, first = np.unique(best, axis=0, return_index=True)
    order = np.lexsort((*-unique.T, np.round(period[first], 6)))
    return [(triple(unique[n]), float(period[first[n]])) for n in order]


@dataclass(frozen=True, eq=False)
class Fit:
    """A net on measured spots.

    Parameters
    ----------
    net
        The net.
    flipped
        Whether the zone axis points away from the source.
    angle
        Angle in degrees of the net's x axis from that of the image, before deformation.
    matrix
        Measured place of a place of the net, shape (2, 2).
    density
        Probability density in Å² of a spot of this net at each measured place, shape (n,).
    evidence
        Logarithm of the probability of the deformation, and of the room that its fit takes.
    """

    net: Net
    flipped: bool
    angle: float
    matrix: Floats
    density: Floats
    evidence: float

    @property
    def zone(self) -> Direction:
        """Zone axis, which points to the source."""
        u, v, w = self.net.zone
        return Direction((-u, -v, -w) if self.flipped else (u, v, w))

    @property
    def places(self) -> Floats:
        """Places of the net before rotation and deformation, mirrored if it is flipped."""
        return self.net.places * (1, -1 if self.flipped else 1)

    @property
    def orientation(self) -> Floats:
        """Rotation from the crystal's Cartesian frame to the axes of the image, shape (3, 3)."""
        from scipy.linalg import polar

        rotation = np.eye(3)
        rotation[:2, :2] = polar(self.matrix)[0]
        frame = self.net.frame * np.array([1, -1, -1])[:, None] if self.flipped else self.net.frame
        return np.asarray(rotation @ frame)


def search(net: Net, places: Floats, area: float) -> list[tuple[float, bool, float]]:
    """Angles at which a net lies best on spots: logarithm of likelihood, flipped, degrees."""
    found = []
    length = np.linalg.norm(places, axis=1)
    turn = np.degrees(np.arctan2(places[:, 1], places[:, 0]))
    own = np.linalg.norm(net.places, axis=1)
    off = np.log(length[:, None] / own[None]) / LENGTH
    i, k = np.nonzero(abs(off) < 3)
    if len(np.unique(i)) < 2:
        return []
    radial = net.weights[k] * np.exp(-0.5 * off[i, k] ** 2) / (np.sqrt(2 * np.pi) * LENGTH)
    bins = round(180 / STEP)
    far = np.arange(bins) * STEP
    far = np.minimum(far, 180 - far)
    kernel = np.exp(-0.5 * (far / TURN) ** 2) / (np.sqrt(2 * np.pi) * np.radians(TURN))
    wave = np.fft.rfft(kernel)
    # In the half plane: both of each pair ±g count as one, so that weights add up to 1.
    for flipped in (False, True):
        angle = np.degrees(np.arctan2(net.places[k, 1], net.places[k, 0]))
        where = np.round((turn[i] - (-angle if flipped else angle)) / STEP).astype(int) % bins
        histogram = np.zeros((len(places), bins))
        np.add.at(histogram, (i, where), radial / 2)
        density = np.fft.irfft(np.fft.rfft(histogram) * wave, bins)
        # of logarithm of length and angle, to Å²
        density = np.maximum(density, 0) / length[:, None] ** 2
        value = np.log(OTHERS / area + (1 - OTHERS) * density).sum(axis=0)
        tops = value >= np.maximum(np.roll(value, 1), np.roll(value, -1))
        for at in sorted(np.flatnonzero(tops), key=lambda n: -value[n])[:4]:
            found.append((float(value[at]) - 2 * np.log(net.period), flipped, float(at * STEP)))
    return found


BASIS = np.array([[[0, -1], [1, 0]], [[1, 0], [0, 1]], [[1, 0], [0, -1]], [[0, 1], [1, 0]]])
"""Rotation, dilation and the two shears of a plane."""

PRIOR = np.array([np.radians(2.0), STRAIN, STRAIN, STRAIN])
"""Standard deviations of these."""


STARTS = (0.0, -0.02, 0.02)
"""Dilations at which fits begin, as a film may lie on a substrate that is nearly the same."""


def refine(
    net: Net,
    flipped: bool,
    angle: float,
    places: Floats,
    errors: Floats,
    area: float,
    dilation: float = 0.0,
    trusted: NDArray[np.bool_] | None = None,
) -> Fit:
    """Fit a net to spots, with a deformation, where spots may belong to something else.

    The fit begins at a dilation; only spots that are trusted are fitted, by default all.
    """
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    start = np.array([[cos, -sin], [sin, cos]])
    mine = net.places * (1, -1 if flipped else 1)
    matrix = (1 + dilation) * start
    width = np.hypot(errors, OFF * np.linalg.norm(places, axis=1))
    evidence = 0.0
    for narrow in (0.015, 0.008, 0.004, 0.0, 0.0):
        sigma = np.hypot(width, narrow * np.linalg.norm(places, axis=1))
        share, density = _shares(places, sigma, mine @ matrix.T, net.weights, area)
        i, k = np.nonzero(share > 0.02)
        if trusted is not None:
            k, i = k[trusted[i]], i[trusted[i]]
        turned = mine[k] @ start.T
        columns = np.einsum("bij,nj->nib", BASIS, turned).reshape(-1, 4)
        weight = np.repeat(share[i, k] / sigma[i] ** 2, 2)
        normal = columns.T @ (columns * weight[:, None])
        right = columns.T @ ((places[i] - turned).ravel() * weight)
        deformation = np.linalg.solve(normal + np.diag(1 / PRIOR**2), right)
        matrix = start + np.einsum("b,bij->ij", deformation, BASIS) @ start
        scaled = np.eye(4) + normal * np.outer(PRIOR, PRIOR)
        evidence = -0.5 * float(((deformation / PRIOR) ** 2).sum() + np.linalg.slogdet(scaled)[1])
    _, density = _shares(places, width, mine @ matrix.T, net.weights, area)
    return Fit(net, flipped, angle, matrix, density, evidence - 2 * np.log(net.period))


def _shares(
    places: Floats, sigma: Floats, expected: Floats, weights: Floats, area: float
) -> tuple[Floats, Floats]:
    """Probability that each spot is each reflection, and the density of all of them."""
    square = ((places[:, None] - expected[None]) ** 2).sum(axis=2) / sigma[:, None] ** 2
    each = weights * np.exp(-0.5 * square) / (2 * np.pi * sigma[:, None] ** 2)
    density = each.sum(axis=1)
    share = (1 - OTHERS) * each / (OTHERS / area + (1 - OTHERS) * density)[:, None]
    return share, density
