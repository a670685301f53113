"""A picture of melting and quenching: temperature and energy in the course of time."""

from typing import TYPE_CHECKING

from ionsmith.pictures.saving import write_picture
from ionsmith.simulation.melt_quench import MeltQuench

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEASURED = "#24527a"
TARGET = "#e07b39"


def draw_course(glass: MeltQuench) -> "Figure":
    """Draw temperature and potential energy against time.

    Parameters
    ----------
    glass
        What was molten and quenched.

    Returns
    -------
    matplotlib.figure.Figure
        Ready to be saved. The relaxed glass, and the start where there is one, are lines beside
        the energies of the dynamics.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    trace = glass.trace
    above.plot(trace.time, trace.temperature, color=MEASURED, label="mean of the piece")
    above.plot(trace.time, trace.target, "--", color=TARGET, label="thermostat")
    above.set_ylabel("temperature (K)")
    above.set_title(f"{glass.origin}, {glass.rate:g} K/ps", loc="left")
    above.legend()
    below.plot(trace.time, trace.energy, color=MEASURED, label="dynamics")
    below.axhline(glass.energy_per_atom, color="0.3", lw=1, label="relaxed glass")
    if glass.reference_energy_per_atom is not None:
        below.axhline(
            glass.reference_energy_per_atom, color="0.3", lw=1, ls=":", label="relaxed start"
        )
    below.set_xlabel("time (ps)")
    below.set_ylabel("potential energy (eV an atom)")
    below.legend()
    return figure


def save_course(path: str, glass: MeltQuench) -> None:
    """Write the picture of :func:`draw_course` as PNG or SVG."""
    write_picture(path, draw_course(glass))
