"""Slabs and terminations: textbook faces, brute force, and symmetry seen from outside."""

from itertools import product

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, TerminationNotPossible
from ionsmith.lattice.cell_vectors import in_cell
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.plane_mesh import plane_mesh
from ionsmith.surfaces.slabs import (
    OrientedCell,
    cut_slab,
    oriented_cell,
    planes_of,
    stacking_vector,
)
from ionsmith.surfaces.terminations import Termination, find_terminations, severed_valence


def oriented(
    atoms: Atoms, lattice: CrystalLattice, plane: Plane, centres: tuple[str, ...] = ()
) -> OrientedCell:
    mesh = plane_mesh(lattice, plane)
    step = stacking_vector(lattice, plane, mesh.vectors)
    crystal = in_cell(atoms, lattice.symmetry, [*mesh.vectors, step])
    return oriented_cell(crystal, mesh.frame, 1, centres)


def of_library(name: str, plane: tuple[int, int, int], *centres: str) -> OrientedCell:
    crystal = load(name)
    return oriented(crystal.to_atoms(), crystal.lattice, Plane(plane), centres)


def terminations(name: str, plane: tuple[int, int, int]) -> tuple[Termination, ...]:
    symmetry = load(name).lattice.symmetry
    return find_terminations(of_library(name, plane), symmetry, Plane(plane))


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(*[st.integers(-3, 3)] * 3),
    st.sampled_from(["nvp", "nh4vo3", "nah2po4", "si", "li15si4", "nasi", "lisn"]),
)
def test_the_stacking_vector_is_the_most_upright_one(h: tuple[int, int, int], name: str) -> None:
    assume(any(h))
    lattice = load(name).lattice
    plane = Plane(h).reduced()
    mesh = plane_mesh(lattice, plane)
    step = stacking_vector(lattice, plane, mesh.vectors)
    vector = step @ lattice.lattice.cell
    assert vector @ mesh.frame[2] == pytest.approx(lattice.lattice_spacing(plane), rel=1e-6)
    assert np.linalg.det([*mesh.vectors, step]) > 0
    around = np.array(list(product(range(-3, 4), repeat=2))) @ mesh.vectors @ lattice.lattice.cell
    shortest = np.linalg.norm(vector + around, axis=1).min()
    assert np.linalg.norm(vector) == pytest.approx(shortest, abs=1e-6)


def test_silicon_111_has_shuffle_and_glide_cuts() -> None:
    # Hirth and Lothe, Theory of Dislocations: between the double layers one bond is cut for each
    # surface atom, within one three; the atom has an area of a² √3/4.
    found = terminations("si", (1, 1, 1))
    a = load("si").cellpar[0]
    per_atom = (
        severed_valence(of_library("si", (1, 1, 1)), [t.height for t in found])
        * a**2
        * np.sqrt(3)
        / 4
    )
    assert sorted(per_atom) == pytest.approx([1, 3])
    shuffle = found[int(per_atom.argmin())]
    assert shuffle.gap == pytest.approx(a * np.sqrt(3) / 4)  # the bond stands upright


def test_corundum_0001_has_three_chemically_distinct_cuts() -> None:
    # Tasker, J. Phys. C 12, 4977 (1979): O|Al Al|O layers, doi:10.1088/0022-3719/12/22/036.
    found = terminations("al2o3", (0, 0, 1))
    assert len(found) == 6
    kinds = {(t.below.split()[1], t.above.split()[1]) for t in found}
    assert kinds == {("Al", "O"), ("O", "Al"), ("Al", "Al")}
    # The c glide of R-3c lifts by c/2; the threefold axes and centrings lift by nothing here.
    assert [t.like for t in found] == [1, 2, 3, 4, 5, 6]
    assert [t.mirror_of for t in found] == [None, None, None, 1, 2, 3]


def test_screw_axis_of_quartz_repeats_its_faces_and_no_mirror_does() -> None:
    found = terminations("sio2", (0, 0, 1))
    third = len(found) // 3
    assert len(found) == 3 * third
    assert [t.like for t in found] == 3 * list(range(1, third + 1))
    assert {t.mirror_of for t in found} == {None}


@pytest.mark.parametrize(
    ("name", "plane"), [("nah2po4", (1, 1, 0)), ("zro2", (1, 1, 1)), ("v2o5", (0, 1, 0))]
)
def test_no_two_gaps_between_heights_are_one(name: str, plane: tuple[int, int, int]) -> None:
    cell = of_library(name, plane)
    found = find_terminations(cell, tolerance=1e-4)
    heights = np.unique(np.round(cell.atoms.positions[:, 2] % cell.period, 4) % cell.period)
    assert len(found) == len(heights)
    for cut in found:
        beside = abs((heights - cut.height + cell.period / 2) % cell.period - cell.period / 2)
        assert beside.min() == pytest.approx(cut.gap / 2, abs=2e-4)


