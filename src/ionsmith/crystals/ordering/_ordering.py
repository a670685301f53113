"""From partial occupancy to ordered cells: the one door between a crystal and a structure.

A disordered crystal says how often a species is found on a site; a structure has it there or not.
:func:`order` puts whole numbers of atoms on the disordered sites of a supercell, by the
electrostatic energy of their formal charges or at random, and never two atoms too close together:
closer than the limit of :func:`ionsmith.bonding.checks.check_contacts` they exclude each other,
which is how split sites and sites between two others (mid-Na in NASICON) are told apart.

In a small cell all arrangements are compared, symmetry duplicates removed; in a larger one a
seeded Monte Carlo search looks for low energies. The energies are those of unscreened point
charges: they rank arrangements, and are no formation energies.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts, check_supercell
from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.ordering._cell import DisorderedCell
from ionsmith.crystals.ordering._enumeration import (
    ENUMERATION_LIMIT,
    count_arrangements,
    enumerate_arrangements,
)
from ionsmith.crystals.ordering._monte_carlo import SEARCH_LIMIT, SEARCHES, Walker
from ionsmith.crystals.ordering._target import explain_supercells, find_target, holding_supercells
from ionsmith.crystals.recut import RecutCrystal
from ionsmith.errors import CompositionNotPossible, InvalidInput
from ionsmith.results import Result, Table, plain

DUPLICATE = 1e-4
"""Difference of energy in eV below which two arrangements may be one, turned by symmetry."""

__all__ = ["OrderingResult", "holding_supercells", "order"]


@dataclass(frozen=True)
class OrderingResult(Result):
    """Ordered cells of a disordered crystal, the best first.

    Parameters
    ----------
    structures
        Ordered supercells in the published setting, with their provenance.
    crystal
        Name of the crystal.
    supercell
        Conventional cells along a, b and c.
    method
        ``"enumeration"``, ``"monte carlo"`` or ``"random"``.
    seed
        Seed of the search or the draw.
    energies
        Electrostatic energy of each structure in eV per supercell; None at random.
    degeneracies
        How many arrangements each structure stands for by symmetry; None unless enumerated.
    n_distinct
        Number of distinct arrangements found; None at random.
    n_arrangements
        Number of arrangements without close contacts; None unless enumerated.
    composition
        Atoms by element in the supercell.
    charge
        Sum of the formal charges in e; None where they are not all known. It is reported as it
        is: no atom is added or removed to balance it.
    published
        ``"Na@Na1"`` → number of atoms in the supercell by the published occupancy.
    site_counts
        The same keys → number of atoms, for each structure.
    """

    structures: tuple[Atoms, ...]
    crystal: str
    supercell: tuple[int, int, int]
    method: Literal["enumeration", "monte carlo", "random"]
    seed: int
    energies: NDArray[np.float64] | None
    degeneracies: NDArray[np.int64] | None
    n_distinct: int | None
    n_arrangements: int | None
    composition: dict[str, int]
    charge: float | None
    published: dict[str, float]
    site_counts: tuple[dict[str, int], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the atoms; of the structures their number."""
        said = {name: plain(value) for name, value in vars(self).items() if name != "structures"}
        return {"n_structures": len(self.structures), **said}

    def tables(self) -> list[Table]:
        """Return the ranking, then the occupancies of the best structure."""
        best = None if self.energies is None else self.energies[0]
        ranking = [
            [
                rank + 1,
                None if self.energies is None else float(self.energies[rank]),
                None if self.energies is None else float(self.energies[rank] - best),
                None if self.degeneracies is None else int(self.degeneracies[rank]),
            ]
            for rank in range(len(self.structures))
        ]
        size = "×".join(map(str, self.supercell))
        charge = "charge not known" if self.charge is None else f"charge {self.charge:+g} e"
        formula = " ".join(f"{element}{n}" for element, n in self.composition.items())
        title = f"{self.crystal} {size}: {formula}, {charge}, {self.method}"
        headers = ["rank", "energy (eV)", "above best (eV)", "degeneracy"]
        sites = [
            [*key.partition("@")[::2], number, self.site_counts[0][key]]
            for key, number in self.published.items()
        ]
        return [
            Table(title, headers, ranking),
            Table("Atoms on disordered sites", ["species", "site", "published", "here"], sites),
        ]


