"""The picture shows what the anatomy says."""

from pathlib import Path

import matplotlib

matplotlib.use("agg")

from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex

from ionsmith.builders.beta_alumina import close_planes
from ionsmith.pictures.stack import COLOURS, draw_stacks, plot_stack
from strategies import full_beta_alumina


def test_polyhedra_and_labels() -> None:
    closed = close_planes(full_beta_alumina(), [2]).atoms
    figure = draw_stacks({"before": full_beta_alumina(), "after": closed})
    for ax, words in zip(figure.axes, (["open"] * 3, ["open", "closed", "open"]), strict=True):
        assert [text.get_text().split("\n")[0] for text in ax.texts] == words
        polygons = next(item for item in ax.collections if isinstance(item, PolyCollection))
        colours = [to_hex(colour) for colour in polygons.get_facecolor()]
        # 33 cations in the cell: 21 octahedra, 12 tetrahedra of which 6 face a plane.
        assert colours.count(COLOURS["octahedron"]) == 21
        assert colours.count(COLOURS["tetrahedron"]) == 6
        assert colours.count(COLOURS["facing"]) == 6
    assert "6.49 Å" in figure.axes[0].texts[1].get_text()
    assert "4.22 Å" in figure.axes[1].texts[1].get_text()


def test_same_structure_same_picture(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        draw_stacks({"": full_beta_alumina()}).savefig(tmp_path / name, dpi=40)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_makes_its_own_axes() -> None:
    ax = plot_stack(full_beta_alumina())
    assert "height" in ax.get_ylabel()
    matplotlib.pyplot.close(ax.figure)
