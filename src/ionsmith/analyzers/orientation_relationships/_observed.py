"""Observed orientation relationships, of the package or of a file of the same form."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.orientation_relationships._candidates import (
    equivalents,
    multiply,
    near,
    proper_rotations,
    quaternions_of,
)
from ionsmith.errors import InvalidInput, InvalidOrientation, reason_of
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction, Plane, parse_directions, parse_planes
from ionsmith.lattice.operations import operation_arrays
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import Symmetry

Floats = NDArray[np.float64]

CELL = ("a", "b", "c", "alpha", "beta", "gamma")
FIT = 0.02
"""Change of the metric under an operation, relative, up to which a cell has the symmetry."""

OUT_OF_PLANE = 3.0
"""Largest angle in degrees of a direction out of its plane, as indices are rounded."""


@dataclass(frozen=True, eq=False)
class ObservedRelationship:
    """One orientation relationship that was observed.

    Parameters
    ----------
    name
        Film and substrate, or the name of the relationship.
    kind
        ``"film"``, ``"precipitate"`` or ``"transformation"``.
    substrate, film
        Cell and space group of the substrate, matrix or parent, and of the other crystal.
    planes
        Parallel planes, the substrate's first, or None.
    directions
        Parallel directions, or None where only planes were reported.
    source
        Where it was reported, and where the cells come from.
    confidence
        How far the entry was compared with the source, such as ``"read (abstract)"``.
    note
        A remark, or nothing.
    """

    name: str
    kind: str
    substrate: CrystalLattice
    film: CrystalLattice
    planes: tuple[Plane, Plane] | None
    directions: tuple[Direction, Direction] | None
    source: str
    confidence: str
    note: str

    @property
    def pair(self) -> tuple[tuple[float, ...], ...]:
        """The two cells, equal for relationships of the same two crystals."""
        return tuple(
            (side.symmetry.number, *np.round(side.lattice.cellpar, 3).tolist())
            for side in (self.substrate, self.film)
        )

    @property
    def relationship(self) -> OrientationRelationship | None:
        """The relationship; None where only planes or only directions are known."""
        if self.planes is None or self.directions is None:
            return None
        return OrientationRelationship.from_parallel(
            self.substrate, self.film, self.planes, self.directions, tolerance=OUT_OF_PLANE
        )

    def holds(self, quaternions: Floats, within: float) -> NDArray[np.bool_]:
        """Whether orientations agree with it, symmetry of both crystals respected.

        Parameters
        ----------
        quaternions
            Rotations from film to substrate, scalar last, shape (n, 4).
        within
            Largest deviation in degrees.
        """
        known = self.relationship
        if known is not None:
            turn = quaternions_of(known.rotation[None])[0]
            return near(quaternions, equivalents(turn, self.substrate, self.film), within)
        vectors = []
        for number, crystal in enumerate((self.substrate, self.film)):
            if self.planes is not None:
                vector = crystal.lattice.normals(self.planes[number].indices)
            elif self.directions is not None:
                vector = crystal.lattice.vectors(self.directions[number].indices)
            else:
                return np.zeros(len(quaternions), dtype=bool)
            every = proper_rotations(crystal) @ (vector / np.linalg.norm(vector))
            vectors.append(np.concatenate([every, -every]))
        pure = np.concatenate([vectors[1], np.zeros((len(vectors[1]), 1))], axis=1)
        turned = multiply(
            multiply(quaternions[:, None], pure[None]), quaternions[:, None] * [-1, -1, -1, 1]
        )[..., :3]
        closest = (turned @ vectors[0].T).max(axis=(1, 2))
        return np.asarray(closest >= np.cos(np.radians(within)) - 1e-12)


def crystal_of(entry: dict[str, Any]) -> CrystalLattice:
    """Cell and space group of one crystal of the file.

    Parameters
    ----------
    entry
        ``formula``, ``space_group`` (a symbol, or a number in parentheses) and the six cell
        parameters.

    Raises
    ------
    InvalidInput
        If the space group is not known or does not fit the cell.
    """
    lattice = Lattice.from_cellpar([float(entry[name]) for name in CELL])
    text = str(entry["space_group"]).replace("_", "")
    found = gemmi.find_spacegroup_by_name(
        text.split()[0], float(entry["alpha"]), float(entry["gamma"])
    )
    numbers = re.findall(r"\d+", text.rpartition("(")[2]) if "(" in text else []
    if found is None and numbers:
        found = gemmi.find_spacegroup_by_number(int(numbers[0]))
    if found is None:
        raise InvalidInput(f"{entry['formula']}: space group {entry['space_group']!r} is not known")
    rotations, translations = operation_arrays(found.operations())
    metric = lattice.metric
    sides = np.sqrt(np.outer(metric.diagonal(), metric.diagonal()))
    turned = rotations.transpose(0, 2, 1) @ metric @ rotations
    if (abs(turned - metric) > FIT * sides).any():
        raise InvalidInput(
            f"{entry['formula']}: space group {entry['space_group']} does not fit its cell"
        )
    symmetry = Symmetry(rotations, translations, found.number, found.short_name())
    return CrystalLattice(str(entry["formula"]), lattice, symmetry, "stated in the file")


def observed_relationships(path: str | Path | None = None) -> tuple[ObservedRelationship, ...]:
    """Read observed orientation relationships.

    Parameters
    ----------
    path
        A file of the form of the package's own list; by default that list.

    Raises
    ------
    InvalidInput
        If the file has not this form; the message names the entry.

    Examples
    --------
    >>> from ionsmith.analyzers.orientation_relationships import observed_relationships
    >>> known = observed_relationships()
    >>> sorted({entry.kind for entry in known})
    ['film', 'precipitate', 'transformation']
    """
    try:
        if path is None:
            here = resources.files("ionsmith.analyzers.orientation_relationships")
            text = (here / "observed.json").read_text(encoding="utf-8")
        else:
            text = Path(path).read_text(encoding="utf-8")
        entries: Sequence[dict[str, Any]] = json.loads(text)["systems"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InvalidInput(
            f"{path}: a list of observed relationships was expected ({reason_of(error)})"
        ) from error
    return tuple(_entry(entry, number) for number, entry in enumerate(entries, 1))


def _entry(entry: dict[str, Any], number: int) -> ObservedRelationship:
    """One entry of the file."""
    try:
        planes, directions = entry.get("planes"), entry.get("directions")
        cells = [entry[side].get("lattice_source", "") for side in ("substrate", "film")]
        known = ObservedRelationship(
            name=str(entry["id"]),
            kind=str(entry["kind"]),
            substrate=crystal_of(entry["substrate"]),
            film=crystal_of(entry["film"]),
            planes=parse_planes(planes) if planes else None,
            directions=parse_directions(directions) if directions else None,
            source="; ".join(dict.fromkeys([str(entry.get("source", "")), *cells])),
            confidence=str(entry.get("confidence", "")),
            note=str(entry.get("note", "")),
        )
        if known.relationship is None and not entry.get("partial"):
            raise InvalidInput("planes and directions were expected, or `partial`")
    except (LookupError, ValueError, TypeError, InvalidInput, InvalidOrientation) as error:
        name = entry.get("id", number) if isinstance(entry, dict) else number
        raise InvalidInput(f"observed relationship {name}: {reason_of(error)}") from error
    return known
