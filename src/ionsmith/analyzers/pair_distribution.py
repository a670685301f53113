"""Pair distribution, coordination, bond angles and rings: the order of an amorphous structure.

g(r) is normalised to 1 at large distances: g_ab is the density of b around a over the mean density
of b. Peaks are where g(r), smoothed by a Gaussian, has its maxima; two atoms count as neighbours
up to the minimum behind the first peak of all pairs, unless another cutoff is given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.contacts import check_numbers
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.bonding.network import bond_angles, ring_counts
from ionsmith.bonding.radial_distribution import peaks_and_minima, radial_distribution, total
from ionsmith.bonding.voids import mass_density
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table

ANGLE_BIN = 2.0
"""Width of a bin of the bond angles in degrees."""

LONGEST = 30.0
"""Largest distance in Å that g(r) is made for."""


@dataclass(frozen=True)
class PairFunction:
    """The pair distribution function of two elements.

    Parameters
    ----------
    pair
        The elements, as ``"Li-Si"``; ``"all"`` for every pair.
    peaks
        Places of the first peaks in Å.
    minima
        Places of the minima behind these in Å.
    coordination
        Mean number of atoms of the second element around one of the first, up to the first
        minimum; None where no minimum is found.
    g
        At each distance, shape (m,).
    """

    pair: str
    peaks: tuple[float, ...]
    minima: tuple[float, ...]
    coordination: float | None
    g: NDArray[np.float64]


@dataclass(frozen=True)
class PairDistribution(Result):
    """Pair distribution functions of a structure, with its coordination, bond angles and rings.

    Parameters
    ----------
    n_atoms
        Number of atoms.
    density
        In g/cm³.
    number_density
        In atoms per Å³.
    smear
        Standard deviation in Å of the Gaussian that g(r) is smoothed with.
    r
        Distances in Å, shape (m,).
    pairs
        All pairs together first, then each two elements where there are several.
    cutoff
        Distance in Å up to which atoms count as neighbours; None where g(r) has no minimum.
    coordination
        Atoms by their number of neighbours.
    angle, angle_spread
        Mean and standard deviation of the bond angles in degrees; None without any.
    angle_edges, angle_counts
        Histogram of the bond angles: edges in degrees, shape (k + 1,), and counts, shape (k,).
    rings_per_atom
        Shortest-path rings an atom by size; None where they were not asked for.
    """

    n_atoms: int
    density: float
    number_density: float
    smear: float
    r: NDArray[np.float64]
    pairs: tuple[PairFunction, ...]
    cutoff: float | None
    coordination: dict[int, int]
    angle: float | None
    angle_spread: float | None
    angle_edges: NDArray[np.float64]
    angle_counts: NDArray[np.int64]
    rings_per_atom: dict[int, float] | None

    def tables(self) -> list[Table]:
        """Return the peaks, then density and angles, neighbours and rings."""
        rows = [
            [
                one.pair,
                *(one.peaks[k] if k < len(one.peaks) else None for k in range(3)),
                one.minima[0] if one.minima else None,
                one.coordination,
            ]
            for one in self.pairs
        ]
        headers = ["pair", "1st peak (Å)", "2nd (Å)", "3rd (Å)", "1st minimum (Å)", "neighbours"]
        tables = [Table("Pair distribution", headers, [_round(row) for row in rows])]
        facts: list[list[object]] = [
            ["density (g/cm³)", self.density],
            ["atoms per Å³", self.number_density],
            ["neighbours within (Å)", self.cutoff],
            ["mean bond angle (°)", self.angle],
            ["spread of bond angles (°)", self.angle_spread],
        ]
        tables.append(Table("", ["", ""], [_round(row, 4) for row in facts]))
        counts = [
            [number, atoms, f"{100 * atoms / self.n_atoms:.2f} %"]
            for number, atoms in self.coordination.items()
        ]
        tables.append(Table("Coordination", ["neighbours", "atoms", "share"], counts))
        if self.rings_per_atom is not None:
            rings = [[size, round(rate, 4)] for size, rate in self.rings_per_atom.items()]
            tables.append(Table("Shortest-path rings", ["atoms in ring", "rings per atom"], rings))
        return tables


def pair_distribution(
    atoms: Atoms,
    *,
    r_max: float = 10.0,
    smear: float = 0.05,
    cutoff: float | None = None,
    rings: bool = False,
) -> PairDistribution:
    """Pair distribution of a structure, and the coordination, angles and rings of its bonds.

    Parameters
    ----------
    atoms
        The structure, periodic along all axes.
    r_max
        Largest distance in Å.
    smear
        Standard deviation in Å of the Gaussian that g(r) is smoothed with.
    cutoff
        Distance in Å up to which atoms count as neighbours; by default, the first minimum of g(r).
    rings
        Whether shortest-path rings are counted (extra ``rings``).

    Returns
    -------
    PairDistribution

    Raises
    ------
    InvalidStructure
        For a structure that is not periodic along all axes, or empty.
    InvalidInput
        For a distance that is out of range, or rings without a cutoff.
    MissingExtra
        For rings without matscipy.

    Examples
    --------
    >>> from ionsmith.analyzers.pair_distribution import pair_distribution
    >>> from ionsmith.crystals import load
    >>> found = pair_distribution(load("si").to_atoms().repeat(3))
    >>> found.coordination, round(found.angle, 2)
    ({4: 216}, 109.47)
    """
    check_numbers(atoms)
    if not 1 <= r_max <= LONGEST:
        raise InvalidInput(f"r_max {r_max:g} Å: 1 to {LONGEST:g} Å was expected")
    if not 0 < smear <= 0.5:
        raise InvalidInput(f"smear {smear:g} Å: above 0 and up to 0.5 Å was expected")
    if cutoff is not None and not 0 < cutoff <= r_max:
        raise InvalidInput(f"cutoff {cutoff:g} Å: above 0 and up to {r_max:g} Å was expected")
    r, partials = radial_distribution(atoms, r_max, smear)
    volume = float(atoms.get_volume())
    g = total(atoms, partials)
    pairs = [_function("all", r, g, len(atoms) / volume)]
    if len(partials) > 1:
        for (a, b), partial in partials.items():
            name = f"{chemical_symbols[a]}-{chemical_symbols[b]}"
            pairs.append(_function(name, r, partial, float((atoms.numbers == b).sum()) / volume))
    if cutoff is None and pairs[0].minima:
        cutoff = pairs[0].minima[0]
    coordination: dict[int, int] = {}
    angles = np.zeros(0)
    if cutoff is not None:
        bonds = neighbour_list(atoms, cutoff)
        counts = np.bincount(np.bincount(bonds.first, minlength=len(atoms)))
        coordination = {number: int(n) for number, n in enumerate(counts.tolist()) if n}
        angles, _ = bond_angles(atoms, bonds)
    elif rings:
        raise InvalidInput("g(r) has no minimum to end the bonds at: give --cutoff in Å")
    edges = np.arange(0, 180 + ANGLE_BIN, ANGLE_BIN)
    found = ring_counts(atoms, cutoff) if rings and cutoff is not None else None
    return PairDistribution(
        n_atoms=len(atoms),
        density=mass_density(atoms),
        number_density=len(atoms) / volume,
        smear=smear,
        r=r,
        pairs=tuple(pairs),
        cutoff=cutoff,
        coordination=coordination,
        angle=float(angles.mean()) if len(angles) else None,
        angle_spread=float(angles.std()) if len(angles) else None,
        angle_edges=edges,
        angle_counts=np.histogram(angles, edges)[0],
        rings_per_atom=None
        if found is None
        else {size: n / len(atoms) for size, n in enumerate(found.tolist()) if n},
    )


def _function(
    name: str, r: NDArray[np.float64], g: NDArray[np.float64], density: float
) -> PairFunction:
    peaks, minima = peaks_and_minima(r, g)
    coordination = None
    if minima:
        inside = r <= minima[0]
        width = float(r[1] - r[0])
        coordination = float(4 * np.pi * density * width * (r[inside] ** 2 * g[inside]).sum())
    return PairFunction(name, tuple(peaks), tuple(minima), coordination, g)


def _round(row: Sequence[object], digits: int = 3) -> list[object]:
    return [round(value, digits) if isinstance(value, float) else value for value in row]
