"""Displacements of a file enter the intensities, as cctbx computes them."""

import json
from pathlib import Path

import numpy as np
import pytest

from ionsmith.analyzers.powder import powder_pattern
from ionsmith.analyzers.scattering import powder_intensities

REFERENCE = json.loads(
    (Path(__file__).parent / "displacements_cctbx.json").read_text(encoding="utf-8")
)["crystals"]


@pytest.mark.parametrize("name", REFERENCE)
def test_cctbx(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.cif"
    path.write_text(REFERENCE[name]["cif"], encoding="utf-8")
    reflections = REFERENCE[name]["intensities"]
    hkl = np.array([[int(index) for index in text.split()] for text in reflections])
    intensities = powder_intensities(path, hkl)
    expected = np.array(list(reflections.values()))
    assert intensities == pytest.approx(expected, rel=1e-5, abs=1e-6 * expected.max())


def test_displacements_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "quartz.cif"
    path.write_text(REFERENCE["quartz"]["cif"], encoding="utf-8")
    rigid = tmp_path / "rigid.cif"
    rigid.write_text(REFERENCE["quartz"]["cif"].partition("loop_\n_atom_site_aniso")[0])
    still = powder_pattern(path, u_iso={"Si": 0.0, "O": 0.0})
    assert still.intensity == pytest.approx(powder_pattern(rigid).intensity, rel=1e-9)
    assert powder_pattern(path).intensity[-1] < 0.95 * still.intensity[-1]
