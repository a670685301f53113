"""Grain boundaries against published coincidences and energies, pymatgen, and their symmetry."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, make_supercell
from ase.io import read
from ase.neighborlist import neighbor_list

from ionsmith.builders.beta_alumina import build_beta_alumina
from ionsmith.builders.grain_boundary import (
    GrainBoundary,
    build_grain_boundary,
    grain_boundaries,
    grain_boundary_shifts,
)
from ionsmith.crystals.files import write_structure
from ionsmith.errors import InvalidInput, NoMatch
from strategies import Disguise

CUBIC = {
    "fcc": bulk("Cu", cubic=True),
    "bcc": bulk("Fe", cubic=True),
    "diamond": bulk("Si", cubic=True),
}
LATTICE_POINTS = {"fcc": 4, "bcc": 2, "diamond": 4}
MAGNESIUM = bulk("Mg", a=3.209, c=5.211)
SALT = bulk("NaCl", "rocksalt", a=5.64, cubic=True)

# H. Grimmer, W. Bollmann, D. H. Warrington, Acta Cryst. A 30, 197 (1974),
# doi:10.1107/S056773947400043X: Σ and smallest angle about <111>, <100> or <110>.
COINCIDENCES = [
    ("(111)", 3, 60.0, "111"),
    ("(112)", 3, 60.0, "111"),
    ("(210)", 5, 36.87, "100"),
    ("(310)", 5, 36.87, "100"),
    ("(221)", 9, 38.94, "110"),
    ("(510)", 13, 22.62, "100"),
    ("(320)", 13, 22.62, "100"),
]


def across(model: GrainBoundary, reach: float = 5.777) -> list[list[float]]:
    """Sorted distances of atoms of different grains, at each boundary, by ASE."""
    atoms = model.atoms
    grain = atoms.arrays["grain"]
    i, j, d, vector = neighbor_list("ijdD", atoms, reach)
    apart = grain[i] < grain[j]
    middle = atoms.positions[i[apart], 2] + vector[apart, 2] / 2
    height = atoms.cell.array[2, 2]
    off = np.array([abs((middle - z + height / 2) % height - height / 2) for z in model.heights])
    return [np.sort(d[apart][off.argmin(axis=0) == n]).tolist() for n in range(len(off))]


@pytest.mark.parametrize("crystal", sorted(CUBIC))
@pytest.mark.parametrize(("plane", "sigma", "angle", "axis"), COINCIDENCES)
def test_published_symmetric_boundaries(
    crystal: str, plane: str, sigma: int, angle: float, axis: str
) -> None:
    atoms = CUBIC[crystal]
    found = grain_boundaries(atoms, plane=plane, max_area=400)
    (symmetric,) = (b for b in found.boundaries if b.kind.startswith("symmetric"))
    assert symmetric.sigma == sigma
    assert symmetric.disorientation == pytest.approx(angle, abs=0.01)
    # The mesh of a lattice plane is the primitive volume over the spacing of lattice points.
    h = np.array([int(digit) for digit in plane.strip("()")])
    centred = (h % 2 == 1).all() if crystal != "bcc" else h.sum() % 2 == 0
    a = atoms.cell.array[0, 0]
    spacing = a / np.sqrt(h @ h) / (1 if centred else 2)
    assert symmetric.area == pytest.approx(a**3 / LATTICE_POINTS[crystal] / spacing)


@pytest.mark.parametrize("crystal", sorted(CUBIC))
@pytest.mark.parametrize(
    ("plane", "axis", "angle", "sigma"),
    [
        ((0, 0, 1), (0, 0, 1), 36.87, 5),
        ((0, 0, 1), (0, 0, 1), 22.62, 13),
        ((3, 1, 0), (0, 0, 1), 36.87, 5),
        ((2, -2, 1), (1, 1, 0), 38.94, 9),
        ((1, -1, 1), (1, 1, 0), 70.53, 3),
    ],
)
def test_cells_are_those_of_pymatgen(
    crystal: str, plane: tuple[int, ...], axis: tuple[int, ...], angle: float, sigma: int
) -> None:
    interface = pytest.importorskip("pymatgen.core.interface")
    from pymatgen.io.ase import AseAtomsAdaptor

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        generator = interface.GrainBoundaryGenerator(AseAtomsAdaptor.get_structure(CUBIC[crystal]))
        exact = generator.get_rotation_angle_from_sigma(sigma, axis)
        exact = min(exact, key=lambda value: abs(value - angle))
        # Without removing atoms.
        other = generator.gb_from_parameters(axis, exact, plane=plane, rm_ratio=0)
    model = build_grain_boundary(CUBIC[crystal], plane, axis=axis, angle=angle)
    assert model.boundary.sigma == other.sigma == sigma
    first, second, _ = other.lattice.matrix
    # pymatgen's cell in the plane is a multiple of the smallest one.
    multiple = np.linalg.norm(np.cross(first, second)) / model.boundary.area
    assert multiple == pytest.approx(round(multiple))
    removed = sum(model.removed.values())
    thickness = sum(model.thickness) * model.boundary.area
    density = len(other) / other.volume
    assert model.n_atoms + removed == pytest.approx(density * thickness)


def test_hexagonal_boundaries() -> None:
    # Σ7 about [0001], 21.79 or 38.21°: the mesh is seven times that of the crystal.
    seven = build_grain_boundary(MAGNESIUM, "(0001)", sigma=7)
    assert seven.boundary.angle == pytest.approx(21.79, abs=0.01)
    assert seven.boundary.area == pytest.approx(7 * 3.209**2 * np.sqrt(0.75))
    assert seven.n_atoms == 7 * 2 * 2 * round(seven.thickness[0] / 5.211)
    # {10-12} twin: 86.3° about [1-210] in Mg (J. W. Christian, S. Mahajan, Prog. Mater. Sci. 39, 1
    # (1995), doi:10.1016/0079-6425(94)00007-7): both grains share a mesh for any c/a.
    twin = build_grain_boundary(MAGNESIUM, "(10-12)").boundary
    assert (twin.kind, twin.sigma, twin.strain) == ("symmetric tilt", None, 0)
    assert twin.angle == pytest.approx(86.3, abs=0.1)
    # In rhombohedral corundum 60° about [0001] is the basal twin, Σ3.
    basal = build_grain_boundary("lib:al2o3", "(001)", angle=60)
    assert (basal.boundary.sigma, basal.boundary.kind) == (3, "symmetric twist")
    assert basal.stoichiometric


@pytest.mark.parametrize(
    ("crystal", "options"),
    [
        (CUBIC["fcc"], {"plane": "(210)"}),
        (CUBIC["fcc"], {"plane": "(001)", "sigma": 5, "shift": (0.3, 0.1)}),
        (CUBIC["fcc"], {"plane": "(100)", "axis": "[001]", "angle": 36.87}),
        (SALT, {"plane": "(310)", "shift": (0.2, 0.45)}),
        ("lib:al2o3", {"plane": "(012)"}),
        ("lib:nh4vo3", {"plane": "(110)"}),
        ("lib:sio2", {"plane": "(101)"}),
    ],
)
def test_both_boundaries_are_equivalent(crystal: Any, options: dict[str, Any]) -> None:
    model = build_grain_boundary(crystal, **options)
    assert model.equivalent
    first, second = across(model)
    assert len(first) > 10
    assert first == pytest.approx(second, abs=1e-6)


def test_second_boundary_that_differs_is_said() -> None:
    # Quartz has no centre of inversion.
    model = build_grain_boundary("lib:sio2", "(001)", sigma=7)
    first, second = across(model)
    assert not model.equivalent
    assert len(first) != len(second) or not np.allclose(first, second)
    assert any("not equivalent" in note for note in model.notes)


def test_overlapping_units_are_removed_whole() -> None:
    crystal = build_grain_boundary("lib:nh4vo3", "(110)")
    assert crystal.removed == {"H4N": 4, "O4V": 4}
    atoms = crystal.atoms
    i, j = neighbor_list("ij", atoms, {("N", "H"): 1.3})
    assert (np.bincount(i, minlength=len(atoms))[atoms.symbols == "N"] == 4).all()
    for model, closest in ((crystal, {"O": 2.6}), (build_grain_boundary(SALT, "(310)"), {})):
        own = neighbor_list("d", SALT, 3.0).min() if model is not crystal else 0.0
        i, j, d = neighbor_list("ijd", model.atoms, 3.0)
        grain = model.atoms.arrays["grain"]
        assert d[grain[i] != grain[j]].min() >= 0.75 * own
        for symbol, distance in closest.items():
            alike = (model.atoms.symbols[i] == symbol) & (model.atoms.symbols[j] == symbol)
            assert d[alike & (grain[i] != grain[j])].min() > 0.75 * distance


def test_surplus_goes_on_request() -> None:
    options: Any = {"plane": "(210)", "shift": (0.5, 0.28)}
    titanate = Atoms(
        "SrTiO3", cell=[3.905] * 3, pbc=True,
        scaled_positions=[(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0), (0.5, 0, 0.5), (0, 0.5, 0.5)],
    )  # fmt: skip
    left = build_grain_boundary(titanate, **options)
    whole = build_grain_boundary(titanate, neutral=True, **options)
    assert left.charge == -8
    assert any("`neutral`" in note for note in left.notes)
    assert whole.surplus == {"O": 4}  # the fewest ions
    counts = whole.atoms.symbols.formula.count()
    assert 2 * counts["Sr"] + 4 * counts["Ti"] == 2 * counts["O"]
    assert whole.charge == 0
    # Only what is left over went, and at the boundaries.
    assert sum(whole.surplus.values()) == left.n_atoms - whole.n_atoms
    kept = {tuple(p) for p in whole.atoms.positions.round(4).tolist()}
    gone = [p for p in left.atoms.positions.round(4).tolist() if tuple(p) not in kept]
    spacing = left.heights[1] - left.heights[0]  # as high as each grain
    off = np.array([p[2] - left.heights[0] for p in gone]) / spacing
    assert (abs(off - np.rint(off)) * spacing).max() < 4


def test_conduction_planes_meet() -> None:
    crystal = build_beta_alumina().atoms
    model = build_grain_boundary(crystal, "(012)", meet="Na", thickness=20)
    sodium = model.atoms[model.atoms.symbols == "Na"]
    i, j, d = neighbor_list("ijd", sodium, 6.0)
    grain = sodium.arrays["grain"]
    assert d[grain[i] != grain[j]].min() < 5.0
    # At the last shift of the list they miss each other.
    worst = grain_boundary_shifts(crystal, "(012)", meet="Na").shifts[-1]
    apart = build_grain_boundary(crystal, "(012)", shift=worst.shift, thickness=20).atoms
    apart = apart[apart.symbols == "Na"]
    grain = apart.arrays["grain"]
    i, j = neighbor_list("ij", apart, 7.0)
    assert not (grain[i] != grain[j]).any()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("crystal", "options"),
    [
        (CUBIC["fcc"], {"plane": "(210)"}),
        (SALT, {"plane": "(310)"}),
        (MAGNESIUM, {"plane": "(10-12)"}),
        (CUBIC["diamond"], {"plane": "(001)", "sigma": 5}),
    ],
)
def test_disguised_crystals_give_the_same_boundary(
    crystal: Atoms, options: dict[str, Any], seed: int
) -> None:
    disguised, _ = Disguise(seed).apply(crystal, recell=False)
    one, two = (build_grain_boundary(atoms, **options) for atoms in (crystal, disguised))
    assert one.boundary.name == two.boundary.name
    assert one.removed == two.removed
    assert across(one)[0] == pytest.approx(across(two)[0], abs=1e-4)


def test_supercells_give_the_same_boundary() -> None:
    repeated = make_supercell(CUBIC["fcc"], np.diag([2, 2, 2]))
    one, two = (build_grain_boundary(a, "(210)") for a in (CUBIC["fcc"], repeated))
    assert one.n_atoms == two.n_atoms
    assert across(one)[0] == pytest.approx(across(two)[0], abs=1e-6)


def test_shifts_repeat_with_the_shift_cell() -> None:
    crystal = CUBIC["fcc"]
    models = [
        build_grain_boundary(crystal, "(001)", sigma=5, shift=(x, y))
        for x, y in ((0.25, 0.5), (1.25, -0.5))
    ]
    assert across(models[0])[0] == pytest.approx(across(models[1])[0], abs=1e-6)
    # That of a twist boundary is Σ times smaller than the mesh.
    (a, b), (c, d) = models[0].shift_cell
    assert a * d - b * c == pytest.approx(3.61**2 / 2 / 5, rel=1e-4)
    shifts = grain_boundary_shifts(crystal, "(001)", sigma=5).shifts
    models = [
        build_grain_boundary(crystal, "(001)", sigma=5, shift=s.shift, thickness="4 planes")
        for s in shifts
    ]
    total = {tuple(np.round(across(model)[0], 3)) for model in models}
    assert len(total) == len(shifts)


def test_same_bytes_and_labels(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.extxyz", "b.extxyz")]
    for file in files:
        write_structure(str(file), build_grain_boundary("lib:al2o3", "(012)").atoms, force=False)
    assert files[0].read_bytes() == files[1].read_bytes()
    atoms = read(files[0])
    assert set(atoms.arrays["part"]) == {"grain-1", "grain-2"}
    assert ((atoms.arrays["part"] == "grain-1") == (atoms.arrays["grain"] == 1)).all()


def test_slab_with_one_boundary() -> None:
    model = build_grain_boundary(CUBIC["bcc"], "(310)", vacuum=12, thickness="8 planes")
    z = model.atoms.positions[:, 2]
    assert model.n_boundaries == 1
    assert model.cellpar[2] - np.ptp(z) == pytest.approx(12)
    assert model.atoms.pbc.tolist() == [True, True, False]
    assert (z[model.atoms.arrays["grain"] == 1] < model.heights[0]).all()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"plane": "(100)"}, InvalidInput, "is a symmetry of the crystal"),
        ({"plane": "(100)", "sigma": 7}, NoMatch, "nearest on this plane are Σ5 36.87°"),
        ({"plane": "(111)", "axis": "[111]"}, InvalidInput, "needs an `angle` or a `sigma`"),
        ({"plane": "(100)", "angle": 90}, InvalidInput, "by 90° about the normal is a symmetry"),
        ({"plane": "(100)", "angle": 3}, NoMatch, "no boundary 3° on"),
        ({"plane": "(210)", "neutral": True}, InvalidInput, "charges are unknown"),
        ({"plane": "(210)", "meet": "Na"}, InvalidInput, "`meet` is Na"),
        ({"plane": "(210)", "overlap": 2}, InvalidInput, "`overlap` is 2; 0 to 1"),
        ({"plane": "(210)", "max_area": 5}, NoMatch, "`max_area`"),
    ],
)
def test_refusals(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        build_grain_boundary(CUBIC["fcc"], **options)
