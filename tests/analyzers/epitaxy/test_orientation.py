"""The description of an orientation relationship, and what it makes nearly parallel."""

from itertools import product
from math import gcd

import numpy as np
import pytest
from ase.build import bulk

from ionsmith.analyzers.epitaxy import describe_orientation
from ionsmith.analyzers.epitaxy._parallels import nearly_parallel
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import IonsmithError
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import angle
from ionsmith.lattice.miller import Direction, Plane, parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship

NH4VO3, NVP, NZSP = (read_lattice(f"lib:{name}") for name in ("nh4vo3", "nvp", "nzsp"))
YU = OrientationRelationship.from_parallel(
    NH4VO3, NVP, parse_planes("(1,2,-1)||(2,-1,0)"), parse_directions("[0,1,2]||[1,2,-1]")
)
NASICON = OrientationRelationship(NZSP, NVP, np.eye(3))
FCC = CrystalLattice.of_atoms(bulk("Cu", cubic=True), "Cu")


def test_published_relationship_is_described() -> None:
    found = describe_orientation(YU)
    assert found.zone_laws is not None
    assert all(law.exact for law in found.zone_laws)
    assert np.array(found.rotation) == pytest.approx(YU.rotation)
    # Pbcm has 8 operations; the planes share nothing but the inversion with R-3c
    assert found.variant_count == len(found.variants) == 4
    first = found.nearly_parallel_planes[0]
    assert (first.substrate, first.film) == ("(1,2,-1)", "(2,-1,0)")
    assert first.angle == pytest.approx(0, abs=1e-6)
    assert first.mismatch == pytest.approx(-0.378, abs=5e-4)
    assert first.mismatch_film_reference == pytest.approx(0.274, abs=5e-4)
    assert found.nearly_parallel_directions[0].substrate == "[0,1,2]"
    assert found.nearly_parallel_directions[0].film == "[1,2,-1]"


def test_tables_name_reference_and_convention() -> None:
    text = describe_orientation(YU).table()
    for expected in ("v_substrate = R v_film", "(d_sub - d_film) / d_sub", "Bunge", "[0,1,2]"):
        assert expected in text
    coinciding = describe_orientation(NASICON)
    assert "the frames coincide" in coinciding.table()
    assert coinciding.zone_laws is None


@pytest.mark.parametrize("kind", [Plane, Direction])
@pytest.mark.parametrize("relationship", [YU, NASICON], ids=["nh4vo3", "nzsp"])
def test_no_nearly_parallel_pair_is_missed(
    relationship: OrientationRelationship, kind: type[Plane] | type[Direction]
) -> None:
    """Against the plain double loop, without regard to symmetry."""
    bound, within = 2, 3.0
    pairs = set()
    triples = [t for t in product(range(-bound, bound + 1), repeat=3) if gcd(*t) == 1]
    for mine, other in product(triples, triples):
        if kind is Plane:
            first = relationship.substrate.lattice.normals(mine)
            second = relationship.film.lattice.normals(other)
        else:
            first = relationship.substrate.lattice.vectors(mine)
            second = relationship.film.lattice.vectors(other)
        second = relationship.rotation @ second
        cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
        if cosine >= np.cos(np.radians(within)):
            pairs.add((mine, other))
    found = nearly_parallel(relationship, kind, max_index=bound, within=within)
    expected = {frozenset([pair, _opposite(pair)]) for pair in pairs}
    if relationship is YU:  # only the inversion is common: one entry a pair
        assert len(found) == len(expected)
        assert all(pair.multiplicity == 1 for pair in found)
    reduced = {
        frozenset([pair, _opposite(pair)])
        for pair in ((_reduced(p.substrate_indices), _reduced(p.film_indices)) for p in found)
    }
    if relationship is YU:
        assert reduced == expected
    else:  # every pair has a listed equivalent: the threefold axis and the glide planes
        assert sum(pair.multiplicity for pair in found) >= len(expected)
        assert len(found) < len(expected)


