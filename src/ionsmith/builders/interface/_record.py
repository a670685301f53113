"""What is said of an interface: its mismatch and its angles, notes, and provenance."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ase import Atoms

from ionsmith import provenance
from ionsmith.builders.interface._result import Interface
from ionsmith.builders.interface._side import Ordering, Side
from ionsmith.lattice.miller import parse_plane
from ionsmith.lattice.orientation import OrientationRelationship
from ionsmith.surfaces.contact_planes import plane_angle
from ionsmith.surfaces.matches import Match


def mismatch_along_axes(match: Match) -> tuple[float, float]:
    """Give (d_substrate - d_film) / d_substrate along both principal axes of the strain."""
    stretch = (1 + np.array(match.film_principal)) / (1 + np.array(match.substrate_principal))
    first, second = (1 - 1 / stretch).tolist()
    return first + 0.0, second + 0.0


def zone_axis_of(
    orientation: OrientationRelationship | None, side: Side
) -> tuple[float, float, float] | None:
    """Parallel directions as a unit vector in the frame of the interface."""
    if orientation is None or orientation.directions is None:
        return None
    direction = orientation.directions[0].indices
    along = side.deformation @ side.lattice.lattice.vectors(direction)
    x, y, z = (float(part) for part in along / np.linalg.norm(along))
    return x, y, z


def angle_in_contact(orientation: OrientationRelationship | None, match: Match) -> float | None:
    """Angle in degrees between the planes in contact as the relationship has them."""
    if orientation is None:
        return None
    planes = parse_plane(match.substrate_plane), parse_plane(match.film_plane)
    angle = plane_angle(orientation, planes)
    return min(angle, 180 - angle)


def texts_of(pair: tuple[Any, Any] | None) -> tuple[str, str] | None:
    """Parallel planes or directions as text."""
    return None if pair is None else (str(pair[0]), str(pair[1]))


def notes_on(
    match: Match, mirror_film: bool, vacuum: float, charge: float | None, dipole: float | None
) -> tuple[str, ...]:
    """What a user of the interface must know."""
    said = ["charges and dipoles are of formal charges; the gap is that of hard bodies, relax it"]
    if mirror_film:
        said.append("the film is the mirror image of the crystal that was given")
    if charge:
        said.append(f"the cell carries {charge:+g} e: say how it is compensated")
    if vacuum and dipole is not None and abs(dipole) > 1:
        said.append("the slab has a dipole along z: use a dipole correction")
    if match.multiple > 1:
        said.append(f"the cell is {match.multiple} times that of a smaller match")
    return tuple(said)


def remember(
    result: Interface,
    slabs: tuple[Atoms, Atoms],
    match: Match,
    groups: Sequence[str],
    ordering: Ordering | None,
    symmetric: bool,
) -> None:
    """Write the provenance of an interface into its atoms, with the steps of both crystals."""
    atoms = result.atoms
    said: dict[str, Any] = {
        "parallel_planes": result.parallel_planes,
        "parallel_directions": result.parallel_directions,
        "reversed": match.reversed,
        "mirror_film": result.mirrored,
        "deviation": match.deviation,
        "rotation": match.rotation,
        "gap": result.gap,
        "shift": result.shift,
        "shift_judged_by": None if result.registry is None else result.registry.judged_by,
        "vacuum": result.vacuum,
        "fixed_atoms": result.fixed,
        "symmetric": symmetric,
        "groups": list(groups),
        "ordering": None if ordering is None else [ordering.method, ordering.seed],
    }
    sources: list[dict[str, Any]] = []
    for name, slab, report in zip(
        ("substrate", "film"), slabs, (result.substrate, result.film), strict=True
    ):
        before = provenance.of(slab)
        sources += before.get("sources", [])
        said[name] = {
            "crystal": report.crystal,
            "plane": report.plane,
            "cell_vectors": report.cell_vectors,
            "strain": report.strain,
            "planes": report.planes,
            "termination": report.termination,
            "back_termination": report.back_termination,
            "steps": before.get("steps", []),
        }
    provenance.record(atoms, "build interface", said, sources)
    provenance.start_lineage(atoms)
