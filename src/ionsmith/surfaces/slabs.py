"""Slabs of a crystal between two cuts parallel to a plane.

A crystal is first set up with two cell vectors in the plane and the third one rising from it by an
integer number of lattice planes (:func:`oriented_cell`). A cut does not break *units*: molecular
groups, at the height of their centres, clusters of groups that end, at the mean of theirs, and
atoms in no group. A unit stays whole on its side of a cut; a ligand that two groups of a chain
share across a cut is kept on both sides.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from ase.data import chemical_symbols
from numpy.typing import ArrayLike, NDArray

from ionsmith.bonding.bonds import Bonds, find_bonds
from ionsmith.bonding.molecular_groups import CENTRES, MolecularGroups, molecular_groups
from ionsmith.errors import InvalidInput, TerminationNotPossible
from ionsmith.lattice.cell_vectors import plane_step, primitive_lattice
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.frameworks import clusters_that_end, groups_that_end
from ionsmith.surfaces.plane_mesh import plane_mesh

CHARGE = "formal_charge"
"""Name of the array of formal charges in e, where they are known."""

SPECIES = "species"
"""Name of the array of what is on the site of each atom, where several elements share it."""

SITE = "site_label"
"""Name of the array of published sites."""

KIND = "registry_kind"
"""Array of a slab: atomic number, and :data:`CENTRAL` more for the centre of a molecular group."""

CENTRAL = 1000

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def stacking_vector(crystal: CrystalLattice, plane: Plane, in_plane: ArrayLike) -> Floats:
    """Lattice vector from one lattice plane to the next, as close to the normal as possible.

    Parameters
    ----------
    crystal
        The crystal.
    plane
        The plane; only its orientation matters.
    in_plane
        Two lattice vectors [uvw] in it, shape (2, 3), with which the result is right-handed.

    Returns
    -------
    ndarray
        [uvw], shape (3,).
    """
    rows, denominator = primitive_lattice(crystal.symmetry)
    h = np.round(rows @ np.array(plane.indices)).astype(np.int64)
    step = plane_step(h // np.gcd.reduce(h)) @ rows / denominator
    # Handedness in space: the crystal's own cell may be left-handed.
    if np.linalg.det([*np.asarray(in_plane, dtype=float), step] @ crystal.lattice.cell) < 0:
        step = -step
    # Subtract mesh vectors until the step is as short as possible.
    mesh, metric = plane_mesh(crystal, plane).vectors, crystal.lattice.metric
    along = np.linalg.solve(mesh @ metric @ mesh.T, mesh @ metric @ step)
    start = step - np.round(along) @ mesh
    trials = start + np.array([(i, j) for i in (0, 1, -1) for j in (0, 1, -1)]) @ mesh
    lengths = np.round(np.einsum("ni,ij,nj->n", trials, metric, trials), 9)
    return np.asarray(np.round(trials[lengths.argmin()], 12) + 0.0)


@dataclass(frozen=True, eq=False)
class OrientedCell:
    """A crystal with two cell vectors in a plane, and its units.

    Parameters
    ----------
    atoms
        The crystal, periodic; its first cell vector along x, the second in the xy plane, the third
        with a positive height. The array ``formal_charge`` is used if present.
    layers
        Number of lattice planes in the height of the cell.
    groups
        Its molecular groups, which stay whole.
    every
        Those of a framework too.
    """

    atoms: Atoms
    layers: int
    groups: MolecularGroups
    every: MolecularGroups

    @property
    def period(self) -> float:
        """Height of the cell in Å."""
        return float(self.atoms.cell.array[2, 2])

    @property
    def spacing(self) -> float:
        """Distance of the lattice planes in Å."""
        return self.period / self.layers

    @property
    def area(self) -> float:
        """Area of the cell in the plane, in Å²."""
        return float(self.atoms.cell.array[0, 0] * self.atoms.cell.array[1, 1])

    @cached_property
    def units(self) -> "Units":
        """The units, one image of each, with the heights of their centres in [0, period)."""
        atoms, groups = self.atoms, self.groups
        rise = atoms.cell.array[2, 2]
        level = atoms.positions @ np.linalg.inv(atoms.cell.array)[:, 2]
        cluster, place = clusters_that_end(groups)
        n_clusters = int(cluster.max()) + 1 if len(cluster) else 0
        grouped = np.zeros(len(atoms), dtype=bool)
        grouped[groups.member] = True
        alone = np.flatnonzero(~grouped)
        # A cluster has the mean height of its centres.
        heights = np.bincount(cluster, level[groups.centre] + place[:, 2], minlength=n_clusters)
        heights = np.concatenate(
            [heights / np.bincount(cluster, minlength=n_clusters), level[alone]]
        )
        home = np.floor(heights + 1e-9).astype(np.int64)
        rows = np.concatenate(
            [
                np.column_stack(
                    [cluster[groups.group], groups.member, groups.shift + place[groups.group]]
                ),
                np.column_stack(
                    [n_clusters + np.arange(len(alone)), alone, np.zeros((len(alone), 3), np.int64)]
                ),
            ]
        )
        rows = rows[np.sort(np.unique(rows, axis=0, return_index=True)[1])]  # shared within one
        unit, member = rows[:, 0], rows[:, 1]
        species = atoms.arrays.get(SPECIES, np.array(atoms.get_chemical_symbols())).tolist()
        names = [""] * n_clusters + [species[atom] for atom in alone.tolist()]
        for group, centre in enumerate(groups.centre.tolist()):
            own = groups.names[group].replace(
                chemical_symbols[atoms.numbers[centre]], species[centre], 1
            )
            names[cluster[group]] = own
        for several in np.flatnonzero(np.bincount(cluster, minlength=n_clusters) > 1).tolist():
            centres = groups.centre[cluster == several].tolist()
            names[several] = _cluster_name(
                [species[atom] for atom in centres],
                [species[atom] for atom in member[unit == several].tolist() if atom not in centres],
            )
        return Units(
            tuple(names), (heights - home) * rise, unit, member, rows[:, 4] - home[unit], cluster
        )

    @cached_property
    def bonds(self) -> Bonds:
        """Bonds of the crystal by the criterion ``"gap"``."""
        return find_bonds(self.atoms)


@dataclass(frozen=True, eq=False)
class Units:
    """Atoms and molecular groups that a cut does not break.

    Parameters
    ----------
    names
        Formula of each unit, n of them.
    heights
        Heights of the centres in Å, shape (n,).
    unit, member, shift
        One row for each atom of each unit: index of the unit, index of the atom, and its upward
        translation in cells; shape (m,).
    of_group
        Unit of each molecular group, shape (g,); groups of a cluster that ends are one unit.
    """

    names: tuple[str, ...]
    heights: Floats
    unit: Integers
    member: Integers
    shift: Integers
    of_group: Integers


def _cluster_name(centres: Sequence[str], ligands: Sequence[str]) -> str:
    """Formula of a cluster of groups, as P2O7 or H2P2O7: H first, then the centres."""
    counts = Counter(centres)
    rest = Counter(ligands)
    parts = [("H", rest.pop("H", 0)), *sorted(counts.items()), *sorted(rest.items())]
    return "".join(f"{name}{n if n > 1 else ''}" for name, n in parts if n)


def oriented_cell(
    crystal: Atoms, deformation: ArrayLike, layers: int, centres: Sequence[str] | None = None
) -> OrientedCell:
    """Set up a crystal with two cell vectors in the xy plane.

    Parameters
    ----------
    crystal
        The crystal in a cell whose first two vectors lie in the plane of the slab.
    deformation
        Maps Cartesian vectors of the crystal onto those of the slab, shape (3, 3): a rotation, with
        the strain of a match if there is one. It must bring the first cell vector along x.
    layers
        Number of lattice planes in the height of the cell.
    centres
        Elements that may be centres of molecular groups, which are found in the unstrained crystal;
        by default all that are known, without the groups of a framework
        (:mod:`ionsmith.surfaces.frameworks`).
    """
    every = molecular_groups(crystal, CENTRES if centres is None else centres)
    groups = groups_that_end(every) if centres is None else every
    matrix = np.asarray(deformation, dtype=float)
    atoms = crystal.copy()
    cell = crystal.cell.array @ matrix.T
    cell[0, 1:] = cell[1, 2] = 0.0  # rounding errors would tilt a repeated slab
    atoms.set_cell(cell)
    atoms.positions = crystal.get_scaled_positions(wrap=False) @ cell
    kind = np.array(atoms.numbers, dtype=np.int64)
    kind[groups.centre] += CENTRAL
    atoms.set_array(KIND, kind, int)
    return OrientedCell(atoms, layers, groups, every)


def cut_slab(cell: OrientedCell, bottom: float, top: float) -> Atoms:
    """Slab of the units between two heights.

    Parameters
    ----------
    cell
        The crystal.
    bottom, top
        Heights of the cuts in Å, the lower one first.

    Returns
    -------
    Atoms
        Periodic in the plane only, sorted by height. Atoms are wrapped in the plane and keep their
        heights; the third cell vector is perpendicular and as long as the distance of the cuts.

    Raises
    ------
    TerminationNotPossible
        If no unit lies between the cuts.
    """
    units, period = cell.units, cell.period
    images = np.arange(int(np.floor(bottom / period)) - 1, ceil(top / period) + 2)[:, None]
    height = units.heights + images * period
    inside = ((height > bottom) & (height <= top))[:, units.unit]
    kept = np.unique((units.member + len(cell.atoms) * (units.shift + images))[inside])
    if len(kept) == 0:
        raise TerminationNotPossible(
            f"no atoms between cuts at {bottom:.2f} and {top:.2f} Å; make the slab thicker"
        )
    shift, member = np.divmod(kept, len(cell.atoms))
    vectors = cell.atoms.cell.array.copy()
    positions = cell.atoms.positions[member] + shift[:, None] * vectors[2]
    vectors[2] = (0, 0, top - bottom)
    fractional = positions @ np.linalg.inv(vectors)
    fractional[:, :2] -= np.floor(fractional[:, :2] + 1e-9)
    positions = fractional @ vectors
    # Rounded heights in the key: rounding errors must not order the atoms of a layer.
    rising = np.lexsort((member, np.round(positions[:, 2], 4)))
    slab = cell.atoms[member[rising]]
    slab.positions = positions[rising]
    slab.set_cell(vectors)
    slab.pbc = (True, True, False)
    return slab


def moments(slab: Atoms) -> tuple[float, float]:
    """Charge and dipole along the normal of a slab, from formal charges.

    Parameters
    ----------
    slab
        A structure with the array ``formal_charge``.

    Returns
    -------
    charge
        In e.
    dipole
        In e Å, about the middle height of the atoms.
    """
    charges, z = slab.arrays[CHARGE], slab.positions[:, 2]
    middle = (z.max() + z.min()) / 2
    return round(float(charges.sum()), 6) + 0.0, float(charges @ (z - middle)) + 0.0


def planes_of(thickness: float | str, spacing: float) -> int:
    """Number of lattice planes in a thickness, at least one.

    Parameters
    ----------
    thickness
        In Å, rounded up to integer planes, or as ``"4 planes"``.
    spacing
        Of the planes, in Å.

    Raises
    ------
    InvalidInput
        If it is not such a thickness, not positive, or 1 µm or more.
    """
    return max(1, ceil(height_of(thickness, spacing) / spacing - 1e-6))


def height_of(thickness: float | str, spacing: float) -> float:
    """Thickness in Å, given as that or in lattice planes.

    Parameters
    ----------
    thickness, spacing
        As :func:`planes_of` takes them.

    Raises
    ------
    InvalidInput
        As :func:`planes_of` does.
    """
    text = str(thickness).strip()
    planes = re.fullmatch(r"(\d+)\s*planes?", text)
    length = re.fullmatch(r"([0-9.eE+-]+)\s*(Å|A)?", text)
    try:
        value = int(planes[1]) * spacing if planes else float(length[1]) if length else np.nan
    except ValueError:
        value = np.nan
    if not 0 < value < 1e4:
        raise InvalidInput(
            f"expected a thickness such as 15 (Å) or '4 planes', less than 1 µm, not {text!r}"
        )
    return value


def freeze_back(atoms: Atoms, lower: int, freeze: float | str, spacing: float) -> int:
    """Freeze the lowest part of a slab.

    Parameters
    ----------
    atoms
        A structure, with z along the normal; it is given a constraint.
    lower
        Number of its first atoms that belong to the slab.
    freeze, spacing
        Thickness of that part and distance of the lattice planes, as :func:`planes_of` takes them;
        0 freezes nothing.

    Returns
    -------
    int
        Number of frozen atoms.

    Raises
    ------
    InvalidInput
        As :func:`planes_of` does.
    """
    if str(freeze).strip() in ("0", "0.0"):
        return 0
    height = height_of(freeze, spacing)
    z = atoms.positions[:lower, 2]
    frozen = np.flatnonzero(z < z.min() + height - 1e-6)
    atoms.set_constraint(FixAtoms(indices=frozen))
    return len(frozen)
