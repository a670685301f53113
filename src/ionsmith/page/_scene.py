"""Scene of a structure in a page: atoms, bonds, polyhedra and cell, as numbers.

The bonds and polyhedra are those of the tables, so that picture and table cannot disagree. Arrays
are base64 of little-endian numbers; the script of the page repeats the cell.
"""

import base64
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from numpy.typing import NDArray

from ionsmith.analyzers.coordination import find_polyhedra
from ionsmith.bonding.bonds import Bonds
from ionsmith.bonding.elements import electronegativities
from ionsmith.bonding.polyhedra import hull_faces
from ionsmith.lattice.cell_vectors import wrapped
from ionsmith.plotting import SERIES, element_colour, polyhedron_colour

LARGEST_BONDED = 30_000
"""Number of atoms above which bonds and polyhedra are left out of the picture."""

FEW_ATOMS = 1500
"""Thin cells are drawn repeated, up to this number of atoms."""

_OPEN = 1.0  # centres of lower electronegativity have no polyhedron at first (alkali metals)


def scene(atoms: Atoms, bonds: Bonds | None) -> dict[str, Any]:
    """Everything that the script of the page draws, ready for JSON."""
    shifts, on_face = wrapped(atoms)
    positions = atoms.positions + shifts @ atoms.cell.complete().array
    faces = (on_face << np.arange(3)).sum(axis=1).astype(np.uint8)
    elements = np.unique(atoms.numbers)
    drawn: dict[str, Any] = {
        "cell": atoms.cell.complete().tolist(),
        "periodic": [bool(flag) for flag in atoms.pbc],
        "repeats": _repeats(atoms),
        "elements": {
            int(z): {
                "symbol": chemical_symbols[z],
                "colour": element_colour(int(z)),
                "radius": round(float(covalent_radii[z]), 3),
            }
            for z in elements
        },
        "numbers": _packed(atoms.numbers, "u1"),
        "positions": _packed(positions, "f4"),
        "on_face": _packed(faces, "u1"),
    }
    if "part" in atoms.arrays:
        names, which = np.unique(atoms.arrays["part"], return_inverse=True)
        colours = [SERIES[n % len(SERIES)] for n in range(len(names))]
        drawn["parts"] = {"names": names.tolist(), "colours": colours, "of": _packed(which, "u2")}
    if bonds is not None:
        between = bonds.shifts + shifts[bonds.first] - shifts[bonds.second]
        drawn["bonds"] = {
            "first": _packed(bonds.first, "u4"),
            "second": _packed(bonds.second, "u4"),
            "shifts": _packed(between, "i1"),
        }
        drawn["polyhedra"] = _polyhedra(atoms, bonds)
    return drawn


def _repeats(atoms: Atoms) -> list[int]:
    """Number of cells drawn at first along each vector: thin cells more than once."""
    lengths = np.where(atoms.pbc, atoms.cell.lengths(), np.inf)
    repeats = [1, 1, 1]
    if not atoms.pbc.any():
        return repeats
    longest = lengths[atoms.pbc].max()
    for axis in np.argsort(lengths, kind="stable")[: int(atoms.pbc.sum())].tolist():
        wanted = int(min(max(1, np.ceil(0.4 * longest / lengths[axis])), 3))
        while wanted > 1 and len(atoms) * np.prod(repeats) * wanted > FEW_ATOMS:
            wanted -= 1
        repeats[axis] = wanted
    return repeats


def _polyhedra(atoms: Atoms, bonds: Bonds) -> dict[str, Any]:
    """Faces of the coordination polyhedra as triples of bonds, and the kind of each."""
    polyhedra = find_polyhedra(atoms, bonds)
    kind_of = np.full(len(atoms), -1, np.int64)
    kind_of[polyhedra.centres] = polyhedra.kinds
    triangles = hull_faces(atoms, polyhedra.bonds)
    ligands = np.bincount(polyhedra.bonds.first, minlength=len(atoms))
    heads = [polyhedra.centres[polyhedra.kinds == kind][0] for kind in range(len(polyhedra.names))]
    return {
        "kinds": [
            {
                "name": name,
                "count": count,
                "colour": polyhedron_colour(int(atoms.numbers[head]), int(ligands[head])),
                "shown": bool(electronegativities()[atoms.numbers[head]] >= _OPEN),
            }
            for (name, count), head in zip(polyhedra.counts().items(), heads, strict=True)
        ],
        "kind": _packed(kind_of, "i2"),
        "faces": _packed(_places(bonds, polyhedra.bonds)[triangles], "u4"),
    }


def _places(bonds: Bonds, part: Bonds) -> NDArray[np.int64]:
    """Index of each bond of a part among all bonds."""
    columns = [
        np.column_stack([some.first, some.second, some.shifts]).astype(np.int64)
        for some in (bonds, part)
    ]
    low = columns[0].min(axis=0, initial=0)
    spans = columns[0].max(axis=0, initial=0) - low + 1
    factors = np.append(np.cumprod(spans[::-1])[::-1][1:], 1)
    whole, some = ((column - low) @ factors for column in columns)
    order = np.argsort(whole, kind="stable")
    places: NDArray[np.int64] = order[np.searchsorted(whole, some, sorter=order)]
    return places


def _packed(array: NDArray[Any], kind: str) -> str:
    """Base64 of an array."""
    return base64.b64encode(np.ascontiguousarray(array, dtype=f"<{kind}").tobytes()).decode()
