"""Provenance: what built a structure, from which published crystals, with which parameters.

It lives in ``atoms.info["ionsmith"]`` as a plain dictionary, so that it survives a round trip
through extended XYZ::

    {"ionsmith": "<version>",
     "sources": [{"phase": ..., "citation": ..., "doi": ..., "confidence": ...}],
     "steps": [{"step": "build beta-alumina", "parameters": {...}, "command": ...}, ...],
     "lineage": "3f1c..."}

``command`` is the command line that took the step, if one did, without its output options.
``lineage`` together with the integer array ``atoms.arrays["atom_id"]`` says which atom of one
structure is which atom of another that was made from it: two structures with the same lineage
share their ``atom_id`` numbers. There are no timestamps: the same input gives the same bytes.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from ase import Atoms

from ionsmith import __version__

KEY = "ionsmith"
SAME_ENERGY = 1e-5
"""Difference in eV of an energy that went through a file, with the digits that it keeps."""


def of(atoms: Atoms) -> dict[str, Any]:
    """Provenance of a structure, empty where it has none.

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
        The structure; what its ``info`` already tells of earlier steps is kept.
    step
        What was done, in the words of the command line (``"build closure"``).
    parameters
        Everything needed to do it again; JSON-able.
    sources
        Published crystals that went in, as :meth:`ionsmith.crystals.Crystal.source` gives them.
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
    atoms.info[KEY] = _storable(json.loads(json.dumps(after)))


def note_command(atoms: Atoms, command: str) -> None:
    """Say which command line took the last step of a structure, in place.

    Nothing is said where there is no step, or where the line could not be stored as it is: a
    command that differs from the one that ran is worse than none.

    Parameters
    ----------
    atoms
        The structure.
    command
        The command line.
    """
    said = of(atoms)
    if said.get("steps") and _storable(command) == command:
        *earlier, last = said["steps"]
        atoms.info[KEY] = {**said, "steps": [*earlier, {**last, "command": command}]}


def start_lineage(atoms: Atoms) -> None:
    """Number the atoms (array ``atom_id``) and give the structure a lineage of its own.

    Call it last in a builder that makes a structure from nothing, or one in which atoms are no
    longer the atoms of the parent (a repeated cell).
    """
    atoms.set_array("atom_id", np.arange(len(atoms)), int)
    digest = hashlib.sha256()
    digest.update(np.round(atoms.cell.array, 6).tobytes())
    digest.update(atoms.numbers.astype(np.int64).tobytes())
    digest.update(np.round(atoms.positions, 6).tobytes())
    atoms.info[KEY] = {**of(atoms), "lineage": digest.hexdigest()[:16]}


def same_lineage(first: Atoms, second: Atoms) -> bool:
    """Whether the ``atom_id`` numbers of two structures name the same atoms."""
    lineage = of(first).get("lineage")
    return (
        lineage is not None
        and lineage == of(second).get("lineage")
        and "atom_id" in first.arrays
        and "atom_id" in second.arrays
    )


def record_energy(atoms: Atoms, energy: float, method: str) -> None:
    """Say which method an energy is of, in place; the next step of provenance forgets it.

    Parameters
    ----------
    atoms
        The structure.
    energy
        In eV, of the whole structure.
    method
        Program or potential with its version: energies of different methods have different zeros.
    """
    atoms.info[KEY] = {**of(atoms), "energy": {"value": energy, "method": _storable(method)}}


def energy_method(atoms: Atoms, energy: float) -> str | None:
    """Method of an energy that a structure holds, None where it is not said.

    Parameters
    ----------
    atoms
        The structure.
    energy
        In eV. What is recorded of another value, such as one from before a later calculation,
        does not count.
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
    """Reduce strings to what a round trip through ASE's extended XYZ brings back unharmed.

    Its reader loses the escapes of JSON: a quote breaks the header, an accent comes back as its
    code point. The library keeps the citation in full.
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
    letters = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(filter(str.isprintable, letters.encode("ascii", "ignore").decode()))
