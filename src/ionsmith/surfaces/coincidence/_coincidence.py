"""Supercells that two plane meshes have in common, all of them.

A match lays a cell of the film's mesh on a cell of the substrate's: two integer matrices M and N,
the rows ``N f`` of film vectors on the rows ``M s`` of substrate vectors. Two such pairs are the
same match if they differ by the choice of the rows only. M may therefore be taken in Hermite normal
form; N then says which film cell it is, and in which of its rotational variants it lies on M.

The film is carried over by a deformation ``D = R U``. A match is within the limits if both
principal stretches of U are in a window, which is a property of the two lattices as they lie on
each other, whatever vectors describe them. With reduced cells g (substrate) and h (film), the
film's first vector lies on one of four substrate vectors v if the window is narrower than 5/3, and
its second one on ``±w + k v`` with an integer k. The trace of U² is a parabola in k, and the area
is fixed, so the window is an interval of k: the search is complete without trial.

Matches that symmetry makes equivalent appear once, under pairs of operations, one of each crystal,
that leave the planes where they are and of which both or none change the hand. The 180° turn of a
mesh counts only if the crystal has it.

A match is *reversed* if the film's mesh is laid down with the other hand. No turn about the normal
does that: the film has to be turned over, so that it meets the substrate with its other face
(-h-k-l), or has to be replaced by its mirror image, which only a chiral film differs from.

Reference: A. Zur and T. C. McGill, J. Appl. Phys. 55, 378 (1984), doi:10.1063/1.333084. Their
criterion, the lengths and the angle of reduced vectors, lets pass a part of the matches found here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidInput
from ionsmith.surfaces.coincidence._cells import (
    SLACK,
    Meshes,
    Window,
    determinant,
    set_upright,
)
from ionsmith.surfaces.coincidence._search import search
from ionsmith.surfaces.plane_mesh import PlaneMesh, PlaneMeshes
from ionsmith.surfaces.strain import shared_strain, stretch_factors, stretch_window, von_mises

WIDEST_WINDOW = 5 / 3
"""Largest ratio of the largest to the smallest stretch; beyond it the search is not complete."""


@dataclass(frozen=True)
class Limits:
    """Largest area and strains of a match.

    Parameters
    ----------
    max_area
        Largest area of either cell in Å² (an exact multiple of a mesh is inside).
    max_strain
        Largest absolute principal strain of either side.
    max_shear
        Largest difference of the two principal strains of either side, which is the engineering
        shear strain at 45° to them; None for no separate limit.
    max_area_strain
        Largest absolute relative change of area of either side; None for no separate limit.
    substrate_share
        Fraction of the strain in the substrate: 0 (all in the film) to 1.

    Raises
    ------
    InvalidInput
        If a limit is not positive, the share is outside 0 to 1, or the strain limit is so large
        that the search would not be complete.
    """

    max_area: float = 400.0
    max_strain: float = 0.05
    max_shear: float | None = None
    max_area_strain: float | None = None
    substrate_share: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.max_area < np.inf:
            raise InvalidInput(f"`max_area` must be positive, not {self.max_area:g} Å²")
        if not 0 <= self.substrate_share <= 1:
            raise InvalidInput(
                f"`substrate_share` must be between 0 and 1, not {self.substrate_share:g}"
            )
        for name in ("max_strain", "max_shear", "max_area_strain"):
            value = getattr(self, name)
            if value is not None and not value >= 0:
                raise InvalidInput(f"`{name}` cannot be {value:g}")
        if not self.max_strain <= self.largest_strain:
            raise InvalidInput(
                f"`max_strain` {self.max_strain:g} is too large; the limit is "
                f"{self.largest_strain:.3f} with this `substrate_share`"
            )

    @property
    def largest_strain(self) -> float:
        """Largest strain that can be searched for with this share."""
        # The ratio of the ends of the window is (1 + q e)(1 + p e) / ((1 - p e)(1 - q e)).
        p = self.substrate_share
        q, t = 1 - p, (WIDEST_WINDOW - 1) / (WIDEST_WINDOW + 1)
        product = p * q
        e = t if product == 0 else (1 - np.sqrt(1 - 4 * product * t**2)) / (2 * product * t)
        return float(e * max(p, q))

    @property
    def window(self) -> Window:
        """Principal stretches from the film to the substrate that are allowed."""
        return Window(*stretch_window(self.max_strain, self.substrate_share))


@dataclass(frozen=True, eq=False)
class Coincidences:
    """Matches of plane meshes, as arrays over all of them.

    Parameters
    ----------
    substrates, films
        The meshes.
    mesh_pair
        Numbers of the substrate's and the film's mesh, shape (n, 2).
    substrate_cells, film_cells
        Matrices M and N, shape (n, 2, 2). The rows of M are reduced and right-handed.
    substrate_share
        Fraction of the strain in the substrate.
    """

    substrates: PlaneMeshes
    films: PlaneMeshes
    mesh_pair: NDArray[np.int64]
    substrate_cells: NDArray[np.int64]
    film_cells: NDArray[np.int64]
    substrate_share: float

    def __len__(self) -> int:
        return len(self.mesh_pair)

    def __getitem__(self, which: ArrayLike | slice) -> Self:
        index = which if isinstance(which, slice) else np.asarray(which)
        return type(self)(
            self.substrates,
            self.films,
            self.mesh_pair[index],
            self.substrate_cells[index],
            self.film_cells[index],
            self.substrate_share,
        )

    @cached_property
    def substrate_rows(self) -> NDArray[np.float64]:
        """Cell vectors of the unstrained substrate in the frame of its mesh, shape (n, 2, 2)."""
        return np.asarray(self.substrate_cells @ self.substrates.basis[self.mesh_pair[:, 0]])

    @cached_property
    def film_rows(self) -> NDArray[np.float64]:
        """Cell vectors of the unstrained film in the frame of its mesh, shape (n, 2, 2)."""
        return np.asarray(self.film_cells @ self.films.basis[self.mesh_pair[:, 1]])

    @cached_property
    def areas(self) -> NDArray[np.float64]:
        """Areas of the unstrained cells, substrate and film, in Å², shape (n, 2)."""
        rows = (self.substrate_rows, self.film_rows)
        return np.column_stack([abs(np.linalg.det(cell)) for cell in rows])

    @cached_property
    def substrate_meshes(self) -> NDArray[np.int64]:
        """Number of meshes in each cell of the substrate, shape (n,)."""
        return _determinants(self.substrate_cells)

    @cached_property
    def film_meshes(self) -> NDArray[np.int64]:
        """Number of meshes in each cell of the film, negative if reversed, shape (n,)."""
        return _determinants(self.film_cells)

    @cached_property
    def reversed(self) -> NDArray[np.bool_]:
        """Whether the film is laid down with the other hand, shape (n,)."""
        return self.film_meshes < 0

    @cached_property
    def multiple(self) -> NDArray[np.int64]:
        """How many cells of the smallest match of its kind each one consists of, shape (n,).

        It is the greatest common divisor of the 2×2 minors of [M N].
        """
        rows = np.concatenate([self.substrate_cells, self.film_cells], axis=2)
        first, second = [0, 0, 0, 1, 1, 2], [1, 2, 3, 2, 3, 3]
        minors = rows[:, 0, first] * rows[:, 1, second] - rows[:, 0, second] * rows[:, 1, first]
        return np.asarray(np.gcd.reduce(minors, axis=1))

    @cached_property
    def _factors(self) -> tuple[NDArray[np.float64], ...]:
        """W, the principal stretches, and Vᵀ of the deformation D = W diag Vᵀ."""
        rows = np.linalg.solve(self.film_rows, self.substrate_rows)
        return stretch_factors(np.asarray(rows, dtype=float).transpose(0, 2, 1))

    @cached_property
    def turns(self) -> NDArray[np.float64]:
        """Turn R in the plane, from the frame of the film's mesh to the substrate's, (n, 2, 2).

        It is improper for reversed matches.
        """
        left, _, right = self._factors
        return np.asarray(left @ right)

    @cached_property
    def rotations(self) -> NDArray[np.float64]:
        """Rotations from the Cartesian frame of the film to the substrate's, shape (n, 3, 3)."""
        full = np.zeros((len(self), 3, 3))
        full[:, :2, :2] = self.turns
        full[:, 2, 2] = np.where(self.reversed, -1.0, 1.0)
        substrate = self.substrates.frames[self.mesh_pair[:, 0]]
        film = self.films.frames[self.mesh_pair[:, 1]]
        return np.asarray(substrate.transpose(0, 2, 1) @ full @ film)

    @cached_property
    def misfit(self) -> NDArray[np.float64]:
        """Principal values of the strain E that both sides share, shape (n, 2)."""
        return shared_strain(self._factors[1], self.substrate_share)

    @cached_property
    def principal(self) -> NDArray[np.float64]:
        """Principal strains of substrate and film, shape (n, 2, 2)."""
        share = self.substrate_share
        return np.stack([-share * self.misfit, (1 - share) * self.misfit], axis=1) + 0.0

    @cached_property
    def strains(self) -> NDArray[np.float64]:
        """Strain tensors of substrate and film, each in the frame of its mesh, (n, 2, 2, 2)."""
        left, _, right = self._factors
        axes = np.stack([left, right.transpose(0, 2, 1)], axis=1)
        return np.asarray((axes * self.principal[:, :, None, :]) @ axes.transpose(0, 1, 3, 2))

    @cached_property
    def von_mises(self) -> NDArray[np.float64]:
        """Von Mises strain of both sides together, shape (n,)."""
        return von_mises(self.misfit)

    @cached_property
    def max_strain(self) -> NDArray[np.float64]:
        """Largest absolute principal strain of either side, shape (n,)."""
        return np.asarray(abs(self.principal).max(axis=(1, 2)))

    @cached_property
    def shear(self) -> NDArray[np.float64]:
        """Difference of the principal strains of substrate and film, shape (n, 2)."""
        return np.asarray(abs(self.principal[:, :, 0] - self.principal[:, :, 1]))

    @cached_property
    def area_strain(self) -> NDArray[np.float64]:
        """Relative change of area of substrate and film, shape (n, 2)."""
        return np.asarray((1 + self.principal).prod(axis=2) - 1)

    def within(self, limits: Limits) -> NDArray[np.bool_]:
        """Whether each match keeps to the limits of strain, shape (n,)."""
        good = self.max_strain <= limits.max_strain + SLACK
        if limits.max_shear is not None:
            good &= self.shear.max(axis=1) <= limits.max_shear + SLACK
        if limits.max_area_strain is not None:
            good &= abs(self.area_strain).max(axis=1) <= limits.max_area_strain + SLACK
        return good


