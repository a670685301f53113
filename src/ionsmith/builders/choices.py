"""The words that arguments of the builders take.

They are collected here, without further imports, so that the command line can list them quickly.
"""

from typing import Literal

Stabilizer = Literal["Mg", "Li", "none"]
"""Elements that stabilise β''-alumina."""

MobileIon = Literal["Na", "Li", "K", "Rb", "Ag", "Tl"]
"""Ions in the conduction planes of β''-alumina."""

Glide = Literal["right", "wrong", "third"]
"""Glides that close a conduction plane: the right one and the third of [210] give each facing
cation a fourth O, the wrong one does not."""

ClosedCell = Literal["sheared", "hexagonal", "orthogonal"]
"""Cell of a closed structure: inclined as the glide leaves it, or repeated until it is upright."""

CrackAxis = Literal["a", "b"]
"""In-plane cell vector along which a crack runs."""

PlaceUnit = Literal["fraction", "angstrom"]
"""Unit of places along this axis: a fraction of it, or Å normal to the crack front."""

Wall = Literal["split", "lower", "upper", "out"]
"""Wall of a crack that keeps the ions of a conduction plane: half of them each, the lower one, the
upper one, or neither."""

Faces = Literal["stoichiometric", "whole-polyhedra"]
"""Faces of fractured blocks: cut straight, or around whole coordination polyhedra."""

SodiumPlane = Literal["110", "100"]
"""Lattice plane of bcc Na parallel to the conduction planes."""

NasiconPhase = Literal["nvp", "nzsp", "nzsp-443k", "nzsp-x2.25-443k", "nzsp-monoclinic"]
"""Crystals of the library from which NASICON models are built."""

PresetName = Literal["nvp-nh4vo3", "nvp-nah2po4", "nvp-nzsp"]
"""Interfaces observed by electron microscopy."""

PoreKind = Literal["columns", "spheres", "random-spheres", "gyroid", "levelled-wave"]
"""Shapes of pores; the last two are bicontinuous."""

Ion = Literal["Li", "Na"]
"""Ions that are placed in porous models."""

IonSite = Literal["surface", "pore", "wall"]
"""Where these ions go: on dangling bonds, into the pores, or into the holes of the wall."""

NetworkElement = Literal["Si", "Ge"]
"""Elements that form a continuous random network."""

ParticleShape = Literal["sphere", "ellipsoid", "rod", "disc", "hollow-sphere", "wulff"]
"""Shapes of particles."""

WireShape = Literal["round", "faceted"]
"""Cross-sections of wires."""
