"""Simulations with a potential: relaxing, surfaces and interfaces, hops, melting and quenching.

* :mod:`~ionsmith.simulation.relaxing`: the nearest minimum of the energy.
* :mod:`~ionsmith.simulation.gamma_surface`: the energy of shifting a crystal along a plane.
* :mod:`~ionsmith.simulation.closure_energies`: the energy of closing conduction planes.
* :mod:`~ionsmith.simulation.surface_energies`: surface and cleavage energies, equilibrium shapes.
* :mod:`~ionsmith.simulation.adhesion`: work of adhesion and energy of interfaces, strain of films.
* :mod:`~ionsmith.simulation.elastic_constants`: stiffness from strained cells.
* :mod:`~ionsmith.simulation.continuum`: volume, stiffness and cleavage for continuum models.
* :mod:`~ionsmith.simulation.hops`: barriers of ionic hops by nudged elastic bands.
* :mod:`~ionsmith.simulation.melt_quench`: molecular dynamics from a melt to a glass.

Potentials come from :mod:`ionsmith.potentials`. Interrupted runs resume from a checkpoint and end
where an uninterrupted run ends.
"""
