"""Capacities, volumes and expansion of the phases of alloy anodes.

A phase AxM (A is Li or Na; M is Si, Ge, Sn or Sb) stores x electrons per host atom M. Its capacity
is given per gram and per volume, of the host before and of the product after the uptake; a cell
carries the mass and volume of the product. With the volume V per host atom in the phase and V0 in
the reference, the expansion is 100 (V/V0 - 1) % and the volume ratio is V/V0. The two are often
confused: a ratio of 3.7 is an expansion of 270 %.

Capacities are those of the full reaction from the pure host; a cell yields less.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ionsmith.analyzers.storage._hull import Hull
from ionsmith.analyzers.storage._material import (
    Material,
    PhaseLike,
    crystal_material,
    read_materials,
)
from ionsmith.analyzers.storage._plot import draw_storage, plot_expansion, plot_volume
from ionsmith.analyzers.storage._records import CM3_PER_MOL, MAH_PER_MOL, StoredPhase
from ionsmith.crystals import Crystal
from ionsmith.crystals.alloy_systems import corrected, load_alloy
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table, notes_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CELL = {"dft": "relaxed", "file": "file"}
"""Origin of a cell in the table, by ``data_class``; all others are measured."""


@dataclass(frozen=True)
class Storage(Result):
    """Capacities and expansion of phases.

    Parameters
    ----------
    phases
        The phases in the order given.
    hull
        Stable phases and voltages, None without energies.
    notes
        Remarks, one line each.
    """

    phases: tuple[StoredPhase, ...]
    hull: Hull | None
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the phases, the hull, the notes."""
        headers = (
            "phase",
            "x",
            "mAh/g host",
            "mAh/g product",
            "mAh/cm³ host",
            "mAh/cm³ product",
            "Å³ per host",
            "expansion (%)",
            "V/V0",
            "V0 of",
            "g/cm³",
            "cell",
        )
        rows = [
            (
                phase.phase,
                round(phase.x, 4),
                round(phase.capacity_host_mAh_g, 1),
                round(phase.capacity_product_mAh_g, 1),
                round(phase.capacity_host_mAh_cm3),
                round(phase.capacity_product_mAh_cm3),
                round(phase.volume_per_host, 3),
                round(phase.expansion_percent, 1),
                round(phase.volume_ratio, 3),
                phase.reference,
                round(phase.density, 3),
                _CELL.get(phase.data_class, "measured"),
            )
            for phase in self.phases
        ]
        hull = [] if self.hull is None else self.hull.tables()
        return [Table("", headers, rows), *hull, *notes_table(self.notes)]

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the expansion of every phase against x, with V/V0 on the right.

        Hosts are left out except those that V0 refers to.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_expansion(self.phases, ax)

    def plot_volume(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the volume per host atom of every phase against x.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_volume(self.phases, ax)

    def draw(self, **_: Any) -> "Figure":
        """Draw expansion and volume, and the voltage if there is one."""
        hull = self.hull
        return draw_storage(self.phases, None if hull is None else (hull.system, hull.steps))


def choose_references(
    materials: Iterable[Material], chosen: Iterable[Material] = ()
) -> dict[str, Material]:
    """Find the form of each host that the expansion refers to."""
    hosts = list(dict.fromkeys(material.host for material in materials))
    references: dict[str, Material] = {}
    for reference in chosen:
        if reference.guest is not None:
            raise InvalidInput(
                f"reference {reference.name}: expected a host without {reference.guest}, "
                "such as sn or sn-alpha"
            )
        if reference.host not in hosts:
            raise InvalidInput(
                f"reference {reference.name}: no phase has the host {reference.host}"
            )
        if reference.host in references:
            raise InvalidInput(
                f"{references[reference.host].name} and {reference.name} cannot both be the "
                f"reference of {reference.host}"
            )
        references[reference.host] = reference
    return {host: references.get(host) or crystal_material(load_alloy(host)) for host in hosts}


def stored(material: Material, reference: Material) -> StoredPhase:
    """Capacities, volume and expansion of one phase."""
    charge = material.x * MAH_PER_MOL
    ratio = material.volume / reference.volume
    return StoredPhase(
        phase=material.name,
        formula=material.formula,
        x=material.x,
        capacity_host_mAh_g=charge / material.host_mass,
        capacity_product_mAh_g=charge / material.mass,
        capacity_host_mAh_cm3=charge / (reference.volume * CM3_PER_MOL),
        capacity_product_mAh_cm3=charge / (material.volume * CM3_PER_MOL),
        volume_per_host=material.volume,
        expansion_percent=100 * (ratio - 1),
        volume_ratio=ratio,
        density=material.density,
        reference=reference.name,
        data_class=material.data_class,
    )


def storage(
    phases: Sequence[PhaseLike] | PhaseLike,
    references: Sequence[PhaseLike] | PhaseLike = (),
    hull: Hull | None = None,
    notes: Iterable[str] = (),
) -> Storage:
    """Give capacity, volume and expansion of phases that store Li or Na.

    Parameters
    ----------
    phases
        The phases: any crystals (:data:`ionsmith.crystals.files.CrystalLike`), or formulae of the
        library such as ``"Li15Si4"``.
    references
        Forms of the hosts that the expansion refers to; by default those stable at ambient
        conditions.
    hull
        Convex hull of the same phases, to be reported with them.
    notes
        Further remarks.

    Raises
    ------
    InvalidInput
        For an unknown phase, one that is no alloy of Li or Na with a host, or a reference that
        does not fit.
    UnreadableFile, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.files.read_structure`.

    Examples
    --------
    >>> from ionsmith.analyzers.storage import storage
    >>> (phase,) = storage(["Na3Sb"]).phases
    >>> f"{phase.capacity_host_mAh_g:.0f} mAh/g, {phase.expansion_percent:.0f} %"
    '660 mAh/g, 293 %'
    """
    materials = read_materials(phases)
    chosen = choose_references(materials, read_materials(references))
    remarks = [
        line
        for material in materials
        if isinstance(material.structure, Crystal)
        for line in corrected(material.structure)
    ]
    kinds = {material.data_class for material in materials}
    if "dft" in kinds and len(kinds) > 1:
        relaxed = ", ".join(m.name for m in materials if m.data_class == "dft")
        remarks.append(
            f"the cells of {relaxed} are relaxed, the others measured: relaxed volumes are "
            "accurate to about 4 %, so small differences between the two are not significant"
        )
    if hull is not None:
        left_out = {m.name for m in materials} - {phase.phase for phase in hull.phases}
        remarks += [f"{name} has no energy and is not on the hull" for name in sorted(left_out)]
    return Storage(
        phases=tuple(stored(material, chosen[material.host]) for material in materials),
        hull=hull,
        notes=tuple(dict.fromkeys([*remarks, *notes])),
    )
