"""Amorphous alloys: random packings of soft spheres, optionally relaxed with a potential.

Atoms at random places in a cubic cell are pushed apart until their soft spheres, harmonic below
1.05 times the sum of the covalent radii (Cordero et al. 2008, doi:10.1039/b801115j; smaller where
they would fill the cell), overlap as little as the density allows. The result is a reasonable
start for molecular dynamics or DFT, no more: which elements become neighbours is left to chance.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers, chemical_symbols, covalent_radii
from numpy.typing import NDArray
from scipy.optimize import minimize

from ionsmith.bonding.checks import check_contacts, check_count
from ionsmith.bonding.elements import DALTON, mass_density
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.amorphous._bond_switching import random_places
from ionsmith.builders.amorphous._result import AmorphousPacking, Contact
from ionsmith.crystals import Crystal, load, search
from ionsmith.crystals.formula import parse_formula, write_formula
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.potentials import Potential, PotentialLike, load_potential
from ionsmith.provenance import record, start_lineage

CONTACT = 1.05
"""Diameter of the soft spheres over the sum of the covalent radii: 2.33 Å for Si–Si, 2.51 Å for
Li–Si and 2.69 Å for Li–Li, close to the shortest distances in the crystals."""

ANIONS = {8: 1.40, 9: 1.33, 16: 1.84, 17: 1.81, 34: 1.98, 35: 1.96, 53: 2.20}
"""Radii in Å of anions with six neighbours (R. D. Shannon, Acta Cryst. A 32, 751 (1976),
doi:10.1107/S0567739476001551)."""

APART = 0.93
"""Diameter of the soft spheres of two anions over the sum of their radii: 2.6 Å for O–O."""

START = 0.6
"""Smallest distance of the random places in units of the edge of the cube that each atom has."""

ALKALI = ("Li", "Na")
HOST = ("Si", "Ge", "Sn", "Sb")
PURE = {"Li": "li", "Na": "na", "Si": "si", "Ge": "ge", "Sn": "sn", "Sb": "sb"}

FULL = 0.85
"""Packing fraction above which the soft spheres shrink: random packing reaches 0.64 without
overlap, and the alloys of the library have 0.6, but metals and UO2 are denser than their covalent
radii tell (Cu 0.94, Zr 1.12)."""

FULLEST = 1.4
"""Largest packing fraction: that of W in the crystal is 1.3."""

MOST_STEPS = 2000
"""Largest number of steps of the soft spheres."""


def build_packing(
    formula: str,
    n_atoms: int = 1000,
    *,
    density: float | None = None,
    seed: int = 0,
    potential: PotentialLike | None = None,
    fmax: float = 0.05,
    steps: int = 500,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AmorphousPacking:
    """Pack the atoms of a formula at random into a cubic cell.

    Parameters
    ----------
    formula
        Such as ``"Li15Si4"`` or ``"Na1.6Ge"``.
    n_atoms
        Number of atoms, divided among the elements to the nearest atom.
    density
        Density in g/cm³. By default, for alloys of Li or Na with Si, Ge, Sn or Sb, the density
        interpolated from the volumes of the crystals of the library.
    seed
        Seed of the places.
    potential
        Potential, ASE calculator, or name of a potential with which the packing is relaxed in its
        cell.
    fmax
        Largest force in eV/Å at the end of this relaxation.
    steps
        Largest number of its steps.
    progress
        Called with the number of relaxation steps done and their limit.

    Returns
    -------
    AmorphousPacking

    Raises
    ------
    InvalidInput
        If the formula is malformed, there are fewer atoms than elements, or the density is too
        high to pack.
    NoMatch
        Without a density, if the library has no crystals of the system.
    AtomsTooClose
        If atoms overlap at the end.
    """
    try:
        amounts = parse_formula(formula)
    except ValueError as error:
        raise InvalidInput(f"{error}; write it as Li15Si4 or Na1.6Ge") from None
    if any(amount <= 0 for amount in amounts.values()):
        raise InvalidInput(f"`formula` is {formula}; every element needs an amount above zero")
    check_count(n_atoms, formula)
    counts = _share_out(amounts, n_atoms)
    host = list(counts)[-1]
    if density is None:
        density, source = interpolated_density(counts)
    elif density > 0:
        source = "given"
    else:
        raise InvalidInput(f"`density` is {density:g} g/cm³; a number above zero was expected")
    numbers = np.repeat([atomic_numbers[el] for el in counts], list(counts.values()))
    box = float((atomic_masses[numbers].sum() * DALTON / density) ** (1 / 3))
    diameters = CONTACT * (covalent_radii[:, None] + covalent_radii[None, :])
    longest = float(diameters[np.ix_(numbers, numbers)].max())
    if box < longest:
        raise InvalidInput(
            f"{n_atoms} atoms at {density:g} g/cm³ make a cell of {box:.2f} Å, smaller than an "
            "atom: increase `n_atoms` or decrease `density`"
        )
    filled = float((np.pi / 6 * diameters[numbers, numbers] ** 3).sum()) / box**3
    if filled > FULLEST:
        raise InvalidInput(
            f"`density` is {density:g} g/cm³: the atoms would fill a fraction of {filled:.2f} of "
            f"the cell, but at most {FULLEST:g} can be packed"
        )
    _keep_anions_apart(diameters, numbers)
    diameters *= min(1.0, FULL / filled) ** (1 / 3)
    places = random_places(n_atoms, box, START * box / n_atoms ** (1 / 3), seed)
    atoms = Atoms(numbers=numbers, positions=places, cell=[box] * 3, pbc=True)
    _push_apart(atoms, diameters)
    name, energy, force = None, None, None
    if potential is not None:
        loaded = load_potential(potential)
        loaded.check(atoms)
        name = loaded.name
        energy, force = _relax(atoms, loaded, fmax, steps, progress)
    atoms.wrap()
    parameters: dict[str, Any] = {"method": "packing", "formula": formula, "atoms": n_atoms}
    parameters |= {"density": density, "density_from": source, "seed": seed}
    if name is not None:
        parameters |= {"potential": name, "fmax": fmax, "steps": steps}
    record(atoms, "build amorphous", parameters)
    start_lineage(atoms)
    check_contacts(atoms)
    return AmorphousPacking(
        atoms=atoms,
        formula=write_formula({el: count / counts[host] for el, count in counts.items()}),
        composition=counts,
        density=mass_density(atoms),
        density_source=source,
        volume_per_host=float(atoms.get_volume()) / counts[host],
        contacts=_contacts(atoms, diameters),
        potential=name,
        energy_per_atom=energy,
        largest_force=force,
        seed=seed,
    )


def _keep_anions_apart(diameters: NDArray[np.float64], numbers: NDArray[np.int_]) -> None:
    """Raise the diameters of two anions, in place, if there are cations for them to bind to."""
    found = [number for number in ANIONS if number in numbers]
    if len(found) < len(set(numbers.tolist())):
        for a in found:
            for b in found:
                diameters[a, b] = APART * (ANIONS[a] + ANIONS[b])


def _share_out(amounts: dict[str, float], n_atoms: int) -> dict[str, int]:
    """Atoms of each element, by largest remainders."""
    exact = np.array(list(amounts.values())) / sum(amounts.values()) * n_atoms
    counts = np.floor(exact + 1e-9).astype(int)
    for place in np.argsort(-(exact - counts), kind="stable")[: n_atoms - counts.sum()]:
        counts[place] += 1
    if (counts == 0).any():
        missing = list(amounts)[int(np.argmin(counts))]
        raise InvalidInput(
            f"`n_atoms` is {n_atoms}, which leaves no atom of {missing}: use more atoms"
        )
    return dict(zip(amounts, counts.tolist(), strict=True))


def interpolated_density(counts: dict[str, int]) -> tuple[float, str]:
    """Density at which an alloy has the volume that its crystals have at its composition.

    The volume per host atom of the crystals of the library is interpolated in the alkali content
    x; beyond the richest crystal, each further alkali atom adds its volume in the metal.
    """
    alkali = [el for el in counts if el in ALKALI]
    hosts = [el for el in counts if el in HOST]
    if len(alkali) > 1 or len(hosts) != 1 or len(counts) != len(alkali) + len(hosts):
        raise NoMatch(
            f"no density of {'-'.join(counts)} is known: set `density` in g/cm³. Alloys of "
            "Li or Na with Si, Ge, Sn or Sb have theirs from the crystals of the library"
        )
    host = hosts[0]
    x = counts[alkali[0]] / counts[host] if alkali else 0.0
    pure = load(PURE[host])
    points = {0.0: [(pure.name, pure.volume / pure.composition()[host])]}
    for crystal in search(elements=[*alkali, host]) if alkali else []:
        _add_point(points, crystal, alkali[0], host)
    contents = sorted(points)
    volumes = [float(np.mean([volume for _, volume in points[c]])) for c in contents]
    above = int(np.searchsorted(contents, x))
    if above == len(contents):
        metal = load(PURE[alkali[0]])
        volume = volumes[-1] + (x - contents[-1]) * metal.volume / metal.composition()[alkali[0]]
        ends, used = f"{contents[-1]:.3g} and the metal", [*points[contents[-1]], (metal.name, 0)]
    else:
        low = above if contents[above] == x else above - 1
        volume = float(np.interp(x, contents, volumes))
        ends = " and ".join(f"{contents[place]:.3g}" for place in sorted({low, above}))
        used = [point for place in sorted({low, above}) for point in points[contents[place]]]
    mass = sum(atomic_masses[atomic_numbers[el]] * n for el, n in counts.items()) / counts[host]
    names = ", ".join(name for name, _ in used)
    return float(mass * DALTON / volume), f"volumes of the crystals at x = {ends} ({names})"


def _add_point(
    points: dict[float, list[tuple[str, float]]], crystal: Crystal, alkali: str, host: str
) -> None:
    """Add the volume per host atom of a crystal, if it has no other elements."""
    if not crystal.has_coordinates:
        return
    composition = crystal.composition()
    if set(composition) == {alkali, host}:
        x = round(composition[alkali] / composition[host], 6)
        points.setdefault(x, []).append((crystal.name, crystal.volume / composition[host]))


def _push_apart(atoms: Atoms, diameters: NDArray[np.float64]) -> None:
    """Minimise the overlap of the soft spheres, in place."""
    numbers = atoms.numbers
    cutoff = float(diameters[np.ix_(np.unique(numbers), np.unique(numbers))].max())
    cell = atoms.cell.array
    model = atoms.copy()

    def overlap(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Energy of the soft spheres and its gradient."""
        model.positions[:] = flat.reshape(-1, 3)
        pairs = neighbour_list(model, cutoff, full=False)
        depth = diameters[numbers[pairs.first], numbers[pairs.second]] - pairs.distances
        pairs, depth = pairs.take(depth > 0), depth[depth > 0]
        vectors = model.positions[pairs.second] + pairs.shifts @ cell - model.positions[pairs.first]
        push = (depth / np.maximum(pairs.distances, 1e-6))[:, None] * vectors
        gradient = np.stack(
            [
                np.bincount(pairs.first, push[:, x], len(model))
                - np.bincount(pairs.second, push[:, x], len(model))
                for x in range(3)
            ],
            axis=1,
        )
        return float(depth @ depth) / 2, gradient.ravel()

    minimum = minimize(
        overlap,
        atoms.positions.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MOST_STEPS, "ftol": 1e-12, "gtol": 1e-6},
    )
    atoms.positions[:] = minimum.x.reshape(-1, 3)


