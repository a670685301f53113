"""Crystals cut along their planes, in tests."""

from typing import Any

import numpy as np

from ionsmith.crystals.conversion import read_lattice, read_phase
from ionsmith.crystals.files import CrystalLike
from ionsmith.lattice.miller import parse_plane
from ionsmith.surfaces.cut_crystal import CutCrystal
from ionsmith.surfaces.plane_mesh import plane_mesh


def cut_crystal(source: CrystalLike, plane: str, repeat: int = 1, **options: Any) -> CutCrystal:
    phase = read_phase(source)
    lattice = read_lattice(phase)
    mesh = plane_mesh(lattice, parse_plane(plane))
    settings: dict[str, Any] = {
        "thickness": 8.0,
        "groups": None,
        "ordering": "random",
        "seed": 0,
        "progress": None,
        "below": True,
        "deformation": mesh.frame,
        "vectors": np.array([[repeat], [1]]) * mesh.vectors,
    }
    return CutCrystal(phase=phase, lattice=lattice, plane=mesh.plane, **settings | options)
