"""Pair distribution, coordination, bond angles and rings: the order of an amorphous structure.

g(r) tends to 1 at large distances: g_ab is the density of b around a divided by the mean density of
b. Peaks are the maxima of g(r), smoothed by a Gaussian. Atoms are neighbours up to the minimum
after the first peak of all pairs, unless another cutoff is given.

With a Qmax, S(Q) and G(r) are given as total scattering measures them
(:func:`ionsmith.analyzers.scattering.total_scattering`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import NDArray

from ionsmith.analyzers.scattering import Radiation, TotalScattering, total_scattering
from ionsmith.bonding.bonds import bond_angles
from ionsmith.bonding.connectivity import ring_counts
from ionsmith.bonding.elements import mass_density
from ionsmith.bonding.neighbours import neighbour_list
from ionsmith.bonding.radial_distribution import peaks_and_minima, radial_distribution, total
from ionsmith.choices import checked
from ionsmith.crystals.files import CrystalLike, read_structure
from ionsmith.errors import InvalidInput
from ionsmith.plotting import DASHES, SERIES, axes_or_new, new_figure
from ionsmith.results import Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ANGLE_BIN = 2.0
"""Width of a bin of the bond angles in degrees."""

LONGEST = 30.0
"""Upper limit of the distances of g(r) in Å."""


@dataclass(frozen=True)
class PairFunction:
    """The pair distribution function of two elements.

    Parameters
    ----------
    pair
        The elements, such as ``"Li-Si"``; ``"all"`` for all pairs.
    peaks
        Positions of the first peaks in Å.
    minima
        Positions of the minima after these peaks in Å.
    coordination
        Mean number of atoms of the second element around one of the first, up to the first
        minimum; None without a minimum.
    slope
        How many neighbours that number gains per Å of cutoff there: 0 where the shell ends; where
        it does not, n(r) says more than one number. None without a minimum.
    g
        g(r) at each distance, shape (m,).
    running
        n(r), the mean number of atoms of the second element within each distance, shape (m,).
    """

    pair: str
    peaks: tuple[float, ...]
    minima: tuple[float, ...]
    coordination: float | None
    slope: float | None
    g: NDArray[np.float64]
    running: NDArray[np.float64]


@dataclass(frozen=True)
class PairDistribution(Result):
    """Pair distribution functions of a structure, and its coordination, bond angles and rings.

    Parameters
    ----------
    n_atoms
        Number of atoms.
    density
        Density in g/cm³.
    number_density
        Atoms per Å³.
    smear
        Standard deviation in Å of the Gaussian that g(r) is smoothed with.
    r
        Distances in Å, shape (m,).
    pairs
        All pairs first, then each pair of elements if there are several elements.
    cutoff
        Distance in Å up to which atoms are neighbours; None if g(r) has no minimum.
    coordination
        Number of atoms by number of neighbours.
    angle
        Mean bond angle in degrees; None without bond angles.
    angle_spread
        Standard deviation of the bond angles in degrees; None without bond angles.
    angle_edges
        Edges of the histogram of bond angles in degrees, shape (k + 1,).
    angle_counts
        Number of bond angles in each bin, shape (k,).
    rings_per_atom
        Number of shortest-path rings per atom by size; None unless they were counted.
    scattering
        S(Q) and G(r) of total scattering; None without a Qmax.
    """

    n_atoms: int
    density: float
    number_density: float
    smear: float
    r: NDArray[np.float64]
    pairs: tuple[PairFunction, ...]
    cutoff: float | None
    coordination: dict[int, int]
    angle: float | None
    angle_spread: float | None
    angle_edges: NDArray[np.float64]
    angle_counts: NDArray[np.int64]
    rings_per_atom: dict[int, float] | None
    scattering: TotalScattering | None

    def tables(self) -> list[Table]:
        """Return the peaks, then density and angles, coordination and rings."""
        rows = [
            [
                pair.pair,
                *(pair.peaks[k] if k < len(pair.peaks) else None for k in range(3)),
                pair.minima[0] if pair.minima else None,
                pair.coordination,
                pair.slope,
            ]
            for pair in self.pairs
        ]
        headers = ["pair", "1st peak (Å)", "2nd (Å)", "3rd (Å)"]
        headers += ["1st minimum (Å)", "neighbours", "more per Å"]
        tables = [Table("Pair distribution", headers, [_round(row) for row in rows])]
        facts: list[list[object]] = [
            ["density (g/cm³)", self.density],
            ["atoms per Å³", self.number_density],
            ["neighbours within (Å)", self.cutoff],
            ["mean bond angle (°)", self.angle],
            ["spread of bond angles (°)", self.angle_spread],
        ]
        tables.append(Table("", ["", ""], [_round(row, 4) for row in facts]))
        counts = [
            [number, atoms, f"{100 * atoms / self.n_atoms:.2f} %"]
            for number, atoms in self.coordination.items()
        ]
        tables.append(Table("Coordination", ["neighbours", "atoms", "share"], counts))
        if self.rings_per_atom is not None:
            rings = [[size, round(rate, 4)] for size, rate in self.rings_per_atom.items()]
            tables.append(Table("Shortest-path rings", ["atoms in ring", "rings per atom"], rings))
        if self.scattering is not None:
            tables.append(self.scattering.table())
        return tables

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw g(r) of all pairs, and of each pair of elements if there are several.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        ax = axes_or_new(ax)
        for number, pair in enumerate(self.pairs, start=-1):
            if pair.pair == "all":
                ax.plot(self.r, pair.g, label="all pairs", color="black", linewidth=1.6)
            else:
                colour, dash = SERIES[number % len(SERIES)], DASHES[number % len(DASHES)]
                ax.plot(self.r, pair.g, color=colour, ls=dash, label=pair.pair, linewidth=1.2)
        ax.axhline(1.0, color="0.7", linewidth=0.8, zorder=0)
        for peak in self.pairs[0].peaks[:2]:
            ax.axvline(peak, color="0.6", linewidth=0.8, linestyle=":", zorder=0)
            place = ("data", "axes fraction")
            ax.annotate(f"{peak:.2f}", (peak, 1), xycoords=place, ha="center", va="bottom")
        ax.set_xlabel("r (Å)")
        ax.set_ylabel("g(r)")
        ax.set_xlim(0, self.r[-1])
        ax.set_ylim(bottom=0)
        if len(self.pairs) > 1:
            ax.legend(frameon=False)
        ax.spines[["top", "right"]].set_visible(False)
        return ax

    def plot_angles(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the histogram of the bond angles.

        Parameters
        ----------
        ax
            Axes to draw into; a new figure by default.
        """
        ax = axes_or_new(ax)
        share = 100 * self.angle_counts / max(int(self.angle_counts.sum()), 1)
        ax.stairs(share, self.angle_edges, fill=True, color=SERIES[0], alpha=0.6)
        if self.angle is not None and self.cutoff is not None:
            text = (
                f"{self.angle:.1f} ± {self.angle_spread:.1f}°\n"
                f"neighbours within {self.cutoff:.2f} Å"
            )
            ax.text(0.03, 0.97, text, transform=ax.transAxes, va="top")
        ax.set_xlabel("bond angle (°)")
        ax.set_ylabel("share of angles (%)")
        ax.set_xlim(0, 180)
        ax.spines[["top", "right"]].set_visible(False)
        return ax

    def draw(self, **_: Any) -> "Figure":
        """Draw g(r) above the bond angles, and S(Q) and G(r) beside them if they are known."""
        columns = 1 if self.scattering is None else 2
        figure = new_figure((7 * columns, 7))
        axes = figure.subplots(2, columns, squeeze=False)
        self.plot(axes[0, 0])
        self.plot_angles(axes[1, 0])
        if self.scattering is not None:
            self.scattering.draw(axes[0, 1], axes[1, 1])
        return figure


