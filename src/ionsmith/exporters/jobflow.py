"""A calculation as a flow of jobflow, the workflow library behind atomate2.

A flow contains the files of the exported folder, so that it runs wherever ionsmith and the code are
installed: it writes them into the folder that jobflow provides, runs the code there, and reads the
results. ``flow.json`` is that flow, ``flow.py`` runs it on this machine. The same calculation gives
the same flow, byte for byte, identifiers included.

On a worker the environment variable ``IONSMITH_MPIRUN`` replaces ``mpirun`` in the command (by
``srun``), and VASP's POTCAR comes from pymatgen's ``PMG_VASP_PSP_DIR``, as in atomate2.

jobflow: A. S. Rosen et al., J. Open Source Softw. 9, 5995 (2024), doi:10.21105/joss.05995.
"""

import hashlib
import json
import os
import socket
import subprocess
import uuid
from pathlib import Path
from typing import Any

from ase import Atoms

from ionsmith.crystals.files import MANIFEST, PER_ATOM, read_record, read_structure
from ionsmith.errors import ExternalProgramFailed, InvalidInput, MissingExtra, OutputExists
from ionsmith.exporters._code import Code, code_class, make_code

FLOW = "flow.json"
SCRIPT = "flow.py"
LAUNCHER = "IONSMITH_MPIRUN"

_LINES = '''"""Run the calculation of flow.json by jobflow on this machine.

On a cluster, instead of run_locally, with jobflow-remote:
    from jobflow_remote import submit_flow
    submit_flow(flow, worker="NAME")
"""

from jobflow import run_locally
from monty.serialization import loadfn

from ionsmith.exporters.jobflow import result_atoms

flow = loadfn("flow.json")
responses = run_locally(flow, create_folders=True, ensure_success=True)
(job,) = flow.jobs
document = responses[job.uuid][1].output
result_atoms(document).write("result.extxyz")
print(f"{document['formula']}: {document['energy']:.6f} eV, in {document['dir_name']}")
'''


def write_flow(folder: Path) -> None:
    """Write ``flow.json`` and ``flow.py`` into an exported folder.

    Raises
    ------
    MissingExtra
        If jobflow is not installed.
    InvalidInput
        If pseudopotentials are still missing in the folder.
    """
    flow = make_flow(folder)
    text = json.dumps(_plain(flow), indent=1, sort_keys=True)
    (folder / FLOW).write_text(text + "\n", encoding="utf-8")
    (folder / SCRIPT).write_text(_LINES, encoding="utf-8")


def make_flow(folder: str | Path) -> Any:
    """Make a flow of one job from an exported folder.

    Parameters
    ----------
    folder
        As :func:`ionsmith.exporters.export` writes it.

    Returns
    -------
    jobflow.Flow
        Its output is what :func:`run_calculation` returns.

    Raises
    ------
    MissingExtra
        If jobflow is not installed.
    InvalidInput
        If pseudopotentials are still missing in the folder.
    """
    try:
        from jobflow import Flow, Job
    except ImportError as error:
        raise MissingExtra("flows need jobflow: pip install 'ionsmith[jobflow]'") from error

    folder = Path(folder)
    _, manifest = read_record(folder)
    missing = [name for name in manifest["needs"].values() if not (folder / name).is_file()]
    if missing and code_class(manifest["code"]).complete is Code.complete:
        raise InvalidInput(
            f"a flow includes its pseudopotentials, and {', '.join(missing)} is missing; "
            "give `pseudo_dir`"
        )
    files = {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8", errors="surrogateescape")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (FLOW, SCRIPT)
    }
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    name = f"{manifest['formula']} {manifest['task']} {manifest['code']}"
    job = Job(
        run_calculation,
        function_kwargs={"files": files, "command": manifest["run"]},
        uuid=str(uuid.uuid5(uuid.NAMESPACE_OID, f"job {digest}")),
        name=name,
    )
    identifier = str(uuid.uuid5(uuid.NAMESPACE_OID, f"flow {digest}"))
    return Flow([job], output=job.output, name=name, uuid=identifier)


def run_calculation(files: dict[str, str], command: str) -> dict[str, Any]:
    """Run one calculation in the current folder.

    Parameters
    ----------
    files
        Contents by name, of an exported folder.
    command
        The line that runs the code.

    Returns
    -------
    dict
        ``code``, ``task``, ``formula``, ``energy`` (eV), ``energy_per_atom``, ``forces`` (eV/Å),
        ``stress`` (eV/Å^3, Voigt's order) and moments where the code gives them, ``structure``
        (pymatgen), ``atoms`` (ASE, with provenance), and ``dir_name`` (host and folder).

    Raises
    ------
    OutputExists
        If one of the files is there already.
    MissingExtra
        If VASP's POTCAR is missing.
    ExternalProgramFailed
        If the code ends with an error.
    UnreadableFile
        If there is no energy in its output.
    """
    from pymatgen.io.ase import AseAtomsAdaptor, MSONAtoms

    here = Path.cwd()
    for name, text in files.items():
        path = here / name
        if path.exists():
            raise OutputExists(
                f"{path} exists; run the flow in a new folder (run_locally: create_folders=True)"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
    manifest = json.loads(files[MANIFEST])
    make_code(manifest["code"]).complete(here)
    line = command.replace("mpirun", os.environ.get(LAUNCHER, "mpirun"), 1)
    done = subprocess.run(line, shell=True, cwd=here, capture_output=True, text=True)
    if done.returncode:
        output = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise ExternalProgramFailed(
            f"{line!r} ended with exit code {done.returncode} in {here}: {output[-1]}"
        )
    atoms = read_structure(str(here))
    energy = float(atoms.get_potential_energy())
    results = {
        key: value.tolist()
        for key, value in atoms.calc.results.items()
        if key in PER_ATOM or key == "stress"
    }
    return {
        **{key: manifest[key] for key in ("code", "task", "protocol", "formula")},
        "energy": energy,
        "energy_per_atom": energy / len(atoms),
        **results,
        "structure": AseAtomsAdaptor.get_structure(_bare(atoms)),
        "atoms": MSONAtoms(atoms),
        "dir_name": f"{socket.gethostname()}:{here}",
    }


def result_atoms(document: dict[str, Any]) -> Atoms:
    """Make an ASE structure with its results from what a flow returned.

    Parameters
    ----------
    document
        Output of :func:`run_calculation`, from the run or from a job store.
    """
    from ase.calculators.singlepoint import SinglePointCalculator
    from monty.json import MontyDecoder

    atoms = Atoms(MontyDecoder().process_decoded(document["atoms"]))
    results = {k: document[k] for k in ("energy", "stress", *PER_ATOM) if k in document}
    atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms


def _bare(atoms: Atoms) -> Atoms:
    """Copy without arrays, constraints and provenance."""
    return Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=atoms.pbc)


def _plain(flow: Any) -> Any:
    """Flow as what JSON holds."""
    from monty.json import MontyEncoder

    return json.loads(json.dumps(flow, cls=MontyEncoder))
