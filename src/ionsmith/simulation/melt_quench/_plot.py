"""Temperature and energy of melting and quenching against time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ionsmith.plotting import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TARGET = "#e07b39"


def plot_temperature(
    ax: "Axes", time: Sequence[float], temperature: Sequence[float], target: Sequence[float]
) -> "Axes":
    """Plot the temperature in K, and that of the thermostat, against time in ps."""
    ax.plot(time, temperature, color=SERIES[0], label="mean of the piece")
    ax.plot(time, target, "--", color=TARGET, label="thermostat")
    ax.set_ylabel("temperature (K)")
    ax.legend(loc="upper right", frameon=False)  # the curves fall
    return ax


def plot_energy(
    ax: "Axes", time: Sequence[float], energy: Sequence[float], glass: float, start: float | None
) -> "Axes":
    """Plot the potential energy in eV/atom against time in ps, with relaxed glass and start."""
    ax.plot(time, energy, color=SERIES[0], label="dynamics")
    ax.axhline(glass, color="0.3", lw=1, label="relaxed glass")
    if start is not None:
        ax.axhline(start, color="0.3", lw=1, ls=":", label="relaxed start")
    ax.set_xlabel("time (ps)")
    ax.set_ylabel("potential energy (eV/atom)")
    ax.legend(loc="upper right", frameon=False)  # the curves fall
    return ax
