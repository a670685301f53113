"""The anatomy of β''-alumina: spinel blocks, conduction planes, and their stacking.

β''-alumina (R-3m) is a stack of spinel blocks, four close-packed O layers each, and loosely packed
conduction planes between them. Two blocks are bridged by one O per basal cell, over which two AlO4
tetrahedra share a corner (Bettman and Peters 1969, doi:10.1021/j100726a024).

The anatomy is found from the bonds alone. It does not depend on the setting, the origin, the
orientation, the order of the atoms or a small relaxation:

- a **spinel block** is a connected component of the network of octahedral cations and the O they
  share; it repeats in two dimensions, which gives the basal plane and its normal;
- a **bridging O** is bonded to framework cations, none of them octahedral;
- a **facing cation** is a tetrahedral cation of a block that also binds a bridging O, or, across a
  closed conduction plane, an O of the neighbouring block;
- the cations that are not bonded into a block by short bonds (Na, K, Ag, ...) and the bridging O
  make up the **conduction planes**.

Blocks and planes are numbered from 1 along the normal, which points along the third cell vector if
the first two span the basal plane. Plane p lies above block p; 0 means none.
"""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.checks import check_numbers
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.errors import NotBetaAlumina
from ionsmith.layers.spinel_blocks import (
    LAYERS_PER_BLOCK,
    OXYGEN,
    FrameworkBonds,
    basal_cells,
    basal_plane,
    basal_vectors,
    components,
    framework_bonds,
    join_tetrahedra,
    members,
    order_blocks,
    oxygen_layers,
)


