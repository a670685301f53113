"""What the library says of its crystals: the listing, and the page of one crystal."""

from collections.abc import Iterable
from dataclasses import dataclass

from ionsmith.crystals.crystal import Crystal
from ionsmith.results import Result, Table


@dataclass(frozen=True)
class Entry(Result):
    """One line of the listing.

    Parameters
    ----------
    name, formula, family, title
        As :class:`~ionsmith.crystals.Crystal` has them.
    space_group_number, space_group_symbol
        Of the published setting.
    sites
        ``ordered``, ``disordered``, or ``cell only`` where no coordinates are published.
    data_class
        Whether measured, relaxed or a model.
    """

    name: str
    formula: str
    family: str
    space_group_number: int
    space_group_symbol: str
    sites: str
    data_class: str
    title: str


@dataclass(frozen=True)
class Listing(Result):
    """Crystals of the library, one line each.

    Parameters
    ----------
    crystals
        The lines, sorted by name.
    """

    crystals: tuple[Entry, ...]

    def tables(self) -> list[Table]:
        """Return the listing as a table."""
        headers = ["name", "formula", "space group", "family", "sites", "data"]
        rows = [
            [
                entry.name,
                entry.formula,
                f"{entry.space_group_symbol} ({entry.space_group_number})",
                entry.family,
                entry.sites,
                entry.data_class,
            ]
            for entry in self.crystals
        ]
        return [Table("", headers, rows)]


def listing(crystals: Iterable[Crystal]) -> Listing:
    """List crystals, one line each, in the order given."""
    return Listing(
        tuple(
            Entry(
                name=crystal.name,
                formula=crystal.formula,
                family=crystal.family,
                space_group_number=crystal.space_group_number,
                space_group_symbol=crystal.space_group_symbol,
                sites=occupation(crystal),
                data_class=crystal.data_class,
                title=crystal.title,
            )
            for crystal in crystals
        )
    )


def occupation(crystal: Crystal) -> str:
    """Say whether a crystal is ``ordered``, ``disordered``, or known by its ``cell only``."""
    if not crystal.has_coordinates:
        return "cell only"
    return "ordered" if crystal.is_ordered else "disordered"


@dataclass(frozen=True)
class CrystalPage(Result):
    """Everything that the library knows of one crystal.

    Parameters
    ----------
    crystal
        The record.
    sites
        ``ordered``, ``disordered`` or ``cell only``.
    volume
        Of the conventional cell, in Å³.
    density
        In g/cm³, from cell and occupancies; None without coordinates.
    composition
        Atoms of each element in the conventional cell; empty without coordinates.
    charge
        Sum of the formal charges in the conventional cell, in e; None where not all are known.
    confidence
        How far cell and coordinates can be trusted.
    """

    crystal: Crystal
    sites: str
    volume: float
    density: float | None
    composition: dict[str, float]
    charge: float | None
    confidence: str

    def tables(self) -> list[Table]:
        """Return the facts, then the sites, then notes and corrections."""
        tables = [Table(self.crystal.title, ["", ""], self._facts())]
        if self.crystal.sites:
            tables.append(self._site_table())
        remarks = [["note", self.crystal.notes]] if self.crystal.notes else []
        remarks += [["correction", text] for text in self.crystal.corrections]
        if remarks:
            tables.append(Table("", ["", ""], [[kind, _wrap(text)] for kind, text in remarks]))
        return tables

    def _facts(self) -> list[list[str]]:
        crystal = self.crystal
        a, b, c, alpha, beta, gamma = crystal.cellpar
        temperature = f"{crystal.temperature:g} K" if crystal.temperature is not None else ""
        facts = {
            "name": crystal.name,
            "also": ", ".join(crystal.aliases),
            "formula": f"{crystal.formula}, Z = {crystal.formula_units}",
            "family": crystal.family,
            "space group": f"{crystal.space_group_symbol} ({crystal.space_group_number}), "
            f"{crystal.setting}; Hall {crystal.hall_symbol}",
            "cell": f"{a:g}, {b:g}, {c:g} Å; {alpha:g}, {beta:g}, {gamma:g}°; {self.volume:.2f} Å³",
            "temperature": "; ".join(filter(None, [temperature, crystal.temperature_note])),
            "composition": " ".join(f"{e} {n:.6g}" for e, n in self.composition.items()),
            "charge": "" if self.charge is None else f"{self.charge:g} e per cell",
            "density": "" if self.density is None else f"{self.density:.4f} g/cm³",
            "density reported": ""
            if crystal.density_reported is None
            else f"{crystal.density_reported:g} g/cm³",
            "citation": crystal.citation,
            "doi": crystal.doi or "",
            "data": f"{self.sites}; {crystal.data_class}",
            "confidence": self.confidence,
            "read in": crystal.read_in,
            "data base": crystal.database,
        }
        return [[name, _wrap(text)] for name, text in facts.items() if text]

    def _site_table(self) -> Table:
        headers = ["site", "Wyckoff", "x", "y", "z", "occupancy", "Uiso (Å²)"]
        rows = []
        for site in self.crystal.sites:
            held = ", ".join(
                f"{element}{site.oxidation.get(element, 0):+g} {value:.4g}"
                if element in site.oxidation
                else f"{element} {value:.4g}"
                for element, value in site.occupancy.items()
            )
            position = [f"{value:.5f}" for value in site.position]
            rows.append([site.label, site.wyckoff, *position, held, site.u_iso])
        return Table("", headers, rows)


def page(crystal: Crystal) -> CrystalPage:
    """Collect what the library knows of one crystal."""
    known = crystal.has_coordinates
    return CrystalPage(
        crystal=crystal,
        sites=occupation(crystal),
        volume=crystal.volume,
        density=crystal.density if known else None,
        composition=crystal.composition() if known else {},
        charge=crystal.charge,
        confidence=crystal.confidence,
    )


def _wrap(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, 80))
