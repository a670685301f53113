"""Images and profiles: where the atoms are, how strong, and by which method."""

from functools import cache

import numpy as np
import pytest
from ase import Atoms

from ionsmith.analyzers.haadf import Haadf, Microscope, simulate_haadf
from ionsmith.analyzers.haadf._profile import Line, measure_peaks
from ionsmith.analyzers.haadf._projection import cross_section
from ionsmith.builders.beta_alumina import close_planes
from ionsmith.crystals import load
from ionsmith.errors import InvalidChoice, IonsmithError
from ionsmith.lattice.miller import Direction, parse
from ionsmith.layers.anatomy import find_anatomy
from strategies import full_beta_alumina
from textbook import perovskite

ZONE = Direction((1, -1, 0))


@cache
def closed() -> Atoms:
    return close_planes(full_beta_alumina(), [2], route=1).atoms


@cache
def look(zone: str = "[1,0,0]", thickness: float = 50.0) -> Haadf:
    found = parse(zone)
    assert isinstance(found, Direction)
    return simulate_haadf(closed(), found, thickness=thickness)


@pytest.mark.parametrize("zone", ["[1,0,0]", "[1,1,0]", "[1,-1,0]", "[2,1,0]"])
def test_open_and_closed_planes_as_in_the_paper(zone: str) -> None:
    """Geng et al. 2023 quote 6.35 Å for an open plane, Bettman and Peters' atoms are 6.49 apart."""
    planes = look(zone).profile.planes
    assert [(plane.plane, plane.closed) for plane in planes] == [(1, False), (2, True), (3, False)]
    for plane in planes:
        if plane.closed:
            assert plane.row_spacing < 5
        else:
            assert 6.3 < plane.row_spacing < 6.6
        assert plane.row_spacing == pytest.approx(plane.row_spacing_model, abs=0.01)
    np.testing.assert_allclose(
        [plane.row_spacing_model for plane in planes], find_anatomy(closed()).row_spacing
    )
    # These rows are the bright ones: nothing else in the profile comes near them.
    peaks = look(zone).profile.peaks
    rows = {round(place, 6) for plane in planes for place in (plane.lower, plane.upper)}
    bright = sorted(peaks, key=lambda peak: -peak.intensity)[:6]
    assert {round(peak.position, 6) for peak in bright} == rows


def test_thickness_is_whole_periods_unless_asked_otherwise() -> None:
    """Perovskite of 3.9 Å: thirteen cells are nearest to 50 Å, and two and a half are not one."""
    beam = Direction((0, 0, 1))
    atoms = perovskite()
    period = float(atoms.cell.lengths()[2])
    found = simulate_haadf(atoms, beam)
    assert found.cell.thickness == pytest.approx(round(50 / period) * period)
    assert found.cell.beam_period == pytest.approx(period)
    assert found.notes == (
        f"{found.cell.thickness:.4f} Å thick: {round(50 / period)} whole periods along the beam "
        f"of {period:.4f} Å, nearest to 50 Å",
    )
    # Every period deep holds all atoms of the columns.
    per_cell = len(found.cell.atoms) / found.cell.lengths.prod() / found.cell.thickness
    assert per_cell == pytest.approx(len(atoms) / atoms.get_volume())
    assert simulate_haadf(atoms, beam, thickness=2 * period).notes == ()
    (note,) = simulate_haadf(atoms, beam, thickness=2.5 * period).notes
    assert "2.500 periods" in note
    assert f"{2 * period:.4f} or {3 * period:.4f} Å are whole" in note


def test_thickness_where_no_whole_period_is_near() -> None:
    long = perovskite().repeat((1, 1, 25))
    long.symbols[0] = "Ca"
    (note,) = simulate_haadf(long, Direction((0, 0, 1))).notes
    assert "50 Å thick, part of a period" in note
    (note,) = simulate_haadf(perovskite(), (0.3, 0.1, 1.0), field=(9.0, 9.0)).notes
    assert "no translation runs along the beam" in note


