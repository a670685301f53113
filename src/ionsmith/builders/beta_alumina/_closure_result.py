"""Result of closing conduction planes."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.builders._model import Model, charge_text, composition_text
from ionsmith.builders.beta_alumina._stack import direction
from ionsmith.builders.choices import ClosedCell
from ionsmith.results import Table, notes_table


@dataclass(frozen=True)
class ClosedPlane:
    """Closing of one conduction plane.

    Parameters
    ----------
    plane
        Its number, from 1 at the bottom.
    route
        1, 2 or 3, see :data:`ROUTES`; None for glides that have none.
    glide
        Displacement in Å of the upper against the lower block, within the plane, shape (3,).
    glide_length
        Length of the glide in Å.
    approach
        Distance in Å by which the blocks approach each other.
    oxygen_gap_before, oxygen_gap_after
        Distance in Å between the O layers that face each other.
    row_spacing_before, row_spacing_after
        Distance in Å between the octahedral cation rows on either side.
    fourth_bond
        Mean length in Å of the new bond of the facing cations to the O across the plane; None for
        glides that leave them three-coordinated, as the wrong one.
    removed
        Number of removed atoms of each element.
    """

    plane: int
    route: int | None
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
class Closure(Model):
    """A β''-alumina structure with closed conduction planes.

    Parameters
    ----------
    atoms
        The structure, with the arrays ``spinel_block`` and ``conduction_plane``.
    closed_planes
        The planes that were closed.
    n_planes
        Number of conduction planes, open ones included.
    glide
        Name or vector of the glide, as given.
    equivalent_routes
        All choices of routes for the same planes that are equivalent by the symmetry of the
        framework (R-3m, without the order of Na and Mg), this one included; empty for glides
        without routes.
    stacking_before, stacking_after
        Letters A, B, C of the O layers, see :class:`ionsmith.layers.anatomy.Anatomy`.
    composition_before, composition_after
        Number of atoms of each element.
    charge_before, charge_after
        Sum of formal charges in e; None if an element has no unique one.
    cation_coordination
        Number of framework cations by their number of O, after closing.
    cell
        Kind of the cell.
    repeats
        Number of times the structure was repeated to make this cell (1 for the sheared one).
    balanced
        Atoms that were removed, and Mg that replaced Al, to conserve the charge.
    notes
        What a user should know of the model, one line each.
    """

    atoms: Atoms
    closed_planes: tuple[ClosedPlane, ...]
    n_planes: int
    glide: str
    equivalent_routes: tuple[tuple[int, ...], ...]
    stacking_before: str
    stacking_after: str
    composition_before: dict[str, int]
    composition_after: dict[str, int]
    charge_before: int | None
    charge_after: int | None
    cation_coordination: dict[int, int]
    cell: ClosedCell
    repeats: int
    balanced: dict[str, int]
    notes: tuple[str, ...]

    def tables(self) -> list[Table]:
        """Return the closed planes, the balance of atoms and charge, and the cell."""
        planes = [
            (
                p.plane,
                f"{p.route} {direction(p.route)}" if p.route else None,
                round(p.glide_length, 3),
                f"{p.oxygen_gap_before:.2f} → {p.oxygen_gap_after:.2f}",
                f"{p.row_spacing_before:.2f} → {p.row_spacing_after:.2f}",
                None if p.fourth_bond is None else round(p.fourth_bond, 3),
                composition_text(p.removed) or "nothing",
            )
            for p in self.closed_planes
        ]
        routes = ", ".join("".join(map(str, choice)) for choice in self.equivalent_routes)
        balance = [
            ("atoms", sum(self.composition_before.values()), len(self.atoms)),
            (
                "composition",
                composition_text(self.composition_before),
                composition_text(self.composition_after),
            ),
            ("formal charge (e)", charge_text(self.charge_before), charge_text(self.charge_after)),
            ("O layers", self.stacking_before, self.stacking_after),
        ]
        facts = [
            ("glide", self.glide),
            *([("equivalent choices of routes", routes)] if routes else []),
            (
                "framework cations",
                ", ".join(f"{n} with {cn} O" for cn, n in self.cation_coordination.items()),
            ),
            ("cell", f"{self.cell}, repeated {self.repeats}×" if self.repeats > 1 else self.cell),
        ]
        if self.balanced:
            words = ", ".join(f"{number} {what}" for what, number in self.balanced.items())
            facts.append(("to conserve the charge", words))
        return [
            Table(
                f"Closed conduction planes ({len(planes)} of {self.n_planes}), lengths in Å",
                (
                    "plane",
                    "route",
                    "glide",
                    "O layer spacing",
                    "Al row spacing",
                    "new Al–O",
                    "removed",
                ),
                planes,
            ),
            Table("", ("", "before", "after"), balance),
            Table("", ("", ""), facts),
            *notes_table(self.notes),
        ]
