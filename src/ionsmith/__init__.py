"""ionsmith: atomistic models of battery ceramics and alloys, built from published crystals.

Builders turn published crystals into models, analyzers compute what a paper measures on them, and
exporters write the calculation for a DFT code. Every step takes and returns plain
:class:`ase.Atoms` or a small frozen dataclass.

>>> import ionsmith
>>> opened = ionsmith.build_beta_alumina().atoms
>>> closed = ionsmith.close_planes(opened, [2]).atoms
>>> print(ionsmith.compare(opened, closed).summary[1])
AlO4–AlO4 pairs: 1 of 3 corner-sharing became edge-sharing.

The functions needed most are available from ``ionsmith`` itself and are loaded on first use;
everything else is imported from its own package.

**Structures.** Where a function asks for a crystal it takes :class:`ase.Atoms`, an ionsmith
crystal, a pymatgen structure, a file, or the name of a library crystal
(:data:`ionsmith.crystals.files.CrystalLike`). A structure is fully ordered and remembers what it
was made from (:mod:`ionsmith.provenance`). Partial occupancies occur only in published crystals
(:mod:`ionsmith.crystals.crystal`); ordering (:mod:`ionsmith.crystals.ordering`) turns them into
structures. The same input gives the same output, byte for byte.

**Units.** Lengths are in Å, angles in degrees, energies in eV and charges in e; strains and
mismatches are fractions. Crystal indices are integers in the published setting of each crystal,
three or four of them (:mod:`ionsmith.lattice.miller`).

**Results** have ``to_dict()``, ``table()``, ``to_dataframe()`` and, where there is a picture,
``plot()`` (:mod:`ionsmith.results`). An impossible request raises an error of one line that says
what to try instead (:mod:`ionsmith.errors`).

**Definitions** on which the literature disagrees are given where they are used: the mismatch of two
crystals in :mod:`ionsmith.analyzers.epitaxy`, bonds in :mod:`ionsmith.bonding.bonds`, orientation
relationships in :mod:`ionsmith.lattice.orientation`, expansion and capacity in
:mod:`ionsmith.analyzers.storage`.
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
