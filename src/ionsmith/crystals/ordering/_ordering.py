"""Order a disordered crystal."""

from collections.abc import Callable, Mapping

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.bonding.checks import check_contacts, check_supercell
from ionsmith.choices import checked
from ionsmith.crystals.conversion import read_published
from ionsmith.crystals.crystal import FROM_FILE, Crystal
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.ordering._cell import DisorderedCell
from ionsmith.crystals.ordering._enumeration import (
    ENUMERATION_LIMIT,
    count_arrangements,
    enumerate_arrangements,
)
from ionsmith.crystals.ordering._monte_carlo import SEARCH_LIMIT, SEARCHES, Walker
from ionsmith.crystals.ordering._quasirandom import quasirandom
from ionsmith.crystals.ordering._result import Ordering, OrderingMethod, OrderingResult
from ionsmith.crystals.ordering._target import explain_supercells, find_target
from ionsmith.crystals.recut import RecutCrystal
from ionsmith.crystals.sites import OXIDATION_STATES
from ionsmith.errors import CompositionNotPossible, InvalidInput

DUPLICATE = 1e-4
"""Difference of energy in eV below which two arrangements may be equivalent by symmetry."""


@checked
def order(
    crystal: CrystalLike,
    supercell: tuple[int, int, int] = (1, 1, 1),
    composition: Mapping[str, int] | None = None,
    ordering: Ordering = "electrostatic",
    seed: int = 0,
    count: int = 1,
    nearest: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> OrderingResult:
    """Make ordered cells of a disordered crystal.

    Parameters
    ----------
    crystal
        A crystal of the library or its name, as published or with
        :meth:`~ionsmith.crystals.Crystal.with_occupancy` changed, in its published cell or in
        another one (:func:`ionsmith.crystals.recut.recut_crystal`).
    supercell
        Cells along a, b and c.
    composition
        Atoms in the whole supercell, by element (``{"Na": 18}``, ordered sites included) or by
        element and site (``{"Na@Na1": 5}``). The atoms of an element are distributed over its
        disordered sites by energy, or at random in proportion to the published occupancies.
        Elements that are not named keep their published occupancies, which must then be whole
        numbers of atoms.
    ordering
        ``"electrostatic"``: ranked by the electrostatic energy of the formal charges, among all
        distinct arrangements if they are few enough, otherwise among those that a Monte Carlo
        search finds. ``"random"``: drawn at random; all arrangements without close contacts are
        equally likely. ``"enumerate"``: all distinct arrangements, ranked by their energy if the
        charges are known. ``"sqs"``: special quasi-random structures, for alloys and other sites
        that are mixed without preference (extra ``sqs``).
    seed
        Seed of the search or the draw.
    count
        Number of structures wanted; fewer are returned if fewer distinct ones exist, or if several
        searches find the same one.
    nearest
        Whether published occupancies that the supercell cannot hold exactly are rounded.
    progress
        Called with the number of steps done and their total.

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
        If the supercell has a zero or negative size.
    AtomsTooClose
        If an atom on a disordered site is too close to one on an ordered site.
    InvalidInput
        If charges are missing that the electrostatic energy needs, the cell is too large for the
        search, or ``count`` is less than one.

    Examples
    --------
    >>> from ionsmith.crystals.ordering import order
    >>> ordered = order("lib:beta2-alumina")
    >>> ordered.structures[0].get_chemical_formula(), ordered.charge
    ('Al31Mg2Na5O51', 0.0)
    >>> ordered.n_arrangements, ordered.n_distinct
    (90, 15)
    """
    crystal = read_published(crystal)
    size = check_supercell(supercell, len(crystal.expand().positions))
    if count < 1:
        raise InvalidInput(f"`count` is {count}; at least 1 was expected")
    try:
        target = find_target(crystal, int(np.prod(size)), composition, nearest)
    except CompositionNotPossible as error:
        raise explain_supercells(crystal, error) from None
    cell = DisorderedCell(crystal, size, target)
    energies = objectives = degeneracies = n_distinct = n_arrangements = None
    method: OrderingMethod
    if ordering == "random":
        method, arrangements = "random", _draw(cell, seed, count)
    elif ordering == "sqs":
        method = "sqs"
        arrangements, objectives = quasirandom(cell, seed, count, progress)
        ranking = _without_duplicates(
            cell, arrangements, objectives, np.argsort(objectives, kind="stable")
        )
        n_distinct = len(ranking)
        arrangements, objectives = arrangements[ranking], objectives[ranking]
    else:
        missing = _missing_charges(cell)
        number = count_arrangements(cell)
        if ordering == "electrostatic" and missing:
            raise InvalidInput(
                f"{crystal.name}: the formal charge of {missing} is unknown, so there is no "
                "electrostatic energy; use `ordering` 'random', or give charges with "
                "Crystal.with_occupancy"
            )
        if ordering == "enumerate" and number > ENUMERATION_LIMIT:
            raise InvalidInput(
                f"{crystal.name}: {number:.3g} arrangements are more than the "
                f"{ENUMERATION_LIMIT:,} that are enumerated; take a smaller supercell, or "
                "`ordering` 'electrostatic' or 'random'"
            )
        if number <= ENUMERATION_LIMIT:
            method = "enumeration"
            arrangements, degeneracies = enumerate_arrangements(cell, progress)
            n_arrangements = int(degeneracies.sum())
            if not n_arrangements:
                raise CompositionNotPossible(
                    f"{crystal.name}: every arrangement of this composition has atoms too close "
                    "together on partly occupied sites; ask for fewer atoms or other sites"
                )
        else:
            method, arrangements = "monte carlo", _search(cell, seed, count, progress)
        if not missing:
            energies = cell.energies(arrangements)
        # Ties keep the order in which the arrangements were found, which is reproducible.
        ranking = np.arange(len(arrangements))
        if energies is not None:
            ranking = np.argsort(energies, kind="stable")
        if method == "monte carlo" and energies is not None:
            ranking = _without_duplicates(cell, arrangements, energies, ranking)
        n_distinct = len(ranking)
        ranking = ranking[:count]
        arrangements = arrangements[ranking]
        energies = None if energies is None else energies[ranking]
        degeneracies = None if degeneracies is None else degeneracies[ranking]
    structures = []
    charge = None
    for rank, arrangement in enumerate(arrangements):
        atoms = cell.build(arrangement)
        check_contacts(atoms)
        if crystal.data_class == FROM_FILE:
            _note_states(atoms, crystal)
        charge = cell.total_charge(arrangement)
        parameters = {
            "crystal": crystal.name,
            "cell_vectors": _vectors(crystal),
            "supercell": list(size),
            "composition": None if composition is None else dict(composition),
            "nearest": nearest,
            "method": method,
            "seed": seed,
            "rank": rank + 1,
            "energy_eV": None if energies is None else float(energies[rank]),
            "charge": charge,
        }
        provenance.record(atoms, "order", parameters, sources=[crystal.source()])
        provenance.start_lineage(atoms)
        structures.append(atoms)
    return OrderingResult(
        structures=tuple(structures),
        crystal=crystal.name,
        supercell=size,
        method=method,
        seed=seed,
        energies=energies,
        objectives=objectives,
        degeneracies=degeneracies,
        n_distinct=n_distinct,
        n_arrangements=n_arrangements,
        composition=target.composition,
        charge=charge,
        published=target.published,
        site_counts=tuple(cell.site_counts(arrangement) for arrangement in arrangements),
    )


def _note_states(atoms: Atoms, crystal: Crystal) -> None:
    """Give the atoms the oxidation states of their sites, if all are known."""
    states = {(s.label, e): q for s in crystal.sites for e, q in s.oxidation.items()}
    own = [states.get(pair) for pair in zip(atoms.arrays["site_label"], atoms.symbols, strict=True)]
    if None not in own:
        atoms.set_array(OXIDATION_STATES, np.array(own, dtype=float))


def _vectors(crystal: Crystal) -> list[list[float]] | None:
    """Vectors of the cell that is repeated; None for the published one."""
    return [list(row) for row in crystal.vectors] if isinstance(crystal, RecutCrystal) else None


def _missing_charges(cell: DisorderedCell) -> str:
    """Elements whose charges are missing for the electrostatic energy."""
    missing = {
        element
        for site in cell.crystal.sites
        for element in site.occupancy
        if element not in site.oxidation and element in cell.target.composition
    }
    return ", ".join(sorted(missing))


def _draw(cell: DisorderedCell, seed: int, count: int) -> NDArray[np.int64]:
    """Draw arrangements at random."""
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
    """Run a Monte Carlo search for each structure wanted, and some more in a small cell."""
    if len(cell) > SEARCH_LIMIT:
        raise InvalidInput(
            f"{cell.crystal.name}: {len(cell)} disordered positions exceed the {SEARCH_LIMIT} of "
            "the electrostatic search; order a smaller supercell and repeat it, or use `ordering` "
            "'random'"
        )
    rng = np.random.Generator(np.random.PCG64(seed))
    arrangements = []
    searches = max(count, min(SEARCHES, 1 + 1000 * (SEARCHES - 1) // len(cell)))
    for run in range(searches):

        def report(step: int, steps: int, run: int = run) -> None:
            if progress is not None:
                progress(run * steps + step, searches * steps)

        walker = Walker(cell, rng)
        walker.anneal(report)
        arrangements.append(walker.codes)
    return np.array(arrangements, dtype=np.int64)


def _without_duplicates(
    cell: DisorderedCell,
    arrangements: NDArray[np.int64],
    measure: NDArray[np.float64],
    ranking: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Leave out arrangements that are equivalent by symmetry to a better one."""
    kept: list[int] = []
    for index in ranking.tolist():
        rivals = [k for k in kept if abs(measure[k] - measure[index]) < DUPLICATE]
        if not any(cell.are_equivalent(arrangements[k], arrangements[index]) for k in rivals):
            kept.append(index)
    return np.array(kept, dtype=np.int64)
