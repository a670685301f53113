"""d-spacings and angles against published numbers, gemmi, and invariances."""

import gemmi
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ionsmith.errors import InvalidIndices, InvalidStructure
from ionsmith.lattice.metric import Lattice, angle
from ionsmith.lattice.miller import Direction, parse

lengths = st.floats(2, 30)
angles = st.floats(55, 125)
small = st.integers(-6, 6)
triples = st.tuples(small, small, small).filter(any)


@st.composite
def cellpars(draw: st.DrawFn) -> tuple[float, ...]:
    found = tuple(draw(lengths) for _ in range(3)) + tuple(draw(angles) for _ in range(3))
    cosines = np.cos(np.radians(found[3:]))
    assume(1 - (cosines**2).sum() + 2 * cosines.prod() > 0.05)
    return found


# Yu et al.: d(202) of NVP 0.357 nm, d(100) of NH4VO3 0.491 nm; the others by the formulae of the
# crystal systems. Cells: Zatovsky 2010, doi:10.1107/S1600536810002801; Hawthorne & Calvo 1977,
# doi:10.1016/0022-4596(77)90033-0; Catti & Ferraris 1974, doi:10.1107/S0567740874002172.
NVP = (8.7288, 8.7288, 21.8042, 90, 90, 120)
NH4VO3 = (4.909, 11.786, 5.830, 90, 90, 90)
NAH2PO4 = (6.808, 13.491, 7.331, 90, 92.88, 90)


@pytest.mark.parametrize(
    ("cellpar", "plane", "published"),
    [
        (NVP, (2, 0, 2), 3.571),
        (NVP, (2, -1, 0), 4.364),
        (NVP, (0, 0, 9), 2.423),
        (NH4VO3, (1, 0, 0), 4.909),
        (NH4VO3, (1, 2, -1), 3.167),
        (NAH2PO4, (-1, -2, 1), 4.074),
    ],
)
def test_published_spacings(
    cellpar: tuple[float, ...], plane: tuple[int, int, int], published: float
) -> None:
    assert Lattice.from_cellpar(cellpar).d_spacing(plane) == pytest.approx(published, abs=6e-4)


@given(cellpars(), st.lists(triples, min_size=1, max_size=5))
@settings(deadline=None)
def test_spacings_agree_with_gemmi(
    cellpar: tuple[float, ...], planes: list[tuple[int, ...]]
) -> None:
    expected = [gemmi.UnitCell(*cellpar).calculate_d(list(plane)) for plane in planes]
    assert Lattice.from_cellpar(cellpar).d_spacing(planes) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [  # cubic: Cullity, Elements of X-Ray Diffraction, 2nd ed. (1978), table 2-3
        ((1, 0, 0), (1, 1, 1), 54.7),
        ((1, 1, 0), (1, 1, 1), 35.3),
        ((1, 1, 1), (1, 1, -1), 70.5),
        ((2, 1, 0), (2, 1, 1), 24.1),
        ((1, 0, 0), (3, 1, 0), 18.4),
        ((3, 2, 1), (2, 1, 1), 10.9),
    ],
)
def test_angles_of_cubic_planes_and_directions(
    first: tuple[int, int, int], second: tuple[int, int, int], expected: float
) -> None:
    cubic = Lattice(3.6 * np.eye(3))
    assert cubic.plane_angle(first, second) == pytest.approx(expected, abs=0.06)
    assert cubic.direction_angle(first, second) == pytest.approx(expected, abs=0.06)


def test_angles_of_quartz_and_zinc() -> None:
    """The faces of quartz and the twin plane of zinc, from goniometer and textbook."""
    # c ^ r = 51°47' (Dana's System of Mineralogy, vol. III, 1962); m ^ m = 60°
    quartz = Lattice.from_cellpar((4.9137, 4.9137, 5.4047, 90, 90, 120))
    assert quartz.plane_angle((0, 0, 1), (1, 0, 1)) == pytest.approx(51 + 47 / 60, abs=0.02)
    assert quartz.plane_angle((1, 0, 0), (0, 1, 0)) == pytest.approx(60)
    # atan(c / (sqrt(3) a)) = 46.98° for c/a = 1.856 (Barrett & Massalski, Structure of Metals)
    zinc = Lattice.from_cellpar((2.665, 2.665, 4.947, 90, 90, 120))
    assert zinc.plane_angle((0, 0, 1), (1, 0, 2)) == pytest.approx(46.98, abs=0.02)


@given(cellpars(), triples, triples, st.integers(0, 10**6))
@settings(deadline=None)
def test_nothing_depends_on_how_the_cell_lies_in_space(
    cellpar: tuple[float, ...], plane: tuple[int, ...], direction: tuple[int, ...], seed: int
) -> None:
    lattice = Lattice.from_cellpar(cellpar)
    turned = Lattice(lattice.cell @ Rotation.random(rng=seed).as_matrix().T)
    for value, other in zip(
        _measures(lattice, plane, direction), _measures(turned, plane, direction), strict=True
    ):
        assert other == pytest.approx(value, abs=1e-6)


