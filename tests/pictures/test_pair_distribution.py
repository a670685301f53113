"""Picture of a pair distribution."""

from pathlib import Path

import pytest
from ase.build import bulk
from matplotlib.figure import Figure

from ionsmith.analyzers.pair_distribution import pair_distribution
from ionsmith.errors import IonsmithError
from ionsmith.pictures.pair_distribution import plot_angles, plot_g, save_pair_distribution

SALT = pair_distribution(bulk("NaCl", "rocksalt", a=5.64, cubic=True))


def test_curves_and_histogram() -> None:
    figure = Figure()
    above, below = figure.subplots(2)
    plot_g(SALT, above)
    _, texts = above.get_legend_handles_labels()
    assert texts == ["all pairs", "Na-Na", "Na-Cl", "Cl-Cl"]
    assert above.get_xlim() == (0, SALT.r[-1])
    plot_angles(SALT, below)
    stairs = below.patches[0]
    values, edges, _ = stairs.get_data()
    assert values.sum() == pytest.approx(100)
    assert edges[values.argmax()] == 90


def test_same_bytes_and_known_suffix(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        save_pair_distribution(str(tmp_path / name), SALT)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    with pytest.raises(IonsmithError):
        save_pair_distribution(str(tmp_path / "one.docx"), SALT)
