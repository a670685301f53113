"""Provenance is plain, grows step by step, and comes back from extended XYZ unharmed."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import read, write
from hypothesis import given
from hypothesis import strategies as st

from ionsmith import __version__, build_beta_alumina, close_planes, provenance

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(parameters=st.dictionaries(st.text(max_size=8), json_values, max_size=3))
def test_any_parameters_survive_extended_xyz(
    tmp_path_factory: object, parameters: dict[str, object]
) -> None:
    path = Path(tmp_path_factory.mktemp("xyz")) / "a.extxyz"  # type: ignore[attr-defined]
    atoms = bulk("Si")
    provenance.record(atoms, "build", parameters, [{"citation": 'J. "Q" Müller – β\\x'}])
    write(path, atoms)
    assert read(path).info["ionsmith"] == atoms.info["ionsmith"]


def test_steps_and_sources_add_up() -> None:
    atoms = bulk("Si")
    source = {"phase": "si", "doi": "10.1"}
    provenance.record(atoms, "one", {"a": 1}, [source])
    provenance.record(atoms, "two", {}, [source, {"phase": "ge"}])
    found = provenance.of(atoms)
    assert [step["step"] for step in found["steps"]] == ["one", "two"]
    assert [entry["phase"] for entry in found["sources"]] == ["si", "ge"]
    assert found["ionsmith"] == __version__


def test_lineage() -> None:
    atoms = bulk("Si", cubic=True)
    provenance.start_lineage(atoms)
    assert provenance.same_lineage(atoms, atoms[2:])
    other = atoms.copy()
    other.positions[0] += 0.1
    provenance.start_lineage(other)
    assert not provenance.same_lineage(atoms, other)
    assert not provenance.same_lineage(bulk("Si"), bulk("Si"))


def test_numpy_values_are_recorded_as_plain_ones() -> None:
    closed = [
        close_planes(build_beta_alumina().atoms, planes, seed=seed).atoms
        for planes, seed in (([1], 1), (np.array([1]), np.int64(1)))
    ]
    assert provenance.of(closed[0]) == provenance.of(closed[1])


def test_what_no_file_holds_is_refused() -> None:
    atoms = Atoms("H")
    with pytest.raises(TypeError, match="cannot hold a set"):
        provenance.record(atoms, "step", {"given": {1, 2}})
    assert not atoms.info
