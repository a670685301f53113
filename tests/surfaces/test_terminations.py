"""Terminations belong to the crystal: their names, layers, and the groups that they keep."""

import re

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list
from ase.spacegroup import crystal
from hypothesis import given, settings
from hypothesis import strategies as st

from cuts import cut_crystal
from interface_checks import best_match
from ionsmith.bonding.molecular_groups import molecular_groups
from ionsmith.builders.interface import MatchedPair
from ionsmith.builders.slab import build_slab, build_slabs
from ionsmith.crystals import load, names
from ionsmith.lattice.miller import Plane
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.frameworks import groups_of
from ionsmith.surfaces.polarity import tasker_type
from ionsmith.surfaces.terminations import LAYER_TOLERANCE, severed_bonds

ORDERED = ["al2o3", "lifepo4", "na2o", "nah2po4", "nh4vo3", "sio2", "v2o5", "zro2"]
DISORDERED = ["nvp", "nzsp", "mgal2o4"]


@pytest.mark.parametrize("plane", ["(001)", "(110)", "(11-1)"])
@pytest.mark.parametrize("name", [*ORDERED, *DISORDERED])
def test_names_are_those_of_the_crystal(name: str, plane: str) -> None:
    crystal = cut_crystal(f"lib:{name}", plane)
    first = [cut.name for cut in crystal.terminations]
    for options in (
        {"thickness": 20.0, "seed": 1},
        {"repeat": 2, "seed": 1},
        {"ordering": "electrostatic" if name == "nvp" else None},
        {"ordering": None},
    ):
        again = cut_crystal(f"lib:{name}", plane, **options)  # type: ignore[arg-type]
        assert [cut.name for cut in again.terminations] == first
    assert len(set(first)) == len(first)
    # Of the opposite face the names are the same, read the other way.
    flipped = np.diag([1, 1, -1]) @ crystal.deformation
    down = cut_crystal(f"lib:{name}", plane, deformation=flipped)
    assert {cut.name for cut in down.terminations} == set(first)


INDEX = st.integers(-2, 2)
WITH_SITES = [name for name in names() if load(name).has_coordinates]


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.sampled_from(WITH_SITES), st.tuples(INDEX, INDEX, INDEX).filter(any))
def test_names_do_not_depend_on_the_slab(name: str, plane: tuple[int, int, int]) -> None:
    text = "({},{},{})".format(*plane)
    thin, thick = (
        cut_crystal(f"lib:{name}", text, thickness=thickness, seed=seed)
        for thickness, seed in ((8.0, 0), (20.0, 1))
    )
    found = [cut.name for cut in thin.terminations]
    assert found == [cut.name for cut in thick.terminations]
    assert len(set(found)) == len(found) > 0


@pytest.mark.parametrize("plane", [(0, 0, 1), (1, 0, 1), (2, 1, -1)])
@pytest.mark.parametrize("name", ORDERED)
def test_names_tell_what_lies_on_both_sides(name: str, plane: tuple[int, int, int]) -> None:
    crystal = load(name)
    found = cut_crystal(crystal, "({},{},{})".format(*plane), groups=())
    # Lattice planes above the origin, straight from the published coordinates.
    order = crystal.lattice.symmetry.lattice_order(Plane(plane))
    heights = crystal.expand().positions @ np.array(plane) * order
    symbols = np.array(crystal.to_atoms().get_chemical_symbols())
    for cut in found.terminations:
        below, above, place = re.fullmatch(r"(.+)\|(.+) @([0-9.]+)", cut.name).groups()  # type: ignore[union-attr]
        exact = cut.height / found.spacing
        assert abs((float(place) - exact + 0.5) % 1 - 0.5) < 0.0051
        under, over = (exact - heights) % 1.0, (heights - exact) % 1.0
        assert min(under.min(), over.min()) * found.spacing > LAYER_TOLERANCE / 2 - 1e-6
        assert symbols[under.argmin()] in re.findall("[A-Z][a-z]?", below)
        assert symbols[over.argmin()] in re.findall("[A-Z][a-z]?", above)
        assert cut.gap == pytest.approx((under.min() + over.min()) * found.spacing, abs=1e-6)


def test_corundum_0001_by_name() -> None:
    names = [cut.name for cut in cut_crystal("lib:al2o3", "(001)").terminations]
    assert names[:3] == ["Al|Al @0.00", "Al|O @0.15", "O|Al @0.35"]


