"""Atoms, bonds and polyhedra as flat polygons, the farthest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from ionsmith.bonding.bonds import Bonds
from ionsmith.bonding.elements import electronegativities
from ionsmith.bonding.polyhedra import Polyhedra, hull_faces
from ionsmith.plotting import SERIES, element_colour

Floats = NDArray[np.float64]

EDGE_COLOUR = "#24313a"
SMALL, LARGE = 0.3, 0.55
"""Radius of a ball as a share of the covalent radius: beside bonds and polyhedra, and alone."""

SMALLEST = 0.16
"""Smallest radius in Å, that of H."""

STICK = 0.09
"""Half the width of a bond in Å."""

FEW, CORNERS, FEWER_CORNERS = 4_000, 40, 12
"""Up to FEW atoms a ball has CORNERS corners."""

MOBILE = 1.0
"""Electronegativity below which a metal has neither bonds nor polyhedra (Li, Na, K, Ca, ...)."""

LIGHT = np.array([-0.35, 0.55, 0.76])


@dataclass
class Polygons:
    """Polygons with their colours and depths (towards the viewer)."""

    corners: list[Floats]
    faces: list[tuple[float, float, float]]
    depths: list[float]
    widths: list[float]

    def sorted_by_depth(self) -> NDArray[np.int64]:
        """Order in which they are drawn: the farthest first, and equals as they came."""
        return np.argsort(np.round(self.depths, 6), kind="stable")


@dataclass(frozen=True)
class Shown:
    """Images of atoms in a picture: atom (n,), lattice translation (n, 3), place (n, 3)."""

    atom: NDArray[np.int64]
    shift: NDArray[np.int64]
    place: Floats

    def take(self, number: int) -> "Shown":
        """The first images."""
        return Shown(self.atom[:number], self.shift[:number], self.place[:number])


def part_colours(models: Sequence[Atoms]) -> list[dict[str, tuple[NDArray[np.bool_], str]]]:
    """Masks and colours of the parts of each model, by name; one part has one colour in all."""
    parts = [atoms.arrays.get("part", np.zeros(0)) for atoms in models]
    names = sorted({name for part in parts for name in part.tolist()}, key=str)
    colours = dict(zip(names, cycle(SERIES), strict=False))
    return [
        {name: (part == name, colours[name]) for name in np.unique(part).tolist()} for part in parts
    ]


def shown_images(
    atoms: Atoms,
    axes: Floats,
    atom: NDArray[np.int64],
    shift: NDArray[np.int64],
    polyhedra: Polyhedra | None,
) -> tuple[Shown, int]:
    """Images that were chosen, and the ligands of those that are centres; number of the former."""
    rows = np.column_stack([atom, shift])
    first = len(rows)
    if polyhedra is not None:
        image, bond = bonds_of(polyhedra.bonds, atom, len(atoms))
        ligands = np.column_stack(
            [polyhedra.bonds.second[bond], shift[image] + polyhedra.bonds.shifts[bond]]
        )
        known = {tuple(row) for row in rows.tolist()}
        extra = sorted({tuple(row) for row in ligands.tolist()} - known)
        rows = np.concatenate([rows, np.array(extra, np.int64).reshape(-1, 4)])
    place = (atoms.positions[rows[:, 0]] + rows[:, 1:] @ atoms.cell.complete().array) @ axes.T
    return Shown(rows[:, 0], rows[:, 1:], place), first


def bonds_of(
    bonds: Bonds, atom: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bonds that begin at images of atoms: number of the image, number of the bond."""
    starts = np.searchsorted(bonds.first, np.arange(count + 1))
    number = np.diff(starts)[atom]
    image = np.repeat(np.arange(len(atom)), number)
    within = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    return image, starts[atom][image] + within


def sticks_of(atoms: Atoms, bonds: Bonds, polyhedra: Polyhedra | None) -> Bonds:
    """Bonds that are drawn as sticks: none of alkali and alkaline-earth ions, none of polyhedra."""
    value = electronegativities()[atoms.numbers]
    drawn = ~(value < MOBILE)
    if polyhedra is not None:
        drawn[polyhedra.centres] = False
    return bonds.take(drawn[bonds.first] & drawn[bonds.second])


