"""Interfaces of simple crystals: hands, faces, charges, energies, shifts and refusals."""

from typing import Any

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.neighborlist import neighbor_list
from hypothesis import given, settings
from hypothesis import strategies as st

from interface_checks import best_match, deformation, off_the_crystal
from ionsmith.builders.interface import Interface, MatchedPair, build_interface, preset
from ionsmith.builders.interface._interface import PRESETS
from ionsmith.crystals import load
from ionsmith.errors import (
    AtomsTooClose,
    DisorderedStructure,
    ExternalProgramFailed,
    InvalidChoice,
    InvalidStructure,
    IonsmithError,
    TerminationNotPossible,
)
from ionsmith.lattice.miller import Plane, parse_planes
from ionsmith.surfaces.coincidence import Limits


def aluminium() -> Atoms:
    atoms = bulk("Al", cubic=True)
    atoms.info["name"] = "aluminium"
    return atoms


def test_quartz_on_aluminium_keeps_its_hand() -> None:
    quartz, metal = load("sio2"), aluminium()
    match = best_match(
        metal, quartz, (Plane((1, 1, 1)), Plane((0, 0, 1))), Limits(max_area=150, max_strain=0.05)
    )
    for mirrored in (False, True):
        interface = build_interface(
            metal, quartz, match, groups=[], mirror_film=mirrored, thickness=(6, 11)
        )
        part = interface.atoms[interface.atoms.arrays["side"] == 1]
        film = np.array(match.rotation) @ (np.eye(3) + np.array(match.film_strain))
        a, b = np.array(match.film_vectors) @ quartz.cell @ film.T
        normal = np.cross(a, b) / np.linalg.norm(np.cross(a, b))
        along = a / np.linalg.norm(a)
        right = np.array([along, np.cross(normal, along), normal]) @ film
        left = np.diag([1.0, 1.0, -1.0]) @ right
        off = [off_the_crystal(part, quartz, matrix) for matrix in (right, left)]
        assert off[int(mirrored)] < 1e-6
        assert off[1 - int(mirrored)] > 0.1
        assert interface.mirrored == mirrored


@pytest.mark.parametrize("mirrored", [False, True])
def test_quartz_in_a_left_handed_cell_keeps_its_hand(mirrored: bool) -> None:
    quartz = load("sio2").to_atoms()
    film = Atoms(quartz.numbers, quartz.positions, cell=quartz.cell.array[[1, 0, 2]], pbc=True)
    planes = Plane((1, 1, 1)), Plane((0, 0, 1))
    match = best_match(aluminium(), film, planes, Limits(max_area=30, max_strain=0.05))
    interface = build_interface(
        aluminium(), film, match, groups=[], thickness=(6, 11), mirror_film=mirrored
    )
    part = interface.atoms[interface.atoms.arrays["side"] == 1]
    cell = part.cell.array
    cell[2] = (0, 0, interface.film.n_planes * interface.film.spacing)
    slab = (cell, part.positions @ np.linalg.inv(cell), part.numbers)
    hand = spglib.get_symmetry_dataset(slab, symprec=1e-3).international
    assert hand == ("P3_121" if mirrored else "P3_221")


def test_a_disordered_film_can_be_mirrored() -> None:
    crystal = load("nvp")
    match = best_match(
        crystal, crystal, (Plane((0, 1, 2)),) * 2, Limits(max_area=90, max_strain=0.01)
    )
    interface = build_interface(
        crystal, crystal, match, mirror_film=True, ordering="random", thickness=(5, 5)
    )
    part = interface.atoms[interface.atoms.arrays["side"] == 1]
    mirrored = np.diag([1.0, 1.0, -1.0]) @ deformation(interface, 1)
    assert off_the_crystal(part, crystal, mirrored) < 1e-5
    assert interface.film.groups == interface.substrate.groups


