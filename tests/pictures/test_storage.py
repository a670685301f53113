"""The pictures show what the phases say."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
from matplotlib.figure import Figure

from ionsmith.analyzers.storage import (
    Storage,
    convex_hull,
    crystal_material,
    read_material,
    storage,
)
from ionsmith.crystals.alloy_systems import parse_system, path
from ionsmith.errors import IonsmithError
from ionsmith.pictures.storage import (
    draw_storage,
    plot_expansion,
    plot_voltage,
    plot_volume,
    save_storage,
)


def of_paths(*systems: str) -> Storage:
    return storage([crystal_material(c) for name in systems for c in path(parse_system(name))])


TIN = [crystal_material(crystal) for crystal in path(parse_system("Li-Sn"))]
HULL = convex_hull(TIN, {"li": 0.0, "sn": 0.0, "li2sn5": -0.22, "lisn": -0.36, "li17sn4": -0.4})


def test_points_are_the_phases() -> None:
    found = of_paths("Na-Sn")
    for plot, field in ((plot_expansion, "expansion_percent"), (plot_volume, "volume_per_host")):
        ax = Figure().subplots()
        assert plot(found, ax) is ax
        (line,) = ax.get_lines()
        # alpha-tin is no step of the way and is left out
        own = [phase for phase in found.phases if phase.phase != "sn-alpha"]
        np.testing.assert_allclose(line.get_xdata(), [phase.x for phase in own])
        np.testing.assert_allclose(line.get_ydata(), [getattr(phase, field) for phase in own])
        assert {text.get_text() for text in ax.texts} == {phase.phase for phase in own}


def test_systems_have_lines_of_their_own() -> None:
    ax = Figure().subplots()
    plot_expansion(of_paths("Li-Sn", "Na-Sn", "Li-Si"), ax)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["Li–Si", "Li–Sn", "Na–Sn"]
    assert all(line.get_xdata()[0] == 0 for line in ax.get_lines())


def test_staircase() -> None:
    ax = Figure().subplots()
    plot_voltage(HULL, ax)
    (line,) = ax.get_lines()
    x, voltage = np.array(line.get_xdata()), np.array(line.get_ydata())
    for step in HULL.steps:
        middle = (step.x_start + step.x_end) / 2
        left = np.searchsorted(x, middle) - 1
        assert voltage[left] == voltage[left + 1] == step.voltage
    assert (np.diff(voltage) <= 0).all()
    assert [text.get_text() for text in ax.texts] == [step.end for step in HULL.steps]


def test_one_phase_alone_and_an_unstable_system() -> None:
    figure = Figure()
    draw_storage(storage([read_material("si")]), figure)
    flat = convex_hull(TIN, {"li": 0.0, "sn": 0.0, "lisn": 0.1})
    draw_storage(storage(TIN, hull=flat), Figure())


def test_files(tmp_path: Path) -> None:
    found = storage(TIN, hull=HULL)
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        save_storage(str(tmp_path / name), found)
    for suffix in ("svg", "png"):
        first, second = (tmp_path / f"{stem}.{suffix}" for stem in "ab")
        assert first.read_bytes() == second.read_bytes()
    with pytest.raises(IonsmithError, match=r"\.png or \.svg"):
        save_storage(str(tmp_path / "a.gif"), found)
