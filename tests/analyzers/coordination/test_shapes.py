"""Shapes of polyhedra and bond-orientational order, against published values and chemenv."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from scipy.spatial.transform import Rotation

from ionsmith.analyzers.coordination import compare, coordination
from ionsmith.analyzers.coordination._shapes import Ideal, ideals, plural, shape_measure
from ionsmith.crystals import load
from ionsmith.errors import InvalidInput


def ideal(n: int, name: str) -> Ideal:
    return next(one for one in ideals(n) if one.name == name)


def ligands(one: Ideal) -> np.ndarray:
    return (one.corners - one.corners[-1])[None, :-1]


@pytest.mark.parametrize(
    ("n", "one", "other", "measure"),
    [
        # CF4 against the square, manual of cosymlib, https://pypi.org/project/cosymlib
        (4, "tetrahedron", "square plane", 33.333),
        # Alvarez et al. 2002, New J. Chem. 26, 996 (from memory)
        (6, "octahedron", "trigonal prism", 16.737),
        (8, "cube", "square antiprism", 10.989),
    ],
)
def test_distances_between_ideal_shapes(n: int, one: str, other: str, measure: float) -> None:
    for first, second in ((one, other), (other, one)):
        found = shape_measure(ligands(ideal(n, first)), ideal(n, second))
        assert found == pytest.approx([measure], abs=2e-3)


@pytest.mark.parametrize("n", range(2, 13))
def test_an_ideal_shape_is_found_whatever_its_place(n: int) -> None:
    rng = np.random.default_rng(n)
    for one in ideals(n):
        turned = Rotation.random(rng=rng).apply(ligands(one)[0]) * [1, 1, -1] * 2.3
        assert shape_measure(turned[rng.permutation(n)][None], one) == pytest.approx([0], abs=1e-6)


def test_the_same_measures_as_chemenv() -> None:
    """Up to six ligands all of them; with more, chemenv may miss the best assignment."""
    from pymatgen.analysis.chemenv.coordination_environments.coordination_geometry_finder import (
        AbstractGeometry,
        LocalGeometryFinder,
    )

    finder = LocalGeometryFinder()
    finder.setup_parameters("centroid", include_central_site_in_centroid=True)
    rng = np.random.default_rng(0)
    for n, times in ((3, 5), (4, 5), (5, 5), (6, 3), (7, 2)):
        for _ in range(times):
            base = ideals(n)[rng.integers(len(ideals(n)))]
            site = 2.2 * ligands(base)[0] / np.abs(ligands(base)).max()
            site += rng.normal(0, 0.2, site.shape)
            finder.local_geometry = AbstractGeometry(
                np.zeros(3), list(site), centering_type="centroid",
                include_central_site_in_centroid=True,
            )  # fmt: skip
            finder.indices = list(range(n))
            theirs = finder.get_coordination_symmetry_measures(all_csms=False)
            nearest = min(one["csm"] for one in theirs.values())
            ours = min(shape_measure(site[None], one)[0] for one in ideals(n))
            assert ours <= nearest + 1e-6
            assert n > 6 or ours == pytest.approx(nearest, abs=1e-6)


def test_shapes_of_crystals() -> None:
    found = coordination("lib:nafepo4", shapes=True).shapes
    assert found is not None
    named = {(row.element, row.environment): row for row in found}
    assert named["Fe", "O6"].shape == "octahedron"
    assert named["P", "O4"].shape == "tetrahedron"
    assert named["P", "O4"].measure < 0.1 < named["Fe", "O6"].measure < 3
    assert coordination("lib:nafepo4").shapes is None


def test_rotation_permutation_and_supercell() -> None:
    atoms = load("nafepo4").to_atoms()
    atoms.rattle(0.05, seed=1)
    first = coordination(atoms, shapes=True, order=[4, 6])
    turned = atoms[np.random.default_rng(0).permutation(len(atoms)).tolist()]
    turned.rotate(40, (1, 2, 3), rotate_cell=True)
    for other, times in ((turned, 1), (atoms.repeat((2, 1, 1)), 2)):
        again = coordination(other, shapes=True, order=[4, 6])
        assert again.site_shapes is not None
        assert first.site_shapes is not None
        assert np.sort(again.site_shapes.measure) == pytest.approx(
            np.sort(np.tile(first.site_shapes.measure, times)), abs=1e-6
        )
        for name in ("q4", "q6"):
            assert np.sort(again.order[name]) == pytest.approx(
                np.sort(np.tile(first.order[name], times)), abs=1e-6
            )


@pytest.mark.parametrize(
    ("structure", "a", "within", "q4", "q6"),
    [  # Mickel et al. 2013, doi:10.1063/1.4774084
        ("fcc", 4.0, 3.2, 0.1909, 0.5745),
        ("sc", 3.0, 3.5, 0.7638, 0.3536),
        ("bcc", 3.0, 2.8, 0.5092, 0.6285),
    ],
)
def test_order_parameters(structure: str, a: float, within: float, q4: float, q6: float) -> None:
    atoms = bulk("Al", structure, a=a, cubic=True)
    found = coordination(atoms, {"Al-Al": within}, order=[4, 6])
    assert found.order["q4"] == pytest.approx(q4, abs=1e-4)
    assert found.order["q6"] == pytest.approx(q6, abs=1e-4)
    assert found.order_parameters is not None
    assert found.order_parameters[0].means == pytest.approx({"q4": q4, "q6": q6}, abs=1e-4)


def test_a_vacancy_makes_square_pyramids() -> None:
    before = load("mgo").to_atoms().repeat(2)
    after = before.copy()
    del after[int(np.flatnonzero(after.numbers == 8)[0])]
    found = compare(before, after, shapes=True)
    assert "MgO6 octahedra became MgO5 square pyramids (6)." in found.summary
    assert found.shapes is not None
    counts = {(row.polyhedron, row.shape): (row.before, row.after) for row in found.shapes}
    assert counts == {
        ("MgO5", "square pyramid"): (0, 6),
        ("MgO6", "octahedron"): (32, 26),
    }
    assert compare(before, after).shapes is None


def test_shapes_of_cells_that_are_not_paired() -> None:
    found = compare("lib:mgo", load("mgo").to_atoms().repeat((3, 1, 1)), shapes=True)
    assert found.matching.method == "none"
    assert "MgO6 octahedra (4) before, MgO6 octahedra (12) after." in found.summary


def test_no_shape() -> None:
    found = coordination(Atoms("ArO", [[0, 0, 0], [0, 0, 9]]), shapes=True, order=[6])
    assert found.shapes == ()
    assert found.order_parameters == ()
    chain = Atoms("Al", cell=[2.2, 30, 30], pbc=True)
    assert coordination(chain, 9.5, shapes=True).shapes == ()


def test_refusals() -> None:
    with pytest.raises(InvalidInput, match="disordered"):
        coordination("lib:nvp", shapes=True)
    with pytest.raises(InvalidInput, match="1 to 12"):
        coordination("lib:mgo", order=[0])


@pytest.mark.parametrize(
    ("name", "many"),
    [
        ("octahedron", "octahedra"),
        ("square pyramid", "square pyramids"),
        ("bicapped octahedron (opposed cap faces)", "bicapped octahedra (opposed cap faces)"),
    ],
)
def test_plurals(name: str, many: str) -> None:
    assert plural(name) == many
