"""Equivalents and absences against gemmi, the International Tables and textbook cases."""

import re

import gemmi
import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.build import bulk, make_supercell
from ase.spacegroup import crystal
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.crystals import load, names
from ionsmith.errors import InvalidStructure
from ionsmith.lattice.cell_vectors import primitive_vectors
from ionsmith.lattice.lattice_points import half_index_grid
from ionsmith.lattice.miller import Direction, Plane
from ionsmith.lattice.operations import operation_arrays
from ionsmith.lattice.symmetry import SYMPREC, Symmetry, symmetry_of

HALF = half_index_grid(4)
SETTINGS = list(gemmi.spacegroup_table())


def of(name: str) -> Symmetry:
    return of_group(gemmi.SpaceGroup(name))


def of_group(group: gemmi.SpaceGroup) -> Symmetry:
    return Symmetry(*operation_arrays(group.operations()), group.number, group.hm)


# One in nine of the 560 settings of gemmi's table: all crystal systems, centrings and choices.
@pytest.mark.parametrize("group", SETTINGS[::9], ids=str)
def test_absences_agree_with_gemmi(group: gemmi.SpaceGroup) -> None:
    operations = group.operations()
    expected = [operations.is_systematically_absent(plane) for plane in HALF.tolist()]
    symmetry = of_group(group)
    assert symmetry.absent(HALF).tolist() == expected
    allowed = symmetry.centring_allows(HALF)
    assert symmetry.extinguished(HALF[allowed]).tolist() == np.array(expected)[allowed].tolist()


# Reflection conditions: International Tables, vol. A (2016), ch. 2.3.
@pytest.mark.parametrize(
    ("name", "plane", "reason"),
    [
        (
            "R -3 c:H",
            (0, 0, 9),
            "c glide plane (1,-2,0), translation (0,0,1/2)",
        ),  # R-3c, h-h0l: l = 2n
        ("R -3 c:H", (1, 0, 0), "lattice centring (1/3,2/3,2/3)"),  # R: -h + k + l = 3n
        ("R -3 c:H", (0, 1, 2), None),
        ("R -3 c:H", (0, 0, 6), None),
        ("P 1 21/c 1", (0, 1, 0), "2_1 screw axis along [0,1,0]"),  # P2_1/c
        ("P 1 21/c 1", (1, 0, 1), "c glide plane (0,1,0), translation (0,0,1/2)"),
        ("P 1 21/c 1", (1, 0, 2), None),
        ("P b c m", (0, 1, 0), "b glide plane (1,0,0), translation (0,1/2,0)"),  # Pbcm, 0kl: k = 2n
        ("P b c m", (1, 0, 1), "c glide plane (0,1,0), translation (0,0,1/2)"),
        ("P b c m", (1, 0, 0), None),
        ("P 32 2 1", (0, 0, 1), "3_2 screw axis along [0,0,1]"),  # P3_221
        ("P 32 2 1", (0, 0, 3), None),
        ("P 61", (0, 0, 3), "6_1 screw axis along [0,0,1]"),  # P6_1
        ("P 63", (0, 0, 3), "6_3 screw axis along [0,0,1]"),  # P6_3
        (
            "F d -3 m:2",
            (2, 0, 0),
            "d glide plane (0,1,0), translation (1/4,0,1/4)",
        ),  # Fd-3m, 0kl: k + l = 4n
        ("F d -3 m:2", (1, 1, 0), "lattice centring (0,1/2,1/2)"),
        ("F d -3 m:2", (2, 2, 2), None),  # absent in silicon by its special positions, not by Fd-3m
    ],
)
def test_the_element_that_forbids_is_named(
    name: str, plane: tuple[int, int, int], reason: str | None
) -> None:
    assert of(name).absence_reason(plane) == reason


@pytest.mark.parametrize(
    "name", ["R -3 c:H", "P b c n", "P 32 2 1", "F d -3 c:1", "I 41/a c d:2", "P 43 3 2"]
)
def test_a_reason_is_given_exactly_where_a_reflection_is_absent(name: str) -> None:
    symmetry = of(name)
    for plane, absent in zip(HALF[::3], symmetry.absent(HALF[::3]), strict=True):
        assert (symmetry.absence_reason(plane) is not None) == absent


