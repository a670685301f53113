"""Matches of crystals: published interfaces, orientation relationships, ranking, near misses."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, NoMatch
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.metric import Lattice, angle
from ionsmith.lattice.miller import parse_directions, parse_plane, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.coincidence import Limits
from ionsmith.surfaces.matches import Match, find_matches
from ionsmith.surfaces.matches._search import search_meshes
from ionsmith.surfaces.strain import elastic_matrix

NVP, NH4VO3, NAH2PO4, NZSP, SI = (
    load(name).lattice for name in ("nvp", "nh4vo3", "nah2po4", "nzsp", "si")
)
GAAS = CrystalLattice.of_atoms(bulk("GaAs", "zincblende", 5.6533, cubic=True), "GaAs")
SHARED = Limits(max_area=250, max_strain=0.035, substrate_share=0.5)
VANADATE = parse_planes("(1,2,-1)||(2,-1,0)")
PHOSPHATE = parse_planes("(-1,-2,1)||(0,0,9)")


def coincide(match: Match, substrate: CrystalLattice, film: CrystalLattice) -> None:
    """Check that the strained, rotated cell of the film is the strained cell of the substrate."""
    below = substrate.lattice.vectors(match.substrate_vectors)
    above = film.lattice.vectors(match.film_vectors)
    below = below @ (np.eye(3) + np.array(match.substrate_strain))
    above = above @ (np.eye(3) + np.array(match.film_strain)) @ np.array(match.rotation).T
    np.testing.assert_allclose(above, below, atol=1e-7)
    np.testing.assert_allclose(np.array(match.rotation) @ np.transpose(match.rotation), np.eye(3),
                               atol=1e-9)  # fmt: skip
    assert np.linalg.det(match.rotation) == pytest.approx(1)
    normals = [
        crystal.lattice.normals(parse_plane(plane).indices)
        for crystal, plane in (
            (substrate, match.substrate_plane),
            (film, match.film_plane),
        )
    ]
    apart = angle(normals[0], np.array(match.rotation) @ normals[1])
    assert apart == pytest.approx(180 if match.reversed else 0, abs=1e-5)
    assert np.cross(*below) @ normals[0] > 0
    assert np.linalg.norm(np.cross(*below)) == pytest.approx(match.area)
    for vectors, plane in (
        (match.substrate_vectors, match.substrate_plane),
        (match.film_vectors, match.film_plane),
    ):
        np.testing.assert_allclose(np.array(vectors) @ parse_plane(plane).indices, 0, atol=1e-7)


def test_nvp_on_nh4vo3() -> None:
    """The parallel planes of Yu et al. share a 2:2 cell of 213 Å², 3.5 % on either side."""
    found = find_matches(NH4VO3, NVP, SHARED, contact=VANADATE)
    best = found.matches[0]
    assert (best.substrate_meshes, best.film_meshes) == (2, 2)
    assert best.substrate_area == pytest.approx(213.0, abs=0.1)
    assert best.film_area == pytest.approx(2 * 109.88, abs=0.1)
    assert best.max_strain <= 0.035
    assert not best.reversed
    assert best.multiple == 1
    for match in found.matches:
        coincide(match, NH4VO3, NVP)
        assert match.substrate_strain != match.film_strain
        assert sorted(match.film_principal) == pytest.approx(
            sorted(-value for value in match.substrate_principal)
        )


def test_nvp_on_nh4vo3_in_the_published_orientation() -> None:
    relationship = OrientationRelationship.from_parallel(
        NH4VO3, NVP, VANADATE, parse_directions("[0,1,2]||[1,2,-1]")
    )
    found = find_matches(NH4VO3, NVP, SHARED, contact=VANADATE, orientation=relationship)
    (match,) = found.matches
    assert match.deviation is not None
    assert match.deviation < 1
    coincide(match, NH4VO3, NVP)
    assert match.substrate_area == pytest.approx(213.0, abs=0.1)
    turn = Rotation.from_matrix(relationship.rotation.T @ np.array(match.rotation))
    assert np.degrees(turn.magnitude()) == pytest.approx(match.deviation, abs=1e-6)


def test_nvp_on_nah2po4() -> None:
    """Within 4° and 1,000 Å² the best cell leaves 3.7 % on each side."""
    relationship = OrientationRelationship.from_parallel(
        NAH2PO4, NVP, PHOSPHATE, parse_directions("[-3,2,1]||[2,1,0]")
    )
    limits = Limits(max_area=1000, max_strain=0.05, substrate_share=0.5)
    found = find_matches(
        NAH2PO4, NVP, limits, contact=PHOSPHATE, orientation=relationship, within=4
    )
    smallest = min(match.max_strain for match in found.matches)
    assert smallest == pytest.approx(0.037, abs=5e-4)
    for match in found.matches:
        coincide(match, NAH2PO4, NVP)
        assert match.deviation is not None
        assert match.deviation <= 4


@pytest.mark.parametrize("planes", ["(0,0,1)||(0,0,1)", "(0,1,2)||(0,1,2)"])
def test_nvp_on_nzsp(planes: str) -> None:
    """One cell on one cell: (9.097 - 8.7288)/9.097 is 4.05 %, as a strain of the film 4.22 %."""
    for share, expected in ((0.0, 9.097 / 8.7288 - 1), (1.0, 1 - 8.7288 / 9.097)):
        limits = Limits(max_area=100, max_strain=0.045, substrate_share=share)
        found = find_matches(NZSP, NVP, limits, contact=parse_planes(planes))
        best = found.matches[0]
        assert (best.substrate_meshes, best.film_meshes) == (1, 1)
        assert best.max_strain == pytest.approx(expected, abs=2e-4)


def test_search_over_facets_keeps_to_a_relationship_that_symmetry_repeats() -> None:
    """Any equivalent of the relationship gives the same matches, each in its own setting."""
    relationship = OrientationRelationship.from_parallel(
        NH4VO3, NVP, VANADATE, parse_directions("[0,1,2]||[1,2,-1]")
    )
    limits = Limits(max_area=400, max_strain=0.08, substrate_share=0.5)
    results = []
    for variant in relationship.variants()[:3]:
        turned = OrientationRelationship(NH4VO3, NVP, variant.rotation)
        found = find_matches(NH4VO3, NVP, limits, max_index=2, orientation=turned, within=5)
        assert len(found.matches) == found.count > 0
        for match in found.matches:
            coincide(match, NH4VO3, NVP)
            turn = Rotation.from_matrix(variant.rotation.T @ np.array(match.rotation))
            assert np.degrees(turn.magnitude()) == pytest.approx(match.deviation, abs=1e-6)
        results.append(sorted((round(m.von_mises, 8), m.substrate_meshes) for m in found.matches))
    assert results[0] == results[1] == results[2]


def test_facet_pairs_of_a_film_without_inversion() -> None:
    # NVP (001) has mirrors: A and B faces of GaAs are the same film, (111) and (-1-1-1) turned.
    substrates, films, pairs = search_meshes(NVP, GAAS, None, 1)
    planes = {(str(substrates[s].plane), str(films[f].plane)) for s, f in pairs}
    assert ("(0,0,1)", "(1,1,1)") in planes
    assert ("(0,0,1)", "(-1,-1,-1)") not in planes
    # As a substrate both faces count.
    substrates, _, _ = search_meshes(GAAS, NVP, None, 1)
    assert len([mesh for mesh in substrates if set(map(abs, mesh.plane.indices)) == {1}]) == 2


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_crystals_may_lie_any_way_in_space(seed: int) -> None:
    generator = np.random.default_rng(seed)
    turned = [
        CrystalLattice(
            crystal.name,
            Lattice(crystal.lattice.cell @ Rotation.random(rng=generator).as_matrix().T),
            crystal.symmetry,
            "published",
        )
        for crystal in (NH4VO3, NVP)
    ]
    plain = find_matches(NH4VO3, NVP, SHARED, contact=VANADATE)
    found = find_matches(turned[0], turned[1], SHARED, contact=VANADATE)
    assert found.count == plain.count
    for one, other in zip(plain.matches, found.matches, strict=True):
        coincide(other, turned[0], turned[1])
        assert one.film_vectors == other.film_vectors
        assert one.von_mises == pytest.approx(other.von_mises)


def test_ranking_by_energy() -> None:
    soft = elastic_matrix((165.7, 63.9, 79.6))
    limits = Limits(max_area=120, max_strain=0.05)
    found = find_matches(GAAS, SI, limits, film_stiffness=soft, rank_by="energy")
    energies = [match.strain_energy for match in found.matches]
    assert energies == sorted(energies, key=lambda value: round(value, 10))
    plain = find_matches(GAAS, SI, limits, rank_by="strain")
    strains = [match.von_mises for match in plain.matches]
    assert strains == sorted(strains, key=lambda value: round(value, 10))
    small = find_matches(GAAS, SI, limits, rank_by="area")
    areas = [match.substrate_area for match in small.matches]
    assert areas == sorted(areas, key=lambda value: round(value, 6))
    assert found.count == plain.count == small.count
    # Cube on cube: C11 + C12 - 2 C12²/C11 times the strain squared, in eV/Å³.
    cube = next(
        match
        for match in found.matches
        if (match.substrate_plane, match.film_plane) == ("(1,0,0)", "(1,0,0)")
        and match.multiple == 1
    )
    strain = 5.6533 / 5.43102 - 1
    assert cube.strain_energy == pytest.approx(
        (165.7 + 63.9 - 2 * 63.9**2 / 165.7) * strain**2 * 6.241509e-3, rel=1e-6
    )
    stiff = find_matches(GAAS, SI, limits, substrate_stiffness=soft)
    assert not any("assumed" in note for note in found.notes)
    assert any("constants of the film are assumed" in note for note in stiff.notes)


def test_best_ones_and_primitive_ones() -> None:
    limits = Limits(max_area=120, max_strain=0.05)
    everything = find_matches(GAAS, SI, limits, supercells=True)
    few = find_matches(GAAS, SI, limits, supercells=True, limit=3)
    assert few.matches == everything.matches[:3]
    assert few.count == everything.count
    primitive = find_matches(GAAS, SI, limits)
    assert primitive.count == sum(match.multiple == 1 for match in everything.matches)
    assert primitive.count < everything.count


def test_chirality_is_named() -> None:
    # Quartz: L. Levien, C. T. Prewitt, D. J. Weidner, Am. Mineral. 65, 920 (1980).
    quartz = Atoms(
        "Si3O6",
        cell=[4.916, 4.916, 5.4054, 90, 90, 120],
        pbc=True,
        scaled_positions=[
            (0.4697, 0, 2 / 3), (0, 0.4697, 1 / 3), (-0.4697, -0.4697, 0),
            (0.4135, 0.2669, 0.7858), (-0.2669, 0.1466, 0.4525), (-0.1466, -0.4135, 0.1191),
            (0.2669, 0.4135, 0.2142), (-0.4135, -0.1466, 0.8809), (0.1466, -0.2669, 0.5475),
        ],
    )  # fmt: skip
    film = CrystalLattice.of_atoms(quartz, "quartz", symprec=0.01)
    assert film.symmetry.symbol in {"P3_121", "P3_221"}
    found = find_matches(SI, film, Limits(max_area=160, max_strain=0.05))
    assert found.film_is_chiral
    for match in found.matches:
        coincide(match, SI, film)
    assert not find_matches(NH4VO3, NVP, SHARED, contact=VANADATE).film_is_chiral


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(250, 0.03, substrate_share=0.5), ["`max_strain` 0.0326", "(1,2,-1)||(2,-1,0)"]),
        (Limits(200, 0.034, substrate_share=0.5), ["`max_area` 219.8 Å²"]),
        (
            Limits(250, 0.035, max_shear=0.01, substrate_share=0.5),
            ["a shear of 0.01;", "`max_shear` 0.0495"],
        ),
        (Limits(max_shear=0), ["a shear of 0;", "`max_shear` 0.0189 and `max_area` 439.6 Å² ("]),
        (Limits(50, 0.001), ["`max_strain` 0.1446 and `max_area` 109.9 Å² ("]),
    ],
)
def test_nearest_miss(limits: Limits, words: list[str]) -> None:
    with pytest.raises(NoMatch) as caught:
        find_matches(NH4VO3, NVP, limits, contact=VANADATE)
    assert caught.value.exit_code == 3
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nearest_miss_of_a_relationship() -> None:
    relationship = OrientationRelationship.from_parallel(
        NAH2PO4, NVP, PHOSPHATE, parse_directions("[-3,2,1]||[2,1,0]")
    )
    limits = Limits(max_area=1000, max_strain=0.036, substrate_share=0.5)
    with pytest.raises(
        NoMatch,
        match=r"4° from .*`max_strain` 0\.037 .*or `max_area` .*or `within`",
    ):
        find_matches(NAH2PO4, NVP, limits, contact=PHOSPHATE, orientation=relationship, within=4)


def test_what_the_nearest_miss_needs_is_enough() -> None:
    for limits in (
        Limits(250, 0.0326, substrate_share=0.5),
        Limits(219.8, 0.034, substrate_share=0.5),
        Limits(250, 0.035, max_shear=0.0495, substrate_share=0.5),
        Limits(439.6, max_shear=0.0189),
        Limits(109.9, 0.1446),
    ):
        assert find_matches(NH4VO3, NVP, limits, contact=VANADATE).count > 0


def test_refusals() -> None:
    with pytest.raises(IonsmithError, match="expected 0 to 180"):
        find_matches(NH4VO3, NVP, within=-1)
    with pytest.raises(IonsmithError, match="too many cells"):
        find_matches(NH4VO3, NVP, Limits(max_area=1e7), contact=VANADATE)
    with pytest.raises(IonsmithError, match="between 1 and 6"):
        find_matches(NH4VO3, NVP, max_index=0)
