"""GPAW, whose input is a Python script; its PAW data come with ``gpaw-data``.

The cutoffs are around the 600 eV at which the PAW data were tested (J. Enkovaara et al., J. Phys.:
Condens. Matter 22, 253202 (2010), doi:10.1088/0953-8984/22/25/253202).
"""

from pathlib import Path

from ase.units import GPa

from ionsmith.crystals.files import STRUCTURE
from ionsmith.exporters._calculation import Calculation, cell_limit
from ionsmith.exporters._code import Code, Written

CUTOFFS = {"fast": 340, "moderate": 600, "precise": 800}
"""In eV."""

SMEARING = {"gaussian": "fermi-dirac", "cold": "marzari-vanderbilt"}
PLANES = ("yz", "xz", "xy")


class Gpaw(Code):
    """GPAW: plane waves and the PAW data of ``gpaw-data``."""

    name = "gpaw"
    holds_components = True
    versions = "GPAW 25.1 or later"

    def write(self, calculation: Calculation, folder: Path) -> Written:
        """Write the input files of a calculation."""
        protocol = calculation.protocol
        cutoff = calculation.cutoff or CUTOFFS[protocol.name]
        periodic = [axis not in calculation.vacuum for axis in range(3)]
        lines = [f"# {line}" for line in calculation.header]
        lines += ["from ase.io import read", "from gpaw import GPAW, PW"]
        lines += _imports(calculation)
        lines += ["", f'atoms = read("{STRUCTURE}")  # with its moments and what is held']
        lines += [f"atoms.pbc = {periodic}", "calc = GPAW("]
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
            options["poissonsolver"] = f'{{"dipolelayer": "{PLANES[calculation.dipole]}"}}'
        options["txt"] = '"gpaw.txt"'
        lines += [_argument(name, value) for name, value in options.items()]
        lines += [")", *_task(calculation)]
        (folder / "run.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
        notes = []
        if calculation.smearing.kind == "gaussian":
            notes.append("GPAW has no Gaussian smearing: Fermi-Dirac of the same width")
        if calculation.vdw:
            notes.append("D3 in GPAW calls the program dftd3")
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


def _imports(calculation: Calculation) -> list[str]:
    """Import lines."""
    lines = []
    if calculation.vdw:
        lines.append("from ase.calculators.dftd3 import DFTD3")
    if calculation.task == "relax-cell":
        lines.append("from ase.filters import FrechetCellFilter")
    if calculation.task != "static":
        lines.append("from ase.optimize import BFGS")
    return lines


def _task(calculation: Calculation) -> list[str]:
    """Lines that run the calculation."""
    calculator = 'DFTD3(dft=calc, xc="pbe", damping="bj")' if calculation.vdw else "calc"
    lines = [f"atoms.calc = {calculator}"]
    if calculation.task == "static":
        lines.append("atoms.get_forces()")
    else:
        moved = "FrechetCellFilter(atoms)" if calculation.task == "relax-cell" else "atoms"
        lines.append(f'relaxation = BFGS({moved}, trajectory="relax.traj", logfile="relax.log")')
        lines.append(f"relaxation.run(fmax={calculation.protocol.force:g})")
    # the second is for those who read without GPAW
    return [*lines, 'calc.write("result.gpw")', 'atoms.write("result.extxyz")']