# Face forms of the point groups: International Tables, vol. A (2016), ch. 3.2.
@pytest.mark.parametrize(
    ("name", "plane", "planes", "faces"),
    [
        ("F m -3 m", (1, 0, 0), 6, 6),  # Fm-3m
        ("F m -3 m", (1, 1, 0), 12, 12),
        ("F m -3 m", (1, 1, 1), 8, 8),
        ("F m -3 m", (2, 1, 0), 24, 24),
        ("F m -3 m", (3, 2, 1), 48, 48),
        ("F -4 3 m", (1, 1, 1), 8, 4),  # F-43m: a tetrahedron has four faces
        ("P 63/m m c", (1, 0, 0), 6, 6),  # P6_3/mmc
        ("P 63/m m c", (2, 1, 1), 24, 24),
        ("R -3 c:H", (0, 1, 2), 6, 6),  # R-3c: a rhombohedron
        ("R -3 c:H", (0, 0, 6), 2, 2),
        ("R -3 c:H", (1, 1, 3), 12, 12),
        ("P 1 21/c 1", (1, 2, -1), 4, 4),  # P2_1/c
        ("P 1 21/c 1", (0, 2, 0), 2, 2),
        ("P 1", (1, 0, 0), 2, 1),  # P1: a pedion
    ],
)
def test_multiplicities(name: str, plane: tuple[int, int, int], planes: int, faces: int) -> None:
    symmetry = of(name)
    assert len(symmetry.equivalent_planes(plane)) == planes
    assert len(symmetry.equivalent_planes(plane, friedel=False)) == faces
    representative, multiplicity = symmetry.families(np.array([plane]))
    assert multiplicity.tolist() == [planes]
    assert (
        symmetry.equivalent_planes(representative[0]) == symmetry.equivalent_planes(plane)
    ).all()


@given(st.sampled_from(SETTINGS))
@settings(deadline=None, max_examples=25)
def test_families_are_orbits(group: gemmi.SpaceGroup) -> None:
    symmetry = of_group(group)
    planes = HALF[::7]
    chosen, multiplicities = symmetry.families(planes)
    for plane, name, multiplicity in zip(planes, chosen, multiplicities, strict=True):
        orbit = symmetry.equivalent_planes(plane)
        assert len(orbit) == multiplicity
        assert (orbit == name).all(axis=1).any()
        names, _ = symmetry.families(orbit)
        assert (names == name).all()


def test_equivalent_directions_keep_their_spacing_to_the_axis() -> None:
    """In hexagonal axes directions do not transform as planes do."""
    symmetry = of("P 63/m m c")
    assert symmetry.equivalent_directions((1, 0, 0)).tolist() == sorted(
        [[1, 0, 0], [0, 1, 0], [-1, -1, 0], [-1, 0, 0], [0, -1, 0], [1, 1, 0]]
    )
    assert symmetry.equivalent_planes((1, 0, 0)).tolist() == sorted(
        [[1, 0, 0], [0, 1, 0], [1, -1, 0], [-1, 0, 0], [0, -1, 0], [-1, 1, 0]]
    )


@pytest.mark.parametrize(
    ("name", "direction", "repeats"),
    [
        ("I m -3 m", (1, 1, 1), 2),  # Im-3m: 1/2 [111]
        ("I m -3 m", (2, 2, 2), 2),
        ("F m -3 m", (1, 1, 0), 2),  # Fm-3m: 1/2 [110]
        ("F m -3 m", (1, 0, 0), 1),
        ("R -3 c:H", (2, 1, 1), 3),  # R-3c: 1/3 [211]
        ("R -3 c:H", (0, 0, 1), 1),
    ],
)
def test_lattice_points_along_a_direction(
    name: str, direction: tuple[int, int, int], repeats: int
) -> None:
    assert of(name).repeats(Direction(direction)) == repeats


@pytest.mark.parametrize(
    ("name", "plane", "order"),
    [
        ("I m -3 m", (1, 0, 0), 2),  # Im-3m: planes a/2 apart
        ("F m -3 m", (1, 1, 1), 1),
        ("F m -3 m", (2, 2, 0), 2),
        ("R -3 c:H", (0, 0, 9), 3),  # R-3c: planes c/3 apart
        ("R -3 c:H", (2, -1, 0), 1),
    ],
)
def test_lattice_planes_between_those_of_first_order(
    name: str, plane: tuple[int, int, int], order: int
) -> None:
    assert of(name).lattice_order(Plane(plane)) == order


