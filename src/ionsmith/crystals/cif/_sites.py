"""Sites of a CIF: positions, occupancies, displacements, and what is on them."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import gemmi
import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.cif._file import numbers, texts
from ionsmith.crystals.cif._species import ISOTOPES, parse_species, species_of_label
from ionsmith.crystals.sites import Site

Floats = NDArray[np.float64]

SAME_SITE = 1e-4
"""Difference of fractional coordinates below which two rows are one mixed site."""

ROUNDED = 0.1
"""Distance in Å up to which two copies of a full site are one that is off its special position."""

OVERLAP = 0.5
"""Distance in Å below which two atoms cannot both be there."""

OVERFULL = 0.02
"""Occupancy by which sums exceed one through rounding alone."""

_B = 8 * np.pi**2
_HYDROGEN = re.compile(r"[HD](?![a-z])")
_PAIRS = ("11", "22", "33", "23", "13", "12")


@dataclass(frozen=True, slots=True)
class Row:
    """One position of the list of sites, and all that is on it.

    Parameters
    ----------
    label
        Of the first species.
    position
        Fractional coordinates.
    occupancy, oxidation
        Element to share and to charge.
    u_iso, u_aniso
        Displacements in Å²: isotropic or equivalent, and U11 U22 U33 U23 U13 U12.
    multiplicity, letter
        As the file states them; 0 and "" where it does not.
    decimals
        Of the least precise coordinate.
    """

    label: str
    position: tuple[float, float, float]
    occupancy: dict[str, float]
    oxidation: dict[str, float]
    u_iso: float | None = None
    u_aniso: tuple[float, ...] | None = None
    multiplicity: int = 0
    letter: str = ""
    decimals: int = 6

    @property
    def total(self) -> float:
        """Sum of the occupancies."""
        return sum(self.occupancy.values())


def read_rows(
    block: gemmi.cif.Block, cell: gemmi.UnitCell, formula: Collection[str], symmetric: bool
) -> tuple[list[Row], list[str]]:
    """Read the list of sites; also what was left out of it, as notes.

    The precision of the coordinates matters only where there is symmetry.

    Raises
    ------
    ValueError
        If a row contradicts itself or another.
    """
    columns = [texts(block, f"_atom_site_fract_{axis}") for axis in "xyz"]
    count = len(columns[0])
    kinds = texts(block, "_atom_site_type_symbol")
    labels = texts(block, "_atom_site_label") or kinds
    kinds = kinds or [""] * count
    if any(len(column) != count for column in (*columns, labels, kinds)):
        raise ValueError("the columns of _atom_site_ differ in length")
    positions = np.stack([numbers(column, "coordinate") for column in columns], axis=1)
    kept, notes = _placed(block, positions, labels, kinds)
    occupancy = _column(block, count, 1.0, "_atom_site_occupancy")
    multiplicity = _column(
        block,
        count,
        0.0,
        "_atom_site_site_symmetry_multiplicity",
        "_atom_site_symmetry_multiplicity",
    ).astype(int)
    letters = texts(block, "_atom_site_Wyckoff_symbol") or [""] * count
    u_iso, u_aniso = _displacements(block, cell, labels)
    species = _Species(block, formula)
    rows = []
    for i in kept:
        label = labels[i]
        isotope = re.match("[A-Za-z]*", kinds[i] or label)
        if isotope and isotope[0] in ISOTOPES:
            notes.append(f"{isotope[0]} is read as H; neutron intensities are then those of H")
        held, charges = species.of(kinds[i], label, float(occupancy[i]))
        if not held:
            notes.append(f"{label} has occupancy 0 and is left out")
            continue
        rows.append(
            Row(
                label,
                tuple(positions[i].tolist()),
                held,
                charges,
                u_iso.get(label),
                u_aniso.get(label),
                int(multiplicity[i]),
                letters[i],
                min(_decimals(column[i]) for column in columns) if symmetric else 6,
            )
        )
    return _mixed(rows), list(dict.fromkeys(notes))


def _decimals(value: str) -> int:
    """Decimals of a coordinate; a fraction such as 1/3 is exact."""
    return 6 if "/" in value else len(value.partition("(")[0].partition(".")[2])


class _Species:
    """What type symbols and labels stand for, each looked up once."""

    def __init__(self, block: gemmi.cif.Block, formula: Collection[str]) -> None:
        self.formula = formula
        values = numbers(texts(block, "_atom_type_oxidation_number"), "oxidation number")
        self.charges = {
            kind: float(value)
            for kind, value in zip(texts(block, "_atom_type_symbol"), values, strict=False)
            if np.isfinite(value)
        }
        self.known: dict[tuple[str, float], tuple[dict[str, float], dict[str, float]]] = {}

    def of(
        self, kind: str, label: str, occupancy: float
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Occupancy and charge by element; nothing where the occupancy is zero."""
        key = (kind or label, occupancy)
        if key not in self.known:
            shares, charges = (
                parse_species(kind) if kind else ({species_of_label(label, self.formula): 1.0}, {})
            )
            if kind in self.charges and len(shares) == 1:
                charges = dict.fromkeys(shares, self.charges[kind])
            held = {element: share * occupancy for element, share in shares.items()}
            if occupancy == 0:
                held = {}
            elif not 0 < sum(held.values()) <= 1 + OVERFULL:
                raise ValueError(f"site {label}: occupancy {occupancy:g} is not between 0 and 1")
            self.known[key] = held, charges
        return self.known[key]


