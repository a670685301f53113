"""Cracks in β''-alumina: what must hold for each of them, and what the paper observed."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.analyzers.coordination import compare
from ionsmith.bonding.checks import check_contacts
from ionsmith.builders.beta_alumina import build_beta_alumina
from ionsmith.builders.beta_alumina.crack import Crack, open_crack
from ionsmith.crystals import load
from ionsmith.crystals.charges import formal_charges
from ionsmith.crystals.files import read_structure, write_structure
from ionsmith.errors import CrackNotPossible
from strategies import Disguise, disguises, full_beta_alumina

SODIUM_VOLUME = 4.2906**3 / 2
"""Å³/atom of bcc Na, R. W. G. Wyckoff, Crystal Structures (1963), page 16."""

CHARGES = {"Al": 3, "Mg": 2, "Na": 1, "O": -2}
WALLS = ["split", "lower", "upper", "out"]


@cache
def _crystal(supercell: tuple[int, int, int]) -> Atoms:
    atoms = full_beta_alumina().repeat(supercell)
    atoms.set_array("atom_id", np.arange(len(atoms)), int)
    return atoms


@cache
def _stabilised() -> Atoms:
    return build_beta_alumina((6, 1, 1)).atoms


def crystal_part(crack: Crack) -> Atoms:
    """What is left of the crystal."""
    return crack.atoms[crack.atoms.arrays["sodium_metal"] == 0]


def oxygen_around(atoms: Atoms) -> dict[int, int]:
    """Al by its number of O within 2.3 Å, on ASE's neighbour list."""
    first = neighbor_list("i", atoms, {("Al", "O"): 2.3})
    found = np.bincount(first, minlength=len(atoms))[atoms.numbers == 13]
    return dict(sorted(Counter(found.tolist()).items()))


def lost(before: Atoms, after: Atoms) -> dict[str, int]:
    gone = Counter(before.get_chemical_symbols())
    gone.subtract(after.get_chemical_symbols())
    return {element: n for element, n in sorted(gone.items()) if n}


def wall_distance(atoms: Atoms, plane: int) -> float:
    """From the upper O layer of the block below a plane to the lower of the block above, in Å."""
    normal = np.cross(*atoms.cell.array[:2])
    normal /= np.linalg.norm(normal)
    height, period = atoms.positions @ normal, float(atoms.cell.array[2] @ normal)
    sides = []
    for block in (plane, plane % int(atoms.arrays["spinel_block"].max()) + 1):
        mine = (atoms.arrays["spinel_block"] == block) & (atoms.numbers == 8)
        levels = np.sort(height[mine] % period)
        # Unwrapped at the largest gap; four layers of as many atoms.
        gaps = np.diff(np.append(levels, levels[0] + period))
        start = (int(gaps.argmax()) + 1) % len(levels)
        layers = np.append(levels[start:], levels[:start] + period).reshape(4, -1).mean(axis=1)
        sides.append((layers[0], layers[-1]))
    return float((sides[1][0] - sides[0][1]) % period)


@settings(deadline=None, max_examples=20)
@given(
    supercell=st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2)),
    plane=st.integers(1, 3),
    width=st.floats(0.5, 40),
    sodium=st.sampled_from(WALLS),
    oxygen=st.sampled_from(WALLS),
)
def test_opened_plane(
    supercell: tuple[int, int, int], plane: int, width: float, sodium: Any, oxygen: Any
) -> None:
    atoms = _crystal(supercell)
    cells = supercell[0] * supercell[1]
    crack = open_crack(atoms, plane, width=width, sodium=sodium, bridging_oxygen=oxygen)
    # Each cell of a plane of this crystal has two Na and one O, bonded to one Al on either side.
    gone = {"Na": 2 * cells * (sodium == "out"), "O": cells * (oxygen == "out")}
    assert crack.removed == {element: n for element, n in gone.items() if n}
    assert lost(atoms, crack.atoms) == crack.removed
    assert crack.charge_before is not None
    charge = sum(CHARGES[element] * n for element, n in gone.items())
    assert crack.charge_after == crack.charge_before - charge
    check_contacts(crack.atoms)
    atoms = atoms.copy()
    part = crack.atoms
    before = dict(zip(part.arrays["atom_id"].tolist(), part.arrays["spinel_block"], strict=True))
    atoms.set_array("spinel_block", np.array([before.get(i, 0) for i in range(len(atoms))]), int)
    opened = wall_distance(part, plane) - wall_distance(atoms, plane)
    assert opened == pytest.approx(width, abs=1e-6)
    assert crack.stretches[0].wall_distance == pytest.approx(wall_distance(part, plane), abs=1e-6)
    assert crack.volume == pytest.approx(part.get_volume() - atoms.get_volume())
    if width > 2.3:  # then no bond reaches over the crack
        open_al = cells * (2 if oxygen == "out" else 1)
        assert oxygen_around(part).get(3, 0) == open_al
        assert crack.coordination_after == oxygen_around(part)
    assert crack.coordination_before == oxygen_around(atoms)


