"""Models built from published crystals, one room for each kind.

* :mod:`~ionsmith.builders.beta_alumina`: Na β''-alumina, closed conduction planes, and cracks in
  :mod:`~ionsmith.builders.beta_alumina.crack`.
* :mod:`~ionsmith.builders.nasicon`: NASICON crystals of any content that a cell can hold.
* :mod:`~ionsmith.builders.slab`: slabs of one crystal.
* :mod:`~ionsmith.builders.interface`: interfaces of two crystals.
* :mod:`~ionsmith.builders.grain_boundary`: two grains of one crystal;
  :mod:`~ionsmith.builders.polycrystal`: many grains, of several crystals.
* :mod:`~ionsmith.builders.alloys`: alloys of Li and Na with Si, Ge, Sn and Sb.
* :mod:`~ionsmith.builders.porous`: porous crystals.
* :mod:`~ionsmith.builders.particles`: particles, wires, shells, and
  particles in a host.
* :mod:`~ionsmith.builders.amorphous`: amorphous Si and Ge, and amorphous alloys.
* :mod:`~ionsmith.builders.choices`: the words that their arguments take.

Each builder returns a frozen result whose ``atoms`` are the model; a crystal can be given as
:class:`ase.Atoms`, a pymatgen structure, a file, or by its name in the library. No model has two
atoms closer than a fixed fraction of the sum of their covalent radii
(:mod:`ionsmith.bonding.checks`), and each records how it was made
(:mod:`ionsmith.provenance`). An interface, from two crystals to its atoms:

>>> import ionsmith
>>> planes = ionsmith.parse_planes("(0,0,1)||(0,0,1)")
>>> match = ionsmith.find_matches("lib:si", "lib:ge", contact=planes).matches[0]
>>> interface = ionsmith.build_interface("lib:si", "lib:ge", match)
>>> interface.atoms.get_chemical_formula(), f"{interface.max_strain:.2%}"
('Ge10Si10', '4.00%')
"""
