"""Finite and composite models: particles, wires, shells, particles in a host.

* :func:`build_particle`: a sphere, ellipsoid, rod, disc, hollow sphere, or the Wulff form of given
  surface energies.
* :func:`build_wire`: a wire along any direction, periodic, round or faceted.
* :func:`build_shell`: a particle of one crystal in a shell of another.
* :func:`build_embedded`: a particle in a cavity of a crystal, a glass or a metal.

A crystal is divided into units: molecules, the groups of chains, and all other atoms. A unit
belongs to a particle if its mean position lies inside the shape or on its surface, and stays whole;
an atom that two groups of a chain share belongs to both, so that a chain of n VO4 that was cut has
3n + 1 O. Frameworks, such as the SiO4 of quartz, are cut between atoms.

An atom is at the surface if it lost a bond; in crystals of molecules, whose bonds do not connect
the crystal, also if it lost a neighbour within the shortest distance that connects it.

In composite models the inner part is a particle. Units of the outer part go where their middle lies
inside its shape (the convex hull of a finite structure), or where an atom comes closer than the
closest approach: the shortest distance of the two elements in either crystal, and else the mean of
the distances of like atoms, or 0.67 of the sum of the van der Waals radii if that is less, as in
interfaces. The array ``part`` names ``core`` and ``shell``, or ``guest`` and ``host``.
"""

from ionsmith.builders.particles._composite_result import Composite
from ionsmith.builders.particles._composites import build_embedded, build_shell
from ionsmith.builders.particles._particles import build_particle, build_wire
from ionsmith.builders.particles._result import Particle, Wire

__all__ = [
    "Composite",
    "Particle",
    "Wire",
    "build_embedded",
    "build_particle",
    "build_shell",
    "build_wire",
]