@pytest.mark.parametrize(("up", "sense"), [("(0,0,1)", 1), ("(0,0,-1)", -1)])
def test_planes_are_found_upside_down_too(up: str, sense: int) -> None:
    plane = parse(up)
    found = simulate_haadf(closed(), Direction((1, 0, 0)), up=plane, field=(15.0, 60.0))
    planes = found.profile.planes
    assert {plane.closed for plane in planes} == {True, False}
    for plane in planes:
        assert plane.row_spacing == pytest.approx(plane.row_spacing_model, abs=0.01)
    numbers = [plane.plane for plane in planes]
    assert set(np.diff(numbers) % 3) == {sense % 3}


def spectrum(zone: tuple[int, int, int], depth: float) -> np.ndarray:
    """Strengths of the Fourier components of one period per depth, whatever its origin."""
    found = simulate_haadf(full_beta_alumina(), Direction(zone), thickness=2 * depth)
    image = found.image.intensity
    assert image is not None
    period = found.cell.sides[0].period
    assert period is not None
    return np.asarray(abs(np.fft.fft2(image[: round(period / found.profile.steps[0])])))


def mirrored(strengths: np.ndarray) -> np.ndarray:
    """The same of the image turned left to right."""
    return np.roll(strengths[::-1], 1, axis=0)


def test_zones_of_beta2_alumina() -> None:
    """R-3m: the threefold axis and the inversion take [100] to [110] and [1-10] to [210]."""
    a = 5.614
    first, same = (spectrum(zone, a) for zone in ((1, 0, 0), (1, 1, 0)))
    other, like = (spectrum(zone, np.sqrt(3) * a) for zone in ((1, -1, 0), (2, 1, 0)))
    for one, two in ((first, same), (other, like)):
        difference = min(abs(one - turned).max() for turned in (two, mirrored(two)))
        assert difference < 1e-3 * one.max()
    periods = [look(zone).cell.sides[0].period for zone in ("[1,0,0]", "[1,1,0]")]
    assert periods == pytest.approx([np.sqrt(3) / 2 * a] * 2)
    periods = [look(zone).cell.sides[0].period for zone in ("[1,-1,0]", "[2,1,0]")]
    assert periods == pytest.approx([a / 2] * 2)


def test_the_projection_holds_what_every_atom_scatters() -> None:
    microscope = Microscope(detector=(50, 100), source_size=0.7)
    found = simulate_haadf(perovskite(), Direction((0, 0, 1)), microscope=microscope)
    assert found.image is not None
    total = sum(cross_section(int(z), microscope) for z in found.cell.atoms.numbers)
    assert found.image.intensity.mean() == pytest.approx(
        total / found.cell.lengths.prod(), rel=1e-9
    )
    assert found.image.lowest > 0


def test_cross_sections_follow_rutherford_at_high_angles() -> None:
    """Unscreened nuclei scatter with Z² and 1/θ⁴, and no atom more than its bare nucleus."""
    wide = Microscope(detector=(150, 300))
    light, heavy = (cross_section(z, wide) / z**2 for z in (8, 79))
    assert 0.5 < heavy / light < 1
    # Rutherford: σ = 4π (2 γ / (a0 k²))² Z² [1/θ²], k = 2π/λ, between the two angles.
    gamma = 1 + 300 / 510.999
    k = 2 * np.pi / wide.wavelength
    bare = 4 * np.pi * (gamma / 0.529177 / k**2) ** 2 * (1 / 0.15**2 - 1 / 0.3**2)
    narrow = Microscope(convergence=0.1, detector=(150, 300))
    assert 0.7 * bare < cross_section(8, narrow) / 64 < bare


def test_columns_stand_where_the_atoms_are() -> None:
    """Along the face diagonal of SrTiO3 [001]: Sr, Ti-O, Sr, and Sr is the brighter one."""
    a = 3.905
    for source in (0.0, 0.8):
        found = simulate_haadf(
            perovskite(),
            Direction((0, 0, 1)),
            microscope=Microscope(source_size=source),
            field=(4 * a, 4 * a),
            line=((a / 2, a / 2), (3.2 * a, 3.2 * a)),
        )
        places = np.array([peak.position for peak in found.profile.peaks])
        expected = np.sqrt(2) * a * np.arange(0.5, 2.7, 0.5)
        np.testing.assert_allclose(places, expected, atol=0.01)
        bright = np.array([peak.intensity for peak in found.profile.peaks])
        assert (bright[1::2] < bright[::2].min()).all() or (bright[::2] < bright[1::2].min()).all()


