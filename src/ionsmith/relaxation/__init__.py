"""Relaxing structures with machine-learned and classical potentials.

:mod:`~ionsmith.relaxation.relax` relaxes a structure in memory with one of the potentials of
:mod:`~ionsmith.relaxation.calculators`, :mod:`~ionsmith.relaxation.job` one into a file and
:mod:`~ionsmith.relaxation.sweep` several into a folder, so that an interruption loses nothing.
:mod:`~ionsmith.relaxation.result` says what moved, and what became of bonds and polyhedra.
:mod:`~ionsmith.relaxation.melt_quench` makes glasses by molecular dynamics of
:mod:`~ionsmith.relaxation.dynamics`.
"""
