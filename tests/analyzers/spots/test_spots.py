"""Spots: none is missing, all lie where the metric says, absences and Friedel pairs hold."""

from functools import cache
from pathlib import Path

import gemmi
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.scattering import Conditions, Scatterers, structure_factors
from ionsmith.analyzers.spots import SpotPattern, spot_pattern
from ionsmith.crystals import load, names
from ionsmith.errors import InvalidOrientation, IonsmithError, NoMatch
from ionsmith.lattice.cell_vectors import in_cell, primitive_vectors
from ionsmith.lattice.miller import Direction, Plane, parse
from strategies import full_beta_alumina

FLAT = Conditions(max_laue_zone=0, max_excitation_error=1.0, d_min=1.0, min_intensity=0.0)
WITH_ATOMS = [name for name in names() if load(name).has_coordinates]
crystals = st.sampled_from(WITH_ATOMS)
zones = st.tuples(*[st.integers(-3, 3)] * 3).filter(any).map(Direction)


@cache
def scatterers(name: str) -> Scatterers:
    return Scatterers.of(load(name))


@cache
def from_atoms(name: str) -> Scatterers:
    return Scatterers.of(load(name).to_atoms())


def all_reflections(source: Scatterers, d_min: float) -> np.ndarray:
    """Every set of indices down to a spacing; |h| <= a / d."""
    bounds = np.floor(np.array(source.lattice.cellpar[:3]) / d_min).astype(int)
    ranges = [np.arange(-bound, bound + 1) for bound in bounds]
    hkl = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1).reshape(-1, 3)
    hkl = hkl[hkl.any(axis=1)]
    return hkl[source.lattice.d_spacing(hkl) >= d_min]


def as_dict(pattern: SpotPattern) -> dict[tuple[int, ...], float]:
    return dict(zip(map(tuple, pattern.hkl.tolist()), pattern.intensity.tolist(), strict=True))


# De Graef, Introduction to Conventional Transmission Electron Microscopy (2003), table 2.2.
@pytest.mark.parametrize(
    ("energy", "picometres"), [(100, 3.70144), (200, 2.50793), (300, 1.96875), (400, 1.64394)]
)
def test_wavelength(energy: float, picometres: float) -> None:
    assert Conditions(energy=energy).wavelength == pytest.approx(picometres / 100, rel=3e-5)


@settings(deadline=None, max_examples=30)
@given(name=crystals, zone=zones, energy=st.sampled_from([20.0, 120.0, 300.0]))
def test_no_spot_is_missing(name: str, zone: Direction, energy: float) -> None:
    """All reflections in the range are tried, by brute force and the equation of the sphere."""
    source = scatterers(name)
    conditions = Conditions(energy=energy, d_min=1.2, max_excitation_error=0.015, min_intensity=0.0)
    hkl = all_reflections(source, 1.2)
    z = source.lattice.vectors(zone.indices) / source.lattice.length(zone.indices)
    g = source.lattice.normals(hkl)
    wave = -z / conditions.wavelength  # the electrons come from where the zone axis points to
    # The point g - s z is on the sphere around -wave: a quadratic equation, the smaller root.
    along = (g + wave) @ z
    square = (g + wave) ** 2 @ np.ones(3) - conditions.wavelength**-2
    error = along + np.sqrt(along**2 - square)
    inside = abs(error) <= 0.015 - 1e-9
    forbidden = source.symmetry.absent(hkl)
    amplitudes = abs(structure_factors(source, hkl, "electrons")) ** 2
    bright = amplitudes > 1e-9 * amplitudes.max()
    assume((inside & bright & ~forbidden).any())
    found = spot_pattern(source, zone, conditions)
    listed = dict(zip(map(tuple, found.hkl.tolist()), found.excitation_error, strict=True))
    for indices, wanted in zip(
        hkl[inside & bright & ~forbidden].tolist(), error[inside & bright & ~forbidden], strict=True
    ):
        assert listed[tuple(indices)] == pytest.approx(wanted, abs=1e-9)
    assert (abs(found.excitation_error) <= 0.015 + 1e-9).all()
    assert found.d.min() >= 1.2 - 1e-9


