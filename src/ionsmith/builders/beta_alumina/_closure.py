"""Closed conduction planes of β''-alumina, as observed after Na dendrites have passed.

Geng et al. (2023), doi:10.1039/d3ee00237c, found conduction planes of cycled Na β''-alumina closed:
Na is depleted, a spinel block approaches its neighbour along c and glides along [-110] (route 1) or
[210] (route 2), and the two AlO4 tetrahedra that shared a corner, the bridging O, then share an
edge.

The glide is a Shockley partial of the O sublattice, one sixth of a <210>-type vector (1.62 Å). The
O layers that face each other across an open plane are stacked A and C with the bridging O over B.
Moving the upper layer from C to B places an O straight above each facing Al of the lower block and
an O straight below each facing Al of the upper one. The opposite, wrong glide places O above O and
leaves these Al three-coordinated. The right glide is determined from the stacking of the structure;
a route names a line, [-110], [210] or [-1-20]. In the setting of Bettman and Peters (1969) the
block below a plane moves along it relative to the block above; in an inverted cell, the other way.
The three routes are equivalent by the threefold axis of the framework.

The O net has half the period of the bridges, so that the same O stacking has a fourth place in the
basal cell: a glide by a third of [210], onto the threefold axis. It gives the facing Al their
fourth O too, but their tetrahedra share no edge. All of this holds for rigid blocks. With relaxed
atoms the potentials tried so far put the third below the right glide, and the wrong one slides into
the third (:mod:`ionsmith.simulation.gamma_surface`).
"""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith import provenance
from ionsmith.arguments import whole_numbers
from ionsmith.bonding.checks import check_contacts
from ionsmith.builders._model import composition_text
from ionsmith.builders.beta_alumina._closure_result import ClosedPlane, Closure
from ionsmith.builders.beta_alumina._room import MAGNESIUM, compensate, fitting_approach
from ionsmith.builders.beta_alumina._stack import (
    ROUTES,
    Stack,
    approach_distance,
    assembled,
    direction,
    parse_glide,
    right_glide,
    same_place,
    third_glide,
    upright_supercell,
    whole_blocks,
)
from ionsmith.builders.choices import ClosedCell
from ionsmith.choices import checked
from ionsmith.crystals.charges import composition, formal_charge
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import ClosureNotPossible
from ionsmith.layers.anatomy import Anatomy, find_anatomy, stacking
from ionsmith.layers.spinel_blocks import (
    FRAMEWORK_BOND,
    OXYGEN,
    framework_bonds,
)

Floats = NDArray[np.float64]

ROUTED = ("right", "wrong")
"""Glides that have routes."""

METHOD = {
    "phase": "closure of conduction planes",
    "citation": "Geng et al., Energy Environ. Sci. 16 (2023)",
    "doi": "10.1039/d3ee00237c",
}


