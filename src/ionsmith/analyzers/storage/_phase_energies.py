"""Energies of alloy phases: from a table, from structures that hold one, or from a calculator."""

import csv
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from ase import Atoms

from ionsmith import provenance
from ionsmith.analyzers.storage._material import (
    Material,
    PhaseLike,
    only_system,
    read_materials,
)
from ionsmith.choices import checked
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.alloy_systems import load_alloy
from ionsmith.crystals.files import MANIFEST, read_structure
from ionsmith.crystals.formula import parse_formula
from ionsmith.errors import ExternalProgramFailed, InvalidInput, UnknownPhase, UnreadableFile
from ionsmith.lattice.cell_vectors import in_cell, primitive_vectors

if TYPE_CHECKING:
    from ase.calculators.calculator import Calculator


Per = Literal["atom", "formula"]
"""What the energies of a table refer to."""

TABLES = (".csv", ".json", ".toml")
METHOD = "method"
"""Key of the method in a table of energies."""


class LoadedPotential(Protocol):
    """Result of :func:`ionsmith.potentials.load_potential`."""

    @property
    def calculator(self) -> "Calculator":
        """ASE calculator."""

    @property
    def method(self) -> str:
        """Name that energies must share to be comparable."""


@dataclass(frozen=True)
class PhaseEnergies:
    """Energies of the phases of one system, by one method.

    Parameters
    ----------
    per_atom
        Energy in eV/atom by name of the phase; ``"li"`` or ``"na"`` is the guest metal.
    method
        Program or potential of all energies, None if not stated.
    """

    per_atom: dict[str, float]
    method: str | None


@checked
def read_energies(
    source: str | PathLike[str], phases: Sequence[PhaseLike], per: Per = "atom"
) -> PhaseEnergies:
    """Read the energies of the phases of one system, including the guest metal.

    Parameters
    ----------
    source
        A table, ``.csv`` (columns phase, energy and optionally method, with or without a header),
        ``.json`` or ``.toml`` (phase to energy, and optionally ``"method"`` to its name); a file of
        structures with energies that ASE reads; or a folder of exported folders in which the code
        has been run.
    phases
        The phases: any crystals, or formulae of the library.
    per
        Whether the energies of a table are per ``"atom"`` (the default) or per ``"formula"`` unit.
        Those of structures are of the whole structure.

    Raises
    ------
    InvalidChoice
        For another word in ``per``.
    UnreadableFile
        For a file that is missing or malformed.
    InvalidInput
        For an energy of a phase that is not listed, two energies of one phase, energies of
        different methods, or none at all.
    """
    source, materials = fspath(source), read_materials(phases)
    guest, _ = only_system(materials)
    if not Path(source).exists():
        raise UnreadableFile(f"{source}: no such file; expected a table of energies or structures")
    formulas = {material.name: material.formula for material in materials}
    formulas[load(guest).name] = guest
    per_atom: dict[str, float] = {}
    methods: dict[str | None, str] = {}
    if Path(source).suffix.lower() in TABLES:
        pairs = []
        for name, value, method in _table(source):
            phase = _phase(source, name, formulas)
            atoms = sum(parse_formula(formulas[phase]).values()) if per == "formula" else 1
            methods.setdefault(method, name)
            pairs.append((phase, value / atoms))
    else:
        pairs = _frames(source, materials, guest, methods)
    if len(methods) > 1:
        (first, here), (second, there) = list(methods.items())[:2]
        raise InvalidInput(
            f"{source}: {here} has an energy by {first or 'an unnamed method'}, {there} by "
            f"{second or 'an unnamed method'}; energies of different methods have different zeros, "
            "use those of one method"
        )
    for phase, energy in pairs:
        if not np.isfinite(energy):
            raise InvalidInput(f"{source}: the energy of {phase} is not a finite number")
        if phase in per_atom:
            raise InvalidInput(f"{source}: two energies of {phase}; expected one")
        per_atom[phase] = energy
    return PhaseEnergies(per_atom, next(iter(methods), None))


def calculate_energies(
    phases: Sequence[PhaseLike],
    potential: "Calculator | LoadedPotential",
    progress: Callable[[int, int], None] | None = None,
) -> PhaseEnergies:
    """Calculate the energies of the phases of one system as they are, and of the guest metal.

    Parameters
    ----------
    phases
        The phases: any crystals, or formulae of the library. Disordered crystals are left out.
    potential
        An ASE calculator, or what :func:`ionsmith.potentials.load_potential` returns.
    progress
        Called with the number of finished phases and of all phases.

    Raises
    ------
    ExternalProgramFailed
        If the potential fails, for instance for an element that it does not describe.
    InvalidInput
        For phases of several systems.
    """
    materials = read_materials(phases)
    guest, _ = only_system(materials)
    calculator: Any = getattr(potential, "calculator", potential)
    structures: dict[str, Crystal | Atoms] = {load(guest).name: load(guest)}
    structures |= {material.name: material.structure for material in materials}
    per_atom = {}
    for done, (name, structure) in enumerate(structures.items()):
        if progress is not None:
            progress(done, len(structures))
        energy = energy_per_atom(name, structure, calculator)
        if energy is not None:
            per_atom[name] = energy
    return PhaseEnergies(per_atom, getattr(potential, "method", None))


