"""Two slabs on each other: common frame, contact of hard spheres, vacuum."""

from collections.abc import Callable, Sequence

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.checks import CONTACT_FRACTION, check_contacts
from ionsmith.errors import AtomsTooClose, InvalidStructure
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.surfaces.matches import Match
from ionsmith.surfaces.slabs import CHARGE, KIND, SITE, moments

SAME_VECTOR = 1e-6
"""Largest difference in Å of the cells of both sides."""

_CHUNK = 200_000

_OUTERMOST = 1.0  # Å from the outermost atom

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def gaps_at_contact(
    lower: Atoms, upper: Atoms, shifts: Floats, approach: Callable[[int, int], float]
) -> Floats:
    """Gap in Å at which an upper slab touches a lower one, for each shift."""
    kind_l, kind_u = np.unique(lower.arrays[KIND]), np.unique(upper.arrays[KIND])
    table = np.array([[approach(int(a), int(b)) for b in kind_u] for a in kind_l])
    reach = float(table.max())
    down = lower.positions[:, 2] - lower.positions[:, 2].max()
    up = upper.positions[:, 2] - upper.positions[:, 2].min()

    def gaps_of(low: Integers, high: Integers) -> Floats:
        """Gaps at which some of the atoms touch."""
        row = np.searchsorted(kind_l, lower.arrays[KIND][low])
        column = np.searchsorted(kind_u, upper.arrays[KIND][high])
        sides = [
            np.column_stack([side.positions[which, :2], height[which]])
            for side, which, height in ((lower, low, down), (upper, high, up))
        ]
        limits = table[row][:, column]
        return _gaps(sides[0], sides[1], limits, reach, lower.cell.array[:2, :2], shifts)

    # What is too deep to touch at the smallest gap of the outermost atoms never touches first.
    gaps = gaps_of(np.flatnonzero(down > -_OUTERMOST), np.flatnonzero(up < _OUTERMOST))
    depth = reach - gaps.min(initial=np.inf) + SAME_VECTOR
    if depth <= _OUTERMOST:
        return gaps
    return gaps_of(np.flatnonzero(down > -depth), np.flatnonzero(up < depth))


