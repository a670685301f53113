"""Energies of the slabs of a folder and of their crystal."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from math import gcd
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.formula import Formula
from ase.units import GPa, J, m

from ionsmith import provenance
from ionsmith.crystals.charges import composition
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import read_structure
from ionsmith.errors import InvalidInput, UnreadableFile
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.symmetry import Symmetry
from ionsmith.potentials import DEFAULT_POTENTIAL, Potential, PotentialLike, load_potential
from ionsmith.simulation.relaxing import RelaxedEnergies, relaxed_energies
from ionsmith.simulation.surface_energies._result import Surface, SurfaceEnergies
from ionsmith.surfaces.wulff import wulff_shape

BULK = "bulk.extxyz"
"""File of the crystal in a folder of slabs."""

STRAINED = 0.5
"""Stress of the crystal in GPa from which a note says that its cell is not that of the potential:
in a slab of 1 nm of an oxide (200 GPa) it stores 1e-3 J/m²."""


def surface_energies(
    folder: str | PathLike[str],
    potential: PotentialLike = DEFAULT_POTENTIAL,
    *,
    relax: bool = False,
    fmax: float = 0.05,
    steps: int = 500,
    progress: Callable[[int, int], None] | None = None,
) -> SurfaceEnergies:
    """Compute the surface energies of all slabs in a folder, and the shape that follows.

    Parameters
    ----------
    folder
        As ``ionsmith build slab --all`` writes it: slabs as extended XYZ, and their crystal as
        ``bulk.extxyz``.
    potential
        An ASE calculator, or a name or potential of :func:`ionsmith.potentials.load_potential`.
    relax
        Whether the atoms of slabs and crystal are relaxed as well, each in its cell. Relaxed
        structures go into ``relaxed-NAME`` in the folder; what is there and finished is not
        repeated.
    fmax, steps
        Largest force of a relaxed structure in eV/Å, and largest number of steps.
    progress
        Called with the number of structures done and in total.

    Returns
    -------
    SurfaceEnergies

    Raises
    ------
    UnreadableFile
        If the folder has no slabs or no crystal.
    InvalidInput
        If the potential lacks an element.
    ExternalProgramFailed
        If the potential fails for the crystal.

    Notes
    -----
    All energies are those of the lattice constants of the slabs, so that no strain enters where the
    crystal was relaxed with the same potential before it was cut.
    """
    place = Path(folder)
    crystal, slabs = _read(place)
    potential = load_potential(potential)
    potential.check(crystal)
    units = {name: formula_units(slab, crystal) for name, slab in slabs.items()}
    left_out = [
        f"{name}: {composition_difference(slabs[name], crystal)}"
        for name, number in units.items()
        if number is None
    ]
    chosen = {name: slab for name, slab in slabs.items() if units[name] is not None}
    if relax:
        rows = _relaxed(place, [BULK, *chosen], potential, fmax, steps, progress)
    else:
        rows = _evaluated({BULK: crystal, **chosen}, potential, progress)
    reference = rows.pop(BULK)
    if reference.before is None or (relax and not reference.converged):
        raise InvalidInput(
            f"{place / BULK}: the energy of the crystal is not converged "
            f"({reference.error or 'allow more `steps`'})"
        )
    own = units_of(crystal)
    surfaces = []
    for name, row in rows.items():
        if row.before is None:
            left_out.append(f"{name}: {row.error}")
            continue
        number = units[name]
        assert number is not None
        surfaces.append(_surface(name, slabs[name], row, reference, number / own, relaxed=relax))
    stress = _stress(crystal, potential)
    notes = _notes(stress, potential, crystal)
    shape, shares, why = _shape(crystal, surfaces)
    return SurfaceEnergies(
        crystal=_name(crystal, place),
        potential=potential.describe(),
        formula=Formula.from_dict(
            {element: n // own for element, n in composition(crystal).items()}
        ).format("hill"),
        crystal_energy=reference.before / own,
        relaxed_crystal_energy=reference.after / own
        if relax and reference.after is not None
        else None,
        stress=stress,
        surfaces=tuple(replace(item, share=shares.get(item.file)) for item in surfaces),
        shape=shape,
        left_out=tuple(left_out),
        notes=(*notes, *why),
    )


def _read(folder: Path) -> tuple[Atoms, dict[str, Atoms]]:
    """Crystal and slabs of a folder, by the names of their files."""
    if not (folder / BULK).is_file():
        raise UnreadableFile(
            f"{folder}: no {BULK}, the crystal that the slabs are cut from; make the folder with "
            "'ionsmith build slab CRYSTAL --all N -o FOLDER', or put the crystal there"
        )
    slabs = {}
    for path in sorted(folder.glob("*.extxyz"), key=_natural):
        if path.name != BULK:
            atoms = read_structure(path)
            if _made(atoms).get("plane"):
                slabs[path.name] = atoms
    if not slabs:
        raise UnreadableFile(
            f"{folder}: no slabs of ionsmith (extended XYZ with their provenance); make them with "
            "'ionsmith build slab'"
        )
    return read_structure(folder / BULK), slabs


def _natural(path: Path) -> list[tuple[int, str]]:
    """Key that puts 2 before 10."""
    return [(int(part) if part.lstrip("-").isdigit() else 0, part) for part in path.stem.split("_")]


def _made(atoms: Atoms) -> dict[str, Any]:
    """Parameters of the step that cut a slab; empty if there is none."""
    steps = provenance.of(atoms).get("steps", [])
    found = [step for step in steps if step.get("step") == "build slab"]
    return dict(found[-1].get("parameters", {})) if found else {}


def _name(crystal: Atoms, folder: Path) -> str:
    """Name of the crystal of a folder."""
    sources = provenance.of(crystal).get("sources") or [{}]
    return str(crystal.info.get("name") or sources[0].get("phase") or folder.name)


def units_of(atoms: Atoms) -> int:
    """Number of formula units in a structure.

    Parameters
    ----------
    atoms
        The structure.
    """
    return reduce(gcd, composition(atoms).values())


def formula_units(slab: Atoms, crystal: Atoms) -> int | None:
    """Count the formula units of a crystal in a slab; None if it has another composition.

    Parameters
    ----------
    slab, crystal
        The structures.
    """
    counts, bulk, own = composition(slab), composition(crystal), units_of(crystal)
    number, rest = divmod(sum(counts.values()) * own, sum(bulk.values()))
    same = rest == 0 and counts == {e: n // own * number for e, n in bulk.items()}
    return number if same else None


def composition_difference(slab: Atoms, crystal: Atoms) -> str:
    """Say how the composition of a slab differs from that of its crystal.

    Parameters
    ----------
    slab, crystal
        The structures.
    """
    counts, bulk = Counter(composition(slab)), composition(crystal)
    share = min(counts[element] / n for element, n in bulk.items())
    excess = {e: counts[e] - share * bulk.get(e, 0) for e in sorted(counts)}
    listed = ", ".join(f"{n:.3g} {e}" for e, n in excess.items() if n > 1e-6)
    return f"excess of {listed} over the crystal, which would need their chemical potentials"


def _evaluated(
    structures: dict[str, Atoms], potential: Potential, progress: Callable[[int, int], None] | None
) -> dict[str, RelaxedEnergies]:
    """Energy of each structure as it is."""
    rows = {}
    for done, (name, atoms) in enumerate(structures.items(), start=1):
        energy = potential.energy(atoms)
        rows[name] = RelaxedEnergies(energy)
        if progress is not None:
            progress(done, len(structures))
    return rows


def _relaxed(
    folder: Path,
    names: list[str],
    potential: Potential,
    fmax: float,
    steps: int,
    progress: Callable[[int, int], None] | None,
) -> dict[str, RelaxedEnergies]:
    """Energies of structures before and after their relaxation, which goes on where it was."""
    word = "".join(c if c.isalnum() or c in "+-." else "-" for c in potential.name)
    target = folder / f"relaxed-{word}"
    target.mkdir(exist_ok=True)
    rows = {}
    for done, name in enumerate(names):
        if progress is not None:
            progress(done, len(names))
        rows[name] = relaxed_energies(
            folder / name, target / name, potential, fmax=fmax, steps=steps
        )
    if progress is not None:
        progress(len(names), len(names))
    return rows


def _surface(
    name: str,
    slab: Atoms,
    row: RelaxedEnergies,
    reference: RelaxedEnergies,
    cells: float,
    *,
    relaxed: bool,
) -> Surface:
    """Surface energies of one slab."""
    made = _made(slab)
    area = float(np.linalg.norm(np.cross(*slab.cell.array[:2])))
    both = 2 * area * J / m**2  # of both faces, so that eV becomes J/m²
    assert row.before is not None
    assert reference.before is not None
    energy = (row.before - cells * reference.before) / both
    after = None
    if relaxed and row.after is not None and reference.after is not None:
        after = (row.after - cells * reference.after) / both
    one_cut = made["termination"] == made["back_termination"]
    return Surface(
        plane=str(made["plane"]),
        termination=str(made["termination"]),
        back_termination=str(made["back_termination"]),
        file=name,
        n_atoms=len(slab),
        area=area,
        symmetric=bool(made.get("equivalent_faces")),
        polar=bool(made.get("polar")),
        cleavage_energy=2 * energy if one_cut and not made.get("compensation") else None,
        energy=energy,
        relaxed_energy=after,
        converged=row.converged if relaxed else None,
        share=None,
    )


def _stress(crystal: Atoms, potential: Potential) -> float | None:
    """Largest component of the stress of the crystal in GPa; None if there is none."""
    model = crystal.copy()
    model.calc = potential.calculator
    try:
        stress = np.asarray(model.get_stress())
    except Exception:  # a calculator without stress
        return None
    return float(abs(stress).max() / GPa) if np.isfinite(stress).all() else None


def _notes(stress: float | None, potential: Potential, crystal: Atoms) -> list[str]:
    """What a user should know of the energies."""
    notes = []
    if stress is not None and stress > STRAINED:
        notes.append(
            f"in this potential the crystal is under a stress of {stress:.1f} GPa: relax its cell "
            f"first (ionsmith relax CRYSTAL --potential {potential.name} --cell full) and cut that"
        )
    if any(step.get("step") == "order" for step in provenance.of(crystal).get("steps", [])):
        notes.append(
            "crystal and slabs were ordered one by one: differences of their ordering energies "
            "are part of the surface energies"
        )
    return notes


def _shape(
    crystal: Atoms, surfaces: list[Surface]
) -> tuple[Any, dict[str, float], tuple[str, ...]]:
    """Equilibrium shape of the lowest energies, shares by file, and why there is none."""
    lowest: dict[str, tuple[float, str]] = {}
    for surface in surfaces:
        energy = surface.energy if surface.relaxed_energy is None else surface.relaxed_energy
        if not surface.polar:
            lowest[surface.plane] = min(
                lowest.get(surface.plane, (np.inf, "")), (energy, surface.file)
            )
    polar = {surface.plane for surface in surfaces} - set(lowest)
    notes: tuple[str, ...] = ()
    if polar:
        notes = (f"no shape has {', '.join(sorted(polar))}, whose slabs are polar",)
    if not lowest:
        return None, {}, (*notes, "no equilibrium shape: no slab has uncharged faces")
    try:
        shape = wulff_shape(_lattice(crystal), {plane: value[0] for plane, value in lowest.items()})
    except InvalidInput as error:
        return None, {}, (*notes, f"no equilibrium shape: {error}")
    return shape, {file: shape.shares[plane] for plane, (_, file) in lowest.items()}, notes


def _lattice(crystal: Atoms) -> CrystalLattice:
    """Cell and point group of the crystal; an ordered one has that of its average."""
    lattice = read_lattice(crystal)
    for step in provenance.of(crystal).get("steps", []):
        if step.get("step") == "cut into slabs":
            rotations = np.array(step["parameters"]["point_group"]).reshape(-1, 3, 3)
            known = lattice.symmetry
            whole = Symmetry(rotations, np.zeros((len(rotations), 3)), known.number, known.symbol)
            return replace(lattice, symmetry=whole)
    return lattice
