"""The entries of a coordination and of a comparison, as documents and tables list them."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from ionsmith.analyzers.coordination._polyhedra import Kind

MEASURES = (
    *("shortest", "mean_length", "longest", "spread"),
    *("valence_sum", "distortion_index", "angle_variance"),
)
NUMBERS = ("coordination_number", *MEASURES)
"""Fields of :class:`Measures`, in this order."""


@dataclass(frozen=True)
class CoordinationCount:
    """Number of atoms with one coordination number.

    Parameters
    ----------
    coordination_number
        Number of bonded neighbours.
    count
        Number of atoms.
    """

    coordination_number: int
    count: int


@dataclass(frozen=True)
class Measures:
    """Bond lengths and distortion of a site, or means over several; None where not defined.

    Parameters
    ----------
    coordination_number
        Number of bonded neighbours.
    shortest
        Shortest bond length in Å.
    mean_length
        Mean bond length in Å.
    longest
        Longest bond length in Å.
    spread
        Standard deviation of the bond lengths of a site in Å.
    valence_sum
        Bond-valence sum in valence units.
    distortion_index
        Distortion index of Baur (1974).
    angle_variance
        Bond-angle variance in degrees squared, for four and six neighbours.
    """

    coordination_number: int
    shortest: float | None
    mean_length: float | None
    longest: float | None
    spread: float | None
    valence_sum: float | None
    distortion_index: float | None
    angle_variance: float | None


@dataclass(frozen=True)
class Environment(Measures):
    """Means over the sites of one element with the same neighbours.

    Parameters
    ----------
    element
        Symbol of the element.
    environment
        Neighbours, such as ``"O4"``; ``"none"`` without any.
    sites
        Number of sites.
    """

    element: str
    environment: str
    sites: int

    document: ClassVar[tuple[str, ...]] = ("element", "environment", "sites", *NUMBERS)


@dataclass(frozen=True)
class LabelledEnvironment(Environment):
    """Means over the sites of one label and element with the same neighbours.

    Parameters
    ----------
    label
        Name of the crystallographic site.
    """

    label: str

    document: ClassVar[tuple[str, ...]] = ("label", *Environment.document)


@dataclass(frozen=True)
class PartEnvironment(Environment):
    """Means over the sites of one part and element with the same neighbours.

    Parameters
    ----------
    part
        Name of the part of a composite model, such as ``"core"``.
    """

    part: str

    document: ClassVar[tuple[str, ...]] = ("part", *Environment.document)


@dataclass(frozen=True)
class Site(Measures):
    """One site.

    Parameters
    ----------
    index
        Index of the atom.
    label
        Name of the crystallographic site, None without labels.
    element
        Symbol of the element.
    environment
        Neighbours, such as ``"O4"``; ``"none"`` without any.
    shape
        Nearest ideal polyhedron, such as ``"octahedron"``; None without one, or if shapes were not
        asked for.
    shape_measure
        Continuous shape measure against it.
    order
        Bond-orientational order parameters, such as ``"q4"``; None if they were not asked for.
    """

    index: int
    label: str | None
    element: str
    environment: str
    shape: str | None
    shape_measure: float | None
    order: dict[str, float | None] | None

    document: ClassVar[tuple[str, ...]] = (
        *("index", "label", "element", "environment", *NUMBERS),
        *("shape", "shape_measure", "order"),
    )


@dataclass(frozen=True)
class ShapeCount:
    """Sites of one element with the same neighbours and the same nearest ideal polyhedron.

    Parameters
    ----------
    element
        Symbol of the element.
    environment
        Neighbours, such as ``"O6"``.
    shape
        Nearest ideal polyhedron, such as ``"octahedron"``.
    sites
        Number of sites.
    measure
        Mean of their continuous shape measures against it; 0 is ideal.
    largest
        Largest of these measures.
    """

    element: str
    environment: str
    shape: str
    sites: int
    measure: float
    largest: float

    document: ClassVar[tuple[str, ...]] = (
        *("element", "environment", "shape", "sites", "measure", "largest"),
    )


@dataclass(frozen=True)
class OrderMeans:
    """Means of bond-orientational order parameters over the sites of an element.

    Parameters
    ----------
    element
        Symbol of the element.
    environment
        Neighbours, such as ``"O6"``.
    sites
        Number of sites.
    means
        Mean of each parameter, such as ``"q4"``.
    """

    element: str
    environment: str
    sites: int
    means: dict[str, float]


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
class ShapeChange:
    """Number of coordination polyhedra of one name and shape, in both structures.

    Parameters
    ----------
    polyhedron
        Name of the polyhedron, such as ``"FeO6"``.
    shape
        Nearest ideal polyhedron, such as ``"octahedron"``.
    before, after
        Number of polyhedra in either structure.
    """

    polyhedron: str
    shape: str
    before: int
    after: int


@dataclass(frozen=True)
class Reshaped:
    """Polyhedra around the same atoms that have another name or shape.

    Parameters
    ----------
    polyhedron_before, polyhedron_after
        Names of the polyhedron, such as ``"FeO6"``.
    shape_before, shape_after
        Nearest ideal polyhedra.
    count
        Number of atoms.
    """

    polyhedron_before: str
    shape_before: str
    polyhedron_after: str
    shape_after: str
    count: int


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
