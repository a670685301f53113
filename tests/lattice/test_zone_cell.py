"""Cells with their third vector along a zone axis."""

import numpy as np
import pytest

from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.crystals import load
from ionsmith.lattice.miller import parse_direction
from ionsmith.lattice.zone_cell import zone_cell


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
