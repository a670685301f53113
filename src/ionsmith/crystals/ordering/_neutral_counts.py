"""Whole numbers of atoms nearest to the published occupancies, in a neutral cell."""

from itertools import product

from ionsmith.crystals.crystal import Crystal
from ionsmith.errors import CompositionNotPossible

_REACH = 2
"""Largest difference in atoms from the published occupancy."""


def neutral_counts(crystal: Crystal, cells: int = 1) -> dict[str, int]:
    """Find the neutral composition nearest to the published one.

    Parameters
    ----------
    crystal
        The crystal, in the cell to be filled.
    cells
        Number of such cells.

    Returns
    -------
    dict
        ``"Na@Na1"`` → number of atoms on the disordered sites, as
        :func:`ionsmith.crystals.ordering.order` takes it, with the smallest sum of squared
        differences from the published occupancies. If not all charges are known, neutrality is
        not required.

    Raises
    ------
    CompositionNotPossible
        If there are no such numbers within two atoms of the published occupancies.
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
    # Site by site, the best way to each sum of charges so far: sites are independent.
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
