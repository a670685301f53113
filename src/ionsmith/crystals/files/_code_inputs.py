"""Inputs of codes that ASE reads in part: VASP, ABINIT, Quantum ESPRESSO and CP2K."""

import re
import warnings
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.geometry import cellpar_to_cell
from ase.units import Bohr
from numpy.typing import NDArray

from ionsmith.crystals.cif import parse_species, species_of_label
from ionsmith.crystals.sites import OXIDATION_STATES

Floats = NDArray[np.float64]

_REPEATED = re.compile(r"(?<!\S)(\d+)\*(\S+)")
_FRACTION = re.compile(r"(?<![\w./])(-?\d+)/(\d+)(?![\w./])")
_FORTRAN = re.compile(r"(?<=[\d.])[dD](?=[+-]?\d)")
_CARD = re.compile(r"^\s*(atomic_species|atomic_positions|cell_parameters)\b", re.IGNORECASE)
_NOT_READ = ("spgroup", "natrd", "scalecart", "nobj", "structure", "xyzfile")
"""Variables of ABINIT that change the atoms or the cell, and are not read."""


def read_poscar(path: Path) -> Atoms:
    """Read a POSCAR, with oxidation states of species such as ``Fe2+``.

    Raises
    ------
    ValueError
        If a species is that of no element.
    """
    import ase.io

    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    older = all(word.isdigit() for word in lines[5].split())
    words = [] if older else re.split(r"[!#]", lines[5])[0].split()
    species = [_species(word) for word in words]
    if species:
        lines[5] = " ".join(symbol for symbol, _ in species)
    atoms = ase.io.read(StringIO("\n".join(lines) + "\n"), format="vasp")
    assert isinstance(atoms, Atoms)
    if any(np.isfinite(charge) for _, charge in species):
        counts = map(int, lines[6].split()[: len(species)])
        states = [[charge] * n for (_, charge), n in zip(species, counts, strict=True)]
        atoms.set_array(OXIDATION_STATES, np.concatenate(states).astype(float))
    return atoms


def _species(word: str) -> tuple[str, float]:
    """Element and charge of a species such as ``Fe2+``, ``Fe_pv/4d`` or ``Fe1``."""
    word = word.partition("/")[0].partition("_")[0]
    try:
        (symbol,), charges = parse_species(word)
    except ValueError:
        try:
            return species_of_label(word, ()), float("nan")
        except ValueError as error:  # without the advice for CIFs
            raise ValueError(str(error).partition(";")[0]) from error
    return symbol, charges.get(symbol, float("nan"))


def read_abinit(path: Path) -> Atoms:
    """Read an input of ABINIT, repeated numbers such as ``3*1.0`` and fractions included.

    Raises
    ------
    ValueError
        If it has variables that change the atoms and are not read.
    """
    import ase.io

    text = re.sub(r"[#!].*", "", path.read_text(encoding="utf-8")).lower()
    words = text.split()
    for name in _NOT_READ:
        if name in words and words[words.index(name) + 1 :][:1] != ["1"]:
            raise ValueError(f"its variable {name} is not read")
    text = _REPEATED.sub(lambda match: " ".join([match[2]] * int(match[1])), text)
    text = _FRACTION.sub(lambda match: repr(float(Fraction(match[0]))), text)
    atoms = ase.io.read(StringIO(_FORTRAN.sub("e", text)), format="abinit-in")
    assert isinstance(atoms, Atoms)
    return atoms


def read_espresso(path: Path) -> Atoms:
    """Read an input of pw.x, with every lattice of ``ibrav``.

    Raises
    ------
    ValueError
        If the atoms are those of an asymmetric unit, or a part is missing.
    """
    from ase.io.espresso import (
        convert_constraint_flags,
        get_atomic_positions,
        get_cell_parameters,
        label_to_symbol,
        read_fortran_namelist,
    )

    data, cards = read_fortran_namelist(StringIO(path.read_text(encoding="utf-8")))
    system = {key.lower(): value for key, value in data["system"].items()}
    if system.get("space_group"):
        raise ValueError("space_group and crystal_sg list an asymmetric unit, which is not read")
    cards = [_CARD.sub(lambda match: match[1].upper(), line.partition("!")[0]) for line in cards]
    cards = [_FORTRAN.sub("e", line) for line in cards]
    alat: float | None = None
    if "celldm(1)" in system:
        alat = float(system["celldm(1)"]) * Bohr
    elif "a" in system:
        alat = float(system["a"])
    if int(system["ibrav"]) == 0:
        cell, _ = get_cell_parameters(cards, alat=alat)
        if cell is None:
            raise ValueError("ibrav is 0 and CELL_PARAMETERS are missing")
        alat = float(np.linalg.norm(cell[0])) if alat is None else alat
    elif alat is None:
        raise ValueError("neither celldm(1) nor A is stated")
    else:
        cell = alat * bravais_vectors(int(system["ibrav"]), _celldm(system))
    if any(key.startswith("starting_magnetization") for key in system):
        warnings.warn(
            f"{path.name}: starting_magnetization is a part of the valence electrons, which the "
            "input does not state; moments are left out",
            stacklevel=2,
        )
    rows = get_atomic_positions(cards, n_atoms=int(system["nat"]), cell=cell, alat=alat)
    if rows is None:
        raise ValueError("ATOMIC_POSITIONS are missing")
    atoms = Atoms(
        [label_to_symbol(label) for label, *_ in rows],
        positions=[position for _, position, _ in rows],
        cell=cell,
        pbc=True,
    )
    atoms.set_constraint(convert_constraint_flags([flags for *_, flags in rows]))
    return atoms