@settings(deadline=None, max_examples=25)
@given(st.floats(-20, 20), st.integers(1, 5), st.sampled_from(["nah2po4", "sio2", "v2o5"]))
def test_whole_periods_keep_the_composition(bottom: float, periods: int, name: str) -> None:
    cell = of_library(name, (1, 0, 1))
    slab = cut_slab(cell, bottom, bottom + periods * cell.period)
    assert len(slab) == periods * len(cell.atoms)
    for element in set(slab.get_chemical_symbols()):
        count = cell.atoms.get_chemical_symbols().count(element)
        assert slab.get_chemical_symbols().count(element) == periods * count
    assert slab.positions[:, 2].min() > bottom - 1e-6
    assert slab.positions[:, 2].max() < bottom + periods * cell.period + 1e-6


@pytest.mark.parametrize("plane", [(1, 2, -1), (1, 0, 0), (0, 0, 1), (1, 1, 1)])
def test_groups_stay_whole_at_every_cut(plane: tuple[int, int, int]) -> None:
    from ase.neighborlist import neighbor_list

    cell = of_library("nh4vo3", plane, "N", "V")
    for cut in find_terminations(cell):
        slab = cut_slab(cell, cut.height, cut.height + 2 * cell.period)
        symbols = np.array(slab.get_chemical_symbols())
        slab.center(vacuum=5, axis=2)
        # Bonds of NH4 and of VO4: N–H 1.0, V–O 1.6–1.8 Å.
        first, second = neighbor_list("ij", slab, {("N", "H"): 1.3, ("V", "O"): 2.1})
        counts = np.bincount(first, minlength=len(slab))
        assert (counts[symbols == "N"] == 4).all()
        assert (counts[symbols == "V"] == 4).all()
        bound = np.isin(np.arange(len(slab)), second)
        assert bound[(symbols == "H") | (symbols == "O")].all()


def test_strained_cells_stand_upright_and_keep_fractions() -> None:
    copper = bulk("Cu", cubic=True)
    lattice = CrystalLattice.of_atoms(copper, "copper")
    mesh = plane_mesh(lattice, Plane((1, 1, 1)))
    step = stacking_vector(lattice, Plane((1, 1, 1)), mesh.vectors)
    crystal = in_cell(copper, lattice.symmetry, [*mesh.vectors, step])
    strain = np.eye(3) + mesh.frame[:2].T @ np.diag([0.02, -0.03]) @ mesh.frame[:2]
    cell = oriented_cell(crystal, mesh.frame @ strain, 1)
    assert cell.period == pytest.approx(3.61 / np.sqrt(3))
    assert cell.area == pytest.approx(mesh.area * 1.02 * 0.97)
    assert cell.atoms.cell.array[0, 0] == pytest.approx(1.02 * mesh.basis[0, 0])


def test_thickness_in_planes_or_length() -> None:
    assert planes_of("4 planes", 2.0) == 4
    assert planes_of("1 plane", 2.0) == 1
    assert planes_of(7.9, 2.0) == 4
    assert planes_of("8 Å", 2.0) == 4
    assert planes_of(0.1, 2.0) == 1
    for wrong in ("0 planes", "-3", "thick", "nan", 0, "1e9"):
        with pytest.raises(IonsmithError, match="a thickness such as"):
            planes_of(wrong, 2.0)


def test_what_cannot_be_cut_is_refused() -> None:
    cell = of_library("si", (0, 0, 1))
    with pytest.raises(TerminationNotPossible, match="no atoms between"):
        cut_slab(cell, 0.1, 0.2)


def test_of_layers_that_are_all_close_the_widest_gap_is_cut() -> None:
    # Layers of Si (001) are a/4 apart.
    equidistant = find_terminations(of_library("si", (0, 0, 1)), tolerance=5)
    assert {round(cut.gap, 4) for cut in equidistant} == {round(5.43102 / 4, 4)}
    # In LiCoO2 (121) lattice planes are 0.31 Å apart, and no two layers 0.1 Å.
    cell = of_library("licoo2", (1, 2, 1))
    heights = np.sort(cell.units.heights)
    gaps = np.diff(heights, append=heights[0] + cell.period)
    assert gaps.max() < 0.1
    found = find_terminations(cell)
    assert [cut.gap for cut in found] == pytest.approx([gaps.max()] * len(found))
    assert len(found) == (gaps > gaps.max() - 1e-6).sum()
