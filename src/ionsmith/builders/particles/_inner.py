"""The inner part of a composite model, and how near the outer part may come to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.molecular_groups import CENTRES, molecular_groups
from ionsmith.builders.choices import ParticleShape
from ionsmith.builders.interface._closest_approach import ClosestApproach, kinds
from ionsmith.builders.particles._balance import neutral as made_neutral
from ionsmith.builders.particles._making import (
    OUTSIDE,
    ShapeCut,
    boxed,
    crystal_charges,
    cut_shape,
)
from ionsmith.builders.particles._piece import ON_SURFACE, Depth, Laid
from ionsmith.builders.particles._shapes import outside
from ionsmith.builders.particles._units import Floats, Integers
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.lattice.indices import DirectionLike

BEYOND = 1.0
"""In Å; atoms up to this much farther apart than their closest approach are at the interface."""


@dataclass(frozen=True, eq=False)
class Inner:
    """The inner part of a composite, around the origin.

    Parameters
    ----------
    atoms
        Its atoms.
    kind
        Atomic numbers, increased for the centres of molecular groups, shape (n,).
    depth
        Distance in Å from its surface.
    reach
        Radius in Å of a sphere around it.
    volume
        In Å³.
    charge
        Sum of the formal charges in e; None if unknown.
    source
        Structure from which closest approaches are taken.
    cut
        How it was cut out of a crystal; None for a finite structure.
    """

    atoms: Atoms
    kind: Integers
    depth: Depth
    reach: float
    volume: float
    charge: float | None
    source: Atoms
    cut: ShapeCut | None = None

    def asked(self) -> dict[str, Any]:
        """Parameters for the record."""
        cut = self.cut
        return {} if cut is None else {
            "size": list(cut.size),
            "axis": None if cut.axis is None else list(cut.axis),
            "centre": list(cut.centre),
        }  # fmt: skip


def inner_part(
    crystal: CrystalLike,
    size: float | Sequence[float] | None,
    shape: ParticleShape,
    axis: DirectionLike | None,
    centre: str | Sequence[float],
    energies: Mapping[str, float] | None,
    groups: Sequence[str] | None,
    rotation: Floats,
    *,
    neutral: bool,
) -> tuple[Inner, tuple[str, ...]]:
    """Cut a particle out of a crystal, or take a finite structure, and turn it.

    Return it with what was done to make it neutral.
    """
    atoms = read_structure(crystal)
    if not any(atoms.pbc):
        if size is not None:
            raise InvalidInput(
                "the inner structure is finite: leave out `size`, or give its crystal instead"
            )
        return _finite(atoms, rotation), ()
    if size is None:
        raise InvalidInput("the inner structure is a crystal: give the `size` of the particle in Å")
    margin = OUTSIDE if neutral else 0.0
    cut = cut_shape(crystal, size, shape, axis, centre, energies, groups, margin)
    kept = cut.laid.depth <= ON_SURFACE
    done: tuple[str, ...] = ()
    if neutral:
        kept, done = made_neutral(cut.laid, kept, cut.charges)
    return inner_of(cut, kept, rotation), done


def inner_of(cut: ShapeCut, kept: NDArray[np.bool_], rotation: Floats) -> Inner:
    """Units of a crystal, moved to the origin and turned."""
    piece, turn = cut.laid.piece(kept), cut.frame @ rotation.T
    model = piece.atoms()
    model.positions = (model.positions - cut.middle) @ turn
    return Inner(
        model,
        kinds_of(cut.crystal)[piece.member],
        lambda points: cut.form.depth(points @ turn.T),
        cut.form.reach,
        float(len(piece) * cut.crystal.cell.volume / len(cut.crystal)),
        None if cut.charges is None else float(cut.charges[piece.member].sum()),
        cut.crystal,
        cut,
    )


def hull_of(atoms: Atoms) -> Any:
    """Convex hull of the atoms of the inner part."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        return ConvexHull(atoms.positions)
    except (QhullError, ValueError):
        raise InvalidInput(
            f"the inner structure of {len(atoms)} atoms is flat or too small to have a volume: "
            "give a larger one"
        ) from None