def _relax(
    atoms: Atoms,
    potential: Potential,
    fmax: float,
    steps: int,
    progress: Callable[[int, int], None],
) -> tuple[float, float]:
    """Relax the atoms in place; return energy in eV/atom and largest force in eV/Å."""
    from ase.optimize import FIRE

    atoms.calc = potential.calculator
    with FIRE(atoms, logfile=None) as optimizer:
        optimizer.attach(lambda: progress(optimizer.nsteps, steps))
        optimizer.run(fmax=fmax, steps=steps)
    energy = float(atoms.get_potential_energy()) / len(atoms)
    force = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
    atoms.calc = None
    return energy, force


def _contacts(atoms: Atoms, diameters: NDArray[np.float64]) -> tuple[Contact, ...]:
    """Nearest pair of each two elements, out to twice their soft spheres."""
    elements = np.unique(atoms.numbers)
    cutoff = 2 * float(diameters[np.ix_(elements, elements)].max())
    pairs = neighbour_list(atoms, cutoff, full=False)
    contacts = []
    for place, a in enumerate(elements.tolist()):
        for b in elements[place:].tolist():
            first, second = atoms.numbers[pairs.first], atoms.numbers[pairs.second]
            chosen = ((first == a) & (second == b)) | ((first == b) & (second == a))
            if chosen.any():
                contacts.append(
                    Contact(
                        pair=f"{chemical_symbols[a]}-{chemical_symbols[b]}",
                        shortest=float(pairs.distances[chosen].min()),
                        diameter=float(diameters[a, b]),
                    )
                )
    return tuple(contacts)
