"""A supercell, whole numbers of atoms and charges for a crystal of which nothing else is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from ionsmith.crystals.charges import guess_oxidation_states, usual_charges
from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.ordering._neutral_counts import neutral_counts
from ionsmith.crystals.ordering._target import find_target, most_compact
from ionsmith.errors import CompositionNotPossible

MOST_ATOMS = 200
"""Atoms up to which a supercell is chosen; a larger conventional cell is taken as it is."""

NEAR = 0.02
"""Share of the positions of a site by which the number of atoms on it may differ from the published
occupancy, if that can be had with :data:`MOST_ATOMS`."""

SLENDER = 3.0
"""Ratio of the longest to the shortest edge up to which a supercell is taken, unless that of the
conventional cell is larger."""


@dataclass(frozen=True)
class Choice:
    """What a disordered crystal is ordered as.

    Parameters
    ----------
    crystal
        The crystal, with formal charges as far as they are known.
    supercell
        Conventional cells along a, b and c.
    composition
        Atoms by element and site, or as given.
    notes
        What was assumed, one line each.
    """

    crystal: Crystal
    supercell: tuple[int, int, int]
    composition: dict[str, int]
    notes: tuple[str, ...]


def choose_supercell(
    crystal: Crystal,
    supercell: tuple[int, int, int] | None = None,
    composition: Mapping[str, int] | None = None,
) -> Choice:
    """Choose the smallest supercell with a neutral composition near the published one.

    Parameters
    ----------
    crystal
        A disordered crystal with coordinates.
    supercell
        The supercell, if it is given.
    composition
        The composition, if it is given (as for :func:`ionsmith.crystals.ordering.order`); the
        supercell is then one cell by default.

    Returns
    -------
    Choice
        Numbers of atoms within :data:`NEAR` of the occupancies if a supercell of up to
        :data:`MOST_ATOMS` has them, else those of the supercell that comes nearest.

    Raises
    ------
    CompositionNotPossible
        If a supercell cannot hold the composition.
    """
    charged, assumed = with_usual_charges(crystal, crystal.composition())
    atoms = sum(crystal.composition().values())
    if supercell is None and composition is None:
        largest = max(1, int(MOST_ATOMS // atoms))
        sizes = [most_compact(crystal, n) for n in range(1, largest + 1)]
        slender = max(_aspect(crystal, sizes[0]), SLENDER)
        sizes = [size for size in sizes if _aspect(crystal, size) <= slender]
    else:
        sizes = [supercell or (1, 1, 1)]
    best: tuple[float, tuple[int, int, int], dict[str, int], str] | None = None
    for size in sizes:
        counts, kind = _numbers(charged, size, composition)
        off = _difference(charged, size, counts)
        if best is None or off < best[0] - 1e-9:
            best = off, size, counts, kind
        if off <= NEAR:
            break
    assert best is not None
    off, size, counts, kind = best
    notes = []
    if composition is None:
        exact = "the published occupancies" if off < 1e-3 else f"the nearest {kind} of atoms"
        notes.append(f"{_text(size)} with {exact}")
    if assumed is not None:
        whole = find_target(crystal, prod(size), counts, nearest=True).composition
        charged, assumed = with_usual_charges(crystal, whole)
        notes.append(assumed or "formal charges not known")
    return Choice(charged, size, counts, tuple(notes))


def with_usual_charges(
    crystal: Crystal, amounts: Mapping[str, float]
) -> tuple[Crystal, str | None]:
    """Give a crystal the formal charges that its file does not state.

    Parameters
    ----------
    crystal
        A crystal, disordered or not.
    amounts
        Atoms by element for which the charges are to be neutral.

    Returns
    -------
    crystal
        With the usual charges of the composition, or as it was if it has charges on all sites or
        the usual ones are not known, as in alloys.
    note
        The charges, if they were assumed.
    """
    if crystal.charge is not None or not crystal.has_coordinates:
        return crystal, None
    charges = None
    if all(amount == int(amount) for amount in amounts.values()):
        charges = guess_oxidation_states({e: int(n) for e, n in amounts.items()})
    charges = charges or usual_charges(amounts)
    if charges is None:
        return crystal, None
    stated = {e: q for site in crystal.sites for e, q in site.oxidation.items()}
    charges = {e: stated.get(e, charges.get(e, 0.0)) for e in crystal.composition()}
    sites = tuple(
        replace(site, oxidation={e: site.oxidation.get(e, charges[e]) for e in site.occupancy})
        for site in crystal.sites
    )
    listed = " ".join(f"{element}{charge:+.3g}" for element, charge in charges.items())
    return replace(crystal, sites=sites), f"formal charges assumed: {listed}"


def _numbers(
    crystal: Crystal, supercell: tuple[int, int, int], composition: Mapping[str, int] | None
) -> tuple[dict[str, int], str]:
    """Whole numbers of atoms on the disordered sites, and what they are."""
    if composition is not None:
        return dict(composition), "whole numbers"
    charges = [q for site in crystal.sites for q in site.oxidation.values()]
    if crystal.charge is not None and all(q == int(q) for q in charges):
        try:
            return neutral_counts(crystal, prod(supercell)), "neutral numbers"
        except CompositionNotPossible:
            pass
    target = find_target(crystal, prod(supercell), nearest=True)
    counts = dict.fromkeys(target.published, 0)
    for pool in target.pools:
        for filling in pool.fillings:
            if filling.species is not None:
                counts[f"{filling.species}@{crystal.sites[filling.sites[0]].label}"] = filling.count
    return counts, "whole numbers"


def _difference(
    crystal: Crystal, supercell: tuple[int, int, int], counts: Mapping[str, int]
) -> float:
    """Largest difference from the published occupancies, as a share of the positions."""
    off = 0.0
    for site in crystal.sites:
        for element, occupancy in site.occupancy.items():
            if (key := f"{element}@{site.label}") in counts:
                positions = site.multiplicity * prod(supercell)
                off = max(off, abs(counts[key] / positions - occupancy))
    return off


def _aspect(crystal: Crystal, supercell: tuple[int, int, int]) -> float:
    """Longest edge of a supercell over its shortest one."""
    edges = np.linalg.norm(crystal.cell, axis=1) * supercell
    return float(edges.max() / edges.min())


def _text(supercell: tuple[int, int, int]) -> str:
    """A supercell, in words."""
    one = prod(supercell) == 1
    return "one cell" if one else "a supercell of " + "×".join(map(str, supercell))
