"""TODO ionsmith.analyzers.coordination."""

from ionsmith.analyzers.coordination._comparison import Comparison, compare
from ionsmith.analyzers.coordination._polyhedra import find_polyhedra, shared_polyhedra
from ionsmith.analyzers.coordination._sites import Coordination, coordination

__all__ = [
    "Comparison",
    "Coordination",
    "compare",
    "coordination",
    "find_polyhedra",
    "shared_polyhedra",
]