@checked
def close_planes(
    structure: CrystalLike,
    planes: int | Sequence[int],
    *,
    glide: str = "right",
    route: int | Sequence[int] | None = None,
    sodium_removed: float = 1.0,
    keep_bridging_oxygen: bool = False,
    neutral: bool = False,
    spacing: float | None = None,
    cell: ClosedCell = "sheared",
    seed: int = 0,
) -> Closure:
    """Close conduction planes of β''-alumina.

    Parameters
    ----------
    structure
        Any β''-alumina structure, from ionsmith or elsewhere; it is not changed.
    planes
        Number of the conduction plane to close, or several, from 1 at the bottom.
    glide
        ``"right"`` gives each facing Al a fourth O, and the tetrahedra share edges. ``"wrong"`` is
        the opposite glide, which leaves them three-coordinated. ``"third"``, a third of [210] onto
        the threefold axis, gives them a fourth O without a shared edge. A vector such as
        ``"[210]/3"`` on the basal axes displaces the block above against the one below.
    route
        Direction of the right or wrong glide, 1 ([-110], the default), 2 ([210]) or 3 ([-1-20]);
        one for all planes or one for each.
    sodium_removed
        Fraction of the mobile cations to remove from each closed plane, 0 to 1, rounded to whole
        atoms.
    keep_bridging_oxygen
        Keep the bridging O in the closed plane.
    neutral
        Conserve the formal charge: mobile cations leave the open planes too, and where none are
        left Mg replaces Al inside the blocks.
    spacing
        Distance in Å between the two facing O layers after closing. By default the new Al–O bond
        becomes as long as the mean bond of the same tetrahedra in the open structure (1.73 Å in
        the cell of Bettman and Peters, which gives a spacing of 2.37 Å), or, if atoms stay in the
        plane, the layers come as near as these allow: their distances to the blocks are at least
        the sum of the covalent radii (2.32 Å for Na–O), or those of the open plane.
    cell
        ``"sheared"`` keeps the in-plane vectors, and the glide inclines the third; ``"hexagonal"``
        and ``"orthogonal"`` repeat the structure until the third vector is upright again.
    seed
        Seed for choosing the Na atoms that are removed.

    Returns
    -------
    Closure

    Raises
    ------
    InvalidChoice
        For an unknown cell.
    NotBetaAlumina
        If the structure has no conduction planes.
    ClosureNotPossible
        If a plane does not exist, is closed already, or is not stacked as in an open crystal; if
        glide, spacing or fraction are out of range; if the charge cannot be conserved.
    AtomsTooClose
        If the atoms that remain in a closed plane do not fit into it at the given ``spacing``.

    Examples
    --------
    >>> from ionsmith.builders.beta_alumina import build_beta_alumina
    >>> from ionsmith.builders.beta_alumina import close_planes
    >>> closure = close_planes(build_beta_alumina().atoms, [2])
    >>> closure.stacking_before, closure.stacking_after
    ('ACBA-BACB-CBAC-', 'ACBA-BACB|ACBA-')
    >>> len(closure.atoms), closure.charge_after
    (87, 1)
    """
    atoms = read_structure(structure)
    anatomy = find_anatomy(atoms)
    planes = _several("planes", planes)
    _check_planes(anatomy, planes)
    ordered = sorted(zip(planes, _check_routes(route, len(planes), glide), strict=True))
    chosen, routes = zip(*ordered, strict=True)
    if not 0 <= sodium_removed <= 1:
        raise ClosureNotPossible(
            f"`sodium_removed` is {sodium_removed:g}; a fraction from 0 to 1 was expected"
        )

    stack = whole_blocks(atoms, anatomy)
    leaving = _leaving(atoms, anatomy, chosen, sodium_removed, keep_bridging_oxygen, seed)
    ions = replaced = np.zeros(0, dtype=np.int64)
    if neutral:
        ions, replaced = compensate(atoms, anatomy, chosen, leaving)
        leaving[ions] = True
    before = composition(atoms)
    atoms = atoms.copy()
    atoms.numbers[replaced] = MAGNESIUM
    steps, reports, notes = [], [], []
    for plane, number in zip(chosen, routes, strict=True):
        right = right_glide(stack, anatomy, plane, number or 1)
        shift = _shift(stack, anatomy, plane, glide, right)
        bonded = same_place(anatomy, shift, right, part=2)  # of the O net
        aim = shift if bonded else right
        approach, bond = approach_distance(stack, anatomy, plane, aim, spacing)
        stays = (anatomy.conduction_plane == plane) & ~leaving
        if spacing is None and stays.any():

            def closed_by(approach: float, plane: int = plane, shift: Floats = shift) -> Atoms:
                step = np.array([shift - approach * anatomy.normal])
                return assembled(atoms, anatomy, (plane,), step, stack, leaving)[0]

            fits = fitting_approach(atoms, stays, leaving, closed_by, approach)
            if fits < approach:
                open_by = anatomy.oxygen_gap[plane - 1] - fits
                notes.append(
                    f"plane {plane}: {composition_text(composition(atoms[stays]))} that stays "
                    f"keeps the O layers {open_by:.2f} Å apart; without it they come to "
                    f"{open_by + fits - approach:.2f} Å"
                )
                spread = float(anatomy.oxygen_gap[plane - 1] - fits)
                approach, bond = approach_distance(stack, anatomy, plane, aim, spread)
        steps.append(shift - approach * anatomy.normal)
        gap = anatomy.oxygen_gap[plane - 1]
        row = anatomy.row_spacing[plane - 1]
        removed = leaving & (anatomy.conduction_plane == plane)
        reports.append(
            ClosedPlane(
                plane=plane,
                route=number or None,
                glide=shift,
                glide_length=float(np.linalg.norm(shift)),
                approach=approach,
                oxygen_gap_before=float(gap),
                oxygen_gap_after=float(gap - approach),
                row_spacing_before=float(row),
                row_spacing_after=float(row - approach),
                fourth_bond=bond if bonded else None,
                removed=composition(atoms[removed]),
            )
        )
    model, whole = assembled(atoms, anatomy, chosen, np.array(steps), stack, leaving)
    closed = anatomy.closed.copy()
    for report in reports:
        near = report.fourth_bond is not None and report.fourth_bond <= FRAMEWORK_BOND
        closed[report.plane - 1] = near
        if report.fourth_bond is not None and not near:
            notes.append(
                f"plane {report.plane} has glided but is not closed: the facing cations are "
                f"{report.fourth_bond:.2f} Å from the O across it, farther than a bond"
            )
    stacking_after = stacking(
        whole, anatomy.basal_axes, anatomy.spinel_block, anatomy.oxygen_layer, closed
    )
    bonds = framework_bonds(model)
    numbers = np.bincount(bonds.cation, minlength=len(model))
    values, counts = np.unique(numbers[numbers > 0], return_counts=True)
    coordination = dict(zip(values.tolist(), counts.tolist(), strict=True))
    model, repeats = upright_supercell(model, anatomy.basal_axes, cell)
    coordination = {cn: n * repeats for cn, n in coordination.items()}
    check_contacts(model)
    parameters = {
        "planes": list(chosen),
        "glide": glide,
        "routes": list(routes) if glide in ROUTED else None,
        "sodium_removed": sodium_removed,
        "keep_bridging_oxygen": keep_bridging_oxygen,
        "neutral": neutral,
        "spacing": spacing,
        "cell": cell,
        "seed": seed,
    }
    provenance.record(model, "build closure", parameters, [METHOD])
    if repeats > 1:
        provenance.start_lineage(model)
    after = composition(model)
    return Closure(
        atoms=model,
        closed_planes=tuple(reports),
        n_planes=anatomy.n_planes,
        glide=glide,
        equivalent_routes=equivalent_routes(anatomy.n_planes, chosen, routes)
        if glide in ROUTED
        else (),
        stacking_before=anatomy.stacking,
        stacking_after=stacking_after,
        composition_before=before,
        composition_after=after,
        charge_before=formal_charge(before),
        charge_after=formal_charge(after),
        cation_coordination=coordination,
        cell=cell,
        repeats=repeats,
        balanced=_compensation(atoms, ions, replaced),
        notes=tuple(notes),
    )


