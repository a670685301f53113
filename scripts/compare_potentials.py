"""Cells of the library's crystals as each potential relaxes them, beside the measured ones.

Ordered crystals whose cell was measured are relaxed with all strains, from the published structure
and in the primitive cell. The first table has the mean and the largest error of volume and cell
edges for each family and potential, the second each crystal. Measured cells are those of room
temperature or near it, so that a perfect functional is below them by its thermal expansion, about
0.5 % in volume. What is finished lies in the file of ``--cache`` and is not repeated.

Run: python scripts/compare_potentials.py --cache cells.jsonl --largest 60
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from ase import Atoms

from ionsmith.crystals import Crystal, load, names
from ionsmith.errors import IonsmithError
from ionsmith.lattice.cell_vectors import primitive_vectors
from ionsmith.potentials import load_potential
from ionsmith.simulation.relaxing import relax

POTENTIALS = ("sevennet", "sevennet-r2scan", "chgnet", "chgnet-r2scan", "lammps-pedone2006")


def measured(largest: int) -> list[Crystal]:
    """Ordered crystals with measured cells, the smallest first."""
    known = [load(name) for name in names()]
    chosen = [
        crystal
        for crystal in known
        if crystal.is_ordered
        and crystal.data_class.startswith("experiment")
        and len(crystal.primitive_positions) <= largest
    ]
    return sorted(chosen, key=lambda crystal: (len(crystal.primitive_positions), crystal.name))


def primitive(crystal: Crystal) -> tuple[Atoms, np.ndarray]:
    """Primitive cell, and its vectors in the axes of the published one."""
    vectors = primitive_vectors(crystal.lattice.symmetry, crystal.cell)
    atoms = crystal.to_atoms()[crystal.primitive_positions]
    atoms.set_cell(vectors @ crystal.cell)
    atoms.wrap()
    return atoms, vectors


def relaxed(crystal: Crystal, potential: str) -> dict[str, object]:
    """Errors in per cent of volume and edges of the published cell, and what it took."""
    atoms, vectors = primitive(crystal)
    begin = time.perf_counter()
    result = relax(atoms, potential, cell="full", steps=500)
    edges = np.linalg.norm(np.linalg.solve(vectors, result.atoms.cell.array), axis=1)
    return {
        "volume": 100 * (result.atoms.get_volume() / atoms.get_volume() - 1),
        "edges": (100 * (edges / crystal.cellpar[:3] - 1)).tolist(),
        "converged": result.converged,
        "steps": result.steps,
        "seconds": time.perf_counter() - begin,
    }


def computed(cache: Path, largest: int, potentials: list[str]) -> list[dict[str, object]]:
    """All rows, those that the cache lacks computed and added to it."""
    rows = [json.loads(line) for line in cache.read_text().splitlines()] if cache.exists() else []
    done = {(row["crystal"], row["potential"]) for row in rows}
    loaded = {name: load_potential(name) for name in potentials}
    for crystal in measured(largest):
        for name in potentials:
            if (crystal.name, name) in done:
                continue
            row = {"crystal": crystal.name, "family": crystal.family, "potential": name}
            try:
                row |= relaxed(crystal, loaded[name])
            except IonsmithError as error:
                row["error"] = str(error)
            rows.append(row)
            with cache.open("a") as stream:
                stream.write(json.dumps(row) + "\n")
            print(json.dumps(row), file=sys.stderr, flush=True)
    return [row for row in rows if row["potential"] in potentials]


def table_head(first: str, potentials: list[str]) -> list[str]:
    """Head of a table with a column for each potential."""
    return [f"| {first} | " + " | ".join(potentials) + " |", "|---|" + "---|" * len(potentials)]


def family_table(rows: list[dict[str, object]], potentials: list[str]) -> str:
    """Mean and largest error of the volume, and mean of the edges, of each family."""
    lines = table_head("family (crystals)", potentials)
    for family in [*sorted({str(row["family"]) for row in rows}), "all"]:
        own = [row for row in rows if family in (row["family"], "all") and "error" not in row]
        cells = []
        for name in potentials:
            mine = [row for row in own if row["potential"] == name]
            if not mine:
                cells.append("–")
                continue
            volumes = np.array([row["volume"] for row in mine])
            edges = np.abs([edge for row in mine for edge in row["edges"]])
            worst = volumes[np.abs(volumes).argmax()]
            cells.append(
                f"{np.abs(volumes).mean():.1f} ({volumes.mean():+.1f}, {worst:+.1f}); "
                f"{edges.mean():.1f}"
            )
        number = len({row["crystal"] for row in own})
        lines.append(f"| {family} ({number}) | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def crystal_table(rows: list[dict[str, object]], potentials: list[str]) -> str:
    """Error of the volume of each crystal."""
    lines = table_head("crystal", potentials)
    for crystal in dict.fromkeys(row["crystal"] for row in rows):
        own = {row["potential"]: row for row in rows if row["crystal"] == crystal}
        cells = []
        for name in potentials:
            row = own.get(name, {"error": ""})
            mark = "" if row.get("converged", True) else "*"
            cells.append("–" if "error" in row else f"{row['volume']:+.1f}{mark}")
        lines.append(f"| {crystal} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Compute what is missing and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--largest", type=int, default=60, help="atoms of the primitive cell")
    parser.add_argument("--potential", action="append", choices=POTENTIALS)
    given = parser.parse_args()
    potentials = given.potential or list(POTENTIALS)
    rows = computed(given.cache, given.largest, potentials)
    print("Volume: mean |error| (mean, worst); cell edges: mean |error|; in per cent\n")
    print(family_table(rows, potentials))
    print("\nError of the volume in per cent (*: not converged)\n")
    print(crystal_table(rows, potentials))


if __name__ == "__main__":
    main()
