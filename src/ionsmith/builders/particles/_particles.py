"""Cutting particles and wires out of crystals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ionsmith.arguments import is_number
from ionsmith.bonding.checks import check_count
from ionsmith.builders.choices import ParticleShape, WireShape
from ionsmith.builders.particles._making import (
    OUTSIDE,
    crystal_charges,
    cut_shape,
    find_centre,
    finished,
    ordered_crystal,
    recorded,
)
from ionsmith.builders.particles._piece import lay
from ionsmith.builders.particles._result import Particle, Wire
from ionsmith.builders.particles._shapes import (
    densest_facets,
    wire_form,
)
from ionsmith.builders.particles._units import crystal_units
from ionsmith.choices import checked
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike, name_of
from ionsmith.errors import InvalidInput
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import DirectionLike, as_direction
from ionsmith.lattice.symmetry import symmetry_of
from ionsmith.lattice.zone import zone_cell, zone_vectors


@checked
def build_particle(
    crystal: CrystalLike,
    size: float | Sequence[float],
    *,
    shape: ParticleShape = "sphere",
    axis: DirectionLike | None = None,
    centre: str | Sequence[float] = "atom",
    energies: Mapping[str, float] | None = None,
    stoichiometric: bool = False,
    neutral: bool = False,
    passivate: bool = False,
    groups: Sequence[str] | None = None,
    vacuum: float = 10.0,
) -> Particle:
    """Cut a particle out of a crystal, between its atoms and molecular groups.

    Parameters
    ----------
    crystal
        One cell of an ordered crystal, periodic in all directions.
    size
        In Å: the diameter of a ``"sphere"``, or of a sphere with the volume of a ``"wulff"`` form;
        three diameters of an ``"ellipsoid"``; diameter and length of a ``"rod"``, or thickness of
        a ``"disc"``; outer and inner diameter of a ``"hollow-sphere"``.
    shape
        The shape.
    axis
        Direction [uvw] of rods, discs and the third diameter of ellipsoids, which will be along z;
        [001] by default.
    centre
        ``"atom"`` for the first atom, the symbol of an element for its first atom, ``"hollow"``
        for the largest hole between the atoms, or a point in fractions of the cell.
    energies
        Surface energies in J/m² by plane, for the Wulff form; those of equivalent planes are equal.
    stoichiometric
        Remove units at the surface until the composition is that of the crystal.
    neutral
        Add or remove the fewest units at the surface that make the particle neutral.
    passivate
        Saturate severed covalent bonds with H; O that a centre has lost comes back as OH.
    groups
        Elements that may be centres of molecular groups, which stay whole; an empty list for none.
        By default whole molecules, and the groups of chains.
    vacuum
        Empty space in Å on each side.

    Raises
    ------
    DisorderedStructure
        For partial occupancies.
    InvalidInput
        If a number is out of range, options contradict each other, or there is nothing to
        compensate or to passivate.
    AtomsTooClose
        If atoms of the crystal overlap.

    Examples
    --------
    >>> from ionsmith.builders.particles import build_particle
    >>> particle = build_particle("lib:si", 12.0, passivate=True)
    >>> particle.atoms.get_chemical_formula(), particle.n_hydrogen
    ('H36Si35', 36)
    """
    cut = cut_shape(
        crystal, size, shape, axis, centre, energies, groups, margin=OUTSIDE if neutral else 0.0
    )
    parameters: dict[str, Any] = {
        "crystal": name_of(crystal),
        "shape": shape,
        "size": list(cut.size),
        "axis": None if cut.axis is None else list(cut.axis),
        "centre": list(cut.centre),
        "energies": None if energies is None else dict(energies),
        "groups": None if groups is None else list(groups),
    }
    options: dict[str, Any] = {
        "stoichiometric": stoichiometric,
        "neutral": neutral,
        "passivate": passivate,
        "vacuum": vacuum,
    }
    model, facts = finished(cut.laid, cut.charges, **options)
    recorded(model, cut.crystal, "build particle", parameters | options)
    volume = int(facts.pop("own_atoms")) * cut.crystal.cell.volume / len(cut.crystal)
    return Particle(
        atoms=model,
        crystal=name_of(crystal),
        shape=shape,
        size=cut.size,
        axis=cut.axis,
        centre=cut.centre,
        diameter=float(np.cbrt(6 * volume / np.pi)),
        faces=cut.form.faces,
        notes=_notes(read_lattice(crystal)) if cut.form.faces else (),
        charges_from=cut.charges_from,
        **facts,
    )


@checked
def build_wire(
    crystal: CrystalLike,
    diameter: float,
    *,
    axis: DirectionLike = "[001]",
    shape: WireShape = "round",
    length: float = 0.0,
    centre: str | Sequence[float] = "atom",
    energies: Mapping[str, float] | None = None,
    stoichiometric: bool = False,
    neutral: bool = False,
    passivate: bool = False,
    groups: Sequence[str] | None = None,
    vacuum: float = 10.0,
) -> Wire:
    """Cut a wire out of a crystal, periodic along its axis.

    Parameters
    ----------
    crystal
        One cell of an ordered crystal, periodic in all directions.
    diameter
        In Å; of a faceted wire that of a circle of the same area.
    axis
        Direction [uvw] of the wire, which will be along z.
    shape
        ``"round"`` or ``"faceted"``.
    length
        Smallest length of the cell in Å; one period of the axis at least.
    centre
        As for :func:`build_particle`.
    energies
        Surface energies in J/m² of the facets of a faceted wire, by plane; by default equal ones
        of the planes of the zone that have the largest spacings.
    stoichiometric, neutral, passivate, groups
        As for :func:`build_particle`.
    vacuum
        Empty space in Å on each side across the axis.

    Raises
    ------
    DisorderedStructure, InvalidInput, AtomsTooClose
        As :func:`build_particle` does.

    Examples
    --------
    >>> from ionsmith.builders.particles import build_wire
    >>> wire = build_wire("lib:si", 10.0, axis="[111]", passivate=True)
    >>> wire.atoms.get_chemical_formula(), round(wire.length, 3)
    ('H30Si38', 9.407)
    """
    if not is_number(diameter) or not 0 < diameter <= 1e4:
        raise InvalidInput(f"`diameter` is {diameter!r}; up to 10000 Å was expected")
    if not is_number(length) or not 0 <= length <= 1e4:
        raise InvalidInput(f"`length` is {length!r}; 0 to 10000 Å was expected")
    if energies and shape != "faceted":
        raise InvalidInput("`energies` are those of facets: set `shape=faceted`")
    direction = as_direction(axis).reduced()
    source_cell = ordered_crystal(crystal)
    lattice = read_lattice(crystal)
    lattice.lattice.check(direction)
    atoms = zone_cell(source_cell, direction)
    if shape == "faceted":
        energies = energies or densest_facets(lattice, direction)
    vectors = zone_vectors(symmetry_of(source_cell), source_cell.cell.array, direction)
    frame = (np.linalg.inv(vectors @ source_cell.cell.array) @ atoms.cell.array).T
    form = wire_form(diameter, lattice, direction, frame, energies)
    period = float(atoms.cell.array[2, 2])
    repeats = max(1, int(np.ceil(length / period - 1e-6)))
    check_count(int(form.measure * period * repeats / atoms.cell.volume * len(atoms)), "the wire")
    place = find_centre(source_cell, centre)
    middle = frame @ (place @ source_cell.cell.array)
    charges, source = crystal_charges(atoms)
    laid = lay(
        crystal_units(atoms, groups),
        form.depth,
        middle,
        form.reach,
        margin=OUTSIDE if neutral else 0.0,
        period=repeats,
    )
    parameters: dict[str, Any] = {
        "crystal": name_of(crystal), "diameter": diameter, "axis": list(direction.indices),
        "shape": shape, "length": length, "centre": [round(float(x), 6) for x in place],
        "energies": None if energies is None else dict(energies),
        "groups": None if groups is None else list(groups),
    }  # fmt: skip
    options: dict[str, Any] = {
        "stoichiometric": stoichiometric,
        "neutral": neutral,
        "passivate": passivate,
        "vacuum": vacuum,
    }
    model, facts = finished(laid, charges, **options)
    recorded(model, atoms, "build wire", parameters | options)
    area = int(facts.pop("own_atoms")) * atoms.cell.volume / len(atoms) / (period * repeats)
    return Wire(
        atoms=model,
        crystal=name_of(crystal),
        shape=shape,
        axis=direction.indices,
        centre=(float(place[0]), float(place[1]), float(place[2])),
        diameter=float(2 * np.sqrt(area / np.pi)),
        length=period * repeats,
        periods=repeats,
        faces=form.faces,
        notes=_notes(lattice) if form.faces else (),
        charges_from=source,
        **facts,
    )


def _notes(lattice: CrystalLattice) -> tuple[str, ...]:
    """How the symmetry was found that makes faces equivalent, where a file does not say it."""
    return (lattice.note,) if lattice.note else ()
