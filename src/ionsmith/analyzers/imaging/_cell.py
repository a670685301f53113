"""An orthogonal cell for an electron beam, cut from a crystal without strain.

The model is turned so that the beam comes down z, and a box is filled with the crystal that the
model repeats. Nothing is strained to make the box fit. Along each side of the image

- a lattice translation along that side closes the box: what leaves it on one side enters on the
  other. The residual, how far the translation runs sideways, and its step along the beam are
  reported;
- without such a translation the box is padded: the crystal (or the vacuum around a model that is
  not periodic) continues beyond the field by a margin that the probe cannot cross.

x points to the right and y up as seen from the source; z is the depth below the entrance surface.
"""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.analyzers.imaging._axes import Translation, beam_period, translation_along, vectors_in
from ionsmith.bonding.checks import check_numbers
from ionsmith.errors import InvalidInput
from ionsmith.lattice.lattice_points import index_grid

SMALLEST_WIDTH = 15.0
"""Smallest default width and height of a field in Å."""

VACUUM = 3.0
"""Margin in Å shown around a model that is not periodic."""

MOST_ATOMS = 5_000_000
MOST_PIXELS = 50_000_000

_EDGE = 1e-4  # Å; atoms on the edge of a box belong to one side only


@dataclass(frozen=True)
class Side:
    """One side of the imaging cell.

    Parameters
    ----------
    length
        Length of the box in Å.
    field
        Length of the image in Å.
    translation
        Numbers of cell vectors of the model in the period, None if the box is padded.
    period
        Length of the period in Å, None if the box is padded.
    repeats
        Number of periods in the box, None if the box is padded.
    shear_residual
        Sideways part of the translation in Å, None if the box is padded; nothing is strained.
    depth_step
        Part of the translation along the beam in Å, None if the box is padded.
    padding
        Length in Å of crystal or vacuum beyond the field on either end; 0 if the box closes.
    """

    length: float
    field: float
    translation: tuple[int, int, int] | None
    period: float | None
    repeats: int | None
    shear_residual: float | None
    depth_step: float | None
    padding: float