def test_split_gives_both_walls_the_same() -> None:
    atoms = _crystal((2, 2, 1))
    crack = open_crack(atoms, 2, width=12)
    plane = crack.atoms[crack.atoms.arrays["conduction_plane"] == 2]
    heights = plane.positions[:, 2]
    upper = heights > (heights.min() + heights.max()) / 2
    assert Counter(plane.symbols[upper]) == Counter(plane.symbols[~upper]) == {"Na": 4, "O": 2}
    assert Counter(plane.symbols) == {"Na": 8, "O": 4}


steps = st.sampled_from(
    [
        {"plane": 1, "kinks": ((0.2, 2), (0.7, 1)), "step_width": 5.0},
        {"plane": 3, "kinks": ((0.3, 2), (0.8, 3)), "width": 14.0, "step_width": 6.0},
        {"plane": 1, "kinks": ((0.25, 3), (0.75, 1)), "width": 7.0},
        {"plane": 2, "kinks": ((7.0, 1), (21.5, 2)), "unit": "angstrom"},
        {"plane": 1, "extent": (0.1, 0.6)},
        {"plane": 1, "extent": (0.15, 0.85), "kinks": ((0.5, 2),), "step_width": 6.0},
        {"plane": 1, "extent": (0.2, 0.7), "blocks": 2},
        {"plane": 2, "extent": (4.0, 17.0), "unit": "angstrom"},
    ]
)


@settings(deadline=None, max_examples=20)
@given(
    options=steps,
    sodium=st.sampled_from(WALLS),
    oxygen=st.sampled_from(WALLS),
    faces=st.sampled_from(["stoichiometric", "whole-polyhedra"]),
    turned=st.booleans(),
)
def test_steps_and_tips(
    options: dict[str, Any], sodium: Any, oxygen: Any, faces: Any, turned: bool
) -> None:
    atoms = _crystal((1, 6, 1) if turned else (6, 1, 1))
    axis: Any = "b" if turned else "a"
    crack = open_crack(
        atoms, axis=axis, sodium=sodium, bridging_oxygen=oxygen, faces=faces, **options
    )
    check_contacts(crack.atoms)
    assert lost(atoms, crack.atoms) == crack.removed
    assert oxygen_around(crack.atoms) == crack.coordination_after
    # A column of one cell is cut out of a block: Al11 O16 without the planes.
    cells = sum(one.columns for one in crack.fractures)
    assert cells > 0
    assert crack.removed["Al"] == 11 * cells
    if faces == "whole-polyhedra":
        # Al keeps its six O, and lacks at most the O of the plane that bridged it.
        assert set(crack.coordination_after) <= {3, 4, 6}
        assert crack.coordination_after[6] == crack.coordination_before[6] - 7 * cells
    elif sodium == oxygen == "split":
        # Half of a plane to each wall: whole formula units, but for one O or Na a wall.
        assert abs(crack.removed["O"] - 17 * cells) <= 4
        assert abs(crack.removed["Na"] - 2 * cells) <= 4
    # No atom is left at both sides of a cut: what stays has moved as one piece.
    known = {number: i for i, number in enumerate(atoms.arrays["atom_id"].tolist())}
    home = np.array([known[i] for i in crack.atoms.arrays["atom_id"].tolist()])
    moved = (crack.atoms.positions - atoms.positions[home])[:, 2]
    period = float(crack.atoms.cell[2, 2])
    lift = crack.width if crack.kind == "opened" else 0.0
    turns = np.array([0.0, lift, period, -period, lift + period, lift - period, 33.85, -33.85])
    assert np.abs(moved[:, None] - turns).min(axis=1).max() < 1e-6