def coincidences(
    substrates: Sequence[PlaneMesh],
    films: Sequence[PlaneMesh],
    limits: Limits,
    *,
    pairs: ArrayLike | None = None,
    reverse: bool = True,
    symmetric: bool = True,
    most: float = np.inf,
) -> Coincidences:
    """Find all matches of plane meshes.

    Parameters
    ----------
    substrates, films
        The meshes.
    limits
        Largest area and strains.
    pairs
        Numbers of a substrate and a film mesh, shape (p, 2); all combinations by default.
    reverse
        Whether to find reversed matches too (by default).
    symmetric
        Whether symmetry equivalents appear once (by default) or all of them do.
    most
        Largest number of pairs of cells, with similar areas and shorter edges, that are compared.

    Returns
    -------
    Coincidences
        Sorted by pair of meshes, substrate cell and film cell.

    Raises
    ------
    TooManyCells
        If there are more such pairs.
    """
    substrates, films = PlaneMeshes.of(substrates), PlaneMeshes.of(films)
    chosen = None if pairs is None else np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    meshes = Meshes.pack(substrates, films, limits.max_area, reverse=reverse, symmetric=symmetric)
    found = search(meshes, chosen, limits.window, reverse, most)
    if symmetric:
        set_upright(meshes, found.mesh_pair, found.substrate_cells, found.film_cells)
    matches = Coincidences(
        substrates,
        films,
        found.mesh_pair.T.copy(),
        found.substrate_cells.transpose(2, 0, 1).copy(),
        found.film_cells.transpose(2, 0, 1).copy(),
        limits.substrate_share,
    )
    if found.certain and limits.max_shear is None and limits.max_area_strain is None:
        return matches
    good = matches.within(limits)
    return matches if good.all() else matches[good]


def _determinants(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    return determinant(cells.transpose(1, 2, 0))
