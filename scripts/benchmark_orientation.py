"""How often the observed orientation relationship of two crystals is predicted.

Every pair of crystals of ionsmith's list of observed relationships is predicted from its two
lattices alone, and again with the plane of the substrate given, by a weight that was fitted on the
other pairs (leave one out). The pairs of a FILE of the same form are predicted by the weight of
the package. A relationship is right if it is within 3° of one that was observed for that pair, the
symmetry of both crystals respected. Beside it stand the matches of ``ionsmith analyze matches``
ranked by strain and by area. Errors are standard deviations of 2,000 bootstrap samples of pairs.

    python scripts/benchmark_orientation.py [FILE] [--refit] [--without TERM] [--no-baselines]

With ``--refit`` the pairs of a FILE are predicted by leaving one out as well, with ``--without`` a
term of the score is left out of the fit, and ``--fit`` only prints the weight fitted on all pairs.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ionsmith.analyzers.orientation_relationships import (
    ObservedRelationship,
    observed_relationships,
)
from ionsmith.analyzers.orientation_relationships._candidates import (
    candidates_of,
    equivalents,
    near,
    quaternions_of,
)
from ionsmith.analyzers.orientation_relationships._coincidence import strong_points, weigh
from ionsmith.analyzers.orientation_relationships._model import (
    TERMS,
    TOLERANCE,
    WEIGHT,
    Features,
    features_of,
    rank,
    scores_of,
)
from ionsmith.analyzers.orientation_relationships._observed import relationship_of
from ionsmith.errors import IonsmithError
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import RankBy, find_matches

TOPS = (1, 5, 20)
GRID = np.geomspace(1, 4, 36)
"""Weights that are tried, 4 % apart."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Case:
    """A pair of crystals, with or without the plane of the substrate, and what was observed."""

    entries: tuple[ObservedRelationship, ...]
    surface: Plane | None
    features: Features
    hits: NDArray[np.bool_]


def readable(path: str | None) -> tuple[ObservedRelationship, ...]:
    """Entries of a file; those that cannot be read are named and left out."""
    if path is None:
        return observed_relationships()
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: cannot be read ({error})")
    entries = data.get("systems") if isinstance(data, dict) else data
    if not isinstance(entries, list):
        sys.exit(f"{path}: a list of relationships, or an object with one as `systems`, expected")
    found = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(relationship_of(entry, number))
        except IonsmithError as error:
            print(f"left out: {error}")
    if not found:
        sys.exit(f"{path}: no relationship can be read")
    return tuple(found)


def case_of(entries: Sequence[ObservedRelationship], surface: Plane | None) -> Case:
    """Features of all candidates of a pair, and which of them are right."""
    substrate, film = entries[0].substrate, entries[0].film
    candidates = candidates_of(substrate, film, surface)
    points = (weigh(strong_points(substrate)[1]), weigh(strong_points(film)[1]))
    features = features_of(candidates, points)
    hits = np.zeros(len(candidates.pairs), dtype=bool)
    for entry in entries:
        hits |= entry.holds(candidates.quaternions, TOLERANCE)
    return Case(tuple(entries), surface, features, hits)


def pairs_of(known: Sequence[ObservedRelationship]) -> list[list[Case]]:
    """For each pair of crystals the case without surface, and one for each observed surface."""
    groups: dict[object, list[ObservedRelationship]] = {}
    for entry in known:
        groups.setdefault(entry.pair, []).append(entry)
    found = []
    for entries in groups.values():
        try:
            cases = [case_of(entries, None)]
            surfaces: dict[object, list[ObservedRelationship]] = {}
            for entry in entries:
                if entry.planes is not None:
                    plane = np.array([entry.planes[0].reduced().indices])
                    family, _ = entry.substrate.symmetry.families(plane)
                    surfaces.setdefault(tuple(family[0].tolist()), []).append(entry)
            for these in surfaces.values():
                assert these[0].planes is not None
                cases.append(case_of(these, these[0].planes[0]))
        except IonsmithError as error:
            print(f"left out: {entries[0].name}: {error}")
            continue
        found.append(cases)
    return found


def losses(cases: Sequence[Case], used: NDArray[np.bool_]) -> Floats:
    """Negative logarithm of the probability of what was observed, at each of :data:`GRID`.

    A pair counts once without the plane, and once for all its planes together.
    """
    total = np.zeros(len(GRID))
    for case in cases:
        if case.hits.any():
            share = 1.0 if case.surface is None else 1 / (len(cases) - 1)
            every = [scores_of(case.features, weight * used) for weight in GRID]
            total += [share * (logsumexp(some) - logsumexp(some[case.hits])) for some in every]
    return total


@dataclass(frozen=True)
class Score:
    """Rank of the first right relationship (99 if none is) and probability of the first."""

    case: Case
    rank: int
    confidence: float


def score(case: Case, weights: Floats) -> Score:
    """Rank of what was observed."""
    ranked = rank(case.features.candidates, scores_of(case.features, weights), TOPS[-1])
    right = np.flatnonzero(case.hits[ranked.best])
    return Score(case, int(right[0]) + 1 if len(right) else 99, float(ranked.probability[0]))


def baseline(cases: Sequence[Case], by: RankBy) -> list[int]:
    """Rank among the distinct orientations of today's matches, of each pair."""
    found = []
    for case in cases:
        first = case.entries[0]
        crystals = first.substrate, first.film
        seen = np.zeros((0, 4))
        place = 99
        with suppress(IonsmithError):
            for match in find_matches(*crystals, Limits(), rank_by=by).matches:
                turn = quaternions_of(np.array(match.rotation)[None])
                if len(seen) and near(turn, seen, TOLERANCE)[0]:
                    continue
                seen = np.concatenate([seen, equivalents(turn[0], *crystals)])
                found_now = any(entry.holds(turn, TOLERANCE)[0] for entry in case.entries)
                number = len(seen) // len(equivalents(turn[0], *crystals))
                if found_now or number == TOPS[-1]:
                    place = number if found_now else place
                    break
        found.append(place)
    return found


