"""Result of an HRTEM simulation: images, their contrast, and the transform with spots."""

import json
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ionsmith import __version__
from ionsmith.analyzers.hrtem._lens import ObjectiveLens
from ionsmith.analyzers.hrtem._transform import power_spectrum
from ionsmith.analyzers.imaging import (
    ARRAY_SUFFIXES,
    IMAGE_SUFFIXES,
    ImagingCell,
    SimulatedImage,
    show_image,
    write_tiff,
)
from ionsmith.analyzers.spots import SpotPattern
from ionsmith.crystals.files import write_whole
from ionsmith.errors import InvalidInput
from ionsmith.plotting import SERIES, axes_or_new
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS = 6
"""Spots with indices in a transform, those with the largest spacings."""

NAME_ROOM = 0.3
"""Width kept clear around the indices of a spot, as a share of that of the transform."""

RANGE = 5
"""Powers of ten of a transform that are shown."""


@dataclass(frozen=True, eq=False)
class HrtemImage:
    """One image of a series.

    Parameters
    ----------
    thickness
        Thickness of the crystal in Å.
    defocus
        Defocus in Å, positive for underfocus.
    image
        Intensities: fractions of the incident beam, or electrons on each pixel.
    """

    thickness: float
    defocus: float
    image: SimulatedImage

    document = ("thickness", "defocus", "mean", "contrast", "image")

    @property
    def mean(self) -> float:
        """Mean intensity."""
        return float(self.image.intensity.mean())

    @property
    def contrast(self) -> float:
        """Standard deviation of the intensity over its mean."""
        return float(self.image.intensity.std() / max(self.mean, np.finfo(float).tiny))

    @property
    def title(self) -> str:
        """Thickness and defocus in words."""
        return f"{self.thickness:.4g} Å thick, defocus {self.defocus:.4g} Å".replace("-", "−")


