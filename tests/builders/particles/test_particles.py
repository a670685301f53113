"""Particles and wires: counts, groups, charges and faces by independent means, and bad input."""

from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.cluster import BodyCenteredCubic
from ase.neighborlist import neighbor_list
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import ConvexHull
from scipy.spatial.transform import Rotation

from ionsmith.builders.particles import build_particle, build_wire
from ionsmith.crystals import load
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import DisorderedStructure, InvalidInput
from ionsmith.surfaces.wulff import wulff_shape

CHARGES = {"Li": 1, "Na": 1, "Mg": 2, "Fe": 2, "V": 5, "P": 5, "O": -2, "H": 1, "N": -3, "Cl": -1}


def neighbours(atoms: Atoms, centre: str, ligand: str, reach: float) -> np.ndarray:
    """Number of ligands of every centre, by ASE."""
    i = neighbor_list("i", atoms, {(centre, ligand): reach})
    return np.bincount(i, minlength=len(atoms))[atoms.symbols == centre]


def benzene() -> Atoms:
    """A triclinic crystal of benzene: two molecules, related by inversion, in a skewed cell."""
    one = molecule("C6H6")
    one.rotate(35, (1, 2, 3))
    one.translate((1.5, 1.5, 1.0))
    other = one.copy()
    other.positions *= -1
    atoms = one + other
    atoms.set_cell([[6.8, 0, 0], [1.2, 7.6, 0], [0.9, -1.4, 10.5]])
    atoms.pbc = True
    atoms.wrap()
    return atoms


def molecules(atoms: Atoms, reach: dict[tuple[str, str], float]) -> list[str]:
    """Formula of every connected piece."""
    i, j = neighbor_list("ij", atoms, reach)
    n = len(atoms)
    count, label = connected_components(coo_matrix((np.ones(len(i)), (i, j)), (n, n)))
    return [atoms[label == piece].get_chemical_formula() for piece in range(count)]


def test_a_wulff_form_has_the_atoms_of_ase() -> None:
    # Fe: energies of R. Tran et al., Sci. Data 3, 160080 (2016), doi:10.1038/sdata.2016.80, from
    # memory, rounded to layers of the lattice so that both programs put faces at one distance.
    a = 2.866
    energies = {(1, 1, 0): 2.45, (1, 0, 0): 2.50, (2, 1, 1): 2.61}
    spacing = {(1, 1, 0): a / 2**0.5, (1, 0, 0): a / 2, (2, 1, 1): a / 6**0.5}
    layers = {
        plane: int(18.0 * energy / 2.45 / spacing[plane]) for plane, energy in energies.items()
    }
    theirs = BodyCenteredCubic("Fe", list(layers), list(layers.values()), latticeconstant=a)
    iron = bulk("Fe", a=a, cubic=True)
    asked = {
        str(plane).replace(" ", ""): (n + 0.01) * spacing[plane] for plane, n in layers.items()
    }
    corners = np.concatenate(wulff_shape(read_lattice(iron), asked).faces)
    diameter = float(np.cbrt(6 / np.pi * ConvexHull(corners).volume))
    ours = build_particle(iron, diameter, shape="wulff", energies=asked)
    assert len(ours.atoms) == len(theirs)
    assert len(theirs) > 1000
    places = [np.round(one.positions - one.positions.mean(axis=0), 3) + 0.0 for one in
              (ours.atoms, theirs)]  # fmt: skip
    first, second = (p[np.lexsort(p.T)] for p in places)
    assert first == pytest.approx(second, abs=2e-3)


@pytest.mark.parametrize("name", ["lib:nafepo4", "lib:nh4vo3", "mg"])
def test_a_wulff_form_turns_with_its_crystal(name: str) -> None:
    crystal = bulk("Mg") if name == "mg" else load(name[4:]).to_atoms()
    energies = {"(1,0,0)": 0.7, "(0,0,1)": 0.5} | ({} if name == "mg" else {"(0,1,0)": 0.9})
    turn = Rotation.random(rng=3).as_matrix()
    turned = Atoms(
        crystal.numbers, crystal.positions @ turn.T, cell=crystal.cell @ turn.T, pbc=True
    )
    one, two = (
        build_particle(x, 18.0, shape="wulff", energies=energies).atoms for x in (crystal, turned)
    )
    assert one.numbers.tolist() == two.numbers.tolist()
    moved = (two.positions - two.positions.mean(axis=0)) @ turn
    assert moved == pytest.approx(one.positions - one.positions.mean(axis=0), abs=1e-6)
    # No atom that is a unit of its own lies beyond the face (001).
    normal = np.cross(crystal.cell[0], crystal.cell[1])
    heights = one.positions @ normal / np.linalg.norm(normal)
    assert np.ptp(heights) < 18.0


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("nafepo4", {("P", "O", 1.7): 4}),
        ("livo3", {("V", "O", 1.95): 4}),
        ("li3vo4", {("V", "O", 1.95): 4}),
        ("nh4vo3", {("V", "O", 1.95): 4, ("N", "H", 1.2): 4}),
    ],
)
@pytest.mark.parametrize("settings", [{"shape": "sphere", "size": 21.0}, {"shape": "rod",
                         "size": (15.0, 25.0), "axis": "[110]", "centre": "hollow"}])  # fmt: skip
