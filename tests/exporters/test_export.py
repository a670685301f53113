"""Folders: whole or not at all, the same bytes again, and the structure brought home."""

import json
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import fcc111
from ase.constraints import FixAtoms, FixBondLength

from ionsmith.crystals import load
from ionsmith.errors import (
    AtomsTooClose,
    InvalidChoice,
    IonsmithError,
    MissingExtra,
    OutputExists,
    UnreadableFile,
)
from ionsmith.exporters import export, read_back

CODES = ("vasp", "espresso", "cp2k", "abinit", "gpaw", "lammps")
MESH = {"cp2k": (1, 1, 1)}  # which has +U at Γ alone
READABLE = {"vasp": "POSCAR", "espresso": "pw.in", "gpaw": "structure.extxyz"}


def mixed() -> Atoms:
    """A slab whose elements alternate, with atoms held and moments up and down."""
    atoms = load("nafepo4").to_atoms()
    order = np.random.default_rng(1).permutation(len(atoms))
    atoms = atoms[order]
    atoms.cell[2] = (0, 0, atoms.cell[2, 2] + 12)
    atoms.pbc = (True, True, False)
    atoms.set_constraint(FixAtoms(indices=[0, 5, 6, 7, 20]))
    atoms.set_initial_magnetic_moments(
        np.where(atoms.numbers == 26, np.where(np.arange(len(atoms)) % 2, 4.0, -4.0), 0.0)
    )
    return atoms


@pytest.mark.parametrize("code", CODES)
def test_same_bytes_and_home_again(code: str, tmp_path: Path) -> None:
    atoms = mixed()
    for name in ("a", "b"):
        export(atoms, code, tmp_path / name, task="relax", kpoints=MESH.get(code))
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*"))
    assert files == sorted(p.relative_to(tmp_path / "b") for p in (tmp_path / "b").rglob("*"))
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    for name in (None, READABLE.get(code)):
        again = read_back(tmp_path / "a", name)
        assert (again.numbers == atoms.numbers).all()
        assert abs(again.positions - atoms.positions).max() < 1e-6
        assert again.constraints[0].get_indices().tolist() == [0, 5, 6, 7, 20]
        assert (again.get_initial_magnetic_moments() == atoms.get_initial_magnetic_moments()).all()
        assert again.info["ionsmith"] == atoms.info["ionsmith"]
        assert (again.arrays["atom_id"] == atoms.arrays["atom_id"]).all()


@pytest.mark.parametrize("code", CODES)
def test_manifest_says_what_is_there(code: str, tmp_path: Path) -> None:
    result = export(mixed(), code, tmp_path / "job", task="relax", kpoints=MESH.get(code))
    manifest = json.loads((tmp_path / "job" / "ionsmith.json").read_text())
    there = sorted(p.name for p in (tmp_path / "job").rglob("*") if p.is_file())
    assert sorted(result.files) == there
    assert sorted(manifest["order"]) == list(range(result.n_atoms))
    assert result.n_frozen == 5
    assert result.vacuum == ("c",)
    assert result.kpoints[2] == 1
    assert result.run


def broken(kind: str) -> tuple[Atoms, dict[str, object], type[Exception], str]:
    """A structure and options that must be refused."""
    crystal, slab = load("sio2").to_atoms(), fcc111("Al", (1, 1, 3), vacuum=8)
    near = load("si").to_atoms()
    near.positions[1] = near.positions[0] + (0, 0, 0.5)
    bonded = load("si").to_atoms()
    bonded.set_constraint(FixBondLength(0, 1))
    left = crystal.copy()
    left.set_cell(left.cell[[1, 0, 2]])
    return {
        "near": (near, {}, AtomsTooClose, "too close"),
        "charged": (crystal, {"charge": 1}, IonsmithError, "odd number"),
        "chargedslab": (slab, {"charge": 1}, IonsmithError, "charged slab"),
        "cell": (slab, {"task": "relax-cell"}, IonsmithError, "vacuum"),
        "task": (crystal, {"task": "md"}, InvalidChoice, "expected 'static'"),
        "protocol": (crystal, {"protocol": "best"}, InvalidChoice, "expected 'fast'"),
        "magnetic order": (crystal, {"magnetic_order": "spiral"}, InvalidChoice, "'ferro'"),
        "constraint": (bonded, {}, IonsmithError, "FixBondLength"),
        "left": (left, {}, IonsmithError, "left-handed"),
        "unnamed": (Atoms("Po", cell=[3.35] * 3, pbc=True), {}, IonsmithError, "no POTCAR of Po"),
        "folder": (crystal, {"pseudo_dir": Path("nowhere")}, IonsmithError, "nowhere"),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "near",
        "charged",
        "chargedslab",
        "cell",
        "task",
        "protocol",
        "magnetic order",
        "constraint",
        "left",
        "unnamed",
        "folder",
    ],
)
def test_refused_with_one_line_and_nothing_written(kind: str, tmp_path: Path) -> None:
    atoms, options, error, words = broken(kind)
    with pytest.raises(error, match=words) as caught:
        export(atoms, "vasp" if kind == "unnamed" else "espresso", tmp_path / "job", **options)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_missing_pseudopotential(tmp_path: Path) -> None:
    given = tmp_path / "potentials"
    given.mkdir()
    for code in ("espresso", "abinit"):
        with pytest.raises(MissingExtra, match=r"no Si\.(upf|psp8).*in .*potentials"):
            export(load("si").to_atoms(), code, tmp_path / "job", pseudo_dir=given)
    (given / "Si.UPF").write_text('<PP_HEADER pseudo_type="PAW" z_valence=" 4.0000E+00"/>')
    done = export(load("si").to_atoms(), "espresso", tmp_path / "paw", pseudo_dir=given)
    assert done.settings["ecutrho (Ry)"] == 8 * done.settings["ecutwfc (Ry)"]
    assert done.needs == {}
    assert (tmp_path / "paw" / "pseudo" / "Si.UPF").is_file()
    (given / "Si.UPF").unlink()
    (given / "Si.upf").write_text("<UPF>")
    with pytest.raises(UnreadableFile, match="number of electrons"):
        export(load("si").to_atoms(), "espresso", tmp_path / "job", pseudo_dir=given)
    assert not (tmp_path / "job").exists()


