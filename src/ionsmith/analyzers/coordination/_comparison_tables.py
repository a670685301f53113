"""Tables, sentences and bars of a comparison."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ionsmith.analyzers.coordination._changed_atoms import ChangedAtom
from ionsmith.bonding.bonds import criterion_name
from ionsmith.results import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ionsmith.analyzers.coordination._comparison import Comparison, Counts

MOST_ROWS = 20
"""Changed atoms that the text lists; JSON has them all."""


def sentences(comparison: "Comparison") -> list[str]:
    """Say in a few sentences what changed."""
    return [
        _pairing(comparison),
        *_sharing_sentences(comparison),
        *_coordination_sentences(comparison),
        _sensitivity_sentence(comparison),
    ]


def comparison_tables(comparison: "Comparison") -> list[Table]:
    """Return the tables of a comparison."""
    tables = [
        Table(
            f"Coordination (atoms; criterion {criterion_name(comparison.criterion)})",
            ("element", "neighbours", "before", "after", "change"),
            [
                (
                    element,
                    row.coordination_number,
                    row.before,
                    row.after,
                    _change(row.before, row.after),
                )
                for element, rows in comparison.coordination.items()
                for row in rows
            ],
        ),
        Table(
            "Polyhedra that share ligands (pairs)",
            ("pair", "shared", "before", "after", "change"),
            [
                (row.pair, row.kind, row.before, row.after, _change(row.before, row.after))
                for row in comparison.sharing
            ],
        ),
    ]
    if _sensitive(comparison.sensitivity):
        tables.append(_sensitivity_table(comparison))
    if comparison.changed_atoms:
        tables += [_kinds_of_change(comparison), _changed_atoms(comparison)]
    cells = zip(
        ("a (Å)", "b (Å)", "c (Å)", "α (°)", "β (°)", "γ (°)"),
        comparison.cellpar_before.tolist(),
        comparison.cellpar_after.tolist(),
        strict=True,
    )
    tables.append(
        Table(
            "Cells",
            ("", "before", "after"),
            [
                ("atoms", comparison.n_atoms_before, comparison.n_atoms_after),
                *((name, f"{one:.3f}", f"{two:.3f}") for name, one, two in cells),
            ],
        )
    )
    return tables


def plot_coordination(comparison: "Comparison", ax: "Axes | None" = None) -> "Axes":
    """Draw bars of the atoms by element and coordination number."""
    if ax is None:
        from matplotlib.figure import Figure

        ax = Figure(figsize=(7, 3.5), layout="constrained").subplots()
    rows = [(element, row) for element, rows in comparison.coordination.items() for row in rows]
    places = range(len(rows))
    for offset, label, colour, counts in (
        (-0.2, "before", "#8fa6b8", [row.before for _, row in rows]),
        (0.2, "after", "#e07b39", [row.after for _, row in rows]),
    ):
        ax.bar([place + offset for place in places], counts, 0.4, label=label, color=colour)
    ax.set_xticks(places, [f"{element}\n{row.coordination_number}" for element, row in rows])
    ax.set_xlabel("element and coordination number")
    ax.set_ylabel("atoms")
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _pairing(comparison: "Comparison") -> str:
    matching = comparison.matching
    if matching.method == "none":
        return "The cells differ too much to say which atom is which: only counts are compared."
    how = {"identity": "identity", "geometry": "position (nearest atom of the same element)"}
    text = f"{_many(matching.n_matched, 'atom')} paired by {how[matching.method]}"
    if matching.max_displacement is not None and matching.mean_displacement is not None:
        text += (
            f", {matching.mean_displacement:.2f} Å apart on average and "
            f"{matching.max_displacement:.2f} Å at most"
        )
    removed, added = _formula(comparison.removed), _formula(comparison.added)
    return f"{text}; removed: {removed or 'none'}; added: {added or 'none'}."


def _sharing_sentences(comparison: "Comparison") -> list[str]:
    found = []
    counts = {(row.pair, row.kind): row for row in comparison.sharing}
    told = set()
    for item in comparison.became:
        # What one and the same pair of polyhedra does is worth a sentence, a new name is not.
        if item.pair_before == item.pair_after:
            total = counts[item.pair_before, item.kind_before].before
            found.append(
                f"{item.pair_before.replace('-', '–')} pairs: {item.count} of {total} "
                f"{item.kind_before}-sharing became {item.kind_after}-sharing."
            )
            told |= {(item.pair_before, item.kind_before), (item.pair_after, item.kind_after)}
    rest = [
        f"{row.pair.replace('-', '–')} {row.kind}-sharing {row.before} → {row.after}"
        for key, row in counts.items()
        if row.before != row.after and key not in told
    ]
    if len(rest) > 4:
        rest = [*rest[:3], f"and {len(rest) - 3} more in the table below"]
    if rest:
        found.append(("Other pairs: " if found else "Pairs: ") + ", ".join(rest) + ".")
    return found or ["No pair of coordination polyhedra shares more or less than before."]


def _coordination_sentences(comparison: "Comparison") -> list[str]:
    changed = Counter(
        atom.element
        for atom in comparison.changed_atoms
        if atom.before is not None
        and atom.after is not None
        and atom.coordination_before != atom.coordination_after
    )
    kept, moved = [], []
    for element, rows in comparison.coordination.items():
        before = [row.coordination_number for row in rows if row.before]
        after = [row.coordination_number for row in rows if row.after]
        if not before or not after:
            continue
        text = f"every {element} is {_alternatives(before)}-coordinated before"
        if before == after:
            text += " and after"
            if changed[element]:
                text += f" ({_many(changed[element], 'atom')} changed between these)"
            kept.append(text)
        else:
            moved.append(f"{text}, {_alternatives(after)}-coordinated after")
    return [text[0].upper() + text[1:] + "." for text in (*kept, *moved)]


def _sensitivity_sentence(comparison: "Comparison") -> str:
    margin = comparison.sensitivity[-1].margin
    loose = sorted({row[0].split()[0] for row in _sensitive(comparison.sensitivity)})
    text = f"With the criterion {margin:g} Å tighter or looser"
    if not loose:
        return f"{text}, all these counts stay as they are."
    return f"{text}, the counts of {_listing(loose)} move, no others."


def _sensitivity_table(comparison: "Comparison") -> Table:
    tight, as_is, loose = comparison.sensitivity
    edges = [f"{item.criterion} ({item.margin:+g} Å)" for item in (tight, loose)]
    return Table(
        "Counts that depend on the criterion, before → after",
        ("", edges[0], as_is.criterion, edges[1]),
        _sensitive(comparison.sensitivity),
    )


def _sensitive(sensitivity: "Sequence[Counts]") -> list[tuple[str, ...]]:
    """Rows of counts that are not the same under all margins."""
    listed: dict[str, list[tuple[int, int]]] = {}
    for place, counts in enumerate(sensitivity):
        for name, pair in _entries(counts):
            listed.setdefault(name, [(0, 0)] * len(sensitivity))[place] = pair
    return [
        (name, *(f"{before} → {after}" for before, after in pairs))
        for name, pairs in listed.items()
        if len(set(pairs)) > 1
    ]


def _entries(counts: "Counts") -> Iterable[tuple[str, tuple[int, int]]]:
    for element, rows in counts.coordination.items():
        for row in rows:
            yield f"{element} {row.coordination_number}", (row.before, row.after)
    for item in counts.sharing:
        yield f"{item.pair} {item.kind}", (item.before, item.after)


def _kinds_of_change(comparison: "Comparison") -> Table:
    kinds = Counter(
        (atom.element, _numbers(atom), _elements(atom.bonds_lost), _elements(atom.bonds_gained))
        for atom in comparison.changed_atoms
    )
    paired = sum(
        atom.before is not None and atom.after is not None for atom in comparison.changed_atoms
    )
    return Table(
        f"What changed around atoms: {paired} of {comparison.matching.n_matched} paired ones",
        ("element", "neighbours", "bonds lost to", "gained to", "atoms"),
        [(*kind, count) for kind, count in sorted(kinds.items())],
    )


def _changed_atoms(comparison: "Comparison") -> Table:
    atoms = comparison.changed_atoms
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
    if atom.after is None:
        return f"{atom.coordination_before}, removed"
    if atom.before is None:
        return f"{atom.coordination_after}, added"
    return f"{atom.coordination_before} → {atom.coordination_after}"


def _elements(labels: Iterable[str]) -> str:
    counts = Counter(label.rstrip("0123456789") for label in labels)
    return " ".join(f"{n} {element}" for element, n in sorted(counts.items()))


def _change(before: int, after: int) -> str:
    return f"{after - before:+d}" if after != before else ""


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _formula(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {element}" for element, count in counts.items())


def _alternatives(numbers: Sequence[int]) -> str:
    words = [str(number) for number in numbers]
    return _listing([*(f"{word}-" for word in words[:-1]), words[-1]], "or")


def _listing(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
