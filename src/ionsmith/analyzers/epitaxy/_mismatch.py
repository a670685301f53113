"""Mismatch of two crystals along parallel planes, directions or meshes.

The mismatch of m substrate spacings with n film spacings is ::

    (m d_sub - n d_film) / (m d_sub)

positive where the film is too short. The literature writes it in other ways, which differ in sign
and denominator; :data:`DEFINITIONS` holds them by name, and every ratio is reported in all of them.
The 1:1 value is the raw mismatch, the others are domain-matched.

Coherent crystals share a period L between m d_sub and n d_film. With the share p of the strain
taken by the substrate, ``L = A B / (p A + (1 - p) B)`` for ``A = m d_sub`` and ``B = n d_film``:
the substrate is strained by ``p e`` and the film by ``-(1 - p) e``, so that p = 1/2 strains both
alike, and p = 0 leaves the substrate as it is (L = A).

References
----------
J. W. Matthews, J. Vac. Sci. Technol. 12, 126 (1975), doi:10.1116/1.568741 (strain of the film);
J. Narayan and B. C. Larson, J. Appl. Phys. 93, 278 (2003), doi:10.1063/1.1528301 (domain matching).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import gcd
from typing import Any

from ionsmith.errors import InvalidInput
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.results import Result, Table

LARGEST_MULTIPLE = 100
"""Largest m or n that a search goes up to."""


@dataclass(frozen=True)
class Definition:
    """One way to write a mismatch.

    Parameters
    ----------
    formula
        As text, in m, n, d_sub and d_film.
    value
        The same of A = m d_sub and B = n d_film.
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
"""Mismatches by the name of their reference; ``substrate`` is the one that ionsmith means."""


