"""Matches of meshes against brute force, and against pymatgen where that has the same criterion."""

import itertools
import warnings
from functools import cache

import numpy as np
import pytest
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ionsmith.crystals import load
from ionsmith.errors import IonsmithError
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice
from ionsmith.lattice.miller import Plane
from ionsmith.lattice.symmetry import Symmetry
from ionsmith.surfaces.coincidence import Coincidences, Limits, TooManyCells, _orbits, coincidences
from ionsmith.surfaces.plane_mesh import PlaneMesh, facets, plane_mesh

IDENTITY = np.eye(3, dtype=np.int64)
GAAS = CrystalLattice.of_atoms(bulk("GaAs", "zincblende", 5.6533, cubic=True), "GaAs")


def bare_mesh(basis: np.ndarray) -> PlaneMesh:
    """Mesh of a crystal without any symmetry."""
    cell = np.zeros((3, 3))
    cell[:2, :2], cell[2, 2] = basis, 10.0
    symmetry = Symmetry(IDENTITY[None], np.zeros((1, 3)), 1, "P1")
    return plane_mesh(CrystalLattice("bare", Lattice(cell), symmetry, "stated"), Plane((0, 0, 1)))


def square(edge: float) -> PlaneMesh:
    return bare_mesh(np.eye(2) * edge)


@cache
def crystal(name: str) -> CrystalLattice:
    return GAAS if name == "gaas" else load(name).lattice


@cache
def meshes(name: str, max_index: int) -> tuple[PlaneMesh, ...]:
    lattice = crystal(name)
    return tuple(plane_mesh(lattice, h) for h in facets(lattice.symmetry, max_index))


def hermite(matrix: np.ndarray) -> tuple[int, int, int]:
    """Row-style Hermite normal form (a b; 0 d) by Euclid's algorithm."""
    (p, q), (r, s) = (list(map(int, row)) for row in matrix)
    while r:
        p, q, r, s = r, s, p - p // r * r, q - p // r * s
    if p < 0:
        p, q = -p, -q
    return p, q % abs(s), abs(s)


def name_of(m: np.ndarray, n: np.ndarray) -> tuple[int, ...]:
    """Name of a match that does not depend on the choice of the rows."""
    a, b, d = hermite(m)
    film = np.array([[a, b], [0, d]]) @ np.linalg.inv(m) @ n
    assert abs(film - film.round()).max() < 1e-6
    return (a, b, d, *film.round().astype(int).ravel().tolist())


def names(found: Coincidences) -> set[tuple[int, ...]]:
    listed = [
        (*pair, *name_of(m, n))
        for pair, m, n in zip(
            found.mesh_pair.tolist(), found.substrate_cells, found.film_cells, strict=True
        )
    ]
    assert len(set(listed)) == len(listed)
    return set(listed)


