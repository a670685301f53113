"""Mismatch of two crystals along parallel planes, directions or meshes.

The mismatch of m substrate spacings with n film spacings is ::

    (m d_sub - n d_film) / (m d_sub)

and is positive if the film is too short. Other definitions in the literature differ in sign and
denominator; :data:`DEFINITIONS` lists them by name, and every ratio is reported in all of them. The
1:1 value is the lattice mismatch, the others are those of domain matching.

Coherent crystals share a period L between m d_sub and n d_film. If the substrate takes the share p
of the strain, ``L = A B / (p A + (1 - p) B)`` for ``A = m d_sub`` and ``B = n d_film``: the
substrate is strained by ``p e`` and the film by ``-(1 - p) e``, so that p = 1/2 strains both
equally, and p = 0 leaves the substrate unstrained (L = A).

References
----------
J. W. Matthews, J. Vac. Sci. Technol. 12, 126 (1975), doi:10.1116/1.568741 (strain of the film);
J. Narayan and B. C. Larson, J. Appl. Phys. 93, 278 (2003), doi:10.1063/1.1528301 (domain matching).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import gcd
from typing import Literal, TypedDict, Unpack

from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import InvalidInput
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import DirectionPair, PlanePair, as_directions, as_planes
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.results import Result, Table, notes_table

LARGEST_MULTIPLE = 100
"""Upper limit of m and n in a search."""


@dataclass(frozen=True)
class Definition:
    """One definition of the mismatch.

    Parameters
    ----------
    formula
        Formula in m, n, d_sub and d_film.
    value
        The mismatch as a function of A = m d_sub and B = n d_film.
    """

    formula: str
    value: Callable[[float, float], float]


DEFINITIONS = {
    "substrate": Definition("(m d_sub - n d_film) / (m d_sub)", lambda a, b: (a - b) / a),
    "film": Definition("(n d_film - m d_sub) / (n d_film)", lambda a, b: (b - a) / b),
    "film-strain": Definition("(m d_sub - n d_film) / (n d_film)", lambda a, b: (a - b) / b),
    "film-excess": Definition("(n d_film - m d_sub) / (m d_sub)", lambda a, b: (b - a) / a),
    "mean": Definition(
        "2 (m d_sub - n d_film) / (m d_sub + n d_film)", lambda a, b: 2 * (a - b) / (a + b)
    ),
}
"""Definitions by the name of their reference; ``substrate`` is the default everywhere."""


class RatioSearch(TypedDict, total=False):
    """Keyword arguments of :func:`find_ratios`."""

    ratios: Iterable[tuple[int, int]]
    max_multiple: int
    max_mismatch: float
    substrate_share: float


@dataclass(frozen=True)
class Ratio:
    """m substrate spacings matched with n film spacings.

    Parameters
    ----------
    m
        Number of substrate spacings.
    n
        Number of film spacings.
    mismatch
        (m d_sub - n d_film) / (m d_sub).
    mismatch_film_reference
        (n d_film - m d_sub) / (n d_film).
    mismatches
        Mismatch in every definition, by name.
    period
        Common period in Å (for meshes, common area in Å²).
    strain_substrate, strain_film
        Strain of this side at the common period.
    best_so_far
        Whether no ratio with smaller m (or the same m and smaller n) matches as well.
    """

    m: int
    n: int
    mismatch: float
    mismatch_film_reference: float
    mismatches: dict[str, float]
    period: float
    strain_substrate: float
    strain_film: float
    best_so_far: bool


@dataclass(frozen=True)
class Mismatch(Result):
    """Mismatch of two crystals along one pair of parallel planes or directions.

    Parameters
    ----------
    quantity
        ``"spacing"`` of planes, ``"length"`` of lattice vectors, or ``"area"`` of plane meshes.
    substrate, film
        Name of the crystal and its indices.
    d_substrate, d_film
        The spacing or length in Å, or the area in Å².
    substrate_share
        Share of the strain taken by the substrate, 0 to 1.
    definitions
        Formula of each definition of the mismatch, by name.
    ratios
        Ratios m : n by rising m.
    notes
        Remarks, one line each.
    """

    quantity: Literal["spacing", "length", "area"]
    substrate: str
    film: str
    d_substrate: float
    d_film: float
    substrate_share: float
    definitions: dict[str, str]
    ratios: tuple[Ratio, ...]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the ratios, and the notes below them."""
        unit = "Å²" if self.quantity == "area" else "Å"
        title = (
            f"{self.substrate} || {self.film}: {self.quantity} {self.d_substrate:.4f} || "
            f"{self.d_film:.4f} {unit}\nthe substrate takes {self.substrate_share:.0%} of the "
            "strain; * marks ratios that match better than all smaller ones"
        )
        headers = (
            "m:n",
            DEFINITIONS["substrate"].formula,
            DEFINITIONS["film"].formula,
            f"period ({unit})",
            "strain of substrate",
            "strain of film",
        )
        rows = [
            (
                f"{r.m}:{r.n}{' *' if r.best_so_far else ''}",
                round(r.mismatch, 4),
                round(r.mismatch_film_reference, 4),
                round(r.period, 3),
                round(r.strain_substrate, 4),
                round(r.strain_film, 4),
            )
            for r in self.ratios
        ]
        return [Table(title, headers, rows), *notes_table(self.notes)]


def plane_mismatch(
    substrate: CrystalLike | CrystalLattice,
    film: CrystalLike | CrystalLattice,
    parallel_planes: PlanePair,
    symprec: float = SYMPREC,
    **search: Unpack[RatioSearch],
) -> Mismatch:
    """Compare the spacings d(hkl) of two parallel planes, as written.

    Parameters
    ----------
    substrate, film
        Two crystals of any kind (:data:`ionsmith.crystals.files.CrystalLike`).
    parallel_planes
        A plane of the substrate and one of the film, or both as ``"(hkl)||(hkl)"``.
    symprec
        Distance in Å between atoms that count as equivalent, where the space group is determined.
    **search
        Keyword arguments of :func:`find_ratios`.

    Raises
    ------
    InvalidIndices
        For malformed indices, or four indices on axes that are not hexagonal.
    InvalidInput
        For ratios or limits out of range.
    UnreadableFile, UnknownPhase, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.conversion.read_lattice`.

    Examples
    --------
    >>> from ionsmith.analyzers.epitaxy import plane_mismatch
    >>> mismatch = plane_mismatch("lib:nh4vo3", "lib:nvp", "(1,2,-1)||(2,-1,0)")
    >>> round(mismatch.d_substrate, 3), round(mismatch.d_film, 3)
    (3.167, 4.364)
    >>> for ratio in mismatch.ratios:
    ...     print(f"{ratio.m}:{ratio.n} {ratio.mismatch:+.4f} {ratio.mismatch_film_reference:+.4f}")
    1:1 -0.3782 +0.2744
    3:2 +0.0812 -0.0884
    4:3 -0.0336 +0.0325
    7:5 +0.0156 -0.0158
    9:7 -0.0719 +0.0671
    10:7 +0.0353 -0.0366
    11:8 -0.0023 +0.0023
    """
    crystals, planes = _read(substrate, film, symprec), as_planes(parallel_planes)
    spacings, notes = [], []
    for crystal, plane in zip(crystals, planes, strict=True):
        crystal.lattice.check(plane)
        spacings.append(float(crystal.lattice.d_spacing(plane.indices)))
        reason = crystal.symmetry.absence_reason(plane.indices)
        if reason is not None:
            order = crystal.symmetry.allowed_order(plane.indices)
            notes.append(
                f"{plane} of {crystal.name} is a forbidden reflection: {reason}; the first order "
                f"to be seen is {plane.times(order)}, {spacings[-1] / order:.4f} Å"
            )
    return _mismatch("spacing", crystals, planes, spacings, search, notes)


def direction_mismatch(
    substrate: CrystalLike | CrystalLattice,
    film: CrystalLike | CrystalLattice,
    parallel_directions: DirectionPair,
    symprec: float = SYMPREC,
    **search: Unpack[RatioSearch],
) -> Mismatch:
    """Compare the shortest lattice vectors along two parallel directions.

    Parameters
    ----------
    substrate, film
        As for :func:`plane_mismatch`, with the same errors.
    parallel_directions
        A direction of the substrate and one of the film, or both as ``"[uvw]||[uvw]"``.
    symprec, **search
        As for :func:`plane_mismatch`.
    """
    crystals = _read(substrate, film, symprec)
    directions = as_directions(parallel_directions)
    lengths = []
    for crystal, direction in zip(crystals, directions, strict=True):
        crystal.lattice.check(direction)
        lengths.append(crystal.period(direction))
    return _mismatch("length", crystals, directions, lengths, search)


