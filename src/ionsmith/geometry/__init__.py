"""Lattice algebra, neighbours and bonds: what builders and analyzers both need."""
