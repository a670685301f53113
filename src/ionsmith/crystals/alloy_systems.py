"""Alloys of Li and Na with Si, Ge, Sn and Sb: systems, and their phases by guest content.

A phase AxM has x guest atoms (Li, Na) per host atom (Si, Ge, Sn, Sb). The phases of a system by
rising x are its path, from the element to the phase that is richest in the guest.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.formula import parse_formula
from ionsmith.crystals.library import load, names
from ionsmith.errors import InvalidInput, UnknownPhase

GUESTS = ("Li", "Na")
HOSTS = ("Si", "Ge", "Sn", "Sb")

SUPERSEDED = {
    "li22si5": "li17si4",
    "li21si5": "li17si4",
    "li22ge5": "li17ge4",
    "li22sn5": "li17sn4",
}
"""Lithium-richest phases whose stoichiometry was corrected, with the phase that replaced them."""

_UNSUPPORTED = {
    ("Li", "Si", Fraction(6)): "no such silicide exists; Li et al. 2022 (doi "
    "10.20517/energymater.2022.24) print Li12Si2 where the literature has Li12Si7: take li12si7",
    ("Li", "Si", Fraction(2, 3)): "no such silicide exists; Li et al. 2022 (doi "
    "10.20517/energymater.2022.24) print Li2Si3 where the literature has Li7Si3: take li7si3",
    ("Na", "Sn", Fraction(1, 3)): "no experimental structure of this composition is known, a cubic "
    "one least of all, though the literature on cells names it; the phases next to it are na5sn13 "
    "and nasn2",
}
"""Compositions named in the literature that no crystal has, with an explanation."""

_SILICIDE = "M. Zeilinger et al., Chem. Mater. 25 (2013) 1960"
_STANNIDE_AND_GERMANIDE = (
    "G. R. Goward et al., J. Alloys Compd. 329 (2001) 82 (doi 10.1016/S0925-8388(01)01567-5)"
)

_WORD = re.compile(r"([a-z]{2})(\d*)([a-z]{2})(\d*)", re.IGNORECASE)


@dataclass(frozen=True)
class AlloySystem:
    """A host and the guest that it stores.

    Parameters
    ----------
    guest
        ``"Li"`` or ``"Na"``.
    host
        ``"Si"``, ``"Ge"``, ``"Sn"`` or ``"Sb"``.
    """

    guest: str
    host: str

    def __str__(self) -> str:
        return f"{self.guest}-{self.host}"


def parse_system(text: str) -> AlloySystem:
    """Read a system such as ``Na-Sn``, in either order and any case.

    Raises
    ------
    InvalidInput
        If it is not one of the eight systems.
    """
    parts = {part.strip().capitalize() for part in re.split(r"[-–]", text)}
    for guest in GUESTS:
        for host in HOSTS:
            if parts == {guest, host}:
                return AlloySystem(guest, host)
    known = ", ".join(f"{guest}-{host}" for guest in GUESTS for host in HOSTS)
    raise InvalidInput(f"{text!r} is not an alloy system of the library; expected one of {known}")


def load_alloy(name: str) -> Crystal:
    """Load an alloy of the eight systems, or one of their elements, by name or formula.

    Parameters
    ----------
    name
        Name or formula as for :func:`ionsmith.crystals.load`.

    Raises
    ------
    UnknownPhase
        If the library has no such alloy; the message explains compositions that the literature
        names by mistake.
    """
    name = name.removeprefix("lib:")
    binary = _binary(name)
    if binary is not None and binary in _UNSUPPORTED:
        raise UnknownPhase(f"{name}: {_UNSUPPORTED[binary]}")
    try:
        crystal = load(name)
    except UnknownPhase:
        if binary is None:
            raise
        system = AlloySystem(*binary[:2])
        held = ", ".join(f"{p.name} ({float(guest_content(p)):.4g})" for p in path(system))
        raise UnknownPhase(
            f"no phase {name} in the library; phases of {system} and their x: {held}"
        ) from None
    if not _is_alloy(crystal):
        raise UnknownPhase(
            f"{crystal.name} ({crystal.formula}) is not an alloy of {' or '.join(GUESTS)} with "
            f"{', '.join(HOSTS)}; ionsmith.crystals.load gives other crystals"
        )
    return crystal


def path(system: AlloySystem) -> tuple[Crystal, ...]:
    """All phases of a system by rising x, from the element to the richest.

    If several have the same x, the one that the bare formula names comes first: the stable one, or
    the better refinement.
    """
    phases = [
        crystal
        for crystal in map(load, names())
        if _is_alloy(crystal)
        and system.host in (elements := parse_formula(crystal.formula))
        and set(elements) <= {system.guest, system.host}
    ]
    return tuple(sorted(phases, key=lambda c: (guest_content(c), not c.answers_to_formula, c.name)))


def guest_content(crystal: Crystal) -> Fraction:
    """Guest atoms per host atom of an alloy, x in AxM.

    Raises
    ------
    InvalidInput
        If the crystal has no host atoms.
    """
    amounts = {e: Fraction(n).limit_denominator(10_000) for e, n in _amounts(crystal).items()}
    hosts = sum(amounts.get(host, Fraction(0)) for host in HOSTS)
    if not hosts:
        raise InvalidInput(f"{crystal.name} has no host atoms ({', '.join(HOSTS)})")
    return sum((amounts.get(guest, Fraction(0)) for guest in GUESTS), Fraction(0)) / hosts


def system_of(crystal: Crystal) -> tuple[str | None, str]:
    """Guest (None for an element) and host of an alloy."""
    guest_content(crystal)
    elements = _amounts(crystal)
    guest = next((element for element in GUESTS if element in elements), None)
    return guest, next(element for element in HOSTS if element in elements)


def about(crystal: Crystal) -> list[str]:
    """What a user of a phase must know, one line each."""
    return corrected(crystal) + ([f"{crystal.name}: {crystal.notes}"] if crystal.notes else [])


def corrected(crystal: Crystal) -> list[str]:
    """How the stoichiometry of a lithium-richest phase was corrected, one line per correction."""
    pairs = [(old, new) for old, new in SUPERSEDED.items() if crystal.name in (old, new)]
    return [_difference(load(old), load(new)) for old, new in pairs]


def _difference(old: Crystal, new: Crystal) -> str:
    """How one stoichiometry corrects another, in a sentence."""
    host = system_of(new)[1]
    counts = [f"{crystal.composition()['Li']:.0f}" for crystal in (old, new)]
    x = [f"x = {float(guest_content(crystal)):g}" for crystal in (old, new)]
    shown = _SILICIDE if host == "Si" else _STANNIDE_AND_GERMANIDE
    return (
        f"{old.formula} ({x[0]}) and {new.formula} ({x[1]}) are two readings of the "
        f"lithium-richest phase, {counts[0]} and {counts[1]} Li for "
        f"{new.composition()[host]:.0f} {host} in the cubic cell: the first is historical, and "
        f"capacities are quoted for it; that it is the second was shown by {shown}"
    )


def _amounts(crystal: Crystal) -> dict[str, float]:
    """Amounts by element in the formula."""
    return parse_formula(crystal.formula)


def _is_alloy(crystal: Crystal) -> bool:
    """Whether a crystal is one of the alloys or their elements."""
    elements = set(_amounts(crystal))
    return (
        elements <= {*GUESTS, *HOSTS}
        and len(elements & set(GUESTS)) <= 1
        and len(elements & set(HOSTS)) <= 1
    )


def _binary(name: str) -> tuple[str, str, Fraction] | None:
    """Guest, host and x of a formula of two elements, in any case and either order."""
    word = _WORD.fullmatch(name.strip())
    if word is None:
        return None
    first, one, second, two = word.groups()
    amounts = {first.capitalize(): int(one or 1), second.capitalize(): int(two or 1)}
    for guest in GUESTS:
        for host in HOSTS:
            if set(amounts) == {guest, host} and all(amounts.values()):
                return guest, host, Fraction(amounts[guest], amounts[host])
    return None
