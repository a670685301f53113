"""Calculations for VASP, Quantum ESPRESSO, CP2K, ABINIT, GPAW and LAMMPS.

:func:`export` writes a folder that is ready to run, apart from files that only the user may provide
(VASP's POTCAR, pseudopotentials), which it names. What every code needs to know is decided once, by
:func:`plan`; one class per code (:mod:`ionsmith.exporters.codes`) then puts that
:class:`Calculation` into the words of the code. :func:`read_back` reads a file of a code as the
structure that was exported. :func:`export_starts` writes a calculation once for each magnetic start
that competes for the lowest energy (:func:`competing_starts`).

A code of another package is a subclass of :class:`Code`, made known by :func:`register` or by an
entry point of the group ``ionsmith.codes``.
"""

from ionsmith.exporters._calculation import Calculation, Task, plan
from ionsmith.exporters._code import Code, Written, code_names, register
from ionsmith.exporters._electrons import MagneticOrder, Smearing, SmearingKind
from ionsmith.exporters._export import export, export_starts
from ionsmith.exporters._folder import read_back
from ionsmith.exporters._protocol import PROTOCOLS, Protocol, ProtocolName
from ionsmith.exporters._result import Export, Starts
from ionsmith.exporters.starts import Start, competing_starts

__all__ = [
    "PROTOCOLS",
    "Calculation",
    "Code",
    "Export",
    "MagneticOrder",
    "Protocol",
    "ProtocolName",
    "Smearing",
    "SmearingKind",
    "Start",
    "Starts",
    "Task",
    "Written",
    "code_names",
    "competing_starts",
    "export",
    "export_starts",
    "plan",
    "read_back",
    "register",
]
