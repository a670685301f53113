"""The result of building an interface, its notes and its provenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.builders._model import Model
from ionsmith.builders.interface._bonds_across import Contact
from ionsmith.builders.interface._plot import draw_interface, plot_interface
from ionsmith.builders.interface._registry import Registry
from ionsmith.builders.interface._slab import Pair, Slab, Vector
from ionsmith.crystals.ordering import Ordering
from ionsmith.lattice.indices import direction_text
from ionsmith.lattice.miller import parse_plane
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.results import Result, Table
from ionsmith.surfaces.contact_planes import plane_angle
from ionsmith.surfaces.matches import Match, strain_text
from ionsmith.surfaces.terminations import Termination, terminations_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Interface(Model):
    """An interface of two crystals.

    Parameters
    ----------
    atoms
        The structure: first the substrate, then the film, z along the normal. The array ``side``
        is 0 in the substrate and 1 in the film.
    substrate, film
        The two slabs.
    parallel_planes, parallel_directions
        The orientation relationship, substrate first; None without one.
    zone_axis
        The parallel directions as a unit vector in the frame of the interface, from the substrate;
        None without them.
    contact_angle
        Angle in degrees between the planes in contact in the orientation relationship; None
        without one.
    deviation
        Angle in degrees between the interface and the orientation relationship; None without one.
    reversed
        Whether the film is turned over, so that its (-h-k-l) face is in contact.
    mirrored
        Whether the film is the mirror image of the given crystal.
    area
        Area of the common cell in Å².
    max_strain
        Largest absolute principal strain of either side.
    mismatch
        (d_substrate - d_film) / d_substrate of the unstrained crystals along the two principal axes
        of the strain.
    gap
        From the highest atom of the substrate to the lowest of the film in Å; negative if the two
        reliefs interlock.
    back_gap
        Gap in Å at the second interface of a periodic stack; None with vacuum.
    shift
        Displacement of the film along x and y in Å.
    contact
        What the contact was judged to be, and the bonds across it.
    registry
        The shifts that were tried; None if the shift was given.
    vacuum
        Height of the vacuum in Å; 0 for a periodic stack.
    n_frozen
        Number of frozen atoms.
    composition
        Number of atoms of each element.
    charge, dipole
        Formal charge in e and dipole moment in e Å of the whole; None if formal charges are
        unknown.
    notes
        What a user should know of this model.
    """

    document = (
        "n_atoms",
        "cell",
        "substrate",
        "film",
        "parallel_planes",
        "parallel_directions",
        "zone_axis",
        "contact_angle",
        "deviation",
        "reversed",
        "mirrored",
        "area",
        "max_strain",
        "mismatch",
        "gap",
        "back_gap",
        "shift",
        "contact",
        "registry",
        "vacuum",
        "n_frozen",
        "composition",
        "charge",
        "dipole",
        "notes",
    )

    atoms: Atoms
    substrate: Slab
    film: Slab
    parallel_planes: tuple[str, str] | None
    parallel_directions: tuple[str, str] | None
    zone_axis: Vector | None
    contact_angle: float | None
    deviation: float | None
    reversed: bool
    mirrored: bool
    area: float
    max_strain: float
    mismatch: Pair
    gap: float
    back_gap: float | None
    shift: Pair
    contact: Contact
    registry: Registry | None
    vacuum: float
    n_frozen: int
    composition: dict[str, int]
    charge: float | None
    dipole: float | None
    notes: tuple[str, ...]

    @property
    def cell(self) -> NDArray[np.float64]:
        """Cell vectors in Å, shape (3, 3)."""
        return np.asarray(self.atoms.cell.array)

    def plot(self, ax: "Axes | None" = None, *, width: float = 36.0) -> "Axes":
        """Draw the interface from the side, as a micrograph shows it.

        The view is along the parallel directions if they lie in the plane of contact, otherwise
        along the first cell vector. Parallel lattice planes that are seen edge-on are drawn.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        width
            Width of the picture in Å.
        """
        return plot_interface(
            self.atoms,
            (self.substrate, self.film),
            self.zone_axis,
            self.parallel_directions,
            ax,
            width,
        )

    def draw(self) -> "Figure":
        """Draw the interface as a figure that is as high as its cell requires."""
        return draw_interface(
            self.atoms, (self.substrate, self.film), self.zone_axis, self.parallel_directions
        )

    def tables(self) -> list[Table]:
        """Return the two slabs, the interface, and the notes."""
        sides = (self.substrate, self.film)
        rows: list[tuple[object, ...]] = [
            ("plane in contact", *(side.plane for side in sides)),
            (
                "cell, lattice vectors",
                *(" ".join(map(direction_text, side.cell_vectors)) for side in sides),
            ),
            ("primitive meshes", *(side.meshes for side in sides)),
            ("principal strains", *(strain_text(side.principal_strains) for side in sides)),
            ("lattice planes", *(f"{side.n_planes} of {side.spacing:.3f} Å" for side in sides)),
            ("thickness (Å)", *(round(side.thickness, 2) for side in sides)),
            ("termination", *(side.termination for side in sides)),
            ("symmetric", *("yes" if side.symmetric else "no" for side in sides)),
            ("formula", *(side.formula for side in sides)),
            ("stoichiometric", *("yes" if side.stoichiometric else "no" for side in sides)),
            ("charge (e)", *(_number(side.charge) for side in sides)),
            ("dipole (e Å)", *(_number(side.dipole) for side in sides)),
            ("molecular groups", *(_groups(side.groups) for side in sides)),
        ]
        turned = " turned over" if self.reversed else ""
        title = (
            f"{self.film.crystal}{turned} (film) on {self.substrate.crystal} (substrate): "
            f"{len(self.atoms)} atoms, cell of {self.area:.1f} Å²"
        )
        shift = " ".join(f"{round(length, 3) + 0.0:.3f}" for length in self.shift)
        facts: list[tuple[object, object]] = [
            ("largest strain of either side", f"{100 * self.max_strain:.2f} %"),
            (
                "mismatch along its axes, (d_substrate - d_film) / d_substrate",
                strain_text(self.mismatch),
            ),
            ("gap (Å)", round(self.gap, 3)),
            ("shift of the film along x and y (Å)", shift),
            ("contact", str(self.contact)),
            ("vacuum (Å)", round(self.vacuum, 2)),
            ("frozen atoms", self.n_frozen),
            ("total charge (e)", _number(self.charge)),
            ("total dipole (e Å)", _number(self.dipole)),
        ]
        if self.parallel_planes is not None:
            facts.insert(0, ("parallel planes", " || ".join(self.parallel_planes)))
        if self.parallel_directions is not None:
            facts.insert(1, ("parallel directions", " || ".join(self.parallel_directions)))
        if self.contact_angle is not None:
            facts.append(("angle between the planes in contact (°)", round(self.contact_angle, 3)))
        if self.deviation is not None:
            facts.append(("deviation from the relationship (°)", round(self.deviation, 3)))
        if self.back_gap is not None:
            facts.append(("gap at the second interface (Å)", round(self.back_gap, 3)))
        if self.registry is not None:
            tried = f"{len(self.registry.shifts)} shifts, by {self.registry.judged_by}"
            facts.append(("registry", tried))
        tables = [
            Table(title, ("", self.substrate.crystal, self.film.crystal), rows),
            Table("", ("interface", "value"), facts),
        ]
        notes = [
            *self.notes,
            *(f"{side.crystal}: {note}" for side in sides for note in side.notes),
        ]
        if notes:
            tables.append(Table("", ("note",), [(note,) for note in notes]))
        return tables


@dataclass(frozen=True, eq=False)
class SideTermination(Termination):
    """A termination of one side.

    Parameters
    ----------
    side
        Crystal that it belongs to.
    """

    side: Literal["substrate", "film"] = "substrate"


@dataclass(frozen=True)
class Terminations(Result):
    """Terminations of both sides of an interface.

    Parameters
    ----------
    substrate, film
        Names of the crystals with their planes in contact.
    substrate_terminations, film_terminations
        All terminations, by rising height.
    """

    document = ("substrate", "film", "terminations")

    substrate: str
    film: str
    substrate_terminations: tuple[Termination, ...]
    film_terminations: tuple[Termination, ...]

    @property
    def terminations(self) -> tuple[SideTermination, ...]:
        """Terminations of the substrate, then of the film."""
        both = {"substrate": self.substrate_terminations, "film": self.film_terminations}
        return tuple(
            SideTermination(**vars(cut), side=side)  # type: ignore[arg-type]
            for side, cuts in both.items()
            for cut in cuts
        )

    def tables(self) -> list[Table]:
        """Return one table for each side."""
        return [
            terminations_table(self.substrate, self.substrate_terminations),
            terminations_table(self.film, self.film_terminations),
        ]


def _number(value: float | None) -> str:
    """Signed number with two decimals."""
    return "unknown" if value is None else f"{round(value, 2) + 0.0:+.2f}"


def _groups(groups: dict[str, int]) -> str:
    """Molecular groups with their numbers."""
    return ", ".join(f"{number} {name}" for name, number in groups.items()) or "none"


def mismatch_along_axes(match: Match) -> tuple[float, float]:
    """(d_substrate - d_film) / d_substrate along both principal axes of the strain."""
    stretch = (1 + np.array(match.film_principal)) / (1 + np.array(match.substrate_principal))
    first, second = (1 - 1 / stretch).tolist()
    return first + 0.0, second + 0.0


def angle_in_contact(orientation: OrientationRelationship | None, match: Match) -> float | None:
    """Angle in degrees between the planes in contact in the orientation relationship."""
    if orientation is None:
        return None
    planes = parse_plane(match.substrate_plane), parse_plane(match.film_plane)
    angle = plane_angle(orientation, planes)
    return min(angle, 180 - angle)


def texts_of(pair: tuple[Any, Any] | None) -> tuple[str, str] | None:
    """Parallel planes or directions as text."""
    return None if pair is None else (str(pair[0]), str(pair[1]))


def notes_on(
    match: Match, mirror_film: bool, vacuum: float, charge: float | None, dipole: float | None
) -> tuple[str, ...]:
    """What a user should know of the interface."""
    notes = [
        "charges and dipoles are calculated from formal charges; atoms in contact are where their "
        "crystals have them, relax the model"
    ]
    if mirror_film:
        notes.append("the film is the mirror image of the given crystal")
    if charge:
        notes.append(f"the cell has an uncompensated charge of {charge:+g} e")
    if vacuum and dipole is not None and abs(dipole) > 1:
        notes.append("the slab has a dipole moment along z: use a dipole correction")
    boundary = None if mirror_film else match.own_boundary
    if boundary is not None and boundary.perfect:
        notes.append(
            "substrate and film have the orientation of one perfect crystal; only shift and gap "
            "may separate them"
        )
    elif boundary is not None:
        notes.append(f"substrate and film are the same crystal: {boundary}")
    if match.multiple > 1:
        notes.append(f"the cell is {match.multiple} times as large as that of a smaller match")
    return tuple(notes)


def remember(
    result: Interface,
    slabs: tuple[Atoms, Atoms],
    match: Match,
    groups: Sequence[str] | None,
    ordering: Ordering | None,
    seed: int,
    asked: dict[str, bool],
) -> None:
    """Record the provenance of an interface, with the steps of both crystals."""
    atoms = result.atoms
    parameters: dict[str, Any] = {
        "parallel_planes": result.parallel_planes,
        "parallel_directions": result.parallel_directions,
        "reversed": match.reversed,
        "mirror_film": result.mirrored,
        "deviation": match.deviation,
        "rotation": match.rotation,
        "gap": result.gap,
        "shift": result.shift,
        "contact": str(result.contact),
        "shift_judged_by": None if result.registry is None else result.registry.judged_by,
        "vacuum": result.vacuum,
        "n_frozen": result.n_frozen,
        **asked,
        "groups": None if groups is None else list(groups),
        "ordering": None if ordering is None else [ordering, seed],
    }
    sources: list[dict[str, Any]] = []
    for name, slab, report in zip(
        ("substrate", "film"), slabs, (result.substrate, result.film), strict=True
    ):
        before = provenance.of(slab)
        sources += before.get("sources", [])
        parameters[name] = {
            "crystal": report.crystal,
            "plane": report.plane,
            "cell_vectors": report.cell_vectors,
            "strain": report.strain,
            "n_planes": report.n_planes,
            "termination": report.termination,
            "back_termination": report.back_termination,
            "steps": before.get("steps", []),
        }
    provenance.record(atoms, "build interface", parameters, sources)
    provenance.start_lineage(atoms)
