r"""Coordination of every site: neighbours, bond lengths, bond valence, distortion.

All numbers follow from the bonds that a criterion of :mod:`ionsmith.bonding.bonds` defines. With
the bond lengths :math:`l_i` of a site and their mean :math:`\bar l`:

* spread: standard deviation of :math:`l_i`, in Å;
* distortion index of Baur (1974), doi:10.1107/S0567740874004560:
  :math:`\frac1n\sum|l_i-\bar l|/\bar l`;
* bond-angle variance of Robinson, Gibbs and Ribbe (1971), doi:10.1126/science.172.3983.567, for
  four and six neighbours: :math:`\frac1{m-1}\sum(\theta_i-\theta_0)^2` in degrees squared, over
  the m = 6 angles of a tetrahedron (109.47°) or the m = 12 of an octahedron (90°), the twelve
  smallest of the fifteen;
* valence sum: sum of the bond valences (:mod:`ionsmith.bonding.valence`), NaN if a bond of the site
  has no parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.coordination._angle_variance import angle_variance
from ionsmith.analyzers.coordination._plot import plot_coordination
from ionsmith.analyzers.coordination._site_records import (
    MEASURES,
    NUMBERS,
    CoordinationCount,
    Environment,
    LabelledEnvironment,
    Site,
)
from ionsmith.analyzers.coordination._weighted import (
    WeightedCoordination,
    weighted_coordination,
)
from ionsmith.bonding.bonds import (
    DEFAULT_CRITERION,
    Bonds,
    Criterion,
    check_pairs,
    criterion_name,
    environments,
    find_bonds,
)
from ionsmith.bonding.valence import bond_valences
from ionsmith.choices import checked
from ionsmith.crystals import Crystal
from ionsmith.crystals.conversion import read_phase
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEADERS = (
    *("CN", "shortest (Å)", "mean (Å)", "longest (Å)", "spread (Å)"),
    *("valence sum", "Baur index", "angle variance (°²)"),
)


@dataclass(frozen=True)
class Coordination(Result):
    """Coordination of every site, shape (n,) each, NaN where a measure is not defined.

    Parameters
    ----------
    criterion
        Bond criterion.
    margin
        In Å, added to the distances of the criterion.
    numbers
        Atomic numbers.
    labels
        Names of the crystallographic sites, None if the structure has none.
    environment_names
        All different neighbourhoods, such as ``"O4"`` or ``"Si2Na5"``.
    environment
        Index in ``environment_names`` of each site.
    coordination_numbers
        Number of bonds.
    shortest, mean_length, longest, spread
        Shortest, mean and longest bond length in Å, and their standard deviation.
    valence_sum
        Bond-valence sum in valence units.
    distortion_index
        Distortion index of Baur (1974).
    angle_variance
        Bond-angle variance in degrees squared, for four and six neighbours.
    oxidation_states
        Charges by element for which the valence sums were computed.
    without_valence
        Bonded pairs of elements without bond-valence parameters.
    bonds
        The bonds.
    list_sites
        Whether tables and document list every site.
    """

    criterion: str
    margin: float
    numbers: NDArray[np.int64]
    labels: NDArray[np.str_] | None
    environment_names: tuple[str, ...]
    environment: NDArray[np.int64]
    coordination_numbers: NDArray[np.int64]
    shortest: NDArray[np.float64]
    mean_length: NDArray[np.float64]
    longest: NDArray[np.float64]
    spread: NDArray[np.float64]
    valence_sum: NDArray[np.float64]
    distortion_index: NDArray[np.float64]
    angle_variance: NDArray[np.float64]
    oxidation_states: dict[str, int]
    without_valence: tuple[str, ...]
    bonds: Bonds
    list_sites: bool = False

    document: ClassVar[tuple[str, ...]] = (
        *("criterion", "margin", "n_atoms", "coordination", "environments"),
        *("oxidation_states", "without_valence", "site_labels", "sites"),
    )

    @property
    def n_atoms(self) -> int:
        """Number of atoms."""
        return len(self.numbers)

    @property
    def coordination(self) -> dict[str, tuple[CoordinationCount, ...]]:
        """Number of atoms by element and coordination number."""
        return {
            element: tuple(CoordinationCount(*item) for item in counts.items())
            for element, counts in self.counts().items()
        }

    @property
    def environments(self) -> tuple[Environment, ...]:
        """Means over the sites of each element with the same neighbours."""
        rows = [
            Environment(sites=count, **self._names(site), **means)
            for site, count, means in self._groups(self.environment, self.numbers)
        ]
        return tuple(sorted(rows, key=lambda row: (row.element, -row.sites)))

    @property
    def site_labels(self) -> tuple[LabelledEnvironment, ...] | None:
        """Means over the sites of each label with the same neighbours; None without labels."""
        if self.labels is None:
            return None
        label = np.unique(self.labels, return_inverse=True)[1]
        rows = [
            LabelledEnvironment(
                label=str(self.labels[site]), sites=count, **self._names(site), **means
            )
            for site, count, means in self._groups(self.environment, self.numbers, label)
        ]
        return tuple(sorted(rows, key=lambda row: (row.element, row.label, -row.sites)))

    @property
    def sites(self) -> tuple[Site, ...] | None:
        """Every site; None unless they are to be listed."""
        if not self.list_sites:
            return None
        labels = [None] * self.n_atoms if self.labels is None else self.labels.tolist()
        columns = (self.coordination_numbers, *(getattr(self, name) for name in MEASURES))
        measures = zip(*(map(_number, column.tolist()) for column in columns), strict=True)
        return tuple(
            Site(
                index=index,
                label=label,
                **self._names(index),
                **dict(zip(NUMBERS, values, strict=True)),
            )
            for index, (label, values) in enumerate(zip(labels, measures, strict=True))
        )

    def counts(self) -> dict[str, dict[int, int]]:
        """Return how many atoms of each element have each coordination number."""
        counted = {}
        for element in np.unique(self.numbers):
            numbers, counts = np.unique(
                self.coordination_numbers[self.numbers == element], return_counts=True
            )
            counted[chemical_symbols[element]] = dict(
                zip(numbers.tolist(), counts.tolist(), strict=True)
            )
        return dict(sorted(counted.items()))

    def tables(self) -> list[Table]:
        """Return every site if asked for, and means by element and environment and by label."""
        margin = f", margin {self.margin:+g} Å" if self.margin else ""
        title = f"Coordination of {self.n_atoms} atoms (criterion: {self.criterion}{margin})"
        headers = ("element", "neighbours", "sites", *_HEADERS)
        tables = [Table(title, headers, _rows(self.environments))]
        if (labelled := self.site_labels) is not None:
            tables.append(Table("By site", ("site", *headers), _rows(labelled)))
        notes = []
        if self.oxidation_states:
            charges = ", ".join(f"{el}{q:+d}" for el, q in self.oxidation_states.items())
            notes.append(("valence sums for", charges))
        if self.without_valence:
            notes.append(("no bond-valence parameters", ", ".join(self.without_valence)))
        if notes:
            tables.append(Table("", ("", ""), notes))
        if (sites := self.sites) is not None:
            names = ("site", "label", "element", "neighbours", *_HEADERS)
            tables.insert(0, Table("Every site", names, _rows(sites)))
        return tables

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the share of the sites of each element with each coordination number.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_coordination(self.counts(), ax)

    def _names(self, site: int) -> dict[str, Any]:
        """Element and environment of a site."""
        return {
            "element": chemical_symbols[self.numbers[site]],
            "environment": self.environment_names[self.environment[site]],
        }

    def _groups(self, *keys: NDArray[np.int64]) -> list[tuple[int, int, dict[str, Any]]]:
        """First site, number of sites and means of the sites with the same keys."""
        order = np.lexsort(keys)
        new = np.append(True, np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0))
        group = np.empty(len(order), np.int64)
        group[order] = np.cumsum(new) - 1
        heads = order[new]
        means = {}
        for name in MEASURES:
            value = getattr(self, name)
            known = np.isfinite(value)
            total = np.bincount(group[known], value[known], len(heads))
            with np.errstate(invalid="ignore"):
                means[name] = total / np.bincount(group[known], minlength=len(heads))
        for name, extreme in (("shortest", np.minimum), ("longest", np.maximum)):
            means[name] = extreme.reduceat(getattr(self, name)[order], np.flatnonzero(new))
        columns = (self.coordination_numbers[heads], *means.values())
        measures = [
            dict(zip(NUMBERS, values, strict=True))
            for values in zip(*(map(_number, column.tolist()) for column in columns), strict=True)
        ]
        return list(zip(heads.tolist(), np.bincount(group).tolist(), measures, strict=True))


@overload
def coordination(
    structure: Atoms,
    criterion: Criterion = DEFAULT_CRITERION,
    *,
    margin: float = 0.0,
    oxidation_states: Mapping[str, int] | None = None,
    list_sites: bool = False,
) -> Coordination: ...


@overload
def coordination(
    structure: CrystalLike,
    criterion: Criterion = DEFAULT_CRITERION,
    *,
    margin: float = 0.0,
    oxidation_states: Mapping[str, int] | None = None,
    list_sites: bool = False,
) -> Coordination | WeightedCoordination: ...


@checked
def coordination(
    structure: CrystalLike,
    criterion: Criterion = DEFAULT_CRITERION,
    *,
    margin: float = 0.0,
    oxidation_states: Mapping[str, int] | None = None,
    list_sites: bool = False,
) -> Coordination | WeightedCoordination:
    """Neighbours, bond lengths, bond valence and distortion of every site of a structure.

    Of a disordered crystal, coordination numbers and bond lengths are weighted by occupancy: a
    position counts as many neighbours as it holds atoms on average, and none if it is too close
    to the centre to be occupied with it.

    Parameters
    ----------
    structure
        Any crystal (:data:`ionsmith.crystals.files.CrystalLike`), periodic along any of its axes,
        up to about 10^6 atoms.
    criterion, margin
        Bond criterion and margin in Å (:func:`ionsmith.bonding.bonds.find_bonds`).
    oxidation_states
        Charges of cations for the valence sums; by default derived from the bond lengths.
    list_sites
        Whether tables and document list every site; only means by default.

    Returns
    -------
    Coordination or WeightedCoordination
        The latter of a disordered crystal, without valence sums and distortion.

    Raises
    ------
    InvalidStructure
        For an empty structure, numbers that are not finite, or a cell without volume.
    UnreadableFile, UnknownPhase
        As :func:`ionsmith.crystals.files.read_structure`.
    InvalidChoice, InvalidCriterion
        If the criterion is not recognised, or a cutoff is out of range or for other elements, or
        for CrystalNN and a disordered crystal.
    InvalidInput
        For an oxidation state without bond-valence parameters or for a disordered crystal, or a
        margin that is not finite.
    AtomsTooClose
        If two bonded atoms are on each other.

    Examples
    --------
    >>> from ionsmith.analyzers.coordination import coordination
    >>> sites = coordination("lib:al2o3")
    >>> sites.counts()
    {'Al': {6: 12}, 'O': {4: 18}}
    >>> sites.shortest[:2].round(3).tolist(), sites.longest[:2].round(3).tolist()
    ([1.854, 1.854], [1.971, 1.971])
    """
    crystal = read_phase(structure)
    if isinstance(crystal, Crystal) and crystal.has_coordinates and not crystal.is_ordered:
        if oxidation_states:
            raise InvalidInput(
                f"`oxidation_states`: {crystal.name} is disordered, and valence sums need an "
                "ordered crystal"
            )
        return weighted_coordination(crystal, criterion, margin)
    atoms = read_structure(crystal)
    check_pairs(criterion, atoms.numbers.tolist())
    bonds = find_bonds(atoms, criterion, margin=margin)
    n, first, lengths = len(atoms), bonds.first, bonds.distances
    number = np.bincount(first, minlength=n)
    valences, states = bond_valences(atoms.numbers, bonds, oxidation_states)
    names, environment = environments(atoms.numbers, bonds)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(first, lengths, n) / number
        deviation = lengths - mean[first]
        spread = np.sqrt(np.bincount(first, deviation**2, n) / number)
        baur = np.bincount(first, np.abs(deviation), n) / number / mean
    shortest, longest = np.full(n, np.nan), np.full(n, np.nan)
    np.fmin.at(shortest, first, lengths)
    np.fmax.at(longest, first, lengths)
    missing = np.isnan(valences)
    pairs = np.unique(np.sort(atoms.numbers[np.stack([first, bonds.second], 1)[missing]]), axis=0)
    return Coordination(
        criterion=criterion_name(criterion),
        margin=float(margin),
        numbers=atoms.numbers.astype(np.int64),
        labels=atoms.arrays.get("site_label"),
        environment_names=names,
        environment=environment,
        coordination_numbers=number,
        shortest=shortest,
        mean_length=mean,
        longest=longest,
        spread=spread,
        valence_sum=np.where(number > 0, np.bincount(first, valences, n), np.nan),
        distortion_index=baur,
        angle_variance=angle_variance(atoms, bonds, number),
        oxidation_states=states,
        without_valence=tuple(f"{chemical_symbols[a]}-{chemical_symbols[b]}" for a, b in pairs),
        bonds=bonds,
        list_sites=list_sites,
    )


def _number(value: float) -> float | None:
    """None for NaN."""
    return None if value != value else value


def _rows(records: Sequence[Environment | Site]) -> list[list[Any]]:
    """Rows of a table, rounded."""
    values = [[getattr(record, name) for name in record.document] for record in records]
    return [[round(x, 3) if isinstance(x, float) else x for x in row] for row in values]
