"""The coordination of every site, as a result."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.coordination._plot import plot_coordination
from ionsmith.analyzers.coordination._records import (
    MEASURES,
    NUMBERS,
    CoordinationCount,
    Environment,
    LabelledEnvironment,
    OrderMeans,
    PartEnvironment,
    ShapeCount,
    Site,
)
from ionsmith.analyzers.coordination._shapes import Shapes
from ionsmith.bonding.bonds import Bonds
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
    site_shapes
        Nearest ideal polyhedron of each site; None if not asked for.
    order
        Bond-orientational order parameters by name, such as ``"q4"``, if asked for.
    parts
        Part of a composite model that each site belongs to (array ``part``); None without parts.
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
    site_shapes: Shapes | None = None
    order: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    parts: NDArray[np.str_] | None = None

    document: ClassVar[tuple[str, ...]] = (
        *("criterion", "margin", "n_atoms", "coordination", "environments"),
        *("oxidation_states", "without_valence", "site_labels", "sites", "shapes"),
        *("order_parameters", "part_environments"),
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
    def part_environments(self) -> tuple[PartEnvironment, ...] | None:
        """Means over the sites of each part and element with the same neighbours, by part."""
        if self.parts is None:
            return None
        part = np.unique(self.parts, return_inverse=True)[1]
        rows = [
            PartEnvironment(part=str(self.parts[site]), sites=count, **self._names(site), **means)
            for site, count, means in self._groups(self.environment, self.numbers, part)
        ]
        return tuple(sorted(rows, key=lambda row: (row.part, row.element, -row.sites)))

    @property
    def sites(self) -> tuple[Site, ...] | None:
        """Every site; None unless they are to be listed."""
        if not self.list_sites:
            return None
        labels = [None] * self.n_atoms if self.labels is None else self.labels.tolist()
        shapes = self.site_shapes
        columns = (self.coordination_numbers, *(getattr(self, name) for name in MEASURES))
        measures = zip(*(map(_number, column.tolist()) for column in columns), strict=True)
        return tuple(
            Site(
                index=index,
                label=label,
                **self._names(index),
                **dict(zip(NUMBERS, values, strict=True)),
                shape=None if shapes is None else shapes.name(index),
                shape_measure=None if shapes is None else _number(float(shapes.measure[index])),
                order={name: _number(float(q[index])) for name, q in self.order.items()} or None,
            )
            for index, (label, values) in enumerate(zip(labels, measures, strict=True))
        )

    @property
    def shapes(self) -> tuple[ShapeCount, ...] | None:
        """Sites by element, neighbours and nearest ideal polyhedron; None if not asked for."""
        found = self.site_shapes
        if found is None:
            return None
        rows = []
        with_shape = np.flatnonzero(found.shape >= 0)
        keys = np.stack([self.numbers, self.environment, found.shape])[:, with_shape]
        _, first, group = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        for number, head in enumerate(with_shape[first].tolist()):
            measure = found.measure[with_shape[group == number]]
            shape, means = str(found.name(head)), (float(measure.mean()), float(measure.max()))
            rows.append(
                ShapeCount(
                    **self._names(head),
                    shape=shape,
                    sites=len(measure),
                    measure=means[0],
                    largest=means[1],
                )
            )
        return tuple(sorted(rows, key=lambda row: (row.element, -row.sites)))

    @property
    def order_parameters(self) -> tuple[OrderMeans, ...] | None:
        """Mean order parameters by element and neighbours; None if not asked for."""
        if not self.order:
            return None
        rows = []
        keys = np.stack([self.numbers, self.environment])
        _, first, group = np.unique(keys, axis=1, return_index=True, return_inverse=True)
        for number, head in enumerate(first.tolist()):
            here = group == number
            means = {name: float(q[here].mean()) for name, q in self.order.items()}
            if self.coordination_numbers[head]:
                rows.append(OrderMeans(**self._names(head), sites=int(here.sum()), means=means))
        return tuple(sorted(rows, key=lambda row: (row.element, -row.sites)))

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
        headers: tuple[str, ...] = ("element", "neighbours", "sites", *_HEADERS)
        tables = [Table(title, headers, _rows(self.environments))]
        if (labelled := self.site_labels) is not None:
            tables.append(Table("By site", ("site", *headers), _rows(labelled)))
        if (apart := self.part_environments) is not None:
            tables.append(Table("By part", ("part", *headers), _rows(apart)))
        notes = []
        if self.oxidation_states:
            charges = ", ".join(f"{el}{q:+d}" for el, q in self.oxidation_states.items())
            notes.append(("valence sums for", charges))
        if self.without_valence:
            notes.append(("no bond-valence parameters", ", ".join(self.without_valence)))
        if notes:
            tables.append(Table("", ("", ""), notes))
        if (shapes := self.shapes) is not None:
            headers = ("element", "neighbours", "shape", "sites", "shape measure", "largest")
            tables.append(Table("Nearest ideal polyhedra (0 is ideal)", headers, _rows(shapes)))
        if (order := self.order_parameters) is not None:
            rows = [(one.element, one.environment, one.sites, *one.means.values()) for one in order]
            headers = ("element", "neighbours", "sites", *self.order)
            tables.append(Table("Bond-orientational order", headers, list(map(_rounded, rows))))
        if (sites := self.sites) is not None:
            tables.insert(0, self._site_table(sites))
        return tables

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the share of the sites of each element with each coordination number.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        return plot_coordination(self.counts(), ax)

    def _site_table(self, sites: tuple[Site, ...]) -> Table:
        """Every site, with its shape and order parameters where asked for."""
        names: tuple[str, ...] = ("site", "label", "element", "neighbours", *_HEADERS)
        rows = [[getattr(one, name) for name in Site.document[: len(names)]] for one in sites]
        if self.site_shapes is not None:
            names += ("shape", "shape measure")
            rows = [[*row, x.shape, x.shape_measure] for row, x in zip(rows, sites, strict=True)]
        names += tuple(self.order)
        rows = [[*row, *(x.order or {}).values()] for row, x in zip(rows, sites, strict=True)]
        return Table("Every site", names, list(map(_rounded, rows)))

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


def _number(value: float) -> float | None:
    """None for NaN."""
    return None if value != value else value


def _rows(records: Sequence[Environment | ShapeCount]) -> list[list[Any]]:
    """Rows of a table, rounded."""
    return [_rounded([getattr(one, name) for name in one.document]) for one in records]


def _rounded(row: Sequence[Any]) -> list[Any]:
    """Numbers of a row, rounded."""
    return [round(x, 3) if isinstance(x, float) else x for x in row]