def _celldm(system: dict[str, Any]) -> list[float]:
    """``celldm(2)`` to ``celldm(6)`` as pw.x has them, also from A, B, C and cosines."""
    if "celldm(1)" in system:
        return [float(system.get(f"celldm({number})", 0.0)) for number in range(2, 7)]
    a = float(system["a"])
    ratios = [float(system.get(letter, 0.0)) / a for letter in "bc"]
    ab, ac, bc = (float(system.get(f"cos{pair}", 0.0)) for pair in ("ab", "ac", "bc"))
    ibrav = int(system["ibrav"])
    if ibrav in (-12, -13):
        return [*ratios, 0.0, ac, 0.0]
    return [*ratios, *((bc, ac, ab) if ibrav == 14 else (ab, 0.0, 0.0))]


def bravais_vectors(ibrav: int, celldm: list[float]) -> Floats:
    """Cell vectors of pw.x in units of the lattice parameter, shape (3, 3).

    The lattices are those of the description of pw.x's input (``INPUT_PW``, Quantum ESPRESSO 7).

    Parameters
    ----------
    ibrav
        Index of the Bravais lattice.
    celldm
        b/a, c/a and up to three cosines: ``celldm(2)`` to ``celldm(6)``.

    Raises
    ------
    ValueError
        If there is no lattice of this index, or a parameter that it needs is missing.
    """
    b, c, cos4, cos5, cos6 = celldm
    if (abs(ibrav) > 7 and b <= 0) or (abs(ibrav) not in (1, 2, 3, 5) and c <= 0):
        raise ValueError(f"ibrav {ibrav} needs celldm(2) and celldm(3), or B and C")
    sin4, sin5 = (1 - cos4**2) ** 0.5, (1 - cos5**2) ** 0.5
    if abs(ibrav) == 5:
        return _rhombohedral(ibrav, cos4)
    if ibrav == 14:
        height = (1 + 2 * cos4 * cos5 * cos6 - cos4**2 - cos5**2 - cos6**2) ** 0.5
        sin6 = (1 - cos6**2) ** 0.5
        third = [c * cos5, c * (cos4 - cos5 * cos6) / sin6, c * height / sin6]
        return np.array([[1, 0, 0], [b * cos6, b * sin6, 0], third])
    lattices: dict[int, list[list[float]]] = {
        1: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        2: [[-0.5, 0, 0.5], [0, 0.5, 0.5], [-0.5, 0.5, 0]],
        3: [[0.5, 0.5, 0.5], [-0.5, 0.5, 0.5], [-0.5, -0.5, 0.5]],
        -3: [[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]],
        4: [[1, 0, 0], [-0.5, 3**0.5 / 2, 0], [0, 0, c]],
        6: [[1, 0, 0], [0, 1, 0], [0, 0, c]],
        7: [[0.5, -0.5, c / 2], [0.5, 0.5, c / 2], [-0.5, -0.5, c / 2]],
        8: [[1, 0, 0], [0, b, 0], [0, 0, c]],
        9: [[0.5, b / 2, 0], [-0.5, b / 2, 0], [0, 0, c]],
        -9: [[0.5, -b / 2, 0], [0.5, b / 2, 0], [0, 0, c]],
        91: [[1, 0, 0], [0, b / 2, -c / 2], [0, b / 2, c / 2]],
        10: [[0.5, 0, c / 2], [0.5, b / 2, 0], [0, b / 2, c / 2]],
        11: [[0.5, b / 2, c / 2], [-0.5, b / 2, c / 2], [-0.5, -b / 2, c / 2]],
        12: [[1, 0, 0], [b * cos4, b * sin4, 0], [0, 0, c]],
        -12: [[1, 0, 0], [0, b, 0], [c * cos5, 0, c * sin5]],
        13: [[0.5, 0, -c / 2], [b * cos4, b * sin4, 0], [0.5, 0, c / 2]],
        -13: [[0.5, b / 2, 0], [-0.5, b / 2, 0], [c * cos5, 0, c * sin5]],
    }
    if ibrav not in lattices:
        raise ValueError(f"there is no lattice with ibrav {ibrav}")
    return np.array(lattices[ibrav])


