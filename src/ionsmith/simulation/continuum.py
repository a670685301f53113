"""What continuum models of dendrites and cracks need of a crystal, computed with one potential.

Molar volume and density, the stiffness matrix, and for each cut of the planes that are asked for
the energy of cleavage G (that of both faces), the normal, and the toughness K of a brittle crack
(:func:`ionsmith.surfaces.strain.griffith_toughness`). A flaw of length 2a grows at the stress
K / sqrt(π a). These hold for a crack in vacuum, without plasticity.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import ClassVar

import numpy as np
from ase import Atoms
from ase.units import J, m, mol
from numpy.typing import NDArray

from ionsmith.builders.slab import Slab, build_slab, slab_terminations
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import (
    AtomsTooClose,
    InvalidInput,
    IonsmithError,
    NotConverged,
    TerminationNotPossible,
)
from ionsmith.lattice.miller import parse_plane
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.potentials import Potential, PotentialLike, load_potential
from ionsmith.results import Result, Table, notes_table
from ionsmith.simulation._barriers import read_barriers
from ionsmith.simulation.elastic_constants import (
    STIFF_POTENTIAL,
    ElasticConstants,
    elastic_constants,
)
from ionsmith.simulation.relaxing import relax_to_file
from ionsmith.simulation.surface_energies import composition_difference, formula_units, units_of
from ionsmith.surfaces.strain import griffith_toughness, in_frame, plane_frame
from ionsmith.surfaces.terminations import Termination

Floats = NDArray[np.float64]

SAME_HEIGHT = 0.006  # names of cuts have two decimals


@dataclass(frozen=True)
class Flaw:
    """A flaw that grows at a stress.

    Parameters
    ----------
    stress
        tensile stress across the plane, in GPa
    length
        length 2a of the flaw, in nm
    """

    stress: float
    length: float


@dataclass(frozen=True)
class Cleavage:
    """Cleavage of a crystal at one cut.

    Parameters
    ----------
    plane
        the plane (hkl)
    termination
        name of the cut
    normal
        unit vector along its normal, in the frame of the stiffness
    area
        area of the cell of the slab, in Å²
    n_atoms
        number of atoms of the slab
    rigid_energy
        energy to cleave the crystal there without relaxation, of both faces, in J/m²
    energy
        the same with relaxed faces; null if slabs are not relaxed
    toughness
        K in MPa sqrt(m), with the relaxed energy where it is known
    young_modulus
        Young's modulus along the normal, in GPa
    flaws
        flaws that grow at the stresses that were asked for
    """

    plane: str
    termination: str
    normal: tuple[float, ...]
    area: float
    n_atoms: int
    rigid_energy: float
    energy: float | None
    toughness: float | None
    young_modulus: float | None
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True)
class Continuum(Result):
    """Numbers of a crystal for continuum models.

    Parameters
    ----------
    formula
        formula unit
    molar_volume
        volume of a mole of formula units, in cm³
    density
        density in g/cm³
    elastic
        elastic constants, in whose frame all vectors are
    cleavage
        cleavage at each cut
    conduction_plane_normal
        unit vector along the normal of the conduction planes of β- and β''-alumina; null elsewhere
    conduction_planes
        number of conduction planes in the cell
    barriers
        barriers in eV that were given, by name
    notes
        cuts that were left out, and what else a user should know
    """

    document: ClassVar = (
        "formula",
        "molar_volume",
        "density",
        "elastic",
        "cleavage",
        "conduction_plane_normal",
        "conduction_planes",
        "barriers",
        "notes",
    )

    formula: str
    molar_volume: float
    density: float
    elastic: ElasticConstants
    cleavage: tuple[Cleavage, ...]
    conduction_plane_normal: tuple[float, ...] | None
    conduction_planes: int
    barriers: dict[str, float]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return volumes, cleavage, flaws, then the elastic constants and the notes."""

        def rounded(value: float | None, digits: int = 3) -> float | None:
            return None if value is None else round(value, digits)

        facts: list[tuple[object, object]] = [
            ("molar volume (cm³)", round(self.molar_volume, 3)),
            ("density (g/cm³)", round(self.density, 4)),
        ]
        if self.conduction_plane_normal is not None:
            normal = " ".join(f"{x:.4f}" for x in self.conduction_plane_normal)
            facts.append(("conduction planes, normal", f"{self.conduction_planes}, {normal}"))
        facts += [
            (f"barrier {name} (eV)", round(value, 3)) for name, value in self.barriers.items()
        ]
        stresses = [flaw.stress for flaw in self.cleavage[0].flaws] if self.cleavage else []
        headers = (
            "plane",
            "termination",
            "atoms",
            "rigid (J/m²)",
            "relaxed (J/m²)",
            "E along the normal (GPa)",
            "K (MPa √m)",
            *(f"flaw at {stress:g} GPa (nm)" for stress in stresses),
        )
        rows = [
            (
                row.plane,
                row.termination,
                row.n_atoms,
                rounded(row.rigid_energy),
                rounded(row.energy),
                rounded(row.young_modulus, 1),
                rounded(row.toughness),
                *(float(f"{flaw.length:.3g}") for flaw in row.flaws),
            )
            for row in self.cleavage
        ]
        tables = [Table(f"{self.elastic.crystal}, {self.formula}", ("", "value"), facts)]
        if rows:
            tables.append(Table("Cleavage, energy of both faces", headers, rows))
        return [*tables, *self.elastic.tables(), *notes_table(self.notes)]


