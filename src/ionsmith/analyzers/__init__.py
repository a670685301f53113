"""What a paper measures, computed from a model: one module a measurement.

* Bonds and polyhedra: :mod:`~ionsmith.analyzers.coordination`,
  :mod:`~ionsmith.analyzers.polyhedra`, :mod:`~ionsmith.analyzers.comparison` of two structures, and
  :mod:`~ionsmith.analyzers.pair_distribution` of amorphous ones.
* Planes and directions: :mod:`~ionsmith.analyzers.planes`, :mod:`~ionsmith.analyzers.mismatch`,
  :mod:`~ionsmith.analyzers.orientation`, :mod:`~ionsmith.analyzers.parallels`,
  :mod:`~ionsmith.analyzers.overlap`.
* Electron diffraction and images: :mod:`~ionsmith.analyzers.spots`,
  :mod:`~ionsmith.analyzers.spot_overlay`, :mod:`~ionsmith.analyzers.spot_indexing`,
  :mod:`~ionsmith.analyzers.haadf`, :mod:`~ionsmith.analyzers.haadf_profile`.
* Powders: :mod:`~ionsmith.analyzers.powder`, :mod:`~ionsmith.analyzers.powder_setup`,
  :mod:`~ionsmith.analyzers.profile`, :mod:`~ionsmith.analyzers.mixture`,
  :mod:`~ionsmith.analyzers.phase_search`, :mod:`~ionsmith.analyzers.peaks`,
  :mod:`~ionsmith.analyzers.pattern_files`.
* What scatters, and how strongly: :mod:`~ionsmith.analyzers.scatterers`,
  :mod:`~ionsmith.analyzers.structure_factors`, :mod:`~ionsmith.analyzers.form_factors`.
* Alloying anodes: :mod:`~ionsmith.analyzers.storage`,
  :mod:`~ionsmith.analyzers.storage_tables`, :mod:`~ionsmith.analyzers.hull`,
  :mod:`~ionsmith.analyzers.phase_energies`, :mod:`~ionsmith.analyzers.pores`,
  :mod:`~ionsmith.analyzers.pore_sizes`, :mod:`~ionsmith.analyzers.pore_filling`.
"""
