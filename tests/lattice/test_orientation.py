"""Orientation relationships against textbooks, group theory and invariances."""

import numpy as np
import pytest
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import InvalidIndices, InvalidOrientation
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice, angle
from ionsmith.lattice.miller import Plane, parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship

FCC = CrystalLattice.of_atoms(bulk("Fe", "fcc", a=3.6, cubic=True), "fcc")
BCC = CrystalLattice.of_atoms(bulk("Fe", "bcc", a=2.87, cubic=True), "bcc")
HCP = CrystalLattice.of_atoms(bulk("Ti", "hcp", a=2.95, c=4.68), "hcp")
ZINCBLENDE = CrystalLattice.of_atoms(bulk("GaAs", "zincblende", a=5.65, cubic=True), "GaAs")
QUARTZ = read_lattice("lib:sio2")
NH4VO3, NAH2PO4, NVP = (read_lattice(f"lib:{name}") for name in ("nh4vo3", "nah2po4", "nvp"))
CRYSTALS = [FCC, HCP, ZINCBLENDE, QUARTZ, NH4VO3, NAH2PO4, NVP]

KURDJUMOV_SACHS = (FCC, BCC, "(111)||(011)", "[-101]||[-1-11]")
NISHIYAMA_WASSERMANN = (FCC, BCC, "(111)||(011)", "[1-10]||[100]")
PITSCH = (FCC, BCC, "(010)||(101)", "[101]||[-111]")
BAIN = (FCC, BCC, "(001)||(001)", "[100]||[110]")
BURGERS = (BCC, HCP, "(110)||(0001)", "[1-11]||[2-1-10]")
POTTER = (BCC, HCP, "(110)||(01-11)", "[1-11]||[2-1-10]")
PITSCH_SCHRADER = (BCC, HCP, "(110)||(0001)", "[001]||[2-1-10]")
SHOJI_NISHIYAMA = (FCC, HCP, "(111)||(0001)", "[1-10]||[2-1-10]")

Case = tuple[CrystalLattice, CrystalLattice, str, str]


def make(case: Case, *, swapped: bool = False) -> OrientationRelationship:
    substrate, film, planes, directions = case
    plane_pair, direction_pair = parse_planes(planes), parse_directions(directions)
    if swapped:
        substrate, film = film, substrate
        plane_pair, direction_pair = plane_pair[::-1], direction_pair[::-1]
    return OrientationRelationship.from_parallel(substrate, film, plane_pair, direction_pair)


# Number of variants of the film, and of the substrate if the roles are swapped. KS, NW and
# Burgers: C. Cayron, Acta Cryst. A 62, 21 (2006), doi:10.1107/S010876730503686X; the others are
# 24 (or 12) over the order of the common subgroup.
@pytest.mark.parametrize(
    ("case", "forward", "backward"),
    [
        (KURDJUMOV_SACHS, 24, 24),
        (NISHIYAMA_WASSERMANN, 12, 12),
        (PITSCH, 12, 12),
        (BAIN, 3, 3),
        (BURGERS, 12, 6),
        (POTTER, 24, 12),
        (PITSCH_SCHRADER, 6, 3),
        (SHOJI_NISHIYAMA, 4, 2),
    ],
)
def test_textbook_numbers_of_variants(case: Case, forward: int, backward: int) -> None:
    assert len(make(case).variants()) == forward
    assert len(make(case, swapped=True).variants()) == backward


# Angles between variants. KS: S. Morito et al., Acta Mater. 51, 1789 (2003),
# doi:10.1016/S1359-6454(02)00577-3, table 2; Burgers: S. C. Wang, M. Aindow and M. J. Starink,
# Acta Mater. 51, 2485 (2003).
@pytest.mark.parametrize(
    ("case", "angles"),
    [
        (
            KURDJUMOV_SACHS,
            [10.53, 14.88, 20.61, 21.06, 47.11, 49.47, 50.51, 51.73, 57.21, 60.0],
        ),
        (BURGERS, [10.53, 60.0, 60.83, 63.26, 90.0]),
    ],
)
def test_textbook_angles_between_variants(case: Case, angles: list[float]) -> None:
    found = {round(variant.angle_to_first, 2) for variant in make(case).variants()[1:]}
    assert sorted(found) == pytest.approx(angles, abs=0.011)


# Y. He, S. Godet and J. J. Jonas, J. Appl. Cryst. 39, 72 (2006), doi:10.1107/S0021889805038276.
@pytest.mark.parametrize(
    ("case", "degrees", "axis"),
    [
        (KURDJUMOV_SACHS, 42.85, (0.178, 0.178, 0.968)),
        (NISHIYAMA_WASSERMANN, 45.98, (0.083, 0.201, 0.976)),
        (PITSCH, 45.98, (0.083, 0.201, 0.976)),
        (BAIN, 45.0, (0, 0, 1)),
    ],
)
def test_textbook_disorientations(
    case: Case, degrees: float, axis: tuple[float, float, float]
) -> None:
    found = make(case).disorientation
    assert found.angle == pytest.approx(degrees, abs=0.01)
    assert found.axis is not None
    assert sorted(abs(part) for part in found.axis) == pytest.approx(axis, abs=1e-3)


