"""Result of a HAADF simulation: image, profile, peaks, and how they were computed."""

import json
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from ionsmith import __version__
from ionsmith.analyzers.haadf._microscope import Microscope
from ionsmith.analyzers.haadf._plot import draw_haadf, plot_image, plot_profile
from ionsmith.analyzers.haadf._profile import PlaneSpacing, Profile
from ionsmith.analyzers.imaging import (
    ARRAY_SUFFIXES,
    IMAGE_SUFFIXES,
    ImagingCell,
    SimulatedImage,
    write_tiff,
)
from ionsmith.crystals.files import write_whole
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Method = Literal["projection", "multislice", "prism"]
"""Quick look, or one of two ways to follow the beam through the crystal."""


@dataclass(frozen=True, eq=False)
class Haadf(Result):
    """Simulated HAADF image or profile.

    Parameters
    ----------
    method
        How the intensities were computed.
    beam
        What is parallel to the beam and points to the source.
    cell
        Orthogonal box of atoms that was imaged.
    microscope
        Beam, probe and detector.
    image
        The image; None if only a profile was computed.
    profile
        Intensity along a line.
    grid_pixel
        Pixel of the multislice grid in Å, None for the projection.
    phonons
        Number of frozen phonon configurations.
    u_iso
        Mean square displacement along one direction in Å² by element, mean of its atoms.
    notes
        Remarks on how the simulation was done.
    """

    method: Method
    beam: str
    cell: ImagingCell
    microscope: Microscope
    image: SimulatedImage | None
    profile: Profile
    grid_pixel: float | None
    phonons: int
    u_iso: dict[str, float]
    notes: tuple[str, ...]

    document = (
        "method",
        "beam",
        "cell",
        "microscope",
        "grid_pixel",
        "largest_angle",
        "phonons",
        "u_iso",
        "image",
        "profile",
        "conduction_planes",
        "notes",
    )

    @property
    def largest_angle(self) -> float | None:
        """Largest scattering angle in mrad that the grid carries, None for the projection."""
        return None if self.grid_pixel is None else self.microscope.reach(self.grid_pixel)

    @property
    def conduction_planes(self) -> tuple[PlaneSpacing, ...]:
        """Conduction planes of β''-alumina along the profile."""
        return self.profile.planes

    def tables(self) -> list[Table]:
        """Return the peaks, the conduction planes, and the settings."""
        line = self.profile.line
        ends = " to ".join(f"{x:.2f},{y:.2f}" for x, y in (line.start, line.end))
        tables = [
            Table(
                f"Peaks along the line from {ends} Å, {line.width:.2f} Å wide",
                ("position (Å)", "intensity", "prominence", "to the next (Å)"),
                [
                    (
                        round(peak.position, 3),
                        f"{peak.intensity:.4g}",
                        round(peak.prominence, 2),
                        None if peak.spacing is None else round(peak.spacing, 3),
                    )
                    for peak in self.profile.peaks
                ],
            )
        ]
        if self.profile.planes:
            tables.append(
                Table(
                    "Octahedral cation rows on either side of each conduction plane",
                    ("plane", "", "rows apart (Å)", "in the model (Å)", "from (Å)", "to (Å)"),
                    [
                        (
                            plane.plane,
                            "closed" if plane.closed else "open",
                            round(plane.row_spacing, 3),
                            round(plane.row_spacing_model, 3),
                            round(plane.lower, 3),
                            round(plane.upper, 3),
                        )
                        for plane in self.profile.planes
                    ],
                )
            )
        tables.append(Table("", ("", ""), self._facts()))
        if self.notes:
            tables.append(Table("", ("note",), [(note,) for note in self.notes]))
        return tables

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the image with a scale bar and the line of the profile, or the profile alone.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        if self.image is None:
            return plot_profile(self.profile, ax)
        return plot_image(self.image, self.profile.line, self._title, ax)

    def draw(self) -> "Figure":
        """Draw the image, and the profile beside it (below it, unless the line is upright)."""
        return draw_haadf(self.image, self.profile, self._title)

    @property
    def _title(self) -> str:
        """Method and beam."""
        return f"{self.method}, {self.beam}"

    def _thickness(self) -> str:
        """Thickness in Å and in periods."""
        words = f"{self.cell.thickness:.6g} Å"
        if self.cell.beam_period is None:
            return words
        return f"{words}: {self.cell.beam_periods:.4g} times {self.cell.beam_period:.4f} Å"

    def _facts(self) -> list[tuple[str, str]]:
        """Settings as rows of a table."""
        microscope = self.microscope
        facts = [
            ("beam towards the source", self.beam),
            ("method", self.method),
            (
                "beam, probe, detector",
                f"{microscope.energy:g} keV, {microscope.convergence:g} mrad, "
                f"{microscope.detector[0]:g} to {microscope.detector[1]:g} mrad",
            ),
            ("atoms, thickness", f"{self.cell.n_atoms}, {self._thickness()}"),
        ]
        for name, side in zip(("across", "up"), self.cell.sides, strict=True):
            if side.period is None:
                words = f"{side.field:.2f} Å, padded by {side.padding:.2f} Å on either side"
            else:
                words = (
                    f"{side.field:.2f} Å of {side.length:.2f} Å: {side.repeats} times "
                    f"{side.translation} of {side.period:.4f} Å, off by {side.shear_residual:.4f} Å"
                )
            facts.append((f"cell {name}", words))
        if self.grid_pixel is not None:
            facts.append(
                (
                    "multislice grid",
                    f"{self.grid_pixel:.4f} Å, carries {self.largest_angle:.0f} mrad; "
                    f"{self.phonons} phonon configurations",
                )
            )
        facts.append(
            ("probe positions" if self.image is None else "pixel", _size(self.profile.steps) + " Å")
        )
        return facts


def _size(steps: tuple[float, float]) -> str:
    """Width and height in words."""
    return " × ".join(f"{step:.4f}" for step in steps)


def write_haadf(path: str | PathLike[str], result: Haadf) -> None:
    """Write the numbers of a simulation, the same bytes each time.

    Parameters
    ----------
    path
        ``.tif`` for the image alone in 32 bit with its scale as ImageJ reads it, the first row at
        the top; ``.npz`` for image (x, y), pixel size, profile and all settings (``settings``, a
        JSON text). An existing file is replaced.
    result
        The simulation.

    Raises
    ------
    InvalidInput
        If the file has another suffix, or there is no image to write.
    """
    suffix = Path(path).suffix.lower()
    if suffix in ARRAY_SUFFIXES:
        _write_arrays(Path(path), result)
    elif suffix not in IMAGE_SUFFIXES:
        raise InvalidInput(f"{fspath(path)}: an image must end in .tif, arrays in .npz")
    elif result.image is None:
        raise InvalidInput(f"{fspath(path)}: a profile alone has no image; write .npz")
    else:
        write_tiff(Path(path), [result.image])


def _write_arrays(path: Path, result: Haadf) -> None:
    """Image, profile and settings as numpy arrays."""
    profile = result.profile
    arrays = {
        "pixel_size": np.array(profile.steps),
        "profile_position": profile.position,
        "profile_intensity": profile.intensity,
        "peak_positions": np.array([peak.position for peak in profile.peaks]),
        "settings": np.array(json.dumps({"ionsmith": __version__, **result.to_dict()})),
    }
    if result.image is not None:
        arrays["image"] = result.image.intensity

    def save(target: Path) -> None:
        with target.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]

    write_whole(path, save)
