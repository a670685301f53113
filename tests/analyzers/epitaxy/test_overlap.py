"""Overlap of sites: identical crystals, textbook lattices, the published relationship."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from ionsmith.analyzers.epitaxy import Overlap, site_overlap
from ionsmith.analyzers.epitaxy._element_sites import ElementSites, read_element_sites
from ionsmith.errors import IonsmithError
from ionsmith.lattice.crystal_lattice import CrystalLattice
from ionsmith.lattice.miller import parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship

VANADATE = parse_planes("(1,2,-1)||(2,-1,0)"), parse_directions("[0,1,2]||[1,2,-1]")
STRUCTURES = Path(__file__).parents[3] / "structures"


def sites_of(atoms: Atoms, element: str) -> ElementSites:
    kept = np.array([symbol == element for symbol in atoms.symbols])
    positions = atoms.get_scaled_positions()[kept]
    return ElementSites(CrystalLattice.of_atoms(atoms), element, positions, np.ones(len(positions)))


def aligned(
    below: ElementSites, above: ElementSites, matrix: object = None
) -> OrientationRelationship:
    return OrientationRelationship.from_matrix(
        below.crystal, above.crystal, np.eye(3) if matrix is None else matrix
    )


NH4VO3, NVP = (read_element_sites(f"lib:{name}", "V") for name in ("nh4vo3", "nvp"))
PUBLISHED = OrientationRelationship.from_parallel(NH4VO3.crystal, NVP.crystal, *VANADATE)
SC = sites_of(bulk("Po", "sc", 4.0), "Po")
BCC = sites_of(bulk("Fe", "bcc", 4.0, cubic=True), "Fe")
FCC = sites_of(bulk("Cu", "fcc", 4.0, cubic=True), "Cu")


def check_map(found: Overlap, below: ElementSites, above: ElementSites) -> None:
    """Sites and partners of the map are sites of the crystals, and give the numbers reported."""
    for sites, partners, numbers in (
        (found.sites, found.partners, found.to_film),
        (found.film_sites, found.film_partners, found.to_substrate),
    ):
        distances = np.linalg.norm(partners - sites, axis=1)
        assert len(sites) == numbers.count
        assert (np.linalg.norm(sites, axis=1) <= found.radius + 1e-5).all()
        assert distances.mean() == pytest.approx(numbers.mean)
        assert np.median(distances) == pytest.approx(numbers.median)
        assert np.linalg.norm(numbers.rms_along) == pytest.approx(numbers.rms)
        assert np.mean(distances <= 1) == pytest.approx(numbers.within_one)
    centre = np.array(found.centre) @ below.crystal.lattice.cell
    for points, owner, into in (
        (found.sites, below, lambda x: x),
        (found.film_partners, below, lambda x: x),
        (found.partners, above, lambda x: (x - found.shift) @ found.rotation),
        (found.film_sites, above, lambda x: (x - found.shift) @ found.rotation),
    ):
        fractional = into(points @ found.axes + centre) @ np.linalg.inv(owner.crystal.lattice.cell)
        delta = fractional[:, None] - owner.positions
        off = np.linalg.norm((delta - np.round(delta)) @ owner.crystal.lattice.cell, axis=2)
        assert off.min(axis=1).max() < 1e-4
    assert sum(one.to_film for one in found.histogram) == found.to_film.count
    assert sum(one.to_substrate for one in found.histogram) == found.to_substrate.count


@pytest.mark.parametrize("sites", [NVP, NH4VO3, BCC, FCC], ids=lambda sites: sites.crystal.name)
def test_a_crystal_overlaps_with_itself(sites: ElementSites) -> None:
    found = site_overlap(sites, sites, aligned(sites, sites), sites.element)
    for numbers in (found.to_film, found.to_substrate, found.one_to_one):
        assert numbers.largest == pytest.approx(0, abs=1e-5)
        assert numbers.within_half == 1
    assert [one.mean for one in found.reach] == pytest.approx([0] * 5, abs=1e-5)
    check_map(found, sites, sites)


def test_symmetry_of_the_crystal_does_not_matter() -> None:
    turn = [[-0.5, -(3**0.5) / 2, 0], [3**0.5 / 2, -0.5, 0], [0, 0, 1]]  # threefold along c
    found = site_overlap(NVP, NVP, aligned(NVP, NVP, turn), "V")
    assert found.to_film.mean == pytest.approx(0, abs=1e-5)
    means = [
        site_overlap(
            NH4VO3, NVP, aligned(NH4VO3, NVP, variant.rotation), "V", radius=8.0
        ).to_film.mean
        for variant in PUBLISHED.variants()
    ]
    assert len(means) > 2
    assert np.ptp(means) < 1e-4


def test_sublattices() -> None:
    """Simple cubic sites are sites of bcc and fcc; not the other way round."""
    for other, inside in ((BCC, 2), (FCC, 4)):
        found = site_overlap(SC, other, aligned(SC, other), SC.element, radius=9.0)
        assert found.to_film.largest == pytest.approx(0, abs=1e-5)
        assert found.one_to_one.largest == pytest.approx(0, abs=1e-5)
        assert found.sparser == "substrate"
        assert found.film_density == pytest.approx(inside / 64)
    # Each body centre and each corner together are √3/2 a from sites of one simple cubic lattice:
    # the best origin lays the more numerous ones on it.
    found = site_overlap(BCC, SC, aligned(BCC, SC), BCC.element, radius=9.0)
    corners = np.linalg.norm(found.partners - found.sites, axis=1) < 1e-4
    counts = (
        len(SC.periodic.inside(np.zeros(3), 9.0, 999)),
        len(SC.periodic.inside(np.full(3, 2.0), 9.0, 999)),
    )
    assert sorted(counts) == sorted((corners.sum(), (~corners).sum()))
    assert found.to_film.mean == pytest.approx(np.sqrt(3) / 2 * 4 * min(counts) / sum(counts))
    assert found.to_substrate.largest == pytest.approx(0, abs=1e-5)
    check_map(found, BCC, SC)


@pytest.mark.parametrize("strain", [0.01, 0.03])
def test_expanded_crystal(strain: float) -> None:
    """Sites at x have their partners at (1 + e) x: the distances are e |x|, larger balls worse."""
    film = sites_of(bulk("Cu", "fcc", 4.0 * (1 + strain), cubic=True), "Cu")
    found = site_overlap(FCC, film, aligned(FCC, film), FCC.element)
    lengths = np.linalg.norm(found.sites, axis=1)
    assert found.to_film.mean == pytest.approx(strain * lengths.mean(), rel=1e-4)
    assert found.to_film.largest == pytest.approx(strain * lengths.max(), rel=1e-3)
    for one in found.reach:
        inside = np.linalg.norm(FCC.periodic.inside(np.zeros(3), one.radius, 10_000), axis=1)
        assert one.count == len(inside)
        if strain * one.radius < 1:
            assert one.mean == pytest.approx(strain * inside.mean(), rel=1e-3)
    assert np.diff([one.mean for one in found.reach]).min() > 0


def test_vanadium_of_the_published_relationship() -> None:
    """No near coincidence in three dimensions: 2 Å on average, though no accident either."""
    found = site_overlap(NH4VO3, NVP, PUBLISHED, "V", random_orientations=10)
    check_map(found, NH4VO3, NVP)
    # Four V in a = 4.909, b = 11.79, c = 5.83 Å; twelve in a = 8.7288, c = 21.8042 Å.
    assert found.density == pytest.approx(4 / NH4VO3.crystal.lattice.volume)
    assert found.film_density == pytest.approx(12 / (8.7288**2 * 21.8042 * 3**0.5 / 2), rel=1e-3)
    drawn = found.random_orientations
    assert drawn is not None
    assert found.to_film.random_origin is not None
    assert found.to_film.mean < drawn.mean - drawn.spread
    assert drawn.mean < found.to_film.random_origin
    assert found.to_film.within_one < 0.1
    assert found.one_to_one.count == found.to_substrate.count
    assert found.one_to_one.mean >= found.to_substrate.mean - 1e-9
    # The optimum is not the grid's: no other origin, tried at random, is better.
    rng = np.random.default_rng(0)
    cell = NVP.periodic.cell
    centre = np.array(found.centre) @ NH4VO3.crystal.lattice.cell
    ball = (NH4VO3.periodic.inside(centre, 10.0, 999) - centre) @ PUBLISHED.rotation
    tried = [NVP.periodic.nearest(ball + shift @ cell)[0].mean() for shift in rng.random((4000, 3))]
    assert found.to_film.mean < min(tried)
    assert np.mean(tried) == pytest.approx(found.to_film.random_origin, abs=0.01)


def test_zirconium_and_vanadium_of_two_nasicon_crystals() -> None:
    """The same framework, 4 % apart: each V has a Zr within a fraction of an Å."""
    zirconium = read_element_sites("lib:nzsp", "Zr")
    found = site_overlap(zirconium, NVP, aligned(zirconium, NVP), "Zr", film_element="V")
    assert found.to_film.mean < 0.35
    assert found.to_film.within_one == found.one_to_one.within_one == 1
    assert found.notes == ()


def test_one_to_one_is_the_best_of_all_assignments() -> None:
    """Pairs of sites 0.6 Å apart on a lattice, and the same density of evenly spread ones."""
    pairs = sites_of(
        Atoms("H2", positions=[[0, 0, 0], [0.6, 0, 0]], cell=[3, 3.1, 3.2], pbc=True), "H"
    )
    even = sites_of(
        Atoms("H2", scaled_positions=[[0, 0, 0], [0.5, 0.5, 0.5]], cell=[3, 3.1, 3.2], pbc=True),
        "H",
    )
    found = site_overlap(pairs, even, aligned(pairs, even), pairs.element, radius=2.9)
    assert found.to_film.count == 3  # the centre, its partner, and the next pair's
    centre = np.array(found.centre) @ pairs.crystal.lattice.cell
    sites = pairs.periodic.inside(centre, 2.9, 99)
    others = even.periodic.inside(centre - found.shift, 8.0, 999) + found.shift
    distances = np.linalg.norm(sites[:, None] - others, axis=2)
    near = np.unique(np.argsort(distances, axis=1)[:, :12])
    best = min(
        sum(distances[row, column] for row, column in enumerate(chosen))
        for chosen in permutations(near.tolist(), len(sites))
    )
    assert found.one_to_one.mean == pytest.approx(best / len(sites))
    assert found.one_to_one.mean > found.to_film.mean + 0.1


def test_occupancy_and_files() -> None:
    """Partly occupied sites count, and a CIF that states them gives the same sites."""
    published = read_element_sites("lib:nzsp", "Na")
    read = read_element_sites(str(STRUCTURES / "nzsp.cif"), "Na")
    delta = published.positions[:, None] - read.positions
    off = np.linalg.norm((delta - np.round(delta)) @ published.crystal.lattice.cell, axis=2)
    assert len(read.positions) == len(published.positions)
    assert off.min(axis=1).max() < 2e-3
    nearest = off.argmin(axis=1)
    np.testing.assert_allclose(read.occupancy[nearest], published.occupancy, atol=1e-3)
    for sites in (published, read):
        assert sites.note is not None
        assert "occupied or not" in sites.note
    assert NVP.note is None


@pytest.mark.parametrize(
    ("radius", "message"),
    [
        (1.0, "increase `radius`"),
        (100.0, "smaller radius"),
        (0.0, "positive"),
        (np.nan, "positive"),
    ],
)
def test_balls_that_say_nothing(radius: float, message: str) -> None:
    with pytest.raises(IonsmithError, match=message):
        site_overlap(NH4VO3, NVP, PUBLISHED, "V", radius=radius)


def test_element_that_is_not_there() -> None:
    with pytest.raises(IonsmithError, match="nvp contains no 'Zr', only Na, O, P, V"):
        read_element_sites("lib:nvp", "Zr")