def test_fracture_takes_whole_cells_and_breaks_few_bonds() -> None:
    atoms = _crystal((8, 2, 1))
    crack = open_crack(atoms, 1, extent=(0.25, 0.75))
    # Four columns of two cells: half a plane stays at either wall, so whole Na2Al11O17 leave.
    assert crack.removed == {"Al": 88, "Na": 16, "O": 136}
    assert (crack.charge_before, crack.charge_after) == (48, 40)  # each without Mg has +1 e
    (cut,) = crack.fractures
    # Any straight cut of this block breaks at least as many bonds, by ASE's neighbour list.
    block = atoms[crack_block(atoms, crack, 2)]
    i, vector = neighbor_list("iD", block, {("Al", "O"): 2.3})
    along = np.linalg.inv(atoms.cell.array)[:, 0]
    from_al = block.numbers[i] == 13
    start = (block.positions[i] @ along)[from_al]
    end = start + (vector @ along)[from_al]
    column = 1 / 8
    straight = [
        np.count_nonzero(np.floor((start - x) / column) != np.floor((end - x) / column)) * column
        for x in np.linspace(0, column, 37)
    ]
    assert 0 < cut.bonds_cut <= min(straight)
    assert crack.fractured_area == pytest.approx(2 * 2 * 5.614 * 33.85 / 3)
    assert crack.delaminated_area == pytest.approx(2 * 8 * 5.614**2 * np.sqrt(3) / 2)


def crack_block(atoms: Atoms, crack: Crack, block: int) -> np.ndarray:
    """Atoms of a block, by what is left of its layers."""
    z = atoms.positions[:, 2] % 33.85
    # In this cell the second block lies between the planes at 1/6 and 1/2 of c.
    return (z > 33.85 / 6 + 0.5) & (z < 33.85 / 2 - 0.5)


@pytest.mark.parametrize("faces", ["stoichiometric", "whole-polyhedra"])
def test_neutral(faces: Any) -> None:
    for options in (
        {"plane": 1, "extent": (0.2, 0.8)},
        {"plane": 1, "kinks": ((0.25, 2), (0.75, 1)), "step_width": 5.0, "sodium": "upper"},
    ):
        crack = open_crack(_stabilised(), faces=faces, neutral=True, **options)  # type: ignore[arg-type]
        counts = Counter(crack.atoms.symbols)
        assert sum(CHARGES[element] * n for element, n in counts.items()) == 0
        assert crack.charge_after == crack.charge_before == 0
        free = open_crack(_stabilised(), faces=faces, **options)  # type: ignore[arg-type]
        assert free.charge_after is not None
        more = Counter(crack.removed)
        more.subtract(free.removed)
        assert {element: n for element, n in sorted(more.items()) if n} == crack.balanced
        assert sum(CHARGES[element] * n for element, n in crack.balanced.items()) == (
            free.charge_after
        )


@settings(deadline=None, max_examples=10)
@given(
    width=st.floats(4, 40),
    sodium=st.sampled_from(WALLS),
    plane=st.sampled_from(["110", "100"]),
    supercell=st.sampled_from([(2, 2, 1), (3, 2, 1), (4, 4, 1)]),
)
def test_filling(width: float, sodium: Any, plane: Any, supercell: tuple[int, int, int]) -> None:
    atoms = _crystal(supercell)
    crack = open_crack(atoms, 2, width=width, sodium=sodium, fill=True, sodium_plane=plane)
    metal = crack.filling
    assert metal is not None
    inside = crack.atoms.arrays["sodium_metal"] == 1
    area = np.prod(supercell[:2]) * 5.614**2 * np.sqrt(3) / 2
    assert metal.full == int(area * width / SODIUM_VOLUME)
    assert metal.n_atoms == np.count_nonzero(inside) <= metal.full
    assert metal.n_atoms >= metal.crystalline
    assert set(crack.atoms.numbers[inside]) == {11}
    # Shortest distances of both crystals, by ASE: Na–O, Na–Al, Na–Na.
    whole = full_beta_alumina()
    i, j, d = neighbor_list("ijd", whole, 4.4)
    near: dict[str, float] = {}
    for a, b, distance in zip(whole.symbols[i], whole.symbols[j], d, strict=True):
        if a == "Na":
            near[b] = min(distance, near.get(b, np.inf))
    near["Na"] = min(near["Na"], 4.2906 * np.sqrt(3) / 2)
    i, j, d = neighbor_list("ijd", crack.atoms, 4.0)
    crossing = inside[i] & ~inside[j]
    for element, limit in near.items():
        assert metal.limit[element] == pytest.approx(limit, abs=1e-6)
        found = d[crossing & (crack.atoms.symbols[j] == element)]
        assert len(found) == 0 or found.min() >= limit - 1e-6
    # Within the metal, the lattice is strained as is said; single atoms keep the distance of Na.
    among = d[inside[i] & inside[j]]
    squeezed = 4.2906 * np.sqrt(3) / 2 * (1 + min(*metal.strain, metal.normal_strain))
    assert len(among) == 0 or among.min() >= min(squeezed, near["Na"]) - 1e-6
    stretch = (1 + metal.strain[0]) * (1 + metal.strain[1]) * (1 + metal.normal_strain)
    assert stretch == pytest.approx(1)
    coulomb = metal.n_atoms * 1.602176634e-19
    assert metal.areal_capacity == pytest.approx(coulomb / 3.6e-3 / (area * 1e-16))


