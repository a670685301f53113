"""Sites, windows and barriers against other programs, published values and symmetry."""

import warnings
from functools import cache

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell

from ionsmith.analyzers.migration import Migration, migration
from ionsmith.analyzers.migration._framework import read_framework
from ionsmith.analyzers.migration._grid_symmetry import GridSymmetry
from ionsmith.analyzers.migration._site_energy import INSIDE, load_parameters, site_energies
from ionsmith.builders.beta_alumina import build_beta_alumina, close_planes
from ionsmith.crystals import load
from ionsmith.crystals.files import read_structure
from ionsmith.errors import InvalidInput, InvalidStructure, MissingExtra

pytestmark = pytest.mark.migration


@cache
def found(name: str, ion: str = "Na") -> Migration:
    """Analysis on a coarse grid, which keeps low barriers within 0.05 eV."""
    return migration(f"lib:{name}", ion, spacing=0.3)


def barriers(result: Migration) -> list[float | None]:
    return [row.barrier for row in result.thresholds]


@pytest.mark.parametrize(("name", "ion"), [("lifepo4", "Li"), ("nacoo2", "Na")])
def test_energies_are_those_of_bvlain(name: str, ion: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from bvlain import Lain
    framework = read_framework(f"lib:{name}", ion)
    atoms = read_structure(f"lib:{name}")
    charges = dict(s[:2] for each in framework.species for s in each) | {ion: 1.0}
    bare = Atoms(atoms.symbols, atoms.positions, cell=atoms.cell, pbc=True)
    lain = Lain(verbose=False)
    lain.read_atoms(bare, oxi_check=False)
    lain.atoms_copy.set_array("oxi_states", np.array([charges[s] for s in atoms.symbols]))
    theirs = lain.bvse_distribution(
        mobile_ion=f"{ion}1+", resolution=0.5, k=600, use_softbv_covalent_radii=True
    )
    # Their last points repeat the first ones.
    shape = tuple(n - 1 for n in theirs.shape)
    ours = site_energies(framework, ion, GridSymmetry(framework, shape), load_parameters(1))
    theirs = theirs[:-1, :-1, :-1]
    low = (theirs < theirs.min() + 10) & (ours < INSIDE / 2)  # not inside an ion
    assert low.sum() > 20
    np.testing.assert_allclose(ours[low], theirs[low], atol=2e-3)


@pytest.mark.pores
@pytest.mark.parametrize(
    ("name", "ion"), [("lifepo4", "Li"), ("nafepo4", "Na"), ("beta-alumina-1937", "Na")]
)
def test_largest_sphere_is_that_of_zeo(name: str, ion: str) -> None:
    from ionsmith.analyzers.pores._zeo import find_channels

    result = found(name, ion)
    atoms = read_structure(f"lib:{name}")
    atoms = atoms[[symbol != ion for symbol in atoms.symbols]]
    radii = {key.rstrip("0123456789.").rstrip("+-"): r for key, r in result.radii.items()}
    channels = find_channels(atoms, np.array([radii[s] for s in atoms.symbols]), 0.1)
    assert result.thresholds[0].radius == pytest.approx(channels.free_sphere / 2, abs=0.01)


def test_lifepo4_conducts_along_b() -> None:
    # 0.55 eV along [010], 2.89 and 3.36 eV along [001] and [101] by interatomic potentials with
    # relaxation: Islam et al., Chem. Mater. 17, 5085 (2005), doi:10.1021/cm050999v, from memory.
    # bvlain's documentation: 0.44, 3.33, 3.36 eV in one, two, three dimensions.
    result = found("lifepo4", "Li")
    assert result.dimension == 1
    assert result.barrier("1D") == result.barrier("b") == pytest.approx(0.44, abs=0.06)
    assert result.barrier("2D") == pytest.approx(3.33, rel=0.1)
    assert result.barrier("3D") == pytest.approx(3.36, rel=0.1)
    # Octahedra that hold Li, and a tetrahedron on the curved way between them.
    assert [(site.count, site.ions) for site in result.sites] == [(4, 1.0), (4, 0.0)]


def test_maricite_is_closed_and_triphylite_is_not() -> None:
    # No electrochemical activity of crystalline maricite; Na moves along [010] of triphylite.
    closed, open_ = found("nafepo4"), found("nafepo4-triphylite")
    assert closed.dimension == 0
    assert open_.dimension == 1
    assert open_.barrier("1D") == open_.barrier("b")
    assert min(b for b in barriers(closed) if b is not None) > 4
    assert open_.barrier("b") < 0.7


@pytest.mark.parametrize("name", ["nvp", "nzsp", "nzp", "na4zr2si3o12"])
def test_nasicon_is_three_dimensional(name: str) -> None:
    result = found(name)
    assert result.dimension == 3
    # Rhombohedral: one kind of step, from M1 to M2, opens all dimensions.
    assert result.barrier("3D") == pytest.approx(result.barrier("1D"), abs=0.06)


def test_planes_of_beta_alumina() -> None:
    # Measured in the planes of β: 0.16 eV (Whittingham and Huggins, J. Chem. Phys. 54, 414 (1971),
    # from memory); nothing conducts at right angles to them.
    beta, beta2 = found("beta-alumina"), found("beta2-alumina")
    for result in (beta, beta2):
        assert result.dimension == 2
        assert result.barrier("3D") is None
        assert result.barrier("c") is None
        assert result.barrier("a") == pytest.approx(result.barrier("b"), abs=1e-6)
    assert beta.barrier("2D") == pytest.approx(0.16, abs=0.05)
    assert beta2.barrier("2D") < beta.barrier("2D")


def test_closed_planes_stop_ions() -> None:
    atoms = build_beta_alumina().atoms
    model = migration(atoms, spacing=0.4)
    assert model.dimension == 2
    closed = migration(close_planes(atoms, [1, 2, 3]).atoms, spacing=0.4)
    assert closed.dimension == 0
    assert closed.taken_out == 0
    assert (closed.barrier("1D") or np.inf) > 5
    assert closed.thresholds[0].radius < 0.3 < model.thresholds[0].radius


def test_ordered_model_and_disordered_crystal() -> None:
    model = migration(build_beta_alumina().atoms, spacing=0.3)
    crystal = found("beta2-alumina")
    assert "weighted by its occupancies" in crystal.notes[0]
    assert not model.notes
    assert model.barrier("2D") == pytest.approx(crystal.barrier("2D"), abs=0.03)
    assert crystal.taken_out == pytest.approx(5)


def test_structure_without_the_ion() -> None:
    empty = found("fepo4", "Li")
    assert empty.taken_out == 0
    assert empty.dimension == 1
    assert empty.barrier("1D") == empty.barrier("b")
    filled = found("lifepo4", "Li")
    assert empty.sites[0].count == filled.sites[0].count == 4


def test_barriers_do_not_depend_on_the_grid() -> None:
    # Narrow passes between octahedra, of which a grid of 0.3 Å misses the top by 0.1 eV and more.
    atoms = read_structure("lib:licoo2")
    moved = atoms.copy()
    moved.translate([0.3, 1.1, -0.7])
    coarse, other, fine = (
        migration(a, "Li", spacing=s) for a, s in ((atoms, 0.3), (moved, 0.3), (atoms, 0.15))
    )
    for way in ("1D", "2D", "a"):
        assert coarse.barrier(way) == pytest.approx(fine.barrier(way), abs=1e-3)
        assert other.barrier(way) == pytest.approx(fine.barrier(way), abs=1e-3)
    # Neighbouring sites alone, 2.8 Å apart: 3 hops for each of 3 Li.
    for result in (migration(moved, "Li"), fine):
        assert [(hop.count, round(hop.length, 1)) for hop in result.hops] == [(9, 2.8)]


@pytest.mark.parametrize("moved", ["shifted", "turned", "supercell", "permuted"])
def test_invariance(moved: str) -> None:
    atoms = read_structure("lib:nafepo4-triphylite")
    plain = Atoms(atoms.symbols, atoms.positions, cell=atoms.cell, pbc=True)
    expected = migration("lib:nafepo4-triphylite")
    if moved == "shifted":
        plain.translate([0.37, -1.1, 2.3])
    elif moved == "turned":
        plain.rotate(73, (1, 2, 3), rotate_cell=True)
    elif moved == "supercell":
        plain = make_supercell(plain, [[1, 0, 0], [0, 1, 1], [0, 0, 1]])
    else:
        plain = plain[np.random.default_rng(0).permutation(len(plain))]
    result = migration(plain)
    assert result.dimension == 1
    assert result.barrier("1D") == pytest.approx(expected.barrier("1D"), abs=0.01)
    assert result.thresholds[0].radius == pytest.approx(expected.thresholds[0].radius, abs=0.02)
    assert len(result.sites) == len(expected.sites)
    assert result.windows[0].area == pytest.approx(expected.windows[0].area, rel=0.02)


def test_square_window() -> None:
    # O on a primitive cubic lattice: Na in the cubes, which share square faces.
    edge = 2.74
    atoms = Atoms("O", cell=[edge] * 3, pbc=True)
    atoms.set_array("oxi_states", np.array([-2.0]))
    result = migration(atoms, "Na", limit=10)
    assert [(s.count, s.position) for s in result.sites] == [(1, (0.5, 0.5, 0.5))]
    assert result.sites[0].radius == pytest.approx(edge * 3**0.5 / 2 - 1.4)
    (window,) = result.windows
    assert (window.count, window.corners) == (3, 4)
    assert window.area == pytest.approx(edge**2)
    assert window.radius == pytest.approx(edge / 2**0.5 - 1.4, abs=2e-3)
    assert [row.radius for row in result.thresholds] == pytest.approx([window.radius] * 6, abs=2e-3)
    # Morse potentials of bvlain's table, D0 = 0.575227, α = 2.074689, Rmin = 2.374335, by hand.
    shells = np.array([[x, y, z] for x in range(-4, 5) for y in range(-4, 5) for z in range(-4, 5)])

    def energy(place: list[float]) -> float:
        r = edge * np.linalg.norm(shells - place, axis=1)
        r = r[r < 8]
        return float(0.575227 / 2 * ((np.exp(2.074689 * (2.374335 - r)) - 1) ** 2 - 1).sum())

    height = energy([0.5, 0.5, 0]) - energy([0.5, 0.5, 0.5])
    assert window.barrier == pytest.approx(height, rel=0.01)


def test_rare_positions_of_the_framework_are_left_out() -> None:
    crystal = load("beta2-alumina")
    oxygen = next(site for site in crystal.sites if set(site.occupancy) == {"O"})
    thinned = crystal.with_occupancy(oxygen.label, {"O": 0.3})
    result = migration(thinned, spacing=0.4)
    assert f"{0.3 * oxygen.multiplicity:.2g} O per cell" in result.notes[0]


def test_profiles_run_from_a_site_to_its_image() -> None:
    for result in (found("lifepo4", "Li"), found("na4zr2si3o12")):
        for profile in result.profiles:
            ends = profile.positions[-1] - profile.positions[0]
            np.testing.assert_allclose(ends, np.round(ends), atol=1e-9)
            assert abs(ends["abc".index(profile.way)]) > 0.5
            steps = np.linalg.norm(np.diff(profile.positions, axis=0) @ result.cell, axis=1)
            assert steps.max() < 0.8
            assert profile.energies.min() >= 0
            top = profile.energies.max() - profile.energies[0]
            assert top == pytest.approx(result.barrier(profile.way), abs=0.03)


def test_picture_and_tables() -> None:
    result = found("lifepo4", "Li")
    assert len(result.draw().axes) == 5
    assert "1 dimension with barriers up to 2.5 eV" in result.table()
    assert set(result.to_dict()) >= {"thresholds", "sites", "windows", "profiles"}
    assert result.plot().get_xlabel()


@pytest.mark.parametrize(
    ("structure", "ion", "options", "message"),
    [
        ("lib:nvp", "Xx", {}, "no element"),
        ("lib:na", "Na", {}, "charges of Na are not known"),
        ("lib:li15si4", "Li", {}, "charges"),
        ("lib:nvp", "Fe", {}, "holds no Fe"),
        ("lib:nvp", "Na", {"limit": 0}, "`limit` is 0 eV"),
        ("lib:nvp", "Na", {"spacing": 2}, "`spacing` is 2 Å"),
        (Atoms("NaCl", cell=[4, 4, 4], pbc=False), "Na", {}, "periodic in three"),
    ],
)
def test_refusals(structure: str, ion: str, options: dict[str, float], message: str) -> None:
    with pytest.raises((InvalidInput, InvalidStructure), match=message):
        migration(structure, ion, **options)


def test_size_is_bounded() -> None:
    atoms = read_structure("lib:lifepo4").repeat((6, 8, 8))
    with pytest.raises(InvalidStructure, match="larger `spacing`"):
        migration(atoms, "Li", spacing=0.1)


def test_without_bvlain(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "bvlain", None)
    with pytest.raises(MissingExtra, match=r"ionsmith\[migration\]"):
        migration("lib:lifepo4", "Li")
