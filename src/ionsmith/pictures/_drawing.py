"""How structures are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ase.data import atomic_numbers

from ionsmith.bonding.bonds import DEFAULT_CRITERION, Criterion
from ionsmith.choices import check_choice
from ionsmith.errors import InvalidInput
from ionsmith.lattice.indices import IndicesLike

Labels = Literal["none", "element", "number"]
Colours = Literal["element", "part"]


@dataclass(frozen=True)
class Drawing:
    """How structures are drawn.

    Parameters
    ----------
    zone
        View from here: a direction ``[u,v,w]``, or the normal of a plane ``(h,k,l)``; the shorter
        of the first two cell vectors by default.
    up
        Direction, or normal of a plane, that points upwards.
    tilt
        Angles in degrees by which the right side and the top are turned towards the viewer.
    supercell
        Number of cells along each vector.
    fill
        Width in Å that the structure fills, one period deep, instead of cells.
    polyhedra
        Elements whose coordination polyhedra are drawn; by default all but alkali and
        alkaline-earth metals, with none the atoms and bonds alone.
    labels
        Text at each atom: its element, or its number in the file, from 0.
    colours
        What atoms and polyhedra have the colours of: elements, or the parts of a model (core,
        shell, guest, host, grain), which its array ``part`` names; a structure without parts has
        those of its elements.
    thickness
        Thickness in Å of a slice across the view, through the middle of the first part or, without
        parts, of the structure; by default everything is drawn.
    fade
        How much paler the farthest atom is than the nearest, 0 to 1.
    layers
        Whether layers seen edge-on are named.
    criterion
        Bond criterion (:func:`ionsmith.bonding.bonds.find_bonds`).

    Raises
    ------
    InvalidInput
        If supercell, width, thickness, or fading are out of range.
    """

    zone: IndicesLike | None = None
    up: IndicesLike | None = None
    tilt: tuple[float, float] = (0.0, 0.0)
    supercell: tuple[int, int, int] = (1, 1, 1)
    fill: float | None = None
    polyhedra: Sequence[str] | None = None
    labels: Labels = "none"
    colours: Colours = "element"
    thickness: float | None = None
    fade: float = 0.35
    layers: bool = True
    criterion: Criterion = DEFAULT_CRITERION

    def __post_init__(self) -> None:
        check_choice("labels", self.labels, Labels)
        check_choice("colours", self.colours, Colours)
        if min(self.supercell) < 1 or max(self.supercell) > 50:
            raise InvalidInput(
                f"`supercell` {self.supercell}: three whole numbers from 1 to 50 expected"
            )
        if self.fill is not None and not 1 <= self.fill <= 1000:
            raise InvalidInput(f"`fill` {self.fill:g}: a width from 1 to 1000 Å was expected")
        if self.thickness is not None and not 1 <= self.thickness <= 1000:
            raise InvalidInput(f"`thickness` {self.thickness:g}: from 1 to 1000 Å was expected")
        if self.fill is not None and self.supercell != (1, 1, 1):
            raise InvalidInput("`fill` and `supercell` exclude each other; give one of them")
        if not 0 <= self.fade <= 1:
            raise InvalidInput(f"`fade` {self.fade:g}: a number from 0 to 1 was expected")
        for symbol in self.polyhedra or ():
            if symbol not in atomic_numbers:
                raise InvalidInput(f"`polyhedra` {symbol!r}: an element was expected")
