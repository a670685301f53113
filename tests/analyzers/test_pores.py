"""Pores of structures whose answer is known in closed form, and Zeo++ against sampling."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.data.vdw_alvarez import vdw_radii
from matplotlib.figure import Figure
from scipy.ndimage import label
from scipy.spatial import cKDTree

from ionsmith.analyzers.pores import filling, plot_model, pores
from ionsmith.analyzers.pores._sizes import pore_diameters, size_bins
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.porous import build_porous
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, MissingExtra
from ionsmith.pictures.saving import save_picture

SILICON = float(vdw_radii[14])
CUBE = Atoms("Si", cell=[10] * 3, pbc=True)


@pytest.mark.pores
def test_primitive_cubic_lattice() -> None:
    found = pores(CUBE, probe=1.2)
    # In the middle of the cube, and through the middle of its face.
    assert found.channels.included_sphere == pytest.approx(10 * 3**0.5 - 2 * SILICON, abs=1e-3)
    assert found.channels.free_sphere == pytest.approx(10 * 2**0.5 - 2 * SILICON, abs=1e-3)
    assert (found.channels.channels, found.channels.pockets) == (1, 0)
    sphere = 4 / 3 * np.pi * (SILICON + 1.2) ** 3
    assert found.probe_percent == pytest.approx(100 - sphere / 10, abs=0.4)
    assert found.accessible_percent == pytest.approx(100 - sphere / 10, abs=0.4)
    area = 4 * np.pi * (SILICON + 1.2) ** 2
    assert found.surface_per_volume == pytest.approx(1e4 * area / 1000, rel=1e-3)
    # 28.085 u in 1000 Å³.
    assert found.density == pytest.approx(28.085 * 1.66053907e-3, rel=1e-4)
    assert found.surface_per_mass == pytest.approx(found.surface_per_volume / found.density)
    assert found.tap_density == pytest.approx(0.64 * found.density)


def test_sizes_of_primitive_cubic_lattice() -> None:
    largest = 10 * 3**0.5 - 2 * SILICON
    diameters, points = pore_diameters(CUBE, 1.2)
    assert diameters.max() == pytest.approx(largest, abs=0.01)
    # That sphere holds all points as near to the middle of the cube, and no others.
    drawn = np.random.default_rng(5).random((100_000, 3)) * 10
    inside = np.linalg.norm(drawn - 5, axis=1) < largest / 2
    empty = np.linalg.norm(drawn - 10 * np.round(drawn / 10), axis=1) > SILICON
    share = (diameters > largest - 0.05).sum() / points
    assert share == pytest.approx((inside & empty).mean(), abs=0.01)
    bins = size_bins(diameters, points)
    assert sum(one.fraction for one in bins) == pytest.approx(len(diameters) / points)
    assert bins[-1].start <= largest <= bins[-1].end


@pytest.mark.pores
def test_pockets_are_told_from_channels() -> None:
    # The probe fits into the middle of the cube and not through its faces.
    cage = Atoms("Si", cell=[6.2] * 3, pbc=True)
    probe = (6.2 * 2**0.5 - 2 * SILICON) / 2 + 0.2
    assert probe < (6.2 * 3**0.5 - 2 * SILICON) / 2
    found = pores(cage, probe=probe)
    assert (found.channels.channels, found.channels.pockets) == (0, 1)
    assert found.accessible_percent == 0
    assert found.probe_percent > 0
    assert found.channels.pocket_volume == pytest.approx(
        found.probe_percent / 100 * found.volume, rel=0.1
    )


def widest_on_a_grid(atoms: Atoms, step: float = 0.15) -> float:
    """Diameter of the largest sphere that passes, by flooding a grid of one cell and its images."""
    cell = atoms.cell.array
    shape = np.ceil(atoms.cell.lengths() / step).astype(int)
    grid = np.stack(np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij"), -1) @ cell
    room = np.full(grid.shape[:3], np.inf)
    images = np.concatenate(
        [(np.array(n) - 1) @ cell + atoms.positions for n in np.ndindex(3, 3, 3)]
    )
    for number in set(atoms.numbers):
        away, _ = cKDTree(images[np.tile(atoms.numbers == number, 27)]).query(grid)
        room = np.minimum(room, away - vdw_radii[number])
    room = np.tile(room, (2, 2, 2))
    low, high = 0.0, 3.0
    while high - low > 0.02:
        radius = (low + high) / 2
        parts, _ = label(room > radius)
        faces = [np.take(parts, [0, shape[axis]], axis=axis) for axis in range(3)]
        faces = [np.moveaxis(face, axis, 0) for axis, face in enumerate(faces)]
        passes = any(((near == far) & (near > 0)).any() for near, far in faces)
        low, high = (radius, high) if passes else (low, radius)
    return 2 * low


@pytest.mark.pores
def test_mobile_ions_are_no_wall() -> None:
    model = build_beta_alumina().atoms
    assert pores(model, probe=0.5).channels.free_sphere == 0
    framework = model[model.numbers != 11]
    found = pores(model, probe=0.5, mobile="Na")
    assert found.mobile == {"Na": 5}
    assert found.channels == pores(framework, probe=0.5).channels
    assert found.channels.free_sphere == pytest.approx(widest_on_a_grid(framework), abs=0.1)
    # Na of 22.99 u counts in the density.
    lost = found.density - pores(framework, probe=0.5).density
    assert lost == pytest.approx(5 * 22.98977 * 1.66053907 / model.get_volume(), rel=1e-5)
    closed = close_planes(model, [1, 2, 3]).atoms
    found = pores(closed, probe=0.5, mobile=["Na"])
    assert found.mobile == {"Na": 0}
    assert found.channels.free_sphere == 0
    assert widest_on_a_grid(closed) < 0.05


@pytest.mark.pores
@pytest.mark.parametrize("kind", ["columns", "gyroid"])
def test_zeo_agrees_with_sampling(kind: str) -> None:
    model = build_porous(load("si").to_atoms(), 40, kind=kind, supercell=(4, 4, 2)).atoms
    found = pores(model, probe=1.0)
    volume = found.channels.channel_volume + found.channels.pocket_volume
    assert 100 * volume / found.volume == pytest.approx(found.probe_percent, abs=0.6)
    assert found.mean_diameter is not None
    assert 2.0 <= found.mean_diameter <= found.channels.included_sphere + 0.05
    assert found.sizes[-1].start < found.channels.included_sphere + 0.05


def test_li15si4_in_porous_silicon() -> None:
    # a of Si and of Li15Si4 (10.6322 Å, Zeilinger et al. 2013, 16 Si): 20.02 and 75.12 Å³ a Si.
    model = build_porous(load("si").to_atoms(), 50, kind="gyroid", supercell=(4, 4, 4)).atoms
    found = filling(model, "li15si4")
    assert found.host == "si"
    assert found.volume_ratio == pytest.approx(75.12 / 20.024, rel=0.01)
    assert found.porosity_needed == pytest.approx(73.3, abs=0.3)
    assert not found.fits
    porosity = 1 - (model.numbers == 14).sum() / 512
    assert found.free / model.get_volume() == pytest.approx(porosity, abs=1e-3)
    ratio = found.volume_ratio
    assert found.converted == pytest.approx(porosity / (1 - porosity) / (ratio - 1), rel=1e-3)
    assert found.outward == pytest.approx(100 * ((1 - porosity) * ratio - 1), rel=1e-3)
    fits = filling(model, "lisi", host="si")
    assert fits.fits
    assert (fits.converted, fits.outward) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"probe": 0}, "probe"),
        ({"probe": -1}, "probe"),
        ({"mobile": "Si"}, "no other atoms are left"),
        ({"mobile": ("Na", "Xx")}, "'Xx' is no element"),
        ({"packing": 0}, "packing"),
        ({"packing": 1.2}, "packing"),
        ({"alloys": ("li15si4",)}, "does not record"),
        ({"alloys": ("li15ge4",), "host": "si"}, "contains no Si"),
        ({"alloys": ("li15ge4",), "host": "ge"}, "contains no Ge"),
        ({"alloys": ("li15si4",), "host": "lisi"}, "expected an element"),
        ({"alloys": ("no-such-phase",), "host": "si"}, "no-such-phase"),
    ],
)
def test_bad_input_is_one_line(options: dict, reason: str) -> None:
    with pytest.raises(IonsmithError, match=reason) as caught:
        pores(CUBE, **options)
    assert "\n" not in str(caught.value)


def test_without_pyzeo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'ionsmith\[pores\]'"):
        pores(CUBE)


def test_not_periodic() -> None:
    with pytest.raises(IonsmithError, match="periodic"):
        pores(Atoms("Si", cell=[9] * 3))


@pytest.mark.pores
def test_picture_shows_every_atom_and_size(tmp_path: Path) -> None:
    model = build_porous(load("ge").to_atoms(), 30, ions=2).atoms
    found = pores(model, probe=1.0)
    figure = Figure()
    left, right = figure.subplots(1, 2)
    plot_model(model, left)
    drawn = {one.get_label(): len(one.get_offsets()) for one in left.collections}
    assert drawn == dict(model.symbols.formula.count())
    found.plot(right)
    heights = [bar.get_height() for bar in right.patches]
    assert heights == pytest.approx([100 * one.fraction for one in found.sizes])
    for name in ("a.png", "b.png", "a.svg", "b.svg"):
        save_picture(str(tmp_path / name), found)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    with pytest.raises(IonsmithError, match="png"):
        save_picture(str(tmp_path / "a.doc"), found)
