"""Random packings: composition, density, contacts."""

import numpy as np
import pytest
from ase.calculators.lj import LennardJones
from hypothesis import given, settings
from hypothesis import strategies as st

from ionsmith.builders.amorphous import build_packing
from ionsmith.builders.amorphous._packing import interpolated_density
from ionsmith.crystals import load
from ionsmith.errors import IonsmithError, NoMatch


def test_density_of_a_crystal_composition_is_that_of_the_crystal() -> None:
    for name, counts in (("li15si4", {"Li": 15, "Si": 4}), ("nage", {"Na": 1, "Ge": 1})):
        density, source = interpolated_density(counts)
        assert density == pytest.approx(load(name).density, rel=1e-6)
        assert name in source


def test_density_between_crystals_is_between_theirs_by_volume() -> None:
    # Half way in x from LiSi to Li12Si7: the volume per Si is the mean of both crystals'.
    one, other = load("lisi"), load("li12si7")
    volume = (one.volume / 16 + other.volume / 56) / 2
    x = (1 + 12 / 7) / 2
    density, _ = interpolated_density({"Li": 19, "Si": 14})
    assert x == pytest.approx(19 / 14)
    mass = (x * 6.94 + 28.085) * 1.66053906660
    assert density == pytest.approx(mass / volume, rel=1e-4)


def test_beyond_the_richest_crystal_the_metal_is_added() -> None:
    nage, metal = load("nage"), load("na")
    density, source = interpolated_density({"Na": 3, "Ge": 1})
    volume = nage.volume / 16 + 2 * metal.volume / 2
    assert density == pytest.approx((3 * 22.98977 + 72.630) * 1.66053906660 / volume, rel=1e-4)
    assert "the metal" in source


@given(
    x=st.floats(0.2, 4.4),
    pair=st.sampled_from([("Li", "Si"), ("Li", "Ge"), ("Na", "Sn"), ("Na", "Ge"), ("Li", "Sb")]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=6, deadline=None)
def test_packings_keep_composition_density_and_contacts(
    x: float, pair: tuple[str, str], seed: int
) -> None:
    packed = build_packing(f"{pair[0]}{x:.3f}{pair[1]}", 80, seed=seed)
    counts = packed.composition
    assert sum(counts.values()) == len(packed.atoms) == 80
    assert counts[pair[0]] == pytest.approx(80 * x / (1 + x), abs=1)
    wanted, _ = interpolated_density(counts)
    assert packed.density == pytest.approx(wanted, rel=1e-6)
    for contact in packed.contacts:
        assert contact.shortest > 0.8 * contact.diameter


@pytest.mark.parametrize(
    ("formula", "density", "closest"),
    [("CuZr", 7.4, {"Cu-Cu": 2.0, "Cu-Zr": 2.3, "Zr-Zr": 2.6}), ("Fe4B", 7.4, {"Fe-Fe": 2.1}),
     ("UO2", 10.9, {"O-O": 2.1, "O-U": 2.0, "U-U": 3.0}), ("W", 19.0, {"W-W": 2.2})],
)  # fmt: skip
def test_metals_are_packed_at_their_density(
    formula: str, density: float, closest: dict[str, float]
) -> None:
    """Measured densities; covalent radii would fill more than the cell with CuZr and W."""
    packed = build_packing(formula, 120, density=density)
    assert packed.density == pytest.approx(density, rel=1e-6)
    shortest = {contact.pair: contact.shortest for contact in packed.contacts}
    assert all(shortest[pair] > least for pair, least in closest.items())


def test_same_seed_same_bytes() -> None:
    first, second, other = (build_packing("Li2Si", 60, seed=seed) for seed in (1, 1, 2))
    assert first.atoms.positions.tobytes() == second.atoms.positions.tobytes()
    assert not np.allclose(first.atoms.positions, other.atoms.positions)


def test_calculator_relaxes() -> None:
    packed = build_packing(
        "Ar", 32, density=1.7, potential=LennardJones(sigma=3.4, epsilon=0.01, rc=8.0),
        fmax=0.01, steps=300,
    )  # fmt: skip
    assert packed.largest_force is not None
    assert packed.largest_force <= 0.01
    assert packed.potential == "ase.calculators.lj:LennardJones"
    assert packed.atoms.calc is None


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ({"formula": "lisi"}, IonsmithError, "Li15Si4"),
        ({"formula": "Li0Si"}, IonsmithError, "above zero"),
        ({"formula": "FeO"}, NoMatch, "`density`"),
        ({"formula": "LiNaSi"}, NoMatch, "`density`"),
        ({"formula": "Li0.001Si", "n_atoms": 50}, IonsmithError, "leaves no atom of Li"),
        ({"formula": "LiSi", "density": -1.0}, IonsmithError, "above zero"),
        ({"formula": "LiSi", "density": float("nan")}, IonsmithError, "above zero"),
        ({"formula": "LiSi", "n_atoms": 100, "density": 20.0}, IonsmithError, "can be packed"),
        ({"formula": "LiSi", "n_atoms": 2, "density": 90.0}, IonsmithError, "smaller than an atom"),
    ],
)
def test_bad_input(words: dict, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        build_packing(**words)


@pytest.mark.parametrize("formula", ["V24Te8O76", "Fe2Na3P3O11", "LiF"])
def test_anions_of_a_packing_are_no_molecules(formula: str) -> None:
    """O2 has 1.2 Å and peroxides have 1.5 Å; O of oxides are 2.4 Å apart or more."""
    atoms = build_packing(formula, 108, density=2.6, seed=3).atoms
    anions = atoms[[symbol in ("O", "F") for symbol in atoms.symbols]]
    distances = anions.get_all_distances(mic=True)[np.triu_indices(len(anions), 1)]
    assert distances.min() > 2.3


def test_pure_oxygen_is_no_oxide() -> None:
    atoms = build_packing("O", 40, density=1.4).atoms
    distances = atoms.get_all_distances(mic=True)[np.triu_indices(40, 1)]
    assert distances.min() < 2.0
