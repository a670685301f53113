"""Names, formulas and conditions by which the crystals of the library are found."""

import difflib
import functools
import re
from collections.abc import Iterable
from pathlib import Path

from ase.data import chemical_symbols

from ionsmith.crystals.crystal import Crystal
from ionsmith.crystals.formula import parse_formula, same_composition, spellings
from ionsmith.crystals.library._cif import read_crystal
from ionsmith.errors import InvalidInput, NoMatch, UnknownPhase

LIBRARY_PREFIX = "lib:"
"""Marks a name of the library where a path is possible too."""

_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta"}
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def folder() -> Path:
    """Folder of the CIFs: inside the installed package, or beside ``src`` in a checkout."""
    package = Path(__file__).resolve().parents[2]
    for place in (package / "structures", package.parent.parent / "structures"):
        if place.is_dir():
            return place
    raise InvalidInput(f"the crystal library is missing: no folder {package / 'structures'}")


def names() -> list[str]:
    """Short names of all crystals, sorted."""
    return list(_files())


def load(name: str) -> Crystal:
    """Load a crystal by its short name, an alias or its formula.

    Parameters
    ----------
    name
        Such as ``"beta2-alumina"``, ``"nvp"``, ``"lib:nvp"``, ``"Na3V2(PO4)3"``.

    Raises
    ------
    UnknownPhase
        If no crystal has the name; the message lists similar ones.
    InvalidInput
        If the name is no text.

    Examples
    --------
    >>> from ionsmith.crystals import load
    >>> nvp = load("nvp")
    >>> nvp.space_group_symbol, nvp.cellpar, nvp.is_ordered
    ('R-3c', (8.7288, 8.7288, 21.8042, 90.0, 90.0, 120.0), False)
    >>> load("Na3V2(PO4)3").name
    'nvp'
    """
    if not isinstance(name, str):
        raise InvalidInput(f"`name` must be text, not a {type(name).__name__}")
    name = name.removeprefix(LIBRARY_PREFIX)
    key = _find(name)
    if key is None and glass(name) is not None:
        raise UnknownPhase(
            f"{name} is a quenched glass, not a crystal; lib:{name} names it where a structure "
            "is read"
        )
    if key is None:
        similar = ", ".join(_nearest(normalise(name)))
        raise UnknownPhase(
            f"no crystal {name!r} in the library; similar: {similar}; ionsmith.crystals.names() "
            "lists all"
        )
    return _crystal(key)


def answers(name: str) -> bool:
    """Whether a crystal of the library has a name, an alias or a formula."""
    return _find(name) is not None


def search(
    formula: str | None = None,
    elements: Iterable[str] = (),
    space_group: int | str | None = None,
    family: str | None = None,
) -> list[Crystal]:
    """Find the crystals that meet all conditions, sorted by name.

    Parameters
    ----------
    formula
        Formula, with the elements in any order and multiple (``"O12P3V2Na3"``), or in lower case
        as in the library.
    elements
        Element symbols that must all be present.
    space_group
        Number or symbol, such as ``R-3c``, ``P2_1/c`` or ``P 1 21/c 1``.
    family
        Family of phases, such as ``"nasicon"``.

    Returns
    -------
    list of Crystal
        Never empty.

    Raises
    ------
    NoMatch
        If no crystal meets them.
    InvalidInput
        For a symbol that is no element, or a number that is no space group.

    Examples
    --------
    >>> from ionsmith.crystals import search
    >>> [crystal.name for crystal in search(elements=["Na", "Sn"])]
    ['na15sn4', 'na5sn13', 'na5sn2', 'na9sn4', 'nasn', 'nasn2', 'nasn5']
    """
    wanted = {element.strip().capitalize() for element in elements}
    for element in sorted(wanted - set(chemical_symbols[1:])):
        raise InvalidInput(f"{element!r} is no element; expected symbols such as Na and P")
    number = str(space_group).strip()
    if number.removeprefix("-").isdigit() and not 1 <= int(number) <= 230:
        raise InvalidInput(
            f"`space_group` is {number}; expected a number from 1 to 230, or a symbol such as R-3c"
        )
    crystals = [
        crystal
        for crystal in _crystals().values()
        if (formula is None or _has_formula(crystal, formula))
        and wanted <= set(parse_formula(crystal.formula))
        and (space_group is None or _has_space_group(crystal, space_group))
        and (family is None or normalise(crystal.family) == normalise(family))
    ]
    if not crystals:
        families = sorted({crystal.family for crystal in _crystals().values()})
        raise NoMatch(
            "no crystal of the library meets all conditions; leave one out (families: "
            f"{', '.join(families)})"
        )
    return crystals


