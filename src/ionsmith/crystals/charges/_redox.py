"""Which of several metals is oxidised: charges among 3d metals and lanthanides in oxides.

The composition of LiNi1/3Mn1/3Co1/3O2 gives the metals nine charges together, and how often the
states of one metal occur does not tell how they share them. Their redox couples do: metals give up
their electrons in the order of :data:`COUPLES`, the couple with the highest level first (J. B.
Goodenough and Y. Kim, Chem. Mater. 22, 587 (2010), doi:10.1021/cm901452z, for oxides and
phosphates). So Mn is Mn4+ before Ni2+ is oxidised, and Fe is Fe3+ before Mn2+ is. The lanthanides
of several charges stand among them: perovskites hold Eu2+ beside Ti4+, Tb3+ beside Mn3+, and Ce3+
beside Fe3+ (R. D. Shannon, Acta Cryst. A 32, 751 (1976), doi:10.1107/S0567739476001551).
"""

from collections.abc import Mapping

LOWEST = {
    "Ti": 2, "V": 2, "Cr": 2, "Mn": 2, "Fe": 2, "Co": 2, "Ni": 2, "Cu": 1,
    "Ce": 3, "Pr": 3, "Sm": 2, "Eu": 2, "Tb": 3, "Yb": 2,
}  # fmt: skip
"""Lowest charges of the metals in e."""

COUPLES = (
    ("Sm", 3), ("Yb", 3), ("Ti", 3), ("Ti", 4), ("Eu", 3), ("V", 3), ("Cr", 3), ("V", 4),
    ("Fe", 3), ("V", 5), ("Mn", 3), ("Ce", 4), ("Cu", 2), ("Mn", 4), ("Co", 3), ("Ni", 3),
    ("Fe", 4), ("Co", 4), ("Ni", 4), ("Cr", 4), ("Cr", 5), ("Cr", 6), ("Pr", 4), ("Tb", 4),
)  # fmt: skip
"""Charges that the metals reach one after the other as a compound is oxidised."""


def share_charges(amounts: Mapping[str, float], states: Mapping[str, float]) -> dict[str, float]:
    """Share the charge of these metals among them in the order of their couples.

    Parameters
    ----------
    amounts
        Number of atoms by element.
    states
        Charge in e by element.

    Returns
    -------
    dict
        The same charge in sum; at most one metal has a mean between two charges. As given where
        there are not several such metals, or their charge is out of reach.
    """
    metals = [metal for metal in states if metal in LOWEST]
    shared = dict(states)
    rest = sum(amounts[m] * (states[m] - LOWEST[m]) for m in metals)
    if len(metals) < 2 or rest < -1e-9:
        return shared
    shared.update({metal: float(LOWEST[metal]) for metal in metals})
    for metal, charge in COUPLES:
        if metal in metals and rest > 1e-9:
            step = min(rest / amounts[metal], charge - shared[metal])
            shared[metal] += step
            rest -= step * amounts[metal]
    return shared if rest <= 1e-9 else dict(states)


def recharge(
    amounts: Mapping[str, float], states: Mapping[str, float], change: float
) -> dict[str, float] | None:
    """Put a change of the total charge on the metals, in the order of their couples.

    Parameters
    ----------
    amounts
        Number of atoms by element.
    states
        Charge in e by element.
    change
        What the sum of all charges changes by, in e.

    Returns
    -------
    dict or None
        Charge in e by element; None if the metals cannot have it.
    """
    highest = {metal: max(c for m, c in COUPLES if m == metal) for metal in LOWEST}
    metals = [metal for metal in states if metal in LOWEST]
    if not metals:
        return None
    moved = share_charges(
        amounts, {**states, metals[0]: states[metals[0]] + change / amounts[metals[0]]}
    )
    known = all(LOWEST[m] - 1e-9 <= moved[m] <= highest[m] + 1e-9 for m in metals)
    return moved if known else None
