"""Steps that particles and wires have in common."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.arguments import is_number
from ionsmith.bonding.bonds import Bonds, find_bonds
from ionsmith.bonding.checks import check_contacts, check_count
from ionsmith.bonding.connectivity import contact_distance, dimensions, pieces_of
from ionsmith.bonding.distances import images_within
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.choices import ParticleShape
from ionsmith.builders.particles._balance import neutral as made_neutral
from ionsmith.builders.particles._balance import stoichiometric as made_stoichiometric
from ionsmith.builders.particles._passivation import passivated
from ionsmith.builders.particles._piece import ON_SURFACE, Laid, Piece, lay
from ionsmith.builders.particles._shapes import Form, check_size, particle_form
from ionsmith.builders.particles._units import Floats, crystal_units
from ionsmith.crystals.charges import composition, formal_charges
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.lattice.indices import DirectionLike, as_direction
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction
from ionsmith.lattice.zone import beam_frame
from ionsmith.surfaces.slabs import SITE

OUTSIDE = 3.5
"""Distance in Å from the surface up to which units are added to make a particle neutral."""

PART = "part"
"""Name of the array that tells the parts of a composite model."""

LARGEST_CRYSTAL = 100_000
"""Number of atoms up to which the largest hole of a cell is searched for."""

_SLACK = 1e-3  # Å; equal distances differ by rounding


def ordered_crystal(crystal: CrystalLike, name: str = "crystal") -> Atoms:
    """Read an ordered crystal, periodic in all directions, with its atoms in the cell."""
    given = read_structure(crystal)
    if not all(given.pbc):
        raise InvalidInput(f"`{name}` is not periodic in all three directions: give a crystal")
    atoms: Atoms = given.copy()
    atoms.set_constraint()
    atoms.calc = None
    return atoms


def crystal_charges(atoms: Atoms) -> tuple[Floats | None, str]:
    """Formal charges of a crystal in e, zero in an element, and their source."""
    if len(np.unique(atoms.numbers)) == 1:
        return np.zeros(len(atoms)), "an element"
    if PART not in atoms.arrays:
        return formal_charges(atoms)
    charges, sources = np.zeros(len(atoms)), []
    for name in dict.fromkeys(atoms.arrays[PART].tolist()):
        own = atoms.arrays[PART] == name
        part = atoms[own]
        del part.arrays[PART]
        known, source = crystal_charges(part)
        if known is None:
            return None, source
        charges[own] = known
        sources.append(source)
    return charges, "; ".join(dict.fromkeys(sources))


@dataclass(frozen=True, eq=False)
class ShapeCut:
    """Units of a crystal in a shape, and what the shape was.

    Parameters
    ----------
    crystal
        One cell of the crystal, its axis along z.
    laid
        Its units in the shape, and outside up to a margin.
    form
        The shape.
    middle
        Centre of the shape in the crystal in Å, shape (3,).
    frame
        Axes of the cut in the published frame of the crystal, as rows, shape (3, 3).
    size
        As checked.
    axis
        Direction along z; None where the crystal keeps its orientation.
    centre
        Centre in fractions of the cell.
    charges, charges_from
        Formal charges of the crystal in e or None, and their source.
    """

    crystal: Atoms
    laid: Laid
    form: Form
    middle: Floats
    frame: Floats
    size: tuple[float, ...]
    axis: tuple[int, int, int] | None
    centre: tuple[float, float, float]
    charges: Floats | None
    charges_from: str


def cut_shape(
    crystal: CrystalLike,
    size: float | Sequence[float],
    shape: ParticleShape,
    axis: DirectionLike | None,
    centre: str | Sequence[float],
    energies: Mapping[str, float] | None,
    groups: Sequence[str] | None,
    margin: float = 0.0,
) -> ShapeCut:
    """Lay the units of a crystal out in a shape; options as for a particle."""
    sizes = check_size(shape, size)
    if axis is not None and shape not in ("rod", "disc", "ellipsoid"):
        raise InvalidInput(f"`axis` is that of rods, discs and ellipsoids; a {shape} has none")
    if energies and shape != "wulff":
        raise InvalidInput("`energies` are those of the faces of a Wulff form: set `shape=wulff`")
    atoms = ordered_crystal(crystal)
    form = particle_form(
        shape, sizes, read_lattice(crystal) if shape == "wulff" else None, energies
    )
    direction, frame = None, np.eye(3)
    if shape in ("rod", "disc", "ellipsoid"):
        direction = Direction((0, 0, 1)) if axis is None else as_direction(axis)
        frame = _axis_frame(atoms, direction)
        atoms.set_cell(atoms.cell.array @ frame.T, scale_atoms=True)
    check_count(int(form.measure / atoms.cell.volume * len(atoms)), "the particle")
    place = find_centre(atoms, centre)
    middle = place @ atoms.cell.array
    charges, source = crystal_charges(atoms)
    laid = lay(crystal_units(atoms, groups), form.depth, middle, form.reach, margin=margin)
    if not (laid.depth <= ON_SURFACE).any():
        raise InvalidInput("no atom lies in this shape: make it larger, or choose another `centre`")
    x, y, z = (round(float(part), 6) + 0.0 for part in place)
    indices = None if direction is None else direction.indices
    return ShapeCut(atoms, laid, form, middle, frame, sizes, indices, (x, y, z), charges, source)


def _axis_frame(atoms: Atoms, axis: Direction) -> Floats:
    """Rows x, y, z of a frame with a direction along z and a, or else b, in the xz plane."""
    lattice = Lattice(atoms.cell.array)
    lattice.check(axis)
    along = lattice.vectors(axis.indices)
    cell = atoms.cell.array
    x_axis = cell[0] if np.linalg.norm(np.cross(along, cell[0])) > 1e-6 else cell[1]
    return beam_frame(along, x_axis)


def find_centre(atoms: Atoms, centre: str | Sequence[float]) -> Floats:
    """Centre of a piece in fractions of the cell, shape (3,)."""
    inverse = np.linalg.inv(atoms.cell.array)
    if not isinstance(centre, str):
        point = list(centre)
        if len(point) != 3 or not all(is_number(x) for x in point):
            raise InvalidInput(f"`centre` is {centre!r}; three fractions of the cell were expected")
        return np.array(point, dtype=float)
    if centre == "atom":
        return np.asarray(atoms.positions[0] @ inverse)
    if centre == "hollow":
        return _largest_hole(atoms) @ inverse
    if centre not in atomic_numbers:
        raise InvalidInput(
            f"`centre` is {centre!r}; expected atom, hollow, an element, or three fractions of "
            "the cell"
        )
    own = np.flatnonzero(atoms.numbers == atomic_numbers[centre])
    if len(own) == 0:
        raise InvalidInput(f"`centre` is {centre}, of which the crystal has none")
    return np.asarray(atoms.positions[own[0]] @ inverse)


def _largest_hole(atoms: Atoms) -> Floats:
    """Point in Å that is farthest from all atoms, the one nearest to the origin of equals."""
    from scipy.spatial import Voronoi, cKDTree

    if len(atoms) > LARGEST_CRYSTAL:
        raise InvalidInput("`centre=hollow` needs a smaller cell; give three fractions instead")
    cell = atoms.cell.array
    # No hole is wider than the cell that its atoms repeat.
    reach = float(np.linalg.norm(cell.sum(axis=0))) if len(atoms) < 20 else 12.0
    images, _ = images_within(atoms.positions, cell, reach)
    corners = Voronoi(images).vertices
    inside = corners @ np.linalg.inv(cell)
    corners = corners[((inside > -1e-6) & (inside < 1 - 1e-6)).all(axis=1)]
    room = np.round(cKDTree(images).query(corners)[0], 4)
    best = corners[room == room.max()]
    order = np.lexsort((*np.round(best.T[::-1], 4), np.round(np.linalg.norm(best, axis=1), 4)))
    return np.asarray(best[order[0]])


def finished(
    laid: Laid,
    charges: Floats | None,
    *,
    stoichiometric: bool,
    neutral: bool,
    passivate: bool,
    vacuum: float,
) -> tuple[Atoms, dict[str, Any]]:
    """Compensate, passivate and describe what was cut; the atoms are in their cell."""
    if not is_number(vacuum) or not 1 <= vacuum <= 1e3:
        raise InvalidInput(f"`vacuum` is {vacuum!r}; 1 to 1000 Å was expected")
    kept = laid.depth <= ON_SURFACE
    if not kept.any():
        raise InvalidInput("no atom lies in this shape: make it larger, or choose another `centre`")
    steps: tuple[str, ...] = ()
    if stoichiometric:
        kept, steps = made_stoichiometric(laid, kept)
    if neutral:
        kept, done = made_neutral(laid, kept, charges)
        steps = (*steps, *(done or ("nothing added or removed: neutral as it was cut",)))
    piece, bonds = laid.piece(kept), find_bonds(laid.units.crystal)
    caps, hosts = Atoms(), np.zeros(0, np.int64)
    if passivate:
        piece, caps, hosts, done = passivated(piece, bonds)
        steps = (*steps, *done)
    lost = piece.lost(bonds)
    bare = np.bincount(lost.host, minlength=len(piece)) > 0
    outer = bare | _lost_contacts(piece, bonds)
    bulk = piece.atoms()
    charge = None
    if charges is not None:
        own = charges[piece.member]
        charge = round(float(own.sum() - np.sign(own[hosts]).sum()), 6) + 0.0
    if SITE in bulk.arrays:  # an empty word would be lost in a file
        caps.set_array(SITE, np.full(len(caps), "H"))
    model = boxed(bulk + caps, vacuum, laid.length)
    check_contacts(model)
    size = np.diff(laid.units.start)[laid.number]
    names = [laid.units.names[one] for one in laid.number[kept & (size > 1)].tolist()]
    bare[hosts] = False
    return model, {
        "own_atoms": len(piece),
        "composition": composition(model),
        "groups": dict(sorted(Counter(names).items())),
        "charge": charge,
        "surface_atoms": int(outer.sum()),
        "surface_share": float(outer.mean()),
        "undercoordinated": composition(bulk[bare]),
        "n_hydrogen": len(caps),
        "extent": tuple(float(x) for x in np.ptp(bulk.positions, axis=0)),
        "compensation": steps,
    }


def _lost_contacts(piece: Piece, bonds: Bonds) -> NDArray[np.bool_]:
    """Which atoms lost a neighbour of another molecule, where bonds do not connect the crystal."""
    crystal, none = piece.crystal, np.zeros(len(piece), dtype=bool)
    every = np.ones(len(crystal), dtype=bool)
    if len(pieces_of(every, bonds.first, bonds.second)) == 1 and (
        dimensions(0, len(crystal), bonds.first, bonds.second, bonds.shifts.astype(np.int8)) == 3
    ):
        return none
    pairs = neighbour_list(crystal, contact_distance(crystal) + _SLACK)
    pairs = pairs.sorted()
    none[piece.lost(pairs).host] = True
    return none


def boxed(atoms: Atoms, vacuum: float, length: float = 0.0) -> Atoms:
    """Put atoms into an upright cell with empty space around, periodic along z with a length."""
    extent = np.ptp(atoms.positions, axis=0) + 2 * vacuum
    shift = vacuum - atoms.positions.min(axis=0)
    atoms.pbc = False
    if length:
        extent[2], shift[2] = length, 0.0
        atoms.pbc = (False, False, True)
    atoms.positions += shift
    if length:
        level = atoms.positions[:, 2] / length
        atoms.positions[:, 2] -= np.floor(level + 1e-9) * length
    atoms.set_cell(extent)
    return atoms


def joined(inner: Atoms, outer: Atoms, parts: tuple[str, str]) -> Atoms:
    """Both parts as one structure, with the arrays that both have."""
    both = []
    for atoms, part in zip((inner.copy(), outer.copy()), parts, strict=True):
        for name in set(atoms.arrays) - {"numbers", "positions", SITE}:
            if name not in inner.arrays or name not in outer.arrays:
                del atoms.arrays[name]
        if SITE not in atoms.arrays and (SITE in inner.arrays or SITE in outer.arrays):
            atoms.set_array(SITE, np.array(atoms.get_chemical_symbols()))
        atoms.set_array(PART, np.full(len(atoms), part, dtype="<U8"))
        both.append(atoms)
    model: Atoms = both[0] + both[1]
    return model


def recorded(model: Atoms, crystal: Atoms, name: str, parameters: dict[str, Any]) -> None:
    """Record the provenance of a model."""
    known = crystal.info
    model.info = {key: value for key, value in known.items() if key == provenance.KEY}
    provenance.record(model, name, parameters)
    provenance.start_lineage(model)
