"""Adhesion against what is known: a cut crystal, Dupré's relation, a scan of strained crystals."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.units import J, m

from ionsmith.builders.interface import Interface, build_interface
from ionsmith.builders.slab import build_slab
from ionsmith.errors import InvalidInput, IonsmithError, NotConverged
from ionsmith.simulation.adhesion import adhesion
from ionsmith.simulation.relaxing import relax
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches

SHEET = J / m**2


def crystal(symbol: str) -> Atoms:
    """Crystal with the lattice constant of EMT."""
    return relax(bulk(symbol, cubic=True), EMT(), cell="full", fmax=1e-3, smax=1e-3).atoms


def energy(atoms: Atoms) -> float:
    """Energy in eV by EMT."""
    model = atoms.copy()
    model.calc = EMT()
    return float(model.get_potential_energy())


def interface(substrate: Atoms, film: Atoms, plane: str, **options: object) -> Interface:
    """The smallest coherent interface of two equal planes."""
    limits = Limits(max_area=20, max_strain=0.03)
    matches = find_matches(substrate, film, limits, contact=f"{plane}||{plane}").matches
    return build_interface(substrate, film, matches[0], **options)


@pytest.mark.parametrize(("plane", "layer"), [("(0,0,1)", 1 / 2), ("(1,1,0)", 8**-0.5)])
def test_a_crystal_on_itself_is_cleaved(plane: str, layer: float) -> None:
    copper = crystal("Cu")
    gap = layer * copper.cell[0, 0]
    model = interface(copper, copper, plane, thickness=(14, 10), gap=gap, potential=EMT())
    found = adhesion(model.atoms, EMT(), substrate=copper, film=copper)
    slab = build_slab(copper, plane, thickness=25).atoms
    cut = energy(slab) - len(slab) * energy(copper) / len(copper)
    area = float(np.linalg.norm(np.cross(*slab.cell[:2])))
    assert found.work_of_adhesion == pytest.approx(cut / (area * SHEET), rel=1e-6)
    assert found.interface_energy == pytest.approx(0, abs=1e-9)
    assert found.film.strain_energy == pytest.approx(0, abs=1e-9)
    assert found.double is not None
    # The two interfaces of the stack leave no gap: it is the crystal.
    assert found.double.cell.volume == pytest.approx(
        len(found.double) * copper.cell.volume / 4, rel=1e-6
    )


def test_the_relation_of_dupre() -> None:
    # W = γ(substrate) + γ(film) - γ(interface), each γ by itself, of Pd strained on Ag.
    silver, metal = crystal("Ag"), crystal("Pd")
    metal.set_cell(metal.cell * (1.01 * silver.cell[0, 0] / metal.cell[0, 0]), scale_atoms=True)
    model = interface(silver, metal, "(0,0,1)", thickness=("9 planes", "9 planes"))
    found = adhesion(model.atoms, EMT(), substrate=silver, film=metal)
    surfaces = 0.0
    for number, whole in ((0, silver), (1, metal)):
        slab = model.atoms[model.atoms.arrays["side"] == number]
        a = model.atoms.cell.lengths()[0]
        height = whole.cell[2, 2] / 2
        same = Atoms(
            [slab.symbols[0]] * 2,
            scaled_positions=[[0, 0, 0], [0.5, 0.5, 0.5]],
            cell=[a, a, 2 * height],
            pbc=True,
        )
        surfaces += (energy(slab) - len(slab) * energy(same) / 2) / (2 * found.area * SHEET)
    assert found.interface_energy is not None
    assert found.work_of_adhesion == pytest.approx(surfaces - found.interface_energy, abs=2e-4)
    # The model turned in space is the same interface.
    turned = model.atoms.copy()
    turned.rotate(73, (1, 2, 3), rotate_cell=True)
    again = adhesion(turned, EMT(), substrate=silver, film=metal)
    assert again.interface_energy == pytest.approx(found.interface_energy, abs=1e-6)
    # So is a supercell of it.
    again = adhesion(model.atoms.repeat((3, 2, 1)), EMT(), substrate=silver, film=metal)
    assert again.interface_energy == pytest.approx(found.interface_energy, abs=1e-6)
    assert again.work_of_adhesion == pytest.approx(found.work_of_adhesion, abs=1e-6)
    stack = interface(silver, metal, "(0,0,1)", thickness=("9 planes", "9 planes"), vacuum=0)
    again = adhesion(stack.atoms, EMT(), substrate=silver, film=metal)
    assert again.n_interfaces == 2
    assert again.interface_energy == pytest.approx(found.interface_energy, abs=2e-3)
    assert again.work_of_adhesion == pytest.approx(found.work_of_adhesion, abs=2e-3)


def test_strain_energy_is_that_of_a_scan(tmp_path: Path) -> None:
    silver, gold = crystal("Ag"), crystal("Au")
    model = interface(silver, gold, "(0,0,1)", thickness=("3 planes", "4 planes"))
    found = adhesion(
        model.atoms, EMT(), substrate=silver, film=gold, relax=tmp_path / "relaxed", fmax=1e-3
    )
    a = model.atoms.cell.lengths()[0]

    def strained(c: float) -> float:
        places = [[0, 0, 0], [0.5, 0.5, 0.5]]
        return energy(Atoms("Au2", scaled_positions=places, cell=[a, a, c], pbc=True))

    heights = np.linspace(0.95, 1.05, 41) * gold.cell[2, 2]
    lowest = np.polynomial.Polynomial.fit(heights, [strained(c) for c in heights], 8)
    fine = np.linspace(heights[0], heights[-1], 20001)
    cost = 4 * (lowest(fine).min() / 2 - energy(gold) / len(gold))
    assert found.relaxed
    assert found.film.strain_energy == pytest.approx(cost / (found.area * SHEET), abs=2e-4)
    assert found.film.strain_energy > 0
    assert found.substrate.strain_energy == pytest.approx(0, abs=1e-4)


def test_an_interrupted_run_continues(tmp_path: Path) -> None:
    silver, gold = crystal("Ag"), crystal("Au")
    model = interface(silver, gold, "(0,0,1)", thickness=("3 planes", "2 planes"))
    sides = {"substrate": silver, "film": gold}
    with pytest.raises(NotConverged, match="continues"):
        adhesion(model.atoms, EMT(), **sides, relax=tmp_path, fmax=1e-3, steps=2)
    first = adhesion(model.atoms, EMT(), **sides, relax=tmp_path, fmax=1e-3)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = adhesion(model.atoms, EMT(), **sides, relax=tmp_path, fmax=1e-3)
    assert again.to_dict() == first.to_dict()
    assert files == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


def test_what_is_missing_is_said() -> None:
    silver, gold = crystal("Ag"), crystal("Au")
    model = interface(silver, gold, "(0,0,1)", thickness=("3 planes", "2 planes"))
    found = adhesion(model.atoms, EMT())
    assert found.interface_energy is None
    assert found.film.strain_energy is None
    assert "give the crystal" in found.table()
    with pytest.raises(InvalidInput, match="an interface of ionsmith"):
        adhesion(silver, EMT())
    other = gold.copy()
    other.set_cell(1.01 * gold.cell, scale_atoms=True)
    with pytest.raises(InvalidInput, match="the film was cut from another cell"):
        adhesion(model.atoms, EMT(), substrate=silver, film=other)
    with pytest.raises(IonsmithError, match=r"was not cut from|another cell"):
        adhesion(model.atoms, EMT(), substrate=silver, film="lib:mgo")
