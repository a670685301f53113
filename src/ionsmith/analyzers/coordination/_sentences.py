"""What changed between two structures, in a few sentences."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

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
from ionsmith.analyzers.coordination._shapes import plural

CENTRE = re.compile("[A-Z][a-z]?")
"""Elements in the name of a polyhedron, its centre first."""

MOST = 8
"""Names in a sentence; the tables and the document have all."""


def pairing_sentence(
    matching: Matching, removed: Mapping[str, int], added: Mapping[str, int]
) -> str:
    """How the atoms were paired, and which have no partner."""
    if matching.method == "none":
        return "The cells differ too much to pair the atoms: only counts are compared."
    how = {"identity": "identity", "geometry": "position (nearest atom of the same element)"}
    text = f"{_many(matching.n_matched, 'atom')} paired by {how[matching.method]}"
    if matching.max_displacement is not None and matching.mean_displacement is not None:
        text += (
            f", {matching.mean_displacement:.2f} Å apart on average and "
            f"{matching.max_displacement:.2f} Å at most"
        )
    lost, new = (
        ", ".join(f"{count} {element}" for element, count in counts.items()) or "none"
        for counts in (removed, added)
    )
    return f"{text}; removed: {lost}; added: {new}."


def sharing_sentences(
    sharing: Sequence[SharingChange], became: Sequence[PairChange]
) -> tuple[str, ...]:
    """What pairs of polyhedra share now, and what they shared."""
    sentences = []
    counts = {(row.pair, row.kind): row for row in sharing}
    mentioned = set()
    for change in became:
        # A pair whose members only changed their names is left to the table.
        if change.pair_before == change.pair_after:
            total = counts[change.pair_before, change.kind_before].before
            sentences.append(
                f"{change.pair_before.replace('-', '–')} pairs: {change.count} of {total} "
                f"{change.kind_before}-sharing became {change.kind_after}-sharing."
            )
            mentioned |= {
                (change.pair_before, change.kind_before),
                (change.pair_after, change.kind_after),
            }
    rest = [
        f"{row.pair.replace('-', '–')} {row.kind}-sharing {row.before} → {row.after}"
        for key, row in counts.items()
        if row.before != row.after and key not in mentioned
    ]
    if len(rest) > 4:
        rest = [*rest[:3], f"and {len(rest) - 3} more in the table below"]
    if rest:
        sentences.append(("Other pairs: " if sentences else "Pairs: ") + ", ".join(rest) + ".")
    return tuple(sentences) or (
        "No pair of coordination polyhedra shares more or less than before.",
    )


def coordination_sentences(
    coordination: Mapping[str, Sequence[CoordinationChange]], changed_atoms: Iterable[ChangedAtom]
) -> tuple[str, ...]:
    """Coordination numbers of every element, first of those that keep theirs."""
    changed = Counter(
        atom.element
        for atom in changed_atoms
        if atom.before is not None
        and atom.after is not None
        and atom.coordination_before != atom.coordination_after
    )
    kept, moved = [], []
    for element, rows in coordination.items():
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
    return tuple(text[0].upper() + text[1:] + "." for text in (*kept, *moved))


def shape_sentences(shapes: Sequence[ShapeChange], reshaped: Sequence[Reshaped]) -> tuple[str, ...]:
    """What polyhedra became, by name and shape; where no atoms are paired, what there are."""
    became: dict[str, list[str]] = {}
    for one in reshaped:
        old = f"{one.polyhedron_before} {plural(one.shape_before)}"
        new = f"{one.polyhedron_after} {plural(one.shape_after)} ({one.count})"
        became.setdefault(old, []).append(new)
    if became:
        return tuple(f"{old} became {_listing(_few(new))}." for old, new in became.items())
    by_centre: dict[str, list[ShapeChange]] = {}
    for row in shapes:
        by_centre.setdefault(CENTRE.findall(row.polyhedron)[0], []).append(row)
    return tuple(
        f"{_polyhedra(rows, 'before')} before, {_polyhedra(rows, 'after')} after."
        for rows in by_centre.values()
        if any(row.before != row.after for row in rows)
    )


def _polyhedra(rows: Sequence[ShapeChange], side: Literal["before", "after"]) -> str:
    """Polyhedra of a structure by name, shape and number, the most frequent first."""
    here = sorted((row for row in rows if getattr(row, side)), key=lambda x: -getattr(x, side))
    words = [f"{x.polyhedron} {plural(x.shape)} ({getattr(x, side)})" for x in here]
    return _listing(_few(words)) if words else "none"


def _few(words: list[str]) -> list[str]:
    """The first words, and how many more there are."""
    return words if len(words) <= MOST else [*words[: MOST - 1], f"{len(words) - MOST + 1} more"]


def sensitivity_sentence(sensitivity: Sequence[Counts]) -> str:
    """Which counts depend on the bond criterion."""
    text = f"With the criterion {sensitivity[-1].margin:g} Å tighter or looser"
    dependent = sorted({row[0].split()[0] for row in sensitive_counts(sensitivity)})
    if not dependent:
        return f"{text}, all these counts stay the same."
    return f"{text}, the counts of {_listing(_few(dependent))} change, no others."


def sensitive_counts(sensitivity: Sequence[Counts]) -> list[tuple[str, ...]]:
    """Rows of the counts that are not the same for all margins."""
    listed: dict[str, list[tuple[int, int]]] = {}
    for place, counts in enumerate(sensitivity):
        for name, pair in _entries(counts):
            listed.setdefault(name, [(0, 0)] * len(sensitivity))[place] = pair
    return [
        (name, *(f"{before} → {after}" for before, after in pairs))
        for name, pairs in listed.items()
        if len(set(pairs)) > 1
    ]


def _entries(counts: Counts) -> Iterable[tuple[str, tuple[int, int]]]:
    """Name of each count, and its value before and after."""
    for element, rows in counts.coordination.items():
        for row in rows:
            yield f"{element} {row.coordination_number}", (row.before, row.after)
    for item in counts.sharing:
        yield f"{item.pair} {item.kind}", (item.before, item.after)


def _many(count: int, noun: str) -> str:
    """Number and noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _alternatives(numbers: Sequence[int]) -> str:
    """Coordination numbers as in "four- or six"."""
    words = [str(number) for number in numbers]
    return _listing([*(f"{word}-" for word in words[:-1]), words[-1]], "or")


def _listing(words: Sequence[str], last: str = "and") -> str:
    """Words with commas, and "and" before the last."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