def _opposite(
    pair: tuple[tuple[int, ...], tuple[int, ...]],
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(-i for i in pair[0]), tuple(-i for i in pair[1])


def _reduced(indices: tuple[int, int, int]) -> tuple[int, ...]:
    return tuple(index // gcd(*indices) for index in indices)


def test_equivalent_pairs_are_counted_once() -> None:
    """Cube on cube: the low-index planes with half of their multiplicities."""
    cube = OrientationRelationship(FCC, FCC, np.eye(3))
    found = nearly_parallel(cube, Plane, max_index=2, within=0.5)
    assert [(pair.substrate, pair.multiplicity) for pair in found] == [
        ("(1,1,1)", 4),
        ("(2,0,0)", 3),
        ("(2,2,0)", 6),
        ("(4,2,0)", 12),
        ("(4,2,2)", 12),
        ("(4,4,2)", 12),
    ]
    assert all(pair.angle == pytest.approx(0, abs=1e-6) for pair in found)
    assert all(pair.mismatch == pytest.approx(0, abs=1e-12) for pair in found)
    directions = nearly_parallel(cube, Direction, max_index=1, within=0.5)
    assert [(d.substrate, d.multiplicity) for d in directions] == [
        ("[1,1,0]", 6),
        ("[1,0,0]", 3),
        ("[1,1,1]", 4),
    ]
    assert directions[0].d_film == pytest.approx(3.61 / 2**0.5)


def test_small_spacings_are_left_out_on_request() -> None:
    everything = nearly_parallel(YU, Plane, max_index=3, within=2)
    found = nearly_parallel(YU, Plane, max_index=3, within=2, d_min=1.0)
    assert set(found) == {p for p in everything if min(p.d_substrate, p.d_film) >= 1.0}
    assert len(found) < len(everything)


def test_listed_angles_are_those_between_the_listed_indices() -> None:
    for pair in nearly_parallel(NASICON, Plane, max_index=2, within=1):
        first = NZSP.lattice.normals(pair.substrate_indices)
        second = NVP.lattice.normals(pair.film_indices)
        assert angle(first, second) == pytest.approx(pair.angle, abs=1e-6)
        assert NVP.lattice.d_spacing(pair.film_indices) == pytest.approx(pair.d_film)


@pytest.mark.parametrize(
    ("max_index", "within"), [(0, 1.0), (7, 1.0), (2, -1.0), (2, 46.0), (2, float("nan"))]
)
def test_bounds_that_make_no_sense_are_refused(max_index: int, within: float) -> None:
    with pytest.raises(IonsmithError):
        nearly_parallel(YU, Plane, max_index=max_index, within=within)


@pytest.mark.parametrize(
    ("directions", "sigma", "perfect", "words"),
    [
        ("[1,0,0]||[1,0,0]", 1, True, "perfect crystal"),
        ("[1,0,0]||[0,1,0]", 1, False, "Σ1, lattices"),  # zincblende has no fourfold axis
        ("[2,1,0]||[1,0,0]", 0, None, None),
        ("[3,1,0]||[3,-1,0]", 5, False, "Σ5"),
        ("[5,1,0]||[5,-1,0]", 13, False, "Σ13"),
    ],
)
def test_a_crystal_on_itself(
    directions: str, sigma: int, perfect: bool | None, words: str | None
) -> None:
    own = CrystalLattice.of_atoms(bulk("GaAs", "zincblende", 5.653, cubic=True))
    relationship = OrientationRelationship.from_parallel(own, own, "(0,0,1)||(0,0,1)", directions)
    found = describe_orientation(relationship)
    if words is None:  # atan(1/2) is no coincidence rotation: Σ would be irrational
        assert found.own_boundary is None
        assert "same crystal" not in found.table()
    else:
        assert found.own_boundary is not None
        assert (found.own_boundary.sigma, found.own_boundary.perfect) == (sigma, perfect)
        assert words in found.table()


def test_two_crystals_have_no_sigma() -> None:
    relationship = OrientationRelationship.from_parallel(
        read_lattice("lib:si"), read_lattice("lib:ge"), "(0,0,1)||(0,0,1)", "[1,0,0]||[1,0,0]"
    )
    assert describe_orientation(relationship).own_boundary is None
