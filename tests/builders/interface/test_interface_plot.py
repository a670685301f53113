"""The picture of an interface shows atoms and lattice planes where they are."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from ionsmith.builders.interface import Interface, build_interface
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.pictures.saving import save_picture
from ionsmith.plotting import COLOURS
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import find_matches


@pytest.fixture(scope="module")
def interface() -> Interface:
    """Ge on Si, (110) in contact, (001) crossing it, seen along [1-10]."""
    phases = load("si"), load("ge")
    crystals = phases[0].lattice, phases[1].lattice
    relationship = OrientationRelationship.from_parallel(
        *crystals, parse_planes("(0,0,1)||(0,0,1)"), parse_directions("[1,-1,0]||[1,-1,0]")
    )
    planes = parse_planes("(1,1,0)||(1,1,0)")
    matches = find_matches(*crystals, Limits(100, 0.05), contact=planes, orientation=relationship)
    return build_interface(*phases, matches.matches[0], orientation=relationship)


def test_lattice_planes_stand_as_far_apart_as_they_do(interface: Interface) -> None:
    ax = interface.plot()
    lines = [(line.get_xdata(), line.get_ydata(), line.get_color()) for line in ax.get_lines()]
    for colour, spacing in ((COLOURS["substrate"], 5.431 / 2), (COLOURS["film"], 5.431 / 2)):
        feet = sorted({round(float(x[0]), 6) for x, y, c in lines if c == colour and y[0] != y[1]})
        # The film is strained to the substrate, so that both have planes a/2 of Si apart.
        assert np.diff(feet) == pytest.approx(spacing, abs=2e-3)
    assert "[1,-1,0] ∥ [1,-1,0]" in ax.get_title(loc="left")


def test_atoms_stand_at_their_heights(interface: Interface) -> None:
    ax = interface.plot(width=20)
    outlines = [path.vertices[:-1] for path in ax.collections[0].get_paths()]
    drawn = np.array([outline.mean(axis=0) for outline in outlines if len(outline) > 4])
    heights = np.unique(np.round(interface.atoms.positions[:, 2], 3))
    assert np.unique(np.round(drawn[:, 1], 3)) == pytest.approx(heights, abs=2e-3)
    assert np.ptp(ax.get_xlim()) == pytest.approx(20)


def test_pictures_are_the_same_byte_for_byte(interface: Interface, tmp_path: Path) -> None:
    for suffix in ("png", "svg"):
        for name in ("a", "b"):
            save_picture(str(tmp_path / f"{name}.{suffix}"), interface)
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    with pytest.raises(IonsmithError, match=r"\.png, \.svg or \.pdf"):
        save_picture(str(tmp_path / "a.doc"), interface)
    assert isinstance(interface.plot().figure, Figure)
