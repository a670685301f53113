"""Shared corners, edges and faces: known structure types, brute force, identities, invariance."""

import itertools
from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.coordination import find_polyhedra, shared_polyhedra
from ionsmith.analyzers.coordination._polyhedra import Sharing
from ionsmith.bonding.bonds import find_bonds
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.crystals import load, names
from strategies import Disguise, disguises, full_beta_alumina
from textbook import perovskite, rutile, spinel

ORDERED = [name for name in names() if load(name).has_coordinates and load(name).is_ordered]
OXIDES = [name for name in ORDERED if "O" in load(name).composition()]
SMALL = [name for name in OXIDES if len(load(name).to_atoms()) <= 36]


# Pairs that one polyhedron of the first name has with those of the second. Where no other source
# is named: Wells (1984), Structural Inorganic Chemistry, 5th ed.
KNOWN = {
    # 13 neighbours: one over a face, three over edges, nine over corners.
    "corundum": (load("al2o3").to_atoms(), {("AlO6", "AlO6"): {"face": 1, "edge": 3, "corner": 9}}),
    "rutile": (rutile(), {("TiO6", "TiO6"): {"edge": 2, "corner": 8}}),
    "rocksalt": (
        bulk("NaCl", "rocksalt", a=5.64),
        {("NaCl6", "NaCl6"): {"edge": 12, "corner": 6}},
    ),
    "fluorite": (bulk("CaF2", "fluorite", a=5.463), {("CaF8", "CaF8"): {"edge": 12}}),
    "antifluorite": (load("na2o").to_atoms(), {("NaO4", "NaO4"): {"edge": 6, "corner": 16}}),
    "zinc blende": (bulk("ZnS", "zincblende", a=5.41), {("ZnS4", "ZnS4"): {"corner": 12}}),
    "perovskite": (
        perovskite(),
        {
            ("TiO6", "TiO6"): {"corner": 6},
            ("TiO6", "SrO12"): {"face": 8},
            ("SrO12", "SrO12"): {"face": 6, "corner": 12},
        },
    ),
    "spinel": (
        spinel(),
        {
            ("AlO6", "AlO6"): {"edge": 6},
            ("AlO6", "MgO4"): {"corner": 6},
            ("MgO4", "AlO6"): {"corner": 12},
            ("MgO4", "MgO4"): {},
        },
    ),
    "quartz": (load("sio2").to_atoms(), {("SiO4", "SiO4"): {"corner": 4}}),
    # Double chains of pyramids that share edges: Enjalbert and Galy (1986).
    "V2O5": (load("v2o5").to_atoms(), {("VO5", "VO5"): {"edge": 2, "corner": 3}}),
    # FeO6 shares corners with four FeO6 and edges with two LiO6 and one PO4, LiO6 edges with two
    # LiO6, PO4 no edge with PO4: Padhi, Nanjundaswamy, Goodenough (1997), doi:10.1149/1.1837571.
    "LiFePO4": (
        load("lifepo4").to_atoms(),
        {
            ("FeO6", "FeO6"): {"corner": 4},
            ("FeO6", "LiO6"): {"edge": 2, "corner": 4},
            ("FeO6", "PO4"): {"edge": 1, "corner": 4},
            ("PO4", "LiO6"): {"edge": 2, "corner": 2},
            ("LiO6", "LiO6"): {"edge": 2},
            ("PO4", "PO4"): {},
        },
    ),
    # Lanterns of two ZrO6 and three PO4, Na between two ZrO6: Hong (1976),
    # doi:10.1016/0025-5408(76)90073-8.
    "NaZr2(PO4)3": (
        load("nzp").to_atoms(),
        {
            ("ZrO6", "PO4"): {"corner": 6},
            ("PO4", "ZrO6"): {"corner": 4},
            ("NaO6", "ZrO6"): {"face": 2},
            ("ZrO6", "ZrO6"): {},
        },
    ),
    # Chains of VO4, isolated NH4: Hawthorne and Calvo (1977), doi:10.1016/0022-4596(77)90033-0.
    "NH4VO3": (load("nh4vo3").to_atoms(), {("VO4", "VO4"): {"corner": 2}, ("NH4", "NH4"): {}}),
}


def per_polyhedron(sharing: Sharing, first: str, second: str) -> dict[str, float]:
    """Pairs of one kind that a polyhedron of the first name has with those of the second."""
    both = 2 if first == second else 1
    pair = "-".join(sorted([first, second]))
    return {
        row.kind: both * row.count / sharing.polyhedra[first]
        for row in sharing.rows
        if row.pair == pair
    }


@pytest.mark.parametrize("name", KNOWN)
def test_known_connections(name: str) -> None:
    atoms, expected = KNOWN[name]
    sharing = shared_polyhedra(atoms)
    for (first, second), kinds in expected.items():
        assert per_polyhedron(sharing, first, second) == kinds, (first, second)


