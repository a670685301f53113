"""Export every ordered crystal and every kind of model for every code, and let the codes read it.

The codes must be installed (``pw.x``, ``abinit``, ``cp2k.psmp``, ``gpaw``, ``lmp``). Quantum
ESPRESSO and ABINIT get CP2K's GTH potentials, which serve for reading an input and leave out +U;
LAMMPS gets the force field of oxides where it applies, else a bare nuclear repulsion (ZBL). GPAW's
dry run sets up all wave functions: it gets Γ alone, and cells of more than 100 atoms are left out.

Run: python scripts/sweep_exports.py --codes vasp,espresso --table .github/exports.md
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from subprocess import DEVNULL

from ase import Atoms
from ase.data import atomic_numbers

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from dry_runs import GTH_TABLE, Verdict, dry_run
from gth_potentials import write_gth
from ionsmith.crystals import load, names
from ionsmith.crystals.charges import formal_charges
from ionsmith.errors import IonsmithError
from ionsmith.exporters import code_names, export

LARGEST_GPAW = 100
TITLE = """# Exports that the codes read

What ``scripts/sweep_exports.py`` found: every ordered crystal of the library and one model of each
kind, exported with the protocol ``fast`` and read by the codes up to the first step of their work
(VASP's files by pymatgen). Quantum ESPRESSO and ABINIT read CP2K's GTH potentials, without +U; GPAW
and CP2K had Γ alone, GPAW no more than 100 atoms, as its dry run sets up all wave functions; ZBL
stands where LAMMPS had no force field but the bare repulsion of the nuclei. A charge is given where
the ideal formula leaves an odd number of electrons.

"""


def crystals() -> Iterator[tuple[str, Atoms]]:
    """All ordered crystals of the library."""
    for name in names():
        crystal = load(name)
        if crystal.is_ordered and crystal.has_coordinates:
            yield name, crystal.to_atoms()


def models() -> Iterator[tuple[str, Atoms]]:
    """One of each kind of model."""
    from ionsmith.crystals.files import read_structure

    with tempfile.TemporaryDirectory() as folder:
        opened = f"{folder}/open.extxyz"
        commands = {
            "build beta-alumina": [],
            "build closure": [opened, "--planes", "2"],
            "build nasicon nzsp": ["--x", "7/3", "--supercell", "1", "1", "1"],
            "build nasicon nvp": [],
            "build interface --preset nvp-nh4vo3": ["--freeze", "4"],
            "build interface --preset nvp-nah2po4": ["--freeze", "4"],
            "build interface --preset nvp-nzsp": ["--freeze", "4"],
        }
        for number, (name, rest) in enumerate(commands.items()):
            path = opened if number == 0 else f"{folder}/{number}.extxyz"
            words = [*name.split(), *rest, "-o", path]
            subprocess.run([sys.executable, "-m", "ionsmith", *words], check=True, stdout=DEVNULL)
            yield name, read_structure(path)


def attempt(code: str, atoms: Atoms, folder: Path, timeout: float) -> tuple[str, Verdict]:
    """Export and dry-run; return a word for the table, and what the code said."""
    options: dict[str, object] = {"protocol": "fast"}
    word = "yes"
    if atoms.numbers.sum() % 2:  # the ideal formula of a charged framework, or an alloy
        charges, _ = formal_charges(atoms)
        if charges is not None:
            options["charge"] = round(charges.sum())
            word = f"yes, charge {options['charge']:+d}"
    symbols = sorted(set(atoms.get_chemical_symbols()))
    if code in ("espresso", "abinit"):
        potentials = folder / "gth"
        potentials.mkdir()
        write_gth(symbols, GTH_TABLE, potentials)
        options |= {"pseudo_dir": potentials, "use_hubbard": False}
    if code == "gpaw":
        options["kpoints"] = (1, 1, 1)
    if code == "cp2k":
        options["kpoints"] = (1, 1, 1)  # it has +U at Γ alone
    target = folder / "job"
    try:
        export(atoms, code, target, **options)
    except IonsmithError:
        if code != "lammps":
            raise
        repulsion = folder / "zbl.in"
        repulsion.write_text(zbl(list(dict.fromkeys(atoms.get_chemical_symbols()))))
        export(atoms, code, target, potential=str(repulsion), **options)
        word = "yes (ZBL)"
    verdict = dry_run(code, target, timeout)
    return (word if verdict.accepted else "no"), verdict


def zbl(symbols: list[str]) -> str:
    """Commands for the bare repulsion of the nuclei."""
    lines = ["pair_style zbl 3.0 4.0"]
    for i, first in enumerate(symbols, 1):
        for j, second in enumerate(symbols[i - 1 :], i):
            lines.append(f"pair_coeff {i} {j} {atomic_numbers[first]} {atomic_numbers[second]}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Fill the table; the exit code says whether every code took everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--codes", default=",".join(code_names()))
    parser.add_argument("--only", default="", help="part of the names to take")
    parser.add_argument("--timeout", type=float, default=600)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    codes = given.codes.split(",")
    rows, refused = [], 0
    for source in (crystals, models):
        for name, atoms in source():
            if given.only not in name:
                continue
            words = []
            for code in codes:
                if code == "gpaw" and len(atoms) > LARGEST_GPAW:
                    words.append("not tried")
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    word, verdict = attempt(code, atoms, Path(folder), given.timeout)
                words.append(word)
                if word == "no":
                    refused += 1
                    print(f"{name}, {code}: {verdict.output[-2000:]}", file=sys.stderr)
            rows.append(f"| {name} | {len(atoms)} | {' | '.join(words)} |")
            print(rows[-1], file=sys.stderr, flush=True)
    head = f"| structure | atoms | {' | '.join(codes)} |\n|{' --- |' * (len(codes) + 2)}"
    table = "\n".join([head, *rows])
    if given.table:
        given.table.write_text(TITLE + table + "\n", encoding="utf-8")
    else:
        print(table)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
