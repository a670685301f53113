"""Results of codes: outputs that ASE does not read, and exported folders.

An exported folder holds, beside the code's files, ``structure.extxyz``, the structure with its
constraints, moments and provenance in its own order, and ``ionsmith.json``, which describes the
calculation and maps the atoms of the structure to those of the code. With both, the results are put
onto the structure that was exported.
"""

import json
import re
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.units import Bohr, GPa, Hartree
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.errors import UnreadableFile, reason_of
from ionsmith.records import check_record

STRUCTURE = "structure.extxyz"
MANIFEST = "ionsmith.json"
STARTS = "starts.json"
"""In a folder whose folders are the competing starts of a calculation."""


class _Manifest(TypedDict):
    """What is used of a manifest."""

    code: str
    task: str
    protocol: str
    formula: str
    run: str
    output: str
    order: list[int]
    needs: dict[str, str]


PER_ATOM = ("forces", "magmoms", "charges", "energies")
MOVED = 0.01
"""Largest difference in Å of a printed position from the exported one in a static calculation."""

NOT_CONVERGED = ("convergence NOT achieved", "was not enough SCF cycles", "SCF run NOT converged")
"""Messages of pw.x, ABINIT and CP2K if the electrons did not converge."""


def is_cp2k(path: Path) -> bool:
    """Whether a file begins like an output of CP2K."""
    with path.open("rb") as stream:
        return b"\n CP2K| version string" in stream.read(100_000)


def read_cp2k(path: Path) -> Atoms:
    """Read the last step of CP2K's output with pymatgen."""
    from pymatgen.io.cp2k.outputs import Cp2kOutput

    output = Cp2kOutput(path)
    output.parse_energies()
    output.parse_structures()
    output.parse_forces()
    output.parse_stresses()
    assert output.final_structure is not None
    atoms: Atoms = output.final_structure.to_ase_atoms()
    atoms.info = {}
    results: dict[str, Any] = {"energy": float(output.final_energy)}
    if output.data.get("forces"):
        results["forces"] = np.array(output.data["forces"][-1], dtype=float) * Hartree / Bohr
    moments = site_moments(path, "cp2k-out", len(atoms))
    if moments is not None:
        results["magmoms"] = moments
    if output.data.get("stress_tensor"):
        tensor = np.array(output.data["stress_tensor"][-1], dtype=float)
        # CP2K's is positive under pressure, ASE's negative; in GPa.
        results["stress"] = -tensor[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]] * GPa
    atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms


MOMENTS = {
    # up to pw.x 6.7 and after; the last is the table of the last step
    "espresso-out": re.compile(r"^ +atom:? +\d+ .*magn[:=] +(-?[\d.]+)", re.MULTILINE),
    "abinit-out": re.compile(r"^ +\d+(?: +\d+\.\d+){4} +(-?\d+\.\d+)$", re.MULTILINE),
    # Mulliken's, of a calculation with both spins
    "cp2k-out": re.compile(
        r"^ +\d+ +[A-Z][a-z]? +\d+(?: +-?\d+\.\d+){3} +(-?\d+\.\d+)$", re.MULTILINE
    ),
    "vasp-xml": re.compile(r"^ +\d+(?: +-?\d+\.\d+){2,4} +(-?\d+\.\d+)$", re.MULTILINE),
}
"""Rows of the tables of site moments, by ASE's name of the format."""


def site_moments(path: Path, file_format: str, n_atoms: int) -> NDArray[np.float64] | None:
    """Read the final moment of every atom that a code prints, in Bohr magnetons.

    They are integrals over spheres (pw.x, ABINIT, VASP) or Mulliken's (CP2K), so that their sum is
    not the moment of the cell. VASP prints them in OUTCAR.
    """
    if file_format not in MOMENTS:
        return None
    if file_format == "vasp-xml":
        path = path.with_name("OUTCAR")
        if not path.is_file():
            return None
    text = path.read_text(encoding="utf-8", errors="replace")
    if file_format == "vasp-xml":
        _, mark, text = text.rpartition("magnetization (x)")
        text = text.partition("\ntot")[0] if mark else ""
    found = MOMENTS[file_format].findall(text)[-n_atoms:]
    return np.array(found, dtype=float) if len(found) == n_atoms else None


def add_site_moments(atoms: Atoms, path: Path, file_format: str) -> None:
    """Put the moments that a code prints in place of those that ASE reads."""
    moments = site_moments(path, file_format, len(atoms))
    if moments is not None and atoms.calc is not None:
        atoms.calc.results |= {"magmoms": moments}