def test_a_match_has_the_names_of_its_crystals() -> None:
    planes = Plane((0, 0, 1)), Plane((1, 1, 1))
    match = best_match(load("al2o3"), load("na2o"), planes, Limits(max_area=200, max_strain=0.09))
    pair = MatchedPair("lib:al2o3", "lib:na2o", match)
    found = pair.terminations()
    for side, name, plane in (("substrate", "al2o3", "(001)"), ("film", "na2o", "(111)")):
        own = {cut.name for cut in cut_crystal(f"lib:{name}", plane).terminations}
        assert {cut.name for cut in found.terminations if cut.side == side} == own
    name = found.terminations[1].name
    built = pair.build(terminations=(name, None), shift=(0, 0))
    assert built.substrate.termination == name
    assert built.atoms == pair.build(terminations=(2, None), shift=(0, 0)).atoms


def test_frameworks_are_no_molecules() -> None:
    assert groups_of(load("sio2").to_atoms()).counts() == {}
    assert groups_of(load("sio2").to_atoms(), ["Si"]).counts() == {"SiO4": 3}
    assert groups_of(load("teo2").to_atoms()).counts() == {}
    for name in ("lifepo4", "nah2po4", "nh4vo3", "na3po4"):  # groups that end, and chains
        atoms = load(name).to_atoms()
        assert groups_of(atoms).counts() == molecular_groups(atoms).counts() != {}


def thortveitite() -> Atoms:
    """Sc2Si2O7, C2/m, from memory; its Si2O7 end, across a bridging O on an inversion centre."""
    sites = [
        (0.5, 0.306, 0),
        (0.221, 0, 0.412),
        (0, 0, 0.5),
        (0.382, 0, 0.716),
        (0.237, 0.156, 0.219),
    ]
    cell = [6.542, 8.519, 4.669, 90, 102.55, 90]
    return crystal(("Sc", "Si", "O", "O", "O"), sites, spacegroup="C2/m", cellpar=cell)


def test_condensed_groups_that_end_are_one_unit() -> None:
    atoms = thortveitite()
    found = build_slabs(atoms, 1, thickness=8.0)
    assert len(found.slabs) > 5
    for slab in found.slabs:
        n_silicon = slab.atoms.get_chemical_symbols().count("Si")
        assert slab.groups == {"Si2O7": n_silicon // 2}
        assert slab.stoichiometric
        assert "Si–O" not in slab.severed_bonds
        # By ASE: four O around each Si, and one O of each seven between two of them.
        first = neighbor_list("i", slab.atoms, {("Si", "O"): 1.9})
        bonds = np.bincount(first, minlength=len(slab.atoms))
        assert set(bonds[slab.atoms.numbers == 14].tolist()) == {4}
        assert (bonds[slab.atoms.numbers == 8] == 2).sum() == n_silicon // 2
    # Without groups the same planes can be cut through Si–O.
    bare = build_slabs(atoms, 1, thickness=8.0, groups=())
    assert any("Si–O" in slab.severed_bonds for slab in bare.slabs)


def test_chains_are_cut_between_groups_and_it_is_told() -> None:
    # The VO4 chains of NaVO3 run along c.
    crossing, along = (build_slab("lib:navo3", plane) for plane in ("(001)", "(100)"))
    assert crossing.severed_bonds["V–O"] == 4
    assert any("groups that shared a ligand across the cut" in note for note in crossing.notes)
    assert "V–O" not in along.severed_bonds
    assert along.stoichiometric
    for slab in (crossing, along):
        first = neighbor_list("i", slab.atoms, {("V", "O"): 2.1})
        bonds = np.bincount(first, minlength=len(slab.atoms))[slab.atoms.numbers == 23]
        assert set(bonds.tolist()) == {4}


def test_severed_corners_of_quartz() -> None:
    # Each Si has four corners; a cut between the two O of a layer leaves it two on each side.
    crystal = cut_crystal("lib:sio2", "(001)")
    cut = crystal.find("O|O @0.17")
    assert severed_bonds(crystal.reference, cut.height) == {"Si–O": 2}
    assert cut.severed == pytest.approx(2 / crystal.reference.area)  # Si–O has a valence of 1


def ionic(atoms: Atoms, plane: str) -> str | None:
    crystal = cut_crystal(atoms, plane)
    return tasker_type(crystal.reference, [cut.height for cut in crystal.terminations])


def test_types_of_tasker() -> None:
    # Tasker (1979), doi:10.1088/0022-3719/12/22/036.
    magnesia = bulk("MgO", "rocksalt", a=4.212, cubic=True)
    salt = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    fluorite = bulk("CaF2", "fluorite", a=5.463, cubic=True)
    assert [ionic(magnesia, plane) for plane in ("(001)", "(110)", "(111)")] == ["I", "I", "III"]
    assert [ionic(salt, plane) for plane in ("(001)", "(111)")] == ["I", "III"]
    assert [ionic(fluorite, plane) for plane in ("(110)", "(111)", "(001)")] == ["I", "II", "III"]
    assert ionic(load("al2o3").to_atoms(), "(001)") == "II"
    assert ionic(bulk("Si"), "(111)") == "I"
