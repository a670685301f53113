"""Elastic constants of a crystal from the stress of strained cells, with relaxed atoms.

The cell is relaxed first. Then each of the six strains (Voigt's 1 to 6) is applied with both signs,
those that the crystal's symmetry makes equivalent only once; the atoms relax in the strained cell,
and the slope of the stress gives a column of the stiffness matrix C (M. de Jong et al., Sci. Data
2, 150009 (2015), doi:10.1038/sdata.2015.9). The fit and the averages are those of
:mod:`pymatgen.analysis.elasticity`. Without relaxation of the atoms C44 of silicon would be twice
as large as measured.

Bulk and shear modulus are the means of Voigt's and Reuss's (R. Hill, Proc. Phys. Soc. A 65, 349
(1952), doi:10.1088/0370-1298/65/5/307). A crystal is stable if C is positive definite (M. Born,
Math. Proc. Camb. Philos. Soc. 36, 160 (1940), doi:10.1017/S0305004100017138).
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from ase import Atoms
from ase.build import make_supercell
from ase.units import GPa
from numpy.typing import NDArray

from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import Checkpoint, CrystalLike, read_structure
from ionsmith.errors import InvalidInput, NotConverged
from ionsmith.lattice.cell_vectors import in_cell, primitive_vectors
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.potentials import Potential, PotentialLike, load_potential
from ionsmith.results import Result, Table, notes_table
from ionsmith.simulation.relaxing import relax
from ionsmith.surfaces.strain import in_frame

Floats = NDArray[np.float64]

LARGEST_STRAIN = 0.05

STIFF_POTENTIAL = "sevennet"
"""Nearest to measured stiffness; the weights fitted to r2SCAN give better cells, and Si half as
stiff as measured."""

ASYMMETRIC = 0.01
"""Deviation from the symmetry, as a part of the largest element, from which a note is made."""

SAME_STRAIN = 1e-6
"""Largest difference of two elements of strains that count as equal."""


@dataclass(frozen=True)
class ElasticConstants(Result):
    """Stiffness of a crystal, and what follows from it.

    Parameters
    ----------
    crystal
        name of the crystal
    potential
        potential that the stresses belong to
    cellpar
        a, b, c in Å and α, β, γ in degrees of the relaxed cell
    volume_change
        relative change of the volume as the cell relaxed
    stiffness
        stiffness matrix in GPa by Voigt's indices, shape (6, 6), in the Cartesian frame in which
        the crystal was given
    bulk_modulus, shear_modulus, young_modulus
        Voigt–Reuss–Hill means of a polycrystal, in GPa; null if the crystal is not stable
    poisson_ratio
        Poisson's ratio of the polycrystal
    anisotropy
        universal anisotropy index, 0 for an isotropic solid (S. I. Ranganathan and M.
        Ostoja-Starzewski, doi:10.1103/PhysRevLett.101.055504)
    stable
        whether the stiffness matrix is positive definite
    asymmetry
        largest element in GPa by which the fitted matrix differs from one with the symmetry of the
        crystal, which the result has
    strain
        largest element of the strains
    n_strained
        number of strained cells that were relaxed
    notes
        what a user should know
    atoms
        the relaxed crystal, in the cell that was given
    """

    document: ClassVar = (
        "crystal",
        "potential",
        "cellpar",
        "volume_change",
        "stiffness",
        "bulk_modulus",
        "shear_modulus",
        "young_modulus",
        "poisson_ratio",
        "anisotropy",
        "stable",
        "asymmetry",
        "strain",
        "n_strained",
        "notes",
    )

    crystal: str
    potential: dict[str, str | None]
    cellpar: tuple[float, ...]
    volume_change: float
    stiffness: Floats
    bulk_modulus: float | None
    shear_modulus: float | None
    young_modulus: float | None
    poisson_ratio: float | None
    anisotropy: float | None
    stable: bool
    asymmetry: float
    strain: float
    n_strained: int
    notes: tuple[str, ...]
    atoms: Atoms = field(repr=False)

    def tables(self) -> list[Table]:
        """Return the stiffness matrix, the moduli and the notes."""

        def rounded(value: float | None, digits: int = 1) -> float | None:
            return None if value is None else round(value, digits) + 0.0

        potential = self.potential
        a, b, c, *angles = self.cellpar
        title = (
            f"{self.crystal}: stiffness in GPa by {potential['model']}, {potential['package']} "
            f"{potential['version']}"
        )
        rows = [
            (f"C{row}j", *(round(float(value), 1) + 0.0 for value in values))
            for row, values in enumerate(self.stiffness, 1)
        ]
        facts: list[tuple[object, object]] = [
            (
                "relaxed cell (Å, °)",
                f"{a:.4f} {b:.4f} {c:.4f} " + " ".join(f"{angle:.2f}" for angle in angles),
            ),
            ("change of volume (%)", round(100 * self.volume_change, 2)),
            ("bulk modulus (GPa)", rounded(self.bulk_modulus)),
            ("shear modulus (GPa)", rounded(self.shear_modulus)),
            ("Young's modulus (GPa)", rounded(self.young_modulus)),
            ("Poisson's ratio", rounded(self.poisson_ratio, 3)),
            ("universal anisotropy", rounded(self.anisotropy, 3)),
            ("stable", "yes" if self.stable else "no: the stiffness is not positive definite"),
            ("deviation from the symmetry (GPa)", rounded(self.asymmetry, 2)),
            ("strained cells", f"{self.n_strained}, strained by {self.strain:g}"),
        ]
        return [
            Table(title, ("", "1", "2", "3", "4", "5", "6"), rows),
            Table("", ("", "value"), facts),
            *notes_table(self.notes),
        ]


@dataclass
class _State:
    """What is finished: the relaxed cell, and the stresses of strained ones in eV/Å³."""

    run: ClassVar[str] = "elastic constants"

    job: str
    positions: Floats | None = None
    cell: Floats | None = None
    stresses: dict[str, list[float]] = field(default_factory=dict)


def elastic_constants(
    structure: CrystalLike,
    potential: PotentialLike = STIFF_POTENTIAL,
    *,
    strain: float = 0.005,
    fmax: float = 0.005,
    steps: int = 500,
    checkpoint: str | PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ElasticConstants:
    """Compute the elastic constants of a crystal.

    Parameters
    ----------
    structure
        The crystal, ordered and periodic. Its primitive cell is used.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    strain
        Largest element of the strains; shear strains are as large in Voigt's ε4 to ε6.
    fmax
        Largest force in eV/Å in relaxed cells. Stresses of the relaxed cell end below 0.01 GPa.
    steps
        Largest number of steps of each relaxation.
    checkpoint
        File that keeps what is finished; a run with the same file and settings continues there.
    progress
        Called with the number of cells done and in total.

    Returns
    -------
    ElasticConstants

    Raises
    ------
    InvalidInput
        If the structure is not a periodic crystal, or a number is out of range.
    NotConverged
        If a relaxation needs more steps.
    ExternalProgramFailed
        If the potential fails.

    Examples
    --------
    >>> from ase.build import bulk
    >>> from ase.calculators.emt import EMT
    >>> from ionsmith.simulation.elastic_constants import elastic_constants
    >>> found = elastic_constants(bulk("Cu"), EMT())
    >>> f"{found.bulk_modulus:.0f} GPa from {found.n_strained} strained cells"
    '134 GPa from 3 strained cells'
    """
    from pymatgen.analysis.elasticity import ElasticTensor, Strain, Stress

    if not 0 < strain <= LARGEST_STRAIN:
        raise InvalidInput(f"`strain` is {strain:g}; more than 0, up to 0.05, was expected")
    given = read_structure(structure)
    lattice = read_lattice(structure)
    potential = load_potential(potential)
    potential.check(given)
    vectors = primitive_vectors(lattice.symmetry, lattice.lattice.cell)
    start = in_cell(given, lattice.symmetry, vectors)
    start.set_constraint()
    store, state = _begin(checkpoint, start, potential, strain, fmax)
    if state.cell is None or state.positions is None:
        relaxed = relax(start, potential, cell="full", fmax=fmax, smax=0.01, steps=steps)
        _converged(relaxed.converged, "the crystal", steps)
        turned = relaxed.atoms.copy()
        turned.set_cell(_in_frame(np.linalg.solve(vectors, turned.cell.array), given.cell.array,
                                  vectors), scale_atoms=True)  # fmt: skip
        state.positions, state.cell = turned.positions, turned.cell.array
        _save(store, state)
    crystal = Atoms(start.numbers, state.positions, cell=state.cell, pbc=True)
    whole = make_supercell(crystal, np.rint(np.linalg.inv(vectors)))
    rotations = _rotations(lattice, whole.cell.array)
    strains = [
        sign * strain * np.asarray(Strain.from_voigt(np.eye(6)[index]))
        for index in range(6)
        for sign in (1, -1)
    ]
    unique, images = _equivalents(strains, rotations)
    names = [" ".join(f"{x:g}" for x in Strain(strains[number]).voigt) for number in unique]
    for done, (name, number) in enumerate(zip(names, unique, strict=True)):
        if progress is not None:
            progress(done, len(names))
        if name in state.stresses:
            continue
        strained = crystal.copy()
        strained.set_cell(crystal.cell.array @ (np.eye(3) + strains[number]), scale_atoms=True)
        found = relax(strained, potential, fmax=fmax, steps=steps)
        _converged(found.converged, f"the cell with strain {name}", steps)
        found.atoms.calc = potential.calculator
        state.stresses[name] = found.atoms.get_stress().tolist()
        _save(store, state)
    if progress is not None:
        progress(len(names), len(names))
    known = dict(zip(unique, names, strict=True))
    stresses = []
    for number, rotation in images:
        stress = np.asarray(Stress.from_voigt(np.array(state.stresses[known[number]]) / GPa))
        stresses.append(Stress(rotation @ stress @ rotation.T))
    fitted = ElasticTensor.from_independent_strains(
        [Strain(one) for one in strains], stresses, eq_stress=Stress(np.zeros((3, 3))), tol=1e-6
    ).voigt_symmetrized
    equal = [in_frame(np.asarray(fitted.voigt), rotation) for rotation in rotations]
    tensor = ElasticTensor.from_voigt(np.mean(equal, axis=0)).zeroed(1e-6)
    matrix = np.asarray(tensor.voigt)
    stable = bool(np.linalg.eigvalsh(matrix).min() > 0)
    asymmetry = float(np.abs(np.asarray(fitted.voigt) - matrix).max())
    notes = [lattice.note] if lattice.note else []
    if asymmetry > ASYMMETRIC * np.abs(matrix).max():
        notes.append(
            f"the fit differs by {asymmetry:.1f} GPa from the symmetry of the crystal: the atoms "
            "are not relaxed far enough, take a smaller `fmax`"
        )
    bulk, shear = (float(tensor.k_vrh), float(tensor.g_vrh)) if stable else (None, None)
    return ElasticConstants(
        crystal=lattice.name,
        potential=potential.describe(),
        cellpar=tuple(float(x) for x in whole.cell.cellpar()),
        volume_change=crystal.cell.volume / start.cell.volume - 1,
        stiffness=matrix,
        bulk_modulus=bulk,
        shear_modulus=shear,
        young_modulus=9 * bulk * shear / (3 * bulk + shear) if bulk and shear else None,
        poisson_ratio=(3 * bulk - 2 * shear) / (6 * bulk + 2 * shear) if bulk and shear else None,
        anisotropy=float(tensor.universal_anisotropy) if stable else None,
        stable=stable,
        asymmetry=asymmetry,
        strain=strain,
        n_strained=len(names),
        notes=tuple(notes),
        atoms=whole,
    )


def _begin(
    path: str | PathLike[str] | None, start: Atoms, potential: Potential, strain: float, fmax: float
) -> tuple[Checkpoint[_State] | None, _State]:
    """The checkpoint, and what it holds of this job."""
    digest = hashlib.sha256()
    for array in (start.numbers, start.positions, start.cell.array):
        digest.update(np.ascontiguousarray(array).tobytes())
    settings: dict[str, Any] = {"potential": potential.describe(), "strain": strain, "fmax": fmax}
    digest.update(json.dumps(settings, sort_keys=True).encode())
    job = digest.hexdigest()[:16]
    if path is None:
        return None, _State(job)
    store = Checkpoint(path, _State)
    return store, store.load(job) if Path(path).exists() else _State(job)


def _rotations(lattice: CrystalLattice, cell: Floats) -> list[Floats]:
    """Point group of a crystal as rotations in space, in a cell that has its symmetry but noise."""
    found = []
    for operation in lattice.symmetry.point_group:
        left, _, right = np.linalg.svd(cell.T @ operation @ np.linalg.inv(cell.T))
        found.append(np.asarray(left @ right))
    return found


def _equivalents(
    strains: list[Floats], rotations: list[Floats]
) -> tuple[list[int], list[tuple[int, Floats]]]:
    """Numbers of the strains to compute, and of which one each is the image by which rotation."""
    unique: list[int] = []
    images: list[tuple[int, Floats]] = []
    for number, strain in enumerate(strains):
        same = (
            (other, rotation)
            for other in unique
            for rotation in rotations
            if np.allclose(rotation @ strains[other] @ rotation.T, strain, atol=SAME_STRAIN)
        )
        image = next(same, None)
        if image is None:
            unique.append(number)
            image = (number, np.eye(3))
        images.append(image)
    return unique, images


def _save(store: Checkpoint[_State] | None, state: _State) -> None:
    """Write the state, if there is a checkpoint."""
    if store is not None:
        store.save(state, at_once=True)


def _converged(converged: bool, what: str, steps: int) -> None:
    """Raise if a relaxation ran out of steps."""
    if not converged:
        raise NotConverged(f"{what} is not relaxed after {steps} steps; allow more `steps`")


def _in_frame(relaxed: Floats, given: Floats, vectors: Floats) -> Floats:
    """Primitive cell of a relaxed cell whose a and plane of a and b are turned to those given."""

    def axes(cell: Floats) -> Floats:
        up = np.cross(cell[0], cell[1])
        frame = np.array([cell[0], np.cross(up, cell[0]), up])
        return np.asarray(frame / np.linalg.norm(frame, axis=1)[:, None])

    return np.asarray(vectors @ relaxed @ axes(relaxed).T @ axes(given))