def read_lammps(folder: Path, exported: Atoms) -> Atoms:
    """Read LAMMPS' last dump and the energy of its log, turned back into the exported axes."""
    import ase.io
    from ase.calculators.lammps import Prism
    from pymatgen.io.lammps.outputs import parse_lammps_log

    atoms = ase.io.read(
        folder / "result.dump",
        format="lammps-dump-text",
        index=-1,
        prismobj=Prism(exported.cell.array, exported.pbc),
        units="metal",
    )
    assert isinstance(atoms, Atoms)
    runs = parse_lammps_log(str(folder / "log.lammps"))
    energy = float(runs[-1]["PotEng"].iloc[-1])
    forces = atoms.get_forces()
    atoms.positions -= atoms.get_celldisp().ravel()  # a relaxed box grows about its middle
    atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=forces)
    return atoms


def read_record(folder: Path) -> tuple[Atoms, dict[str, Any]]:
    """Read the structure that was exported, and the manifest.

    Raises
    ------
    UnreadableFile
        If the folder was not exported by ionsmith.
    """
    import ase.io

    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        atoms = ase.io.read(str(folder / STRUCTURE), index=-1, do_not_split_by_at_sign=True)
    except Exception as error:
        raise UnreadableFile(
            f"{folder} is not a folder that ionsmith exported; a structure file or such a folder "
            "was expected"
        ) from error
    assert isinstance(atoms, Atoms)
    try:
        manifest = json.loads(text)
        check_record(manifest, _Manifest)
        if sorted(manifest["order"]) != list(range(len(atoms))):
            raise ValueError("'order' does not list each atom once")
        provenance.check(atoms)
    except ValueError as error:
        raise UnreadableFile(
            f"{folder / MANIFEST}: does not describe this folder ({reason_of(error)}); export again"
        ) from error
    return atoms, manifest


def results_file(folder: Path, manifest: dict[str, Any]) -> Path:
    """File of an exported folder that holds the results of the code."""
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
                    f"{path}: the electrons did not converge ({words!r}), so there is no energy"
                )
    if manifest["code"] == "vasp":
        _check_vasp(path)
    return path


def _check_vasp(path: Path) -> None:
    """Raise if a ``vasprun.xml`` is incomplete, or its last energy did not converge.

    ASE silently takes the last complete step of an incomplete file. When the electrons have taken
    the NELM steps, VASP continues with the next ionic step, or ends without an error. (More steps
    than NELM are those of a linear response that follows.)
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
            f"{path}: is incomplete ({error}); VASP is still running, or did not finish"
        ) from error
    if energy is None:
        raise UnreadableFile(f"{path}: VASP computed no energy")
    if most is not None and most.text is not None and taken == int(most.text):
        raise UnreadableFile(
            f"{path}: the electrons did not converge in the {taken} steps of NELM, so there is no "
            "energy"
        )


def restored(exported: Atoms, manifest: dict[str, Any], result: Atoms, source: Path | str) -> Atoms:
    """Put the results of a code onto the structure that was exported.

    Parameters
    ----------
    exported, manifest
        From :func:`read_record`.
    result
        Structure of an input or output file of the code.
    source
        Name of that file, for messages.

    Returns
    -------
    Atoms
        In the order of the exported structure, with its constraints, moments, arrays and
        provenance, and the cell, positions and results of ``result``. No atom jumps by a cell
        vector; in a static calculation the positions are the exported ones.

    Raises
    ------
    UnreadableFile
        If ``result`` has other atoms, or other positions in a static calculation.
    """
    back = np.argsort(np.array(manifest["order"]))
    if len(result) != len(exported) or (result.numbers[back] != exported.numbers).any():
        raise UnreadableFile(f"{source} holds other atoms than were exported")
    atoms: Atoms = exported.copy()
    before = exported.cell.scaled_positions(exported.positions)
    shift = result.cell.scaled_positions(result.positions[back]) - before
    shift -= np.round(shift)
    if manifest["task"] == "static":
        if np.abs(shift @ exported.cell.array).max() > MOVED:
            raise UnreadableFile(f"{source} has atoms at other positions than were exported")
    else:
        atoms.set_cell(result.cell)
        atoms.positions = (before + shift) @ result.cell.array
    if result.calc is not None:
        results = {
            key: value[back] if key in PER_ATOM else value
            for key, value in result.calc.results.items()
        }
        if "rotation" in manifest and "forces" in results:  # a slab, which has no stress
            results["forces"] = results["forces"] @ np.array(manifest["rotation"])
        if "energy" in results:
            method = f"{manifest['code']}, protocol {manifest['protocol']}"
            provenance.record_energy(atoms, float(results["energy"]), method)
        atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms
