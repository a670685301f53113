"""Cell of β''-alumina with another mobile ion than Na.

On exchange the spinel blocks stay as they are, and the conduction planes become thicker or thinner:
the thickness of a plane follows from c alone (F. Harbach, J. Mater. Sci. 18, 2437 (1983)). That of
each ion is taken from β-alumina, of which Y.-F. Y. Yao and J. T. Kummer, J. Inorg. Nucl. Chem. 29,
2453 (1967), doi:10.1016/0022-1902(67)80301-4, exchanged one crystal for all of them. In the model
blocks are rigid and keep their distance from the middle of each plane, in which ions and bridging O
stay; a relaxation places the ions.
"""

import numpy as np
from ase import Atoms

from ionsmith.arguments import is_number
from ionsmith.builders.beta_alumina._stack import whole_blocks
from ionsmith.builders.choices import MobileIon
from ionsmith.errors import CompositionNotPossible
from ionsmith.layers.anatomy import Anatomy

C_OF_BETA_ALUMINA: dict[MobileIon, float] = {
    "Li": 22.642,
    "Na": 22.530,
    "K": 22.729,
    "Rb": 22.877,
    "Ag": 22.498,
    "Tl": 22.883,
}
"""Lattice constant c in Å of exchanged β-alumina, with two planes (Yao and Kummer 1967; the values
are recalled, not read in the paper)."""

PLANES_OF_BETA_ALUMINA = 2

METHOD = {
    "phase": "thickness of exchanged conduction planes",
    "citation": "Yao and Kummer, J. Inorg. Nucl. Chem. 29 (1967)",
    "doi": "10.1016/0022-1902(67)80301-4",
}

NARROWEST, WIDEST = 0.95, 1.1
"""Range of a given lattice constant over that of the Na crystal."""


def thickening(ion: MobileIon) -> float:
    """Difference in Å of the thickness of a conduction plane to that with Na."""
    difference = C_OF_BETA_ALUMINA[ion] - C_OF_BETA_ALUMINA["Na"]
    return difference / PLANES_OF_BETA_ALUMINA


def check_cell(cell: tuple[float, float], a: float, c: float) -> None:
    """Refuse lattice constants that no β''-alumina has."""
    for name, value, usual in zip("ac", cell, (a, c), strict=True):
        if not is_number(value) or not NARROWEST < value / usual < WIDEST:
            raise CompositionNotPossible(
                f"`cell` has {name} = {value} Å; {NARROWEST * usual:.2f} to {WIDEST * usual:.2f} Å "
                f"was expected, about the {usual:g} Å of the Na crystal"
            )


def with_planes(atoms: Atoms, anatomy: Anatomy, thicker: float, wider: float) -> Atoms:
    """Copy in which each plane is thicker by a length in Å, and the layers wider by a factor."""
    stack = whole_blocks(atoms, anatomy)
    # Block b and plane p above it, from 1: what lies below has been moved apart already.
    steps = np.where(
        anatomy.spinel_block > 0, anatomy.spinel_block - 1.0, anatomy.conduction_plane - 0.5
    )
    normal = anatomy.normal
    lateral = np.eye(3) + (wider - 1) * (np.eye(3) - np.outer(normal, normal))
    model: Atoms = atoms.copy()
    # The crystal may be cut anywhere: each atom keeps the image that it had.
    moved = stack.positions + (steps * thicker)[:, None] * normal
    per_cell = anatomy.n_planes * thicker * normal
    third = stack.cell[2] + per_cell
    whole = atoms.cell.array @ np.linalg.inv(stack.cell)
    cell = np.vstack([stack.cell[:2], third])
    model.set_cell(whole @ cell @ lateral)
    model.positions = moved @ lateral
    model.wrap(eps=1e-7)
    return model