def test_groups_stay_whole_and_charges_vanish(
    name: str, groups: dict[Any, int], settings: dict[str, Any]
) -> None:
    found = build_particle(f"lib:{name}", neutral=True, **settings)
    for (centre, ligand, reach), number in groups.items():
        assert (neighbours(found.atoms, centre, ligand, reach) == number).all()
    counts = found.atoms.symbols.formula.count()
    assert sum(CHARGES[symbol] * n for symbol, n in counts.items()) == 0
    assert found.charge == 0
    assert sum(found.groups.values()) == sum(counts.get(x, 0) for x in "VPN")


def test_a_neutral_sphere_of_salt_changes_least() -> None:
    # A sphere around Na has an excess that only ions of one kind need to balance.
    salt = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    cut, whole = (build_particle(salt, 24.0, neutral=flag) for flag in (False, True))
    grid = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 3), axis=-1).reshape(-1, 3)
    inside = np.linalg.norm(grid * 2.82, axis=1) <= 12.0
    odd = grid.sum(axis=1) % 2 == 1
    assert cut.composition == {"Cl": int((inside & odd).sum()), "Na": int((inside & ~odd).sum())}
    excess = cut.composition["Na"] - cut.composition["Cl"]
    assert cut.charge == excess
    assert abs(len(whole.atoms) - len(cut.atoms)) == abs(excess) > 0
    assert whole.composition["Na"] == whole.composition["Cl"]
    # An atom at the surface has fewer than six neighbours.
    number = np.bincount(neighbor_list("i", cut.atoms, 3.0), minlength=len(cut.atoms))
    assert cut.surface_atoms == sum(cut.undercoordinated.values()) == int((number < 6).sum())


def test_stoichiometric_particles_have_the_composition_of_the_crystal() -> None:
    found = build_particle("lib:nafepo4", 20.0, stoichiometric=True).composition
    assert (found["Fe"], found["P"], found["O"]) == (found["Na"], found["Na"], 4 * found["Na"])
    with pytest.raises(InvalidInput, match="share atoms"):
        build_particle("lib:livo3", 20.0, stoichiometric=True)


