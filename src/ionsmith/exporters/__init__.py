"""Complete calculations for VASP, Quantum ESPRESSO, CP2K, ABINIT, GPAW and LAMMPS.

:func:`ionsmith.exporters.export.export` writes a folder that runs as it is, but for what may not be
handed on (VASP's POTCAR, pseudopotential files), which the folder names. What all codes are told
is worked out once (:mod:`~ionsmith.exporters.calculation`); one module a code says it in the
code's words. :func:`ionsmith.exporters.folder.read_back` brings the structure home again.
"""
