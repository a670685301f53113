"""GPAW, whose input is a Python script; its PAW data come with ``gpaw-data``.

The cutoffs are around the 600 eV at which the PAW data were tested (J. Enkovaara et al., J. Phys.:
Condens. Matter 22, 253202 (2010), doi:10.1088/0953-8984/22/25/253202).
"""

from pathlib import Path

import numpy as np
from ase.units import GPa
from numpy.typing import NDArray

from ionsmith.crystals.files import STRUCTURE
from ionsmith.errors import InvalidInput
from ionsmith.exporters._calculation import Calculation, cell_limit
from ionsmith.exporters._code import Code, Written
from ionsmith.exporters._held import partly_held, turn_upright
from ionsmith.surfaces.vacuum import empty_layer

CUTOFFS = {"fast": 340, "moderate": 600, "precise": 800}
"""In eV."""

SMEARING = {"gaussian": "fermi-dirac", "cold": "marzari-vanderbilt"}


class Gpaw(Code):
    """GPAW: plane waves and the PAW data of ``gpaw-data``."""

    name = "gpaw"
    holds_components = True
    versions = "GPAW 25.1 or later"

    def write(self, calculation: Calculation, folder: Path) -> Written:
        """Write the input files of a calculation."""
        protocol, turn = calculation.protocol, _turn(calculation)
        cutoff = calculation.cutoff or CUTOFFS[protocol.name]
        periodic = [axis not in calculation.vacuum for axis in range(3)]
        lines = [f"# {line}" for line in calculation.header]
        lines += ["import numpy as np"] if turn is not None else []
        lines += ["from ase.io import read", "from gpaw import GPAW, PW"]
        lines += _imports(calculation)
        lines += ["", f'atoms = read("{STRUCTURE}")  # with its moments and what is held']
        lines += [f"atoms.pbc = {periodic}", *_upright(calculation, turn), "calc = GPAW("]
        options = {
            "mode": f"PW({cutoff:g})",
            "xc": '"PBE"',
            "kpts": f'{{"size": {calculation.kpoints}, "gamma": True}}',
            "occupations": _occupations(calculation),
            "spinpol": str(calculation.magnetic),
            # per electron, as GPAW wants it
            "convergence": f'{{"energy": {protocol.energy * len(calculation.atoms):.6g}'
            f" / {calculation.electrons}}}",
            "maxiter": "333",
        }
        if calculation.charge:
            options["charge"] = str(calculation.charge)
        if calculation.hubbard:
            shells = {s: "spdf"[angular] for s, (_, angular) in calculation.shells.items()}
            setups = ", ".join(
                f'"{s}": ":{shells[s]},{u:g}"' for s, u in calculation.hubbard.items()
            )
            options["setups"] = f"{{{setups}}}  # U in eV"
        if calculation.dipole is not None:
            options["poissonsolver"] = f'{{"dipolelayer": {calculation.dipole}}}'
        options["txt"] = '"gpaw.txt"'
        lines += [_argument(name, value) for name, value in options.items()]
        lines += [")", *_task(calculation, turn is not None)]
        (folder / "run.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
        notes = []
        if calculation.smearing.kind == "gaussian":
            notes.append("GPAW has no Gaussian smearing: Fermi-Dirac of the same width")
        if calculation.vdw:
            notes.append("D3 in GPAW needs the package dftd3 (pip install dftd3)")
        # The filter holds stress times volume per atom below the limit of the forces.
        size = calculation.atoms.get_volume() / len(calculation.atoms)
        stress = round(protocol.force / size / (0.1 * GPa), 2)
        return Written(
            run="mpirun gpaw python run.py",
            output="result.extxyz",
            order=list(range(len(calculation.atoms))),
            settings={"cutoff (eV)": cutoff, **cell_limit(calculation, stress)},
            notes=tuple(notes),
        )


def _argument(name: str, value: str) -> str:
    """Line of an argument, with its comment."""
    code, mark, comment = value.partition("  # ")
    return f"    {name}={code},{mark}{comment}"


def _occupations(calculation: Calculation) -> str:
    """Argument ``occupations``."""
    if calculation.smearing.kind == "fixed":
        return '{"name": "fermi-dirac", "width": 0.0}'
    name = SMEARING[calculation.smearing.kind]
    return f'{{"name": "{name}", "width": {calculation.smearing.width:g}}}'


def _upright(calculation: Calculation, turn: NDArray[np.float64] | None) -> list[str]:
    """Lines that put vacuum at the ends of the cell, and make it upright where a dipole acts.

    GPAW takes no atoms at a boundary that does not repeat, cuts the potential there, and corrects
    the dipole only along a Cartesian axis at right angles to the other vectors.
    """
    if not calculation.vacuum:
        return []
    atoms, axis = calculation.atoms, calculation.dipole
    lines = ["given = atoms.copy()", "places = atoms.get_scaled_positions(wrap=False)"]
    for empty in calculation.vacuum:
        _, middle = empty_layer(atoms, empty)
        lines.append(f"places[:, {empty}] = (places[:, {empty}] - {middle:.6f}) % 1")
    lines.append("atoms.set_scaled_positions(places)  # the vacuum at the ends")
    if turn is not None:
        rows = [[round(float(x), 14) + 0.0 for x in row] for row in turn]
        lines += [
            f"turn = np.array({rows})  # the normal of the slab becomes a Cartesian axis",
            "atoms.cell = atoms.cell.array @ turn.T",
            "atoms.positions = atoms.positions @ turn.T",
        ]
    if axis is not None:
        height = 1 / np.linalg.norm(atoms.cell.reciprocal().array[axis])
        upright = [round(float(height), 10) if n == axis else 0.0 for n in range(3)]
        others = [n for n in range(3) if n != axis]
        lines.append(f"atoms.cell[{axis}] = {upright}  # nothing repeats along it")
        lines.append(f"atoms.cell[{others}, {axis}] = 0")
    return [*lines, "begin = atoms.positions.copy()"]


def _turn(calculation: Calculation) -> NDArray[np.float64] | None:
    """Rotation that brings the normal of a slab onto a Cartesian axis, if it is elsewhere."""
    if calculation.dipole is None:
        return None
    turn = turn_upright(calculation.atoms.cell.array, calculation.dipole)
    if turn is not None and len(partly_held(calculation.held)):
        raise InvalidInput(
            "GPAW's dipole correction needs this slab turned, and an atom of it is held along "
            "some axes only; hold it whole, or leave the correction out (`dipole`)"
        )
    return turn


def _imports(calculation: Calculation) -> list[str]:
    """Import lines."""
    lines = ["from ase.calculators.singlepoint import SinglePointCalculator"]
    if calculation.vdw:
        lines.append("from ase.calculators.mixing import SumCalculator")
        lines.append("from dftd3.ase import DFTD3")
    if calculation.task == "relax-cell":
        lines.append("from ase.filters import FrechetCellFilter")
    if calculation.task != "static":
        lines.append("from ase.optimize import BFGS")
    return lines


def _task(calculation: Calculation, turned: bool) -> list[str]:
    """Lines that run the calculation."""
    dispersion = 'SumCalculator([calc, DFTD3(method="PBE", damping="d3bj")])'
    lines = [f"atoms.calc = {dispersion if calculation.vdw else 'calc'}"]
    if calculation.task == "static":
        lines.append("atoms.get_forces()")
    else:
        moved = "FrechetCellFilter(atoms)" if calculation.task == "relax-cell" else "atoms"
        lines.append(f'relaxation = BFGS({moved}, trajectory="relax.traj", logfile="relax.log")')
        lines.append(f"relaxation.run(fmax={calculation.protocol.force:g})")
    lines += [
        'calc.write("result.gpw")',
        "",
        "# for those who read without GPAW: the structure as it was given, with its results",
        'names = ("energy", "forces", "stress", "magmom", "magmoms")',
        "results = {**calc.results, **atoms.calc.results}",
        "results = {name: results[name] for name in names if name in results}",
    ]
    if not calculation.vacuum:
        lines.append("given = atoms.copy()")
    else:
        moved = "(atoms.positions - begin) @ turn" if turned else "atoms.positions - begin"
        lines.append(f"given.positions += {moved}")
    if turned:
        lines.append('results["forces"] = results["forces"] @ turn')
    lines.append("given.calc = SinglePointCalculator(given, **results)")
    return [*lines, 'given.write("result.extxyz")']
