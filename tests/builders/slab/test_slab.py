"""Slabs over the library: composition, groups, faces, types, and how they are made neutral."""

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list
from ase.spacegroup import crystal
from pymatgen.core import Lattice, Structure

from ionsmith import provenance
from ionsmith.builders.slab import Slab, build_slab, build_slabs, slab_terminations
from ionsmith.crystals import load
from ionsmith.errors import (
    DisorderedStructure,
    InvalidChoice,
    InvalidInput,
    IonsmithError,
    TerminationNotPossible,
)

PLANES = ["(001)", "(100)", "(110)", "(101)", "(111)"]
ORDERED = ["al2o3", "lifepo4", "na3po4", "nah2po4", "nh4vo3", "sio2", "si", "v2o5", "zro2", "nasb"]
MAGNESIA = bulk("MgO", "rocksalt", a=4.212, cubic=True)
SALT = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
FLUORITE = bulk("CaF2", "fluorite", a=5.463, cubic=True)

CHARGES = {"H": 1, "Li": 1, "Na": 1, "Mg": 2, "Ca": 2, "Al": 3, "Si": 4, "Fe": 2, "P": 5,
           "F": -1, "Cl": -1, "O": -2}  # fmt: skip


def shares(atoms: Atoms) -> dict[str, Fraction]:
    symbols = atoms.get_chemical_symbols()
    return {symbol: Fraction(symbols.count(symbol), len(symbols)) for symbol in set(symbols)}


def moments(atoms: Atoms) -> tuple[float, float]:
    """Charge and dipole, from charges that chemistry knows."""
    charges = np.array([CHARGES[symbol] for symbol in atoms.get_chemical_symbols()])
    return float(charges.sum()), float(charges @ (atoms.positions[:, 2] - atoms.positions[0, 2]))


def turned_over(atoms: Atoms, symprec: float = 1e-3) -> bool:
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    return bool((spglib.get_symmetry(cell, symprec=symprec)["rotations"][:, 2, 2] == -1).any())


def neighbours(atoms: Atoms, centre: str, ligand: str, reach: float) -> list[int]:
    first = neighbor_list("i", atoms, {(centre, ligand): reach})
    counts = np.bincount(first, minlength=len(atoms))
    return counts[[symbol == centre for symbol in atoms.get_chemical_symbols()]].tolist()


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("name", ORDERED)
def test_a_slab_between_like_cuts_is_the_crystal(name: str, plane: str) -> None:
    bulk_atoms = load(name).to_atoms()
    for cut in slab_terminations(f"lib:{name}", plane, groups=()).terminations[:4]:
        slab = build_slab(f"lib:{name}", plane, termination=cut.name, groups=(), thickness=7.0)
        assert shares(slab.atoms) == shares(bulk_atoms)
        assert slab.stoichiometric
        assert slab.symmetric == turned_over(slab.atoms)
        assert slab.termination == slab.back_termination == cut.name
        assert slab.thickness < slab.n_planes * slab.spacing
        z = slab.atoms.positions[:, 2]
        assert slab.atoms.cell.array[2, 2] == pytest.approx(np.ptp(z) + 15)
        assert z.min() == pytest.approx(7.5)
        density = len(slab.atoms) / (slab.area * slab.n_planes * slab.spacing)
        assert density == pytest.approx(len(bulk_atoms) / bulk_atoms.get_volume())


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("name", ORDERED)
def test_symmetric_slabs_are_so_for_spglib(name: str, plane: str) -> None:
    turned = slab_terminations(f"lib:{name}", plane).turned
    if not any(turned):
        with pytest.raises(TerminationNotPossible, match="no symmetric slab"):
            build_slab(f"lib:{name}", plane, symmetric=True)
        return
    slab = build_slab(f"lib:{name}", plane, symmetric=True, thickness=7.0)
    assert slab.symmetric
    assert turned_over(slab.atoms)


