"""Hypothesis strategies, and the models that several tests start from."""

from functools import cache

import numpy as np
from ase import Atoms
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ionsmith.crystals import load


@cache
def _full_beta_alumina() -> Atoms:
    crystal = load("beta2-alumina").with_occupancy("Al2", {"Al": 1.0}, {"Al": 3.0})
    return crystal.with_occupancy("Na1", {"Na": 1.0}, {"Na": 1.0}).to_atoms()


def full_beta_alumina() -> Atoms:
    """Hexagonal cell of β''-alumina with every Na site filled and no stabiliser: 90 atoms."""
    return _full_beta_alumina().copy()


supercells = st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 2))


@st.composite
def closures(draw: st.DrawFn) -> tuple[tuple[int, int, int], list[int], list[int]]:
    """A supercell up to 4×4×2, a non-empty subset of its planes, a route for each."""
    supercell = draw(supercells)
    numbers = st.integers(1, 3 * supercell[2])
    planes = draw(st.lists(numbers, min_size=1, unique=True))
    routes = draw(st.lists(st.integers(1, 3), min_size=len(planes), max_size=len(planes)))
    return supercell, planes, routes


@st.composite
def disguises(draw: st.DrawFn) -> "Disguise":
    """A rotation, a translation, an atom order and another choice of the same lattice."""
    seed = draw(st.integers(0, 2**32 - 1))
    return Disguise(seed)


class Disguise:
    """The same crystal as another program might have written it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __repr__(self) -> str:
        return f"Disguise({self.seed})"

    def apply(self, atoms: Atoms, *, recell: bool = True) -> tuple[Atoms, np.ndarray]:
        """Return the disguised copy and, for each of its atoms, the index of the original."""
        generator = np.random.default_rng(self.seed)
        order = generator.permutation(len(atoms))
        copy = atoms[order]
        copy.positions += generator.uniform(-30, 30, 3)
        turn = Rotation.random(rng=generator).as_matrix()
        copy.set_cell(copy.cell.array @ turn.T)
        copy.positions = copy.positions @ turn.T
        if recell:
            unimodular = np.eye(3, dtype=int)
            for _ in range(2):
                i, j = generator.choice(3, 2, replace=False)
                step = np.eye(3, dtype=int)
                step[i, j] = generator.choice([-1, 1])
                unimodular = step @ unimodular
            copy.set_cell(unimodular @ copy.cell.array)
        if generator.random() < 0.5:
            copy.wrap()
        return copy, order
