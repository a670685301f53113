"""How accurate a calculation is: protocols and meshes of k-points.

The widths of cold smearing are those of the three protocols of the AiiDA plugin for Quantum
ESPRESSO 4, after the common workflows of S. P. Huber et al., npj Comput. Mater. 7, 136 (2021),
doi:10.1038/s41524-021-00594-6, whose ``moderate`` k-points lie 0.15 (VASP, Quantum ESPRESSO), 0.20
(ABINIT) or 0.50 (CP2K) 1/Å apart. The Materials Project's ``MPRelaxSet`` has 64 points per 1/Å^3 of
reciprocal space, a mean distance of 0.25 1/Å, and for metals 200, or 0.17 1/Å; its later sets have
0.22 1/Å for metals and up to 0.44 1/Å for insulators (R. Kingsbury et al., Phys. Rev. Mater. 6,
013801 (2022), doi:10.1103/PhysRevMaterials.6.013801). ``moderate`` lies among them: 0.15 1/Å for
metals, 0.20 1/Å for what may conduct, 0.30 1/Å for insulators, rounded up to whole points where
pymatgen rounds down. It leaves errors of 2 meV/atom in Al and 0.2 meV/atom in Si, against 0.10 1/Å.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from ase import Atoms

from ionsmith.errors import InvalidStructure
from ionsmith.lattice.symmetry import symmetry_of

ProtocolName = Literal["fast", "moderate", "precise"]
CutoffLevel = Literal["low", "normal", "high"]


@dataclass(frozen=True)
class Protocol:
    """How accurate a calculation is; the plane-wave cutoffs are each code's own.

    Parameters
    ----------
    name
        ``fast``, ``moderate`` or ``precise``.
    kpoint_distances
        Largest distances of two k-points along a reciprocal axis, in 1/Å (with the 2π): of metals,
        of what may conduct, and of insulators.
    smearing
        Width of the smearing of metals, in eV.
    hint
        Level of the cutoffs recommended for pseudopotentials.
    energy
        Convergence of the self-consistent energy, in eV/atom.
    force
        Largest force of a relaxed structure, in eV/Å.
    """

    name: ProtocolName
    kpoint_distances: tuple[float, float, float]
    smearing: float
    hint: CutoffLevel
    energy: float
    force: float


PROTOCOLS: dict[ProtocolName, Protocol] = {
    "fast": Protocol("fast", (0.50, 0.50, 0.50), 0.374, "low", 1e-5, 0.05),
    "moderate": Protocol("moderate", (0.15, 0.20, 0.30), 0.272, "normal", 1e-6, 0.02),
    "precise": Protocol("precise", (0.10, 0.15, 0.20), 0.170, "high", 1e-7, 0.01),
}


def mesh(atoms: Atoms, distance: float, vacuum: tuple[int, ...]) -> tuple[int, int, int]:
    """Choose a mesh of k-points centred at Γ, with one point along vacuum.

    After H. J. Monkhorst and J. D. Pack, Phys. Rev. B 13, 5188 (1976),
    doi:10.1103/PhysRevB.13.5188, shifted to Γ so that hexagonal cells keep their symmetry. Along
    each reciprocal vector there are as few points as the largest distance allows.

    Parameters
    ----------
    atoms
        The structure.
    distance
        Largest distance of two points along a reciprocal axis, in 1/Å (with the 2π).
    vacuum
        Cell vectors along which the structure ends.
    """
    lengths = 2 * np.pi * np.linalg.norm(atoms.cell.reciprocal().array, axis=1)
    counts = np.maximum(1, np.ceil(lengths / distance - 1e-6).astype(int))
    counts[list(vacuum)] = 1
    return int(counts[0]), int(counts[1]), int(counts[2])


def keeps_symmetry(atoms: Atoms, kpoints: tuple[int, int, int]) -> bool:
    """Judge whether the symmetry of a structure turns a mesh centred at Γ into itself.

    Parameters
    ----------
    atoms
        The structure; one too large for its symmetry to be found is taken to have none.
    kpoints
        Points along the reciprocal vectors.
    """
    periodic = atoms.copy()
    periodic.pbc = True
    try:
        rotations = symmetry_of(periodic).rotations
    except InvalidStructure:
        return True
    # Steps of 1/n in k: a rotation of the coordinates of k is the transposed one of the positions.
    counts = np.array(kpoints)
    images = np.swapaxes(rotations, 1, 2) * counts[:, None] / counts[None, :]
    return bool(np.allclose(images, np.round(images), atol=1e-6))