def order(
    crystal: Crystal,
    supercell: tuple[int, int, int] = (1, 1, 1),
    composition: Mapping[str, int] | None = None,
    method: Literal["electrostatic", "random"] = "electrostatic",
    seed: int = 0,
    count: int = 1,
    nearest: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> OrderingResult:
    """Make ordered cells of a disordered crystal.

    Parameters
    ----------
    crystal
        The crystal, as published or with :meth:`Crystal.with_occupancy` changed, in its published
        cell or in another one (:func:`ionsmith.crystals.recut.recut_crystal`).
    supercell
        Cells along a, b and c.
    composition
        Atoms in the whole supercell, by element (``{"Na": 18}``, ordered sites included) or by
        element and site (``{"Na@Na1": 5}``). The number of an element is distributed over its
        disordered sites by the energy, or in proportion to the published occupancies at random.
        What is not named keeps its published occupancies, which must then be whole numbers of
        atoms (the rule is in :mod:`ionsmith.crystals.ordering`).
    method
        ``"electrostatic"``: ranked by the electrostatic energy of the formal charges, of all
        distinct arrangements if there are few enough, of those that a Monte Carlo search finds
        otherwise. ``"random"``: drawn at random, all arrangements without close contacts alike.
    seed
        Seed of the search or the draw.
    count
        Number of structures wanted. Fewer come back if fewer distinct ones exist, or if several
        searches find the same.
    nearest
        Whether published occupancies that the supercell cannot hold exactly are rounded.
    progress
        Called now and then with the steps done and the number of all steps.

    Returns
    -------
    OrderingResult

    Raises
    ------
    CompositionNotPossible
        If the supercell cannot hold the composition, or not without close contacts.
    NoCoordinates
        If only the cell is published.
    InvalidStructure
        For a supercell of zero or negative size.
    AtomsTooClose
        If an atom on a disordered site is too close to one on an ordered site.
    InvalidInput
        If charges are missing that the electrostatic energy needs, the cell is too large for the
        search, or ``count`` is less than one.

    Examples
    --------
    >>> from ionsmith.crystals import load
    >>> from ionsmith.crystals.ordering import order
    >>> ordered = order(load("beta2-alumina"))
    >>> ordered.structures[0].get_chemical_formula(), ordered.charge
    ('Al31Mg2Na5O51', 0.0)
    >>> ordered.n_arrangements, ordered.n_distinct
    (90, 15)
    """
    size = check_supercell(supercell, len(crystal.expand().positions))
    if count < 1 or method not in ("electrostatic", "random"):
        raise InvalidInput(
            "ordering: method 'electrostatic' or 'random' and a count of at least 1 were expected, "
            f"not {method!r} and {count}"
        )
    try:
        target = find_target(crystal, int(np.prod(size)), composition, nearest)
    except CompositionNotPossible as error:
        raise explain_supercells(crystal, error) from None
    cell = DisorderedCell(crystal, size, target)
    energies = degeneracies = n_distinct = n_arrangements = None
    used: Literal["enumeration", "monte carlo", "random"]
    if method == "random":
        used, arrangements = "random", _draw(cell, seed, count)
    else:
        _need_charges(cell)
        if count_arrangements(cell) <= ENUMERATION_LIMIT:
            used = "enumeration"
            arrangements, degeneracies = enumerate_arrangements(cell, progress)
            n_arrangements = int(degeneracies.sum())
            if not n_arrangements:
                raise CompositionNotPossible(
                    f"{crystal.name}: every arrangement of this composition has atoms too close "
                    "together on partly occupied sites; ask for fewer atoms or other sites"
                )
        else:
            used, arrangements = "monte carlo", _search(cell, seed, count, progress)
        energies = cell.energies(arrangements)
        # Ties keep the order in which the arrangements were found, which is always the same.
        ranking = np.argsort(energies, kind="stable")
        if used == "monte carlo":
            ranking = _without_duplicates(cell, arrangements, energies, ranking)
        n_distinct = len(ranking)
        ranking = ranking[:count]
        arrangements, energies = arrangements[ranking], energies[ranking]
        degeneracies = None if degeneracies is None else degeneracies[ranking]
    structures = []
    charge = None
    for rank, arrangement in enumerate(arrangements):
        atoms = cell.build(arrangement)
        check_contacts(atoms)
        charge = cell.total_charge(arrangement)
        said = {
            "crystal": crystal.name,
            "cell_vectors": _vectors(crystal),
            "supercell": list(size),
            "composition": None if composition is None else dict(composition),
            "nearest": nearest,
            "method": used,
            "seed": seed,
            "rank": rank + 1,
            "energy_eV": None if energies is None else float(energies[rank]),
            "charge": charge,
        }
        provenance.record(atoms, "order", said, sources=[crystal.source()])
        provenance.start_lineage(atoms)
        structures.append(atoms)
    return OrderingResult(
        structures=tuple(structures),
        crystal=crystal.name,
        supercell=size,
        method=used,
        seed=seed,
        energies=energies,
        degeneracies=degeneracies,
        n_distinct=n_distinct,
        n_arrangements=n_arrangements,
        composition=target.composition,
        charge=charge,
        published=target.published,
        site_counts=tuple(cell.site_counts(arrangement) for arrangement in arrangements),
    )


def _vectors(crystal: Crystal) -> list[list[float]] | None:
    """Vectors of the cell that is repeated, None for the published one."""
    return [list(row) for row in crystal.vectors] if isinstance(crystal, RecutCrystal) else None


def _need_charges(cell: DisorderedCell) -> None:
    """Refuse an electrostatic energy without charges."""
    missing = {
        element
        for site in cell.crystal.sites
        for element in site.occupancy
        if element not in site.oxidation and element in cell.target.composition
    }
    if missing:
        raise InvalidInput(
            f"{cell.crystal.name}: no formal charge of {', '.join(sorted(missing))}, so there is "
            "no electrostatic energy to order by; order at random, or give charges with "
            "Crystal.with_occupancy"
        )


def _draw(cell: DisorderedCell, seed: int, count: int) -> NDArray[np.int64]:
    rng = np.random.Generator(np.random.PCG64(seed))
    drawn = []
    for _ in range(count):
        walker = Walker(cell, rng)
        walker.mix()
        drawn.append(walker.codes)
    return np.array(drawn, dtype=np.int64).reshape(count, len(cell))


def _search(
    cell: DisorderedCell, seed: int, count: int, progress: Callable[[int, int], None] | None
) -> NDArray[np.int64]:
    """One Monte Carlo search for each structure wanted, and some more in a small cell."""
    if len(cell) > SEARCH_LIMIT:
        raise InvalidInput(
            f"{cell.crystal.name}: {len(cell)} disordered positions, the electrostatic search "
            f"takes up to {SEARCH_LIMIT}; order a smaller supercell and repeat it, or order at "
            "random"
        )
    rng = np.random.Generator(np.random.PCG64(seed))
    found = []
    searches = max(count, min(SEARCHES, 1 + 1000 * (SEARCHES - 1) // len(cell)))
    for run in range(searches):

        def report(step: int, steps: int, run: int = run) -> None:
            if progress is not None:
                progress(run * steps + step, searches * steps)

        walker = Walker(cell, rng)
        walker.anneal(report)
        found.append(walker.codes)
    return np.array(found, dtype=np.int64)


def _without_duplicates(
    cell: DisorderedCell,
    arrangements: NDArray[np.int64],
    energies: NDArray[np.float64],
    ranking: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Leave out arrangements that symmetry turns into a better ranked one."""
    kept: list[int] = []
    for index in ranking.tolist():
        rivals = [k for k in kept if abs(energies[k] - energies[index]) < DUPLICATE]
        if not any(cell.are_equivalent(arrangements[k], arrangements[index]) for k in rivals):
            kept.append(index)
    return np.array(kept, dtype=np.int64)
