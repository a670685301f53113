"""ABINIT, with a writer of our own: the input of ASE's or pymatgen's does not run by itself.

ABINIT has +U with PAW data only. A structure with U therefore needs the JTH table, others
PseudoDojo's norm-conserving one; both come from http://www.pseudo-dojo.org. ABINIT has no dipole
correction.
"""

import shutil
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers
from ase.units import Bohr, GPa, Hartree

from ionsmith.errors import InvalidInput
from ionsmith.exporters._calculation import PRESSURE, Calculation, cell_limit
from ionsmith.exporters._code import Code, Written
from ionsmith.exporters._held import in_frame
from ionsmith.exporters._protocol import keeps_symmetry
from ionsmith.exporters.pseudopotentials import (
    SOURCES,
    PseudopotentialFile,
    find,
    hard_potentials,
    recommended_cutoff,
)

PAW_CUTOFF = {"low": 15.0, "normal": 20.0, "high": 25.0}
"""Plane-wave cutoffs for JTH data in Ha; those recommended in the files are 10 to 20."""

PER_LINE = 20


class Abinit(Code):
    """ABINIT: PAW data with +U, norm-conserving pseudopotentials without."""

    name = "abinit"
    holds_components = True
    versions = "ABINIT 9 or later"
    dipole_correction = False
    reads_pseudopotentials = True

    def write(self, calculation: Calculation, folder: Path) -> Written:
        """Write the input files of a calculation."""
        paw = bool(calculation.hubbard)
        suffixes = ("xml",) if paw else ("psp8", "gth")
        files = find(calculation.symbols, suffixes, calculation.pseudo_dir, "ABINIT")
        level = calculation.protocol.hint
        if calculation.cutoff is not None:
            cutoff = calculation.cutoff / Hartree
        else:
            cutoff = PAW_CUTOFF[level] if paw else recommended_cutoff(files, level)
        names = [files[s].file for s in calculation.symbols]
        lines = [f"# {line}" for line in calculation.header]
        lines += ["", "# pseudopotentials", 'pp_dirpath "pseudo"', f'pseudos "{", ".join(names)}"']
        lines += ["", "# accuracy", f"ecut {cutoff:.8g}"]
        if paw:
            lines.append(f"pawecutdg {2 * cutoff:.8g}")
        lines += [*_electrons(calculation, paw), *_bands(calculation, files)]
        lines += _task(calculation)
        uneven = not keeps_symmetry(calculation.atoms, calculation.kpoints)
        if uneven or calculation.held.any():
            breaks = "these k-points break" if uneven else "what is held may break"
            lines.append(f"nsym 1  # {breaks} the symmetry")
        lines += _structure(calculation)
        (folder / "run.abi").write_text("\n".join(lines) + "\n", encoding="utf-8")
        if calculation.pseudo_dir is not None:
            (folder / "pseudo").mkdir()
            for potential in files.values():
                shutil.copyfile(
                    calculation.pseudo_dir / potential.file, folder / "pseudo" / potential.file
                )
        missing = calculation.pseudo_dir is None
        notes = [f"put into pseudo/: {SOURCES[suffixes[0]]}"] if missing else []
        notes += hard_potentials(files, calculation.cutoff)
        if uneven:
            mesh = " ".join(map(str, calculation.kpoints))
            notes.append(
                f"k-points {mesh} break the symmetry of the crystal, which ABINIT refuses: it "
                "computes without symmetry (nsym 1)"
            )
        if len(calculation.vacuum) == 1:
            notes.append(
                "ABINIT has no dipole correction: make the slab symmetric, or its vacuum wide"
            )
        return Written(
            run="mpirun abinit run.abi > run.log",
            output="run.abo",
            order=list(range(len(calculation.atoms))),
            settings={
                "ecut (Ha)": round(cutoff, 6),
                **cell_limit(calculation),
                "sha256": {
                    s: potential.sha256 for s, potential in files.items() if potential.sha256
                },
            },
            needs={s: f"pseudo/{potential.file}" for s, potential in files.items()}
            if missing
            else {},
            notes=tuple(notes),
        )