@dataclass(frozen=True)
class Ratio:
    """m substrate spacings against n film spacings.

    Parameters
    ----------
    m, n
        The two numbers.
    mismatch
        (m d_sub - n d_film) / (m d_sub).
    mismatch_film_reference
        (n d_film - m d_sub) / (n d_film).
    mismatches
        The mismatch by every name in :data:`DEFINITIONS`.
    period
        Common period in Å (for meshes, common area in Å²).
    strain_substrate, strain_film
        What each side is strained by to share that period.
    best_so_far
        Whether no smaller m (or, with the same m, n) matches as well.
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
    """How two crystals fit along one parallel pair.

    Parameters
    ----------
    quantity
        ``"spacing"`` of planes, ``"length"`` of directions, or ``"area"`` of plane meshes.
    substrate, film
        The crystals and their indices, as text.
    d_substrate, d_film
        What is compared, in Å (areas in Å²). Called ``length_…`` and ``area_…`` in
        :meth:`to_dict` where they are none.
    substrate_share
        Part of the strain that the substrate takes, 0 to 1.
    definitions
        Formula of each mismatch, by name.
    ratios
        By rising m.
    notes
        What else there is to know, one line each.
    """

    quantity: str
    substrate: str
    film: str
    d_substrate: float
    d_film: float
    substrate_share: float
    definitions: dict[str, str]
    ratios: tuple[Ratio, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values, lengths and areas under their own names."""
        prefix = "d" if self.quantity == "spacing" else self.quantity
        return {
            f"{prefix}_{key.removeprefix('d_')}" if key.startswith("d_") else key: value
            for key, value in super().to_dict().items()
        }

    def tables(self) -> list[Table]:
        """Return the ratios, and the notes below them."""
        unit = "Å²" if self.quantity == "area" else "Å"
        title = (
            f"{self.substrate} || {self.film}: {self.quantity} {self.d_substrate:.4f} || "
            f"{self.d_film:.4f} {unit}\nthe substrate takes {self.substrate_share:.0%} of the "
            "strain; * marks a ratio that no shorter one matches as well as"
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
        found = [Table(title, headers, rows)]
        if self.notes:
            found.append(Table("", ("note",), [(note,) for note in self.notes]))
        return found


def plane_mismatch(
    substrate: CrystalLattice, film: CrystalLattice, planes: tuple[Plane, Plane], **options: Any
) -> Mismatch:
    """Compare the spacings d(hkl) of two planes, as written.

    Parameters
    ----------
    substrate, film
        The two crystals.
    planes
        One plane of each, the substrate's first.
    **options
        As :func:`ratios` takes them.

    Raises
    ------
    InvalidIndices
        For four indices on axes that are not hexagonal.
    InvalidInput
        For ratios, bounds or shares that make no sense.

    Examples
    --------
    >>> from ionsmith.analyzers.epitaxy import plane_mismatch
    >>> from ionsmith.lattice.miller import parse_planes
    >>> from ionsmith.crystals.conversion import read_lattice
    >>> planes = parse_planes("(1,2,-1)||(2,-1,0)")
    >>> mismatch = plane_mismatch(read_lattice("lib:nh4vo3"), read_lattice("lib:nvp"), planes)
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
    lengths, notes = [], []
    for crystal, plane in zip((substrate, film), planes, strict=True):
        crystal.lattice.check(plane)
        lengths.append(float(crystal.lattice.d_spacing(plane.indices)))
        reason = crystal.symmetry.absence_reason(plane.indices)
        if reason is not None:
            notes.append(f"{plane} of {crystal.name} is a forbidden reflection: {reason}")
    return _compare("spacing", substrate, film, planes, lengths, notes, options)


def direction_mismatch(
    substrate: CrystalLattice,
    film: CrystalLattice,
    directions: tuple[Direction, Direction],
    **options: Any,
) -> Mismatch:
    """Compare the shortest lattice vectors along two directions.

    Parameters and errors are those of :func:`plane_mismatch`.
    """
    lengths = []
    for crystal, direction in zip((substrate, film), directions, strict=True):
        crystal.lattice.check(direction)
        lengths.append(crystal.period(direction))
    return _compare("length", substrate, film, directions, lengths, [], options)


def area_mismatch(
    substrate: CrystalLattice, film: CrystalLattice, planes: tuple[Plane, Plane], **options: Any
) -> Mismatch:
    """Compare the areas of the primitive meshes of two planes.

    Parameters and errors are those of :func:`plane_mismatch`.
    """
    areas = []
    for crystal, plane in zip((substrate, film), planes, strict=True):
        crystal.lattice.check(plane)
        primitive_volume = crystal.lattice.volume / len(crystal.symmetry.centrings)
        areas.append(primitive_volume / crystal.lattice_spacing(plane))
    return _compare("area", substrate, film, planes, areas, [], options)


def ratios(
    d_substrate: float,
    d_film: float,
    *,
    chosen: Iterable[tuple[int, int]] = (),
    max_multiple: int = 12,
    max_mismatch: float = 0.1,
    substrate_share: float = 0.0,
) -> tuple[Ratio, ...]:
    """Match multiples of two lengths.

    Parameters
    ----------
    d_substrate, d_film
        Positive lengths in Å, or areas in Å².
    chosen
        Ratios (m, n) to report; without any, a search is made.
    max_multiple
        Largest m and n of the search.
    max_mismatch
        Largest absolute mismatch that the search reports; 1:1 is reported in any case.
    substrate_share
        Part of the strain that the substrate takes, 0 (all in the film, the default) to 1.

    Returns
    -------
    tuple of Ratio
        By rising m, without common factors where they were searched for.

    Raises
    ------
    InvalidInput
        For numbers outside these ranges.
    """
    if not 0 <= substrate_share <= 1:
        raise InvalidInput(
            f"the substrate's share of the strain is between 0 and 1, not {substrate_share:g}"
        )
    pairs = sorted(set(chosen))
    for m, n in pairs:
        if m < 1 or n < 1:
            raise InvalidInput(f"{m}:{n}: both numbers of a ratio must be at least 1")
    if not pairs:
        if not 1 <= max_multiple <= LARGEST_MULTIPLE:
            raise InvalidInput(
                f"the largest multiple is between 1 and {LARGEST_MULTIPLE}, not {max_multiple}"
            )
        if not max_mismatch >= 0:
            raise InvalidInput(f"the largest mismatch cannot be {max_mismatch:g}")
        span = range(1, max_multiple + 1)
        pairs = [
            (m, n)
            for m in span
            for n in span
            if gcd(m, n) == 1
            and (m == n or abs(m * d_substrate - n * d_film) <= max_mismatch * m * d_substrate)
        ]
    found: list[Ratio] = []
    for m, n in pairs:
        a, b = m * d_substrate, n * d_film
        strain = (b - a) / (substrate_share * a + (1 - substrate_share) * b)
        values = {name: rule.value(a, b) for name, rule in DEFINITIONS.items()}
        found.append(
            Ratio(
                m=m,
                n=n,
                mismatch=values["substrate"],
                mismatch_film_reference=values["film"],
                mismatches=values,
                period=a * (1 + substrate_share * strain),
                strain_substrate=substrate_share * strain + 0.0,
                strain_film=(substrate_share - 1) * strain + 0.0,  # no -0.0
                best_so_far=all(abs(values["substrate"]) < abs(r.mismatch) for r in found),
            )
        )
    return tuple(found)


def _compare(
    quantity: str,
    substrate: CrystalLattice,
    film: CrystalLattice,
    items: tuple[Plane, Plane] | tuple[Direction, Direction],
    values: list[float],
    notes: list[str],
    options: dict[str, Any],
) -> Mismatch:
    return Mismatch(
        quantity=quantity,
        substrate=f"{substrate.name} {items[0]}",
        film=f"{film.name} {items[1]}",
        d_substrate=values[0],
        d_film=values[1],
        substrate_share=float(options.get("substrate_share", 0.0)),
        definitions={name: rule.formula for name, rule in DEFINITIONS.items()},
        ratios=ratios(values[0], values[1], **options),
        notes=tuple(notes),
    )
