"""Competing starts: from which moments a calculation could begin, and why.

A self-consistent calculation ends in the magnetic state that is nearest to its start, which need
not be the lowest. Three things are varied, each from the start of a plain export:

* the spin state of 3d ions in octahedra whose ligand field is near the energy of pairing
  (``COMPETING``);
* the atoms that carry the other charge where an element has two, as the extra electron of
  Na4V2(PO4)3;
* the order of the moments: ferromagnetic; antiferromagnetic between nearest neighbours
  (G-type where the lattice allows it, as in LaFeO3); and in layers that alternate along a cell
  vector (A- and C-type; E. O. Wollan and W. C. Koehler, Phys. Rev. 100, 545 (1955), cited from
  memory).

Only collinear orders that fit the cell are written, and one of those that the symmetry of the
crystal or a reversal of all moments makes equal. Orders in supercells are left to enumeration, as
by pymatgen's ``MagneticStructureEnumerator`` (M. K. Horton et al., npj Comput. Mater. 5, 64 (2019),
doi:10.1038/s41524-019-0199-7), which needs the program enumlib; a plain export keeps its moments.
"""

from ionsmith.exporters.starts._competing import Start, competing_starts

__all__ = ["Start", "competing_starts"]
