"""From a data block to a crystal, with everything checked against everything else."""

import gc
import re
import warnings
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path

import gemmi
import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.cif._checks import (
    check_content,
    check_density,
    check_overlaps,
)
from ionsmith.crystals.cif._file import find_block, number, numbers, text, texts
from ionsmith.crystals.cif._sites import (
    Rows,
    on_special_positions,
    read_rows,
)
from ionsmith.crystals.crystal import FROM_FILE, Crystal
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.crystals.sites import Site, SiteColumns
from ionsmith.errors import InvalidInput, InvalidStructure, UnreadableFile
from ionsmith.lattice.operations import operation_arrays
from ionsmith.lattice.settings import Setting, resolve_settings

Floats = NDArray[np.float64]
Cellpar = tuple[float, float, float, float, float, float]

SHORTEST = 1.0
"""Shortest edge of a cell in Å; no crystal repeats atoms at a smaller distance."""

SAME_VOLUME = 0.01
"""Relative difference of stated and computed volume that rounding explains."""

_LENGTHS = ("a", "b", "c")
_ANGLES = ("alpha", "beta", "gamma")


class CifNote(UserWarning):
    """What was assumed, left out or moved when a CIF was read."""


def read_cif(source: str | PathLike[str], block: str | None = None) -> Crystal:
    """Read a crystal from a CIF.

    Parameters
    ----------
    source
        Path of the file, which may be compressed by gzip.
    block
        Name of the data block; by default the one that has atoms.

    Returns
    -------
    Crystal
        In the setting of the file. What was assumed is in its ``notes`` and given as
        :class:`CifNote` warnings.

    Raises
    ------
    UnreadableFile
        If the file is no CIF, or its statements contradict each other.
    InvalidStructure
        If the cell is impossible.
    """
    try:
        data = Path(source).read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{source}: cannot be read ({error.strerror})") from error
    return parse_cif(data, fspath(source), block)


def parse_cif(data: bytes, name: str, block: str | None = None) -> Crystal:
    """Read a crystal from the content of a CIF, which messages call by a name."""
    found = find_block(data, name, block)
    where = f"{name}, block {found.name}" if block else name
    collects = gc.isenabled()
    gc.disable()  # many objects and no cycles: collecting in between takes a third of the time
    try:
        crystal, notes = _crystal(found, Path(name).name.partition(".")[0])
    except InvalidStructure as error:
        raise InvalidStructure(f"{where}: {error}") from error
    except (ValueError, InvalidInput) as error:
        raise UnreadableFile(f"{where}: {error}") from error
    finally:
        if collects:
            gc.enable()
    for note in notes:
        warnings.warn(f"{where}: {note}", CifNote, stacklevel=3)
    return crystal


def read_record(block: gemmi.cif.Block) -> tuple[Cellpar, tuple[Site, ...]]:
    """Cell and sites of a record of the library, with the multiplicities that it states.

    The tests of the library compare its records with what :func:`read_cif` makes of them.

    Raises
    ------
    ValueError, InvalidStructure
        If cell or sites are impossible.
    """
    cellpar = _cellpar(block)
    if not texts(block, "_atom_site_fract_x"):
        return cellpar, ()
    rows, _ = read_rows(block, gemmi.UnitCell(*cellpar), (), symmetric=False)
    return cellpar, tuple(rows.sites(rows.positions, rows.multiplicity))


