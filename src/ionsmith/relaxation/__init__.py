"""Relaxing structures with machine-learned and classical potentials."""
