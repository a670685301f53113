"""Potentials that run in another process, over ASE's socket (the i-PI protocol).

M. Ceriotti et al., Comput. Phys. Commun. 185, 1019 (2014), doi:10.1016/j.cpc.2013.10.027. Positions
and energies go through the socket in atomic units, so that the last digits differ from those of the
same calculator in this process.
"""

import contextlib
import json
import subprocess
import tempfile
import uuid
import weakref
from importlib import metadata
from pathlib import Path
from typing import Any

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.socketio import SocketIOCalculator
from ase.io import write

from ionsmith.errors import ExternalProgramFailed, InvalidInput

PATIENCE = 600.0
"""Seconds to wait for a client, or for one evaluation of it."""

PROBE = """
import importlib, json, sys
from importlib import metadata
import ase.calculators.socketio
module, name = sys.argv[1:]
getattr(importlib.import_module(module), name)
top = module.partition(".")[0]
owners = metadata.packages_distributions().get(top, [])
print(json.dumps([top, metadata.version(owners[0]) if owners else "unknown"]))
"""

CLIENT = """
import importlib, sys
from ase.calculators.socketio import SocketClient
from ase.io import read
module, name, file, socket = sys.argv[1:]
atoms = read(file)
client = SocketClient(unixsocket=socket)
try:
    atoms.calc = getattr(importlib.import_module(module), name)()
    client.run(atoms, use_stress=atoms.pbc.any() and atoms.cell.rank == 3)
except Exception as error:
    open(file, "w").write(f"{type(error).__name__}: {error}")
    sys.exit(1)
"""


class ElsewhereCalculator(Calculator):
    """An ASE calculator that another Python interpreter runs.

    The process is started with the first structure, and again where elements or periodicity change.

    Parameters
    ----------
    python
        The interpreter, which has ASE and the calculator.
    module, name
        Where the calculator is; it needs no arguments.
    """

    implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012

    def __init__(self, python: str, module: str, name: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._words = [python, "-c", CLIENT, module, name]
        self._inner: Any = None
        self._stop: Any = None
        self._file = ""

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Any = None,
        system_changes: Any = all_changes,
    ) -> None:
        """Let the other interpreter compute energy, forces and stress."""
        super().calculate(atoms, properties, system_changes)  # type: ignore[no-untyped-call]
        assert atoms is not None
        if self._inner is None or {"numbers", "pbc"} & set(system_changes):
            self._begin(atoms)
        plain = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
        try:
            self._inner.calculate(plain, ["energy"], ["positions", "cell"])
        except Exception as error:  # the client ended, and left its reason in place of the atoms
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._inner.server.proc.wait(5)
            said = Path(self._file).read_text(encoding="utf-8")
            self._stop()
            self._inner = None
            reason = "its process ended" if said.startswith("{") else said
            raise ExternalProgramFailed(f"{':'.join(self._words[3:])} failed: {reason}") from error
        self.results = dict(self._inner.results)

    def _begin(self, atoms: Atoms) -> None:
        """Start the process for these atoms."""
        if self._stop is not None:
            self._stop()

        def launch(model: Atoms, _: Any, port: Any, unixsocket: str) -> Any:
            with tempfile.NamedTemporaryFile(suffix=".json", delete=False) as file:
                write(file.name, model)
            self._file = file.name
            process = subprocess.Popen(
                [*self._words, file.name, unixsocket], stdout=subprocess.DEVNULL
            )
            self._stop = weakref.finalize(self, _stop, self._inner, process, file.name)
            return process

        self._inner = SocketIOCalculator(
            unixsocket=f"ionsmith_{uuid.uuid4().hex[:12]}", launch_client=launch, timeout=PATIENCE
        )


def _stop(calculator: Any, process: Any, file: str) -> None:
    """Close the socket, upon which the client ends, and remove its structure."""
    with contextlib.suppress(Exception):
        calculator.server.proc = None  # or ASE waits for it without end
        calculator.server.close()
        calculator.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    process.kill()
    Path(file).unlink(missing_ok=True)


def elsewhere(potential: str) -> tuple[Any, str, str, str]:
    """Make the calculator of another process; return it with its model, package and version.

    Parameters
    ----------
    potential
        ``"PYTHON:MODULE:NAME"``, ``"socket:PORT"``, or ``"socket:NAME"`` for the UNIX socket
        ``/tmp/ipi_NAME``.

    Raises
    ------
    InvalidInput
        If the interpreter has no such calculator, or the port or name cannot be used.
    """
    if potential.startswith("socket:"):
        place = potential.removeprefix("socket:")
        where: dict[str, Any] = {"port": int(place)} if place.isdigit() else {"unixsocket": place}
        try:
            if not 0 < where.get("port", 1) < 2**16:
                raise OSError("ports end at 65535")
            waiting = SocketIOCalculator(**where, timeout=PATIENCE)
        except OSError as error:
            raise InvalidInput(
                f"{potential}: cannot be opened ({error}); choose another port or name"
            ) from error
        return waiting, potential, "ase", metadata.version("ase")
    python, module, name = potential.rsplit(":", 2)
    try:
        done = subprocess.run(
            [python, "-c", PROBE, module, name], capture_output=True, text=True, check=True
        )
        package, version = json.loads(done.stdout.splitlines()[-1])
    except (OSError, ValueError, IndexError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise InvalidInput(
            f"{potential}: PYTHON:MODULE:NAME of an ASE calculator that this interpreter can "
            f"import was expected ({said.strip().splitlines()[-1]})"
        ) from error
    return ElsewhereCalculator(python, module, name), f"{module}:{name}", package, version
