"""Pictures of storage: expansion, volume and voltage against the guest content."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ase.data import atomic_masses, atomic_numbers

from ionsmith.analyzers.storage._records import MAH_PER_MOL, StoredPhase, VoltageStep
from ionsmith.crystals.alloy_systems import GUESTS, HOSTS
from ionsmith.crystals.formula import parse_formula
from ionsmith.plotting import SERIES, axes_or_new, side_by_side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = dict(zip(HOSTS, SERIES, strict=False))
MARKERS = dict(zip(HOSTS, "osD^", strict=True))
"""Of the hosts; those of Li are filled, those of Na open."""


def plot_expansion(phases: Sequence[StoredPhase], ax: "Axes | None") -> "Axes":
    """Draw the expansion of every phase against x, with V/V0 on the right."""
    ax = _scatter(phases, "expansion_percent", ax)
    ax.set_ylabel("expansion (%)")
    right = ax.secondary_yaxis("right", functions=(_ratio, _expansion))
    right.set_ylabel("V/V0")
    return ax


def plot_volume(phases: Sequence[StoredPhase], ax: "Axes | None") -> "Axes":
    """Draw the volume per host atom of every phase against x."""
    ax = _scatter(phases, "volume_per_host", ax)
    ax.set_ylabel("volume per host atom (Å³)")
    return ax


def plot_voltage(system: str, steps: Sequence[VoltageStep], ax: "Axes | None") -> "Axes":
    """Draw the voltage plateaus."""
    ax = axes_or_new(ax)
    guest, host = system.split("-")
    edges, levels = [], []
    for step in steps:
        edges += [step.x_start, step.x_end]
        levels += [step.voltage, step.voltage]
    ax.plot([*edges, *edges[-1:]], [*levels, *([0.0] if levels else [])], color=COLOURS[host])
    for step in steps:
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
        """Capacity per gram of the host."""
        return x * per_guest

    def content(capacity: Any) -> Any:
        """Guest atoms per host atom."""
        return capacity / per_guest

    top = ax.secondary_xaxis("top", functions=(capacity, content))
    top.set_xlabel(f"mAh per gram of {host}")
    return ax


def draw_storage(
    phases: Sequence[StoredPhase], voltage: tuple[str, Sequence[VoltageStep]] | None
) -> "Figure":
    """Draw expansion and volume, and the voltage if there is one."""
    if voltage is None:
        figure, (first, second) = side_by_side((11, 4.5), 2)
        panels = [plot_expansion(phases, first), plot_volume(phases, second)]
    else:
        figure, (first, second, third) = side_by_side((13, 4.5), 3)
        panels = [plot_expansion(phases, first), plot_volume(phases, second)]
        panels.append(plot_voltage(*voltage, third))
    for ax in panels:
        ax.spines[["top", "right"]].set_visible(False)
    return figure


def _ratio(expansion: Any) -> Any:
    """V/V0 of an expansion in percent."""
    return 1 + expansion / 100


def _expansion(ratio: Any) -> Any:
    """Expansion in percent of V/V0."""
    return 100 * (ratio - 1)


def _scatter(phases: Sequence[StoredPhase], quantity: str, ax: "Axes | None") -> "Axes":
    """Draw a quantity of every phase against x."""
    ax = axes_or_new(ax)
    series = _series(phases)
    for (guest, host), members in series.items():
        own = [phase for phase in members if phase.x > 0 or phase.phase == phase.reference]
        own.sort(key=lambda phase: phase.x)
        ax.plot(
            [phase.x for phase in own],
            [getattr(phase, quantity) for phase in own],
            marker=MARKERS[host],
            color=COLOURS[host],
            markerfacecolor=COLOURS[host] if guest == GUESTS[0] else "none",
            linewidth=0.8,
            linestyle="-" if guest == GUESTS[0] else "--",
            label=f"{guest}–{host}",
        )
        if len(series) == 1:
            _name(own, quantity, ax)
    ax.set_xlabel("x (Li or Na per host atom)")
    if len(series) > 1:
        ax.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(0, 1))
    ax.margins(x=0.12, y=0.1)
    return ax


def _name(phases: list[StoredPhase], quantity: str, ax: "Axes") -> None:
    """Write the names of phases alternately below and above a rising line."""
    # Two refinements of one phase share a point and a name; two polymorphs have a name each.
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


def _series(phases: Sequence[StoredPhase]) -> dict[tuple[str, str], list[StoredPhase]]:
    """Phases by guest and host; a pure host belongs to every guest."""
    elements = {phase.phase: set(parse_formula(phase.formula)) for phase in phases}
    series: dict[tuple[str, str], list[StoredPhase]] = {}
    for host in HOSTS:
        own = [phase for phase in phases if host in elements[phase.phase]]
        guests = [g for g in GUESTS if any(g in elements[phase.phase] for phase in own)]
        for guest in guests or (GUESTS[:1] if own else []):
            series[guest, host] = [p for p in own if p.x == 0 or guest in elements[p.phase]]
    return series