def test_symmetry_is_found_in_the_axes_of_the_structure() -> None:
    conventional = symmetry_of(bulk("Si", cubic=True))
    assert (conventional.number, conventional.symbol) == (227, "Fd-3m")
    assert len(conventional.rotations) == 192
    assert len(symmetry_of(bulk("Si")).rotations) == 48
    cell = crystal("C", [(0, 0, 0)], spacegroup=227, cellpar=[3.57] * 3 + [90] * 3)
    assert symmetry_of(cell).absent([[2, 0, 0], [1, 1, 1]]).tolist() == [True, False]


def operations_of(rotations: np.ndarray, translations: np.ndarray) -> set[tuple[int, ...]]:
    """Operations as integers; those of the crystals here have translations in units of 1/72."""
    steps = np.round(np.asarray(translations) * 72).astype(int) % 72
    return {
        (*w, *t)
        for w, t in zip(np.reshape(rotations, (-1, 9)).tolist(), steps.tolist(), strict=True)
    }


ORDERED = [name for name in names() if load(name).has_coordinates and load(name).is_ordered]


@pytest.mark.parametrize("name", ORDERED)
def test_moyo_and_spglib_find_the_same_operations(name: str) -> None:
    """In the published cell, in a supercell of it, and in a skewed cell with a shifted origin."""
    published = load(name).to_atoms()
    skewed = make_supercell(published, [[1, 0, 0], [1, 1, 0], [0, -1, 1]])
    skewed.translate([0.1, 0.2, 0.3])
    repeated = published.repeat((1, 2, 3)) if len(published) < 100 else published
    for atoms in (published, repeated, skewed):
        found = symmetry_of(atoms)
        cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
        expected = spglib.get_symmetry_dataset(cell, symprec=SYMPREC)
        assert expected is not None
        assert found.number == expected.number == load(name).space_group_number
        ours, theirs = (
            sorted(np.reshape(rotations, (-1, 9)).tolist())
            for rotations in (found.rotations, expected.rotations)
        )
        assert ours == theirs
        if atoms is not skewed:
            assert operations_of(found.rotations, found.translations) == operations_of(
                expected.rotations, expected.translations
            )


@pytest.mark.parametrize("repeat", [2, 5, 7])
def test_planes_of_a_supercell_that_the_crystal_lacks_are_forbidden(repeat: int) -> None:
    """The pure translations of a supercell act as a centring, whatever its size."""
    symmetry = symmetry_of(bulk("Po", "sc", a=3.35).repeat((repeat, 1, 1)))
    planes = np.array([[h, 0, 1] for h in range(1, 2 * repeat + 1)])
    assert symmetry.absent(planes).tolist() == [h % repeat != 0 for h in planes[:, 0]]


@pytest.mark.parametrize("repeat", [1, 11, 53])
def test_lattice_of_a_long_supercell_is_that_of_its_crystal(repeat: int) -> None:
    atoms = bulk("Po", "bcc", a=3.35, cubic=True).repeat((repeat, 1, 1))
    symmetry = symmetry_of(atoms)
    primitive = primitive_vectors(symmetry, atoms.cell.array) @ atoms.cell.array
    assert np.linalg.norm(primitive, axis=1) == pytest.approx(3.35 * 3**0.5 / 2)
    assert np.linalg.det(primitive) == pytest.approx(3.35**3 / 2)
    assert symmetry.lattice_order(Plane((1, 0, 0))) == 2 * repeat
    if repeat > 1:
        assert re.search(rf"centring \(\d+/{repeat},0,0\)", str(symmetry.absence_reason((1, 0, 0))))


def test_a_structure_without_lattice_or_with_overlap_is_refused() -> None:
    with pytest.raises(InvalidStructure, match="periodic"):
        symmetry_of(Atoms("H", cell=[5, 5, 5], pbc=(True, True, False)))
    with pytest.raises(InvalidStructure, match="moyo"):
        symmetry_of(Atoms("H2", positions=[[0, 0, 0], [0, 0, 1e-4]], cell=[5, 5, 5], pbc=True))
