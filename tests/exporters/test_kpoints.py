"""Meshes and vacuum."""

import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.crystals import load, names
from ionsmith.errors import InvalidStructure
from ionsmith.exporters._protocol import keeps_symmetry, mesh
from ionsmith.lattice.symmetry import symmetry_of
from ionsmith.surfaces.vacuum import empty_layer, vacuum_axes


def slab(vacuum: float, pbc: bool) -> Atoms:
    atoms = fcc111("Al", (1, 1, 4), vacuum=vacuum / 2)
    atoms.pbc = (True, True, pbc)
    return atoms


def test_vacuum_is_found_by_the_gap_or_by_what_is_not_periodic() -> None:
    assert vacuum_axes(slab(12, True)) == (2,)
    assert vacuum_axes(slab(12, False)) == (2,)
    assert vacuum_axes(slab(4, False)) == (2,)
    assert vacuum_axes(slab(4, True)) == ()
    thickness, middle = empty_layer(slab(12, True), 2)
    assert thickness == pytest.approx(12)
    assert middle in (pytest.approx(0, abs=1e-9), pytest.approx(1))


def test_no_crystal_of_the_library_ends_in_vacuum() -> None:
    for name in names():
        crystal = load(name)
        if crystal.is_ordered and crystal.has_coordinates:
            assert vacuum_axes(crystal.to_atoms()) == (), name


def test_a_cell_without_volume_is_refused() -> None:
    with pytest.raises(InvalidStructure, match=r"three cell vectors.*\(vacuum=8\)"):
        vacuum_axes(Atoms("H"))
    with pytest.raises(InvalidStructure, match=r"axis=\(0, 1\)"):
        vacuum_axes(Atoms("H", cell=[0, 0, 4], pbc=[False, False, True]))


def test_one_point_along_vacuum() -> None:
    atoms = slab(12, False)
    assert mesh(atoms, 0.15, vacuum_axes(atoms))[2] == 1


@settings(deadline=None, max_examples=50)
@given(st.floats(2, 30), st.floats(2, 30), st.floats(60, 120), st.floats(0.05, 0.6))
def test_points_are_never_farther_apart(a: float, c: float, angle: float, distance: float) -> None:
    atoms = Atoms("H", cell=[a, a, c, 90, 90, angle], pbc=True)
    counts = np.array(mesh(atoms, distance, ()))
    lengths = 2 * np.pi / np.array([1, 1, 1]) * np.linalg.norm(atoms.cell.reciprocal(), axis=1)
    assert (lengths / counts <= distance * (1 + 1e-5)).all()
    assert (counts[counts > 1] == np.ceil(lengths / distance - 1e-6)[counts > 1]).all()


def test_silicon() -> None:
    # |b| of the cubic cell is 2π/5.43 = 1.157 1/Å.
    assert mesh(bulk("Si", "diamond", a=5.43, cubic=True), 0.15, ()) == (8, 8, 8)


def test_the_guide_shows_what_the_script_prints() -> None:
    """Every difference has a reason, and no mesh of ``moderate`` is finer than AiiDA's."""
    root = Path(__file__).parents[2]
    script = root / "scripts" / "compare_defaults.py"
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout in (root / "scripts" / "guide" / "16-defaults.md").read_text()
    tables = [part.splitlines()[4:] for part in done.stdout.split("## ")[1:]]
    assert len(tables) == 6
    for table in tables:
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line]
        assert len(rows) >= 12
        for _, *cells, why in rows:
            assert len(set(cells)) == 1 or why not in ("", "same")
    for line in filter(None, tables[1]):
        counts = [int(found) for found in re.findall(r"\((\d+)\)", line)]
        assert counts[1] <= counts[0] <= counts[2]


@pytest.mark.parametrize(
    ("atoms", "kpoints", "kept"),
    [
        # ABINIT 9.6.2 with nsym left to itself takes the first ones and refuses the others.
        (bulk("Si"), (3, 3, 3), True),
        (bulk("Si"), (2, 3, 4), False),
        (bulk("Al", "hcp", a=2.86, c=4.7).repeat((2, 1, 1)), (2, 4, 3), True),
        (bulk("Al", "hcp", a=2.86, c=4.7).repeat((2, 1, 1)), (3, 5, 2), False),
    ],
)
def test_meshes_with_the_symmetry_of_the_crystal(
    atoms: Atoms, kpoints: tuple[int, int, int], kept: bool
) -> None:
    assert keeps_symmetry(atoms, kpoints) is kept


@settings(deadline=None, max_examples=30)
@given(st.tuples(*[st.integers(1, 6)] * 3))
def test_a_rotation_of_the_crystal_is_one_of_its_mesh(kpoints: tuple[int, int, int]) -> None:
    """Point by point: every rotated k-point is in the mesh, modulo reciprocal vectors."""
    atoms = bulk("Mg")
    points = {tuple(map(Fraction, k, kpoints)) for k in np.ndindex(*kpoints)}
    inside = all(
        tuple(value % 1 for value in np.array(k) @ rotation) in points
        for rotation in symmetry_of(atoms).rotations.astype(int)
        for k in points
    )
    assert keeps_symmetry(atoms, kpoints) is inside
