"""Read the CIFs of the library, with the checks that a record must pass."""

import re
from pathlib import Path

import gemmi

from ionsmith.crystals.cif import number, read_blocks, read_record, text
from ionsmith.crystals.crystal import Crystal
from ionsmith.errors import InvalidStructure, UnreadableFile


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
        (block,) = read_blocks(path.read_bytes(), path.name)
    except (ValueError, OSError) as error:
        raise UnreadableFile(f"{path.name}: not a CIF with one block ({error})") from error
    try:
        return _crystal(block)
    except (ValueError, InvalidStructure) as error:
        raise UnreadableFile(f"{path.name}: {error}") from error


def _crystal(block: gemmi.cif.Block) -> Crystal:
    """Crystal of a CIF block."""
    hall = _text(block, "_space_group_name_Hall")
    group = gemmi.find_spacegroup_by_ops(gemmi.symops_from_hall(hall))
    group_number = int(_number(block, "_space_group_IT_number"))
    if group is None or group.number != group_number:
        raise ValueError(f"Hall symbol {hall!r} is not one of space group {group_number}")
    cellpar, sites = read_record(block)
    if len({site.label for site in sites}) != len(sites):
        raise ValueError("two sites have the same label")
    if not gemmi.UnitCell(*cellpar).is_compatible_with_spacegroup(group):
        raise ValueError(f"the cell does not fit {_short_symbol(group)}")
    return Crystal(
        name=_text(block, "_ionsmith_name"),
        aliases=tuple(map(_plain, block.find_values("_ionsmith_alias"))),
        title=_text(block, "_ionsmith_title"),
        formula=_text(block, "_chemical_formula_structural"),
        family=_text(block, "_ionsmith_family"),
        space_group_number=group_number,
        space_group_symbol=_short_symbol(group),
        hall_symbol=hall,
        setting=_text(block, "_ionsmith_setting"),
        cellpar=cellpar,
        formula_units=int(_number(block, "_cell_formula_units_Z")),
        sites=sites,
        temperature=number(block, "_cell_measurement_temperature"),
        temperature_note=text(block, "_ionsmith_temperature_note"),
        citation=_citation(block),
        doi=text(block, "_journal_paper_doi") or None,
        data_class=_text(block, "_ionsmith_data_class"),
        confidence_cell=_text(block, "_ionsmith_confidence_cell"),
        confidence_coordinates=text(block, "_ionsmith_confidence_coordinates") or None,
        read_in=text(block, "_ionsmith_read_in"),
        database=text(block, "_ionsmith_database"),
        density_reported=number(block, "_ionsmith_density_reported"),
        notes=text(block, "_ionsmith_notes"),
        corrections=tuple(map(_plain, block.find_values("_ionsmith_correction"))),
        answers_to_formula=_text(block, "_ionsmith_answers_to_formula") == "yes",
    )


def _citation(block: gemmi.cif.Block) -> str:
    """One line: authors, journal volume (year) pages."""
    authors = []
    for author in map(_plain, block.find_values("_publ_author_name")):
        family, _, given = author.partition(", ")
        authors.append(f"{given} {family}".strip())
    who = ", ".join(authors) if len(authors) < 4 else f"{authors[0]} et al."
    journal, year = _text(block, "_journal_name_full"), text(block, "_journal_year")
    where = " ".join(filter(None, [journal, text(block, "_journal_volume")]))
    first, last = (text(block, f"_journal_page_{end}") for end in ("first", "last"))
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


def _text(block: gemmi.cif.Block, tag: str) -> str:
    """Text of an item that must be there."""
    value = text(block, tag)
    if not value:
        raise ValueError(f"{tag} is missing")
    return value


def _number(block: gemmi.cif.Block, tag: str) -> float:
    """Number of an item that must be there."""
    value = number(block, tag)
    if value is None:
        raise ValueError(f"{tag} is missing")
    return value
