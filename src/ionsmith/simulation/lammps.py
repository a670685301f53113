"""LAMMPS in this process as a calculator, with the force field that the exporter writes."""

import contextlib
import ctypes
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from ionsmith.errors import InvalidInput, IonsmithError, MissingExtra
from ionsmith.exporters._kpoints import vacuum_axes
from ionsmith.exporters.codes.lammps import pedone

INSTALL = "pip install 'ionsmith[classical]'"
HEADER = ["units metal", "atom_style charge", "atom_modify map array sort 0 0"]


class PedoneCalculator(Calculator):  # type: ignore[misc]
    """Pedone's force field of oxides (2006) through LAMMPS.

    Charges and types are worked out anew only when the elements, the cell's periodicity or the
    number of atoms change.

    Parameters
    ----------
    guard
        As :func:`ionsmith.exporters.codes.lammps.pedone` takes it.
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress")

    def __init__(self, guard: float = 0.0) -> None:
        super().__init__()
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
        super().calculate(atoms, properties, system_changes)
        assert atoms is not None
        if self._inner is None or {"numbers", "pbc"} & set(system_changes):
            self._begin(atoms)
        model = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
        model.set_initial_charges(self._charges)
        inner = self._inner
        inner.calculate(model, ["energy"], inner.check_state(model))
        self.results = {name: inner.results[name] for name in self.implemented_properties}

    def _begin(self, atoms: Atoms) -> None:
        from ase.calculators.lammpslib import LAMMPSlib

        types = list(dict.fromkeys(atoms.get_chemical_symbols()))
        with other_potential():
            commands, self._charges = pedone(atoms, types, vacuum_axes(atoms), guard=self.guard)
        if self._inner is not None:
            self._inner.clean()
        self._inner = LAMMPSlib(
            lmpcmds=[line.partition("#")[0].strip() for line in commands.splitlines()],
            atom_types={symbol: number for number, symbol in enumerate(types, 1)},
            lammps_header=HEADER,
            log_file=None,
        )


@contextlib.contextmanager
def other_potential() -> Iterator[None]:
    """Let what the force field refuses end in the name of another potential.

    The exporter's own words go on to name an option of it.
    """
    try:
        yield
    except IonsmithError as error:
        wrong = str(error).partition(";")[0]
        raise InvalidInput(f"{wrong}; try another potential (sevennet, chgnet)") from error


def load_lammps() -> str:
    """Load LAMMPS' library and say its version.

    The wheel does not find the MPI library that is installed beside it unless the user sets
    ``LD_LIBRARY_PATH``; a library that is loaded already is found by its name.

    Raises
    ------
    MissingExtra
        If LAMMPS or its MPI library is missing.
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
