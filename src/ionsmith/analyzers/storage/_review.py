"""The tables of a review of alloy anodes, compared with the crystals.

C. Li et al., Energy Mater. 2, 200020 (2022), doi:10.20517/energymater.2022.24, list capacity per
gram, capacity per volume and expansion of Si, Ge, Sn and Sb with Li (table 1) and Na (table 2).
Each value is compared with that of the crystal. If the two disagree, all phases of the system are
searched for one that matches the value: as an expansion or a ratio V/V0, relative to either form of
the host, per volume of host or product. Several interpretations may match, some by coincidence; the
search lists what may have been meant.
"""

from dataclasses import dataclass
from functools import cache

from ionsmith.analyzers.storage._material import Material, crystal_material, read_material
from ionsmith.analyzers.storage._records import StoredPhase
from ionsmith.analyzers.storage._storage import Storage, storage, stored
from ionsmith.crystals.alloy_systems import GUESTS, AlloySystem, path
from ionsmith.results import Table

SAME_CAPACITY = 0.2
"""Tolerance in percent for capacities per gram, which follow from x alone."""

SAME_VOLUME = 2.5
"""Tolerance in percent for volumes of the same phase. Measured cells of Li15Si4 differ by 1.7 %
(a = 10.63 to 10.69 Å), and relaxed cells from measured ones by up to 4 %."""

MASS, VOLUME, SWELLING = "capacity_host_mAh_g", "capacity_product_mAh_cm3", "expansion_percent"

REVIEW = (
    (1, "li22si5", {MASS: 4200.0, VOLUME: 2190.0, SWELLING: 300.0}),
    (1, "li22ge5", {MASS: 1624.0, VOLUME: 2180.0, SWELLING: 370.0}),
    (1, "li22sn5", {MASS: 994.0, VOLUME: 1991.0, SWELLING: 340.0}),
    (1, "li3sb", {MASS: 660.0, VOLUME: 1889.0, SWELLING: 200.0}),
    (2, "nasi", {MASS: 954.0, VOLUME: 2190.0, SWELLING: 244.0}),
    (2, "nage", {MASS: 369.0, VOLUME: 2180.0, SWELLING: 300.0}),
    (2, "na15sn4", {MASS: 847.0, VOLUME: 1991.0, SWELLING: 525.0}),
    (2, "na3sb", {MASS: 660.0, VOLUME: 1889.0, SWELLING: 390.0}),
)
"""Table, product and values of the review; table 2 repeats the volumes of table 1."""

AT_LEAST = {("li22si5", SWELLING), ("nasi", SWELLING)}
"""Values that the review prints as lower bounds."""

NOTES = (
    "a phase in the last column may have been meant: its volume would have to change by the "
    "percentage in parentheses to match the value",
    "the review also gives about 300 % for amorphous Na1.6Ge: its value for NaGe is V/V0 of that "
    "glass if each Na takes up the same volume as in crystalline NaGe",
)

UNITS = {
    "capacity_host_mAh_g": "mAh/g of host",
    "capacity_product_mAh_g": "mAh/g of product",
    "capacity_host_mAh_cm3": "mAh/cm³ of host",
    "capacity_product_mAh_cm3": "mAh/cm³ of product",
    "expansion_percent": "% expansion",
    "volume_ratio_percent": "% V/V0",
}

_KINDS = {
    MASS: ("capacity_host_mAh_g", "capacity_product_mAh_g"),
    VOLUME: ("capacity_product_mAh_cm3", "capacity_host_mAh_cm3"),
    SWELLING: ("expansion_percent", "volume_ratio_percent"),
}
_RATIOS = {"expansion_percent": 1, "volume_ratio_percent": 0}
_ON_REFERENCE = {*_RATIOS, "capacity_host_mAh_cm3"}


@dataclass(frozen=True)
class Reading:
    """A possible interpretation of a value.

    Parameters
    ----------
    phase
        Name of the phase.
    quantity
        The quantity, a key of :data:`UNITS`.
    reference
        Phase with the volume V0; None if it does not matter.
    value
        Value of the crystal.
    deviation_percent
        Percentage by which the volume per host atom (for capacities per gram, the mass) would have
        to be larger to match.
    """

    phase: str
    quantity: str
    reference: str | None
    value: float
    deviation_percent: float

    def __str__(self) -> str:
        size = f"(volume {self.deviation_percent:+.1f} %)"
        if self.quantity in _RATIOS:
            name = "V/V0" if self.quantity == "volume_ratio_percent" else "expansion"
            return f"{name} of {self.phase}, {self.value:.1f} % against {self.reference} {size}"
        return f"{self.phase}, {self.value:.0f} {UNITS[self.quantity]} {size}"


@dataclass(frozen=True)
class Claim:
    """A value of the review and that of the crystal.

    Parameters
    ----------
    table
        Table of the review.
    phase
        Product named by the review.
    quantity
        The quantity, a key of :data:`UNITS`.
    review
        Value in the review.
    at_least
        Whether the review gives a lower bound.
    value
        Value of the crystal.
    as_stated
        Whether the two agree.
    readings
        Other interpretations that match the value, the likeliest first.
    meaning
        What the value of the review is, in words.
    """

    table: int
    phase: str
    quantity: str
    review: float
    at_least: bool
    value: float
    as_stated: bool
    readings: tuple[Reading, ...]
    meaning: str


