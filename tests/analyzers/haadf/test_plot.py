"""Pictures and data files hold what was computed."""

import json
from dataclasses import replace
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from PIL import Image

from ionsmith.analyzers.haadf import simulate_haadf, write_haadf
from ionsmith.analyzers.haadf._plot import plot_profile
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.errors import IonsmithError
from ionsmith.lattice.miller import Direction
from ionsmith.pictures.saving import save_picture
from strategies import full_beta_alumina
from textbook import perovskite

CLOSED = simulate_haadf(close_planes(full_beta_alumina(), [2]).atoms, Direction((1, 0, 0)))
OBLIQUE = simulate_haadf(
    perovskite(), Direction((0, 0, 1)), line=((1.0, 1.0), (10.0, 4.0)), width=1.0
)


def test_picture_of_closed_planes() -> None:
    (left,) = CLOSED.draw().axes
    (right,) = left.child_axes
    (shown,) = left.get_images()
    assert CLOSED.image is not None
    np.testing.assert_array_equal(shown.get_array(), CLOSED.image.intensity.T)
    width, height = CLOSED.cell.field
    np.testing.assert_allclose(np.ptp(shown.get_extent()[:2]), width, rtol=1e-6)
    words = [text.get_text() for text in right.texts]
    assert words == ["open\n6.49 Å", "closed\n4.22 Å", "open\n6.49 Å"]
    np.testing.assert_allclose(right.get_ylim(), (0, height))
    (line, *_) = right.lines
    np.testing.assert_allclose(line.get_ydata(), CLOSED.profile.position)


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    ax = CLOSED.plot()
    bar = [patch for patch in ax.patches if isinstance(patch, Rectangle)][-1]
    (label,) = [text.get_text() for text in ax.texts]
    assert label == f"{bar.get_width():g} Å"
    matplotlib.pyplot.close(ax.figure)


def test_an_oblique_line_is_drawn_and_its_profile_below() -> None:
    top, bottom = OBLIQUE.draw().axes
    np.testing.assert_allclose(top.lines[0].get_xydata(), [(1, 1), (10, 4)])
    np.testing.assert_allclose(bottom.get_xlim(), (0, np.hypot(9, 3)))
    ax = plot_profile(OBLIQUE.profile, None)
    assert "detector" in ax.get_ylabel()
    matplotlib.pyplot.close(ax.figure)


@pytest.mark.parametrize("suffix", ["png", "svg", "npz", "tif"])
def test_same_result_same_bytes(suffix: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write = save_picture if suffix in ("png", "svg") else write_haadf
        write(tmp_path / f"{name}.{suffix}", OBLIQUE)
    one, two = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_data_come_back(tmp_path: Path) -> None:
    assert CLOSED.image is not None
    write_haadf(tmp_path / "image.npz", CLOSED)
    with np.load(tmp_path / "image.npz", allow_pickle=False) as data:
        np.testing.assert_array_equal(data["image"], CLOSED.image.intensity)
        np.testing.assert_array_equal(data["profile_intensity"], CLOSED.profile.intensity)
        settings = json.loads(str(data["settings"]))
    assert settings["microscope"]["detector"] == [60, 120]
    write_haadf(tmp_path / "image.tif", CLOSED)
    with Image.open(tmp_path / "image.tif") as picture:
        assert picture.mode == "F"
        np.testing.assert_allclose(np.array(picture)[::-1].T, CLOSED.image.intensity, rtol=1e-6)
        resolution = [float(picture.tag_v2[tag]) for tag in (282, 283)]
        assert picture.tag_v2[270].startswith("ImageJ=")
    np.testing.assert_allclose(resolution, 1 / np.array(CLOSED.image.pixel_size), rtol=1e-6)


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IonsmithError, match=r"\.npz"):
        write_haadf(tmp_path / "image.jpg", CLOSED)
    with pytest.raises(IonsmithError, match="no image"):
        write_haadf(tmp_path / "image.tif", replace(CLOSED, image=None))


def test_a_profile_alone_is_drawn_alone() -> None:
    (ax,) = replace(CLOSED, image=None).draw().axes
    assert ax.get_xlabel() == "along the line (Å)"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * CLOSED.profile.intensity)
