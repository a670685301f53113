"""Energies of alloy phases: from a table, from structures that hold one, or from a calculator."""

import csv
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from ase import Atoms

from ionsmith import provenance
from ionsmith.analyzers.storage._materials import Material, only_system
from ionsmith.crystals import Crystal, load
from ionsmith.crystals.alloy_systems import load_alloy
from ionsmith.crystals.files import MANIFEST, read_structure
from ionsmith.crystals.formula import parse_formula
from ionsmith.errors import InvalidInput, UnknownPhase, UnreadableFile
from ionsmith.lattice.cell_vectors import in_cell, primitive_vectors

TABLES = (".csv", ".json", ".toml")
METHOD = "method"
"""Key of a table that says what its energies are by."""


@dataclass(frozen=True)
class PhaseEnergies:
    """Energies of the phases of one system, by one method.

    Parameters
    ----------
    per_atom
        Name of a phase to its energy in eV per atom; ``"li"`` or ``"na"`` is the guest metal.
    method
        Program or potential that all are of, None where it is not stated.
    """

    per_atom: dict[str, float]
    method: str | None


def read_energies(
    source: str, materials: Sequence[Material], per: Literal["atom", "formula"] = "atom"
) -> PhaseEnergies:
    """Read energies of the phases of one system, the guest metal among them.

    Parameters
    ----------
    source
        A table, ``.csv`` (columns phase, energy and, if stated, method, with or without a header),
        ``.json`` or ``.toml`` (phase to energy and, if stated, ``"method"`` to its name), a file of
        structures with energies that ASE reads, or a folder of folders that were exported and in
        which the code has run.
    materials
        The phases.
    per
        What a table's energies are counted for: an atom or a formula unit. Those of structures are
        of the whole structure.

    Returns
    -------
    PhaseEnergies

    Raises
    ------
    UnreadableFile
        For a file that is missing or malformed.
    InvalidInput
        For an energy of what is none of the phases, two energies of one phase, energies of
        different methods, or none at all.
    """
    guest, _ = only_system(materials)
    if not Path(source).exists():
        raise UnreadableFile(f"{source}: no such file; a table of energies or structures expected")
    formulas = {material.name: material.formula for material in materials}
    formulas[load(guest).name] = guest
    found: dict[str, float] = {}
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
        (one, here), (other, there) = list(methods.items())[:2]
        raise InvalidInput(
            f"{source}: {here} has an energy by {one or 'an unnamed method'}, {there} by "
            f"{other or 'an unnamed method'}; energies of different methods have different zeros, "
            "give those of one"
        )
    for phase, energy in pairs:
        if not np.isfinite(energy):
            raise InvalidInput(f"{source}: the energy of {phase} is no finite number")
        if phase in found:
            raise InvalidInput(f"{source}: two energies of {phase}; one was expected")
        found[phase] = energy
    return PhaseEnergies(found, next(iter(methods), None))


def calculate_energies(
    materials: Sequence[Material],
    energy: Callable[[Atoms], float],
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, float]:
    """Work out energies of the phases of one system as they are, the guest metal among them.

    Parameters
    ----------
    materials
        The phases. Disordered crystals have no energy and are left out.
    energy
        Gives the energy of a structure in eV.
    progress
        Called with the phases that are done and the number of all.

    Returns
    -------
    dict
        Name of a phase to its energy in eV per atom.
    """
    guest, _ = only_system(materials)
    structures: dict[str, Crystal | Atoms] = {load(guest).name: load(guest)}
    structures |= {material.name: material.structure for material in materials}
    found = {}
    for done, (name, structure) in enumerate(structures.items()):
        if progress is not None:
            progress(done, len(structures))
        atoms = _primitive(structure) if isinstance(structure, Crystal) else structure
        if atoms is not None:
            found[name] = energy(atoms) / len(atoms)
    return found


def _primitive(crystal: Crystal) -> Atoms | None:
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
        raise UnreadableFile(f"{source}: no energies in it")
    for row in rows:
        bad = len(row) not in (2, 3) or isinstance(row[1], bool) or not _is_number(row[1])
        if bad or (len(row) == 3 and _is_number(row[2])):
            raise UnreadableFile(
                f"{source}: a phase and its energy in eV (and perhaps the method) were expected, "
                f"such as 'li15si4, -2.7, PBE', not {', '.join(map(str, row))!r}"
            )
        own = str(row[2]).strip() or None if len(row) == 3 else method
        yield str(row[0]).strip(), float(row[1]), own


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _phase(source: str, name: str, formulas: dict[str, str]) -> str:
    """Name of the phase that a table means: its own spelling, or any that the library knows."""
    try:
        found = name if name in formulas else load_alloy(name).name
    except UnknownPhase as error:
        raise UnknownPhase(f"{source}: {error}") from None
    if found not in formulas:
        raise InvalidInput(
            f"{source}: an energy is given for {name}, which is none of the phases here: "
            f"{', '.join(formulas)}"
        )
    return found


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
            raise InvalidInput(
                f"{source}: structure {number} ({formula}) holds no energy"
            ) from None
        method = provenance.energy_method(atoms, energy)
        methods.setdefault(method, f"structure {number} ({formula})")
        pairs.append((_phase_of(source, number, atoms, materials, guest), energy / len(atoms)))
    return pairs


def _structures(source: str) -> list[Atoms]:
    import ase.io

    path = Path(source)
    if path.is_dir():
        folders = sorted(manifest.parent for manifest in path.glob(f"*/{MANIFEST}"))
        if not folders:
            raise UnreadableFile(
                f"{source} holds no folders that were exported; a table of energies, structures, "
                "or a folder of exports was expected"
            )
        return [read_structure(str(folder)) for folder in folders]
    try:
        frames: list[Atoms] = ase.io.read(source, index=":")
    except Exception as error:
        raise UnreadableFile(f"{source}: could not be read by ASE ({error})") from error
    return frames


def _phase_of(
    source: str, number: int, atoms: Atoms, materials: Sequence[Material], guest: str
) -> str:
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
            "structures that ionsmith built say which, and so does a table of energies"
        )
    raise InvalidInput(
        f"{source}: structure {number} ({formula}) is none of the phases here: "
        + ", ".join(material.name for material in materials)
    )
