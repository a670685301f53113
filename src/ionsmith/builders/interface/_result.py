"""What building an interface gives back: the structure, and what it is made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.interface._registry import Registry
from ionsmith.results import Result, Table, plain
from ionsmith.surfaces.matches import direction_text, strain_text
from ionsmith.surfaces.terminations import Termination

Pair = tuple[float, float]
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Slab:
    """One side of an interface.

    Parameters
    ----------
    crystal
        Its name.
    plane
        The plane in contact, as text.
    cell_vectors
        The vectors of the common cell as lattice vectors [uvw] of this side.
    meshes
        Primitive meshes of the plane in that cell.
    principal_strains
        In the plane.
    strain
        Strain tensor in the Cartesian frame of the crystal, three rows.
    planes, spacing
        Number of lattice planes, and their distance in Å.
    thickness
        From the lowest to the highest atom, in Å.
    termination, back_termination
        Numbers of the cut in contact and of that at the back.
    layers_in_contact
        Units that the cut in contact lays bare.
    symmetric
        Whether an operation of the crystal takes one face to the other.
    formula
        Of the slab.
    stoichiometric
        Whether its composition is that of the crystal.
    charge
        Sum of formal charges in e, None where they are not known.
    dipole
        Dipole moment along the normal in e Å, about the middle of the slab, None likewise.
    charges_from
        Where the formal charges come from.
    parallel_vector
        Reciprocal vector in Å⁻¹ of the lattice planes that the orientation relationship names, in
        the frame of the interface; None without one.
    groups
        Molecular groups by name, all of them whole.
    notes
        What else there is to know.
    """

    crystal: str
    plane: str
    cell_vectors: tuple[tuple[float, ...], tuple[float, ...]]
    meshes: int
    principal_strains: Pair
    strain: tuple[tuple[float, ...], ...]
    planes: int
    spacing: float
    thickness: float
    termination: int
    back_termination: int
    layers_in_contact: str
    symmetric: bool
    formula: str
    stoichiometric: bool
    charge: float | None
    dipole: float | None
    charges_from: str
    parallel_vector: Vector | None
    groups: dict[str, int]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Interface(Result):
    """An interface of two crystals.

    Parameters
    ----------
    atoms
        The structure: first the substrate, then the film, z along the normal. The array ``side``
        is 0 in the substrate and 1 in the film.
    substrate, film
        The two slabs.
    parallel_planes, parallel_directions
        The orientation relationship as it was given, substrate first, or None.
    zone_axis
        The parallel directions as a unit vector in the frame of the interface, as the substrate has
        them; None without.
    contact_angle
        Angle in degrees between the planes in contact as the relationship has them, None without.
    deviation
        Angle in degrees by which the interface is off the relationship, None without.
    reversed
        Whether the film is turned over against its plane: its (-h-k-l) face is in contact.
    mirrored
        Whether the film is the mirror image of the crystal that was given.
    area
        Of the common cell in Å².
    max_strain
        Largest absolute principal strain of either side.
    mismatch
        (d_substrate - d_film) / d_substrate of the unstrained crystals along the two principal axes
        of the strain.
    gap
        From the highest atom of the substrate to the lowest of the film in Å; it is negative where
        the two reliefs interlock.
    back_gap
        The same at the second interface of a periodic stack, None with vacuum.
    shift
        Displacement of the film along x and y in Å.
    registry
        The scan that it comes from, None if the shift was given.
    vacuum
        In Å; 0 for a periodic stack.
    fixed
        Number of atoms that are held in place.
    composition
        Atoms by element.
    charge, dipole
        Of the whole in e and e Å, None where formal charges are not known.
    notes
        What else there is to know, one line each.
    """

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
    registry: Registry | None
    vacuum: float
    fixed: int
    composition: dict[str, int]
    charge: float | None
    dipole: float | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the atoms; of these the number, and the cell."""
        said = {name: plain(value) for name, value in vars(self).items() if name != "atoms"}
        return {"n_atoms": len(self.atoms), "cell": plain(self.atoms.cell.array), **said}

    def tables(self) -> list[Table]:
        """Return both slabs, the interface, and the notes."""
        sides = (self.substrate, self.film)
        rows: list[tuple[object, ...]] = [
            ("plane in contact", *(side.plane for side in sides)),
            (
                "cell, lattice vectors",
                *(" ".join(map(direction_text, side.cell_vectors)) for side in sides),
            ),
            ("primitive meshes", *(side.meshes for side in sides)),
            ("principal strains", *(strain_text(side.principal_strains) for side in sides)),
            ("lattice planes", *(f"{side.planes} of {side.spacing:.3f} Å" for side in sides)),
            ("thickness (Å)", *(round(side.thickness, 2) for side in sides)),
            ("termination", *(f"{s.termination}: {s.layers_in_contact}" for s in sides)),
            ("symmetric", *("yes" if side.symmetric else "no" for side in sides)),
            ("formula", *(side.formula for side in sides)),
            ("stoichiometric", *("yes" if side.stoichiometric else "no" for side in sides)),
            ("charge (e)", *(_number(side.charge) for side in sides)),
            ("dipole (e Å)", *(_number(side.dipole) for side in sides)),
            ("molecular groups", *(_groups(side.groups) for side in sides)),
        ]
        over = " turned over" if self.reversed else ""
        title = (
            f"{self.film.crystal}{over} (film) on {self.substrate.crystal} (substrate): "
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
            ("vacuum (Å)", round(self.vacuum, 2)),
            ("atoms held in place", self.fixed),
            ("charge of the whole (e)", _number(self.charge)),
            ("dipole of the whole (e Å)", _number(self.dipole)),
        ]
        if self.parallel_planes is not None:
            facts.insert(0, ("parallel planes", " || ".join(self.parallel_planes)))
        if self.parallel_directions is not None:
            facts.insert(1, ("parallel directions", " || ".join(self.parallel_directions)))
        if self.contact_angle is not None:
            facts.append(("angle between the planes in contact (°)", round(self.contact_angle, 3)))
        if self.deviation is not None:
            facts.append(("off the relationship (°)", round(self.deviation, 3)))
        if self.back_gap is not None:
            facts.append(("gap at the second interface (Å)", round(self.back_gap, 3)))
        if self.registry is not None:
            tried = f"{len(self.registry.shifts)} shifts, by {self.registry.judged_by}"
            facts.append(("registry", tried))
        found = [
            Table(title, ("", self.substrate.crystal, self.film.crystal), rows),
            Table("", ("interface", "value"), facts),
        ]
        notes = [
            *self.notes,
            *(f"{side.crystal}: {note}" for side in sides for note in side.notes),
        ]
        if notes:
            found.append(Table("", ("note",), [(note,) for note in notes]))
        return found


