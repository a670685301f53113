"""Adhesion of two crystals: work to separate them, energy of the interface, strain of the film.

The work of adhesion of an interface of area A is

    W = (E(substrate) + E(film) - E(interface)) / A,

with both slabs in the cell of the interface, so that their strain cancels; in a periodic stack,
which has two interfaces, it is the mean of both. It is what separates the slabs; the energy of the
interface itself is

    γ = (E(double) - E'(substrate) - E'(film)) / 2A

of a periodic stack with two equal interfaces against as many formula units of the crystals in the
strain of the match. A model with one interface and vacuum becomes such a stack if each slab has a
centre of inversion: turned about the one of the substrate and then about that of the film, it
repeats at twice the vector between the centres. What the match costs is separate: E' against the
energy of the unstrained crystal. All energies are of one potential.

A. P. Sutton and R. W. Balluffi, Interfaces in Crystalline Materials (Oxford, 1995), from memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, ClassVar

import numpy as np
from ase import Atoms
from ase.units import J, m
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput, IonsmithError
from ionsmith.lattice.cell_vectors import in_cell
from ionsmith.lattice.miller import parse_plane
from ionsmith.potentials import DEFAULT_POTENTIAL, PotentialLike, load_potential
from ionsmith.results import Result, Table, notes_table
from ionsmith.simulation._double_interface import double_interface
from ionsmith.simulation._model_energies import crystal_of, energies_of
from ionsmith.simulation.relaxing import CellChange
from ionsmith.simulation.surface_energies import (
    composition_difference,
    formula_units,
    units_of,
)
from ionsmith.surfaces.plane_mesh import plane_mesh
from ionsmith.surfaces.slabs import stacking_vector
from ionsmith.surfaces.vacuum import vacuum_axes

SAME_LENGTH = 1e-3
"""Largest relative difference of cell vectors (or their parts) from those that the strain gives."""

SIDES = ("substrate", "film")


@dataclass(frozen=True)
class StrainedSide:
    """One side of an interface, and what the match costs it.

    Parameters
    ----------
    crystal
        name of the crystal
    formula
        formula of the slab
    strain_energy
        energy of the strain of the match in the whole slab against the unstrained crystal, in J/m²;
        null without a crystal to compare with
    strain_energy_per_atom
        the same in meV per atom
    """

    crystal: str
    formula: str
    strain_energy: float | None
    strain_energy_per_atom: float | None


@dataclass(frozen=True)
class Adhesion(Result):
    """Work of adhesion and energy of an interface.

    Parameters
    ----------
    potential
        potential that all energies belong to
    area
        area of the common cell, in Å²
    n_interfaces
        2 in a periodic stack, 1 with vacuum
    work_of_adhesion
        work to separate the two sides, in J/m²
    interface_energy
        energy of the interface against both crystals in the strain of the match, in J/m²; null
        where the notes say why
    relaxed
        whether all models were relaxed
    substrate, film
        the two sides
    notes
        what is missing or assumed
    double
        the periodic stack with two equal interfaces; null if there is none
    """

    document: ClassVar = (
        "potential",
        "area",
        "n_interfaces",
        "work_of_adhesion",
        "interface_energy",
        "relaxed",
        "substrate",
        "film",
        "notes",
    )

    potential: dict[str, str | None]
    area: float
    n_interfaces: int
    work_of_adhesion: float
    interface_energy: float | None
    relaxed: bool
    substrate: StrainedSide
    film: StrainedSide
    notes: tuple[str, ...]
    double: Atoms | None = field(default=None, repr=False)

    def tables(self) -> list[Table]:
        """Return the energies, then the notes."""

        def rounded(value: float | None) -> float | None:
            return None if value is None else round(value, 3)

        potential = self.potential
        how = "relaxed" if self.relaxed else "unrelaxed"
        rows: list[tuple[object, object]] = [
            ("work of adhesion (J/m²)", rounded(self.work_of_adhesion)),
            ("interface energy (J/m²)", rounded(self.interface_energy)),
            ("area (Å²)", round(self.area, 2)),
            ("interfaces in the model", self.n_interfaces),
        ]
        for name, side in zip(SIDES, (self.substrate, self.film), strict=True):
            rows += [
                (f"strain energy of the {name} (J/m²)", rounded(side.strain_energy)),
                (f"strain energy of the {name} (meV/atom)", rounded(side.strain_energy_per_atom)),
            ]
        title = (
            f"{self.film.crystal} ({self.film.formula}) on {self.substrate.crystal} "
            f"({self.substrate.formula}), {how}, by {potential['model']}, {potential['package']} "
            f"{potential['version']}"
        )
        return [Table(title, ("", "value"), rows), *notes_table(self.notes)]


def adhesion(
    interface: CrystalLike,
    potential: PotentialLike = DEFAULT_POTENTIAL,
    *,
    substrate: CrystalLike | None = None,
    film: CrystalLike | None = None,
    relax: str | PathLike[str] | None = None,
    fmax: float = 0.05,
    steps: int = 500,
    progress: Callable[[int, int], None] | None = None,
) -> Adhesion:
    """Compute the work of adhesion, interface energy and strain energies of an interface.

    Parameters
    ----------
    interface
        An interface of :func:`ionsmith.builders.interface.build_interface` or ``ionsmith build
        interface``, with its provenance; unrelaxed.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    substrate, film
        The crystals that the sides were cut from; by default those of the library that the
        provenance names. Without them there is only the work of adhesion.
    relax
        Folder for relaxed structures; what is finished there is not repeated. Slabs and interface
        are relaxed in their cell, the periodic stack and the strained crystals also along the
        normal, the crystals in full. By default nothing is relaxed.
    fmax, steps
        Largest force of a relaxed structure in eV/Å, and largest number of steps.
    progress
        Called with the number of structures done and in total.

    Returns
    -------
    Adhesion

    Raises
    ------
    InvalidInput
        If the structure is no interface of ionsmith, or the potential lacks an element.
    NotConverged
        If a relaxation needs more steps; called again, it continues.
    ExternalProgramFailed
        If the potential fails.
    """
    atoms, made = _interface(interface)
    potential = load_potential(potential)
    potential.check(atoms)
    models: dict[str, tuple[Atoms, CellChange]] = {"interface": (atoms, "none")}
    slabs = [atoms[atoms.arrays["side"] == number] for number in (0, 1)]
    notes, units = [], {}
    for name, slab, given in zip(SIDES, slabs, (substrate, film), strict=True):
        models[name] = (slab, "none")
        try:
            crystal = crystal_of(made[name].get("steps", []), given, name)
            plain, strained = _strained(crystal, made[name], atoms.cell.lengths()[:2], name)
        except IonsmithError as error:
            if given is not None:
                raise
            notes.append(f"no strain energy of the {name}: {error}")
            continue
        if not set(slab.numbers) <= set(plain.numbers):
            raise InvalidInput(
                f"the {name} {slab.get_chemical_formula()} was not cut from {given}, which is "
                f"{plain.get_chemical_formula()}; give the crystal that it was built with"
            )
        number = formula_units(slab, plain)
        if number is None:
            notes.append(
                f"no interface energy: the {name} has an {composition_difference(slab, plain)}"
            )
        else:
            units[name] = number / units_of(plain)
        models[f"{name}-crystal"] = (plain, "full")
        models[f"{name}-strained"] = (strained, "z")
    periodic = not vacuum_axes(atoms)
    double = None if periodic else double_interface(atoms)
    if double is not None:
        models["double"] = (double, "z")
    energies = energies_of(models, potential, relax, fmax, steps, progress)
    area = float(np.linalg.norm(np.cross(*atoms.cell.array[:2])))
    sheet = area * J / m**2
    work = (energies["substrate"] + energies["film"] - energies["interface"]) / sheet
    energy = None
    stack = "interface" if periodic else "double"
    if len(units) == 2 and stack in energies:
        bulk = sum(units[name] * energies[f"{name}-strained"] for name in SIDES)
        energy = (energies[stack] - bulk) / (2 * sheet)
    elif stack not in energies:
        notes.append(
            "no interface energy: a slab without a centre of inversion makes no stack of two equal "
            "interfaces; build the interface with `symmetric`, or without vacuum"
        )
    if periodic:
        notes.append("mean of the two interfaces of the periodic stack")
    sides = []
    for name, slab in zip(SIDES, slabs, strict=True):
        cost = None
        if f"{name}-strained" in energies:
            cells = len(slab) / len(models[f"{name}-strained"][0])
            cost = cells * (energies[f"{name}-strained"] - energies[f"{name}-crystal"])
            if cost < -1e-3 * len(slab):
                notes.append(
                    f"the {name} gains energy by its strain, because its crystal is not relaxed "
                    "with this potential: relax that (ionsmith relax CRYSTAL --cell full) before "
                    "the interface is built, or relax everything here (`relax`)"
                )
        sides.append(
            StrainedSide(
                crystal=str(made[name]["crystal"]),
                formula=slab.get_chemical_formula("hill"),
                strain_energy=None if cost is None else cost / sheet,
                strain_energy_per_atom=None if cost is None else 1000 * cost / len(slab),
            )
        )
    return Adhesion(
        potential=potential.describe(),
        area=area,
        n_interfaces=2 if periodic else 1,
        work_of_adhesion=work / 2 if periodic else work,
        interface_energy=energy,
        relaxed=relax is not None,
        substrate=sides[0],
        film=sides[1],
        notes=tuple(notes),
        double=double,
    )


def _interface(interface: CrystalLike) -> tuple[Atoms, dict[str, Any]]:
    """The atoms of an interface, and the parameters that it was built with."""
    atoms = read_structure(interface)
    steps = provenance.of(atoms).get("steps", [])
    built = [step["parameters"] for step in steps if step.get("step") == "build interface"]
    if not built or "side" not in atoms.arrays:
        raise InvalidInput(
            "an interface of ionsmith was expected, with the array `side` and its provenance; "
            "build it with 'ionsmith build interface SUBSTRATE FILM -o interface.extxyz'"
        )
    return atoms, built[-1]


def _strained(
    crystal: CrystalLike, side: dict[str, Any], lengths: NDArray[np.float64], name: str
) -> tuple[Atoms, Atoms]:
    """A crystal with its plane in contact along a and b, as it is and in the strain of a match."""
    atoms, lattice = read_structure(crystal), read_lattice(crystal)
    matched = np.array(side["cell_vectors"]) @ lattice.lattice.cell
    matched = np.linalg.norm(matched @ (np.eye(3) + np.array(side["strain"])), axis=1)
    repeats = np.maximum(np.round(lengths / matched), 1)
    if np.abs(repeats * matched / lengths - 1).max() > SAME_LENGTH:
        raise InvalidInput(
            f"the {name} was cut from another cell of {lattice.name}: its strain would lead to "
            f"{matched[0]:.3f} and {matched[1]:.3f} Å, the interface has {lengths[0]:.3f} and "
            f"{lengths[1]:.3f} Å; give the crystal that it was built with"
        )
    mesh = plane_mesh(lattice, parse_plane(side["plane"]))
    vectors = [*mesh.vectors, stacking_vector(lattice, mesh.plane, mesh.vectors)]
    plain = in_cell(atoms, lattice.symmetry, vectors)
    plain.set_constraint()
    fractions = plain.get_scaled_positions()
    cells = [
        np.asarray(vectors) @ lattice.lattice.cell @ (np.eye(3) + strain) @ mesh.frame.T
        for strain in (np.zeros((3, 3)), np.asarray(side["strain"]))
    ]
    return (
        Atoms(plain.numbers, scaled_positions=fractions, cell=cells[0], pbc=True),
        Atoms(plain.numbers, scaled_positions=fractions, cell=cells[1], pbc=True),
    )
