"""Models built from published crystals: one module a kind of model.

* Na β''-alumina in :mod:`~ionsmith.builders.beta_alumina`, its closed conduction planes in
  :mod:`~ionsmith.builders.beta_alumina`, its cracks in :mod:`~ionsmith.builders.beta_alumina.crack`.
* NASICON of any content that a cell can hold: :mod:`~ionsmith.builders.nasicon`.
* Interfaces in :mod:`~ionsmith.builders.interface`, several of one match in
  :mod:`~ionsmith.builders.interface`, those seen in a microscope ready-made in
  :mod:`~ionsmith.builders.interface`; what is built, in
  :mod:`~ionsmith.builders.interface`; how the film is shifted, in
  :mod:`~ionsmith.builders.interface`.
* Alloys of Li and Na in :mod:`~ionsmith.builders.alloys`; porous hosts in
  :mod:`~ionsmith.builders.porous`, with the shapes of :mod:`~ionsmith.builders.porous` and the
  caps of :mod:`~ionsmith.builders.porous`; amorphous ones in
  :mod:`~ionsmith.builders.amorphous` and :mod:`~ionsmith.builders.amorphous`.

Every builder gives a frozen result whose ``atoms`` are the model. No model leaves with two atoms
closer than a stated part of the sum of their covalent radii, or with a number that is not finite
(:mod:`ionsmith.bonding.checks`). An interface, from two crystals to its atoms:

>>> import ionsmith
>>> silicon, germanium = ionsmith.read_lattice("lib:si"), ionsmith.read_lattice("lib:ge")
>>> planes = ionsmith.parse_planes("(0,0,1)||(0,0,1)")
>>> match = ionsmith.find_matches(silicon, germanium, contact=planes).matches[0]
>>> interface = ionsmith.build_interface(ionsmith.load("si"), ionsmith.load("ge"), match)
>>> interface.atoms.get_chemical_formula(), f"{interface.max_strain:.2%}"
('Ge160Si170', '1.05%')
"""
