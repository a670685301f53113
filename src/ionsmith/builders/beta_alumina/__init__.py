"""Na β''-alumina: the crystal, its closed conduction planes, and its cracks.

Spinel blocks of four close-packed O layers alternate with conduction planes in which Na moves
(Bettman and Peters 1969, doi:10.1021/j100726a024, R-3m, Na1+xMgxAl11-xO17).

* :func:`build_beta_alumina`: any supercell, stabilised by Mg or Li or undoped, Na and stabiliser
  ordered by electrostatic energy or at random. Na balances the charge unless told otherwise.
* :func:`close_planes`: conduction planes closed by Na depletion, approach and a Shockley glide of
  the spinel blocks, as Geng et al. (2023), doi:10.1039/d3ee00237c, found them after cycling.
* :mod:`ionsmith.builders.beta_alumina.crack`: delamination cracks, empty or filled with Na.

Blocks and planes are numbered from 1 at the bottom; plane p lies above block p. The models carry
these numbers in the arrays ``spinel_block`` and ``conduction_plane`` (0: none).
"""

from ionsmith.builders.beta_alumina._closure import close_planes
from ionsmith.builders.beta_alumina._closure_result import Closure
from ionsmith.builders.beta_alumina._crystal import BetaAlumina, build_beta_alumina
from ionsmith.builders.beta_alumina._emptied import empty_planes, mobile_order
from ionsmith.builders.beta_alumina._stack import ROUTES

__all__ = [
    "ROUTES",
    "BetaAlumina",
    "Closure",
    "build_beta_alumina",
    "close_planes",
    "empty_planes",
    "mobile_order",
]
