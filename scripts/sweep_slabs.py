"""Build the slabs of every library crystal up to an index, and check them independently.

Of each slab of every inequivalent cut, as it is cut and with symmetric faces, the script checks

* the formula: that of the crystal where both faces are one cut, but for the ligands that groups
  share across the cut, which must be reported;
* the groups: P, S, N and the V of vanadates keep the neighbours that they have in the crystal, by
  the neighbour list of ASE;
* Tasker's type: named where formal charges are known;
* the symmetry: spglib finds an operation that turns a symmetric slab over;
* the terminations: the same names at 8 Å and 20 Å and with seeds 0 and 1.

Crystals with partial occupancies are ordered at random.

    python scripts/sweep_slabs.py [--max-index 2] [--report sweep.jsonl] [crystal ...]

A run that was stopped is resumed from its report.
"""

import argparse
import json
import time
import warnings
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import spglib
from ase import Atoms
from ase.neighborlist import neighbor_list

from ionsmith.builders.slab import Slab, build_slab, build_slabs, slab_terminations
from ionsmith.crystals import load, names
from ionsmith.errors import IonsmithError

REACH = {"P": ("O", 1.9), "N": ("H", 1.3), "C": ("O", 1.6)}
"""Ligand of each centre of a group that ends, and the longest bond in Å."""

LARGEST = 600
"""Atoms of a slab beyond which spglib takes too long."""


def shares(atoms: Atoms) -> dict[str, Fraction]:
    """Fraction of each element."""
    counts = Counter(atoms.get_chemical_symbols())
    return {element: Fraction(n, len(atoms)) for element, n in counts.items()}


def turned_over(atoms: Atoms) -> bool:
    """Whether spglib finds an operation that turns the slab over."""
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    found = spglib.get_symmetry(cell, symprec=1e-2)
    return found is not None and bool((found["rotations"][:, 2, 2] == -1).any())


def neighbours(atoms: Atoms) -> dict[str, set[int]]:
    """Numbers of ligands around the centres of groups."""
    found = {}
    symbols = np.array(atoms.get_chemical_symbols())
    for centre, (ligand, reach) in REACH.items():
        if (symbols == centre).any():
            first = neighbor_list("i", atoms, {(centre, ligand): reach})
            counts = np.bincount(first, minlength=len(atoms))[symbols == centre]
            found[centre] = set(counts.tolist())
    return found


def faults(slab: Slab, crystal: Atoms | None, *, symmetric: bool) -> list[str]:
    """What is wrong with a slab."""
    wrong = []
    excess = any(note.startswith("excess over") for note in slab.notes)
    if crystal is not None:
        same = shares(slab.atoms) == shares(crystal)
        if same != slab.stoichiometric or not (same or excess or slab.compensation):
            wrong.append("formula")
        if (
            slab.termination == slab.back_termination
            and not same
            and "share" not in str(slab.notes)
        ):
            wrong.append("formula of equal cuts")
        whole = neighbours(crystal)
        if any(not found <= whole[centre] for centre, found in neighbours(slab.atoms).items()):
            wrong.append("groups")
    elif not slab.stoichiometric and not excess:
        wrong.append("formula")
    if slab.tasker is None and slab.charge is not None:
        wrong.append("type")
    if slab.formula != slab.atoms.symbols.formula.format("hill"):
        wrong.append("name of formula")
    if len(slab.atoms) <= LARGEST and slab.symmetric != turned_over(slab.atoms):
        wrong.append(f"symmetric is {slab.symmetric}")
    if symmetric and not slab.symmetric:
        wrong.append("not symmetric")
    return wrong


def sweep(name: str, max_index: int, thickness: float) -> dict[str, object]:
    """Build and check all slabs of a crystal."""
    start = time.perf_counter()
    phase = load(name)
    crystal = phase.to_atoms() if phase.is_ordered else None
    ordering = None if phase.is_ordered else "random"
    row: dict[str, object] = {"crystal": name, "ordered": phase.is_ordered}
    wrong: list[str] = []
    types: Counter[str] = Counter()
    for symmetric in (False, True):
        found = build_slabs(
            phase, max_index, thickness=thickness, symmetric=symmetric, ordering=ordering
        )
        row["symmetric" if symmetric else "slabs"] = len(found.slabs)
        row["left out, symmetric" if symmetric else "left out"] = list(found.skipped)
        for slab in found.slabs:
            types[slab.tasker or "unknown"] += 1
            wrong += [
                f"{slab.plane} {slab.termination}{' symmetric' if symmetric else ''}: {fault}"
                for fault in faults(slab, crystal, symmetric=symmetric)
            ]
        if not symmetric:
            planes = sorted({slab.plane for slab in found.slabs})
    for plane in planes:
        first = [cut.name for cut in slab_terminations(phase, plane).terminations]
        for thick, seed in ((8.0, 0), (20.0, 1)):
            try:
                slab = build_slab(
                    phase,
                    plane,
                    termination=first[0],
                    thickness=thick,
                    seed=seed,
                    ordering=ordering,
                )
            except IonsmithError as error:
                wrong.append(f"{plane} at {thick:g} Å: {error}")
                continue
            again = slab_terminations(phase, plane, ordering=ordering, seed=seed).terminations
            if slab.termination != first[0] or [cut.name for cut in again] != first:
                wrong.append(f"{plane}: other names at {thick:g} Å")
    row |= {"types": types, "wrong": wrong, "s": round(time.perf_counter() - start, 1)}
    return row


def main() -> None:
    """Check the crystals one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("crystals", nargs="*")
    parser.add_argument("--max-index", type=int, default=2)
    parser.add_argument("--thickness", type=float, default=8.0)
    parser.add_argument("--report", type=Path, default=Path("sweep_slabs.jsonl"))
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    known = set()
    if asked.report.exists():
        lines = asked.report.read_text(encoding="utf-8").splitlines()
        known = {json.loads(line)["crystal"] for line in lines}
    for name in asked.crystals or names():
        if name in known or not load(name).has_coordinates:
            continue
        try:
            row = sweep(name, asked.max_index, asked.thickness)
        except IonsmithError as error:
            row = {"crystal": name, "wrong": [str(error)]}
        with asked.report.open("a", encoding="utf-8") as report:
            report.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(
            f"{name:22} {row.get('slabs', 0):5} slabs, {row.get('symmetric', 0):5} symmetric, "
            f"{len(row.get('left out', [])):3} left out, {len(row['wrong']):3} wrong, "
            f"{row.get('s', 0)} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
