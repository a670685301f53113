"""Pictures of storage: expansion and volume against the guest content, and the voltage."""

from typing import TYPE_CHECKING, Any

from ase.data import atomic_masses, atomic_numbers

from ionsmith.analyzers.storage import MAH_PER_MOL, Hull, Storage, StoredPhase
from ionsmith.crystals.alloy_systems import GUESTS, HOSTS
from ionsmith.crystals.formula import parse_formula
from ionsmith.pictures.saving import write_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = dict(zip(HOSTS, ("#24527a", "#2f8f6b", "#e07b39", "#8a3b6f"), strict=True))
MARKERS = {"Li": "o", "Na": "s"}


def plot_expansion(storage: Storage, ax: "Axes | None" = None) -> "Axes":
    """Draw the expansion of every phase against x, with V/V0 on the right.

    Parameters
    ----------
    storage
        The phases, of one system or several.
    ax
        Axes to draw into; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
        Elements are left out except those that V0 is of.
    """
    ax = _scatter(storage, "expansion_percent", ax)
    ax.set_ylabel("expansion (%)")
    right = ax.secondary_yaxis("right", functions=(_ratio, _expansion))
    right.set_ylabel("V/V0")
    return ax


def plot_volume(storage: Storage, ax: "Axes | None" = None) -> "Axes":
    """Draw the volume per host atom of every phase against x.

    Parameters are those of :func:`plot_expansion`.
    """
    ax = _scatter(storage, "volume_per_host", ax)
    ax.set_ylabel("volume per host atom (Å³)")
    return ax


def plot_voltage(hull: Hull, ax: "Axes | None" = None) -> "Axes":
    """Draw the voltage staircase.

    Parameters
    ----------
    hull
        Stable phases and the voltages between them.
    ax
        Axes to draw into; a new figure by default.
    """
    ax = _axes(ax)
    guest, host = hull.system.split("-")
    edges, levels = [], []
    for step in hull.steps:
        edges += [step.x_start, step.x_end]
        levels += [step.voltage, step.voltage]
    ax.plot([*edges, *edges[-1:]], [*levels, *([0.0] if levels else [])], color=COLOURS[host])
    for step in hull.steps:
        ax.annotate(
            step.end,
            (step.x_end, step.voltage),
            xytext=(3, 3),
            textcoords="offset points",
            fontsize="x-small",
        )
    ax.set_xlabel(f"x in {guest}$_x${host}")
    ax.set_ylabel(f"voltage against {guest} (V)")
    ax.set_ylim(bottom=0)
    ax.set_xlim(left=0)
    per_guest = MAH_PER_MOL / float(atomic_masses[atomic_numbers[host]])

    def capacity(x: Any) -> Any:
        return x * per_guest

    def content(capacity: Any) -> Any:
        return capacity / per_guest

    top = ax.secondary_xaxis("top", functions=(capacity, content))
    top.set_xlabel(f"mAh per gram of {host}")
    return ax


def draw_storage(storage: Storage, figure: "Figure") -> None:
    """Draw expansion and volume, and below them the voltage where there is one."""
    grid = figure.add_gridspec(1 if storage.hull is None else 2, 2)
    panels = [
        plot_expansion(storage, figure.add_subplot(grid[0, 0])),
        plot_volume(storage, figure.add_subplot(grid[0, 1])),
    ]
    if storage.hull is not None:
        panels.append(plot_voltage(storage.hull, figure.add_subplot(grid[1, :])))
    for ax in panels:
        ax.spines[["top", "right"]].set_visible(False)


def save_storage(path: str, storage: Storage) -> None:
    """Write the picture as PNG or SVG, the same bytes each time.

    Raises
    ------
    InvalidInput
        For another suffix.
    """
    from matplotlib.figure import Figure

    height = 4.5 if storage.hull is None else 8.5
    figure = Figure(figsize=(11, height), layout="constrained")
    draw_storage(storage, figure)
    write_picture(path, figure)


def _ratio(expansion: Any) -> Any:
    return 1 + expansion / 100


def _expansion(ratio: Any) -> Any:
    return 100 * (ratio - 1)


def _scatter(storage: Storage, quantity: str, ax: "Axes | None") -> "Axes":
    ax = _axes(ax)
    series = _series(storage)
    for (guest, host), phases in series.items():
        own = [phase for phase in phases if phase.x > 0 or phase.phase == phase.reference]
        own.sort(key=lambda phase: phase.x)
        ax.plot(
            [phase.x for phase in own],
            [getattr(phase, quantity) for phase in own],
            marker=MARKERS[guest],
            color=COLOURS[host],
            linewidth=0.8,
            linestyle="-" if guest == GUESTS[0] else "--",
            label=f"{guest}–{host}",
        )
        if len(series) == 1:
            _name(own, quantity, ax)
    ax.set_xlabel("x (Li or Na for each host atom)")
    if len(series) > 1:
        ax.legend(frameon=False)
    ax.margins(x=0.12, y=0.1)
    return ax


def _name(phases: list[StoredPhase], quantity: str, ax: "Axes") -> None:
    """Write the names of phases beside a rising line, below and above it in turn."""
    # Two refinements of one phase share a point and get one name, two forms of it have two.
    named = {(round(p.x, 6), round(getattr(p, quantity))): p for p in reversed(phases)}
    for number, phase in enumerate(reversed(named.values())):
        below = number % 2 == 0
        ax.annotate(
            phase.phase,
            (phase.x, getattr(phase, quantity)),
            xytext=(5, -3) if below else (-5, 3),
            textcoords="offset points",
            fontsize="x-small",
            rotation=-35,
            rotation_mode="anchor",
            ha="left" if below else "right",
            va="top" if below else "bottom",
        )


def _series(storage: Storage) -> dict[tuple[str, str], list[StoredPhase]]:
    """Phases by guest and host; an element belongs to every guest of its host."""
    elements = {phase.phase: set(parse_formula(phase.formula)) for phase in storage.phases}
    found: dict[tuple[str, str], list[StoredPhase]] = {}
    for host in HOSTS:
        own = [phase for phase in storage.phases if host in elements[phase.phase]]
        guests = [g for g in GUESTS if any(g in elements[phase.phase] for phase in own)]
        for guest in guests or (GUESTS[:1] if own else []):
            found[guest, host] = [p for p in own if p.x == 0 or guest in elements[p.phase]]
    return found


def _axes(ax: "Axes | None") -> "Axes":
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
    return ax
