"""The Wulff construction: the half-spaces below all faces, each at a distance of its energy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import InvalidInput
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane, parse_plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGE = 1e-6
"""Distance of a corner from a face, relative to the largest energy, at which it lies in the face"""

VIEW = (3.0, 2.0, 1.2)
"""Direction from which a shape is drawn, in the Cartesian frame of the crystal."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WulffShape:
    """Polyhedron of least surface energy at a given volume.

    Parameters
    ----------
    energies
        Surface energy of each form in J/m², by its plane.
    shares
        Fraction of the whole area that each form has, by its plane; 0 for one that is not exposed.
    mean
        Surface energy averaged over the area, in J/m².
    faces
        Corners of each face in turn, in units in which a face is as far from the centre as its
        energy in J/m²; shape (corners, 3).
    forms
        Plane of the form that each face belongs to.
    """

    energies: dict[str, float]
    shares: dict[str, float]
    mean: float
    faces: tuple[Floats, ...]
    forms: tuple[str, ...]

    def plot(self, ax: "Axes") -> "Axes":
        """Draw the faces that are seen from the direction :data:`VIEW`."""
        from matplotlib.colors import to_rgb
        from matplotlib.patches import Patch, Polygon

        from ionsmith.plotting import SERIES

        towards = np.array(VIEW) / np.linalg.norm(VIEW)
        right = np.cross([0, 0, 1], towards)
        right /= np.linalg.norm(right)
        page = np.array([right, np.cross(towards, right)])
        exposed = [plane for plane, share in self.shares.items() if share > 0]
        colours = {plane: to_rgb(SERIES[i % len(SERIES)]) for i, plane in enumerate(exposed)}
        for corners, form in zip(self.faces, self.forms, strict=True):
            normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
            slope = float(normal @ towards / np.linalg.norm(normal))
            if slope > EDGE:
                shade = 0.55 + 0.45 * slope
                colour = tuple(1 - shade * (1 - part) for part in colours[form])
                ax.add_patch(Polygon(corners @ page.T, facecolor=colour, edgecolor="0.15", lw=0.8))
        labels = [
            Patch(
                facecolor=colours[plane],
                label=f"{plane}  {self.energies[plane]:.2f} J/m²  {self.shares[plane]:.0%}",
            )
            for plane in exposed
        ]
        ax.legend(handles=labels, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
        ax.set_aspect("equal")
        ax.autoscale_view()
        ax.set_axis_off()
        return ax


def wulff_shape(crystal: CrystalLattice, energies: Mapping[str, float]) -> WulffShape:
    """Construct the equilibrium shape of a crystal.

    Parameters
    ----------
    crystal
        Its cell and symmetry. Opposite faces count as equivalent.
    energies
        Surface energy of each form in J/m², by one of its planes (hkl).

    Returns
    -------
    WulffShape

    Raises
    ------
    InvalidInput
        If an energy is not positive, or the faces do not enclose a volume.

    Examples
    --------
    >>> from ionsmith.crystals.conversion import read_lattice
    >>> from ionsmith.surfaces.wulff import wulff_shape
    >>> shape = wulff_shape(read_lattice("lib:si"), {"(1,1,1)": 1.0, "(1,0,0)": 1.1})
    >>> {plane: round(share, 3) for plane, share in shape.shares.items()}
    {'(1,1,1)': 0.723, '(1,0,0)': 0.277}
    """
    from scipy.spatial import HalfspaceIntersection, QhullError

    for plane, energy in energies.items():
        if not np.isfinite(energy) or energy <= 0:
            raise InvalidInput(f"the surface energy of {plane} is {energy:g} J/m², not positive")
    normals, names = [], []
    for plane in energies:
        unit = _equivalent_normals(crystal, parse_plane(plane))
        normals.append(unit)
        names += [plane] * len(unit)
    normal = np.concatenate(normals) if normals else np.zeros((0, 3))
    distance = np.array([energies[name] for name in names])
    try:
        hull = HalfspaceIntersection(np.column_stack([normal, -distance]), np.zeros(3))
    except (QhullError, ValueError):
        raise InvalidInput(
            "these planes do not enclose a volume: more planes are needed for a shape"
        ) from None
    corners = np.unique(np.round(hull.intersections, 9), axis=0)
    if not np.isfinite(corners).all() or abs(corners).max() > 1e3 * distance.max():
        raise InvalidInput(
            "these planes do not enclose a volume: more planes are needed for a shape"
        )
    faces, forms, areas = [], [], dict.fromkeys(energies, 0.0)
    for unit, height, name in zip(normal, distance, names, strict=True):
        own = corners[abs(corners @ unit - height) < EDGE * distance.max()]
        if len(own) < 3:
            continue
        own = own[_around(own, unit)]
        faces.append(own)
        forms.append(name)
        areas[name] += float(np.cross(own[1:-1] - own[0], own[2:] - own[0]).sum(axis=0) @ unit) / 2
    total = sum(areas.values())
    return WulffShape(
        energies=dict(energies),
        shares={name: area / total for name, area in areas.items()},
        mean=sum(energies[name] * area for name, area in areas.items()) / total,
        faces=tuple(faces),
        forms=tuple(forms),
    )


def _equivalent_normals(crystal: CrystalLattice, plane: Plane) -> Floats:
    """Unit normals of all planes equivalent to one by the Laue group, shape (n, 3)."""
    crystal.lattice.check(plane)
    images = np.array(plane.indices) @ crystal.symmetry.point_group
    indices = np.unique(np.concatenate([images, -images]), axis=0)
    normals = crystal.lattice.normals(indices)
    return np.asarray(normals / np.linalg.norm(normals, axis=1)[:, None])


def _around(corners: Floats, normal: Floats) -> NDArray[np.int64]:
    """Order of the corners of a face, counter-clockwise as seen from outside."""
    spokes = corners - corners.mean(axis=0)
    first = spokes[0] / np.linalg.norm(spokes[0])
    turn = np.arctan2(spokes @ np.cross(normal, first), spokes @ first)
    return np.argsort(turn, kind="stable")
