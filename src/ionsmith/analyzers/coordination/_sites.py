r"""Coordination of every site: neighbours, bond lengths, bond valence, distortion.

What a bond is, is a criterion of :mod:`ionsmith.bonding.bonds`; every number here follows from
the bonds that it gives. With the bond lengths :math:`l_i` of a site and their mean :math:`\bar l`:

* spread: standard deviation of :math:`l_i`, in Å;
* distortion index of Baur (1974), doi:10.1107/S0567740874004560:
  :math:`\frac1n\sum|l_i-\bar l|/\bar l`;
* bond-angle variance of Robinson, Gibbs and Ribbe (1971), doi:10.1126/science.172.3983.567, for
  four and six neighbours: :math:`\frac1{m-1}\sum(\theta_i-\theta_0)^2` in degrees squared, over
  the m = 6 angles of a tetrahedron (109.47°) or the m = 12 of an octahedron (90°), the twelve
  smallest of the fifteen;
* valence sum: sum of the bond valences of :mod:`ionsmith.bonding.valence`, nan where a bond
  of the site has no parameters.

For the connections between polyhedra see :mod:`ionsmith.analyzers.coordination`, for what changes
from one structure to another :mod:`ionsmith.analyzers.coordination`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.bonding.bonds import (
    DEFAULT_CRITERION,
    Bonds,
    Criterion,
    criterion_name,
    environments,
    find_bonds,
)
from ionsmith.bonding.contacts import check_numbers
from ionsmith.bonding.valence import bond_valences
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLOCK = 50_000
"""Sites whose bond angles are held at a time."""

TETRAHEDRAL = float(np.degrees(np.arccos(-1 / 3)))

_LENGTHS = ("shortest", "mean_length", "longest", "spread")
_MEASURES = (*_LENGTHS, "valence_sum", "distortion_index", "angle_variance")


@dataclass(frozen=True)
class Coordination(Result):
    """Coordination of every site, shape (n,) each, nan where a measure has no meaning.

    Parameters
    ----------
    criterion
        What counted as a bond.
    margin
        In Å, added to the distances of the criterion.
    numbers
        Atomic numbers.
    site_labels
        Names of the crystallographic sites, where the structure carries them.
    environment_names
        All kinds of neighbourhoods, such as ``"O4"`` or ``"Si2Na5"``.
    environment
        Which of ``environment_names`` each site has.
    coordination_numbers
        Number of bonds.
    shortest, mean_length, longest, spread
        Bond lengths in Å: least, mean and largest, and their standard deviation.
    valence_sum
        Bond-valence sum in valence units.
    distortion_index
        Of Baur (1974).
    angle_variance
        Bond-angle variance in degrees squared, for four and six neighbours.
    oxidation_states
        Charges by element that the valence sums were computed for.
    without_valence
        Pairs of elements that are bonded and have no bond-valence parameters.
    bonds
        The bonds.
    list_sites
        Whether ``tables`` and ``to_dict`` list every site beside the summary.
    """

    criterion: str
    margin: float
    numbers: NDArray[np.int64]
    site_labels: NDArray[np.str_] | None
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

    def counts(self) -> dict[str, dict[int, int]]:
        """Return how many atoms of each element have each coordination number."""
        found: dict[str, dict[int, int]] = {}
        for number in np.unique(self.numbers):
            values, counts = np.unique(
                self.coordination_numbers[self.numbers == number], return_counts=True
            )
            found[chemical_symbols[number]] = dict(
                zip(values.tolist(), counts.tolist(), strict=True)
            )
        return dict(sorted(found.items()))

    def with_sites(self) -> "Coordination":
        """Return the same result, every site listed."""
        return replace(self, list_sites=True)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary, and the sites if they are to be listed, ready for JSON."""
        result: dict[str, Any] = {
            "criterion": self.criterion,
            "margin": self.margin,
            "n_atoms": len(self.numbers),
            "coordination": {
                element: [
                    {"coordination_number": number, "count": count}
                    for number, count in counts.items()
                ]
                for element, counts in self.counts().items()
            },
            "environments": self._groups(None),
            "oxidation_states": dict(self.oxidation_states),
            "without_valence": list(self.without_valence),
        }
        if self.site_labels is not None:
            result["site_labels"] = self._groups(self.site_labels)
        if self.list_sites:
            result["sites"] = [
                dict(zip(("index", *_SITE_KEYS), row, strict=True)) for row in self._site_rows()
            ]
        return result

    def tables(self) -> list[Table]:
        """Return every site if asked for, one row an element and environment, one a site label."""
        headers = (
            *("sites", "CN", "shortest (Å)", "mean (Å)", "longest (Å)", "spread (Å)"),
            *("valence sum", "Baur index", "angle variance (°²)"),
        )
        margin = f", margin {self.margin:+g} Å" if self.margin else ""
        title = f"Coordination of {len(self.numbers)} atoms (criterion: {self.criterion}{margin})"
        tables = [Table(title, ("element", "neighbours", *headers), _rows(self._groups(None)))]
        if self.site_labels is not None:
            groups = self._groups(self.site_labels)
            tables.append(
                Table("By site", ("site", "element", "neighbours", *headers), _rows(groups))
            )
        notes = []
        if self.oxidation_states:
            charges = ", ".join(f"{el}{q:+d}" for el, q in self.oxidation_states.items())
            notes.append(("valence sums for", charges))
        if self.without_valence:
            notes.append(("no bond-valence parameters", ", ".join(self.without_valence)))
        if notes:
            tables.append(Table("", ("", ""), notes))
        if self.list_sites:
            names = ("site", "label", "element", "neighbours", *headers[1:])
            sites = Table("Every site", names, [_round(row) for row in self._site_rows()])
            tables.insert(0, sites)
        return tables

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the share of the sites of each element that have each coordination number.

        Parameters
        ----------
        ax
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from matplotlib.ticker import MaxNLocator

        if ax is None:
            from matplotlib.figure import Figure

            ax = Figure(layout="constrained").add_subplot()
        counts = self.counts()
        # Elements that have a number stand side by side over it, and no room is left for others.
        there = Counter(number for numbers in counts.values() for number in numbers)
        width = 0.8 / max(there.values(), default=1)
        placed: Counter[int] = Counter()
        for element, numbers in counts.items():
            middle = [
                number + (placed[number] - (there[number] - 1) / 2) * width for number in numbers
            ]
            share = 100 * np.array(list(numbers.values())) / sum(numbers.values())
            ax.bar(middle, share, 0.9 * width, label=element)
            placed.update(list(numbers))
        ax.set_xlabel("coordination number")
        ax.set_ylabel("share of sites (%)")
        ax.set_xlim(min(there, default=0) - 0.6, max(there, default=1) + 0.6)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        ax.legend()
        return ax

    def _groups(self, labels: NDArray[np.str_] | None) -> list[dict[str, Any]]:
        """Means over the sites of each element, label and environment."""
        keys: list[NDArray[Any]] = [self.environment, self.numbers]
        if labels is not None:
            _, label = np.unique(labels, return_inverse=True)
            keys.append(label)
        order = np.lexsort(keys)
        new = np.append(True, np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0))
        group = np.empty(len(order), np.int64)
        group[order] = np.cumsum(new) - 1
        heads = order[new]
        sites = np.bincount(group)
        means = {}
        for name in _MEASURES:
            value = getattr(self, name)
            known = np.isfinite(value)
            total = np.bincount(group[known], value[known], len(heads))
            with np.errstate(invalid="ignore"):
                means[name] = total / np.bincount(group[known], minlength=len(heads))
        for name, extreme in (("shortest", np.minimum), ("longest", np.maximum)):
            means[name] = extreme.reduceat(getattr(self, name)[order], np.flatnonzero(new))
        rows = []
        for row, head in enumerate(heads):
            rows.append(
                ({"label": str(labels[head])} if labels is not None else {})
                | {
                    "element": chemical_symbols[self.numbers[head]],
                    "environment": self.environment_names[self.environment[head]],
                    "sites": int(sites[row]),
                    "coordination_number": int(self.coordination_numbers[head]),
                }
                | {name: _number(means[name][row]) for name in _MEASURES}
            )
        return sorted(rows, key=lambda row: (row["element"], row.get("label", ""), -row["sites"]))

    def _site_rows(self) -> list[tuple[Any, ...]]:
        labels = [None] * len(self.numbers) if self.site_labels is None else self.site_labels
        return [
            (
                index,
                None if labels[index] is None else str(labels[index]),
                chemical_symbols[self.numbers[index]],
                self.environment_names[self.environment[index]],
                int(self.coordination_numbers[index]),
                *(_number(getattr(self, name)[index]) for name in _MEASURES),
            )
            for index in range(len(self.numbers))
        ]


