"""Supercells: what is worked out in their unit cell is that of the crystal."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, make_supercell
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from ionsmith.analyzers.epitaxy import direction_mismatch
from ionsmith.analyzers.planes import lattice_planes
from ionsmith.builders.interface import build_interface
from ionsmith.crystals import load
from ionsmith.errors import NoMatch
from ionsmith.lattice.cell_vectors import _largest_distance, centring_noise, one_of_each
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane, parse_plane
from ionsmith.lattice.symmetry import symmetry_of
from ionsmith.lattice.translations import repeating_cell
from ionsmith.lattice.unit_cell import unit_cell
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import Matches, find_matches
from ionsmith.surfaces.plane_mesh import plane_mesh

CRYSTALS = ("si", "mgo", "licoo2", "graphite", "na2co3", "v2o5")
AL = bulk("Al", cubic=True)
LIMITS = Limits(max_area=100, max_strain=0.04)


def atoms_of(name: str) -> Atoms:
    """A crystal of the library without what belongs to it beside elements and places."""
    full = load(name).to_atoms()
    return Atoms(full.numbers, positions=full.positions, cell=full.cell, pbc=True)


@st.composite
def matrices(draw: st.DrawFn) -> NDArray[np.int64]:
    """Rows of a supercell, skewed and left-handed ones included."""
    matrix = np.array(draw(st.lists(st.integers(-3, 3), min_size=9, max_size=9))).reshape(3, 3)
    size = abs(round(float(np.linalg.det(matrix))))
    return matrix if 2 <= size <= 20 else np.diag([1, 2, 3])


def measures(matches: Matches) -> list[tuple[object, ...]]:
    """Areas and strains of matches, in an order that does not depend on their planes."""
    return sorted(
        (
            round(match.substrate_area, 4),
            round(match.film_area, 4),
            *np.round(match.substrate_principal + match.film_principal, 6).tolist(),
            match.reversed,
        )
        for match in matches.matches
    )


@pytest.mark.parametrize("name", CRYSTALS)
@settings(max_examples=8, deadline=None)
@example(matrix=np.array([[0, 0, 1], [0, 1, 1], [2, 2, 0]]))  # oblique primitive axes of Si
@given(matrix=matrices())
def test_matches_of_a_supercell_are_those_of_its_unit_cell(
    name: str, matrix: NDArray[np.int64]
) -> None:
    atoms = atoms_of(name)
    supercell = make_supercell(atoms, matrix)
    below = find_matches(supercell, AL, LIMITS)
    assert measures(below) == measures(find_matches(atoms, AL, LIMITS))
    above = find_matches(AL, supercell, LIMITS)
    assert measures(above) == measures(find_matches(AL, atoms, LIMITS))
    # Planes and vectors are in the axes of the supercell.
    for match in below.matches:
        plane, rows = parse_plane(match.substrate_plane), np.array(match.substrate_vectors)
        assert abs(rows @ plane.indices).max() < 1e-9
        spanned = np.linalg.norm(np.cross(*(rows @ supercell.cell.array)))
        assert spanned == pytest.approx(match.substrate_area)


@settings(max_examples=10, deadline=None)
@given(matrix=matrices())
def test_planes_given_are_those_of_the_supercell(matrix: NDArray[np.int64]) -> None:
    atoms, own = atoms_of("mgo"), np.array([1, 1, 2])
    supercell = make_supercell(atoms, matrix)
    h, k, m = (matrix @ own).tolist()
    plane = Plane((h, k, m)).reduced()
    limits = Limits(max_area=300)
    matches = find_matches(supercell, AL, limits, contact=f"{plane}||(1,1,0)")
    expected = find_matches(atoms, AL, limits, contact="(1,1,2)||(1,1,0)")
    assert measures(matches) == measures(expected)
    assert {match.substrate_plane for match in matches.matches} == {str(plane)}


def test_the_note_says_which_cell_indices_refer_to() -> None:
    skewed = make_supercell(atoms_of("mgo"), [[2, 1, 0], [0, 2, 0], [0, 0, 1]])
    note = find_matches(skewed, AL, LIMITS).notes[0]
    assert "indices are those of the file, of the planes up to index 1 of the unit cell" in note
    own = find_matches(atoms_of("mgo"), AL, LIMITS).notes
    assert not any("unit cell" in note for note in own)


def test_a_nearest_miss_is_told_in_the_axes_of_the_supercell() -> None:
    skewed = make_supercell(atoms_of("si"), [[1, 0, 0], [1, 2, 0], [0, 1, 3]])
    with pytest.raises(NoMatch, match=r"\(1,1,0\)\|\|\(0,0,1\)"):
        find_matches(skewed, AL, Limits(max_area=5, max_strain=0.01), contact="(1,1,0)||(0,0,1)")


def test_axes_that_are_short_and_symmetric_enough_are_kept() -> None:
    for cell in (bulk("Al"), bulk("Al", cubic=True), atoms_of("licoo2")):
        assert unit_cell(CrystalLattice.of_atoms(cell)).is_own
    repeated = unit_cell(CrystalLattice.of_atoms(bulk("Al").repeat((1, 2, 3))))
    assert repeated.rows == pytest.approx(np.diag([1, 1 / 2, 1 / 3]))  # as the primitive cell
    doubled = make_supercell(bulk("Al", cubic=True), [[1, 1, 0], [-1, 1, 0], [0, 0, 1]])
    whole = unit_cell(CrystalLattice.of_atoms(doubled))  # a tetragonal cell of a cubic crystal
    assert whole.lattice.lattice.cellpar == pytest.approx((4.05, 4.05, 4.05, 90, 90, 90))
    assert len(whole.lattice.symmetry.point_group) == 48


def test_a_rattled_supercell_stays_as_it_is() -> None:
    rattled = atoms_of("si").repeat(2)
    rattled.rattle(0.05, seed=1)
    lattice = CrystalLattice.of_atoms(rattled)
    assert unit_cell(lattice).is_own
    assert plane_mesh(lattice, Plane((0, 0, 1))).area == pytest.approx(
        rattled.cell.lengths()[0] ** 2
    )


@pytest.mark.parametrize("times", [(5, 5, 5), (64, 1, 1), (1, 47, 2)])
def test_periods_and_meshes_of_large_supercells(times: tuple[int, int, int]) -> None:
    crystal = atoms_of("mgo")
    large = crystal.repeat(times)
    length = direction_mismatch(large, crystal, "[1,0,0]||[1,0,0]")
    assert length.d_substrate == pytest.approx(length.d_film) == pytest.approx(4.2136, abs=1e-4)
    own, other = CrystalLattice.of_atoms(crystal), CrystalLattice.of_atoms(large)
    for plane in ((0, 0, 1), (1, 1, 1), (2, 1, 0)):
        h, k, m = (index * n for index, n in zip(plane, times, strict=True))
        one, two = Plane(plane), Plane((h, k, m)).reduced()
        assert plane_mesh(other, two).area == pytest.approx(plane_mesh(own, one).area)
        assert other.lattice_spacing(two) == pytest.approx(own.lattice_spacing(one))


def test_table_of_spacings_of_a_supercell() -> None:
    def spacings(atoms: Atoms) -> list[tuple[float, int]]:
        return [(round(p.d, 6), p.multiplicity) for p in lattice_planes(atoms, d_min=1.0).planes]

    assert spacings(atoms_of("si").repeat(6)) == spacings(atoms_of("si"))


def test_interface_of_a_supercell() -> None:
    def built(substrate: Atoms) -> tuple[object, ...]:
        planes = "(0,0,1)||(0,0,1)"
        match = find_matches(substrate, "lib:si", Limits(max_area=80), contact=planes).matches[0]
        made = build_interface(substrate, "lib:si", match)
        return len(made.atoms), round(made.area, 4), round(made.gap, 4), made.substrate.termination

    assert built(atoms_of("mgo").repeat((5, 3, 4))) == built(atoms_of("mgo"))


def test_translations_in_step_with_the_order_of_the_atoms() -> None:
    # Every other atom of graphite is moved onto one by vectors that are no translations.
    for matrix in ([[3, -2, 3], [2, 2, -3], [-1, 1, 0]], [[3, 4, 1], [5, -2, 1], [2, -2, -1]]):
        supercell = make_supercell(atoms_of("graphite"), matrix)
        found = repeating_cell(supercell, 0.01)
        assert found is not None
        assert len(found[0]) == 4


@pytest.mark.parametrize("moved", [0.001, 1e-9, 0.0])
@pytest.mark.parametrize("name", ["nh4vo3", "al2o3"])
def test_copies_are_those_nearest_after_each_translation(name: str, moved: float) -> None:
    supercell = atoms_of(name).repeat((3, 2, 2))
    supercell.rattle(moved, seed=2)
    symmetry = symmetry_of(supercell)
    places = supercell.get_scaled_positions()
    moved = places + symmetry.centrings[:, None]
    apart = moved[:, :, None] - places
    apart = np.linalg.norm((apart - np.round(apart)) @ supercell.cell.array, axis=3)
    copies = apart.argmin(axis=2)
    which = one_of_each(places, supercell.numbers, symmetry, supercell.cell.array)
    assert which.tolist() == np.flatnonzero(copies.min(axis=0) == np.arange(len(places))).tolist()
    noise = centring_noise(supercell, symmetry)
    assert noise == pytest.approx(apart.min(axis=2).max(), abs=1e-10)


@pytest.mark.parametrize("flat", [False, True])
def test_largest_distance_of_many_points(flat: bool) -> None:
    """Within one per cent of that of all pairs, which take the square of the memory."""
    points = np.random.default_rng(4).normal(size=(3000, 3)) * (1, 2, 0 if flat else 0.1)
    assert _largest_distance(points) == pytest.approx(pdist(points).max(), rel=0.01)
    assert _largest_distance(np.ones((3000, 3))) == 0.0
