"""Stability of phases against a linear programme, and voltages against their definition."""

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from ionsmith import provenance
from ionsmith.analyzers.stability import phase_stability
from ionsmith.errors import InvalidInput


def phase(formula: str, energy: float, method: str | None = None) -> Atoms:
    """A structure of some formula with an energy in eV."""
    atoms = Atoms(formula)
    atoms.positions = 3.0 * np.arange(3 * len(atoms)).reshape(-1, 3)
    atoms.set_cell(np.eye(3) * 50)
    atoms.pbc = True
    atoms.calc = SinglePointCalculator(atoms, energy=energy)
    if method is not None:
        provenance.record_energy(atoms, energy, method)
    return atoms


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.booleans())
def test_energy_above_hull(seed: int, n_elements: int, pure: bool) -> None:
    """The cheapest mixture of the given phases, found by a linear programme."""
    random = np.random.default_rng(seed)
    elements = ["Na", "V", "P", "O"][:n_elements]
    formulas = elements[:] if pure else []
    for _ in range(6):
        counts = random.integers(0, 4, n_elements)
        counts[0] += not counts.any()
        formulas.append("".join(f"{e}{n}" for e, n in zip(elements, counts, strict=True) if n))
    phases = [phase(f, random.normal() * sum(Counter(Atoms(f).symbols).values())) for f in formulas]
    found = phase_stability(phases).phases
    amounts = np.array([[list(p.symbols).count(e) for p in phases] for e in elements])
    energies = np.array([p.get_potential_energy() for p in phases])
    for one, atoms in zip(found, phases, strict=True):
        target = [list(atoms.symbols).count(e) for e in elements]
        best = linprog(energies, A_eq=amounts, b_eq=target)
        above = (atoms.get_potential_energy() - best.fun) / len(atoms)
        assert one.above_hull == pytest.approx(above, abs=1e-6)
        assert one.stable == (above < 1e-6)
        if not one.stable:
            assert sum(share.fraction for share in one.decomposition) == pytest.approx(1)


def test_voltages_of_a_host() -> None:
    """V = -(E2 - E1 - dx E_metal) / dx; what lies above the line of its neighbours has no step."""
    phases = [
        phase("Na", -1.3),
        phase("NaV2P3O12", -100.0),
        phase("Na2V2P3O12", -103.0),
        phase("Na6V4P6O24", -219.4),
        phase("Na4V2P3O12", -112.7),
        phase("V2O3", -40.0),
    ]
    found = phase_stability(phases, ion="Na")
    (host,) = found.electrodes
    assert host.unstable == (found.phases[2].phase,)
    assert [(step.x_start, step.x_end) for step in host.steps] == [(1, 3), (3, 4)]
    assert [step.voltage for step in host.steps] == pytest.approx(
        [(109.7 - 100 - 2.6) / 2, 112.7 - 109.7 - 1.3]
    )
    assert host.average_voltage == pytest.approx((112.7 - 100 - 3 * 1.3) / 3)
    # Three electrons for one Na4V2(PO4)3 of 479.75 g/mol: 3 * 26801.5 mAh/mol.
    mass = 4 * 22.98977 + 2 * 50.9415 + 3 * 30.973762 + 12 * 15.999
    assert host.capacity == pytest.approx(3 * 26801.48 / mass, rel=1e-4)


def test_what_cannot_be_compared() -> None:
    with pytest.raises(InvalidInput, match="at least two"):
        phase_stability([phase("Na", -1)])
    with pytest.raises(InvalidInput, match="has no energy"):
        phase_stability([Atoms("Na", cell=[4] * 3, pbc=True), phase("Na", -1)])
    with pytest.raises(InvalidInput, match="energies of different methods"):
        phase_stability([phase("Na", -1, "PBE"), phase("NaCl", -6, "r2SCAN")])
    with pytest.raises(InvalidInput, match="no energy of Na metal"):
        phase_stability([phase("FePO4", -40), phase("NaFePO4", -45)], ion="Na")
    with pytest.raises(InvalidInput, match="differ by their Na alone"):
        phase_stability([phase("FePO4", -40), phase("Na", -1)], ion="Na")
    with pytest.raises(InvalidInput, match="an element was expected"):
        phase_stability([phase("FePO4", -40), phase("Na", -1)], ion="sodium")
    with pytest.raises(InvalidInput, match="is nan"):
        phase_stability([phase("FePO4", np.nan), phase("Na", -1)])
