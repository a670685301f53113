"""Cost of a match: what a person weighs in choosing a cell, as an energy per area of contact.

::

    cost = w + g ln(A / 5 Å²) + g ln(aspect / 10)      (the last term only for longer cells)

*w*, the strain energy of 10 Å of crystal in J/m², is u t with the energy density u of both sides
and t = 10 Å, as long as the misfit f (root mean square of its principal values) is elastic. At
this thickness a film carries f_c = 2 % and dislocations the rest (Matthews and Blakeslee: f_c = b
(ln(t/b) + 1) / (8 π (1 + ν) t) is 0.021 for b = 3 Å and ν = 1/4); the smallest sum of both
energies is ``w = u t (2 f_c/f - (f_c/f)²)``, which rises linearly. Sides without elastic constants
are taken as isotropic with Young's modulus 150 GPa and Poisson's ratio 1/4, in the range of copper
(130 GPa) and silicon (130 to 190 GPa); many oxides are up to twice as stiff.

*g* = 0.25 J/m²: the fewer sites coincide, the less is gained by coherence, until at some hundred Å²
the two sides meet like incoherent ones, of which the energy is 0.5 to 1 J/m² larger than that of
coherent ones. A cell of 5 Å², the smallest mesh of a metal, costs nothing, one of 270 Å² 1 J/m². In
other words: twice the area is worth it if it saves 0.17 J/m², the strain energy from 0 to 3 %.

References
----------
J. W. Matthews, A. E. Blakeslee, J. Cryst. Growth 27, 118 (1974),
doi:10.1016/S0022-0248(74)80055-2; D. A. Porter, K. E. Easterling, Phase Transformations in Metals
and Alloys (1981), ch. 3 (energies of coherent, semicoherent and incoherent interfaces).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from ase.units import GPa, J, m
from numpy.typing import ArrayLike, NDArray

from ionsmith.surfaces.coincidence import Coincidences
from ionsmith.surfaces.strain import energy_density, plane_stiffness

Floats = NDArray[np.float64]

RankBy = Literal["cost", "energy", "strain", "area"]
"""What matches are ranked by: cost, strain energy, von Mises strain, or area."""

YOUNG, POISSON = 150.0, 0.25
"""Young's modulus in GPa and Poisson's ratio of a side without elastic constants."""

_THICKNESS = 10.0  # Å
_ELASTIC_MISFIT = 0.02
_GAIN = 0.25  # J/m²
_SMALLEST = 5.0  # Å²
_NEEDLE = 10.0

FORMULA = (
    f"cost: strain energy of {_THICKNESS:g} Å in J/m² (misfit beyond {_ELASTIC_MISFIT:.0%} is left "
    f"to dislocations) + {_GAIN:g} ln(area / {_SMALLEST:g} Å²), and + {_GAIN:g} ln(aspect / "
    f"{_NEEDLE:g}) of longer cells"
)


@dataclass(frozen=True, eq=False)
class Costs:
    """Measures by which matches are ranked, each of shape (n,).

    Parameters
    ----------
    energy
        Elastic energy of both sides in eV/Å³.
    aspect
        Ratio of the edges of the reduced cell, at least 1.
    cost
        In J/m².
    front
        Whether no other match has less energy and is as small, or is smaller at as little energy.
    """

    energy: Floats
    aspect: Floats
    cost: Floats
    front: NDArray[np.bool_]

    def __getitem__(self, which: ArrayLike | slice) -> "Costs":
        index = which if isinstance(which, slice) else np.asarray(which)
        return Costs(self.energy[index], self.aspect[index], self.cost[index], self.front[index])


def costs_of(matches: Coincidences, stiffness: tuple[Floats | None, Floats | None]) -> Costs:
    """Cost of each match; a stiffness matrix in GPa for each side, or None for an assumed one."""
    energy = sum(_energy(matches, side, matrix) for side, matrix in enumerate(stiffness))
    energy = np.asarray(energy, dtype=float)
    area = matches.areas[:, 0]
    edges = np.einsum("nij,nij->ni", matches.substrate_rows, matches.substrate_rows)
    aspect = np.sqrt(edges.max(axis=1) / edges.min(axis=1))
    misfit = np.sqrt((matches.misfit**2).mean(axis=1))
    elastic = _ELASTIC_MISFIT / np.maximum(misfit, _ELASTIC_MISFIT)
    strained = energy * _THICKNESS * elastic * (2 - elastic) / (J / m**2)
    needle = np.maximum(aspect / _NEEDLE, 1.0)
    cost = strained + _GAIN * (np.log(area / _SMALLEST) + np.log(needle))
    return Costs(energy, aspect, cost, pareto_front(area.round(6), energy.round(10)))


def largest_area(cost: float) -> float:
    """Area in Å² of the largest cell that can cost so little: one without strain."""
    return float(_SMALLEST * np.exp(cost / _GAIN))


def ranking(matches: Coincidences, costs: Costs, rank_by: RankBy) -> NDArray[np.int64]:
    """Order of the matches: of equal ones the smaller, cheaper and upright ones first."""
    measures = {
        "cost": costs.cost,
        "energy": costs.energy,
        "strain": matches.von_mises,
        "area": matches.areas[:, 0].round(6),
    }
    area, first = matches.areas[:, 0].round(6), measures[rank_by].round(10)
    return np.lexsort((matches.reversed, costs.cost.round(10), area, first))


def pareto_front(area: Floats, energy: Floats) -> NDArray[np.bool_]:
    """Whether each match is on the front: none is better in one respect and as good in the other.

    Parameters
    ----------
    area, energy
        Two measures of which less is better, rounded so that equal ones are equal; shape (n,).
    """
    order = np.lexsort((energy, area))
    area, energy = area[order], energy[order]
    first = np.flatnonzero(np.diff(area, prepend=-np.inf) > 0)
    group = np.repeat(np.arange(len(first)), np.diff(first, append=len(area)))
    smaller = np.minimum.accumulate(np.concatenate([[np.inf], energy[first]]))
    front = np.zeros(len(area), dtype=bool)
    front[order] = (energy == energy[first][group]) & (energy < smaller[group])
    return front


def _energy(matches: Coincidences, side: int, matrix: Floats | None) -> Floats:
    """Energy density of one side in eV/Å³, free to relax across the plane."""
    if matrix is None:
        first, second = matches.principal[:, side].T
        modulus = YOUNG * GPa / (2 * (1 - POISSON**2))
        return np.asarray(modulus * (first**2 + second**2 + 2 * POISSON * first * second))
    energy = np.zeros(len(matches))
    for number, mesh in enumerate((matches.substrates, matches.films)[side]):
        which = matches.mesh_pair[:, side] == number
        layer = plane_stiffness(matrix, mesh.frame)
        energy[which] = energy_density(layer, matches.strains[which, side])
    return energy
