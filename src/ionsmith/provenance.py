"""Provenance: how a structure was built, from which published crystals, with which parameters.

It is a plain dictionary in ``atoms.info["ionsmith"]``, so that it survives a round trip through
extended XYZ::

    {"ionsmith": "<version>",
     "sources": [{"phase": ..., "citation": ..., "doi": ..., "confidence": ...}],
     "steps": [{"step": "build beta-alumina", "parameters": {...}, "command": ...}, ...],
     "lineage": "3f1c..."}

``command`` is the command line of the step, if there was one, without its output options.
``lineage`` together with the integer array ``atoms.arrays["atom_id"]`` relates the atoms of a
structure to those of another that was made from it: structures with the same lineage share their
``atom_id`` numbers. There are no timestamps: the same input gives the same bytes.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypedDict

import numpy as np
from ase import Atoms

from ionsmith import __version__
from ionsmith.errors import InvalidStructure
from ionsmith.records import check_record
from ionsmith.results import plain

KEY = "ionsmith"
SAME_ENERGY = 1e-5
"""Largest difference in eV of an energy that went through a file."""


class _Step(TypedDict, total=False):
    step: str
    parameters: dict[str, Any]
    command: str


class _Energy(TypedDict, total=False):
    value: float
    method: str


class _Provenance(TypedDict, total=False):
    sources: list[dict[str, Any]]
    steps: list[_Step]
    lineage: str
    energy: _Energy


def check(atoms: Atoms) -> None:
    """Refuse a structure whose provenance is malformed, as after an edit of its file.

    Raises
    ------
    InvalidStructure
        If a part has the wrong type.
    """
    try:
        if KEY in atoms.info:
            check_record(atoms.info[KEY], _Provenance)
        ids = atoms.arrays.get("atom_id")
        if ids is not None and (ids.ndim != 1 or ids.dtype.kind not in "iu"):
            raise ValueError("'atom_id' is not one integer for each atom")
    except ValueError as error:
        raise InvalidStructure(
            f"the provenance of the structure is malformed ({error}); remove {KEY}= from its "
            "second line, or write it again"
        ) from None


def of(atoms: Atoms) -> dict[str, Any]:
    """Provenance of a structure; empty if it has none.

    Examples
    --------
    >>> from ionsmith import provenance
    >>> from ionsmith.builders.beta_alumina import build_beta_alumina
    >>> made = provenance.of(build_beta_alumina().atoms)
    >>> made["sources"][0]["doi"], [step["step"] for step in made["steps"]]
    ('10.1021/j100726a024', ['order', 'build beta-alumina'])
    """
    found = atoms.info.get(KEY)
    return dict(found) if isinstance(found, dict) else {}


def record(
    atoms: Atoms,
    step: str,
    parameters: Mapping[str, Any],
    sources: Iterable[Mapping[str, Any]] = (),
) -> None:
    """Add one step to the provenance of a structure, in place.

    Parameters
    ----------
    atoms
        The structure; earlier steps in its ``info`` are kept.
    step
        Name of the step, as on the command line (``"build closure"``).
    parameters
        Everything needed to repeat it; numpy values become plain ones.
    sources
        Published crystals that were used, as :meth:`ionsmith.crystals.Crystal.source` gives them.
    """
    before = of(atoms)
    known = list(before.get("sources", []))
    known += [dict(source) for source in sources if dict(source) not in known]
    after = {
        "ionsmith": __version__,
        "sources": known,
        "steps": [*before.get("steps", []), {"step": step, "parameters": dict(parameters)}],
    }
    if "lineage" in before:
        after["lineage"] = before["lineage"]
    atoms.info[KEY] = _storable(json.loads(json.dumps(plain(after))))


def note_command(atoms: Atoms, command: str) -> None:
    """Record the command line of the last step of a structure, in place.

    Nothing is recorded if there is no step, or if the line cannot be stored unchanged.

    Parameters
    ----------
    atoms
        The structure.
    command
        The command line.
    """
    known = of(atoms)
    if known.get("steps") and _storable(command) == command:
        *earlier, last = known["steps"]
        atoms.info[KEY] = {**known, "steps": [*earlier, {**last, "command": command}]}


def start_lineage(atoms: Atoms) -> None:
    """Number the atoms (array ``atom_id``) and give the structure its own lineage.

    Called last by a builder of a new structure, or of one whose atoms are no longer those of its
    parent (a repeated cell).
    """
    atoms.set_array("atom_id", np.arange(len(atoms)), int)
    digest = hashlib.sha256()
    digest.update(np.round(atoms.cell.array, 6).tobytes())
    digest.update(atoms.numbers.astype(np.int64).tobytes())
    digest.update(np.round(atoms.positions, 6).tobytes())
    atoms.info[KEY] = {**of(atoms), "lineage": digest.hexdigest()[:16]}


def same_lineage(first: Atoms, second: Atoms) -> bool:
    """Whether the ``atom_id`` numbers of two structures refer to the same atoms."""
    lineage = of(first).get("lineage")
    return (
        lineage is not None
        and lineage == of(second).get("lineage")
        and "atom_id" in first.arrays
        and "atom_id" in second.arrays
    )


def record_energy(atoms: Atoms, energy: float, method: str) -> None:
    """Record the method of an energy, in place; the next step of provenance discards it.

    Parameters
    ----------
    atoms
        The structure.
    energy
        Energy of the whole structure in eV.
    method
        Program or potential with its version; energies of different methods do not compare.
    """
    atoms.info[KEY] = {**of(atoms), "energy": {"value": energy, "method": _storable(method)}}


def energy_method(atoms: Atoms, energy: float) -> str | None:
    """Method of an energy of a structure; None if it is not recorded.

    Parameters
    ----------
    atoms
        The structure.
    energy
        The energy in eV; a record of another value, such as one from an earlier calculation, is
        ignored.
    """
    known = of(atoms).get("energy")
    if not isinstance(known, dict) or abs(known.get("value", np.inf) - energy) > SAME_ENERGY:
        return None
    return str(known.get("method"))


_PLAIN = str.maketrans(
    {'"': "'", "\\": "/", "–": "-", "—": "-", "’": "'", "″": "''", "ø": "o", "ß": "ss", "æ": "ae"}
    | {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta"}
)


def _storable(value: Any) -> Any:
    """Reduce strings to what survives a round trip through ASE's extended XYZ.

    Its reader loses the escapes of JSON: a quote breaks the header, an accent returns as its code
    point. The library keeps the full citation.
    """
    if isinstance(value, str):
        return _plain(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value


@lru_cache(maxsize=1024)
def _plain(text: str) -> str:
    """Reduce a text to printable ASCII."""
    letters = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(filter(str.isprintable, letters.encode("ascii", "ignore").decode()))
