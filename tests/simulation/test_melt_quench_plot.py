"""The picture of a quench shows its course."""

from dataclasses import replace
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import pytest
from ase.build import bulk

from ionsmith.errors import IonsmithError
from ionsmith.pictures.saving import save_picture
from ionsmith.simulation.melt_quench import MeltQuench
from ionsmith.simulation.melt_quench._result import Trace

GLASS = MeltQuench(
    atoms=bulk("Cu"), origin="Cu", potential="none", melt_temperature=900.0, melt_time=1.0,
    rate=600.0, quench_time=1.0, final_temperature=300.0, hold_time=0.0, timestep=1.0,
    mean_melt_temperature=905.0, mean_final_temperature=None, melt_displacement={"Cu": 3.0},
    density=8.0, pressure=None, energy_per_atom=-1.0, largest_force=0.01, converged=True,
    reference_energy_per_atom=-1.2, coordination={"Cu": {12: 1}}, reference_coordination=None,
    trace=Trace((0.5, 1.0, 1.5, 2.0), (900, 900, 600, 300), (910, 900, 610, 310),
                (-0.5, -0.5, -0.7, -0.9)), seed=0,
)  # fmt: skip


def test_lines_are_the_course() -> None:
    above, below = GLASS.draw().axes
    measured, target = above.get_lines()
    assert measured.get_ydata().tolist() == [910, 900, 610, 310]
    assert target.get_xdata().tolist() == [0.5, 1.0, 1.5, 2.0]
    levels = [line.get_ydata()[0] for line in below.get_lines()[1:]]
    assert levels == [-1.0, -1.2]
    alone = replace(GLASS, reference_energy_per_atom=None).draw()
    assert len(alone.axes[1].get_lines()) == 2


def test_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    save_picture(str(first), GLASS)
    save_picture(str(second), GLASS)
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(IonsmithError, match=r"\.png, \.svg or \.pdf"):
        save_picture(str(tmp_path / "a.doc"), GLASS)