def energy_per_atom(
    name: str, structure: Crystal | Atoms, calculator: "Calculator"
) -> float | None:
    """Energy of a structure in eV/atom; None for a disordered crystal."""
    atoms = _primitive(structure) if isinstance(structure, Crystal) else structure
    if atoms is None:
        return None
    model = atoms.copy()
    model.calc = calculator
    try:
        energy = float(model.get_potential_energy())
    except Exception as error:  # an external calculator may raise anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ExternalProgramFailed(f"`potential` failed for {name}: {reason}") from error
    if not isfinite(energy):
        raise ExternalProgramFailed(f"`potential` gives an energy of {energy} for {name}")
    return energy / len(atoms)


def _primitive(crystal: Crystal) -> Atoms | None:
    """Primitive cell of an ordered crystal, None for a disordered one."""
    if not crystal.is_ordered:
        return None
    symmetry = crystal.lattice.symmetry
    return in_cell(crystal.to_atoms(), symmetry, primitive_vectors(symmetry, crystal.cell))


def _table(source: str) -> Iterable[tuple[str, float, str | None]]:
    """Phase, energy and method of each row."""
    method: str | None = None
    suffix = Path(source).suffix.lower()
    try:
        text = Path(source).read_text(encoding="utf-8-sig")
        if suffix == ".csv":
            rows: list[Any] = [row for row in csv.reader(text.splitlines()) if any(row)]
            if rows and not _is_number(rows[0][1] if len(rows[0]) == 3 else rows[0][-1]):
                rows = rows[1:]
        else:
            mapping = json.loads(text) if suffix == ".json" else tomllib.loads(text)
            if isinstance(mapping, dict) and isinstance(mapping.get(METHOD), str):
                method = mapping.pop(METHOD).strip() or None
            rows = list(mapping.items()) if isinstance(mapping, dict) else [[]]
    except (OSError, ValueError) as error:  # of JSON, TOML and UTF-8 too
        raise UnreadableFile(
            f"{source}: not a valid {suffix[1:].upper()} file ({error})"
        ) from error
    if not rows:
        raise UnreadableFile(f"{source}: contains no energies")
    for row in rows:
        bad = len(row) not in (2, 3) or isinstance(row[1], bool) or not _is_number(row[1])
        if bad or (len(row) == 3 and _is_number(row[2])):
            raise UnreadableFile(
                f"{source}: expected a phase, its energy in eV and optionally the method, "
                f"such as 'li15si4, -2.7, PBE', not {', '.join(map(str, row))!r}"
            )
        own = str(row[2]).strip() or None if len(row) == 3 else method
        yield str(row[0]).strip(), float(row[1]), own


def _is_number(value: Any) -> bool:
    """Whether a value is a number or the text of one."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _phase(source: str, name: str, formulas: dict[str, str]) -> str:
    """Name of the phase in a table, written as in the list of phases or as the library knows it."""
    try:
        phase = name if name in formulas else load_alloy(name).name
    except UnknownPhase as error:
        raise UnknownPhase(f"{source}: {error}") from None
    if phase not in formulas:
        raise InvalidInput(
            f"{source}: {name} has an energy but is not one of the phases: {', '.join(formulas)}"
        )
    return phase


def _frames(
    source: str, materials: Sequence[Material], guest: str, methods: dict[str | None, str]
) -> list[tuple[str, float]]:
    """Phase and energy of each structure; the first of each method goes into ``methods``."""
    frames = _structures(source)
    pairs = []
    for number, atoms in enumerate(frames, start=1):
        formula = atoms.get_chemical_formula("metal", empirical=True)
        try:
            energy = float(atoms.get_potential_energy())
        except RuntimeError:  # no calculator, or one that holds other properties only
            raise InvalidInput(f"{source}: structure {number} ({formula}) has no energy") from None
        method = provenance.energy_method(atoms, energy)
        methods.setdefault(method, f"structure {number} ({formula})")
        pairs.append((_phase_of(source, number, atoms, materials, guest), energy / len(atoms)))
    return pairs


def _structures(source: str) -> list[Atoms]:
    """Structures of a file, or results of exported folders."""
    import ase.io

    path = Path(source)
    if path.is_dir():
        folders = sorted(manifest.parent for manifest in path.glob(f"*/{MANIFEST}"))
        if not folders:
            raise UnreadableFile(
                f"{source} contains no exported folders; expected a table of energies, structures, "
                "or a folder of exports"
            )
        return [read_structure(str(folder)) for folder in folders]
    try:
        frames = ase.io.read(source, index=":")
    except Exception as error:
        raise UnreadableFile(f"{source}: could not be read by ASE ({error})") from error
    return frames if isinstance(frames, list) else [frames]


def _phase_of(
    source: str, number: int, atoms: Atoms, materials: Sequence[Material], guest: str
) -> str:
    """Name of the phase with the composition of a structure, and its origin if several have it."""
    counts = Counter(atoms.get_chemical_symbols())
    if set(counts) == {guest}:
        return load(guest).name
    alike = [
        material.name
        for material in materials
        if set(counts) == {material.host} | ({material.guest} if material.guest else set())
        and abs(counts[guest] / counts[material.host] - material.x) < 1e-6
    ]
    built_from = [item.get("phase") for item in provenance.of(atoms).get("sources", [])]
    named = [name for name in alike if built_from == [name]]
    if len(alike) == 1 or named:
        return (named or alike)[0]
    formula = atoms.get_chemical_formula("metal", empirical=True)
    if alike:
        raise InvalidInput(
            f"{source}: structure {number} ({formula}) may be {' or '.join(alike)}; "
            "use structures built by ionsmith, which record their origin, or a table of energies"
        )
    raise InvalidInput(
        f"{source}: structure {number} ({formula}) is not one of the phases: "
        + ", ".join(material.name for material in materials)
    )
