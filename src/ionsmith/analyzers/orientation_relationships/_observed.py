"""Observed orientation relationships, of the package or of a file of the same form."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.analyzers.orientation_relationships._candidates import (
    equivalents,
    multiply,
    near,
    proper_rotations,
    quaternions_of,
)
from ionsmith.errors import InvalidInput, IonsmithError, reason_of
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
        ``a``, and where the space group does not imply them ``b``, ``c`` and the angles; further
        ``formula`` and ``space_group``: a symbol or a number, a remark behind it, a number in
        parentheses. Without a space group the symmetry of the bare lattice is taken.

    Raises
    ------
    InvalidInput
        If the cell is none, or the space group is not known or does not fit it.
    """
    name = str(entry.get("formula") or "crystal without formula")
    given = entry.get("space_group")
    found = None if given in (None, "") else _space_group(str(given), entry)
    if found is None and given not in (None, ""):
        raise InvalidInput(f"{name}: space group {given!r} is not known")
    cell = _cell(entry, found)
    if not all(np.isfinite(cell)) or min(cell) <= 0:
        raise InvalidInput(f"{name}: six positive cell parameters were expected, not {cell}")
    lattice = Lattice.from_cellpar(cell)
    if found is None:
        atom = Atoms("H", cell=lattice.cell, pbc=True)
        return replace(CrystalLattice.of_atoms(atom, name, FIT), contents=None)
    metric = lattice.metric
    sides = np.sqrt(np.outer(metric.diagonal(), metric.diagonal()))
    # As stated, or another setting, such as that of another unique axis.
    others = (one for one in gemmi.spacegroup_table() if one.number == found.number)
    for setting in chain([found], others):
        rotations, translations = operation_arrays(setting.operations())
        turned = rotations.transpose(0, 2, 1) @ metric @ rotations
        if (abs(turned - metric) <= FIT * sides).all():
            symmetry = Symmetry(rotations, translations, setting.number, setting.short_name())
            return CrystalLattice(name, lattice, symmetry, "stated in the file")
    raise InvalidInput(f"{name}: space group {given} does not fit its cell")


def _space_group(text: str, entry: dict[str, Any]) -> gemmi.SpaceGroup | None:
    """Space group of a symbol or number, in the setting that the angles ask for."""
    alpha, gamma = (float(entry.get(angle) or 0) for angle in ("alpha", "gamma"))
    text = text.replace("\N{MINUS SIGN}", "-")
    bare = re.split("[(,;]", text)[0].replace("_", "").strip()
    if number := re.fullmatch(r"(?:no\.?|#)?\s*(\d+)(?:\.0)?", bare.lower()):
        standard = gemmi.find_spacegroup_by_number(int(number[1]))
        return standard and gemmi.find_spacegroup_by_name(standard.hm, alpha, gamma)
    for symbol in (bare, *bare.split()[:1]):
        if (found := gemmi.find_spacegroup_by_name(symbol, alpha, gamma)) is not None:
            return found
    numbers = re.findall(r"\d+", text.rpartition("(")[2]) if "(" in text else []
    return gemmi.find_spacegroup_by_number(int(numbers[0])) if numbers else None


def _cell(entry: dict[str, Any], group: gemmi.SpaceGroup | None) -> list[float]:
    """Six cell parameters; what is missing follows from the space group, or angles are 90°."""
    system = "" if group is None else group.crystal_system_str()
    six = system in ("hexagonal", "trigonal") and (group is None or group.ext != "R")
    a = entry["a"]
    implied = {
        "b": a if six or system in ("cubic", "tetragonal", "trigonal") else None,
        "c": a if system == "cubic" or (system == "trigonal" and not six) else None,
        **{"alpha": 90, "beta": 90, "gamma": 120 if six else 90},
    }
    values = [a]
    for name in CELL[1:]:
        value = entry.get(name)
        value = implied[name] if value is None else value
        if value is None:
            raise InvalidInput(f"cell parameter {name} is missing")
        values.append(value)
    return [float(value) for value in values]


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
    if not isinstance(entries, list):
        raise InvalidInput(f"{path}: a list of observed relationships was expected")
    return tuple(relationship_of(entry, number) for number, entry in enumerate(entries, 1))


def relationship_of(entry: dict[str, Any], number: int) -> ObservedRelationship:
    """Read one entry of a file.

    Parameters
    ----------
    entry
        ``substrate`` and ``film`` (see :func:`crystal_of`), ``planes`` or ``directions`` or both,
        with three or four indices; all else may be missing.
    number
        Its place in the file, for messages.

    Raises
    ------
    InvalidInput
        If it cannot be read.
    """
    if not isinstance(entry, dict):
        raise InvalidInput(f"observed relationship {number}: {entry!r} is no JSON object")
    name = str(entry.get("id") or number)
    try:
        sides = [entry[side] for side in ("substrate", "film")]
        planes, directions = entry.get("planes"), entry.get("directions")
        known = ObservedRelationship(
            name=name,
            kind=str(entry.get("kind") or "not stated"),
            substrate=crystal_of(sides[0]),
            film=crystal_of(sides[1]),
            planes=parse_planes(planes) if planes else None,
            directions=parse_directions(directions) if directions else None,
            source="; ".join(
                dict.fromkeys(
                    str(one.get(key) or "")
                    for one, key in zip(
                        (entry, *sides), ("source", "lattice_source", "lattice_source"), strict=True
                    )
                )
            ),
            confidence=str(entry.get("confidence") or "not stated"),
            note=str(entry.get("note") or ""),
        )
        for which, crystal in enumerate((known.substrate, known.film)):
            for pair in (known.planes, known.directions):
                if pair is not None:
                    crystal.lattice.check(pair[which])
        if known.relationship is None and planes == directions:
            raise InvalidInput("`planes` or `directions` were expected")
    except KeyError as error:
        raise InvalidInput(f"observed relationship {name}: {error} is missing") from error
    except (IonsmithError, AttributeError, ValueError, TypeError) as error:
        raise InvalidInput(f"observed relationship {name}: {reason_of(error)}") from error
    return known
