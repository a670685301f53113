"""The listing of the library, and the page of one crystal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ionsmith.crystals.crystal import Crystal
from ionsmith.results import Result, Table

Occupation = Literal["ordered", "disordered", "cell only"]
"""Whether the sites are ordered or partly occupied, or only the cell is published."""


@dataclass(frozen=True)
class Entry(Result):
    """One line of the listing.

    Parameters
    ----------
    name
        short name
    formula
        formula as chemists write it
    family
        family of phases
    space_group_number, space_group_symbol
        space group of the published setting
    sites
        whether the sites are ordered or partly occupied, or only the cell is published
    data_class
        whether the crystal was measured, relaxed or modelled
    title
        one line of description
    """

    name: str
    formula: str
    family: str
    space_group_number: int
    space_group_symbol: str
    sites: Occupation
    data_class: str
    title: str


@dataclass(frozen=True)
class Listing(Result):
    """Crystals of the library, one line each.

    Parameters
    ----------
    crystals
        the crystals, in the order given
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


def occupation(crystal: Crystal) -> Occupation:
    """Whether a crystal is ordered or partly occupied, or only its cell is published."""
    if not crystal.has_coordinates:
        return "cell only"
    return "ordered" if crystal.is_ordered else "disordered"


@dataclass(frozen=True)
class CrystalPage(Result):
    """Everything that the library holds on one crystal.

    Parameters
    ----------
    crystal
        the record
    sites
        whether the sites are ordered or partly occupied, or only the cell is published
    volume
        volume of the conventional cell, in Å³
    density
        density from cell and occupancies, in g/cm³; null without coordinates
    composition
        atoms of each element in the conventional cell; empty without coordinates
    charge
        sum of the formal charges in the conventional cell, in e; null if not all are known
    confidence
        how reliable cell and coordinates are
    """

    crystal: Crystal
    sites: Occupation
    volume: float
    density: float | None
    composition: dict[str, float]
    charge: float | None
    confidence: str

    def tables(self) -> list[Table]:
        """Return the record, the sites, and notes and corrections."""
        tables = [Table(self.crystal.title, ["", ""], self._facts())]
        if self.crystal.sites:
            tables.append(self._site_table())
        remarks = [["note", self.crystal.notes]] if self.crystal.notes else []
        remarks += [["correction", text] for text in self.crystal.corrections]
        if remarks:
            tables.append(Table("", ["", ""], [[kind, _wrap(text)] for kind, text in remarks]))
        return tables

    def _facts(self) -> list[list[str]]:
        """Rows of the main table."""
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
        """Positions and occupancies of the sites."""
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
    """Collect what the library holds on one crystal."""
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
    """Break a text into lines."""
    import textwrap

    return "\n".join(textwrap.wrap(text, 80))
