"""Prediction of orientation relationships."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.analyzers.orientation_relationships._candidates import (
    SIGNS,
    Candidates,
    candidates_of,
    equivalents,
    near,
    quaternions_of,
)
from ionsmith.analyzers.orientation_relationships._coincidence import strong_points, weigh
from ionsmith.analyzers.orientation_relationships._model import (
    RATIOS,
    TOLERANCE,
    WEIGHTS,
    Features,
    features_of,
    match_scores,
    rank,
    scores_of,
)
from ionsmith.analyzers.orientation_relationships._result import (
    RANKED,
    ComparedRelationship,
    FittingCell,
    PredictedOrientations,
    PredictedRelationship,
    Reasons,
)
from ionsmith.arguments import whole_number
from ionsmith.choices import checked
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike
from ionsmith.errors import InvalidInput, IonsmithError
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.indices import IndicesLike, as_plane
from ionsmith.lattice.miller import Direction, Plane, triple
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.lattice.symmetry import SYMPREC
from ionsmith.lattice.unit_cell import UnitCell, unit_cell
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches
from ionsmith.surfaces.vacuum import vacuum_axes

Floats = NDArray[np.float64]

STANDS_OUT = 0.3
"""Probability from which the first relationship stands out."""

CELLS = 3
"""Number of cells of each relationship."""

MOST = 50
"""Largest number of relationships in a result."""


SIZE = 20.0
"""Diameter in Å of a precipitate in the command that builds it."""

Kind = Literal["film", "precipitate"]


@checked
def predict_orientations(
    substrate: CrystalLike | CrystalLattice,
    film: CrystalLike | CrystalLattice,
    *,
    kind: Kind = "film",
    surface: IndicesLike | None = None,
    compared: OrientationRelationship | None = None,
    limit: int = 5,
    cells: bool = True,
    symprec: float = SYMPREC,
) -> PredictedOrientations:
    """Predict how a film, a precipitate or a product is oriented on a substrate.

    Parameters
    ----------
    substrate, film
        Two crystals of any kind (:data:`ionsmith.crystals.files.CrystalLike`), of which only cells
        and space groups are used. The substrate may be a matrix or a parent.
    kind
        ``"film"``, or ``"precipitate"`` for one in the substrate as its matrix, which has no
        surface and is built as an embedded particle. One score serves both.
    surface
        Plane of the substrate that the film grows on, if it is known; all equivalent planes are the
        same.
    compared
        A relationship, such as an observed one, whose rank is told.
    limit
        Number of relationships to report, 1 to 50 (5 by default).
    cells
        Whether cells that fit along the parallel planes are searched (true by default).
    symprec
        Distance in Å between atoms that count as equivalent, where the space group is determined.

    Returns
    -------
    PredictedOrientations
        Relationships by falling probability.

    Raises
    ------
    InvalidIndices
        For a malformed surface.
    InvalidInput
        For a limit out of range, or a precipitate with a surface.
    UnreadableFile, UnknownPhase, DisorderedStructure, InvalidStructure
        As :func:`ionsmith.crystals.conversion.read_lattice`.

    Examples
    --------
    >>> from ase.build import bulk
    >>> from ionsmith.analyzers.orientation_relationships import predict_orientations
    >>> copper = bulk("Cu", cubic=True)
    >>> found = predict_orientations("lib:mgo", copper, surface="(0,0,1)", limit=1)
    >>> found.orientations[0].planes, found.orientations[0].directions, found.stands_out
    ('(0,0,1)||(1,0,0)', '[1,1,0]||[0,1,1]', True)
    """
    limit = whole_number("limit", limit, least=1)
    if limit > MOST:
        raise InvalidInput(f"`limit` is {limit}; expected 1 to {MOST}")
    crystals = read_lattice(substrate, symprec), read_lattice(film, symprec)
    names = [
        text if isinstance(text, str) else f"{side.upper()}"
        for side, text in (("substrate", substrate), ("film", film))
    ]
    build = f"interface {names[0]} {names[1]}"
    if kind == "precipitate":
        if surface is not None:
            raise InvalidInput("a precipitate grows on no `surface`; leave out that or `kind`")
        build = f"embed {names[1]} {names[0]} --size {SIZE:g}"
    plane = None if surface is None else as_plane(surface)
    if plane is not None:
        crystals[0].lattice.check(plane)
    units = unit_cell(crystals[0]), unit_cell(crystals[1])
    own = None if plane is None else units[0].plane(plane)
    candidates = candidates_of(units[0].lattice, units[1].lattice, own)
    points = tuple(weigh(strong_points(unit.lattice)[1]) for unit in units)
    features = features_of(candidates, (points[0], points[1]))
    scores = scores_of(features)
    best_score = float(scores.max())
    ranked = rank(candidates, scores, max(limit, RANKED if compared is not None else 0))
    orientations, relationships = [], []
    for number, probability in zip(ranked.best[:limit], ranked.probability, strict=False):
        relationship = _relationship(candidates, int(number))
        relationships.append(_as_given(relationship, units))
        planes, directions = _labels(relationships[-1])
        orientations.append(
            PredictedRelationship(
                planes=planes,
                directions=directions,
                rotation=tuple(tuple(row) for row in (relationship.rotation.round(9) + 0).tolist()),
                variants=len(relationship.variants()),
                score=float(scores[number]) - best_score,
                confidence=float(probability),
                reasons=_reasons(features, int(number)),
                cells=_cells(relationship) if cells else None,
                command=f'ionsmith build {build} --parallel-planes "{planes}" '
                f'--parallel-directions "{directions}"',
            )
        )
    known = None
    if compared is not None:
        known = _compared(compared, candidates, features, scores, ranked.best)
    first = orientations[0]
    stands_out = first.confidence >= STANDS_OUT
    verdict = (
        f"the first stands out: probability {first.confidence:.2f}"
        if stands_out
        else f"nothing stands out: the first has a probability of {first.confidence:.2f} only"
    )
    return PredictedOrientations(
        substrate=crystals[0].name,
        film=crystals[1].name,
        substrate_space_group=units[0].lattice.space_group,
        film_space_group=units[1].lattice.space_group,
        surface=None if plane is None else str(plane),
        candidates=len(scores),
        verdict=verdict,
        stands_out=stands_out,
        orientations=tuple(orientations),
        compared=known,
        notes=(*_notes(crystals), *(unit.note for unit in units if not unit.is_own)),
        relationships=tuple(relationships),
        compared_relationship=compared,
        quaternions=candidates.quaternions,
        scores=scores - best_score,
    )


def _relationship(candidates: Candidates, number: int) -> OrientationRelationship:
    """The relationship of one candidate, its planes and directions named."""
    one, other, sign = candidates.pairs[number]
    first, second = candidates.substrate, candidates.film
    along, _, up = SIGNS[sign]
    return OrientationRelationship.from_parallel(
        first.crystal,
        second.crystal,
        (Plane(triple(first.planes[one])), Plane(triple(up * second.planes[other]))),
        (Direction(triple(first.rows[one])), Direction(triple(along * second.rows[other]))),
    )


def _as_given(
    relationship: OrientationRelationship, units: tuple[UnitCell, UnitCell]
) -> OrientationRelationship:
    """A relationship of unit cells in the axes of the crystals as they are given."""
    if all(unit.is_own for unit in units):
        return relationship
    assert relationship.planes is not None
    assert relationship.directions is not None
    planes = [
        unit.planes_as_given(np.array([plane.indices]))[0]
        for unit, plane in zip(units, relationship.planes, strict=True)
    ]
    directions = [
        np.rint(unit.vectors_as_given(direction.indices) * copies).astype(np.int64)
        for unit, direction in zip(units, relationship.directions, strict=True)
        for copies in [len(unit.crystal.symmetry.centrings)]
    ]
    directions = [direction // np.gcd.reduce(direction) for direction in directions]
    return OrientationRelationship.from_parallel(
        units[0].crystal,
        units[1].crystal,
        (Plane(triple(planes[0])), Plane(triple(planes[1]))),
        (Direction(triple(directions[0])), Direction(triple(directions[1]))),
    )


def _labels(relationship: OrientationRelationship) -> tuple[str, str]:
    """Planes and directions as text."""
    assert relationship.planes is not None
    assert relationship.directions is not None
    return "||".join(map(str, relationship.planes)), "||".join(map(str, relationship.directions))


def _reasons(features: Features, number: int) -> Reasons:
    """The numbers behind one candidate."""
    candidates = features.candidates
    one, other, _ = candidates.pairs[number]
    first, second = candidates.substrate, candidates.film
    _, shares = match_scores(features, WEIGHTS)
    fits = []
    for axis, (s, f) in enumerate(
        ((first.period[one], second.period[other]), (first.across[one], second.across[other]))
    ):
        m, n = (int(count) for count in RATIOS[shares[axis, one, other].argmax()])
        fits.append(((m, n), float((m * s - n * f) / (m * s))))
    densest = [side.densest for side in (first, second)]
    return Reasons(
        substrate_spacing=float(first.lattice_spacing[one]),
        film_spacing=float(second.lattice_spacing[other]),
        substrate_density=float(first.lattice_spacing[one]) / densest[0],
        film_density=float(second.lattice_spacing[other]) / densest[1],
        substrate_row=float(first.period[one]),
        film_row=float(second.period[other]),
        row_ratio=fits[0][0],
        row_misfit=fits[0][1],
        across_ratio=fits[1][0],
        across_misfit=fits[1][1],
        shared_rotations=int(candidates.common[number]),
        coincidence=float(features.overlap[number]),
    )


def _cells(relationship: OrientationRelationship) -> tuple[FittingCell, ...]:
    """The best cells along the parallel planes; none where nothing fits."""
    try:
        found = find_matches(
            relationship.substrate,
            relationship.film,
            Limits(),
            contact=relationship.planes,
            orientation=relationship,
            reverse=False,
            limit=CELLS,
        )
    except IonsmithError:
        return ()
    return tuple(
        FittingCell(
            float(match.area),
            int(match.substrate_meshes),
            int(match.film_meshes),
            float(match.max_strain),
        )
        for match in found.matches
    )


def _compared(
    given: OrientationRelationship,
    candidates: Candidates,
    features: Features,
    scores: Floats,
    ranking: NDArray[np.int64],
) -> ComparedRelationship:
    """Place of a given relationship."""
    crystals = candidates.substrate.crystal, candidates.film.crystal
    centres = equivalents(quaternions_of(given.rotation[None])[0], *crystals)
    same = near(candidates.quaternions, centres, TOLERANCE)
    places = np.flatnonzero(same[ranking])
    share = np.exp(scores - scores.max())
    best = int(np.flatnonzero(same)[scores[same].argmax()]) if same.any() else None
    texts = _labels(given) if given.planes is not None else (None, None)
    return ComparedRelationship(
        planes=texts[0],
        directions=texts[1],
        rank=int(places[0]) + 1 if len(places) else None,
        confidence=float(share[same].sum() / share.sum()),
        score=None if best is None else float(scores[best] - scores.max()),
        reasons=None if best is None else _reasons(features, best),
    )


def _notes(crystals: Sequence[CrystalLattice]) -> tuple[str, ...]:
    """What was assumed."""
    notes = [
        "only cells and space groups count, and a film and its inverse are the same; the "
        "probability is that of a conditional logit fitted on observed relationships, which holds "
        "for crystals like those",
    ]
    notes += [crystal.note for crystal in crystals if crystal.note]
    for crystal in crystals:
        motif = None if crystal.contents is None else crystal.contents()
        if motif is None or not len(motif[0]):
            continue
        atoms = Atoms(["X"] * len(motif[0]), cell=crystal.lattice.cell, pbc=True)
        atoms.set_scaled_positions(motif[0])
        if vacuum_axes(atoms):
            notes.append(
                f"{crystal.name} has an empty layer, as slabs have: its cell counts, which is not "
                "that of a crystal"
            )
    return tuple(notes)
