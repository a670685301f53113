"""Pictures of powder patterns: what is in them, and the same bytes each time."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from ionsmith.analyzers.powder import Shape, mix, powder_pattern
from ionsmith.analyzers.scattering import read_scatterers
from ionsmith.errors import IonsmithError
from ionsmith.pictures.powder import hkl_text, plot_profile, plot_sticks, save_powder

SILICON = mix([powder_pattern(read_scatterers("lib:si"))])


def test_sticks() -> None:
    ax = plot_sticks(SILICON, Figure().subplots())
    (sticks,) = ax.collections
    heights = [segment[1][1] for segment in sticks.get_segments()]
    assert heights == pytest.approx(SILICON.patterns[0].intensity)
    assert ax.texts[0].get_text() == "111"


def test_profile_has_its_peaks_at_the_lines() -> None:
    ax = plot_profile(SILICON, Shape(zero=0.1), Figure().subplots())
    angles, height = ax.lines[0].get_data()
    assert angles[np.argmax(height)] == pytest.approx(
        SILICON.patterns[0].two_theta[0] + 0.1, abs=0.01
    )
    ticks = ax.lines[1].get_xdata()
    assert ticks == pytest.approx(SILICON.patterns[0].two_theta + 0.1)


@pytest.mark.parametrize("suffix", ["png", "svg", "xy", "csv"])
def test_same_bytes(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("first", "second")]
    for path in paths:
        save_powder(str(path), SILICON, Shape())
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_other_suffix() -> None:
    with pytest.raises(IonsmithError, match="png"):
        save_powder("picture.doc", SILICON, Shape())


def test_indices() -> None:
    assert hkl_text([1, 0, 10]) == "1 0 10"
    assert hkl_text([1, -1, 2]) == "11\u03052"
