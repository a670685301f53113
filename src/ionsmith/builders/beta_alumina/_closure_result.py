"""What closing conduction planes gives back: the structure and how it was made."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders.beta_alumina._glide import direction
from ionsmith.builders.beta_alumina._stacked_cells import CellKind
from ionsmith.results import Result, Table, plain

Sense = Literal["right", "wrong"]


@dataclass(frozen=True)
class ClosedPlane:
    """What closing did at one conduction plane.

    Parameters
    ----------
    plane
        Its number, from 1 at the bottom.
    route
        1, 2 or 3, see :data:`ROUTES`.
    glide
        Displacement in Å of the block above against the block below, within the plane, shape (3,).
    glide_length
        Length of the glide in Å.
    approach
        Distance in Å by which the blocks came together.
    oxygen_gap_before, oxygen_gap_after
        Distance in Å between the O layers that face each other.
    row_spacing_before, row_spacing_after
        Distance in Å between the octahedral cation rows on either side.
    fourth_bond
        Mean length in Å of the new bond of the facing cations to the O across the plane, None
        where the wrong sense leaves them without.
    removed
        Atoms that left, by element.
    """

    plane: int
    route: int
    glide: NDArray[np.float64]
    glide_length: float
    approach: float
    oxygen_gap_before: float
    oxygen_gap_after: float
    row_spacing_before: float
    row_spacing_after: float
    fourth_bond: float | None
    removed: dict[str, int]


@dataclass(frozen=True)
class Closure(Result):
    """A β''-alumina structure with closed conduction planes, and how it was made.

    Parameters
    ----------
    atoms
        The structure, with arrays ``spinel_block`` and ``conduction_plane``.
    closed_planes
        One entry a plane that was closed.
    n_planes
        Conduction planes of the structure, open ones included.
    sense
        ``"right"``, or ``"wrong"`` where that was asked for.
    equivalent_routes
        All choices of routes for the same planes that the symmetry of the framework (R-3m, order
        of Na and Mg apart) makes equivalent to this one, this one included.
    stacking_before, stacking_after
        O layers, see :class:`ionsmith.layers.anatomy.Anatomy`.
    composition_before, composition_after
        Atoms by element.
    charge_before, charge_after
        Sum of formal charges in e, None where an element has no obvious one.
    cation_coordination
        Number of framework cations by their number of O, after closing.
    cell
        ``"sheared"``, ``"hexagonal"`` or ``"orthogonal"``.
    repeats
        How many times the structure was repeated to make that cell (1 for the sheared one).
    """

    atoms: Atoms
    closed_planes: tuple[ClosedPlane, ...]
    n_planes: int
    sense: Sense
    equivalent_routes: tuple[tuple[int, ...], ...]
    stacking_before: str
    stacking_after: str
    composition_before: dict[str, int]
    composition_after: dict[str, int]
    charge_before: int | None
    charge_after: int | None
    cation_coordination: dict[int, int]
    cell: CellKind
    repeats: int

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the atoms, whose cell is given."""
        fields = {name: plain(value) for name, value in vars(self).items() if name != "atoms"}
        return {**fields, "n_atoms": len(self.atoms), "cellpar": plain(self.atoms.cell.cellpar())}

    def tables(self) -> list[Table]:
        """Return what each plane did, then the balance."""
        planes = [
            (
                p.plane,
                f"{p.route} {direction(p.route)}",
                round(p.glide_length, 3),
                f"{p.oxygen_gap_before:.2f} → {p.oxygen_gap_after:.2f}",
                f"{p.row_spacing_before:.2f} → {p.row_spacing_after:.2f}",
                None if p.fourth_bond is None else round(p.fourth_bond, 3),
                _formula(p.removed) or "nothing",
            )
            for p in self.closed_planes
        ]
        routes = ", ".join("".join(map(str, choice)) for choice in self.equivalent_routes)
        balance = [
            ("atoms", sum(self.composition_before.values()), len(self.atoms)),
            ("composition", _formula(self.composition_before), _formula(self.composition_after)),
            ("formal charge (e)", _signed(self.charge_before), _signed(self.charge_after)),
            ("O layers", self.stacking_before, self.stacking_after),
        ]
        notes = [
            ("sense of the glide", self.sense),
            ("equivalent choices of routes", routes),
            (
                "framework cations",
                ", ".join(f"{n} with {cn} O" for cn, n in self.cation_coordination.items()),
            ),
            ("cell", f"{self.cell}, repeated {self.repeats}×" if self.repeats > 1 else self.cell),
        ]
        return [
            Table(
                f"Closed conduction planes ({len(planes)} of {self.n_planes}), lengths in Å",
                ("plane", "route", "glide", "O layers apart", "Al rows apart", "new Al–O", "left"),
                planes,
            ),
            Table("", ("", "before", "after"), balance),
            Table("", ("", ""), notes),
        ]


def _formula(counts: dict[str, int]) -> str:
    return " ".join(f"{element}{n}" for element, n in counts.items())


def _signed(charge: int | None) -> str:
    return "unknown" if charge is None else f"{charge:+d}"