@pytest.mark.parametrize(
    ("name", "plane", "groups"),
    [
        ("nah2po4", "(101)", {("P", "O", 1.9): 4}),
        ("nh4vo3", "(12-1)", {("N", "H", 1.3): 4, ("V", "O", 2.1): 4}),
        ("lifepo4", "(011)", {("P", "O", 1.9): 4}),
        ("nvp", "(012)", {("P", "O", 1.9): 4}),
    ],
)
def test_groups_stay_whole(name: str, plane: str, groups: dict[Any, int]) -> None:
    options: dict[str, Any] = {"ordering": "electrostatic", "thickness": "2 planes"}
    for cut in slab_terminations(f"lib:{name}", plane, ordering="random").terminations[:5]:
        slab = build_slab(f"lib:{name}", plane, termination=cut.number, **options)
        for (centre, ligand, reach), number in groups.items():
            assert set(neighbours(slab.atoms, centre, ligand, reach)) == {number}


def test_types_of_tasker() -> None:
    # Tasker (1979), doi:10.1088/0022-3719/12/22/036.
    def type_of(crystal: Any, plane: str) -> str | None:
        return build_slab(crystal, plane, thickness=5.0).tasker

    assert [type_of(MAGNESIA, plane) for plane in ("(001)", "(110)", "(111)")] == ["I", "I", "III"]
    assert [type_of(SALT, plane) for plane in ("(001)", "(111)")] == ["I", "III"]
    assert [type_of(FLUORITE, plane) for plane in ("(110)", "(111)", "(001)")] == ["I", "II", "III"]
    assert type_of("lib:al2o3", "(001)") == "II"
    assert type_of("lib:lifepo4", "(010)") == "III"


def test_surface_charge_of_magnesia_111() -> None:
    # Equidistant layers of 2 e: half of it at each face, 1 e above a² √3/4.
    slab = build_slab(MAGNESIA, "(111)", thickness="6 planes")
    assert abs(slab.surface_charge or 0) == pytest.approx(1 / (4.212**2 * np.sqrt(3) / 4))
    assert slab.dipole == pytest.approx(moments(slab.atoms)[1])
    twice = build_slab(MAGNESIA, "(111)", thickness="12 planes")
    assert twice.dipole == pytest.approx(2 * (slab.dipole or 0))


def test_silicon_111_is_cut_between_double_layers() -> None:
    slab = build_slab("lib:si", "(111)", thickness="4 planes")
    assert slab.severed_bonds == {"Si–Si": 1}
    other = next(
        cut.name
        for cut in slab_terminations("lib:si", "(111)").terminations
        if cut.name != slab.termination
    )
    assert build_slab("lib:si", "(111)", termination=other).severed_bonds == {"Si–Si": 3}


def test_nonpolar_cuts() -> None:
    slab = build_slab(FLUORITE, "(111)", nonpolar=True)
    assert slab.termination.startswith("F|F")
    assert moments(slab.atoms) == pytest.approx((0, 0), abs=1e-9)
    with pytest.raises(TerminationNotPossible, match="no nonpolar slab of MgO"):
        build_slab(MAGNESIA, "(111)", nonpolar=True)
    symmetric = build_slab("lib:al2o3", "(001)", symmetric=True, stoichiometric=True)
    assert symmetric.termination.startswith("Al|Al")


def test_half_of_a_polar_layer_moves() -> None:
    with pytest.raises(TerminationNotPossible, match="`supercell` 2 1"):
        build_slab(MAGNESIA, "(111)", neutral=True)
    slab = build_slab(MAGNESIA, "(111)", neutral=True, supercell=(2, 1))
    assert moments(slab.atoms) == pytest.approx((0, 0), abs=1e-9)
    assert slab.stoichiometric
    assert "1 of the 2 Mg (1/2) of the outermost layer moved to the back" in slab.compensation
    # However large the face is, no ion is left whose other half would have to move.
    with pytest.raises(TerminationNotPossible, match="1/2 of the outermost layer of 81 Mg"):
        build_slab(MAGNESIA, "(111)", neutral=True, supercell=(9, 9), thickness="1 planes")
    # What was moved sits on sites of the crystal: rock salt has six neighbours at most, at a/2.
    distance = neighbor_list("d", slab.atoms, 2.5)
    assert distance == pytest.approx(2.106, abs=1e-6)


