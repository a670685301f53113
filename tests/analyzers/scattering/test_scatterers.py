"""What diffracts: library crystals, structures, files, and what cannot."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk, molecule

from ionsmith.analyzers.scattering import Scatterers
from ionsmith.analyzers.scattering._scatterers import MAX_SYMMETRY_ATOMS
from ionsmith.crystals import load, names
from ionsmith.crystals.library import folder
from ionsmith.errors import InvalidStructure, IonsmithError, NoCoordinates
from ionsmith.lattice.crystal_lattice import CrystalLattice


@pytest.mark.parametrize("name", [name for name in names() if load(name).has_coordinates])
def test_composition(name: str) -> None:
    """All sites and species are there, and the primitive rows hold the primitive cell's part."""
    crystal = load(name)
    scatterers = Scatterers.of(crystal)
    assert scatterers.composition == pytest.approx(crystal.composition())
    assert scatterers.symmetry is not None
    part = scatterers.occupancy[scatterers.primitive_rows].sum()
    assert part * len(scatterers.symmetry.centrings) == pytest.approx(scatterers.occupancy.sum())


def test_published_displacements() -> None:
    crystal = load("al2o3")
    published = {next(iter(site.occupancy)): site.u_iso for site in crystal.sites}
    scatterers = Scatterers.of(crystal, {"O": 0.5})
    for element, u in published.items():
        rows = scatterers.element_index == scatterers.elements.index(element)
        assert scatterers.u_iso[rows] == pytest.approx(0.5 if element == "O" else u or 0.0)


def test_files() -> None:
    """The library's own CIFs, read as anybody's file: an ordered one and a disordered one."""
    for name in ("sio2", "mgal2o4"):
        known = Scatterers.of(f"lib:{name}")
        read = Scatterers.of(str(folder() / f"{name}.cif"))
        assert read.composition == pytest.approx(known.composition)
        assert read.lattice.cellpar == pytest.approx(known.lattice.cellpar)
        assert read.symmetry is not None
        assert known.symmetry is not None
        assert read.symmetry.number == known.symmetry.number


def test_large_structures_are_taken_as_they_are() -> None:
    cells = bulk("Si", cubic=True).repeat((6, 6, 6))
    assert len(cells) > MAX_SYMMETRY_ATOMS
    scatterers = Scatterers.of(cells)
    assert scatterers.symmetry is None
    assert len(scatterers.primitive_rows) == len(cells)


def test_an_ordered_structure_is_searched_once_and_again_after_a_change() -> None:
    atoms = bulk("Si", cubic=True)
    first = Scatterers.of(atoms)
    assert Scatterers.of(atoms.copy()) is first
    atoms.positions[0] += 0.1
    assert Scatterers.of(atoms).symmetry != first.symmetry
    np.testing.assert_allclose(Scatterers.of(atoms).positions, atoms.get_scaled_positions())


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(NoCoordinates):
        Scatterers.of("lib:nvp-alpha")
    with pytest.raises(InvalidStructure, match="not periodic"):
        Scatterers.of(molecule("H2O"))
    with pytest.raises(IonsmithError, match="has no 'Xe'"):
        Scatterers.of("lib:si", {"Xe": 0.01})
    with pytest.raises(IonsmithError, match="0 Å² or more"):
        Scatterers.of("lib:si", {"Si": -0.01})
    with pytest.raises(InvalidStructure, match="no atoms to scatter"):
        Scatterers(
            "nothing",
            Scatterers.of("lib:si").lattice,
            None,
            np.zeros((0, 3)),
            (),
            np.zeros(0, dtype=np.int64),
            np.zeros(0),
            np.zeros(0),
        )


def test_higher_group_nearby_is_named() -> None:
    """As by the other commands: rattled atoms have a group, and one that they nearly have."""
    atoms = load("na3sb").to_atoms()
    assert Scatterers.of(load("na3sb")).phase.symmetry_source == "published"
    assert Scatterers.of(atoms).phase.symmetry_source == "found by moyo within 0.0001 Å"
    atoms.rattle(0.01, seed=1)
    found = Scatterers.of(atoms, symprec=1e-2).phase
    assert found.symmetry.symbol == "P1"
    assert "P6_3/mmc (no. 194) within" in found.symmetry_source
    assert found.symmetry_source == CrystalLattice.of_atoms(atoms, "na3sb", 1e-2).symmetry_source


def test_whether_displacements_enter_is_known() -> None:
    assert Scatterers.of("lib:nvp").displaced
    assert not Scatterers.of("lib:nvp", displacements=False).displaced
    assert not Scatterers.of("lib:na3sb").displaced
    assert Scatterers.of("lib:na3sb", {"Na": 0.02}).displaced
    atoms = load("si").to_atoms()
    assert not Scatterers.of(atoms).displaced
    atoms.set_array("u_iso", np.full(len(atoms), 0.01))
    assert Scatterers.of(atoms).displaced
