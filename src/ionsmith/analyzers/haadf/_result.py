"""What a HAADF simulation gives: image, profile, peaks, and how they were computed."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.haadf._cell import ImagingCell
from ionsmith.analyzers.haadf._microscope import Microscope
from ionsmith.analyzers.haadf._profile import Profile
from ionsmith.results import Result, Table, plain

Method = Literal["projection", "multislice", "prism"]


@dataclass(frozen=True)
class Haadf(Result):
    """A simulated HAADF image or profile.

    Parameters
    ----------
    method
        ``"projection"``, ``"multislice"`` or ``"prism"``.
    beam
        What points towards the source.
    cell
        Atoms under the beam.
    microscope
        Beam, probe and detector.
    image
        Fraction of the beam on the detector, shape (nx, ny), x to the right and y up; None where
        only a profile was asked for.
    steps
        Width and height of a pixel of the image, or distance of the probes of the profile along
        and across the line, in Å.
    profile
        Along the line.
    pixel
        Of the multislice grid in Å, None for the projection.
    phonons
        Frozen phonon configurations.
    displacements
        Root mean square displacement along one direction in Å by element.
    notes
        What else there is to know, one line each.
    """

    method: Method
    beam: str
    cell: ImagingCell
    microscope: Microscope
    image: NDArray[np.float64] | None
    steps: tuple[float, float]
    profile: Profile
    pixel: float | None
    phonons: int
    displacements: dict[str, float]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all but the image and the atoms; of the image, size and range."""
        image = None
        if self.image is not None:
            image = {
                "pixels": list(self.image.shape),
                "width": self.image.shape[0] * self.steps[0],
                "height": self.image.shape[1] * self.steps[1],
                "pixel_size": list(self.steps),
                "lowest": float(self.image.min()),
                "highest": float(self.image.max()),
            }
        return {
            "method": self.method,
            "beam": self.beam,
            "cell": {
                "n_atoms": len(self.cell.atoms),
                "thickness": self.cell.thickness,
                "beam_period": self.cell.beam_period,
                "beam_periods": self.cell.beam_periods,
                "rotation": plain(self.cell.rotation),
                "origin": plain(self.cell.origin),
                "x": plain(self.cell.sides[0]),
                "y": plain(self.cell.sides[1]),
            },
            "microscope": plain(self.microscope),
            "grid_pixel": self.pixel,
            "largest_angle": self.pixel and self.microscope.reach(self.pixel),
            "phonons": self.phonons,
            "displacements": self.displacements,
            "image": image,
            "profile": {
                "start": list(self.profile.line.start),
                "end": list(self.profile.line.end),
                "width": self.profile.line.width,
                "position": plain(self.profile.position),
                "intensity": plain(self.profile.intensity),
                "peaks": plain(self.profile.peaks),
            },
            "conduction_planes": plain(self.profile.planes),
            "notes": list(self.notes),
        }

    def tables(self) -> list[Table]:
        """Return the peaks, the conduction planes, and how it was computed."""
        line = self.profile.line
        ends = " to ".join(f"{x:.2f},{y:.2f}" for x, y in (line.start, line.end))
        found = [
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
            found.append(
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
        found.append(Table("", ("", ""), self._facts()))
        if self.notes:
            found.append(Table("", ("note",), [(note,) for note in self.notes]))
        return found

    def _thickness(self) -> str:
        words = f"{self.cell.thickness:.6g} Å"
        if self.cell.beam_period is None:
            return words
        return f"{words}: {self.cell.beam_periods:.4g} times {self.cell.beam_period:.4f} Å"

    def _facts(self) -> list[tuple[str, str]]:
        microscope = self.microscope
        facts = [
            ("beam towards the source", self.beam),
            ("method", self.method),
            (
                "beam, probe, detector",
                f"{microscope.energy:g} keV, {microscope.convergence:g} mrad, "
                f"{microscope.detector[0]:g} to {microscope.detector[1]:g} mrad",
            ),
            ("atoms, thickness", f"{len(self.cell.atoms)}, {self._thickness()}"),
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
        if self.pixel is not None:
            facts.append(
                (
                    "multislice grid",
                    f"{self.pixel:.4f} Å, carries {microscope.reach(self.pixel):.0f} mrad; "
                    f"{self.phonons} phonon configurations",
                )
            )
        facts.append(
            ("probe positions" if self.image is None else "pixel", _size(self.steps) + " Å")
        )
        return facts


def _size(steps: tuple[float, float]) -> str:
    return " × ".join(f"{step:.4f}" for step in steps)