_SITE_KEYS = ("label", "element", "environment", "coordination_number", *_MEASURES)


def coordination(
    atoms: Atoms,
    criterion: Criterion = DEFAULT_CRITERION,
    *,
    margin: float = 0.0,
    oxidation_states: Mapping[str, int] | None = None,
) -> Coordination:
    """Coordination of every site of a structure.

    Parameters
    ----------
    atoms
        The structure, ordered, periodic along any of its axes, 1 to 10^6 atoms.
    criterion, margin
        As for :func:`ionsmith.bonding.bonds.find_bonds`.
    oxidation_states
        Charges of cations for the valence sums; found from the bond lengths where not given.

    Returns
    -------
    Coordination

    Raises
    ------
    InvalidStructure
        For an empty structure, numbers that are not finite, a cell without volume.
    InvalidCriterion
        For a criterion that is none.
    InvalidInput
        For an oxidation state without bond-valence parameters.

    Examples
    --------
    >>> from ionsmith.analyzers.coordination import coordination
    >>> from ionsmith.crystals import load
    >>> sites = coordination(load("al2o3").to_atoms())
    >>> sites.counts()
    {'Al': {6: 12}, 'O': {4: 18}}
    >>> sites.shortest[:2].round(3).tolist(), sites.longest[:2].round(3).tolist()
    ([1.854, 1.854], [1.971, 1.971])
    """
    check_numbers(atoms)
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
        site_labels=atoms.arrays.get("site_label"),
        environment_names=names,
        environment=environment,
        coordination_numbers=number,
        shortest=shortest,
        mean_length=mean,
        longest=longest,
        spread=spread,
        valence_sum=np.where(number > 0, np.bincount(first, valences, n), np.nan),
        distortion_index=baur,
        angle_variance=_angle_variance(atoms, bonds, number),
        oxidation_states=states,
        without_valence=tuple(f"{chemical_symbols[a]}-{chemical_symbols[b]}" for a, b in pairs),
        bonds=bonds,
    )