def test_peaks_are_finer_than_the_pixel() -> None:
    position = np.linspace(0, 10, 51)
    centres = np.array([2.2345, 6.9871])
    heights = np.array([1.0, 0.3])
    shape = np.exp(-((position[:, None] - centres) ** 2) / 0.3) @ heights
    peaks = measure_peaks(position, shape)
    np.testing.assert_allclose([peak.position for peak in peaks], centres, atol=2e-3)
    np.testing.assert_allclose([peak.intensity for peak in peaks], heights, atol=2e-3)
    np.testing.assert_allclose([peak.prominence for peak in peaks], heights, atol=0.02)
    assert peaks[0].spacing == pytest.approx(np.diff(centres)[0], abs=3e-3)
    assert peaks[1].spacing is None
    assert len(measure_peaks(position, shape, prominence=0.5)) == 1
    assert measure_peaks(position, np.ones(51)) == ()


def test_peaks_across_the_seam_of_a_profile_that_wraps() -> None:
    position = np.linspace(0, 10, 101)
    wave = 1 + np.cos(2 * np.pi * (position - 9.97) / 5)
    peaks = measure_peaks(position, wave, wraps=True)
    assert [round(peak.position % 10, 3) for peak in peaks] == [4.97, 9.97]
    assert [peak.spacing for peak in peaks] == pytest.approx([5, 5])


def test_a_line_means_the_strip_along_it() -> None:
    points = Line((1, 1), (4, 5), 2).points(0.5, 0.5)
    assert points.shape == (4, 11, 2)
    np.testing.assert_allclose(points[:, 0].mean(axis=0), (1, 1))
    np.testing.assert_allclose(points[:, -1].mean(axis=0), (4, 5))
    across = points[-1, 0] - points[0, 0]
    assert np.linalg.norm(across) == pytest.approx(1.5)
    assert across @ (3, 4) == pytest.approx(0)


def test_the_grid_serves_detector_and_probe() -> None:
    """λ(300 keV) = 0.019687 Å and λ(200 keV) = 0.025079 Å; a 2/3 limited grid carries λ/3p."""
    microscope = Microscope(convergence=25, detector=(60, 120))
    assert microscope.pixel == pytest.approx(0.0196875 / 3 / 0.145, rel=1e-4)
    assert microscope.reach(0.08) == pytest.approx(82.03, abs=0.01)
    assert Microscope(energy=200).reach(0.05) == pytest.approx(167.2, abs=0.1)
    assert microscope.probe_step == pytest.approx(0.0196875 / 0.1, rel=1e-4)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"detector": (20.0, 80.0)}, "inside the probe"),
        ({"detector": (80.0, 60.0)}, "a larger outer"),
        ({"detector": (float("nan"), 60.0)}, "a larger outer"),
        ({"convergence": 0.0}, "convergence"),
        ({"energy": -1.0}, "energy"),
        ({"source_size": -1.0}, "`source_size`"),
        ({"defocus": float("inf")}, "finite"),
    ],
)
def test_impossible_microscopes(options: dict[str, object], reason: str) -> None:
    with pytest.raises(IonsmithError, match=reason):
        Microscope(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"thickness": 1.0}, "less than one slice"),
        ({"thickness": float("nan")}, "less than one slice"),
        ({"field": (0.0, 5.0)}, "field"),
        ({"line": ((0.0, 0.0), (99.0, 99.0))}, "leaves the image"),
        ({"line": ((1.0, 1.0), (1.0, 1.0))}, "further apart"),
        ({"width": 1e3}, "leaves the image"),
        ({"width": -1.0}, "width"),
        ({"prominence": 0.0}, "prominence"),
        ({"u_iso": {"Xx": 0.1}}, "not an element"),
        ({"u_iso": {"Na": 0.1}}, "has no Na"),
        ({"u_iso": {"O": -0.1}}, "0 to below 1"),
        ({"phonons": -1}, "phonon"),
        ({"scan": "profile"}, "projection"),
        ({"checkpoint": "tiles"}, "projection"),
        pytest.param({"method": "prism", "pixel": 0.1}, "choose at most", marks=pytest.mark.haadf),
        pytest.param(
            {"method": "prism", "pixel": 0.0}, "`pixel` must be above 0", marks=pytest.mark.haadf
        ),
    ],
)
def test_bad_input(options: dict[str, object], reason: str) -> None:
    with pytest.raises(IonsmithError, match=reason):
        simulate_haadf(perovskite(), Direction((0, 0, 1)), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"method": "foo"}, {"scan": "foo"}, {"method": "Prism"}])
