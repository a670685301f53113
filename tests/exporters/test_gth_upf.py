"""GTH potentials on a grid: read back, they are what their closed forms say."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from ase.build import bulk
from scipy.integrate import simpson
from scipy.special import erf

from gth_potentials import write_gth, write_gth_upf
from ionsmith.errors import UnreadableFile
from ionsmith.exporters import export
from ionsmith.exporters.gth import projector

# Made up, in CP2K's format; radii and strengths in atomic units.
ENTRY = """
Si GTH-PBE-q4 GTH-GGA-q4
    2    2    0    0
    0.44    2    -6.5    0.25
    2
    0.42    2    8.9    -2.7
                         3.5
    0.48    1    2.4

"""


def numbers(element: ElementTree.Element) -> np.ndarray:
    return np.array(element.text.split(), dtype=float)


def test_grid_and_strengths(tmp_path: Path) -> None:
    (tmp_path / "table").write_text(ENTRY)
    (path,) = write_gth_upf(write_gth(["Si"], tmp_path / "table", tmp_path, {"Si": 4}))
    assert path == tmp_path / "Si.upf"
    root = ElementTree.parse(path).getroot()
    r, weights = numbers(root.find("PP_MESH/PP_R")), numbers(root.find("PP_MESH/PP_RAB"))
    assert len(r) % 2 == 1
    # d r / d i of the grid
    assert weights[1:-1] == pytest.approx((r[2:] - r[:-2]) / 2, rel=1e-4)
    x = r / 0.44
    local = -4 / r * erf(x / np.sqrt(2)) + np.exp(-(x**2) / 2) * (-6.5 + 0.25 * x**2)
    assert numbers(root.find("PP_LOCAL")) == pytest.approx(2 * local, rel=1e-10)  # Rydberg
    expected = np.array([[8.9, -2.7, 0], [-2.7, 3.5, 0], [0, 0, 2.4]])
    found = numbers(root.find("PP_NONLOCAL/PP_DIJ")).reshape(3, 3)
    assert found == pytest.approx(2 * expected)
    betas = [root.find(f"PP_NONLOCAL/PP_BETA.{n}") for n in (1, 2, 3)]
    assert [beta.get("angular_momentum") for beta in betas] == ["0", "0", "1"]
    for beta in betas:
        values = numbers(beta)
        assert simpson(values**2, x=r) == pytest.approx(1, abs=1e-6)
    electrons = simpson(numbers(root.find("PP_RHOATOM")), x=r)
    assert electrons == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize(("momentum", "number"), [(0, 1), (0, 3), (1, 2), (2, 1), (3, 1)])
def test_projectors_are_normalised(momentum: int, number: int) -> None:
    r = np.linspace(1e-6, 12, 4001)
    values = projector(r, momentum, number, 0.7)
    assert simpson(values**2 * r**2, x=r) == pytest.approx(1, abs=1e-8)
    assert values[0] == pytest.approx(0 if momentum or number > 1 else values.max(), abs=1e-5)


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "Si.gth").write_text("no potential\n")
    with pytest.raises(UnreadableFile, match=r"Si\.gth: a GTH potential"):
        write_gth_upf([tmp_path / "Si.gth"])


# Carbon's own shape in CP2K's table: a p channel without a projector.
EMPTY_CHANNEL = """
C GTH-PBE-q4 GTH-PBE
    2    2
    0.34    2    -8.8    1.3
    2
    0.30    1    9.6
    0.29    0
"""


def test_a_channel_without_a_projector(tmp_path: Path) -> None:
    (tmp_path / "table").write_text(EMPTY_CHANNEL)
    write_gth(["C"], tmp_path / "table", tmp_path)
    export(bulk("C"), "espresso", tmp_path / "job", pseudo_dir=tmp_path)
    root = ElementTree.parse(tmp_path / "job" / "pseudo" / "C.upf").getroot()
    assert numbers(root.find("PP_NONLOCAL/PP_DIJ")) == pytest.approx([2 * 9.6])
    assert "C.upf" in (tmp_path / "job" / "pw.in").read_text()
