"""Shapes of particles and wires, each as a distance from its surface, negative inside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi

import numpy as np

from ionsmith.arguments import is_number
from ionsmith.builders.choices import ParticleShape
from ionsmith.builders.particles._piece import Depth
from ionsmith.builders.particles._units import Floats
from ionsmith.errors import InvalidInput
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Direction, Plane, parse_plane
from ionsmith.surfaces.wulff import wulff_shape

SIZES = {
    "sphere": ("diameter",),
    "ellipsoid": ("first", "second", "third diameter"),
    "rod": ("diameter", "length"),
    "disc": ("diameter", "thickness"),
    "hollow-sphere": ("outer", "inner diameter"),
    "wulff": ("diameter",),
}
"""What the numbers of a size are, by shape."""

LARGEST = 1e4
"""Largest size in Å."""


@dataclass(frozen=True)
class Form:
    """A shape of given size.

    Parameters
    ----------
    depth
        Distance in Å from the surface, of points relative to the centre in the frame of the axis.
    reach
        Radius in Å of a sphere, or of a cylinder, around it.
    measure
        Volume in Å³, or area of the cross-section in Å².
    faces
        Planes of a faceted shape and their fractions of its surface.
    """

    depth: Depth
    reach: float
    measure: float
    faces: dict[str, float] | None = None

    def grown(self, by: float) -> "Form":
        """The shape with a surface further out by a distance in Å; its measure is not known."""
        return Form(lambda points: self.depth(points) - by, self.reach + by, np.nan, self.faces)


def check_size(shape: ParticleShape, size: float | Sequence[float]) -> tuple[float, ...]:
    """Check the size of a particle in Å, and return it."""
    names = SIZES[shape]
    given = tuple(size) if isinstance(size, Sequence | np.ndarray) else (size,)
    if len(given) != len(names) or not all(is_number(x) and 0 < x <= LARGEST for x in given):
        shown = ", ".join(f"{x:g}" if is_number(x) else repr(x) for x in given)
        raise InvalidInput(
            f"`size` of a {shape} is {shown}; expected {len(names)} positive number(s) in Å: "
            f"{', '.join(names)}"
        )
    if shape == "hollow-sphere" and given[1] >= given[0]:
        raise InvalidInput(
            f"`size` {given[0]:g}, {given[1]:g}: the inner diameter must be smaller than the outer"
        )
    return tuple(float(x) for x in given)


def particle_form(
    shape: ParticleShape,
    size: tuple[float, ...],
    lattice: CrystalLattice | None,
    energies: Mapping[str, float] | None,
) -> Form:
    """Form of a particle; only a Wulff form needs the lattice and the energies."""
    half = np.array(size) / 2
    radius = float(half[0])
    if lattice is not None:
        return _wulff(lattice, energies or {}, radius)
    if shape == "sphere":
        return Form(lambda p: _norm(p) - radius, radius, 4 / 3 * pi * radius**3)
    if shape == "hollow-sphere":
        inner = float(half[1])
        return Form(
            lambda p: np.maximum(_norm(p) - radius, inner - _norm(p)),
            radius,
            4 / 3 * pi * (radius**3 - inner**3),
        )
    if shape == "ellipsoid":

        def depth(points: Floats) -> Floats:
            # The gradient turns the scaled distance into one in Å near the surface.
            scaled, slope = _norm(points / half), _norm(points / half**2)
            inside = -np.full(len(points), half.min())
            np.divide(scaled * (scaled - 1), slope, out=inside, where=slope > 1e-12)
            return inside

        return Form(depth, float(half.max()), 4 / 3 * pi * float(half.prod()))
    height = float(half[1])  # rods and discs are cylinders

    def cylinder(points: Floats) -> Floats:
        return np.maximum(_norm(points[:, :2]) - radius, abs(points[:, 2]) - height)

    return Form(cylinder, float(np.hypot(radius, height)), 2 * pi * radius**2 * height)


def _norm(points: Floats) -> Floats:
    return np.asarray(np.linalg.norm(points, axis=1))


def _wulff(lattice: CrystalLattice, energies: Mapping[str, float], radius: float) -> Form:
    """Wulff form with the volume of a sphere."""
    from scipy.spatial import ConvexHull

    if not energies:
        raise InvalidInput(
            "the Wulff form needs surface energies: `energies`, such as (1,1,1)=1.2 in J/m²"
        )
    _check_forms(lattice, energies)
    shape = wulff_shape(lattice, energies)
    corners = np.concatenate(shape.faces)
    volume = 4 / 3 * pi * radius**3
    scale = float(np.cbrt(volume / ConvexHull(corners).volume))
    normals = np.array([_normal(face) for face in shape.faces])
    heights = scale * np.einsum("ni,ni->n", normals, [face[0] for face in shape.faces])
    return Form(
        lambda p: outside(p, normals, heights),
        scale * float(np.linalg.norm(corners, axis=1).max()),
        volume,
        {plane: share for plane, share in shape.shares.items() if share > 0},
    )


def _check_forms(lattice: CrystalLattice, energies: Mapping[str, float]) -> None:
    """Refuse energies of planes that are equivalent."""
    known: dict[tuple[int, ...], str] = {}
    for text in energies:
        plane = parse_plane(text).reduced()
        if (other := known.get(plane.indices)) is not None:
            raise InvalidInput(f"{text} and {other} are one form: give its energy once")
        images = np.array(plane.indices) @ lattice.symmetry.point_group
        known |= dict.fromkeys(map(tuple, np.concatenate([images, -images]).tolist()), text)


def outside(points: Floats, normals: Floats, heights: Floats) -> Floats:
    """Distance from the surface of a polyhedron or polygon; face by face, to save memory."""
    depth = np.full(len(points), -np.inf)
    for normal, height in zip(normals, heights, strict=True):
        np.maximum(depth, points @ normal - height, out=depth)
    return depth


def _normal(face: Floats) -> Floats:
    """Outward unit normal of a face around the origin."""
    normal = np.cross(face[1] - face[0], face[2] - face[0])
    normal /= np.linalg.norm(normal)
    return np.asarray(normal * np.sign(normal @ face[0]))


def wire_form(
    diameter: float,
    lattice: CrystalLattice,
    axis: Direction,
    frame: Floats,
    energies: Mapping[str, float] | None,
) -> Form:
    """Cross-section of a wire: round, or with facets of the zone of its axis.

    Parameters
    ----------
    diameter
        In Å, of a circle of the same area.
    lattice, axis
        The crystal, and the axis in it.
    frame
        From the frame of the crystal to that of the wire, shape (3, 3), rows x, y, z.
    energies
        Surface energies by plane; None for a round wire.
    """
    from scipy.spatial import ConvexHull, HalfspaceIntersection, QhullError

    radius = diameter / 2
    area = pi * radius**2
    if energies is None:
        return Form(lambda p: _norm(p[:, :2]) - radius, radius, area)
    _check_forms(lattice, energies)
    normals, heights, names = [], [], []
    for text, energy in energies.items():
        plane = parse_plane(text)
        if not is_number(energy) or energy <= 0:
            raise InvalidInput(f"the surface energy of {text} is {energy!r} J/m², not positive")
        lattice.lattice.check(plane)
        images = np.array(plane.indices) @ lattice.symmetry.point_group
        images = np.unique(np.concatenate([images, -images]), axis=0)
        own = images[images @ np.array(axis.indices) == 0]
        if len(own) == 0:
            raise InvalidInput(
                f"no plane equivalent to {plane} is parallel to {axis}: a facet of a wire needs "
                "hu + kv + lw = 0"
            )
        flat = (lattice.lattice.normals(own) @ frame.T)[:, :2]
        normals.append(flat / np.linalg.norm(flat, axis=1)[:, None])
        heights += [float(energy)] * len(own)
        names += [text] * len(own)
    normal, height = np.concatenate(normals), np.array(heights)
    try:
        corners = HalfspaceIntersection(
            np.column_stack([normal, -height]), np.zeros(2)
        ).intersections
        if not abs(corners).max() < 1e3 * height.max():
            raise ValueError
        hull = ConvexHull(corners)
    except (QhullError, ValueError):
        raise InvalidInput(
            "these facets do not enclose the wire: name planes of at least two directions"
        ) from None
    scale = float(np.sqrt(area / hull.volume))  # qhull's volume is an area in two dimensions
    lengths = dict.fromkeys(energies, 0.0)
    for direction, far, name in zip(normal, height, names, strict=True):
        on = corners[abs(corners @ direction - far) < 1e-9 * height.max()]
        lengths[name] += float(np.ptp(on @ [-direction[1], direction[0]])) if len(on) else 0.0
    total = sum(lengths.values())
    return Form(
        lambda p: outside(p[:, :2], normal, scale * height),
        scale * float(np.linalg.norm(corners, axis=1).max()),
        area,
        {name: length / total for name, length in lengths.items() if length > 0},
    )


def densest_facets(lattice: CrystalLattice, axis: Direction) -> dict[str, float]:
    """Planes of the zone of an axis with the largest spacings, until they enclose a wire.

    All get the same energy.
    """
    from ionsmith.surfaces.plane_mesh import facets

    planes: list[Plane] = []
    group = lattice.symmetry.point_group
    for plane in facets(lattice.symmetry, 3, two_sided=True):
        images = np.array(plane.indices) @ group
        parallel = images[images @ np.array(axis.indices) == 0]
        if len(parallel):
            first, second, third = parallel[np.lexsort(parallel.T[::-1])[-1]].tolist()
            planes.append(Plane((first, second, third)))
    planes.sort(key=lambda plane: (-round(lattice.lattice_spacing(plane), 6), plane.indices))
    chosen: list[Plane] = []
    for plane in planes:
        chosen.append(plane)
        images = np.concatenate([np.array(one.indices) @ group for one in chosen])
        zone = images[images @ np.array(axis.indices) == 0]
        if np.linalg.matrix_rank(zone) == 2:
            return {str(one): 1.0 for one in chosen}
    raise InvalidInput(
        f"no two planes of low indices are parallel to {axis}: give `energies` of the facets"
    )
