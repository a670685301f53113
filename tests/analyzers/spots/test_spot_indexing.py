"""Measured spots find their crystal, zone and indices again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.spots import MeasuredSpot, index_spots
from ionsmith.crystals import load, names
from ionsmith.errors import IonsmithError, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice

LIBRARY = {name: load(name).lattice for name in names()}


def measure(
    crystal: CrystalLattice, spots: list[tuple[int, int, int]], zone: tuple[int, int, int]
) -> list[MeasuredSpot]:
    """Spots as seen from the source, x along the first."""
    vectors = crystal.lattice.normals(spots)
    z = crystal.lattice.vectors(zone)
    x = vectors[0] / np.linalg.norm(vectors[0])
    y = np.cross(z / np.linalg.norm(z), x)
    return [
        MeasuredSpot(1 / float(np.linalg.norm(v)), float(np.degrees(np.arctan2(v @ y, v @ x))))
        for v in vectors
    ]


def test_pattern_of_the_paper() -> None:
    """NH4VO3 along [012] with d(100) = 4.91 Å as read in Figure 4 of P2, in the whole library."""
    crystal = LIBRARY["nh4vo3"]
    (first, second) = measure(crystal, [(1, 0, 0), (1, 2, -1)], (0, 1, 2))
    rough = [MeasuredSpot(4.91, 0.0), MeasuredSpot(second.d * 1.005, second.azimuth + 0.4)]
    assert first.d == pytest.approx(4.91, abs=0.01)
    found = index_spots(rough, LIBRARY.values())
    best = found.solutions[0]
    assert best.crystal == "nh4vo3"
    # Pbcm is centrosymmetric: [0,1,2] and its equivalents cannot be told apart.
    assert sorted(map(abs, best.zone_indices)) == [0, 1, 2]
    assert [sorted(map(abs, spot.indices)) for spot in best.spots] == [[0, 0, 1], [1, 1, 2]]
    assert found.tried == len(LIBRARY)
    assert sum(solution.probability for solution in found.solutions) == pytest.approx(1)


def test_spots_the_paper_labels_of_the_film() -> None:
    """d(202) of NVP is 3.57 Å in P2; with the two neighbours in [12-1] it is found as an R-3c."""
    spots = measure(LIBRARY["nvp"], [(2, 0, 2), (2, -1, 0), (0, 1, 2)], (1, 2, -1))
    assert spots[0].d == pytest.approx(3.57, abs=0.005)
    best = index_spots(spots, [LIBRARY["nvp"]]).solutions[0]
    group = LIBRARY["nvp"].symmetry.point_group
    assert np.array(best.zone_indices).tolist() in (group @ [1, 2, -1]).tolist()
    assert best.misfit < 1e-6


def test_crystals_by_name() -> None:
    spots = measure(LIBRARY["si"], [(1, -1, 1), (0, 0, 2)], (1, 1, 0))
    found = index_spots(spots, ["lib:si", load("al2o3").to_atoms()], forbidden=True)
    assert found.tried == 2
    assert found.solutions[0].crystal == "si"


@settings(deadline=None, max_examples=40)
@given(
    name=st.sampled_from(sorted(LIBRARY)),
    pair=st.tuples(*[st.tuples(*[st.integers(-3, 3)] * 3)] * 2).filter(
        lambda pair: np.cross(*pair).any()
    ),
    turn=st.floats(0, 360),
)
def test_any_two_spots_are_indexed_as_themselves(
    name: str, pair: tuple[tuple[int, int, int], tuple[int, int, int]], turn: float
) -> None:
    crystal = LIBRARY[name]
    if crystal.symmetry.absent(pair).any():
        return
    zone = np.cross(*pair)
    measured = measure(crystal, list(pair), tuple(zone.tolist()))
    if abs(np.sin(np.radians(measured[1].azimuth))) < 0.05:
        return
    turned = [MeasuredSpot(spot.d, spot.azimuth + turn) for spot in measured]
    found = index_spots(turned, [crystal], d_tolerance=1e-4, angle_tolerance=0.01)
    wanted = [
        (tuple(a), tuple(b))
        for a, b in np.einsum("pi,mij->mpj", np.array(pair), crystal.symmetry.laue_group).tolist()
    ]
    named = {tuple(spot.indices for spot in solution.spots) for solution in found.solutions}
    assert named & set(wanted)
    for solution in found.solutions:
        first, second = (spot.indices for spot in solution.spots)
        assert not np.cross(np.cross(first, second), solution.zone_indices).any()
        assert solution.misfit <= 1


@pytest.mark.parametrize("sense", [1, -1])
def test_a_solution_shows_the_measured_picture(sense: int) -> None:
    """Also with the spots counted clockwise, and the zone axis then to the other side."""
    crystal = LIBRARY["nah2po4"]
    spots = [(2, 1, 1), (1, -1, 2), (3, 0, 3)]
    axis = sense * np.cross(spots[0], spots[1])
    measured = measure(crystal, spots, tuple(axis.tolist()))
    assert np.sign(measured[1].azimuth) == sense
    found = index_spots(measured, [crystal], d_tolerance=1e-3, angle_tolerance=0.1, forbidden=True)
    for solution in found.solutions:
        picture = measure(crystal, [spot.indices for spot in solution.spots], solution.zone_indices)
        for seen, meant in zip(picture, measured, strict=True):
            assert (seen.azimuth - meant.azimuth + 180) % 360 - 180 == pytest.approx(0, abs=0.1)
            assert seen.d == pytest.approx(meant.d, rel=1e-3)


def test_a_third_spot_must_fit() -> None:
    crystal = LIBRARY["nvp"]
    spots = measure(crystal, [(2, 0, 2), (2, -1, 0), (0, 1, 2)], (1, 2, -1))
    assert index_spots(spots, [crystal], limit=1).count > 1
    moved = [*spots[:2], MeasuredSpot(spots[2].d, spots[2].azimuth + 5)]
    with pytest.raises(NoMatch):
        index_spots(moved, [crystal])


@pytest.mark.parametrize(
    ("spots", "options", "error", "words"),
    [
        ([(4.9, 0)], {}, IonsmithError, "at least two"),
        ([(4.9, 0), (-3, 50)], {}, IonsmithError, "positive spacing"),
        ([(4.9, 0), (3, 180)], {}, IonsmithError, "in line"),
        ([(4.9, 0), (3, 50)], {"d_tolerance": 0.5}, IonsmithError, "`d_tolerance` must"),
        ([(49, 0), (37, 50)], {}, NoMatch, "larger tolerances"),
    ],
)
def test_refusals(
    spots: list[tuple[float, float]],
    options: dict[str, float],
    error: type[IonsmithError],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        index_spots([MeasuredSpot(*spot) for spot in spots], [LIBRARY["nvp"]], **options)
