"""Terminations belong to the crystal: their names, layers, and the groups that they keep."""

import re

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from cuts import cut_crystal
from interface_checks import best_match
from ionsmith.bonding.molecular_groups import molecular_groups
from ionsmith.builders.interface import MatchedPair
from ionsmith.crystals import load
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
