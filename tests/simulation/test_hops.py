"""Barriers of hops against saddles that symmetry gives, and how runs continue."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms

from ionsmith.analyzers.migration import Hop
from ionsmith.errors import InvalidInput, NotConverged
from ionsmith.simulation.hops import HopBarrier, hop_barrier
from ionsmith.simulation.hops._hop import _first_end
from ionsmith.simulation.relaxing import relax

EDGE = 3.6
CELLS = (3, 3, 3)
STEP = Hop("a", "b", 6, EDGE / 2**0.5, 0.0, ((0, 0, 0), (0.5, 0, 0), (1, 0, 0)))
"""From an atom of a primitive cell of Cu to its neighbour."""


def copper() -> Atoms:
    return bulk("Cu", a=EDGE)


def vacancy_barrier() -> float:
    """Energy of the saddle of a vacancy in Cu: by symmetry half-way, where one atom is held."""
    model = copper().repeat(CELLS)
    place, way = model.positions[0].copy(), copper().cell.array[0]
    neighbour = int(np.argmin(np.linalg.norm(model.positions - place - way, axis=1)))
    start = model.copy()
    del start[neighbour]
    saddle = start.copy()
    saddle.positions[0] += way / 2
    saddle.set_constraint(FixAtoms([0]))
    return (
        relax(saddle, EMT(), fmax=0.01).energy_after - relax(start, EMT(), fmax=0.01).energy_after
    )


def barrier(folder: Path, cells: tuple[int, int, int] = (2, 2, 2), **options: Any) -> HopBarrier:
    given = {"images": 3, "fmax": 0.05, **options}
    return hop_barrier(copper(), STEP, EMT(), folder, ion="Cu", supercell=cells, **given)


def test_vacancy_in_copper(tmp_path: Path) -> None:
    result = barrier(tmp_path, CELLS, fmax=0.02)
    assert result.converged
    assert result.mechanism == "vacancy"
    assert result.barrier == pytest.approx(vacancy_barrier(), abs=2e-3)
    assert result.reverse == pytest.approx(result.barrier, abs=1e-3)
    assert result.energies[0] == 0
    assert result.energies == pytest.approx(result.energies[::-1], abs=0.01)
    assert result.distances[-1] == pytest.approx(result.length, rel=0.01)
    assert "one ion too few" in result.notes[0]
    assert "vacancy" in result.table()
    assert result.plot().get_ylabel() == "energy (eV)"


def test_interrupted_run_continues(tmp_path: Path) -> None:
    whole = barrier(tmp_path / "whole")
    seen: list[tuple[str, int]] = []

    def stop(part: str, step: int, energy: float, force: float) -> None:
        seen.append((part, step))
        if part == "band" and step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        barrier(tmp_path / "stopped", progress=stop)
    del seen[:]
    again = barrier(tmp_path / "stopped", progress=lambda part, step, *_: seen.append((part, step)))
    # Both ends are kept, and the band goes on from a late step.
    assert {part for part, _ in seen} == {"band"}
    assert seen[0][1] >= 1
    assert again.energies == pytest.approx(whole.energies, abs=1e-6)
    finished = barrier(tmp_path / "stopped", progress=lambda *_: pytest.fail("nothing is repeated"))
    assert finished.energies == pytest.approx(again.energies, abs=1e-12)


def test_too_few_steps(tmp_path: Path) -> None:
    with pytest.raises(NotConverged, match="more `steps`"):
        barrier(tmp_path, CELLS, fmax=1e-3, steps=0)
    result = barrier(tmp_path / "band", steps=2)
    assert not result.converged
    assert barrier(tmp_path / "band").converged


def test_another_hop_in_the_same_folder(tmp_path: Path) -> None:
    barrier(tmp_path)
    with pytest.raises(InvalidInput, match="other settings"):
        barrier(tmp_path, images=5)


def test_to_its_own_image(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="larger `supercell`"):
        barrier(tmp_path, (1, 1, 1))


SALT = Atoms("NaNaCl", [[0, 0, 0], [5, 0, 0], [2.5, 2.5, 2.5]], cell=[10, 5, 5], pbc=True)


@pytest.mark.parametrize(
    ("ends", "mechanism", "sodium"),
    [
        ((0.0, 0.25), "to an empty site", 2),
        ((0.25, 0.0), "to an empty site", 2),
        ((0.0, 0.5), "vacancy", 1),
        ((0.25, 0.75), "interstitial", 3),
    ],
)
def test_what_moves(ends: tuple[float, float], mechanism: str, sodium: int) -> None:
    hop = Hop("a", "b", 1, 2.5, 0.5, tuple((x, 0.0, 0.0) for x in ends))
    model, moving, way, found = _first_end(SALT, hop, "Na", (1, 1, 1))
    assert found == mechanism
    assert (model.symbols == "Na").sum() == sodium
    assert model.symbols[moving] == "Na"
    # The ion starts on its site, in the cell of the way.
    assert model.positions[moving] == pytest.approx(way[0])


def test_ion_in_another_cell() -> None:
    hop = Hop("a", "b", 1, 2.5, 0.5, ((1.0, 0.0, 0.0), (1.25, 0.0, 0.0)))
    model, moving, way, _ = _first_end(SALT, hop, "Na", (1, 1, 1))
    assert way[0] == pytest.approx([10, 0, 0])
    assert model.positions[moving] == pytest.approx([10, 0, 0])
