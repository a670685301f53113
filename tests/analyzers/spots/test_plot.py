"""The picture shows the spots, names and marks that it should."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest

from ionsmith.analyzers.spots import SpotPatterns, overlay_spots
from ionsmith.analyzers.spots._plot import labelled, spot_label
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, NoMatch
from ionsmith.lattice.miller import Plane, parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.pictures.saving import save_picture


@pytest.fixture(scope="module")
def published() -> SpotPatterns:
    substrate, film = load("nh4vo3"), load("nvp")
    return overlay_spots(
        substrate,
        film,
        OrientationRelationship.from_parallel(
            substrate.lattice,
            film.lattice,
            parse_planes("(1,2,-1)||(2,-1,0)"),
            parse_directions("[0,1,2]||[1,2,-1]"),
        ),
    )


def test_what_is_drawn(published: SpotPatterns) -> None:
    ax = published.plot()
    words = [text.get_text() for text in ax.texts]
    for spot in ((1, 0, 0), (2, 0, 2), (1, 2, -1), (2, -1, 0)):
        assert {spot_label(spot), spot_label([-index for index in spot])} & set(words)
    assert words.count("3:2") == 2
    drawn = np.concatenate([item.get_offsets() for item in ax.collections])
    for pattern in published.patterns:
        nearest = np.linalg.norm(drawn[:, None] - pattern.positions[None], axis=2).min(axis=0)
        assert nearest.max() < 1e-9
    assert len(ax.patches) == 2 * len(published.coincidences)
    for pair, circle in zip(published.coincidences, ax.patches, strict=False):
        assert tuple(circle.center) == pytest.approx(pair.position)
        assert 2 * circle.radius > pair.distance
    labels = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert labels[:2] == ["nh4vo3, [0,1,2]", "nvp, [1,2,-1]"]
    assert "8.1 %" in labels[-1]
    matplotlib.pyplot.close(ax.figure)


def test_named_spots_do_not_overlap_and_can_be_asked_for(published: SpotPatterns) -> None:
    pattern = published.patterns[1]
    chosen = labelled(pattern, 8, [Plane((3, -1, 1))], room=0.1)
    assert pattern.hkl[chosen[0]].tolist() == [3, -1, 1]
    assert len(chosen) == 9
    apart = abs(pattern.positions[chosen][:, None] - pattern.positions[chosen][None])
    overlap = (apart[..., 0] < 0.1) & (apart[..., 1] < 0.05)
    assert overlap.sum() == len(chosen)
    assert not pattern.forbidden[chosen[1:]].any()
    with pytest.raises(NoMatch, match=r"\(1,1,1\) is not a spot"):
        labelled(pattern, 0, [Plane((1, 1, 1))])


def test_labels() -> None:
    assert spot_label((1, -2, 0)) == r"$1\,\bar{2}\,0$"
    assert spot_label((10, 0, -12)) == r"$10\;0\;\bar{12}$"


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_same_pattern_same_picture(published: SpotPatterns, tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    for path in paths:
        save_picture(path, published, labels=3)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_bytes()) > 5000


def test_other_formats_are_refused(published: SpotPatterns, tmp_path: Path) -> None:
    with pytest.raises(IonsmithError, match=r"ends in \.png, \.svg or \.pdf"):
        save_picture(tmp_path / "spots.cif", published)