def test_protons_on_oxygen() -> None:
    slab = build_slab(MAGNESIA, "(111)", termination="O|Mg @0.75", symmetric=True, neutral=True)
    assert slab.n_hydrogen == 2
    assert moments(slab.atoms) == pytest.approx((0, 0), abs=1e-6)
    assert neighbours(slab.atoms, "H", "O", 1.1) == [1, 1]
    # SiO4 kept whole leave two O too many for each face pair; protons make silanols of them.
    quartz = build_slab("lib:sio2", "(001)", groups=["Si"], thickness="3 planes", neutral=True)
    assert moments(quartz.atoms)[0] == 0
    assert set(neighbours(quartz.atoms, "Si", "O", 1.9)) == {4}
    assert set(neighbours(quartz.atoms, "H", "O", 1.1)) == {1}
    assert set(neighbours(quartz.atoms, "O", "Si", 1.9)) == {1, 2}


def test_mobile_cations_leave_both_faces_alike() -> None:
    slab = build_slab("lib:lifepo4", "(010)", symmetric=True, neutral=True)
    assert moments(slab.atoms) == pytest.approx((0, 0), abs=1e-6)
    assert slab.symmetric
    assert turned_over(slab.atoms)
    assert slab.compensation == ("2 surplus Li removed: 1 at the back, 1 at the upper face",)
    other = build_slab(
        "lib:lifepo4", "(010)", termination=2, symmetric=True, neutral=True, thickness=8.0
    )
    assert moments(other.atoms)[0] == 0
    assert shares(other.atoms) == shares(load("lifepo4").to_atoms())
    assert "missing Li added on sites of the crystal" in other.compensation[0]


def test_a_neutral_slab_is_left_alone() -> None:
    plain = build_slab(MAGNESIA, "(001)")
    neutral = build_slab(MAGNESIA, "(001)", neutral=True)
    assert neutral.compensation == ("nothing: the slab is neutral as it was cut",)
    assert np.array_equal(neutral.atoms.positions, plain.atoms.positions)
    with pytest.raises(InvalidInput, match="formal charges are unknown"):
        build_slab("lib:li15si4", "(001)", neutral=True)


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("name", ["al2o3", "lifepo4", "nah2po4", "sio2", "na2o"])
def test_what_is_called_neutral_is(name: str, plane: str) -> None:
    for symmetric, cells in itertools.product((False, True), ((1, 1), (2, 1), (2, 2))):
        try:
            slab = build_slab(
                f"lib:{name}", plane, symmetric=symmetric, neutral=True, supercell=cells
            )
        except TerminationNotPossible:
            continue
        assert moments(slab.atoms)[0] == pytest.approx(0, abs=1e-9)
        assert slab.charge == 0
        assert slab.compensation


def test_silicon_is_passivated() -> None:
    slab = build_slab("lib:si", "(111)", passivate=True, supercell=(2, 2))
    assert slab.n_hydrogen == 8
    assert set(neighbours(slab.atoms, "H", "Si", 1.6)) == {1}
    first = neighbor_list("i", slab.atoms, {("Si", "Si"): 2.5, ("Si", "H"): 1.6})
    silicon = slab.atoms.numbers == 14
    assert set(np.bincount(first, minlength=len(slab.atoms))[silicon].tolist()) == {4}
    with pytest.raises(InvalidInput, match="no covalent bond"):
        build_slab(MAGNESIA, "(001)", passivate=True)


def test_quartz_is_passivated_with_silanols() -> None:
    cut = build_slab("lib:sio2", "(001)", thickness="3 planes")
    assert any("Si–O bonds are severed" in note for note in cut.notes)
    slab = build_slab("lib:sio2", "(001)", thickness="3 planes", passivate=True)
    assert moments(slab.atoms)[0] == 0
    assert set(neighbours(slab.atoms, "Si", "O", 1.9)) == {4}
    assert set(neighbours(slab.atoms, "H", "O", 1.1)) == {1}


def test_a_passivated_slab_needs_no_more() -> None:
    options: dict[str, Any] = {"termination": "O|O @0.17", "thickness": "3 planes"}
    plain = build_slab("lib:sio2", "(001)", passivate=True, **options)
    both = build_slab("lib:sio2", "(001)", passivate=True, neutral=True, **options)
    assert np.array_equal(plain.atoms.positions, both.atoms.positions)
    assert both.compensation == (*plain.compensation, "nothing: the slab is neutral as it was cut")
    # SiO4 that are kept whole leave O with one bond, which are covered in the same way.
    covered = build_slab("lib:sio2", "(001)", groups=["Si"], passivate=True, neutral=True)
    assert moments(covered.atoms)[0] == 0
    assert set(neighbours(covered.atoms, "Si", "O", 1.9)) == {4}


