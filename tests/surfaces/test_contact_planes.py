"""Planes in contact: edge-on ones of published relationships, and clear refusals."""

import numpy as np
import pytest

from ionsmith.crystals import load
from ionsmith.errors import InvalidOrientation
from ionsmith.lattice.miller import Plane, parse_directions, parse_planes
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.contact_planes import contact_planes, facing_plane, plane_angle


def relationship() -> OrientationRelationship:
    """NVP on NH4VO3, Yu et al."""
    return OrientationRelationship.from_parallel(
        load("nh4vo3").lattice,
        load("nvp").lattice,
        parse_planes("(1,2,-1)||(2,-1,0)"),
        parse_directions("[0,1,2]||[1,2,-1]"),
    )


def test_the_parallel_planes_face_each_other() -> None:
    plane = facing_plane(relationship(), Plane((1, 2, -1)), 1.0)
    assert plane.indices == (2, -1, 0)
    assert contact_planes(relationship(), None, 1.0) == parse_planes("(1,2,-1)||(2,-1,0)")


def test_an_edge_on_plane_contains_the_zone_axis_on_both_sides() -> None:
    # d(100) of NH4VO3 and d(202) of NVP are what the micrograph along this axis is labelled with.
    film = facing_plane(relationship(), Plane((1, 0, 0)), 2.0)
    assert np.dot(film.indices, (1, 2, -1)) == 0
    angle = plane_angle(relationship(), (Plane((1, 0, 0)), film))
    assert angle < 1
    with pytest.raises(InvalidOrientation, match=r"contains \[1,2,-1\].*within 0.01°"):
        facing_plane(relationship(), Plane((1, 0, 0)), 0.01)


def test_angles_are_those_of_cartesian_normals() -> None:
    here = relationship()
    a = np.linalg.inv(here.substrate.lattice.cell) @ (0, 1, 1)
    b = here.rotation @ np.linalg.inv(here.film.lattice.cell) @ (1, 0, 2)
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    expected = np.degrees(np.arccos(cosine))
    assert plane_angle(here, (Plane((0, 1, 1)), Plane((1, 0, 2)))) == pytest.approx(expected)


def test_what_does_not_name_the_planes_is_refused() -> None:
    here = relationship()
    turned = OrientationRelationship(here.substrate, here.film, here.rotation)
    with pytest.raises(InvalidOrientation, match="without planes"):
        contact_planes(turned, None, 1.0)
    with pytest.raises(InvalidOrientation, match="both planes"):
        contact_planes(None, "(1,0,0)", 1.0)
    assert contact_planes(None, "(1,0,0)||(3,1,5)", 1.0) == parse_planes("(1,0,0)||(3,1,5)")
