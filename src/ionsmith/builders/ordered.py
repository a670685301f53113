"""Ordered models of any disordered crystal, of the library or of a file.

:func:`build_ordered` asks for nothing: the cell is the smallest one that holds the published
occupancies in whole numbers of atoms and without a charge, or the conventional cell with the
nearest neutral composition; charges that the file does not state are the usual ones. What was
chosen is said in the notes of the result. :func:`ionsmith.crystals.ordering.order` takes the same
choices one by one.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from ase.data import atomic_numbers

from ionsmith.bonding.checks import check_supercell
from ionsmith.bonding.elements import NONMETAL
from ionsmith.choices import checked
from ionsmith.crystals.conversion import read_published
from ionsmith.crystals.files import CrystalLike
from ionsmith.crystals.ordering import (
    Ordering,
    OrderingResult,
    choose_supercell,
    order,
)
from ionsmith.crystals.sites import OXIDATION_STATES
from ionsmith.errors import CompositionNotPossible, InvalidInput


@checked
def build_ordered(
    crystal: CrystalLike,
    supercell: tuple[int, int, int] | None = None,
    composition: Mapping[str, int] | None = None,
    method: Ordering | None = None,
    *,
    count: int = 1,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> OrderingResult:
    """Order a disordered crystal.

    Parameters
    ----------
    crystal
        A crystal with partial occupancies: of the library, a CIF, or a pymatgen structure.
    supercell
        Conventional cells along a, b and c; by default the smallest one near the published
        occupancies (:func:`ionsmith.crystals.ordering.choose_supercell`).
    composition
        Atoms in the whole supercell, by element or by element and site, as for
        :func:`ionsmith.crystals.ordering.order`; by default the published occupancies, or the
        nearest neutral numbers.
    method
        As ``ordering`` of :func:`ionsmith.crystals.ordering.order`; by default
        ``"electrostatic"``, or ``"random"`` where the charges are not known.
    count
        Number of different structures wanted; the result has a note if there are fewer.
    seed
        Seed of the search or the draw.
    progress
        Called with the number of steps done and their total.

    Returns
    -------
    OrderingResult
        Its ``atoms`` are the best structure.

    Raises
    ------
    InvalidInput
        If the crystal is ordered, or the method needs charges that are not known.
    CompositionNotPossible, NoCoordinates, InvalidStructure, AtomsTooClose
        As :func:`ionsmith.crystals.ordering.order`.
    UnknownPhase, UnreadableFile
        If the crystal cannot be read.

    Examples
    --------
    >>> from ionsmith.builders.ordered import build_ordered
    >>> ordered = build_ordered("lib:beta2-alumina")
    >>> ordered.atoms.get_chemical_formula(), ordered.charge
    ('Al31Mg2Na5O51', 0.0)
    """
    disordered = read_published(crystal)
    if disordered.is_ordered:
        raise InvalidInput(f"{disordered.name} has no partial occupancies: it is ordered already")
    if supercell is not None:
        check_supercell(supercell, len(disordered.expand().positions))
    choice = choose_supercell(disordered, supercell, composition)
    known = choice.crystal.charge is not None
    notes = list(choice.notes)
    if not known and any(NONMETAL[atomic_numbers[e]] for e in choice.crystal.composition()):
        notes.append("formal charges not known: it may not be neutral")
    arguments: dict[str, Any] = {
        "supercell": choice.supercell,
        "ordering": method or ("electrostatic" if known else "random"),
        "seed": seed,
        "count": count,
        "nearest": True,
        "progress": progress,
    }
    try:
        result = order(choice.crystal, composition=choice.composition, **arguments)
    except CompositionNotPossible:
        if composition is not None:
            raise
        elements: Counter[str] = Counter()
        for key, number in choice.composition.items():
            elements[key.partition("@")[0]] += number
        for site in choice.crystal.sites:
            element = next(iter(site.occupancy))
            if site.is_ordered and element in elements:
                elements[element] += site.multiplicity * prod(choice.supercell)
        result = order(choice.crystal, composition=dict(elements), **arguments)
        notes.append(
            "the published numbers on each site leave atoms too close together: the atoms of an "
            "element are free among its sites"
        )
    if disordered.charge is None:  # what was assumed is no statement of the file
        for atoms in result.structures:
            atoms.arrays.pop(OXIDATION_STATES, None)
    if result.n_structures < count:
        found = "there are" if result.method == "enumeration" else "the search found"
        notes.append(f"{count} structures were asked for; {found} {result.n_structures} different")
    if result.charge:
        notes.append(f"the cell has an uncompensated charge of {result.charge:+g} e")
    return replace(result, notes=(*result.notes, *notes))
