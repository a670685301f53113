"""HAADF intensities by multislice or PRISM with frozen phonons, computed by abTEM.

Probes are computed in tiles. A tile has a box of its own, its probes and a margin around them, so
that its time and memory do not grow with the field. A tile of one phonon configuration is the unit
of work: it can be kept in a folder, from which an interrupted run resumes.

PRISM computes the plane waves of the probe once for all probes of a tile, and only every f-th along
each side, which limits the probe to a window of 1/f of the box; f is the largest number for which
the window is as wide as the margins of a tile. In β''-alumina, 50 Å thick, it differs from
multislice by up to 0.2 % of the brightest probe, and costs as much as 1,400 of them.

References
----------
J. Madsen and T. Susi, Open Research Europe 1, 24 (2021), doi:10.12688/openreseurope.13015.2
(abTEM); C. Ophus, Adv. Struct. Chem. Imaging 3, 13 (2017), doi:10.1186/s40679-017-0046-1 (PRISM);
R. F. Loane, P. Xu and J. Silcox, Acta Cryst. A47, 267 (1991), doi:10.1107/S0108767391000375
(frozen phonons); I. Lobato and D. Van Dyck, Acta Cryst. A70, 636 (2014),
doi:10.1107/S205327331401643X (atomic potentials).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from ionsmith.analyzers.haadf._microscope import Microscope
from ionsmith.analyzers.imaging import ImagingCell, projected_potential, require_abtem
from ionsmith.crystals.files import write_text, write_whole
from ionsmith.errors import ExternalProgramFailed, InvalidInput, UnreadableFile

WaveMethod = Literal["multislice", "prism"]

SLICE = 2.0
"""Largest thickness of the slices in Å: about one layer of atoms."""

PROBE_HALO = 4.0
"""Margin in Å of a focused probe; doubling it changes columns and gaps by 0.3 % of a column."""

MULTISLICE_TILE = 8.0
"""Longest side of a multislice tile in Å: in a small box a probe is cheap."""

PRISM_TILE = 4.0
"""Longest side of a PRISM tile, in margins: large, since its waves serve all its probes, but small
enough to keep the waves within about a gigabyte."""


@dataclass(frozen=True)
class Scattering:
    """Method, largest pixel in Å, phonon configurations (0: atoms at rest) and their seed."""

    method: WaveMethod
    pixel: float
    phonons: int
    seed: int


def probe_margin(microscope: Microscope, thickness: float) -> float:
    """Distance in Å between a probe and the edge of its box: its halo and its spread."""
    defocus = abs(microscope.defocus)
    return PROBE_HALO + 1e-3 * microscope.convergence * (thickness + defocus)


def scattered(
    cell: ImagingCell,
    blocks: Sequence[NDArray[np.float64]],
    microscope: Microscope,
    scattering: Scattering,
    spread: NDArray[np.float64],
    *,
    checkpoint: str | None = None,
    cluster: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[NDArray[np.float64]]:
    """Intensities on the detector of blocks of probes.

    The displacements are tensors of the atoms of the model in Å² in the axes of the box.
    """
    abtem = require_abtem()
    store = None
    if checkpoint is not None:
        store = _open_store(checkpoint, cell, blocks, microscope, scattering, spread)
    totals = [np.zeros(len(block)) for block in blocks]
    configurations = max(1, scattering.phonons)
    done, units = 0, configurations * len(blocks)
    settings = {
        "diagnostics.progress_bar": False,
        # A measured plan differs from run to run, and so do the last digits of its transforms.
        "fftw.planning_effort": "FFTW_ESTIMATE",
    }
    with abtem.config.set(settings), _workers(cluster):
        for configuration in range(configurations):
            shaken = _shaken(cell, spread, scattering, configuration)
            for number, block in enumerate(blocks):
                path = store and store / f"configuration-{configuration:03d}-tile-{number:05d}.npy"
                if path is not None and path.exists():
                    intensities = _load(path, len(block))
                else:
                    intensities = _tile(abtem, shaken, block, microscope, scattering)
                    if path is not None:
                        write_whole(path, partial(np.save, arr=intensities))
                totals[number] += intensities
                done += 1
                if progress is not None:
                    progress(done, units)
    return [total / configurations for total in totals]


def _shaken(
    cell: ImagingCell, spread: NDArray[np.float64], scattering: Scattering, number: int
) -> ImagingCell:
    """One frozen phonon configuration."""
    if scattering.phonons == 0:
        return cell
    generator = np.random.default_rng([scattering.seed, number])
    atoms = cell.atoms.copy()
    squares, axes = np.linalg.eigh(spread)
    roots = (axes * np.sqrt(squares.clip(0))[:, None]) @ axes.transpose(0, 2, 1)
    moves = generator.standard_normal((len(atoms), 3))
    atoms.positions += np.einsum("nij,nj->ni", roots[atoms.arrays["model_index"]], moves)
    atoms.positions[:, 2] = np.clip(atoms.positions[:, 2], 0, np.nextafter(cell.thickness, 0))
    return replace(cell, atoms=atoms)


def _tile(
    abtem: Any,
    cell: ImagingCell,
    block: NDArray[np.float64],
    microscope: Microscope,
    scattering: Scattering,
) -> NDArray[np.float64]:
    """Intensities of the probes of one tile."""
    margin = probe_margin(microscope, cell.thickness)
    atoms, shift = cell.cut(block.min(axis=0), block.max(axis=0), margin)
    lengths = atoms.cell.lengths()[:2]
    prism = scattering.method == "prism"
    factors = np.maximum(1, (lengths + 1e-6) // (2 * margin)).astype(int) if prism else [1, 1]
    gpts = tuple(
        int(factor) * next_fast_len(int(np.ceil(length / factor / scattering.pixel)))
        for length, factor in zip(lengths, factors, strict=True)
    )
    slices = int(np.ceil(cell.thickness / SLICE - 1e-9))
    potential = projected_potential(abtem, atoms, gpts, cell.thickness / slices)
    detector = abtem.AnnularDetector(*microscope.detector)
    scan = abtem.CustomScan((block - shift) % lengths)
    lens = {
        "semiangle_cutoff": microscope.convergence,
        "energy": 1e3 * microscope.energy,
        "defocus": microscope.defocus,
        "Cs": 1e7 * microscope.spherical_aberration,
    }
    if prism:
        matrix = abtem.SMatrix(
            semiangle_cutoff=microscope.convergence,
            energy=1e3 * microscope.energy,
            potential=potential,
            interpolation=tuple(int(factor) for factor in factors),
        )
        measured = matrix.scan(scan=scan, detectors=detector, ctf=abtem.CTF(**lens))
    else:
        probe = abtem.Probe(**lens)
        probe.grid.match(potential)
        measured = probe.scan(scan=scan, potential=potential, detectors=detector, max_batch=16)
    return np.asarray(measured.compute(progress_bar=False).array, dtype=float).reshape(-1)


@contextmanager
def _workers(cluster: str | None) -> Iterator[None]:
    """Run dask on a cluster, if one is given."""
    if cluster is None:
        yield
        return
    from distributed import Client

    try:
        client = Client(cluster, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ExternalProgramFailed(
            f"no dask scheduler answers at {cluster}; start one with 'dask scheduler' and give its "
            "address, such as tcp://node:8786"
        ) from error
    with client:
        yield


def _open_store(
    folder: str,
    cell: ImagingCell,
    blocks: Sequence[NDArray[np.float64]],
    microscope: Microscope,
    scattering: Scattering,
    spread: NDArray[np.float64],
) -> Path:
    """Make the folder of tiles, or check that it belongs to this calculation."""
    digest = hashlib.sha256()
    digest.update(cell.atoms.numbers.astype(np.int64).tobytes())
    for array in (cell.atoms.positions, cell.lengths, spread, *blocks):
        digest.update(np.round(array, 6).tobytes())
    stated = {
        "calculation": "ionsmith analyze haadf",
        "microscope": asdict(microscope),
        "scattering": asdict(scattering),
        "thickness": cell.thickness,
        "tiles": len(blocks),
        "atoms_and_probes": digest.hexdigest(),
    }
    text = json.dumps(stated, indent=1) + "\n"
    path = Path(folder)
    manifest = path / "calculation.json"
    if manifest.exists():
        if manifest.read_text(encoding="utf-8") != text:
            raise InvalidInput(
                f"{folder} has the tiles of another calculation; choose another folder or remove it"
            )
        return path
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InvalidInput(f"{folder} is not a folder of tiles; choose a new or an empty folder")
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise UnreadableFile(f"{folder}: cannot be created ({error.strerror})") from error
    write_text(str(manifest), text)
    return path


def _load(path: Path, length: int) -> NDArray[np.float64]:
    """Intensities of a tile that was kept."""
    try:
        intensities = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path}: a damaged tile; remove it and run again") from error
    if intensities.shape != (length,):
        raise UnreadableFile(f"{path}: a damaged tile; remove it and run again")
    return np.asarray(intensities, dtype=float)