def _column(block: gemmi.cif.Block, count: int, default: float, *tags: str) -> Floats:
    """Numbers of a column that need not be there."""
    values = numbers(texts(block, *tags), tags[0])
    if len(values) not in (0, count):
        raise ValueError(f"the column {tags[0]} has another length than the coordinates")
    values = values if len(values) else np.full(count, default)
    return np.where(np.isnan(values), default, values)


def _placed(
    block: gemmi.cif.Block, positions: Floats, labels: Sequence[str], kinds: Sequence[str]
) -> tuple[list[int], list[str]]:
    """Rows with coordinates that are atoms; notes on the others.

    Hydrogen is often not located; any other atom without coordinates is refused.
    """
    unknown = np.isnan(positions).any(axis=1)
    for i in np.flatnonzero(unknown).tolist():
        if not _HYDROGEN.match(kinds[i] or labels[i]) and not unknown.all():
            raise ValueError(f"site {labels[i]} has no coordinates")
    dummies = np.zeros(len(positions), dtype=bool)
    flags = texts(block, "_atom_site_calc_flag")
    if flags:
        dummies = np.array([flag.lower() == "dum" for flag in flags])
    notes = []
    for which, reason in ((unknown, "without coordinates"), (dummies & ~unknown, "dummies")):
        if which.any():
            names = ", ".join(labels[i] for i in np.flatnonzero(which)[:4])
            more = "…" if which.sum() > 4 else ""
            notes.append(f"{which.sum()} sites {reason} are left out ({names}{more})")
    kept = np.flatnonzero(~(unknown | dummies))
    if not len(kept):
        raise ValueError("no site has coordinates")
    return kept.tolist(), notes


