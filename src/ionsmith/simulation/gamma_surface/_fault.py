"""The periodic cell of a fault: one block of the crystal whose third vector carries the shift."""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from ase import Atoms
from ase.constraints import FixCartesian
from numpy.typing import NDArray

from ionsmith.bonding.checks import CONTACT_FRACTION, CONTACT_RADII
from ionsmith.builders.beta_alumina import ROUTES, close_planes, empty_planes
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import in_cell
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.lattice.miller import Direction, parse_plane
from ionsmith.lattice.symmetry import symmetry_of
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.layers.spinel_blocks import LAYERS_PER_BLOCK, basal_vectors
from ionsmith.surfaces.plane_mesh import plane_mesh
from ionsmith.surfaces.slabs import planes_of, stacking_vector
from ionsmith.surfaces.vacuum import vacuum_axes

Floats = NDArray[np.float64]

NAMED = 0.05
"""Distance in Å within which a shift is a simple lattice vector."""

NEAR_NAME = 0.4
"""Distance in Å within which a minimum has the name of a glide, a quarter of the shortest one."""

PARTS = (1, 2, 3, 4, 6)
"""The n of lattice vectors [uvw]/n by which a shift is called."""

ON_LAYER = 0.05
"""Distance in Å from an atom within which no plane is cut."""

LEAST_GAP = 0.3
"""Smallest distance in Å of the layers across the plane."""

GAP = 30.0
"""Vacuum in Å around a block while its symmetry is found."""

NEAR_IMAGE = 8.0
"""Distance in Å of the plane and its image below which a note is made."""

ZERO = "0"
"""Text of no shift."""

_PLANE = re.compile(r"\s*(\(.*\))\s*(?:@\s*([-+0-9.eE]+)\s*(?:Å|A)?)?\s*")