@dataclass(frozen=True)
class Anatomy:
    """Spinel blocks and conduction planes of a β''-alumina structure of n atoms.

    Parameters
    ----------
    spinel_block
        Block of each atom, 1 to ``n_blocks``, 0 for atoms of the conduction planes; shape (n,).
    conduction_plane
        Plane of each atom, 1 to ``n_planes``, 0 for atoms of the blocks; shape (n,).
    bridging
        Whether each atom is a bridging O, shape (n,).
    facing
        Plane that each facing cation faces, 0 for all other atoms; shape (n,).
    looks_up
        Whether each atom is a facing cation below its plane, shape (n,).
    oxygen_layer
        Close-packed layer of each block O, 1 to 4 from the bottom of its block, else 0; shape (n,).
    height
        Position along the normal in Å, unwrapped so that each block is whole and block 1 comes
        first; shape (n,).
    wrap
        Multiples of the period that unwrap each atom along the normal, integers of shape (n,).
    normal
        Unit normal of the basal plane, shape (3,).
    miller
        Indices of the basal plane in the cell of the structure, shape (3,).
    period
        Height of the cell along the normal in Å.
    basal_axes
        The hexagonal axes a and b (Å, Cartesian) of the basal cell, shape (2, 3): a is the row of
        bridges nearest to the first in-plane cell vector, b follows at 120° about the normal.
    basal_cells
        Basal cells per conduction plane.
    closed
        Whether each plane is closed, shape (n_planes,).
    facing_bond
        Mean length in Å of the bonds of the facing cations of each plane, shape (n_planes,).
    oxygen_gap
        Distance in Å between the two O layers that face each other across each plane, shape
        (n_planes,).
    row_spacing
        Distance in Å between the octahedral cation rows nearest to each plane on either side,
        shape (n_planes,): the spacing that is seen in HAADF images.
    stacking
        Letters A, B, C of the O layers from the bottom to the top, one word for each block,
        followed by ``-`` for an open or ``|`` for a closed plane.
    """

    spinel_block: NDArray[np.int64]
    conduction_plane: NDArray[np.int64]
    bridging: NDArray[np.bool_]
    facing: NDArray[np.int64]
    looks_up: NDArray[np.bool_]
    oxygen_layer: NDArray[np.int64]
    height: NDArray[np.float64]
    wrap: NDArray[np.int64]
    normal: NDArray[np.float64]
    miller: NDArray[np.int64]
    period: float
    basal_axes: NDArray[np.float64]
    basal_cells: int
    closed: NDArray[np.bool_]
    facing_bond: NDArray[np.float64]
    oxygen_gap: NDArray[np.float64]
    row_spacing: NDArray[np.float64]
    stacking: str

    @property
    def n_planes(self) -> int:
        """Number of conduction planes, equal to that of the blocks."""
        return len(self.closed)

    def lateral(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Component of Cartesian vectors, shape (..., 3), in the basal plane."""
        return vectors - (vectors @ self.normal)[..., None] * self.normal


def find_anatomy(atoms: Atoms, *, mirror_planes: bool = False) -> Anatomy:
    """Find spinel blocks and conduction planes from the geometry.

    Parameters
    ----------
    atoms
        Any cell or supercell of β''-alumina, periodic in three dimensions, as built or relaxed,
        with open or closed planes.
    mirror_planes
        Accept β-alumina too, whose conduction planes are mirror planes.

    Returns
    -------
    Anatomy

    Raises
    ------
    NotBetaAlumina
        If the structure is not β''-alumina; the message names what is missing.
    InvalidStructure
        If the structure is empty or holds numbers that are not finite.
    """
    check_numbers(atoms)
    if not np.all(atoms.pbc):
        raise NotBetaAlumina("not β''-alumina: the structure is not periodic in three dimensions")
    n = len(atoms)
    bonds = framework_bonds(atoms)
    octahedral = np.bincount(bonds.cation, minlength=n) >= 5
    core = bonds.take(octahedral[bonds.cation])
    if len(core.cation) == 0:
        raise NotBetaAlumina("not β''-alumina: it has no cations in octahedra of O")
    label, translations = components(n, core)
    miller = basal_plane(translations)
    reciprocal = miller @ atoms.cell.reciprocal().array
    period = 1 / float(np.linalg.norm(reciprocal))
    normal = reciprocal * period
    fraction = atoms.positions @ reciprocal

    block, wrap, centres = order_blocks(label, core, octahedral, fraction)
    tetrahedra = bonds.take(~octahedral[bonds.cation])
    join_tetrahedra(block, wrap, tetrahedra, miller, len(centres))
    bridging = block == 0
    bridging[atoms.numbers != OXYGEN] = False
    bridging[np.bincount(bonds.oxygen, minlength=n) == 0] = False
    floating = block == 0
    wrap[floating] = -np.floor(fraction[floating] - centres[0]).astype(np.int64)
    plane = np.zeros(n, np.int64)
    plane[floating] = np.searchsorted(centres, (fraction + wrap)[floating], side="right")
    height = (fraction + wrap) * period

    layer = oxygen_layers(atoms.numbers == OXYGEN, block, height, len(centres))
    cells = basal_cells(layer, block, octahedral, len(centres))
    facing, looks_up, crossing = _facing_cations(
        tetrahedra, block, wrap, plane, miller, len(centres)
    )
    if not looks_up.any():
        raise NotBetaAlumina(
            "not β''-alumina: no tetrahedral cations face each other across its planes"
        )
    side = looks_up & (facing == facing[looks_up][0])
    stack = basal_vectors(miller) @ atoms.cell.array
    whole = atoms.positions + wrap[:, None] * stack[2]
    basal = _basal_axes(whole[side], stack[:2], normal, cells)
    if not mirror_planes:
        _check_inversion(atoms, tetrahedra, facing, looks_up, basal)
    closed = crossing > 0
    gap, row = _plane_spacings(block, layer, octahedral, height, period, len(centres))
    return Anatomy(
        spinel_block=block,
        conduction_plane=plane,
        bridging=bridging,
        facing=facing,
        looks_up=looks_up,
        oxygen_layer=layer,
        height=height,
        wrap=wrap,
        normal=normal,
        miller=miller,
        period=period,
        basal_axes=basal,
        basal_cells=cells,
        closed=closed,
        facing_bond=_mean_by(facing[tetrahedra.cation], tetrahedra.length, len(centres)),
        oxygen_gap=gap,
        row_spacing=row,
        stacking=stacking(whole, basal, block, layer, closed),
    )


def _facing_cations(
    bonds: FrameworkBonds,
    block: NDArray[np.int64],
    wrap: NDArray[np.int64],
    plane: NDArray[np.int64],
    miller: NDArray[np.int64],
    n_planes: int,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Plane that each tetrahedral cation faces, whether from below, and bonds across planes."""
    cation, oxygen = bonds.cation, bonds.oxygen
    turns = bonds.shift @ miller - wrap[oxygen] + wrap[cation]
    # Steps along the stack from the block of the cation: plane p comes right above block p.
    bridge = block[oxygen] == 0
    step = np.where(bridge, plane[oxygen], block[oxygen]) + n_planes * turns - block[cation]
    up = np.where(bridge, step == 0, step == 1)
    down = step == -1
    under = (block - 2) % n_planes + 1
    facing = np.zeros(len(block), np.int64)
    facing[cation[up]] = block[cation[up]]
    facing[cation[down]] = under[cation[down]]
    looks_up = np.zeros(len(block), bool)
    looks_up[cation[up]] = True
    crossing = np.bincount(facing[cation[(up | down) & ~bridge]], minlength=n_planes + 1)[1:]
    return facing, looks_up, crossing


def _basal_axes(
    bridges: NDArray[np.float64],
    in_plane: NDArray[np.float64],
    normal: NDArray[np.float64],
    cells: int,
) -> NDArray[np.float64]:
    """Hexagonal axes of the net of bridges of one plane, exactly commensurate with the cell."""
    area = float(np.linalg.norm(np.cross(*in_plane)))
    length = np.sqrt(2 * area / cells / np.sqrt(3))
    layer = Atoms(positions=bridges, cell=[*in_plane, 50 * normal], pbc=[True, True, False])
    pairs = neighbour_list(layer, 1.25 * length)
    if len(pairs.first) == 0:
        raise NotBetaAlumina("not β''-alumina: its bridges do not form a hexagonal net")
    vectors = (
        layer.positions[pairs.second]
        - layer.positions[pairs.first]
        + pairs.shifts @ layer.cell.array
    )
    towards = in_plane[0] / np.linalg.norm(in_plane[0])
    across = np.cross(normal, towards)
    angle = np.arctan2(vectors @ across, vectors @ towards)
    # The six directions of a hexagonal net have one common phase under a sixfold turn.
    first = float(np.angle(np.exp(6j * angle).mean()) / 6)
    turns = np.array([first, first + 2 * np.pi / 3])
    guess = length * (np.cos(turns)[:, None] * towards + np.sin(turns)[:, None] * across)
    count = np.rint(in_plane @ np.linalg.pinv(guess))
    if abs(round(np.linalg.det(count))) != cells:
        raise NotBetaAlumina(
            "not β''-alumina: its bridges do not form a hexagonal net that fits the cell"
        )
    return np.asarray(np.linalg.solve(count, in_plane))


def _check_inversion(
    atoms: Atoms,
    bonds: FrameworkBonds,
    facing: NDArray[np.int64],
    looks_up: NDArray[np.bool_],
    basal: NDArray[np.float64],
) -> None:
    """Refuse β: in β'' the basal triangles of facing tetrahedra are inverted across a plane."""
    vector = (
        atoms.positions[bonds.oxygen]
        + bonds.shift @ atoms.cell.array
        - atoms.positions[bonds.cation]
    )
    along = basal[0] / np.linalg.norm(basal[0])
    across = basal[1] - (basal[1] @ along) * along
    across /= np.linalg.norm(across)
    # Threefold orientation of the triangle; O straight above or below do not contribute.
    triangle = (vector @ along + 1j * (vector @ across)) ** 3
    plane = facing[bonds.cation]
    up = looks_up[bonds.cation]
    for number, mine in enumerate(members(plane, int(plane.max(initial=0)))[1:], start=1):
        lower, upper = (triangle[mine[up[mine] == side]] for side in (True, False))
        if len(lower) and len(upper) and (lower.mean() * upper.mean().conjugate()).real > 0:
            raise NotBetaAlumina(
                f"not β''-alumina: the O layers that face each other across plane {number} are "
                "stacked alike (a mirror plane, as in β-alumina)"
            )


def _mean_by(
    plane: NDArray[np.int64], values: NDArray[np.float64], n_planes: int
) -> NDArray[np.float64]:
    """Mean of values for each plane."""
    count = np.bincount(plane, minlength=n_planes + 1)[1:]
    total = np.bincount(plane, values, minlength=n_planes + 1)[1:]
    return np.asarray(np.divide(total, count, out=np.full(n_planes, np.nan), where=count > 0))


def _plane_spacings(
    block: NDArray[np.int64],
    layer: NDArray[np.int64],
    octahedral: NDArray[np.bool_],
    height: NDArray[np.float64],
    period: float,
    n_planes: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances across each plane of the facing O layers and of the octahedral cation rows."""
    gap, row = np.zeros(n_planes), np.zeros(n_planes)
    atoms = members(block, n_planes)
    for plane in range(1, n_planes + 1):
        above = plane % n_planes + 1
        lift = period if above <= plane else 0.0
        low, high = atoms[plane], atoms[above]
        top = height[low[layer[low] == LAYERS_PER_BLOCK]].mean()
        bottom = height[high[layer[high] == 1]].mean()
        gap[plane - 1] = bottom + lift - top
        lower, upper = height[low[octahedral[low]]], height[high[octahedral[high]]]
        # A row is 1.2 Å thick, half of the 2.4 Å between the cation rows of a block.
        top = lower[lower > lower.max() - 1.2].mean()
        bottom = upper[upper < upper.min() + 1.2].mean()
        row[plane - 1] = bottom + lift - top
    return gap, row


def stacking(
    whole: NDArray[np.float64],
    basal: NDArray[np.float64],
    block: NDArray[np.int64],
    layer: NDArray[np.int64],
    closed: NDArray[np.bool_],
) -> str:
    """Letters A, B, C of the O layers.

    Parameters
    ----------
    whole
        Positions in Å with every block whole, shape (n, 3).
    basal
        Hexagonal axes of the basal cell, shape (2, 3); the O net has half its period.
    block, layer
        Block and O layer of each atom, as in :class:`Anatomy`.
    closed
        Whether each plane is closed.

    Returns
    -------
    str
        One word for each block from the bottom to the top, starting with A, followed by ``-`` for
        an open or ``|`` for a closed plane; ``?`` is a layer between the three positions.
    """
    turns = whole @ np.linalg.pinv(basal / 2)[:, 0]
    words = []
    origin = 0.0
    for number, atoms in enumerate(members(block, len(closed))[1:], start=1):
        word = ""
        for level in range(1, LAYERS_PER_BLOCK + 1):
            phases = np.exp(2j * np.pi * turns[atoms[layer[atoms] == level]])
            phase = float(np.angle(phases.mean()) / (2 * np.pi))
            if number == level == 1:
                origin = phase
            third = 3 * (phase - origin)
            word += "ABC"[round(third) % 3] if abs(third - round(third)) < 0.4 else "?"
        words.append(word + ("|" if closed[number - 1] else "-"))
    return "".join(words)
