"""Parts of composite models are reported apart."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from ionsmith.analyzers.coordination import compare, coordination
from ionsmith.crystals.charges import formal_charges
from ionsmith.page._parts import facts


def two_parts() -> Atoms:
    """Rock salt beside silicon, far apart in one cell."""
    salt, silicon = bulk("NaCl", "rocksalt", a=5.64, cubic=True), bulk("Si", cubic=True)
    silicon.positions += [0, 0, 20.0]
    model = salt.repeat((2, 2, 2)) + silicon.repeat((2, 2, 2))
    model.set_cell([30.0, 30.0, 50.0])
    model.pbc = True
    model.set_array("part", np.array(["grain one"] * 64 + ["my host"] * 64))
    return model


def test_coordination_by_part() -> None:
    model = two_parts()
    found = coordination(model)
    rows = found.part_environments
    assert rows is not None
    counted = {name: sum(row.sites for row in rows if row.part == name) for name in
               ("grain one", "my host")}  # fmt: skip
    assert counted == {"grain one": 64, "my host": 64}
    assert {row.element for row in rows if row.part == "my host"} == {"Si"}
    # Alone, each part has the same rows.
    alone = coordination(model[:64]).environments
    for one, other in zip([r for r in rows if r.part == "grain one"], alone, strict=True):
        assert (one.element, one.environment, one.sites) == (
            other.element, other.environment, other.sites,
        )  # fmt: skip
    assert "By part" in found.table()
    del model.arrays["part"]
    assert coordination(model).part_environments is None


def test_changes_by_part() -> None:
    before = two_parts()
    after = before.copy()
    after.positions[0] += [0.0, 0.0, -9.0]
    after = after[np.arange(len(after)) != 127]
    found = compare(before, after)
    assert found.parts is not None
    parts = {row.part: row for row in found.parts}
    assert (parts["grain one"].before, parts["grain one"].after) == (64, 64)
    assert (parts["my host"].before, parts["my host"].after) == (64, 63)
    total = sum(row.changed or 0 for row in found.parts)
    assert total == len(found.changed_atoms) > 0
    assert compare(before[:8], before[:8]).parts is not None


def test_charges_and_page_by_part() -> None:
    model = two_parts()
    charges, _ = formal_charges(model[:64])
    assert charges is not None
    assert charges.sum() == pytest.approx(0)
    assert "64 grain one" in facts(model)
    assert "64 my host" in facts(model)
