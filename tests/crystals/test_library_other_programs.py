"""The library's CIFs, read by ASE and pymatgen."""

import warnings

import ase.io
import numpy as np
import pytest
from numpy.typing import NDArray
from pymatgen.io.cif import CifParser

from ionsmith.crystals import Crystal, load, names
from ionsmith.crystals.library import folder

CRYSTALS = [name for name in names() if load(name).has_coordinates]


def farthest_partner(
    crystal: Crystal, first: NDArray[np.float64], second: NDArray[np.float64]
) -> float:
    """Largest distance in Å from any position of one set to the nearest one of the other."""
    delta = first[:, None] - second[None]
    apart = np.linalg.norm((delta - np.round(delta)) @ crystal.cell, axis=-1)
    return float(max(apart.min(axis=0).max(), apart.min(axis=1).max()))


@pytest.mark.parametrize("name", CRYSTALS)
def test_pymatgen_reads_the_same_crystal(name: str) -> None:
    crystal = load(name)
    with warnings.catch_warnings():
        # pymatgen tells each time that it takes 0.33333333 for 1/3
        warnings.filterwarnings("ignore", message="Issues encountered while parsing CIF")
        parser = CifParser(folder() / f"{name}.cif", occupancy_tolerance=1.0001)
        structure = parser.parse_structures(primitive=False)[0]
    found = structure.composition.get_el_amt_dict()
    assert found == pytest.approx(crystal.composition(), rel=1e-6)
    assert structure.density == pytest.approx(crystal.density, rel=2e-4)
    if crystal.charge is not None:
        assert structure.charge == pytest.approx(crystal.charge, abs=1e-4)
    expanded = crystal.expand()
    assert len(structure) == len(expanded.positions)
    for index, site in enumerate(crystal.sites):
        own = [
            s.frac_coords
            for s in structure
            if s.species.get_el_amt_dict().keys() == site.occupancy.keys()
        ]
        delta = expanded.positions[expanded.site_index == index][:, None] - np.array(own)[None]
        apart = np.linalg.norm((delta - np.round(delta)) @ crystal.cell, axis=-1)
        assert apart.min(axis=1).max() < 1e-4


@pytest.mark.parametrize("name", [name for name in CRYSTALS if load(name).is_ordered])
def test_ase_reads_the_same_crystal(name: str) -> None:
    crystal = load(name)
    ours, theirs = crystal.to_atoms(), ase.io.read(folder() / f"{name}.cif")
    assert theirs.cell.cellpar() == pytest.approx(crystal.cellpar)
    assert sorted(theirs.symbols) == sorted(ours.symbols)
    for element in crystal.composition():
        first, second = (a.get_scaled_positions()[a.symbols == element] for a in (ours, theirs))
        assert farthest_partner(crystal, first, second) < 1e-4
