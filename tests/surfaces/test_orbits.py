"""Orbits of supercells under the operations of a mesh, against all images of all of them."""

from collections import Counter

import numpy as np
import pytest

from ionsmith.crystals import load
from ionsmith.surfaces.coincidence._orbits import orbits
from ionsmith.surfaces.plane_mesh import PlaneMesh, facets, plane_meshes

LARGEST = 17

Form = tuple[int, int, int]


def form_of(rows: np.ndarray) -> Form:
    """Hermite normal form of rows, by the vectors of their lattice that it must hold."""
    number = int(abs(round(np.linalg.det(rows))))
    span = np.stack(np.meshgrid(*[np.arange(number)] * 2), axis=-1).reshape(-1, 2)
    points = {tuple(point) for point in (span @ rows % number).tolist()}
    a = min(x for x, _ in points | {(number, 0)} if x > 0)
    d = min(y for x, y in points | {(0, number)} if x == 0 and y > 0)
    return a, min(y for x, y in points | {(number, 0)} if x % number == a % number) % d, d


def operations(mesh: PlaneMesh, *, turned: bool) -> list[tuple[np.ndarray, bool]]:
    kept = np.ones(len(mesh.members), dtype=bool) if turned else ~mesh.turning
    return list(zip(mesh.operations[kept], mesh.improper[kept].tolist(), strict=True))


def matrix(form: Form) -> np.ndarray:
    a, b, d = form
    return np.array([[a, b], [0, d]])


@pytest.mark.parametrize("name", ["si", "al2o3", "nvp", "nah2po4"])
@pytest.mark.parametrize("turned", [False, True])
def test_one_form_of_each_orbit(name: str, turned: bool) -> None:
    crystal = load(name).lattice
    every = {
        (a, b, n // a)
        for n in range(1, LARGEST + 1)
        for a in range(1, n + 1)
        if n % a == 0
        for b in range(n // a)
    }
    known = set()
    for mesh in plane_meshes(crystal, facets(crystal.symmetry, 1)):
        if (mesh.action, turned) in known:
            continue
        known.add((mesh.action, turned))
        table = orbits((mesh.action, turned), LARGEST, 1)
        end, fixed = table.ends[:, LARGEST]
        listed = {
            (a, b, d): (level, amount)
            for a, b, d, level, amount, _ in table.forms[:, :end].T.tolist()
        }
        acting = operations(mesh, turned=turned)
        for hands, least in (([False], 1), ([False, True], 2)):
            left = set(every)
            while left:
                form = min(left)
                orbit = {form_of(matrix(form) @ w) for w, improper in acting if improper in hands}
                assert [one for one in sorted(orbit) if listed.get(one, (0, 0))[0] >= least] == [
                    form
                ]
                left -= orbit
        # What leaves a cell as it is, but 1 and -1 of its own hand, one of W and -W.
        expected = {
            form: {
                (improper, *max(v.tolist(), (-v).tolist()))
                for w, improper in acting
                if (improper or abs(w - w[0, 0] * np.eye(2)).any())
                and form_of(matrix(form) @ w) == form
                for v in [np.rint(matrix(form) @ w @ np.linalg.inv(matrix(form))).ravel()]
            }
            for form in listed
        }
        found = iter(table.fixing[:, :fixed].T.tolist())
        for form, (_, amount) in listed.items():
            own = Counter(
                (bool(hand), *max(v, [-x for x in v]))
                for hand, *v in (next(found) for _ in range(amount))
            )
            assert own == Counter(expected[form])
    assert known