def test_what_held_the_atoms_of_a_crystal_does_not_hold_the_slab() -> None:
    held = aluminium()
    held.set_constraint(FixAtoms([0, 1]))
    held.set_velocities(np.ones((4, 3)))
    planes = Plane((1, 1, 1)), Plane((1, 1, 1))
    match = best_match(held, aluminium(), planes, Limits(max_area=10, max_strain=0.01))
    interface = build_interface(held, aluminium(), match)
    assert interface.n_frozen == 0
    assert interface.atoms.constraints == []
    assert not interface.atoms.has("momenta")


def test_a_symmetric_slab_has_two_like_faces() -> None:
    crystal = load("al2o3")
    match = best_match(
        crystal, crystal, (Plane((0, 0, 1)),) * 2, Limits(max_area=30, max_strain=0.001)
    )
    interface = build_interface(
        crystal, crystal, match, symmetric=True, thickness=("2 planes", "2 planes"), vacuum=12
    )
    for side in (0, 1):
        part = interface.atoms[interface.atoms.arrays["side"] == side]
        z = part.positions[:, 2] - (part.positions[:, 2].max() + part.positions[:, 2].min()) / 2
        for number in (8, 13):
            heights = np.sort(z[part.numbers == number])
            assert heights == pytest.approx(-heights[::-1], abs=1e-3)
    assert interface.substrate.symmetric
    assert interface.substrate.dipole == pytest.approx(0, abs=1e-6)
    quartz = load("sio2")
    planes = (Plane((1, 1, 1)), Plane((1, 1, 1)))  # no twofold axis of P3_221 lies in it
    match = best_match(quartz, quartz, planes, Limits(max_area=120, max_strain=0.001))
    with pytest.raises(TerminationNotPossible, match="no symmetric slab"):
        build_interface(quartz, quartz, match, symmetric=True)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize(
    ("name", "plane"),
    [("si", (0, 0, 1)), ("te", (0, 0, 1)), ("sio2", (1, 0, 0)), ("li15si4", (1, 1, 0))],
)
def test_spglib_finds_the_operation_of_a_symmetric_slab(
    name: str, plane: tuple[int, int, int], symmetric: bool
) -> None:
    crystal = load(name)
    match = best_match(
        crystal, crystal, (Plane(plane),) * 2, Limits(max_area=100, max_strain=0.001)
    )
    interface = build_interface(
        crystal, crystal, match, symmetric=symmetric, thickness=(4, 4), groups=[], grid=5
    )
    for side, report in enumerate((interface.substrate, interface.film)):
        part = interface.atoms[interface.atoms.arrays["side"] == side]
        cell = (part.cell.array, part.get_scaled_positions(), part.numbers)
        rotations = spglib.get_symmetry(cell, symprec=1e-3)["rotations"]
        assert report.symmetric == (rotations[:, 2, 2] == -1).any()
        assert report.symmetric or not symmetric


@pytest.mark.parametrize(
    ("name", "plane", "keeps"),
    [("lifepo4", (1, 0, 2), True), ("sio2", (0, 1, 2), False)],
)
def test_a_strained_slab_is_symmetric_where_an_operation_can_be(
    name: str, plane: tuple[int, int, int], keeps: bool
) -> None:
    # LiFePO4 has an inversion, which every strain keeps; what a twofold axis does is lost.
    crystal, film = load(name), load("na")
    match = best_match(
        crystal,
        film,
        (Plane(plane), Plane((1, 1, 0))),
        Limits(max_area=200, max_strain=0.12, substrate_share=0.3),
    )
    interface = build_interface(
        crystal, film, match, symmetric=True, thickness=("3 planes", 4), groups=[], grid=5
    )
    part = interface.atoms[interface.atoms.arrays["side"] == 0]
    cell = (part.cell.array, part.get_scaled_positions(), part.numbers)
    rotations = spglib.get_symmetry(cell, symprec=1e-3)["rotations"]
    assert (rotations[:, 2, 2] == -1).any() == keeps
    said = any("equivalent in the crystal" in note for note in interface.substrate.notes)
    assert said != keeps
    assert interface.substrate.symmetric


