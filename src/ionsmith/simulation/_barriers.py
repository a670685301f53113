"""Barriers as text, or from the JSON documents of ``ionsmith analyze migration``."""

import json
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from ase.formula import Formula

from ionsmith.errors import InvalidInput, reason_of

EXPECTED = (
    "expected NAME=eV, such as 'Na=0.25', or a file .json that 'ionsmith analyze migration --json' "
    "wrote"
)


def read_barriers(texts: Sequence[str], elements: set[str]) -> tuple[dict[str, float], list[str]]:
    """Barriers in eV by name in a crystal of some elements, and where those of files come from."""
    barriers: dict[str, float] = {}
    notes = []
    for text in texts:
        found: dict[str, float] = {}
        if text.endswith(".json"):
            found, note = _of_document(text, elements)
            notes.append(note)
        else:
            name, _, value = text.rpartition("=")
            try:
                found[name.strip() or "barrier"] = float(value)
            except ValueError:
                raise InvalidInput(f"`barrier` {text}: {EXPECTED}") from None
        for name, height in found.items():
            if not isfinite(height) or height < 0:
                raise InvalidInput(f"`barrier` {name} is {height:g} eV; 0 or more was expected")
            if name in barriers:
                raise InvalidInput(f"`barrier` {name} is given twice")
            barriers[name] = height
    return barriers, notes


def _of_document(path: str, elements: set[str]) -> tuple[dict[str, float], str]:
    """Barriers of a network of sites or of one hop, and their source."""
    try:
        document: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        kind, result = document["schema"]["name"], document["result"]
        if kind == "ionsmith.analyze.migration.hop":
            hop = f"{result['start']} – {result['end']}, {result['mechanism']}"
            if not result["converged"]:
                raise InvalidInput(f"`barrier` {path}: the band of the hop {hop} is not relaxed")
            source = f"{path}: hop in {result['formula']} by {result['potential']['model']}"
            own = set(Formula(result["formula"]).count())
            heights = {hop: result["barrier"], f"{hop}, back": result["reverse"]}
        elif kind == "ionsmith.analyze.migration":
            ion = result["ion"]
            own = {ion, *(name.rstrip("0123456789.").rstrip("+-") for name in result["radii"])}
            known = {way["way"]: way["barrier"] for way in result["thresholds"]}
            heights = {
                f"{ion} {'in' if way.endswith('D') else 'along'} {way}": height
                for way, height in known.items()
                if height is not None
            }
            source = f"{path}: {ion} in {result['structure']} at rest, bond-valence energies"
        else:
            raise ValueError(f"it is a document {kind}")
        barriers = {name: float(height) for name, height in heights.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InvalidInput(f"`barrier` {path}: {EXPECTED} ({reason_of(error)})") from error
    if own != elements:
        raise InvalidInput(
            f"`barrier` {path} is of {', '.join(sorted(own))}; the crystal holds "
            f"{', '.join(sorted(elements))}"
        )
    return barriers, f"barriers of {source}"