def _finite(given: Atoms, rotation: Floats) -> Inner:
    """A finite structure; its surface is the convex hull of its atoms."""
    atoms: Atoms = given.copy()
    atoms.info, atoms.calc = {}, None
    atoms.set_constraint()
    atoms.set_cell(None)
    low, high = atoms.positions.min(axis=0), atoms.positions.max(axis=0)
    atoms.positions = (atoms.positions - (low + high) / 2) @ rotation.T
    hull = hull_of(atoms)
    planes = np.unique(np.round(hull.equations, 9), axis=0)
    charges, _ = crystal_charges(atoms)
    return Inner(
        atoms,
        kinds_of(atoms),
        lambda points: outside(points, planes[:, :3], -planes[:, 3]),
        float(np.linalg.norm(atoms.positions, axis=1).max()),
        float(hull.volume),
        None if charges is None else float(charges.sum()),
        boxed(atoms.copy(), 10.0),
    )


def kinds_of(atoms: Atoms) -> Integers:
    """Atomic numbers, increased for the centres of molecular groups."""
    return kinds(atoms, molecular_groups(atoms, CENTRES))


Contacts = Callable[[Floats, Integers], tuple[Integers, Integers, Floats]]
"""From places of atoms of the outer part in Å, and their indices in its crystal, to pairs near each
other: index of the place, index of the inner atom, and how much farther apart they are than their
closest approach, in Å."""


def contact_rule(inner: Inner, outer: Atoms, gap: float | None) -> Contacts:
    """How near the atoms of an outer crystal come to an inner part.

    Parameters
    ----------
    inner
        The inner part.
    outer
        One cell of the outer crystal.
    gap
        Smallest distance in Å of any two atoms; by default their closest approach, from the
        shortest distances in both crystals as in interfaces.
    """
    from scipy.spatial import cKDTree

    structures = (inner.source, outer)
    approach = ClosestApproach((one, molecular_groups(one, CENTRES)) for one in structures)
    kind = kinds_of(outer)
    own, theirs = np.unique(kind), np.unique(inner.kind)
    limits = np.array([[gap or approach(int(a), int(b)) for b in theirs] for a in own])
    row, column = np.searchsorted(own, kind), np.searchsorted(theirs, inner.kind)
    tree = cKDTree(inner.atoms.positions)
    reach = float(limits.max()) + BEYOND

    def contacts(places: Floats, member: Integers) -> tuple[Integers, Integers, Floats]:
        found = cKDTree(places).sparse_distance_matrix(tree, reach, output_type="ndarray")
        first, second = found["i"].astype(np.int64), found["j"].astype(np.int64)
        return first, second, found["v"] - limits[row[member[first]], column[second]]

    return contacts


def places_of(laid: Laid, nearest: Floats, kept: NDArray[np.bool_]) -> tuple[Floats, Integers]:
    """Positions of the atoms of units relative to the inner part, and the place of each unit."""
    row, place = laid.rows(kept)
    units = laid.units
    own = units.crystal.positions[units.member[row]] + units.shift[row] @ units.crystal.cell.array
    return own - units.centres[units.unit[row]] + nearest[place], place


def carved(inner: Inner, laid: Laid, nearest: Floats, rule: Contacts) -> NDArray[np.bool_]:
    """Units that are neither inside the inner part nor too close to it."""
    kept = np.ones(len(nearest), dtype=bool)
    near = np.linalg.norm(nearest, axis=1) <= inner.reach + ON_SURFACE
    kept[near] = inner.depth(nearest[near]) > ON_SURFACE
    row, _ = laid.rows(kept)
    places, place = places_of(laid, nearest, kept)
    first, _, excess = rule(places, laid.units.member[row])
    kept[place[first[excess < -1e-6]]] = False
    return kept


def fitting(inner: Inner, laid: Laid, nearest: Floats, rule: Contacts, rotation: Floats) -> Inner:
    """Keep only the units of an inner part that find room in the whole outer one."""
    from scipy.spatial import cKDTree

    cut = inner.cut
    assert cut is not None
    every = np.ones(len(nearest), dtype=bool)
    row, _ = laid.rows(every)
    _, second, excess = rule(places_of(laid, nearest, every)[0], laid.units.member[row])
    bad = np.unique(second[excess < -1e-6])
    kept = cut.laid.depth <= ON_SURFACE
    if len(bad):
        turn = cut.frame @ rotation.T
        places, place = places_of(cut.laid, (cut.laid.centres - cut.middle), kept)
        apart, _ = cKDTree(inner.atoms.positions[bad]).query(places @ turn)
        kept[place[apart < 1e-3]] = False
    if not kept.any():
        raise InvalidInput(
            "no unit of the guest finds room in the host: give `place` in a pore, or carve a "
            "cavity (without `fill`)"
        )
    return inner_of(cut, kept, rotation)