@dataclass(frozen=True)
class ImagingCell:
    """Orthogonal box of atoms that is imaged.

    Parameters
    ----------
    atoms
        Atoms of the box; x and y from the lower left corner of the field, z is the depth. The array
        ``model_index`` holds the atom of the model that each repeats.
    sides
        The sides along x and y.
    thickness
        Height of the box along the beam in Å.
    rotation
        Rows are the axes x, y and z (towards the source) of the image in the Cartesian frame of
        the model, shape (3, 3).
    origin
        Lower left corner of the field in these axes, shape (2,), in Å.
    beam_period
        Period in Å of the crystal along the beam, None without one.
    """

    atoms: Atoms
    sides: tuple[Side, Side]
    thickness: float
    rotation: NDArray[np.float64]
    origin: NDArray[np.float64]
    beam_period: float | None

    document = (
        "n_atoms",
        "thickness",
        "beam_period",
        "beam_periods",
        "rotation",
        "origin",
        "x",
        "y",
    )

    @property
    def n_atoms(self) -> int:
        """Number of atoms in the box."""
        return len(self.atoms)

    @property
    def x(self) -> Side:
        """Side across the image."""
        return self.sides[0]

    @property
    def y(self) -> Side:
        """Side up the image."""
        return self.sides[1]

    @property
    def beam_periods(self) -> float | None:
        """Number of periods in the thickness; not whole if the last one is cut."""
        return None if self.beam_period is None else self.thickness / self.beam_period

    @property
    def field(self) -> NDArray[np.float64]:
        """Width and height of the image in Å."""
        return np.array([side.field for side in self.sides])

    @property
    def lengths(self) -> NDArray[np.float64]:
        """Width and height of the box in Å."""
        return np.array([side.length for side in self.sides])

    @property
    def closed(self) -> NDArray[np.bool_]:
        """Whether the box closes along x and y."""
        return np.array([side.period is not None for side in self.sides])

    @property
    def repeats(self) -> NDArray[np.bool_]:
        """Whether the field is a whole number of periods along x and y."""
        turns = np.array([side.field / (side.period or np.inf) for side in self.sides])
        return np.asarray(self.closed & (abs(turns - np.rint(turns)) < 1e-6))

    def pixels(self, step: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Pixel sizes of at most a step, a whole number in a period or field, and their numbers."""
        whole = np.array([side.period or side.field for side in self.sides])
        steps = whole / np.ceil(whole / step - 1e-9)
        if (self.lengths / steps).prod() > MOST_PIXELS:
            raise InvalidInput(f"the image has over {MOST_PIXELS:,} pixels; lower `field`")
        return steps, np.ceil(self.field / steps - 1e-6).astype(np.int64)

    def cut(
        self, low: NDArray[np.float64], high: NDArray[np.float64], margin: float
    ) -> tuple[Atoms, NDArray[np.float64]]:
        """Part of the box around some probes, and its corner."""
        positions = self.atoms.positions.copy()
        shift, size = np.zeros(2), np.zeros(2)
        kept = np.ones(len(positions), bool)
        for axis, side in enumerate(self.sides):
            wanted = high[axis] - low[axis] + 2 * margin
            if side.period is not None and wanted >= side.length:
                size[axis] = side.length
                positions[:, axis] %= side.length
                continue
            shift[axis], size[axis] = low[axis] - margin, wanted
            positions[:, axis] -= shift[axis]
            if side.period is not None:
                positions[:, axis] %= side.length
            kept &= (positions[:, axis] >= 0) & (positions[:, axis] < wanted)
        atoms = self.atoms[kept]
        atoms.positions = positions[kept]
        atoms.set_cell([*size, self.thickness])
        return atoms, shift


def imaging_cell(
    atoms: Atoms,
    axes: NDArray[np.float64],
    thickness: float,
    margin: float,
    *,
    field: tuple[float, float] | None = None,
    least: float = SMALLEST_WIDTH,
    tiled: bool = False,
) -> ImagingCell:
    """Cut the box of an image, with a margin where it does not close.

    By default the field has the height of the model, and at least a width in Å. A tiled image
    repeats its box, which then holds one period of a side that closes, however wide the field.
    """
    check_numbers(atoms)
    periodic = np.asarray(atoms.pbc, dtype=bool)
    vectors = vectors_in(atoms, axes)
    positions = atoms.positions @ axes.T
    low, high = positions.min(axis=0), positions.max(axis=0)
    open_sides = ~_spanned(vectors)
    origin = np.where(open_sides, low - VACUUM, 0.0)
    if field is not None and not (np.isfinite(field).all() and min(field) > 0):
        raise InvalidInput(f"`field` needs a width and a height above 0 Å, not {field}")
    top = _top(open_sides[2], low[2], high[2], thickness)
    sides = []
    for axis in (0, 1):
        if open_sides[axis]:
            whole = high[axis] - low[axis] + 2 * VACUUM
            length = whole if field is None else field[axis]
            origin[axis] -= max(0.0, length - whole) / 2  # in the middle of a larger field
            sides.append(_padded(length, margin))
            continue
        translation = translation_along(vectors, axis)
        shown = (
            field[axis] if field is not None else _default_field(vectors, axis, translation, least)
        )
        sides.append(_closed(translation, shown, margin, tiled) or _padded(shown, margin))
    corner = origin[:2] - [side.padding for side in sides]
    box = np.array([sides[0].length, sides[1].length, thickness])
    bottom = np.array([*corner, top - thickness]) - _EDGE
    which, places = _fill(positions, vectors, periodic, bottom, bottom + box)
    if len(which) == 0:
        raise InvalidInput("there are no atoms in the field; choose another `field`")
    places = places - [*origin[:2], 0.0]
    places[:, 2] = np.clip(top - places[:, 2], 0.0, np.nextafter(thickness, 0))
    inside = Atoms(numbers=atoms.numbers[which], positions=places, cell=box, pbc=True)
    inside.set_array("model_index", which)
    period = beam_period(vectors)
    return ImagingCell(inside, (sides[0], sides[1]), thickness, axes, origin[:2], period)


def _spanned(vectors: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the periodic cell vectors repeat the model along each axis of the image."""
    if np.linalg.matrix_rank(vectors, tol=1e-6) == 3:
        return np.ones(3, bool)
    return np.asarray(abs(vectors).max(axis=0) > 0.1)


def _top(is_open: bool, low: float, high: float, thickness: float) -> float:
    """Height of the entrance surface."""
    if not is_open:
        return 0.0
    if thickness > high - low + 2 * VACUUM:
        raise InvalidInput(
            f"the model is {high - low:.1f} Å thick along the beam and not periodic there, less "
            f"than {thickness:g} Å; lower `thickness`, or make the model periodic"
        )
    return high + (thickness - (high - low)) / 2


def _default_field(
    vectors: NDArray[np.float64],
    axis: int,
    translation: Translation | None,
    least: float,
) -> float:
    """Length of the image along an axis where none is given."""
    height = _height(vectors, axis)
    wanted = max(height, least)
    if translation is not None and translation[1][axis] < 1.5 * wanted:
        period = float(translation[1][axis])
        return period * float(np.ceil(wanted / period - 1e-6))
    return wanted if height else max(wanted, float(abs(vectors[:, axis]).sum()))


def _height(vectors: NDArray[np.float64], axis: int) -> float:
    """Component along an axis of the one cell vector that has any, 0 if several have."""
    parts = abs(vectors[:, axis])
    return float(parts.max()) if (parts > 1e-3).sum() == 1 else 0.0


def _padded(field: float, margin: float) -> Side:
    """Side with a margin on either end."""
    return Side(field + 2 * margin, field, None, None, None, None, None, margin)


def _closed(
    translation: Translation | None, field: float, margin: float, tiled: bool
) -> Side | None:
    """Side of whole periods, None if a padded one is smaller."""
    if translation is None:
        return None
    numbers, move = translation
    period, across = (float(abs(part)) for part in sorted(move[:2], key=abs)[::-1])
    repeats = 1 if tiled else int(np.ceil(max(field, 2 * margin) / period - 1e-6))
    if repeats * period > field + 2 * margin:
        return None
    return Side(
        length=repeats * period,
        field=field,
        translation=numbers,
        period=period,
        repeats=repeats,
        shear_residual=across,
        depth_step=float(move[2]),
        padding=0.0,
    )


def _fill(
    positions: NDArray[np.float64],
    vectors: NDArray[np.float64],
    periodic: NDArray[np.bool_],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """All repeats of the model's atoms in a box: index and position of each."""
    moves = np.zeros((1, 3))
    if periodic.any():
        inverse = np.linalg.pinv(vectors)
        centre = positions.mean(axis=0)
        radius = float(np.linalg.norm(positions - centre, axis=1).max())
        corners = low + index_grid(0, 1) * (high - low)
        turns = (corners - centre) @ inverse
        reach = radius * np.linalg.norm(inverse, axis=0)
        first = np.floor((turns.min(axis=0) - reach) * periodic)
        last = np.ceil((turns.max(axis=0) + reach) * periodic)
        if np.prod(last - first + 1) > 10 * MOST_ATOMS:
            raise _too_many()
        moves = index_grid(first, last) @ vectors
        middle = moves + centre
        apart = np.linalg.norm(middle - np.clip(middle, low, high), axis=1)
        moves = moves[apart <= radius + 1e-6]
    which, places = [np.zeros(0, int)], [np.zeros((0, 3))]
    count = 0
    for first in range(0, len(moves), rows := max(1, 1_000_000 // len(positions))):
        moved = positions + moves[first : first + rows, None, :]
        inside = ((moved >= low) & (moved < high)).all(axis=2)
        which.append(np.nonzero(inside)[1])
        places.append(moved[inside])
        count += len(which[-1])
        if count > MOST_ATOMS:
            raise _too_many()
    return np.concatenate(which), np.concatenate(places)


def _too_many() -> InvalidInput:
    """Error for a box of too many atoms."""
    return InvalidInput(
        f"the box has over {MOST_ATOMS:,} atoms; choose a smaller `field` or `thickness`"
    )
