"""Stereogram of two crystals in an orientation relationship, and the score over rotations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.orientation_relationships._candidates import (
    equivalents,
    frames_of,
    quaternions_of,
)
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.plotting import SERIES, columns_of, plain_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

FAMILIES = 3
"""Families of planes, and of directions, of each crystal that a stereogram shows."""

LABELLED = 14
"""Number of poles of the film that are labelled at most."""


def project(vectors: Floats, frame: Floats) -> Floats:
    """Stereographic projection of directions of the upper hemisphere, shape (n, 2).

    Parameters
    ----------
    vectors
        Cartesian, shape (n, 3); those of the lower hemisphere are left out, those on its edge
        kept.
    frame
        Axes to the right, up and out of the plane as rows, shape (3, 3).
    """
    local = vectors @ frame.T
    local /= np.linalg.norm(local, axis=1)[:, None]
    local = local[local[:, 2] > -1e-6]
    return np.asarray(local[:, :2] / (1 + local[:, 2:]))


def _poles(crystal: CrystalLattice) -> tuple[list[tuple[str, Floats]], list[tuple[str, Floats]]]:
    """Families of normals and of directions of a crystal, each with a name and unit vectors."""
    frames = frames_of(crystal)
    lattice, symmetry = crystal.lattice, crystal.symmetry
    planes = list(dict.fromkeys(map(tuple, frames.planes.tolist())))[:FAMILIES]
    normals = [
        ("{" + ",".join(map(str, h)) + "}", lattice.normals(symmetry.equivalent_planes(h)))
        for h in planes
    ]
    directions: list[tuple[str, Floats]] = []
    seen: set[tuple[int, ...]] = set()
    for number in np.argsort(np.round(frames.period, 6), kind="stable"):
        row = tuple(frames.rows[number].tolist())
        if row in seen:
            continue
        every = symmetry.equivalent_directions(row)
        every = np.unique(np.concatenate([every, -every]), axis=0)
        seen.update(map(tuple, every.tolist()))
        directions.append(("<" + ",".join(map(str, row)) + ">", lattice.vectors(every)))
        if len(directions) == FAMILIES - 1:
            break
    return normals, directions


def stereogram(relationship: OrientationRelationship, ax: "Axes | None" = None) -> "Axes":
    """Draw the poles of planes and directions of both crystals, and the variants of the film.

    The projection is stereographic along the normal of the substrate's parallel plane (or along z),
    with the parallel direction to the right.

    Parameters
    ----------
    relationship
        The relationship.
    ax
        Axes to draw into; a new figure by default.
    """
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(layout="constrained").subplots()
    substrate, film = relationship.substrate, relationship.film
    frame = np.eye(3)
    if relationship.planes is not None and relationship.directions is not None:
        normal = substrate.lattice.normals(relationship.planes[0].indices)
        along = substrate.lattice.vectors(relationship.directions[0].indices)
        normal = normal / np.linalg.norm(normal)
        along = along - (along @ normal) * normal
        along /= np.linalg.norm(along)
        frame = np.array([along, np.cross(normal, along), normal])
    circle = np.linspace(0, 2 * np.pi, 181)
    ax.plot(np.cos(circle), np.sin(circle), color="0.3", linewidth=0.8)
    variants = [variant.rotation for variant in relationship.variants()]
    for crystal, turns, color, filled in (
        (substrate, [np.eye(3)], SERIES[0], True),
        (film, variants, SERIES[1], False),
    ):
        for shapes, families in zip(("osD", "^v<"), _poles(crystal), strict=True):
            for shape, (name, vectors) in zip(shapes, families, strict=False):
                first = project(vectors @ turns[0].T, frame)
                face = color if filled else "none"
                size = 26 if filled else 70
                ax.scatter(
                    first[:, 0],
                    first[:, 1],
                    marker=shape,
                    s=size,
                    facecolors=face,
                    edgecolors=color,
                    linewidths=1.1,
                    label=plain_text(f"{name} {crystal.name}"),
                    zorder=3,
                )
                others = [project(vectors @ turn.T, frame) for turn in turns[1:]]
                if others and shapes == "osD":
                    every = np.concatenate(others)
                    ax.scatter(
                        every[:, 0],
                        every[:, 1],
                        marker=".",
                        s=22,
                        color=color,
                        alpha=0.6,
                        linewidths=0,
                        zorder=1,
                    )
    texts = ["", ""]
    if relationship.planes is not None and relationship.directions is not None:
        texts = [
            "∥".join(map(str, relationship.planes)),
            "∥".join(map(str, relationship.directions)),
        ]
    count = f"{len(variants)} variants (dots: the others)" if len(variants) > 1 else "one variant"
    ax.set_title(f"{'  '.join(texts)}\n{count}", fontsize=10)
    ax.set_aspect("equal")
    ax.axis("off")
    if columns_of(2) == 1:  # beside it there is no room
        place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "ncols": 2}
    else:
        place = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}
    ax.legend(**place, fontsize=7, frameon=False)
    return ax


def score_map(
    quaternions: Floats,
    scores: Floats,
    predicted: Sequence[tuple[OrientationRelationship, float]],
    given: tuple[OrientationRelationship, float | None, str] | None,
    ax: "Axes",
) -> "Axes":
    """Draw the score of each candidate against its angle from the first relationship.

    Parameters
    ----------
    quaternions, scores
        Of all candidates, shapes (n, 4) and (n,).
    predicted
        The relationships by falling probability, each with its score.
    given
        A relationship to mark, its score if it has one, and its label.
    ax
        Axes to draw into.
    """
    first = predicted[0][0]
    shown = [score for _, score in predicted]
    centres = equivalents(quaternions_of(first.rotation[None])[0], first.substrate, first.film)
    angles = _angles(quaternions, centres)
    ax.scatter(angles, scores, s=4, color="0.6", linewidths=0, label="candidates")
    for number, (one, score) in enumerate(predicted, 1):
        place = float(_angles(quaternions_of(one.rotation[None]), centres)[0]), score
        label = "predicted, by rank" if number == 1 else None
        ax.plot(*place, "o", color=SERIES[0], markersize=5, label=label)
        ax.annotate(str(number), place, xytext=(4, 3), textcoords="offset points", fontsize=8)
    if given is not None:
        one, known, label = given
        angle = float(_angles(quaternions_of(one.rotation[None]), centres)[0])
        ax.axvline(angle, color=SERIES[1], linewidth=0.8)
        if known is not None:
            shown.append(known)
            ax.plot(angle, known, "*", color=SERIES[1], markersize=11, label=label)
    lowest = max(-20.0, float(np.quantile(scores, 0.01)))
    ax.set_ylim(min(lowest, *shown) - 1, 1.5)
    ax.set_xlabel("angle from the first relationship (°)")
    ax.set_ylabel("score: ln of the odds over the best")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, fontsize=8, frameon=False)
    return ax


def _angles(quaternions: Floats, centres: Floats) -> Floats:
    """Smallest angle in degrees of rotations from some equivalent ones."""
    cosines = abs(quaternions @ centres.T).max(axis=1)
    return np.asarray(np.degrees(2 * np.arccos(np.clip(cosines, 0, 1))))
