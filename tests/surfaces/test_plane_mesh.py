import numpy as np
import pytest
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.crystals import load
from ionsmith.errors import InvalidIndices, IonsmithError
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.plane_mesh import facets, plane_mesh, plane_meshes

CRYSTALS = {name: load(name).lattice for name in ("nvp", "si", "nh4vo3", "nah2po4", "al2o3")}
GAAS = CrystalLattice.of_atoms(bulk("GaAs", "zincblende", 5.6533, cubic=True), "GaAs")

indices = st.tuples(*[st.integers(-4, 4)] * 3).filter(any)


def test_rhombohedral_plane_is_a_third_of_the_whole_cell_mesh() -> None:
    # a* c of the hexagonal cell is a c sqrt(3): 8.7288 * 21.8042 * 1.7321 = 329.65, over three.
    mesh = plane_mesh(CRYSTALS["nvp"], Plane((2, -1, 0)))
    assert mesh.area == pytest.approx(8.7288 * 21.8042 * np.sqrt(3) / 3, rel=1e-6)
    assert mesh.area == pytest.approx(109.9, abs=0.05)


@pytest.mark.parametrize(
    ("plane", "expected"),
    [((1, 0, 0), 1 / 2), ((1, 1, 0), np.sqrt(2) / 2), ((1, 1, 1), 3**0.5 / 4)],
)
def test_diamond_meshes(plane: tuple[int, int, int], expected: float) -> None:
    mesh = plane_mesh(CRYSTALS["si"], Plane(plane))
    assert mesh.area == pytest.approx(expected * 5.43102**2, rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(CRYSTALS)), indices)
def test_mesh_is_primitive(name: str, h: tuple[int, int, int]) -> None:
    crystal, plane = CRYSTALS[name], Plane(h)
    mesh = plane_mesh(crystal, plane)
    # Mesh times distance of neighbouring planes is the primitive cell, whatever the plane.
    volume = crystal.lattice.volume / len(crystal.symmetry.centrings)
    assert mesh.area * crystal.lattice_spacing(plane) == pytest.approx(volume, rel=1e-9)
    np.testing.assert_allclose(mesh.vectors @ plane.indices, 0, atol=1e-9)
    offsets = mesh.vectors[:, None] - crystal.symmetry.centrings
    whole = (abs(offsets - np.round(offsets)) < 1e-6).all(axis=2)
    assert whole.any(axis=1).all()


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(CRYSTALS)), indices)
def test_basis_is_reduced_and_right_handed(name: str, h: tuple[int, int, int]) -> None:
    mesh = plane_mesh(CRYSTALS[name], Plane(h))
    cartesian = CRYSTALS[name].lattice.vectors(mesh.vectors)
    np.testing.assert_allclose(mesh.basis @ mesh.frame[:2], cartesian, atol=1e-9)
    np.testing.assert_allclose(mesh.frame @ mesh.frame.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(mesh.frame) == pytest.approx(1)
    assert mesh.frame[2] @ CRYSTALS[name].lattice.normals(h) > 0
    assert np.linalg.det(mesh.basis) > 0
    metric = mesh.basis @ mesh.basis.T
    assert metric[0, 0] <= metric[1, 1] * (1 + 1e-8)
    assert abs(metric[0, 1]) <= metric[0, 0] * (0.5 + 1e-8)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(sorted(CRYSTALS)), indices)
def test_operations_are_the_rotations_of_the_crystal(name: str, h: tuple[int, int, int]) -> None:
    mesh = plane_mesh(CRYSTALS[name], Plane(h))
    moved = CRYSTALS[name].cartesian_group[mesh.members]
    cartesian = CRYSTALS[name].lattice.vectors(mesh.vectors)
    for rotation, operation, improper, turning in zip(
        moved, mesh.operations, mesh.improper, mesh.turning, strict=True
    ):
        np.testing.assert_allclose(cartesian @ rotation.T, operation @ cartesian, atol=1e-3)
        assert improper == (np.linalg.det(rotation) < 0)
        assert turning == (mesh.frame[2] @ rotation @ mesh.frame[2] < 0)


def test_facets_of_a_cubic_crystal() -> None:
    found = [str(plane) for plane in facets(CRYSTALS["si"].symmetry, 2)]
    assert found == ["(1,0,0)", "(1,1,0)", "(1,1,1)", "(2,1,0)", "(2,1,1)", "(2,2,1)"]


def test_facets_of_a_polar_crystal() -> None:
    # Zinc blende tells the A face (111) from the B face (-1-1-1), and so (211) and (221).
    both = {str(plane) for plane in facets(GAAS.symmetry, 2)}
    assert {"(1,1,1)", "(-1,-1,-1)"} < both or {"(1,1,1)", "(1,1,-1)"} < both
    assert len(both) == 9
    assert len(facets(GAAS.symmetry, 2, two_sided=True)) == 6


@pytest.mark.parametrize("name", sorted(CRYSTALS))
def test_facets_reach_every_plane_once(name: str) -> None:
    symmetry = CRYSTALS[name].symmetry
    names = [plane.indices for plane in facets(symmetry, 2)]
    orbits = [set(map(tuple, np.array(h) @ symmetry.point_group)) for h in names]
    assert sum(len(orbit) for orbit in orbits) == len(set.union(*orbits))
    span = range(-2, 3)
    for h in ((h, k, m) for h in span for k in span for m in span):
        if np.gcd.reduce(h) == 1:
            assert sum(h in orbit for orbit in orbits) == 1


def test_refusals() -> None:
    with pytest.raises(IonsmithError, match="between 1 and 6, not 7"):
        facets(CRYSTALS["si"].symmetry, 7)
    with pytest.raises(InvalidIndices, match="hexagonal axes"):
        plane_mesh(CRYSTALS["si"], Plane.from_four(1, 0, -1, 0))


@pytest.mark.parametrize("name", sorted(CRYSTALS))
def test_many_meshes_are_those_of_one_plane_each(name: str) -> None:
    crystal = CRYSTALS[name]
    planes = facets(crystal.symmetry, 2, proper=True)
    meshes = plane_meshes(crystal, planes)
    assert [mesh.plane for mesh in meshes] == list(planes)
    for mesh, plane in zip(meshes, planes, strict=True):
        alone = plane_mesh(crystal, plane)
        for field in ("members", "operations", "improper", "turning"):
            np.testing.assert_array_equal(getattr(mesh, field), getattr(alone, field))
        for field in ("vectors", "frame", "basis"):
            np.testing.assert_allclose(getattr(mesh, field), getattr(alone, field), atol=1e-12)
    assert plane_meshes(crystal, ()) == ()