@dataclass(frozen=True, eq=False)
class Fault:
    """A block of a crystal between two images of the plane.

    Parameters
    ----------
    atoms
        The block; its first cell vector is along x, the second in the xy plane, the third leads to
        the next block. All atoms lie between the plane at z = 0 and its image.
    plane
        The plane, as text.
    axes
        Vectors in Å, shape (3, 3), whose multiples name the shifts, in the frame of the atoms.
    ends
        Whether the structure ends in vacuum.
    names
        Shifts in Å that have names, shape (3,), in the frame of the atoms.
    emptied
        Whether the plane is a conduction plane that was open and has been emptied.
    notes
        What a user should know.
    """

    atoms: Atoms
    plane: str
    axes: Floats
    ends: bool
    names: tuple[tuple[str, Floats], ...] = ()
    emptied: bool = False
    notes: tuple[str, ...] = ()

    @property
    def vectors(self) -> Floats:
        """The in-plane vectors in Å, shape (2, 2)."""
        return np.asarray(self.atoms.cell.array[:2, :2])

    @property
    def area(self) -> float:
        """Area of the cell in the plane, in Å²."""
        return float(abs(np.linalg.det(self.vectors)))

    def model(self, shift: Floats, opening: float) -> Atoms:
        """The crystal with a shift in fractions and an opening in Å of the plane.

        The third vector is made as upright as in-plane lattice vectors allow.
        """
        model: Atoms = self.atoms.copy()
        cell = model.cell.array.copy()
        lean = cell[2, :2] @ np.linalg.inv(self.vectors) + shift
        cell[2, :2] = (lean - np.rint(lean)) @ self.vectors
        cell[2, 2] += opening
        model.set_cell(cell)
        return model

    def held(self, shift: Floats, opening: float) -> Atoms:
        """The same with atoms that move along the normal only."""
        model = self.model(shift, opening)
        model.set_constraint(FixCartesian(np.arange(len(model)), mask=(True, True, False)))
        return model

    def closest(self, shift: Floats) -> float:
        """Opening in Å at which atoms across the plane touch.

        They touch at :data:`ionsmith.bonding.checks.CONTACT_FRACTION` of the sum of their radii.
        """
        atoms, cell = self.atoms, self.atoms.cell.array
        radii = CONTACT_RADII[atoms.numbers] * CONTACT_FRACTION
        reach = 2 * float(radii.max())
        z = atoms.positions[:, 2]
        below = np.flatnonzero(z > z.max() - reach - 1)
        above = np.flatnonzero(z < z.min() + reach + 1)
        lift = cell[2].copy()
        lift[:2] += shift @ self.vectors
        apart = atoms.positions[above] + lift - atoms.positions[below][:, None]
        fractions = apart[..., :2] @ np.linalg.inv(self.vectors)
        flat = (fractions - np.rint(fractions)) @ self.vectors
        images = index_grid([-2, -2], [2, 2]) @ self.vectors
        flat2 = ((flat[..., None, :] + images) ** 2).sum(axis=-1)
        limit = (radii[below][:, None] + radii[above])[..., None]
        needed = np.sqrt(np.clip(limit**2 - flat2, 0, None)) - apart[..., 2:]
        touching = float(np.where(flat2 < limit**2, needed, -cell[2, 2]).max())
        return float(max(touching, np.ptp(z) - cell[2, 2] + LEAST_GAP))

    @cached_property
    def operations(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """In-plane matrices of the symmetry of the block, and 1 or -1 for those that turn it over.

        Shapes (m, 2, 2) and (m,), for rows of fractions from the left.
        """
        block = self.atoms.copy()
        block.set_constraint()
        cell = block.cell.array.copy()
        cell[2] = (0, 0, float(np.ptp(block.positions[:, 2])) + GAP)
        block.set_cell(cell)
        block.pbc = True
        rotations = symmetry_of(block).rotations
        flat = (rotations[:, 2, :2] == 0).all(axis=1) & (rotations[:, :2, 2] == 0).all(axis=1)
        rotations = rotations[flat]
        unique = np.unique(
            np.column_stack([rotations[:, :2, :2].reshape(-1, 4), rotations[:, 2, 2]]), axis=0
        )
        return unique[:, :4].reshape(-1, 2, 2), unique[:, 4]

    def equivalents(self, shift: Floats) -> Floats:
        """Shifts in fractions from 0 to 1 that have the same energy by symmetry, shape (m, ..., 2).

        The blocks are stacked with a step T in the plane. An operation R of a block leaves the
        energy of the step unchanged: E(T) = E(R T), or E(-R T) if it turns the block over.
        """
        matrices, sides = self.operations
        step = self.atoms.cell.array[2, :2] @ np.linalg.inv(self.vectors)
        turned = np.einsum("mij,...j->m...i", sides[:, None, None] * matrices, step + shift)
        moved = turned - step
        return np.asarray((moved + 1e-9) % 1 - 1e-9)

    def shortest(self, shift: Floats) -> Floats:
        """The same shift by the shortest vector, in fractions."""
        images = shift - np.floor(shift) + index_grid([-2, -2], [2, 2])
        lengths = np.round(np.linalg.norm(images @ self.vectors, axis=1), 6)
        # Of equally long ones the one nearest to the first vector.
        angles = np.round(images @ self.vectors @ (1.0, 1e-3), 6)
        return np.asarray(images[np.lexsort((-angles, lengths))[0]])

    def vector(self, shift: Floats) -> tuple[str, Floats] | None:
        """A shift as a part of a lattice vector, and that part in fractions; None if it is none."""
        short = self.shortest(shift)
        if np.linalg.norm(short @ self.vectors) < NAMED:
            return ZERO, np.zeros(2)
        place = np.append(short @ self.vectors, 0.0)
        components = place @ np.linalg.pinv(self.axes)
        for part in PARTS:
            whole = np.rint(part * components)
            exact = whole @ self.axes / part
            if np.linalg.norm(exact - place) < NAMED and abs(exact[2]) < 1e-3:
                u, v, w = (int(i) for i in whole)
                text = str(Direction((u, v, w))) + (f"/{part}" if part > 1 else "")
                return text, np.asarray(exact[:2] @ np.linalg.inv(self.vectors))
        return None

    def name(self, shift: Floats) -> str | None:
        """Name of a shift; None if it has none."""
        for name, place in self.names:
            turns = shift - place[:2] @ np.linalg.inv(self.vectors)
            if np.linalg.norm((turns - np.rint(turns)) @ self.vectors) < NEAR_NAME:
                return name
        return None


def find_fault(structure: CrystalLike, plane: int | str, thickness: float | str) -> Fault:
    """Set up the fault of a conduction plane by its number, or of a plane (hkl)@height."""
    if isinstance(plane, int) or re.fullmatch(r"\s*\d+\s*", plane):
        return _conduction_plane(read_structure(structure), int(plane))
    return _lattice_plane(structure, plane, thickness)


def _block(atoms: Atoms, in_plane: Floats, stacking: Floats, frame: Floats, cut: float) -> Atoms:
    """Atoms between a cut and its image, in the frame, with the cut at z = 0."""
    cell = np.array([*in_plane, stacking]) @ frame.T
    cell[0, 1:] = cell[1, 2] = 0.0
    positions = atoms.positions @ frame.T - (0, 0, cut)
    positions -= np.floor(positions[:, 2] / cell[2, 2])[:, None] * cell[2]
    block = Atoms(atoms.numbers, positions, cell=cell, pbc=True)
    if "initial_magmoms" in atoms.arrays:
        block.set_initial_magnetic_moments(atoms.arrays["initial_magmoms"])
    return block


def _frame(in_plane: Floats) -> Floats:
    """Unit vectors along the first vector, across it in the plane, and along the normal."""
    first = in_plane[0] / np.linalg.norm(in_plane[0])
    normal = np.cross(*in_plane)
    normal /= np.linalg.norm(normal)
    return np.array([first, np.cross(normal, first), normal])


def _conduction_plane(atoms: Atoms, plane: int) -> Fault:
    """Fault of a conduction plane of β''-alumina; an open one is emptied."""
    anatomy = find_anatomy(atoms)
    if not 1 <= plane <= anatomy.n_planes:
        raise InvalidInput(
            f"`plane` is {plane}; the structure has {anatomy.n_planes} conduction planes, numbered "
            "from 1 at the bottom"
        )
    cell = basal_vectors(anatomy.miller) @ atoms.cell.array
    top = (anatomy.spinel_block == plane) & (anatomy.oxygen_layer == LAYERS_PER_BLOCK)
    height = float(anatomy.height[top].mean() + anatomy.oxygen_gap[plane - 1] / 2)
    if np.cross(*cell[:2]) @ anatomy.normal < 0:
        cell[:2] = cell[1::-1].copy()
    frame = _frame(cell[:2])
    whole = atoms.copy()
    whole.positions += anatomy.wrap[:, None] * cell[2]
    names: tuple[tuple[str, Floats], ...] = (("unshifted", np.zeros(3)),)
    notes: tuple[str, ...] = ()
    open_plane = not anatomy.closed[plane - 1]
    model = whole
    if open_plane:
        found = [("open", np.zeros(3))]
        for glide, route in [*product(("right", "wrong"), ROUTES), ("third", None)]:
            closure = close_planes(atoms, [plane], glide=glide, route=route)
            found.append((glide, closure.closed_planes[0].glide))
        names = tuple((name, place @ frame.T) for name, place in found)
        model = empty_planes(whole, anatomy, [plane])
        left = len(whole) - len(model)
        notes = (f"plane {plane} is emptied: {left} atoms are left out",)
    block = _block(model, cell[:2], cell[2], frame, height)
    axes = np.vstack([anatomy.basal_axes @ frame.T, (0, 0, anatomy.period)])
    return Fault(
        block, f"conduction plane {plane}", axes, False, names, emptied=open_plane, notes=notes
    )


def _lattice_plane(structure: CrystalLike, text: str, thickness: float | str) -> Fault:
    """Fault of a plane (hkl) at a height, or in the widest gap between its layers."""
    match = _PLANE.fullmatch(text)
    if match is None:
        raise InvalidInput(
            f"`plane` is {text!r}; expected the number of a conduction plane, or (hkl)@HEIGHT such "
            "as (111)@1.2 with a height in Å"
        )
    plane = parse_plane(match[1]).reduced()
    atoms = read_structure(structure)
    ends = vacuum_axes(atoms)
    if not all(atoms.pbc):
        atoms = atoms.copy()
        atoms.pbc = True
    lattice = read_lattice(atoms)
    mesh = plane_mesh(lattice, plane)
    stacking = stacking_vector(lattice, plane, mesh.vectors)
    spacing = lattice.lattice_spacing(plane)
    if ends and plane.indices != tuple(int(axis in ends) for axis in range(3)):
        raise InvalidInput(
            f"`plane` {plane} is not that of the slab, which ends along {'abc'[ends[0]]}"
        )
    frame = mesh.frame
    cell = in_cell(atoms, lattice.symmetry, [*mesh.vectors, stacking])
    period = float(cell.cell.array[2] @ frame[2])
    heights = np.sort((cell.positions @ frame[2]) % period % period)
    gaps = np.diff(np.append(heights, heights[0] + period))
    if match[2] is not None:
        try:
            height = float(match[2])
        except ValueError:
            raise InvalidInput(f"`plane` {text}: {match[2]} is no height in Å") from None
        apart = np.abs((heights - height + period / 2) % period - period / 2).min()
        gap = gaps[np.searchsorted(heights, height % period) - 1]
        if apart < ON_LAYER or (ends and gap == gaps.max()):
            where = "goes through atoms" if apart < ON_LAYER else "is in the vacuum"
            raise InvalidInput(
                f"`plane` {text} {where}; choose a height between layers, which are at "
                f"{', '.join(f'{h:.2f}' for h in np.unique(np.round(heights, 2))[:12])} Å"
            )
    elif ends:
        raise InvalidInput(f"`plane` {text} of a slab needs a height in Å: {plane}@HEIGHT")
    else:
        # Of equal gaps the first, whatever the rounding errors.
        widest = int(np.flatnonzero(gaps > gaps.max() - 1e-3)[0])
        height = float(heights[widest] + gaps[widest] / 2) % period
    layers = 1 if ends else planes_of(thickness, spacing)
    vectors = cell.cell.array
    axes = np.asarray(lattice.lattice.cell) @ frame.T
    block = _block(cell.repeat((1, 1, layers)), vectors[:2], layers * vectors[2], frame, height)
    notes: tuple[str, ...] = ()
    if match[2] is None:
        notes += (f"the plane is in the widest gap between layers, {height:.2f} Å",)
    if not ends and layers * period < NEAR_IMAGE:
        notes += (
            f"the plane and its image are {layers * period:.1f} Å apart: compare with a larger "
            "`thickness`",
        )
    return Fault(
        block, f"{plane}@{height % spacing if not ends else height:.2f} Å", axes, bool(ends),
        (("unshifted", np.zeros(3)),), notes=notes,
    )  # fmt: skip