def test_folders(tmp_path: Path) -> None:
    crystal = load("si").to_atoms()
    full = tmp_path / "full"
    full.mkdir()
    export(crystal, "espresso", full)  # an empty folder will do
    with pytest.raises(OutputExists, match=r"not empty; .* or replace it \(`force`\)"):
        export(crystal, "espresso", full)
    (full / "pw.out").write_text("old")
    export(crystal, "vasp", full, force=True)
    assert not (full / "pw.out").exists()
    assert (full / "POSCAR").is_file()
    export(crystal, "espresso", full, force=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").touch()
    with pytest.raises(OutputExists, match=r"not empty; choose a new folder$"):
        export(crystal, "espresso", tmp_path / "mine", force=True)
    with pytest.raises(OutputExists, match="is a file"):
        export(crystal, "espresso", full / "pw.in")
    with pytest.raises(UnreadableFile, match="does not exist"):
        export(crystal, "espresso", tmp_path / "no" / "job")
    with pytest.raises(InvalidChoice, match=r"`code` is 'siesta'; expected 'vasp', .* or"):
        export(crystal, "siesta", tmp_path / "job")
    with pytest.raises(IonsmithError, match="`syntax` is an option of espresso, not of vasp"):
        export(crystal, "vasp", tmp_path / "job", syntax="6.7")
    with pytest.raises(UnreadableFile, match="not a folder that ionsmith exported"):
        read_back(tmp_path)
    export(load("na3sb").to_atoms(), "espresso", tmp_path / "other")
    (full / "pw.in").write_bytes((tmp_path / "other" / "pw.in").read_bytes())
    with pytest.raises(UnreadableFile, match="other atoms"):
        read_back(full, "pw.in")


def test_a_trial_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = export(load("nafepo4").to_atoms(), "vasp", None)
    assert result.largest_moment == {"Fe": 4}
    assert list(tmp_path.iterdir()) == []


def test_a_jobscript_is_the_template_filled(tmp_path: Path) -> None:
    from ionsmith.exporters.jobscript import parallel

    template = tmp_path / "slurm.sh"
    template.write_text(
        "#!/bin/bash\n#SBATCH -J {{name}} -n {{cores}}\n"
        "srun -n ${SLURM_NTASKS} {{command}}\ntest -s {{output}} # {{pools}}\n"
    )
    silicon = load("si").to_atoms()
    result = export(silicon, "espresso", tmp_path / "job", jobscript=template, kpoints=(4, 4, 4))
    assert "job.sh" in result.files
    # 64 points halve to 32, at most 16 pools; 8 atoms are two cores in each
    assert (tmp_path / "job" / "job.sh").read_text() == (
        "#!/bin/bash\n#SBATCH -J Si8-static-espresso -n 32\n"
        "srun -n ${SLURM_NTASKS} pw.x -nk 16 -in pw.in > pw.out\ntest -s pw.out # 16\n"
    )
    export(load("sio2").to_atoms(), "lammps", tmp_path / "lammps", jobscript=template)
    assert "lmp -in run.in" in (tmp_path / "lammps" / "job.sh").read_text()
    assert parallel(1, (1, 1, 1)) == (1, 1)
    assert parallel(100, (1, 1, 1)) == (16, 1)
    assert parallel(100, (2, 2, 1)) == (32, 2)
    for text, words in (
        ("srun {{comand}}", r"\{\{comand\}\} is not known; expected \{\{command\}\}, "),
        ("srun pw.x", r"has no \{\{command\}\}"),
    ):
        template.write_text(text)
        with pytest.raises(IonsmithError, match=words):
            export(silicon, "espresso", tmp_path / "no", jobscript=template)
    with pytest.raises(UnreadableFile, match="`jobscript`"):
        export(silicon, "espresso", tmp_path / "no", jobscript=tmp_path / "nothing")
    assert not (tmp_path / "no").exists()
