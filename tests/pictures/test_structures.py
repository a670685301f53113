"""A picture shows each atom where it is, and says what it shows."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from ionsmith.analyzers.coordination import find_polyhedra
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.errors import InvalidInput
from ionsmith.pictures._picture import Picture
from ionsmith.pictures._projection import view_axes
from ionsmith.pictures.saving import PictureStyle, write_picture
from ionsmith.pictures.structures import Drawing, draw_structures, plot_structure
from strategies import full_beta_alumina

SALT = bulk("NaCl", "rocksalt", a=5.64, cubic=True)


def legend(figure: Figure) -> set[str]:
    """Labels of the legend of a figure."""
    return {text.get_text() for text in figure.legends[0].get_texts()}


def test_conduction_planes_are_named_with_their_spacings() -> None:
    closed = close_planes(full_beta_alumina(), [2]).atoms
    figure = draw_structures({"before": full_beta_alumina(), "after": closed}, Drawing(fill=17))
    states = [
        [text.get_text().split("\n") for text in ax.texts if "\n" in text.get_text()]
        for ax in figure.axes
    ]
    assert states[0] == [["open", "6.49 Å"]] * 3
    assert states[1] == [["open", "6.49 Å"], ["closed", "4.22 Å"], ["open", "6.49 Å"]]
    assert legend(figure) == {"AlO4", "AlO4 at a conduction plane", "AlO6", "Na", "O"}


def test_a_cell_of_rock_salt_shows_the_27_ions_of_the_textbook() -> None:
    shown = Picture(SALT, Drawing(polyhedra=())).shown
    symbols = np.array(SALT.get_chemical_symbols())[shown.atom].tolist()
    assert (symbols.count("Na"), symbols.count("Cl")) == (14, 13)
    two = Picture(SALT, Drawing(polyhedra=(), supercell=(2, 1, 1))).shown
    assert len(two.atom) == 45  # 5 × 3 × 3


@given(
    cell=st.lists(st.floats(-4, 4), min_size=9, max_size=9),
    zone=st.tuples(*[st.integers(-3, 3)] * 3).filter(any),
)
def test_axes_are_right_handed_and_look_along_the_zone(
    cell: list[float], zone: tuple[int, int, int]
) -> None:
    vectors = np.array(cell).reshape(3, 3) + 7 * np.eye(3)
    atoms = Atoms("Si", cell=vectors, pbc=True)
    axes = view_axes(atoms, Drawing(zone=zone))
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(axes) == pytest.approx(1)
    towards = zone @ vectors
    assert axes[2] @ towards == pytest.approx(np.linalg.norm(towards))
    default = view_axes(atoms, Drawing())
    assert default[1] @ np.linalg.inv(vectors)[:, 2] > 0  # growth is upwards


def test_a_width_is_filled_one_period_deep() -> None:
    picture = Picture(SALT, Drawing(fill=56.4, polyhedra=()))
    x, _, z = picture.shown.place.T
    low, high = picture.x_limits
    inside = (x > low + 1e-6) & (x <= high + 1e-6)
    assert inside.sum() == 10 * len(SALT)
    assert np.ptp(z) < 5.64


def test_molecules_are_sticks_and_carbonates_are_groups() -> None:
    assert legend(draw_structures({"": molecule("CH3CH2OH")})) == {"C", "H", "O"}
    assert "CO3" in legend(draw_structures({"": "lib:na2co3"}))


def test_polyhedra_are_whole_and_are_those_of_the_tables() -> None:
    figure = draw_structures({"": "lib:nafepo4"})
    names = {name for name in find_polyhedra("lib:nafepo4").names if not name.startswith("Na")}
    assert legend(figure) == {*names, "Na", "O"}
    picture = Picture("lib:nafepo4", Drawing(polyhedra=("P",)))
    places = picture.shown.place
    phosphorus = np.array([s == "P" for s in picture.atoms.symbols])[picture.shown.atom]
    for place in places[phosphorus]:
        near = np.linalg.norm(places - place, axis=1)
        assert ((near > 0.1) & (near < 1.7)).sum() == 4


def test_mixed_positions_are_divided() -> None:
    assert {"vacant", "Na"} <= legend(draw_structures({"": "lib:nvp"}))
    mixed = draw_structures({"": "lib:nzsp"}, Drawing(polyhedra=()))
    assert {"Si", "P"} <= legend(mixed)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_same_structure_same_picture(tmp_path: Path, suffix: str) -> None:
    style = PictureStyle(width=8.5, dpi=60)
    for name in ("one", "two"):
        with style.applied():
            figure = draw_structures({"salt": SALT}, Drawing(labels="element"), width=8.5)
        write_picture(tmp_path / f"{name}.{suffix}", figure, style)
    written = (tmp_path / f"one.{suffix}").read_bytes()
    assert written == (tmp_path / f"two.{suffix}").read_bytes()
    if suffix == "svg":
        assert b">salt</text>" in written
    if suffix == "png":
        assert int.from_bytes(written[16:20]) == pytest.approx(8.5 / 2.54 * 60, abs=1)


def test_rings_mark_what_changed() -> None:
    figure = draw_structures({"": SALT}, changed={"": np.array([0])})
    assert "changed" in legend(figure)
    assert len(figure.axes[0].collections[1].get_paths()) == 8  # the corners of the cell


def test_slices_and_parts() -> None:
    shell = SALT.repeat(3)
    away = np.linalg.norm(shell.positions - 3 * 2.82, axis=1)  # from an ion in the middle
    shell.set_array("part", np.where(away < 4, "core", "shell"))
    layer = Drawing(zone="[0,0,1]", thickness=1, colours="part", polyhedra=())
    shown = Picture(shell, layer).shown
    assert len(shown.atom) == 7 * 7  # one layer of 6 × 6 ions with those on its far edges
    assert shown.place[:, 2] == pytest.approx(3 * 2.82)
    figure = draw_structures({"salt": SALT, "shell": shell}, Drawing(colours="part"))
    assert legend(figure) >= {"core", "shell", "Cl"}
    with pytest.raises(InvalidInput, match="no structure has parts"):
        draw_structures({"salt": SALT}, Drawing(colours="part"))


def test_many_structures_come_in_rows_of_four() -> None:
    figure = draw_structures({str(n): SALT for n in range(5)}, Drawing(polyhedra=()))
    rows = [ax.get_subplotspec().rowspan.start for ax in figure.axes if ax.has_data()]
    assert rows == [0, 0, 0, 1, 1]


def test_molecules_and_slabs_have_pictures() -> None:
    assert plot_structure(molecule("C6H6")).get_title() == ""
    with pytest.raises(InvalidInput, match="not periodic sideways"):
        draw_structures({"": molecule("H2O")}, Drawing(fill=10))
    with pytest.raises(InvalidInput, match="not periodic along vector 3"):
        draw_structures(
            {"": Atoms("C", cell=[2, 2, 9], pbc=(1, 1, 0))}, Drawing(supercell=(1, 1, 2))
        )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"fill": 0.1}, "1 to 1000"),
        ({"fill": 20, "supercell": (2, 2, 2)}, "exclude"),
        ({"supercell": (0, 1, 1)}, "1 to 50"),
        ({"fade": 2}, "0 to 1"),
        ({"thickness": 0}, "1 to 1000"),
        ({"colours": "grain"}, "colours"),
        ({"polyhedra": ("Xx",)}, "an element"),
        ({"labels": "site"}, "labels"),
    ],
)
def test_what_cannot_be_drawn_is_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Drawing(**settings)  # type: ignore[arg-type]


def test_polyhedra_of_an_element_that_is_nowhere_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no structure has Fe"):
        draw_structures({"": "lib:nzsp", "salt": SALT}, Drawing(polyhedra=("Zr", "Fe")))
    draw_structures({"": "lib:nzsp", "salt": SALT}, Drawing(polyhedra=("P", "Zr")))  # P is minor


def test_up_along_the_view_is_refused() -> None:
    with pytest.raises(InvalidInput, match="along the view"):
        plot_structure(SALT, None, Drawing(zone="[1,0,0]", up="[2,0,0]"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"width": 0.5}, "2 to 100 cm"), ({"dpi": 1}, "30 to 2400"), ({"font": "No Font"}, "No Font")],
)
def test_styles_out_of_range_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        PictureStyle(**settings)  # type: ignore[arg-type]