def _gaps(
    lower: Floats, upper: Floats, limits: Floats, reach: float, vectors: Floats, shifts: Floats
) -> Floats:
    """Gaps at which spheres below and above touch, by the smallest distance of each pair."""
    from scipy.spatial import cKDTree

    inverse = np.linalg.inv(vectors)
    # Images of the lower atoms in a margin around the cell, into which upper atoms are wrapped.
    margin = reach * np.linalg.norm(inverse, axis=0)
    home = (lower[:, :2] @ inverse) % 1.0
    images = index_grid(-np.ceil(margin), np.ceil(margin))
    spread = home[None] + images[:, None]
    near = ((spread > -margin) & (spread < 1 + margin)).all(axis=2)
    tree = cKDTree(spread[near] @ vectors)
    index = np.broadcast_to(np.arange(len(lower)), near.shape)[near]

    gaps = np.empty(len(shifts))
    step = max(1, _CHUNK // max(1, len(upper) * 40))
    for start in range(0, len(shifts), step):
        part = shifts[start : start + step]
        moved = upper[:, :2] + part[:, None]
        wrapped = (moved.reshape(-1, 2) @ inverse) % 1.0 @ vectors
        contact = cKDTree(wrapped).sparse_distance_matrix(tree, reach, output_type="ndarray")
        above, below = contact["i"] % len(upper), index[contact["j"]]
        rise = limits[below, above] ** 2 - contact["v"] ** 2
        inside = rise > 0
        above, below = above[inside], below[inside]
        need = np.sqrt(rise[inside]) + lower[below, 2] - upper[above, 2]
        gap = np.full(len(part), -reach)
        np.maximum.at(gap, contact["i"][inside] // len(upper), need)
        gaps[start : start + step] = gap
    return gaps


def smaller_mesh(repeats: Sequence[Floats | None], slab: Atoms) -> Floats:
    """Smallest of the known in-plane meshes of both sides and the cell: shifts differ over it."""
    meshes = [mesh for mesh in repeats if mesh is not None]
    return min(
        [*meshes, slab.cell.array[:2, :2]], key=lambda m: round(abs(float(np.linalg.det(m))), 6)
    )


def shift_grid(vectors: Floats, spacing: float) -> Floats:
    """Shifts on a grid over a mesh, shape (n, 2), in Å."""
    counts = [max(1, int(np.ceil(np.linalg.norm(v) / spacing - 1e-9))) for v in vectors]
    grid = np.array(list(np.ndindex(*counts))) / counts
    return np.asarray(grid @ vectors)


def deformations(match: Match, cells: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Matrices that take Cartesian vectors of both crystals to the frame of the interface."""
    strained = [
        (np.eye(3) + np.array(match.substrate_strain)),
        np.array(match.rotation) @ (np.eye(3) + np.array(match.film_strain)),
    ]
    vectors = [
        np.array(own) @ cell @ matrix.T
        for own, cell, matrix in zip(
            (match.substrate_vectors, match.film_vectors), cells, strained, strict=True
        )
    ]
    off = float(abs(vectors[0] - vectors[1]).max())
    if not off < SAME_VECTOR:
        raise InvalidStructure(
            f"the cells of substrate and film differ by {off:.2g} Å: `match` belongs to other "
            "crystals"
        )
    normal = np.cross(*vectors[0])
    normal /= np.linalg.norm(normal)
    along = vectors[0][0] / np.linalg.norm(vectors[0][0])
    frame = np.array([along, np.cross(normal, along), normal])
    return frame @ strained[0], frame @ strained[1]


def stack_slabs(
    lower: Atoms,
    upper: Atoms,
    shift: Floats,
    gap: float,
    vacuum: float,
    back: float,
) -> Atoms:
    """Place the upper slab on the lower one; the gap at the back is used without vacuum."""
    below, above = lower.copy(), upper.copy()
    below.positions[:, 2] -= below.positions[:, 2].min()
    above.positions[:, :2] += shift
    above.positions[:, 2] += below.positions[:, 2].max() + gap - above.positions[:, 2].min()
    for part, other, side in ((below, above, 0), (above, below, 1)):
        part.set_array("side", np.full(len(part), side), int)
        if SITE in other.arrays and SITE not in part.arrays:  # an empty word is lost in a file
            part.set_array(SITE, np.array(part.get_chemical_symbols()))
    atoms: Atoms = below + above
    atoms.info = {}
    cell = lower.cell.array.copy()
    cell[2] = (0, 0, above.positions[:, 2].max() - below.positions[:, 2].min() + (vacuum or back))
    atoms.set_cell(cell)
    fractional = atoms.positions @ np.linalg.inv(cell)
    fractional[:, :2] -= np.floor(fractional[:, :2] + 1e-9)
    atoms.positions = fractional @ cell
    if vacuum:
        atoms.positions[:, 2] += vacuum / 2
    atoms.pbc = (True, True, not vacuum)
    return atoms


def as_repeated(atoms: Atoms) -> Atoms:
    """Interface as seen by programs that repeat every cell, across the vacuum too."""
    return Atoms(numbers=atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)


def check_across(atoms: Atoms, lower: int) -> None:
    """Refuse atoms that are too close across, where there are none within either slab.

    The message counts those of the whole interface.
    """
    whole, z, height = as_repeated(atoms), atoms.positions[:, 2], atoms.cell.array[2, 2]
    reach = 2 * CONTACT_FRACTION * float(covalent_radii[atoms.numbers].max())
    below, above = z[:lower], z[lower:]
    near = np.concatenate(
        [
            (below > above.min() - reach) | (below < above.max() - height + reach),
            (above < below.max() + reach) | (above > below.min() + height - reach),
        ]
    )
    try:
        if near.any():
            check_contacts(whole[near])
    except AtomsTooClose:
        check_contacts(whole)


def back_gap(atoms: Atoms) -> float:
    """Gap in Å at the second interface of a periodic stack."""
    height = atoms.cell.array[2, 2]
    z = atoms.positions[:, 2]
    return float(height - (z.max() - z.min()))


def moments_of_both(atoms: Atoms, slabs: Sequence[Atoms]) -> tuple[float | None, float | None]:
    """Charge in e and dipole in e Å of two slabs together; None if those of one are unknown."""
    known = [CHARGE in slab.arrays for slab in slabs]
    elements = [len(np.unique(slab.numbers)) == 1 for slab in slabs]
    if not any(known) or not all(k or e for k, e in zip(known, elements, strict=True)):
        return None, None
    return moments(atoms)
