"""What a builder printed about a model, counted again in its file by ASE and numpy alone."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.data import covalent_radii
from ase.io import read
from ase.neighborlist import neighbor_list

STATES = {
    "Li": 1, "Na": 1, "Mg": 2, "Al": 3, "Fe": 2, "Si": 4, "Ge": 4, "P": 5, "V": 5, "Te": 4, "O": -2,
}  # fmt: skip
"""Oxidation states in the crystals and glasses of the guide; Fe is +3 where there is no Na."""

CLOSEST = 0.7
"""Smallest distance as a share of the covalent radii: V=O has 0.73."""

BOND = 2.0
"""Longest P-O and V-O in Å of a tetrahedron."""

PART = re.compile(r"^(\S+) +\S+ +(\d+) +((?:[A-Z][a-z]?\d+ )+) +(\S+) +\d+$", re.MULTILINE)


def fact(printed: str, name: str) -> str | None:
    """Value of a row of a printed table."""
    found = re.search(rf"^{re.escape(name)}  +(\S.*)$", printed, re.MULTILINE)
    return found[1].strip() if found else None


def counted(atoms: Atoms) -> str:
    """Composition as it is printed."""
    return " ".join(f"{e}{n}" for e, n in sorted(Counter(atoms.get_chemical_symbols()).items()))


def charge(atoms: Atoms) -> float:
    """Sum of the oxidation states, zero in an element whose bonds H may end."""
    elements = set(atoms.get_chemical_symbols())
    if len(elements - {"H"}) == 1:
        return 0.0
    states = STATES | ({} if "Na" in elements else {"Fe": 3})
    return float(sum(states[symbol] for symbol in atoms.get_chemical_symbols()))


def check_model(path: Path, printed: str) -> int:
    """Compare a model with what was printed, and return the number of comparisons."""
    atoms = read(path)
    checked = 0
    radii = covalent_radii[atoms.numbers]
    first, second, far = neighbor_list("ijd", atoms, 3.0)
    assert (far > CLOSEST * (radii[first] + radii[second])).all(), "atoms overlap"
    number = fact(printed, "atoms") or re.findall(r": (\d+) atoms\n", printed)[0]
    assert int(number) == len(atoms)
    checked += 1
    if (composition := fact(printed, "composition")) is not None:
        assert composition == counted(atoms)
        checked += 1
    part = atoms.arrays.get("part", np.full(len(atoms), ""))
    own = [atoms[part == name] for name in np.unique(part)]
    said = fact(printed, "charge (e)")
    if said is not None and said != "unknown":
        assert float(said.split()[0]) == pytest.approx(sum(charge(one) for one in own), abs=1e-6)
        checked += 1
    for name, number, composition, said in PART.findall(printed):
        piece = atoms[part == name]
        assert (int(number), composition.strip()) == (len(piece), counted(piece))
        assert float(said) == charge(piece)
        checked += 1
    if (closest := re.search(r"^closest \S+ \(Å\) +(\S+)$", printed, re.MULTILINE)) is not None:
        first, second, far = neighbor_list("ijd", atoms, float(closest[1]) + 0.2)
        across = far[part[first] != part[second]]
        assert across.min() == pytest.approx(float(closest[1]), abs=0.006)
        checked += 1
    if (groups := fact(printed, "whole groups")) is not None:
        (number, name), symbols = groups.split(), np.array(atoms.get_chemical_symbols())
        first, second, far = neighbor_list("ijd", atoms, BOND)
        bonded = (symbols[first] == name[:-2]) & (symbols[second] == "O")
        ligands = np.bincount(first[bonded], minlength=len(atoms))[symbols == name[:-2]]
        assert (len(ligands), set(ligands.tolist())) == (int(number), {4})
        checked += 1
    return checked