@checked
def pair_distribution(
    structure: CrystalLike,
    *,
    r_max: float = 10.0,
    smear: float = 0.05,
    cutoff: float | None = None,
    rings: bool = False,
    q_max: float | None = None,
    radiation: Radiation = "x-rays",
    q_damp: float = 0.0,
    u_iso: Mapping[str, float] | None = None,
) -> PairDistribution:
    """Pair distribution of a structure, and coordination, angles and rings of its bonds.

    Parameters
    ----------
    structure
        Any ordered crystal or amorphous structure (:data:`ionsmith.crystals.files.CrystalLike`),
        periodic along all axes.
    r_max
        Largest distance in Å, 1 to 30 (10 by default).
    smear
        Standard deviation in Å of the Gaussian that g(r) is smoothed with, up to 0.5 (0.05 by
        default).
    cutoff
        Distance in Å up to which atoms are neighbours; the first minimum of g(r) by default.
    rings
        Whether shortest-path rings are counted, which needs the extra ``rings``.
    q_max
        Largest Q in Å⁻¹ of total scattering, 1 to 60; without one S(Q) and G(r) are not computed.
    radiation
        What is scattered, X-rays by default.
    q_damp
        Resolution of the instrument in Å⁻¹ (a standard deviation), which damps G(r); 0 by default.
    u_iso
        Mean square displacement in Å² by element; half the square of ``smear`` for the others.

    Returns
    -------
    PairDistribution

    Raises
    ------
    InvalidStructure
        For a structure that is empty or not periodic along all axes.
    UnreadableFile, UnknownPhase, DisorderedStructure
        As :func:`ionsmith.crystals.files.read_structure`.
    InvalidChoice
        For an unknown radiation.
    InvalidInput
        For a distance, Q or displacement out of range, rings without a cutoff, or scattering
        without ``q_max``.
    MissingExtra
        For rings without matscipy.

    Examples
    --------
    >>> from ionsmith.analyzers.pair_distribution import pair_distribution
    >>> from ionsmith.crystals import load
    >>> silicon = pair_distribution(load("si").to_atoms().repeat(3))
    >>> silicon.coordination, round(silicon.angle, 2)
    ({4: 216}, 109.47)
    """
    atoms = read_structure(structure)
    if not 1 <= r_max <= LONGEST:
        raise InvalidInput(f"`r_max` is {r_max:g} Å; expected 1 to {LONGEST:g} Å")
    if not 0 < smear <= 0.5:
        raise InvalidInput(f"`smear` is {smear:g} Å; expected more than 0 and up to 0.5 Å")
    if cutoff is not None and not 0 < cutoff <= r_max:
        raise InvalidInput(f"`cutoff` is {cutoff:g} Å; expected more than 0 and up to {r_max:g} Å")
    displacements = _displacements(atoms, smear, u_iso or {})
    if q_max is None and (q_damp or u_iso):
        raise InvalidInput("`q_damp` and `u_iso` belong to total scattering: set `q_max` in Å⁻¹")
    r, partials = radial_distribution(atoms, r_max, smear)
    volume = float(atoms.get_volume())
    g = total(atoms, partials)
    pairs = [_function("all", r, g, len(atoms) / volume)]
    if len(partials) > 1:
        for (a, b), partial in partials.items():
            name = f"{chemical_symbols[a]}-{chemical_symbols[b]}"
            pairs.append(_function(name, r, partial, float((atoms.numbers == b).sum()) / volume))
    if cutoff is None and pairs[0].minima:
        cutoff = pairs[0].minima[0]
    coordination: dict[int, int] = {}
    angles = np.zeros(0)
    if cutoff is not None:
        bonds = neighbour_list(atoms, cutoff)
        counts = np.bincount(np.bincount(bonds.first, minlength=len(atoms)))
        coordination = {number: int(n) for number, n in enumerate(counts.tolist()) if n}
        angles, _ = bond_angles(atoms, bonds)
    elif rings:
        raise InvalidInput("g(r) has no minimum to limit the bonds: give a `cutoff` in Å")
    edges = np.arange(0, 180 + ANGLE_BIN, ANGLE_BIN)
    counted = ring_counts(atoms, cutoff) if rings and cutoff is not None else None
    return PairDistribution(
        n_atoms=len(atoms),
        density=mass_density(atoms),
        number_density=len(atoms) / volume,
        smear=smear,
        r=r,
        pairs=tuple(pairs),
        cutoff=cutoff,
        coordination=coordination,
        angle=float(angles.mean()) if len(angles) else None,
        angle_spread=float(angles.std()) if len(angles) else None,
        angle_edges=edges,
        angle_counts=np.histogram(angles, edges)[0],
        rings_per_atom=None
        if counted is None
        else {size: n / len(atoms) for size, n in enumerate(counted.tolist()) if n},
        scattering=None
        if q_max is None
        else total_scattering(
            atoms,
            radiation=radiation,
            r_max=r_max,
            q_max=q_max,
            q_damp=q_damp,
            u_iso=displacements,
        ),
    )


