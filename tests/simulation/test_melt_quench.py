"""Melting and quenching: what may begin, what is refused, and that nothing depends on kills."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import all_changes
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.geometry import cell_to_cellpar

from ionsmith import provenance
from ionsmith.bonding.bonds import find_bonds
from ionsmith.bonding.elements import mass_density
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, UnreadableFile
from ionsmith.potentials import Potential, load_potential
from ionsmith.simulation.melt_quench import Schedule, melt_quench, mixture
from ionsmith.simulation.melt_quench._start import from_structure

QUICK = Schedule(4000, 0.5, 20000, 300, 0.1, 5.0)
SHORT = Schedule(4000, 0.2, 37000, 300, 0.1, 5.0)


class Fresh(EMT):
    """EMT that forgets its list of neighbours, whose order shows in the last digits."""

    def calculate(self, atoms: Any = None, properties: Any = None, *_: Any) -> None:
        super().calculate(atoms, properties, all_changes)


def emt() -> Potential:
    return Potential("test", Fresh(), "EMT", "ase", "1")


@pytest.fixture(scope="module")
def pedone() -> Potential:
    return load_potential("lammps-pedone2006-melt")


def test_a_metal_melts_and_is_relaxed() -> None:
    found = melt_quench(
        bulk("Cu", cubic=True), emt(), 30, density=8.0, schedule=QUICK, seed=2, steps=30
    )
    assert len(found.atoms) == 32
    assert found.density == pytest.approx(8.0)
    assert found.trace.time[-1] == pytest.approx(0.5 + 3700 / 20000 + 0.1, abs=0.03)
    assert found.trace.target[-1] == 300
    assert found.energy_per_atom > (found.reference_energy_per_atom or 0) + 0.02
    assert found.reference_coordination == {"Cu": {12: 4}}
    assert sum(found.coordination["Cu"].values()) == 32
    steps = provenance.of(found.atoms)["steps"]
    assert [step["step"] for step in steps] == ["build amorphous"]
    assert steps[0]["parameters"]["rate"] == 20000
    assert steps[0]["parameters"]["potential"]["package"] == "ase"
    energy = found.atoms.get_potential_energy()
    assert provenance.energy_method(found.atoms, energy) == emt().method


@pytest.mark.classical
@pytest.mark.parametrize("name", ["emt", "pedone"])
def test_resumed_and_repeated_runs_are_the_same(
    name: str, tmp_path: Path, pedone: Potential
) -> None:
    start: Atoms | str = "NaFePO4" if name == "pedone" else bulk("Cu", cubic=True)
    options: dict[str, Any] = {"density": 3.0 if name == "pedone" else 8.0}
    options["schedule"] = replace(SHORT, timestep=2.0) if name == "pedone" else SHORT
    options |= {"seed": 5, "steps": 3}
    size = 28 if name == "pedone" else 16

    def potential() -> Potential:
        return pedone if name == "pedone" else emt()

    whole = melt_quench(start, potential(), size, **options)
    path = tmp_path / "held.npz"

    class Killed(Exception):
        pass

    def kill(done: int, total: int) -> None:
        if done > total / 2:
            raise Killed

    with pytest.raises(Killed):
        melt_quench(start, potential(), size, checkpoint=path, progress=kill, **options)
    begun: list[int] = []
    again = melt_quench(
        start, potential(), size, checkpoint=path, resume=True,
        progress=lambda done, total: begun.append(done), **options,
    )  # fmt: skip
    assert begun[0] > 0
    assert again.atoms.positions.tobytes() == whole.atoms.positions.tobytes()
    assert again.to_dict() == whole.to_dict()
    other = melt_quench(start, potential(), size, **{**options, "seed": 6})
    assert np.abs(other.atoms.positions - whole.atoms.positions).max() > 0.1
    with pytest.raises(IonsmithError, match="another structure or other settings"):
        melt_quench(
            start, potential(), size, checkpoint=path, resume=True, **{**options, "seed": 6}
        )


@pytest.mark.classical
def test_random_places_become_phosphate(pedone: Potential) -> None:
    """P takes four O at 1.5 Å, the P-O of phosphate glasses (1.48 and 1.59 Å by neutrons:
    Al-Hasni et al., Int. J. Appl. Glass Sci. 12, 245 (2021), doi:10.1111/ijag.15865)."""
    found = melt_quench(
        "40FeO·60NaPO3", pedone, 76, density=2.8, schedule=Schedule(4000, 0.5, 4000, 300, 0.2, 2.0)
    )
    assert found.atoms.symbols.formula.count() == {"Fe": 8, "O": 44, "Na": 12, "P": 12}
    assert found.reference_energy_per_atom is None
    bonds = find_bonds(found.atoms, {"P-O": 2.0})
    around = np.bincount(bonds.first, minlength=76)[found.atoms.numbers == 15]
    assert np.mean(around == 4) > 0.8
    assert np.median(bonds.distances) == pytest.approx(1.52, abs=0.06)


def test_a_leaning_cell_is_turned_and_kept() -> None:
    atoms = load("na3po4").to_atoms()
    atoms.set_cell(atoms.cell.array @ np.array([[1, 0.1, 0], [0, 1, 0.2], [0, 0, 1.0]]),
                   scale_atoms=True)  # fmt: skip
    atoms.rotate(30, (1, 2, 3), rotate_cell=True)
    start = from_structure(atoms, 8 * len(atoms), 2.0)
    cell = start.atoms.cell.array
    assert np.abs(cell[np.triu_indices(3, 1)]).max() == 0
    assert mass_density(start.atoms) == pytest.approx(2.0)
    factor = (mass_density(atoms) / 2.0) ** (1 / 3)
    copies = start.atoms.cell.lengths() / atoms.cell.lengths() / factor
    assert copies == pytest.approx(np.round(copies))
    assert cell_to_cellpar(cell)[3:] == pytest.approx(atoms.cell.angles())
    near = [np.sort(find_bonds(a, c).distances)[:5] for a, c in ((atoms, 2), (start.atoms, 3))]
    assert near[1] == pytest.approx(factor * near[0][0], rel=1e-3)


@pytest.mark.classical
def test_a_solid_that_did_not_melt_is_called_so(pedone: Potential) -> None:
    cold = Schedule(400, 0.2, 1000, 300, 0.0, 2.0)
    found = melt_quench(load("nafepo4").to_atoms(), pedone, 28, schedule=cold, steps=200)
    assert not found.melted
    assert max(found.melt_displacement.values()) < 1
    assert "melt longer or at a higher temperature" in found.table()
    assert found.mean_final_temperature is None
    assert found.energy_per_atom == pytest.approx(found.reference_energy_per_atom, abs=2e-3)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("NaFePO4", {"Na": 1, "Fe": 1, "P": 1, "O": 4}),
        ("Fe0.4Na0.6P0.6O2.2", {"Fe": 2, "Na": 3, "P": 3, "O": 11}),
        ("60V2O5 + 40TeO2", {"V": 6, "O": 19, "Te": 2}),
        ("2(Na2O)•P2O5", {"Na": 4, "O": 7, "P": 2}),
    ],
)
def test_mixtures(text: str, unit: dict[str, int]) -> None:
    assert mixture(text) == unit


@pytest.mark.parametrize(
    "text", ["", "·", "40", "glass", "Na0", "NaPO3·", "Na3.14159265P2.7182818O"]
)
def test_what_is_no_mixture(text: str) -> None:
    with pytest.raises(IonsmithError) as caught:
        mixture(text)
    assert "\n" not in str(caught.value)


@pytest.mark.classical
def test_refused_starts(pedone: Potential, tmp_path: Path) -> None:
    crystal = load("nafepo4").to_atoms()
    slab = crystal.copy()
    slab.center(vacuum=8, axis=2)
    held = bulk("Cu", cubic=True)
    held.set_constraint(FixAtoms([0]))
    for start, options, message in (
        (slab, {}, "without vacuum"),
        (Atoms("Cu4", cell=[4, 4, 4], positions=held.positions), {}, "periodic"),
        ("NaFePO4", {}, "`density`"),
        ("NaFePO4", {"density": 30.0}, "density"),
        ("NaFePO4", {"density": -1.0}, "positive"),
        ("60V2O5·40TeO2", {"density": 4.0}, "no parameters for V, Te"),
        (load("v2o5").to_atoms(), {}, "no parameters for V"),
        (crystal, {"seed": -1}, "seed"),
        (crystal, {"fmax": 0.0}, "`fmax` is 0"),
        (crystal, {"density": 1e-300}, "is the unit"),
        (crystal, {"density": 1e9}, "is the unit"),
        (crystal, {"n_atoms": 10**9}, "smaller model"),
        (crystal, {"resume": True}, "`checkpoint`"),
    ):
        with pytest.raises(IonsmithError, match=message):
            melt_quench(start, pedone, **{"n_atoms": 28, "schedule": SHORT, **options})
    with pytest.raises(IonsmithError, match="10 or more"):
        melt_quench(bulk("Cu", cubic=True), emt(), 4)
    for content, message in ((None, "no such checkpoint"), (b"junk", "not a checkpoint")):
        path = tmp_path / "held.npz"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(UnreadableFile, match=message):
            melt_quench(crystal, pedone, 28, checkpoint=path, resume=True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"melt_temperature": 200}, "not above `final_temperature`"),
        ({"rate": 0}, "`rate` is 0"),
        ({"rate": -5}, "`rate` is -5"),
        ({"rate": 1e-6}, "increase `rate`"),
        ({"rate": 1e9}, "cools within"),
        ({"melt_time": 0.01}, "`melt_time` is 0.01 ps"),
        ({"timestep": 50}, "`timestep`"),
        ({"melt_temperature": 1e308}, "`melt_temperature`"),
        ({"hold_time": float("nan")}, "`hold_time`"),
        ({"final_temperature": float("inf")}, "`final_temperature`"),
    ],
)
def test_refused_schedules(values: dict[str, float], message: str) -> None:
    with pytest.raises(IonsmithError, match=message):
        Schedule(**values)