def _compensation(
    atoms: Atoms, ions: NDArray[np.int64], replaced: NDArray[np.int64]
) -> dict[str, int]:
    """Number of atoms of each element that were removed, and of Mg that were added."""
    found: dict[str, int] = composition(atoms[ions]) if len(ions) else {}
    return found | ({"Mg for Al": len(replaced)} if len(replaced) else {})


def equivalent_routes(
    n_planes: int, planes: Sequence[int], routes: Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """Choices of routes for the same closed planes that are equivalent by symmetry.

    The framework has R-3m symmetry. Its threefold axis and mirror planes permute the three routes
    of all planes at once; its inversion centres and centring translations map the planes onto
    each other, in order or in reverse, and keep the routes.
    """
    given = dict(zip(planes, routes, strict=True))
    choices = set()
    for turn in range(n_planes):
        for mirror in (1, -1):
            moved = {(mirror * (p - 1) + turn) % n_planes + 1: r for p, r in given.items()}
            if set(moved) != set(planes):
                continue
            for names in permutations((1, 2, 3)):
                choices.add(tuple(names[moved[p] - 1] for p in planes))
    return tuple(sorted(choices))


def _several(name: str, given: int | Sequence[int]) -> tuple[int, ...]:
    """One number or several, as Python integers."""
    numbers = [given] if np.ndim(given) == 0 and not isinstance(given, str) else given
    return whole_numbers(
        name, numbers, "whole numbers, such as 2 or [1, 2]", error=ClosureNotPossible
    )


def _check_planes(anatomy: Anatomy, planes: Sequence[int]) -> None:
    """Refuse planes that do not exist, are closed already, or are given twice."""
    if len(planes) == 0:
        raise ClosureNotPossible("`planes` is empty: name the conduction planes to close")
    for plane in planes:
        if not 1 <= plane <= anatomy.n_planes:
            raise ClosureNotPossible(
                f"there is no conduction plane {plane}: the structure has {anatomy.n_planes}, "
                "numbered from 1 at the bottom"
            )
        if anatomy.closed[plane - 1]:
            raise ClosureNotPossible(f"conduction plane {plane} is closed already")
    if len(set(planes)) != len(planes):
        raise ClosureNotPossible(f"`planes` names a conduction plane twice: {list(planes)}")


def _shift(
    stack: Stack, anatomy: Anatomy, plane: int, glide: str, right: Floats
) -> NDArray[np.float64]:
    """Displacement in Å of the block above a plane against the one below."""
    if glide in ROUTED:
        return right if glide == "right" else -right
    if glide == "third":
        return third_glide(stack, anatomy, plane)
    return np.asarray(parse_glide(glide) @ anatomy.basal_axes)


def _check_routes(route: int | Sequence[int] | None, n: int, glide: str) -> list[int]:
    """One route for each of n planes; 0 for each if the glide has none."""
    if glide not in ROUTED:
        if glide != "third":
            parse_glide(glide)
        if route is not None:
            raise ClosureNotPossible(
                f"`route` is for the glides {' and '.join(ROUTED)}; leave it out for {glide}"
            )
        return [0] * n
    routes = list(_several("route", 1 if route is None else route))
    if len(routes) == 1:
        routes = routes * n
    if len(routes) != n:
        raise ClosureNotPossible(
            f"`route` has {len(routes)} numbers for {n} planes; give one, or one for each plane"
        )
    for number in routes:
        if number not in ROUTES:
            known = ", ".join(f"{known} ({direction(known)})" for known in ROUTES)
            raise ClosureNotPossible(f"there is no route {number}; the allowed glides are {known}")
    return routes


def _leaving(
    atoms: Atoms,
    anatomy: Anatomy,
    planes: Sequence[int],
    sodium_removed: float,
    keep_bridging_oxygen: bool,
    seed: int,
) -> NDArray[np.bool_]:
    """Which atoms are removed."""
    generator = np.random.default_rng(seed)
    leaving = np.zeros(len(atoms), bool)
    for plane in planes:
        inside = anatomy.conduction_plane == plane
        mobile = np.flatnonzero(inside & (atoms.numbers != OXYGEN))
        number = round(sodium_removed * len(mobile))
        leaving[generator.permutation(mobile)[:number]] = True
        if not keep_bridging_oxygen:
            leaving |= inside & anatomy.bridging
    return leaving
