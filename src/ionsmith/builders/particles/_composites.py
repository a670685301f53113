"""Composite models: a particle in a shell, or in a cavity of another structure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any, Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith import provenance
from ionsmith.arguments import is_number, whole_number
from ionsmith.bonding.checks import check_contacts, check_count, check_supercell
from ionsmith.builders.choices import ParticleShape
from ionsmith.builders.particles._balance import neutral as made_neutral
from ionsmith.builders.particles._composite_result import Composite
from ionsmith.builders.particles._inner import (
    Contacts,
    Inner,
    carved,
    contact_rule,
    fitting,
    hull_of,
    inner_part,
    places_of,
)
from ionsmith.builders.particles._making import (
    OUTSIDE,
    PART,
    boxed,
    crystal_charges,
    find_centre,
    joined,
    ordered_crystal,
)
from ionsmith.builders.particles._piece import ON_SURFACE, Laid, Triple, lay
from ionsmith.builders.particles._units import Floats, crystal_units
from ionsmith.choices import checked
from ionsmith.crystals.charges import composition
from ionsmith.crystals.files import CrystalLike, name_of
from ionsmith.errors import InvalidInput
from ionsmith.lattice.indices import DirectionLike
from ionsmith.lattice.lattice_points import index_grid
from ionsmith.lattice.orientation import OrientationRelationship

WALL = 12.0
"""Smallest thickness in Å of the host between a guest and its periodic images, by default."""

LEAST_WALL = 8.0
"""Thickness in Å of a host that no two atoms across it can touch through."""

Orientation = OrientationRelationship | Literal["random"] | None


@checked
def build_embedded(
    guest: CrystalLike,
    host: CrystalLike,
    *,
    size: float | Sequence[float] | None = None,
    shape: ParticleShape = "sphere",
    axis: DirectionLike | None = None,
    centre: str | Sequence[float] = "atom",
    energies: Mapping[str, float] | None = None,
    orientation: Orientation = None,
    seed: int = 0,
    supercell: tuple[int, int, int] | None = None,
    wall: float = WALL,
    place: Sequence[float] = (0.5, 0.5, 0.5),
    gap: float | None = None,
    fill: bool = False,
    neutral: bool = False,
    groups: Sequence[str] | None = None,
) -> Composite:
    """Embed a particle in a cavity of a crystal, a glass or a metal.

    Parameters
    ----------
    guest
        A crystal, out of which a particle of the given size is cut, or a finite structure.
    host
        One cell of the host, ordered, periodic in all directions.
    size, shape, axis, centre, energies
        Particle of a guest crystal, as for :func:`build_particle`.
    orientation
        Orientation of the guest: a relationship with the host as substrate and the guest as film,
        ``"random"``, or None for the Cartesian axes that both have.
    seed
        Seed of a random orientation.
    supercell
        Repeats of the host; by default the smallest that leave the wall.
    wall
        Smallest thickness of the host between the guest and its periodic images in Å.
    place
        Centre of the guest in fractions of the supercell.
    gap
        Smallest distance in Å of atoms of guest and host; by default the closest approach of their
        elements in both crystals.
    fill
        Keep the host whole, and only those units of the guest crystal that find room in it, as in
        a pore.
    neutral
        Make the guest neutral, as for :func:`build_particle`, then remove the fewest units of the
        host at the cavity that make the model neutral.
    groups
        As for :func:`build_particle`, of both crystals.

    Raises
    ------
    DisorderedStructure
        For partial occupancies.
    InvalidInput
        If a number is out of range, the guest does not fit, or options contradict each other.
    AtomsTooClose
        If atoms overlap in guest or host.

    Examples
    --------
    >>> from ionsmith.builders.particles import build_embedded
    >>> model = build_embedded("lib:na", "lib:mgo", size=12.0, wall=10.0)
    >>> model.counts, round(model.volume_fraction, 3)
    ({'guest': 15, 'host': 877}, 0.063)
    """
    _check(gap, seed)
    if not is_number(wall) or not LEAST_WALL <= wall <= 1e3:
        raise InvalidInput(f"`wall` is {wall!r}; {LEAST_WALL:g} to 1000 Å was expected")
    point = list(place)
    if len(point) != 3 or not all(is_number(x) for x in point):
        raise InvalidInput(f"`place` is {place!r}; three fractions of the supercell were expected")
    crystal = ordered_crystal(host, "host")
    rotation = _rotation(orientation, seed)
    inner, steps = inner_part(
        guest, size, shape, axis, centre, energies, groups, rotation, neutral=neutral
    )
    if fill and (inner.cut is None or neutral):
        raise InvalidInput(
            "`fill` cuts the guest out of its crystal and keeps the host whole: it needs `size`, "
            "and excludes `neutral`"
        )
    counts = _supercell(crystal, inner, supercell, wall)
    units = crystal_units(crystal, groups)
    cells = index_grid(0, np.array(counts) - 1)
    laid = Laid(
        units,
        np.tile(np.arange(len(units.names)), len(cells)),
        np.repeat(cells, len(units.names), axis=0),
        np.zeros(len(cells) * len(units.names)),
        counts,
    )
    vectors = crystal.cell.array * np.array(counts)[:, None]
    middle = np.array(point, dtype=float) @ vectors
    nearest = laid.centres - middle
    nearest -= np.round(nearest @ np.linalg.inv(vectors)) @ vectors
    rule = contact_rule(inner, crystal, gap)
    if fill:
        kept = np.ones(len(laid.number), dtype=bool)
        inner = fitting(inner, laid, nearest, rule, rotation)
        rule = contact_rule(inner, crystal, gap)
    else:
        kept = carved(inner, laid, nearest, rule)
    charges, _ = crystal_charges(crystal)
    if neutral:
        ranked = replace(laid, depth=-inner.depth(nearest))
        kept, done = _balanced(ranked, kept, charges, inner, add=False)
        steps = _told(steps, done, "guest", "host")
    outer = laid.piece(kept)
    host_atoms = outer.atoms()
    inner.atoms.positions += middle
    model = joined(inner.atoms, host_atoms, ("guest", "host"))
    model.set_cell(vectors)
    model.pbc = True
    inner.atoms.positions -= middle
    model.wrap(eps=1e-9)
    parameters = {
        "guest": name_of(guest), "host": name_of(host), "shape": shape, "supercell": list(counts),
        "wall": wall, "place": point, "fill": fill,
    }  # fmt: skip
    return _described(
        model, inner, laid, kept, nearest, rule, rotation, parameters | inner.asked(),
        names=(name_of(guest), name_of(host)), parts=("guest", "host"), charges=charges,
        volume=abs(float(np.linalg.det(vectors))), steps=steps, source=crystal,
        options={"gap": gap, "seed": seed, "neutral": neutral, "groups": groups},
    )  # fmt: skip


@checked
def build_shell(
    core: CrystalLike,
    shell: CrystalLike,
    thickness: float,
    *,
    size: float | Sequence[float] | None = None,
    shape: ParticleShape = "sphere",
    axis: DirectionLike | None = None,
    centre: str | Sequence[float] = "atom",
    shell_centre: str | Sequence[float] = "atom",
    energies: Mapping[str, float] | None = None,
    orientation: Orientation = None,
    seed: int = 0,
    gap: float | None = None,
    neutral: bool = False,
    groups: Sequence[str] | None = None,
    vacuum: float = 10.0,
) -> Composite:
    """Put a shell of one crystal around a particle of another.

    Parameters
    ----------
    core
        A crystal, out of which a particle of the given size is cut, or a finite structure.
    shell
        One cell of the crystal of the shell, ordered, periodic in all directions.
    thickness
        Distance in Å from the surface of the core to that of the shell.
    size, shape, axis, centre
        Particle of a core crystal, as for :func:`build_particle`.
    shell_centre
        Point of the shell's crystal at the centre of the core, given as ``centre``.
    energies
        As for :func:`build_particle`.
    orientation, seed, gap
        As for :func:`build_embedded`: the shell is the substrate, the core the film.
    neutral
        Make the core neutral, as for :func:`build_particle`, then add or remove the fewest units
        at the outer surface that make the model neutral.
    groups, vacuum
        As for :func:`build_particle`.

    Raises
    ------
    DisorderedStructure, InvalidInput, AtomsTooClose
        As :func:`build_embedded` does.

    Examples
    --------
    >>> from ionsmith.builders.particles import build_shell
    >>> model = build_shell("lib:si", "lib:sio2", 8.0, size=14.0)
    >>> model.counts
    {'core': 71, 'shell': 942}
    """
    _check(gap, seed)
    if not is_number(thickness) or not 0 < thickness <= 1e4:
        raise InvalidInput(f"`thickness` is {thickness!r}; a positive number of Å was expected")
    if not is_number(vacuum) or not 1 <= vacuum <= 1e3:
        raise InvalidInput(f"`vacuum` is {vacuum!r}; 1 to 1000 Å was expected")
    crystal = ordered_crystal(shell, "shell")
    rotation = _rotation(orientation, seed)
    inner, steps = inner_part(
        core, size, shape, axis, centre, energies, groups, rotation, neutral=neutral
    )
    reach = inner.reach + thickness
    check_count(int(4 / 3 * np.pi * reach**3 * len(crystal) / crystal.cell.volume), "the shell")
    middle = find_centre(crystal, shell_centre) @ crystal.cell.array
    laid = lay(
        crystal_units(crystal, groups),
        lambda points: inner.depth(points) - thickness,
        middle,
        reach,
        margin=OUTSIDE if neutral else 0.0,
    )
    nearest = laid.centres - middle
    rule = contact_rule(inner, crystal, gap)
    free = carved(inner, laid, nearest, rule)
    kept = free & (laid.depth <= ON_SURFACE)
    if not kept.any():
        raise InvalidInput("the shell holds no atom: give a larger `thickness`")
    charges, _ = crystal_charges(crystal)
    if neutral:
        laid, nearest = laid.take(free), nearest[free]
        kept, done = _balanced(laid, kept[free], charges, inner, add=True)
        steps = _told(steps, done, "core", "shell")
    outer = laid.piece(kept)
    shell_atoms = outer.atoms()
    shell_atoms.positions -= middle
    model = boxed(joined(inner.atoms, shell_atoms, ("core", "shell")), vacuum)
    per_atom = crystal.cell.volume / len(crystal)
    parameters = {
        "core": name_of(core), "shell": name_of(shell), "shape": shape, "thickness": thickness,
        "shell_centre": [round(float(x), 6) for x in middle @ np.linalg.inv(crystal.cell.array)],
    }  # fmt: skip
    return _described(
        model, inner, laid, kept, nearest, rule, rotation, parameters | inner.asked(),
        names=(name_of(core), name_of(shell)), parts=("core", "shell"), charges=charges,
        volume=inner.volume + len(outer) * per_atom, steps=steps, source=crystal,
        options={"gap": gap, "seed": seed, "neutral": neutral, "groups": groups,
                 "vacuum": vacuum},
    )  # fmt: skip


def _check(gap: float | None, seed: int) -> None:
    """Refuse numbers out of range."""
    if gap is not None and (not is_number(gap) or not 0.5 <= gap <= 20):
        raise InvalidInput(f"`gap` is {gap!r}; 0.5 to 20 Å was expected")
    whole_number("seed", seed, least=0)


def _rotation(orientation: Orientation, seed: int) -> Floats:
    """Rotation of the inner part, shape (3, 3)."""
    if isinstance(orientation, OrientationRelationship):
        return orientation.rotation
    if orientation == "random":
        return np.asarray(Rotation.random(rng=np.random.default_rng(seed)).as_matrix())
    return np.eye(3)


def _supercell(
    crystal: Atoms, inner: Inner, asked: tuple[int, int, int] | None, wall: float
) -> Triple:
    """Repeats of the host, which must leave room for a wall."""
    inverse = np.linalg.inv(crystal.cell.array)
    heights = 1 / np.linalg.norm(inverse, axis=0)
    extent = np.ptp(inner.atoms.positions @ (inverse * heights), axis=0)
    a, b, c = (ceil(round(float(x), 6)) for x in (extent + wall) / heights)
    counts = check_supercell((a, b, c) if asked is None else asked, len(crystal))
    left = float((np.array(counts) * heights - extent).min())
    if left < LEAST_WALL:
        raise InvalidInput(
            f"`supercell` {' '.join(map(str, counts))} leaves {left:.1f} Å of host between the "
            f"guest and its images; {a} {b} {c} leaves {wall:g} Å"
        )
    return counts


def _balanced(
    laid: Laid, kept: NDArray[np.bool_], charges: Floats | None, inner: Inner, *, add: bool
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Make the model neutral by units of the outer part."""
    if inner.charge is None:
        raise InvalidInput("formal charges are unknown: `neutral` has nothing to go by")
    return made_neutral(laid, kept, charges, other=inner.charge, add=add)


