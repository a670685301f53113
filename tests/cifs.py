"""CIFs in memory for the tests of their reader."""

import warnings
from pathlib import Path

from ionsmith.crystals.cif import CifNote, read_cif
from ionsmith.crystals.crystal import Crystal

LENGTHS = ("length_a", "length_b", "length_c", "angle_alpha", "angle_beta", "angle_gamma")
COLUMNS = "label type_symbol fract_x fract_y fract_z"
CUBE = "5.64 5.64 5.64 90 90 90"
SALT = "Na1 Na 0 0 0\nCl1 Cl .5 .5 .5"
P1 = "_symmetry_space_group_name_H-M 'P 1'"
FM3M = "_symmetry_space_group_name_H-M 'F m -3 m'"


def cif(cell: str, atoms: str, items: str = FM3M, columns: str = COLUMNS, block: str = "x") -> str:
    """A CIF with one loop of atoms."""
    names = "".join(f"_atom_site_{name}\n" for name in columns.split())
    edges = "".join(
        f"_cell_{name} {value}\n" for name, value in zip(LENGTHS, cell.split(), strict=False)
    )
    return f"data_{block}\n{edges}{items}\nloop_\n{names}{atoms}\n"


def read(folder: Path, text: str | bytes, name: str = "x.cif") -> tuple[Crystal, str]:
    """The crystal, and the notes that came with it."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        crystal = read_cif(path)
    notes = [str(warning.message) for warning in caught if warning.category is CifNote]
    return crystal, "\n".join(notes)
