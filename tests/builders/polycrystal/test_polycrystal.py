"""Polycrystals: grains by an independent search for the nearest seed, texture, overlaps, charge."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.neighborlist import neighbor_list
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from ionsmith.builders.polycrystal import Polycrystal, build_polycrystal
from ionsmith.crystals import load
from ionsmith.crystals.files import write_structure
from ionsmith.errors import DisorderedStructure, InvalidInput, InvalidStructure

COPPER = bulk("Cu", cubic=True)


def nearest_seed(model: Polycrystal, *, columns: bool = False) -> np.ndarray:
    """Number of the grain of the nearest seed of each atom, image by image."""
    atoms, seeds = model.atoms, np.array([grain.seed for grain in model.grains])
    apart = atoms.positions[:, None] - seeds
    apart -= np.rint(apart / np.array(model.box)) * np.array(model.box)
    if columns:
        apart[:, :, 2] = 0
    return 1 + np.linalg.norm(apart, axis=2).argmin(axis=1)


@pytest.mark.parametrize("box", [(30.0, 30.0, 30.0), (12.0, 35.0, 60.0)])
@pytest.mark.parametrize("grains", [1, 2, 7])
def test_atoms_belong_to_the_nearest_seed(box: tuple[float, float, float], grains: int) -> None:
    model = build_polycrystal(COPPER, box, grains=grains, seed=3, overlap=0.0)
    assert (model.atoms.arrays["grain"] == nearest_seed(model)).all()
    assert sum(grain.volume for grain in model.grains) == pytest.approx(np.prod(box))
    # Nothing is missing: what is left and what was removed fill the box.
    filled = len(model.atoms) + sum(model.removed.values())
    assert filled == pytest.approx(np.prod(box) * 4 / 3.61**3, rel=0.02)


def test_grains_are_turned_crystals() -> None:
    model = build_polycrystal(COPPER, 32, grains=3, seed=1)
    for grain in model.grains:
        own = model.atoms[model.atoms.arrays["grain"] == grain.number]
        turn = Rotation.from_euler("ZXZ", grain.euler, degrees=True).as_matrix()
        apart = own.positions - grain.seed
        apart -= np.rint(apart / 32) * 32
        # In the frame of the crystal all atoms are on its lattice.
        places = apart @ turn / 3.61 * 2
        assert abs(places - np.rint(places)).max() < 1e-4
        assert (np.rint(places).sum(axis=1) % 2 == 0).all()


def test_no_overlap_and_neutral() -> None:
    left = build_polycrystal("lib:mgo", 30, grains=4, seed=2)
    assert left.charge != 0
    assert "--neutral" not in left.notes[0]
    assert "`neutral`" in left.notes[0]
    model = build_polycrystal("lib:mgo", 30, grains=4, seed=2, neutral=True)
    assert model.charge == 0
    assert model.composition["Mg"] == model.composition["O"]
    assert sum(model.surplus.values()) == abs(left.charge or 0) / 2
    i, j, d = neighbor_list("ijd", model.atoms, {("Mg", "O"): 2.0, ("O", "O"): 2.9})
    grain = model.atoms.arrays["grain"]
    across = grain[i] != grain[j]
    a = load("mgo").to_atoms().cell.array[0, 0]
    like = model.atoms.numbers[i] == model.atoms.numbers[j]
    assert d[across & like].min() > 0.75 * a / np.sqrt(2)
    assert d[across & ~like].min() > 0.75 * a / 2
    assert not across.all()
    assert model.density < model.crystal_density == pytest.approx(3.58, abs=0.02)


def test_groups_stay_whole_and_crystals_take_turns() -> None:
    model = build_polycrystal(["lib:nh4vo3", "lib:mgo"], 26, grains=3, seed=1, neutral=True)
    assert [grain.crystal for grain in model.grains] == ["nh4vo3", "mgo", "nh4vo3"]
    atoms = model.atoms
    i, j = neighbor_list("ij", atoms, {("N", "H"): 1.25, ("V", "O"): 2.1})
    grain = atoms.arrays["grain"]
    i = i[grain[i] == grain[j]]
    counts = np.bincount(i, minlength=len(atoms))
    assert (counts[atoms.symbols == "N"] == 4).all()
    assert (counts[atoms.symbols == "V"] == 4).all()
    assert model.charge == 0


def test_columns_share_an_axis_and_are_periodic_along_it() -> None:
    model = build_polycrystal(COPPER, (40, 40, 8), grains=3, columnar="[110]", seed=4)
    assert model.box[2] == pytest.approx(3 * 3.61 / np.sqrt(2))
    assert (model.atoms.arrays["grain"] == nearest_seed(model, columns=True)).all()
    # One period along z maps the atoms onto themselves.
    atoms = model.atoms
    moved = atoms.positions + np.array([0, 0, 3.61 / np.sqrt(2)])
    tree = cKDTree(atoms.positions % model.box % model.box, boxsize=model.box)
    assert tree.query(moved % model.box % model.box)[0].max() < 1e-4
    # Chains along the columns close on themselves, whole.
    chains = build_polycrystal("lib:nh4vo3", (24, 24, 11), grains=2, columnar="[001]")
    i, _ = neighbor_list("ij", chains.atoms, {("V", "O"): 2.1})
    counts = np.bincount(i, minlength=len(chains.atoms))
    assert (counts[chains.atoms.symbols == "V"] >= 4).all()


def test_conduction_planes_meet_at_triple_lines() -> None:
    from ionsmith.builders.beta_alumina import build_beta_alumina

    model = build_polycrystal(build_beta_alumina().atoms, (70, 70, 6), grains=3, columnar="[100]")
    assert model.box[2] == pytest.approx(5.614, abs=0.01)
    for grain in model.grains:
        turn = Rotation.from_euler("ZXZ", grain.euler, degrees=True).as_matrix()
        assert abs((turn @ (0, 0, 1))[2]) < 1e-6  # every conduction plane contains z


def test_textures(tmp_path: Path) -> None:
    turns: Any = Rotation.from_euler("ZXZ", [g.euler for g in build_polycrystal(
        COPPER, 20, grains=40, fibre="[111]", seed=5, spread=4
    ).grains], degrees=True)  # fmt: skip
    along = turns.apply(np.ones(3) / np.sqrt(3))
    tilt = np.degrees(np.arccos(along[:, 2]))
    # A Rayleigh distribution of 4° has the mean 4° sqrt(π/2), here within three standard errors.
    assert tilt.mean() == pytest.approx(4 * np.sqrt(np.pi / 2), abs=1.3)
    exact = build_polycrystal(COPPER, 20, grains=3, fibre="[111]")
    for grain in exact.grains:
        up = Rotation.from_euler("ZXZ", grain.euler, degrees=True).apply(np.ones(3))
        assert up == pytest.approx([0, 0, np.sqrt(3)], abs=1e-6)
    file = tmp_path / "euler.txt"
    file.write_text("# phi1 Phi phi2\n10 20 30\n40 50 60\n")
    given = build_polycrystal(COPPER, 20, orientations=file)
    assert np.allclose([grain.euler for grain in given.grains], [(10, 20, 30), (40, 50, 60)])
    w, x, y, z = 2 * Rotation.from_euler("ZXZ", (10, 20, 30), degrees=True).as_quat()[[3, 0, 1, 2]]
    (grain,) = build_polycrystal(COPPER, 20, orientations=[(w, x, y, z)]).grains
    assert np.allclose(grain.euler, (10, 20, 30))


def test_random_orientations_are_uniform() -> None:
    # Angles of uniform rotations have the density (1 - cos a)/π: mean π/2 + 2/π, 126.5°.
    grains = build_polycrystal(COPPER, 20, grains=300, seed=8).grains
    turns = Rotation.from_euler("ZXZ", [g.euler for g in grains], degrees=True)
    assert np.degrees(turns.magnitude()).mean() == pytest.approx(126.5, abs=6)


def test_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.extxyz", "b.extxyz")]
    for file in files:
        model = build_polycrystal("lib:al2o3", 20, grains=3, neutral=True)
        write_structure(str(file), model.atoms, force=False)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert build_polycrystal("lib:al2o3", 20, grains=3, seed=1).n_atoms != model.n_atoms


@pytest.mark.parametrize(
    ("crystals", "options", "error", "message"),
    [
        ("lib:nvp", {}, DisorderedStructure, "nvp"),
        (molecule("H2O"), {}, InvalidStructure, "is not periodic along all axes"),
        (COPPER, {"fibre": "[111]", "columnar": "[111]"}, InvalidInput, "exclude each other"),
        (COPPER, {"spread": 3}, InvalidInput, "`spread` needs"),
        (COPPER, {"orientations": [(1, 2)]}, InvalidInput, "`orientations` must be rows"),
        (COPPER, {"orientations": "nowhere.txt"}, InvalidInput, "no such file"),
        (COPPER, {"orientations": [(1, 2, 3)], "grains": 2}, InvalidInput, "1 rows for 2 grains"),
        ("lib:cu6sn5", {"neutral": True}, InvalidInput, "charges are unknown"),
        (COPPER, {"grains": 0}, InvalidInput, "`grains`"),
        (COPPER, {"box": (1, 2)}, InvalidInput, "`box` must be"),
        (COPPER, {"box": 9000}, InvalidStructure, "the polycrystal: up to"),
        ([COPPER, COPPER], {"columnar": "[001]"}, InvalidInput, "give one crystal"),
    ],
)
def test_refusals(
    crystals: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        build_polycrystal(crystals, **{"box": 20, **options})


def test_a_box_without_an_atom_is_refused() -> None:
    slab = Atoms("Al", cell=[4, 4, 300], positions=[(0, 0, 150)], pbc=True)
    with pytest.raises(InvalidInput, match="no unit of the crystals lies in the box"):
        build_polycrystal(slab, 8.0, orientations=[[0, 0, 0]], grains=1, seed=2)
