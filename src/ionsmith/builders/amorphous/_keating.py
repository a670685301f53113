"""Potential of a four-coordinated network: Keating's, and a repulsion of atoms that are not bonded.

Keating (1966), doi:10.1103/PhysRev.145.637, in the form of Barkema and Mousseau (2000),
doi:10.1103/PhysRevB.62.4985, where the first sum runs over atoms and their four neighbours and so
counts each bond twice::

    E = 3/16 α/d² Σ (r·r - d²)² + 3/8 β/d² Σ_angles (r_j·r_k + d²/3)²

It depends on bonds alone, so that parts of the network that are not bonded could penetrate each
other. Such atoms therefore repel each other with the energy γ (reach - r)³ per pair, the form of
Tu and Tersoff (2000), doi:10.1103/PhysRevLett.84.4393. The reach is shorter than the distance of
second neighbours; the repulsion keeps g(r) empty behind the first peak, as measured (Laaziri et al.
1999, doi:10.1103/PhysRevLett.82.3460).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ionsmith.builders.choices import NetworkElement

KEATING_UNIT = 16.02177
"""One eV/Å² in N/m."""


@dataclass(frozen=True)
class Host:
    """An element that forms a continuous random network.

    Parameters
    ----------
    element
        Symbol of the element.
    bond
        Bond length d in Å.
    stretch
        α in eV/Å².
    bend
        β in eV/Å².
    density
        Published density of the amorphous element in g/cm³.
    bond_cutoff
        Distance in Å between the first two peaks of g(r), below which two atoms are neighbours.
    first_peak, second_peak
        Published positions of the first two peaks of g(r) in Å.
    sources
        Sources of these values.
    """

    element: NetworkElement
    bond: float
    stretch: float
    bend: float
    density: float
    bond_cutoff: float
    first_peak: float
    second_peak: float
    sources: tuple[str, ...]

    @property
    def field(self) -> NDArray[np.float64]:
        """Bond length, energy factors of bonds (at each end) and angles, repulsion, its reach."""
        square = self.bond**2
        return np.array(
            [
                self.bond,
                3 / 16 * self.stretch / square,
                3 / 8 * self.bend / square,
                PUSH,
                PUSH_REACH * self.bond,
            ]
        )


PUSH = 3.0
"""γ in eV/Å³."""

PUSH_REACH = 1.35
"""Reach of the repulsion in bond lengths: 3.17 Å for Si, which is a bond angle of 85°."""

HOSTS: dict[NetworkElement, Host] = {
    "Si": Host(
        "Si", 2.35, 2.965, 0.285 * 2.965, 2.285, 2.85, 2.35, 3.8,
        (
            "Keating potential: Barkema & Mousseau 2000, doi:10.1103/PhysRevB.62.4985",
            "density: Custer et al. 1994, doi:10.1063/1.111121",
            "peaks of g(r): Laaziri et al. 1999, doi:10.1103/PhysRevLett.82.3460",
        ),
    ),
    "Ge": Host(
        "Ge", 2.45, 38.67 / KEATING_UNIT, 11.35 / KEATING_UNIT, 5.16, 2.97, 2.45, 4.0,
        (
            "Keating potential: Keating 1966, doi:10.1103/PhysRev.145.637, which the elastic "
            "constants C11 = (α+3β)/a and C12 = (α-β)/a of Ge (128.5 and 48.3 GPa) give",
            "density: 0.97 of the crystal's after annealing, Graczyk & Chaudhari 1973, "
            "phys. stat. sol. (b) 58, 163",
            "peaks of g(r): Graczyk & Chaudhari 1973, phys. stat. sol. (b) 58, 163",
        ),
    ),
}  # fmt: skip
"""Elements of which networks can be built."""
