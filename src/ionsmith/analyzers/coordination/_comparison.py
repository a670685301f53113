"""Result of the comparison of two structures."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.coordination._parts import PartChange
from ionsmith.analyzers.coordination._plot import plot_change
from ionsmith.analyzers.coordination._records import (
    ChangedAtom,
    CoordinationChange,
    Counts,
    Matching,
    PairChange,
    Reshaped,
    ShapeChange,
    SharingChange,
)
from ionsmith.analyzers.coordination._sentences import (
    coordination_sentences,
    pairing_sentence,
    sensitive_counts,
    sensitivity_sentence,
    shape_sentences,
    sharing_sentences,
)
from ionsmith.bonding.bonds import Criterion, criterion_name
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 20
"""Changed atoms listed in the text; the JSON document lists all."""


@dataclass(frozen=True)
class Comparison(Result):
    """Changes around every atom from one structure to another.

    Parameters
    ----------
    matching
        How the atoms were paired.
    n_atoms_before, n_atoms_after
        Number of atoms in either cell.
    cellpar_before, cellpar_after
        a, b, c in Å and α, β, γ in degrees, shape (6,).
    criterion
        Bond criterion.
    coordination
        Number of atoms by element and coordination number.
    sharing
        Number of pairs of coordination polyhedra by name and by what they share.
    became
        Pairs of polyhedra around the same two atoms whose names or shared elements changed.
    changed_atoms
        Atoms with another coordination number or other bonded neighbours: paired ones, then
        removed, then added ones.
    removed, added
        Number of atoms without a partner in the other structure, by element.
    sensitivity
        The counts with the criterion tightened, as is, and loosened.
    shapes
        Number of coordination polyhedra by name and shape; None if not asked for.
    reshaped
        Polyhedra around the same atoms with another name or shape; None if not asked for.
    parts
        Atoms of each part of composite models, and how many changed; None without parts.
    """

    matching: Matching
    n_atoms_before: int
    n_atoms_after: int
    cellpar_before: NDArray[np.float64]
    cellpar_after: NDArray[np.float64]
    criterion: Criterion
    coordination: dict[str, tuple[CoordinationChange, ...]]
    sharing: tuple[SharingChange, ...]
    became: tuple[PairChange, ...]
    changed_atoms: tuple[ChangedAtom, ...]
    removed: dict[str, int]
    added: dict[str, int]
    sensitivity: tuple[Counts, ...]
    shapes: tuple[ShapeChange, ...] | None = None
    reshaped: tuple[Reshaped, ...] | None = None
    parts: tuple[PartChange, ...] | None = None

    document: ClassVar = (
        "summary",
        *("matching", "n_atoms_before", "n_atoms_after", "cellpar_before", "cellpar_after"),
        *("criterion", "coordination", "sharing", "became", "changed_atoms", "removed", "added"),
        *("sensitivity", "shapes", "reshaped", "parts"),
    )

    @property
    def summary(self) -> tuple[str, ...]:
        """What changed, in a few sentences."""
        return (
            pairing_sentence(self.matching, self.removed, self.added),
            *sharing_sentences(self.sharing, self.became),
            *coordination_sentences(self.coordination, self.changed_atoms),
            *shape_sentences(self.shapes or (), self.reshaped or ()),
            sensitivity_sentence(self.sensitivity),
        )

    def tables(self) -> list[Table]:
        """Return coordination, sharing, sensitivity, the atoms that changed, and the cells."""
        tables = [
            Table(
                f"Coordination (atoms; criterion {criterion_name(self.criterion)})",
                ("element", "neighbours", "before", "after", "change"),
                [
                    (
                        element,
                        row.coordination_number,
                        row.before,
                        row.after,
                        _change(row.before, row.after),
                    )
                    for element, rows in self.coordination.items()
                    for row in rows
                ],
            ),
            Table(
                "Polyhedra that share ligands (pairs)",
                ("pair", "shared", "before", "after", "change"),
                [
                    (row.pair, row.kind, row.before, row.after, _change(row.before, row.after))
                    for row in self.sharing
                ],
            ),
        ]
        if self.shapes is not None:
            tables.append(
                Table(
                    "Nearest ideal polyhedra",
                    ("polyhedron", "shape", "before", "after", "change"),
                    [(*vars(row).values(), _change(row.before, row.after)) for row in self.shapes],
                )
            )
        if self.parts is not None:
            tables.append(
                Table(
                    "Parts",
                    ("part", "atoms before", "after", "changed around them"),
                    [tuple(vars(row).values()) for row in self.parts],
                )
            )
        if sensitive_counts(self.sensitivity):
            tables.append(_sensitivity_table(self.sensitivity))
        if self.changed_atoms:
            tables += [
                _kinds_of_change(self.changed_atoms, self.matching),
                _changed_atoms(self.changed_atoms),
            ]
        cells = zip(
            ("a (Å)", "b (Å)", "c (Å)", "α (°)", "β (°)", "γ (°)"),
            self.cellpar_before.tolist(),
            self.cellpar_after.tolist(),
            strict=True,
        )
        tables.append(
            Table(
                "Cells",
                ("", "before", "after"),
                [
                    ("atoms", self.n_atoms_before, self.n_atoms_after),
                    *((name, f"{old:.3f}", f"{new:.3f}") for name, old, new in cells),
                ],
            )
        )
        return tables

    def table(self) -> str:
        """Return the summary and the tables as text."""
        return "\n".join(self.summary) + "\n\n" + super().table()

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the number of atoms by element and coordination number, before and after.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_change(self.coordination, ax)


def _sensitivity_table(sensitivity: Sequence[Counts]) -> Table:
    """Counts that are not the same for all margins."""
    tight, as_is, loose = sensitivity
    edges = [f"{counts.criterion} ({counts.margin:+g} Å)" for counts in (tight, loose)]
    return Table(
        "Counts that depend on the criterion, before → after",
        ("", edges[0], as_is.criterion, edges[1]),
        sensitive_counts(sensitivity),
    )


def _kinds_of_change(changed_atoms: Sequence[ChangedAtom], matching: Matching) -> Table:
    """Changed atoms by element and change."""
    kinds = Counter(
        (atom.element, _numbers(atom), _elements(atom.bonds_lost), _elements(atom.bonds_gained))
        for atom in changed_atoms
    )
    paired = sum(atom.before is not None and atom.after is not None for atom in changed_atoms)
    return Table(
        f"What changed around atoms: {paired} of {matching.n_matched} paired ones",
        ("element", "neighbours", "bonds lost to", "gained to", "atoms"),
        [(*kind, count) for kind, count in sorted(kinds.items())],
    )


def _changed_atoms(atoms: Sequence[ChangedAtom]) -> Table:
    """The first changed atoms, one row each."""
    rows: list[tuple[Any, ...]] = [
        (
            atom.element,
            atom.before,
            atom.after,
            _numbers(atom),
            " ".join(atom.bonds_lost),
            " ".join(atom.bonds_gained),
            None if atom.displacement is None else round(atom.displacement, 2),
        )
        for atom in atoms[:MOST_ROWS]
    ]
    if len(atoms) > MOST_ROWS:
        rows.append((f"… and {len(atoms) - MOST_ROWS} more", *[""] * 6))
    return Table(
        "Atoms that changed",
        ("element", "before", "after", "neighbours", "bonds lost", "gained", "moved (Å)"),
        rows,
    )


def _numbers(atom: ChangedAtom) -> str:
    """Coordination numbers of a changed atom."""
    if atom.after is None:
        return f"{atom.coordination_before}, removed"
    if atom.before is None:
        return f"{atom.coordination_after}, added"
    return f"{atom.coordination_before} → {atom.coordination_after}"


def _elements(labels: Iterable[str]) -> str:
    """Number of neighbours by element."""
    counts = Counter(label.rstrip("0123456789") for label in labels)
    return " ".join(f"{n} {element}" for element, n in sorted(counts.items()))


def _change(before: int, after: int) -> str:
    """Difference with its sign, nothing for none."""
    return f"{after - before:+d}" if after != before else ""
