"""Read the CIFs of the library, with the checks that a record must pass."""

import re
from pathlib import Path

import gemmi
import numpy as np

from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.sites import Site
from ionsmith.errors import UnreadableFile

SAME_SITE = 1e-4
"""Difference of fractional coordinates below which two rows are one mixed site."""


def read_crystal(path: Path) -> Crystal:
    """Read one CIF of the library.

    Parameters
    ----------
    path
        A file with standard CIF items and the library's own ``_ionsmith_*`` items.

    Raises
    ------
    UnreadableFile
        If the file is not a CIF, an item is missing, or cell, occupancies and symmetry contradict
        each other.
    """
    try:
        block = gemmi.cif.read(str(path)).sole_block()
    except (ValueError, RuntimeError, OSError) as error:
        raise UnreadableFile(f"{path.name}: not a CIF with one block ({error})") from error
    try:
        return _crystal(block)
    except ValueError as error:
        raise UnreadableFile(f"{path.name}: {error}") from error


def _crystal(block: gemmi.cif.Block) -> Crystal:
    """Crystal of a CIF block."""
    hall = _text(block, "_space_group_name_Hall")
    group = gemmi.find_spacegroup_by_ops(gemmi.symops_from_hall(hall))
    number = int(_number(block, "_space_group_IT_number"))
    if group is None or group.number != number:
        raise ValueError(f"Hall symbol {hall!r} is not one of space group {number}")
    cellpar = tuple(
        _number(block, f"_cell_{item}")
        for item in ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
    )
    if not gemmi.UnitCell(*cellpar).is_compatible_with_spacegroup(group):
        raise ValueError(f"the cell does not fit {_short_symbol(group)}")
    return Crystal(
        name=_text(block, "_ionsmith_name"),
        aliases=tuple(map(_plain, block.find_values("_ionsmith_alias"))),
        title=_text(block, "_ionsmith_title"),
        formula=_text(block, "_chemical_formula_structural"),
        family=_text(block, "_ionsmith_family"),
        space_group_number=number,
        space_group_symbol=_short_symbol(group),
        hall_symbol=hall,
        setting=_text(block, "_ionsmith_setting"),
        cellpar=cellpar,  # type: ignore[arg-type]
        formula_units=int(_number(block, "_cell_formula_units_Z")),
        sites=_sites(block),
        temperature=_optional_number(block, "_cell_measurement_temperature"),
        temperature_note=_optional(block, "_ionsmith_temperature_note"),
        citation=_citation(block),
        doi=_optional(block, "_journal_paper_doi") or None,
        data_class=_text(block, "_ionsmith_data_class"),
        confidence_cell=_text(block, "_ionsmith_confidence_cell"),
        confidence_coordinates=_optional(block, "_ionsmith_confidence_coordinates") or None,
        read_in=_optional(block, "_ionsmith_read_in"),
        database=_optional(block, "_ionsmith_database"),
        density_reported=_optional_number(block, "_ionsmith_density_reported"),
        notes=_optional(block, "_ionsmith_notes"),
        corrections=tuple(map(_plain, block.find_values("_ionsmith_correction"))),
        answers_to_formula=_text(block, "_ionsmith_answers_to_formula") == "yes",
    )


def _sites(block: gemmi.cif.Block) -> tuple[Site, ...]:
    """Sites in the order of the file; rows that share a position become one site."""
    charges = {
        row[0]: float(row[1])
        for row in block.find(["_atom_type_symbol", "_atom_type_oxidation_number"])
    }
    tags = "label type_symbol site_symmetry_multiplicity Wyckoff_symbol fract_x fract_y fract_z"
    table = block.find("_atom_site_", [*tags.split(), "occupancy", "?U_iso_or_equiv"])
    sites: list[Site] = []
    for row in table:
        label, element, multiplicity, letter = (row[i] for i in range(4))
        x, y, z, occupancy = (float(row[i]) for i in range(4, 8))
        u_iso = float(row[8]) if row.has(8) and row[8] not in "?." else None
        charge = {element: charges[element]} if element in charges else {}
        for index, other in enumerate(sites):
            if np.abs(np.subtract(other.position, (x, y, z))).max() < SAME_SITE:
                if element in other.occupancy:
                    raise ValueError(f"site {label} repeats {element} of {other.label}")
                sites[index] = Site(
                    other.label,
                    other.wyckoff,
                    other.position,
                    {**other.occupancy, element: occupancy},
                    {**other.oxidation, **charge},
                    other.u_iso,
                )
                break
        else:
            wyckoff = f"{multiplicity}{letter}"
            sites.append(Site(label, wyckoff, (x, y, z), {element: occupancy}, charge, u_iso))
    for site in sites:
        if min(site.occupancy.values()) <= 0 or sum(site.occupancy.values()) > 1 + 1e-6:
            raise ValueError(f"site {site.label}: occupancies {site.occupancy} are not in (0, 1]")
    if len({site.label for site in sites}) != len(sites):
        raise ValueError("two sites have the same label")
    return tuple(sites)


def _citation(block: gemmi.cif.Block) -> str:
    """One line: authors, journal volume (year) pages."""
    authors = []
    for text in map(_plain, block.find_values("_publ_author_name")):
        family, _, given = text.partition(", ")
        authors.append(f"{given} {family}".strip())
    who = ", ".join(authors) if len(authors) < 4 else f"{authors[0]} et al."
    journal, year = _text(block, "_journal_name_full"), _optional(block, "_journal_year")
    where = " ".join(filter(None, [journal, _optional(block, "_journal_volume")]))
    first, last = (_optional(block, f"_journal_page_{end}") for end in ("first", "last"))
    pages = "-".join(filter(None, [first, last]))
    return ", ".join(
        filter(None, [who, " ".join(filter(None, [where, year and f"({year})", pages]))])
    )


def _short_symbol(group: gemmi.SpaceGroup) -> str:
    """Short symbol with screw axes as subscripts: ``P2_1/c``, ``R-3c``, ``P3_221``."""
    parts = group.hm.split()
    if group.crystal_system_str() == "monoclinic":
        parts = [part for part in parts if part != "1"]
    return "".join(re.sub(r"^([2346])([1-5])", r"\1_\2", part) for part in parts)


def _plain(value: str) -> str:
    """Text of a CIF value in one line."""
    return " ".join(gemmi.cif.as_string(value).split())


def _optional(block: gemmi.cif.Block, tag: str) -> str:
    """Text of an item, empty where there is none."""
    value = block.find_value(tag)
    return "" if value is None or gemmi.cif.is_null(value) else _plain(value)


def _text(block: gemmi.cif.Block, tag: str) -> str:
    """Text of an item that must be there."""
    value = _optional(block, tag)
    if not value:
        raise ValueError(f"{tag} is missing")
    return value


def _optional_number(block: gemmi.cif.Block, tag: str) -> float | None:
    """Number of an item, None where there is none."""
    text = _optional(block, tag)
    return float(gemmi.cif.as_number(text)) if text else None


def _number(block: gemmi.cif.Block, tag: str) -> float:
    """Number of an item that must be there."""
    return float(gemmi.cif.as_number(_text(block, tag)))
