"""The models of β''-alumina that the rows of Geng et al. 2023 are about."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.analyzers.coordination import Comparison, compare
from ionsmith.builders.beta_alumina import BetaAlumina, Closure, build_beta_alumina, close_planes
from ionsmith.layers.anatomy import find_anatomy

CLOSED_PLANE = 2

NEUTRAL_PLANE = 1
"""A plane that takes two Na and one O along when it closes, so that the rest is neutral.

So does plane 3, but plane 2 holds a single Na; without it the rest has a charge of +1 e, of which
no potential is told. Relaxed by SevenNet-0 to 0.05 eV/Å, the Al of the pair are 2.72, 3.23 and
2.74 Å apart in planes 1, 2 and 3: in plane 2 alone one of them takes six O, and no edge is shared.
"""


@dataclass(frozen=True)
class Models:
    """Models that several rows are about, each made once."""

    @cached_property
    def open(self) -> BetaAlumina:
        """The crystal as it grows."""
        return build_beta_alumina()

    @cached_property
    def closed(self) -> Closure:
        """One of its planes closed."""
        return close_planes(self.open.atoms, [CLOSED_PLANE])

    @cached_property
    def neutral(self) -> Closure:
        """The plane closed that leaves the crystal neutral."""
        return close_planes(self.open.atoms, [NEUTRAL_PLANE])

    @cached_property
    def wrong(self) -> Closure:
        """The same with the glide in the wrong sense."""
        return close_planes(self.open.atoms, [CLOSED_PLANE], sense="wrong")

    @cached_property
    def comparison(self) -> Comparison:
        """What changed when the plane closed."""
        return compare(self.open.atoms, self.closed.atoms)


def facing_distance(atoms: Atoms) -> float:
    """Distance in Å of the two Al that face each other across the closed plane."""
    first, second = np.flatnonzero(find_anatomy(atoms).facing == CLOSED_PLANE)
    return float(atoms.get_distance(first, second, mic=True))


def facing_stacking(model: BetaAlumina) -> str:
    """Positions of the O below a plane, above it and in it on the triangular lattice of O.

    The first two are called A and C; an O that is in neither position is in B.
    """
    anatomy, atoms = model.anatomy, model.atoms
    oxygen = atoms.numbers == 8
    below = oxygen & (anatomy.spinel_block == 1) & (anatomy.oxygen_layer == 4)
    above = oxygen & (anatomy.spinel_block == 2) & (anatomy.oxygen_layer == 1)
    between = anatomy.bridging & (anatomy.conduction_plane == 1)
    names: list[str] = []
    places: list[NDArray[np.float64]] = []
    for group, name in ((below, "A"), (above, "C"), (between, "B")):
        # Two O sites of one layer differ by half a basal vector; O are not quite on these sites.
        places_of_group = 2 * atoms.get_scaled_positions(wrap=False)[group][:, :2]
        first = places_of_group[0]
        same = [
            known for known, place in zip(names, places, strict=True)
            if np.abs((first - place + 0.5) % 1 - 0.5).max() < 0.2
        ]  # fmt: skip
        names.append(same[0] if same else name)
        places.append(first)
    return " ".join(names)