def balls(
    shown: Shown, radii: Floats, shares: list[list[tuple[str, float]]], corners: int
) -> Polygons:
    """Balls of images of atoms: one polygon each, or a sector for each species of a mixed site.

    ``radii`` and ``shares`` (colours with occupancies) are those of the atoms.
    """
    made = Polygons([], [], [], [])
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.stack([np.sin(turn), np.cos(turn)], axis=1)
    for atom, place in zip(shown.atom.tolist(), shown.place, strict=True):
        radius = radii[atom]
        begin = 0.0
        for number, (colour, share) in enumerate(shares[atom]):
            if share > 0.999:
                outline = circle
            else:
                steps = max(2, round(share * corners))
                arc = 2 * np.pi * (begin + share * np.linspace(0, 1, steps + 1))
                outline = np.vstack([np.stack([np.sin(arc), np.cos(arc)], axis=1), [[0, 0]]])
                begin += share
            made.corners.append(place[:2] + radius * outline)
            made.faces.append(to_rgb(colour))
            made.depths.append(float(place[2] + 0.5 * radius + 1e-5 * number))
            made.widths.append(0.4)
    return made


def sticks(shown: Shown, bonds: Bonds, count: int, colours: list[str]) -> Polygons:
    """Half a bond for each end that is shown, in the colour of its atom; both ends are needed."""
    made = Polygons([], [], [], [])
    places = {
        tuple(row): n for n, row in enumerate(np.column_stack([shown.atom, shown.shift]).tolist())
    }
    image, bond = bonds_of(bonds, shown.atom, count)
    ends = np.column_stack([bonds.second[bond], shown.shift[image] + bonds.shifts[bond]])
    for one, row in zip(image.tolist(), ends.tolist(), strict=True):
        other = places.get(tuple(row))
        if other is None:
            continue
        start, end = shown.place[one], shown.place[other]
        along = end - start
        flat = np.hypot(*along[:2])
        if flat < 1e-6:
            continue
        side = STICK * np.array([-along[1], along[0]]) / flat
        half = start + along / 2
        made.corners.append(
            np.array([start[:2] + side, half[:2] + side, half[:2] - side, start[:2] - side])
        )
        made.faces.append(to_rgb(colours[int(shown.atom[one])]))
        made.depths.append(float(start[2] + along[2] / 4))
        made.widths.append(0.2)
    return made


def solids(
    atoms: Atoms, axes: Floats, shown: Shown, polyhedra: Polyhedra, colour_of: dict[int, str]
) -> Polygons:
    """Faces of polyhedra that look towards the viewer, shaded; those of one plane are one face."""
    made = Polygons([], [], [], [])
    bonds = polyhedra.bonds
    vectors = (
        atoms.positions[bonds.second]
        - atoms.positions[bonds.first]
        + bonds.shifts @ atoms.cell.complete().array
    ) @ axes.T
    triangles = hull_faces(atoms, bonds)
    owner = bonds.first[triangles[:, 0]]
    images: dict[int, list[int]] = {}
    for n, atom in enumerate(shown.atom.tolist()):
        images.setdefault(atom, []).append(n)
    order = np.argsort(owner, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(owner[order])) + 1) if len(order) else []
    for group in groups:
        centre = int(owner[group[0]])
        faces = _merged(vectors, triangles[group])
        for n in images.get(centre, []):
            place = shown.place[n]
            for corners, shade in faces:
                made.corners.append(corners[:, :2] + place[:2])
                made.depths.append(float(corners[:, 2].mean() + place[2]))
                colour = np.array(to_rgb(colour_of[centre]))
                lit = colour * shade if shade <= 1 else 1 - (1 - colour) / shade
                made.faces.append((float(lit[0]), float(lit[1]), float(lit[2])))
                made.widths.append(0.4)
    return made


def _merged(vectors: Floats, triangles: NDArray[np.int64]) -> list[tuple[Floats, float]]:
    """Faces of one polyhedron towards the viewer, each with its brightness."""
    corners = vectors[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    outward = np.einsum("tk,tk->t", normals, corners.mean(axis=1))
    normals[outward < 0] *= -1
    flat = np.abs(outward).max() < 0.05  # three ligands about their centre: a plate of two sides
    faces: list[tuple[Floats, float]] = []
    left = list(np.flatnonzero((normals[:, 2] > 0.02) | flat))
    while left:
        head = left[0]
        same = [t for t in left if normals[t] @ normals[head] > 0.995]
        left = [t for t in left if t not in same]
        points = vectors[np.unique(triangles[same])]
        middle = points.mean(axis=0)
        turn = np.arctan2(*(points - middle)[:, [1, 0]].T)
        faces.append((points[np.argsort(turn)], 0.78 + 0.34 * float(abs(normals[head] @ LIGHT))))
    return faces


def ball_radii(atoms: Atoms, share: float) -> Floats:
    """Radii of the balls of all atoms in Å."""
    radii: Floats = np.maximum(share * covalent_radii, SMALLEST)[atoms.numbers]
    return radii


def atom_colours(atoms: Atoms) -> list[str]:
    """Colours of all atoms."""
    known = {int(z): element_colour(int(z)) for z in np.unique(atoms.numbers)}
    return [known[int(z)] for z in atoms.numbers]
