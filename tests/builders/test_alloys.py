"""Every alloy builds, in every cell, with its published space group and its published bonds."""

from collections import Counter

import numpy as np
import pytest
import spglib
from ase import Atoms
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith import provenance
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.builders.alloys import alloy_path, build_alloy
from ionsmith.crystals import load
from ionsmith.crystals.alloy_systems import GUESTS, HOSTS, AlloySystem, path
from ionsmith.errors import (
    CompositionNotPossible,
    DisorderedStructure,
    InvalidStructure,
    UnknownPhase,
)

PHASES = sorted(
    {c.name for guest in GUESTS for host in HOSTS for c in path(AlloySystem(guest, host))}
    | {"li", "na"}
)
ORDERED = [name for name in PHASES if load(name).is_ordered]

BONDED = {"Si": 2.75, "Ge": 2.9, "Sn": 3.25, "Sb": 3.1}
"""Host–host distance in Å up to which two hosts are bonded: half-way between bonds and contacts."""

MOTIFS = {
    # four-connected frameworks: the elements, clathrates I and II (J. S. Kasper et al., Science
    # 150, 1713 (1965), doi:10.1126/science.150.3704.1713)
    "si": {4: 1}, "ge": {4: 1}, "sn-alpha": {4: 1}, "na8si46": {4: 1}, "na24si136": {4: 1},
    # grey arsenic: layers of three-connected Sb; white tin: 4 + 2
    "sb": {3: 1}, "sn": {6: 1},
    # three-connected nets of LiSi and LiGe (J. Evers et al., Angew. Chem. Int. Ed. 32, 1442 (1993),
    # doi:10.1002/anie.199314421)
    "lisi": {3: 1}, "lige": {3: 1},
    # Zintl phases of Li (R. Nesper, Prog. Solid State Chem. 20, 1 (1990),
    # doi:10.1016/0079-6786(90)90006-2). Li12Si7: two Si5 rings to one Si4 star
    "li12si7": {2: 10 / 14, 3: 1 / 14, 1: 3 / 14},
    "li7si3-ordered": {1: 1}, "li13si4": {1: 1 / 2, 0: 1 / 2}, "li15si4": {0: 1},
    "li21si5": {0: 1}, "li17si4": {0: 1}, "li22si5": {0: 1},
    "li11ge6": {2: 5 / 6, 0: 1 / 6}, "li9ge4": {1: 1}, "li7ge2": {1: 1 / 2, 0: 1 / 2},
    "li15ge4": {0: 1}, "li17ge4": {0: 1}, "li22ge5": {0: 1},
    # Sn3 rods in Li7Sn3, dumbbells in Li5Sn2 and half of Li7Sn2, isolated Sn in the richest
    "li7sn3": {1: 2 / 3, 2: 1 / 3}, "li5sn2": {1: 1}, "li7sn2": {1: 1 / 2, 0: 1 / 2},
    "li17sn4": {0: 1}, "li22sn5": {0: 1},
    # M4 tetrahedra (J. Witte and H. G. von Schnering, Z. Anorg. Allg. Chem. 327, 260 (1964),
    # doi:10.1002/zaac.19643270319), dumbbells, isolated Sn
    "nasi": {3: 1}, "nasi-1964": {3: 1}, "nage": {3: 1}, "nasn": {3: 1}, "na9sn4": {1: 1},
    "na5sn2": {1: 1}, "na15sn4": {0: 1},
    # helices of Sb in NaSb, isolated Sb in A3Sb
    "nasb": {2: 1}, "li3sb": {0: 1}, "li3sb-hexagonal": {0: 1}, "na3sb": {0: 1},
}  # fmt: skip
"""How many hosts each host is bonded to: number of bonds to share of the hosts."""

