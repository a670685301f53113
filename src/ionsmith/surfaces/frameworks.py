"""Groups that end, and groups that are corners of a framework.

Molecular groups that share ligands form clusters. A cluster that ends (PO4, P2O7, the P3O9 ring)
stays whole at a cut as one unit. A chain (VO4 in NH4VO3, PO4 of a metaphosphate) is cut between its
groups, which stay whole, so that a shared ligand is kept on both sides. Sheets and frameworks (SiO4
in quartz) go on in at least two directions and must be cut somewhere: to keep their groups whole
would leave a shared ligand on both sides of every cut. A framework of silicate or phosphate groups
alone counts; the PO4 of a phosphate, whose O are shared with metals only, end.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from ionsmith.bonding.molecular_groups import CENTRES, MolecularGroups, molecular_groups

SHEET = 2
"""Number of directions in which a cluster of groups must go on to be no molecule."""

Integers = NDArray[np.int64]
Step = tuple[int, int, int]


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
    extents = np.zeros(len(groups), dtype=int)
    for cluster in _clusters(groups):
        extents[list(cluster.places)] = cluster.extent
    kept = extents < SHEET
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


def clusters_that_end(groups: MolecularGroups) -> tuple[Integers, Integers]:
    """Join the groups of clusters that end; each group of a chain or a framework stays alone.

    Parameters
    ----------
    groups
        Groups of a crystal.

    Returns
    -------
    cluster
        Number of the cluster of each group, from 0 without gaps, shape (g,).
    place
        Lattice translation of each group in its cluster, shape (g, 3).
    """
    number = np.zeros(len(groups), dtype=np.int64)
    place = np.zeros((len(groups), 3), dtype=np.int64)
    count = 0
    for cluster in _clusters(groups):
        for group, step in cluster.places.items():
            number[group] = count
            if cluster.extent:
                count += 1
            else:
                place[group] = step
        count += not cluster.extent
    return number, place


@dataclass(frozen=True)
class Cluster:
    """Connected atoms, or groups that share ligands.

    Parameters
    ----------
    places
        Lattice translation of each.
    extent
        In how many directions they go on.
    """

    places: dict[int, Step]
    extent: int


def _clusters(groups: MolecularGroups) -> list[Cluster]:
    """All clusters, by their first groups."""
    sharing = defaultdict(list)
    for group, member, shift in zip(
        groups.group.tolist(), groups.member.tolist(), groups.shift.tolist(), strict=True
    ):
        sharing[member].append((group, tuple(shift)))
    links: dict[int, list[tuple[int, Step]]] = defaultdict(list)
    for owners in sharing.values():
        for (first, here), (second, there) in pairwise(owners):
            step = _minus(here, there)  # the ligand is the same where the second is moved by it
            links[first].append((second, step))
            links[second].append((first, _minus((0, 0, 0), step)))
    return connected(len(groups), links)


def connected(count: int, links: Mapping[int, Sequence[tuple[int, Step]]]) -> list[Cluster]:
    """Find what is connected in a periodic structure.

    Parameters
    ----------
    count
        Number of atoms, or of groups.
    links
        By atom, the others that it is linked to, with their lattice translations; each link in
        both directions.
    """
    clusters: list[Cluster] = []
    known: set[int] = set()
    for start in range(count):
        if start in known:
            continue
        place: dict[int, Step] = {start: (0, 0, 0)}
        cluster, loops = [start], set()
        for group in cluster:
            for other, step in links.get(group, ()):
                there = _minus(place[group], _minus((0, 0, 0), step))
                if other not in place:
                    place[other] = there
                    cluster.append(other)
                else:
                    loops.add(_minus(there, place[other]))
        known.update(place)
        rank = int(np.linalg.matrix_rank(np.array([*loops, (0, 0, 0)])))
        clusters.append(Cluster(place, rank))
    return clusters


def _minus(first: Step, second: Step) -> Step:
    return first[0] - second[0], first[1] - second[1], first[2] - second[2]
