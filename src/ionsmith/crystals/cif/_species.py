"""What is on a site: element symbols, charges and mixtures as files write them."""

import re
from collections.abc import Collection
from contextlib import suppress

from ase.data import atomic_numbers

_ION = re.compile(r"^([A-Za-z]+)\s*(?:(\d*\.?\d*)([+-])|([+-])(\d*\.?\d*)|0)?\.?$")
_PART = re.compile(r"^(\d*\.?\d+)\s*\(?([A-Za-z]+)([^)]*)\)?$")
_LEADING = re.compile(r"^([A-Za-z]+)")
_GROUP = re.compile(
    r"h[23]o\d?$|n[hd]\d|c[hd]\d|[nps]o\d|(?:wat|cn|vac?|du)(?![a-z])", re.IGNORECASE
)
_SECOND = re.compile(r"\d*[/,&+]?([A-Z][a-z])")
HEAVIEST, LAST = 94, 99
"""Atomic numbers up to which a symbol in capitals, and any symbol, is taken for an element; beyond
are groups such as NO, CN or NH. No crystal of an element beyond einsteinium has been measured."""

MOST_CHARGE = 8
"""Largest charge of an ion; ``PO43-`` is a group."""

_ALIASES = {"D": "H", "T": "H", "Cval": "C", "Sival": "Si", "Hiso": "H"}
"""Isotopes, and scattering factors of International Tables under names of their own."""

ISOTOPES = ("D", "T")
"""Isotopes of hydrogen, which are read as H."""


def parse_species(symbol: str) -> tuple[dict[str, float], dict[str, float]]:
    """Element to share, and element to charge, of a type symbol such as ``Fe2+`` or ``NA``.

    Raises
    ------
    ValueError
        If the symbol is that of no element.
    """
    parts = [part.strip() for part in symbol.split(" + ")]
    if len(parts) > 1 or _PART.match(symbol):
        shares: dict[str, float] = {}
        charges: dict[str, float] = {}
        for part in parts:
            match = _PART.match(part)
            if match is None:
                raise ValueError(f"type symbol {symbol!r} is not understood")
            element, charge = _ion(match[2] + match[3].strip(), symbol)
            if float(match[1]) > 1:
                raise ValueError(f"type symbol {symbol!r} is not understood")
            shares[element] = shares.get(element, 0.0) + float(match[1])
            if charge is not None:
                charges[element] = charge
        return shares, charges
    element, charge = _ion(symbol, symbol)
    return {element: 1.0}, {} if charge is None else {element: charge}


def _ion(text: str, symbol: str) -> tuple[str, float | None]:
    match = _ION.match(text.strip())
    element = _element(match[1]) if match else None
    if match is None or element is None:
        raise ValueError(f"type symbol {symbol!r} is that of no element")
    sign, size = match[3] or match[4], match[2] or match[5]
    if not sign:
        return element, 0.0 if text.endswith("0") else None
    if float(size or 1) > MOST_CHARGE:
        raise ValueError(f"type symbol {symbol!r} is that of no element")
    return element, float(size or 1) * (1 if sign == "+" else -1)


def _element(letters: str) -> str | None:
    """Symbol of an element in any case; None if there is none."""
    if letters in _ALIASES:
        return _ALIASES[letters]
    name = letters.capitalize()
    number = atomic_numbers.get(name, 0)
    return name if 0 < number <= (LAST if letters == name else HEAVIEST) else None


def species_of_label(label: str, formula: Collection[str]) -> str:
    """Element that a label such as ``Na1`` or ``O2A`` begins with.

    Raises
    ------
    ValueError
        If it begins with none, names a group or two elements (``NH4``, ``Fe1Mg1``), or capitals
        leave open whether with one letter or two (``CO1``).
    """
    match = _LEADING.match(label)
    letters = match[1] if match else ""
    two = _element(letters[:2]) if len(letters) > 1 else None
    one = _element(letters[:1]) if letters[:1] != "T" else None  # T1: a tetrahedral site
    if two is None and _GROUP.match(label):
        raise ValueError(f"label {label!r} is that of a group or of no atom, not of an element")
    if letters[1:2].islower() and (two or (one not in ("O", "H") and not formula)):
        choices = [two] if two else []  # Ow, Hw, and Sl with S in the formula; Ph is a group
    else:
        choices = [symbol for symbol in (two, one) if symbol and (not formula or symbol in formula)]
    if len(choices) != 1:
        reason = f"may be {' or '.join(choices)}" if choices else "begins with no element"
        if formula and not choices and (two or one):
            reason += " of the formula"
        raise ValueError(f"label {label!r} {reason}; _atom_site_type_symbol would tell")
    second = _SECOND.match(label[2 if choices[0] == two else 1 :])
    other = _element(second[1]) if second and choices[0] != "H" else None
    if other and (not formula or other in formula):
        raise ValueError(f"label {label!r} names two elements; _atom_site_type_symbol would tell")
    return choices[0]


def labels_beyond_elements(labels: Collection[str], formula: Collection[str]) -> str:
    """Note on labels such as ``OW1`` or ``FeOct``, of which the element is the beginning."""
    found: dict[str, str] = {}
    for label in labels:
        match = _LEADING.match(label)
        if match and len(match[1]) > 1 and match[1] not in found:
            with suppress(ValueError):  # of a row that is left out
                element = species_of_label(label, formula)
                found[match[1]] = (
                    "" if element == _element(match[1]) else f"{label} is taken for {element}"
                )
    said = list(filter(None, found.values()))
    return ", ".join(said[:4]) + ("…" if len(said) > 4 else "")
