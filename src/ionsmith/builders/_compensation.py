"""Making a slab neutral by the least intrusive change that can be named.

A charged slab loses mobile cations that are too many, or gets those that are missing, at its faces;
or protons on O that lost a bond; or it leaves out part of its outermost layers. A polar slab, which
has no charge but a dipole that grows with its thickness, moves part of its outermost layer to the
other face: half of it where the layers are equidistant (P. W. Tasker, J. Phys. C 12, 4977 (1979),
doi:10.1088/0022-3719/12/22/036).
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.builders._lost_bonds import COVALENT, MEMBER, lost_bonds, rises
from ionsmith.builders._passivation import turn_apart
from ionsmith.errors import InvalidInput, PoresNotPossible, TerminationNotPossible
from ionsmith.surfaces.polarity import NEUTRAL
from ionsmith.surfaces.slabs import CHARGE, KIND, SITE, OrientedCell, moments
from ionsmith.surfaces.terminations import LAYER_TOLERANCE

MOBILE = ("Li", "Na", "K", "Rb", "Cs", "Ag", "Tl")
"""Cations that batteries exchange or that leave a surface first, all of charge +1."""

OXYGEN = 8

WHOLE = 0.02
"""Largest deviation of a number of ions from a whole one."""

MOST_LEFT = 0.1
"""Largest part of an ion whose dipole may be left, however large the cell is."""

LARGEST_MULTIPLE = 12
"""Largest multiple of the cell that is suggested."""

Integers = NDArray[np.int64]
Done = tuple[Atoms, tuple[str, ...]]


def neutralised(slab: Atoms, cell: OrientedCell, bottom: float, top: float) -> Done:
    """Make a slab neutral and nonpolar; return it with what was done.

    Parameters
    ----------
    slab
        The slab, with its heights in the crystal.
    cell
        The crystal.
    bottom, top
        Heights of its cuts in Å.
    """
    if CHARGE not in slab.arrays:
        raise InvalidInput("formal charges are unknown: `neutral` has nothing to go by")
    slab, steps = without_charge(slab, cell)
    dipole = moments(slab)[1]
    if abs(dipole) > NEUTRAL * cell.area * (top - bottom):
        slab, moved = _moved(slab, cell, dipole, top - bottom)
        steps = (*steps, *moved)
    return slab, steps or ("nothing: the slab is neutral as it was cut",)


def without_charge(slab: Atoms, cell: OrientedCell, back: int | None = None) -> Done:
    """Bring the charge of a slab to zero; return it with what was done.

    Parameters
    ----------
    slab, cell
        As for :func:`neutralised`.
    back
        Face at which it is done, 1 above and -1 below; by default both. Protons for which it has
        too few O go to the other face.
    """
    exact = moments(slab)[0]
    charge = round(exact)
    if abs(exact - charge) > WHOLE:
        raise TerminationNotPossible(
            f"a slab of charge {exact:+g} e cannot be compensated by whole ions"
        )
    if charge == 0:
        return slab, ()
    mobile = np.isin(slab.symbols, MOBILE) & (slab.arrays[MEMBER] >= 0)
    if charge > 0:
        if mobile.sum() >= charge:
            return _without_cations(slab, np.flatnonzero(mobile), charge, back)
        return _thinned(slab, cell, charge, back)
    lost = lost_bonds(slab, cell)
    numbers = cell.atoms.numbers
    bare = (slab.numbers[lost.host] == OXYGEN) & (slab.arrays[MEMBER] >= 0).all()
    of_group = bare & COVALENT[numbers[lost.lost]]
    if len(np.unique(lost.host[of_group])) >= -charge:
        return _protonated(slab, cell, -charge, back)
    if np.isin(cell.atoms.symbols, MOBILE).any():
        return _with_cations(slab, cell, -charge, back)
    if len(np.unique(lost.host[bare])) >= -charge:
        return _protonated(slab, cell, -charge, back)
    return _thinned(slab, cell, charge, back)


def _protonated(slab: Atoms, cell: OrientedCell, count: int, back: int | None) -> Done:
    """Protons on the O that lost most bond valence, as many on both faces as possible."""
    lost = lost_bonds(slab, cell)
    covalent = COVALENT[cell.atoms.numbers[lost.lost]]
    strength = lost.valence + 10.0 * covalent
    weight = np.bincount(lost.host, strength, minlength=len(slab)).astype(float)
    weight[slab.numbers != OXYGEN] = 0.0
    where = ""
    if back is None:
        chosen = _from_faces(slab, weight, count, None)
    else:  # O at the face in contact may find new partners there: it comes last
        z = slab.positions[:, 2]
        behind = back * (z - (z.max() + z.min()) / 2) > 0
        first = min(count, int((weight[behind] > 0).sum()))
        chosen = np.concatenate(
            [
                _from_faces(slab, np.where(behind, weight, 0.0), first, back),
                _from_faces(slab, np.where(behind, 0.0, weight), count - first, -back),
            ]
        )
        parts = ((first, "at the back"), (count - first, "at the face in contact"))
        where = ": " + ", ".join(f"{number} {face}" for number, face in parts if number)
    pull = np.array([lost.vector[lost.host == atom].sum(axis=0) for atom in chosen.tolist()])
    middle = np.ptp(slab.positions[:, 2]) / 2 + slab.positions[:, 2].min()
    up = np.sign(slab.positions[chosen, 2] - middle)[:, None] * [[0.0, 0.0, 1.0]]
    length = np.linalg.norm(pull, axis=1)[:, None]
    direction = np.where(length > 0.3, pull / np.maximum(length, 0.3), up)
    done = f"{count} protons on O that lost a bond{where}"
    return with_hydrogen(slab, chosen, direction), (done,)


def _without_cations(slab: Atoms, mobile: Integers, count: int, back: int | None) -> Done:
    """Leave out the outermost mobile cations, in the numbers on both faces that leave no dipole."""
    rising = mobile[_rising(slab.positions[mobile, 2])]
    trials = []
    for above in _numbers_above(count, back):
        gone = np.concatenate([rising[: count - above], rising[len(rising) - above :]])
        left = _without(slab, gone)
        trials.append((round(abs(moments(left)[1]), 3), above, left))
    _, above, left = min(trials, key=lambda trial: trial[:2])
    kinds = "/".join(sorted(set(np.array(slab.symbols)[mobile].tolist())))
    return left, (f"{count} surplus {kinds} removed: {_faces(count, above)}",)


def _with_cations(slab: Atoms, cell: OrientedCell, count: int, back: int | None) -> Done:
    """Mobile cations of the crystal on their next sites, where they leave least dipole."""
    member = np.flatnonzero(np.isin(cell.atoms.symbols, MOBILE)).tolist()
    known = set(zip(slab.arrays[MEMBER].tolist(), rises(slab, cell).tolist(), strict=True))
    z = slab.positions[:, 2]
    first, last = (int(np.floor(end / cell.period)) for end in (z.min(), z.max()))
    sites = sorted(
        (round(cell.atoms.positions[atom, 2] + rise * cell.period, 4), atom, rise)
        for rise in range(first - 2, last + 4)
        for atom in member
        if (atom, rise) not in known
    )
    middle = (z.min() + z.max()) / 2
    under = [site for site in sites if site[0] < middle][::-1]
    over = [site for site in sites if site[0] >= middle]
    trials = []
    for above in _numbers_above(count, back):
        chosen = under[: count - above] + over[:above]
        if len(chosen) == count:
            added = cell.atoms[[atom for _, atom, _ in chosen]]
            lift = np.array([[rise] for _, _, rise in chosen])
            added.positions += lift * cell.atoms.cell.array[2]
            filled = _wrapped(slab + added)
            trials.append((round(abs(moments(filled)[1]), 3), above, filled))
    if not trials:
        raise TerminationNotPossible(
            f"{count} mobile cations are missing, more than have sites at the faces"
        )
    _, above, filled = min(trials, key=lambda trial: trial[:2])
    kinds = "/".join(sorted(set(np.array(cell.atoms.symbols)[member].tolist())))
    done = f"{count} missing {kinds} added on sites of the crystal: {_faces(count, above)}"
    return filled, (done,)


def _numbers_above(count: int, back: int | None) -> range:
    """How many of some ions may be at the upper face."""
    return range(count + 1) if back is None else range(count, count + 1) if back > 0 else range(1)


def _faces(count: int, above: int) -> str:
    """How many ions of some at which face."""
    parts = [(count - above, "at the back"), (above, "at the upper face")]
    return ", ".join(f"{number} {where}" for number, where in parts if number)


def _thinned(slab: Atoms, cell: OrientedCell, charge: int, back: int | None) -> Done:
    """Leave out ions of the outermost layers, as many on both faces as possible."""
    weight = np.zeros(len(slab))
    outer = [_outermost(slab, cell, np.sign(charge), end) for end in (1, -1) if end != -(back or 0)]
    ions = np.concatenate(outer)
    if len(ions) == 0:
        raise TerminationNotPossible(
            f"no ion at the faces can compensate the charge of {charge:+d} e: choose another "
            "termination"
        )
    each = float(abs(slab.arrays[CHARGE][ions]).max())
    _need_whole(abs(charge) / each, "ions left out")
    count = round(abs(charge) / each)
    weight[ions] = 1.0
    if count > len(ions):
        raise TerminationNotPossible(
            f"{count} ions would have to be left out of outermost layers of {len(ions)}: choose "
            "another termination"
        )
    chosen = _from_faces(slab, weight, count, back)
    kinds = "/".join(sorted(set(np.array(slab.symbols)[chosen].tolist())))
    left = _without(slab, chosen)
    height = float(np.ptp(slab.positions[:, 2]))
    if back is None and count % 2 and abs(moments(left)[1]) > NEUTRAL * cell.area * height:
        raise TerminationNotPossible(
            f"half an ion would have to be left out on each face: use `supercell` {_shape(2)}"
        )
    return left, (f"{count} of the {len(ions)} {kinds} of the outermost layers left out",)


def _moved(slab: Atoms, cell: OrientedCell, dipole: float, height: float) -> Done:
    """Move part of the outermost layer to the other face, as far as the slab is high."""
    trials = []
    for end, sign in ((1, np.sign(dipole)), (-1, -np.sign(dipole))):
        ions = _outermost(slab, cell, sign, end)
        if len(ions) == 0:
            continue
        each = abs(float(slab.arrays[CHARGE][ions[0]]))
        exact = abs(dipole) / (each * height)
        for multiple in range(1, LARGEST_MULTIPLE + 1):
            count = round(exact * multiple)
            left = abs(exact * multiple - count) / multiple
            allowed = min(NEUTRAL * cell.area / each, MOST_LEFT)
            if 0 < count <= multiple * len(ions) and left < allowed:
                kept = not np.isin(slab.symbols[ions[0]], MOBILE)
                trials.append((multiple, kept, count, -end, ions))
                break
    if not trials:
        raise TerminationNotPossible(
            f"no part of the outermost layers compensates the dipole of {dipole:+.2f} e Å: choose "
            "another termination"
        )
    multiple, _, count, back, ions = min(trials, key=lambda trial: trial[:4])
    kind = chemical_symbols[slab.numbers[ions[0]]]
    part = Fraction(count, multiple * len(ions))
    if multiple > 1:
        raise TerminationNotPossible(
            f"{part} of the outermost layer of {len(ions)} {kind} would have to move to the other "
            f"face: use {multiple} times this cell, such as `supercell` {_shape(multiple)}"
        )
    chosen = _spread(slab, ions, count)
    moved = slab.copy()
    moved.positions[chosen] += back * cell.atoms.cell.array[2] * (height / cell.period)
    where = "back" if back < 0 else "upper face"
    what = f"{count} of the {len(ions)} {kind} ({part})" if part < 1 else f"all {count} {kind}"
    return _wrapped(moved), (f"{what} of the outermost layer moved to the {where}",)


def _outermost(slab: Atoms, cell: OrientedCell, sign: float, end: int) -> Integers:
    """Outermost layer of ions of one sign that belong to no group; end is 1 above, -1 below."""
    grouped = np.isin(slab.arrays[MEMBER], cell.groups.member) | (slab.arrays[MEMBER] < 0)
    own = np.flatnonzero((np.sign(slab.arrays[CHARGE]) == sign) & ~grouped)
    if len(own) == 0:
        return np.zeros(0, dtype=np.int64)
    height = end * slab.positions[:, 2]
    ions = own[height[own] > height[own].max() - LAYER_TOLERANCE]
    # It must be the outermost layer of all, but for ions of the other sign slightly further out.
    near = height[ions].max() > height.max() - cell.spacing / 2
    same: Integers = ions[slab.numbers[ions] == slab.numbers[ions[0]]]
    return same if near else ions[:0]


def _from_faces(slab: Atoms, weight: NDArray[np.float64], count: int, back: int | None) -> Integers:
    """Choose atoms of the largest weights, half of them on each face, far from each other."""
    z = slab.positions[:, 2]
    upper = z > (z.max() + z.min()) / 2
    faces = [np.flatnonzero((weight > 0) & side) for side in (upper, ~upper)]
    half = [count - count // 2, count // 2]
    if back is not None:
        faces[(1 + back) // 2] = faces[0][:0]
    for own, other in ((0, 1), (1, 0)):
        if half[own] > len(faces[own]):
            half[other] += half[own] - len(faces[own])
            half[own] = len(faces[own])
    chosen: list[int] = []
    for face, wanted in zip(faces, half, strict=True):
        tiers = np.unique(np.round(weight[face], 4))[::-1]
        for tier in tiers:
            same = face[np.round(weight[face], 4) == tier]
            picked = _spread(slab, same, min(wanted, len(same)))
            wanted -= len(picked)
            chosen += picked.tolist()
    if len(chosen) < count:
        raise TerminationNotPossible(f"only {len(chosen)} of {count} sites are at the faces")
    return np.array(sorted(chosen), dtype=np.int64)


def _spread(slab: Atoms, atoms: Integers, count: int) -> Integers:
    """Choose atoms far from each other in the plane, one after the other."""
    if count == 0:
        return atoms[:0]
    vectors = slab.cell.array[:2, :2]
    fractional = slab.positions[atoms, :2] @ np.linalg.inv(vectors)
    between = fractional[:, None] - fractional[None]
    images = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    apart = np.linalg.norm(
        ((between - np.round(between))[:, :, None] + images) @ vectors, axis=-1
    ).min(axis=-1)
    chosen = [0]
    while len(chosen) < count:
        nearest = np.round(apart[chosen].min(axis=0), 4)
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
    return atoms[sorted(chosen)]


def _need_whole(exact: float, what: str) -> None:
    """Refuse a part of an ion, and say which supercell has whole ones."""
    if abs(exact - round(exact)) <= WHOLE and round(exact) > 0:
        return
    for multiple in range(2, LARGEST_MULTIPLE + 1):
        if abs(exact * multiple - round(exact * multiple)) <= WHOLE:
            share = Fraction(exact).limit_denominator(LARGEST_MULTIPLE)
            raise TerminationNotPossible(
                f"{share} {what} would make the slab neutral: use {multiple} times this cell, such "
                f"as `supercell` {_shape(multiple)}"
            )


def _shape(multiple: int) -> str:
    """Most compact supercell, as on the command line."""
    short = max(n for n in range(1, int(multiple**0.5) + 1) if multiple % n == 0)
    return f"{multiple // short} {short}"


def _without(slab: Atoms, atoms: Sequence[int] | Integers) -> Atoms:
    """Leave atoms out."""
    kept = np.ones(len(slab), dtype=bool)
    kept[atoms] = False
    return slab[kept]


def _rising(heights: NDArray[np.float64]) -> Integers:
    """Order of rising heights; rounding errors do not order a layer."""
    return np.asarray(np.lexsort((np.arange(len(heights)), np.round(heights, 4))))


def _wrapped(slab: Atoms) -> Atoms:
    """Bring atoms into the cell in the plane."""
    vectors = slab.cell.array
    fractional = slab.positions @ np.linalg.inv(vectors)
    fractional[:, :2] -= np.floor(fractional[:, :2] + 1e-9)
    slab.positions = fractional @ vectors
    return slab


def with_hydrogen(slab: Atoms, host: Integers, direction: NDArray[np.float64]) -> Atoms:
    """Add H to atoms in given directions, turned apart where they come too close."""
    numbers = np.ones(len(host), dtype=np.int64)
    solid = slab.copy()
    solid.center(vacuum=6.0, axis=2)
    solid.pbc = True
    shift = solid.positions[0] - slab.positions[0]
    try:
        places, _ = turn_apart(solid, host, direction, numbers)
    except PoresNotPossible as error:
        reason = str(error).partition(":")[0]
        raise TerminationNotPossible(f"{reason}; choose another termination") from None
    hydrogen = Atoms(numbers=numbers, positions=places - shift)
    hydrogen.set_array(MEMBER, np.full(len(host), -1))
    hydrogen.set_array(KIND, numbers, int)
    if SITE in slab.arrays:  # an empty word would be lost in a file
        hydrogen.set_array(SITE, np.full(len(host), "H"))
    if CHARGE in slab.arrays:
        on_anion = slab.arrays[CHARGE][host] < 0
        hydrogen.set_array(CHARGE, np.where(on_anion, 1.0, -1.0))
    covered: Atoms = slab + hydrogen
    return covered
