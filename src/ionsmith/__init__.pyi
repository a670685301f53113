from . import (
    analyzers,
    builders,
    crystals,
    errors,
    exporters,
    files,
    geometry,
    lattices,
    provenance,
    relaxation,
    report,
    reproduction,
    results,
)
from .analyzers.alloy_materials import crystal_material
from .analyzers.comparison import compare
from .analyzers.coordination import coordination
from .analyzers.haadf import simulate_haadf
from .analyzers.mismatch import plane_mismatch
from .analyzers.orientation import describe_orientation
from .analyzers.overlap import site_overlap
from .analyzers.pair_distribution import pair_distribution
from .analyzers.planes import lattice_planes
from .analyzers.polyhedra import shared_polyhedra
from .analyzers.pores import analyze_pores
from .analyzers.powder import powder_pattern
from .analyzers.scatterers import read_scatterers
from .analyzers.spots import spot_pattern
from .analyzers.storage import storage
from .builders.alloys import build_alloy
from .builders.amorphous import build_network
from .builders.beta_alumina import build_beta_alumina
from .builders.closure import close_planes
from .builders.cracks import open_crack
from .builders.interfaces import build_interface
from .builders.matched_pair import MatchedPair
from .builders.nasicon import build_nasicon
from .builders.packing import build_packing
from .builders.porous import build_porous
from .crystals.library import load
from .crystals.ordering import order
from .exporters.export import export
from .exporters.folder import read_back
from .files import read_structure, write_structure
from .geometry.matches import find_matches
from .geometry.miller import parse_direction, parse_directions, parse_plane, parse_planes
from .geometry.orientation import OrientationRelationship
from .lattices import read_lattice
from .relaxation.calculators import load_potential
from .relaxation.melt_quench import Schedule, melt_quench
from .relaxation.relax import relax

__version__: str

__all__ = [
    "MatchedPair",
    "OrientationRelationship",
    "Schedule",
    "analyze_pores",
    "analyzers",
    "build_alloy",
    "build_beta_alumina",
    "build_interface",
    "build_nasicon",
    "build_network",
    "build_packing",
    "build_porous",
    "builders",
    "close_planes",
    "compare",
    "coordination",
    "crystal_material",
    "crystals",
    "describe_orientation",
    "errors",
    "export",
    "exporters",
    "files",
    "find_matches",
    "geometry",
    "lattice_planes",
    "lattices",
    "load",
    "load_potential",
    "melt_quench",
    "open_crack",
    "order",
    "pair_distribution",
    "parse_direction",
    "parse_directions",
    "parse_plane",
    "parse_planes",
    "plane_mismatch",
    "powder_pattern",
    "provenance",
    "read_back",
    "read_lattice",
    "read_scatterers",
    "read_structure",
    "relax",
    "relaxation",
    "report",
    "reproduction",
    "results",
    "shared_polyhedra",
    "simulate_haadf",
    "site_overlap",
    "spot_pattern",
    "storage",
    "write_structure",
]