def test_thickness_in_formula_units() -> None:
    # The primitive cell of LiFePO4, and with it one lattice plane, holds four formula units.
    for units, planes in ((1, 1), (4, 1), (5, 2), (8, 2)):
        slab = build_slab("lib:lifepo4", "(100)", thickness=f"{units} formula units")
        assert slab.n_planes == planes
        assert slab.atoms.get_chemical_symbols().count("P") == 4 * planes
    silicon = build_slab(load("si").to_atoms(), "(001)", thickness="6 formula units")
    assert len(silicon.atoms) == 6


def test_disordered_crystals() -> None:
    with pytest.raises(DisorderedStructure, match="set `ordering`"):
        build_slab("lib:nvp", "(001)")
    options: dict[str, Any] = {"termination": "V|Na @0.47", "thickness": "2 planes"}
    built = [
        build_slab("lib:nvp", "(001)", ordering="random", seed=seed, **options)
        for seed in (0, 0, 1)
    ]
    assert built[0].atoms == built[1].atoms
    assert built[0].termination == built[2].termination == "V|Na @0.47"
    assert built[0].formula == built[2].formula
    assert built[0].stoichiometric


@pytest.mark.parametrize(
    ("name", "plane"),
    [("nvp", "(012)"), ("nvp", "(001)"), ("mgal2o4", "(111)"), ("beta2-alumina", "(001)"),
     ("nzsp", "(100)"), ("li7si3", "(101)")],
)  # fmt: skip
def test_disordered_crystals_are_symmetric_on_request(name: str, plane: str) -> None:
    options: dict[str, Any] = {"symmetric": True, "ordering": "random", "thickness": 8.0}
    for cut in slab_terminations(f"lib:{name}", plane).terminations[:3]:
        slab = build_slab(f"lib:{name}", plane, termination=cut.name, **options)
        assert slab.symmetric
        assert turned_over(slab.atoms)
        assert slab.n_planes >= 2
        # Each half has the numbers of the crystal, so that equal cuts leave its composition.
        if slab.termination == slab.back_termination:
            assert slab.stoichiometric


def test_frozen_back_and_provenance() -> None:
    slab = build_slab("lib:al2o3", "(001)", freeze="1 plane")
    frozen = slab.atoms.constraints[0].index
    z = slab.atoms.positions[:, 2]
    assert len(frozen) == slab.n_frozen
    assert z[frozen].max() < z.min() + slab.spacing
    assert z[frozen].max() < np.delete(z, frozen).min()
    said = provenance.of(slab.atoms)
    assert [step["step"] for step in said["steps"]] == ["library", "build slab"]
    assert said["sources"][0]["phase"] == "al2o3"
    assert set(slab.atoms.arrays) == {"numbers", "positions", "site_label", "atom_id"}


def test_all_slabs_of_corundum() -> None:
    found = build_slabs("lib:al2o3", 1, thickness=6.0)
    corners = {slab.plane for slab in found.slabs}
    assert "(0,0,1)" in corners
    # (0001) has three cuts, and turning over exchanges Al|O and O|Al.
    assert sum(slab.plane == "(0,0,1)" for slab in found.slabs) == 2
    for first, second in itertools.combinations(found.slabs, 2):
        assert (first.plane, first.termination) != (second.plane, second.termination)
    both = build_slabs("lib:al2o3", 1, thickness=6.0, symmetric=True)
    assert sum(slab.plane == "(0,0,1)" for slab in both.slabs) == 3
    assert all(turned_over(slab.atoms) for slab in both.slabs)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"plane": "(000)"}, "must not be zero"),
        ({"vacuum": 0.0}, "`vacuum` is 0"),
        ({"vacuum": float("nan")}, "`vacuum` is nan"),
        ({"supercell": (0, 1)}, "`supercell` must be two positive integers"),
        ({"supercell": 2}, "`supercell` must be two positive integers"),
        ({"thickness": "thick"}, "a thickness such as"),
        ({"thickness": "0 formula units"}, "a thickness such as"),
        ({"termination": "X|Y @0.10"}, "there is no termination"),
        ({"termination": 99}, "there is no termination 99"),
        ({"groups": ["Xy"]}, "is not an element"),
        ({"freeze": "some"}, "a thickness such as"),
        ({"supercell": (3000, 3000)}, "the slab: up to"),
    ],
)
def test_bad_input(options: dict[str, Any], error: str) -> None:
    with pytest.raises(IonsmithError, match=error):
        build_slab("lib:al2o3", **{"plane": "(001)", **options})


