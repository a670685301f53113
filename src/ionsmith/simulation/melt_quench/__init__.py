"""Glasses by melting and quenching: molecular dynamics of a melt that is cooled to a solid.

:func:`melt_quench` holds a crystal, or atoms at random positions, above the melting point until no
atom is near its origin, cools at a constant rate, holds the final temperature, and relaxes the
glass. The volume is that of a given density; the finished glass may also relax its volume. A
simulation cools some 10^10 times faster than a crucible (50 K/ps are 5 x 10^13 K/s), so that the
glass corresponds to a hotter liquid: its energy is higher, and its structure less ordered, than in
experiment. Quench again at another rate to see how strongly the result depends on it.
:func:`plan_melt_quench` says what would be done, and does nothing.
"""

from ionsmith.simulation.melt_quench._melt_quench import melt_quench
from ionsmith.simulation.melt_quench._plan import MeltQuenchPlan, plan_melt_quench
from ionsmith.simulation.melt_quench._result import MeltQuench, Trace
from ionsmith.simulation.melt_quench._schedule import Schedule
from ionsmith.simulation.melt_quench._start import mixture

__all__ = [
    "MeltQuench",
    "MeltQuenchPlan",
    "Schedule",
    "Trace",
    "melt_quench",
    "mixture",
    "plan_melt_quench",
]
