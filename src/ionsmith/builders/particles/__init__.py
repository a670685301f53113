"""Finite models: particles and wires of a crystal.

* :func:`build_particle`: a sphere, ellipsoid, rod, disc, hollow sphere, or the Wulff form of given
  surface energies.
* :func:`build_wire`: a wire along any direction, periodic, round or faceted.

A crystal is divided into units: molecules, the groups of chains, and all other atoms. A unit
belongs to a particle if its mean position lies inside the shape or on its surface, and stays whole;
an atom that two groups of a chain share belongs to both, so that a chain of n VO4 that was cut has
3n + 1 O. Frameworks, such as the SiO4 of quartz, are cut between atoms.

An atom is at the surface if it lost a bond; in crystals of molecules, whose bonds do not connect
the crystal, also if it lost a neighbour within the shortest distance that connects it.
"""

from ionsmith.builders.particles._particles import build_particle, build_wire
from ionsmith.builders.particles._result import Particle, Wire

__all__ = ["Particle", "Wire", "build_particle", "build_wire"]
