r"""Bond-valence site energies on a grid.

The energy of an ion A among the atoms of the framework is that of S. Adams and R. P. Rao, in
*Bond Valences*, Structure and Bonding 158, 129 (2014), doi:10.1007/430_2013_137: a Morse potential
for each ion of opposite charge and a screened Coulomb repulsion from each ion of like charge,

.. math::
    E = \sum_X \frac{D_0}{2} \left[ \left( e^{\alpha (R_{min} - R)} - 1 \right)^2 - 1 \right]
    + \sum_B 14.4 \frac{V_A V_B}{R \sqrt{n_A n_B}} \, \mathrm{erfc} \frac{R}{f (r_A + r_B)},

with charges V, principal quantum numbers n, covalent radii r and f = 0.74. Potentials and
parameters (softBV, H. Chen, L. L. Wong and S. Adams, Acta Cryst. B 75, 18 (2019),
doi:10.1107/S2052520618015718) are those of bvlain, whose own grid repeats its first plane at the
end of the cell and takes ordered structures only; here each pair is tabulated once and added up
over the cell, for one of equivalent positions.
"""

import json
import pickle
import runpy
from collections.abc import Callable
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ionsmith.analyzers.migration._framework import Framework, Species
from ionsmith.analyzers.migration._grid_symmetry import GridSymmetry
from ionsmith.bonding.distances import images_within
from ionsmith.errors import InvalidInput, MissingExtra

Floats = NDArray[np.float64]

CUTOFF = 8.0
"""Å; beyond it Morse potentials are below 1e-5 eV, and the repulsion is less."""

CLOSEST = 0.8
"""Å; no way leads nearer to an ion of the framework, where the screened repulsion is finite."""

INSIDE = 1000.0
"""Energy in eV nearer than that."""

_STEP = 0.004  # Å²; of the tables over the squared distance


class Parameters(NamedTuple):
    """Tables of bvlain."""

    pairs: dict[Any, Any]
    quantum: dict[int, int]
    radii: dict[int, dict[int, float]]
    shannon: dict[str, Any]
    potential: Any


def load_parameters(charge: int) -> Parameters:
    """Read the tables for mobile cations or anions."""
    # Two modules and the tables; the package itself brings pandas and pymatgen along.
    package = find_spec("bvlain")
    if package is None or package.origin is None:
        raise MissingExtra(
            "bond-valence site energies need bvlain: pip install 'ionsmith[migration]'"
        )
    folder = Path(package.origin).parent
    potential = runpy.run_path(str(folder / "potentials.py"))["BVSEPotential"]
    radii = runpy.run_path(str(folder / "data" / "covalent_radii.py"))["covalent_radii_softbv"]

    def table(name: str) -> Any:
        return pickle.loads((folder / "data" / name).read_bytes())

    pairs = table("cation.pkl" if charge > 0 else "anion.pkl")
    shannon = json.loads((folder / "data" / "shannon-radii.json").read_text(encoding="utf-8"))
    return Parameters(pairs, table("quantum_n.pkl"), radii, shannon, potential)


def ionic_radii(
    species: set[tuple[str, float]], tables: Parameters
) -> dict[tuple[str, float], float]:
    """Ionic radii in Å of Shannon (1976), of the nearest known charge, six neighbours if known."""
    radii = {}
    for element, charge in sorted(species):
        known = tables.shannon.get(element, {})
        same = [q for q in known if float(q) * charge > 0]
        if not same:
            raise InvalidInput(
                f"no ionic radius is known for {element} with a charge of {charge:+g}"
            )
        shells = known[min(same, key=lambda q: (abs(float(q) - charge), float(q)))]
        six = [shells[c]["r_ionic"] for c in sorted(shells) if c.startswith("VI") and c[2:3] != "I"]
        radii[element, charge] = float(max(six or [s["r_ionic"] for s in shells.values()]))
    return radii


def pair_energy(ion: str, charge: int, species: Species, tables: Parameters) -> Floats:
    """Energy in eV of the ion and all that is on a position, over the squared distance."""
    squared = np.arange(0, CUTOFF**2 + 2 * _STEP, _STEP)
    distance = np.sqrt(np.maximum(squared, CLOSEST**2))
    number = atomic_numbers[ion]
    total = np.zeros(len(squared))
    for element, other, occupancy in species:
        z = atomic_numbers[element]
        if other * charge < 0:
            known = tables.pairs.get(number, {}).get(charge, {}).get(z, {}).get(round(other))
            if known is None:
                raise InvalidInput(
                    f"softBV has no parameters for {ion}{charge:+d} and {element}{other:+g}"
                )
            energy = tables.potential.Morse(distance, known["r_min"], known["d0"], known["alpha"])
        elif other * charge > 0:
            ours, theirs = _covalent(number, charge, tables), _covalent(z, other, tables)
            energy = tables.potential.Coulomb(
                distance, charge, other, ours, theirs, tables.quantum[number], tables.quantum[z]
            )
        else:
            raise InvalidInput(f"{element} has no charge; bond-valence energies are of ions")
        total += occupancy * energy
    total[squared < CLOSEST**2] = INSIDE
    return total


