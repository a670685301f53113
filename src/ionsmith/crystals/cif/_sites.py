"""Sites of a CIF: positions, occupancies, displacements, and what is on them."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import gemmi
import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith.crystals.cif._displacements import read_displacements
from ionsmith.crystals.cif._file import numbers, texts
from ionsmith.crystals.cif._species import ISOTOPES, parse_species, species_of_label
from ionsmith.crystals.sites import SiteColumns, images, stated_charges

Floats = NDArray[np.float64]

SAME_SITE = 1e-4
"""Difference of fractional coordinates below which two rows are one mixed site."""

ROUNDED = 0.1
"""Distance in Å up to which two copies of a full site are one that is off its special position."""

OVERLAP = 0.5
"""Distance in Å below which two atoms cannot both be there."""

OVERFULL = 0.02
"""Occupancy by which sums exceed one through rounding alone."""

VACANT = ("X", "Va", "VA", "Vac", "Du")
"""Type symbols of vacancies and dummies."""

BLOCK = 1_000_000
"""Images that are held at a time."""

_HYDROGEN = re.compile(r"[HD](?![a-z])")


@dataclass(eq=False)
class Rows:
    """The positions of the list of sites, and all that is on them.

    Parameters
    ----------
    labels
        Of the first species of each.
    positions
        Fractional coordinates, shape (n, 3).
    kinds
        What is on each, as an index into ``species``, shape (n,).
    species
        Occupancy and charge by element.
    u_iso, u_aniso
        Displacements in Å², NaN where unknown: isotropic or equivalent, shape (n,), and U11 U22
        U33 U23 U13 U12, shape (n, 6), or None.
    multiplicity, letters
        As the file states them; 0 and "" where it does not.
    decimals
        Of the least precise coordinate, shape (n,).
    """

    labels: list[str]
    positions: Floats
    kinds: NDArray[np.int64]
    species: list[tuple[dict[str, float], dict[str, float]]]
    u_iso: Floats
    u_aniso: Floats | None
    multiplicity: NDArray[np.int64]
    letters: list[str]
    decimals: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def total(self, row: int) -> float:
        """Sum of the occupancies of a row."""
        return float(sum(self.species[self.kinds[row]][0].values()))

    def take(self, rows: NDArray[np.int64]) -> "Rows":
        """Some of the rows."""
        if len(rows) == len(self):
            return self
        return Rows(
            [self.labels[row] for row in rows.tolist()],
            self.positions[rows],
            self.kinds[rows],
            self.species,
            self.u_iso[rows],
            None if self.u_aniso is None else self.u_aniso[rows],
            self.multiplicity[rows],
            [self.letters[row] for row in rows.tolist()],
            self.decimals[rows],
        )

    def sites(self, positions: Floats, multiplicities: NDArray[np.int64]) -> SiteColumns:
        """Sites of a crystal, at positions on their site symmetries."""
        return SiteColumns(
            self.labels,
            self.letters,
            multiplicities,
            positions,
            self.kinds,
            self.species,
            self.u_iso,
            self.u_aniso,
        )


def read_rows(
    block: gemmi.cif.Block, cell: gemmi.UnitCell, formula: Collection[str], symmetric: bool
) -> tuple[Rows, list[str]]:
    """Read the list of sites; also what was left out of it, as notes.

    The precision of the coordinates matters only where there is symmetry.

    Raises
    ------
    ValueError
        If a row contradicts itself or another.
    """
    columns = [list(block.find_values(f"_atom_site_fract_{axis}")) for axis in "xyz"]
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
    u_iso, u_aniso, strange = read_displacements(block, cell, labels)
    notes += strange
    species = _Species(block, formula)
    names = (
        kinds if all(kinds) else [kind or label for kind, label in zip(kinds, labels, strict=True)]
    )
    codes, firsts = _distinct(names, occupancy)
    there = set(np.unique(codes[kept]).tolist())
    held: list[tuple[dict[str, float], dict[str, float]]] = []
    for code, row in enumerate(firsts):
        if code not in there:
            held.append(({}, {}))
            continue
        isotope = re.match("[A-Za-z]*", names[row])
        if isotope and isotope[0] in ISOTOPES:
            notes.append(f"{isotope[0]} is read as H; neutron intensities are then those of H")
        held.append(species.of(kinds[row], labels[row], float(occupancy[row])))
    notes += _mislabelled(labels, kinds)
    decimals = np.full(count, 6)
    if symmetric:
        decimals = np.array([min(map(_decimals, row)) for row in zip(*columns, strict=True)])
    held = stated_charges(held)
    rows = Rows(
        labels, positions, codes, held, u_iso, u_aniso, multiplicity, letters, decimals
    )  # fmt: skip
    holds = np.array([bool(each) for each, _ in held])[codes[kept]]
    notes += [f"{labels[row]} has occupancy 0 and is left out" for row in kept[~holds].tolist()]
    return _mixed(rows.take(kept[holds])), list(dict.fromkeys(notes))


def _distinct(names: list[str], occupancy: Floats) -> tuple[NDArray[np.int64], list[int]]:
    """Distinct pairs of name and occupancy: the number of that of each row, and their first rows.

    Pairs are numbered in the order of their first rows.
    """
    numbered = {name: number for number, name in enumerate(dict.fromkeys(names))}
    codes = np.fromiter(map(numbered.__getitem__, names), np.int64, len(names))
    if (occupancy != occupancy[0]).any():
        shares, which = np.unique(occupancy, return_inverse=True)
        codes = codes * len(shares) + which
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[inverse.ravel()], first[order].tolist()


def _mislabelled(labels: list[str], kinds: list[str]) -> list[str]:
    """Note on labels that begin with the symbol of another element than the type."""
    if all(map(str.startswith, labels, kinds)):
        return []
    bare = [label.rstrip("0123456789") for label in labels]
    pairs = list(zip(bare, kinds, strict=True))
    for label, kind in dict.fromkeys(pairs):
        symbol = re.match("[A-Za-z]*", kind)
        known = label in atomic_numbers and label not in ("X", "W")  # W: water
        if known and symbol and symbol[0] and symbol[0][0].upper() != label[0]:
            where = next(
                row for row, each in enumerate(bare) if (each, kinds[row]) == (label, kind)
            )
            return [
                f"{labels[where]} is labelled as {label} and has the type {kind}, which is taken"
            ]
    return []


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
) -> tuple[NDArray[np.int64], list[str]]:
    """Rows with coordinates that are atoms; notes on the others.

    Hydrogen is often not located; any other atom without coordinates is refused.
    """
    unknown = np.isnan(positions).any(axis=1)
    for i in np.flatnonzero(unknown).tolist():
        if not _HYDROGEN.match(kinds[i] or labels[i]) and not unknown.all():
            raise ValueError(f"site {labels[i]} has no coordinates")
    dummies = np.isin(kinds, VACANT)
    flags = texts(block, "_atom_site_calc_flag")
    if flags:
        dummies |= np.array([flag.lower() == "dum" for flag in flags])
    notes = []
    for which, reason in (
        (unknown, "without coordinates"),
        (dummies & ~unknown, "that are dummies"),
    ):
        if which.any():
            names = ", ".join(labels[i] for i in np.flatnonzero(which)[:4])
            more = "…" if which.sum() > 4 else ""
            notes.append(f"{which.sum()} sites {reason} are left out ({names}{more})")
    kept = np.flatnonzero(~(unknown | dummies))
    if np.abs(positions[kept]).max(initial=0) > 2:
        row = kept[np.abs(positions[kept]).max(axis=1).argmax()]
        notes.append(f"{labels[row]} is more than two cells from the origin; are these Å?")
    if not len(kept):
        raise ValueError("no site has coordinates")
    return kept, notes


def _mixed(rows: Rows) -> Rows:
    """Join rows at the same position into one site with several species."""
    steps = round(1 / SAME_SITE)
    cells = np.round(rows.positions * steps).astype(np.int64) % steps
    keys = (cells[:, 0] * steps + cells[:, 1]) * steps + cells[:, 2]
    _, place = np.unique(keys, return_inverse=True)
    place = place.ravel()
    if place.max(initial=0) + 1 == len(rows):
        return rows
    found: dict[int, int] = {}
    for row, key in enumerate(place.tolist()):
        first = found.setdefault(key, row)
        if first == row:
            continue
        (held, charges), (other, others) = (rows.species[rows.kinds[i]] for i in (first, row))
        both = {
            element: held.get(element, 0.0) + other.get(element, 0.0) for element in (*held, *other)
        }
        rows.kinds[first] = len(rows.species)
        rows.species.append((both, {**charges, **others}))
    firsts = np.array(list(found.values()), dtype=np.int64)
    for row in firsts.tolist():
        if rows.total(row) > 1 + OVERFULL:
            occupancy = rows.species[rows.kinds[row]][0]
            listed = ", ".join(f"{element} {n:g}" for element, n in occupancy.items())
            raise ValueError(
                f"site {rows.labels[row]} is overfull: {listed} sum to {rows.total(row):g}"
            )
    return rows.take(firsts)


def on_special_positions(
    rows: Rows, rotations: NDArray[np.int64], translations: Floats, cell: Floats
) -> tuple[Floats, NDArray[np.int64], list[tuple[int, float]]]:
    """Positions of rows on their site symmetries, multiplicities, and how far some moved.

    Raises
    ------
    ValueError
        If copies of a full site overlap.
    """
    positions = rows.positions.copy()
    order = len(rotations)
    if order == 1:
        return positions, np.ones(len(rows), dtype=np.int64), []
    multiplicities = np.full(len(rows), order)
    moved = []
    near = np.zeros(len(rows), dtype=bool)
    for first in range(0, len(rows), step := max(1, BLOCK // order)):
        own = positions[first : first + step]
        shifts = images(own, rotations, translations) - own[:, None]
        shifts -= np.round(shifts)
        square = np.square(shifts @ cell).sum(axis=2)
        near[first : first + step] = (square < OVERLAP**2).sum(axis=1) > 1
    for row in np.flatnonzero(near).tolist():
        positions[row], distance = _place(rows, row, rotations, translations, cell)
        shifts = rotations @ positions[row] + translations - positions[row]
        shifts -= np.round(shifts)
        multiplicities[row] //= int((np.linalg.norm(shifts @ cell, axis=1) < 1e-3).sum())
        if distance > 1e-3:
            moved.append((row, distance))
    return positions, multiplicities, moved


def _place(
    rows: Rows, row: int, rotations: NDArray[np.int64], translations: Floats, cell: Floats
) -> tuple[Floats, float]:
    """Position of a row on the site symmetry that it has within rounding, and how far it moved."""
    position = rows.positions[row]
    shifts = rotations @ position + translations - position
    shifts -= np.round(shifts)
    distances = np.linalg.norm(shifts @ cell, axis=1)
    full = rows.total(row) > 1 - OVERFULL
    step = 10.0 ** -rows.decimals[row] * float(np.linalg.norm(cell, axis=1).max())
    reach = ROUNDED if full else min(1.5 * step, 0.15)
    own = distances < max(reach, 1e-3)
    if full and ((distances < OVERLAP) & ~own).any():
        nearest = distances[~own].min()
        raise ValueError(
            f"copies of site {rows.labels[row]}, which is full, are {nearest:.2f} Å apart; it is "
            "off a special position or its occupancy is missing"
        )
    shift = shifts[own].mean(axis=0)
    return position + shift, float(np.linalg.norm(shift @ cell))