def test_unknown_words_are_refused_before_any_work(options: dict) -> None:
    with pytest.raises(InvalidChoice, match=f"`{next(iter(options))}` is"):
        simulate_haadf("no-such-file.cif", Direction((0, 0, 1)), **options)


def test_a_crystal_by_name_is_its_atoms() -> None:
    by_name = simulate_haadf("lib:al2o3", Direction((1, 0, 0)))
    by_atoms = simulate_haadf(load("al2o3").to_atoms(), Direction((1, 0, 0)))
    assert by_name.to_dict() == by_atoms.to_dict()


def test_displacements_of_the_crystal() -> None:
    """A column of atoms that move along x only is blurred along x only, as its tensor says."""
    column = Atoms("Au", positions=[[4, 4, 1]], cell=[8, 8, 2], pbc=True)
    column.set_array("u_iso", np.array([0.03]))
    column.set_array("u_aniso", np.array([[0.09, 0, 0, 0, 0, 0]]))
    column.info["u_aniso_cell"] = [8, 8, 2, 90, 90, 90]
    wide = simulate_haadf(column, "[0,0,1]", up="[0,1,0]", field=(8, 8))
    still = simulate_haadf(column, "[0,0,1]", up="[0,1,0]", field=(8, 8), displacements=False)
    assert wide.u_iso == {"Au": pytest.approx(0.03)}
    assert still.u_iso == {"Au": 0}

    def variance(result: Haadf, axis: int) -> float:
        assert result.image is not None
        profile = result.image.intensity.sum(axis=1 - axis)
        x = np.arange(len(profile)) * result.image.pixel_size[axis]
        mean = (profile * x).sum() / profile.sum()
        return float((profile * (x - mean) ** 2).sum() / profile.sum())

    assert variance(wide, 0) - variance(still, 0) == pytest.approx(0.09, rel=0.02)
    assert variance(wide, 1) == pytest.approx(variance(still, 1), rel=1e-6)
    turned = column.copy()
    turned.rotate(90, "z", rotate_cell=True)
    image = simulate_haadf(turned, "[0,0,1]", up="[0,1,0]", field=(8, 8))
    assert image.image is not None
    assert wide.image is not None
    assert image.image.intensity == pytest.approx(wide.image.intensity, rel=1e-6)


@pytest.mark.haadf
def test_frozen_phonons_follow_the_tensor() -> None:
    from ionsmith.analyzers.haadf._multislice import Scattering, _shaken
    from ionsmith.analyzers.imaging._cell import imaging_cell

    atoms = Atoms("Au", positions=[[1, 1, 1]], cell=[2, 2, 2], pbc=True)
    cell = imaging_cell(atoms, np.eye(3), 100.0, 4.0, field=(20, 20))
    tensor = np.array([[[0.09, 0.03, 0], [0.03, 0.04, 0.0], [0, 0.0, 0.01]]])
    shaken = _shaken(cell, tensor, Scattering("multislice", 0.05, 1, 0), 0)
    moves = shaken.atoms.positions - cell.atoms.positions
    assert len(moves) > 4000
    assert np.cov(moves[:, :2].T) == pytest.approx(tensor[0, :2, :2], abs=0.005)
