"""Energy of grain boundaries.

A periodic stack of two grains of n formula units with two boundaries of area A has the boundary
energy

    γ = (E(stack) - n E(crystal)) / 2A,

the mean of both boundaries where they are not equivalent. The crystal has the cell of the stack in
the plane of the boundary; relaxed, both change their atoms and their height alone, so that no
strain counts as energy of the boundary. All energies are of one potential. Of several shifts of the
grains (:func:`ionsmith.builders.grain_boundary.grain_boundary_shifts`) the lowest energy counts.

A. P. Sutton and R. W. Balluffi, Interfaces in Crystalline Materials (Oxford, 1995), from memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from ase import Atoms
from ase.units import J, m

from ionsmith import provenance
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.lattice.cell_vectors import in_cell
from ionsmith.lattice.miller import parse_plane
from ionsmith.potentials import DEFAULT_POTENTIAL, PotentialLike, load_potential
from ionsmith.results import Result, Table, notes_table
from ionsmith.simulation._model_energies import crystal_of, energies_of
from ionsmith.simulation.relaxing import CellChange
from ionsmith.simulation.surface_energies import composition_difference, formula_units, units_of
from ionsmith.surfaces.plane_mesh import plane_mesh
from ionsmith.surfaces.slabs import stacking_vector

BUILT = "build grain-boundary"


@dataclass(frozen=True)
class BoundaryEnergy(Result):
    """Energy of a grain boundary.

    Parameters
    ----------
    potential
        potential that all energies belong to
    crystal
        name of the crystal
    planes
        planes of both grains
    formula
        formula of the model
    area
        area of the cell in the boundary, in Å²
    n_boundaries
        number of boundaries in the cell
    boundary_energy
        energy of a boundary, in J/m²
    relaxed
        whether model and crystal were relaxed
    notes
        what a user should know
    """

    potential: dict[str, str | None]
    crystal: str
    planes: tuple[str, str]
    formula: str
    area: float
    n_boundaries: int
    boundary_energy: float
    relaxed: bool
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the energy, then the notes."""
        potential = self.potential
        how = "relaxed" if self.relaxed else "unrelaxed"
        rows: list[tuple[object, object]] = [
            ("boundary energy (J/m²)", round(self.boundary_energy, 4)),
            ("area (Å²)", round(self.area, 2)),
            ("boundaries in the model", self.n_boundaries),
        ]
        title = (
            f"{self.crystal} {'||'.join(dict.fromkeys(self.planes))} ({self.formula}), {how}, by "
            f"{potential['model']}, {potential['package']} {potential['version']}"
        )
        return [Table(title, ("", "value"), rows), *notes_table(self.notes)]


def boundary_energy(
    model: CrystalLike,
    potential: PotentialLike = DEFAULT_POTENTIAL,
    *,
    crystal: CrystalLike | None = None,
    relax: str | PathLike[str] | None = None,
    fmax: float = 0.05,
    steps: int = 500,
    progress: Callable[[int, int], None] | None = None,
) -> BoundaryEnergy:
    """Compute the energy of a grain boundary.

    Parameters
    ----------
    model
        A periodic stack of :func:`ionsmith.builders.grain_boundary.build_grain_boundary` or
        ``ionsmith build grain-boundary``, with its provenance.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    crystal
        The crystal that it was built of; by default that of the library that the provenance names.
    relax
        Folder for relaxed structures; what is finished there is not repeated. Atoms and height of
        the cell relax. By default nothing does, which tells little about a boundary.
    fmax, steps
        Largest force of a relaxed structure in eV/Å, and largest number of steps.
    progress
        Called with the number of structures done and in total.

    Raises
    ------
    InvalidInput
        If the structure is no periodic grain boundary of ionsmith, has not the composition of its
        crystal, or the potential lacks an element.
    NotConverged
        If a relaxation needs more steps; called again, it continues.
    ExternalProgramFailed
        If the potential fails.
    """
    atoms, made, before = _boundary(model)
    potential = load_potential(potential)
    potential.check(atoms)
    given = crystal_of(before, crystal, "crystal")
    planes = (str(made["planes"][0]), str(made["planes"][1]))
    models: dict[str, tuple[Atoms, CellChange]] = {"boundary": (atoms, "z")}
    cells: dict[str, float] = {}  # of the crystal, by the plane that is along the boundary
    for grain, plane in enumerate(planes, start=1):
        name, reference = f"crystal {plane}", _oriented(given, plane)
        number = formula_units(atoms, reference)
        if number is None:
            same = set(atoms.numbers) <= set(reference.numbers)
            why = composition_difference(atoms, reference) if same else "elements of its own"
            raise InvalidInput(
                f"the boundary {atoms.get_chemical_formula()} has, beside its crystal "
                f"{reference.get_chemical_formula()}, {why}: it has no energy of its own"
            )
        models[name] = (reference, "z")
        share = float((atoms.arrays["grain"] == grain).mean())
        cells[name] = cells.get(name, 0.0) + share * number / units_of(reference)
    energies = energies_of(models, potential, relax, fmax, steps, progress)
    bulk = sum(number * energies[name] for name, number in cells.items())
    area = float(np.linalg.norm(np.cross(*atoms.cell.array[:2])))
    height = atoms.cell.volume / area
    periods = max(1, round(height / (sum(made["thickness"]) + 2 * made["gap"])))
    notes = [] if relax else ["nothing was relaxed: a real boundary has less energy"]
    return BoundaryEnergy(
        potential=potential.describe(),
        crystal=str(made["crystal"]),
        planes=planes,
        formula=atoms.get_chemical_formula("hill"),
        area=area,
        n_boundaries=2 * periods,
        boundary_energy=(energies["boundary"] - bulk) / (2 * periods * area) / (J / m**2),
        relaxed=relax is not None,
        notes=tuple(notes),
    )


def _boundary(model: CrystalLike) -> tuple[Atoms, dict[str, Any], list[dict[str, Any]]]:
    """The atoms of a model, the parameters that it was built with, and the steps before."""
    atoms = read_structure(model)
    steps = provenance.of(atoms).get("steps", [])
    built = [place for place, step in enumerate(steps) if step.get("step") == BUILT]
    if not built or "grain" not in atoms.arrays:
        raise InvalidInput(
            "a grain boundary of ionsmith was expected, with the array `grain` and its provenance; "
            "build it with 'ionsmith build grain-boundary CRYSTAL PLANE -o boundary.extxyz'"
        )
    made = steps[built[-1]]["parameters"]
    if made["vacuum"]:
        raise InvalidInput(
            "the model has surfaces, whose energy counts too; build it without `vacuum`"
        )
    return atoms, made, steps[: built[-1]]


def _oriented(crystal: CrystalLike, plane: str) -> Atoms:
    """A cell of a crystal with the mesh of a plane as its first two vectors, normal along z."""
    atoms, lattice = read_structure(crystal), read_lattice(crystal)
    mesh = plane_mesh(lattice, parse_plane(plane))
    vectors = [*mesh.vectors, stacking_vector(lattice, mesh.plane, mesh.vectors)]
    cell: Atoms = in_cell(atoms, lattice.symmetry, vectors)
    cell.set_constraint()
    fractions = cell.get_scaled_positions()
    axes = np.asarray(vectors) @ lattice.lattice.cell @ mesh.frame.T
    return Atoms(cell.numbers, scaled_positions=fractions, cell=axes, pbc=True)