def _displacements(
    block: gemmi.cif.Block, cell: gemmi.UnitCell, labels: Sequence[str]
) -> tuple[dict[str, float], dict[str, tuple[float, ...]]]:
    """Isotropic and anisotropic displacements in Å² by label."""
    u_iso: dict[str, float] = {}
    for tag, scale in (
        ("_atom_site_B_iso_or_equiv", _B),
        ("_atom_site_B_equiv_geom_mean", _B),
        ("_atom_site_U_equiv_geom_mean", 1.0),
        ("_atom_site_U_iso_or_equiv", 1.0),
    ):
        values = numbers(texts(block, tag), tag)
        if len(values) == len(labels):
            pairs = zip(labels, values / scale, strict=True)
            u_iso |= {label: float(value) for label, value in pairs if np.isfinite(value)}
    names = texts(block, "_atom_site_aniso_label")
    u_aniso: dict[str, tuple[float, ...]] = {}
    for kind, scale in (("B", _B), ("U", 1.0)):
        tags = [f"_atom_site_aniso_{kind}_{pair}" for pair in _PAIRS]
        columns = [numbers(texts(block, tag), tag) for tag in tags]
        if names and all(len(column) == len(names) for column in columns):
            for name, row in zip(names, np.stack(columns, axis=1) / scale, strict=True):
                if np.isfinite(row).all():
                    u_aniso[name] = tuple(row.tolist())
    reciprocal = cell.reciprocal()
    dual = np.array([reciprocal.a, reciprocal.b, reciprocal.c])
    orth = np.array(cell.orth.mat.tolist())
    for label, tensor in u_aniso.items():
        if label not in u_iso:
            star = _tensor(tensor) * np.outer(dual, dual)
            u_iso[label] = float(np.trace(orth @ star @ orth.T)) / 3
    return u_iso, u_aniso


def _tensor(values: Sequence[float]) -> Floats:
    u11, u22, u33, u23, u13, u12 = values
    return np.array([[u11, u12, u13], [u12, u22, u23], [u13, u23, u33]])


def _mixed(rows: list[Row]) -> list[Row]:
    """Join rows at the same position into one site with several species."""
    steps = round(1 / SAME_SITE)
    cells = np.round(np.array([row.position for row in rows]) * steps).astype(int) % steps
    _, firsts, place = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    if len(firsts) == len(rows):
        return rows
    found: dict[int, int] = {}
    joined: list[Row] = []
    for row, key in zip(rows, place.ravel().tolist(), strict=True):
        if key not in found:
            found[key] = len(joined)
            joined.append(row)
            continue
        other = joined[found[key]]
        occupancy = {
            element: other.occupancy.get(element, 0.0) + row.occupancy.get(element, 0.0)
            for element in (*other.occupancy, *row.occupancy)
        }
        joined[found[key]] = replace(
            other,
            occupancy=occupancy,
            oxidation={**other.oxidation, **row.oxidation},
        )
    for row in joined:
        if row.total > 1 + OVERFULL:
            listed = ", ".join(f"{element} {n:g}" for element, n in row.occupancy.items())
            raise ValueError(f"site {row.label} is overfull: {listed} sum to {row.total:g}")
    return joined


def place(
    row: Row, rotations: NDArray[np.int64], translations: Floats, cell: Floats
) -> tuple[Floats, float]:
    """Position of a row on the site symmetry that it has within rounding, and how far it moved.

    Raises
    ------
    ValueError
        If copies of a full site overlap.
    """
    position = np.asarray(row.position)
    images = rotations @ position + translations
    shifts = images - position
    shifts -= np.round(shifts)
    distances = np.linalg.norm(shifts @ cell, axis=1)
    full = row.total > 1 - OVERFULL
    step = 10.0**-row.decimals * float(np.linalg.norm(cell, axis=1).max())
    reach = ROUNDED if full else min(1.5 * step, 0.15)
    own = distances < max(reach, 1e-3)
    if full and ((distances < OVERLAP) & ~own).any():
        nearest = distances[~own].min()
        raise ValueError(
            f"copies of site {row.label}, which is full, are {nearest:.2f} Å apart; it is off a "
            "special position or its occupancy is missing"
        )
    shift = shifts[own].mean(axis=0)
    return position + shift, float(np.linalg.norm(shift @ cell))


def make_site(row: Row, position: tuple[float, float, float], multiplicity: int) -> Site:
    """Site of a crystal from a row of the list."""
    return Site(
        row.label,
        f"{multiplicity}{row.letter}",
        position,
        row.occupancy,
        row.oxidation,
        row.u_iso,
        row.u_aniso,
    )