@pytest.mark.parametrize("noise", [0.0, 2e-3])
def test_noise_that_the_slab_leaves_out_is_said(noise: float) -> None:
    structure = load("si").to_atoms()
    structure.positions += np.random.default_rng(1).uniform(-noise, noise, (len(structure), 3))
    crystal = load("si")
    match = best_match(structure, crystal, (Plane((1, 1, 1)),) * 2, Limits(20, 0.001))
    interface = build_interface(structure, crystal, match)
    said = [note for note in interface.substrate.notes if "one of each set is used" in note]
    assert len(said) == (noise > 0)
    assert not any("one of each" in note for note in interface.film.notes)


def test_charges_of_the_whole_need_those_of_both_sides() -> None:
    def built(film: str, plane: tuple[int, int, int]) -> Interface:
        phases = load("al2o3"), load(film)
        planes = Plane((0, 0, 1)), Plane(plane)
        match = best_match(*phases, planes, Limits(max_area=240, max_strain=0.07))
        return build_interface(*phases, match, grid=5)

    assert built("li15si4", (1, 1, 0)).charge is None  # an alloy: nobody knows
    element = built("si", (1, 1, 1))
    assert element.charge == element.substrate.charge == 0
    assert element.dipole == pytest.approx(element.substrate.dipole, abs=1e-6)


class Broken(Calculator):
    """A calculator that gives no finite energy."""

    implemented_properties = ("energy",)

    def calculate(self, *args: object, **kwargs: object) -> None:
        super().calculate(*args, **kwargs)
        self.results = {"energy": float("nan")}


def test_energy_finds_the_fcc_site_of_copper() -> None:
    copper = bulk("Cu", cubic=True)
    match = best_match(
        copper, copper, (Plane((1, 1, 1)),) * 2, Limits(max_area=6, max_strain=0.001)
    )
    spacing = 3.61 / np.sqrt(3)
    interface = build_interface(
        copper,
        copper,
        match,
        thickness=("4 planes", "4 planes"),
        gap=spacing,
        grid=0.45,
        potential=EMT(),
    )
    assert interface.registry is not None
    assert interface.registry.judged_by == "energy"
    # The three sites of a close-packed layer: on top is the worst, fcc the best (no fault), and
    # fcc is the continued crystal: twelve neighbours in the middle.
    middle = abs(interface.atoms.positions[:, 2] - interface.atoms.positions[:, 2].mean()) < 2
    first = neighbor_list("i", interface.atoms, 2.8)
    assert (np.bincount(first, minlength=len(interface.atoms))[middle] == 12).all()
    energies = interface.registry.energies
    assert energies is not None
    assert energies.max() - energies.min() > 0.1


def test_a_periodic_stack_touches_at_both_interfaces() -> None:
    silicon, germanium = load("si"), load("ge")
    planes = (Plane((0, 0, 1)), Plane((0, 0, 1)))
    match = best_match(silicon, germanium, planes, Limits(max_area=50, max_strain=0.05))
    interface = build_interface(silicon, germanium, match, vacuum=0)
    assert interface.atoms.pbc.all()
    assert interface.back_gap is not None
    i, j, distance = neighbor_list("ijd", interface.atoms, 2.6)
    side = interface.atoms.arrays["side"]
    across = side[i] != side[j]
    # Si–Ge is the mean of 2.352 and 2.450 Å; single atoms of a mismatched cell come nearer.
    assert distance[across].min() == pytest.approx(2.40, abs=0.12)
    assert 1.0 < interface.gap < 2.5
    assert 1.0 < interface.back_gap < 2.6


