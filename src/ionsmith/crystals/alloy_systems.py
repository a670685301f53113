"""Alloys of Li and Na with Si, Ge, Sn and Sb: the systems, their phases, the order of the phases.

A phase AxM holds x guest atoms (Li, Na) for each host atom (Si, Ge, Sn, Sb). The phases of a
system by rising x are its path, from the element to the phase that is richest in the guest.
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
"""Compositions that the review names and no crystal has: what to say of them."""

_SILICIDE = "M. Zeilinger et al., Chem. Mater. 25 (2013) 1960"
_STANNIDE_AND_GERMANIDE = (
    "G. R. Goward et al., J. Alloys Compd. 329 (2001) 82 (doi 10.1016/S0925-8388(01)01567-5)"
)

_WORD = re.compile(r"([a-z]{2})(\d*)([a-z]{2})(\d*)", re.IGNORECASE)


@dataclass(frozen=True)
class AlloySystem:
    """A guest that a host takes up.

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
        If it is none of the eight systems.
    """
    parts = {part.strip().capitalize() for part in re.split(r"[-–]", text)}
    for guest in GUESTS:
        for host in HOSTS:
            if parts == {guest, host}:
                return AlloySystem(guest, host)
    known = ", ".join(f"{guest}-{host}" for guest in GUESTS for host in HOSTS)
    raise InvalidInput(f"{text!r} is no system of alloys that the library holds; known: {known}")


def load_alloy(name: str) -> Crystal:
    """Load an alloy of the eight systems, or one of their elements, by name or formula.

    Parameters
    ----------
    name
        As :func:`ionsmith.crystals.load` takes it, with ``lib:`` before it or not.

    Raises
    ------
    UnknownPhase
        If the library has no such alloy. What is known of compositions that the literature names
        by mistake is said.
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
        held = ", ".join(f"{one.name} ({float(guest_content(one)):.4g})" for one in path(system))
        raise UnknownPhase(
            f"no phase {name} in the library; phases of {system} and their x: {held}"
        ) from None
    if not _is_alloy(crystal):
        raise UnknownPhase(
            f"{crystal.name} ({crystal.formula}) is no alloy of {' or '.join(GUESTS)} with "
            f"{', '.join(HOSTS)}; for other crystals take 'ionsmith library export'"
        )
    return crystal


def path(system: AlloySystem) -> tuple[Crystal, ...]:
    """Every phase of a system, from the element to the richest, by rising x.

    Of several with one x the form that the bare formula names comes first: the stable one, or the
    better refinement.
    """
    found = [
        crystal
        for crystal in map(load, names())
        if _is_alloy(crystal)
        and system.host in (elements := parse_formula(crystal.formula))
        and set(elements) <= {system.guest, system.host}
    ]
    return tuple(sorted(found, key=lambda c: (guest_content(c), not c.answers_to_formula, c.name)))


def guest_content(crystal: Crystal) -> Fraction:
    """Guest atoms for each host atom of an alloy, x in AxM.

    Raises
    ------
    InvalidInput
        For a crystal without host atoms.
    """
    amounts = {e: Fraction(n).limit_denominator(10_000) for e, n in _amounts(crystal).items()}
    hosts = sum(amounts.get(host, Fraction(0)) for host in HOSTS)
    if not hosts:
        raise InvalidInput(
            f"{crystal.name} holds none of {', '.join(HOSTS)}: it has no host to store anything in"
        )
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
    """How the stoichiometry of a lithium-richest phase was corrected, one line a correction."""
    pairs = [(old, new) for old, new in SUPERSEDED.items() if crystal.name in (old, new)]
    return [_difference(load(old), load(new)) for old, new in pairs]


def _difference(old: Crystal, new: Crystal) -> str:
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
    return parse_formula(crystal.formula)


def _is_alloy(crystal: Crystal) -> bool:
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
