"""Bonds of a supercell from those of one cell."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import graphene
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.bonding.bonds import find_bonds
from ionsmith.bonding.connectivity import BondedSupercell, contact_distance
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.particles import build_particle
from ionsmith.crystals import load
from ionsmith.errors import InvalidStructure


@settings(max_examples=15, deadline=None)
@given(
    name=st.sampled_from(["si", "sb", "lisi", "nage"]),
    counts=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)),
)
def test_bonds_are_those_of_the_repeated_crystal(name: str, counts: tuple[int, int, int]) -> None:
    cell = load(name).to_atoms()
    host = BondedSupercell(cell, counts)
    atoms = cell.repeat(counts)
    assert np.allclose(host.atoms.positions, atoms.positions)
    reach = contact_distance(cell) + 1e-3
    found = neighbour_list(atoms, reach)
    first, second, images = host.contacts.edges(np.ones(len(atoms), dtype=bool))
    mine = {(int(i), int(j), *map(int, s)) for i, j, s in zip(first, second, images, strict=True)}
    theirs = zip(found.first, found.second, found.shifts, strict=True)
    assert mine == {(int(i), int(j), *map(int, s)) for i, j, s in theirs}


def test_vectors_lead_from_atom_to_atom() -> None:
    host = BondedSupercell(load("sb").to_atoms(), (2, 3, 1))
    bonds = host.bonds
    atom, slot = np.nonzero(bonds.partner >= 0)
    ends = host.atoms.positions[bonds.partner[atom, slot]]
    ends = ends + bonds.images[atom, slot] @ host.atoms.cell.array
    assert np.allclose(bonds.vector(atom, slot), ends - host.atoms.positions[atom])


def test_antimony_has_three_bonds_and_hangs_together_by_longer_contacts() -> None:
    # Barrett, Cucka and Haefner (1963): 3 × 2.908 and 3 × 3.355 Å.
    cell = load("sb").to_atoms()
    bonds = BondedSupercell(cell, (2, 2, 1)).bonds
    assert ((bonds.partner >= 0).sum(axis=1) == 3).all()
    assert np.linalg.norm(bonds.vectors, axis=2) == pytest.approx(2.908, abs=2e-3)
    assert contact_distance(cell) == pytest.approx(3.355, abs=2e-3)


def test_covalent_bonds_are_those_of_the_criterion() -> None:
    cell = load("si").to_atoms()
    assert len(find_bonds(cell)) == (BondedSupercell(cell, (1, 1, 1)).bonds.partner >= 0).sum()


def test_layers_in_vacuum_hang_together_in_themselves() -> None:
    """Graphene: 1.42 Å from C to C, and 20 Å to the next layer."""
    layer = graphene(vacuum=10.0)
    layer.pbc = True
    assert contact_distance(layer) == pytest.approx(2.46 / np.sqrt(3), abs=1e-6)
    flake = build_particle(layer, (20.0, 6.0), shape="disc")
    near = neighbor_list("i", flake.atoms, 1.6)
    rim = int((np.bincount(near, minlength=len(flake.atoms)) < 3).sum())
    assert 0 < rim <= flake.surface_atoms < len(flake.atoms) / 2
    with pytest.raises(InvalidStructure, match="more than 12 Å apart"):
        contact_distance(Atoms("Ar", cell=[20] * 3, pbc=True))
