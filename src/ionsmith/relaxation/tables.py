"""A relaxation in sentences and tables."""

from typing import TYPE_CHECKING

import numpy as np

from ionsmith.results import Table

if TYPE_CHECKING:
    from ionsmith.relaxation.result import Relaxation, SharedPair


def summary(found: "Relaxation") -> list[str]:
    """Say whether it converged, how far atoms moved, and what became of shared edges."""
    said = found.potential
    ends = (
        f"{found.largest_force_after:.3g} eV/Å is left of {found.largest_force_before:.3g}, "
        f"the limit is {found.fmax:g}"
    )
    how = "Relaxed" if found.converged else "NOT CONVERGED: the steps ran out"
    lines = [
        f"{how} after {found.steps} steps ({ends}).",
        f"Energy {found.energy_before:.4f} → {found.energy_after:.4f} eV by {said['model']} "
        f"({said['package']} {said['version']}).",
    ]
    far = max(found.movements, key=lambda row: row.largest)
    rms = np.sqrt(
        sum(row.count * row.rms**2 for row in found.movements)
        / sum(row.count for row in found.movements)
    )
    lines.append(
        f"Atoms moved by {rms:.3f} Å (rms), {far.element}{far.farthest} farthest by "
        f"{far.largest:.3f} Å."
    )
    lines += [_survival(pair, kind, rows) for (pair, kind), rows in _groups(found).items()]
    lines += [_coordination(element, found) for element in found.comparison.coordination]
    return lines


def tables(found: "Relaxation") -> list[Table]:
    """Return the facts, movements, shared edges, then coordination and sharing."""
    said = found.potential
    energies = round(found.energy_before, 4), round(found.energy_after, 4)
    changes = [
        (f"energy (eV) by {said['model']}", *energies),
        (
            "largest force (eV/Å)",
            round(found.largest_force_before, 4),
            round(found.largest_force_after, 4),
        ),
    ]
    names = ("a (Å)", "b (Å)", "c (Å)", "α (°)", "β (°)", "γ (°)")
    for name, old, new in zip(names, found.cellpar_before, found.cellpar_after, strict=True):
        changes.append((name, round(float(old), 4), round(float(new), 4)))
    if found.volume_before is not None and found.volume_after is not None:
        changes.append(("volume (Å³)", round(found.volume_before, 2), round(found.volume_after, 2)))
    facts = [
        ("potential", f"{said['model']}, {said['package']} {said['version']}"),
        ("weights", said["weights_sha256"] or "none"),
        ("source", said["source"] or "not known"),
        ("cell relaxed", found.cell),
        ("optimizer", found.optimizer),
        ("atoms held", found.n_fixed),
        ("drift (Å)", " ".join(f"{value:.3f}" for value in found.drift)),
    ]
    moved = [
        (row.element, row.count, round(row.mean, 4), round(row.rms, 4), round(row.largest, 4))
        for row in found.movements
    ]
    edges = [
        (
            pair,
            kind,
            len(rows),
            sum(row.kind_after is not None and row.kind_after != "corner" for row in rows),
            _span([row.distance_before for row in rows]),
            _span([row.distance_after for row in rows]),
        )
        for (pair, kind), rows in _groups(found).items()
    ]
    result = [
        Table("Relaxation", ("", "before", "after"), changes),
        Table("", ("", ""), facts),
        Table("How far atoms moved (Å)", ("element", "atoms", "mean", "rms", "largest"), moved),
    ]
    if edges:
        result.append(
            Table(
                "Polyhedra that shared an edge or face, centre to centre in Å",
                ("pair", "shared", "before", "still", "distance before", "distance after"),
                edges,
            )
        )
    coordination = [
        (element, row.coordination_number, row.before, row.after)
        for element, rows in found.comparison.coordination.items()
        for row in rows
    ]
    result.append(Table("Coordination", ("element", "number", "before", "after"), coordination))
    return result


def _groups(found: "Relaxation") -> dict[tuple[str, str], list["SharedPair"]]:
    groups: dict[tuple[str, str], list[SharedPair]] = {}
    for row in sorted(found.edges, key=lambda row: (row.pair, row.kind)):
        groups.setdefault((row.pair, row.kind), []).append(row)
    return groups


def _survival(pair: str, kind: str, rows: list["SharedPair"]) -> str:
    still = sum(row.kind_after is not None and row.kind_after != "corner" for row in rows)
    before = _span([row.distance_before for row in rows])
    after = _span([row.distance_after for row in rows])
    return (
        f"{pair} sharing a{'n edge' if kind == 'edge' else ' face'}: {still} of {len(rows)} "
        f"survive, centres {before} Å apart before, {after} Å after."
    )


def _coordination(element: str, found: "Relaxation") -> str:
    def listed(which: str) -> str:
        rows = found.comparison.coordination[element]
        return ", ".join(
            f"{getattr(row, which)} with {row.coordination_number}"
            for row in rows
            if getattr(row, which)
        )

    before, after = listed("before"), listed("after")
    same = " (as before)" if before == after else f" (before: {before})"
    return f"{element} by coordination number: {after}{same}."


def _span(values: list[float]) -> str:
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    return low if low == high else f"{low}–{high}"
