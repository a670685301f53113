"""HRTEM images against linear imaging, abTEM's own potentials, and what must not change them."""

import sys
from pathlib import Path

import gemmi
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111
from scipy import constants
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.hrtem import (
    Hrtem,
    ObjectiveLens,
    power_spectrum,
    simulate_hrtem,
    write_hrtem,
)
from ionsmith.errors import IonsmithError, MissingExtra
from ionsmith.pictures.saving import save_picture
from textbook import perovskite

CELL = (4.2, 5.0, 3.0)
LAYER = Atoms("BN", cell=CELL, positions=[(0.7, 0.4, -1.5), (2.5, 2.9, -1.5)], pbc=True)
SHARP = ObjectiveLens(spherical_aberration=0.0, focal_spread=20.0)


def simulated(crystal: object, beam: object = "[0,0,1]", **options: object) -> np.ndarray:
    """The only image."""
    (one,) = simulate_hrtem(crystal, beam, **options).images  # type: ignore[arg-type]
    return one.image.intensity


def linear(lens: ObjectiveLens, defocus: float, pixels: tuple[int, int]) -> np.ndarray:
    """Image of the layer as a weak phase object.

    The phase is γ λ f / area for each atom, with the electron scattering factors of International
    Tables vol. C (gemmi); each frequency interferes with the unscattered beam.
    """
    wavelength = lens.wavelength
    gamma = 1 + lens.energy * 1e3 * constants.e / (constants.m_e * constants.c**2)
    h = np.arange(-20, 21)
    kx, ky = np.meshgrid(h / CELL[0], h / CELL[1], indexing="ij")
    squared = kx**2 + ky**2
    phase = np.zeros(kx.shape, complex)
    for symbol, place in zip(LAYER.symbols, LAYER.positions, strict=True):
        factor = np.vectorize(gemmi.Element(symbol).c4322.calculate_sf)(squared / 4)
        phase += factor * np.exp(-2j * np.pi * (kx * place[0] + ky * place[1]))
    phase *= gamma * wavelength / (CELL[0] * CELL[1]) * np.exp(-2 * np.pi**2 * 0.0064 * squared)
    cs = 1e7 * lens.spherical_aberration

    def chi(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        theta = np.hypot(x, y)
        astigmatism = lens.aberrations.get("C12", 0.0) * np.cos(
            2 * (np.arctan2(y, x) - np.radians(lens.aberrations.get("phi12", 0.0)))
        )
        return (
            2 * np.pi / wavelength
            * ((astigmatism - defocus) * theta**2 / 2 + cs * theta**4 / 4)
        )  # fmt: skip

    x, y = wavelength * kx, wavelength * ky
    tx, ty = 1e-3 * np.array(lens.beam_tilt)
    small = 1e-7  # the slope of chi at the tilt shifts the image
    slope = [
        (chi(tx + dx, ty + dy) - chi(tx - dx, ty - dy)) / (2 * small)
        for dx, dy in ((small, 0), (0, small))
    ]
    sides = [
        chi(s * x + tx, s * y + ty) - chi(tx, ty) - s * (x * slope[0] + y * slope[1])
        for s in (1, -1)
    ]
    theta = np.hypot(x, y)
    steep = 2 * np.pi / wavelength * (cs * theta**3 - defocus * theta)
    envelope = np.exp(-0.5 * (np.pi * lens.focal_spread * wavelength * squared) ** 2)
    envelope *= np.exp(-0.5 * (1e-3 * lens.angular_spread * steep) ** 2)
    image = 1j * phase * (np.exp(-1j * sides[0]) - np.exp(1j * sides[1])) * envelope
    image[20, 20] = 1
    image[squared > 2.5**2] = 0
    x, y = (
        np.exp(2j * np.pi * np.outer(0.1 * np.arange(n), h / length))
        for n, length in zip(pixels, CELL, strict=False)
    )
    return np.asarray((x @ image @ y.T).real)


@pytest.mark.haadf
@pytest.mark.parametrize(
    ("lens", "defocus"),
    [
        (ObjectiveLens(), 583.0),
        (ObjectiveLens(), -100.0),
        (SHARP, 60.0),
        (ObjectiveLens(energy=80, spherical_aberration=-0.01, angular_spread=0.5), -80.0),
        (ObjectiveLens(spherical_aberration=0, aberrations={"C12": 80, "phi12": 25}), 60.0),
        (ObjectiveLens(angular_spread=0, beam_tilt=(3.0, -1.5)), 500.0),
    ],
)
def test_a_light_layer_is_a_weak_phase_object(lens: ObjectiveLens, defocus: float) -> None:
    image = simulated(LAYER, lens=lens, defocus=defocus, thickness=3.0, field=(12, 10))
    expected = linear(lens, defocus, image.shape)
    assert np.corrcoef(image.ravel(), expected.ravel())[0, 1] > 0.998
    assert image.std() == pytest.approx(expected.std(), rel=0.04)


@pytest.mark.haadf
def test_atoms_are_dark_at_scherzer_and_bright_at_the_opposite() -> None:
    """Cs positive with underfocus; both signs changed give the opposite contrast."""
    for sign, pick in ((1, np.argmin), (-1, np.argmax)):
        lens = ObjectiveLens(spherical_aberration=sign * 1.2)
        image = simulated(LAYER, lens=lens, thickness=3.0, field=(4.2, 5.0))
        place = 0.1 * np.array(np.unravel_index(pick(image), image.shape))
        apart = np.linalg.norm(LAYER.positions[:, :2] - place, axis=1)
        assert apart.min() < 0.3


@pytest.mark.haadf
def test_a_thick_crystal_is_that_of_abtem() -> None:
    """SrTiO3, 39 Å, atoms at rest: potential and coherent image from abTEM alone."""
    import abtem

    lens = ObjectiveLens(spherical_aberration=0, focal_spread=0, angular_spread=0)
    options = {"lens": lens, "defocus": 40.0, "displacements": False, "thickness": 39.05}
    image = simulated(perovskite(), field=(3.905, 3.905), pixel=3.905 / 40, **options)
    with abtem.config.set({"diagnostics.progress_bar": False}):
        atoms = perovskite() * (1, 1, 10)
        atoms.positions[:, 2] -= 0.01  # Sr at the exit surface, not at the entrance
        atoms.wrap()
        potential = abtem.Potential(atoms, gpts=160, slice_thickness=0.5)
        wave = abtem.PlaneWave(energy=300e3).multislice(potential)
        ctf = abtem.CTF(energy=300e3, defocus=40.0, semiangle_cutoff=lens.cutoff)
        other = wave.apply_ctf(ctf).intensity().compute().array
    assert np.corrcoef(image.ravel(), other[::4, ::4].ravel())[0, 1] > 0.998
    assert image.std() == pytest.approx(other.std(), rel=0.05)


@pytest.mark.haadf
def test_cell_orientation_and_order_do_not_matter() -> None:
    crystal = bulk("MgO", "rocksalt", a=4.212, cubic=True)
    options = {"lens": SHARP, "defocus": 60.0, "thickness": 21.06, "field": (10, 10)}
    image = simulated(crystal, **options)
    turned = crystal.copy() * (2, 1, 3)
    turned = turned[::-1]
    rotation = Rotation.from_euler("zyx", [20, 30, 40], degrees=True).as_matrix()
    turned.set_cell(turned.cell.array @ rotation.T, scale_atoms=True)
    np.testing.assert_allclose(simulated(turned, **options), image, atol=2e-3)


@pytest.mark.haadf
def test_a_side_that_does_not_close_is_padded() -> None:
    """Turned by 20° about the beam, no period runs along the sides."""
    options = {"lens": SHARP, "defocus": 60.0, "thickness": 23.04, "field": (16, 16)}
    aligned = simulate_hrtem("lib:si", "[1,1,0]", **options)  # type: ignore[arg-type]
    up = Rotation.from_rotvec(np.radians(20) * np.array([1, 1, 0]) / np.sqrt(2)).apply([0, 0, 1])
    turned = simulate_hrtem("lib:si", "[1,1,0]", up=up, **options)  # type: ignore[arg-type]
    assert [side.period is None for side in turned.cell.sides] == [True, True]
    one, other = (found.images[0].image.intensity for found in (aligned, turned))
    for share in (0, 50, 90, 100):
        assert np.percentile(one, share) == pytest.approx(np.percentile(other, share), abs=0.05)


@pytest.mark.haadf
def test_series_are_single_images() -> None:
    options = {"lens": SHARP, "field": (8, 8)}
    series = simulate_hrtem(
        perovskite(), "[0,0,1]", thickness=[19.525, 7.81], defocus=[0, 50], **options
    )  # type: ignore[arg-type]
    assert [(one.defocus, one.thickness) for one in series.images] == [
        (0, 7.81), (0, 19.525), (50, 7.81), (50, 19.525),
    ]  # fmt: skip
    for one in series.images[2:]:
        alone = simulated(perovskite(), thickness=one.thickness, defocus=50, **options)
        np.testing.assert_allclose(one.image.intensity, alone, atol=0.02 * np.ptp(alone))
        assert one.mean == pytest.approx(1, abs=0.02)


@pytest.mark.haadf
def test_a_tilted_column_is_drawn_out_along_the_tilt() -> None:
    """Projected along a beam that is inclined towards x, a column of 60 Å is 0.6 Å long."""
    column = Atoms("Au", cell=[8, 8, 3], positions=[(4, 4, -1)], pbc=True)
    image = simulated(column, lens=SHARP, defocus=40, thickness=60, tilt=(20, 0), field=(8, 8))
    dark = abs(image - 1)
    x, y = 0.1 * np.indices(image.shape)
    assert (dark * x).sum() / dark.sum() > 4.2  # of the exit surface, at which the beam arrives
    assert (dark * y).sum() / dark.sum() == pytest.approx(4, abs=0.1)


@pytest.mark.haadf
def test_noise_has_the_dose_and_depends_on_the_seed() -> None:
    options = {"thickness": 3.0, "field": (30, 30), "pixel": 0.3}
    clean = simulated(LAYER, **options)
    noisy, again, other = (simulated(LAYER, dose=500, seed=seed, **options) for seed in (0, 0, 1))
    np.testing.assert_array_equal(noisy, again)
    expected = 500 * 0.09 * clean
    off = (noisy - expected) / np.sqrt(expected)
    assert off.std() == pytest.approx(1, abs=0.03)
    assert abs(off.mean()) < 0.05
    assert (noisy != other).mean() > 0.8


@pytest.fixture(scope="module")
def silicon() -> Hrtem:
    return simulate_hrtem("lib:si", "[1,1,0]", up="[1,-1,1]", thickness=38.4, pixel=0.2)


@pytest.mark.haadf
def test_spots_lie_on_the_peaks_of_the_transform(silicon: Hrtem) -> None:
    kx, ky, power = power_spectrum(silicon.images[0].image, d_min=1.5)
    assert silicon.spots is not None
    places = silicon.spots.hkl @ silicon.axes
    short = np.linalg.norm(places, axis=1) < 0.55
    assert short.sum() >= 8  # two of {111}, {200} and {220} each way at the least
    background = np.median(power)
    for place in places[short & ~silicon.spots.forbidden]:
        near = power[np.ix_(abs(kx - place[0]) < 0.015, abs(ky - place[1]) < 0.015)]
        assert near.max() > 1e4 * background


@pytest.mark.haadf
def test_pictures_and_files(silicon: Hrtem, tmp_path: Path) -> None:
    left, right = silicon.draw().axes
    np.testing.assert_array_equal(
        left.get_images()[0].get_array(), silicon.images[0].image.intensity.T
    )
    assert len(right.texts) == 6
    series = simulate_hrtem(
        LAYER, "[0,0,1]", thickness=[3, 6], defocus=[0, 50, 100], dose=100, field=(10, 10)
    )
    titles = [ax.get_title(loc="left") for ax in series.draw().axes]
    assert titles[:2] == ["6 Å, Δf 0 Å", "6 Å, Δf 50 Å"]
    for name in ("one", "two"):
        save_picture(tmp_path / f"{name}.png", series)
        write_hrtem(tmp_path / f"{name}.npz", series)
    for suffix in ("png", "npz"):
        assert len({(tmp_path / f"{name}.{suffix}").read_bytes() for name in ("one", "two")}) == 1
    with np.load(tmp_path / "one.npz") as data:
        assert data["images"].shape == (6, 100, 100)
        np.testing.assert_array_equal(data["defocus"], [0, 0, 50, 50, 100, 100])
    with pytest.raises(IonsmithError, match=r"\.tif"):
        write_hrtem(tmp_path / "image.jpg", series)


@pytest.mark.haadf
@pytest.mark.micrograph
def test_a_tiff_is_read_with_its_scale(silicon: Hrtem, tmp_path: Path) -> None:
    from ionsmith.micrographs import read_image

    write_hrtem(tmp_path / "image.tif", silicon)
    found = read_image(tmp_path / "image.tif")
    assert found.pixel == pytest.approx(0.2, rel=1e-6)
    np.testing.assert_allclose(found.intensity, silicon.images[0].image.intensity, rtol=1e-6)
    series = simulate_hrtem(LAYER, "[0,0,1]", thickness=[3, 6], defocus=[0, 50], field=(10, 10))
    write_hrtem(tmp_path / "series.tif", series)
    for number, one in enumerate(series.images):
        frame = read_image(tmp_path / "series.tif", frame=number)
        np.testing.assert_allclose(frame.intensity, one.image.intensity, rtol=1e-6)
        assert frame.pixel == pytest.approx(0.1, rel=1e-6)


@pytest.mark.haadf
def test_models_without_periods_are_seen_whole() -> None:
    slab = fcc111("Al", (2, 2, 3), vacuum=8.0, orthogonal=False)
    edge_on = simulate_hrtem(slab, "[1,0,0]", thickness=20)
    assert edge_on.images[0].image.height == pytest.approx(
        np.ptp(slab.positions[:, 2]) + 6, abs=0.1
    )
    assert edge_on.spots is None
    flat = simulate_hrtem(slab, "[0,0,1]", field=(20, 20))
    assert flat.images[0].thickness == pytest.approx(np.ptp(slab.positions[:, 2]) + 2)
    assert "the whole model" in flat.notes[0]
    cluster = bulk("Au", cubic=True) * (3, 3, 3)
    cluster.pbc = False
    alone = simulated(cluster, field=(40, 40), lens=SHARP, defocus=50)
    assert alone[:100].std() < 0.1 * alone[100:300].std()  # in the middle of the field
    assert alone[300:].std() < 0.1 * alone[100:300].std()


@pytest.mark.haadf
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"pixel": 0}, "`pixel`"),
        ({"dose": -1}, "`dose`"),
        ({"defocus": []}, "`defocus`"),
        ({"defocus": "far"}, "`defocus`"),
        ({"thickness": [0.5, 20.0]}, "less than one slice"),
        ({"tilt": (300.0, 0.0)}, "`tilt`"),
        ({"thickness": range(10, 60), "defocus": range(10)}, "more than 200"),
        ({"field": (2000, 2000)}, "over 20,000,000 pixels"),
        ({"field": (3, 2), "pixel": 2.5}, "smaller than a pixel"),
    ],
)
def test_bad_values_are_refused(options: dict, reason: str) -> None:
    with pytest.raises(IonsmithError, match=reason):
        simulate_hrtem("lib:si", "[1,1,0]", **options)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"energy": 0}, "energ"),
        ({"focal_spread": -1}, "`focal_spread`"),
        ({"angular_spread": 50}, "`angular_spread`"),
        ({"aperture": 0}, "`aperture`"),
        ({"spherical_aberration": float("nan")}, "`spherical_aberration`"),
        ({"aberrations": {"C13": 5}}, "no 'C13'"),
        ({"aberrations": {"C12": float("inf")}}, "finite"),
        ({"aberrations": {"C23": 5}, "beam_tilt": (1, 0)}, "C21"),
    ],
)
def test_bad_lenses_are_refused(values: dict, reason: str) -> None:
    with pytest.raises(IonsmithError, match=reason):
        ObjectiveLens(**values)


def test_a_missing_extra_names_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "abtem", None)
    with pytest.raises(MissingExtra, match=r"pip install 'ionsmith\[haadf\]'"):
        simulate_hrtem("lib:si", "[1,1,0]")