@pytest.mark.parametrize("left", ["Ag", None])
def test_crystal_without_sodium_is_filled_alike(left: str | None) -> None:
    atoms = _crystal((2, 2, 1)).copy()
    sodium = atoms.numbers == 11
    if left is None:
        del atoms[sodium]
    else:
        atoms.symbols[sodium] = left
    crack = open_crack(atoms, 2, fill=True)
    metal = crack.filling
    assert metal is not None
    assert "Na" not in metal.nearest
    assert np.count_nonzero(crack.atoms.numbers == 11) == metal.n_atoms > 0
    first, d = neighbor_list("id", crack.atoms, {("Na", "Na"): 4.0})
    squeezed = 4.2906 * np.sqrt(3) / 2 * (1 + min(*metal.strain, metal.normal_strain))
    assert len(first) == 0 or d.min() >= squeezed - 1e-6


def test_wide_crack_is_full_of_bcc_sodium() -> None:
    crack = open_crack(_crystal((6, 6, 1)), 1, width=60, sodium="out", fill=True)
    metal = crack.filling
    assert metal is not None
    assert metal.share > 0.95
    assert metal.crystalline / metal.n_atoms > 0.95
    assert max(map(abs, metal.strain)) < 0.05
    # In its middle each Na has eight neighbours, and six a little farther: bcc.
    sodium = crack.atoms[crack.atoms.arrays["sodium_metal"] == 1]
    middle = np.abs(sodium.positions[:, 2] - np.median(sodium.positions[:, 2])) < 12
    around = np.bincount(neighbor_list("i", sodium, 5.1), minlength=len(sodium))
    assert set(around[middle]) == {14}
    density = len(sodium[middle]) / len(np.unique(np.round(sodium.positions[middle, 2], 1)))
    layer = 4.2906 / np.sqrt(2) * (1 + metal.normal_strain)
    area = 36 * 5.614**2 * np.sqrt(3) / 2
    assert area * layer / density == pytest.approx(SODIUM_VOLUME, rel=1e-6)


def test_filled_steps_and_tips_keep_sodium_in_the_crack() -> None:
    atoms = _stabilised()
    for options in (
        {"plane": 1, "kinks": ((0.25, 2), (0.75, 1)), "width": 12.0},
        {"plane": 1, "extent": (0.2, 0.8), "blocks": 2},
    ):
        crack = open_crack(atoms, fill=True, **options)  # type: ignore[arg-type]
        assert crack.filling is not None
        assert 0.4 < crack.filling.share <= 1
        check_contacts(crack.atoms)
        assert crack.charge_after == open_crack(atoms, **options).charge_after  # type: ignore[arg-type]
        inside = crack.atoms.arrays["sodium_metal"] == 1
        assert len(set(crack.atoms.arrays["atom_id"])) == len(crack.atoms)
        assert crack.atoms.arrays["atom_id"][inside].min() >= len(atoms)


def test_vacuum_opens_the_boundary_too() -> None:
    atoms = _crystal((1, 1, 1))
    crack = open_crack(atoms, 1, width=9, vacuum=15, fill=True)
    assert crack.atoms.cell[2, 2] == pytest.approx(33.85 + 24)
    assert wall_distance(crack.atoms, 3) == pytest.approx(4.6555 + 15, abs=1e-3)
    assert crack.volume == pytest.approx(9 * 5.614**2 * np.sqrt(3) / 2)
    metal = crack.atoms[crack.atoms.arrays["sodium_metal"] == 1]
    assert metal.positions[:, 2].max() < 33.85 / 2