@settings(deadline=None, max_examples=8)
@given(st.floats(-6, 6), st.floats(-6, 6))
def test_any_shift_brings_the_slabs_just_into_contact(x: float, y: float) -> None:
    salt, oxide = load("na2o"), load("zro2")
    planes = (Plane((0, 0, 1)), Plane((0, 0, 1)))
    match = best_match(salt, oxide, planes, Limits(max_area=150, max_strain=0.09))
    interface = build_interface(salt, oxide, match, shift=(x, y), thickness=(5, 5))
    nearer = build_interface(
        salt, oxide, match, shift=(x, y), thickness=(5, 5), gap=interface.gap + 0.5
    )
    across = [
        min(
            distance
            for i, j, distance in zip(*neighbor_list("ijd", model.atoms, 6.0), strict=True)
            if model.atoms.arrays["side"][i] != model.atoms.arrays["side"][j]
        )
        for model in (interface, nearer)
    ]
    # Zr–O is 2.05 Å and longer in ZrO2, but 1.71 Å in the molecule ZrO (NIST WebBook, from memory):
    # fewer bonds are shorter. Na–O 2.41 Å in Na2O; O–O 2.5 Å and up.
    assert across[0] > 1.8
    assert across[1] > across[0] + 0.05


def test_numbered_terminations_are_built() -> None:
    crystal = load("al2o3")
    match = best_match(
        crystal, crystal, (Plane((0, 0, 1)),) * 2, Limits(max_area=30, max_strain=0.001)
    )
    pair = MatchedPair(crystal, crystal, match)
    cuts = pair.terminations()
    assert len(cuts.substrate_terminations) == 6
    faces = set()
    for cut in cuts.substrate_terminations:
        interface = pair.build(terminations=(cut.number, None), shift=(0, 0))
        part = interface.atoms[interface.atoms.arrays["side"] == 0]
        top = part.positions[:, 2].argmax()
        assert part.get_chemical_symbols()[top] == cut.below.split()[1]
        faces.add((cut.below, cut.above))
    assert len(faces) == 3


@pytest.mark.parametrize("length", [5.43095, 5.43095 * (1 - 1e-9)])
def test_tables_hold_no_negative_zero(length: float) -> None:
    silicon = [bulk("Si", a=a, cubic=True) for a in (5.43095, length)]
    match = best_match(*silicon, (Plane((1, 1, 1)),) * 2, Limits(20, 0.001))
    interface = build_interface(*silicon, match, shift=(-1e-9, -1e-9))
    shown = [str(cell) for table in interface.tables() for row in table.rows for cell in row]
    assert "+0.00 % +0.00 %" in shown
    assert "0.000 0.000" in shown
    assert not [cell for cell in shown if "-0.00" in cell]


def test_what_a_pair_built_before_does_not_matter() -> None:
    phases = load("nh4vo3"), load("nah2po4")
    match = best_match(*phases, parse_planes("(1,0,0)||(0,1,0)"), Limits(420, 0.08))
    pair = MatchedPair(*phases, match, groups=("P", "V", "N"))
    wanted: dict[str, Any] = {"terminations": (2, 1), "shift": (0.4, 0.2)}
    pair.build(vacuum=0, freeze="1 plane")
    pair.build(**wanted, gap=3.0).atoms.positions[:] = 0.0
    again = pair.build(**wanted)
    alone = build_interface(*phases, match, groups=("P", "V", "N"), **wanted)
    assert again.to_dict() == alone.to_dict()
    assert again.atoms == alone.atoms
    assert again.atoms.info == alone.atoms.info


def test_what_cannot_be_built_is_refused() -> None:
    phases = load("nh4vo3"), load("nvp")
    planes = parse_planes("(1,2,-1)||(2,-1,0)")
    match = best_match(*phases, planes, Limits(220, 0.04, substrate_share=0.5))
    with pytest.raises(DisorderedStructure, match="Na1, Na2"):
        build_interface(*phases, match)
    ordered = phases[0], load("nvp-ordered-dft")
    with pytest.raises(InvalidStructure, match="other crystals"):
        build_interface(*ordered, match)
    salt = load("na2o")
    match = best_match(salt, salt, (Plane((0, 0, 1)),) * 2, Limits(40, 0.001))
    with pytest.raises(TerminationNotPossible, match="no termination 9 of na2o"):
        build_interface(salt, salt, match, terminations=(9, None))
    with pytest.raises(AtomsTooClose):
        build_interface(salt, salt, match, gap=-1.0, shift=(0, 0))
    for wrong in ({"vacuum": -1.0}, {"grid": 0.0}, {"gap": 1e6}, {"thickness": ("x", 3)}):
        with pytest.raises(IonsmithError):
            build_interface(salt, salt, match, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ExternalProgramFailed, match="the energy is nan"):
        build_interface(salt, salt, match, potential=Broken())
    with pytest.raises(ExternalProgramFailed, match="EMT failed"):
        build_interface(salt, salt, match, potential=EMT())  # knows no Na
    with pytest.raises(InvalidChoice, match="ordering"):
        build_interface(salt, salt, match, ordering="Random")
    with pytest.raises(IonsmithError, match="two lengths"):
        build_interface(salt, salt, match, shift=(1e300, 0))
    with pytest.raises(IonsmithError, match="nvp-nh4vo3"):
        preset("nvp")
    assert set(PRESETS) == {"nvp-nh4vo3", "nvp-nah2po4", "nvp-nzsp"}


