"""Models built from published crystals: one module a kind of model.

* Na β''-alumina in :mod:`~ionsmith.builders.beta_alumina`, its closed conduction planes in
  :mod:`~ionsmith.builders.closure`, its cracks in :mod:`~ionsmith.builders.cracks`.
* NASICON of any content that a cell can hold: :mod:`~ionsmith.builders.nasicon`.
* Interfaces in :mod:`~ionsmith.builders.interfaces`, several of one match in
  :mod:`~ionsmith.builders.matched_pair`, those seen in a microscope ready-made in
  :mod:`~ionsmith.builders.interface_presets`; what is built, in
  :mod:`~ionsmith.builders.interface_result`; how the film is shifted, in
  :mod:`~ionsmith.builders.registry`.
* Alloys of Li and Na in :mod:`~ionsmith.builders.alloys`; porous hosts in
  :mod:`~ionsmith.builders.porous`, with the shapes of :mod:`~ionsmith.builders.pore_shapes` and the
  caps of :mod:`~ionsmith.builders.passivation`; amorphous ones in
  :mod:`~ionsmith.builders.amorphous` and :mod:`~ionsmith.builders.packing`.

Every builder gives a frozen result whose ``atoms`` are the model. No model leaves with two atoms
closer than a stated part of the sum of their covalent radii, or with a number that is not finite
(:mod:`ionsmith.geometry.checks`). An interface, from two crystals to its atoms:

>>> import ionsmith
>>> silicon, germanium = ionsmith.read_lattice("lib:si"), ionsmith.read_lattice("lib:ge")
>>> planes = ionsmith.parse_planes("(0,0,1)||(0,0,1)")
>>> match = ionsmith.find_matches(silicon, germanium, planes=planes).matches[0]
>>> interface = ionsmith.build_interface(ionsmith.load("si"), ionsmith.load("ge"), match)
>>> interface.atoms.get_chemical_formula(), f"{interface.max_strain:.2%}"
('Ge160Si170', '1.05%')
"""
