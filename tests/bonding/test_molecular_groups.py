"""Molecular groups against the formulas of the crystals, and pymatgen's neighbours."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.io.ase import AseAtomsAdaptor

from ionsmith.bonding.molecular_groups import molecular_groups
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("nh4vo3", {"NH4": 4, "VO4": 4}),  # VO4 chains that share corners
        ("nah2po4", {"H2PO4": 8}),
        ("nafepo4", {"PO4": 4}),
        ("na3po4", {"PO4": 8}),
        ("sio2", {"SiO4": 3}),
        ("li3vo4", {"VO4": 2}),
        ("v2o5", {}),  # five-coordinated V
        ("v2o3", {}),
        ("al2o3", {}),
        ("si", {}),
        ("lisi", {}),
        ("na3sb", {}),
    ],
)
def test_groups_of_the_library(name: str, groups: dict[str, int]) -> None:
    assert molecular_groups(load(name).to_atoms()).counts() == groups


def test_members_are_the_nearest_neighbours_of_the_centre() -> None:
    atoms = load("nh4vo3").to_atoms()
    groups = molecular_groups(atoms)
    structure = AseAtomsAdaptor.get_structure(atoms)
    for number, centre in enumerate(groups.centre.tolist()):
        mine = groups.group == number
        members = groups.member[mine] != centre
        theirs = sorted(structure.get_neighbors(structure[centre], 2.0), key=lambda n: n.index)
        assert sorted(groups.member[mine][members].tolist()) == [n.index for n in theirs]
        images = groups.shift[mine][members] @ atoms.cell.array
        here = atoms.positions[groups.member[mine][members]] + images - atoms.positions[centre]
        lengths = sorted(np.linalg.norm(here, axis=1))
        assert lengths == pytest.approx(sorted(n.nn_distance for n in theirs), abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(-2, 2), min_size=3, max_size=3), st.integers(0, 10_000))
def test_moved_and_shuffled_atoms_keep_their_groups(steps: list[int], seed: int) -> None:
    atoms = load("nah2po4").to_atoms()
    rng = np.random.default_rng(seed)
    atoms.positions += rng.integers(-1, 2, (len(atoms), 3)) @ atoms.cell.array + steps
    atoms = atoms[rng.permutation(len(atoms))]
    groups = molecular_groups(atoms)
    assert groups.counts() == {"H2PO4": 8}
    apart = (
        atoms.positions[groups.member]
        + groups.shift @ atoms.cell.array
        - atoms.positions[groups.centre[groups.group]]
    )
    # P–O 1.5–1.6 Å and O–H 1.0 Å: no atom of a group is 2.6 Å from P.
    assert np.linalg.norm(apart, axis=1).max() < 2.6


def test_molecules_and_centres_on_request() -> None:
    assert molecular_groups(molecule("CH4")).counts() == {"CH4": 1}
    assert molecular_groups(molecule("CO2")).counts() == {"CO2": 1}
    atoms = load("nh4vo3").to_atoms()
    assert molecular_groups(atoms, ["N"]).counts() == {"NH4": 4}
    assert len(molecular_groups(atoms, [])) == 0
    assert len(molecular_groups(Atoms("Na", cell=[4, 4, 4], pbc=True))) == 0
    with pytest.raises(IonsmithError, match="'Xy' is not an element"):
        molecular_groups(atoms, ["Xy"])
