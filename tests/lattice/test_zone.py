"""Zone axes and plane normals: parallel where the metric says so, and not elsewhere."""

import numpy as np
import pytest

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals import load
from ionsmith.errors import InvalidIndices, InvalidOrientation
from ionsmith.lattice.miller import parse, parse_direction
from ionsmith.lattice.zone import Zone, beam_frame, zone_cell


def zone(name: str, text: str) -> Zone:
    return Zone.of(load(name).lattice, parse(text))


def test_zone_and_normal_of_the_same_indices_differ_off_the_cubic_system() -> None:
    cubic, monoclinic = (load(name).lattice for name in ("si", "nah2po4"))
    for text in ("123", "011"):
        along, normal = (
            Zone.of(cubic, parse(brackets)).vector for brackets in (f"[{text}]", f"({text})")
        )
        np.testing.assert_allclose(along, normal, atol=1e-12)
    along, normal = (Zone.of(monoclinic, parse(text)) for text in ("[001]", "(001)"))
    cosine = np.dot(along.vector, normal.vector)
    # c and the normal of (001) enclose beta - 90 degrees.
    beta = monoclinic.lattice.cellpar[4]
    assert np.degrees(np.arccos(cosine)) == pytest.approx(abs(beta - 90), abs=1e-9)
    assert normal.label == "normal of (0,0,1)"


def test_normals_along_a_lattice_direction() -> None:
    """(100) of a hexagonal lattice is at right angles to [210], (110) to [110]."""
    assert zone("nvp", "(1,0,0)").axis == (2, 1, 0)
    assert zone("nvp", "(1,1,0)").axis == (1, 1, 0)
    assert zone("nvp", "(1,1,0)").deviation == 0.0


def test_a_normal_along_no_lattice_direction() -> None:
    """On rectangular axes (0,1,1) has the normal [0, 1/b², 1/c²]."""
    found = zone("nh4vo3", "(0,1,1)")
    _, b, c, *_ = load("nh4vo3").lattice.lattice.cellpar
    expected = np.array([0, 1 / b, 1 / c])
    np.testing.assert_allclose(found.vector, expected / np.linalg.norm(expected), atol=1e-12)
    assert found.axis is not None
    assert found.deviation is not None
    assert 0 < found.deviation <= 1
    v, w = found.axis[1] * b, found.axis[2] * c
    off = np.arctan2(v, w) - np.arctan2(1 / b, 1 / c)
    assert found.deviation == pytest.approx(abs(np.degrees(off)))


def test_any_vector() -> None:
    crystal = load("nvp").lattice
    vector = crystal.lattice.vectors([1, 2, -1])
    assert Zone.parallel_to(crystal, vector).axis == (1, 2, -1)
    assert Zone.parallel_to(crystal, -3 * vector).label == "[-1,-2,1]"
    tilted = Zone.parallel_to(crystal, vector + 0.008 * np.linalg.norm(vector) * np.eye(3)[0])
    assert tilted.deviation is not None
    assert 0.1 < tilted.deviation < 1
    assert tilted.label.startswith("0.")


def test_four_indices_need_hexagonal_axes() -> None:
    assert zone("nvp", "[2,-1,-1,0]").axis == (1, 0, 0)
    with pytest.raises(InvalidIndices, match="hexagonal"):
        zone("nh4vo3", "[2,-1,-1,0]")


def test_frame_is_right_handed_with_z_to_the_source() -> None:
    frame = beam_frame([1, 2, 3], [1, 0, 0])
    np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(frame) == pytest.approx(1)
    np.testing.assert_allclose(frame[2], np.array([1, 2, 3]) / np.sqrt(14))
    assert frame[1] @ [1, 0, 0] == pytest.approx(0, abs=1e-12)
    with pytest.raises(InvalidOrientation, match="parallel to the beam"):
        beam_frame([1, 2, 3], [2, 4, 6])


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        *[("ge", zone) for zone in ("001", "100", "0,0,-1", "110", "111", "112", "123")],
        *[("sb", zone) for zone in ("001", "100", "110", "211", "1,-1,1")],
        *[("nah2po4", zone) for zone in ("010", "101", "1,2,3")],
    ],
)
def test_the_crystal_stays_the_same(name: str, zone: str) -> None:
    crystal = load(name)
    atoms = crystal.to_atoms()
    direction = parse_direction(zone)
    found = zone_cell(atoms, direction)
    period = crystal.lattice.period(direction)
    assert found.cell.array[2] == pytest.approx([0, 0, period], abs=1e-5)
    assert found.cell.array[0, 1] == pytest.approx(0, abs=1e-9)
    assert np.linalg.det(found.cell.array) > 0
    assert found.get_volume() / len(found) == pytest.approx(atoms.get_volume() / len(atoms))
    shells = [np.sort(neighbour_list(one, 3.5).distances)[:: len(one)] for one in (found, atoms)]
    size = min(map(len, shells))
    assert shells[0][:size] == pytest.approx(shells[1][:size], abs=1e-4)
    assert found.cell.angles().min() > 25


@pytest.mark.parametrize(("zone", "sides"), [("001", (5.6574,) * 3), ("100", (5.6574,) * 3)])
def test_along_an_axis_the_cell_is_the_crystals_own(
    zone: str, sides: tuple[float, float, float]
) -> None:
    found = zone_cell(load("ge").to_atoms(), parse_direction(zone))
    assert found.cell.lengths() == pytest.approx(sides)
    assert found.cell.angles() == pytest.approx(90)


def test_upright_where_lattice_vectors_are() -> None:
    # (110) of a face-centred lattice has the rectangular mesh a/√2 × a.
    found = zone_cell(load("ge").to_atoms(), parse_direction("110"))
    assert found.cell.lengths() == pytest.approx([5.6574 / 2**0.5, 5.6574, 5.6574 / 2**0.5])
    assert found.cell.angles() == pytest.approx(90)