def continuum(
    structure: CrystalLike,
    planes: Sequence[str] = (),
    potential: PotentialLike = STIFF_POTENTIAL,
    *,
    thickness: float | str = 12.0,
    vacuum: float = 15.0,
    relax: str | PathLike[str] | None = None,
    stresses: Sequence[float] = (),
    barriers: Sequence[str] = (),
    strain: float = 0.005,
    fmax: float = 0.05,
    steps: int = 500,
    progress: Callable[[int, int], None] | None = None,
) -> Continuum:
    """Compute volumes, elastic constants and cleavage of a crystal.

    Parameters
    ----------
    structure
        The crystal, ordered and periodic.
    planes
        Planes that are cleaved: ``"(hkl)"`` at each of its cuts, ``"(hkl)@0.58"`` at that of a
        height as in the names of :func:`ionsmith.builders.slab.slab_terminations`.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    thickness, vacuum
        Those of the slabs, as for :func:`ionsmith.builders.slab.build_slab`.
    relax
        Folder in which the slabs are relaxed too; what is finished there, elastic constants
        included, is not repeated. By default slabs are rigid, with the atoms of the relaxed
        crystal.
    stresses
        Stresses in GPa for which the flaw that grows is given.
    barriers
        Such as ``"Na in plane=0.25"``, in eV, or files that ``ionsmith analyze migration --json``
        wrote; they go into the table.
    strain, fmax, steps
        Largest strain for the elastic constants; largest force of slabs in eV/Å; most steps.
    progress
        Called with the number done and in total, of strained cells and then of slabs.

    Returns
    -------
    Continuum

    Raises
    ------
    InvalidInput
        If a plane, a cut, a stress or a barrier cannot be taken.
    NotConverged
        If a relaxation needs more steps; called again with a folder, it continues.
    ExternalProgramFailed
        If the potential fails.
    """
    if not all(stress > 0 for stress in stresses):
        raise InvalidInput("`stress` must be positive, in GPa")
    given, notes = read_barriers(barriers, set(read_structure(structure).symbols))
    asked = [_plane_and_height(text) for text in planes]
    for plane_and_height in asked:
        _cuts(structure, *plane_and_height)  # refused before anything is computed
    potential = load_potential(potential)
    folder = None if relax is None else Path(relax)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    elastic = elastic_constants(
        structure,
        potential,
        strain=strain,
        steps=steps,
        checkpoint=None if folder is None else folder / "elastic.checkpoint.json",
        progress=progress,
    )
    crystal = elastic.atoms
    cuts = [(plane, cut) for plane, height in asked for cut in _cuts(crystal, plane, height)]
    rows = []
    reference = potential.energy(crystal)
    for done, (plane, cut) in enumerate(cuts):
        if progress is not None:
            progress(done, len(cuts))
        try:
            slab = build_slab(
                crystal, plane, termination=cut.name, thickness=thickness, vacuum=vacuum
            )
        except (TerminationNotPossible, AtomsTooClose) as error:
            notes.append(f"{plane} {cut.name} left out: {error}")
            continue
        if formula_units(slab.atoms, crystal) is None:
            notes.append(
                f"{plane} {cut.name} left out: {composition_difference(slab.atoms, crystal)}"
            )
            continue
        path = None if folder is None else folder / f"{plane}_{cut.name.replace('|', '_')}.extxyz"
        rows.append(
            _cleaved(slab, crystal, reference, potential, elastic, stresses, path, fmax, steps)
        )
    units = units_of(crystal)
    normal, number = _conduction_planes(crystal)
    return Continuum(
        formula=crystal.symbols.formula.reduce()[0].format("hill"),
        molar_volume=crystal.cell.volume / units * mol * 1e-24,
        density=float(crystal.get_masses().sum() / (crystal.cell.volume * mol * 1e-24)),
        elastic=elastic,
        cleavage=tuple(rows),
        conduction_plane_normal=normal,
        conduction_planes=number,
        barriers=given,
        notes=tuple(notes),
    )


