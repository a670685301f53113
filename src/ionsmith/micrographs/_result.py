"""Conduction planes that an image shows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
State = Literal["open", "closed", "neither"]


@dataclass(frozen=True)
class ImagedPlane:
    """One conduction plane of an image.

    Parameters
    ----------
    plane
        Number from the bottom of the image, from 1.
    position
        Distance of its middle from the lower end of the profile in Å.
    spacing
        Distance in Å of the octahedral cation rows on either side, on the scale of the image.
    error
        Half the 95 % interval of the spacing in Å, from the scatter of strips of the image and that
        of the thickness of the blocks.
    state
        ``"open"``, ``"closed"``, or ``"neither"`` if it is near none of them, as a crack is.
    """

    plane: int
    position: float
    spacing: float
    error: float
    state: State


@dataclass(frozen=True)
class PlaneReading(Result):
    """Conduction planes that a HAADF image shows.

    Parameters
    ----------
    image
        Name of the image.
    direction
        Angle in degrees of the stacking direction from the x axis of the image.
    planes
        The conduction planes from the bottom to the top.
    scale
        Distance of the outer rows of a block in the crystal over that in the image, and half its
        95 % interval: 1 if the image is calibrated.
    spacings_expected
        Distance in Å of the rows across an open and across a closed plane of the crystal.
    blocks
        Positions of the middle of each spinel block in Å.
    correlation
        Mean correlation of the blocks with their simulated profile.
    position, intensity
        The measured profile, in Å and without its slow changes, shape (n,).
    simulated
        Profile of the same planes in the simulated crystal, shape (n,), nan where there is none.
    commands
        What builds a crystal with the same sequence of planes; empty if a plane is neither.
    notes
        What was assumed, and what is amiss.
    """

    image: str
    direction: float
    planes: tuple[ImagedPlane, ...]
    scale: tuple[float, float]
    spacings_expected: tuple[float, float]
    blocks: tuple[float, ...]
    correlation: float
    position: Floats
    intensity: Floats
    simulated: Floats
    commands: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def tables(self) -> list[Table]:
        """Return the planes, then what belongs to the whole image."""
        rows = [
            (
                plane.plane,
                round(plane.position, 2),
                round(plane.spacing, 2),
                round(plane.error, 2),
                plane.state,
            )
            for plane in self.planes
        ]
        opened, closed = self.spacings_expected
        facts = [
            ("stacking direction from x (°)", round(self.direction, 2)),
            ("scale of the crystal over that of the image", _with_error(*self.scale)),
            ("rows across an open, a closed plane (Å)", f"{opened:.2f}, {closed:.2f}"),
            ("correlation of the blocks with simulated ones", round(self.correlation, 3)),
            *(("build it", command) for command in self.commands),
        ]
        return [
            Table(
                f"Conduction planes in {self.image}",
                ("plane", "position (Å)", "rows across (Å)", "±, 95 % (Å)", "state"),
                rows,
            ),
            Table("", ("", ""), facts),
            *notes_table(self.notes),
        ]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the measured profile over the simulated one, with the state of each plane.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        from ionsmith.plotting import SERIES, axes_or_new, plain_text

        ax = axes_or_new(ax, (6.4, 3.2))
        ax.plot(self.position, self.intensity, color=SERIES[0], label=plain_text(self.image))
        ax.plot(self.position, self.simulated, color=SERIES[1], ls="--", label="simulated")
        top = float(np.nanmax([self.intensity.max(), np.nanmax(self.simulated)]))
        for plane in self.planes:
            half = plane.spacing / 2
            ax.annotate(
                "",
                (plane.position - half, 1.04 * top),
                (plane.position + half, 1.04 * top),
                arrowprops={"arrowstyle": "<->", "color": SERIES[3]},
            )
            ax.text(
                plane.position,
                1.06 * top,
                f"{plane.spacing:.2f}\n± {plane.error:.2f} Å\n{plane.state}",
                ha="center",
                va="bottom",
                fontsize=8,
            )
        ax.set_ylim(top=1.45 * top)
        ax.set_xlabel("along the stacking direction (Å)")
        ax.set_ylabel("intensity over its local mean")
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, frameon=False)
        return ax


def _with_error(value: float, error: float) -> str:
    """A value with half its 95 % interval."""
    return f"{value:.3f} ± {error:.3f}"
