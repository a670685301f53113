"""HRTEM images of a model: multislice, lens, camera."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike, NDArray
from scipy.fft import next_fast_len

from ionsmith.analyzers.hrtem._lens import ObjectiveLens, check_tilt
from ionsmith.analyzers.hrtem._result import Hrtem, HrtemImage
from ionsmith.analyzers.imaging import (
    ImagingCell,
    SimulatedImage,
    beam_axes,
    beam_period,
    cut_period,
    displacement_tensors,
    imaging_cell,
    projected_potential,
    require_abtem,
    set_displacements,
    vectors_in,
    whole_thickness,
)
from ionsmith.analyzers.scattering import Conditions
from ionsmith.analyzers.spots import SpotPattern, spot_pattern
from ionsmith.arguments import is_number
from ionsmith.choices import check_type, checked
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput, InvalidOrientation, NoMatch
from ionsmith.lattice.indices import as_indices
from ionsmith.lattice.miller import Direction, Plane

GRID = 0.1
"""Largest pixel of the multislice grid in Å: it carries 3.3 Å⁻¹."""

SLICE = 1.0
"""Largest thickness of the slices in Å. Their atoms scatter at once in the middle of a slice, which
puts them out of focus by up to half of it."""

PIXEL = 0.1
"""Default pixel of the images in Å."""

FIELD = 50.0
"""Smallest default width and height of the images in Å."""

HALO = 4.0
"""Distance in Å between the field and the edge of the box, beside what the lens spreads."""

MOST_IMAGES = 200
MOST_PIXELS = 20_000_000

_CALM = {"diagnostics.progress_bar": False, "fftw.planning_effort": "FFTW_ESTIMATE"}
_D_MIN = 1.0  # Å, of the spots beside the transform


@checked
def simulate_hrtem(
    crystal: CrystalLike,
    beam: Direction | Plane | str | ArrayLike,
    *,
    up: Direction | Plane | str | ArrayLike | None = None,
    lens: ObjectiveLens | None = None,
    defocus: float | Sequence[float] | None = None,
    thickness: float | Sequence[float] | None = None,
    tilt: tuple[float, float] = (0.0, 0.0),
    field: tuple[float, float] | None = None,
    pixel: float = PIXEL,
    dose: float | None = None,
    seed: int = 0,
    u_iso: Mapping[str, float] | None = None,
    displacements: bool = True,
) -> Hrtem:
    """Simulate HRTEM images.

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
    lens
        Beam and objective lens; :class:`ObjectiveLens` has the defaults.
    defocus
        Defocus in Å, positive for underfocus, or several; by default Scherzer's. It is measured
        from the exit surface.
    thickness
        Thickness of the crystal along the beam in Å, or several; by default the whole periods
        nearest to 50 Å, or the whole of a model that does not repeat along the beam.
    tilt
        Angles in mrad by which beam and optic axis are inclined to ``beam``, so that the electrons
        travel towards x and y of the image (a tilted crystal).
    field
        Width and height of the image in Å; by default at least 50 Å, and whole periods.
    pixel
        Size of the square pixels in Å, over which the camera sums.
    dose
        Electrons per Å²; by default there is no noise.
    seed
        Seed of the noise.
    u_iso
        Mean square displacement in Å² by element symbol; replaces that of the crystal.
    displacements
        Whether atoms are blurred by the displacement parameters of the crystal, or by 0.0064 Å²
        where it has none.

    Raises
    ------
    InvalidInput
        If a value is out of range, or the model is too thin.
    InvalidIndices, InvalidOrientation
        If ``beam`` or ``up`` has no direction.
    MissingExtra
        Without abTEM.

    Examples
    --------
    >>> from ionsmith.analyzers.hrtem import simulate_hrtem
    >>> found = simulate_hrtem("lib:si", "[1,1,0]", field=(20, 20))  # doctest: +SKIP
    """
    atoms = read_structure(crystal)
    check_type("lens", lens, ObjectiveLens)
    lens = lens or ObjectiveLens()
    check_tilt("tilt", tilt)
    if not (is_number(pixel) and 0.01 <= pixel <= 5):
        raise InvalidInput(f"`pixel` must be 0.01 to 5 Å, not {pixel}")
    if dose is not None and not (is_number(dose) and 0 < dose <= 1e9):
        raise InvalidInput(f"`dose` must be above 0 electrons/Å², not {dose}")
    defoci = _several("defocus", lens.scherzer if defocus is None else defocus)
    axes, label = beam_axes(atoms, beam, up)
    thicknesses, notes = _thicknesses(atoms, axes, thickness)
    if len(defoci) * len(thicknesses) > MOST_IMAGES:
        raise InvalidInput(
            f"{len(thicknesses)} thicknesses × {len(defoci)} defoci are more than {MOST_IMAGES} "
            "images"
        )
    if defocus is None and lens.scherzer == 0:
        notes.append("no spherical aberration and in focus: a thin crystal shows no contrast")
    margin = HALO + _spread(lens, max(map(abs, defoci)), thicknesses[-1])
    cell = imaging_cell(atoms, axes, thicknesses[-1], margin, field=field, least=FIELD, tiled=True)
    size = max((cell.lengths / GRID).prod(), len(defoci) * (cell.field / pixel).prod())
    if size * len(thicknesses) > MOST_PIXELS:
        raise InvalidInput(
            f"the images or the waves have over {MOST_PIXELS:,} pixels; lower `field`"
        )
    if min(cell.field) < pixel:
        raise InvalidInput(f"`field` is smaller than a pixel of {pixel:g} Å")
    turn = axes * np.array([[1.0], [1.0], [-1.0]])  # z of the box is the depth
    spread = displacement_tensors(atoms, u_iso or {}, displacements)
    abtem = require_abtem()
    set_displacements(cell, turn @ spread @ turn.T)
    images: list[HrtemImage] = []
    with abtem.config.set(_CALM):
        waves = _exit_waves(abtem, cell, thicknesses, lens, tilt)
        for focus in defoci:
            # abTEM scatters at the top of a slice.
            taken = _through_lens(abtem, waves, lens, focus + SLICE / 2)
            for number, intensity in zip(thicknesses, taken, strict=True):
                image = _on_camera(intensity, cell, pixel)
                if dose is not None:
                    generator = np.random.default_rng([seed, len(images)])
                    electrons = dose * pixel**2 * image.clip(0)
                    image = generator.poisson(electrons).astype(float)
                images.append(HrtemImage(number, focus, SimulatedImage(image, (pixel, pixel))))
    return Hrtem(
        beam=label,
        cell=cell,
        lens=lens,
        tilt=(float(tilt[0]), float(tilt[1])),
        dose=dose,
        seed=seed if dose is not None else None,
        images=tuple(images),
        spots=_spots(atoms, beam, lens),
        axes=np.asarray(atoms.cell.reciprocal().array @ axes[:2].T),
        notes=tuple(notes),
    )


def _several(name: str, values: float | Sequence[float]) -> list[float]:
    """One or several finite numbers."""
    try:
        found = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):
        found = np.array([np.nan])
    if found.ndim != 1 or len(found) == 0 or not (abs(found) < 1e6).all():
        raise InvalidInput(f"`{name}` needs a number in Å, or several, not {values}")
    return [float(value) for value in found]


def _thicknesses(
    atoms: Atoms, axes: NDArray[np.float64], given: float | Sequence[float] | None
) -> tuple[list[float], list[str]]:
    """Rising thicknesses in Å, and notes about them."""
    vectors = vectors_in(atoms, axes)
    period = beam_period(vectors)
    if given is None:
        if abs(vectors[:, 2]).max() < 0.1:  # nothing repeats along the beam
            height = float(np.ptp(atoms.positions @ axes[2])) + 2.0
            return [height], [f"{height:.4g} Å thick: the whole model"]
        thickness, note = whole_thickness(period)
        return [thickness], [note]
    found = sorted(set(_several("thickness", given)))
    if found[0] < SLICE:
        raise InvalidInput(
            f"`thickness` {found[0]:g} Å is less than one slice of {SLICE:g} Å; 20 to 500 Å is "
            "usual"
        )
    return found, [note for one in found for note in cut_period(one, period)]


def _spread(lens: ObjectiveLens, defocus: float, thickness: float) -> float:
    """Distance in Å over which lens and crystal spread what they scatter."""
    angle = np.linspace(0, 1e-3 * lens.cutoff, 200)
    cs = 1e7 * lens.spherical_aberration
    focus = defocus + 2 * lens.focal_spread
    slope = abs(cs) * angle**3 + focus * angle
    # The angular spread damps what is carried far.
    sigma = 2 * np.pi / lens.wavelength * 1e-3 * lens.angular_spread
    seen = np.exp(-0.5 * (sigma * slope) ** 2) > 1e-3
    return float(slope[seen].max() + thickness * 1e-3 * lens.cutoff / 2)


def _exit_waves(
    abtem: Any,
    cell: ImagingCell,
    thicknesses: list[float],
    lens: ObjectiveLens,
    tilt: tuple[float, float],
) -> Any:
    """Waves at the thicknesses, an ensemble of them even if there is one."""
    atoms = cell.atoms.copy()
    lengths = cell.lengths
    atoms.positions[:, :2] %= lengths
    gpts = tuple(next_fast_len(int(np.ceil(length / GRID))) for length in lengths)
    steps = np.diff([0.0, *thicknesses])
    counts = np.ceil(steps / SLICE - 1e-9).astype(int)
    slices = np.repeat(steps / counts, counts)
    potential = projected_potential(
        abtem,
        atoms,
        gpts,
        tuple(float(one) for one in slices),
        exit_planes=tuple(int(last) - 1 for last in np.cumsum(counts)),
    )
    whole = np.add(tilt, lens.beam_tilt)
    wave = abtem.PlaneWave(energy=1e3 * lens.energy, tilt=(float(whole[0]), float(whole[1])))
    wave.grid.match(potential)
    return wave.multislice(potential).compute(progress_bar=False)


def _through_lens(
    abtem: Any, waves: Any, lens: ObjectiveLens, defocus: float
) -> NDArray[np.float64]:
    """Intensities of the waves after the lens, shape (n, nx, ny)."""
    total = 0.0
    for focus, weight in zip(*lens.defoci(defocus), strict=True):
        seen = waves.apply_ctf(lens.transfer(abtem, float(focus))).compute(progress_bar=False)
        total = total + weight * abs(np.asarray(seen.array, dtype=complex)) ** 2
    found = np.asarray(total).reshape(-1, *waves.shape[-2:])
    # The mean does not depend on the coherence: what the envelope takes is spread evenly.
    passed = waves.apply_ctf(lens.opening(abtem)).compute(progress_bar=False)
    electrons = (abs(np.asarray(passed.array, dtype=complex)) ** 2).mean(axis=(-2, -1))
    return np.asarray(found + (electrons.reshape(-1) - found.mean(axis=(1, 2)))[:, None, None])


def _on_camera(
    intensity: NDArray[np.float64], cell: ImagingCell, pixel: float
) -> NDArray[np.float64]:
    """Mean intensity of each square pixel of the field; the box repeats."""
    transform = np.fft.fft2(intensity) / intensity.size
    turns = []
    for axis, count in enumerate(intensity.shape):
        k = np.fft.fftfreq(count, cell.lengths[axis] / count)
        places = pixel * np.arange(max(1, int(cell.field[axis] / pixel + 1e-6)))
        turns.append(np.exp(2j * np.pi * np.outer(places, k)) * np.sinc(k * pixel))
    return np.asarray((turns[0] @ transform @ turns[1].T).real)


def _spots(atoms: Atoms, beam: Any, lens: ObjectiveLens) -> SpotPattern | None:
    """Kinematic spots of a model that repeats in all directions, seen along a lattice direction."""
    if not atoms.pbc.all():
        return None
    conditions = Conditions(energy=lens.energy, d_min=_D_MIN, min_intensity=1.0)
    try:
        along = as_indices(beam, Direction)
        return spot_pattern(atoms, along, conditions, displacements=False)
    except (NoMatch, InvalidInput, InvalidOrientation):
        return None
