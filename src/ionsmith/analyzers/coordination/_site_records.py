"""Coordination of sites and of groups of sites, as documents and tables list it."""

from dataclasses import dataclass
from typing import ClassVar

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
    """

    index: int
    label: str | None
    element: str
    environment: str

    document: ClassVar[tuple[str, ...]] = ("index", "label", "element", "environment", *NUMBERS)
