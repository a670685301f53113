"""Identification of crystals from lines: the whole library, mixtures, files, peaks, bad input."""

import sys
from pathlib import Path

import numpy as np
import pytest

from ionsmith.analyzers.powder import (
    LineList,
    MeasuredPattern,
    PowderPattern,
    Setup,
    Shape,
    find_peaks,
    mix,
    powder_pattern,
    rank_phases,
    read_pattern,
)
from ionsmith.analyzers.powder._lines import background
from ionsmith.analyzers.scattering import parse_beam
from ionsmith.crystals import load, names
from ionsmith.errors import IonsmithError, MissingExtra, NoMatch, UnreadableFile

BEAM = parse_beam("CuKa1")


@pytest.fixture(scope="module")
def library() -> list[PowderPattern]:
    setup = Setup(BEAM, two_theta=(5.0, 90.0), min_intensity=0.01)
    return [powder_pattern(f"lib:{name}", setup) for name in names() if load(name).has_coordinates]


def phase(name: str) -> tuple[object, ...]:
    """What several refinements of one phase have in common."""
    crystal = load(name)
    return crystal.space_group_number, tuple(sorted(crystal.composition()))


def measured(pattern: PowderPattern, generator: np.random.Generator) -> np.ndarray:
    """Angles of lines above one per cent with 0.05° noise, a fifth of them missing."""
    angles = pattern.two_theta[pattern.intensity >= 1.0]
    kept = generator.permutation(len(angles))[: int(np.ceil(0.8 * len(angles)))]
    return angles[kept] + generator.normal(0, 0.05, len(kept))


def test_every_crystal_is_found(library: list[PowderPattern]) -> None:
    """Two foreign lines added; the right phase is first for 95 % of the library."""
    generator = np.random.default_rng(11)
    wrong = []
    for pattern in library:
        angles = np.concatenate([measured(pattern, generator), generator.uniform(10, 90, 2)])
        found = rank_phases(LineList.of(BEAM, two_theta=angles), library, mixtures=False)
        if phase(found.best.crystals[0]) != phase(pattern.crystal):
            wrong.append((pattern.crystal, found.best.crystals[0]))
    assert len(wrong) <= 0.05 * len(library), wrong


def test_mixtures_are_found(library: list[PowderPattern]) -> None:
    generator = np.random.default_rng(12)
    wrong = []
    for _ in range(20):
        first, second = (library[i] for i in generator.choice(len(library), 2, replace=False))
        parts = [measured(first, generator), measured(second, generator)]
        angles = np.concatenate([*parts, generator.uniform(10, 90, 2)])
        found = rank_phases(LineList.of(BEAM, two_theta=angles), library, limit=1)
        wanted = sorted(str(phase(pattern.crystal)) for pattern in (first, second))
        if sorted(str(phase(name)) for name in found.mixtures[0].crystals) != wanted:
            wrong.append((first.crystal, second.crystal, found.mixtures[0].crystals))
    assert len(wrong) <= 2, wrong


def test_published_corundum_with_foreign_lines(library: list[PowderPattern]) -> None:
    """Powder Diffraction File 10-0173, and two lines that no corundum has."""
    spacings = [3.479, 2.552, 2.379, 2.085, 1.740, 1.601, 1.404, 1.374, 5.0, 2.9]
    found = rank_phases(LineList.of(BEAM, d=spacings), library)
    assert found.best.crystals == ("al2o3",)
    assert [line.d for line in found.lines if line.crystal is None] == pytest.approx([5.0, 2.9])
    assert len(found.left) == found.best.owners.count(-1) == 2
    assert found.best.explained == 8
    assert found.best.share == pytest.approx(0.8)


def test_missing_lines_are_named(library: list[PowderPattern]) -> None:
    si = next(pattern for pattern in library if pattern.crystal == "si")
    lines = LineList.of(BEAM, two_theta=np.delete(si.two_theta, 1))
    found = rank_phases(lines, library, mixtures=False)
    assert found.best.crystals == ("si",)
    assert [line.hkl for line in found.best.missing] == [(2, 2, 0)]


def test_crystals_are_taken_as_they_come(library: list[PowderPattern]) -> None:
    """Names, atoms and crystals of the library; those without coordinates are left out."""
    silicon = next(pattern for pattern in library if pattern.crystal == "si")
    lines = LineList.of(BEAM, two_theta=silicon.two_theta)
    crystals = ["lib:nvp-alpha", load("al2o3").to_atoms(), "lib:si", load("sio2")]
    found = rank_phases(lines, crystals)
    assert found.best.crystals == ("si",)
    assert len(found.singles) == 3