def _rhombohedral(ibrav: int, cosine: float) -> Floats:
    """Vectors with the threefold axis along z (5) or along x + y + z (-5)."""
    x, y, z = ((1 - cosine) / 2) ** 0.5, ((1 - cosine) / 6) ** 0.5, ((1 + 2 * cosine) / 3) ** 0.5
    if ibrav == 5:
        return np.array([[x, -y, z], [0, 2 * y, z], [-x, -y, z]])
    u, v = (z - 8**0.5 * y) / 3**0.5, (z + 2**0.5 * y) / 3**0.5
    return np.array([[u, v, v], [v, u, v], [v, v, u]])


def read_cp2k_input(path: Path) -> Atoms:
    """Read cell, coordinates and moments of an input of CP2K.

    Raises
    ------
    ValueError
        If they are not in the input, in other units than Å, or repeated.
    """
    sections = _sections(path.read_text(encoding="utf-8"))
    box = sections.get("CELL", {})
    for name in ("CELL", "TOPOLOGY"):
        if any(word != "1" for word in sections.get(name, {}).get("MULTIPLE_UNIT_CELL", [])):
            raise ValueError("its MULTIPLE_UNIT_CELL is not read")
    rows = [words for words in map(str.split, sections.get("COORD", {}).get("ROWS", [])) if words]
    scaled = any(
        row[0].upper() == "SCALED" and row[1:2] not in (["F"], [".FALSE."]) for row in rows
    )
    units = [row for row in rows if row[0].upper() == "UNIT" and row[1].upper() != "ANGSTROM"]
    if units or any("[" in word for words in box.values() for word in words):
        raise ValueError("its cell or coordinates are not in Å")
    rows = [row for row in rows if row[0].upper() not in ("SCALED", "UNIT")]
    if not rows:
        raise ValueError("its coordinates are in another file")
    if "ABC" in box:
        lengths_and_angles = [*box["ABC"], *box.get("ALPHA_BETA_GAMMA", ["90"] * 3)]
        cell = cellpar_to_cell([float(word) for word in lengths_and_angles])
    elif all(axis in box for axis in "ABC"):
        cell = np.array([[float(word) for word in box[axis]] for axis in "ABC"])
    else:
        raise ValueError("its cell is missing (ABC, or A, B and C)")
    kinds = [sections.get(f"KIND {row[0].upper()}", {}) for row in rows]
    if any("GHOST" in kind for kind in kinds):
        raise ValueError("it has ghosts, which are no atoms")
    plain = [[re.sub(r"\d.*", "", row[0])] for row in rows]
    symbols = [kind.get("ELEMENT", name)[0] for kind, name in zip(kinds, plain, strict=True)]
    places = np.array([[float(word) for word in row[1:4]] for row in rows])
    atoms = Atoms(
        [symbol.capitalize() for symbol in symbols],
        positions=places @ cell if scaled else places,
        cell=cell,
        pbc=[axis in box.get("PERIODIC", ["XYZ"])[0].upper() for axis in "XYZ"],
    )
    moments = [float(kind.get("MAGNETIZATION", ["0"])[0]) for kind in kinds]
    if any(moments):
        atoms.set_initial_magnetic_moments(moments)
    return atoms


def _sections(text: str) -> dict[str, dict[str, list[str]]]:
    """Keywords of the sections CELL, TOPOLOGY and ``KIND NAME``, and the rows of COORD."""
    found: dict[str, dict[str, list[str]]] = {}
    names: list[str] = []
    for line in text.splitlines():
        words = re.split(r"[#!]", line)[0].split()
        if not words:
            continue
        if words[0].upper().startswith("&END"):
            names = names[:-1]
        elif words[0].startswith("&"):
            names = [*names, " ".join(words)[1:].upper()]
            if names[-1] == "COORD" and "COORD" in found:
                raise ValueError("it has coordinates twice")
        elif names[-1:] == ["COORD"]:
            found.setdefault("COORD", {}).setdefault("ROWS", []).append(" ".join(words))
        elif names:
            found.setdefault(names[-1], {})[words[0].upper()] = words[1:]
    return found