NEAREST = {
    # R. W. G. Wyckoff, Crystal Structures 1 (1963): nearest neighbours of the elements in Å
    ("si", "Si", "Si"): 2.352, ("ge", "Ge", "Ge"): 2.450, ("sn-alpha", "Sn", "Sn"): 2.810,
    ("sn", "Sn", "Sn"): 3.022, ("sb", "Sb", "Sb"): 2.908, ("li", "Li", "Li"): 3.04,
    ("na", "Na", "Na"): 3.716,
    # relaxed cells of the Materials Project, mp-569849, mp-1314, mp-11051, ...
    ("li15si4", "Li", "Si"): 2.601, ("li15si4", "Li", "Li"): 2.640,
    ("li12si7", "Si", "Si"): 2.362, ("li12si7", "Li", "Si"): 2.571,
    ("li13si4", "Si", "Si"): 2.361, ("lisi", "Si", "Si"): 2.408, ("lisi", "Li", "Si"): 2.621,
    ("li7si3-ordered", "Si", "Si"): 2.329, ("li21si5", "Li", "Si"): 2.616,
    ("li11ge6", "Ge", "Ge"): 2.426, ("lige", "Ge", "Ge"): 2.536, ("li15ge4", "Li", "Ge"): 2.611,
    ("li22ge5", "Li", "Ge"): 2.645, ("li17sn4", "Li", "Sn"): 2.794,
    ("li22sn5", "Li", "Sn"): 2.778, ("li13sn5", "Sn", "Sn"): 2.869,
    ("li2sn5", "Sn", "Sn"): 3.107, ("li5sn2", "Sn", "Sn"): 2.884, ("li7sn2", "Sn", "Sn"): 3.164,
    ("na15sn4", "Na", "Sn"): 3.197, ("na9sn4", "Sn", "Sn"): 2.807, ("nasn", "Sn", "Sn"): 2.990,
    ("na5sn13", "Sn", "Sn"): 2.880, ("nasn2", "Sn", "Sn"): 2.853, ("nasn5", "Sn", "Sn"): 2.827,
    ("na5sn2", "Sn", "Sn"): 2.978, ("nasi", "Si", "Si"): 2.380, ("nage", "Ge", "Ge"): 2.534,
    ("na8si46", "Si", "Si"): 2.320, ("na24si136", "Si", "Si"): 2.359,
    ("nasb", "Sb", "Sb"): 2.865,
}  # fmt: skip


def host_bonds(atoms: Atoms) -> dict[int, float]:
    symbols = np.array(atoms.get_chemical_symbols())
    (host,) = set(symbols) & set(HOSTS)
    pairs = neighbour_list(atoms, BONDED[host])
    between = (symbols[pairs.first] == host) & (symbols[pairs.second] == host)
    counts = np.bincount(pairs.first[between], minlength=len(atoms))[symbols == host]
    return {n: share / len(counts) for n, share in Counter(counts.tolist()).items()}


def spacegroup(atoms: Atoms) -> int:
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    return int(spglib.get_symmetry_dataset(cell, symprec=1e-3).number)


@pytest.mark.parametrize("name", ORDERED)
def test_published_space_group_in_both_cells(name: str) -> None:
    crystal = load(name)
    conventional, primitive = build_alloy(name), build_alloy(name, primitive=True)
    assert spacegroup(primitive.atoms) == crystal.space_group_number
    assert spacegroup(conventional.atoms) == crystal.space_group_number
    centrings = len(crystal.lattice.symmetry.centrings)
    assert len(conventional.atoms) == centrings * len(primitive.atoms)
    assert conventional.atoms.cell.volume == pytest.approx(centrings * primitive.atoms.cell.volume)
    assert conventional.volume_per_host == pytest.approx(primitive.volume_per_host)
    assert primitive.atoms.cell.handedness == 1


@pytest.mark.parametrize("name", MOTIFS)
def test_published_shells(name: str) -> None:
    assert host_bonds(build_alloy(name, primitive=True).atoms) == pytest.approx(MOTIFS[name])


