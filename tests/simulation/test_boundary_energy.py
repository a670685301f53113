"""Energies of grain boundaries against published ones, other cells of them, and ASE alone."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.units import J, m

from command import run_command
from ionsmith.builders.grain_boundary import build_grain_boundary
from ionsmith.crystals.files import write_structure
from ionsmith.errors import InvalidInput
from ionsmith.simulation.boundary_energy import boundary_energy
from lammps_potentials import of_lammps

COPPER = bulk("Cu", a=3.59, cubic=True)  # nearly that of EMT


def energy(atoms: Atoms) -> float:
    """Energy in eV by EMT."""
    model = atoms.copy()
    model.calc = EMT()
    return float(model.get_potential_energy())


@pytest.mark.classical
@pytest.mark.parametrize(
    ("plane", "published"),
    # Y. Mishin et al., Phys. Rev. B 63, 224106 (2001), doi:10.1103/PhysRevB.63.224106: the twin;
    # Σ5 with the same potential: A. Suzuki, Y. Mishin, Interface Sci. 11, 131 (2003); all from
    # memory.
    [("(111)", 0.0222), ("(210)", 0.951), ("(310)", 0.905)],
)
def test_published_energies_of_copper(plane: str, published: float, tmp_path: Path) -> None:
    crystal = bulk("Cu", a=3.615, cubic=True)
    model = build_grain_boundary(crystal, plane, thickness=15)
    potential = of_lammps("eam/alloy", "Cu_mishin1.eam.alloy", "Cu")
    found = boundary_energy(model.atoms, potential, crystal=crystal, relax=tmp_path, fmax=0.01)
    assert found.boundary_energy == pytest.approx(published, rel=0.01)


@pytest.mark.parametrize("options", [{}, {"axis": "[001]", "angle": 36.87}])
def test_excess_over_the_crystal_in_any_supercell(options: dict[str, object]) -> None:
    model = build_grain_boundary(COPPER, "(210)" if not options else "(100)", **options).atoms
    area = model.cell[0, 0] * model.cell[1, 1]
    excess = energy(model) - len(model) * energy(COPPER) / 4
    for repeats in [(1, 1, 1), (2, 1, 1), (1, 1, 2)]:
        repeated = model.repeat(repeats)
        repeated.info = dict(model.info)
        found = boundary_energy(repeated, EMT(), crystal=COPPER)
        assert found.n_boundaries == 2 * repeats[2]
        assert found.boundary_energy == pytest.approx(excess / (2 * area) / (J / m**2), rel=1e-6)
    assert found.boundary_energy > 0.5


def test_what_has_no_energy_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = build_grain_boundary(COPPER, "(111)").atoms
    with pytest.raises(InvalidInput, match="give the crystal"):
        boundary_energy(model, EMT())
    with pytest.raises(InvalidInput, match="elements of its own"):
        boundary_energy(model, EMT(), crystal=bulk("Al", cubic=True))
    with pytest.raises(InvalidInput, match="a grain boundary of ionsmith was expected"):
        boundary_energy(COPPER, EMT())
    with pytest.raises(InvalidInput, match="without `vacuum`"):
        boundary_energy(build_grain_boundary(COPPER, "(111)", vacuum=10).atoms, EMT())
    lacking = build_grain_boundary("lib:mgo", "(310)").atoms
    del lacking[np.flatnonzero(lacking.numbers == 12)[0]]
    with pytest.raises(InvalidInput, match="excess of"):
        boundary_energy(lacking, EMT())
    write_structure(tmp_path / "twin.extxyz", model)
    write_structure(tmp_path / "cu.cif", COPPER)
    code, out, _ = run_command(
        capsys, "analyze", "boundary-energy", f"{tmp_path}/twin.extxyz", "--crystal",
        f"{tmp_path}/cu.cif", "--potential", "ase.calculators.emt:EMT",
    )  # fmt: skip
    assert code == 0
    assert "boundary energy (J/m²)" in out
