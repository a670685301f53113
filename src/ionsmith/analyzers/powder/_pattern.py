r"""Powder lines of a crystal: positions, multiplicities, intensities.

A family of reflections with multiplicity m gives

.. math:: I = m\,\overline{|F|^2}\,P(2\theta)\,L(2\theta)

with the mean of :math:`|F|^2` over Friedel pairs and the polarisation and Lorentz factors of
:mod:`ionsmith.analyzers.powder`. Lines closer than the tolerance are one line, as on a
profile (:mod:`ionsmith.analyzers.powder`): it lies at their mean, weighted by intensity, with
the sum of multiplicities and intensities.

Taking lines together that no diffractometer parts.

Positions are grouped by the gaps between them, not by rounding: a run of lines whose gaps are all
within the tolerance is cut at its widest gap until no part is wider than the tolerance. No line
then moves by more than that, and lines that differ by the last digits of a cell stay together.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionsmith.analyzers.powder._setup import Setup
from ionsmith.analyzers.scattering import (
    Families,
    Scatterers,
    powder_intensities,
    reflection_families,
)
from ionsmith.errors import InvalidInput, NoMatch
from ionsmith.results import Result, Table, plain

Floats = NDArray[np.float64]

NOTHING = 1e-12
"""Families with less than this part of the strongest ``|F|²`` are absent: no line counts them."""

MAX_PHASES = 1e12
"""Atoms times reflections that are summed at most, in about half an hour."""


@dataclass(frozen=True, eq=False)
class PowderPattern(Result):
    """Lines of one crystal by rising angle, and the families of reflections in them.

    Parameters
    ----------
    name
        Of the crystal.
    setup
        What the pattern was computed under.
    volume
        Of the cell in Å³.
    composition
        Atoms of each element in the cell.
    scale
        What 100 stands for: ``m |F|² P L`` of the strongest line, in squared units of the factors.
    two_theta, d, intensity
        Of the lines: degrees, Å, and per cent of the strongest one; shape (n,) each.
    wavelength
        That the line is of, in Å, shape (n,).
    multiplicity
        Reflections in the line, shape (n,).
    f_squared
        Mean of ``|F|²`` over them, shape (n,).
    strongest
        Which family contributes most to each line, shape (n,).
    families
        Families of reflections by falling spacing.
    family_f_squared
        Mean ``|F|²`` of each, Friedel mates included.
    family_lines
        The families of each line: starts in ``family_order``, shape (n + 1,).
    family_order
        Indices of families, line by line.
    """

    name: str
    setup: Setup
    volume: float
    composition: dict[str, float]
    scale: float
    two_theta: Floats
    d: Floats
    intensity: Floats
    wavelength: Floats
    multiplicity: NDArray[np.int64]
    f_squared: Floats
    strongest: NDArray[np.int64]
    families: Families
    family_f_squared: Floats
    family_lines: NDArray[np.int64]
    family_order: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.two_theta)

    @cached_property
    def hkl(self) -> NDArray[np.int64]:
        """Indices of the strongest family of each line, shape (n, 3)."""
        return self.families.hkl[self.strongest]

    def families_of(self, line: int) -> NDArray[np.int64]:
        """Which families a line holds, the strongest first."""
        return self.family_order[self.family_lines[line] : self.family_lines[line + 1]]

    def to_dict(self) -> dict[str, Any]:
        """Return the pattern as plain values, ``lines`` among them."""
        setup = self.setup
        return {
            "crystal": self.name,
            "radiation": setup.beam.radiation,
            "wavelengths": plain(setup.beam.wavelengths),
            "wavelength_weights": plain(setup.beam.weights),
            "volume": self.volume,
            "scale": self.scale,
            "lines": [
                {
                    "crystal": self.name,
                    "two_theta": two_theta,
                    "d": d,
                    "hkl": hkl,
                    "multiplicity": multiplicity,
                    "intensity": intensity,
                    "f_squared": f_squared,
                    "wavelength": wavelength,
                    "families": [
                        {
                            "hkl": self.families.hkl[family].tolist(),
                            "multiplicity": int(self.families.multiplicity[family]),
                            "d": float(self.families.d[family]),
                            "f_squared": float(self.family_f_squared[family]),
                        }
                        for family in self.families_of(line)
                    ],
                }
                for line, (
                    two_theta,
                    d,
                    hkl,
                    multiplicity,
                    intensity,
                    f_squared,
                    wavelength,
                ) in enumerate(
                    zip(
                        self.two_theta.tolist(),
                        self.d.tolist(),
                        self.hkl.tolist(),
                        self.multiplicity.tolist(),
                        self.intensity.tolist(),
                        self.f_squared.tolist(),
                        self.wavelength.tolist(),
                        strict=True,
                    )
                )
            ],
        }

    def tables(self) -> list[Table]:
        """Return the lines."""
        several = len(self.setup.beam.wavelengths) > 1
        waves = ", ".join(f"{value:.6g}" for value in self.setup.beam.wavelengths)
        headers = ["2θ (°)", "d (Å)", "h k l", "multiplicity", "intensity", "|F|²"]
        rows: list[list[Any]] = [
            [
                round(two_theta, 4),
                round(d, 5),
                " ".join(map(str, hkl)),
                multiplicity,
                round(intensity, 3),
                float(f"{f_squared:.5g}"),
            ]
            for two_theta, d, hkl, multiplicity, intensity, f_squared in zip(
                self.two_theta.tolist(),
                self.d.tolist(),
                self.hkl.tolist(),
                self.multiplicity.tolist(),
                self.intensity.tolist(),
                self.f_squared.tolist(),
                strict=True,
            )
        ]
        if several:
            headers.append("wavelength (Å)")
            for row, wavelength in zip(rows, self.wavelength.tolist(), strict=True):
                row.append(wavelength)
        title = f"{self.name}: {len(self)} lines, {self.setup.beam.radiation} of {waves} Å"
        return [Table(title, headers, rows)]


def powder_pattern(scatterers: Scatterers, setup: Setup | None = None) -> PowderPattern:
    """Compute the powder lines of a crystal.

    Parameters
    ----------
    scatterers
        The crystal.
    setup
        Beam, geometry and range; Cu Kα from 5 to 90° by default.

    Raises
    ------
    NoMatch
        If there is no line in the range.
    InvalidInput
        If a scattering factor is not known, or there are too many reflections.

    Examples
    --------
    >>> from ionsmith.analyzers.powder import powder_pattern
    >>> from ionsmith.analyzers.scattering import read_scatterers
    >>> pattern = powder_pattern(read_scatterers("lib:si"))
    >>> for angle, hkl, intensity in zip(pattern.two_theta, pattern.hkl, pattern.intensity):
    ...     print(f"{angle:.2f} {hkl} {intensity:.0f}")
    28.47 [1 1 1] 100
    47.34 [2 2 0] 68
    56.17 [3 1 1] 40
    69.19 [4 0 0] 11
    76.45 [3 3 1] 17
    88.12 [4 2 2] 24
    """
    setup = setup or Setup()
    beam = setup.beam
    energy = beam.energy if setup.anomalous and beam.radiation == "x-rays" else None
    families = reflection_families(scatterers, setup.d_min, setup.d_max)
    atoms, reflections = len(scatterers.primitive_rows), len(families.d)
    if atoms * reflections > MAX_PHASES:
        raise InvalidInput(
            f"{scatterers.name}: {atoms} atoms and {reflections} reflections would take hours; "
            "take a smaller largest angle or a smaller cell"
        )
    square = powder_intensities(scatterers, families.hkl, beam.radiation, energy)
    seen = square > NOTHING * square.max(initial=0.0)
    families, square = families.take(seen), square[seen]
    parts = [
        _lines(families, square, setup, wavelength, weight)
        for wavelength, weight in zip(beam.wavelengths, beam.weights, strict=True)
    ]
    two_theta, intensity, wavelength = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("two_theta", "intensity", "wavelength")
    )
    top = float(intensity.max(initial=0.0))
    if top <= 0:
        low, high = setup.two_theta
        raise NoMatch(
            f"{scatterers.name}: no line from {low:g} to {high:g}° 2θ at {beam.wavelength:.5g} Å; "
            "try a wider range or a shorter wavelength"
        )
    counts = np.concatenate([np.diff(part.starts) for part in parts])
    every, ends = np.concatenate([part.order for part in parts]), np.cumsum(counts)
    kept = np.flatnonzero(intensity >= setup.min_intensity * top / 100)
    kept = kept[np.lexsort((wavelength[kept], two_theta[kept]))]
    starts = np.concatenate([[0], np.cumsum(counts[kept])])
    order = every[
        np.arange(starts[-1]) + np.repeat((ends - counts)[kept] - starts[:-1], counts[kept])
    ]
    multiplicity = np.add.reduceat(families.multiplicity[order], starts[:-1])
    summed = np.add.reduceat((families.multiplicity * square)[order], starts[:-1])
    return PowderPattern(
        name=scatterers.name,
        setup=setup,
        volume=scatterers.lattice.volume,
        composition=scatterers.composition,
        scale=top,
        two_theta=two_theta[kept],
        d=wavelength[kept] / (2 * np.sin(np.radians(two_theta[kept] / 2))),
        intensity=100 * (intensity[kept] / top),
        wavelength=wavelength[kept],
        multiplicity=multiplicity,
        f_squared=summed / multiplicity,
        strongest=order[starts[:-1]],
        families=families,
        family_f_squared=square,
        family_lines=starts,
        family_order=order,
    )


@dataclass(frozen=True, eq=False)
class _Lines:
    """Merged lines of one wavelength; families of line i are order[starts[i]:starts[i+1]]."""

    two_theta: Floats
    intensity: Floats
    wavelength: Floats
    starts: NDArray[np.int64]
    order: NDArray[np.int64]


def _lines(
    families: Families, square: Floats, setup: Setup, wavelength: float, weight: float
) -> _Lines:
    sine = wavelength / (2 * families.d)
    low, high = (np.sin(np.radians(angle / 2)) for angle in setup.two_theta)
    found = np.flatnonzero((sine >= low - 1e-9) & (sine <= high + 1e-9))
    if len(found) == 0:
        empty = np.zeros(0)
        return _Lines(empty, empty, empty, np.zeros(1, dtype=np.int64), found)
    angle = np.degrees(2 * np.arcsin(sine[found]))  # rising, since spacings fall
    single = weight * families.multiplicity[found] * square[found] * setup.factor(angle)
    starts = merged(angle, setup.merge)
    line = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    total = np.add.reduceat(single, starts[:-1])
    middle = np.add.reduceat(single * angle, starts[:-1]) / total
    # Families equal but for the last digits keep their order, which is that of readability.
    rank = np.round(-single / total[line], 9)
    order = np.lexsort((rank, line))
    return _Lines(middle, total, np.full(len(middle), wavelength), starts, found[order])


def merged(positions: Floats, tolerance: float) -> NDArray[np.int64]:
    """Group sorted positions."""
    gaps = np.diff(positions)
    cut = gaps > tolerance
    while True:
        starts = np.concatenate([[0], np.flatnonzero(cut) + 1, [len(positions)]])
        width = positions[starts[1:] - 1] - positions[starts[:-1]]
        wide = width > tolerance
        if not wide.any():
            return starts
        sizes = np.diff(starts)
        inside = np.flatnonzero(np.repeat(wide, sizes)[:-1] & ~cut)  # gaps within wide groups
        group = np.repeat(np.arange(len(sizes)), sizes)[inside]
        widest_first = inside[np.lexsort((inside, -gaps[inside], group))]
        _, first = np.unique(np.sort(group), return_index=True)
        cut[widest_first[first]] = True
