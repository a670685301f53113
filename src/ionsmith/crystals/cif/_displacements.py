"""Displacement parameters of a CIF: isotropic and anisotropic, as U or B."""

import re
from collections.abc import Sequence

import gemmi
import numpy as np
from numpy.typing import NDArray

from ionsmith.crystals.cif._file import find_item, numbers, texts
from ionsmith.crystals.displacements import star

Floats = NDArray[np.float64]

ROUNDED_U = 1e-4
"""Negative principal displacement in Å² that rounding explains."""

LARGE_U = 1.0
"""Displacement in Å² beyond which an atom is not placed; B, of 1 and more, may be called U."""

_B = 8 * np.pi**2
_PAIRS = ("11", "22", "33", "23", "13", "12")
_BETA = re.compile(r"_atom_site_aniso_beta_", flags=re.IGNORECASE)


def read_displacements(
    block: gemmi.cif.Block, cell: gemmi.UnitCell, labels: Sequence[str]
) -> tuple[Floats, Floats | None, list[str]]:
    """Isotropic and anisotropic displacements of all rows in Å², and notes on impossible ones."""
    u_iso = np.full(len(labels), np.nan)
    for tag, scale in (
        ("_atom_site_B_iso_or_equiv", _B),
        ("_atom_site_B_equiv_geom_mean", _B),
        ("_atom_site_U_equiv_geom_mean", 1.0),
        ("_atom_site_U_iso_or_equiv", 1.0),
    ):
        values = numbers(texts(block, tag), tag)
        if len(values) == len(labels):
            u_iso = np.where(np.isfinite(values), values / scale, u_iso)
    names = texts(block, "_atom_site_aniso_label")
    notes = _on_tensors(block, names, set(labels) if names else set())
    u_aniso: dict[str, tuple[float, ...]] = {}
    for kind, scale in (("B", _B), ("U", 1.0)):
        tags = [f"_atom_site_aniso_{kind}_{pair}" for pair in _PAIRS]
        columns = [numbers(texts(block, tag), tag) for tag in tags]
        if names and all(len(column) == len(names) for column in columns):
            for name, row in zip(names, np.stack(columns, axis=1) / scale, strict=True):
                if np.isfinite(row).all():
                    u_aniso[name] = tuple(row.tolist())
    if twice := [name for name in _stated_twice(block, names) if u_aniso.pop(name, None)]:
        notes.append(f"different displacement tensors of one label are left out ({twice[0]})")
    if (u_iso < 0).any():
        named = ", ".join(labels[row] for row in np.flatnonzero(u_iso < 0)[:4])
        notes.append(f"negative displacement parameters are left out ({named})")
        u_iso[u_iso < 0] = np.nan
    if (u_iso > LARGE_U).any():
        row = int(np.nanargmax(u_iso))
        notes.append(f"{labels[row]} has U = {u_iso[row]:.3g} Å²; if this is B, name it so")
    if not u_aniso:
        return u_iso, None, notes
    vectors = np.array(cell.orth.mat.tolist()).T
    components = np.array(list(u_aniso.values()))
    cartesian = vectors.T @ star(components, vectors) @ vectors
    possible = np.linalg.eigvalsh(cartesian)[:, 0] >= -ROUNDED_U
    if not possible.all():
        strange = [name for name, good in zip(u_aniso, possible, strict=True) if not good]
        notes.append(
            f"displacement tensors that are not positive are left out ({', '.join(strange[:4])})"
        )
    place = {name: row for row, name in enumerate(u_aniso)}
    rows = np.fromiter((place.get(label, -1) for label in labels), np.int64, len(labels))
    means = np.append(np.trace(cartesian, axis1=1, axis2=2) / 3, np.nan)[rows]
    u_iso = np.where(np.isnan(u_iso) & (means >= 0), means, u_iso)
    components[~possible] = np.nan
    return u_iso, np.vstack([components, np.full((1, 6), np.nan)])[rows], notes


def _on_tensors(block: gemmi.cif.Block, names: list[str], labels: set[str]) -> list[str]:
    """Notes on displacement tensors that belong to no site, or are not read."""
    notes = []
    if find_item(block, _BETA):
        notes.append("displacement tensors as beta_ij are not read")
    tags = [(f"_atom_site_aniso_U_{pair}", f"_atom_site_aniso_B_{pair}") for pair in _PAIRS]
    there = [any(block.find_values(tag) for tag in both) for both in tags]
    if any(there) and not all(there):
        notes.append("displacement tensors of less than six components are left out")
    if lost := [name for name in names if name not in labels]:
        listed = ", ".join(lost[:4]) + ("…" if len(lost) > 4 else "")
        notes.append(f"displacement tensors that belong to no site are left out ({listed})")
    return notes


def _stated_twice(block: gemmi.cif.Block, names: list[str]) -> list[str]:
    """Labels that have two different tensors."""
    if len(set(names)) == len(names):
        return []
    first: dict[str, list[str]] = {}
    columns = [texts(block, f"_atom_site_aniso_U_{p}", f"_atom_site_aniso_B_{p}") for p in _PAIRS]
    rows = zip(names, *columns, strict=False)
    return list(dict.fromkeys(n for n, *tensor in rows if first.setdefault(n, tensor) != tensor))