def _electrons(calculation: Calculation, paw: bool) -> list[str]:
    """Occupations, spin, U, dispersion and k-points."""
    kinds = {"fixed": 1, "cold": 4, "gaussian": 7}
    lines = ["", "# electrons", f"occopt {kinds[calculation.smearing.kind]}"]
    if calculation.smearing.width:
        lines.append(f"tsmear {calculation.smearing.width / Hartree:.6f}")
    if calculation.charge:
        lines.append(f"cellcharge {calculation.charge}")
    if calculation.magnetic:
        lines += ["nsppol 2", "nspden 2", "spinat"]
        lines += [f"  0 0 {moment:g}" for moment in calculation.moments]
    if paw:
        shells = calculation.shells
        values = [calculation.hubbard.get(s, 0.0) for s in calculation.symbols]
        lines += [
            "usepawu 1",
            "lpawu " + " ".join(str(shells.get(s, (0, -1))[1]) for s in calculation.symbols),
            "upawu " + " ".join(f"{value:g}" for value in values) + " eV",
            "jpawu " + " ".join("0" for _ in values) + " eV",
        ]
    if calculation.vdw:
        lines += ["vdw_xc 7  # D3 with Becke-Johnson damping"]
    mesh = " ".join(map(str, calculation.kpoints))
    return [
        *lines,
        "",
        "# k-points, centred at Gamma",
        f"ngkpt {mesh}",
        "nshiftk 1",
        "shiftk 0 0 0",
    ]


def _bands(calculation: Calculation, files: dict[str, PseudopotentialFile]) -> list[str]:
    """Number of bands where the moments add up to less than nothing, for which ABINIT has few."""
    net = float(calculation.moments.sum())
    if net >= 0:
        return []
    symbols = calculation.atoms.get_chemical_symbols()
    electrons = sum(files[s].valence or atomic_numbers[s] for s in symbols) - calculation.charge
    return [f"nband {int(np.ceil(0.6 * electrons - net / 2)) + 2}"]


def _task(calculation: Calculation) -> list[str]:
    """Convergence, and what is relaxed."""
    n, protocol = len(calculation.atoms), calculation.protocol
    lines = ["", f"# task: {calculation.task}", "nstep 100"]
    if calculation.task == "static":
        return [*lines, f"toldfe {protocol.energy * n / Hartree:.3e}"]
    force = protocol.force * Bohr / Hartree
    lines += [f"toldff {force / 10:.3e}", f"tolmxf {force:.3e}", "ionmov 2", "ntime 100"]
    if calculation.task == "relax-cell":
        # The basis is made for a cell that grows by up to five percent.
        lines += ["optcell 2", "dilatmx 1.05", "ecutsm 0.5"]
        stress = 0.1 * PRESSURE * GPa * Bohr**3 / Hartree
        lines.append(f"strfact {force / stress:.1f}")  # the stress times this is below tolmxf
    if len(calculation.frozen):
        lines += [f"natfix {len(calculation.frozen)}", "iatfix"]
        lines += _wrapped(calculation.frozen + 1)
    held = in_frame(
        calculation.held, np.eye(3), calculation.atoms.cell.array, "axes that ABINIT holds along"
    )
    if (held != calculation.held).any():
        raise InvalidInput("for ABINIT an atom is held along an axis only if this is a cell vector")
    for axis, name in enumerate("xyz"):
        indices = np.flatnonzero(held[:, axis] & ~held.all(axis=1))
        if len(indices):
            lines += [f"natfix{name} {len(indices)}", f"iatfix{name}", *_wrapped(indices + 1)]
    return lines


def _structure(calculation: Calculation) -> list[str]:
    """Cell and atoms."""
    atoms = calculation.atoms
    numbers = [atomic_numbers[s] for s in calculation.symbols]
    rank = {symbol: number for number, symbol in enumerate(calculation.symbols, 1)}
    types = [rank[symbol] for symbol in atoms.get_chemical_symbols()]
    lines = ["", "# structure", "chkprim 0  # the cell may be a conventional one"]
    lines.append("chksymtnons 0  # nothing is done that needs symmetries on the FFT grid")
    lines += [f"natom {len(atoms)}", f"ntypat {len(numbers)}"]
    lines += ["znucl " + " ".join(map(str, numbers)), "typat", *_wrapped(np.array(types))]
    lines += ["acell 3*1.0 Angstrom", "rprim"]
    lines += ["  " + " ".join(f"{x:.12f}" for x in vector) for vector in atoms.cell.array]
    scaled = atoms.cell.scaled_positions(atoms.positions)
    return [*lines, "xred", *("  " + " ".join(f"{x:.12f}" for x in row) for row in scaled)]


def _wrapped(numbers: np.ndarray) -> list[str]:
    """Whole numbers in lines that ABINIT reads."""
    words = [str(int(number)) for number in numbers]
    return ["  " + " ".join(words[i : i + PER_LINE]) for i in range(0, len(words), PER_LINE)]