def glasses(start: str = "") -> list[Path]:
    """Files of the quenched glasses that are kept with the library, sorted by name.

    They are models, not published crystals, so that neither :func:`names` nor :func:`search` has
    them; ``"lib:NAME"`` reads them wherever a structure is read.

    Parameters
    ----------
    start
        How their names begin, such as ``"glass-60v2o5-40teo2-"``.
    """
    return sorted((folder() / "glasses").glob(f"{start}*.extxyz"))


def glass(name: str) -> Path | None:
    """File of a kept glass, None if there is none of the name."""
    key = name.removeprefix(LIBRARY_PREFIX).strip().casefold()
    return next((path for path in glasses() if path.stem == key), None)


def published_cif(name: str) -> str:
    """Text of the library's CIF of a crystal, with its disorder and notes."""
    return (folder() / f"{load(name).name}.cif").read_text(encoding="utf-8")


def normalise(name: str) -> str:
    """Spelling in which names are compared."""
    text = name.strip().casefold().translate(_DIGITS)
    for letter, word in _GREEK.items():
        text = text.replace(letter, word)
    text = re.sub(r"''|″|”|\"|′′|’’", "2", text)
    return re.sub(r"[\s_–-]", "", text)


@functools.cache
def _files() -> dict[str, Path]:
    """CIFs of all crystals by their short names, sorted."""
    paths = sorted(folder().glob("*.cif"), key=lambda path: path.stem)
    return {path.stem: path for path in paths}


@functools.cache
def _crystal(name: str) -> Crystal:
    """The crystal with a short name."""
    return read_crystal(_files()[name])


def _crystals() -> dict[str, Crystal]:
    """All crystals by their short names."""
    return {name: _crystal(name) for name in _files()}


@functools.cache
def _index() -> dict[str, str]:
    """Short names by every spelling that a crystal answers to."""
    index: dict[str, str] = {}
    for crystal in _crystals().values():
        keys = {normalise(text) for text in (crystal.name, *crystal.aliases)}
        if crystal.answers_to_formula:
            keys |= {normalise(text) for text in spellings(crystal.formula)}
        for key in keys:
            if index.setdefault(key, crystal.name) != crystal.name:
                raise InvalidInput(f"both {index[key]} and {crystal.name} answer to {key!r}")
    return index


def _find(name: str) -> str | None:
    """Short name of the crystal with a name, an alias or a formula."""
    if name in _files():  # the others need not be read
        return name
    return _index().get(normalise(name)) or _by_composition(name)


def _by_composition(text: str) -> str | None:
    """Short name of the crystal with a formula whose elements are in another order."""
    try:
        wanted = parse_formula(text.strip().translate(_DIGITS))
    except ValueError:
        return None
    for crystal in _crystals().values():
        if crystal.answers_to_formula and same_composition(parse_formula(crystal.formula), wanted):
            return crystal.name
    return None


def _has_formula(crystal: Crystal, text: str) -> bool:
    """Whether a crystal has a formula, in any spelling."""
    text = text.strip().translate(_DIGITS)
    if text.lower() in spellings(crystal.formula):
        return True
    try:
        return same_composition(parse_formula(crystal.formula), parse_formula(text))
    except ValueError:
        return False


def _has_space_group(crystal: Crystal, wanted: int | str) -> bool:
    """Whether a crystal has a space group, given by number or symbol."""
    text = str(wanted).strip()
    if text.isdigit():
        return crystal.space_group_number == int(text)
    return crystal.space_group_number == _space_group_number(text)


def _space_group_number(symbol: str) -> int | None:
    """Number of a space group, None for an unknown symbol."""
    import gemmi

    group = gemmi.find_spacegroup_by_name(symbol.replace("_", "").strip())
    return None if group is None else int(group.number)


def _nearest(key: str) -> list[str]:
    """Names of crystals whose names or aliases are most similar."""
    index = _index()
    close = [other for other in index if key and other.startswith(key)]
    close += difflib.get_close_matches(key, index, n=6, cutoff=0.5)
    close += [other for other in index if key and key in other]
    return list(dict.fromkeys(index[other] for other in close))[:4] or names()[:4]
