"""Pedone's force field as an ASE calculator, by LAMMPS as a library."""

import contextlib
import ctypes
from importlib import metadata
from typing import Any

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from ionsmith.errors import MissingExtra
from ionsmith.potentials._pedone import LAMMPS_HEADER, pedone
from ionsmith.surfaces.vacuum import vacuum_axes

INSTALL = "pip install 'ionsmith[classical]'"


class PedoneCalculator(Calculator):
    """Pedone's force field for oxides (2006), evaluated by LAMMPS.

    Charges and types are assigned again only when the elements or the periodicity change.

    Parameters
    ----------
    guard
        Extra repulsion between cations in eV, as for :func:`ionsmith.potentials.pedone`.
    """

    implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012

    def __init__(self, guard: float = 0.0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.guard = guard
        self._inner: Any = None
        self._charges: Any = None

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Any = None,
        system_changes: Any = all_changes,
    ) -> None:
        """Let LAMMPS compute energy, forces and stress."""
        super().calculate(atoms, properties, system_changes)  # type: ignore[no-untyped-call]
        assert atoms is not None
        if self._inner is None or {"numbers", "pbc"} & set(system_changes):
            self._begin(atoms)
        model = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
        model.set_initial_charges(self._charges)
        inner = self._inner
        inner.calculate(model, ["energy"], inner.check_state(model))
        self.results = {name: inner.results[name] for name in self.implemented_properties}

    def _begin(self, atoms: Atoms) -> None:
        """Start LAMMPS with charges and types for these atoms."""
        from ase.calculators.lammpslib import LAMMPSlib

        types = list(dict.fromkeys(atoms.get_chemical_symbols()))
        commands, self._charges = pedone(atoms, types, vacuum_axes(atoms), guard=self.guard)
        if self._inner is not None:
            self._inner.clean()
        self._inner = LAMMPSlib(
            lmpcmds=[line.partition("#")[0].strip() for line in commands.splitlines()],
            atom_types={symbol: number for number, symbol in enumerate(types, 1)},
            lammps_header=list(LAMMPS_HEADER),
            log_file=None,
        )


def load_lammps() -> str:
    """Load LAMMPS as a library and return its version.

    The wheel finds the MPI library installed beside it only with ``LD_LIBRARY_PATH``, or if that
    library has been loaded already, which is done here.

    Raises
    ------
    MissingExtra
        If LAMMPS, its MPI library or the pair style is missing.
    """
    try:
        version = metadata.version("lammps")
        for package in ("mpich", "openmpi", "impi-rt"):
            _preload(package)
        import lammps

        with contextlib.closing(
            lammps.lammps(cmdargs=["-screen", "none", "-log", "none", "-nocite"])
        ) as program:
            styles = program.available_styles("pair")
    except (ImportError, OSError) as error:
        raise MissingExtra(
            f"LAMMPS cannot be loaded ({' '.join(str(error).split())}); it comes with: {INSTALL}"
        ) from error
    if "pedone" not in styles:
        raise MissingExtra(f"this LAMMPS has no pair style pedone; one that has: {INSTALL}")
    return version


def _preload(package: str) -> None:
    """Load the MPI library of a package, so that LAMMPS' own request for it is met."""
    with contextlib.suppress(metadata.PackageNotFoundError):
        for file in metadata.files(package) or []:
            if file.name.startswith("libmpi.so."):
                ctypes.CDLL(str(file.locate()), mode=ctypes.RTLD_GLOBAL)
                return
