"""Pieces of a structure and the directions in which they go on."""

import numpy as np
import pytest
from ase.build import bulk

from ionsmith.bonding.connectivity import BondedSupercell, dimensions, pieces_of


@pytest.mark.parametrize(
    ("cut", "expected"),
    [((), 3), ((0,), 2), ((0, 1), 1), ((0, 1, 2), 0)],
)
@pytest.mark.parametrize("side", [3, 4])
def test_slabs_wires_and_particles(cut: tuple[int, ...], expected: int, side: int) -> None:
    host = BondedSupercell(bulk("Po", "sc", a=3.35), (side, side, side))
    kept = np.ones(side**3, dtype=bool)
    for axis in cut:  # a plane of atoms out of a cube of them opens it along one axis
        kept[np.round(host.atoms.positions[:, axis] / 3.35) == 0] = False
    first, second, images = host.contacts.edges(kept)
    found = pieces_of(kept, first, second)
    assert len(found) == 1
    assert found.sizes.sum() == kept.sum()
    assert dimensions(int(kept.argmax()), len(kept), first, second, images) == expected


def test_pieces_by_size() -> None:
    host = BondedSupercell(bulk("Po", "sc", a=3.35), (6, 3, 3))
    kept = np.ones(54, dtype=bool)
    layer = np.round(host.atoms.positions[:, 0] / 3.35)
    kept[(layer == 0) | (layer == 2)] = False
    found = pieces_of(kept, *host.contacts.edges(kept)[:2])
    assert found.sizes.tolist() == [27, 9]
    assert (found.label[layer == 1] == 1).all()
    assert (found.label[layer > 2] == 0).all()
    assert (found.label[~kept] == -1).all()


def test_one_atom_in_its_own_images() -> None:
    host = BondedSupercell(bulk("Po", "sc", a=3.35), (1, 1, 1))
    first, second, images = host.contacts.edges(np.array([True]))
    assert dimensions(0, 1, first, second, images) == 3
