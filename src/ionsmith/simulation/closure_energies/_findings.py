"""What follows from relaxed crystals: planes that changed, and contents of stability."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from ionsmith.crystals.files import read_structure
from ionsmith.errors import IonsmithError
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.simulation.closure_energies._result import Became, ClosureState, Crossing


def what_became(path: Path, planes: Sequence[int]) -> Became:
    """What planes are in a relaxed crystal."""
    if not path.exists():
        return "unknown"
    try:
        closed = find_anatomy(read_structure(path)).closed[np.array(planes) - 1]
    except (IonsmithError, IndexError):
        return "neither"
    return "closed" if closed.all() else "neither" if closed.any() else "open"


def changes(states: Sequence[ClosureState]) -> Iterator[str]:
    """Notes on planes that are no more what they were before they relaxed."""
    kinds: dict[tuple[str, str, str], list[int]] = {}
    for state in states:
        if state.became not in (state.state, "unknown"):
            key = (state.state, state.bridging_oxygen, state.became)
            kinds.setdefault(key, []).append(state.sodium_left)
    for (before, oxygen, after), left in kinds.items():
        yield (
            f"{states[0].structure}, {states[0].potential}: {before} planes, bridging O {oxygen}, "
            f"are {'neither open nor closed' if after == 'neither' else after} after "
            f"relaxing with {', '.join(map(str, left))} ions left"
        )


def crossings(states: Sequence[ClosureState]) -> Iterator[Crossing]:
    """Largest Na content at which closed planes lie lower, for each structure and potential."""
    for key in dict.fromkeys((s.structure, s.potential) for s in states):
        mine = [s for s in states if (s.structure, s.potential) == key]
        closed = {s.sodium_left: s for s in mine if s.state == "closed"}
        intact = {
            s.sodium_left: s for s in mine if s.state == "open" and s.bridging_oxygen == "kept"
        }
        contents = [closed[n].sodium_per_cell for n in sorted(closed)]
        alike = [closed[n].closing_energy for n in sorted(closed)]
        against = [
            None if a is None or b is None else a - b
            for a, b in (
                (closed[n].formation_energy, intact[n].formation_energy) for n in sorted(closed)
            )
        ]
        yield Crossing(*key, _crossing(contents, alike), _crossing(contents, against))


def _crossing(contents: Sequence[float], gains: Sequence[float | None]) -> float | None:
    """Largest content, linear between those computed, up to which a difference stays negative."""
    points = [(x, y) for x, y in zip(contents, gains, strict=True) if y is not None]
    if len(points) < 2 or points[0][1] >= 0:
        return None
    for (x, y), (after, above) in pairwise(points):
        if above >= 0:
            return x + (after - x) * y / (y - above)
    return points[-1][0]