def _displacements(atoms: Atoms, smear: float, given: Mapping[str, float]) -> dict[str, float]:
    """Mean square displacement of each element in Å²."""
    elements = sorted(set(atoms.get_chemical_symbols()))
    for element, value in given.items():
        if element not in elements:
            raise InvalidInput(f"`u_iso`: there is no {element!r}, only {', '.join(elements)}")
        if not 0 <= value <= 1:
            raise InvalidInput(f"`u_iso` of {element} is {value:g} Å²; expected 0 to 1 Å²")
    return {element: given.get(element, smear**2 / 2) for element in elements}


def _function(
    name: str, r: NDArray[np.float64], g: NDArray[np.float64], density: float
) -> PairFunction:
    """Peaks, minima and coordination of g(r), for the mean density of the second element."""
    peaks, minima = peaks_and_minima(r, g)
    gain = 4 * np.pi * density * r**2 * g
    running = float(r[1] - r[0]) * np.cumsum(gain)
    coordination = slope = None
    if minima:
        last = int(np.flatnonzero(r <= minima[0])[-1])
        coordination, slope = float(running[last]), float(gain[last])
    return PairFunction(name, tuple(peaks), tuple(minima), coordination, slope, g, running)


def _round(row: Sequence[object], digits: int = 3) -> list[object]:
    """Rounded numbers of a row."""
    return [round(value, digits) if isinstance(value, float) else value for value in row]
