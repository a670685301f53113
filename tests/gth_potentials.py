"""GTH pseudopotentials of CP2K's data as files that Quantum ESPRESSO and ABINIT read.

The three codes then solve the same Hamiltonian, so that their energies, forces and stresses can be
compared. ``write_gth`` writes ABINIT's ``pspcod 10``; pw.x recognises it by the suffix ``.gth``.
The projectors are hard: 80 Ry and more are needed, and there are no atomic orbitals, so no +U.

Potentials: S. Goedecker, M. Teter and J. Hutter, Phys. Rev. B 54, 1703 (1996),
doi:10.1103/PhysRevB.54.1703; C. Hartwigsen, S. Goedecker and J. Hutter, Phys. Rev. B 58, 3641
(1998), doi:10.1103/PhysRevB.58.3641; PBE: M. Krack, Theor. Chem. Acc. 114, 145 (2005),
doi:10.1007/s00214-005-0655-y.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ase.data import atomic_numbers

from ionsmith.crystals.files import write_text
from ionsmith.errors import MissingExtra, UnreadableFile
from ionsmith.exporters.gth import upf_of_gth

PBE = 11
"""ABINIT's number of the PBE functional."""


def write_gth(
    symbols: Iterable[str],
    table: Path,
    folder: Path,
    valence: Mapping[str, int] | None = None,
) -> list[Path]:
    """Write ``El.gth`` for some elements.

    Parameters
    ----------
    symbols
        Elements.
    table
        CP2K's file ``GTH_POTENTIALS`` or ``POTENTIAL_UZH``.
    folder
        Where the files go; existing ones are replaced.
    valence
        Numbers of electrons by element, where the table has several potentials of it.

    Returns
    -------
    list of Path
        The files, in the order of the elements.

    Raises
    ------
    MissingExtra
        If the table is not there, or has no PBE potential of an element.
    UnreadableFile
        If an entry breaks off.
    """
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise MissingExtra(f"{table}: CP2K's GTH_POTENTIALS was expected there") from error
    written = []
    for symbol in symbols:
        path = folder / f"{symbol}.gth"
        count = (valence or {}).get(symbol)
        name = "GTH-PBE" if count is None else f"GTH-PBE-q{count}"
        write_text(str(path), _gth_of(symbol, name, lines, table), force=True)
        written.append(path)
    return written


def _gth_of(symbol: str, name: str, lines: list[str], table: Path) -> str:
    heads = (n for n, line in enumerate(lines) if _names(line) >= {symbol, name})
    start = next(heads, None)
    if start is None:
        raise MissingExtra(f"{table} has no PBE potential of {symbol} by the name {name}")
    name = lines[start].split()[1]
    values = _numbers(lines[start + 1 :])
    try:
        electrons = sum(int(v) for v in values[0])
        radius, count, *local = values[1]
        channels = int(values[2][0])
        # Neither code takes a potential that is all local: it gets a projector of no strength.
        if not channels:
            values[2:], channels = [["1"], ["0.2", "1", "0.0"]], 1
        out = [
            f"{symbol} {name} of CP2K, GTH with PBE",
            f"{atomic_numbers[symbol]} {electrons} 0  zatom,zion,pspdat",
            f"10 {PBE} {channels - 1} 0 2001 0  pspcod,pspxc,lmax,lloc,mmax,r2well",
            f"{radius} {count} {' '.join(local)}  rloc nloc c1..",
            f"{channels}  nnonloc",
        ]
        row = 3
        for momentum in range(channels):
            width, projectors, *first = values[row]
            n = int(projectors)
            matrix = [first, *values[row + 1 : row + n]]
            row += max(n, 1)
            out.append(f"{width} {n} {' '.join(first)}")
            out += [" ".join(rest) for rest in matrix[1:]]
            if momentum:  # spin-orbit coefficients follow, all nothing here
                out += [" ".join(["0.0"] * (n - k)) for k in range(n)]
    except (IndexError, ValueError) as error:
        raise UnreadableFile(f"{table}: the entry of {symbol} breaks off") from error
    return "\n".join(out) + "\n"


def _names(line: str) -> set[str]:
    """Element and names of the potential, if the line begins an entry."""
    return set(line.split()) if line[:1].isalpha() else set()


def _numbers(lines: list[str]) -> list[list[str]]:
    """Lines of an entry up to the next one, as words."""
    found = []
    for line in lines:
        if line.startswith("#") or (line[:1].isalpha()):
            break
        found.append(line.split())
    return found


def write_gth_upf(files: Iterable[Path]) -> list[Path]:
    """Write ``El.upf`` beside each ``El.gth``."""
    written = []
    for file in files:
        path = file.with_suffix(".upf")
        write_text(str(path), upf_of_gth(file), force=True)
        written.append(path)
    return written
