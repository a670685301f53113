"""The picture of a crack shows each atom, block and plane once."""

from pathlib import Path

import numpy as np
import pytest

from ionsmith.builders.beta_alumina.crack import open_crack
from ionsmith.errors import IonsmithError
from ionsmith.pictures.saving import save_picture
from strategies import full_beta_alumina


def test_picture_shows_every_atom_block_and_plane(tmp_path: Path) -> None:
    crack = open_crack(full_beta_alumina().repeat((6, 1, 1)), 1, extent=(0.2, 0.8), fill=True)
    assert crack.filling is not None
    ax = crack.plot()
    drawn = {str(dots.get_label()): len(dots.get_offsets()) for dots in ax.collections}
    metal = drawn.pop("Na metal")
    assert metal == crack.filling.n_atoms
    assert {**drawn, "Na": drawn["Na"] + metal} == crack.composition
    words = {text.get_text() for text in ax.texts}
    assert words == {f"{name} {n}" for name in ("block", "plane") for n in (1, 2, 3)}
    # The metal is drawn between the walls, and within the crack.
    (points,) = (dots.get_offsets() for dots in ax.collections if dots.get_label() == "Na metal")
    (cut,) = crack.fractures
    places = np.asarray(points)
    assert places[:, 0].min() > cut.start
    assert places[:, 0].max() < cut.end
    assert np.ptp(places[:, 1]) < crack.stretches[0].wall_distance
    for name in ("a.png", "b.png", "a.svg", "b.svg"):
        save_picture(str(tmp_path / name), crack)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    with pytest.raises(IonsmithError, match="png"):
        save_picture(str(tmp_path / "a.pdf"), crack)
