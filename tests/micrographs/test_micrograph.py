"""Images and lists of spots whose truth is known: gratings of lattices, turned and deformed."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from numpy.typing import NDArray

from ionsmith.analyzers.spots import overlay_spots, spot_pattern
from ionsmith.builders.grain_boundary import build_grain_boundary
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import InvalidInput, NoMatch, UnreadableFile
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.micrographs import (
    Micrograph,
    Transform,
    index_micrograph,
    read_spot_list,
    transform_image,
)

Floats = NDArray[np.float64]
PIXEL, SIZE = 0.35, 288

CU, SI, AL = (
    bulk(symbol, lattice, a=a, cubic=True)
    for symbol, lattice, a in (("Cu", "fcc", 3.615), ("Si", "diamond", 5.431), ("Al", "fcc", 4.05))
)


def fcc_spots(a: float) -> Floats:
    """(1,-1,1), (1,-1,-1), (0,0,2) and (2,-2,0) of an fcc crystal, seen against [1,1,0].

    x is along (1,-1,0), so that by hand y is along (0,0,-1): x × y is along [1,1,0].
    """
    root = np.sqrt(2)
    return np.array([[root, -1.0], [root, 1.0], [0.0, 2.0], [2 * root, 0.0]]) / a


def turned(places: Floats, degrees: float) -> Floats:
    """Places turned counter-clockwise."""
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return places @ matrix.T


def grating(places: Floats, dose: float, seed: int, contrast: float = 0.03) -> Micrograph:
    """Image of waves with noise."""
    at = PIXEL * np.arange(SIZE)
    image = np.ones((SIZE, SIZE))
    for x, y in places:
        wave = np.outer(np.exp(2j * np.pi * x * at), np.exp(2j * np.pi * y * at))
        image += contrast * np.real(wave)
    counts = np.random.default_rng(seed).poisson(image * dose * PIXEL**2)
    return Micrograph("image", counts.astype(float), PIXEL)


def spot_list(places: Floats) -> Transform:
    """Places as a list."""
    places = places * np.where(places[:, :1] < 0, -1, 1)
    return Transform("list", places, 0.002 * np.linalg.norm(places, axis=1), np.ones(len(places)))


def test_places_scatter_as_their_errors_say() -> None:
    places = turned(fcc_spots(3.615), 17.0)
    places *= np.where(places[:, :1] < 0, -1, 1)
    off = []
    for seed in range(12):
        found = transform_image(grating(places, 40, seed))
        apart = np.linalg.norm(found.positions[:, None] - places[None], axis=2)
        assert apart.min(axis=0).max() < 0.004
        for number, nearest in enumerate(apart.argmin(axis=0)):
            off.append((found.positions[nearest] - places[number]) / found.errors[nearest])
    assert np.sqrt(np.mean(np.square(off))) == pytest.approx(1.0, abs=0.25)


def test_zone_and_strain_of_one_crystal() -> None:
    stretch = np.array([[1.015, 0.004], [0.004, 0.99]])
    places = turned(fcc_spots(3.615), 31.0) @ np.linalg.inv(stretch)
    found = index_micrograph(grating(places, 2000, 0), CU)
    (crystal,) = found.crystals
    assert crystal.zone_indices == (1, 1, 0)
    assert crystal.probability > 0.95
    true = np.linalg.eigvalsh(stretch)[::-1] - 1
    assert crystal.strain == pytest.approx(true, abs=crystal.strain_error)
    assert crystal.strain_error < 0.005
    direction = np.degrees(np.arctan2(*np.linalg.eigh(stretch)[1][::-1, 1])) % 180
    assert crystal.strain_direction == pytest.approx(direction, abs=3)
    kinds = {tuple(sorted(map(abs, spot.indices or ()))) for spot in found.spots}
    assert kinds == {(1, 1, 1), (0, 0, 2), (0, 2, 2)}
    assert found.relationships == ()


def disorientation(rotation: tuple[tuple[float, ...], ...], first: Atoms, second: Atoms) -> float:
    """Smallest equivalent angle of a rotation from the second crystal to the first."""
    crystals = read_lattice(first), read_lattice(second)
    return OrientationRelationship.from_matrix(*crystals, rotation).disorientation.angle


def test_two_crystals_in_one_transform_and_in_two_regions() -> None:
    first, second = turned(fcc_spots(5.431), 12.0), turned(fcc_spots(4.05), 12.0 + 1.4)
    whole = index_micrograph(grating(np.concatenate([first, second]), 2000, 1), [SI, AL])
    parts = index_micrograph([grating(first, 2000, 2), grating(second, 2000, 3)], [SI, AL])
    for found in (whole, parts):
        best = found.relationships[0]
        assert best.probability > 0.9
        assert best.parallel_directions == ("[1,1,0]", "[1,1,0]")
        assert disorientation(best.rotation, SI, AL) == pytest.approx(1.4, abs=best.error)
        assert best.error < 0.4
        assert "build interface" in str(best.command)


def preset_spots(tmp_path: Path, planes: str, directions: str, names: tuple[str, str]) -> Transform:
    """Spots of both crystals of a relationship as a list in nm."""
    crystals = [read_lattice(name) for name in names]
    relationship = OrientationRelationship.from_parallel(*crystals, planes, directions)
    patterns = overlay_spots(*names, relationship).patterns
    lines = ["d (nm),azimuth (°),intensity"]
    for pattern in patterns:
        for spot in pattern.spots:
            if spot.intensity > 5 and spot.d > 1.2:
                lines.append(f"{spot.d / 10},{spot.azimuth},{spot.intensity}")
    (tmp_path / "spots.csv").write_text("\n".join(lines))
    return read_spot_list(tmp_path / "spots.csv")


def test_a_published_interface_is_recognised_from_its_spots(tmp_path: Path) -> None:
    names = "lib:nh4vo3", "lib:nvp"
    spots = preset_spots(tmp_path, "(1,2,-1)||(2,-1,0)", "[0,1,2]||[1,2,-1]", names)
    found = index_micrograph(spots, names)
    best = found.relationships[0]
    assert best.command == "ionsmith build interface --preset nvp-nh4vo3 -o interface.extxyz"
    assert best.probability > 0.99
    assert best.angle == pytest.approx(0, abs=0.02)
    # turned about the beam, and turned over
    places = turned(spots.positions, 77) * (1, -1)
    again = index_micrograph(spot_list(places), names).relationships[0]
    assert again.command == best.command
    assert again.angle == pytest.approx(0, abs=0.05)


def test_a_distortion_of_both_crystals_is_taken_out() -> None:
    distortion = np.array([[1.02, 0.01], [0.01, 0.99]])
    both = np.concatenate([turned(fcc_spots(5.431), 40.0), turned(fcc_spots(4.05), 41.0)])
    spots = spot_list(both @ distortion)
    as_it_is = index_micrograph(spots, [SI, AL])
    assert any("elliptical distortion" in note for note in as_it_is.notes)
    found = index_micrograph(spots, [SI, AL], correct_distortion=True)
    assert found.crystals[0].strain == pytest.approx((0, 0), abs=1e-6)
    assert found.crystals[1].strain == pytest.approx((0, 0), abs=1e-3)
    for one in (as_it_is, found):  # a distortion turns neither lattice
        rotation = one.relationships[0].rotation
        assert disorientation(rotation, SI, AL) == pytest.approx(1.0, abs=0.05)


def test_solutions_that_look_alike_share_the_probability() -> None:
    # In a tetragonal crystal of c ≈ a the zones [1,0,0] and [0,0,1] are two, and look the same.
    square = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]]) / (4.05 / 2)
    assert index_micrograph(spot_list(square), AL).crystals[0].zone_indices == (1, 0, 0)
    stretched = AL.copy()
    stretched.set_cell(np.diag([4.05, 4.05, 4.06]), scale_atoms=True)
    found = index_micrograph(spot_list(square), stretched).crystals[0]
    assert 0.3 < found.probability < 0.7
    hexagon = np.array([turned(np.array([[1.0, 0.0]]), 60 * n)[0] for n in range(3)])
    found = index_micrograph(spot_list(hexagon / 1.4319), AL).crystals[0]  # {220}
    assert found.zone_indices == (1, 1, 1)
    assert found.probability > 0.9


def test_lists_in_another_unit_are_told(tmp_path: Path) -> None:
    pattern = spot_pattern("lib:si", "[1,1,0]")
    spots = [spot for spot in pattern.spots if spot.intensity > 5]
    for factor, words in ((0.1, "a tenth of"), (100.0, "a hundred times")):
        lines = ["d,azimuth", *(f"{factor * spot.d},{spot.azimuth}" for spot in spots)]
        (tmp_path / "spots.csv").write_text("\n".join(lines))
        with pytest.raises(InvalidInput, match=words):
            index_micrograph(read_spot_list(tmp_path / "spots.csv"), "lib:si")
    lines = ["x (1/nm),y (1/nm)", *(f"{10 * s.position[0]},{10 * s.position[1]}" for s in spots)]
    (tmp_path / "spots.csv").write_text("\n".join(lines))
    found = index_micrograph(read_spot_list(tmp_path / "spots.csv"), "lib:si")
    assert found.crystals[0].zone_indices == (1, 1, 0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty file"),
        ("h,k,l\n1,1,1\n", "columns d and azimuth"),
        ("d (inch),azimuth\n1,2\n", "unit 'inch'"),
        ("d,azimuth\n3.1,0\n-1,5\n", "positive"),
        ("d,azimuth\n3.1,0\nx,5\n", "a number was expected"),
        ("d,azimuth\n3.1,0\n3.1,180\n", "at least two spots"),
    ],
)
def test_lists_that_are_none_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "spots.csv").write_text(text)
    with pytest.raises(InvalidInput, match=words):
        read_spot_list(tmp_path / "spots.csv")
    with pytest.raises(UnreadableFile):
        read_spot_list(tmp_path / "nofile.csv")


def test_images_without_the_crystal_are_refused() -> None:
    noise = np.random.default_rng(0).poisson(9.0, (SIZE, SIZE)).astype(float)
    with pytest.raises(InvalidInput, match="the transform shows"):
        index_micrograph(Micrograph("noise", noise, PIXEL), CU)
    with pytest.raises(InvalidInput, match="cannot show a lattice"):
        index_micrograph(Micrograph("coarse", noise, 20.0), CU)
    one_row = np.array([[0.31, 0.0], [0.62, 0.0]])
    with pytest.raises(NoMatch, match="along any zone"):
        index_micrograph(grating(one_row, 2000, 0), CU)
    with pytest.raises(InvalidInput, match="one or two"):
        index_micrograph(spot_list(fcc_spots(3.6)), [CU, SI, AL])


@pytest.mark.parametrize("count", [5, 30])
def test_spots_at_random_are_no_crystal(count: int) -> None:
    places = np.random.default_rng(count).uniform(-0.8, 0.8, (count, 2))
    with pytest.raises(NoMatch, match="along any zone"):
        index_micrograph(spot_list(places), ["lib:nah2po4", SI])


def test_a_crystal_that_is_not_there_is_said() -> None:
    found = index_micrograph(spot_list(turned(fcc_spots(5.431), 5)), [SI, CU])
    assert [one.crystal for one in found.crystals] == [read_lattice(SI).name]
    assert any("was not found" in note for note in found.notes)


def test_supercells_and_cells_in_other_places_give_the_same() -> None:
    places = turned(fcc_spots(4.05), 5)
    for atoms in (AL, bulk("Al", "fcc", a=4.05), AL.repeat(2)):
        assert isinstance(atoms, Atoms)
        found = index_micrograph(spot_list(places), atoms)
        assert max(map(abs, found.crystals[0].strain)) < 1e-6


@pytest.mark.parametrize(("degrees", "sigma"), [(38.942, 9), (70.529, 3), (109.471, 3)])
def test_two_grains_of_one_crystal_give_one_boundary(degrees: float, sigma: int) -> None:
    # tilts about [1,1,0] with sin²(θ/2) = 1/9, 1/3 and 2/3
    parts = [
        grating(turned(fcc_spots(5.431), 12.0 + turn), 2000, seed)
        for seed, turn in enumerate((0.0, degrees))
    ]
    found = index_micrograph(parts, [SI, SI])
    assert [one.crystal for one in found.crystals] == ["Si, grain 1", "Si, grain 2"]
    (best,) = found.relationships
    words = shlex.split(str(best.command))
    assert words[:4] == ["ionsmith", "build", "grain-boundary", "Si"]
    assert words[5] == "--axis"
    boundary = build_grain_boundary(SI, words[4], axis=words[6], angle=float(words[8])).boundary
    assert boundary.sigma == sigma


def test_a_second_grain_that_is_not_there() -> None:
    found = index_micrograph(grating(turned(fcc_spots(5.431), 12.0), 2000, 2), [SI, SI])
    assert len(found.crystals) == 1
    assert found.relationships == ()
    assert any("grain 2 was not found" in note for note in found.notes)
