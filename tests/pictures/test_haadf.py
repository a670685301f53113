"""Pictures and data files hold what was computed."""

import json
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from PIL import Image

from ionsmith.analyzers.haadf import simulate_haadf
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.errors import IonsmithError, OutputExists
from ionsmith.lattice.miller import Direction
from ionsmith.pictures.haadf import (
    check_haadf_target,
    draw_haadf,
    plot_image,
    plot_profile,
    save_haadf,
)
from strategies import full_beta_alumina
from textbook import perovskite

CLOSED = simulate_haadf(close_planes(full_beta_alumina(), [2]).atoms, Direction((1, 0, 0)))
OBLIQUE = simulate_haadf(
    perovskite(), Direction((0, 0, 1)), line=((1.0, 1.0), (10.0, 4.0)), width=1.0
)


def test_picture_of_closed_planes() -> None:
    left, right = draw_haadf(CLOSED).axes
    (shown,) = left.get_images()
    assert CLOSED.image is not None
    np.testing.assert_array_equal(shown.get_array(), CLOSED.image.T)
    width, height = CLOSED.cell.field
    np.testing.assert_allclose(np.ptp(shown.get_extent()[:2]), width, rtol=1e-6)
    words = [text.get_text() for text in right.texts]
    assert words == ["open\n6.49 Å", "closed\n4.22 Å", "open\n6.49 Å"]
    np.testing.assert_allclose(right.get_ylim(), (0, height))
    (line, *_) = right.lines
    np.testing.assert_allclose(line.get_ydata(), CLOSED.profile.position)


def test_the_scale_bar_is_as_long_as_it_says() -> None:
    ax = plot_image(CLOSED)
    bar = [patch for patch in ax.patches if isinstance(patch, Rectangle)][-1]
    (label,) = [text.get_text() for text in ax.texts]
    assert label == f"{bar.get_width():g} Å"
    matplotlib.pyplot.close(ax.figure)


def test_an_oblique_line_is_drawn_and_its_profile_below() -> None:
    top, bottom = draw_haadf(OBLIQUE).axes
    np.testing.assert_allclose(top.lines[0].get_xydata(), [(1, 1), (10, 4)])
    np.testing.assert_allclose(bottom.get_xlim(), (0, np.hypot(9, 3)))
    ax = plot_profile(OBLIQUE)
    assert "detector" in ax.get_ylabel()
    matplotlib.pyplot.close(ax.figure)


@pytest.mark.parametrize("suffix", ["png", "svg", "npz", "tif"])
def test_same_result_same_bytes(suffix: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_haadf(str(tmp_path / f"{name}.{suffix}"), OBLIQUE)
    one, two = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_data_come_back(tmp_path: Path) -> None:
    assert CLOSED.image is not None
    save_haadf(str(tmp_path / "image.npz"), CLOSED)
    with np.load(tmp_path / "image.npz", allow_pickle=False) as data:
        np.testing.assert_array_equal(data["image"], CLOSED.image)
        np.testing.assert_array_equal(data["profile_intensity"], CLOSED.profile.intensity)
        settings = json.loads(str(data["settings"]))
    assert settings["microscope"]["detector"] == [60, 120]
    save_haadf(str(tmp_path / "image.tif"), CLOSED)
    with Image.open(tmp_path / "image.tif") as picture:
        assert picture.mode == "F"
        np.testing.assert_allclose(np.array(picture)[::-1].T, CLOSED.image, rtol=1e-6)
        resolution = [float(picture.tag_v2[tag]) for tag in (282, 283)]
        assert picture.tag_v2[270].startswith("ImageJ=")
    np.testing.assert_allclose(resolution, 1 / np.array(CLOSED.steps), rtol=1e-6)


def test_targets_are_checked_before_the_work(tmp_path: Path) -> None:
    there = tmp_path / "there.png"
    there.write_bytes(b"")
    with pytest.raises(OutputExists):
        check_haadf_target(str(there), force=False, image=True)
    check_haadf_target(str(there), force=True, image=True)
    with pytest.raises(IonsmithError, match=r"\.npz"):
        check_haadf_target("image.jpg", force=False, image=True)
    with pytest.raises(IonsmithError, match="no image"):
        check_haadf_target("image.tif", force=False, image=False)