@dataclass(frozen=True)
class Terminations(Result):
    """Where both sides of an interface can be cut.

    Parameters
    ----------
    substrate, film
        Names of the crystals with their planes in contact.
    substrate_terminations, film_terminations
        All of them, by rising height.
    substrate_severed, film_severed
        Bond valence that each of them severs per Å², in valence units, or in bonds where charges
        are not known.
    """

    substrate: str
    film: str
    substrate_terminations: tuple[Termination, ...]
    film_terminations: tuple[Termination, ...]
    substrate_severed: NDArray[np.float64]
    film_severed: NDArray[np.float64]

    def tables(self) -> list[Table]:
        """Return one table a side."""
        headers = (
            "termination",
            "height (Å)",
            "below the cut",
            "above the cut",
            "gap (Å)",
            "severed (v.u./Å²)",
            "like",
            "mirror image of",
        )
        return [
            Table(
                f"Terminations of {name}",
                headers,
                [
                    (
                        t.number,
                        round(t.height, 3),
                        t.below,
                        t.above,
                        round(t.gap, 3),
                        round(cost, 4),
                        None if t.like == t.number else t.like,
                        t.mirror_of,
                    )
                    for t, cost in zip(terminations, severed.tolist(), strict=True)
                ],
            )
            for name, terminations, severed in (
                (self.substrate, self.substrate_terminations, self.substrate_severed),
                (self.film, self.film_terminations, self.film_severed),
            )
        ]


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{round(value, 2) + 0.0:+.2f}"


def _groups(groups: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in groups.items()) or "none"