@dataclass(frozen=True)
class ReviewedStorage(Storage):
    """Capacities and expansion of the products of the review, and its values.

    Parameters
    ----------
    claims
        Values of the review, table by table.
    """

    claims: tuple[Claim, ...]

    def tables(self) -> list[Table]:
        """Return the values of the review, then those of the crystals."""
        headers = (
            "table",
            "phase",
            "quantity",
            "review",
            "crystal",
            "value of the review is",
        )
        rows = [
            (
                claim.table,
                claim.phase,
                UNITS[claim.quantity],
                f"{'>' if claim.at_least else ''}{claim.review:g}",
                f"{claim.value:.1f}",
                claim.meaning,
            )
            for claim in self.claims
        ]
        title = "Li et al., Energy Mater. 2, 200020 (2022), tables 1 and 2"
        return [Table(title, headers, rows), *super().tables()]


def review() -> ReviewedStorage:
    """Compare every value of the review's two tables with the crystals.

    Returns
    -------
    ReviewedStorage
        The eight products, and what each value of the review is.
    """
    materials = [read_material(phase) for _, phase, _ in REVIEW]
    result = storage(materials)
    claims = tuple(
        _claim(table, material, phase, quantity, value)
        for (table, _, values), material, phase in zip(
            REVIEW, materials, result.phases, strict=True
        )
        for quantity, value in values.items()
    )
    return ReviewedStorage(result.phases, result.hull, (*NOTES, *result.notes), claims)


def readings(material: Material, quantity: str, figure: float) -> list[Reading]:
    """All interpretations of a value in a system of alloys, the likeliest first."""
    limit = _limit(quantity)
    ranked = []
    for place, reference in enumerate(_path(material.host, None)):
        for other in _path(material.host, material.guest):
            candidate = stored(other, reference)
            for likeness, kind in enumerate(_KINDS[quantity]):
                if place and kind not in _ON_REFERENCE:
                    continue  # does not depend on the reference
                reading = _reading(candidate, kind, figure)
                off = abs(reading.deviation_percent)
                rank = (other.name != material.name, likeness, place, off)
                ranked.append(((0, *rank) if off <= limit else (1, False, 0, 0, off), reading))
    ranked.sort(key=lambda item: item[0])
    return [reading for _, reading in ranked]


def _reading(phase: StoredPhase, kind: str, figure: float) -> Reading:
    """Compare a value with one quantity of a phase."""
    if kind in _RATIOS:
        unity = _RATIOS[kind]
        value = 100 * (phase.volume_ratio - unity)
        factor = (figure / 100 + unity) / phase.volume_ratio
    else:
        value = getattr(phase, kind)
        factor = value / figure
    reference = phase.reference if kind in _ON_REFERENCE else None
    return Reading(phase.phase, kind, reference, value, 100 * (factor - 1))


def _claim(
    table: int, material: Material, phase: StoredPhase, quantity: str, figure: float
) -> Claim:
    """Compare a value of the review with the crystal, and interpret it if they disagree."""
    at_least = (phase.phase, quantity) in AT_LEAST
    own = _reading(phase, quantity, figure)
    as_stated = abs(own.deviation_percent) <= _limit(quantity) or (at_least and own.value > figure)
    matching: tuple[Reading, ...] = ()
    meaning = "as stated"
    if not as_stated:
        again = table == 2 and quantity == VOLUME
        ranked = readings(_with_lithium(material) if again else material, quantity, figure)
        fits = [item for item in ranked if abs(item.deviation_percent) <= _limit(quantity)]
        several = again or (fits and fits[0].phase != material.name)
        matching = tuple(fits[: 2 if several else 1])
        meaning = " or ".join(map(str, matching))
        if not matching:
            meaning = f"none; nearest {ranked[0]}; {_as_content(material, phase, figure)}"
        if again:
            meaning = f"table 1 again: {meaning}"
    return Claim(
        table, phase.phase, quantity, figure, at_least, own.value, as_stated, matching, meaning
    )


def _with_lithium(material: Material) -> Material:
    """Product of table 1 with the same host."""
    products = [read_material(phase) for table, phase, _ in REVIEW if table == 1]
    return next(product for product in products if product.host == material.host)


def _as_content(material: Material, phase: StoredPhase, figure: float) -> str:
    """Content x at which V/V0 matches the value, if each guest takes the same volume as here."""
    before = phase.volume_per_host / phase.volume_ratio
    each = (phase.volume_per_host - before) / phase.x
    x = before * (figure / 100 - 1) / each
    return (
        f"V/V0 of {material.guest}{x:.2f}{material.host} at {each:.1f} Å³ per {material.guest} "
        f"as in {phase.phase}"
    )


def _limit(quantity: str) -> float:
    """Tolerance in percent of a quantity."""
    return SAME_CAPACITY if quantity == MASS else SAME_VOLUME


@cache
def _path(host: str, guest: str | None) -> tuple[Material, ...]:
    """Alloys of a host with a guest; without a guest the forms of the host, stable first."""
    crystals = path(AlloySystem(guest or GUESTS[0], host))
    materials = [crystal_material(crystal) for crystal in crystals]
    return tuple(material for material in materials if material.guest == guest)
