"""Measurements on models and published crystals; one family per subject.

* :mod:`~ionsmith.analyzers.coordination`: bonds, coordination polyhedra, and what changes between
  two structures.
* :mod:`~ionsmith.analyzers.pair_distribution`: g(r), bond angles and rings of amorphous structures.
* :mod:`~ionsmith.analyzers.planes`: d-spacings, absences and angles of lattice planes.
* :mod:`~ionsmith.analyzers.epitaxy`: mismatch, orientation and site overlap of two crystals.
* :mod:`~ionsmith.analyzers.orientation_relationships`: predicted from the two crystals.
* :mod:`~ionsmith.analyzers.powder` and :mod:`~ionsmith.analyzers.spots`: powder patterns and
  electron diffraction, on :mod:`~ionsmith.analyzers.scattering`.
* :mod:`~ionsmith.analyzers.haadf` and :mod:`~ionsmith.analyzers.hrtem`: STEM and HRTEM images, on
  :mod:`~ionsmith.analyzers.imaging`.
* :mod:`~ionsmith.analyzers.storage`: capacity, expansion and voltage of alloy anodes.
* :mod:`~ionsmith.analyzers.migration`: where ions can go, and over which barriers.
* :mod:`~ionsmith.analyzers.pores`: porosity, surface and pore sizes.
"""
