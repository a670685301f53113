"""ionsmith: atomistic models of battery ceramics and alloys, built from published crystals.

Published crystals go in, builders turn them into models, analyzers turn models into the numbers and
pictures of a paper, exporters hand them to a DFT code. Every step takes and gives plain
:class:`ase.Atoms` or a small frozen dataclass.

>>> import ionsmith
>>> opened = ionsmith.build_beta_alumina().atoms
>>> closed = ionsmith.close_planes(opened, [2]).atoms
>>> print(ionsmith.compare(opened, closed).summary[1])
AlO4–AlO4 pairs: 1 of 3 corner-sharing became edge-sharing.

What people call first is to be had from ``ionsmith`` itself and is loaded when it is first used;
everything else from the module that it is in.

**What holds everywhere.** Lengths are in Å, angles in degrees, energies in eV, charges in e, and
strains and mismatches are fractions. Crystal indices are whole numbers in the published setting of
each crystal, with three or four of them (:mod:`ionsmith.lattice.miller`). A structure is fully
ordered and remembers what it was made from (:mod:`ionsmith.provenance`); partial occupancies live
in published crystals alone (:mod:`ionsmith.crystals.crystal`), and ordering is the one way from
these to those (:mod:`ionsmith.crystals.ordering`). Results have ``to_dict()`` for a machine and
``table()`` for a reader (:mod:`ionsmith.results`). What cannot be done is said in one line, with
what to try instead (:mod:`ionsmith.errors`). The same input gives the same output, byte for byte.

**Definitions** that the literature does not agree on stand where they are used: the mismatch of two
crystals in :mod:`ionsmith.analyzers.epitaxy`, what counts as a bond in
:mod:`ionsmith.bonding.bonds` and :mod:`ionsmith.bonding.shells`, orientation relationships in
:mod:`ionsmith.lattice.orientation`, expansion and capacity in :mod:`ionsmith.analyzers.storage`.
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
