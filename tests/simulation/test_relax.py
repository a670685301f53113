"""Relaxations against what is known by hand: minima, fixed atoms, displacements, resumption."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from ase.constraints import FixAtoms
from ase.units import GPa

from ionsmith import provenance
from ionsmith.errors import ExternalProgramFailed, InvalidChoice, IonsmithError, UnreadableFile
from ionsmith.potentials import Potential
from ionsmith.simulation.relaxing import relax, select_atoms


class Springs(Calculator):
    """Each atom hangs on a spring of 1 eV/Å² at a place of its own."""

    implemented_properties = ("energy", "forces")

    def __init__(self, places: np.ndarray) -> None:
        super().__init__()
        self.places = places

    def calculate(self, atoms=None, properties=None, system_changes=all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        way = self.places - atoms.positions
        self.results = {"energy": 0.5 * float((way**2).sum()), "forces": way}


class Counting(EMT):
    """EMT that counts its evaluations, and begins each anew: EMT's own list of neighbours is kept
    while atoms move little, and its order shows in the last digits."""

    count = 0

    def calculate(self, atoms: Any = None, properties: Any = None, *_: Any) -> None:
        super().calculate(atoms, properties, all_changes)
        self.count += 1


def potential(calculator: Calculator) -> Potential:
    return Potential("test", calculator, "test", "ase", "1")


def rattled(seed: int = 1) -> Atoms:
    atoms = bulk("Cu", cubic=True)
    atoms.rattle(0.15, seed=seed)
    return atoms


def test_a_pair_of_atoms_ends_at_the_minimum() -> None:
    # 4 (r^-12 - r^-6) is lowest at 2^(1/6), where it is -1; ASE shifts it by its value at 3 σ.
    found = relax(Atoms("Ar2", [[0, 0, 0], [0, 0, 1.1]]), LennardJones(), fmax=1e-4)
    assert found.converged
    assert found.atoms.get_distance(0, 1) == pytest.approx(2 ** (1 / 6), abs=1e-5)
    assert found.energy_after == pytest.approx(-1 - 4 * (3.0**-12 - 3.0**-6), abs=1e-6)
    assert found.volume_before is None


@pytest.mark.parametrize("cell", ["full", "isotropic"])
def test_the_cell_ends_where_a_scan_of_energies_is_lowest(cell: str) -> None:
    def energy(a: float) -> float:
        atoms = bulk("Cu", a=a)
        atoms.calc = EMT()
        return float(atoms.get_potential_energy())

    lengths = np.linspace(3.5, 3.7, 21)
    slope = np.polynomial.Polynomial.fit(lengths, [energy(a) for a in lengths], 6).deriv()
    (lowest,) = [r.real for r in slope.roots() if abs(r.imag) < 1e-9 and 3.5 < r.real < 3.7]
    found = relax(bulk("Cu", a=3.75, cubic=True), EMT(), cell=cell, fmax=1e-4)
    assert found.cellpar_after[:3] == pytest.approx([lowest] * 3, abs=1e-3)
    assert found.volume_after == pytest.approx(lowest**3, rel=1e-3)


@pytest.mark.parametrize("cell", ["full", "isotropic", "z"])
def test_a_relaxed_cell_has_no_stress_left(cell: str) -> None:
    # The force alone is zero by symmetry from the first step on.
    start = bulk("Al", a=4.2, cubic=True)
    found = relax(start, EMT(), cell=cell, fmax=10.0, smax=0.01)
    found.atoms.calc = EMT()
    stress = found.atoms.get_stress() / GPa
    left = {"full": stress, "isotropic": stress[:3].mean(), "z": stress[2]}[cell]
    assert found.converged
    assert found.largest_stress_after == pytest.approx(np.abs(left).max(), abs=1e-9)
    assert np.abs(left).max() < 0.01
    assert found.largest_stress_before > 1
    assert not relax(start, EMT(), cell=cell, fmax=10.0, smax=0.01, steps=0).converged


def test_along_z_alone() -> None:
    atoms = bulk("Cu", a=3.75, cubic=True)
    found = relax(atoms, EMT(), cell="z", fmax=0.02)
    assert found.converged
    assert found.atoms.cell.array[:2] == pytest.approx(atoms.cell.array[:2], abs=1e-12)
    assert found.cellpar_after[2] < 3.6


def test_how_far_atoms_moved_without_the_drift() -> None:
    atoms = Atoms("NaCl2", [[0, 0, 0], [3, 0, 0], [0, 3, 0]], cell=[9, 9, 9], pbc=True)
    moves = np.array([[0.3, 0, 0], [0, 0.2, 0], [0, 0.4, 0]])
    drift = np.array([0.05, 0.1, -0.2])
    places = atoms.positions + moves - moves.mean(axis=0) + drift
    found = relax(atoms, Springs(places), fmax=1e-6)
    assert found.drift == pytest.approx(drift, abs=1e-6)
    way = np.linalg.norm(moves - moves.mean(axis=0), axis=1)
    sodium, chlorine = found.movements
    assert (sodium.element, sodium.count, sodium.farthest) == ("Na", 1, 0)
    assert sodium.largest == pytest.approx(way[0], abs=1e-5)
    assert chlorine.mean == pytest.approx(way[1:].mean(), abs=1e-5)
    assert chlorine.rms == pytest.approx(np.sqrt((way[1:] ** 2).mean()), abs=1e-5)
    assert chlorine.farthest == 2


def test_held_atoms_stay_and_the_drift_counts() -> None:
    atoms = Atoms("Na3", [[0, 0, 0], [3, 0, 0], [0, 3, 0]], cell=[9, 9, 9], pbc=True)
    atoms.set_constraint(FixAtoms([0]))
    places = atoms.positions + np.array([[1.0, 0, 0], [1.0, 0, 0], [0.5, 0, 0]])
    found = relax(atoms, Springs(places), freeze=[2], fmax=1e-6)
    assert found.n_frozen == 2
    assert found.atoms.positions[[0, 2]].tolist() == atoms.positions[[0, 2]].tolist()
    assert found.movements[0].largest == pytest.approx(1.0, abs=1e-5)
    assert found.movements[0].mean == pytest.approx(1 / 3, abs=1e-5)
    # What was held for this relaxation only is free afterwards.
    (held,) = found.atoms.constraints
    assert held.get_indices().tolist() == [0]


def test_the_structure_says_what_its_energy_is_of() -> None:
    atoms = rattled()
    provenance.record(atoms, "build", {})
    found = relax(atoms, potential(EMT()))
    assert "calc" not in atoms.info
    assert atoms.calc is None
    energy = found.atoms.get_potential_energy()
    assert provenance.energy_method(found.atoms, energy) == "test (ase 1)"
    # A later calculation, or another step, is no longer of that method.
    assert provenance.energy_method(found.atoms, energy + 0.01) is None
    provenance.record(found.atoms, "build", {})
    assert provenance.energy_method(found.atoms, energy) is None
    steps = provenance.of(found.atoms)["steps"]
    assert [step["step"] for step in steps] == ["build", "relax", "build"]
    assert steps[1]["parameters"]["potential"]["version"] == "1"


@pytest.mark.parametrize(
    ("optimizer", "cell", "stop"),
    [
        ("lbfgs", "none", 0),
        ("lbfgs", "none", 1),
        ("lbfgs", "none", 6),
        ("fire", "none", 9),
        ("lbfgs", "full", 3),
        ("fire", "full", 3),
    ],
)
def test_a_resumed_relaxation_is_the_uninterrupted_one(
    tmp_path: Path, optimizer: str, cell: str, stop: int
) -> None:
    path = tmp_path / "state.json"
    how = {"optimizer": optimizer, "cell": cell, "fmax": 0.02 if cell == "none" else 0.3}
    whole, begun, ended = Counting(), Counting(), Counting()
    once = relax(rattled(), potential(whole), **how)
    part = relax(rattled(), potential(begun), steps=stop, checkpoint=path, **how)
    assert not part.converged
    rest = relax(rattled(), potential(ended), checkpoint=path, resume=True, **how)
    assert rest.atoms.positions.tobytes() == once.atoms.positions.tobytes()
    assert rest.atoms.cell.array.tobytes() == once.atoms.cell.array.tobytes()
    assert rest.to_dict() == once.to_dict()
    # The last structure of the first part is evaluated once more.
    assert begun.count + ended.count == whole.count + 1


def test_a_checkpoint_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    relax(rattled(), EMT(), steps=1, checkpoint=path)
    with pytest.raises(IonsmithError, match="another structure or other settings"):
        relax(rattled(2), EMT(), checkpoint=path, resume=True)
    with pytest.raises(IonsmithError, match="another structure or other settings"):
        relax(rattled(), EMT(), checkpoint=path, resume=True, optimizer="fire")
    path.write_text(path.read_text()[:-200])
    with pytest.raises(UnreadableFile, match="not a checkpoint"):
        relax(rattled(), EMT(), checkpoint=path, resume=True)
    with pytest.raises(UnreadableFile, match="no such checkpoint"):
        relax(rattled(), EMT(), checkpoint=tmp_path / "none", resume=True)


def test_nothing_left_to_relax_and_cells_that_cannot() -> None:
    slab = bulk("Cu", cubic=True)
    slab.pbc = (True, True, False)
    with pytest.raises(IonsmithError, match="not along c"):
        relax(slab, EMT(), cell="full")
    slab.center(vacuum=8, axis=2)
    slab.pbc = True
    with pytest.raises(IonsmithError, match="vacuum along c"):
        relax(slab, EMT(), cell="isotropic")
    with pytest.raises(IonsmithError, match="xy plane"):
        relax(bulk("Cu"), EMT(), cell="z")
    with pytest.raises(IonsmithError, match="nothing is left"):
        relax(rattled(), EMT(), freeze=range(4))
    with pytest.raises(IonsmithError, match="`freeze` 4: no such atom"):
        relax(rattled(), EMT(), freeze=[4])
    with pytest.raises(InvalidChoice, match="`optimizer` is 'newton'; expected 'lbfgs' or 'fire'"):
        relax(rattled(), EMT(), optimizer="newton")
    for wrong in ({"fmax": 0.0}, {"fmax": np.nan}, {"steps": -1}):
        with pytest.raises(IonsmithError, match="expected"):
            relax(rattled(), EMT(), **wrong)


def test_a_potential_that_fails_says_so_in_one_line() -> None:
    with pytest.raises(ExternalProgramFailed, match=r"^ase.*:EMT failed: No EMT-potential for Si$"):
        relax(bulk("Si"), EMT())
    with pytest.raises(ExternalProgramFailed, match="not finite"):
        relax(rattled(), potential(Springs(np.full((4, 3), np.nan))))


def test_atoms_by_element_number_and_range() -> None:
    atoms = Atoms("Al2O3Na")
    assert select_atoms(atoms, ["O"]) == [2, 3, 4]
    assert select_atoms(atoms, ["Al,5", "0-2"]) == [0, 1, 2, 5]
    assert select_atoms(atoms, []) == []
    for wrong in ("Mg", "6", "4-9", "2-1", "-1", "x", ""):
        with pytest.raises(IonsmithError, match="`freeze`"):
            select_atoms(atoms, [wrong])
