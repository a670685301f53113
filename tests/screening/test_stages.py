"""Stages of interfaces: rigid scan, relaxation, and what they are compared with."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.io import write
from ase.optimize import BFGS
from ase.units import J, m

from ionsmith.errors import IonsmithError
from ionsmith.screening import Campaign, campaign_table, plan_campaign, run_campaign
from ionsmith.screening._interface import _setting, interface_of
from ionsmith.screening.handing_on import models_of

SILVER_ON_COPPER = """
build = "interface"
potential = "ase.calculators.emt:EMT"
second_potential = "ase.calculators.lj:LennardJones"

[options]
substrate = "cu.cif"
film = "ag.cif"
contact = "(1,1,1)||(1,1,1)"
substrate_thickness = 4
film_thickness = 4
max_area = 30
max_strain = 0.1
shift = [0, 0]

[vary]
match = [1]

[scan]

[relax]
fmax = 0.01
"""


def planned(folder: Path, text: str, name: str = "campaign", **options: Any) -> Campaign:
    for element in ("Cu", "Ag"):
        write(folder / f"{element.lower()}.cif", bulk(element, cubic=True))
    (folder / "job.toml").write_text(text, encoding="utf-8")
    return plan_campaign(folder / "job.toml", folder / name, **options).campaign


def energy_of(atoms: Any, fmax: float = 0.01) -> float:
    """Energy after a relaxation by ASE alone."""
    atoms.calc = EMT()
    BFGS(atoms, logfile=None).run(fmax, 300)
    return float(atoms.get_potential_energy())


@pytest.fixture(scope="module")
def silver_on_copper(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    campaign = planned(tmp_path_factory.mktemp("screening"), SILVER_ON_COPPER)
    run_campaign(campaign, worker=(1, 1))
    return campaign


def test_interfaces_are_judged_by_slabs_and_crystals(
    silver_on_copper: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the same numbers from ASE: slabs by their side, crystals from their lattice."""
    campaign = silver_on_copper
    row = campaign_table(campaign).rows[0]
    assert row.area is not None
    assert row.energy is not None
    monkeypatch.chdir(campaign.folder)
    options = {**campaign.job.options, **campaign.candidates[0].varied}
    atoms = interface_of(**options).atoms
    substrate, film = (atoms[atoms.arrays["side"] == side] for side in (0, 1))
    n, k = len(substrate), len(film)
    match = _setting(options).pair.match
    stretch = 1 + match.film_principal[0]
    assert match.film_principal[1] == pytest.approx(stretch - 1)
    free = film.copy()
    free.set_cell(film.cell.array * [[1 / stretch], [1 / stretch], [1]])
    free.positions[:, :2] /= stretch
    normal = np.ones(3) / np.sqrt(3)
    silver = bulk("Ag")
    strain = np.eye(3) + (stretch - 1) * (np.eye(3) - np.outer(normal, normal))
    silver.set_cell(silver.cell.array @ strain, scale_atoms=True)
    silver.calc = EMT()
    copper = bulk("Cu")
    copper.calc = EMT()
    below, above = energy_of(substrate), energy_of(film)
    bulk_energy = n * copper.get_potential_energy() + k * silver.get_potential_energy()
    area = row.area * J / m**2
    adhesion = (below + above - row.energy) / area
    assert row.adhesion == pytest.approx(adhesion, abs=2e-3)
    assert row.interface_energy == pytest.approx(
        (below + above - bulk_energy) / (2 * area) - adhesion, abs=2e-3
    )
    assert row.strain_energy == pytest.approx((above - energy_of(free)) / area, abs=2e-3)
    assert row.note is None


def test_the_second_potential_judges_the_same_models(silver_on_copper: Campaign) -> None:
    from ase.calculators.lj import LennardJones

    row = campaign_table(silver_on_copper).rows[0]
    model = models_of(silver_on_copper)[row.key]
    model.calc = LennardJones()
    assert row.second_energy == pytest.approx(model.get_potential_energy())
    assert row.second_adhesion is not None