def brute_force(atoms: Atoms) -> Counter[tuple[str, str]]:
    """Pairs of polyhedra by looking for common corner positions in 5×5×5 cells."""
    bonds = find_bonds(atoms)
    symbols = atoms.get_chemical_symbols()
    chi = {"O": 9.0, "H": 10.0, "N": 3.04, "Cl": 3.16}  # H as a ligand of all, then O
    corners: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
    for i, j, shift in zip(bonds.first, bonds.second, bonds.shifts, strict=True):
        if chi.get(symbols[j], 0.0) > chi.get(symbols[i], 0.0):
            corners.setdefault(int(i), []).append((int(j), tuple(shift.tolist())))
    corners = {i: ligands for i, ligands in corners.items() if len(ligands) >= 3}

    def name(i: int) -> str:
        counts = Counter(symbols[j] for j, _ in corners[i])
        parts = sorted((-n, el) for el, n in counts.items())
        return symbols[i] + "".join(f"{el}{-n if n < -1 else ''}" for n, el in parts)

    found: Counter[tuple[str, str]] = Counter()
    for one, other in itertools.product(corners, repeat=2):
        for image in itertools.product(range(-2, 3), repeat=3):
            if one == other and image == (0, 0, 0):
                continue
            moved = {(j, tuple(np.add(shift, image))) for j, shift in corners[other]}
            shared = len(moved & set(corners[one]))
            if shared:
                pair = "-".join(sorted([name(one), name(other)]))
                found[pair, ("corner", "edge", "face")[min(shared, 3) - 1]] += 1
    return Counter({key: count // 2 for key, count in found.items()})


@pytest.mark.parametrize("name", SMALL)
def test_brute_force(name: str) -> None:
    atoms = load(name).to_atoms()
    sharing = shared_polyhedra(atoms)
    assert {(row.pair, row.kind): row.count for row in sharing.rows} == brute_force(atoms)


@pytest.mark.parametrize("name", OXIDES)
def test_every_meeting_of_two_centres_is_shared_once(name: str) -> None:
    """A ligand of k centres joins k(k-1)/2 pairs, whatever the pairs share besides."""
    atoms = load(name).to_atoms()
    bonds = find_polyhedra(atoms).bonds
    centres = np.bincount(bonds.second, minlength=len(atoms))
    assert shared_polyhedra(atoms).shared.sum() == (centres * (centres - 1) // 2).sum()


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(SMALL), st.tuples(*[st.integers(1, 3)] * 3))
def test_supercells(name: str, repeats: tuple[int, int, int]) -> None:
    """Cells of one polyhedron, which meets its own images, count as large ones do."""
    atoms = load(name).to_atoms()
    small, large = shared_polyhedra(atoms), shared_polyhedra(atoms.repeat(repeats))
    times = int(np.prod(repeats))
    assert {(row.pair, row.kind): row.count * times for row in small.rows} == {
        (row.pair, row.kind): row.count for row in large.rows
    }


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(SMALL), disguises())
def test_same_crystal_in_another_guise(name: str, disguise: Disguise) -> None:
    atoms = load(name).to_atoms()
    copy, order = disguise.apply(atoms)
    here, there = shared_polyhedra(atoms), shared_polyhedra(copy)
    assert here.rows == there.rows
    assert here.polyhedra == there.polyhedra
    pairs = [
        Counter(
            (frozenset([int(i), int(j)]), int(shared))
            for i, j, shared in zip(first, second, sharing.shared, strict=True)
        )
        for sharing, first, second in (
            (here, here.first, here.second),
            (there, order[there.first], order[there.second]),
        )
    ]
    assert pairs[0] == pairs[1]


def test_primitive_cell_of_one_polyhedron() -> None:
    """One Na in the cell: twelve images over edges are six pairs, six over corners three."""
    sharing = shared_polyhedra(bulk("NaCl", "rocksalt", a=5.64))
    assert {(row.pair, row.kind): row.count for row in sharing.rows} == {
        ("NaCl6-NaCl6", "corner"): 3,
        ("NaCl6-NaCl6", "edge"): 6,
    }
    assert (sharing.first == sharing.second).all()
    assert len(np.unique(np.vstack([sharing.shifts, -sharing.shifts]), axis=0)) == 18


def test_closed_plane_shares_an_edge() -> None:
    """Geng et al. (2023): one AlO4–AlO4 pair a plane and basal cell, corner, then edge."""
    crystal = full_beta_alumina()
    pair = "AlO4-AlO4"
    before = {row.kind: row.count for row in shared_polyhedra(crystal).rows if row.pair == pair}
    assert before == {"corner": 3}
    closed = close_planes(crystal, [1, 3]).atoms
    after = {row.kind: row.count for row in shared_polyhedra(closed).rows if row.pair == pair}
    assert after == {"corner": 1, "edge": 2}


def test_criterion_and_given_bonds() -> None:
    """Without its long bonds Fe of LiFePO4 has no polyhedron with three ligands left."""
    atoms = load("lifepo4").to_atoms()
    short = shared_polyhedra(atoms, criterion={"Fe-O": 2.1, "P-O": 1.7})
    assert short.polyhedra == {"PO4": 4}
    assert short.rows == ()
    bonds = find_bonds(atoms, {"Fe-O": 2.1, "P-O": 1.7})
    assert shared_polyhedra(atoms, bonds).polyhedra == short.polyhedra


@pytest.mark.parametrize("atoms", [Atoms("Ar"), bulk("Si"), load("na").to_atoms()])
def test_no_polyhedra(atoms: Atoms) -> None:
    sharing = shared_polyhedra(atoms)
    assert (sharing.polyhedra, sharing.rows, len(sharing.first)) == ({}, (), 0)
    assert "Polyhedra" in sharing.table()