def shares(ranks: Sequence[int]) -> str:
    """Share of ranks up to 1, 5 and 20, with bootstrap errors, in per cent."""
    values = np.array(ranks)
    if not len(values):
        return "none"
    random = np.random.default_rng(0)
    samples = values[random.integers(len(values), size=(2000, len(values)))]
    parts = [
        f"{100 * (values <= top).mean():5.0f} ± {100 * (samples <= top).mean(axis=1).std():2.0f}"
        for top in TOPS
    ]
    return "".join(f"{part:>14}" for part in parts) + f"{len(values):>7}"


def table(title: str, rows: Sequence[tuple[str, Sequence[int]]]) -> None:
    """Print shares by row."""
    print(f"\n{title:<34}" + "".join(f"{f'top {top} (%)':>14}" for top in TOPS) + f"{'n':>7}")
    for name, ranks in rows:
        print(f"{name:<34}{shares(ranks)}")


def by_entry(
    cases: Sequence[Case],
    methods: dict[str, Sequence[int]],
    of: Callable[[ObservedRelationship], str],
) -> list[tuple[str, list[int]]]:
    """Ranks entry by entry by each method, grouped."""
    groups: dict[str, dict[str, list[int]]] = {}
    for name, ranks in methods.items():
        for case, place in zip(cases, ranks, strict=True):
            for entry in case.entries:
                groups.setdefault(of(entry), {}).setdefault(name, []).append(place)
    return [
        (f"{group}{', ' * bool(name)}{name}", ranks)
        for group, methods_of in sorted(groups.items())
        for name, ranks in methods_of.items()
    ]


def reliability(scores: Sequence[Score]) -> None:
    """Print how often the first is right, by the confidence that was given."""
    print("\nconfidence given    mean    first is right    n")
    for low, high in ((0, 0.15), (0.15, 0.3), (0.3, 0.6), (0.6, 0.9), (0.9, 1.01)):
        some = [one for one in scores if low <= one.confidence < high]
        if some:
            mean, right = np.mean([s.confidence for s in some]), sum(s.rank == 1 for s in some)
            print(f"{low:4.2f} to {min(high, 1):4.2f}{mean:12.2f}{right:>11} of {len(some)}")
    brier = np.mean([(s.confidence - (s.rank == 1)) ** 2 for s in scores])
    print(f"Brier score {brier:.3f}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", metavar="FILE")
    parser.add_argument("--refit", action="store_true", help="leave one out for a FILE too")
    parser.add_argument("--fit", action="store_true", help="only fit the weight on all pairs")
    parser.add_argument("--without", action="append", default=[], choices=list(TERMS))
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--ranks", action="store_true", help="list every pair")
    given = parser.parse_args()
    published = given.file is not None and not (given.refit or given.fit or given.without)
    start = time.perf_counter()
    pairs = pairs_of(readable(given.file))
    if not pairs:
        sys.exit("no pair of crystals is left")
    spent = time.perf_counter() - start
    missed = [c.entries[0].name for cases in pairs for c in cases if not c.hits.any()]
    print(f"{sum(map(len, pairs))} cases of {len(pairs)} pairs, features in {spent:.1f} s")
    print(f"observed, but no candidate: {', '.join(missed) or 'none'}")
    used = np.array([name not in given.without for name in TERMS])
    weights = np.full(len(pairs), WEIGHT)
    if not published:
        every = np.array([losses(cases, used) for cases in pairs])
        weights = GRID[(every.sum(axis=0) - every).argmin(axis=1)]
        print(f"fitted on all pairs: {GRID[every.sum(axis=0).argmin()]:.2f}")
    print(f"weights {weights.min():.2f} to {weights.max():.2f}")
    if given.fit:
        return
    scores = [
        score(case, weight * used)
        for cases, weight in zip(pairs, weights, strict=True)
        for case in cases
    ]
    free = [one for one in scores if one.case.surface is None]
    faced = [one for one in scores if one.case.surface is not None]
    alone = {"": [one.rank for one in free]}
    given_plane = {"": [one.rank for one in faced]}
    cases, others_of = [one.case for one in free], [one.case for one in faced]
    if not given.no_baselines:
        alone["by strain"] = baseline(cases, "strain")
        alone["by area"] = baseline(cases, "area")
    table(
        "by pair of crystals",
        [
            ("crystals alone", alone[""]),
            ("plane of the substrate given", given_plane[""]),
            *((f"matches {name}", ranks) for name, ranks in alone.items() if name),
        ],
    )
    table("by entry, crystals alone", by_entry(cases, alone, lambda entry: "all"))
    table("by kind, crystals alone", by_entry(cases, alone, lambda entry: entry.kind))
    table("by kind, plane given", by_entry(others_of, given_plane, lambda entry: entry.kind))
    table("by confidence, crystals alone", by_entry(cases, alone, lambda entry: entry.confidence))
    table("by confidence, plane given", by_entry(others_of, given_plane, lambda e: e.confidence))
    reliability(free)
    if given.ranks:
        for one in scores:
            plane = one.case.surface or "alone"
            print(f"{one.rank:>3} {one.confidence:.2f} {plane!s:>10} {one.case.entries[0].name}")


if __name__ == "__main__":
    main()