rotations = st.integers(0, 2**32 - 1).map(lambda seed: Rotation.random(rng=seed).as_matrix())
crystals = st.sampled_from(CRYSTALS)


@given(crystals, crystals, rotations)
@settings(deadline=None, max_examples=30)
def test_number_of_variants_is_that_of_the_cosets(
    substrate: CrystalLattice, film: CrystalLattice, rotation: NDArray[np.float64]
) -> None:
    """Order of the substrate's group over that of the subgroup shared with the film.

    A chiral film has no improper operation, so that only the substrate's rotations count.
    """
    found = len(OrientationRelationship(substrate, film, rotation).variants())
    mine, other = substrate.cartesian_group, film.cartesian_group
    if (np.linalg.det(other) > 0).all():
        mine = mine[np.linalg.det(mine) > 0]
    shared = sum(
        bool((abs(other - rotation.T @ operation @ rotation).max(axis=(1, 2)) < 1e-6).any())
        for operation in mine
    )
    assert found == len(mine) // shared


def test_a_chiral_film_is_not_mirrored() -> None:
    skew = Rotation.from_euler("xyz", [11, 23, 37], degrees=True).as_matrix()
    assert len(OrientationRelationship(FCC, QUARTZ, skew).variants()) == 24
    assert len(OrientationRelationship(FCC, ZINCBLENDE, skew).variants()) == 48
    assert len(OrientationRelationship(ZINCBLENDE, FCC, skew).variants()) == 24


PUBLISHED = [
    # Yu et al., NVP on its precursors
    (NH4VO3, NVP, "(1,2,-1)||(2,-1,0)", "[0,1,2]||[1,2,-1]"),
    (NAH2PO4, NVP, "(-1-21)||(009)", "[-321]||[210]"),
]


@pytest.mark.parametrize("case", PUBLISHED)
def test_published_relationships_obey_the_zone_law(case: Case) -> None:
    laws = make(case).zone_laws
    assert laws is not None
    assert [(law.value, law.deviation, law.exact) for law in laws] == [(0, 0.0, True)] * 2


@pytest.mark.parametrize("case", [*PUBLISHED, KURDJUMOV_SACHS, BURGERS, POTTER])
def test_planes_and_directions_are_parallel_in_every_variant(case: Case) -> None:
    relationship = make(case)
    for variant in relationship.variants():
        assert variant.planes is not None
        assert variant.directions is not None
        normal = case[0].lattice.normals(variant.planes[0].indices)
        other = variant.rotation @ case[1].lattice.normals(variant.planes[1].indices)
        assert angle(normal, other) == pytest.approx(0, abs=1e-5)
        along = case[0].lattice.vectors(variant.directions[0].indices)
        other = variant.rotation @ case[1].lattice.vectors(variant.directions[1].indices)
        assert angle(along, other) == pytest.approx(0, abs=1e-5)
        assert np.linalg.det(variant.rotation) == pytest.approx(1)


def test_the_first_variant_is_the_relationship_itself() -> None:
    relationship = make(KURDJUMOV_SACHS)
    first = relationship.variants()[0]
    assert first.rotation == pytest.approx(relationship.rotation)
    assert first.planes == relationship.planes
    assert first.angle_to_first == pytest.approx(0, abs=1e-6)


def test_a_broken_zone_law_is_refused_with_its_angle() -> None:
    planes, directions = parse_planes("(1,2,1)||(2,-1,0)"), parse_directions("[0,1,2]||[1,2,-1]")
    with pytest.raises(InvalidOrientation, match=r"nh4vo3.*49\.82° out of the plane"):
        OrientationRelationship.from_parallel(NH4VO3, NVP, planes, directions)
    loose = OrientationRelationship.from_parallel(NH4VO3, NVP, planes, directions, tolerance=60)
    assert loose.zone_laws is not None
    # sin = (hu + kv + lw) d / length
    expected = np.degrees(np.arcsin(4 * 3.16677 / 16.57906))
    assert loose.zone_laws[0].deviation == pytest.approx(expected, abs=1e-3)
    assert not loose.zone_laws[0].exact
    normal = NH4VO3.lattice.normals((1, 2, 1))
    film = loose.rotation @ NVP.lattice.normals((2, -1, 0))
    assert angle(normal, film) == pytest.approx(0, abs=1e-6)  # the planes stay parallel
    with pytest.raises(InvalidOrientation):
        OrientationRelationship.from_parallel(
            NH4VO3, NVP, planes, directions, tolerance=float("nan")
        )


def test_four_indices_need_hexagonal_axes() -> None:
    with pytest.raises(InvalidIndices, match="hexagonal"):
        make((NH4VO3, NVP, "(1,0,-1,0)||(2,-1,0)", "[0,1,0]||[1,2,-1]"))


