"""Barriers of ionic hops from a potential, by nudged elastic bands.

:func:`hop_barrier` takes a hop that :func:`ionsmith.analyzers.migration.migration` found, relaxes
both ends, lays a band of images along the way through the windows and relaxes it with a climbing
image (G. Henkelman, B. P. Uberuaga and H. Jónsson, J. Chem. Phys. 113, 9901 (2000),
doi:10.1063/1.1329672). Band, climbing image and the interpolation by pair distances (S. Smidstrup
et al., J. Chem. Phys. 140, 214106 (2014), doi:10.1063/1.4878664) are ASE's.

What moves follows from the structure: an ion goes to an empty site; where both sites hold an ion,
the one at the end is taken out, a vacancy; where both are empty, an ion is added, an interstitial.
"""

from ionsmith.simulation.hops._band import HopBarrier
from ionsmith.simulation.hops._hop import Mechanism, hop_barrier

__all__ = ["HopBarrier", "Mechanism", "hop_barrier"]
