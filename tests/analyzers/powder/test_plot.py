"""Pictures and columns of powder patterns: what is in them, and the same bytes each time."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from ionsmith.analyzers.powder import (
    MeasuredPattern,
    Shape,
    mix,
    overlay,
    powder_pattern,
    write_profile,
)
from ionsmith.analyzers.powder._plot import hkl_text
from ionsmith.errors import IonsmithError
from ionsmith.pictures.saving import save_picture

SILICON = mix([powder_pattern("lib:si")])


def test_sticks() -> None:
    for result in (SILICON, SILICON.patterns[0]):
        ax = result.plot(Figure().subplots())
        (sticks,) = ax.collections
        heights = [segment[1][1] for segment in sticks.get_segments()]
        assert heights == pytest.approx(SILICON.patterns[0].intensity)
        assert ax.texts[0].get_text() == "111"


def test_two_crystals_have_two_colours() -> None:
    ax = mix([powder_pattern("lib:al2o3"), powder_pattern("lib:sio2")]).plot(Figure().subplots())
    assert ax.get_legend_handles_labels()[1] == ["al2o3", "sio2"]


def test_profile_has_its_peaks_at_the_lines() -> None:
    ax = SILICON.plot(Figure().subplots(), Shape(zero=0.1))
    angles, height = ax.lines[0].get_data()
    assert angles[np.argmax(height)] == pytest.approx(
        SILICON.patterns[0].two_theta[0] + 0.1, abs=0.01
    )
    ticks = ax.lines[1].get_xdata()
    assert ticks == pytest.approx(SILICON.patterns[0].two_theta + 0.1)


def test_background_is_added_to_a_profile() -> None:
    _, total = SILICON.profile(Shape(background=5.0))
    assert total.max() == pytest.approx(105)


def test_the_overlay_is_drawn_and_written(tmp_path: Path) -> None:
    angles, intensity = SILICON.profile(Shape())
    measured = MeasuredPattern("scan.xy", angles, 50 * intensity + 20)
    found = overlay(SILICON, measured, Shape())
    ax = found.plot(Figure().subplots())
    assert ax.lines[0].get_ydata() == pytest.approx(measured.counts)
    assert ax.lines[1].get_ydata() == pytest.approx(measured.counts, abs=1)
    assert ax.get_title("left").startswith("si on scan.xy, R_wp 0.0 %")
    write_profile(tmp_path / "overlay.csv", found, Shape())
    columns = np.genfromtxt(tmp_path / "overlay.csv", delimiter=",", names=True)
    assert columns["measured"] == pytest.approx(measured.counts, rel=1e-5)
    assert columns.dtype.names[-1] == "difference"


@pytest.mark.parametrize("suffix", ["png", "svg", "xy", "csv"])
def test_same_bytes(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("first", "second")]
    for path in paths:
        if suffix in ("png", "svg"):
            save_picture(path, SILICON, shape=Shape())
        else:
            write_profile(path, SILICON, Shape())
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_other_suffix() -> None:
    with pytest.raises(IonsmithError, match="png"):
        save_picture("picture.doc", SILICON)
    with pytest.raises(IonsmithError, match=r"\.xy or \.csv"):
        write_profile("profile.doc", SILICON, Shape())


def test_indices() -> None:
    assert hkl_text([1, 0, 10]) == "1 0 10"
    assert hkl_text([1, -1, 2]) == "11\u03052"
