"""The units of a crystal in all directions: molecules, groups of chains, and single atoms."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from numpy.typing import NDArray

from ionsmith.bonding.elements import electronegativities
from ionsmith.bonding.molecular_groups import BOND, MolecularGroups
from ionsmith.bonding.neighbours import NeighbourList, join, pairs_within
from ionsmith.builders._lost_bonds import COVALENT
from ionsmith.surfaces.frameworks import Step, clusters_that_end, connected, groups_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class CrystalUnits:
    """What a cut does not break, one image of each unit, n of them.

    Parameters
    ----------
    crystal
        One cell of the crystal.
    unit, member, shift
        One row for each atom of each unit, sorted: index of the unit, index of the atom, and its
        lattice translation, with which the mean position of a unit lies in the cell; shapes (m,),
        (m,), (m, 3). A ligand that two groups of a chain share has a row in both.
    names
        Formula of each unit.
    """

    crystal: Atoms
    unit: Integers
    member: Integers
    shift: Integers
    names: tuple[str, ...]

    @cached_property
    def start(self) -> Integers:
        """First row of each unit, and the number of rows, shape (n + 1,)."""
        return np.searchsorted(self.unit, np.arange(int(self.unit.max(initial=-1)) + 2))

    @cached_property
    def centres(self) -> Floats:
        """Mean position of each unit in Å, shape (n, 3)."""
        places = self.crystal.positions[self.member] + self.shift @ self.crystal.cell.array
        size = np.diff(self.start)[:, None]
        return np.asarray(np.add.reduceat(places, self.start[:-1]) / size)

    @cached_property
    def shared(self) -> NDArray[np.bool_]:
        """Whether a unit has an atom in common with another, shape (n,)."""
        rows = np.bincount(self.member, minlength=len(self.crystal))
        return np.maximum.reduceat(rows[self.member], self.start[:-1]) > 1


def crystal_units(crystal: Atoms, centres: Sequence[str] | None = None) -> CrystalUnits:
    """Divide a crystal into units that a cut does not break.

    Parameters
    ----------
    crystal
        One cell of the crystal, periodic.
    centres
        Elements that may be centres of molecular groups; by default whole molecules, that is all
        atoms joined by covalent bonds that end (PO4, S8, urea, the Si4 of NaSi), and the groups of
        chains, such as the VO4 of LiVO3.
    """
    groups = groups_of(crystal, centres)
    units: list[dict[tuple[int, Step], None]] = []
    if centres is None:
        for cluster in connected(len(crystal), _links(crystal, groups)):
            if cluster.extent == 0 and len(cluster.places) > 1:
                units.append(dict.fromkeys(cluster.places.items()))
    done = {atom for unit in units for atom, _ in unit}
    cluster_of, place = clusters_that_end(groups)
    rows: dict[int, dict[tuple[int, Step], None]] = defaultdict(dict)
    moved = groups.shift + place[groups.group]
    for group, member, step in zip(
        cluster_of[groups.group].tolist(), groups.member.tolist(), moved.tolist(), strict=True
    ):
        rows[group][member, (step[0], step[1], step[2])] = None
    units += [unit for unit in rows.values() if not done & {atom for atom, _ in unit}]
    done |= {atom for unit in units for atom, _ in unit}
    units += [{(atom, (0, 0, 0)): None} for atom in range(len(crystal)) if atom not in done]
    number = np.repeat(np.arange(len(units)), [len(unit) for unit in units])
    member = np.array([atom for unit in units for atom, _ in unit], dtype=np.int64)
    shift = np.array([step for unit in units for _, step in unit], dtype=np.int64).reshape(-1, 3)
    names = _names(crystal, groups, [[atom for atom, _ in unit] for unit in units])
    found = CrystalUnits(crystal, number, member, shift, names)
    home = np.floor(found.centres @ np.linalg.inv(crystal.cell.array) + 1e-9).astype(np.int64)
    return CrystalUnits(crystal, number, member, shift - home[number], names)


def _names(
    crystal: Atoms, groups: MolecularGroups, units: Sequence[Sequence[int]]
) -> tuple[str, ...]:
    """Formula of each unit: of one group as chemists write it, else the anions last."""
    centre = dict(zip(groups.centre.tolist(), groups.names, strict=True))
    size = Counter(groups.group.tolist())
    sizes = {atom: size[number] for number, atom in enumerate(groups.centre.tolist())}
    order = np.nan_to_num(electronegativities(), nan=0.0)
    names = []
    for unit in units:
        own = [atom for atom in unit if sizes.get(atom) == len(unit)]
        counts = Counter(crystal.numbers[list(unit)].tolist())
        ranked = sorted(counts, key=lambda z: (-(z == 6), order[z], z))
        formula = "".join(
            f"{chemical_symbols[z]}{counts[z] if counts[z] > 1 else ''}" for z in ranked
        )
        names.append(centre[own[0]] if own else formula)
    return tuple(names)


def _links(crystal: Atoms, groups: MolecularGroups) -> dict[int, list[tuple[int, Step]]]:
    """Covalent bonds, and each member of a group with its centre, by atom."""
    limits = np.full((119, 119), -1.0)
    chosen = np.flatnonzero(COVALENT)
    radii = covalent_radii[chosen]
    limits[np.ix_(chosen, chosen)] = BOND * (radii[:, None] + radii)
    pairs: NeighbourList = join(list(pairs_within(crystal, limits)))
    # H belongs to its nearest neighbour, and does not join two molecules.
    nearest = np.full(len(crystal), np.inf)
    np.minimum.at(nearest, pairs.first, pairs.distances)
    near = pairs.distances < nearest[pairs.first] + 1e-6
    mutual = pairs.distances < nearest[pairs.second] + 1e-6
    hydrogen = crystal.numbers == 1
    pairs = pairs.take((near | ~hydrogen[pairs.first]) & (mutual | ~hydrogen[pairs.second]))
    links: dict[int, list[tuple[int, Step]]] = defaultdict(list)
    for first, second, (a, b, c) in zip(
        pairs.first.tolist(), pairs.second.tolist(), pairs.shifts.tolist(), strict=True
    ):
        links[first].append((second, (a, b, c)))
    for centre, member, (a, b, c) in zip(
        groups.centre[groups.group].tolist(), groups.member.tolist(), groups.shift.tolist(),
        strict=True,
    ):  # fmt: skip
        if member != centre:
            links[centre].append((member, (a, b, c)))
            links[member].append((centre, (-a, -b, -c)))
    return links
