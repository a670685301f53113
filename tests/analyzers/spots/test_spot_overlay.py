"""Two patterns on each other: the published one of P2, rotations, coincidences by brute force."""

from functools import cache

import numpy as np
import pytest
from ase.spacegroup import crystal
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.epitaxy import plane_mismatch
from ionsmith.analyzers.scattering import Conditions, Scatterers
from ionsmith.analyzers.spots import SpotPattern, SpotPatterns, overlay_spots, spot_pattern
from ionsmith.crystals import load
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import InvalidOrientation, IonsmithError, NoMatch
from ionsmith.lattice.miller import parse, parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship

FLAT = Conditions(max_laue_zone=0)
PLANES, DIRECTIONS = parse_planes("(1,2,-1)||(2,-1,0)"), parse_directions("[0,1,2]||[1,2,-1]")


@cache
def scatterers(name: str) -> Scatterers:
    return Scatterers.of(load(name))


def relationship(
    substrate: str = "nh4vo3",
    film: str = "nvp",
    planes: str = "(1,2,-1)||(2,-1,0)",
    directions: str = "[0,1,2]||[1,2,-1]",
) -> OrientationRelationship:
    return OrientationRelationship.from_parallel(
        load(substrate).lattice,
        load(film).lattice,
        parse_planes(planes),
        parse_directions(directions),
    )


@cache
def published() -> SpotPatterns:
    return overlay_spots(scatterers("nh4vo3"), scatterers("nvp"), relationship())


def place(pattern: SpotPattern, spot: tuple[int, int, int]) -> int:
    return int(np.flatnonzero((pattern.hkl == spot).all(axis=1))[0])


def test_figure_of_the_paper() -> None:
    """P2, Figure 4: zones [012] and [12-1], d(100) = 0.491 nm, d(202) = 0.357 nm, 3:2 at 8.1 %."""
    substrate, film = published().patterns
    assert (substrate.zone.label, film.zone.label) == ("[0,1,2]", "[1,2,-1]")
    assert substrate.d[place(substrate, (1, 0, 0))] == pytest.approx(4.91, abs=0.005)
    assert film.d[place(film, (2, 0, 2))] == pytest.approx(3.57, abs=0.005)
    for pattern, spot in ((substrate, (1, 2, -1)), (film, (2, -1, 0))):
        assert pattern.azimuth[place(pattern, spot)] == pytest.approx(0, abs=1e-9)
    marked = [pair for pair in published().coincidences if pair.along_planes]
    assert len(marked) == 1
    assert (marked[0].m, marked[0].n) == (3, 2)
    assert (marked[0].substrate, marked[0].film) == ("(2,4,-2)", "(6,-3,0)")
    assert marked[0].mismatch == pytest.approx(0.081, abs=5e-4)
    assert marked[0].angle == pytest.approx(0, abs=1e-6)


def test_the_marked_ratio_has_the_mismatch_of_the_planes() -> None:
    table = plane_mismatch(
        load("nh4vo3").lattice, load("nvp").lattice, PLANES, ratios=[(3, 2), (4, 3), (7, 5)]
    )
    known = {(ratio.m, ratio.n): ratio.mismatch for ratio in table.ratios}
    for m, n in ((3, 2), (4, 3), (7, 5)):
        found = overlay_spots(
            scatterers("nh4vo3"),
            scatterers("nvp"),
            relationship(),
            Conditions(d_min=0.5),
            ratio=(m, n),
        ).coincidences[0]
        assert (found.m, found.n) == (m, n)
        assert found.mismatch == pytest.approx(known[m, n], abs=1e-9)


