"""HAADF-STEM images and intensity profiles of a model."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from ionsmith.analyzers.haadf._microscope import Microscope
from ionsmith.analyzers.haadf._multislice import (
    MULTISLICE_TILE,
    PRISM_TILE,
    SLICE,
    Scattering,
    probe_margin,
    scattered,
)
from ionsmith.analyzers.haadf._profile import (
    Line,
    Profile,
    check_line,
    measure_peaks,
    plane_spacings,
    sample_image,
)
from ionsmith.analyzers.haadf._projection import project
from ionsmith.analyzers.haadf._result import Haadf, Method
from ionsmith.analyzers.imaging import (
    ImagingCell,
    SimulatedImage,
    beam_axes,
    beam_period,
    cut_period,
    displacement_tensors,
    imaging_cell,
    require_abtem,
    vectors_in,
    whole_thickness,
)
from ionsmith.arguments import is_number
from ionsmith.choices import check_type, checked
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.lattice.miller import Direction, Plane

Scan = Literal["image", "profile"]
"""Compute the image, or only the probes of the profile."""


@checked
def simulate_haadf(
    crystal: CrystalLike,
    beam: Direction | Plane | str | ArrayLike,
    *,
    up: Direction | Plane | str | ArrayLike | None = None,
    microscope: Microscope | None = None,
    method: Method = "projection",
    scan: Scan = "image",
    thickness: float | None = None,
    field: tuple[float, float] | None = None,
    line: tuple[tuple[float, float], tuple[float, float]] | None = None,
    width: float | None = None,
    prominence: float = 0.05,
    u_iso: Mapping[str, float] | None = None,
    displacements: bool = True,
    phonons: int = 1,
    seed: int = 0,
    pixel: float | None = None,
    checkpoint: str | None = None,
    cluster: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Haadf:
    """Simulate a HAADF image, or the profile along a line of it.

    Parameters
    ----------
    crystal
        Any ordered crystal or model, in any cell; it may be periodic in fewer directions.
    beam
        Direction [uvw], plane (hkl) whose normal is meant, as objects or as text such as
        ``"[1,0,0]"``; or Cartesian vector to the source.
    up
        Direction, or plane whose normal, or vector that points up in the image; by default the
        normal of (001), (010) or (100), the first that is not within 45° of the beam.
    microscope
        Beam, probe and detector; :class:`Microscope` has the defaults.
    method
        ``"projection"`` for a quick look; ``"multislice"`` or ``"prism"`` for intensities that are
        compared with experiment.
    scan
        ``"image"``, or ``"profile"`` to compute only the probes of the line.
    thickness
        Thickness of the crystal along the beam in Å; by default the whole periods nearest to 50 Å.
        A note says so if it is not a whole number of periods.
    field
        Width and height of the image in Å; by default the height of the model, and whole periods.
    line
        Ends of the profile in Å from the lower left corner of the image; by default from the bottom
        to the top in the middle.
    width
        Width in Å of the strip that the profile is averaged over. By default the whole width of an
        image, one period across for a profile alone, and 0 for a given line.
    prominence
        Smallest height of a peak above its valleys, as a fraction of the range of the profile.
    u_iso
        Mean square displacement in Å² by element symbol; replaces that of the crystal.
    displacements
        Whether atoms are displaced: by the displacement parameters of the crystal, or by
        0.0064 Å² where it has none. Without, all are at rest but those in ``u_iso``.
    phonons
        Number of frozen phonon configurations, 0 for atoms at rest; ten or more for intensities
        within a few per cent. The projection has displacements without them.
    seed
        Seed of the displacements.
    pixel
        Pixel of the multislice grid in Å; by default what the detector needs.
    checkpoint
        Folder for finished tiles, from which an interrupted run resumes.
    cluster
        Address of a dask scheduler.
    progress
        Called with the number of finished and of all tiles.

    Raises
    ------
    InvalidInput
        If a value is out of range, the model is too thin, or the line leaves the field.
    InvalidIndices, InvalidOrientation
        If ``beam`` or ``up`` has no direction.
    MissingExtra
        If multislice or PRISM is chosen and abTEM is not installed.

    Examples
    --------
    >>> from ionsmith.analyzers.haadf import simulate_haadf
    >>> from ionsmith.builders.beta_alumina import build_beta_alumina
    >>> result = simulate_haadf(build_beta_alumina().atoms, "[1,0,0]")
    >>> for plane in result.conduction_planes:
    ...     print(plane.plane, plane.closed, f"{plane.row_spacing:.2f} Å")
    1 False 6.49 Å
    2 False 6.49 Å
    3 False 6.49 Å
    """
    atoms = read_structure(crystal)
    check_type("microscope", microscope, Microscope)
    microscope = microscope or Microscope()
    if thickness is not None and not (np.isfinite(thickness) and thickness >= SLICE):
        raise InvalidInput(
            f"`thickness` {thickness:g} Å is less than one slice of {SLICE:g} Å; 20 to 500 Å is "
            "usual"
        )
    if method == "projection" and (scan == "profile" or checkpoint is not None):
        raise InvalidInput(
            "a profile alone and a `checkpoint` need `method` 'multislice' or 'prism'; the "
            "projection computes the whole image in a moment"
        )
    if pixel is not None and not (is_number(pixel) and pixel > 0):
        raise InvalidInput(f"`pixel` must be above 0 Å, not {pixel}")
    if phonons < 0:
        raise InvalidInput(f"`phonons` must be 0 or more, not {phonons}")
    axes, beam_label = beam_axes(atoms, beam, up)
    period = beam_period(vectors_in(atoms, axes))
    if thickness is None:
        thickness, note = whole_thickness(period)
        notes = [note]
    else:
        notes = cut_period(thickness, period)
    margin = probe_margin(microscope, thickness)
    cell = imaging_cell(atoms, axes, thickness, margin, field=field)
    where = _line(cell, line, width, scan)
    check_line(where, cell)
    spread = displacement_tensors(atoms, u_iso or {}, displacements)
    if method != "projection":
        require_abtem()
    isotropic = np.trace(spread, axis1=1, axis2=2) / 3
    if not isotropic.any():
        phonons = 0
    turn = axes * np.array([[1.0], [1.0], [-1.0]])  # z of the box is the depth
    each = turn @ spread @ turn.T
    image, grid = None, None
    if method == "projection":
        image, steps = project(cell, microscope, each)
    else:
        grid = _grid(microscope, pixel, notes)
        scattering = Scattering(method, grid, phonons, seed)
        if scan == "image":
            steps, counts = cell.pixels(microscope.probe_step)
            blocks, places = _tiles(steps, counts, _tile_sizes(cell, method, margin))
        else:
            points = where.points(microscope.probe_step, 2 * microscope.probe_step)
            tile = MULTISLICE_TILE if method == "multislice" else PRISM_TILE * margin
            parts = np.array_split(points, int(np.ceil(where.length / tile)), axis=1)
            blocks = [part.reshape(-1, 2) for part in parts]
            across = where.width / len(points)
            steps = np.array([where.length / (points.shape[1] - 1), across])
        intensities = scattered(
            cell,
            blocks,
            microscope,
            scattering,
            each,
            checkpoint=checkpoint,
            cluster=cluster,
            progress=progress,
        )
        if scan == "image":
            image = np.zeros(tuple(counts))
            for (rows, columns), values in zip(places, intensities, strict=True):
                image[rows, columns] = values.reshape(image[rows, columns].shape)
            image = _blurred(image, microscope, steps, cell)
    if image is not None:
        position, intensity = sample_image(image, steps, cell, where)
    else:
        position = np.linspace(0, where.length, points.shape[1])
        lines = [v.reshape(p.shape[:2]) for v, p in zip(intensities, parts, strict=True)]
        intensity = np.concatenate(lines, axis=1).mean(axis=0)
        sigma = _source_sigma(microscope) / steps[0]
        intensity = gaussian_filter1d(intensity, sigma, mode="nearest") if sigma else intensity
    wraps = _wraps(where, cell)
    peaks = measure_peaks(position, intensity, prominence=prominence, wraps=wraps)
    planes = plane_spacings(atoms, cell, where, peaks, wraps=wraps)
    size = (float(steps[0]), float(steps[1]))
    return Haadf(
        method=method,
        beam=beam_label,
        cell=cell,
        microscope=microscope,
        image=None if image is None else SimulatedImage(image, size),
        profile=Profile(where, size, position, intensity, peaks, planes),
        grid_pixel=grid,
        phonons=0 if method == "projection" else phonons,
        u_iso={
            symbol: round(float(isotropic[atoms.symbols == symbol].mean()), 8)
            for symbol in sorted(set(atoms.symbols))
        },
        notes=tuple(notes),
    )


def _line(
    cell: ImagingCell,
    ends: tuple[tuple[float, float], tuple[float, float]] | None,
    width: float | None,
    scan: Scan,
) -> Line:
    """Line of the profile: as given, or upwards in the middle."""
    if ends is not None:
        return Line(ends[0], ends[1], width or 0.0)
    across, height = (float(length) for length in cell.field)
    if width is None:
        period = cell.sides[0].period
        width = across if scan == "image" or period is None else min(period, across)
    return Line((across / 2, 0.0), (across / 2, height), width)


def _grid(microscope: Microscope, pixel: float | None, notes: list[str]) -> float:
    """Pixel of the multislice grid, with a note if it cuts scattering off."""
    if pixel is None:
        return microscope.pixel
    if not (np.isfinite(pixel) and 0 < pixel <= microscope.probe_step):
        raise InvalidInput(
            f"`pixel` must be above 0 and up to {microscope.probe_step:.3f} Å, not {pixel:g}; the "
            f"detector needs {microscope.pixel:.4f} Å"
        )
    reach = microscope.reach(pixel)
    if reach < microscope.detector[1]:
        raise InvalidInput(
            f"a `pixel` of {pixel:g} Å carries {reach:.0f} mrad and the detector reaches to "
            f"{microscope.detector[1]:g}; choose at most {microscope.pixel:.4f} Å"
        )
    if pixel > microscope.pixel:
        notes.append(
            f"the grid of {pixel:g} Å carries {reach:.0f} mrad, less than detector and probe "
            f"together; intensities are too low, {microscope.pixel:.4f} Å would keep them"
        )
    return pixel


def _tile_sizes(cell: ImagingCell, method: Method, margin: float) -> NDArray[np.float64]:
    """Sides of a tile: small for multislice, large for PRISM, whose probes share their waves."""
    if method == "multislice":
        return np.full(2, MULTISLICE_TILE)
    largest = PRISM_TILE * margin
    whole = cell.closed & (cell.lengths <= largest + 2 * margin)
    return np.where(whole, cell.lengths, largest)


def _tiles(
    steps: NDArray[np.float64], counts: NDArray[np.int64], sizes: NDArray[np.float64]
) -> tuple[list[NDArray[np.float64]], list[tuple[slice, slice]]]:
    """Positions of the pixels of each tile, and the place of the tile in the image."""
    cuts = []
    for step, count, size in zip(steps, counts, sizes, strict=True):
        parts = int(np.ceil(count * step / size - 1e-9))
        edges = np.linspace(0, count, parts + 1).round().astype(int)
        cuts.append([slice(*ends) for ends in pairwise(edges)])
    places = [(rows, columns) for rows in cuts[0] for columns in cuts[1]]
    x, y = (step * np.arange(count) for step, count in zip(steps, counts, strict=True))
    blocks = [
        np.stack(np.meshgrid(x[rows], y[columns], indexing="ij"), axis=-1).reshape(-1, 2)
        for rows, columns in places
    ]
    return blocks, places


def _source_sigma(microscope: Microscope) -> float:
    """Standard deviation of the source in Å."""
    return microscope.source_size / float(np.sqrt(8 * np.log(2)))


def _blurred(
    image: NDArray[np.float64],
    microscope: Microscope,
    steps: NDArray[np.float64],
    cell: ImagingCell,
) -> NDArray[np.float64]:
    """Image with the finite source, which the projection has in its probe."""
    if not microscope.source_size:
        return image
    modes: list[Literal["wrap", "nearest"]] = [
        "wrap" if closes else "nearest" for closes in cell.repeats
    ]
    return np.asarray(gaussian_filter(image, _source_sigma(microscope) / steps, mode=modes))


def _wraps(line: Line, cell: ImagingCell) -> bool:
    """Whether the line runs from end to end along a side of a field that repeats."""
    upright = abs(np.abs(line.along) - 1) < 1e-9
    whole = abs(line.length - cell.field) < 1e-6
    return bool((upright & whole & cell.repeats).any())
