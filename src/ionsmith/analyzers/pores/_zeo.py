"""Channels and pockets of a structure by Zeo++, through pyzeo.

Zeo++ (Willems et al. 2012, doi:10.1016/j.micromeso.2011.08.020) finds from the Voronoi
decomposition which part of the empty space a probe can reach. It runs in a separate process,
because it writes to standard output and exits on unsuitable input.

Its pore-size distribution is not used: for points outside the spheres of its Voronoi nodes it gives
diameters above that of the largest sphere that fits, up to 15.9 Å for spheres of 2 Å on a primitive
cubic lattice of 10 Å, where the largest is 10√3 - 4 = 13.3 Å.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.geometry import cell_to_cellpar, cellpar_to_cell
from numpy.typing import NDArray

from ionsmith.errors import ExternalProgramFailed, InvalidStructure, MissingExtra

VOLUME_SAMPLES = 200_000
"""Points in the cell: a volume fraction of 20 % has an uncertainty of 0.1 %."""

AREA_SAMPLES = 500
"""Points on the sphere of each atom."""

MOST_ATOMS = 30_000
"""Largest number of atoms, which take minutes."""

_WORKER = """
import json, sys
from pyzeo.area_volume import surface_area, volume
from pyzeo.netstorage import AtomNetwork
folder, probe, points, area = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
def network():
    return AtomNetwork.read_from_V1(folder + "/cell.v1", True, folder + "/radii.rad")
network().calculate_free_sphere_parameters(folder + "/spheres.res")
report = {"spheres": open(folder + "/spheres.res").read()}
report["volume"] = volume(network(), probe, probe, points).decode()
report["area"] = surface_area(network(), probe, probe, area).decode()
json.dump(report, open(folder + "/report.json", "w"))
"""


@dataclass(frozen=True)
class Channels:
    """Channels and pockets that a probe can occupy.

    Parameters
    ----------
    included_sphere
        Diameter in Å of the largest sphere that fits.
    free_sphere
        Diameter in Å of the largest sphere that can pass through the structure; 0 for none.
    channels
        Number of spaces that the probe can pass through.
    pockets
        Number of closed spaces.
    channel_volume, pocket_volume
        Volume in Å³ accessible to the centre of the probe.
    channel_area, pocket_area
        Area in Å² of the surface traced by the centre of the probe.
    """

    included_sphere: float
    free_sphere: float
    channels: int
    pockets: int
    channel_volume: float
    pocket_volume: float
    channel_area: float
    pocket_area: float


def find_channels(atoms: Atoms, radii: NDArray[np.float64], probe: float) -> Channels:
    """Find channels and pockets with Zeo++."""
    if importlib.util.find_spec("pyzeo") is None:
        raise MissingExtra("the analysis of pores needs pyzeo: pip install 'ionsmith[pores]'")
    if len(atoms) > MOST_ATOMS:
        raise InvalidStructure(
            f"Zeo++ is used for up to {MOST_ATOMS:,} atoms; the structure has {len(atoms):,}: "
            "take a smaller model"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, atoms, radii)
        numbers = [str(probe), str(VOLUME_SAMPLES), str(AREA_SAMPLES)]
        run = subprocess.run(
            [sys.executable, "-c", _WORKER, name, *numbers], capture_output=True, check=False
        )
        if not (folder / "report.json").exists():
            messages = run.stderr.decode(errors="replace").strip().splitlines()
            raise ExternalProgramFailed(
                f"Zeo++ failed: {messages[-1] if messages else 'no message'}"
            )
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    included, free = (float(word) for word in report["spheres"].split()[1:3])
    volume, area = _numbers(report["volume"]), _numbers(report["area"])
    return Channels(
        included_sphere=max(included, 0.0),
        free_sphere=max(free, 0.0),
        channels=int(volume["Number_of_channels"]),
        pockets=int(volume["Number_of_pockets"]),
        channel_volume=volume["AV_A^3"],
        pocket_volume=volume["NAV_A^3"],
        channel_area=area["ASA_A^2"],
        pocket_area=area["NASA_A^2"],
    )


def _write(folder: Path, atoms: Atoms, radii: NDArray[np.float64]) -> None:
    """Write the cell, with a along x and b in the xy plane as Zeo++ requires, and the radii."""
    cell = cellpar_to_cell(cell_to_cellpar(atoms.cell.array))
    positions = atoms.get_scaled_positions() @ cell
    lines = ["Unit cell vectors:"]
    lines += [
        f"v{axis}= {x:.8f} {y:.8f} {z:.8f}" for axis, (x, y, z) in zip("abc", cell, strict=True)
    ]
    lines.append(str(len(atoms)))
    symbols = atoms.get_chemical_symbols()
    lines += [
        f"{symbol} {x:.8f} {y:.8f} {z:.8f}"
        for symbol, (x, y, z) in zip(symbols, positions, strict=True)
    ]
    (folder / "cell.v1").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sizes = dict(zip(symbols, radii.tolist(), strict=True))
    text = "".join(f"{symbol} {size:.4f}\n" for symbol, size in sorted(sizes.items()))
    (folder / "radii.rad").write_text(text, encoding="utf-8")


def _numbers(text: str) -> dict[str, float]:
    """Numbers of a report by the names before them."""
    words = text.split()
    numbers = {}
    for name, value in pairwise(words):
        if name.endswith(":") and not value.endswith(":"):
            try:
                numbers[name[:-1]] = float(value)
            except ValueError:
                continue
    return numbers