def test_a_rigid_scan_finds_the_lowest_energy_along_the_normal(silver_on_copper: Campaign) -> None:
    row = campaign_table(silver_on_copper).rows[0]
    assert row.gap is not None
    assert row.rigid_energy is not None
    place = silver_on_copper.folder
    options = {**silver_on_copper.job.options, **silver_on_copper.candidates[0].varied}
    options |= {name: str(place / options[name]) for name in ("substrate", "film")}
    energies = {}
    for offset in (-0.1, -0.02, 0.0, 0.02, 0.1):
        atoms = interface_of(**options, gap=row.gap + offset).atoms
        atoms.calc = EMT()
        energies[offset] = atoms.get_potential_energy()
    assert energies[0.0] == pytest.approx(row.rigid_energy, abs=1e-6)
    assert energies[0.0] < min(energies[-0.1], energies[0.1])
    assert min(energies.values()) > energies[0.0] - 5e-3


def test_a_scan_in_the_plane_finds_the_hollow(tmp_path: Path) -> None:
    """Atop, silver is higher in energy: the scan leaves that shift for one of less energy."""
    text = SILVER_ON_COPPER.replace("shift = [0, 0]\n", "").replace("[scan]", "[scan]\ngrid = 0.9")
    campaign = planned(tmp_path, text.replace('second_potential = "ase.calculators.lj', "#"))
    run_campaign(campaign, worker=(1, 1))
    row = campaign_table(campaign).rows[0]
    options = {**campaign.job.options}
    options |= {name: str(campaign.folder / options[name]) for name in ("substrate", "film")}
    atop = interface_of(**options, match=1, shift=(0.0, 0.0)).atoms
    atop.calc = EMT()
    assert row.rigid_energy is not None
    assert row.rigid_energy < atop.get_potential_energy()


def test_references_are_computed_once(tmp_path: Path) -> None:
    text = SILVER_ON_COPPER.replace("shift = [0, 0]\n", "").replace(
        "match = [1]", "match = [1]\nshift = [[0, 0], [0.3, 0.1], [0.7, 0.2]]"
    )
    campaign = planned(tmp_path, text.replace("fmax = 0.01", "steps = 2"))
    run_campaign(campaign, worker=(1, 1))
    assert [row.status for row in campaign_table(campaign).rows] == ["not converged"] * 3
    models = list((campaign.folder / "references").glob("*.extxyz"))
    assert len(models) == 5  # two slabs, one without strain, two crystals


def test_other_limits_repeat_neither_building_nor_scanning(tmp_path: Path) -> None:
    campaign = planned(tmp_path, SILVER_ON_COPPER)
    keys = campaign.stages(campaign.candidates[0])
    changed = SILVER_ON_COPPER.replace("fmax = 0.01", "fmax = 0.02")
    other = planned(tmp_path, changed, force=True)
    again = other.stages(other.candidates[0])
    assert {stage for stage in keys if keys[stage] == again[stage]} == {"build", "scan"}


def test_what_is_no_multiple_of_its_crystal_has_no_interface_energy(tmp_path: Path) -> None:
    text = """
build = "interface"
potential = "ase.calculators.lj:LennardJones"
[options]
substrate = "lib:mgo"
film = "lib:mgo"
contact = "(1,1,1)||(1,1,1)"
max_area = 10
symmetric = true
substrate_thickness = 4
film_thickness = 4
[vary]
match = [1]
"""
    campaign = planned(tmp_path, text)
    run_campaign(campaign, worker=(1, 1))
    row = campaign_table(campaign).rows[0]
    assert row.adhesion is not None
    assert row.interface_energy is None
    assert "excess of" in str(row.note)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("[scan]\nsteps = 3", "steps is no option of"),
        ("[scan]\nstep = 0", "0.02 to 10"),
        ("[scan]\nstep = 'fine'", "length in Å"),
        ("[scan]\ngrid = 1", "shift is given"),
    ],
)
def test_scans_that_cannot_be_are_refused(tmp_path: Path, change: str, words: str) -> None:
    with pytest.raises(IonsmithError, match=words):
        planned(tmp_path, SILVER_ON_COPPER.replace("[scan]", change))


def test_scans_are_for_interfaces(tmp_path: Path) -> None:
    with pytest.raises(IonsmithError, match="moves the film"):
        planned(
            tmp_path,
            "build = 'slab'\npotential = 'ase.calculators.emt:EMT'\n[options]\ncrystal = 'cu.cif'\n"
            "[vary]\nplane = ['(1,1,1)']\n[scan]\n",
        )
