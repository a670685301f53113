"""Groups that end, and groups that are corners of a framework.

Molecular groups that share ligands form clusters. A cluster that ends (PO4, P2O7) or a chain (VO4
in NH4VO3) can stay whole at a cut; sheets and frameworks (SiO4 in quartz) go on in at least two
directions and must be cut somewhere: to keep their groups whole would leave a shared ligand on both
sides of every cut. A framework of silicate or phosphate groups alone counts; the PO4 of a
phosphate, whose O are shared with metals only, end.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from ase import Atoms

from ionsmith.bonding.molecular_groups import CENTRES, MolecularGroups, molecular_groups

SHEET = 2
"""Number of directions in which a cluster of groups must go on to be no molecule."""

_Step = tuple[int, int, int]


def groups_of(crystal: Atoms, centres: Sequence[str] | None = None) -> MolecularGroups:
    """Molecular groups that stay whole at a cut.

    Parameters
    ----------
    crystal
        The crystal.
    centres
        Elements that may be centres of groups, all of which stay whole; by default the groups that
        end, around any centre that is known.
    """
    if centres is None:
        return groups_that_end(molecular_groups(crystal, CENTRES))
    return molecular_groups(crystal, centres)


def groups_that_end(groups: MolecularGroups) -> MolecularGroups:
    """Leave out the groups of sheets and frameworks.

    Parameters
    ----------
    groups
        All groups of a crystal.
    """
    kept = np.array([extent < SHEET for extent in _extents(groups)], dtype=bool)
    if kept.all():
        return groups
    rows = kept[groups.group]
    number = np.cumsum(kept) - 1
    return MolecularGroups(
        tuple(name for name, keep in zip(groups.names, kept.tolist(), strict=True) if keep),
        groups.centre[kept],
        number[groups.group[rows]],
        groups.member[rows],
        groups.shift[rows],
    )


def _extents(groups: MolecularGroups) -> list[int]:
    """Number of directions in which the cluster of each group goes on: 0, 1, 2 or 3."""
    sharing = defaultdict(list)
    for group, member, shift in zip(
        groups.group.tolist(), groups.member.tolist(), groups.shift.tolist(), strict=True
    ):
        sharing[member].append((group, tuple(shift)))
    links: dict[int, list[tuple[int, _Step]]] = defaultdict(list)
    for owners in sharing.values():
        for (first, here), (second, there) in pairwise(owners):
            step = _minus(here, there)  # the ligand is the same where the second is moved by it
            links[first].append((second, step))
            links[second].append((first, _minus((0, 0, 0), step)))
    extents = [0] * len(groups)
    place: dict[int, _Step] = {}
    for start in range(len(groups)):
        if start in place:
            continue
        place[start] = (0, 0, 0)
        cluster, loops = [start], set()
        for group in cluster:
            for other, step in links[group]:
                there = _minus(place[group], _minus((0, 0, 0), step))
                if other not in place:
                    place[other] = there
                    cluster.append(other)
                else:
                    loops.add(_minus(there, place[other]))
        rank = int(np.linalg.matrix_rank(np.array([*loops, (0, 0, 0)])))
        for group in cluster:
            extents[group] = rank
    return extents


def _minus(first: _Step, second: _Step) -> _Step:
    return first[0] - second[0], first[1] - second[1], first[2] - second[2]
