"""The picture shows what the match says."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

import numpy as np
import pytest

from ionsmith.crystals import load
from ionsmith.errors import IonsmithError
from ionsmith.lattice.miller import parse_planes
from ionsmith.pictures.saving import save_picture
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches
from ionsmith.surfaces.matches._plot import in_plane

SUBSTRATE, FILM = (load(name).lattice for name in ("nh4vo3", "nvp"))
FOUND = find_matches(
    SUBSTRATE,
    FILM,
    Limits(250, 0.04, substrate_share=0.5),
    contact=parse_planes("(1,2,-1)||(2,-1,0)"),
)
MATCHES = FOUND.matches


@pytest.mark.parametrize("number", [0, 1])
def test_both_sides_share_the_cell(number: int) -> None:
    match = MATCHES[number]
    assert match.reversed == bool(number)
    sides = in_plane(match, SUBSTRATE, FILM)
    np.testing.assert_allclose(sides["film"][1], sides["substrate"][1], atol=1e-6)
    for name, principal in (
        ("substrate", match.substrate_principal),
        ("film", match.film_principal),
    ):
        mesh, cell, strain = sides[name]
        assert abs(np.linalg.det(cell) / np.linalg.det(mesh)) == pytest.approx(2)
        np.testing.assert_allclose(np.linalg.eigvalsh(strain), sorted(principal), atol=1e-9)
    np.testing.assert_allclose(sides["substrate"][1][0, 1], 0, atol=1e-9)


def test_what_is_drawn() -> None:
    ax = FOUND.plot()
    labels = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert labels == ["nh4vo3 (1,2,-1) (substrate)", "nvp (2,-1,0) (film)"]
    below, above = (set(map(tuple, item.get_offsets().round(4))) for item in ax.collections)
    # Half of each lattice lies on the other one: the cell holds two meshes of both.
    assert 0 < len(below & above) < min(len(below), len(above))
    assert {tuple(corner) for corner in ax.patches[1].get_xy().round(4)} <= below & above
    assert ax.get_title(loc="left").startswith("nvp 219.8 Å² on nh4vo3 213.0 Å²\n")
    words = " ".join(text.get_text() for text in ax.texts)
    for value in (*MATCHES[0].substrate_principal, *MATCHES[0].film_principal):
        assert f"{100 * value:+.2f} %" in words
    matplotlib.pyplot.close(ax.figure)


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_same_match_same_picture(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    for path in paths:
        save_picture(path, FOUND)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_bytes()) > 5000


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IonsmithError, match=r"ends in \.png, \.svg or \.pdf"):
        save_picture(tmp_path / "match.cif", FOUND)


def test_matches_are_numbered_from_one() -> None:
    ax = FOUND.plot(number=2)
    assert "film turned over" in ax.get_title(loc="left")
    matplotlib.pyplot.close(ax.figure)
    with pytest.raises(IonsmithError, match="`number` is 0; expected 1 to"):
        FOUND.plot(number=0)


def test_the_front_is_drawn() -> None:
    ax = FOUND.plot()
    (inset,) = ax.child_axes
    front = next(line for line in inset.lines if line.get_label() == "Pareto front")
    expected = sorted(
        (match.substrate_area, 1000 * match.strain_energy) for match in MATCHES if match.pareto
    )
    np.testing.assert_allclose(np.column_stack(front.get_data()), expected)
    matplotlib.pyplot.close(ax.figure)
