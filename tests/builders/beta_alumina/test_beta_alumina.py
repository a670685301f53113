"""Na β''-alumina in all its variants."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.builders.beta_alumina import build_beta_alumina
from ionsmith.builders.beta_alumina._crystal import ORDERED_CELLS
from ionsmith.errors import CompositionNotPossible, InvalidChoice, IonsmithError
from ionsmith.layers.anatomy import find_anatomy


@pytest.mark.parametrize(
    ("stabilizer", "composition"),
    [
        # Na1.67Mg0.67Al10.33O17 (Bettman and Peters 1969), Z = 3
        ("Mg", {"Al": 31, "Mg": 2, "Na": 5, "O": 51}),
        # Na1.67Li0.33Al10.67O17
        ("Li", {"Al": 32, "Li": 1, "Na": 5, "O": 51}),
        # NaAl11O17
        ("none", {"Al": 33, "Na": 3, "O": 51}),
    ],
)
def test_composition_and_charge(stabilizer: str, composition: dict[str, int]) -> None:
    model = build_beta_alumina(stabilizer=stabilizer)  # type: ignore[arg-type]
    assert model.composition == composition
    assert model.charge == 0
    assert model.anatomy.n_planes == 3


def test_density_of_the_published_composition() -> None:
    # 3.27 g/cm3 follows from the published cell and composition (Bettman and Peters 1969).
    atoms = build_beta_alumina().atoms
    density = atoms.get_masses().sum() / atoms.get_volume() * 1.66053906660
    assert density == pytest.approx(3.27, abs=0.03)


@pytest.mark.parametrize("stabilizer", ["Mg", "Li"])
def test_stabiliser_sits_inside_the_blocks(stabilizer: str) -> None:
    model = build_beta_alumina((2, 2, 1), stabilizer=stabilizer)  # type: ignore[arg-type]
    where = np.array(model.atoms.get_chemical_symbols()) == stabilizer
    assert (model.anatomy.spinel_block[where] > 0).all()
    assert (model.anatomy.facing[where] == 0).all()


@settings(deadline=None, max_examples=8)
@given(
    supercell=st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(1, 2)),
    stabilizer=st.sampled_from(["Mg", "Li", "none"]),
    ordering=st.sampled_from(["electrostatic", "random"]),
    seed=st.integers(0, 5),
)
def test_any_supercell(
    supercell: tuple[int, int, int], stabilizer: str, ordering: str, seed: int
) -> None:
    model = build_beta_alumina(
        supercell,
        stabilizer=stabilizer,  # type: ignore[arg-type]
        ordering=ordering,  # type: ignore[arg-type]
        seed=seed,
    )
    cells = int(np.prod(supercell))
    assert model.charge == 0
    assert model.composition["O"] == 51 * cells
    found = find_anatomy(model.atoms)
    np.testing.assert_array_equal(found.spinel_block, model.atoms.arrays["spinel_block"])
    np.testing.assert_array_equal(found.conduction_plane, model.atoms.arrays["conduction_plane"])
    assert found.n_planes == 3 * supercell[2]
    assert found.basal_cells == supercell[0] * supercell[1]
    again = build_beta_alumina(
        supercell,
        stabilizer=stabilizer,  # type: ignore[arg-type]
        ordering=ordering,  # type: ignore[arg-type]
        seed=seed,
    )
    np.testing.assert_array_equal(again.atoms.positions, model.atoms.positions)
    np.testing.assert_array_equal(again.atoms.numbers, model.atoms.numbers)


def test_sodium_content_leaves_its_charge() -> None:
    model = build_beta_alumina(sodium=1.0)
    assert model.composition["Na"] == 3
    assert model.charge == -2


def test_large_supercell_repeats_an_ordered_block() -> None:
    model = build_beta_alumina((8, 8, 2))
    block = model.ordered_block
    assert np.prod(block) <= ORDERED_CELLS
    assert all(whole % part == 0 for whole, part in zip((8, 8, 2), block, strict=True))
    assert model.charge == 0
    assert len(set(model.atoms.arrays["atom_id"])) == len(model.atoms) == 89 * 128


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"supercell": (0, 1, 1)}, IonsmithError, "must be three positive integers"),
        ({"supercell": (1, -2, 1)}, IonsmithError, "positive integers, not 1 -2 1"),
        ({"sodium": 2.5}, CompositionNotPossible, "only 2 sites"),
        ({"sodium": -1.0}, CompositionNotPossible, "only 2 sites"),
        ({"sodium": 1.5}, CompositionNotPossible, "take a multiple of 2 cells"),
        ({"stabilizer_content": 0.1}, CompositionNotPossible, "multiple of 10 cells"),
        ({"stabilizer": "Ca"}, InvalidChoice, "`stabilizer` is 'Ca'"),
        (
            {"stabilizer": "none", "stabilizer_content": 0.5},
            CompositionNotPossible,
            "needs a stabiliser",
        ),
    ],
)
def test_refuses(options: dict, error: type[IonsmithError], reason: str) -> None:
    with pytest.raises(error, match=reason) as caught:
        build_beta_alumina(**options)
    assert "\n" not in str(caught.value)


IONS = {
    # c of exchanged β-alumina, with Na 22.530 Å, for two planes: Y.-F. Y. Yao and
    # J. T. Kummer (1967), doi:10.1016/0022-1902(67)80301-4, recalled
    "Li": 22.642, "K": 22.729, "Rb": 22.877, "Ag": 22.498, "Tl": 22.883,
}  # fmt: skip


@pytest.mark.parametrize("ion", IONS)
def test_exchanged_ion(ion: str) -> None:
    sodium, model = build_beta_alumina(), build_beta_alumina(ion=ion)  # type: ignore[arg-type]
    assert model.composition == {
        ion if element == "Na" else element: n for element, n in sodium.composition.items()
    }
    if ion != "Tl":  # Tl+ or Tl3+
        assert model.charge == 0
    step = (IONS[ion] - 22.530) / 2
    assert model.cellpar[2] == pytest.approx(33.85 + 3 * step, abs=1e-6)
    assert model.oxygen_gap == pytest.approx(sodium.oxygen_gap + step, abs=1e-6)
    # The blocks are rigid, and ions and bridging O stay in the middle of the planes.
    for block in (1, 2, 3):
        members = model.anatomy.spinel_block == block
        pairs = np.ix_(members, members)
        now, before = (one.atoms.get_all_distances(mic=True)[pairs] for one in (model, sodium))
        assert now == pytest.approx(before, abs=1e-6)
    bridges = model.anatomy.bridging
    bonds = [
        np.sort(one.atoms.get_all_distances(mic=True)[bridges], axis=1)[:, 1:3]
        for one in (model, sodium)
    ]
    assert bonds[0] == pytest.approx(bonds[1] + step / 2, abs=1e-6)
    assert "Yao and Kummer" in model.notes[0]
    cited = [source.get("doi") for source in model.atoms.info["ionsmith"]["sources"]]
    assert "10.1016/0022-1902(67)80301-4" in cited
    assert find_anatomy(model.atoms).stacking == sodium.stacking


def test_given_cell() -> None:
    model = build_beta_alumina((2, 1, 1), ion="K", cell=(5.63, 34.1))
    a, b, c, *angles = model.cellpar
    assert (a, b, c) == pytest.approx((2 * 5.63, 5.63, 34.1))
    assert angles == pytest.approx([90, 90, 120])
    gap = build_beta_alumina().oxygen_gap[0]
    assert model.oxygen_gap == pytest.approx(gap + (34.1 - 33.85) / 3, abs=1e-6)
    for cell, name in (((5.0, 34.0), "a = 5"), ((5.6, 3.4), "c = 3.4")):
        with pytest.raises(CompositionNotPossible, match=name):
            build_beta_alumina(cell=cell)
    with pytest.raises(InvalidChoice, match="ion"):
        build_beta_alumina(ion="Fe")  # type: ignore[arg-type]


def test_lithium_on_both_kinds_of_sites() -> None:
    model = build_beta_alumina(stabilizer="Li", ion="Li")
    assert model.composition == {"Al": 32, "Li": 6, "O": 51}
    assert model.charge == 0
    assert sorted(np.unique(model.anatomy.spinel_block[model.atoms.symbols == "Li"]))[0] == 0