def brute_force(
    substrate: np.ndarray, film: np.ndarray, max_area: float, limit: float, share: float
) -> set[tuple[int, ...]]:
    """Try every pair of film vectors that is about as long as the rows of each substrate cell."""
    areas = [abs(np.linalg.det(basis)) for basis in (substrate, film)]
    low, high = (1 - limit) ** 2 / 1.05, 1.05 * (1 + limit) ** 2
    found = set()
    for j in range(1, int(max_area / areas[0]) + 1):
        for a in (a for a in range(1, j + 1) if j % a == 0):
            for b in range(j // a):
                m = np.array([[a, b], [0, j // a]])
                rows = m @ substrate
                candidates = []
                for row in rows:
                    length = np.linalg.norm(row) * high
                    reach = np.ceil(length * np.linalg.norm(np.linalg.inv(film), axis=0)).astype(
                        int
                    )
                    span = [range(-r, r + 1) for r in reach]
                    grid = np.array(list(itertools.product(*span)))
                    sizes = np.linalg.norm(grid @ film, axis=1)
                    near = (sizes <= length) & (sizes >= np.linalg.norm(row) * low)
                    candidates.append(grid[near])
                first, second = (
                    np.repeat(candidates[0], len(candidates[1]), axis=0),
                    np.tile(candidates[1], (len(candidates[0]), 1)),
                )
                n = np.stack([first, second], axis=1)
                size = abs(np.round(np.linalg.det(n)))
                n = n[(size > 0) & (size * areas[1] <= max_area)]
                u = np.linalg.svd(np.linalg.solve(n @ film, rows), compute_uv=False)
                strain = (u - 1) / (share * u + 1 - share) * max(share, 1 - share)
                for good in n[(abs(strain) <= limit).all(axis=1)]:
                    found.add((a, b, j // a, *good.ravel().tolist()))
    return found


def random_basis(generator: np.random.Generator) -> np.ndarray:
    """Two vectors at any angle, described by a skew pair of them."""
    basis = generator.uniform(2.5, 5.0, size=(2, 1)) * np.array([[1.0, 0.0], [0.0, 1.0]])
    angle = generator.uniform(0.35, 0.65) * np.pi
    basis[1] = np.linalg.norm(basis[1]) * np.array([np.cos(angle), np.sin(angle)])
    turn = Rotation.from_euler("z", generator.uniform(0, 360), degrees=True).as_matrix()[:2, :2]
    return np.asarray(basis @ turn)


@pytest.mark.parametrize("seed", range(20))
def test_equals_brute_force(seed: int) -> None:
    generator = np.random.default_rng(seed)
    total = 0
    for _ in range(10):
        substrate, film = (bare_mesh(random_basis(generator)) for _ in range(2))
        share = float(generator.choice([0.0, 0.3, 0.5, 1.0]))
        limits = Limits(
            max_area=generator.uniform(2, 5) * max(substrate.area, film.area),
            max_strain=generator.uniform(0.02, 0.11),
            substrate_share=share,
        )
        expected = brute_force(
            substrate.basis, film.basis, limits.max_area, limits.max_strain, share
        )
        found = coincidences([substrate], [film], limits, symmetric=False)
        assert {match[2:] for match in names(found)} == expected
        total += len(expected)
    assert total > 20


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(-3, 3), st.integers(-3, 3))
def test_result_does_not_depend_on_the_basis(seed: int, first: int, second: int) -> None:
    generator = np.random.default_rng(seed)
    bases = [random_basis(generator) for _ in range(2)]
    limits = Limits(max_area=120, max_strain=0.06)
    found = coincidences(*[[bare_mesh(basis)] for basis in bases], limits)
    skew = [np.array([[1, first], [0, 1]]), np.array([[1, 0], [second, 1]])]
    other = coincidences(
        *[[bare_mesh(k @ basis)] for k, basis in zip(skew, bases, strict=True)],
        limits,
    )
    for one, two in (
        (np.sort(found.von_mises), np.sort(other.von_mises)),
        (np.sort(found.areas, axis=0), np.sort(other.areas, axis=0)),
    ):
        np.testing.assert_allclose(one, two, atol=1e-9)


@pytest.mark.parametrize(
    "name", ["_search._CHUNK", "_search._LARGEST", "_orbits._KEPT", "_orbits._HELD", "_cells._HELD"]
)
def test_result_does_not_depend_on_how_it_is_held(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = meshes("nh4vo3", 1), meshes("nvp", 1)
    whole = coincidences(*sides, Limits(600, 0.04))
    monkeypatch.setattr(f"ionsmith.surfaces.coincidence.{name}", 7)
    for kept in (_orbits._kept_tables_of, _orbits._kept_image):
        kept.cache_clear()
    parts = coincidences(*sides, Limits(600, 0.04))
    for array in ("mesh_pair", "substrate_cells", "film_cells"):
        assert np.array_equal(getattr(whole, array), getattr(parts, array))
        assert getattr(whole, array).dtype == getattr(parts, array).dtype


def test_refuses_more_pairs_than_allowed() -> None:
    sides = [square(4.0)], [square(4.1)]
    assert len(coincidences(*sides, Limits(100, 0.05), most=10_000))
    with pytest.raises(TooManyCells, match="pairs of cells"):
        coincidences(*sides, Limits(100, 0.05), most=3)


def test_forms_are_all_hermite_normal_forms() -> None:
    expected = [
        (a, b, index // a)
        for index in range(1, 40)
        for a in range(1, index + 1)
        if index % a == 0
        for b in range(index // a)
    ]
    assert _orbits._forms(39).T.tolist() == [list(form) for form in expected]


def test_all_rotational_variants_of_a_cell_pair() -> None:
    # A square on a square without any symmetry fits in four turns, and in four more reversed.
    everything = coincidences([square(5.0)], [square(5.0)], Limits(25, 0.001), symmetric=False)
    assert len(everything) == 8
    assert everything.reversed.sum() == 4
    twists = np.degrees(np.arctan2(everything.turns[:, 1, 0], everything.turns[:, 0, 0]))
    upright = sorted(np.round(twists[~everything.reversed]) % 360)
    assert upright == [0, 90, 180, 270]


def test_symmetry_equivalents_are_one() -> None:
    si = plane_mesh(crystal("si"), Plane((1, 0, 0)))
    found = coincidences([si], [si], Limits(si.area, 0.001))
    assert len(found) == 1
    assert not found.reversed.any()
    assert len(coincidences([si], [si], Limits(si.area, 0.001), symmetric=False)) == 8


@pytest.mark.parametrize(("first", "second"), [("si", "gaas"), ("gaas", "al2o3"), ("nvp", "nvp")])
@pytest.mark.parametrize("reverse", [True, False])
def test_one_of_each_orbit(first: str, second: str, reverse: bool) -> None:
    limits = Limits(130, 0.08)
    substrates, films = meshes(first, 1), meshes(second, 1)
    named = names(coincidences(substrates, films, limits, reverse=reverse))
    everything = names(coincidences(substrates, films, limits, reverse=reverse, symmetric=False))
    assert named <= everything
    reached: set[tuple[int, ...]] = set()
    for s, f, a, b, d, *film in named:
        substrate, other = substrates[s], films[f]
        m, n = np.array([[a, b], [0, d]]), np.reshape(film, (2, 2))
        orbit = {
            (s, f, *name_of(m @ p, n @ q))
            for p, hand, turning in zip(
                substrate.operations, substrate.improper, substrate.turning, strict=True
            )
            if not turning
            for q, other_hand, film_turning in zip(
                other.operations, other.improper, other.turning, strict=True
            )
            if hand == other_hand and (reverse or not film_turning)
        }
        assert not orbit & reached
        # What a film need not be turned over for is not called reversed.
        sizes = [np.linalg.det(np.reshape(match[5:], (2, 2))) for match in orbit]
        assert (np.linalg.det(n) > 0) == (max(sizes) > 0)
        reached |= orbit
    assert reached == everything


def test_supercells_are_marked() -> None:
    found = coincidences([square(5.0)], [square(5.1)], Limits(105, 0.03), symmetric=False)
    for m, n, multiple in zip(found.substrate_cells, found.film_cells, found.multiple, strict=True):
        # The smallest match of its kind is the one-to-one cell, with the same N⁻¹ M.
        assert multiple == round(abs(np.linalg.det(m)))
        ratio = np.linalg.inv(n) @ m
        np.testing.assert_allclose(ratio, ratio.round(), atol=1e-9)
    assert set(found.multiple) == {1, 2, 3, 4}
    # √5 × √5 turned by 36.9 degrees is a match of its own.
    own = coincidences([square(5.0)], [square(5.0)], Limits(125, 0.001), symmetric=False)
    assert (own.multiple[own.areas[:, 0] > 124] == 1).sum() > 0


@pytest.mark.parametrize("name", ["si", "nvp", "nh4vo3"])
def test_exact_multiple_of_the_area_limit(name: str) -> None:
    mesh = meshes(name, 1)[1]
    for count in (1, 3, 7):
        found = coincidences([mesh], [mesh], Limits(count * mesh.area, 0.001))
        assert found.areas.max() == pytest.approx(count * mesh.area)


def test_a_film_that_must_be_turned_over() -> None:
    # An oblique mesh on its mirror image, both without symmetry.
    angle = np.radians(75)
    substrate = bare_mesh(np.array([[4.0, 0.0], [5 * np.cos(angle), 5 * np.sin(angle)]]))
    film = bare_mesh(np.array([[4.0, 0.0], [-5 * np.cos(angle), 5 * np.sin(angle)]]))
    found = coincidences([substrate], [film], Limits(20, 0.01))
    assert len(found) == 2  # the two differ by a turn of 180 degrees
    assert found.reversed.all()
    assert len(coincidences([substrate], [film], Limits(20, 0.01), reverse=False)) == 0
    assert np.linalg.det(found.rotations) == pytest.approx(1)
    np.testing.assert_allclose(found.rotations[:, 2, 2], -1)


def test_equal_edges_at_another_angle_are_strain() -> None:
    # A rhombus of 70 degrees on a square of the same edges: stretches 2 cos 35° and 2 sin 35°
    # along the diagonals, over √2.
    angle = np.radians(70)
    rhombus = bare_mesh(5 * np.array([[1, 0], [np.cos(angle), np.sin(angle)]]))
    limits = Limits(25.1, 0.24)
    assert len(coincidences([square(5.0)], [rhombus], Limits(25.1, 0.18))) == 0
    found = coincidences([square(5.0)], [rhombus], limits, reverse=False)
    stretches = 1 / (np.sqrt(2) * np.array([np.cos(angle / 2), np.sin(angle / 2)]))
    np.testing.assert_allclose(np.sort(found.principal[0, 1]), np.sort(stretches - 1), atol=1e-9)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_strained_cells_coincide(share: float) -> None:
    found = coincidences(
        meshes("nvp", 1), meshes("nh4vo3", 1), Limits(500, 0.08, substrate_share=share)
    )
    assert len(found) > 20
    assert found.reversed.any()
    common = [
        rows @ (np.eye(2) + found.strains[:, side])
        for side, rows in enumerate((found.substrate_rows, found.film_rows))
    ]
    np.testing.assert_allclose(common[1] @ found.turns.transpose(0, 2, 1), common[0], atol=1e-9)
    ratio = abs(np.linalg.det(common[0])) / found.areas.T
    np.testing.assert_allclose(found.area_strain, ratio.T - 1, atol=1e-12)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(found.strains), np.sort(found.principal, axis=2), atol=1e-12
    )
    assert found.max_strain.max() <= 0.08 + 1e-9
    assert abs(found.principal[:, 0]).max() == pytest.approx(
        found.max_strain.max() * min(1, share / (1 - share + 1e-12))
    )


@pytest.mark.parametrize(
    ("limits", "quantity"),
    [
        (Limits(300, 0.08, max_shear=0.03), "shear"),
        (Limits(300, 0.08, max_area_strain=0.02), "area"),
    ],
)
def test_further_limits(limits: Limits, quantity: str) -> None:
    sides = meshes("nvp", 1), meshes("nh4vo3", 1)
    all_of_them = coincidences(*sides, Limits(300, 0.08))
    found = coincidences(*sides, limits)
    values = all_of_them.shear if quantity == "shear" else abs(all_of_them.area_strain)
    bound = 0.03 if quantity == "shear" else 0.02
    assert len(found) == (values[:, 1] <= bound).sum()
    assert 0 < len(found) < len(all_of_them)


@pytest.mark.parametrize(
    ("first", "second", "max_area", "expected"),
    [("gaas", "si", 260.0, 40), ("al2o3", "si", 220.0, 20), ("nh4vo3", "nvp", 600.0, 5)],
)
def test_holds_the_matches_of_zur_and_mcgill(
    first: str, second: str, max_area: float, expected: int
) -> None:
    """All that pymatgen's search finds is found, within the strain of its worst match."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pymatgen.analysis.interfaces.zsl import ZSLGenerator
    substrates, films = meshes(first, 1), meshes(second, 1)
    listed = [
        (s, f, match)
        for s, substrate in enumerate(substrates)
        for f, film in enumerate(films)
        for match in ZSLGenerator(max_area=max_area)(
            *(np.pad(mesh.basis, ((0, 0), (0, 1))) for mesh in (film, substrate))
        )
    ]
    assert len(listed) >= expected
    worst = 0.0
    for *_, match in listed:
        cells = [np.array(v) for v in (match.film_sl_vectors, match.substrate_sl_vectors)]
        metrics = [cell @ cell.T for cell in cells]
        stretches = np.sqrt(np.linalg.eigvals(np.linalg.solve(*metrics)).real)
        worst = max(worst, abs(stretches - 1).max())
    found = coincidences(substrates, films, Limits(max_area, worst * (1 + 1e-6)), symmetric=False)
    pairs = {
        (s, f, hermite(m), hermite(n))
        for (s, f), m, n in zip(
            found.mesh_pair.tolist(), found.substrate_cells, found.film_cells, strict=True
        )
    }
    assert pairs >= {
        (s, f, hermite(match.substrate_transformation), hermite(match.film_transformation))
        for s, f, match in listed
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_area": 0}, "`max_area` must be positive"),
        ({"substrate_share": 1.5}, "between 0 and 1, not 1.5"),
        ({"max_shear": -0.1}, "`max_shear` cannot be -0.1"),
        ({"max_strain": 0.3}, "0.3 is too large; the limit is 0.250"),
        ({"max_strain": 0.14, "substrate_share": 0.5}, "the limit is 0.127"),
    ],
)
def test_refusals(options: dict[str, float], message: str) -> None:
    with pytest.raises(IonsmithError, match=message):
        Limits(**options)
