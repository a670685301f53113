"""Parts of a page as HTML: facts, tables, pictures, and the origin of structures."""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
from ase import Atoms

from ionsmith import provenance
from ionsmith.analyzers.coordination import Comparison, Coordination
from ionsmith.results import Result, Table, figure_html


def facts(atoms: Atoms) -> str:
    """Formula, size and cell in a line or two."""
    formula = atoms.get_chemical_formula("hill")
    letters = "".join(f"<sub>{c}</sub>" if c.isdigit() else c for c in formula)
    words = [letters.replace("</sub><sub>", ""), f"{len(atoms)} atoms"]
    if "part" in atoms.arrays:
        names, counts = np.unique(atoms.arrays["part"], return_counts=True)
        words += [f"{n} {html.escape(str(name))}" for name, n in zip(names, counts, strict=True)]
    periodic = int(atoms.pbc.sum())
    if periodic == 3:
        a, b, c, alpha, beta, gamma = atoms.cell.cellpar()
        words.append(f"a = {a:.3f}, b = {b:.3f}, c = {c:.3f} Å")
        words.append(f"α = {alpha:.2f}, β = {beta:.2f}, γ = {gamma:.2f}°")
    elif periodic:
        lengths = zip("abc", atoms.cell.lengths(), atoms.pbc, strict=True)
        words += [f"periodic along {name}, {length:.3f} Å" for name, length, yes in lengths if yes]
    else:
        words.append("not periodic")
    spans = " ".join(f"<span>{word}</span>" for word in words)
    return f'<p class="facts">{spans}</p>'


def section(title: str, name: str, body: str) -> str:
    """Wrap a part with its heading; ``name`` is its anchor."""
    return f'<section id="{name}"><h2>{html.escape(title)}</h2>\n{body}\n</section>'


def tables(shown: Sequence[Table]) -> str:
    """Tables side by side, each scrolling sideways in a narrow window."""
    parts = "\n".join(
        f'<div class="table" tabindex="0" role="region" aria-label='
        f'"{html.escape(table.title or "table")}">{table.to_html()}</div>'
        for table in shown
        if len(table.rows)
    )
    return f'<div class="tables">{parts}</div>'


def coordination_section(results: Sequence[tuple[str, Coordination]]) -> str:
    """Section with the coordination of every structure."""
    parts = []
    for name, result in results:
        heading = f"<h3>{html.escape(name)}</h3>" if len(results) > 1 else ""
        parts.append(f"<div>{heading}{tables(result.tables())}</div>")
    body = "\n".join(parts)
    return section("Coordination", "coordination", f'<div class="pair">{body}</div>')


def comparison_section(comparison: Comparison, names: Sequence[str]) -> str:
    """Section with the changes from the first structure to the second."""
    summary = "".join(f"<li>{html.escape(line)}</li>" for line in comparison.summary)
    became = Table(
        "Pairs of polyhedra that share something else now",
        ("pair", "before", "", "pair", "after", "pairs"),
        [
            (row.pair_before, row.kind_before, "→", row.pair_after, row.kind_after, row.count)
            for row in comparison.became
        ],
    )
    return section(
        f"From {names[0]} to {names[1]}",
        "comparison",
        f'<ul class="said">{summary}</ul>{tables([became, *comparison.tables()])}',
    )


def render_results(
    title: str, name: str, results: Sequence[tuple[str, Result]], **options: Any
) -> str:
    """Write the pictures of results as a section of a page, with their tables folded away.

    Parameters
    ----------
    title
        Heading of the section.
    name
        Anchor of the section.
    results
        Results with their captions.
    options
        Options of their ``draw`` methods.
    """
    pictures = "".join(
        f"<figure>{figure_html(result.draw(**options), caption)}"
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for caption, result in results
    )
    numbers = tables([table for _, result in results for table in result.tables()])
    folded = f"<details><summary>Numbers</summary>{numbers}</details>"
    return section(title, name, f'<div class="pictures">{pictures}</div>{folded}')


def origin_section(structures: Sequence[tuple[str, Atoms]], command: str | None) -> str:
    """Section with the origin of the structures, and the command of the page."""
    parts = []
    for name, atoms in structures:
        record = provenance.of(atoms)
        heading = f"<h3>{html.escape(name)}</h3>"
        if not record:
            parts.append(f"<div>{heading}<p>Carries no provenance.</p></div>")
            continue
        steps = Table("", ("step", "parameters"), [_step(step) for step in record.get("steps", [])])
        lines = [step["command"] for step in record.get("steps", []) if "command" in step]
        commands = _commands(lines) if lines else ""
        parts.append(f"<div>{heading}{_sources(record)}{tables([steps])}{commands}</div>")
    if command is not None:
        parts.append(f"<h3>This page</h3>{_commands([command])}")
    return section("Where this comes from", "origin", "\n".join(parts))


def _commands(lines: Sequence[str]) -> str:
    """Command lines as a block of code."""
    return f"<pre><code>{html.escape(chr(10).join(lines))}</code></pre>"


def _step(step: dict[str, Any]) -> tuple[str, str]:
    """Name and parameters of a step of the provenance."""
    given = step.get("parameters", {})
    words = [f"{key}: {_plainly(value)}" for key, value in given.items() if value is not None]
    return str(step.get("step", "")), "; ".join(words)


def _plainly(value: Any) -> str:
    """Value of a parameter in words."""
    if isinstance(value, list):
        return " ".join(map(_plainly, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plainly(item)}" for key, item in value.items())
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _sources(record: dict[str, Any]) -> str:
    """List of the published sources of a structure."""
    items = []
    for source in record.get("sources", []):
        doi = str(source.get("doi") or "")
        link = f' <a href="https://doi.org/{html.escape(doi)}">{html.escape(doi)}</a>'
        words = [str(source.get(key)) for key in ("phase", "citation") if source.get(key)]
        confidence = source.get("confidence")
        tail = f" ({html.escape(str(confidence))})" if confidence else ""
        items.append(f"<li>{html.escape(': '.join(words))}{link if doi else ''}{tail}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""