def test_ordering_is_a_word() -> None:
    with pytest.raises(InvalidChoice):
        build_slab("lib:al2o3", "(001)", ordering="Random")  # type: ignore[arg-type]


def test_results_show_themselves() -> None:
    slab = build_slab(MAGNESIA, "(001)")
    assert isinstance(slab, Slab)
    assert repr(slab).startswith("<Slab: MgO (0,0,1): ")
    assert "type (Tasker)" in slab.table()
    assert slab.to_dict()["n_atoms"] == len(slab.atoms)
    listed = slab_terminations(MAGNESIA, "(111)")
    assert listed.to_dict()["terminations"][0]["name"] == listed.terminations[0].name


def spinel() -> Atoms:
    """LiMn2O4, Thackeray et al. (1983), doi:10.1016/0025-5408(83)90138-1."""
    sites = [(0.125, 0.125, 0.125), (0.5, 0.5, 0.5), (0.2631, 0.2631, 0.2631)]
    return crystal(
        ("Li", "Mn", "O"), sites, spacegroup=227, setting=2, cellpar=[8.24] * 3 + [90] * 3
    )


@pytest.mark.parametrize(
    ("source", "plane"),
    [
        ("spinel", (1, 1, 1)),
        ("spinel", (1, 0, 0)),
        ("al2o3", (0, 0, 1)),
        ("al2o3", (1, 0, 1)),
        ("si", (1, 1, 1)),
        ("zro2", (1, 1, 1)),
        ("sio2", (1, 0, 0)),
        ("lifepo4", (0, 1, 0)),
    ],
)
def test_pymatgen_finds_as_many_cuts(source: str, plane: tuple[int, int, int]) -> None:
    from pymatgen.core.surface import SlabGenerator
    from pymatgen.io.ase import AseAtomsAdaptor

    atoms = spinel() if source == "spinel" else load(source).to_atoms()
    structure = AseAtomsAdaptor.get_structure(atoms)
    theirs = SlabGenerator(structure, plane, 8.0, 15.0, primitive=True).get_slabs(ftol=0.1)
    name = "({},{},{})".format(*plane)
    found = build_slabs(atoms, 1, thickness=8.0, groups=())
    assert sum(slab.plane == name for slab in found.slabs) == len(theirs)


def test_spinel_111_by_name() -> None:
    # Along [111] the cubic spinel stacks O4 | Mn3 | O4 | Li Mn Li: the Kagome layer of Mn between
    # O, and the mixed layer of Li and Mn, whose three heights can all be cut.
    names = [
        cut.name.partition(" ")[0] for cut in slab_terminations(spinel(), "(111)").terminations
    ]
    assert names.count("Li|Mn") == names.count("Mn|Li") == 1
    assert names.count("O|Mn") == names.count("Mn|O") == 1
    assert names.count("O|Li") == names.count("Li|O") == 1
    assert slab_terminations(spinel(), "(111)").tasker == "III"


def test_four_indices() -> None:
    four, three = (build_slab("lib:al2o3", plane) for plane in ("(1-102)", "(1,-1,2)"))
    assert four.atoms == three.atoms


def test_a_crystal_that_cannot_be_ordered_as_published() -> None:
    """Positions 1 Å apart that are both nearly full: no slab, and advice that can be followed."""
    species = [{"O": 1}, {"Li": 0.9}, {"Li": 0.9}]
    places = [(0, 0, 0), (0.5, 0.5, 0.45), (0.5, 0.5, 0.55)]
    split = Structure(Lattice.tetragonal(4, 10), species, places)
    with pytest.raises(DisorderedStructure, match="too close; order it first") as caught:
        build_slab(split, "(001)", ordering="random", thickness="1 planes")
    assert "numbers on each site" not in str(caught.value)