@dataclass(frozen=True, eq=False)
class Hrtem(Result):
    """Simulated HRTEM images.

    Parameters
    ----------
    beam
        What is parallel to the beam and points to the source.
    cell
        Orthogonal box of atoms that was imaged; a side that closes holds one period.
    lens
        Beam and objective lens.
    tilt
        Angles in mrad by which beam and optic axis are inclined to it, along x and y.
    dose
        Electrons per Å²; None without noise.
    seed
        Seed of the noise; None without noise.
    images
        By defocus, then by thickness.
    spots
        Kinematic spots of the model; None where it repeats in fewer than three directions or the
        beam is along no lattice direction.
    axes
        Reciprocal vectors of the model along x and y of the image in Å⁻¹, shape (3, 2).
    notes
        Remarks on how the simulation was done.
    """

    beam: str
    cell: ImagingCell
    lens: ObjectiveLens
    tilt: tuple[float, float]
    dose: float | None
    seed: int | None
    images: tuple[HrtemImage, ...]
    spots: SpotPattern | None
    axes: NDArray[np.float64]
    notes: tuple[str, ...]

    document = ("beam", "cell", "lens", "tilt", "dose", "seed", "images", "notes")

    def tables(self) -> list[Table]:
        """Return the images with their contrast, and the settings."""
        lens = self.lens
        unit = "mean" if self.dose is None else "electrons/pixel"
        rows = [
            (
                round(one.thickness, 3),
                round(one.defocus, 1),
                round(one.mean, 4),
                round(one.contrast, 4),
                *(f"{value:.4g}" for value in (one.image.lowest, one.image.highest)),
            )
            for one in self.images
        ]
        pixels, pixel = self.images[0].image.pixels, self.images[0].image.pixel_size[0]
        facts = [
            ("beam towards the source", self.beam),
            ("pixels", f"{pixels[0]} × {pixels[1]} of {pixel:g} Å"),
            ("lens", f"{lens.energy:g} keV, Cs {lens.spherical_aberration:g} mm"),
            (
                "spread",
                f"{lens.focal_spread:g} Å of defocus, {lens.angular_spread:g} mrad of the beam "
                "(standard deviations)",
            ),
            *((name, f"{value:g}") for name, value in lens.aberrations.items()),
            *(
                (name, f"{values[0]:g}, {values[1]:g} mrad")
                for name, values in (("beam tilt", lens.beam_tilt), ("tilt", self.tilt))
                if any(values)
            ),
            ("atoms in the box", str(self.cell.n_atoms)),
        ]
        if self.dose is not None:
            facts.append(("dose", f"{self.dose:g} electrons/Å², seed {self.seed}"))
        return [
            Table(
                "HRTEM images",
                ("thickness (Å)", "defocus (Å)", unit, "contrast", "lowest", "highest"),
                rows,
            ),
            Table("", ("", ""), facts),
            *notes_table(self.notes),
        ]

    def plot(self, ax: "Axes | None" = None, number: int = 0) -> "Axes":
        """Draw one image with a scale bar.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        number
            Which image, from 0.
        """
        ax = axes_or_new(ax)
        one = self.images[number]
        show_image(one.image, one.title, ax)
        return ax

    def plot_transform(self, ax: "Axes | None" = None, number: int = 0) -> "Axes":
        """Draw the power spectrum of one image, with circles where the crystal has spots.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        number
            Which image, from 0.
        """
        ax = axes_or_new(ax)
        kx, ky, power = power_spectrum(self.images[number].image)
        shown = np.log10(np.maximum(power, 10.0**-RANGE))
        half = [(axis[1] - axis[0]) / 2 for axis in (kx, ky)]
        extent = (kx[0] - half[0], kx[-1] + half[0], ky[0] - half[1], ky[-1] + half[1])
        ax.imshow(shown.T, origin="lower", extent=extent, cmap="gray", aspect="equal")
        if self.spots is not None:
            room = NAME_ROOM * (extent[1] - extent[0])
            _draw_spots(ax, self.spots, self.spots.hkl @ self.axes, room)
        ax.set_xlim(extent[:2])
        ax.set_ylim(extent[2:])
        ax.set_xlabel("Å⁻¹")
        ax.set_title("transform (log. power)", loc="left", fontsize="medium")
        return ax

    def draw(self) -> "Figure":
        """Draw one image with its transform, or a series: thicknesses upwards, defoci across."""
        from matplotlib.figure import Figure

        if len(self.images) == 1:
            image = self.images[0].image
            wide = float(np.clip(4.6 * image.width / image.height, 2.5, 8))
            figure = Figure(figsize=(wide + 4.6, 4.9), layout="constrained")
            left, right = figure.subplots(1, 2, width_ratios=[wide, 4.6])
            self.plot(left)
            self.plot_transform(right)
            return figure
        thick = sorted({one.thickness for one in self.images}, reverse=True)
        rows, columns = len(thick), len(self.images) // len(thick)
        figure = Figure(figsize=(2.6 * columns + 0.4, 2.8 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, squeeze=False)
        for number, one in enumerate(self.images):
            ax = panels[thick.index(one.thickness), number // rows]
            self.plot(ax, number)
            ax.set_title(
                f"{one.thickness:.4g} Å, Δf {one.defocus:.4g} Å".replace("-", "−"),
                loc="left",
                fontsize="small",
            )
        return figure


def _draw_spots(ax: "Axes", pattern: SpotPattern, places: NDArray[np.float64], room: float) -> None:
    """Circles at the spots of a crystal, the first ones with their indices."""
    from matplotlib.patheffects import withStroke

    from ionsmith.analyzers.spots import labelled, spot_label

    colour, (x, y), absent = SERIES[1], places.T, pattern.forbidden
    ax.scatter(x[~absent], y[~absent], s=60, facecolors="none", edgecolors=colour, linewidths=0.8)
    ax.scatter(x[absent], y[absent], s=25, marker="x", c=colour, linewidths=0.8)
    for spot in labelled(pattern, LABELS, room=room):
        if np.abs(places[spot]).max() > 1.2 * room:  # at the edge
            continue
        ax.annotate(
            spot_label(pattern.shown(pattern.hkl[spot])),
            tuple(places[spot]),
            (0, 6),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=colour,
            fontsize="small",
            path_effects=[withStroke(linewidth=2, foreground="black")],
        )


def write_hrtem(path: str | PathLike[str], result: Hrtem) -> None:
    """Write the images of a simulation, the same bytes each time.

    Parameters
    ----------
    path
        ``.tif`` for the images in 32 bit with their scale as ImageJ reads it, a stack if there are
        several, the first row at the top; ``.npz`` for the images, shape (n, nx, ny), their
        thicknesses, defoci and pixel, and all settings (``settings``, a JSON text). An existing
        file is replaced.
    result
        The simulation.

    Raises
    ------
    InvalidInput
        If the file has another suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        write_tiff(Path(path), [one.image for one in result.images])
    elif suffix in ARRAY_SUFFIXES:
        _write_arrays(Path(path), result)
    else:
        raise InvalidInput(f"{fspath(path)}: images must end in .tif, arrays in .npz")


def _write_arrays(path: Path, result: Hrtem) -> None:
    """Images and settings as numpy arrays."""
    arrays = {
        "images": np.array([one.image.intensity for one in result.images]),
        "thickness": np.array([one.thickness for one in result.images]),
        "defocus": np.array([one.defocus for one in result.images]),
        "pixel": np.array(result.images[0].image.pixel_size[0]),
        "settings": np.array(json.dumps({"ionsmith": __version__, **result.to_dict()})),
    }

    def save(target: Path) -> None:
        with target.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    write_whole(path, save)