@given(cellpars(), triples, triples, st.lists(st.sampled_from("abcdef"), max_size=5))
@settings(deadline=None)
def test_nothing_depends_on_the_choice_of_cell(
    cellpar: tuple[float, ...], plane: tuple[int, ...], direction: tuple[int, ...], word: list[str]
) -> None:
    change = np.eye(3, dtype=int)
    for letter in word:  # shears generate the unimodular matrices
        index = "abcdef".index(letter)
        shear = np.eye(3, dtype=int)
        shear[index % 3, (index + 1 + index // 3) % 3] = 1
        change = shear @ change
    lattice = Lattice.from_cellpar(cellpar)
    other = Lattice(change @ lattice.cell)
    new_plane = change @ np.array(plane)
    new_direction = np.array(direction) @ np.linalg.inv(change).round().astype(int)
    assert other.volume == pytest.approx(lattice.volume)
    for before, after in zip(
        _measures(lattice, plane, direction),
        _measures(other, new_plane, new_direction),
        strict=True,
    ):
        assert after == pytest.approx(before, rel=1e-6, abs=1e-5)


def _measures(lattice: Lattice, plane: object, direction: object) -> list[float]:
    return [
        float(lattice.d_spacing(plane)),
        float(lattice.length(direction)),
        float(lattice.inclination(plane, direction)),
    ]


@given(cellpars(), triples, triples)
@settings(deadline=None)
def test_the_zone_law_is_the_inclination(
    cellpar: tuple[float, ...], plane: tuple[int, ...], direction: tuple[int, ...]
) -> None:
    lattice = Lattice.from_cellpar(cellpar)
    sine = np.dot(plane, direction) * lattice.d_spacing(plane) / lattice.length(direction)
    expected = np.degrees(np.arcsin(np.clip(sine, -1, 1)))
    assert lattice.inclination(plane, direction) == pytest.approx(expected, abs=1e-5)


@given(cellpars())
@settings(deadline=None)
def test_direct_and_reciprocal_bases_are_dual(cellpar: tuple[float, ...]) -> None:
    lattice = Lattice.from_cellpar(cellpar)
    assert lattice.cell @ lattice.reciprocal.T == pytest.approx(np.eye(3), abs=1e-9)
    assert lattice.reciprocal @ lattice.reciprocal.T == pytest.approx(
        lattice.reciprocal_metric, abs=1e-12
    )
    assert lattice.cellpar == pytest.approx(cellpar)


def test_arrays_broadcast() -> None:
    lattice = Lattice.from_cellpar(NVP)
    planes = np.arange(24).reshape(2, 4, 3) - 7
    assert lattice.d_spacing(planes).shape == (2, 4)
    assert lattice.plane_angle(planes, (0, 0, 1)).shape == (2, 4)


def test_small_angles_keep_their_digits() -> None:
    assert angle([1, 0, 0], [1, 1e-10, 0]) == pytest.approx(np.degrees(1e-10))


@pytest.mark.parametrize(
    "cell",
    [
        np.zeros((3, 3)),
        [[1, 0, 0], [0, 1, 0], [1, 1, 0]],
        [[1, 0, 0], [0, 1, 0], [0, 0, np.nan]],
        [[1, 0], [0, 1]],
    ],
)
def test_a_cell_without_volume_is_refused(cell: NDArray[np.float64]) -> None:
    with pytest.raises(InvalidStructure):
        Lattice(cell)


def test_impossible_cell_parameters_are_refused() -> None:
    with pytest.raises(InvalidStructure, match="parameters"):
        Lattice.from_cellpar((5, 5, 5, 30, 30, 120))


@pytest.mark.parametrize(
    "cellpar",
    [NVP, (8.73, 8.75, 21.8, 90.1, 89.9, 120.1), (5, 5, 5, 90, 90, 120)],
)
def test_four_indices_are_taken_on_hexagonal_axes(cellpar: tuple[float, ...]) -> None:
    lattice = Lattice.from_cellpar(cellpar)
    lattice.check(parse("(2,-1,-1,0)"))
    lattice.check(parse("[2-1-10]"))


@pytest.mark.parametrize(
    "cellpar", [NH4VO3, (8.7, 8.9, 21, 90, 90, 120), (5, 5, 9, 90, 90, 60), (5, 9, 5, 90, 120, 90)]
)
def test_four_indices_are_refused_on_other_axes(cellpar: tuple[float, ...]) -> None:
    lattice = Lattice.from_cellpar(cellpar)
    with pytest.raises(InvalidIndices, match="hexagonal axes"):
        lattice.check(parse("(2,-1,-1,0)"))
    lattice.check(Direction((1, 0, 0)))
