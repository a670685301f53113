"""Coherent interfaces of two crystals, from an orientation relationship or a lattice match.

Both crystals are strained to the common cell of a match
(:func:`ionsmith.surfaces.matches.find_matches`), cut between their structural units (layers, or
molecular groups such as PO4, which stay whole), shifted along each other and brought into contact.

* :func:`build_interface`: one interface of a match.
* :class:`MatchedPair`: several of them (terminations, gaps, shifts) without preparing the crystals
  again; :meth:`MatchedPair.terminations` lists the possible cuts.
* :func:`preset`: crystals and orientation relationships observed by electron microscopy.

The substrate is below, the film above, z along the common normal; mismatch is (d_substrate -
d_film) / d_substrate. By default shift and gap
are those of the best contact: bonds of the length and valence that the crystals lead one to expect,
van der Waals radii where no bonds were severed on one side (``_score.py`` and ``_contact.py`` hold
the score and its sources); a potential can select them instead. What the contact was judged to be
is told with the bonds across it. Formal charge, dipole moment and any excess over the bulk
composition are reported.
"""

from ionsmith.builders.interface._closest_approach import ClosestApproach
from ionsmith.builders.interface._interface import build_interface, preset
from ionsmith.builders.interface._matched_pair import MatchedPair
from ionsmith.builders.interface._result import Interface, Terminations

__all__ = [
    "ClosestApproach",
    "Interface",
    "MatchedPair",
    "Terminations",
    "build_interface",
    "preset",
]
