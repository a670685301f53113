"""Interfaces that symmetry makes equal, found by brute force over all that is varied."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ionsmith.builders.interface._stacking import shift_grid
from ionsmith.screening._candidates import candidates_of
from ionsmith.screening._equivalence import by_cuts
from ionsmith.screening._interface import _frozen, _matches, _setting, interface_of
from ionsmith.screening._job import Job

GAP, REACH = 2.5, 9.0
"""Gap of all interfaces, and distance in Å beyond which pairs of atoms do not count."""

SAME = 1e-6
"""Largest relative difference of equal sums; shifts are rounded to 1e-6 Å."""

CASES = {
    "Ge on Si (001)": ("lib:si", "lib:ge", "(0,0,1)||(0,0,1)", 40, 1.4),
    "Ge on Si (111)": ("lib:si", "lib:ge", "(1,1,1)||(1,1,1)", 30, 1.0),
    "Fe on MgO (001)": ("lib:mgo", "FE", "(0,0,1)||(0,0,1)", 20, 1.0),
    "Fe on MgO (011)": ("lib:mgo", "FE", "(0,1,1)||(0,1,1)", 30, 1.0),
    "NaV2(PO4)3 on NaZr2(PO4)3 (001)": ("lib:nzp", "lib:nvp-na1", "(0,0,1)||(0,0,1)", 80, 4.5),
}


def rigid_energy(options: dict[str, Any]) -> float:
    """A sum over atoms and what is around them that tells any two interfaces apart.

    No symmetry is used, so that only equal interfaces have equal sums.
    """
    from ase.neighborlist import neighbor_list

    atoms = interface_of(**options, gap=GAP).atoms
    first, second, distance, vector = neighbor_list("ijdD", atoms, REACH)
    weight = np.sqrt(atoms.numbers)[second] * (1 - (distance / REACH) ** 2) ** 3
    across = atoms.arrays["side"][first] != atoms.arrays["side"][second]
    density = np.bincount(first, weight * across, len(atoms))
    tensor = np.array(
        [
            [np.bincount(first, weight * vector[:, i] * vector[:, j], len(atoms)) for j in range(3)]
            for i in range(3)
        ]
    )
    # The norm of a tensor does not depend on the axes.
    norm = (tensor**2).sum(axis=(0, 1))
    return float((density**1.5 * atoms.numbers).sum() + 1e-3 * norm @ density)


@pytest.mark.parametrize("case", CASES)
def test_no_interface_is_there_twice_and_none_is_lost(tmp_path: Path, case: str) -> None:
    from ase.build import bulk
    from ase.io import write

    substrate, film, contact, area, grid = CASES[case]
    if film == "FE":
        film = str(tmp_path / "fe.cif")
        write(film, bulk("Fe", cubic=True))
    large = "Zr" in case
    options: dict[str, Any] = {
        **{"substrate": substrate, "film": film, "contact": contact, "max_area": area},
        **{"substrate_thickness": 7, "film_thickness": 7},
    }
    cuts: Any = [1, 5] if large else "all"  # of NASICONs a cut and its mirror image
    words = {
        "match": "all",
        **dict.fromkeys(("substrate_termination", "film_termination"), cuts),
        "shift": f"grid {grid}",
    }
    kept: dict[tuple[int, int, int], list[float]] = {}
    for candidate in candidates_of(Job("interface", options, words), tmp_path)[0]:
        chosen = {**options, **candidate.varied}
        setting = _setting(chosen)
        numbers = [
            side.find(chosen[f"{name}_termination"]).number
            for side, name in zip(setting.sides, ("substrate", "film"), strict=True)
        ]
        kept.setdefault((chosen["match"], *numbers), []).append(rigid_energy(chosen))
    energies = np.sort(np.concatenate(list(kept.values())))
    assert np.diff(energies).min() > SAME * energies.max()
    for match in range(1, _matches(_frozen(options))[1].count + 1):
        setting = _setting({**options, "match": match})
        numbers = [
            cuts if large else [cut.number for cut in side.terminations] for side in setting.sides
        ]
        for below, above, shift in product(*numbers, shift_grid(setting.mesh, grid)):
            chosen = {
                **{**options, "match": match, "shift": shift.tolist()},
                **{"substrate_termination": below, "film_termination": above},
            }
            energy = rigid_energy(chosen)
            if (match, below, above) in kept:
                assert abs(energies - energy).min() < SAME * energy
                continue
            # Equal to another kind at another shift, maybe between those of the grid.
            other, turn, move = next(
                (kind, *found[(below, above), kind[1:]][0])
                for kind in kept
                for found in [by_cuts(setting, _setting({**options, "match": kind[0]}))]
                if ((below, above), kind[1:]) in found
            )
            image = {**chosen, "shift": (turn @ shift + move).tolist()}
            names = ("match", "substrate_termination", "film_termination")
            assert rigid_energy({**image, **dict(zip(names, other, strict=True))}) == pytest.approx(
                energy, rel=SAME
            )


def test_equal_planes_and_mirror_images_of_the_film_are_found(tmp_path: Path) -> None:
    """Cubic crystals have four equal (111) and mirrors: of each kind only the first is kept."""
    options = {
        **{"substrate": "lib:si", "film": "lib:ge", "max_area": 20},
        **{"substrate_thickness": 4, "film_thickness": 4},
    }
    vary = {
        "contact": ["(1,1,1)||(1,1,1)", "(1,1,-1)||(1,1,1)", "(1,1,1)||(-1,1,1)"],
        "mirror_film": [False, True],
        "match": "all",
    }
    found = [
        candidate.varied
        for candidate in candidates_of(Job("interface", options, vary), tmp_path)[0]
    ]
    assert {(chosen["contact"], chosen["mirror_film"]) for chosen in found} == {
        ("(1,1,1)||(1,1,1)", False)
    }
    assert {chosen["match"] for chosen in found} == {1, 2}  # turned by 60° about the normal