def _crystal(block: gemmi.cif.Block, name: str) -> tuple[Crystal, list[str]]:
    cellpar = _cellpar(block)
    cell = gemmi.UnitCell(*cellpar)
    vectors = np.array(cell.orth.mat.tolist()).T
    formula = _formula(block)
    units = number(block, "_cell_formula_units_Z")
    settings, notes = _settings(block, cellpar)
    symmetric = any(len(setting.operations) > 1 for setting in settings)
    rows, notes_on_rows = read_rows(block, cell, formula, symmetric)
    notes += notes_on_rows
    tried: list[tuple[Setting, SiteColumns, dict[str, float], list[str]]] = []
    reasons: list[str] = []
    for setting in settings:
        try:
            sites, moved = _sites(rows, setting, vectors)
            content = sites.content()
            moved += check_content(content, formula, units)
        except ValueError as error:
            reasons.append(str(error))
        else:
            tried.append((setting, sites, content, moved))
    if not tried:
        raise ValueError(reasons[0])
    setting, sites, content, moved = tried[0]
    if len(settings) > 1:
        names = " and ".join(setting.symbol for setting in settings)
        if len(tried) > 1:
            raise ValueError(
                f"{names} both fit; say which by the symbol, e.g. {settings[0].symbol!r}"
            )
        notes.append(f"of {names}, only {setting.symbol} fits the atoms and is taken")
    check_overlaps(sites, setting, vectors)
    sites, reversals = _with_moments(block, sites, setting)
    notes += check_density(block, content, formula, abs(float(np.linalg.det(vectors))))
    notes += moved
    title = text(
        block, "_chemical_name_common", "_chemical_name_mineral", "_chemical_name_systematic"
    )
    z = int(units) if units and units == int(units) and units > 0 else 1
    crystal = Crystal(
        name=name,
        title=title or write_formula(content),
        formula=write_formula({element: n / z for element, n in content.items()}),
        family="",
        space_group_number=setting.number,
        space_group_symbol=setting.symbol,
        hall_symbol=setting.hall,
        setting="of the file",
        cellpar=cellpar,
        formula_units=z,
        sites=sites,
        citation=text(block, "_journal_name_full", "_citation_journal_full"),
        doi=text(block, "_journal_paper_doi", "_citation_doi") or None,
        data_class=FROM_FILE,
        confidence_cell="read",
        confidence_coordinates="read",
        notes="; ".join(notes),
        triplets=setting.operations,
        reversals=reversals,
    )
    return crystal, notes


def _cellpar(block: gemmi.cif.Block) -> Cellpar:
    """Cell parameters; an angle that is not given is 90°, as the CIF dictionary has it."""
    lengths = [number(block, f"_cell_length_{axis}") for axis in _LENGTHS]
    if any(length is None for length in lengths):
        raise ValueError("the cell is missing or incomplete (_cell_length_a, _b, _c)")
    angles = [number(block, f"_cell_angle_{angle}") for angle in _ANGLES]
    values = [*lengths, *(90.0 if angle is None else angle for angle in angles)]
    a, b, c, alpha, beta, gamma = (float(value or 0.0) for value in values)
    numbers = np.array([a, b, c, alpha, beta, gamma])
    cosines = np.cos(np.radians(numbers[3:]))
    volume = 1 + 2 * cosines.prod() - (cosines**2).sum()
    if not (
        np.isfinite(numbers).all()
        and numbers.min() > 0
        and numbers[3:].max() < 180
        and volume > 1e-6
    ):
        listed = ", ".join(f"{value:g}" for value in numbers)
        raise InvalidStructure(f"the cell {listed} has no volume")
    if numbers[:3].min() < SHORTEST or numbers[:3].max() > 1e5:
        raise InvalidStructure(
            f"the cell edges {a:g}, {b:g}, {c:g} Å are those of no crystal; are they in nm?"
        )
    stated = number(block, "_cell_volume")
    computed = a * b * c * float(np.sqrt(volume))
    if stated is not None and abs(stated - computed) > SAME_VOLUME * computed:
        raise ValueError(
            f"the cell has {computed:.2f} Å³, _cell_volume {stated:g} contradicts its edges and "
            "angles"
        )
    return a, b, c, alpha, beta, gamma


def _formula(block: gemmi.cif.Block) -> dict[str, float]:
    """Formula of the file; empty where there is none that can be read."""
    for tag in ("_chemical_formula_sum", "_chemical_formula_structural"):
        written = text(block, tag)
        if written:
            try:
                parsed = parse_formula(re.sub(r"[\s'\"]", "", written))
            except (ValueError, InvalidInput):
                continue
            return {("H" if element == "D" else element): n for element, n in parsed.items()}
    return {}


