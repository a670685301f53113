"""Composite models: whole groups, contacts, orientations, charges, and bad input."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ionsmith.builders.particles import build_embedded, build_particle, build_shell
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import read_structure, write_structure
from ionsmith.errors import InvalidInput
from ionsmith.lattice.orientation import OrientationRelationship

CHARGES = {"Li": 1, "Na": 1, "Mg": 2, "Fe": 2, "V": 5, "P": 5, "O": -2, "Ge": 4}


def parts(atoms: Atoms) -> list[Atoms]:
    """The parts by name, in their order."""
    part = atoms.arrays["part"]
    return [atoms[part == name] for name in dict.fromkeys(part.tolist())]


def apart(atoms: Atoms, first: str, second: str) -> float:
    """Shortest distance of two elements in different parts, by ASE."""
    i, j, d = neighbor_list("ijd", atoms, 6.0)
    part = atoms.arrays["part"]
    across = (part[i] != part[j]) & (atoms.symbols[i] == first) & (atoms.symbols[j] == second)
    return float(d[across].min(initial=np.inf))


def oxygens(atoms: Atoms, centre: str, reach: float) -> np.ndarray:
    """Number of O around every centre, by ASE."""
    i = neighbor_list("i", atoms, {(centre, "O"): reach})
    return np.bincount(i, minlength=len(atoms))[atoms.symbols == centre]


def test_an_embedded_crystal_keeps_its_groups_and_charges() -> None:
    model = build_embedded("lib:livo3", "lib:geo2", size=14.0, orientation="random", seed=1,
                           neutral=True)  # fmt: skip
    guest, host = parts(model.atoms)
    assert (oxygens(guest, "V", 1.95) == 4).all()
    for part, name in ((guest, "guest"), (host, "host")):
        counts = part.symbols.formula.count()
        assert sum(CHARGES[symbol] * n for symbol, n in counts.items()) == model.charge[name] == 0
        assert len(part) == model.counts[name]
    # O–O: 2.61 Å is the shortest in either crystal outside the V–O tetrahedra.
    assert apart(model.atoms, "O", "O") > 2.3
    assert apart(model.atoms, "V", "Ge") > 2.5


def test_a_cavity_takes_what_is_inside_or_too_close() -> None:
    model = build_embedded("lib:na", "lib:mgo", size=13.0, gap=3.0)
    guest, host = parts(model.atoms)
    counts = np.array(model.supercell)
    assert len(host) == 8 * counts.prod() - model.units_removed
    everything = read_structure("lib:mgo").repeat(counts)
    middle = everything.cell.sum(axis=0) / 2
    near = cKDTree(guest.positions).query(everything.positions)[0] < 3.0 - 1e-6
    inside = np.linalg.norm(everything.positions - middle, axis=1) <= 6.5 + 1e-6
    assert model.units_removed == int((near | inside).sum())
    per_atom = 4.2906**3 / 2  # Å³, of the library's Na
    found = model.volume_fraction * model.atoms.cell.volume / len(guest)
    assert found == pytest.approx(read_structure("lib:na").cell.volume / 2)
    assert found == pytest.approx(per_atom, rel=0.02)
    assert model.closest is not None
    assert 3.0 <= model.closest < 4.0


def test_orientation_by_a_relationship_and_by_rotation() -> None:
    # Kurdjumov-Sachs: (110) || (111), [1-11] || [10-1] of bcc in fcc.
    fcc, bcc = bulk("Cu", a=3.61, cubic=True), bulk("Fe", a=2.87, cubic=True)
    relationship = OrientationRelationship.from_parallel(
        read_lattice(fcc), read_lattice(bcc), "(1,1,1)||(1,1,0)", "[1,0,-1]||[1,-1,1]"
    )
    model = build_embedded(bcc, fcc, size=18.0, orientation=relationship)
    guest, _ = parts(model.atoms)
    i, j, vectors = neighbor_list("ijD", guest, 2.55)
    # Close-packed rows <111>/2 of bcc along [10-1] of fcc, and a plane {110} along (111).
    row = np.array([1, 0, -1]) / 2**0.5
    along = abs(vectors @ row)
    assert along.max() == pytest.approx(2.87 * 3**0.5 / 2, abs=1e-6)
    heights = np.sort(guest.positions @ np.ones(3) / 3**0.5)
    steps = np.diff(heights)[np.diff(heights) > 1e-3]
    assert steps == pytest.approx(2.87 / 2**0.5, abs=1e-6)
    assert len(i) == len(j)
    turn = Rotation.random(rng=np.random.default_rng(5)).as_matrix()
    guest, _ = parts(build_embedded(bcc, fcc, size=18.0, orientation="random", seed=5).atoms)
    plain = build_particle(bcc, 18.0).atoms
    moved = (plain.positions - plain.positions.mean(axis=0)) @ turn.T
    assert guest.positions - guest.positions.mean(axis=0) == pytest.approx(moved, abs=1e-6)


def test_a_shell_around_a_core() -> None:
    model = build_shell("lib:nafepo4", "lib:fepo4", 8.0, size=16.0, neutral=True)
    core, shell = parts(model.atoms)
    assert (oxygens(model.atoms, "P", 1.75) == 4).all()
    counts = core.symbols.formula.count()
    assert sum(CHARGES[symbol] * n for symbol, n in counts.items()) == 0
    counts = shell.symbols.formula.count()
    assert 3 * counts["Fe"] + 5 * counts["P"] - 2 * counts["O"] == 0
    far = np.linalg.norm(shell.positions - core.positions.mean(axis=0), axis=1)
    assert far.min() > 7.0
    assert far.max() < 8.0 + 8.0 + 3.5 + 2.0


def test_a_finite_core_and_a_pore_that_fills(tmp_path: Path) -> None:
    particle = build_particle("lib:si", 14.0, passivate=True)
    write_structure(tmp_path / "core.extxyz", particle.atoms)
    model = build_shell(str(tmp_path / "core.extxyz"), "lib:sio2", 7.0)
    assert model.counts["core"] == len(particle.atoms)
    write_structure(tmp_path / "model.extxyz", model.atoms)
    again = read_structure(tmp_path / "model.extxyz")
    assert again.arrays["part"].tolist() == model.atoms.arrays["part"].tolist()
    # A square pore in Si, 16 Å wide: Na stays 0.6 Å or more inside its walls.
    host = bulk("Si", cubic=True).repeat((5, 5, 1))
    middle = host.cell.sum(axis=0) / 2
    host = host[(abs(host.positions - middle)[:, :2] > 8.0).any(axis=1)]
    filled = build_embedded("lib:na", host, size=(18.0, 5.0), shape="disc", fill=True,
                            supercell=(1, 1, 3))  # fmt: skip
    na, si = parts(filled.atoms)
    assert len(si) == 3 * len(host)
    assert len(na) >= 10
    assert apart(filled.atoms, "Na", "Si") > 2.8


def test_same_input_same_atoms() -> None:
    one, two = (
        build_embedded("lib:te", "lib:mgo", size=15.0, orientation="random", seed=7).atoms
        for _ in range(2)
    )
    assert one.positions.tobytes() == two.positions.tobytes()
    other = build_embedded("lib:te", "lib:mgo", size=15.0, orientation="random", seed=8).atoms
    assert len(one) != len(other) or abs(one.positions - other.positions).max() > 0.1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "give the `size`"),
        ({"size": 12.0, "wall": 2.0}, "`wall`"),
        ({"size": 12.0, "supercell": (2, 2, 2)}, "leaves"),
        ({"size": 12.0, "place": (0.5,)}, "`place`"),
        ({"size": 12.0, "gap": -1.0}, "`gap`"),
        ({"size": 12.0, "fill": True}, "finds room"),
        ({"size": 12.0, "fill": True, "neutral": True}, "excludes"),
        ({"size": 12.0, "seed": -1}, "`seed`"),
        ({"size": 12.0, "energies": {"(100)": 1.0}}, "`energies`"),
    ],
)
def test_bad_input(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        build_embedded("lib:na", "lib:mgo", **settings)


def test_other_inner_structures_that_do_not_fit() -> None:
    flat = Atoms("Na4", [[0, 0, 0], [3, 0, 0], [0, 3, 0], [3, 3, 0]])
    with pytest.raises(InvalidInput, match="flat"):
        build_embedded(flat, "lib:mgo")
    with pytest.raises(InvalidInput, match="1 atoms is flat or too small"):
        build_embedded("lib:na", "lib:mgo", size=3)
    solid = build_particle("lib:na", 12.0).atoms
    with pytest.raises(InvalidInput, match="finite"):
        build_shell(solid, "lib:mgo", 6.0, size=4.0)
    with pytest.raises(InvalidInput, match="holds no atom"):
        build_shell("lib:na", "lib:mgo", 0.1, size=12.0)
    with pytest.raises(InvalidInput, match="periodic"):
        build_shell("lib:na", solid, 5.0, size=12.0)


def test_particle_of_a_filled_pore_keeps_parts_and_charge() -> None:
    pore = bulk("Si", cubic=True).repeat(4)
    away = np.linalg.norm(pore.positions[:, :2] - pore.cell.lengths()[:2] / 2, axis=1)
    filled = build_embedded("lib:na", pore[away > 6], size=(10, 8), shape="rod", fill=True).atoms
    particle = build_particle(filled, 24, centre="hollow")
    assert particle.charge == 0
    assert set(particle.atoms.arrays["part"]) == {"guest", "host"}
    assert particle.composition["Na"] == (particle.atoms.arrays["part"] == "guest").sum()
