r"""Zone-axis pattern of a slab or an interface, seen edge-on.

Along its normal a slab is finite: the reciprocal lattice is rods, on which each reflection is as
wide as 1/t at the thickness t. The slab is put into a box of four times its thickness, whose
reflections are samples of the rods, and their maxima are the spots. Subsidiary maxima of the shape
factor, no higher than the envelope :math:`(\sum\sqrt{I}/(\pi t\Delta g))^2` of the stronger ones,
are left out, those of the direct beam among them.
"""

from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import Scatterers, structure_factors
from ionsmith.analyzers.spots._result import SpotPattern
from ionsmith.crystals import Crystal
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.lattice.zone import beam_frame

SAMPLES = 4
"""Samples on a rod for each width 1/t of a reflection."""


@dataclass(frozen=True, eq=False)
class Slab:
    """A slab in a box for sampling its rods.

    Parameters
    ----------
    scatterers
        Its atoms in the box.
    side
        Cell vector along which it is not periodic, 0 to 2.
    normal
        Unit normal of the slab, shape (3,).
    thickness
        Distance in Å between its outermost atoms.
    """

    scatterers: Scatterers
    side: int
    normal: NDArray[np.float64]
    thickness: float


def find_slab(
    atoms: Atoms | Crystal, name: str, symprec: float, *, displacements: bool
) -> Slab | None:
    """The structure as a slab, if it is not periodic along one cell vector."""
    if not isinstance(atoms, Atoms) or int(atoms.pbc.sum()) != 2:
        return None
    side = int(np.flatnonzero(~atoms.pbc)[0])
    first, second = (atoms.cell[(side + step) % 3] for step in (1, 2))
    normal = np.cross(first, second)
    normal /= np.linalg.norm(normal)
    if normal @ atoms.cell.complete()[side] < 0:
        normal = -normal
    thickness = float(np.ptp(atoms.positions @ normal))
    if thickness < 1:
        raise InvalidInput(f"{name}: a single layer of atoms has no spots edge-on")
    box = atoms.copy()
    box.cell[side] = SAMPLES * thickness * normal
    box.pbc = True
    scatterers = Scatterers.of_read(box, name, symprec, displacements=displacements)
    return Slab(scatterers, side, normal, thickness)


def rod_maxima(pattern: SpotPattern, slab: Slab) -> SpotPattern:
    """Keep the maxima along the rods, with the normal of the slab upwards."""
    along = pattern.hkl[:, slab.side]
    rods = np.delete(pattern.hkl, slab.side, axis=1)
    kept = np.zeros(len(along), bool)
    forward = abs(structure_factors(slab.scatterers, [[0, 0, 0]], "electrons")[0]) ** 2
    strongest = int(np.argmax(pattern.intensity))
    factor = abs(structure_factors(slab.scatterers, pattern.hkl[[strongest]], "electrons")[0]) ** 2
    factor *= pattern.conditions.shape_factor(pattern.excitation_error[[strongest]])[0]
    forward *= pattern.intensity[strongest] / factor
    _, rod = np.unique(rods, axis=0, return_inverse=True)
    for number in range(int(rod.max()) + 1):
        members = np.flatnonzero(rod.ravel() == number)
        members = members[np.argsort(along[members])]
        heights = dict(zip(along[members].tolist(), pattern.intensity[members], strict=True))
        stronger = {} if rods[members[0]].any() else {0: forward}
        for member in members[np.argsort(-pattern.intensity[members], kind="stable")]:
            place, height = int(along[member]), pattern.intensity[member]
            beside = max(heights.get(place - 1, 0.0), heights.get(place + 1, 0.0))
            envelope = sum(
                np.sqrt(top) * SAMPLES / (np.pi * abs(place - other))
                for other, top in stronger.items()
            )
            if height >= beside and height > envelope**2:
                kept[member] = True
                stronger[place] = height
    if not kept.any():
        raise NoMatch(f"{pattern.crystal}: no spot stands out from the rods; is it a crystal?")
    intensity = pattern.intensity[kept] * 100 / pattern.intensity[kept].max()
    strong = intensity >= pattern.conditions.min_intensity
    which = np.flatnonzero(kept)[strong]
    frame = beam_frame(pattern.zone.vector, np.cross(slab.normal, pattern.zone.vector))
    return replace(
        pattern,
        frame=frame,
        hkl=pattern.hkl[which],
        positions=pattern.phase.lattice.normals(pattern.hkl[which]) @ frame[:2].T,
        excitation_error=pattern.excitation_error[which],
        intensity=intensity[strong],
        forbidden=np.zeros(len(which), bool),
        slab_thickness=slab.thickness,
    )
