"""The matches of a search as a sequence, each made when it is asked for.

A search may find more matches than anyone reads, and what it finds are arrays: a match is made
from them when it is looked at, in the setting that is the nearest one to the relationship.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.matches._records import Match
from ionsmith.surfaces.matches._search import Found, MatchSearch
from ionsmith.surfaces.plane_mesh import PlaneMesh

_FIELDS = [field.name for field in fields(Match)]
_BLOCK = 4096  # matches that are made at a time


class MatchList(Sequence[Match]):
    """Matches in the order of their rank.

    It is equal to any sequence of equal matches.

    Parameters
    ----------
    search
        The search that found them.
    found
        What it found, in this order.
    energy
        Strain energies in eV/Å³, shape (n,), or None.
    """

    def __init__(
        self, search: MatchSearch, found: Found, energy: NDArray[np.float64] | None = None
    ) -> None:
        self.search, self.found, self.energy = search, found, energy

    def __len__(self) -> int:
        return len(self.found.matches)

    @overload
    def __getitem__(self, index: int) -> Match: ...
    @overload
    def __getitem__(self, index: slice) -> "MatchList": ...
    def __getitem__(self, index: int | slice) -> "Match | MatchList":
        if isinstance(index, slice):
            energy = None if self.energy is None else self.energy[index]
            return MatchList(self.search, self.found[index], energy)
        number = range(len(self))[index]
        return self[number : number + 1]._made()[0]

    def __iter__(self) -> Iterator[Match]:
        for start in range(0, len(self), _BLOCK):
            yield from self[start : start + _BLOCK]._made()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self)} matches>"

    @cached_property
    def reversed(self) -> NDArray[np.bool_]:
        """Whether the film is turned over in each match, shape (n,)."""
        turned = self.found.matches.reversed
        if self.search.orientation is not None and self.search.fixed:
            film = self.search.films[0]
            turned = turned ^ np.isin(self.found.film_operation, film.members[film.turning])
        return turned

    def _made(self) -> list[Match]:
        """All the matches."""
        part = self.found.matches
        turn_s, vectors_s, strain_s, planes_s = self._side(0)
        turn_f, vectors_f, strain_f, planes_f = self._side(1)
        left = np.linalg.det(turn_s) < 0
        vectors_s[left, 1] *= -1
        vectors_f[left, 1] *= -1
        rotations = turn_s @ part.rotations @ turn_f.transpose(0, 2, 1)
        planes_f[self.reversed != part.reversed] *= -1
        nothing = [None] * len(part)
        deviation = self.found.deviation
        sizes = [np.rint(abs(np.linalg.det(c))) for c in (part.substrate_cells, part.film_cells)]
        columns: dict[str, list[Any]] = {
            "substrate_plane": _labels(planes_s, [mesh.plane for mesh in part.substrates]),
            "film_plane": _labels(planes_f, [mesh.plane for mesh in part.films]),
            "reversed": self.reversed.tolist(),
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
            "strain_energy": nothing if self.energy is None else self.energy.tolist(),
            "rotation": _tuples(rotations),
            "deviation": nothing if deviation is None else deviation.tolist(),
        }
        return [Match(*row) for row in zip(*(columns[name] for name in _FIELDS), strict=True)]

    def _side(self, side: int) -> tuple[NDArray[Any], ...]:
        """Operation, cell vectors, strain tensor and plane of one side of each match."""
        part = self.found.matches
        meshes: tuple[PlaneMesh, ...] = (part.substrates, part.films)[side]
        cells = (part.substrate_cells, part.film_cells)[side]
        operation = (self.found.substrate_operation, self.found.film_operation)[side]
        crystal, numbers = meshes[0].crystal, part.mesh_pair[:, side]
        group, matrices = np.eye(3)[None], np.eye(3, dtype=np.int64)[None]
        if self.search.orientation is not None:
            group, matrices = crystal.cartesian_group, crystal.symmetry.point_group
        turn, matrix = group[operation], matrices[operation]
        inverse = np.linalg.inv(matrices).round().astype(np.int64)[operation]
        frame = np.array([mesh.frame[:2] for mesh in meshes])[numbers] @ turn.transpose(0, 2, 1)
        strain = frame.transpose(0, 2, 1) @ part.strains[:, side] @ frame
        vectors = cells @ np.array([mesh.vectors for mesh in meshes])[numbers]
        vectors = np.round(vectors @ matrix.transpose(0, 2, 1), 12) + 0.0
        indices = np.array([mesh.plane.indices for mesh in meshes])[numbers]
        return turn, vectors, strain, (indices[:, None, :] @ inverse)[:, 0]


def _labels(indices: NDArray[np.int64], planes: list[Plane]) -> list[str]:
    """Write planes, with four indices where the first of a side was given so."""
    like, known = planes[0].four_index, {}
    names = []
    for h, k, m in indices.tolist():
        if (h, k, m) not in known:
            known[h, k, m] = str(Plane((h, k, m), like))
        names.append(known[h, k, m])
    return names


def _tuples(array: NDArray[Any]) -> list[Any]:
    """One tuple a match, nested as the rest of the array is."""
    if array.ndim == 1:
        return list(array.tolist())
    if len(array) < 32:
        return [_nested(row) for row in array.tolist()]
    # Far quicker for many small matrices than tuples of the rows of ``tolist``.
    return list(zip(*map(_tuples, np.moveaxis(array, 1, 0)), strict=True))


def _nested(rows: list[Any]) -> tuple[Any, ...]:
    return tuple(_nested(row) if isinstance(row, list) else row for row in rows)
