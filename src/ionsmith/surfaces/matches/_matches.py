"""The matches of a search, ranked, each made when it is asked for.

A search may find more matches than anyone reads, as arrays: a match object is made from them on
access, in the setting that is nearest to the orientation relationship.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np
from numpy.typing import NDArray

from ionsmith.errors import InvalidInput
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import direction_text
from ionsmith.lattice.own_boundary import OwnBoundary, own_boundary, same_crystal
from ionsmith.results import Result, Table, notes_table
from ionsmith.surfaces.matches._cost import Costs, RankBy
from ionsmith.surfaces.matches._match import Match, strain_text
from ionsmith.surfaces.matches._plot import plot_match
from ionsmith.surfaces.matches._search import MatchSearch, SearchResult, plane_labels
from ionsmith.surfaces.plane_mesh import PlaneMeshes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MEASURES: dict[RankBy, str] = {
    "cost": "cost",
    "energy": "strain energy",
    "strain": "von Mises strain",
    "area": "area",
}
_FIELDS = [field.name for field in fields(Match)]
_BLOCK = 4096  # match objects made at a time


class MatchList(Sequence[Match]):
    """Matches in the order of their rank, equal to any sequence of equal matches.

    Parameters
    ----------
    search
        The search.
    result
        Its ranked matches as arrays.
    costs
        What they are ranked by.
    """

    def __init__(self, search: MatchSearch, result: SearchResult, costs: Costs) -> None:
        self.search, self.result, self.costs = search, result, costs

    def __len__(self) -> int:
        return len(self.result.matches)

    @overload
    def __getitem__(self, index: int) -> Match: ...
    @overload
    def __getitem__(self, index: slice) -> "MatchList": ...
    def __getitem__(self, index: int | slice) -> "Match | MatchList":
        if isinstance(index, slice):
            return MatchList(self.search, self.result[index], self.costs[index])
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
        turned = self.result.matches.reversed
        if self.search.orientation is not None and self.search.planes_given:
            film = self.search.films[0]
            turned = turned ^ np.isin(self.result.film_operation, film.members[film.turning])
        return turned

    def _made(self) -> list[Match]:
        """Make the match objects."""
        part = self.result.matches
        turn_s, vectors_s, strain_s, planes_s = self._side(0)
        turn_f, vectors_f, strain_f, planes_f = self._side(1)
        if self.search.orientation is not None:
            left = np.linalg.det(turn_s) < 0
            vectors_s[left, 1] *= -1
            vectors_f[left, 1] *= -1
        rotations = turn_s @ part.rotations @ turn_f.transpose(0, 2, 1)
        planes_f[self.reversed != part.reversed] *= -1
        deviation = self.result.deviation
        columns: dict[str, list[Any]] = {
            "substrate_plane": self._labels(0, planes_s),
            "film_plane": self._labels(1, planes_f),
            "reversed": self.reversed.tolist(),
            "substrate_vectors": self._as_given(0, vectors_s),
            "film_vectors": self._as_given(1, vectors_f),
            "substrate_meshes": part.substrate_meshes.tolist(),
            "film_meshes": abs(part.film_meshes).tolist(),
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
            "strain_energy": self.costs.energy.tolist(),
            "aspect": self.costs.aspect.tolist(),
            "cost": self.costs.cost.tolist(),
            "pareto": self.costs.front.tolist(),
            "rotation": _tuples(rotations),
            "deviation": [None] * len(part) if deviation is None else deviation.tolist(),
            "own_boundary": self._own_boundaries(rotations),
        }
        made = []
        for row in zip(*(columns[name] for name in _FIELDS), strict=True):
            # Assigning the fields of a frozen object one by one takes longer than the rest.
            match = object.__new__(Match)
            match.__dict__.update(zip(_FIELDS, row, strict=True))
            made.append(match)
        return made

    def _labels(self, side: int, indices: NDArray[np.int64]) -> list[str]:
        """Planes as text, with four indices if the first plane of the side has four."""
        like = (self.search.substrates, self.search.films)[side][0].plane
        return plane_labels(self.search.units[side], indices, like.four_index)

    def _as_given(self, side: int, vectors: NDArray[np.float64]) -> list[Any]:
        """Cell vectors in the axes in which the crystal is given."""
        unit = self.search.units[side]
        return _tuples(
            vectors if unit.is_own else np.round(unit.vectors_as_given(vectors), 12) + 0.0
        )

    def _own_boundaries(self, rotations: NDArray[np.float64]) -> list[OwnBoundary | None]:
        """What boundary each match is if both are the same crystal."""
        crystals = self.search.substrates[0].crystal, self.search.films[0].crystal
        if not same_crystal(*crystals):
            return [None] * len(rotations)
        return [own_boundary(*crystals, rotation) for rotation in rotations]

    def _side(self, side: int) -> tuple[NDArray[Any], ...]:
        """Operation, cell vectors, strain tensor and plane of one side of each match."""
        part = self.result.matches
        meshes: PlaneMeshes = (part.substrates, part.films)[side]
        cells = (part.substrate_cells, part.film_cells)[side]
        operation = (self.result.substrate_operation, self.result.film_operation)[side]
        crystal, numbers = meshes[0].crystal, part.mesh_pair[:, side]
        group, matrices = np.eye(3)[None], np.eye(3, dtype=np.int64)[None]
        if self.search.orientation is not None:
            group, matrices = crystal.cartesian_group, crystal.symmetry.point_group
        turn, matrix = group[operation], matrices[operation]
        inverse = np.linalg.inv(matrices).round().astype(np.int64)[operation]
        frame = meshes.frames[numbers, :2] @ turn.transpose(0, 2, 1)
        strain = frame.transpose(0, 2, 1) @ part.strains[:, side] @ frame
        vectors = cells @ meshes.vectors[numbers]
        vectors = np.round(vectors @ matrix.transpose(0, 2, 1), 12) + 0.0
        indices = meshes.indices[numbers]
        return turn, vectors, strain, (indices[:, None, :] @ inverse)[:, 0]


@dataclass(frozen=True)
class Matches(Result):
    """The matches of two crystals, the best one first.

    Parameters
    ----------
    substrate, film
        Name of the crystal.
    substrate_space_group, film_space_group
        Space group and its source.
    plane_pairs
        Number of plane pairs searched.
    substrate_share
        Share of the strain taken by the substrate.
    ranked_by
        What the matches are ranked by: cost, strain energy, von Mises strain, or area.
    film_is_chiral
        Whether the mirror image of the film is a different crystal.
    count
        Number of matches within the limits; None if they were not all listed, since only the best
        were asked for.
    matches
        All of them, or the first ones.
    notes
        Remarks, one line each.
    crystals
        Cell and space group of substrate and film.
    """

    substrate: str
    film: str
    substrate_space_group: str
    film_space_group: str
    plane_pairs: int
    substrate_share: float
    ranked_by: RankBy
    film_is_chiral: bool
    count: int | None
    matches: Sequence[Match]
    notes: tuple[str, ...]
    crystals: tuple[CrystalLattice, CrystalLattice] = field(repr=False, compare=False)

    document: ClassVar[tuple[str, ...]] = (
        *("substrate", "film", "substrate_space_group", "film_space_group", "plane_pairs"),
        *("substrate_share", "ranked_by", "film_is_chiral", "count", "matches", "notes"),
    )
    figure_size = (10.0, 6.0)

    def tables(self) -> list[Table]:
        """Return the matches, then the strain tensors of the best one, and the notes."""
        matches = tuple(self.matches)
        energies = self.ranked_by == "energy"
        angles = any(match.deviation is not None for match in matches)
        same = any(match.own_boundary is not None for match in matches)
        headers = [
            "planes",
            "substrate cell",
            "film cell",
            "areas (Å²)",
            "multiple",
            "strain of substrate",
            "strain of film",
            "von Mises",
            "cost (J/m²)",
        ]
        headers += ["energy (meV/Å³)"] if energies else []
        headers += ["off the relationship (°)"] if angles else []
        headers += ["same crystal"] if same else []
        rows = []
        for match in matches:
            row: list[object] = [
                f"{match.substrate_plane} || {match.film_plane}"
                + (" reversed" if match.reversed else ""),
                " ".join(map(direction_text, match.substrate_vectors)),
                " ".join(map(direction_text, match.film_vectors)),
                f"{match.substrate_area:.1f} : {match.film_area:.1f}"
                + (" *" if match.pareto else ""),
                match.multiple,
                strain_text(match.substrate_principal),
                strain_text(match.film_principal),
                round(match.von_mises, 4),
                round(match.cost, 3),
            ]
            if energies:
                row.append(round(1000 * match.strain_energy, 3))
            if angles and match.deviation is not None:
                row.append(round(match.deviation, 2))
            if same:
                row.append("" if match.own_boundary is None else str(match.own_boundary))
            rows.append(row)
        shown = "all" if len(matches) == self.count else f"the first {len(matches)}"
        count = "" if self.count is None else f"{self.count} "
        title = (
            f"{self.film} (film) on {self.substrate} (substrate): {count}matches on "
            f"{self.plane_pairs} plane pairs, {shown} of them by rising "
            f"{_MEASURES[self.ranked_by]}\nthe substrate takes {self.substrate_share:.0%} of the "
            "strain; * marks the Pareto front of strain energy and area"
        )
        tables = [Table(title, headers, rows)]
        if matches:
            best = matches[0]
            tensors = [
                (side, *(round(value, 5) + 0.0 for value in row))
                for side, tensor in (
                    ("substrate", best.substrate_strain),
                    ("film", best.film_strain),
                )
                for row in tensor
            ]
            tables.append(
                Table(
                    "Strain tensors of the first match, in the Cartesian frame of each crystal",
                    ("side", "x", "y", "z"),
                    tensors,
                )
            )
        return [*tables, *notes_table(self.notes)]

    def plot(self, ax: "Axes | None" = None, *, number: int = 1) -> "Axes":
        """Draw a match, seen from the side of the film.

        Lattice points of the strained substrate (filled) and film (rings) around the common cell
        coincide at its corners. A cross at the side shows the principal strains of each crystal,
        with arrows pointing outwards for expansion. The inset shows area and strain energy of
        these matches with their Pareto front.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        number
            Rank of the match, from 1.

        Raises
        ------
        InvalidInput
            If there is no such match.
        """
        if not 1 <= number <= len(self.matches):
            raise InvalidInput(f"`number` is {number}; expected 1 to {len(self.matches)}")
        return plot_match(self.matches, number, self.crystals, ax)


def _tuples(array: NDArray[Any]) -> list[Any]:
    """One tuple per match, nested like the rest of the array."""
    values: list[Any] = array.ravel().tolist()
    for size in array.shape[:0:-1]:
        values = list(zip(*[iter(values)] * size, strict=True))
    return values