def _covalent(number: int, charge: float, tables: Parameters) -> float:
    """Covalent radius in Å of softBV, of the nearest known charge."""
    known = {q: r for q, r in tables.radii.get(number, {}).items() if q * charge > 0}
    if not known or number not in tables.quantum:
        from ase.data import chemical_symbols

        raise InvalidInput(f"softBV has no radius for {chemical_symbols[number]}{charge:+g}")
    return float(known[min(known, key=lambda q: (abs(q - charge), q))])


def energy_field(
    framework: Framework, ion: str, tables: Parameters
) -> Callable[[Floats], tuple[Floats, Floats, Floats]]:
    """Energy of the ion at Cartesian points, its gradient and its second derivatives.

    Parameters
    ----------
    framework
        What stays in place.
    ion
        Element of the mobile ion.
    tables
        Parameters.
    """
    kinds = list(dict.fromkeys(framework.species))
    number = np.array([kinds.index(species) for species in framework.species])
    energy = np.array([pair_energy(ion, framework.charge, kind, tables) for kind in kinds])
    slope = np.gradient(energy, _STEP, axis=1)
    curve = np.gradient(slope, _STEP, axis=1)
    cell, inverse = framework.cell, np.linalg.inv(framework.cell)
    images, owner = images_within(framework.positions @ cell, cell, CUTOFF)
    kind = number[owner]
    tree = cKDTree(images)

    def at(points: Floats) -> tuple[Floats, Floats, Floats]:
        inside = points - np.floor(points @ inverse) @ cell
        near: Any = tree.query_ball_point(inside, CUTOFF)
        which = np.repeat(np.arange(len(points)), [len(one) for one in near])
        other = np.concatenate([np.asarray(one, dtype=np.int64) for one in near])
        apart = inside[which] - images[other]
        place = (apart**2).sum(axis=1) / _STEP
        row = place.astype(np.int64)
        share = place - row

        def summed(weights: Floats) -> Floats:
            return np.asarray(np.bincount(which, weights, len(points)), dtype=float)

        def read(table: Floats) -> Floats:
            low = table[kind[other], row]
            return np.asarray(low + share * (table[kind[other], row + 1] - low))

        first, second = 2 * read(slope), 4 * read(curve)
        gradient = np.array([summed(first * x) for x in apart.T]).T
        hessian = np.array(
            [
                [summed(second * apart[:, i] * apart[:, j] + (i == j) * first) for j in range(3)]
                for i in range(3)
            ]
        )
        return summed(read(energy)), gradient, np.moveaxis(hessian, 2, 0)

    return at


def site_energies(
    framework: Framework,
    ion: str,
    symmetry: GridSymmetry,
    tables: Parameters,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Energy in eV of the ion at each point of a grid over the cell.

    Parameters
    ----------
    framework
        What stays in place.
    ion
        Element of the mobile ion.
    symmetry
        Of the grid.
    tables
        Parameters.
    progress
        Called with the number of positions done and in total.
    """
    shape = symmetry.shape
    energy = np.zeros(shape)
    pairs = {
        species: pair_energy(ion, framework.charge, species, tables)
        for species in dict.fromkeys(framework.species)
    }
    metric = framework.cell @ framework.cell.T
    reach = CUTOFF * np.linalg.norm(np.linalg.inv(framework.cell), axis=0)
    count = np.array(shape)
    for done, (which, share) in enumerate(
        zip(symmetry.chosen.tolist(), symmetry.share, strict=True), start=1
    ):
        place = framework.positions[which]
        table = share * pairs[framework.species[which]]
        slope = np.diff(table, append=table[-1])
        low = np.ceil((place - reach) * count).astype(int)
        high = np.floor((place + reach) * count).astype(int) + 1
        # In pieces of at most one cell, so that no point is met twice in one of them.
        pieces = [
            [np.arange(s, min(s + n, stop)) for s in range(start, stop, n)]
            for start, stop, n in zip(low.tolist(), high.tolist(), shape, strict=True)
        ]
        for box in product(*pieces):
            x, y, z = (
                (points / n - p).reshape([-1 if k == axis else 1 for k in range(3)])
                for axis, (points, n, p) in enumerate(zip(box, shape, place, strict=True))
            )
            plane = metric[0, 0] * x**2 + metric[1, 1] * y**2 + 2 * metric[0, 1] * x * y
            squared = (
                plane + metric[2, 2] * z**2 + 2 * (metric[0, 2] * x + metric[1, 2] * y) * z
            ) / _STEP
            np.minimum(squared, len(table) - 1.0, out=squared)
            row = squared.astype(np.int32)
            energy[np.ix_(*(points % n for points, n in zip(box, shape, strict=True)))] += (
                table[row] + (squared - row) * slope[row]
            )
        if progress is not None:
            progress(done, len(symmetry.chosen))
    return symmetry.summed(energy)
