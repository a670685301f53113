"""Planes of library crystals and files against published numbers."""

import numpy as np
import pytest
from ase.build import bulk

from ionsmith.analyzers.planes import LatticePlanes, lattice_planes
from ionsmith.crystals import load
from ionsmith.errors import InvalidIndices, IonsmithError
from ionsmith.lattice.crystal_lattice import CrystalLattice


def measure(phase: str, *indices: str) -> LatticePlanes:
    return lattice_planes(f"lib:{phase}", indices)


def test_planes_of_the_published_interfaces() -> None:
    """Spacings as in Yu et al.; (0,0,9) breaks h-h0l: l = 2n of R-3c."""
    nvp = measure("nvp", "(2,0,2)", "(2,-1,0)", "(0,0,9)")
    assert [plane.d for plane in nvp.planes] == pytest.approx([3.571, 4.364, 2.423], abs=6e-4)
    assert [plane.forbidden for plane in nvp.planes] == [False, False, True]
    assert nvp.planes[2].forbidden_by is not None
    assert nvp.planes[2].forbidden_by.startswith("c glide plane")
    assert nvp.planes[2].indices_four == (0, 0, 0, 9)
    nh4vo3 = measure("nh4vo3", "(1,0,0)", "(1,2,-1)")
    assert [plane.d for plane in nh4vo3.planes] == pytest.approx([4.909, 3.167], abs=6e-4)
    assert nh4vo3.planes[0].indices_four is None
    nah2po4 = measure("nah2po4", "(-1,-2,1)")
    assert nah2po4.planes[0].d == pytest.approx(4.074, abs=6e-4)


def test_zone_axes_and_angles_of_the_published_interfaces() -> None:
    found = measure("nvp", "(2,0,2)", "(2,-1,0)", "[1,2,-1]")
    planes, first, second = found.pairs
    assert planes.shared == "[1,2,-1]"
    # hexagonal: cos = (hh' + kk' + (hk' + kh')/2 + 3a²/4c² ll') / root of the same of each
    expected = np.degrees(np.arccos(3 / np.sqrt(3 * (4 + 3 * (8.7288 / 21.8042) ** 2))))
    assert planes.angle == pytest.approx(expected, abs=1e-6)
    assert first.zone_law == second.zone_law == 0
    assert first.angle == pytest.approx(0, abs=1e-9)
    zone = found.directions[0]
    # |[1,2,-1]|² = a²(1 + 4 - 2) + c², and a third of it is a lattice vector of the obverse setting
    assert zone.length == pytest.approx(np.sqrt(3 * 8.7288**2 + 21.8042**2), abs=1e-3)
    assert zone.period == pytest.approx(zone.length / 3)


def test_directions_share_a_plane_and_parallels_share_nothing() -> None:
    found = measure("nvp", "[2,1,1]", "[-1,1,1]", "[4,2,2]")
    assert [pair.shared for pair in found.pairs] == ["(0,-1,1)", None, "(0,1,-1)"]
    assert found.pairs[1].angle == pytest.approx(0, abs=1e-6)
    # the edge of the rhombohedral cell, 1/3 [2,1,1]: sqrt(a²/3 + c²/9)
    edge = np.sqrt(8.7288**2 / 3 + 21.8042**2 / 9)
    assert found.directions[0].period == pytest.approx(edge, abs=1e-3)
    assert found.directions[2].period == pytest.approx(edge, abs=1e-3)


def test_lattice_planes_stand_closer_than_the_first_order_in_a_centred_lattice() -> None:
    plane = measure("nvp", "(0,0,9)").planes[0]
    assert plane.d * plane.order / plane.lattice_order == pytest.approx(21.8042 / 3)


@pytest.mark.parametrize(
    ("phase", "forbidden"),
    [  # C2/c without coordinates, R-3c with partial occupancies; both have a c glide
        ("nvp-alpha", [True, True, False]),
        ("nzsp", [True, True, False]),
    ],
)
def test_cells_without_coordinates_and_disordered_crystals_will_do(
    phase: str, forbidden: list[bool]
) -> None:
    found = measure(phase, "(0,0,9)", "(1,0,0)", "(0,0,6)")
    assert [plane.forbidden for plane in found.planes] == forbidden


def test_four_indices_are_refused_on_other_axes() -> None:
    with pytest.raises(InvalidIndices, match="hexagonal axes"):
        measure("nh4vo3", "(2,-1,-1,0)")


# R-3c: -h + k + l = 3n, and l = 2n where h = -k; the indices that powder patterns of NVP carry.
NVP_LINES = ["(0,1,2)", "(1,0,4)", "(1,1,0)", "(1,1,3)", "(0,0,6)", "(2,0,2)", "(0,2,4)", "(2,1,1)"]


def test_spacings_of_nvp_are_the_known_reflections() -> None:
    found = lattice_planes("lib:nvp", d_min=2.8)
    assert [plane.label for plane in found.planes] == NVP_LINES
    spacings = [plane.d for plane in found.planes]
    assert spacings == sorted(spacings, reverse=True)


def test_forbidden_planes_come_on_request() -> None:
    silicon = CrystalLattice.of_atoms(bulk("Si", cubic=True))
    allowed = [plane.indices for plane in lattice_planes(silicon, d_min=1.3).planes]
    assert allowed == [(1, 1, 1), (2, 2, 0), (3, 1, 1), (2, 2, 2), (4, 0, 0)]
    everything = lattice_planes(silicon, d_min=1.3, forbidden=True)
    assert {(1, 0, 0), (2, 0, 0), (1, 1, 0)} <= {plane.indices for plane in everything.planes}
    assert [p.indices for p in everything.planes if not p.forbidden] == allowed


@pytest.mark.parametrize("phase", ["nvp", "nh4vo3", "nah2po4"])
def test_no_plane_above_the_smallest_spacing_is_missed(phase: str) -> None:
    crystal = load(phase).lattice
    d_min = 2.5
    grid = np.stack(np.meshgrid(*[np.arange(-12, 13)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    grid = grid[grid.any(axis=1)]
    count = (crystal.lattice.d_spacing(grid) >= d_min).sum()
    listed = lattice_planes(crystal, d_min=d_min, forbidden=True)
    assert sum(plane.multiplicity for plane in listed.planes) == count


@pytest.mark.parametrize("d_min", [0, -1, float("nan"), float("inf"), 1e-3])
def test_an_impossible_smallest_spacing_is_refused(d_min: float) -> None:
    with pytest.raises(IonsmithError):
        lattice_planes(bulk("Si"), d_min=d_min)


def test_a_supercell_has_the_spacings_of_its_crystal() -> None:
    copper = bulk("Cu", cubic=True)
    small = lattice_planes(copper, d_min=1.0)
    large = lattice_planes(copper.repeat((2, 2, 2)), d_min=1.0)
    assert [p.d for p in large.planes] == pytest.approx([p.d for p in small.planes])
    assert [p.multiplicity for p in large.planes] == [p.multiplicity for p in small.planes]


def test_tables_say_what_the_records_say() -> None:
    found = measure("nvp", "(0,0,9)", "[0,0,1]")
    text = found.table()
    for expected in ("R-3c", "2.4227", "forbidden: c glide plane", "[0,0,1]", "zone law 9"):
        assert expected in text
    only = measure("nvp", "[0,0,1]").tables()
    assert len(only) == 1
    assert "R-3c" in only[0].title
