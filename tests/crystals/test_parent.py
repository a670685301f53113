"""Supercells indexed in the cell of their parent."""

from fractions import Fraction

import numpy as np
import pytest
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.planes import lattice_planes
from ionsmith.analyzers.powder import powder_pattern
from ionsmith.crystals import load
from ionsmith.crystals.parent import find_parent
from ionsmith.crystals.recut import recut_crystal
from ionsmith.errors import InvalidInput
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction, Plane

INDICES = st.tuples(*[st.integers(-5, 5)] * 3).filter(any)


def supercell() -> Atoms:
    return load("na3sb").to_atoms() * (2, 1, 3)


@settings(deadline=None, max_examples=30)
@given(indices=INDICES, seed=st.integers(0, 100))
def test_planes_and_directions_are_the_same_vectors(indices: tuple, seed: int) -> None:
    """Whatever the cell: a normal and a vector do not depend on the axes that they are given in."""
    basis = load("nvp").cell
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-2, 3, (3, 3))
    if round(np.linalg.det(matrix)) == 0:
        matrix = np.diag([2, 1, 3])
    found = find_parent("x", matrix @ basis, "lib:nvp")
    whole, own = Lattice(matrix @ basis), Lattice(basis)
    back = np.array(found.plane(indices), dtype=float)
    assert own.normals(back) == pytest.approx(whole.normals(indices), abs=1e-9)
    plane = found.in_supercell(Plane(indices))
    assert whole.normals(plane.indices) == pytest.approx(own.normals(indices), abs=1e-9)
    direction = found.in_supercell(Direction(indices))
    one, other = whole.vectors(direction.indices), own.vectors(indices)
    assert np.cross(one, other) == pytest.approx(0, abs=1e-6)
    assert one @ other > 0


def test_primitive_cells_and_stretched_ones() -> None:
    crystal = load("nvp")
    found = find_parent("x", recut_crystal(crystal).cell, crystal)
    assert found.in_supercell(Plane((0, 1, 2))).indices in [(-1, 0, 0), (1, 0, 0)]
    with pytest.raises(InvalidInput, match="no whole indices"):
        found.in_supercell(Plane((1, 0, 0)))
    stretched = find_parent("x", load("na3sb").cell * 1.03 * 2, "lib:na3sb")
    assert stretched.plane((2, 0, 0)) == (1, 0, 0)
    assert stretched.lattice.lattice.cellpar[0] == pytest.approx(5.366 * 1.03)


@pytest.mark.parametrize("other", ["lib:si", "lib:nvp", "lib:na"])
def test_another_crystal_is_refused(other: str) -> None:
    with pytest.raises(InvalidInput, match="is no supercell of") as caught:
        find_parent("x", supercell().cell.array, other)
    assert "\n" not in str(caught.value)


def test_powder_of_a_supercell_has_the_lines_of_its_parent() -> None:
    published = powder_pattern("lib:na3sb")
    whole = powder_pattern(supercell(), parent="lib:na3sb")
    assert whole.two_theta == pytest.approx(published.two_theta, abs=1e-6)
    assert whole.intensity == pytest.approx(published.intensity, rel=1e-5)
    for line in range(len(published)):
        spacing = load("na3sb").lattice.lattice.d_spacing([float(i) for i in whole.shown(line)])
        assert spacing == pytest.approx(published.d[line], rel=1e-6)
    assert [tuple(whole.shown(line)) for line in range(6)] == [
        tuple(indices) for indices in published.hkl[:6].tolist()
    ]


def test_reflections_that_the_parent_lacks_are_fractions() -> None:
    atoms = supercell()
    del atoms[0]
    found = powder_pattern(atoms, parent="lib:na3sb")
    first = found.lines[0]
    assert found.shown(0) == (0, 0, Fraction(2, 3))
    assert first.parent_indices == "(0,0,2/3)"
    assert first.d == pytest.approx(9.515 * 3 / 2)
    assert "h k l of na3sb" in found.table()


def test_spacings_in_the_cell_of_the_parent() -> None:
    asked = ["(1,0,0)", "(1,0,3)", "[0,0,1]"]
    own = lattice_planes("lib:na3sb", asked)
    found = lattice_planes(supercell(), asked, parent="lib:na3sb")
    assert [plane.d for plane in found.planes] == pytest.approx([p.d for p in own.planes])
    assert [p.multiplicity for p in found.planes] == [p.multiplicity for p in own.planes]
    assert found.directions[0].length == pytest.approx(own.directions[0].length)
    assert "in the cell of na3sb" in found.crystal