def test_peaks_of_a_noisy_pattern(library: list[PowderPattern]) -> None:
    """From counts to crystals: peaks above a curved background, none in the noise."""
    chosen = [pattern for pattern in library if pattern.crystal in ("al2o3", "si")]
    grid = np.arange(15, 90, 0.02)
    signal = np.sum(mix(chosen).profiles(grid, Shape()), axis=0)
    smooth = 300 + 2000 / grid + 100 * np.exp(-np.square((grid - 30) / 12))
    counts = np.random.default_rng(5).poisson(5000 * signal / signal.max() + smooth)
    pattern = MeasuredPattern("test", grid, counts.astype(float))
    assert np.median(abs(background(pattern) - smooth) / smooth) < 0.1
    peaks = find_peaks(pattern, BEAM)
    places = np.concatenate([one.two_theta for one in chosen])
    assert all(abs(places - angle).min() < 0.05 for angle in peaks.two_theta)
    found = rank_phases(peaks, library, limit=1)
    assert set(found.best.crystals) == {"al2o3", "si"}
    flat = MeasuredPattern("flat", grid, np.full(len(grid), 7.0))
    with pytest.raises(NoMatch):
        find_peaks(flat, BEAM)


GRID = np.arange(10, 20, 0.5)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.xy", "\n".join(f"{x:.2f} {x * 10:.1f}" for x in GRID)),
        ("a.csv", "angle,counts,error\n" + "\n".join(f"{x},{x * 10},1" for x in GRID)),
        ("a.txt", "# Cu\n\n" + "\n".join(f" {x:.2f};\t{x * 10:.1f}" for x in GRID[::-1])),
        (
            "a.cif",
            "data_x\n_pd_meas_2theta_range_min 10\n_pd_meas_2theta_range_max 19.5\nloop_\n"
            "_pd_meas_counts_total\n" + "\n".join(f"{x * 10}" for x in GRID),
        ),
        (
            "a.cif",
            "data_x\nloop_\n_pd_proc_2theta_corrected\n_pd_proc_intensity_total\n"
            + "\n".join(f"{x} {x * 10}(3)" for x in GRID),
        ),
        pytest.param(
            "a.xrdml",
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/1.5">'
            '<xrdMeasurement measurementType="Scan"><scan scanAxis="Gonio" mode="Continuous">'
            '<dataPoints><positions axis="2Theta" unit="deg"><startPosition>10</startPosition>'
            "<endPosition>19.5</endPosition></positions>"
            '<commonCountingTime unit="seconds">1</commonCountingTime>'
            '<intensities unit="counts">' + " ".join(f"{x * 10:.0f}" for x in GRID)
            + "</intensities></dataPoints></scan></xrdMeasurement></xrdMeasurements>",
            marks=pytest.mark.patterns,
        ),
    ],
)  # fmt: skip
def test_pattern_files(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = read_pattern(path)
    assert found.two_theta == pytest.approx(GRID)
    assert found.counts == pytest.approx(10 * GRID, abs=0.5)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xy", b"no numbers here\n", "too few for a powder pattern"),
        ("a.xy", b"1 2\n3 4\n", "2 points"),
        ("a.xy", b"\x00\xff\xfe\x91", "not text"),
        ("a.xy", b"10 5\n11 6\n12 oops\n", "line 3"),
        ("a.xy", b"".join(b"%d 5\n" % x for x in range(100, 400)), "not an angle"),
        ("a.xy", b"".join(b"%d 0\n" % x for x in range(10, 40)), "zero"),
        ("a.xy", b"".join(b"%d nan\n" % x for x in range(10, 40)), "not finite"),
        ("a.cif", b"data_x\n_cell_length_a 5\n", "no powder pattern"),
        ("a.cif", b"loop_ nonsense 'x", "not a valid CIF"),
    ],
)
def test_files_that_are_no_pattern(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said):
        read_pattern(str(path))


@pytest.mark.patterns
def test_formats_of_instruments_are_an_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xrdml"
    path.write_text("<xrdMeasurements/>", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="could not be read as"):
        read_pattern(str(path))
    monkeypatch.setitem(sys.modules, "fairmat_readers_xrd", None)
    with pytest.raises(MissingExtra, match="ionsmith\\[patterns\\]"):
        read_pattern(str(path))


def test_bad_lists(library: list[PowderPattern]) -> None:
    for options in (
        {},
        {"two_theta": [10], "d": [3]},
        {"two_theta": []},
        {"two_theta": [200]},
        {"d": [0.5]},
        {"d": [float("nan")]},
        {"d": [3.0], "intensity": [1, 2]},
    ):
        with pytest.raises(IonsmithError):
            LineList.of(BEAM, **options)
    lines = LineList.of(BEAM, two_theta=[20, 30])
    with pytest.raises(IonsmithError, match="`angle_tolerance`"):
        rank_phases(lines, library, angle_tolerance=0)
    with pytest.raises(NoMatch, match="no crystal has lines"):
        rank_phases(lines, [])