def _told(
    first: tuple[str, ...], second: tuple[str, ...], inner: str, outer: str
) -> tuple[str, ...]:
    """What was done to both parts."""
    done = [f"{inner}: {text}" for text in first] + [f"{outer}: {text}" for text in second]
    return tuple(done) or ("nothing added or removed: neutral as it was carved",)


def _described(
    model: Atoms,
    inner: Inner,
    laid: Laid,
    kept: NDArray[np.bool_],
    nearest: Floats,
    rule: Contacts,
    rotation: Floats,
    parameters: dict[str, Any],
    *,
    names: tuple[str, str],
    parts: tuple[str, str],
    charges: Floats | None,
    volume: float,
    steps: tuple[str, ...],
    source: Atoms,
    options: dict[str, Any],
) -> Composite:
    """Measure and record a model."""
    check_contacts(model)
    row, _ = laid.rows(kept)
    places, _ = places_of(laid, nearest, kept)
    first, second, _ = rule(places, laid.units.member[row])
    apart = np.linalg.norm(places[first] - inner.atoms.positions[second], axis=1)
    # A shared ligand has a row in each of its units.
    keys = np.unique(np.round(places[first], 4), axis=0) if len(first) else np.zeros((0, 3))
    outer_charge = None
    if charges is not None:
        outer_charge = float(charges[laid.piece(kept).member].sum())
    known = [inner.charge, outer_charge]
    w, x, y, z = np.roll(Rotation.from_matrix(rotation).as_quat(canonical=True), 1).tolist()
    model.info = {key: value for key, value in source.info.items() if key == provenance.KEY}
    record = parameters | {"quaternion": [w, x, y, z]} | options
    cited = provenance.of(inner.source).get("sources", [])
    provenance.record(model, f"build {'shell' if 'core' in parts else 'embed'}", record, cited)
    provenance.start_lineage(model)
    part = model.arrays[PART]
    return Composite(
        atoms=model,
        inner=names[0],
        outer=names[1],
        counts={name: int((part == name).sum()) for name in parts},
        composition={name: composition(model[part == name]) for name in parts},
        charge={
            name: None if one is None else round(one, 6) + 0.0
            for name, one in zip(parts, known, strict=True)
        },
        units_removed=int((~kept).sum()) if "host" in parts else None,
        supercell=laid.periods if "host" in parts else None,
        quaternion=(w, x, y, z),
        volume_fraction=float(inner.volume / volume),
        interface_area=float(hull_of(inner.atoms).area),
        interface_atoms={parts[0]: len(np.unique(second)), parts[1]: len(keys)},
        closest=float(apart.min()) if len(apart) else None,
        compensation=steps,
    )
