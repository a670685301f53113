"""Simulations with a potential: relaxing structures, and melting and quenching to a glass.

* :mod:`~ionsmith.simulation.relaxing`: the nearest minimum of the energy.
* :mod:`~ionsmith.simulation.melt_quench`: molecular dynamics from a melt to a glass.

Potentials come from :mod:`ionsmith.potentials`. Interrupted runs resume from a checkpoint and end
where an uninterrupted run ends.
"""
