"""The crystal under the beam is the crystal of the model: turned, repeated, never strained."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from ionsmith.analyzers.imaging._axes import image_axes
from ionsmith.analyzers.imaging._cell import ImagingCell, imaging_cell
from ionsmith.crystals import load
from ionsmith.errors import InvalidOrientation, IonsmithError
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Direction, Plane, parse
from textbook import perovskite

INDEX = st.integers(-3, 3)


def cell_of(
    atoms: Atoms, beam: Direction | Plane | ArrayLike, thickness: float = 12.0, **options: object
) -> ImagingCell:
    axes = image_axes(Lattice(atoms.cell.array), beam)
    return imaging_cell(atoms, axes, thickness, 4.0, **options)  # type: ignore[arg-type]


def in_model(cell: ImagingCell) -> np.ndarray:
    """Positions in the Cartesian frame of the model; the entrance surface is at height 0."""
    flat = cell.atoms.positions * [1, 1, -1] + [*cell.origin, 0]
    return np.asarray(flat @ cell.rotation)


@settings(deadline=None, max_examples=40)
@given(st.tuples(INDEX, INDEX, INDEX), st.sampled_from(["nah2po4", "nh4vo3", "teo2"]))
def test_every_atom_lies_on_a_site_of_the_crystal(zone: tuple[int, int, int], phase: str) -> None:
    assume(any(zone))
    atoms = load(phase).to_atoms()
    cell = cell_of(atoms, Direction(zone), field=(11.0, 9.0))
    inverse = np.linalg.inv(atoms.cell.array)
    places = in_model(cell) @ inverse
    for number in np.unique(atoms.numbers):
        sites = atoms.positions[atoms.numbers == number] @ inverse
        apart = places[cell.atoms.numbers == number][:, None] - sites
        apart -= np.rint(apart)
        assert np.linalg.norm(apart @ atoms.cell.array, axis=2).min(axis=1).max() < 1e-3
    # All of them are there: as many as the volume holds, but for what the faces cut.
    box = np.array([*cell.lengths, cell.thickness])
    expected = len(atoms) * box.prod() / atoms.get_volume()
    faces = 2 * (box.prod() / box).sum()
    assert abs(len(cell.atoms) - expected) < 0.08 * faces
    np.testing.assert_allclose(cell.rotation @ cell.rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(cell.rotation) == pytest.approx(1)


def test_a_closed_side_repeats_itself() -> None:
    """Monoclinic NaH2PO4 along [010]: a lies in the image, c leans by β - 90°."""
    atoms = load("nah2po4").to_atoms()
    cell = cell_of(atoms, Direction((0, 1, 0)), thickness=atoms.cell.lengths()[1])
    side = cell.sides[0]
    assert side.translation is not None
    assert side.repeats is not None
    assert side.shear_residual == pytest.approx(0, abs=1e-9)
    assert side.period == pytest.approx(atoms.cell.lengths()[0])
    assert side.length == pytest.approx(side.repeats * side.period)
    moved = cell.atoms.copy()
    moved.positions[:, 0] = (moved.positions[:, 0] + side.period) % side.length
    for first, second in ((moved, cell.atoms), (cell.atoms, moved)):
        apart = first.positions[:, None, :2] - second.positions[None, :, :2]
        apart -= np.rint(apart / cell.lengths) * cell.lengths * cell.closed
        same = first.numbers[:, None] == second.numbers
        assert (np.linalg.norm(apart, axis=2) + 9 * ~same).min(axis=1).max() < 2e-3


def test_sides_without_a_translation_are_padded_and_say_so() -> None:
    atoms = load("nah2po4").to_atoms()  # c leans out of the vertical, by an odd amount
    across, up = cell_of(atoms, Direction((0, 1, 0)), field=(20.0, 20.0)).sides
    assert (across.padding, up.padding) == (0, 4.0)
    assert (up.translation, up.period, up.repeats, up.shear_residual) == (None,) * 4
    assert up.length == up.field + 8 == 28


@settings(deadline=None, max_examples=30)
@given(st.tuples(INDEX, INDEX, INDEX), st.sampled_from(["nah2po4", "nh4vo3", "al2o3"]))
def test_whole_periods_along_the_beam_are_the_crystal(
    zone: tuple[int, int, int], phase: str
) -> None:
    """What a box holds that closes on all sides and is whole periods deep follows from volumes."""
    assume(np.gcd.reduce(zone) == 1)
    atoms = load(phase).to_atoms()
    length = float(np.linalg.norm(np.array(zone) @ atoms.cell.array))
    assume(length > 0.5)
    cell = cell_of(atoms, Direction(zone), thickness=2 * length, field=(9.0, 7.0))
    assert cell.beam_period == pytest.approx(length, rel=1e-3)
    assert cell.beam_periods == pytest.approx(2, rel=1e-3)
    if cell.closed.all():
        volume = cell.lengths.prod() * cell.thickness
        assert len(cell.atoms) == pytest.approx(len(atoms) * volume / atoms.get_volume(), rel=1e-6)


def test_no_period_along_an_odd_beam_or_where_the_model_ends() -> None:
    atoms = load("nah2po4").to_atoms()
    assert cell_of(atoms, (1.0, 0.37, 0.611)).beam_period is None
    slab = fcc111("Al", (1, 1, 12), vacuum=None)
    slab.pbc = (True, True, False)
    slab.cell[2] = [0, 0, 20]
    assert cell_of(slab, (0.0, 0, 1)).beam_period is None
    assert cell_of(slab, slab.cell[0]).beam_period == pytest.approx(slab.cell.lengths()[0])


def test_right_up_and_depth() -> None:
    """z points to the source: the atom that is highest in the model is met first."""
    atoms = Atoms("HLiB", [(1, 1, 1), (4, 1, 5), (1, 3, 9)], cell=[10, 10, 10], pbc=True)
    cell = cell_of(atoms, Direction((0, 0, 1)), thickness=10.0, field=(10.0, 10.0))
    order = [int(np.flatnonzero(cell.atoms.numbers == z)[0]) for z in (1, 3, 5)]
    x, y, depth = cell.atoms.positions[order].T
    np.testing.assert_allclose(cell.rotation[2], [0, 0, 1])
    np.testing.assert_allclose(depth, [9, 5, 1], atol=1e-3)  # the surface is at z = 0, or 10
    along = np.array([[3, 0], [0, 2]]) @ cell.rotation[:2, :2].T
    np.testing.assert_allclose([x[1] - x[0], y[1] - y[0]], along[0], atol=1e-9)
    np.testing.assert_allclose([x[2] - x[0], y[2] - y[0]], along[1], atol=1e-9)


def test_normals_and_directions_differ_where_symmetry_is_low() -> None:
    lattice = Lattice(load("nah2po4").to_atoms().cell.array)
    direction, normal = (image_axes(lattice, parse(text))[2] for text in ("[001]", "(001)"))
    angle = np.degrees(np.arccos(direction @ normal))
    assert angle == pytest.approx(abs(lattice.cellpar[4] - 90), abs=1e-6)
    np.testing.assert_allclose(image_axes(lattice, lattice.cell[2])[2], direction, atol=1e-12)
    upright = image_axes(lattice, parse("[100]"), parse("(001)"))
    np.testing.assert_allclose(
        upright[1], lattice.normals((0, 0, 1)) * lattice.d_spacing((0, 0, 1))
    )


def test_a_slab_and_a_cluster_get_vacuum() -> None:
    slab = fcc111("Al", (1, 1, 4), vacuum=None)
    slab.pbc = (True, True, False)
    slab.cell[2] = [0, 0, 20]
    seen = cell_of(slab, (1.0, 0, 0), thickness=8.0)
    assert seen.sides[1].period is None
    assert np.ptp(seen.atoms.positions[:, 1]) == pytest.approx(np.ptp(slab.positions[:, 2]))
    cluster = bulk("Al", cubic=True).repeat(2)
    cluster.pbc = False
    assert len(cell_of(cluster, (1.0, 1.0, 0), thickness=10.0).atoms) == 32
    with pytest.raises(IonsmithError, match="less than 40"):
        cell_of(cluster, (1.0, 1.0, 0), thickness=40.0)


@pytest.mark.parametrize(
    ("low", "high"), [((0, 0), (2, 2)), ((5, 1), (9, 3)), ((11, 11), (11.7, 11.7))]
)
def test_a_tile_holds_what_surrounds_its_probes(
    low: tuple[float, float], high: tuple[float, float]
) -> None:
    cell = cell_of(perovskite(), Direction((0, 0, 1)), field=(27.3, 11.7))
    margin = 4.0
    atoms, shift = cell.cut(np.array(low), np.array(high), margin)
    for probe in (np.array(low), np.array(high)):
        around = []
        for place, box in ((cell.atoms, cell.lengths), (atoms, atoms.cell.lengths()[:2])):
            centre = probe if place is cell.atoms else probe - shift
            apart = place.positions[:, :2] - centre
            apart -= np.rint(apart / box) * box
            near = np.linalg.norm(apart, axis=1) < margin - 1e-3
            rows = np.column_stack([place.numbers, apart, place.positions[:, 2]])[near]
            around.append(rows[np.lexsort(rows.round(4).T)])
        np.testing.assert_allclose(*around, atol=1e-6)


@pytest.mark.parametrize("beam", [(0, 0, 0), (np.nan, 0, 1), (1, 0)])
def test_a_beam_without_direction_is_refused(beam: tuple[float, ...]) -> None:
    with pytest.raises(InvalidOrientation):
        cell_of(perovskite(), beam)


def test_boxes_beyond_all_memory_are_refused() -> None:
    for options in ({"thickness": 1e8}, {"field": (1e6, 1e6)}):
        with pytest.raises(IonsmithError, match="smaller `field`"):
            cell_of(perovskite(), (0, 0, 1.0), **options)  # type: ignore[arg-type]
