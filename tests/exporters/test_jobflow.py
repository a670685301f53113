"""Flows of jobflow: the same calculation, and what it finds comes home."""

import sys
from pathlib import Path

import pytest
from ase import Atoms
from ase.build import fcc111
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms

from ionsmith.crystals import load
from ionsmith.errors import ExternalProgramFailed, IonsmithError, OutputExists
from ionsmith.exporters import export
from ionsmith.exporters.jobflow import make_flow, result_atoms, run_calculation

# jobflow changes folders by a function that monty is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:cd is deprecated:FutureWarning")

EMT_CODE = """#!{python}
import sys
from ase.calculators.emt import EMT
from ase.io import read
assert sys.argv[1:] == ["gpaw", "python", "run.py"], sys.argv
atoms = read("structure.extxyz")
atoms.calc = EMT()
atoms.get_forces()
atoms.write("result.extxyz")
open("gpaw.txt", "w").write("Input parameters:\\n  mode=PW(ecut=600.0)\\n\\n")
"""


def slab() -> Atoms:
    atoms = fcc111("Al", (1, 1, 4), vacuum=8)
    atoms.info = {"ionsmith": {"steps": [{"step": "test", "parameters": {}}]}}
    atoms.pbc = (True, True, False)
    atoms.set_constraint(FixAtoms(indices=[0, 1]))
    return atoms


def stand_in(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a script stand for mpirun and all behind it."""
    program = folder / "launcher"
    program.write_text(text.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("IONSMITH_MPIRUN", str(program))


@pytest.mark.jobflow
def test_a_flow_runs_here_and_comes_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jobflow import JobStore, run_locally
    from maggma.stores import MemoryStore
    from monty.serialization import loadfn

    export(slab(), "gpaw", tmp_path / "job", flow=True)
    stand_in(tmp_path, EMT_CODE, monkeypatch)
    flow = loadfn(tmp_path / "job" / "flow.json")
    store = JobStore(MemoryStore())
    responses = run_locally(
        flow, log=False, store=store, create_folders=True, root_dir=tmp_path, ensure_success=True
    )
    expected = slab()
    expected.calc = EMT()
    (job,) = flow.jobs
    for document in (responses[job.uuid][1].output, store.get_output(job.uuid)):
        atoms = result_atoms(document)
        assert document["energy"] == pytest.approx(expected.get_potential_energy(), abs=1e-6)
        assert atoms.get_potential_energy() == document["energy"]
        assert atoms.get_forces() == pytest.approx(expected.get_forces(), abs=1e-6)
        assert atoms.constraints[0].get_indices().tolist() == [0, 1]
        assert atoms.info["ionsmith"]["steps"] == slab().info["ionsmith"]["steps"]
        assert document["energy_per_atom"] == document["energy"] / 4


@pytest.mark.jobflow
def test_the_script_loads_the_flow_beside_it(tmp_path: Path) -> None:
    export(slab(), "gpaw", tmp_path / "job", flow=True)
    text = (tmp_path / "job" / "flow.py").read_text()
    compile(text, "flow.py", "exec")
    assert 'loadfn("flow.json")' in text


@pytest.mark.jobflow
def test_same_calculation_same_flow(tmp_path: Path) -> None:
    flows = []
    for name in ("a", "b"):
        export(slab(), "gpaw", tmp_path / name, flow=True)
        flows.append((tmp_path / name / "flow.json").read_bytes())
    assert flows[0] == flows[1]
    export(slab(), "gpaw", tmp_path / "c", protocol="fast")
    assert make_flow(tmp_path / "c").uuid != make_flow(tmp_path / "a").uuid


@pytest.mark.jobflow
def test_pseudopotentials_travel_along_or_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(IonsmithError, match=r"pseudo/Si.upf is missing; give `pseudo_dir`"):
        export(load("si").to_atoms(), "espresso", tmp_path / "job", flow=True)
    assert list(tmp_path.iterdir()) == []
    given = tmp_path / "given"
    given.mkdir()
    (given / "Si.upf").write_text('<PP_HEADER author="Å" z_valence="4.0"/>', encoding="latin-1")
    export(load("si").to_atoms(), "espresso", tmp_path / "job", flow=True, pseudo_dir=given)
    job = make_flow(tmp_path / "job").jobs[0]
    sent = job.function_kwargs["files"]["pseudo/Si.upf"]
    assert sent.encode(errors="surrogateescape") == (given / "Si.upf").read_bytes()


@pytest.mark.jobflow
def test_what_goes_wrong_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(slab(), "gpaw", tmp_path / "job")
    job = make_flow(tmp_path / "job").jobs[0]
    stand_in(tmp_path, "#!/bin/sh\necho no license >&2\nexit 3\n", monkeypatch)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    with pytest.raises(ExternalProgramFailed, match=r"exit code 3 in .*here: no license"):
        run_calculation(**job.function_kwargs)
    with pytest.raises(OutputExists, match="new folder"):
        run_calculation(**job.function_kwargs)
