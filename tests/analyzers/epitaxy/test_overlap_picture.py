"""The picture shows what the overlap says."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from ionsmith.analyzers.epitaxy import site_overlap
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import InvalidChoice, IonsmithError
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.pictures.saving import save_picture

OVERLAP = site_overlap(
    "lib:nh4vo3",
    "lib:nvp",
    OrientationRelationship.from_parallel(
        read_lattice("lib:nh4vo3"),
        read_lattice("lib:nvp"),
        parse_planes("(1,2,-1)||(2,-1,0)"),
        parse_directions("[0,1,2]||[1,2,-1]"),
    ),
    "V",
    radius=8.0,
)


def test_what_is_drawn() -> None:
    figure = OVERLAP.draw()
    zone, normal, histogram = (ax for ax in figure.axes if ax.get_xlabel())
    for ax, flat, title in ((zone, [1, 2], "along [0,1,2]"), (normal, [0, 1], "along normal")):
        assert ax.get_title(loc="left").startswith(title)
        arrows, film, sites = ax.collections
        np.testing.assert_allclose(sites.get_offsets(), OVERLAP.sites[:, flat])
        np.testing.assert_allclose(
            arrows.get_offsets() + np.column_stack([arrows.U, arrows.V]),
            OVERLAP.partners[:, flat],
        )
        assert arrows.get_array().mean() == pytest.approx(OVERLAP.to_film.mean)
        drawn = np.asarray(film.get_offsets())
        for needed in (OVERLAP.partners, OVERLAP.film_sites):
            away = np.linalg.norm(needed[:, None, flat] - drawn, axis=2)
            assert away.min(axis=1).max() < 1e-5
        low, high = ax.get_xlim()
        assert low < drawn.min() < drawn.max() < high
    bars = [bar.get_height() for bar in histogram.patches]
    assert sum(bars) == OVERLAP.to_film.count + OVERLAP.to_substrate.count
    lines = [line.get_xdata()[0] for line in histogram.lines]
    assert lines == [
        OVERLAP.to_film.mean,
        OVERLAP.to_film.random_origin,
        OVERLAP.to_substrate.mean,
        OVERLAP.to_substrate.random_origin,
    ]


def test_one_view_alone() -> None:
    ax = OVERLAP.plot(view="normal")
    assert ax.get_title(loc="left").startswith("along normal")
    with pytest.raises(InvalidChoice, match="'zone' or 'normal'"):
        OVERLAP.plot(view="side")  # type: ignore[arg-type]
    plt.close(ax.figure)


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_same_overlap_same_picture(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    for path in paths:
        save_picture(str(path), OVERLAP)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_bytes()) > 5000


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IonsmithError, match=r"ends in \.png, \.svg or \.pdf"):
        save_picture(str(tmp_path / "overlap.doc"), OVERLAP)
