"""Picture of pores."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from ionsmith.analyzers.pores import analyze_pores
from ionsmith.builders.porous import build_porous
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError
from ionsmith.pictures.pores import plot_model, plot_sizes, save_pores


@pytest.mark.pores
def test_picture_shows_every_atom_and_size(tmp_path: Path) -> None:
    model = build_porous(load("ge").to_atoms(), 30, ions=2).atoms
    pores = analyze_pores(model, probe=1.0)
    figure = Figure()
    left, right = figure.subplots(1, 2)
    plot_model(model, left)
    drawn = {one.get_label(): len(one.get_offsets()) for one in left.collections}
    assert drawn == dict(model.symbols.formula.count())
    plot_sizes(pores, right)
    heights = [bar.get_height() for bar in right.patches]
    assert heights == pytest.approx([100 * one.fraction for one in pores.sizes])
    for name in ("a.png", "b.png", "a.svg", "b.svg"):
        save_pores(str(tmp_path / name), model, pores)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    with pytest.raises(IonsmithError, match="png"):
        save_pores(str(tmp_path / "a.pdf"), model, pores)
