"""The pictures show what the phases say."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
from matplotlib.figure import Figure

from ionsmith.analyzers.storage import Storage, convex_hull, storage
from ionsmith.crystals.alloy_systems import parse_system, path
from ionsmith.errors import IonsmithError
from ionsmith.pictures.saving import save_picture


def of_paths(*systems: str) -> Storage:
    return storage([c for name in systems for c in path(parse_system(name))])


TIN = path(parse_system("Li-Sn"))
HULL = convex_hull(TIN, {"li": 0.0, "sn": 0.0, "li2sn5": -0.22, "lisn": -0.36, "li17sn4": -0.4})


def test_points_are_the_phases() -> None:
    found = of_paths("Na-Sn")
    for plot, field in (
        (found.plot, "expansion_percent"),
        (found.plot_volume, "volume_per_host"),
    ):
        ax = Figure().subplots()
        assert plot(ax) is ax
        (line,) = ax.get_lines()
        # alpha-tin is no step of the way and is left out
        own = [phase for phase in found.phases if phase.phase != "sn-alpha"]
        np.testing.assert_allclose(line.get_xdata(), [phase.x for phase in own])
        np.testing.assert_allclose(line.get_ydata(), [getattr(phase, field) for phase in own])
        assert {text.get_text() for text in ax.texts} == {phase.phase for phase in own}


def test_systems_have_lines_of_their_own() -> None:
    ax = Figure().subplots()
    of_paths("Li-Sn", "Na-Sn", "Li-Si").plot(ax)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["Li–Si", "Li–Sn", "Na–Sn"]
    assert all(line.get_xdata()[0] == 0 for line in ax.get_lines())


def test_staircase() -> None:
    ax = Figure().subplots()
    HULL.plot(ax)
    (line,) = ax.get_lines()
    x, voltage = np.array(line.get_xdata()), np.array(line.get_ydata())
    for step in HULL.steps:
        middle = (step.x_start + step.x_end) / 2
        left = np.searchsorted(x, middle) - 1
        assert voltage[left] == voltage[left + 1] == step.voltage
    assert (np.diff(voltage) <= 0).all()
    assert [text.get_text() for text in ax.texts] == [step.end for step in HULL.steps]


def test_one_phase_alone_and_an_unstable_system() -> None:
    assert len(storage(["si"]).draw().axes) == 2
    flat = convex_hull(TIN, {"li": 0.0, "sn": 0.0, "lisn": 0.1})
    assert len(storage(TIN, hull=flat).draw().axes) == 3


def test_files(tmp_path: Path) -> None:
    found = storage(TIN, hull=HULL)
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        save_picture(str(tmp_path / name), found)
    for suffix in ("svg", "png"):
        first, second = (tmp_path / f"{stem}.{suffix}" for stem in "ab")
        assert first.read_bytes() == second.read_bytes()
    with pytest.raises(IonsmithError, match=r"\.png, \.svg or \.pdf"):
        save_picture(str(tmp_path / "a.gif"), found)
