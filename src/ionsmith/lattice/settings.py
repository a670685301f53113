"""Which setting of which space group a file means: symbols, numbers and operations must agree.

A file may state the operations, a Hall symbol, a Hermann–Mauguin symbol with or without an
extension, a number, and a coordinate code; cells decide between rhombohedral and hexagonal axes.
:func:`resolve_settings` returns the settings that all of these allow, most often one. More than
one is left where a symbol stands for two origins and nothing else tells which; the caller has to
decide by the atoms.

Symbols are looked up in the tables of gemmi (564 settings) and of spglib (full symbols), however
they are spaced, with the extensions that data bases and refinement programs add: ``:1 :2 :H :R``,
``S`` and ``Z`` (origin 1 and 2), ``R`` and ``RS`` (rhombohedral axes), ``H`` (hexagonal axes).
Symbols from before 1935 to 1983 without the bar of the threefold axis (``F m 3 m``) are known.
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import gemmi
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionsmith.errors import InvalidInput
from ionsmith.lattice.lattice_points import index_grid

CELL_TOLERANCE = 0.005
"""Change of the elements of the metric tensor under a rotation, relative to the product of the two
lengths, up to which a cell has the symmetry: 0.25 % of a length, 0.3° of a right angle."""

Extension = Literal["1", "2", "H", "R"]

_EXTENSIONS: dict[str, Extension] = {
    "1": "1", "s": "1", "o1": "1", "2": "2", "z": "2", "o2": "2",
    "h": "H", "hr": "H", "r": "R", "rs": "R",
}  # fmt: skip
_NUMBERED = re.compile(r"\(?\s*origin\s*(?:choice)?\s*([12])\s*\)?", flags=re.IGNORECASE)


@dataclass(frozen=True)
class Setting:
    """A space group in one setting.

    Parameters
    ----------
    operations
        All operations as ``x,y,z`` triplets, centring included, the identity first.
    number
        Number in International Tables A.
    symbol
        Hermann–Mauguin symbol with its extension, such as ``"F d -3 m:2"``; of the conventional
        setting where gemmi tabulates no symbol for these operations.
    hall
        Hall symbol; empty where there is none for these operations.
    """

    operations: tuple[str, ...]
    number: int
    symbol: str
    hall: str

    @property
    def axis(self) -> str:
        """Unique axis of a monoclinic setting, else an empty text."""
        group = gemmi.find_spacegroup_by_ops(gemmi.symops_from_hall(self.hall or "P 1"))
        return group.monoclinic_unique_axis().strip("\0")


def resolve_settings(
    *,
    operations: Sequence[str] = (),
    hall: str = "",
    symbol: str = "",
    number: int | None = None,
    code: str = "",
    cellpar: ArrayLike | None = None,
) -> tuple[Setting, ...]:
    """Find the settings that are compatible with everything that is stated.

    Parameters
    ----------
    operations
        Triplets such as ``"-x,y+1/2,-z"``.
    hall, symbol
        Hall symbol and Hermann–Mauguin symbol.
    number
        Number in International Tables A.
    code
        IT coordinate system code, such as ``"2"``, ``"h"`` or ``"b1"``; only extensions count.
    cellpar
        a, b, c in Å and α, β, γ in degrees.

    Returns
    -------
    tuple of Setting
        Empty only if nothing is stated.

    Raises
    ------
    InvalidInput
        If a statement is not understood and nothing else says the operations, if the operations
        are no group, or if two statements contradict each other.
    """
    statements: list[tuple[str, tuple[Setting, ...]]] = []
    if operations:
        statements.append(("the operations", (_of_operations(operations),)))
    if hall:
        statements.append((f"the Hall symbol {hall!r}", (_of_hall(hall),)))
    if symbol:
        named = _of_symbol(symbol, code)
        if named:
            statements.append((f"the symbol {symbol!r}", named))
        elif not statements:
            raise InvalidInput(f"the space group symbol {symbol!r} is not known")
    if number is not None:
        statements.append((f"the number {number}", _of_number(number, code)))
    if not statements:
        return ()
    if len(statements) == 1 and number is not None:  # the conventional setting comes first
        settings = statements[0][1]
        symbol = settings[0].symbol.partition(":")[0]
        settings = tuple(s for s in settings if s.symbol.partition(":")[0] == symbol)
        statements = [(statements[0][0], settings)]
    return _common(statements, cellpar)


def _common(
    statements: list[tuple[str, tuple[Setting, ...]]], cellpar: ArrayLike | None
) -> tuple[Setting, ...]:
    """Settings that all statements allow; a number says the group but not its setting."""
    first, allowed = statements[0]
    for other, settings in statements[1:]:
        if other.startswith("the number"):
            kept = tuple(s for s in allowed if s.number == settings[0].number)
        else:
            wanted = {frozenset(setting.operations) for setting in settings}
            kept = tuple(s for s in allowed if frozenset(s.operations) in wanted)
            named = len(settings) == 1 and settings[0].symbol.endswith((":1", ":2"))
            if not kept and first.startswith("the operations") and not named:
                # A symbol without its origin leaves it open.
                kept = tuple(
                    s for s in allowed if any(_same_but_for_origin(s, named) for named in settings)
                )
        if not kept:
            raise InvalidInput(
                f"{first} ({_names(allowed)}) and {other} ({_names(settings)}) contradict "
                "each other"
            )
        allowed = kept
    if cellpar is not None:
        fitting = tuple(setting for setting in allowed if fits_cell(setting, cellpar))
        if not fitting:
            a, b, c, *angles = np.asarray(cellpar, dtype=float)
            cell = f"{a:.6g} {b:.6g} {c:.6g}, {' '.join(f'{angle:.6g}' for angle in angles)}°"
            raise InvalidInput(
                f"{first} ({_names(allowed)}) and the cell {cell} contradict each other"
            )
        allowed = fitting
    # A short monoclinic symbol leaves the unique axis open where the cell is orthogonal: it is b.
    return tuple(setting for setting in allowed if setting.axis == allowed[0].axis)


def fits_cell(setting: Setting, cellpar: ArrayLike) -> bool:
    """Whether the rotations of a setting leave the metric of a cell unchanged.

    Parameters
    ----------
    setting
        The setting.
    cellpar
        a, b, c in Å and α, β, γ in degrees.
    """
    cell = gemmi.UnitCell(*np.asarray(cellpar, dtype=float))
    metric = np.array(cell.metric_tensor().as_mat33().tolist())
    scale = np.sqrt(np.outer(metric.diagonal(), metric.diagonal()))
    rotations = np.array([gemmi.Op(text).rot for text in setting.operations]) / gemmi.Op.DEN
    moved = np.einsum("nki,kl,nlj->nij", rotations, metric, rotations)
    return bool((abs(moved - metric) <= CELL_TOLERANCE * scale).all())


def _same_but_for_origin(first: Setting, second: Setting) -> bool:
    """Whether an origin shift by multiples of 1/24 turns one group of operations into the other."""
    if first.number != second.number or len(first.operations) != len(second.operations):
        return False
    den = gemmi.Op.DEN
    groups: list[dict[bytes, list[NDArray[np.int64]]]] = []
    for setting in (first, second):
        by_rotation: dict[bytes, list[NDArray[np.int64]]] = {}
        for operation in map(gemmi.Op, setting.operations):
            rotation = (np.array(operation.rot) // den).tobytes()
            by_rotation.setdefault(rotation, []).append(np.array(operation.tran) % den)
        groups.append(by_rotation)
    if groups[0].keys() != groups[1].keys():
        return False
    shifts = index_grid(0, den - 1)
    for key, moved in groups[0].items():
        matrix = np.frombuffer(key, dtype=np.int64).reshape(3, 3)
        # The origin at t: (R, w) becomes (R, w + R t - t).
        reached = (moved[0] + shifts @ (matrix - np.eye(3, dtype=int)).T) % den
        targets = np.array(groups[1][key])
        shifts = shifts[(reached[:, None] == targets).all(axis=2).any(axis=1)]
    return len(shifts) > 0


def _of_operations(texts: Sequence[str]) -> Setting:
    """The group that a list of operations is; one that is not closed is refused."""
    try:
        listed = [gemmi.Op(text).wrap() for text in texts]
        unique = tuple(dict.fromkeys(operation.triplet() for operation in listed))
        operations = [gemmi.Op(text) for text in unique]
    except RuntimeError as error:
        raise InvalidInput(f"a symmetry operation is garbled ({error})") from error
    if not _is_closed(operations):
        raise InvalidInput(
            f"the {len(unique)} operations are no group: the product of two is not among them"
        )
    return _setting(gemmi.GroupOps(operations), unique)


def _is_closed(operations: list[gemmi.Op]) -> bool:
    """Whether a list of operations is a group: every product, modulo translations, is in it."""
    den = gemmi.Op.DEN
    rotations = np.array([operation.rot for operation in operations]) // den
    translations = np.array([operation.tran for operation in operations])
    # Matrices as products of large ones, which is fast.
    side = rotations.transpose(1, 0, 2).reshape(3, -1)
    products = (rotations.reshape(-1, 3) @ side).reshape(len(rotations), 3, -1, 3)
    products = products.transpose(0, 2, 1, 3).reshape(-1, 9)
    shifts = rotations.reshape(-1, 3) @ translations.T
    shifts = shifts.reshape(len(rotations), 3, -1).transpose(0, 2, 1) + translations[:, None]
    largest = int(abs(rotations).max())
    base = 2 * largest + 1
    if int(abs(products).max()) > largest or base**9 * den**3 >= 2**63:
        return False
    powers = base ** np.arange(9) * den**3
    digits = den ** np.arange(3)
    keys = products @ powers + shifts.reshape(-1, 3) % den @ digits
    own = rotations.reshape(-1, 9) @ powers + translations % den @ digits
    return bool(np.isin(keys, own).all())


def _of_hall(hall: str) -> Setting:
    text = re.sub(r" (?=[\"'*])", "", " ".join(hall.replace("_", " ").split()))
    try:
        return _setting(gemmi.symops_from_hall(text))
    except (RuntimeError, ValueError) as error:
        raise InvalidInput(f"the Hall symbol {hall!r} is not understood ({error})") from error


def _of_number(number: int, code: str) -> tuple[Setting, ...]:
    if not 1 <= number <= 230:
        raise InvalidInput(f"{number} is no space group number; they run from 1 to 230")
    keys = _by_number()[number]
    wanted = _EXTENSIONS.get(code.strip().lower())
    extended = [key for key in keys if key[1] == wanted]
    return tuple(_tabulated()[key] for key in extended or keys)


def _of_symbol(symbol: str, code: str) -> tuple[Setting, ...]:
    """Settings that a Hermann–Mauguin symbol, with the extension in it or beside it, stands for."""
    text = re.sub(r"</?su[bp]>|[_\"']", "", symbol).strip()
    wanted = _EXTENSIONS.get(code.strip().lower())
    if match := _NUMBERED.search(text):
        text, wanted = _NUMBERED.sub("", text), _EXTENSIONS[match[1]]
    text, _, suffix = text.partition(":")
    if suffix:
        wanted = _EXTENSIONS.get(suffix.strip().lower(), wanted)
    keys = _by_symbol().get(_plain(text))
    if keys is None:
        # Data bases write the extension as a last letter: F d -3 m Z, R -3 c RS, R -3 m H.
        for ending in ("rs", "hr", "o1", "o2", "r", "h", "s", "z"):
            plain = _plain(text)
            if plain.endswith(ending) and (keys := _by_symbol().get(plain.removesuffix(ending))):
                wanted = _EXTENSIONS[ending]
                break
    if keys is None and _plain(text).startswith("h"):
        keys = _by_symbol().get("r" + _plain(text)[1:])  # H 3: R 3 on hexagonal axes
        wanted = "H"
    settings = [(key, _tabulated()[key]) for key in keys or ()]
    extended = [setting for key, setting in settings if key[1] in ("", wanted)]
    return tuple(extended if wanted and extended else [setting for _, setting in settings])


def _plain(symbol: str) -> str:
    return re.sub(r"[\s()]", "", symbol).lower()


Key = tuple[str, str, str]

_DOUBLE_GLIDES = {"abm2": "aem2", "aba2": "aea2", "cmca": "cmce", "cmma": "cmme", "ccca": "ccce"}
# Symbols with the double glide plane e, which five groups have since 1992.


@cache
def _tabulated() -> dict[Key, Setting]:
    """Settings of gemmi's table by symbol, extension and Hall symbol, in its order."""
    return {
        _key(group): Setting(_triplets(group.operations()), group.number, group.xhm(), group.hall)
        for group in gemmi.spacegroup_table()
    }


