"""Coordination of disordered crystals: against random fillings, ordered limits, exclusions."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from command import run_command as run
from ionsmith.analyzers.coordination import Coordination, WeightedCoordination, coordination
from ionsmith.bonding.bonds import find_bonds
from ionsmith.crystals import Crystal, load
from ionsmith.errors import InvalidCriterion, InvalidInput

ALLOY = load("si").with_occupancy(load("si").sites[0].label, {"Si": 0.25, "Ge": 0.75})
METAL = load("na").with_occupancy(load("na").sites[0].label, {"Na": 0.5, "K": 0.5})


def weighted(crystal: object, **options: object) -> WeightedCoordination:
    result = coordination(crystal, **options)  # type: ignore[call-overload]
    assert isinstance(result, WeightedCoordination)
    return result


def filled(crystal: Crystal, rng: np.random.Generator) -> tuple[Atoms, np.ndarray]:
    """Each position of a supercell at random by its occupancies, and the site of each atom."""
    positions = crystal.expand().positions
    shape = Atoms(np.ones(len(positions)), scaled_positions=positions, cell=crystal.cell, pbc=True)
    repeats = np.maximum(1, np.ceil(12 / shape.cell.lengths())).astype(int)
    large = shape.repeat(repeats)
    owner = np.tile(crystal.expand().site_index, int(np.prod(repeats)))
    chosen = []
    for site in owner:
        elements, shares = zip(*crystal.sites[site].occupancy.items(), strict=True)
        vacancy = max(0.0, 1 - sum(shares))
        chosen.append(
            rng.choice([*elements, "X"], p=np.array([*shares, vacancy]) / sum([*shares, vacancy]))
        )
    large.symbols = chosen
    kept = np.flatnonzero(large.numbers)
    return large[kept], owner[kept]


@pytest.mark.parametrize(
    "crystal",
    [load("nvp"), load("mgal2o4"), load("beta2-alumina"), ALLOY, METAL],
    ids=["nvp", "spinel", "beta-alumina", "alloy", "metal"],
)
def test_agrees_with_random_fillings(crystal: Crystal) -> None:
    """The mean over all atoms of many fillings, within four standard errors."""
    rng = np.random.default_rng(1)
    numbers: dict[tuple[int, str], list[float]] = defaultdict(list)
    lengths: dict[tuple[int, str], list[float]] = defaultdict(list)
    for _ in range(12):
        atoms, owner = filled(crystal, rng)
        bonds = find_bonds(atoms)
        count = np.bincount(bonds.first, minlength=len(atoms))
        total = np.bincount(bonds.first, bonds.distances, minlength=len(atoms))
        for site in set(owner.tolist()):
            for element in set(np.array(atoms.symbols)[owner == site].tolist()):
                which = (owner == site) & (np.array(atoms.symbols) == element)
                numbers[site, element].append(float(count[which].mean()))
                lengths[site, element].append(float(total[which].sum() / count[which].sum()))
    labels = [site.label for site in crystal.sites]
    for row in weighted(crystal).sites:
        key = labels.index(row.label), row.element
        for found, expected in (
            (numbers[key], row.coordination_number),
            (lengths[key], row.mean_length),
        ):
            error = np.std(found) / np.sqrt(len(found))
            assert np.mean(found) == pytest.approx(expected, abs=4 * error + 1e-3)


def test_each_position_counts_by_its_occupancy() -> None:
    """Half the oxygen of corundum: half the neighbours of Al, at the same lengths."""
    whole, half = load("al2o3"), load("al2o3").with_occupancy("O1", {"O": 0.5})
    ordered = coordination(whole.to_atoms())
    row = next(row for row in weighted(half).sites if row.element == "Al")
    assert row.coordination_number == pytest.approx(3.0)
    assert row.neighbours == {"O": pytest.approx(3.0)}
    assert row.mean_length == pytest.approx(ordered.mean_length[0])
    assert row.spread == pytest.approx(ordered.spread[0])
    assert weighted(half).elements == {"Al": pytest.approx(3.0), "O": pytest.approx(4.0)}


def test_full_occupancy_is_the_ordered_crystal() -> None:
    full = load("al2o3").with_occupancy("O1", {"O": 1.0})
    result, ordered = coordination(full), coordination(load("al2o3").to_atoms())
    assert isinstance(result, Coordination)
    np.testing.assert_array_equal(result.coordination_numbers, ordered.coordination_numbers)
    np.testing.assert_array_equal(result.mean_length, ordered.mean_length)


def test_almost_full_occupancy_is_almost_the_ordered_crystal() -> None:
    almost = load("lifepo4")
    for site in almost.sites:
        (element,) = site.occupancy
        almost = almost.with_occupancy(site.label, {element: 1 - 1e-5})
    ordered = coordination(load("lifepo4").to_atoms())
    labels = ordered.labels.tolist()
    for row in weighted(almost).sites:
        at = labels.index(row.label)
        assert row.coordination_number == pytest.approx(ordered.coordination_numbers[at], rel=1e-4)
        assert row.mean_length == pytest.approx(ordered.mean_length[at], rel=1e-6)


def test_positions_too_close_to_the_centre_do_not_count() -> None:
    """Na2 and Na3 of NASICON are 0.9 to 2.1 Å apart; 2.32 Å is the contact limit of Na–Na."""
    rows = {row.label: row for row in weighted("lib:nzsp", criterion={"Na-Na": 2.3}).sites}
    assert rows["Na3"].coordination_number == 0
    assert rows["Na3"].shortest is None
    wider = {row.label: row for row in weighted("lib:nzsp", criterion={"Na-Na": 3.6}).sites}
    assert wider["Na3"].coordination_number > 0
    assert wider["Na3"].shortest is not None
    assert wider["Na3"].shortest > 2.32


def test_pymatgen_and_cif_give_the_same(tmp_path: Path) -> None:
    from pymatgen.core import Lattice, Structure

    structure = Structure(
        Lattice.cubic(5.64), [{"Na": 0.5, "K": 0.25}, {"Cl": 1}], [[0, 0, 0], [0.5, 0.5, 0.5]]
    )
    structure = Structure.from_spacegroup(
        "Fm-3m", structure.lattice, [site.species for site in structure], structure.frac_coords
    )
    path = tmp_path / "salt.cif"
    structure.to(str(path))
    for source in (structure, path):
        assert weighted(source).elements == {
            "Cl": pytest.approx(4.5),
            "K": pytest.approx(6.0),
            "Na": pytest.approx(6.0),
        }


def test_what_needs_an_ordered_crystal_is_refused() -> None:
    with pytest.raises(InvalidCriterion, match="needs an ordered crystal"):
        coordination("lib:nvp", "crystalnn")
    with pytest.raises(InvalidInput, match="valence sums need an ordered crystal"):
        coordination("lib:nvp", oxidation_states={"V": 3})


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "analyze", "coordination", "lib:nvp")
    assert code == 0
    assert out.startswith(
        "Coordination of nvp, disordered: expected numbers, weighted by occupancy"
    )
    assert run(capsys, "analyze", "coordination", "lib:nvp", "--criterion", "crystalnn")[0] == 2
