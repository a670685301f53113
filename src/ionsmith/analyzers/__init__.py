"""What a paper measures, computed from a model: one module a measurement.

* Bonds and polyhedra: :mod:`~ionsmith.analyzers.coordination`,
  :mod:`~ionsmith.analyzers.coordination`, :mod:`~ionsmith.analyzers.coordination` of two structures, and
  :mod:`~ionsmith.analyzers.pair_distribution` of amorphous ones.
* Planes and directions: :mod:`~ionsmith.analyzers.planes`, :mod:`~ionsmith.analyzers.epitaxy`,
  :mod:`~ionsmith.analyzers.epitaxy`, :mod:`~ionsmith.analyzers.epitaxy`,
  :mod:`~ionsmith.analyzers.epitaxy`.
* Electron diffraction and images: :mod:`~ionsmith.analyzers.spots`,
  :mod:`~ionsmith.analyzers.spots`, :mod:`~ionsmith.analyzers.spots`,
  :mod:`~ionsmith.analyzers.haadf`, :mod:`~ionsmith.analyzers.haadf`.
* Powders: :mod:`~ionsmith.analyzers.powder`, :mod:`~ionsmith.analyzers.powder`,
  :mod:`~ionsmith.analyzers.powder`, :mod:`~ionsmith.analyzers.powder`,
  :mod:`~ionsmith.analyzers.powder`, :mod:`~ionsmith.analyzers.powder`,
  :mod:`~ionsmith.analyzers.powder`.
* What scatters, and how strongly: :mod:`~ionsmith.analyzers.scattering`,
  :mod:`~ionsmith.analyzers.scattering`, :mod:`~ionsmith.analyzers.scattering`.
* Alloying anodes: :mod:`~ionsmith.analyzers.storage`,
  :mod:`~ionsmith.analyzers.storage`, :mod:`~ionsmith.analyzers.storage`,
  :mod:`~ionsmith.analyzers.storage`, :mod:`~ionsmith.analyzers.pores`,
  :mod:`~ionsmith.analyzers.pores`, :mod:`~ionsmith.analyzers.pores`.
"""