def _key(group: gemmi.SpaceGroup) -> Key:
    return group.hm, group.ext.strip("\0"), group.hall


@cache
def _by_number() -> dict[int, list[Key]]:
    keys: dict[int, list[Key]] = {}
    for key, setting in _tabulated().items():
        keys.setdefault(setting.number, []).append(key)
    return keys


@cache
def _by_symbol() -> dict[str, tuple[Key, ...]]:
    """Settings by symbol without blanks: as tabulated, short, full, and in older spellings."""
    import spglib

    spellings: dict[str, list[Key]] = {}

    def add(text: str, keys: list[Key]) -> None:
        kept = spellings.setdefault(_plain(text), [])
        kept += [key for key in keys if key not in kept]

    for group in gemmi.spacegroup_table():
        texts = [group.hm, group.short_name()]
        if group.crystal_system_str() == "monoclinic":  # B 1 1 2/b as B 2/b
            texts.append("".join(part for part in group.hm.split() if part != "1"))
        if group.crystal_system_str() == "cubic":
            texts += [text.replace("-3", "3") for text in texts]
        for text in texts:
            add(text, [_key(group)])
    short = dict(spellings)
    keys_by_hall = {key[2]: key for key in _tabulated()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of spglib's own error handling
        kinds = [spglib.get_spacegroup_type(number) for number in range(1, 531)]
    for kind in kinds:
        assert kind is not None
        full = kind.international_full.replace("_", "")
        if _plain(full) not in short:
            symbol = keys_by_hall[kind.hall_symbol][0]
            add(full, [key for key in _by_number()[kind.number] if key[0] == symbol])
    for old, new in _DOUBLE_GLIDES.items():
        add(new, spellings[old])
    return {text: tuple(keys) for text, keys in spellings.items()}


def _setting(group: gemmi.GroupOps, triplets: tuple[str, ...] = ()) -> Setting:
    """Name a group of operations."""
    found = gemmi.find_spacegroup_by_ops(group)
    triplets = triplets or _triplets(group)
    if found is not None:
        return Setting(triplets, found.number, found.xhm(), found.hall)
    import spglib

    operations = [gemmi.Op(text) for text in triplets]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of spglib's own error handling
        kind = spglib.get_spacegroup_type_from_symmetry(
            np.array([operation.rot for operation in operations]) // gemmi.Op.DEN,
            np.array([operation.tran for operation in operations]) / gemmi.Op.DEN,
        )
    if kind is None:
        raise InvalidInput("the operations are those of no space group")
    return Setting(triplets, kind.number, kind.international.split("=")[0].strip(), "")


def _triplets(group: gemmi.GroupOps) -> tuple[str, ...]:
    return tuple(operation.wrap().triplet() for operation in group)


def _names(settings: Sequence[Setting]) -> str:
    names = list(dict.fromkeys(setting.symbol for setting in settings))
    return f"{names[0]} (no. {settings[0].number})" if len(names) == 1 else " or ".join(names[:3])
