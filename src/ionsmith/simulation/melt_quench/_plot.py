"""Temperature and energy of melting and quenching in the course of time."""

from typing import TYPE_CHECKING

from ionsmith.plotting import SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ionsmith.simulation.melt_quench._result import MeltQuench

TARGET = "#e07b39"


def plot_energy(glass: "MeltQuench", ax: "Axes") -> "Axes":
    """Plot the potential energy against time, with the relaxed glass and start as lines."""
    ax.plot(glass.trace.time, glass.trace.energy, color=SERIES[0], label="dynamics")
    ax.axhline(glass.energy_per_atom, color="0.3", lw=1, label="relaxed glass")
    if glass.reference_energy_per_atom is not None:
        energy = glass.reference_energy_per_atom
        ax.axhline(energy, color="0.3", lw=1, ls=":", label="relaxed start")
    ax.set_xlabel("time (ps)")
    ax.set_ylabel("potential energy (eV/atom)")
    ax.legend()
    return ax


def draw_course(glass: "MeltQuench") -> "Figure":
    """Draw the temperature above the potential energy."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    trace = glass.trace
    above.plot(trace.time, trace.temperature, color=SERIES[0], label="mean of the piece")
    above.plot(trace.time, trace.target, "--", color=TARGET, label="thermostat")
    above.set_ylabel("temperature (K)")
    above.set_title(f"{glass.origin}, {glass.rate:g} K/ps", loc="left")
    above.legend()
    plot_energy(glass, below)
    return figure
