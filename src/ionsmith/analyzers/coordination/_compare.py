"""Comparison of two structures, atom by atom.

Bonds are found in both structures with the same criterion (:mod:`ionsmith.bonding.bonds`), and
polyhedra from the bonds. Counts of atoms by element and coordination number, and of pairs of
polyhedra by what they share, do not depend on a pairing of atoms and refer to the whole cells. What
a given pair of polyhedra *became*, for instance edge-sharing after corner-sharing, and which bonds
an atom lost, is followed for atoms that are present in both structures
(:mod:`ionsmith.bonding.atom_matching`). Displacements exclude the common shift and the strain of
the cell.

All counts are repeated with the criterion slightly tighter and looser, by 0.1 Å by default, because
a change that appears for one margin only depends on the criterion; the summary reports it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.coordination._changed_atoms import (
    Ends,
    SharingPairs,
    changed_atoms,
    changed_pairs,
)
from ionsmith.analyzers.coordination._comparison import Comparison
from ionsmith.analyzers.coordination._parts import part_changes
from ionsmith.analyzers.coordination._polyhedra import (
    SharingCount,
    find_polyhedra,
    shared_polyhedra,
    sharing_key,
)
from ionsmith.analyzers.coordination._records import (
    CoordinationChange,
    Counts,
    Matching,
    Reshaped,
    ShapeChange,
    SharingChange,
)
from ionsmith.analyzers.coordination._shapes import find_shapes
from ionsmith.bonding.atom_matching import AtomMatch, match_atoms
from ionsmith.bonding.bonds import DEFAULT_CRITERION, Bonds, Criterion, check_pairs, find_bonds_at
from ionsmith.choices import checked
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput

_Shape = tuple[str, str]  # name of a polyhedron, and of the ideal one next to it
_CoordinationNumbers = dict[int, NDArray[np.int64]]  # numbers of atoms by element and number


@checked
def compare(
    before: CrystalLike,
    after: CrystalLike,
    *,
    criterion: Criterion = DEFAULT_CRITERION,
    sensitivity: float = 0.1,
    shapes: bool = False,
) -> Comparison:
    """Compare two structures atom by atom.

    Atoms are paired by identity if one structure was made from the other by ionsmith, otherwise by
    geometry (:mod:`ionsmith.bonding.atom_matching`). If the cells differ too much, nothing is
    paired; the counts are valid in any case.

    Parameters
    ----------
    before, after
        Two ordered crystals of any kind (:data:`ionsmith.crystals.files.CrystalLike`).
    criterion
        Bond criterion (:func:`ionsmith.bonding.bonds.find_bonds`).
    sensitivity
        By how many Å the criterion is tightened and loosened to test how strongly the counts
        depend on it; 0.1 by default.
    shapes
        Whether the coordination polyhedra of both are named by shape, as :func:`coordination` does.

    Returns
    -------
    Comparison
        Counts, changed atoms, and the dependence of the counts on the criterion.

    Raises
    ------
    InvalidInput
        If ``sensitivity`` is negative or not finite.
    InvalidChoice, InvalidCriterion
        If the criterion is not recognised, or a cutoff is out of range.
    InvalidStructure
        For an empty structure, numbers that are not finite, or a cell without volume.
    UnreadableFile, UnknownPhase, DisorderedStructure
        As :func:`ionsmith.crystals.files.read_structure`.

    Examples
    --------
    >>> from ionsmith.analyzers.coordination import compare
    >>> from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
    >>> opened = build_beta_alumina().atoms
    >>> closed = close_planes(opened, [2]).atoms
    >>> print(compare(opened, closed).summary[1])
    AlO4–AlO4 pairs: 1 of 3 corner-sharing became edge-sharing.
    """
    if not 0 <= sensitivity < np.inf:
        raise InvalidInput(f"`sensitivity` is {sensitivity:g} Å; expected 0 or more")
    structures = read_structure(before), read_structure(after)
    check_pairs(criterion, np.concatenate([atoms.numbers for atoms in structures]).tolist())
    margins = (0.0, -sensitivity, sensitivity)
    # The bonds of a million atoms take 200 MB at each margin: of one after the other only what is
    # needed again is kept.
    old, new = (_counted(atoms, criterion, margins, shapes=shapes) for atoms in structures)
    as_is, tightened, loosened = (
        Counts(
            ("as is", "tightened", "loosened")[place],
            margins[place] + 0.0,
            _coordination([old.coordination[place], new.coordination[place]]),
            _sharing([old.sharing_rows[place], new.sharing_rows[place]]),
        )
        for place in range(3)
    )
    match = match_atoms(*structures)
    paired = match.method != "none"
    changed = changed_atoms(*structures, match, old.bonds, new.bonds) if paired else None
    return Comparison(
        matching=_matching(match),
        n_atoms_before=len(structures[0]),
        n_atoms_after=len(structures[1]),
        cellpar_before=np.asarray(structures[0].cell.cellpar()),
        cellpar_after=np.asarray(structures[1].cell.cellpar()),
        criterion=dict(criterion) if isinstance(criterion, Mapping) else criterion,
        coordination=as_is.coordination,
        sharing=as_is.sharing,
        became=changed_pairs(match, old.sharing, new.sharing) if paired else (),
        changed_atoms=changed or (),
        removed=_unpaired(structures[0], match.before) if paired else {},
        added=_unpaired(structures[1], match.after) if paired else {},
        sensitivity=(tightened, as_is, loosened),
        shapes=_shape_changes(old.shapes, new.shapes) if shapes else None,
        reshaped=_reshaped(old.shapes, new.shapes, match) if shapes and paired else None,
        parts=part_changes(*structures, changed),
    )


def _matching(match: AtomMatch) -> Matching:
    """Number of pairs and their distances."""
    known = len(match.displacements) > 0 and bool(np.isfinite(match.displacements).all())
    return Matching(
        match.method,
        len(match.before),
        float(match.displacements.mean()) if known else None,
        float(match.displacements.max()) if known else None,
    )


def _unpaired(atoms: Atoms, paired: NDArray[np.int64]) -> dict[str, int]:
    """Count the atoms without a partner, by element."""
    alone = np.ones(len(atoms), dtype=bool)
    alone[paired] = False
    numbers, counts = np.unique(atoms.numbers[alone], return_counts=True)
    return {chemical_symbols[z]: int(n) for z, n in zip(numbers, counts, strict=True)}


@dataclass(frozen=True)
class _Counted:
    """Bonds, shared polyhedra and shapes for the first margin, and the counts for all."""

    bonds: Ends
    sharing: SharingPairs
    shapes: dict[int, _Shape]
    coordination: list[_CoordinationNumbers]
    sharing_rows: list[tuple[SharingCount, ...]]


def _counted(
    atoms: Atoms, criterion: Criterion, margins: Sequence[float], *, shapes: bool
) -> _Counted:
    """Count the bonds and shared polyhedra of a structure for several margins."""
    found, last = None, None
    for bonds in find_bonds_at(atoms, criterion, margins):
        if found is None or bonds is not last:
            sharing = shared_polyhedra(atoms, bonds)
            numbers, rows = _coordination_numbers(atoms, bonds), sharing.rows
            if found is None:
                named = _shapes(atoms, bonds) if shapes else {}
                found = _Counted(Ends.of(bonds), SharingPairs.of_polyhedra(sharing), named, [], [])
            del sharing
        found.coordination.append(numbers)
        found.sharing_rows.append(rows)
        last = bonds
    assert found is not None
    return found


def _coordination_numbers(atoms: Atoms, bonds: Bonds) -> _CoordinationNumbers:
    """Number of atoms with 0, 1, 2, ... bonds, by atomic number."""
    number = np.bincount(bonds.first, minlength=len(atoms))
    present = np.flatnonzero(np.bincount(atoms.numbers)).tolist()
    return {z: np.bincount(number[atoms.numbers == z]) for z in present}


def _coordination(
    structures: Sequence[_CoordinationNumbers],
) -> dict[str, tuple[CoordinationChange, ...]]:
    """Atoms by element and coordination number in both structures."""
    none = np.zeros(0, np.int64)
    counted: dict[str, tuple[CoordinationChange, ...]] = {}
    for z in sorted({z for of_elements in structures for z in of_elements}):
        of_element = [of_elements.get(z, none) for of_elements in structures]
        longest = max(map(len, of_element))
        rows = np.array([np.pad(count, (0, longest - len(count))) for count in of_element])
        counted[chemical_symbols[z]] = tuple(
            CoordinationChange(int(n), *rows[:, n].tolist())
            for n in np.flatnonzero(rows.any(axis=0))
        )
    return counted


def _sharing(structures: Sequence[tuple[SharingCount, ...]]) -> tuple[SharingChange, ...]:
    """Pairs of polyhedra by name and kind in both structures."""
    counts = [{(row.pair, row.kind): row.count for row in rows} for rows in structures]
    return tuple(
        SharingChange(*key, counts[0].get(key, 0), counts[1].get(key, 0))
        for key in sorted(counts[0].keys() | counts[1].keys(), key=sharing_key)
    )


def _shapes(atoms: Atoms, bonds: Bonds) -> dict[int, _Shape]:
    """Name and shape of the coordination polyhedron of each centre that has one."""
    polyhedra = find_polyhedra(atoms, bonds)
    found = find_shapes(atoms, polyhedra.bonds)
    return {
        centre: (polyhedra.names[kind], name)
        for centre, kind in zip(polyhedra.centres.tolist(), polyhedra.kinds.tolist(), strict=True)
        if (name := found.name(centre)) is not None
    }


def _shape_changes(before: dict[int, _Shape], after: dict[int, _Shape]) -> tuple[ShapeChange, ...]:
    """Polyhedra by name and shape in both structures."""
    old, new = Counter(before.values()), Counter(after.values())
    return tuple(ShapeChange(*key, old[key], new[key]) for key in sorted(old.keys() | new.keys()))


def _reshaped(
    before: dict[int, _Shape], after: dict[int, _Shape], match: AtomMatch
) -> tuple[Reshaped, ...]:
    """Polyhedra around paired atoms with another name or shape, the most frequent first."""
    changes = Counter(
        (before[old], after[new])
        for old, new in zip(match.before.tolist(), match.after.tolist(), strict=True)
        if old in before and new in after and before[old] != after[new]
    )
    ordered = sorted(changes.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    return tuple(Reshaped(*old, *new, count) for (old, new), count in ordered)
