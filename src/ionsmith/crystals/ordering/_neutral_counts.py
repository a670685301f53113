"""Whole numbers of atoms nearest to published occupancies, such that the cell is neutral."""

from collections import Counter
from itertools import product

from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.ordering._target import find_target
from ionsmith.errors import CompositionNotPossible

_REACH = 2
"""By how many atoms a number may be off what the occupancy asks for, at most."""


def neutral_counts(crystal: Crystal, cells: int = 1) -> dict[str, int]:
    """Find the neutral composition nearest to the published one.

    Parameters
    ----------
    crystal
        The crystal, in the cell that is to be filled.
    cells
        How many such cells.

    Returns
    -------
    dict
        ``"Na@Na1"`` → number of atoms on the disordered sites, as
        :func:`ionsmith.crystals.ordering.order` takes it. The sum of squares of what each number
        is off is the smallest there is. Where charges are not all known, neutrality is not asked.

    Raises
    ------
    CompositionNotPossible
        If no such numbers are within two atoms of what the occupancies ask for.
    """
    known = crystal.charge is not None
    fixed, options = 0.0, []
    for site in crystal.sites:
        number = site.multiplicity * cells
        if site.is_ordered:
            fixed += number * next(iter(site.oxidation.values()), 0.0)
            continue
        full = sum(site.occupancy.values()) > 1 - 1e-6
        choices = []
        wanted = {element: value * number for element, value in site.occupancy.items()}
        spans = [
            range(max(0, round(value) - _REACH), min(number, round(value) + _REACH) + 1)
            for value in wanted.values()
        ]
        for counts in product(*spans):
            filled = sum(counts)
            if filled > number or (full and filled != number):
                continue
            off = sum((n - w) ** 2 for n, w in zip(counts, wanted.values(), strict=True))
            charge = sum(
                n * site.oxidation.get(element, 0.0)
                for element, n in zip(wanted, counts, strict=True)
            )
            keys = [f"{element}@{site.label}" for element in wanted]
            choices.append((off, charge, dict(zip(keys, counts, strict=True))))
        options.append(choices)
    # Site by site, the best way to each sum of charges so far: the sites do not know each other.
    best: dict[float, tuple[float, dict[str, int]]] = {round(fixed, 6): (0.0, {})}
    for choices in options:
        further: dict[float, tuple[float, dict[str, int]]] = {}
        for before, (cost, chosen) in best.items():
            for worse, step, extra in choices:
                total = round(before + step, 6) if known else 0.0
                if total not in further or cost + worse < further[total][0] - 1e-9:
                    further[total] = (cost + worse, chosen | extra)
        best = further
    target = 0.0
    if not known and best:
        target = next(iter(best))
    if target not in best:
        raise CompositionNotPossible(
            f"{crystal.name}: no neutral composition near the published occupancies in this cell; "
            "take a larger cell or give the numbers of atoms"
        )
    return best[target][1]


def ordering_options(crystal: Crystal) -> str:
    """Options of ``ionsmith library export`` that order a crystal in its conventional cell.

    Electrostatics order it if all charges are known. Occupancies that are no whole numbers of atoms
    are rounded; where that would leave a charge, the nearest neutral composition is named.

    Parameters
    ----------
    crystal
        A disordered crystal with coordinates.
    """
    method = f"--ordering {'random' if crystal.charge is None else 'electrostatic'}"
    try:
        find_target(crystal, 1)
        return method
    except CompositionNotPossible:
        pass
    charges = {e: q for site in crystal.sites for e, q in site.oxidation.items()}
    nearest = find_target(crystal, 1, nearest=True).composition
    if crystal.charge is None or abs(sum(charges[e] * n for e, n in nearest.items())) < 1e-6:
        return f"{method} --nearest"
    atoms: Counter[str] = Counter()
    for key, count in neutral_counts(crystal).items():
        atoms[key.partition("@")[0]] += count
    for site in crystal.sites:
        element = next(iter(site.occupancy))
        if site.is_ordered and element in atoms:
            atoms[element] += site.multiplicity
    return f"{method} --composition {''.join(f'{e}{n}' for e, n in atoms.items())}"