def area_mismatch(
    substrate: CrystalLike | CrystalLattice,
    film: CrystalLike | CrystalLattice,
    contact: PlanePair,
    symprec: float = SYMPREC,
    **search: Unpack[RatioSearch],
) -> Mismatch:
    """Compare the areas of the primitive meshes of two planes in contact.

    Parameters
    ----------
    substrate, film
        As for :func:`plane_mismatch`, with the same errors.
    contact
        A plane of the substrate and one of the film, or both as ``"(hkl)||(hkl)"``.
    symprec, **search
        As for :func:`plane_mismatch`.
    """
    crystals, planes = _read(substrate, film, symprec), as_planes(contact)
    areas = []
    for crystal, plane in zip(crystals, planes, strict=True):
        crystal.lattice.check(plane)
        primitive_volume = crystal.lattice.volume / len(crystal.symmetry.centrings)
        areas.append(primitive_volume / crystal.lattice_spacing(plane))
    return _mismatch("area", crystals, planes, areas, search)


def find_ratios(
    d_substrate: float,
    d_film: float,
    *,
    ratios: Iterable[tuple[int, int]] = (),
    max_multiple: int = 12,
    max_mismatch: float = 0.1,
    substrate_share: float = 0.0,
) -> tuple[Ratio, ...]:
    """Match m times one length with n times another.

    Parameters
    ----------
    d_substrate, d_film
        Positive lengths in Å, or areas in Å².
    ratios
        Ratios (m, n) to report; by default they are searched for.
    max_multiple
        Largest m and n of the search, up to 100 (12 by default).
    max_mismatch
        Largest absolute mismatch of the search (0.1 by default); 1:1 is always reported.
    substrate_share
        Share of the strain taken by the substrate, from 0 (the default: all strain in the film)
        to 1.

    Returns
    -------
    tuple of Ratio
        By rising m; those of a search have no common factor.

    Raises
    ------
    InvalidInput
        For numbers outside these ranges.
    """
    if not 0 <= substrate_share <= 1:
        raise InvalidInput(f"`substrate_share` is {substrate_share:g}; expected 0 to 1")
    pairs = sorted(set(ratios))
    for m, n in pairs:
        if m < 1 or n < 1:
            raise InvalidInput(f"ratio {m}:{n}: both numbers must be at least 1")
    if not pairs:
        if not 1 <= max_multiple <= LARGEST_MULTIPLE:
            raise InvalidInput(
                f"`max_multiple` is {max_multiple}; expected 1 to {LARGEST_MULTIPLE}"
            )
        if not max_mismatch >= 0:
            raise InvalidInput(f"`max_mismatch` is {max_mismatch:g}; expected 0 or more")
        span = range(1, max_multiple + 1)
        pairs = [
            (m, n)
            for m in span
            for n in span
            if gcd(m, n) == 1
            and (m == n or abs(m * d_substrate - n * d_film) <= max_mismatch * m * d_substrate)
        ]
    matched: list[Ratio] = []
    for m, n in pairs:
        a, b = m * d_substrate, n * d_film
        strain = (b - a) / (substrate_share * a + (1 - substrate_share) * b)
        mismatches = {name: definition.value(a, b) for name, definition in DEFINITIONS.items()}
        mismatch = mismatches["substrate"]
        matched.append(
            Ratio(
                m=m,
                n=n,
                mismatch=mismatch,
                mismatch_film_reference=mismatches["film"],
                mismatches=mismatches,
                period=a * (1 + substrate_share * strain),
                strain_substrate=substrate_share * strain + 0.0,
                strain_film=(substrate_share - 1) * strain + 0.0,  # no -0.0
                best_so_far=all(abs(mismatch) < abs(ratio.mismatch) for ratio in matched),
            )
        )
    return tuple(matched)


def _read(
    substrate: CrystalLike | CrystalLattice, film: CrystalLike | CrystalLattice, symprec: float
) -> tuple[CrystalLattice, CrystalLattice]:
    """Cell and space group of both crystals."""
    return read_lattice(substrate, symprec), read_lattice(film, symprec)


def _mismatch(
    quantity: Literal["spacing", "length", "area"],
    crystals: tuple[CrystalLattice, CrystalLattice],
    items: tuple[Plane, Plane] | tuple[Direction, Direction],
    values: list[float],
    search: RatioSearch,
    notes: Iterable[str] = (),
) -> Mismatch:
    """Compare two lengths or areas."""
    return Mismatch(
        quantity=quantity,
        substrate=f"{crystals[0].name} {items[0]}",
        film=f"{crystals[1].name} {items[1]}",
        d_substrate=values[0],
        d_film=values[1],
        substrate_share=float(search.get("substrate_share", 0.0)),
        definitions={name: definition.formula for name, definition in DEFINITIONS.items()},
        ratios=find_ratios(values[0], values[1], **search),
        notes=(*notes, *(crystal.note for crystal in crystals if crystal.note)),
    )
