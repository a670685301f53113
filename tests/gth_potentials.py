"""GTH pseudopotentials of CP2K's data as files that Quantum ESPRESSO and ABINIT read.

The three codes then solve the same Hamiltonian, so that their energies, forces and stresses can be
compared. ``write_gth`` writes ABINIT's ``pspcod 10``; pw.x recognises it by the suffix ``.gth``.
The projectors are hard: 80 Ry and more are needed, and there are no atomic orbitals, so no +U.

``write_gth_upf`` puts the same potential on a radial grid: from ``.gth`` files pw.x, as of version
6.7, leaves out of the stress how the projectors turn with the cell (its routine gen_us_dy handles
tabulated projectors only), so that only the pressure is right.

Potentials: S. Goedecker, M. Teter and J. Hutter, Phys. Rev. B 54, 1703 (1996),
doi:10.1103/PhysRevB.54.1703; C. Hartwigsen, S. Goedecker and J. Hutter, Phys. Rev. B 58, 3641
(1998), doi:10.1103/PhysRevB.58.3641, closed forms in equations 1 and 3; PBE: M. Krack, Theor. Chem.
Acc. 114, 145 (2005), doi:10.1007/s00214-005-0655-y. UPF: version 2.0.1.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from ase.data import atomic_numbers, chemical_symbols
from numpy.typing import NDArray
from scipy.special import erf, gamma

from ionsmith.crystals.files import write_text
from ionsmith.errors import MissingExtra, UnreadableFile

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


FIRST, LAST, POINTS = 1e-5, 15.0, 1501
"""Logarithmic grid in Bohr, where all Gaussians have long died; an odd number for Simpson."""

RYDBERGS = 2.0  # in a Hartree


def write_gth_upf(files: Iterable[Path]) -> list[Path]:
    """Write ``El.upf`` beside each ``El.gth``.

    Parameters
    ----------
    files
        As :func:`write_gth` returns them.

    Returns
    -------
    list of Path
        The files in UPF.

    Raises
    ------
    UnreadableFile
        For a file of another kind.
    """
    written = []
    for file in files:
        path = file.with_suffix(".upf")
        try:
            text = _upf_of(file.read_text(encoding="utf-8").splitlines())
        except (OSError, ValueError, IndexError) as error:
            raise UnreadableFile(
                f"{file}: a GTH potential in ABINIT's format was expected"
            ) from error
        write_text(str(path), text, force=True)
        written.append(path)
    return written


def local_potential(
    r: NDArray[np.float64], charge: float, radius: float, coefficients: list[float]
) -> NDArray[np.float64]:
    """Local part in Hartree, at distances in Bohr."""
    x = r / radius
    polynomial = sum(c * x ** (2 * n) for n, c in enumerate(coefficients))
    return np.asarray(-charge / r * erf(x / np.sqrt(2)) + np.exp(-(x**2) / 2) * polynomial)


def projector(
    r: NDArray[np.float64], momentum: int, number: int, radius: float
) -> NDArray[np.float64]:
    """Projector ``number`` (from 1) of an angular momentum, normalised with r², in Bohr^-3/2."""
    power = momentum + (4 * number - 1) / 2
    scale = np.sqrt(2) / (radius**power * np.sqrt(gamma(power)))
    return np.asarray(scale * r ** (momentum + 2 * (number - 1)) * np.exp(-((r / radius) ** 2) / 2))


def _upf_of(lines: list[str]) -> str:
    nucleus, charge = (float(word) for word in lines[1].split()[:2])
    words = lines[3].split()
    count = int(words[1])
    coefficients = [float(word) for word in words[2 : 2 + count]]
    r = np.geomspace(FIRST, LAST, POINTS)
    local = RYDBERGS * local_potential(r, charge, float(words[0]), coefficients)
    betas: list[tuple[int, NDArray[np.float64]]] = []
    blocks = []
    row = 5
    for momentum in range(int(lines[4].split()[0])):
        words = lines[row].split()
        radius, n = float(words[0]), int(words[1])
        rows = [words[2 : 2 + n], *(lines[row + k].split()[: n - k] for k in range(1, n))]
        strengths = np.zeros((n, n))
        for i, values in enumerate(rows):
            strengths[i, i:] = strengths[i:, i] = [float(value) for value in values]
        blocks.append(RYDBERGS * strengths)
        betas += [(momentum, r * projector(r, momentum, i + 1, radius)) for i in range(n)]
        row += max(n, 1) + (n if momentum else 0)  # spin-orbit coefficients follow
    return _upf(lines[0], int(nucleus), charge, r, local, betas, blocks)


def _upf(
    title: str,
    nucleus: int,
    charge: float,
    r: NDArray[np.float64],
    local: NDArray[np.float64],
    betas: list[tuple[int, NDArray[np.float64]]],
    blocks: list[NDArray[np.float64]],
) -> str:
    strengths = np.zeros((len(betas), len(betas)))
    start = 0
    for block in blocks:
        stop = start + len(block)
        strengths[start:stop, start:stop] = block
        start = stop
    highest = max((momentum for momentum, _ in betas), default=0)
    step = np.log(r[1] / r[0])
    # Only a start for the density: an exponential that holds all electrons.
    density = charge * 4 * r**2 * np.exp(-2 * r)
    header = {
        "element": chemical_symbols[nucleus],
        "pseudo_type": "NC",
        "relativistic": "scalar",
        "is_ultrasoft": "F",
        "is_paw": "F",
        "is_coulomb": "F",
        "has_so": "F",
        "has_wfc": "F",
        "has_gipaw": "F",
        "core_correction": "F",
        "functional": "PBE",
        "z_valence": f"{charge:.8f}",
        "l_max": highest,
        "l_local": -1,
        "mesh_size": len(r),
        "number_of_wfc": 0,
        "number_of_proj": len(betas),
    }
    out = ['<UPF version="2.0.1">', f"<PP_INFO>{title}</PP_INFO>", "<PP_HEADER"]
    out += [f'  {key}="{value}"' for key, value in header.items()]
    out += ["/>", f'<PP_MESH mesh="{len(r)}">']
    out += [*_block("PP_R", r), *_block("PP_RAB", r * step), "</PP_MESH>"]
    out += [*_block("PP_LOCAL", local), "<PP_NONLOCAL>"]
    for number, (momentum, beta) in enumerate(betas, 1):
        out += _block(
            f"PP_BETA.{number}",
            beta,
            f' index="{number}" angular_momentum="{momentum}" cutoff_radius_index="{len(r)}"'
            f' cutoff_radius="{r[-1]:.6f}"',
        )
    out += [*_block("PP_DIJ", strengths.ravel()), "</PP_NONLOCAL>"]
    out += ["<PP_PSWFC>", "</PP_PSWFC>", *_block("PP_RHOATOM", density), "</UPF>"]
    return "\n".join(out) + "\n"


def _block(name: str, values: NDArray[np.float64], more: str = "") -> list[str]:
    rows = [values[i : i + 4] for i in range(0, len(values), 4)]
    head = f'<{name} type="real" size="{len(values)}" columns="4"{more}>'
    return [head, *(" ".join(f"{x:.15E}" for x in row) for row in rows), f"</{name}>"]
