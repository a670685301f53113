"""Whether the relationships that Yu et al. 2021 saw are predicted from the two crystals."""

from ionsmith.analyzers.orientation_relationships import RANKED, predict_orientations
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.reproduction.rows import Paper, Row

FIRST = 5
"""Rank up to which a relationship counts as predicted."""


def predicted_row(paper: Paper, title: str, relationship: OrientationRelationship) -> Row:
    """Rank of a relationship that was seen, the plane of the substrate given.

    Parameters
    ----------
    paper
        What makes rows.
    title
        The substrate in words.
    relationship
        What was seen.
    """
    assert relationship.planes is not None
    found = predict_orientations(
        relationship.substrate,
        relationship.film,
        surface=relationship.planes[0],
        compared=relationship,
        limit=1,
        cells=False,
    )
    known = found.compared
    assert known is not None
    assert known.reasons is not None
    place = f"rank {known.rank}" if known.rank else f"beyond rank {RANKED}"
    reasons = known.reasons
    (m, n), misfit = reasons.row_ratio, 100 * reasons.row_misfit
    return paper.words(
        f"relationship seen on {title}, among the {FIRST} most likely by the lattices, plane given",
        "seen",
        "predicted" if known.rank and known.rank <= FIRST else "not predicted",
        why=f"{place}, probability {known.confidence:.2g}; {found.verdict}; the rows "
        f"fit {m}:{n} within {misfit:+.1f} %, but are {reasons.substrate_row:.1f} and "
        f"{reasons.film_row:.1f} Å long, share {reasons.shared_rotations} rotation, and the "
        f"reciprocal lattices overlap by {reasons.coincidence:.2f} of the best",
    )