def test_molecules_of_a_triclinic_crystal_stay_whole() -> None:
    crystal = benzene()
    found = build_particle(crystal, 24.0)
    reach = {("C", "C"): 1.6, ("C", "H"): 1.3}
    assert set(molecules(found.atoms, reach)) == {"C6H6"}
    assert found.groups == {"C6H6": len(found.atoms) // 12}
    assert found.undercoordinated == {}
    assert 0 < found.surface_atoms < len(found.atoms)
    broken = build_particle(crystal, 24.0, groups=[])
    assert set(molecules(broken.atoms, reach)) != {"C6H6"}


@pytest.mark.parametrize(
    ("name", "bond", "hydride"), [("si", 2.3517, 1.480), ("ge", 2.4497, 1.525)]
)
def test_passivated_wires_of_silicon_and_germanium(name: str, bond: float, hydride: float) -> None:
    # Bond lengths: a √3/4; X–H of SiH4 and GeH4, NIST CCCBDB.
    wire = build_wire(f"lib:{name}", 16.0, axis="[111]", passivate=True)
    a = load(name).to_atoms().cell.cellpar()[0]
    assert wire.length == pytest.approx(a * 3**0.5)
    assert wire.atoms.pbc.tolist() == [False, False, True]
    element = name.capitalize()
    four = neighbours(wire.atoms, element, element, bond + 0.05)
    four = four + neighbours(wire.atoms, element, "H", hydride + 0.02)
    assert (four == 4).all()
    assert neighbor_list("d", wire.atoms, {("H", "H"): 2.0}).min(initial=9.0) >= 1.5
    assert wire.undercoordinated == {}


def test_a_round_wire_is_all_atoms_in_a_cylinder() -> None:
    crystal = bulk("MgO", "rocksalt", a=4.212, cubic=True)
    wire = build_wire(crystal, 17.0, axis="[110]", length=5.0)
    assert (wire.periods, wire.length) == (2, pytest.approx(2 * 4.212 / 2**0.5))
    many = crystal.repeat(12)
    along = np.array([1, 1, 0]) / 2**0.5
    middle = many.positions - crystal.positions[0] - 6 * 4.212
    height = middle @ along
    far = np.linalg.norm(middle - np.outer(height, along), axis=1)
    inside = (far <= 8.5 + 1e-6) & (height > -1e-6) & (height < wire.length - 1e-6)
    assert wire.composition == dict(sorted(many[inside].symbols.formula.count().items()))


def test_facets_of_a_wire_are_where_their_energies_put_them() -> None:
    wire = build_wire("lib:si", 40.0, axis="[001]", shape="faceted",
                      energies={"(100)": 1.0, "(110)": 1.3})  # fmt: skip
    assert wire.faces is not None
    assert sum(wire.faces.values()) == pytest.approx(1)
    flat = wire.atoms.positions[:, :2] - wire.atoms.positions[:, :2].mean(axis=0)
    # A square with cut corners: area of a circle of 40 Å, cut at 1.3 of the half width.
    half = 20.0 * np.sqrt(np.pi / (4 - 2 * (2 - 1.3 * 2**0.5) ** 2))
    assert abs(flat).max() == pytest.approx(half, abs=1.4)
    assert abs(flat @ [[1, 1], [1, -1]]).max() / 2**0.5 == pytest.approx(1.3 * half, abs=1.4)
    with pytest.raises(InvalidInput, match="parallel to"):
        build_wire("lib:si", 40.0, axis="[001]", shape="faceted", energies={"(111)": 1.0})
    with pytest.raises(InvalidInput, match="do not enclose"):
        build_wire("lib:na2co3", 40.0, axis="[001]", shape="faceted", energies={"(010)": 1.0})


def test_same_input_same_atoms_and_a_hollow_sphere_is_hollow() -> None:
    one, two = (build_particle("lib:mgo", (30.0, 16.0), shape="hollow-sphere", neutral=True)
                for _ in range(2))  # fmt: skip
    assert one.atoms.positions.tobytes() == two.atoms.positions.tobytes()
    far = np.linalg.norm(one.atoms.positions - one.atoms.get_cell().sum(axis=0) / 2, axis=1)
    assert far.min() > 7.0
    disc = build_particle("lib:mgo", (30.0, 10.0), shape="disc", axis="[111]")
    assert disc.extent[2] <= 10.0 < 25.0 < disc.extent[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": (20.0, 10.0)}, "expected 1 positive"),
        ({"size": -3.0}, "expected 1 positive"),
        ({"size": (10.0, 20.0), "shape": "hollow-sphere"}, "inner diameter"),
        ({"size": 20.0, "shape": "wulff"}, "needs surface energies"),
        ({"size": 20.0, "shape": "wulff", "energies": {"(001)": -1.0}}, "not positive"),
        ({"size": 20.0, "energies": {"(001)": 1.0}}, "`shape=wulff`"),
        (
            {"size": 20.0, "shape": "wulff", "energies": {"(001)": 1.0, "(2,0,0)": 2.0}},
            "one form",
        ),
        ({"size": 20.0, "axis": "[001]"}, "`axis`"),
        ({"size": 20.0, "centre": "Xx"}, "`centre`"),
        ({"size": 20.0, "centre": "Na"}, "of which the crystal has none"),
        ({"size": 20.0, "centre": (0.5, 0.5)}, "`centre`"),
        ({"size": 20.0, "passivate": True}, "nothing to do"),
        ({"size": 20.0, "vacuum": 0.0}, "`vacuum`"),
        ({"size": 0.5, "centre": "hollow"}, "no atom lies"),
        ({"size": 5000.0}, "smaller model"),
    ],
)
def test_bad_input(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        build_particle("lib:mgo", **settings)


def test_other_crystals_that_cannot_be_cut() -> None:
    with pytest.raises(DisorderedStructure):
        build_particle("lib:nvp", 20.0)
    with pytest.raises(InvalidInput, match="periodic"):
        build_particle(molecule("C6H6"), 20.0)
    with pytest.raises(InvalidInput, match="formal charges"):
        build_particle("lib:na15sn4", 20.0, neutral=True)


def test_symmetry_that_a_supercell_lacks_is_said() -> None:
    copper = bulk("Cu", cubic=True)
    energies = {"(1,1,1)": 1.2, "(1,0,0)": 1.4}
    whole = build_particle(copper, 12, shape="wulff", energies=energies)
    assert not any("fit this cell" in note for note in whole.notes)
    longer = build_particle(copper.repeat((1, 1, 2)), 12, shape="wulff", energies=energies)
    assert any("16 of its 48 point operations" in note for note in longer.notes)
