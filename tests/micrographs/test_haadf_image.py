"""Images whose truth is known: simulated stacks with noise, turned, stretched and cut."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates, rotate, zoom

from ionsmith.analyzers.haadf import simulate_haadf, write_haadf
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.builders.beta_alumina.crack import open_crack
from ionsmith.errors import InvalidInput, NotBetaAlumina, UnreadableFile
from ionsmith.layers.anatomy import find_anatomy
from ionsmith.micrographs import Micrograph, read_haadf_image, read_image

PIXEL = 0.2


@pytest.fixture(scope="module")
def stack() -> Atoms:
    """Six planes, the third and fourth closed."""
    return close_planes(build_beta_alumina((1, 1, 2)).atoms, [3, 4]).atoms


@pytest.fixture(scope="module")
def clean(stack: Atoms) -> NDArray[np.float64]:
    """Image of it without noise, 45 Å wide, in pixels of about 0.2 Å."""
    made = simulate_haadf(stack, "[1,0,0]", field=(45, 62)).image
    assert made is not None
    x, y = (
        np.arange(0, length - PIXEL, PIXEL) / step
        for length, step in zip((made.width, made.height), made.pixel_size, strict=True)
    )
    return made.intensity[np.ix_(x.astype(int), y.astype(int))]


def noisy(image: NDArray[np.float64], dose: float, seed: int) -> Micrograph:
    """Image with the noise of so many electrons for each Å²."""
    counts = np.random.default_rng(seed).poisson(np.clip(image, 0, None) * dose * PIXEL**2)
    return Micrograph("image", counts.astype(float), PIXEL)


@pytest.mark.parametrize(("angle", "seed"), [(0, 0), (23, 1), (-37, 2)])
def test_states_and_spacings_at_usual_dose(
    stack: Atoms, clean: NDArray[np.float64], angle: float, seed: int
) -> None:
    turned = rotate(clean, angle, reshape=False, mode="reflect", order=1)
    found = read_haadf_image(noisy(turned, 5600, seed))
    states = [plane.state for plane in found.planes]
    anatomy = find_anatomy(stack)
    true = ["closed" if closed else "open" for closed in anatomy.closed]
    assert any((3 * true)[k : k + len(states)] == states for k in range(6))
    assert {"open", "closed"} <= set(states)
    spacing = {
        "open": anatomy.row_spacing[~anatomy.closed].mean(),
        "closed": anatomy.row_spacing[anatomy.closed].mean(),
    }
    for plane in found.planes:
        assert plane.spacing == pytest.approx(spacing[plane.state], abs=2 * plane.error + 0.02)
    assert found.direction == pytest.approx(90 + angle, abs=0.5)
    assert "ionsmith build closure" in found.commands[-1]


@pytest.mark.parametrize("fill", [False, True])
def test_a_crack_is_neither_also_under_drift(fill: bool) -> None:
    """A crack of 12 Å beside a closed plane; drift stretches the scan by 3 % here, 3 % less there.

    Layers of Na in the crack look a little like a block.
    """
    closed = close_planes(build_beta_alumina((1, 1, 2)).atoms, [2]).atoms
    cracked = open_crack(closed, 4, width=12.0, fill=fill).atoms
    made = simulate_haadf(cracked, "[1,0,0]").image
    assert made is not None
    image = np.tile(made.intensity, (int(np.ceil(30 / made.width)), 1))
    image = zoom(image, np.array(made.pixel_size) / PIXEL, order=1)
    x, y = np.indices(image.shape)
    drift = np.sin(y * PIXEL / 10) * 0.3 / PIXEL
    image = map_coordinates(image, [x + drift, y + drift], order=1, mode="nearest")
    found = read_haadf_image(noisy(image, 5600, 5))
    states = [plane.state for plane in found.planes]
    true = ["open", "closed", "open", "neither", "open", "open"]
    assert states.count("neither") == 1
    assert any(true[k : k + len(states)] == states for k in range(3))
    spacings = find_anatomy(cracked).row_spacing
    for plane in found.planes:
        known = (
            spacings.max()
            if plane.state == "neither"
            else (spacings[1] if plane.state == "closed" else spacings[0])
        )
        assert plane.spacing == pytest.approx(known, abs=1.5 * plane.error)
    assert found.commands == ()


def test_a_wrong_scale_is_found_by_the_blocks(clean: NDArray[np.float64]) -> None:
    right = noisy(clean, 5600, 3)
    stretched = Micrograph("image", right.intensity, 1.06 * PIXEL)
    found = read_haadf_image(stretched)
    assert found.scale[0] == pytest.approx(1 / 1.06, abs=found.scale[1])
    assert [plane.state for plane in found.planes] == [
        plane.state for plane in read_haadf_image(right).planes
    ]
    assert "as thick as in the crystal" in found.notes[-1]


def test_other_crystals_and_noise_are_refused(clean: NDArray[np.float64]) -> None:
    noise = np.random.default_rng(0).poisson(5.0, (200, 300)).astype(float)
    with pytest.raises(InvalidInput, match="no stack of spinel blocks"):
        read_haadf_image(Micrograph("noise", noise, PIXEL))
    with pytest.raises(NotBetaAlumina):
        read_haadf_image(noisy(clean, 1000, 0), bulk("Si"))
    with pytest.raises(InvalidInput, match="cannot show a stack"):
        read_haadf_image(Micrograph("coarse", noise, 5.0))


def test_a_region_is_cut_out_in_angstrom(clean: NDArray[np.float64]) -> None:
    image = noisy(clean, 5600, 4)
    part = image.region(10, 0, 20, 50)
    assert part.size == pytest.approx((20, 50))
    assert part.intensity[0, 0] == image.intensity[50, 0]
    with pytest.raises(InvalidInput, match="leaves the image"):
        image.region(40, 0, 20, 50)


@pytest.mark.micrograph
def test_our_own_tiff_is_read_with_its_scale(stack: Atoms, tmp_path: Path) -> None:
    made = simulate_haadf(stack, "[1,0,0]")
    write_haadf(tmp_path / "image.tif", made)
    image = read_image(tmp_path / "image.tif")
    assert made.image is not None
    assert image.size == pytest.approx((made.image.width, made.image.height), abs=0.2)
    assert np.corrcoef(image.intensity[:, 0], made.image.intensity[:, 0])[0, 1] > 0.999


@pytest.mark.micrograph
def test_pictures_without_scale_in_colour_and_in_frames(tmp_path: Path) -> None:
    ramp = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    with pytest.raises(InvalidInput, match="size of its pixels"):
        read_image(tmp_path / "deep.png")
    image = read_image(tmp_path / "deep.png", pixel=0.3)
    assert image.intensity.shape == (64, 48)
    assert image.intensity[0, 0] == ramp[-1, 0]  # y is upwards
    grey = (ramp // 64).astype(np.uint8)
    colour = np.stack([grey, grey + 1, grey], axis=-1)
    Image.fromarray(colour).save(tmp_path / "colour.png")
    assert "in colour" in read_image(tmp_path / "colour.png", pixel=0.3).notes[0]
    np.save(tmp_path / "frames.npy", np.stack([ramp, ramp + 2]))
    assert "2 frames" in read_image(tmp_path / "frames.npy", pixel=1).notes[0]
    assert read_image(tmp_path / "frames.npy", pixel=1, frame=1).intensity.min() == 2
    with pytest.raises(InvalidInput, match="frames 0 to 1"):
        read_image(tmp_path / "frames.npy", pixel=1, frame=2)


@pytest.mark.micrograph
def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cut.dm4").write_bytes(b"\x00\x00\x00\x04")
    (tmp_path / "text.tif").write_text("no image")
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "empty.png")
    Image.fromarray(np.zeros((8, 64), np.uint8)).save(tmp_path / "small.png")
    for name in ("cut.dm4", "text.tif", "nofile.mrc", "text.cif"):
        with pytest.raises(UnreadableFile):
            read_image(tmp_path / name)
    for data, why in ((np.full((64, 64), "a"), "no numbers"), (np.eye(64) * 1j, "complex numbers")):
        np.save(tmp_path / "other.npy", data)
        with pytest.raises(InvalidInput, match=why):
            read_image(tmp_path / "other.npy", pixel=1)
    with pytest.raises(InvalidInput, match="all its pixels are equal"):
        read_image(tmp_path / "empty.png", pixel=1)
    with pytest.raises(InvalidInput, match="at least 32"):
        read_image(tmp_path / "small.png", pixel=1)
    with pytest.raises(InvalidInput, match=r"0\.001 to 100"):
        read_image(tmp_path / "empty.png", pixel=0)
