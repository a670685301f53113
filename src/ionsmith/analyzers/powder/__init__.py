r"""Powder diffraction: lines, profiles, measured patterns, and the phases in them.

A line has the intensity :math:`I = m\,\overline{|F|^2}\,P(2\theta)\,L(2\theta)` (multiplicity,
squared structure factor averaged over Friedel pairs, polarisation, Lorentz factor), given in per
cent of the strongest line. Angles are 2θ in degrees, spacings d in Å; wavelengths, anomalous
scattering and displacements are those of :mod:`ionsmith.analyzers.scattering`.

* :func:`powder_pattern` of any crystal in a :class:`Setup` (beam, geometry, polarisation, range).
* :func:`mean_pattern` of orderings of one crystal; :func:`stack_patterns` to compare crystals.
* :func:`debye_pattern` of a finite structure, from the distances of all its atoms.
* :func:`mix` crystals by weight; :meth:`Mixture.profile` with a :class:`Shape` (instrument,
  crystallite size, strain), written by :func:`write_profile`.
* :func:`read_pattern` of an instrument; :func:`overlay` a mixture on it, with fitted weight
  fractions if wanted.
* :func:`find_peaks` or a :class:`LineList`, then :func:`rank_phases`: which crystals explain them.

Positions and widths are not refined: for that use a Rietveld program.
"""

from ionsmith.analyzers.powder._debye import DebyePattern, debye_pattern
from ionsmith.analyzers.powder._files import (
    COLUMN_SUFFIXES,
    MeasuredPattern,
    read_pattern,
    write_columns,
)
from ionsmith.analyzers.powder._lines import LineList, find_peaks
from ionsmith.analyzers.powder._mixture import (
    Mixture,
    mix,
    overlay,
    write_profile,
)
from ionsmith.analyzers.powder._overlay import Overlay
from ionsmith.analyzers.powder._pattern import mean_pattern, powder_pattern
from ionsmith.analyzers.powder._phase_search import PhaseRanking, rank_phases
from ionsmith.analyzers.powder._profile import Shape
from ionsmith.analyzers.powder._result import PowderPattern
from ionsmith.analyzers.powder._setup import Geometry, Setup
from ionsmith.analyzers.powder._stack import PatternStack, stack_patterns

__all__ = [
    "COLUMN_SUFFIXES",
    "DebyePattern",
    "Geometry",
    "LineList",
    "MeasuredPattern",
    "Mixture",
    "Overlay",
    "PatternStack",
    "PhaseRanking",
    "PowderPattern",
    "Setup",
    "Shape",
    "debye_pattern",
    "find_peaks",
    "mean_pattern",
    "mix",
    "overlay",
    "powder_pattern",
    "rank_phases",
    "read_pattern",
    "stack_patterns",
    "write_columns",
    "write_profile",
]