def test_coincidences_by_brute_force() -> None:
    """All allowed pairs nearer than the limit and no others, with their distances."""
    found = published()
    substrate, film = found.patterns
    distances = np.linalg.norm(substrate.positions[:, None] - film.positions[None], axis=2)
    near = (distances <= 0.02) & ~substrate.forbidden[:, None] & ~film.forbidden[None]
    expected = {
        (tuple(substrate.hkl[i].tolist()), tuple(film.hkl[j].tolist())): distances[i, j]
        for i, j in np.argwhere(near)
    }
    listed = {
        (pair.substrate_indices, pair.film_indices): pair.distance
        for pair in found.coincidences
        if not pair.along_planes
    }
    mates = {
        tuple(tuple(-index for index in spot) for spot in key): value
        for key, value in listed.items()
    }
    assert len(listed) > 2
    assert set(listed) | set(mates) == set(expected)
    for key, value in listed.items():
        assert value == pytest.approx(expected[key], abs=1e-12)


def test_both_patterns_lie_in_one_frame() -> None:
    """Axes of the film's picture, turned by the relationship, are those of the substrate."""
    found = published()
    substrate, film = found.patterns
    turned = film.frame @ relationship().rotation.T
    np.testing.assert_allclose(turned, substrate.frame, atol=1e-9)
    alone = spot_pattern(scatterers("nvp"), parse("[1,2,-1]"), x_axis=PLANES[1])
    assert set(map(tuple, alone.hkl.tolist())) == set(map(tuple, film.hkl.tolist()))
    np.testing.assert_allclose(alone.positions, film.positions, atol=1e-9)


@settings(deadline=None, max_examples=10)
@given(axis=st.tuples(*[st.integers(-3, 3)] * 3).filter(any))
def test_a_crystal_on_itself_coincides_everywhere(axis: tuple[int, int, int]) -> None:
    nvp = load("nvp").lattice
    same = OrientationRelationship(nvp, nvp, np.eye(3))
    text = f"[{','.join(map(str, axis))}]"
    try:
        found = overlay_spots(
            scatterers("nvp"), scatterers("nvp"), same, FLAT, along=parse(text), max_distance=1e-6
        )
    except NoMatch:
        return
    first, second = found.patterns
    np.testing.assert_allclose(first.positions, second.positions, atol=1e-9)
    bright = first.independent & ~first.forbidden
    assert len(found.coincidences) == bright.sum()
    assert {(pair.m, pair.n) for pair in found.coincidences} == {(1, 1)}


def test_a_tilted_film_is_named_by_the_nearest_direction() -> None:
    film, substrate = load("nvp").lattice, load("nh4vo3").lattice
    exact = relationship().rotation
    axis = exact.T @ substrate.lattice.normals(PLANES[0].indices)
    x, y, z = axis / np.linalg.norm(axis)
    turn = np.radians(0.5)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    tilt = np.eye(3) + np.sin(turn) * cross + (1 - np.cos(turn)) * cross @ cross
    found = overlay_spots(
        scatterers("nh4vo3"),
        scatterers("nvp"),
        OrientationRelationship(substrate, film, exact @ tilt, PLANES, DIRECTIONS),
    ).patterns[1]
    assert found.zone.axis == (1, 2, -1)
    assert found.zone.deviation == pytest.approx(0.5, abs=1e-6)
    assert found.zone.label == "0.5° off [1,2,-1]"


def test_plan_view() -> None:
    """Seen along the normal of the parallel planes, no ratio of these can be marked."""
    found = overlay_spots(
        scatterers("nh4vo3"), scatterers("nvp"), relationship(), along=parse("(1,2,-1)")
    )
    assert not any(pair.along_planes for pair in found.coincidences)
    assert found.patterns[0].zone.label == "normal of (1,2,-1)"
    np.testing.assert_allclose(
        relationship().rotation @ found.patterns[1].zone.vector, found.patterns[0].zone.vector
    )
    with pytest.raises(IonsmithError, match="`ratio` counts"):
        overlay_spots(
            scatterers("nh4vo3"),
            scatterers("nvp"),
            relationship(),
            along=parse("(1,2,-1)"),
            ratio=(3, 2),
        )