@given(rotations)
@settings(deadline=None)
def test_euler_angles_and_quaternions_give_the_matrix_back(rotation: NDArray[np.float64]) -> None:
    relationship = OrientationRelationship(NH4VO3, NVP, rotation)
    from_euler = OrientationRelationship.from_euler(NH4VO3, NVP, relationship.euler)
    from_quaternion = OrientationRelationship.from_quaternion(NH4VO3, NVP, relationship.quaternion)
    assert from_euler.rotation == pytest.approx(rotation, abs=1e-7)
    assert from_quaternion.rotation == pytest.approx(rotation, abs=1e-9)
    assert 0 <= relationship.euler[1] <= 180
    cosine = np.clip((np.trace(rotation) - 1) / 2, -1, 1)
    assert relationship.misorientation.angle == pytest.approx(
        np.degrees(np.arccos(cosine)), abs=1e-4
    )


def test_bunge_angles_by_hand() -> None:
    """Bunge's matrix g of sample to crystal for φ1 = 30, Φ = 50, φ2 = 70, transposed."""
    (c1, c, c2), (s1, s, s2) = (f(np.radians([30, 50, 70])) for f in (np.cos, np.sin))
    g = [
        [c1 * c2 - s1 * s2 * c, s1 * c2 + c1 * s2 * c, s2 * s],
        [-c1 * s2 - s1 * c2 * c, -s1 * s2 + c1 * c2 * c, c2 * s],
        [s1 * s, -c1 * s, c],
    ]
    relationship = OrientationRelationship.from_euler(FCC, BCC, (30, 50, 70))
    assert relationship.rotation == pytest.approx(np.transpose(g))
    assert relationship.euler == pytest.approx((30, 50, 70))
    for angles, expected in [((30, 0, 70), (100, 0, 0)), ((30, 180, 70), (320, 180, 0))]:
        found = OrientationRelationship.from_euler(FCC, BCC, angles).euler
        assert found == pytest.approx(expected)


@given(rotations, rotations, rotations)
@settings(deadline=None, max_examples=20)
def test_nothing_depends_on_the_cartesian_frames(
    rotation: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> None:
    relationship = OrientationRelationship(NH4VO3, NVP, rotation)
    turned = OrientationRelationship(
        CrystalLattice("a", Lattice(NH4VO3.lattice.cell @ first.T), NH4VO3.symmetry, ""),
        CrystalLattice("b", Lattice(NVP.lattice.cell @ second.T), NVP.symmetry, ""),
        first @ rotation @ second.T,
    )
    assert turned.transformation == pytest.approx(relationship.transformation, abs=1e-8)
    angles = [[v.angle_to_first for v in each.variants()] for each in (relationship, turned)]
    assert angles[0] == pytest.approx(angles[1], abs=1e-4)


def test_transformation_gives_indices_of_the_substrate() -> None:
    relationship = make(PUBLISHED[0])
    image = relationship.transformation @ (1, 2, -1)
    assert image / image[1] == pytest.approx((0, 1, 2), abs=1e-9)
    axis = relationship.misorientation
    assert axis.axis_substrate is not None
    assert axis.axis_film is not None
    mapped = relationship.transformation @ np.array(axis.axis_film)
    assert mapped / abs(mapped).max() == pytest.approx(axis.axis_substrate, abs=1e-9)


def test_no_rotation_has_no_axis() -> None:
    found = OrientationRelationship(FCC, BCC, np.eye(3)).misorientation
    assert (found.angle, found.axis) == (0.0, None)


@pytest.mark.parametrize(
    "matrix",
    [
        np.diag([1, 1, -1]),
        np.diag([1, 1, 2]),
        np.zeros((3, 3)),
        np.full((3, 3), np.nan),
        np.eye(2),
    ],
)
def test_what_is_no_rotation_is_refused(matrix: NDArray[np.float64]) -> None:
    with pytest.raises(InvalidOrientation):
        OrientationRelationship(FCC, BCC, matrix)


def test_malformed_angles_and_quaternions_are_refused() -> None:
    with pytest.raises(InvalidOrientation, match="3 finite"):
        OrientationRelationship.from_euler(FCC, BCC, (1, 2))
    with pytest.raises(InvalidOrientation, match="zeros"):
        OrientationRelationship.from_quaternion(FCC, BCC, (0, 0, 0, 0))
    with pytest.raises(InvalidOrientation, match="9 finite"):
        OrientationRelationship.from_matrix(FCC, BCC, [1, 0, 0])
    found = OrientationRelationship.from_matrix(FCC, BCC, [0, -1, 0, 1, 0, 0, 0, 0, 1])
    assert found.rotation @ (1, 0, 0) == pytest.approx((0, 1, 0))


def test_order_of_a_plane_does_not_matter() -> None:
    """(0,0,9) and (0,0,1) are parallel planes."""
    substrate, film, _, directions = PUBLISHED[1]
    found = make((substrate, film, "(-1-21)||(001)", directions))
    assert found.rotation == pytest.approx(make(PUBLISHED[1]).rotation)
    assert found.planes is not None
    assert found.planes[1] == Plane((0, 0, 1))
