"""The entries of a comparison."""

from dataclasses import dataclass
from typing import Literal

from ionsmith.analyzers.coordination._polyhedra import Kind


@dataclass(frozen=True)
class Matching:
    """How the atoms of both structures were paired.

    Parameters
    ----------
    method
        ``"identity"`` (both come from one structure and its atoms are numbered), ``"geometry"``
        (nearest atoms of the same element), or ``"none"`` (the cells differ too much).
    n_matched
        Number of pairs.
    mean_displacement, max_displacement
        Distances in Å between paired atoms, without a rigid shift and the strain of the cell; None
        without pairs, or where the cells differ too much.
    """

    method: Literal["identity", "geometry", "none"]
    n_matched: int
    mean_displacement: float | None
    max_displacement: float | None


@dataclass(frozen=True)
class CoordinationChange:
    """Number of atoms of one element with one coordination number, in both structures.

    Parameters
    ----------
    coordination_number
        Number of bonded neighbours.
    before, after
        Number of atoms in either structure.
    """

    coordination_number: int
    before: int
    after: int


@dataclass(frozen=True)
class SharingChange:
    """Number of pairs of polyhedra that share a corner, an edge or a face, in both structures.

    Parameters
    ----------
    pair
        Names of both polyhedra, such as ``"AlO4-AlO6"``.
    kind
        What they share.
    before, after
        Number of pairs in either structure.
    """

    pair: str
    kind: Kind
    before: int
    after: int


@dataclass(frozen=True)
class Counts:
    """The counts of both structures for one margin of the bond criterion.

    Parameters
    ----------
    criterion
        ``"tightened"``, ``"as is"`` or ``"loosened"``.
    margin
        In Å, negative where the criterion is tightened.
    coordination
        Atoms by element and coordination number.
    sharing
        Pairs of polyhedra by name and kind.
    """

    criterion: Literal["tightened", "as is", "loosened"]
    margin: float
    coordination: dict[str, tuple[CoordinationChange, ...]]
    sharing: tuple[SharingChange, ...]


@dataclass(frozen=True)
class ChangedAtom:
    """An atom whose coordination number or bonded neighbours changed.

    Parameters
    ----------
    element
        Its symbol.
    before, after
        Its index in either structure; None in the structure that does not contain it.
    coordination_before, coordination_after
        Its coordination number there.
    bonds_lost
        Former neighbours that are no longer bonded, as symbol and index in the structure before.
    bonds_gained
        New bonded neighbours, as symbol and index in the structure after.
    displacement
        Distance in Å, without the rigid shift and the strain of the cell; None if not defined.
    """

    element: str
    before: int | None
    after: int | None
    coordination_before: int | None
    coordination_after: int | None
    bonds_lost: tuple[str, ...]
    bonds_gained: tuple[str, ...]
    displacement: float | None


@dataclass(frozen=True)
class PairChange:
    """Pairs of polyhedra around the same two atoms that changed in what they share.

    Parameters
    ----------
    pair_before
        Names of the polyhedra before.
    kind_before
        What they shared: ``"corner"``, ``"edge"`` or ``"face"``.
    pair_after
        Names of the polyhedra after.
    kind_after
        What they share after.
    count
        Number of pairs.
    """

    pair_before: str
    kind_before: Kind
    pair_after: str
    kind_after: Kind
    count: int