def test_the_first_allowed_order_stands_in() -> None:
    """NVP on NaH2PO4: (-1-21) || (009), 3:5 of them, 0.91 % in P2's cells; R-3c allows 00l, l = 6n.

    The first order of (0,0,27) that exists is (0,0,54).
    """
    crystals = scatterers("nah2po4"), scatterers("nvp")
    parallel = relationship("nah2po4", "nvp", "(-1,-2,1)||(0,0,9)", "[-3,2,1]||[2,1,0]")
    found = overlay_spots(*crystals, parallel, Conditions(d_min=0.4), ratio=(3, 5))
    marked = found.coincidences[0]
    assert marked.mismatch == pytest.approx(0.0091, abs=2e-4)
    assert (marked.m, marked.n, marked.order) == (3, 5, 2)
    assert (marked.substrate, marked.film) == ("(-10,-20,10)", "(0,0,54)")
    assert "(0,0,27) of nvp is forbidden (c glide plane" in found.notes[0]
    assert "order 2" in found.table()
    with pytest.raises(NoMatch, match=r"forbidden .* order 2, .*\(0,0,54\).* below `d_min`"):
        overlay_spots(*crystals, parallel, Conditions(d_min=0.6), ratio=(3, 5))


def test_anatase_has_no_005() -> None:
    """I4_1/amd, a = 3.785, c = 9.514 Å: 00l exists for l = 4n (International Tables A, no. 141)."""
    anatase = crystal(
        ["Ti", "O"],
        [(0, 0, 0), (0, 0, 0.208)],
        spacegroup=141,
        setting=1,
        cellpar=[3.785, 3.785, 9.514, 90, 90, 90],
    )
    cube = crystal(
        ["La", "Al", "O"],
        [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)],
        spacegroup=221,
        cellpar=[3.79] * 3 + [90] * 3,
    )
    parallel = OrientationRelationship.from_parallel(
        read_lattice(cube), read_lattice(anatase), "(0,0,1)||(0,0,1)", "[1,0,0]||[1,0,0]"
    )
    found = overlay_spots(cube, anatase, parallel)
    marked = found.coincidences[0]
    # 5:2 is nearer (0.4 %), but (0,0,5) does not exist.
    assert (marked.m, marked.n, marked.order) == (8, 3, 1)
    assert marked.film_indices == (0, 0, 8)
    assert "(0,0,5) of" in found.notes[0]
    film = found.patterns[1]
    for pair in found.coincidences:
        assert not film.phase.symmetry.absent([pair.film_indices])[0]


@pytest.mark.parametrize("name", ["nvp", "nzsp", "al2o3"])
def test_001_of_rhombohedral_lattices(name: str) -> None:
    """With a c glide, 00l exists for l = 6n only; 1:1 of (0,0,1) is marked there."""
    own = load(name).lattice
    parallel = OrientationRelationship.from_parallel(
        own, own, "(0,0,1)||(0,0,1)", "[1,0,0]||[1,0,0]"
    )
    found = overlay_spots(scatterers(name), scatterers(name), parallel)
    marked = found.coincidences[0]
    assert (marked.m, marked.n, marked.order, marked.film) == (1, 1, 6, "(0,0,6)")
    assert "the first order that is allowed" in found.notes[0]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"ratio": (9, 8)}, NoMatch, "below `d_min`"),
        ({"ratio": (0, 1)}, IonsmithError, "whole numbers"),
        ({"max_mismatch": 1.5}, IonsmithError, "mismatch"),
        ({"max_distance": -0.1}, IonsmithError, "distance"),
    ],
)
def test_refusals(options: dict[str, object], error: type[IonsmithError], words: str) -> None:
    with pytest.raises(error, match=words):
        overlay_spots(scatterers("nh4vo3"), scatterers("nvp"), relationship(), **options)


def test_a_rotation_alone_needs_a_zone() -> None:
    nvp = load("nvp").lattice
    with pytest.raises(InvalidOrientation, match="no parallel directions"):
        overlay_spots(
            scatterers("nvp"), scatterers("nvp"), OrientationRelationship(nvp, nvp, np.eye(3))
        )
