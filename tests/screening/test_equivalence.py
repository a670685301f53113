"""Symmetric duplicates of interfaces: by brute force over everything that can be varied."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from ionsmith.builders.interface._stacking import shift_grid
from ionsmith.screening._candidates import candidates_of
from ionsmith.screening._interface import _frozen, _matches, _setting, interface_of
from ionsmith.screening._job import Job

GAP = 3.0
REACH = 9.0


def rigid_energy(options: dict[str, object]) -> float:
    """A sum over pairs across the contact that tells any two interfaces apart.

    Each pair counts with a weight of both elements and a function of the distance; no symmetry is
    used, so that only equal interfaces have equal sums.
    """
    from ase.neighborlist import neighbor_list

    atoms = interface_of(**options, gap=GAP).atoms  # type: ignore[arg-type]
    first, second, distance = neighbor_list("ijd", atoms, REACH)
    across = atoms.arrays["side"][first] < atoms.arrays["side"][second]
    weight = np.sqrt(atoms.numbers)
    smooth = (1 - (distance / REACH) ** 2) ** 3
    return float((weight[first] * weight[second] ** 1.3 * smooth)[across].sum())


CASES = {
    "Si/Ge (001)": ("lib:si", "lib:ge", "(0,0,1)||(0,0,1)", 40, 2.0),
    "Si/Ge (111)": ("lib:si", "lib:ge", "(1,1,1)||(1,1,1)", 30, 2.0),
    "Fe/MgO (001)": ("lib:mgo", "FE", "(0,0,1)||(0,0,1)", 20, 1.5),
    "Fe/MgO (011)": ("lib:mgo", "FE", "(0,1,1)||(0,1,1)", 30, 2.0),
    "NaV2(PO4)3/NaZr2(PO4)3 (001)": ("lib:nzp", "lib:nvp-na1", "(0,0,1)||(0,0,1)", 80, 4.5),
    "NaV2(PO4)3/NaZr2(PO4)3 (012)": ("lib:nzp", "lib:nvp-na1", "(0,1,2)||(0,1,2)", 90, 4.7),
}


@pytest.mark.parametrize("case", CASES)
def test_no_interface_is_there_twice_and_none_is_lost(tmp_path: Path, case: str) -> None:
    from ase.build import bulk
    from ase.io import write

    substrate, film, contact, area, grid = CASES[case]
    if film == "FE":
        film = str(tmp_path / "fe.cif")
        write(film, bulk("Fe", cubic=True))
    options = {
        **{"substrate": substrate, "film": film, "contact": contact, "max_area": area},
        **{"substrate_thickness": 4, "film_thickness": 4},
    }
    words = {
        **{"match": "all", "substrate_termination": "all", "film_termination": "all"},
        "shift": f"grid {grid}",
    }
    candidates, _ = candidates_of(Job("interface", options, words), tmp_path)
    kept = {}
    for candidate in candidates:
        kept.setdefault(candidate.varied["match"], []).append(
            rigid_energy({**options, **candidate.varied})
        )
    own = np.sort(np.concatenate(list(kept.values())))
    assert np.diff(own).min() > 1e-4
    count = _matches(_frozen(options))[1].count
    for match in range(1, count + 1):
        setting = _setting({**options, "match": match})
        below, above = ([cut.number for cut in side.terminations] for side in setting.sides)
        for one, other, shift in product(below, above, shift_grid(setting.mesh, grid)):
            energy = rigid_energy(
                {
                    **options,
                    **{"match": match, "substrate_termination": one, "film_termination": other},
                    "shift": tuple(shift),
                }
            )
            assert abs(own - energy).min() < 1e-4