def test_takes_names_and_structures() -> None:
    silicon = load("si")
    match = best_match(silicon, silicon, (Plane((0, 0, 1)),) * 2, Limits(40, 0.001))
    by_name = build_interface("lib:si", "si", match)
    by_crystal = build_interface(silicon, silicon.to_atoms(), match)
    assert len(by_name.atoms) == len(by_crystal.atoms)
    assert (by_name.substrate.crystal, by_name.film.crystal) == ("si", "si")


def test_charge_is_compensated_at_the_back() -> None:
    phases = load("si"), load("sio2")
    match = best_match(*phases, (Plane((0, 0, 1)), Plane((0, 0, 1))), Limits(400, 0.05))
    pair = MatchedPair(*phases, match, groups=("Si",), thickness=(4, 8))
    charged = pair.build(shift=(0, 0))
    model = pair.build(shift=(0, 0), neutral=True)
    hydrogen = model.atoms.numbers == 1
    missing = -int(charged.film.charge or 0)
    assert hydrogen.sum() == missing > 0
    assert model.film.charge == 0
    assert (model.atoms.arrays["side"][hydrogen] == 1).all()
    z = model.atoms.positions[:, 2]
    film = z[model.atoms.arrays["side"] == 1]
    # SiO4 kept whole leave as many O on both faces: those at the back come first.
    assert (z[hydrogen] > film.mean()).sum() == missing // 2
    first = neighbor_list("i", model.atoms, {("H", "O"): 1.1})
    assert set(np.bincount(first, minlength=len(z))[hydrogen].tolist()) == {1}
    assert "protons on O that lost a bond: " in model.film.notes[0]
    assert "at the back" in model.film.notes[0]
    whole = MatchedPair(*phases, match, thickness=(4, 8)).build(shift=(0, 0))
    assert whole.film.charge == 0  # the SiO4 of a framework are no molecules
    assert whole.film.stoichiometric
    assert any("Si–O bonds are severed" in note for note in whole.film.notes)


def test_mobile_cations_are_compensated_at_the_back() -> None:
    crystal = load("lifepo4")
    match = best_match(crystal, crystal, (Plane((0, 1, 0)),) * 2, Limits(60, 0.001))
    pair = MatchedPair(crystal, crystal, match, thickness=(8, 8))
    charged, model = (
        pair.build(symmetric=True, neutral=neutral, shift=(0, 0)) for neutral in (False, True)
    )
    assert (charged.substrate.charge, charged.film.charge) == (2, -2)
    for side, report in enumerate((model.substrate, model.film)):
        part, before = (
            built.atoms[built.atoms.arrays["side"] == side] for built in (model, charged)
        )
        symbols = part.get_chemical_symbols()
        assert symbols.count("Li") == symbols.count("Fe")
        assert report.charge == 0
        # What is in contact is as it was.
        contact = [
            np.sort(atoms.positions[:, 2] * (1 - 2 * side))[-20:] for atoms in (part, before)
        ]
        assert np.ptp(contact[0]) == pytest.approx(np.ptp(contact[1]), abs=1e-6)
