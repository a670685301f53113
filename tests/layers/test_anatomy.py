"""The anatomy of β''-alumina, found from the geometry alone."""

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.spacegroup import crystal
from hypothesis import given, settings

from ionsmith.crystals import load
from ionsmith.errors import NotBetaAlumina
from ionsmith.layers.anatomy import find_anatomy
from strategies import Disguise, disguises, full_beta_alumina


def partition(labels: np.ndarray, order: np.ndarray) -> set[frozenset[int]]:
    """Groups of original atom indices with the same non-zero label."""
    return {frozenset(order[labels == value]) for value in np.unique(labels[labels > 0])}


def test_bettman_peters_cell() -> None:
    # Heights read off the published coordinates (Bettman and Peters 1969): the blocks are centred
    # on the 3a sites at z = 0, 1/3, 2/3, the bridging O are the 3b sites at 1/6, 1/2, 5/6.
    atoms = full_beta_alumina()
    found = find_anatomy(atoms)
    z = atoms.get_scaled_positions()[:, 2]
    assert found.n_planes == 3
    assert found.basal_cells == 1
    np.testing.assert_allclose(np.sort(z[found.bridging]), [1 / 6, 1 / 2, 5 / 6], atol=1e-6)
    assert np.bincount(found.spinel_block).tolist() == [9, 27, 27, 27]
    assert np.bincount(found.conduction_plane).tolist() == [81, 3, 3, 3]
    block_two = z[found.spinel_block == 2]
    assert 1 / 6 < block_two.min() < block_two.max() < 1 / 2
    plane_one = z[found.conduction_plane == 1]
    np.testing.assert_allclose(plane_one, 1 / 6, atol=0.01)
    # Rows of Al4 (18h, z = 0.0708) on either side of z = 1/6.
    np.testing.assert_allclose(found.row_spacing, 33.85 * (1 / 3 - 2 * 0.0708), atol=0.003)
    # O layers on either side: three O2 (18h) and one O4 (6c) to a basal cell.
    low = 33.85 * (3 * (1 / 3 - 0.2347) + 0.0957) / 4
    np.testing.assert_allclose(found.oxygen_gap, 33.85 / 3 - 2 * low, atol=0.01)
    assert found.stacking == "ACBA-BACB-CBAC-"
    assert not found.closed.any()
    # Two facing Al3 to each bridge, the one that looks up below the one that looks down.
    assert np.bincount(found.facing).tolist() == [84, 2, 2, 2]
    second = found.facing == 2
    bridge = found.height[found.bridging & (found.conduction_plane == 2)]
    assert found.height[second & found.looks_up] < bridge
    assert found.height[second & ~found.looks_up] > bridge


def test_facing_layers_differ_as_in_the_paper() -> None:
    # The two O layers across an open plane are stacked differently (A/C with the bridge over B).
    words = find_anatomy(full_beta_alumina()).stacking.split("-")[:3]
    for below, above in zip(words, [*words[1:], words[0]], strict=True):
        assert below[-1] != above[0]


@settings(deadline=None, max_examples=40)
@given(disguise=disguises())
def test_does_not_depend_on_setting_order_or_orientation(disguise: Disguise) -> None:
    atoms = full_beta_alumina().repeat((2, 1, 1))
    plain = find_anatomy(atoms)
    copy, order = disguise.apply(atoms)
    found = find_anatomy(copy)
    straight = np.arange(len(atoms))
    for name in ("spinel_block", "conduction_plane", "facing"):
        assert partition(getattr(found, name), order) == partition(getattr(plain, name), straight)
    assert set(order[found.bridging]) == set(straight[plain.bridging])
    np.testing.assert_allclose(found.row_spacing, plain.row_spacing, atol=1e-6)
    assert found.basal_cells == 2
    np.testing.assert_allclose(np.linalg.norm(found.basal_axes, axis=1), 5.614, atol=1e-6)


def test_numbering_follows_the_normal() -> None:
    found = find_anatomy(full_beta_alumina().repeat((1, 1, 2)))
    means = [found.height[found.spinel_block == block].mean() for block in range(1, 7)]
    assert means == sorted(means)
    for plane in range(1, 7):
        height = found.height[found.conduction_plane == plane]
        assert means[plane - 1] < height.min()
        assert plane == 6 or height.max() < means[plane]


def test_survives_thermal_noise() -> None:
    atoms = full_beta_alumina().repeat((2, 2, 1))
    plain = find_anatomy(atoms)
    for seed in range(5):
        shaken = atoms.copy()
        shaken.rattle(0.06, seed=seed)
        found = find_anatomy(shaken)
        np.testing.assert_array_equal(found.spinel_block, plain.spinel_block)
        np.testing.assert_array_equal(found.conduction_plane, plain.conduction_plane)


def test_primitive_cell_holds_one_block() -> None:
    atoms = full_beta_alumina()
    cell, positions, numbers = spglib.find_primitive(
        (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    )
    found = find_anatomy(Atoms(numbers, scaled_positions=positions, cell=cell, pbc=True))
    assert found.n_planes == 1
    assert np.bincount(found.spinel_block).tolist() == [3, 27]
    np.testing.assert_allclose(found.period, 33.85 / 3, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("beta-alumina-1937", "mirror plane"),  # β-alumina, P63/mmc
        ("al2o3", "3 dimension"),
        ("si", "no cations in octahedra"),
        ("naalo2", "no cations in octahedra"),
        ("nah2po4", "not β''-alumina"),
        ("v2o5", "not β''-alumina"),
        ("li3sb", "not β''-alumina"),
    ],
)
def test_says_that_it_is_none(name: str, reason: str) -> None:
    with pytest.raises(NotBetaAlumina, match=reason):
        find_anatomy(load(name).to_atoms())


@pytest.mark.parametrize("number", [1, 2, 3])
def test_single_layers_of_octahedra_are_none(number: int) -> None:
    """CoO2 of the CdI2 type: two O to a block, six in three cells."""
    layer = crystal(
        ["Co", "O"],
        [(0, 0, 0), (1 / 3, 2 / 3, 0.22)],
        spacegroup=164,
        cellpar=[2.82, 2.82, 4.29, 90, 90, 120],
    )
    with pytest.raises(NotBetaAlumina, match=rf"block 1 .* \({2 * number} O\)"):
        find_anatomy(layer.repeat((number, 1, 1)))


def test_spinel_is_none() -> None:
    spinel = load("mgal2o4")
    for site in spinel.sites:
        if not site.is_ordered:
            first = max(site.occupancy, key=lambda species: site.occupancy[species])
            spinel = spinel.with_occupancy(site.label, {first: 1.0})
    with pytest.raises(NotBetaAlumina, match="3 dimension"):
        find_anatomy(spinel.to_atoms())


def test_blocks_that_face_no_plane_are_refused() -> None:
    whole = full_beta_alumina()
    anatomy = find_anatomy(whole)
    with pytest.raises(NotBetaAlumina, match="face each other"):
        find_anatomy(whole[anatomy.facing == 0])
