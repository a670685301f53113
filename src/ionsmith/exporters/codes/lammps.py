"""LAMMPS, with ASE's writer of data files and Pedone's force field for oxides.

Other structures need a file of LAMMPS commands that defines the potential.
"""

import hashlib
from os import PathLike, fspath
from pathlib import Path

import numpy as np
from ase import Atoms

from ionsmith.crystals.charges import formal_charges
from ionsmith.errors import InvalidInput, UnreadableFile
from ionsmith.exporters._calculation import Calculation
from ionsmith.exporters._code import Code, Written
from ionsmith.potentials import pedone

ROUNDS = 20
"""Rounds of relaxing the cell with the atoms, then the atoms alone, because a single line search
stops too early: one leaves quartz with 7,000 bar, ten with 20 to 250 (which depends on the
processor), twenty with less than 100, as much as forces of 0.02 eV/Å allow."""


class Lammps(Code):
    """LAMMPS, with a force field.

    Parameters
    ----------
    potential
        ``pedone2006``, or a file of LAMMPS commands that defines the interactions of the types,
        which are numbered in the order in which the elements first appear.
    """

    name = "lammps"
    versions = "LAMMPS 29 Aug 2024 or later"
    electronic = False
    dipole_correction = False

    def __init__(self, potential: str | PathLike[str] = "pedone2006") -> None:
        self.potential = fspath(potential)

    def write(self, calculation: Calculation, folder: Path) -> Written:
        """Write the input files of a calculation."""
        if calculation.cutoff is not None:
            raise InvalidInput("LAMMPS has no plane waves; leave out `cutoff`")
        from ase.io import write as write_atoms

        published = self.potential == "pedone2006"
        notes = ["a force field ignores all electronic settings (spin, U, k-points, smearing)"]
        if calculation.vacuum and published:
            notes.append(
                "with vacuum, charges are summed by damped shifted forces, not by a lattice sum"
            )
        atoms = Atoms(
            calculation.atoms.numbers,
            positions=calculation.atoms.positions,
            cell=calculation.atoms.cell,
            pbc=[axis not in calculation.vacuum for axis in range(3)],
        )
        if published:
            commands, charges = pedone(calculation.atoms, calculation.symbols, calculation.vacuum)
        else:
            formal, _ = formal_charges(calculation.atoms)
            commands, charges = _own(self.potential), np.zeros(len(atoms))
            charges = charges if formal is None else formal
        atoms.set_initial_charges(charges)
        if abs(charges.sum()) > 1e-6:
            notes.append(f"the cell has a charge of {charges.sum():+.3g} e")
        write_atoms(
            folder / "structure.data",
            atoms,
            format="lammps-data",
            atom_style="charge",
            units="metal",
            specorder=calculation.symbols,
            masses=True,
            force_skew=calculation.task == "relax-cell",  # LAMMPS shears triclinic boxes only
        )
        (folder / "potential.in").write_text(commands, encoding="utf-8")
        lines = _input(calculation, published)
        (folder / "run.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return Written(
            run="mpirun lmp -in run.in",
            output="result.dump",
            order=list(range(len(atoms))),
            settings={
                "potential": self.potential if published else Path(self.potential).name,
                "types": " ".join(calculation.symbols),
                "sha256": {
                    name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
                    for name in ("potential.in", "run.in", "structure.data")
                },
            },
            notes=tuple(notes),
        )


def _input(calculation: Calculation, cut: bool) -> list[str]:
    """Commands of a calculation; ``cut`` if the pair energies jump at their cutoff.

    Where a pair crosses the cutoff, a line search ends far from the minimum. Positions are
    therefore relaxed by forces alone (FIRE); for the cell, which only line searches relax, the jump
    is shifted away, but not from the final energy.
    """
    boundary = " ".join("f" if axis in calculation.vacuum else "p" for axis in range(3))
    lines = [f"# {line}" for line in calculation.header]
    lines += ["units metal", "atom_style charge", f"boundary {boundary}"]
    lines += ["read_data structure.data", "include potential.in"]
    if len(calculation.frozen):
        ids = " ".join(str(i + 1) for i in calculation.frozen)
        lines += [f"group held id {ids}", "fix hold held setforce 0.0 0.0 0.0"]
    lines += ["thermo 10", "thermo_style custom step pe fmax press vol"]
    dump = (
        "write_dump all custom result.dump id element x y z fx fy fz modify sort id element "
        f"{' '.join(calculation.symbols)} format float %.12g"
    )
    if calculation.task == "static":
        return [*lines, "run 0", dump]
    minimize = f"minimize 0.0 {calculation.protocol.force:g} 10000 100000"
    if calculation.task == "relax-cell":
        lines += ["pair_modify pair pedone shift yes"] if cut else []
        lines += [f"variable round loop {ROUNDS}", "label round"]
        lines += ["fix cell all box/relax tri 0.0", "min_style cg", minimize, "unfix cell"]
        lines += ["min_style fire", minimize, "next round", "jump SELF round"]
        lines += ["pair_modify pair pedone shift no"] if cut else []
    return [*lines, "min_style fire", minimize, "write_data relaxed.data", dump]


def _own(potential: str) -> str:
    """Read a file of LAMMPS commands."""
    try:
        return Path(potential).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{potential}: 'pedone2006' or a file of LAMMPS commands was expected"
        ) from error
