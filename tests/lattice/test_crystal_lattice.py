"""Space groups of relaxed structures, whose atoms miss their special positions."""

from typing import Any

import numpy as np
import pytest
from ase import Atoms

from command import run_command
from ionsmith.analyzers.epitaxy import area_mismatch, plane_mismatch, site_overlap
from ionsmith.builders.interface import build_interface
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import read_structure, write_structure
from ionsmith.errors import InvalidStructure
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches

PLANES, DIRECTIONS = "(0,0,1)||(1,0,1)", "[1,0,0]||[0,1,0]"


def relaxed(name: str, distance: float, seed: int = 1) -> Atoms:
    """A crystal of the library whose atoms are displaced by up to a distance."""
    atoms = read_structure(name)
    shifts = np.random.default_rng(seed).normal(size=(len(atoms), 3))
    atoms.positions += distance * shifts / np.linalg.norm(shifts, axis=1).max()
    return atoms


@pytest.mark.parametrize("name", ["lib:lifepo4", "lib:nafepo4", "lib:li3vo4-gamma", "lib:fepo4"])
def test_a_higher_space_group_nearby_is_named(name: str) -> None:
    lattice = read_lattice(relaxed(name, 0.03))
    assert lattice.symmetry.number < 62
    assert lattice.space_group.endswith("found by moyo within 0.01 Å; Pnma (no. 62) within 0.1 Å)")
    assert read_lattice(relaxed(name, 0.03), symprec=0.1).symmetry.number == 62
    assert read_lattice(read_structure(name)).space_group == (
        "Pnma (no. 62, found by moyo within 0.01 Å)"  # and nothing higher
    )


def test_the_group_nearby_is_that_of_the_atoms_as_they_were() -> None:
    """It is looked for when it is asked for, after the atoms may have changed."""
    atoms = relaxed("lib:lifepo4", 0.03)
    first, later = (CrystalLattice.of_atoms(atoms) for _ in range(2))
    assert first.space_group.endswith("Pnma (no. 62) within 0.1 Å)")
    atoms.rattle(0.5, seed=1)
    assert later.space_group == first.space_group


def test_what_is_not_periodic_is_named() -> None:
    wire = read_structure("lib:si")
    wire.pbc, wire.info["name"] = [True, False, False], "wire"
    with pytest.raises(InvalidStructure, match="wire is not periodic along b and c"):
        find_matches("lib:mgo", wire)


def test_variants_of_a_relaxed_film() -> None:
    def variants(film: Any, symprec: float) -> int:
        pair = read_lattice("lib:nvp"), read_lattice(film, symprec)
        return len(
            OrientationRelationship.from_parallel(
                *pair, parse_planes(PLANES), parse_directions(DIRECTIONS)
            ).variants()
        )

    film = relaxed("lib:lifepo4", 0.03)
    assert variants("lib:lifepo4", 0.01) == variants(film, 0.1) == 3
    assert variants(film, 0.01) == 6  # no operation of Pnma is left


def test_functions_take_the_distance_and_say_the_group() -> None:
    film = relaxed("lib:si", 0.04)  # without its centring the mesh of a plane is larger
    film.info["name"] = "film"
    exact = area_mismatch("lib:si", "lib:si", "(0,0,1)||(0,0,1)")
    loose = area_mismatch("lib:si", film, "(0,0,1)||(0,0,1)", symprec=0.1)
    assert loose.d_film == pytest.approx(exact.d_film)
    assert area_mismatch("lib:si", film, "(0,0,1)||(0,0,1)").d_film > 1.9 * exact.d_film
    assert loose.notes[-1].endswith("Fd-3m (no. 227, found by moyo within 0.1 Å)")
    strict = plane_mismatch("lib:si", film, "(0,0,1)||(0,0,1)")
    assert strict.notes[-1].endswith("Fd-3m (no. 227) within 0.1 Å)")
    limits = Limits(max_area=20, max_strain=0.01)
    matches = find_matches("lib:si", film, limits, contact="(0,0,1)||(0,0,1)", symprec=0.1)
    assert matches.matches[0].area == pytest.approx(5.431**2 / 2, abs=0.01)
    interface = build_interface("lib:si", film, matches.matches[0], symprec=0.1)
    assert any("Fd-3m" in note for note in interface.notes)
    pair = read_lattice("lib:si"), read_lattice(film, 0.1)
    same = OrientationRelationship.from_parallel(
        *pair, parse_planes("(0,0,1)||(0,0,1)"), parse_directions("[1,0,0]||[1,0,0]")
    )
    overlap = site_overlap("lib:si", film, same, "Si", radius=6, symprec=0.1)
    assert overlap.to_film.mean < 0.05


def one_line(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints, without its line breaks."""
    return " ".join(run_command(capsys, *words)[1].split())


def test_the_option_is_everywhere(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "film.extxyz"
    write_structure(path, relaxed("lib:lifepo4", 0.03))
    parallel = ("--parallel-planes", PLANES, "--parallel-directions", DIRECTIONS)
    for command in (
        ("analyze", "mismatch", "lib:nvp", path, *parallel[:2]),
        ("analyze", "orientation", "lib:nvp", path, *parallel),
        ("analyze", "dspacing", path, "(1,0,1)"),
    ):
        words = list(map(str, command))
        assert "Pnma (no. 62) within 0.1 Å" in one_line(capsys, *words)
        loose = one_line(capsys, *words, "--symprec", "0.1")
        assert "Pnma (no. 62, found by moyo within 0.1 Å" in loose
    spots = ["analyze", "spots", str(path), "--zone", "[0,1,0]"]
    assert "P1 (no. 1" in one_line(capsys, *spots)
    assert "Pnma (no. 62" in one_line(capsys, *spots, "--symprec", "0.1")
