"""What the codes give back: outputs that ASE does not read, and folders that were exported.

A folder of an export holds beside the code's files ``structure.extxyz``, the structure with its
constraints, moments and provenance in its own order, and ``ionsmith.json``, which says what the
calculation is and which atom of the structure is which of the code's. With both, what the code
found is put onto the structure that was exported.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.units import Bohr, GPa, Hartree

from ionsmith import provenance
from ionsmith.errors import UnreadableFile

STRUCTURE = "structure.extxyz"
MANIFEST = "ionsmith.json"

PER_ATOM = ("forces", "magmoms", "charges", "energies")
MOVED = 0.01
"""Å by which a printed position may miss the exported one where nothing was to move."""

NOT_CONVERGED = ("convergence NOT achieved", "was not enough SCF cycles", "SCF run NOT converged")
"""What pw.x, ABINIT and CP2K say of an energy that is none."""


def is_cp2k(path: Path) -> bool:
    """Whether a file begins as the output of CP2K does."""
    with path.open("rb") as stream:
        return b"\n CP2K| version string" in stream.read(100_000)


def read_cp2k(path: Path) -> Atoms:
    """Read the last step of CP2K's output, by pymatgen's reader."""
    from pymatgen.io.cp2k.outputs import Cp2kOutput

    output = Cp2kOutput(path)
    output.parse_energies()
    output.parse_structures()
    output.parse_forces()
    output.parse_stresses()
    atoms: Atoms = output.final_structure.to_ase_atoms()
    atoms.info = {}
    results: dict[str, Any] = {"energy": float(output.final_energy)}
    if output.data.get("forces"):
        results["forces"] = np.array(output.data["forces"][-1], dtype=float) * Hartree / Bohr
    if output.data.get("stress_tensor"):
        tensor = np.array(output.data["stress_tensor"][-1], dtype=float)
        # CP2K's is positive under pressure, ASE's negative; in GPa.
        results["stress"] = -tensor[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]] * GPa
    atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms


def read_lammps(folder: Path, exported: Atoms) -> Atoms:
    """Read LAMMPS' last dump and the energy of its log, turned back into the exported axes."""
    import ase.io
    from ase.calculators.lammps import Prism
    from pymatgen.io.lammps.outputs import parse_lammps_log

    found = ase.io.read(
        folder / "result.dump",
        format="lammps-dump-text",
        index=-1,
        prismobj=Prism(exported.cell.array, exported.pbc),
        units="metal",
    )
    assert isinstance(found, Atoms)
    runs = parse_lammps_log(str(folder / "log.lammps"))
    energy = float(runs[-1]["PotEng"].iloc[-1])
    forces = found.get_forces()
    found.positions -= found.get_celldisp().ravel()  # a relaxed box grows about its middle
    found.calc = SinglePointCalculator(found, energy=energy, forces=forces)
    return found


def read_record(folder: Path) -> tuple[Atoms, dict[str, Any]]:
    """Read the structure that was exported, and the manifest.

    Raises
    ------
    UnreadableFile
        For a folder that is no export.
    """
    import ase.io

    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        atoms = ase.io.read(folder / STRUCTURE)
    except (OSError, ValueError) as error:
        raise UnreadableFile(
            f"{folder} is not a folder that ionsmith exported; a structure file or such a folder "
            "was expected"
        ) from error
    assert isinstance(atoms, Atoms)
    return atoms, manifest


def results_file(folder: Path, manifest: dict[str, Any]) -> Path:
    """File of an exported folder that holds what the code found."""
    path = folder / str(manifest["output"])
    if not path.is_file():
        raise UnreadableFile(
            f"{folder}: {manifest['code']} has not written {path.name} yet; run it there "
            f"({manifest['run']}) or take {folder / STRUCTURE}"
        )
    if manifest["code"] in ("espresso", "abinit", "cp2k"):
        text = path.read_text(encoding="utf-8", errors="replace")
        for words in NOT_CONVERGED:
            if words in text:
                raise UnreadableFile(
                    f"{path}: the electrons did not converge ({words!r}); there is no energy to "
                    "take home"
                )
    if manifest["code"] == "vasp":
        _check_vasp(path)
    return path


def _check_vasp(path: Path) -> None:
    """Refuse a ``vasprun.xml`` that breaks off, or whose last energy is none.

    ASE takes the last whole step of a file that breaks off, and says nothing. VASP goes on to the
    next step, or ends as if all were well, when the electrons have taken the steps of NELM. (More
    steps than these are those of a linear response that follows.)
    """
    from xml.etree import ElementTree

    most, taken, energy = None, 0, None
    try:
        for _, element in ElementTree.iterparse(path):
            if element.tag == "parameters":
                most = element.find(".//i[@name='NELM']")
            elif element.tag == "calculation":
                taken = len(element.findall("scstep"))
                energy = element.find("energy/i[@name='e_fr_energy']")
                element.clear()
    except ElementTree.ParseError as error:
        raise UnreadableFile(
            f"{path}: breaks off ({error}); VASP is still running there, or did not finish"
        ) from error
    if energy is None:
        raise UnreadableFile(f"{path}: VASP came to no energy")
    if most is not None and most.text is not None and taken == int(most.text):
        raise UnreadableFile(
            f"{path}: the electrons did not converge in the {taken} steps of NELM; there is no "
            "energy to take home"
        )


def restored(exported: Atoms, manifest: dict[str, Any], found: Atoms, source: Path | str) -> Atoms:
    """Put what a code found onto the structure that was exported.

    Parameters
    ----------
    exported, manifest
        As :func:`read_record` gives them.
    found
        What the code was given, or gave.
    source
        Where that is from, for messages.

    Returns
    -------
    Atoms
        In the order of the exported structure, with its constraints, moments, arrays and
        provenance, and the cell, positions and results of ``found``. No atom jumps by a cell
        vector; in a calculation that moves nothing the positions are the exported ones.

    Raises
    ------
    UnreadableFile
        If ``found`` is of other atoms, or has them elsewhere where nothing was to move.
    """
    back = np.argsort(np.array(manifest["order"]))
    if len(found) != len(exported) or (found.numbers[back] != exported.numbers).any():
        raise UnreadableFile(f"{source} holds other atoms than were exported")
    atoms = exported.copy()
    before = exported.cell.scaled_positions(exported.positions)
    shift = found.cell.scaled_positions(found.positions[back]) - before
    shift -= np.round(shift)
    if manifest["task"] == "static":
        if np.abs(shift @ exported.cell.array).max() > MOVED:
            raise UnreadableFile(f"{source} has atoms elsewhere than they were exported")
    else:
        atoms.set_cell(found.cell)
        atoms.positions = (before + shift) @ found.cell.array
    if found.calc is not None:
        results = {
            key: value[back] if key in PER_ATOM else value
            for key, value in found.calc.results.items()
        }
        if "energy" in results:
            method = f"{manifest['code']}, protocol {manifest['protocol']}"
            provenance.record_energy(atoms, float(results["energy"]), method)
        atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms
