"""Crystals in other cells of their lattice: the same crystal, as other programs see it."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.io.ase import AseAtomsAdaptor

from ionsmith.crystals import load
from ionsmith.crystals.ordering import order
from ionsmith.crystals.ordering._electrostatics import ewald_energy
from ionsmith.crystals.recut import recut_crystal
from ionsmith.errors import InvalidStructure, IonsmithError
from ionsmith.lattice.cell_vectors import in_cell, primitive_vectors, translations_inside
from ionsmith.lattice.symmetry import symmetry_of

CENTRED = ["nvp", "beta2-alumina", "si", "li15si4", "nasb", "nh4vo3", "nah2po4"]


def same(one: Atoms, other: Atoms) -> bool:
    matcher = StructureMatcher(primitive_cell=True, scale=False)
    return bool(matcher.fit(*(AseAtomsAdaptor.get_structure(atoms) for atoms in (one, other))))


@pytest.mark.parametrize("name", CENTRED)
def test_primitive_volume_is_that_of_spglib(name: str) -> None:
    import spglib

    crystal = load(name)
    vectors = primitive_vectors(crystal.lattice.symmetry, crystal.cell)
    expanded = crystal.expand()
    # Sites stand for what sits on them, so that disorder does not matter.
    cell = (crystal.cell, expanded.positions, expanded.site_index + 1)
    primitive = abs(np.linalg.det(spglib.standardize_cell(cell, to_primitive=True)[0]))
    assert np.linalg.det(vectors @ crystal.cell) == pytest.approx(primitive, rel=1e-6)


def test_a_cell_of_whole_vectors_is_that_of_ase() -> None:
    atoms = load("nah2po4").to_atoms()
    symmetry = symmetry_of(atoms)
    vectors = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 2]])
    ours, theirs = in_cell(atoms, symmetry, vectors), make_supercell(atoms, vectors)
    assert np.allclose(ours.cell.array, theirs.cell.array)
    assert len(ours) == len(theirs)
    delta = ours.positions[:, None] - theirs.positions[None]
    apart = delta @ np.linalg.inv(theirs.cell.array)
    off = np.linalg.norm((apart - np.round(apart)) @ theirs.cell.array, axis=-1)
    nearest = off.argmin(axis=1)
    assert off.min(axis=1).max() < 1e-9
    assert len(set(nearest.tolist())) == len(theirs)
    assert (ours.numbers == theirs.numbers[nearest]).all()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(-2, 2), min_size=9, max_size=9), st.sampled_from(["si", "li15si4"]))
def test_any_cell_of_a_centred_crystal_is_the_same_crystal(numbers: list[int], name: str) -> None:
    atoms = load(name).to_atoms()
    symmetry = symmetry_of(atoms)
    primitive = primitive_vectors(symmetry, atoms.cell.array)
    multiple = np.array(numbers).reshape(3, 3)
    multiples = abs(round(np.linalg.det(multiple)))
    if not 0 < multiples <= 4:
        return
    model = in_cell(atoms, symmetry, multiple @ primitive)
    assert len(model) == multiples * len(atoms) // len(symmetry.centrings)
    assert same(model, atoms)


def test_primitive_nvp_orders_as_a_third_of_the_hexagonal_cell() -> None:
    crystal = load("nvp")
    primitive = recut_crystal(crystal)
    assert [site.wyckoff for site in primitive.sites] == ["4c", "2b", "6e", "6e", "12f", "12f"]
    assert len(primitive.operations()[0]) == 12  # order of the point group -3m
    result = order(primitive, composition={"Na@Na1": 2, "Na@Na2": 4})
    # Group theory by hand: C(6,4) = 15 choices fall into orbits of -3m on six Na2.
    assert result.n_arrangements == 15
    assert result.degeneracies is not None
    atoms = result.structures[0]
    charges = {"Na": 1.0, "V": 3.0, "P": 5.0, "O": -2.0}
    energy = ewald_energy(
        atoms.cell.array, atoms.positions, [charges[s] for s in atoms.get_chemical_symbols()]
    )
    assert result.energies is not None
    assert result.energies[0] == pytest.approx(energy, abs=1e-3)
    assert atoms.info["ionsmith"]["steps"][-1]["parameters"]["cell_vectors"] is not None


def test_the_published_cell_comes_back_as_it_is() -> None:
    crystal = load("nvp")
    again = recut_crystal(crystal, np.eye(3))
    composition = {"Na@Na1": 5, "Na@Na2": 13}
    one, other = (order(item, composition=composition) for item in (crystal, again))
    assert one.energies is not None
    assert other.energies is not None
    assert one.energies[0] == pytest.approx(other.energies[0], abs=1e-4)
    assert one.n_distinct == other.n_distinct


def test_bad_vectors_are_refused() -> None:
    crystal = load("nvp")
    symmetry = crystal.lattice.symmetry
    with pytest.raises(InvalidStructure, match=r"\[1/2,0,0\] is not a lattice vector"):
        translations_inside(symmetry, [[0.5, 0, 0], [0, 1, 0], [0, 0, 1]])
    with pytest.raises(InvalidStructure, match="independent"):
        translations_inside(symmetry, [[1, 0, 0], [2, 0, 0], [0, 0, 1]])
    with pytest.raises(IonsmithError, match="left-handed"):
        recut_crystal(crystal, [[0, 1, 0], [1, 0, 0], [0, 0, 1]])


def test_a_structure_that_does_not_repeat_is_refused() -> None:
    atoms = load("si").to_atoms()
    symmetry = symmetry_of(atoms)
    atoms.positions[0] += 0.3
    with pytest.raises(InvalidStructure, match="centring translations"):
        in_cell(atoms, symmetry, primitive_vectors(symmetry, atoms.cell.array))
