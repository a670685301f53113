"""The picture of a crack shows each atom, block and plane once."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

from ionsmith.builders.beta_alumina.crack import open_crack
from ionsmith.builders.beta_alumina.crack._plot import METAL
from ionsmith.errors import IonsmithError
from ionsmith.pictures._polygons import FEWER_CORNERS
from ionsmith.pictures.saving import save_picture
from strategies import full_beta_alumina


def test_picture_shows_every_atom_block_and_plane(tmp_path: Path) -> None:
    crack = open_crack(full_beta_alumina().repeat((6, 1, 1)), 1, extent=(0.2, 0.8), fill=True)
    assert crack.filling is not None
    ax = crack.plot()
    balls = ax.collections[0]
    outlines = [path.vertices[:-1] for path in balls.get_paths()]
    colours = [to_hex(colour) for colour in balls.get_facecolors()]
    left, right = ax.get_xlim()
    metal = np.array(
        [
            outline.mean(axis=0)
            for outline, colour in zip(outlines, colours, strict=True)
            if len(outline) >= FEWER_CORNERS and colour == METAL
        ]
    )
    inside = metal[(metal[:, 0] > left) & (metal[:, 0] <= right)]
    assert len(inside) == crack.filling.n_atoms
    words = {text.get_text() for text in ax.texts}
    assert words >= {f"{name} {n}" for name in ("block", "plane") for n in (1, 2, 3)}
    # The metal is drawn between the walls, and within the crack.
    (cut,) = crack.fractures
    assert np.ptp(inside[:, 0]) < cut.end - cut.start
    assert np.ptp(inside[:, 1]) < crack.stretches[0].wall_distance
    for name in ("a.png", "b.png", "a.svg", "b.svg"):
        save_picture(str(tmp_path / name), crack)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    with pytest.raises(IonsmithError, match="png"):
        save_picture(str(tmp_path / "a.doc"), crack)
