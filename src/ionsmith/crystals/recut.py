"""A published crystal, disordered or not, in another cell of its lattice.

Ordering works on whole cells of a crystal. If a model needs another cell, such as a primitive one
or that of a slab, the crystal is first put into it by :func:`recut_crystal` and then ordered.
"""

from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np
from ase.geometry import cell_to_cellpar
from numpy.typing import ArrayLike, NDArray

from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.sites import ExpandedSites
from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import primitive_vectors, recut, translations_inside


@dataclass(frozen=True)
class RecutCrystal(Crystal):
    """A crystal in another cell of its lattice, in the same Cartesian frame.

    Parameters
    ----------
    original
        The crystal in its published cell.
    vectors
        The cell vectors [uvw] in the axes of the published cell, three rows.
    """

    original: Crystal = field(kw_only=True)
    vectors: tuple[tuple[float, ...], ...] = field(kw_only=True)

    @property
    def cell(self) -> NDArray[np.float64]:
        """Cell vectors as rows in Å, shape (3, 3), in the frame of the published cell."""
        return np.asarray(self.vectors) @ self.original.cell

    def operations(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Operations of the space group that fit the cell, with all translations inside it."""
        symmetry = self.original.lattice.symmetry
        to_own = np.linalg.inv(np.asarray(self.vectors).T)
        shifts = translations_inside(symmetry, self.vectors)
        kept: dict[tuple[int, ...], tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for rotation, translation in zip(symmetry.rotations, symmetry.translations, strict=True):
            exact = to_own @ rotation @ np.asarray(self.vectors).T
            whole = np.round(exact).astype(np.int64)
            if abs(exact - whole).max() < 1e-6:
                # Operations that differ by a centring count once; the shifts give the others.
                kept.setdefault(tuple(whole.ravel().tolist()), (whole, translation))
        rotations = np.array([w for w, _ in kept.values()])
        moved = np.array([t + shifts for _, t in kept.values()]) @ to_own.T % 1.0
        return np.repeat(rotations, len(shifts), axis=0), moved.reshape(-1, 3)

    @cached_property
    def _expanded(self) -> ExpandedSites:
        """Positions of the sites in the new cell."""
        expanded, symmetry = self.original.expand(), self.original.lattice.symmetry
        members = self.original.primitive_positions
        positions, member = recut(expanded.positions, symmetry, self.vectors, members)
        index = expanded.site_index[member]
        positions.flags.writeable = index.flags.writeable = False
        return ExpandedSites(positions, index)


def recut_crystal(crystal: Crystal, vectors: ArrayLike | None = None) -> RecutCrystal:
    """Put a crystal into another cell of its lattice.

    Parameters
    ----------
    crystal
        A crystal in its published cell, ordered or not.
    vectors
        Three lattice vectors [uvw] as rows in the published axes, shape (3, 3), with fractions for
        centring translations; a right-handed set. By default the shortest primitive cell.

    Returns
    -------
    RecutCrystal
        The same sites; multiplicities and operations are those of the new cell.

    Raises
    ------
    InvalidStructure
        If the vectors are not independent lattice vectors.
    InvalidInput
        If they are left-handed.
    """
    symmetry = crystal.lattice.symmetry
    rows = primitive_vectors(symmetry, crystal.cell) if vectors is None else np.asarray(vectors)
    count = len(translations_inside(symmetry, rows))
    if np.linalg.det(rows) < 0:
        raise InvalidInput("the cell vectors are left-handed; swap two of them")
    per_cell = len(symmetry.centrings)
    sites = tuple(
        replace(site, wyckoff=f"{site.multiplicity * count // per_cell}{_letter(site.wyckoff)}")
        for site in crystal.sites
    )
    own = {item.name: getattr(crystal, item.name) for item in fields(Crystal)}
    a, b, c, alpha, beta, gamma = (float(x) for x in cell_to_cellpar(rows @ crystal.cell))
    own.update(
        sites=sites,
        cellpar=(a, b, c, alpha, beta, gamma),
        formula_units=max(1, crystal.formula_units * count // per_cell),
    )
    tuples = tuple(tuple(float(x) for x in row) for row in rows)
    return RecutCrystal(**own, original=crystal, vectors=tuples)


def _letter(wyckoff: str) -> str:
    """Letter of a Wyckoff symbol; empty where a file gives none."""
    return wyckoff.lstrip("0123456789")