def _angle_variance(atoms: Atoms, bonds: Bonds, number: NDArray[np.int64]) -> NDArray[np.float64]:
    """Bond-angle variance in degrees squared of sites with four or six bonds, else nan."""
    variance = np.full(len(atoms), np.nan)
    starts = np.cumsum(number) - number
    cell = atoms.cell.complete().array
    for neighbours, ideal, angles in ((4, TETRAHEDRAL, 6), (6, 90.0, 12)):
        one, other = np.triu_indices(neighbours, 1)
        sites = np.flatnonzero(number == neighbours)
        for begin in range(0, len(sites), BLOCK):
            block = sites[begin : begin + BLOCK]
            rows = starts[block, None] + np.arange(neighbours)
            vectors = (
                atoms.positions[bonds.second[rows]]
                + bonds.shifts[rows] @ cell
                - atoms.positions[block, None]
            )
            vectors /= bonds.distances[rows][..., None]
            cosines = np.einsum("sik,sik->si", vectors[:, one], vectors[:, other])
            found = np.sort(np.degrees(np.arccos(np.clip(cosines, -1, 1))), axis=1)[:, :angles]
            variance[block] = ((found - ideal) ** 2).sum(axis=1) / (angles - 1)
    return variance


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _rows(groups: list[dict[str, Any]]) -> list[list[Any]]:
    return [_round(tuple(group.values())) for group in groups]


def _round(row: tuple[Any, ...]) -> list[Any]:
    return [round(value, 3) if isinstance(value, float) else value for value in row]