@settings(deadline=None, max_examples=10)
@given(disguise=disguises())
def test_any_setting_of_the_crystal(disguise: Disguise) -> None:
    atoms, _ = disguise.apply(_crystal((2, 1, 1)))
    crack = open_crack(atoms, 2, width=11)
    check_contacts(crack.atoms)
    assert crack.removed == {}
    assert crack.coordination_after == {3: 2, 4: 22, 6: 42}
    assert crack.volume == pytest.approx(11 * 2 * 5.614**2 * np.sqrt(3) / 2)


def test_a_second_crack_leaves_the_first_as_it_is() -> None:
    atoms = _crystal((3, 2, 1))
    first = open_crack(atoms, 1, width=8, fill=True)
    second = open_crack(first.atoms, 3, width=7, fill=True)
    assert first.filling is not None
    assert second.filling is not None
    assert second.removed == {}
    filled = np.count_nonzero(second.atoms.arrays["sodium_metal"])
    assert filled == first.filling.n_atoms + second.filling.n_atoms
    assert second.coordination_after == oxygen_around(second.atoms) == {3: 12, 4: 60, 6: 126}
    for plane, width in ((1, 8), (2, 0), (3, 7)):
        found = wall_distance(second.atoms, plane)
        assert found == pytest.approx(4.6555033 + width, abs=1e-6)


def test_single_block_in_the_cell() -> None:
    # The primitive cell of R-3m has one block and one plane.
    atoms = full_beta_alumina()
    cell, places, numbers = spglib.find_primitive(
        (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    )
    primitive = Atoms(numbers=numbers, scaled_positions=places, cell=cell, pbc=True)
    assert len(primitive) == 30
    crack = open_crack(primitive, 1, width=10)
    assert crack.removed == {}
    assert oxygen_around(crack.atoms) == {3: 1, 4: 3, 6: 7}


def test_beta_alumina_cracks_too() -> None:
    atoms = load("beta-alumina-1937").to_atoms().repeat((2, 1, 1))
    crack = open_crack(atoms, 1, width=10)
    assert crack.coordination_before == oxygen_around(atoms) == {4: 16, 6: 28}
    assert crack.coordination_after == oxygen_around(crack.atoms) == {3: 2, 4: 14, 6: 28}


def test_comparison_pairs_atoms_by_identity() -> None:
    atoms = _stabilised()
    crack = open_crack(atoms, 1, extent=(0.2, 0.8), fill=True)
    found = compare(atoms, crack.atoms)
    assert crack.filling is not None
    kept = len(atoms) - sum(crack.removed.values())
    assert f"{kept} atoms paired by identity" in found.table()
    assert f"added: {crack.filling.n_atoms} Na" in found.table()


def test_same_input_same_atoms_and_provenance() -> None:
    options: dict[str, Any] = {"kinks": ((0.25, 2), (0.75, 1)), "fill": True}
    one, two = (open_crack(_stabilised(), 1, **options) for _ in range(2))
    assert np.array_equal(one.atoms.positions, two.atoms.positions)
    said = one.atoms.info["ionsmith"]
    assert said["steps"][-1]["step"] == "build crack"
    assert said["steps"][-1]["parameters"]["kinks"] == [[0.25, 2], [0.75, 1]]
    assert [source["phase"] for source in said["sources"][-1:]] == ["na"]


@pytest.mark.parametrize("name", ["x.extxyz", "x.cif"])
def test_metal_in_a_crack_stays_metal(name: str, tmp_path: Path) -> None:
    atoms = build_beta_alumina().atoms
    crack = open_crack(atoms, 2, width=12, fill=True)
    write_structure(tmp_path / name, crack.atoms)
    for model in (crack.atoms, read_structure(tmp_path / name)):
        charges, _ = formal_charges(model)
        assert charges is not None
        sodium = charges[model.symbols == "Na"]
        ions = np.count_nonzero(atoms.symbols == "Na")
        assert crack.filling is not None
        assert np.count_nonzero(sodium == 0) == crack.filling.n_atoms > 0
        assert np.count_nonzero(sodium == 1) == ions
        assert charges.sum() == pytest.approx(0)


def test_a_plane_of_sodium_needs_a_filling() -> None:
    with pytest.raises(CrackNotPossible, match="sodium_plane"):
        open_crack(_crystal((1, 1, 1)), 2, sodium_plane="110")
