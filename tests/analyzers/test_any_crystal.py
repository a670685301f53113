"""Every measurement takes a crystal in any form, and gives the same numbers for all of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymatgen.io.ase import AseAtomsAdaptor

from ionsmith.analyzers.coordination import compare, coordination, find_polyhedra, shared_polyhedra
from ionsmith.analyzers.epitaxy import (
    area_mismatch,
    direction_mismatch,
    plane_mismatch,
    site_overlap,
)
from ionsmith.analyzers.pair_distribution import pair_distribution
from ionsmith.analyzers.planes import lattice_planes
from ionsmith.analyzers.pores import filling, pores
from ionsmith.analyzers.storage import calculate_energies, convex_hull, storage
from ionsmith.crystals import load
from ionsmith.crystals.conversion import read_lattice
from ionsmith.crystals.files import CrystalLike, write_structure
from ionsmith.errors import InvalidChoice
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.matches import find_matches

FORMS = ("library", "name", "crystal", "atoms", "pymatgen", "text", "path")
ALIGNED = OrientationRelationship(read_lattice("lib:lisi"), read_lattice("lib:lisi"), np.eye(3))

MEASUREMENTS: dict[str, Callable[[Any], float]] = {
    "coordination": lambda s: coordination(s).shortest.min(),
    "compare": lambda s: compare(s, s).n_atoms_after,
    "find_polyhedra": lambda s: len(find_polyhedra(s, criterion=3.0).centres),
    "shared_polyhedra": lambda s: len(shared_polyhedra(s, criterion=3.0).first),
    "pair_distribution": lambda s: pair_distribution(s, r_max=5.0).density,
    "lattice_planes": lambda s: lattice_planes(s, ["(1,1,2)"]).planes[0].d,
    "plane_mismatch": lambda s: plane_mismatch(s, "lib:si", "(1,1,2)||(1,1,1)").d_substrate,
    "direction_mismatch": lambda s: direction_mismatch("si", s, "[1,1,1]||[1,1,1]").d_film,
    "area_mismatch": lambda s: area_mismatch(s, s, "(0,0,1)||(0,0,1)").d_film,
    "site_overlap": lambda s: site_overlap(s, s, ALIGNED, "Si", radius=4.0).density,
    "find_matches": lambda s: find_matches(s, s, contact="(0,0,1)||(0,0,1)").matches[0].area,
    "storage": lambda s: storage([s]).phases[0].volume_per_host,
    "filling": lambda s: filling(s, "li15si4", host="si").free,
}


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CrystalLike]:
    path = tmp_path_factory.mktemp("structures") / "lisi.cif"
    atoms = load("lisi").to_atoms()
    write_structure(str(path), atoms)
    structure = AseAtomsAdaptor.get_structure(atoms)
    values = ("lib:lisi", "lisi", load("lisi"), atoms, structure, str(path), path)
    return dict(zip(FORMS, values, strict=True))


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_any_form_of_a_crystal(name: str, forms: dict[str, CrystalLike]) -> None:
    values = [MEASUREMENTS[name](forms[form]) for form in FORMS]
    assert values == pytest.approx([values[0]] * len(FORMS), rel=1e-4)


@pytest.mark.pores
def test_pores_of_any_form(forms: dict[str, CrystalLike]) -> None:
    assert pores(forms["path"]).density == pytest.approx(pores("lib:lisi").density, rel=1e-4)


def test_energies_of_any_form(forms: dict[str, CrystalLike]) -> None:
    from ase.calculators.lj import LennardJones

    energies = calculate_energies(["Si", forms["path"]], LennardJones(rc=3.0))
    name = str(forms["path"])
    assert energies.per_atom.keys() == {"li", "si", name}
    assert [phase.phase for phase in convex_hull(["si", name], energies).phases] == ["si", name]


def test_disordered_crystals_have_planes_and_matches(tmp_path: Path) -> None:
    assert lattice_planes("lib:nvp", ["(2,-1,0)"]).planes[0].d == pytest.approx(4.3644)
    match = find_matches("lib:nvp", load("nvp"), contact="(0,0,1)||(0,0,1)").matches[0]
    assert match.max_strain == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    "measure",
    [
        lambda: coordination("lib:si", "nearest"),  # type: ignore[arg-type]
        lambda: compare("lib:si", "lib:si", criterion="Gap"),  # type: ignore[arg-type]
        lambda: shared_polyhedra("lib:si", criterion="CrystalNN"),  # type: ignore[arg-type]
        lambda: find_polyhedra("lib:si", criterion=""),  # type: ignore[arg-type]
    ],
)
def test_other_criteria_are_refused(measure: Callable[[], object]) -> None:
    with pytest.raises(InvalidChoice, match="`criterion` is"):
        measure()


def test_one_phase_is_a_list_of_one() -> None:
    assert storage("lib:si").to_dict() == storage(["lib:si"]).to_dict()
