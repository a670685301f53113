"""Displacements of the crystal enter the image."""

from pathlib import Path

import numpy as np
import pytest

from ionsmith.analyzers.haadf import simulate_haadf

POLONIUM = """data_po
_cell_length_a 3.359
_cell_length_b 3.359
_cell_length_c 3.359
_space_group_name_H-M_alt 'P m -3 m'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_U_iso_or_equiv
Po Po 0 0 0 0.04
"""


def test_image_is_blurred_by_the_u_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "po.cif"
    path.write_text(POLONIUM, encoding="utf-8")
    own = simulate_haadf(path, "[0,0,1]")
    same = simulate_haadf(path, "[0,0,1]", displacements={"Po": 0.2})
    still = simulate_haadf(path, "[0,0,1]", displacements=False)
    assert own.displacements == pytest.approx({"Po": 0.2})
    assert still.displacements == {"Po": 0.0}
    assert any("Po" in note for note in own.notes)
    assert own.image is not None
    assert same.image is not None
    assert still.image is not None
    assert own.image.intensity == pytest.approx(same.image.intensity)
    # Fourier components of the image are damped by exp(-2 π² k² U).
    damping = np.abs(np.fft.fft2(own.image.intensity)) / np.abs(np.fft.fft2(still.image.intensity))
    repeats = round(own.image.intensity.shape[0] * own.image.pixel_size[0] / 3.359)
    assert damping[0, 0] == pytest.approx(1.0, rel=1e-6)
    assert damping[repeats, 0] == pytest.approx(np.exp(-2 * np.pi**2 * 0.04 / 3.359**2), rel=1e-3)
