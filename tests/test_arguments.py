"""Numbers of numpy are those of Python; what is no number is refused in one line."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.lj import LennardJones

from ionsmith import provenance
from ionsmith.analyzers.coordination import coordination
from ionsmith.analyzers.haadf import simulate_haadf
from ionsmith.builders.alloys import build_alloy
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.beta_alumina.crack import open_crack
from ionsmith.builders.interface import build_interface
from ionsmith.builders.nasicon import build_nasicon
from ionsmith.builders.porous import build_porous
from ionsmith.crystals.ordering import order
from ionsmith.errors import (
    AtomsTooClose,
    CompositionNotPossible,
    CrackNotPossible,
    InvalidCriterion,
    InvalidInput,
)
from ionsmith.exporters import export
from ionsmith.potentials import load_potential
from ionsmith.surfaces.matches import find_matches

ONE = np.int64(1)


@pytest.fixture(scope="module")
def open_crystal() -> Atoms:
    return build_beta_alumina().atoms


def recorded(result: Any) -> Any:
    return provenance.of(result.atoms if hasattr(result, "atoms") else result.structures[0])


@pytest.mark.parametrize(
    ("build", "of_numpy", "of_python"),
    [
        (close_planes, {"planes": np.array([1]), "route": ONE}, {"planes": [1], "route": 1}),
        (close_planes, {"planes": ONE, "seed": ONE}, {"planes": [1], "seed": 1}),
        (
            close_planes,
            {"planes": [1], "spacing": np.float32(2.5)},
            {"planes": [1], "spacing": 2.5},
        ),
        (open_crack, {"plane": ONE, "width": np.float32(8)}, {"plane": 1, "width": 8.0}),
    ],
)
def test_numpy_in_beta_alumina(
    open_crystal: Atoms,
    build: Callable[..., Any],
    of_numpy: dict[str, Any],
    of_python: dict[str, Any],
) -> None:
    found = recorded(build(open_crystal, **of_numpy))
    assert repr(found) == repr(recorded(build(open_crystal, **of_python)))


@pytest.mark.parametrize(
    ("build", "number"),
    [
        (lambda n: build_porous("lib:si", n(20)), 20),
        (lambda n: build_alloy("na15sn4", (n(1), 1, 1)), 1),
        (lambda n: build_nasicon(seed=n(1), ordering="random"), 1),
        (
            lambda n: order("lib:nvp", composition={"Na": n(18)}, ordering="random"),
            18,
        ),
    ],
)
def test_numpy_in_builders(build: Callable[[type], Any], number: int) -> None:
    assert repr(recorded(build(np.int64))) == repr(recorded(build(int)))


def test_numpy_kpoints(tmp_path: Any) -> None:
    made = export(
        bulk("NaCl", "rocksalt", a=5.64), "vasp", tmp_path / "run", kpoints=np.array([2, 2, 2])
    )
    assert made.kpoints == (2, 2, 2)


@pytest.mark.parametrize("planes", ["2", [2.5], [None], [[1]], True])
def test_planes_that_are_none(open_crystal: Atoms, planes: Any) -> None:
    with pytest.raises(InvalidInput, match="`planes` must be whole numbers"):
        close_planes(open_crystal, planes)
    with pytest.raises(InvalidInput, match="`route` must be whole numbers"):
        close_planes(open_crystal, [1], route="a")


@pytest.mark.parametrize(
    ("plane", "options", "message"),
    [
        ("2", {}, "`plane` must be a whole number"),
        (2, {"extent": 0.5}, "`extent` must be the places of two tips, not 0.5"),
        (2, {"kinks": [0.5]}, "`kinks` must be pairs of a place and a plane"),
    ],
)
def test_cracks_that_are_none(
    open_crystal: Atoms, plane: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(CrackNotPossible, match=message):
        open_crack(open_crystal, plane, **options)


def test_builders_refuse_what_is_no_number() -> None:
    with pytest.raises(InvalidInput, match="`supercell` must be three positive integers, not 2"):
        build_beta_alumina(2)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="`supercell` must be three positive integers, not 2"):
        build_porous("lib:si", 20, supercell=2)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="`porosity` is '20'"):
        build_porous("lib:si", "20")  # type: ignore[arg-type]
    with pytest.raises(CompositionNotPossible, match="'x' Na atoms per formula unit"):
        build_beta_alumina(sodium="x")  # type: ignore[arg-type]


def test_interfaces_need_a_match() -> None:
    matches = find_matches("lib:si", "lib:ge", contact="(0,0,1)||(0,0,1)")
    for wrong in (matches, 1):
        with pytest.raises(InvalidInput, match=r"find_matches\(\.\.\.\)\.matches\[0\]"):
            build_interface("lib:si", "lib:ge", wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="`thickness` is 10"):
        build_interface("lib:si", "lib:ge", matches.matches[0], thickness=10)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="`limit` must be a whole number of at least 1"):
        find_matches("lib:si", "lib:ge", limit=-1)


@pytest.mark.parametrize("code", ["vasp", "espresso", "abinit", "cp2k", "gpaw"])
@pytest.mark.parametrize("kpoints", [3, (0, 1, 1), (-1, 1, 1), (1.5, 1, 1), (1, 1), "111"])
def test_kpoints_that_are_none(code: str, kpoints: Any, tmp_path: Any) -> None:
    with pytest.raises(InvalidInput, match="`kpoints` must be three whole numbers of at least 1"):
        export(bulk("NaCl", "rocksalt", a=5.64), code, tmp_path / "run", kpoints=kpoints)


@pytest.mark.parametrize("name", ["oxidation_states", "moments", "hubbard"])
def test_values_by_element_are_numbers(name: str, tmp_path: Any) -> None:
    with pytest.raises(InvalidInput, match=f"`{name}` of Fe is 'x'"):
        export("lib:nafepo4", "vasp", tmp_path / "run", **{name: {"Fe": "x"}})


def test_class_is_no_calculator() -> None:
    with pytest.raises(InvalidInput, match=r"write LennardJones\(\)"):
        load_potential(LennardJones)


def test_result_is_no_crystal() -> None:
    with pytest.raises(InvalidInput, match="a BetaAlumina is not a crystal; give its `"):
        close_planes(build_beta_alumina(), [1])  # type: ignore[arg-type]


def test_negative_pixel() -> None:
    with pytest.raises(InvalidInput, match="`pixel` must be above 0"):
        simulate_haadf("lib:si", "[1,1,0]", pixel=-0.1)


def test_criteria_that_do_not_fit() -> None:
    with pytest.raises(InvalidCriterion, match="there is no Br"):
        coordination(bulk("NaCl", "rocksalt", a=5.64), {"Na-Br": 3.0})
    with pytest.raises(InvalidCriterion, match="the cutoff for Si-Si is 'a'"):
        coordination("lib:si", {"Si-Si": "a"})  # type: ignore[dict-item]
    with pytest.raises(InvalidInput, match="`margin` is nan"):
        coordination("lib:si", margin=float("nan"))


def test_atoms_on_each_other() -> None:
    crystal = bulk("NaCl", "rocksalt", a=5.64)
    crystal.positions[1] = crystal.positions[0]
    for criterion in ("gap", 3.0):
        with pytest.raises(AtomsTooClose, match=r"0\.000 Å apart"):
            coordination(crystal, criterion)  # type: ignore[arg-type]