@settings(deadline=None, max_examples=30)
@given(name=crystals, zone=zones)
def test_distances_and_angles_are_those_of_the_metric(name: str, zone: Direction) -> None:
    """Beside gemmi's spacings, and the cosine law with the reciprocal metric."""
    source = scatterers(name)
    try:
        found = spot_pattern(source, zone, FLAT)
    except NoMatch:
        assume(False)
    cell = gemmi.UnitCell(*source.lattice.cellpar)
    reference = [cell.calculate_d(indices) for indices in found.hkl.tolist()]
    np.testing.assert_allclose(found.d, reference, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.positions, axis=1), 1 / found.d, rtol=1e-9)
    a, b, c, alpha, beta, gamma = cell.parameters
    cosines = np.cos(np.radians([alpha, beta, gamma]))
    metric = np.outer((a, b, c), (a, b, c)) * (
        np.eye(3)
        + np.array([[0, cosines[2], cosines[1]], [0, 0, cosines[0]], [0, 0, 0]])
        + np.array([[0, 0, 0], [cosines[2], 0, 0], [cosines[1], cosines[0], 0]])
    )
    dual = np.linalg.inv(metric)
    products = found.hkl @ dual @ found.hkl.T
    np.testing.assert_allclose(found.positions @ found.positions.T, products, atol=1e-6)
    if found.basis is not None:
        first, second = found.basis.first_indices, found.basis.second_indices
        cosine = first @ dual @ np.array(second) * found.basis.d_first * found.basis.d_second
        assert found.basis.angle == pytest.approx(np.degrees(np.arccos(cosine)), abs=1e-5)
        assert found.basis.angle <= 90 + 1e-4


@settings(deadline=None, max_examples=20)
@given(name=crystals, zone=zones)
def test_friedel_pairs(name: str, zone: Direction) -> None:
    try:
        found = spot_pattern(scatterers(name), zone, FLAT)
    except NoMatch:
        assume(False)
    intensity = as_dict(found)
    place = dict(zip(map(tuple, found.hkl.tolist()), found.positions, strict=True))
    for (h, k, m), value in intensity.items():
        assert intensity[-h, -k, -m] == pytest.approx(value, rel=1e-9, abs=1e-9)
        np.testing.assert_allclose(place[-h, -k, -m], -place[h, k, m], atol=1e-12)
    assert len(found) == 2 * found.independent.sum()


@settings(deadline=None, max_examples=20)
@given(name=crystals, zone=zones)
def test_what_is_forbidden_has_no_amplitude(name: str, zone: Direction) -> None:
    """Beside gemmi's list of absences; a centring's are not there at all, the others are marked."""
    source = scatterers(name)
    try:
        found = spot_pattern(source, zone, FLAT)
    except NoMatch:
        assume(False)
    group = gemmi.symops_from_hall(load(name).hall_symbol)
    absent = [group.is_systematically_absent(indices) for indices in found.hkl.tolist()]
    assert found.forbidden.tolist() == absent
    assert not found.intensity[found.forbidden].any()
    amplitudes = abs(structure_factors(source, found.hkl, "electrons"))
    assert (amplitudes[found.forbidden] < 1e-6 * amplitudes.max()).all()


ORDERED = [name for name in WITH_ATOMS if load(name).is_ordered and len(load(name).to_atoms()) < 90]