def _cleaved(
    slab: Slab,
    crystal: Atoms,
    reference: float,
    potential: Potential,
    elastic: ElasticConstants,
    stresses: Sequence[float],
    path: Path | None,
    fmax: float,
    steps: int,
) -> Cleavage:
    """Cleavage at one cut, with the energy of the crystal in eV as the reference."""
    number = formula_units(slab.atoms, crystal)
    assert number is not None
    bulk = reference * number / units_of(crystal)
    sheet = slab.area * J / m**2
    rigid = (potential.energy(slab.atoms) - bulk) / sheet
    energy = None
    if path is not None:
        found = relax_to_file(slab.atoms, path, potential, fmax=fmax, steps=steps, resume=True)
        if not found.converged:
            raise NotConverged(
                f"{path} is not converged after {steps} steps; allow more `steps`, and it continues"
            )
        energy = (found.energy_after - bulk) / sheet
    normal = np.linalg.inv(crystal.cell.array) @ np.array(parse_plane(slab.plane).indices)
    normal = normal / np.linalg.norm(normal)
    toughness = modulus = None
    spent = rigid if energy is None else energy
    if elastic.stable and spent > 0:
        toughness = griffith_toughness(elastic.stiffness, normal, spent)
        turned = in_frame(elastic.stiffness, plane_frame(normal))
        modulus = 1 / float(np.linalg.inv(turned)[2, 2])
    return Cleavage(
        plane=slab.plane,
        termination=slab.termination,
        normal=tuple((np.round(normal, 9) + 0.0).tolist()),
        area=slab.area,
        n_atoms=len(slab.atoms),
        rigid_energy=rigid,
        energy=energy,
        toughness=toughness,
        young_modulus=modulus,
        flaws=tuple(
            Flaw(stress, 2e9 / np.pi * (toughness / (1e3 * stress)) ** 2)
            for stress in stresses
            if toughness is not None
        ),
    )


def _plane_and_height(text: str) -> tuple[str, float | None]:
    """Plane and height of ``(hkl)@0.58``."""
    plane, at, height = text.partition("@")
    try:
        return plane.strip(), float(height) % 1 if at else None
    except ValueError:
        raise InvalidInput(
            f"{text}: a plane and a height such as (001)@0.58 were expected"
        ) from None


def _cuts(crystal: CrystalLike, plane: str, height: float | None) -> list[Termination]:
    """The inequivalent cuts of a plane, or the one at a height."""
    found = slab_terminations(crystal, plane)
    if height is None:
        return [cut for cut in found.terminations if cut.like == cut.number and not cut.mirror_of]
    near = [
        cut
        for cut in found.terminations
        if abs((cut.height / found.spacing - height + 0.5) % 1 - 0.5) < SAME_HEIGHT
    ]
    if not near:
        listed = ", ".join(cut.name for cut in found.terminations)
        raise InvalidInput(f"{plane} has no cut at the height {height:g}; there are {listed}")
    return near[:1]


def _conduction_planes(crystal: Atoms) -> tuple[tuple[float, ...] | None, int]:
    """Normal and number of the conduction planes, if the crystal is β- or β''-alumina."""
    try:
        anatomy = find_anatomy(crystal, mirror_planes=True)
    except IonsmithError:
        return None, 0
    return tuple((np.round(anatomy.normal, 9) + 0.0).tolist()), len(anatomy.closed)
