"""Predicted orientation relationships against those that were published."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111, make_supercell, molecule
from ase.io import write
from scipy.spatial.transform import Rotation

from command import run_command, run_json
from ionsmith.analyzers.orientation_relationships import (
    STANDS_OUT,
    PredictedOrientations,
    predict_orientations,
)
from ionsmith.analyzers.orientation_relationships._candidates import frames_of
from ionsmith.crystals.conversion import read_lattice
from ionsmith.errors import InvalidIndices, InvalidInput, InvalidStructure
from ionsmith.lattice.indices import as_plane
from ionsmith.lattice.orientation import OrientationRelationship

# Lattice parameters of handbooks, Å.
AUSTENITE = bulk("Fe", "fcc", a=3.585, cubic=True)
FERRITE = bulk("Fe", "bcc", a=2.8665, cubic=True)
BETA = bulk("Zr", "bcc", a=3.609, cubic=True)
ALPHA = bulk("Zr", "hcp", a=3.2312, c=5.1477)
GALLIUM_NITRIDE = bulk("GaN", "wurtzite", a=3.189, c=5.1855)
ZINC_OXIDE = bulk("ZnO", "wurtzite", a=3.2495, c=5.2069)


def place(
    substrate: Atoms | str, film: Atoms | str, planes: str, directions: str, **options: object
) -> PredictedOrientations:
    """The prediction with a published relationship compared."""
    crystals = read_lattice(substrate), read_lattice(film)
    known = OrientationRelationship.from_parallel(*crystals, planes, directions)
    return predict_orientations(*crystals, compared=known, cells=False, limit=20, **options)


# The numbers of variants are those of S. Morito et al., Acta Mater. 51, 1789 (2003) for
# Kurdjumov-Sachs, 24; H. Kitahara et al., Acta Mater. 54, 1279 (2006) for Nishiyama-Wassermann,
# 12; W. Pitsch, Philos. Mag. 4, 577 (1959), 12; Bain 3; N. Gey and M. Humbert, Acta Mater. 50, 277
# (2002) for Burgers, 12.
@pytest.mark.parametrize(
    ("parent", "product", "planes", "directions", "variants"),
    [
        (AUSTENITE, FERRITE, "(1,1,1)||(0,1,1)", "[-1,0,1]||[-1,-1,1]", 24),
        (AUSTENITE, FERRITE, "(1,1,1)||(0,1,1)", "[0,1,-1]||[1,0,0]", 12),
        (AUSTENITE, FERRITE, "(0,1,0)||(1,0,1)", "[1,0,1]||[-1,1,1]", 12),
        (AUSTENITE, FERRITE, "(0,0,1)||(0,0,1)", "[1,0,0]||[1,1,0]", 3),
        (BETA, ALPHA, "(1,1,0)||(0,0,1)", "[1,-1,1]||[1,1,0]", 12),
    ],
)
def test_transformations_are_among_the_first_five(
    parent: Atoms, product: Atoms, planes: str, directions: str, variants: int
) -> None:
    found = place(parent, product, planes, directions)
    assert found.compared is not None
    assert found.compared.rank is not None
    assert found.compared.rank <= 5
    assert found.orientations[found.compared.rank - 1].variants == variants


# Nitrides and ZnO grow on c-sapphire turned by 30°, with misfits of 14 and 18 % in units of the
# oxygen sublattice, a/√3: D. Kapolnek et al., Appl. Phys. Lett. 67, 1541 (1995); J. Narayan and
# B. C. Larson, J. Appl. Phys. 93, 278 (2003), doi:10.1063/1.1528301.
@pytest.mark.parametrize(("film", "misfit"), [(GALLIUM_NITRIDE, 0.138), (ZINC_OXIDE, 0.154)])
def test_films_on_sapphire_are_turned_by_30_degrees(film: Atoms, misfit: float) -> None:
    found = place("lib:al2o3", film, "(0,0,1)||(0,0,1)", "[1,0,0]||[1,-1,0]", surface="(0,0,1)")
    assert found.compared is not None
    assert found.compared.rank == 1
    turned = found.relationships[0].rotation
    angle = np.degrees(np.arccos(turned[0, 0])) % 60
    assert angle == pytest.approx(30, abs=1e-6)
    a, c = film.cell.lengths()[0], read_lattice("lib:al2o3").lattice.cellpar[0]
    assert (a - c / np.sqrt(3)) / a == pytest.approx(misfit, abs=0.001)


@pytest.mark.parametrize("metal", ["Ag", "Pd", "Cu"])
def test_metals_on_magnesia_are_cube_on_cube(metal: str) -> None:
    found = predict_orientations("lib:mgo", bulk(metal, cubic=True), cells=False)
    first = found.relationships[0]
    assert abs(abs(first.rotation).max(axis=1) - 1).max() < 1e-9  # a symmetry of the cube
    assert found.stands_out
    assert found.orientations[0].confidence > 0.8


def test_probabilities_fall_and_do_not_exceed_one() -> None:
    found = predict_orientations("lib:nh4vo3", "lib:nvp", cells=False, limit=50)
    shares = [one.confidence for one in found.orientations]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) < 1 + 1e-9
    assert not found.stands_out
    assert found.orientations[0].confidence < STANDS_OUT
    assert found.verdict.startswith("nothing stands out")


def test_a_turned_crystal_gives_the_turned_relationship() -> None:
    turn = Rotation.from_rotvec([0.3, -0.7, 1.1]).as_matrix()
    turned = ALPHA.copy()
    turned.set_cell(ALPHA.cell.array @ turn.T, scale_atoms=True)
    first, second = (predict_orientations(BETA, film, cells=False) for film in (ALPHA, turned))
    for one, other in zip(first.orientations, second.orientations, strict=True):
        assert other.confidence == pytest.approx(one.confidence, abs=1e-4)
    assert second.relationships[0].rotation @ turn == pytest.approx(
        first.relationships[0].rotation, abs=1e-6
    )


def test_equivalent_surfaces_are_the_same() -> None:
    film = bulk("Cu", cubic=True)
    shares = [
        [
            one.confidence
            for one in predict_orientations(
                "lib:mgo", film, surface=plane, cells=False
            ).orientations
        ]
        for plane in ("(0,0,1)", "(-1,0,0)", "(0,2,0)")
    ]
    assert shares[1] == pytest.approx(shares[0], abs=1e-6)
    assert shares[2] == pytest.approx(shares[0], abs=1e-6)


def test_the_substrate_keeps_the_surface_whatever_its_indices() -> None:
    found = predict_orientations("lib:mgo", bulk("Cu", cubic=True), surface="(7,5,1)", limit=3)
    for one in found.orientations:
        assert one.planes.startswith("(7,5,1)||")


def test_labels_give_the_rotation() -> None:
    found = predict_orientations("lib:al2o3", ALPHA, limit=10, cells=False)
    crystals = read_lattice("lib:al2o3"), read_lattice(ALPHA)
    for one in found.orientations:
        again = OrientationRelationship.from_parallel(*crystals, one.planes, one.directions)
        assert again.rotation == pytest.approx(np.array(one.rotation), abs=1e-6)
        assert len(again.variants()) == one.variants


def test_cells_that_fit_are_those_of_the_matches() -> None:
    (one,) = predict_orientations("lib:si", "lib:ge", limit=1).orientations
    assert one.cells is not None
    # Si and Ge: 4.2 % misfit, 5.431 and 5.658 Å; one mesh on one.
    assert (one.cells[0].substrate_meshes, one.cells[0].film_meshes) == (1, 1)
    assert one.cells[0].max_strain == pytest.approx(0.040, abs=0.001)


@pytest.mark.parametrize("number", [1, 5, 7, 28])
def test_rows_of_a_supercell_are_rows_of_its_crystal(number: int) -> None:
    frames = frames_of(read_lattice(bulk("Cu", cubic=True).repeat((number, 1, 1))))
    crystal = frames.rows * [number, 1, 1]  # indices in the cube of fcc
    crystal //= np.gcd.reduce(crystal, axis=1)[:, None]
    half = np.where(crystal.sum(axis=1) % 2 == 0, 0.5, 1.0)  # centred faces
    assert frames.period == pytest.approx(3.61 * half * np.linalg.norm(crystal, axis=1))


@pytest.mark.parametrize(
    ("rows", "surface"),
    [
        ([[2, 0, 0], [0, 2, 0], [0, 0, 2]], None),
        ([[2, 0, 0], [0, 1, 0], [0, 0, 1]], "(1,1,0)"),
        ([[1, 1, 0], [-1, 2, 0], [0, 0, 1]], "(0,1,2)"),
    ],
)
def test_odds_of_a_supercell_are_those_of_its_unit_cell(
    rows: list[list[int]], surface: str | None
) -> None:
    matrix = np.array(rows)
    film = bulk("Cu", cubic=True)
    large = make_supercell(film, matrix)
    in_file = None
    if surface is not None:
        turned = matrix @ as_plane(surface).indices
        in_file = turned // np.gcd.reduce(turned)
    one = predict_orientations(film, "lib:mgo", surface=surface, cells=False)
    other = predict_orientations(large, "lib:mgo", surface=in_file, cells=False)
    assert other.candidates == one.candidates
    for small, big, relation in zip(
        one.orientations, other.orientations, other.relationships, strict=True
    ):
        assert big.confidence == pytest.approx(small.confidence, rel=1e-6)
        assert big.variants == small.variants
        assert relation.planes is not None
        # The planes of the file are as far apart as those of the crystal.
        spacing = relation.substrate.lattice_spacing(relation.planes[0])
        assert spacing == pytest.approx(small.reasons.substrate_spacing)
        assert f"{big.planes}" == "||".join(map(str, relation.planes))
    assert any("repeats the unit cell" in note for note in other.notes)
    known = other.relationships[1]
    found = predict_orientations(large, "lib:mgo", surface=in_file, compared=known, cells=False)
    assert found.compared is not None
    assert found.compared.rank == 2


def test_a_large_cell_without_overlap_has_probabilities() -> None:
    cell = bulk("Cu", cubic=True).repeat(6)
    cell.rattle(0.05, seed=1)
    found = predict_orientations(cell, "lib:mgo", limit=1, cells=False)
    assert found.orientations[0].reasons.coincidence == 0
    assert 0 < found.orientations[0].confidence <= 1


def test_wrong_input_is_refused() -> None:
    with pytest.raises(InvalidInput, match="`limit` is 51"):
        predict_orientations("lib:si", "lib:ge", limit=51)
    with pytest.raises(InvalidInput, match="grows on no `surface`"):
        predict_orientations("lib:si", "lib:ge", kind="precipitate", surface="(0,0,1)")
    with pytest.raises(InvalidIndices, match="four"):
        predict_orientations("lib:si", "lib:ge", surface="(2,-1,-1,0)")


def test_molecules_are_refused_by_name_and_slabs_are_told(tmp_path: Path) -> None:
    write(tmp_path / "water.xyz", molecule("H2O"))
    with pytest.raises(InvalidStructure, match="water: its cell has no volume"):
        predict_orientations("lib:mgo", tmp_path / "water.xyz")
    slab = fcc111("Cu", (1, 1, 4), vacuum=8)
    with pytest.raises(InvalidStructure, match="not periodic along"):
        predict_orientations("lib:mgo", slab)
    slab.pbc = True
    found = predict_orientations("lib:mgo", slab, cells=False)
    assert any("empty layer" in note for note in found.notes)


def test_command(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    words = ["predict", "orientation", "lib:nh4vo3", "lib:nvp", "--no-cells", "--limit", "2"]
    given = ["--planes", "(1,2,-1)||(2,-1,0)", "--directions", "[0,1,2]||[1,2,-1]"]
    picture = f"{tmp_path}/map.png"
    found = run_json(capsys, *words, *given, "-o", picture)
    assert found == run_json(capsys, *words, *given)
    assert found["compared"]["planes"] == "(1,2,-1)||(2,-1,0)"
    assert found["orientations"][0]["command"].startswith("ionsmith build interface lib:nh4vo3 ")
    code, out, _ = run_command(capsys, *words)
    assert (code, "nothing stands out" in out) == (0, True)
    code, _, err = run_command(capsys, *words, "--planes", "(1,2,-1)||(2,-1,0)")
    assert (code, "--parallel-directions" in err) == (2, True)
    words[2:4] = ["lib:mgo", "lib:si"]
    embedded = run_json(capsys, *words, "--kind", "precipitate")["orientations"][0]
    built = [*shlex.split(embedded["command"])[1:], "-o", f"{tmp_path}/embedded.extxyz"]
    assert built[:4] == ["build", "embed", "lib:si", "lib:mgo"]
    assert run_command(capsys, *built)[0] == 0