def in_space(pattern: SpotPattern, turn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bright spots as Cartesian vectors, turned back, and their intensities, in a stable order."""
    bright = pattern.intensity > 1e-4
    vectors = pattern.phase.lattice.normals(pattern.hkl[bright]) @ turn
    order = np.lexsort(np.round(vectors, 6).T)
    return vectors[order], pattern.intensity[bright][order]


@settings(deadline=None, max_examples=25)
@given(name=st.sampled_from(ORDERED), zone=zones, seed=st.integers(0, 2**32 - 1))
def test_origin_and_choice_of_cell_do_not_matter(name: str, zone: Direction, seed: int) -> None:
    """The same crystal in another cell, shifted and turned, shows the same spots."""
    generator = np.random.default_rng(seed)
    atoms = load(name).to_atoms()
    change = np.eye(3, dtype=int)
    for _ in range(3):
        i, j = generator.choice(3, 2, replace=False)
        change[i] += generator.choice([-1, 1]) * change[j]
    turn = Rotation.random(rng=generator).as_matrix()
    other = atoms[generator.permutation(len(atoms))]
    other.positions = (other.positions + generator.uniform(-9, 9, 3)) @ turn.T
    other.set_cell(change @ atoms.cell.array @ turn.T)
    u, v, w = np.round(np.array(zone.indices) @ np.linalg.inv(change)).astype(int).tolist()
    try:
        first = spot_pattern(from_atoms(name), zone, FLAT)
    except NoMatch:
        assume(False)
    second = spot_pattern(Scatterers.of(other), Direction((u, v, w)), FLAT)
    for own, same in zip(in_space(first, np.eye(3)), in_space(second, turn), strict=True):
        np.testing.assert_allclose(same, own, atol=1e-5)


@pytest.mark.parametrize("name", ["si", "li22si5", "na15sn4", "sn", "nasi"])
def test_primitive_cell_and_supercell(name: str) -> None:
    """Centred crystals in their primitive cells, and twice as large along one axis."""
    crystal = load(name)
    atoms, symmetry = crystal.to_atoms(), scatterers(name).symmetry
    zone = np.array([1, 1, 0])
    full = spot_pattern(from_atoms(name), Direction((1, 1, 0)), FLAT)
    vectors = primitive_vectors(symmetry, atoms.cell.array)
    assert abs(np.linalg.det(vectors)) < 0.6
    cells = in_cell(atoms, symmetry, vectors), atoms.repeat((1, 1, 2))
    for cell in cells:
        direct = zone @ atoms.cell.array @ np.linalg.inv(cell.cell.array)
        u, v, w = np.round(12 * direct).astype(int).tolist()
        other = spot_pattern(Scatterers.of(cell), Direction((u, v, w)), FLAT)
        for own, same in zip(in_space(full, np.eye(3)), in_space(other, np.eye(3)), strict=True):
            np.testing.assert_allclose(same, own, atol=1e-5)


@pytest.mark.parametrize(("zone", "repeats"), [("[001]", 1), ("[111]", 1), ("[110]", 2)])
def test_laue_zones_of_a_face_centred_crystal(zone: str, repeats: int) -> None:
    """Layers are 1/period apart: period a, a√3 and a/√2 along [001], [111] and [110]."""
    slow = {"energy": 20.0, "d_min": 0.4, "min_intensity": 0.0}
    found = spot_pattern(scatterers("si"), parse(zone), Conditions(**slow))
    direction = np.array(parse(zone).indices)
    a = found.phase.lattice.cellpar[0]
    height = found.phase.lattice.normals(found.hkl) @ np.array(found.zone.vector)
    period = a * np.linalg.norm(direction) / repeats
    assert found.laue_zone is not None
    np.testing.assert_allclose(height * period, found.laue_zone, atol=1e-9)
    assert {0, 1} <= set(found.laue_zone.tolist())
    lowest = spot_pattern(scatterers("si"), parse(zone), Conditions(**slow, max_laue_zone=0))
    zero = found.hkl[found.laue_zone == 0]
    assert set(map(tuple, lowest.hkl.tolist())) == set(map(tuple, zero.tolist()))


def test_silicon_along_110() -> None:
    """The textbook pattern: {111}, {220}, and {200} that only double diffraction lights up."""
    found = spot_pattern(scatterers("si"), parse("[110]"), Conditions(max_laue_zone=0))
    basis = found.basis
    assert basis is not None
    assert basis.d_first == pytest.approx(5.4310 / np.sqrt(3), abs=2e-3)
    assert basis.angle == pytest.approx(np.degrees(np.arccos(1 / 3)), abs=1e-6)
    dark = found.hkl[found.forbidden]
    assert {tuple(row) for row in dark[:2].tolist()} == {(0, 0, 2), (0, 0, -2)}
    assert found.phase.symmetry.absence_reason((0, 0, 2)) is not None


def test_thickness() -> None:
    """A plate of thickness t has no intensity where s = 1/t, and all of it where s = 0."""
    source = scatterers("si")
    thin = spot_pattern(source, parse("[001]"), Conditions(d_min=0.4, min_intensity=0.0))
    plate = spot_pattern(
        source, parse("[001]"), Conditions(d_min=0.4, min_intensity=0.0, thickness=100.0)
    )
    bright = thin.intensity > 0
    listed = as_dict(plate)
    ratio = [listed[tuple(h)] for h in thin.hkl[bright].tolist()] / thin.intensity[bright]
    phase = np.pi * thin.excitation_error[bright] * 100.0
    expected = (np.sin(phase) / phase) ** 2
    np.testing.assert_allclose(ratio / ratio.max(), expected / expected.max(), rtol=1e-6, atol=1e-9)
    assert expected.min() < 0.01 < 0.7 < expected.max()


def test_two_projections_of_beta_alumina() -> None:
    """[100] and [110] show the same pattern in R-3m, [1-10] and [210] the other one."""
    patterns = {
        zone: spot_pattern(scatterers("beta2-alumina"), parse(zone), Conditions(min_intensity=1.0))
        for zone in ("[1,0,0]", "[1,1,0]", "[1,-1,0]", "[2,1,0]")
    }

    def shape(pattern: SpotPattern) -> list[tuple[float, float]]:
        rounded = zip(pattern.d.round(6), pattern.intensity.round(4), strict=True)
        return sorted((float(d), float(value)) for d, value in rounded)

    assert shape(patterns["[1,0,0]"]) == shape(patterns["[1,1,0]"])
    assert shape(patterns["[1,-1,0]"]) == shape(patterns["[2,1,0]"])
    assert shape(patterns["[1,0,0]"]) != shape(patterns["[2,1,0]"])


def test_zone_and_normal_in_a_monoclinic_crystal() -> None:
    """Along [001] the layer is hk0; the normal of (001) is another direction with other spots."""
    source = scatterers("nah2po4")
    along = spot_pattern(source, parse("[001]"), Conditions(max_laue_zone=0))
    normal = spot_pattern(source, parse("(001)"), Conditions())
    assert not along.hkl[:, 2].any()
    assert set(map(tuple, along.hkl.tolist())) != set(map(tuple, normal.hkl.tolist()))
    cartesian = source.lattice.normals([0, 0, 1])
    np.testing.assert_allclose(normal.frame[2], cartesian / np.linalg.norm(cartesian), atol=1e-12)


def test_frame_and_x_axis() -> None:
    source = scatterers("nvp")
    found = spot_pattern(source, parse("[1,2,-1]"), Conditions(), x_axis=Plane((2, -1, 0)))
    spot = np.flatnonzero((found.hkl == (2, -1, 0)).all(axis=1))[0]
    assert found.azimuth[spot] == pytest.approx(0, abs=1e-9)
    own = source.lattice.normals(found.hkl) @ found.frame.T
    np.testing.assert_allclose(own[:, :2], found.positions, atol=1e-12)
    default = spot_pattern(source, parse("[1,2,-1]"), Conditions())
    assert default.azimuth[default.first_spot] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"energy": 0.1}, "`energy`"),
        ({"thickness": -1.0}, "thickness"),
        ({"max_excitation_error": 0.0}, "`max_excitation_error`"),
        ({"d_min": float("nan")}, "`d_min`"),
        ({"max_laue_zone": -1}, "`max_laue_zone`"),
        ({"min_intensity": 100.0}, "`min_intensity`"),
        ({"energy": 1.0, "d_min": 0.3}, "wavelength"),
    ],
)
def test_conditions_out_of_range(options: dict[str, float], words: str) -> None:
    with pytest.raises(IonsmithError, match=words):
        Conditions(**options)  # type: ignore[arg-type]


def test_refusals() -> None:
    source = scatterers("nah2po4")
    with pytest.raises(NoMatch, match="no spot along"):
        spot_pattern(source, parse("[1,2,3]"), Conditions(d_min=5.0, max_excitation_error=1e-4))
    with pytest.raises(InvalidOrientation, match="parallel to the beam"):
        spot_pattern(source, parse("(001)"), x_axis=Plane((0, 0, 2)))


def test_partial_occupancy_counts() -> None:
    """Na content changes intensities, not positions."""
    full = full_beta_alumina()
    ordered = spot_pattern(Scatterers.of(full), parse("[100]"), FLAT)
    partial = spot_pattern(scatterers("beta2-alumina"), parse("[100]"), FLAT)
    assert set(map(tuple, ordered.hkl.tolist())) == set(map(tuple, partial.hkl.tolist()))
    assert abs(ordered.intensity - partial.intensity).max() > 1


def test_anything_that_is_a_crystal(tmp_path: Path) -> None:
    """A name, a crystal of the library, its atoms, a pymatgen structure and a file."""
    from pymatgen.io.ase import AseAtomsAdaptor

    along = Direction((1, 1, 0))
    atoms = load("si").to_atoms()
    expected = spot_pattern(atoms, along)
    path = tmp_path / "si.cif"
    atoms.write(path)
    for crystal in (AseAtomsAdaptor.get_structure(atoms), path, str(path)):
        found = spot_pattern(crystal, along)
        assert found.hkl.tolist() == expected.hkl.tolist()
        assert found.intensity == pytest.approx(expected.intensity, abs=1e-3)
    published = spot_pattern("lib:si", along)  # which has displacements
    assert published.intensity.tolist() == spot_pattern(load("si"), along).intensity.tolist()
    assert published.intensity == pytest.approx(expected.intensity, abs=3)


@pytest.mark.parametrize("along", ["[1,0,1]", "(0,0,1)", "[1,1,0]"])
def test_supercell_in_the_cell_of_its_parent(along: str) -> None:
    published = spot_pattern("lib:na3sb", along)
    atoms = load("na3sb").to_atoms() * (2, 1, 3)
    found = spot_pattern(atoms, along, parent="lib:na3sb")
    assert found.zone.label == published.zone.label
    bright = {spot.label: spot for spot in published.spots if not spot.forbidden}
    same = {spot.label: spot for spot in found.spots if spot.label in bright}
    assert set(same) == set(bright)
    for label, spot in bright.items():
        assert same[label].d == pytest.approx(spot.d, rel=1e-6)
        assert same[label].intensity == pytest.approx(spot.intensity, rel=1e-4, abs=1e-6)
    del atoms[0]
    faint = Conditions(min_intensity=0.001)
    damaged = spot_pattern(atoms, along, faint, parent="lib:na3sb")
    assert any("/" in spot.label for spot in damaged.spots)


def test_too_many_spots_are_refused() -> None:
    atoms = load("si").to_atoms()
    atoms.set_cell(atoms.cell.array * 100, scale_atoms=True)  # as of a unit gone wrong
    with pytest.raises(IonsmithError, match="increase `d_min`") as caught:
        spot_pattern(atoms, "[0,0,1]", Conditions(d_min=1.2))
    assert "\n" not in str(caught.value)
