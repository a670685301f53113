"""GTH pseudopotentials in UPF, which pw.x reads without a fault.

From ``.gth`` files pw.x, as of version 6.7, leaves out of the stress how the projectors turn with
the cell (its routine gen_us_dy handles tabulated projectors only), so that only the pressure is
right.
Here the closed forms are put on a radial grid, where the stress is whole.

S. Goedecker, M. Teter and J. Hutter, Phys. Rev. B 54, 1703 (1996), doi:10.1103/PhysRevB.54.1703;
C. Hartwigsen, S. Goedecker and J. Hutter, Phys. Rev. B 58, 3641 (1998),
doi:10.1103/PhysRevB.58.3641, equations 1 and 3. UPF: version 2.0.1.
"""

from pathlib import Path

import numpy as np
from ase.data import chemical_symbols
from numpy.typing import NDArray
from scipy.special import erf, gamma

from ionsmith.errors import UnreadableFile

FIRST, LAST, POINTS = 1e-5, 15.0, 1501
"""Logarithmic grid in Bohr, where all Gaussians have long died; an odd number for Simpson."""

RYDBERGS = 2.0  # in a Hartree


def upf_of_gth(file: Path) -> str:
    """Put a GTH potential on a radial grid.

    Parameters
    ----------
    file
        In ABINIT's format, ``pspcod 10``.

    Returns
    -------
    str
        The UPF; it has no atomic orbitals.

    Raises
    ------
    UnreadableFile
        For a file of another kind.
    """
    try:
        return _upf_of(file.read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError, IndexError) as error:
        raise UnreadableFile(f"{file}: a GTH potential in ABINIT's format was expected") from error


def local_potential(
    r: NDArray[np.float64], charge: float, radius: float, coefficients: list[float]
) -> NDArray[np.float64]:
    """Compute the local part of a GTH potential.

    Parameters
    ----------
    r
        Distances in Bohr, shape (n,).
    charge
        Of the ion, in e.
    radius
        In Bohr.
    coefficients
        In Ha.

    Returns
    -------
    ndarray
        In Ha, shape (n,).
    """
    x = r / radius
    polynomial = sum(c * x ** (2 * n) for n, c in enumerate(coefficients))
    return np.asarray(-charge / r * erf(x / np.sqrt(2)) + np.exp(-(x**2) / 2) * polynomial)


def projector(
    r: NDArray[np.float64], momentum: int, number: int, radius: float
) -> NDArray[np.float64]:
    """Compute a projector of a GTH potential.

    Parameters
    ----------
    r
        Distances in Bohr, shape (n,).
    momentum
        Angular momentum.
    number
        Of the projector, from 1.
    radius
        In Bohr.

    Returns
    -------
    ndarray
        In Bohr^-3/2, normalised with r², shape (n,).
    """
    power = momentum + (4 * number - 1) / 2
    scale = np.sqrt(2) / (radius**power * np.sqrt(gamma(power)))
    return np.asarray(scale * r ** (momentum + 2 * (number - 1)) * np.exp(-((r / radius) ** 2) / 2))


def _upf_of(lines: list[str]) -> str:
    """UPF of the lines of a file."""
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
        # B, C, N, O and F have channels without a projector.
        first = [words[2 : 2 + n]] if n else []
        rows = [*first, *(lines[row + k].split()[: n - k] for k in range(1, n))]
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
    """UPF of a local potential and projectors on a grid, in Rydberg."""
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
    """Element with numbers."""
    rows = [values[i : i + 4] for i in range(0, len(values), 4)]
    head = f'<{name} type="real" size="{len(values)}" columns="4"{more}>'
    return [head, *(" ".join(f"{x:.15E}" for x in row) for row in rows), f"</{name}>"]