@pytest.mark.parametrize(("name", "one", "other"), NEAREST)
def test_published_distances(name: str, one: str, other: str) -> None:
    atoms = build_alloy(name).atoms
    symbols = np.array(atoms.get_chemical_symbols())
    pairs = neighbour_list(atoms, 4.0)
    alike = (symbols[pairs.first] == one) & (symbols[pairs.second] == other)
    # Relaxed cells are up to 3 % smaller or larger than measured ones; the elements are measured.
    tolerance = 0.03 if len(set(symbols)) > 1 else 1.5e-3
    assert pairs.distances[alike].min() == pytest.approx(NEAREST[name, one, other], rel=tolerance)


def test_white_tin_has_four_and_two_neighbours() -> None:
    atoms = build_alloy("sn").atoms
    distances = np.sort(neighbour_list(atoms, 3.5).distances)
    # 3.022 and 3.181 Å: R. W. G. Wyckoff, Crystal Structures 1 (1963)
    assert np.split(np.round(distances, 3), [16])[0] == pytest.approx(3.022, abs=2e-3)
    assert np.split(np.round(distances, 3), [16])[1] == pytest.approx(3.182, abs=2e-3)


@given(
    name=st.sampled_from([name for name in ORDERED if len(load(name).expand().positions) < 100]),
    repeats=st.tuples(*[st.integers(1, 2)] * 3),
    primitive=st.booleans(),
)
@settings(deadline=None, max_examples=20)
def test_supercells(name: str, repeats: tuple[int, int, int], primitive: bool) -> None:
    one = build_alloy(name, primitive=primitive)
    many = build_alloy(name, repeats, primitive=primitive)
    cells = int(np.prod(repeats))
    assert many.composition == {e: n * cells for e, n in one.composition.items()}
    assert many.atoms.cell.volume == pytest.approx(cells * one.atoms.cell.volume)
    assert many.x == one.x
    assert len(many.atoms.arrays["site_label"]) == len(many.atoms)
    found = provenance.of(many.atoms)
    assert [source["phase"] for source in found["sources"]] == [name]
    assert found["steps"][-1]["parameters"]["supercell"] == list(repeats)


def test_ordered_lithium_vacancies() -> None:
    model = build_alloy("li7si3", (1, 1, 2), ordering="electrostatic")
    assert model.composition == {"Li": 28, "Si": 12}
    assert model.x == pytest.approx(7 / 3)
    assert model.ordering is not None
    assert model.ordering.charge == pytest.approx(0, abs=1e-6)
    assert host_bonds(model.atoms) == {1: 1.0}  # Si2 dumbbells, von Schnering et al. (1980)
    same = build_alloy("li7si3", (1, 1, 2), ordering="electrostatic")
    assert np.array_equal(same.atoms.positions, model.atoms.positions)


def test_primitive_cells_of_a_disordered_crystal() -> None:
    model = build_alloy("li7si3", (3, 1, 1), primitive=True, ordering="random", seed=3)
    assert model.composition == {"Li": 14, "Si": 6}
    with pytest.raises(CompositionNotPossible, match="whole numbers of atoms"):
        build_alloy("li7si3", primitive=True, ordering="random")


def test_refused() -> None:
    with pytest.raises(DisorderedStructure, match="li7si3 is disordered on Li1"):
        build_alloy("li7si3")
    with pytest.raises(InvalidStructure, match="three positive integers"):
        build_alloy("si", (1, 0, 1))
    with pytest.raises(UnknownPhase, match="no experimental structure"):
        build_alloy("NaSn3")


def test_path_lists_and_explains() -> None:
    listed = alloy_path(AlloySystem("Li", "Si"))
    assert [phase.phase for phase in listed.phases] == [
        crystal.name for crystal in path(AlloySystem("Li", "Si"))
    ]
    assert {"li17si4", "li22si5"} <= {phase.phase for phase in listed.phases}
    assert any("Li22Si5" in note and "Li17Si4" in note for note in listed.notes)
    assert "disordered" in listed.table()
