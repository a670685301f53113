"""The tables of a review of alloy anodes, beside what the crystals give.

C. Li et al., Energy Mater. 2, 200020 (2022), doi:10.20517/energymater.2022.24, list capacity per
gram, capacity per volume and expansion of Si, Ge, Sn and Sb with Li (table 1) and Na (table 2).
Each figure is compared with that of the crystal. Where the two disagree, all phases of the system
are searched for one that gives the figure: as an expansion or a ratio V/V0, on either form of the
element, per volume of host or product. Several readings may fit, some by chance: the search says
what could have been meant.
"""

from dataclasses import dataclass
from functools import cache

from ionsmith.analyzers.storage._materials import Material, crystal_material, read_material
from ionsmith.analyzers.storage._storage import Storage, StoredPhase, storage, stored
from ionsmith.crystals.alloy_systems import GUESTS, AlloySystem, path
from ionsmith.results import Table

SAME_CAPACITY = 0.2
"""Per cent by which capacities per gram may differ and be the same: they follow from x alone."""

SAME_VOLUME = 2.5
"""Per cent by which volumes may differ and be those of one phase. Measured cells of Li15Si4 differ
by 1.7 % (a = 10.63 to 10.69 Å), and relaxed cells from measured ones by up to 4 %."""

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
"""Table, product and figures of the review; the volumes of table 2 are those of table 1 again."""

AT_LEAST = {("li22si5", SWELLING), ("nasi", SWELLING)}
"""Figures that the review prints with a > before them."""

NOTES = (
    "a phase in the last column is one that could have been meant: its volume would have to change "
    "by what stands in brackets to give the figure",
    "the review gives about 300 % for amorphous Na1.6Ge as well: its figure for NaGe is V/V0 of "
    "that glass, if each Na takes the volume there that it takes in crystalline NaGe",
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
    """Something that a figure could be.

    Parameters
    ----------
    phase
        Of which phase.
    quantity
        Key of :data:`UNITS`.
    reference
        Phase that V0 is of; None where it does not matter.
    value
        What the crystals give.
    deviation_percent
        How much larger the volume per host atom (for capacities per gram, the mass) would have to
        be to give the figure.
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
    """A figure of the review beside that of the crystal.

    Parameters
    ----------
    table
        Number of the review's table.
    phase
        Product that the review names.
    quantity
        Key of :data:`UNITS`.
    review
        What the review says.
    at_least
        Whether it says "more than".
    value
        What the crystal gives.
    as_stated
        Whether the two agree.
    readings
        What else gives the figure, the likeliest first; empty where nothing does or need be.
    meaning
        What the figure of the review is, in words.
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
    """What the products of the review store, and what its figures are.

    Parameters
    ----------
    claims
        Figures of the review, table by table.
    """

    claims: tuple[Claim, ...]

    def tables(self) -> list[Table]:
        """Return the figures of the review, then what the crystals give."""
        headers = ("table", "phase", "quantity", "review", "crystal", "what the review's figure is")
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
    """Compare every figure of the review's two tables with the crystals."""
    materials = [read_material(phase) for _, phase, _ in REVIEW]
    found = storage(materials)
    notes = (*NOTES, *found.notes)
    claims = tuple(
        _claim(table, material, one, quantity, figure)
        for (table, _, figures), material, one in zip(REVIEW, materials, found.phases, strict=True)
        for quantity, figure in figures.items()
    )
    return ReviewedStorage(found.phases, found.hull, notes, claims)


def readings(material: Material, quantity: str, figure: float) -> list[Reading]:
    """Everything in a system of alloys that a figure could be, the likeliest first."""
    limit = _limit(quantity)
    ranked = []
    for place, reference in enumerate(_path(material.host, None)):
        for other in _path(material.host, material.guest):
            one = stored(other, reference)
            for likeness, kind in enumerate(_KINDS[quantity]):
                if place and kind not in _ON_REFERENCE:
                    continue  # the same as on the first reference
                reading = _reading(one, kind, figure)
                off = abs(reading.deviation_percent)
                rank = (other.name != material.name, likeness, place, off)
                ranked.append(((0, *rank) if off <= limit else (1, False, 0, 0, off), reading))
    ranked.sort(key=lambda item: item[0])
    return [reading for _, reading in ranked]


def _reading(one: StoredPhase, kind: str, figure: float) -> Reading:
    if kind in _RATIOS:
        unity = _RATIOS[kind]
        value = 100 * (one.volume_ratio - unity)
        factor = (figure / 100 + unity) / one.volume_ratio
    else:
        value = getattr(one, kind)
        factor = value / figure
    reference = one.reference if kind in _ON_REFERENCE else None
    return Reading(one.phase, kind, reference, value, 100 * (factor - 1))


def _claim(table: int, material: Material, one: StoredPhase, quantity: str, figure: float) -> Claim:
    at_least = (one.phase, quantity) in AT_LEAST
    own = _reading(one, quantity, figure)
    as_stated = abs(own.deviation_percent) <= _limit(quantity) or (at_least and own.value > figure)
    found: tuple[Reading, ...] = ()
    meaning = "as stated"
    if not as_stated:
        again = table == 2 and quantity == VOLUME
        ranked = readings(_with_lithium(material) if again else material, quantity, figure)
        fits = [one for one in ranked if abs(one.deviation_percent) <= _limit(quantity)]
        found = tuple(fits[:2] if again or (fits and fits[0].phase != material.name) else fits[:1])
        meaning = " or ".join(map(str, found))
        if not found:
            meaning = f"none; nearest {ranked[0]}; {_as_content(material, one, figure)}"
        if again:
            meaning = f"table 1 again: {meaning}"
    return Claim(table, one.phase, quantity, figure, at_least, own.value, as_stated, found, meaning)


def _with_lithium(material: Material) -> Material:
    """Product of table 1 with the same host."""
    products = [read_material(phase) for table, phase, _ in REVIEW if table == 1]
    return next(product for product in products if product.host == material.host)


def _as_content(material: Material, one: StoredPhase, figure: float) -> str:
    """Say at which x the ratio V/V0 would be the figure, if each guest takes what it takes here."""
    before = one.volume_per_host / one.volume_ratio
    each = (one.volume_per_host - before) / one.x
    x = before * (figure / 100 - 1) / each
    return (
        f"V/V0 of {material.guest}{x:.2f}{material.host} at {each:.1f} Å³ a {material.guest} "
        f"as in {one.phase}"
    )


def _limit(quantity: str) -> float:
    return SAME_CAPACITY if quantity == MASS else SAME_VOLUME


@cache
def _path(host: str, guest: str | None) -> tuple[Material, ...]:
    """Alloys of a host with a guest; without a guest the forms of the element, the stable first."""
    crystals = path(AlloySystem(guest or GUESTS[0], host))
    materials = [crystal_material(crystal) for crystal in crystals]
    return tuple(material for material in materials if material.guest == guest)