def _settings(
    block: gemmi.cif.Block, cellpar: tuple[float, ...]
) -> tuple[tuple[Setting, ...], list[str]]:
    """Settings that the file allows, and what had to be assumed."""
    operations = texts(
        block,
        "_space_group_symop_operation_xyz",
        "_symmetry_equiv_pos_as_xyz",
        "_space_group_symop.operation_xyz",
    )
    magnetic = texts(block, "_space_group_symop_magn_operation_xyz")
    if magnetic:
        centring = texts(block, "_space_group_symop_magn_centering_xyz") or ["x,y,z,+1"]
        operations = list(_magnetic(magnetic, centring))
        return resolve_settings(operations=operations, cellpar=cellpar), []
    written_number = number(block, "_space_group_IT_number", "_symmetry_Int_Tables_number")
    symbol = text(
        block,
        "_space_group_name_H-M_alt",
        "_symmetry_space_group_name_H-M",
        "_space_group_name_H-M_full",
        "_space_group_name_H-M_ref",
    )
    hall = text(block, "_space_group_name_Hall", "_symmetry_space_group_name_Hall")
    code = text(block, "_space_group_IT_coordinate_system_code")
    settings = resolve_settings(
        operations=[operation for operation in operations if operation],
        hall=hall,
        symbol=symbol,
        number=None if written_number is None else int(written_number),
        code=code,
        cellpar=cellpar,
    )
    if settings:
        if not (operations or hall or symbol or code) and len(settings) == 1:
            return settings, [
                f"states the space group by its number alone; {settings[0].symbol} is taken"
            ]
        axis = settings[0].axis
        if symbol and axis not in ("", "b") and len(symbol.split()) < 4 and not operations:
            return settings, [
                f"the cell makes {axis} the unique axis of {symbol!r}, read as {settings[0].symbol}"
            ]
        return settings, []
    return resolve_settings(operations=["x,y,z"]), [
        "states no symmetry; the sites are taken for all atoms of the cell (P 1)"
    ]


def _magnetic(operations: list[str], centring: list[str]) -> dict[str, int]:
    """Operations of a magnetic space group, centring included, and -1 where they reverse time."""
    parts, shifts = (
        [(gemmi.Op(text.rpartition(",")[0]), -1 if "-" in text.rpartition(",")[2] else 1)
         for text in texts]
        for texts in (operations, centring)
    )  # fmt: skip
    found: dict[str, int] = {}
    for shift, reversed_shift in shifts:
        for part, reversed_part in parts:
            product = (shift * part).wrap().triplet()
            sign = reversed_shift * reversed_part
            if found.setdefault(product, sign) != sign:
                found[product] = 0  # time reversal alone is an operation: no moments
    return found


def _with_moments(
    block: gemmi.cif.Block, sites: SiteColumns, setting: Setting
) -> tuple[SiteColumns, tuple[int, ...]]:
    """Sites with their moments, and the time reversal of each operation."""
    operations = texts(block, "_space_group_symop_magn_operation_xyz")
    labels = texts(block, "_atom_site_moment_label")
    columns = [texts(block, f"_atom_site_moment_crystalaxis_{axis}") for axis in "xyz"]
    if not operations or not labels or any(len(column) != len(labels) for column in columns):
        return sites, ()
    centring = texts(block, "_space_group_symop_magn_centering_xyz") or ["x,y,z,+1"]
    reverses = _magnetic(operations, centring)
    table = np.stack([numbers(column, "moment") for column in columns], axis=1)
    moments = dict(zip(labels, map(tuple, table.tolist()), strict=True))
    sites = replace(sites, moments=[moments.get(label) for label in sites.labels])
    return sites, tuple(reverses[triplet] for triplet in setting.operations)


def _sites(rows: Rows, setting: Setting, cell: Floats) -> tuple[SiteColumns, list[str]]:
    """Sites on their special positions, with their multiplicities."""
    rotations, translations = operation_arrays(map(gemmi.Op, setting.operations))
    positions, multiplicities, moved = on_special_positions(rows, rotations, translations, cell)
    notes = [
        f"{rows.labels[row]} is {distance:.3f} Å off a special position of {setting.symbol} and "
        "was moved onto it"
        for row, distance in moved
    ]
    differ = (rows.multiplicity != 0) & (rows.multiplicity != multiplicities)
    for row in np.flatnonzero(differ).tolist() if len(rotations) > 1 else ():
        if rows.letters[row]:
            raise ValueError(
                f"site {rows.labels[row]} has {multiplicities[row]} positions in "
                f"{setting.symbol}, {rows.multiplicity[row]}{rows.letters[row]} was expected"
            )
    return rows.sites(positions, multiplicities), notes
