"""Interfaces of the presets: what was matched is built, groups whole, files alike."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from ase.io import read
from ase.neighborlist import neighbor_list

from interface_checks import best_match, deformation, off_the_crystal
from ionsmith import provenance
from ionsmith.builders.interface import Interface, build_interface, preset
from ionsmith.crystals import load
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import write_structure
from ionsmith.lattice.miller import Plane, parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.contact_planes import contact_planes


@lru_cache
def ready_made(name: str, contact: str | None = None) -> Interface:
    made = preset(name)
    phases = load(made.substrate), load(made.film)
    crystals = read_lattice(phases[0]), read_lattice(phases[1])
    orientation = OrientationRelationship.from_parallel(
        *crystals, parse_planes(made.parallel_planes), parse_directions(made.parallel_directions)
    )
    planes = contact_planes(orientation, contact or made.contact, made.within)
    limits = Limits(made.max_area, made.max_strain, substrate_share=made.substrate_share)
    match = best_match(*phases, planes, limits, orientation=orientation, within=made.within)
    return build_interface(
        *phases,
        match,
        orientation=orientation,
        thickness=made.thickness,
        ordering="electrostatic",
        freeze="1 plane",
    )


BUILT = [
    ("nvp-nh4vo3", None),
    ("nvp-nh4vo3", "(1,0,0)"),
    ("nvp-nah2po4", None),
    ("nvp-nzsp", None),
    ("nvp-nzsp", "(0,1,2)"),
]


@pytest.mark.parametrize(("name", "contact"), BUILT)
def test_presets_keep_groups_whole_and_atoms_apart(name: str, contact: str | None) -> None:
    interface = ready_made(name, contact)
    atoms = interface.atoms
    assert np.isfinite(atoms.positions).all()
    symbols = np.array(atoms.get_chemical_symbols())
    # Bonds of the groups, counted by another program: P–O, Si–O, V–O of VO4, N–H.
    cutoffs = {("P", "O"): 1.9, ("Si", "O"): 1.95, ("N", "H"): 1.3, ("O", "H"): 1.2}
    first, second = neighbor_list("ij", atoms, cutoffs)
    number = {
        pair: np.bincount(
            first[(symbols[first] == pair[0]) & (symbols[second] == pair[1])], minlength=len(atoms)
        )
        for pair in (("P", "O"), ("Si", "O"), ("N", "H"))
    }
    for (centre, _), counts in number.items():
        assert (counts[symbols == centre] == 4).all()
    if name == "nvp-nh4vo3":
        vanadate = (symbols == "V") & (atoms.arrays["side"] == 0)
        first, second = neighbor_list("ij", atoms, {("V", "O"): 2.1})
        assert (np.bincount(first, minlength=len(atoms))[vanadate] == 4).all()
    if name == "nvp-nah2po4":
        protons = np.bincount(first[symbols[second] == "H"], minlength=len(atoms))
        carried = symbols[second[(symbols[first] == "H")]]
        assert (carried == "O").all()
        assert protons.sum() == (symbols == "H").sum()
    # Nothing across the interface is nearer than O–H hydrogen bonds, 1.5 Å.
    side = atoms.arrays["side"]
    i, j, distance = neighbor_list("ijd", atoms, 3.0)
    across = side[i] != side[j]
    assert distance[across].min() > 1.5


@pytest.mark.parametrize(("name", "contact"), BUILT)
def test_presets_have_the_published_cells_and_strains(name: str, contact: str | None) -> None:
    interface = ready_made(name, contact)
    sides = interface.substrate, interface.film
    if name == "nvp-nh4vo3":
        assert interface.max_strain < 0.035
        assert interface.deviation is not None
        assert interface.deviation < 0.5
    if (name, contact) == ("nvp-nh4vo3", None):
        # 2:2 meshes, 213 Å² on the NH4VO3 side, at most 1,000 atoms.
        assert [side.meshes for side in sides] == [2, 2]
        lattice = read_lattice(load("nh4vo3")).lattice
        vectors = lattice.vectors(np.array(interface.substrate.cell_vectors))
        assert np.linalg.norm(np.cross(*vectors)) == pytest.approx(213, abs=0.5)
        assert len(interface.atoms) <= 1000
    if (name, contact) == ("nvp-nh4vo3", "(1,0,0)"):
        # Edge-on: the zone axis [012] || [12-1] lies in the contact plane on both sides.
        plane = Plane((3, 1, 5))
        assert interface.film.plane == str(plane)
        assert np.dot(plane.indices, (1, 2, -1)) == 0
    if name == "nvp-nah2po4":
        assert interface.max_strain == pytest.approx(0.037, abs=5e-4)
        assert interface.area < 1000
    if name == "nvp-nzsp":
        assert [side.meshes for side in sides] == [1, 1]
        # (9.097 - 8.729) / 9.097 along a, (22.68 - 21.80) / 22.68 along c.
        assert max(interface.mismatch) == pytest.approx(0.041, abs=1e-3)
        assert interface.substrate.formula == "Na34O120P6Si24Zr20"  # Na3.4Zr2Si2.4P0.6O12
    assert interface.atoms.info["ionsmith"]["steps"][-1]["step"] == "build interface"


@pytest.mark.parametrize(("name", "contact"), BUILT)
def test_the_slab_that_was_matched_is_the_slab_that_is_built(
    name: str, contact: str | None
) -> None:
    interface = ready_made(name, contact)
    for side, report in enumerate((interface.substrate, interface.film)):
        matrix = deformation(interface, side)
        crystal = load(report.crystal)
        vectors = np.array(report.cell_vectors) @ crystal.cell @ matrix.T
        assert abs(vectors - interface.atoms.cell.array[:2]).max() < 1e-6
        part = interface.atoms[interface.atoms.arrays["side"] == side]
        assert off_the_crystal(part, crystal, matrix) < 1e-5


def test_files_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    first = ready_made("nvp-nh4vo3")
    ready_made.cache_clear()
    second = ready_made("nvp-nh4vo3")
    for suffix in ("extxyz", "cif", "vasp"):
        for number, interface in enumerate((first, second)):
            write_structure(str(tmp_path / f"{number}.{suffix}"), interface.atoms)
        contents = [(tmp_path / f"{number}.{suffix}").read_bytes() for number in (0, 1)]
        assert contents[0] == contents[1]
        again = read(tmp_path / f"0.{suffix}")
        assert len(again) == len(first.atoms)
        assert again.get_chemical_formula() == first.atoms.get_chemical_formula()
        assert again.cell.cellpar() == pytest.approx(first.atoms.cell.cellpar(), abs=1e-3)
    said = provenance.of(again := read(tmp_path / "0.extxyz"))["steps"][-1]["parameters"]
    assert said["shift_judged_by"] == "score of the contact"
    assert said["ordering"] == ["electrostatic", 0]
    assert said["film"]["strain"] == [list(row) for row in first.film.strain]
    held = again.constraints[0].index
    assert len(held) == first.n_frozen > 0


@pytest.mark.parametrize("symmetric", [False, True])
def test_the_neutral_preset_has_no_charge(symmetric: bool) -> None:
    made = preset("nvp-nh4vo3")
    phases = load(made.substrate), load(made.film)
    crystals = read_lattice(phases[0]), read_lattice(phases[1])
    orientation = OrientationRelationship.from_parallel(
        *crystals, parse_planes(made.parallel_planes), parse_directions(made.parallel_directions)
    )
    limits = Limits(made.max_area, made.max_strain, substrate_share=made.substrate_share)
    planes = contact_planes(orientation, made.contact, made.within)
    match = best_match(*phases, planes, limits, orientation=orientation, within=made.within)
    neutral = build_interface(
        *phases,
        match,
        thickness=made.thickness,
        ordering="random",
        symmetric=symmetric,
        neutral=True,
        shift=(0, 0),
    ).atoms
    usual = {"H": 1, "Na": 1, "N": -3, "O": -2, "P": 5, "V": 5}
    charges = np.array([usual[symbol] for symbol in neutral.get_chemical_symbols()], dtype=float)
    charges[(neutral.numbers == 23) & (neutral.arrays["side"] == 1)] = 3  # of the phosphate
    assert charges.sum() == 0
    if symmetric:  # and no dipole
        assert charges @ neutral.positions[:, 2] == pytest.approx(0, abs=0.01)  # e Å
