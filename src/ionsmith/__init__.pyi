from . import (
    analyzers,
    bonding,
    builders,
    crystals,
    errors,
    exporters,
    lattice,
    layers,
    page,
    pictures,
    potentials,
    provenance,
    reproduction,
    results,
    screening,
    simulation,
    surfaces,
)
from .analyzers.coordination import compare, coordination, shared_polyhedra
from .analyzers.epitaxy import describe_orientation, plane_mismatch, site_overlap
from .analyzers.haadf import simulate_haadf
from .analyzers.pair_distribution import pair_distribution
from .analyzers.planes import lattice_planes
from .analyzers.pores import pores
from .analyzers.powder import powder_pattern
from .analyzers.spots import spot_pattern
from .analyzers.storage import storage
from .builders.alloys import build_alloy
from .builders.amorphous import build_network, build_packing
from .builders.beta_alumina import build_beta_alumina, close_planes
from .builders.beta_alumina.crack import open_crack
from .builders.interface import MatchedPair, build_interface
from .builders.nasicon import build_nasicon
from .builders.porous import build_porous
from .builders.slab import build_slab
from .crystals.conversion import read_lattice
from .crystals.files import read_structure, write_structure
from .crystals.library import load
from .crystals.ordering import order
from .exporters import export, read_back
from .lattice.miller import parse_direction, parse_directions, parse_plane, parse_planes
from .lattice.orientation import OrientationRelationship
from .potentials import load_potential
from .simulation.melt_quench import Schedule, melt_quench
from .simulation.relaxing import relax
from .surfaces.matches import find_matches

__version__: str

__all__ = [
    "MatchedPair",
    "OrientationRelationship",
    "Schedule",
    "analyzers",
    "bonding",
    "build_alloy",
    "build_beta_alumina",
    "build_interface",
    "build_nasicon",
    "build_network",
    "build_packing",
    "build_porous",
    "build_slab",
    "builders",
    "close_planes",
    "compare",
    "coordination",
    "crystals",
    "describe_orientation",
    "errors",
    "export",
    "exporters",
    "find_matches",
    "lattice",
    "lattice_planes",
    "layers",
    "load",
    "load_potential",
    "melt_quench",
    "open_crack",
    "order",
    "page",
    "pair_distribution",
    "parse_direction",
    "parse_directions",
    "parse_plane",
    "parse_planes",
    "pictures",
    "plane_mismatch",
    "pores",
    "potentials",
    "powder_pattern",
    "provenance",
    "read_back",
    "read_lattice",
    "read_structure",
    "relax",
    "reproduction",
    "results",
    "screening",
    "shared_polyhedra",
    "simulate_haadf",
    "simulation",
    "site_overlap",
    "spot_pattern",
    "storage",
    "surfaces",
    "write_structure",
]
