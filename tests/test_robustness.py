"""What goes wrong outside of the program, and structures that are hardly any."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import write

from command import run_command as run
from ionsmith.crystals.files import check_target, read_structure, write_text
from ionsmith.errors import OutputExists, UnreadableFile
from ionsmith.exporters import export

PAIR = ["--parallel-planes", "(0,0,1)||(0,0,1)", "--parallel-directions", "[1,0,0]||[1,0,0]"]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse to write more than some bytes into a file, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


WRITERS = {
    "model.extxyz": ["build", "beta-alumina"],
    "model.cif": ["library", "export", "nvp", "--raw"],
    "pattern.png": ["analyze", "xrd", "lib:si"],
    "picture.png": ["analyze", "haadf", "lib:si", "--zone", "[0,0,1]", "--thickness", "5"],
}


@pytest.mark.parametrize("name", WRITERS)
def test_full_disk(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / name
    target.write_text("precious")
    words = [*WRITERS[name], "-o", str(target), "--force"]
    with largest_file(1000):
        code, _, error = run(capsys, *words)
    assert code == 2
    assert error.count("\n") == 1
    assert "cannot be written" in error
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert target.read_text() == "precious"
    assert run(capsys, *words)[0] == 0
    assert target.stat().st_size > 1000


@pytest.mark.parametrize("code", ["vasp", "espresso"])
def test_full_disk_leaves_no_part_of_a_folder(
    code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "calculation"
    with largest_file(300):
        status, _, error = run(capsys, "export", code, "lib:nafepo4", str(target))
    assert (status, error.count("\n")) == (2, 1)
    assert list(tmp_path.iterdir()) == []


def test_standard_output_on_a_full_disk() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ionsmith", "library", "show", "nvp"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr == "ionsmith: No space left on device\n"


def test_folder_that_nobody_may_write_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write anywhere, so the system's answer is given here.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UnreadableFile, match="is read-only"):
        check_target(str(tmp_path / "a.cif"), force=False)
    monkeypatch.undo()

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refused)
    with pytest.raises(UnreadableFile, match=r"cannot be written \(Permission denied\)"):
        write_text(str(tmp_path / "a.txt"), "text")
    assert list(tmp_path.iterdir()) == []


HALF = """
import signal, sys, time
from pathlib import Path
from ionsmith.crystals.files import write_whole

# A shell's background jobs inherit that this signal is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def save(path):
    with path.open("w") as stream:
        stream.write("half")
        stream.flush()
        print("begun", flush=True)
        time.sleep(60)

write_whole(Path(sys.argv[1]), save)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_while_writing(end: signal.Signals, tmp_path: Path) -> None:
    target = tmp_path / "a.cif"
    target.write_text("precious")
    with subprocess.Popen(
        [sys.executable, "-c", HALF, str(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(end)
        assert process.wait() != 0
    assert target.read_text() == "precious"
    left = [path.name for path in tmp_path.iterdir() if path != target]
    # What cannot be cleaned up is one file whose name begins with a point.
    assert len(left) == (end != signal.SIGINT)
    assert all(name.startswith(".ionsmith-") for name in left)
    # Who writes another file leaves it alone, who writes the same one takes it away.
    write_text(str(tmp_path / "a.b.cif"), "other")
    assert {path.name for path in tmp_path.iterdir()} == {"a.cif", "a.b.cif", *left}
    write_text(str(target), "again", force=True)
    assert {path.name for path in tmp_path.iterdir()} == {"a.cif", "a.b.cif"}


def test_a_file_that_another_process_writes_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.cif"
    with subprocess.Popen(
        [sys.executable, "-c", HALF, str(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        (held,) = tmp_path.iterdir()
        write_text(str(target), "quicker")
        assert set(tmp_path.iterdir()) == {held, target}
        process.kill()


AGAIN = """
import sys
from ase.build import bulk
from ionsmith.crystals.files import write_structure

atoms = bulk("Si", cubic=True).repeat(int(sys.argv[2]))
for _ in range(10):
    write_structure(sys.argv[1], atoms, force=True)
"""


def test_two_processes_write_the_same_file(tmp_path: Path) -> None:
    target = tmp_path / "both.extxyz"
    alone = []
    for repeat in (1, 3):
        path = tmp_path / f"{repeat}.extxyz"
        subprocess.run([sys.executable, "-c", AGAIN, str(path), str(repeat)], check=True)
        alone.append(path.read_bytes())
    processes = [
        subprocess.Popen([sys.executable, "-c", AGAIN, str(target), repeat]) for repeat in "13"
    ]
    while any(process.poll() is None for process in processes):
        if target.exists():
            assert target.read_bytes() in alone
    assert [process.returncode for process in processes] == [0, 0]
    assert target.read_bytes() in alone
    assert len(list(tmp_path.iterdir())) == 3


def test_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.cif"
    os.mkfifo(pipe)
    with pytest.raises(OutputExists, match="a device or a pipe"):
        check_target(str(pipe), force=True)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("a\0b.cif", "is not a file name"), ("a" * 300 + ".cif", "File name too long")],
)
def test_names_that_no_file_can_have(name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        check_target(str(tmp_path / name), force=False)


def test_spaces_and_other_alphabets_in_paths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "Aufgabe β''–Al₂O₃"
    folder.mkdir()
    model, picture = folder / "ein Modell.extxyz", folder / "Bild ü.png"
    assert run(capsys, "build", "beta-alumina", "-o", str(model))[0] == 0
    code, out, _ = run(capsys, "analyze", "xrd", str(model), "-o", str(picture), "--json")
    assert code == 0
    assert json.loads(out)["inputs"]["structures"] == [str(model)]
    assert run(capsys, "export", "vasp", str(model), str(folder / "VASP Läufe"))[0] == 0
    assert {path.name for path in folder.iterdir()} == {
        "ein Modell.extxyz",
        "Bild ü.png",
        "VASP Läufe",
    }
    config = folder / "Einstellungen é.toml"
    config.write_text(f'output = "{folder / "zweites Modell.cif"}"\n', encoding="utf-8")
    assert run(capsys, "library", "export", "si", "--config", str(config))[0] == 0
    assert (folder / "zweites Modell.cif").exists()


def odd_structures() -> dict[str, Atoms]:
    """Structures that a program may well hand over."""
    sound = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    one = Atoms("Na", cell=[4.0, 4.0, 4.0], pbc=True)
    found = {"sound": sound, "one atom": one, "an atom in the void": Atoms("Na")}
    found["one dimension"] = Atoms("NaCl", [[0, 0, 0], [2.8, 0, 0]], cell=[5.6, 0, 0])
    found["one dimension"].pbc = (True, False, False)
    slab = sound.copy()
    slab.center(vacuum=8, axis=2)
    slab.pbc = (True, True, False)
    found["two dimensions"] = slab
    found["two dimensions without a height"] = slab.copy()
    found["two dimensions without a height"].cell[2] = 0
    found["left-handed"] = sound.copy()
    found["left-handed"].set_cell(sound.cell.array[[1, 0, 2]], scale_atoms=False)
    found["outside of the cell"] = sound.copy()
    found["outside of the cell"].positions += [57.0, -113.0, 5.64]
    found["twice the same atoms"] = sound + sound
    found["dummy"] = Atoms("XCl", sound.positions[:2], cell=sound.cell, pbc=True)
    found["not a number"] = sound.copy()
    found["not a number"].positions[1, 2] = np.nan
    found["infinite cell"] = sound.copy()
    found["infinite cell"].cell[0, 0] = np.inf
    found["no volume"] = sound.copy()
    found["no volume"].cell[2] = found["no volume"].cell[1]
    found["of nanometres"] = sound.copy()
    found["of nanometres"].set_cell(sound.cell.array * 0.1, scale_atoms=True)
    found["of femtometres"] = sound.copy()
    found["of femtometres"].set_cell(sound.cell.array * 1e5, scale_atoms=True)
    found["of no atoms"] = Atoms(cell=[4, 4, 4], pbc=True)
    return found


HOPELESS = {
    "dummy": "atom 0 is a dummy atom (X)",
    "not a number": "not a finite number",
    "infinite cell": "not finite",
    "no volume": "no volume",
    "of nanometres": "is the unit Å?",
    "of femtometres": "is the unit Å?",
    "of no atoms": "no atoms",
}
READERS = [
    ["analyze", "coordination", "FILE"],
    ["analyze", "compare", "FILE", "lib:na2o"],
    ["analyze", "dspacing", "FILE", "(1,0,0)"],
    ["analyze", "haadf", "FILE", "--zone", "[0,0,1]", "--thickness", "3"],
    ["analyze", "matches", "FILE", "lib:ge", "--contact", PAIR[1], "--max-area", "60"],
    ["analyze", "orientation", "FILE", "FILE", *PAIR, "--max-index", "1"],
    ["analyze", "overlap", "FILE", "FILE", *PAIR, "--element", "Na", "--radius", "4"],
    ["analyze", "pair-distribution", "FILE", "--r-max", "4"],
    ["analyze", "spots", "FILE", "--zone", "[0,0,1]", "--d-min", "1"],
    ["analyze", "xrd", "FILE"],
    ["build", "porous", "FILE", "--porosity", "30", "--bare", "--dry-run"],
    ["export", "espresso", "FILE", "nowhere", "--dry-run"],
]


@pytest.mark.parametrize("name", odd_structures())
def test_odd_structures(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write("odd.extxyz", odd_structures()[name])
    for words in READERS:
        words = ["odd.extxyz" if word == "FILE" else word for word in words]
        code, _, error = run(capsys, *words)
        lines = [line for line in error.splitlines() if ": note: " not in line]
        assert code in (0, 2, 3), (words, error)
        assert len(lines) == (code != 0), (words, error)
        if name in HOPELESS:
            assert code == 2
            assert error.startswith("ionsmith: odd.extxyz: ")
            assert HOPELESS[name] in error
        if name == "sound":
            assert code == 0, (words, error)


@pytest.mark.parametrize("name", ["left-handed", "outside of the cell"])
def test_same_crystal_same_numbers(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = odd_structures()
    results = []
    for which in ("sound", name):
        path = tmp_path / f"{which}.extxyz"
        write(path, found[which])
        code, out, _ = run(capsys, "analyze", "coordination", str(path), "--json")
        assert code == 0
        counts = json.loads(out)["result"]["coordination"]
        code, out, _ = run(capsys, "analyze", "xrd", str(path), "--json")
        assert code == 0
        results.append((counts, json.loads(out)["result"]["lines"]))
    first, second = results
    assert first[0] == second[0]
    assert {element: rows[0]["coordination_number"] for element, rows in first[0].items()} == {
        "Na": 6,
        "Cl": 6,
    }
    for one, other in zip(first[1], second[1], strict=True):
        assert one["two_theta"] == pytest.approx(other["two_theta"], abs=1e-6)
        assert one["intensity"] == pytest.approx(other["intensity"], rel=1e-6)


def test_short_file_that_speaks_of_many_atoms(tmp_path: Path) -> None:
    path = tmp_path / "short.extxyz"
    path.write_text('1000000000\nLattice="5 0 0 0 5 0 0 0 5"\nSi 0 0 0\n')
    with pytest.raises(UnreadableFile, match="too short for its 1,000,000,000 atoms"):
        read_structure(str(path))


@pytest.mark.parametrize(
    "words",
    [
        ["build", "nasicon", "nzsp", "--supercell", "50", "50", "50"],
        ["build", "beta-alumina", "--supercell", "1000000000", "1", "1"],
        ["build", "alloy", "li15si4", "--supercell", "500", "500", "500"],
        ["build", "porous", "lib:ge", "--porosity", "18", "--supercell", "500", "500", "500"],
        ["build", "amorphous", "si", "--atoms", "1000000000"],
        ["build", "amorphous", "Li15Si4", "--method", "packing", "--atoms", "1000000000"],
        ["library", "export", "si", "--supercell", "1000", "1000", "1000"],
        ["library", "export", "nvp", "--ordering", "random", "--supercell", "500", "500", "500"],
    ],
)
def test_models_that_nobody_can_mean(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = run(capsys, *words, "--dry-run")
    assert code == 2
    assert error.count("\n") == 1
    assert "up to 2,000,000 atoms are built" in error


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(
    "words",
    [
        ["analyze", "dspacing", "lib:si", "--d-min"],
        ["analyze", "matches", "lib:si", "lib:ge", "--max-area"],
        ["build", "porous", "lib:si", "--dry-run", "--porosity"],
    ],
)
def test_numbers_are_finite(
    words: list[str], number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = run(capsys, *words, number)
    assert (code, error.count("\n")) == (2, 1)
    assert "not a finite number" in error or "not in the range" in error


def test_space_group_of_a_million_atoms_is_not_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "large.extxyz", bulk("Si", cubic=True).repeat(30))
    code, _, error = run(capsys, "analyze", "dspacing", str(tmp_path / "large.extxyz"), "(1,0,0)")
    assert (code, error.count("\n")) == (2, 1)
    assert "216,000 atoms; space groups are determined up to 200,000;" in error


def test_lines_of_an_error_are_one(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = run(capsys, "library", "show", "two\nlines")
    assert (code, error.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("d-min = [1, 2]", "1,2"),
        ("d-min = 1979-05-27", "expected a number or a string"),
        ("d-min = true", "expected a number or a string, not True"),
        ('forbidden = "yes"', "expected true or false, not 'yes'"),
        ("forbidden = { a = 1 }", "expected true or false"),
        ("d-min = nan", "not a finite number"),
    ],
)
def test_settings_of_a_wrong_kind(
    setting: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "job.toml"
    config.write_text(setting)
    code, _, error = run(capsys, "analyze", "dspacing", "lib:si", "--config", str(config))
    assert (code, error.count("\n")) == (2, 1)
    assert reason in error


def test_lists_in_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "job.toml"
    config.write_text("d = [3.479, 2.552, 2.379, 2.085]\ncrystal = ['al2o3', 'si']\njson = true\n")
    given = run(capsys, "analyze", "phases", "--config", str(config))
    words = ["--d", "3.479,2.552,2.379,2.085", "--crystal", "al2o3", "--crystal", "si", "--json"]
    assert given == run(capsys, "analyze", "phases", *words)
    assert given[0] == 0


@pytest.mark.parametrize(
    "record",
    ['{"steps": null}', '{"sources": [1]}', '{"steps": ["a"]}', '{"energy": {"value": "x"}}', "5"],
)
def test_provenance_of_a_wrong_type(
    record: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    atoms = bulk("Si", cubic=True)
    atoms.info["ionsmith"] = json.loads(record)
    write(tmp_path / "a.extxyz", atoms)
    words = ["export", "espresso", str(tmp_path / "a.extxyz"), str(tmp_path / "b")]
    code, _, error = run(capsys, *words)
    assert (code, error.count("\n")) == (2, 1)
    assert "provenance of the structure is malformed" in error


def test_manifest_of_a_wrong_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "calculation"
    assert run(capsys, "export", "espresso", "lib:si", str(folder))[0] == 0
    manifest = json.loads((folder / "ionsmith.json").read_text())
    for wrong in (None, 5, [], {**manifest, "order": [0]}, {**manifest, "output": None}):
        (folder / "ionsmith.json").write_text(json.dumps(wrong))
        code, _, error = run(capsys, "analyze", "xrd", str(folder))
        assert (code, error.count("\n")) == (2, 1)
        assert "does not describe this folder" in error


def test_changed_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.json"
    rattled = bulk("Si", cubic=True)
    rattled.rattle(0.1, seed=1)
    write(tmp_path / "in.extxyz", rattled)
    words = ["relax", str(tmp_path / "in.extxyz"), "--steps", "2"]
    words += ["--potential", "ase.calculators.lj:LennardJones"]
    words += ["-o", str(tmp_path / "a.extxyz"), "--checkpoint", str(path)]
    assert run(capsys, *words, "--fmax", "1e-9")[0] == 3
    text = path.read_text()
    path.write_text(text.replace('"memory": ', '"memory": 5, "other": '))
    code, _, error = run(capsys, *words, "--resume")
    assert (code, error.count("\n")) == (2, 1)
    assert "it was changed" in error


def test_potential_that_ends_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("sys:exit", "os:abort", "json:JSONDecoder"):
        code, _, error = run(capsys, "relax", "lib:si", "--dry-run", "--potential", name)
        assert (code, error.count("\n")) == (2, 1)
        assert "MODULE:NAME of an ASE calculator was expected" in error


@pytest.mark.parametrize(
    ("closed", "words", "said"),
    [
        ("<&-", "analyze xrd -", "standard input is closed"),
        (">&-", "library show si", "standard output is closed"),
        ("2>&-", "library show nope", ""),
    ],
)
def test_closed_streams(closed: str, words: str, said: str) -> None:
    line = f"{sys.executable} -m ionsmith {words} {closed}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True)
    assert done.returncode == 2
    assert said in done.stderr
    assert "fault in the program" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["library", "show", "si", "--json", "--format", "csv"], "exclude each other"),
        (["library", "list", "--element", "Xx"], "'Xx' is no element"),
        (["library", "list", "--space-group", "999"], "a number from 1 to 230"),
        (["library", "export", "si", "--supercell", "1", "1", "-o", "x"], "takes 3 values"),
        (["library", "show", "nope"], "'ionsmith library list' lists all"),
        (["view", "lib:si", "-o", "a.extxyz", "--force"], "a page ends in .html"),
        (
            ["analyze", "indexing", "lib:nvp", "--spot", "0.3@0", "--spot", "0.31@50"],
            "too many pairs of reflections of nvp",
        ),
        (
            [
                "analyze",
                "matches",
                "lib:si",
                "lib:ge",
                "--max-area",
                "100000",
                "--rank-by",
                "strain",
            ],
            "too many cells",
        ),
    ],
)
def test_what_cannot_be_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = run(capsys, *words)
    assert (code, error.count("\n")) == (2, 1)
    assert said in error


def test_link_to_nothing_is_not_replaced(tmp_path: Path) -> None:
    link = tmp_path / "a.cif"
    link.symlink_to("nowhere")
    with pytest.raises(OutputExists, match="a link to a missing file"):
        check_target(str(link), force=False)
    check_target(str(link), force=True)


def test_folder_of_a_killed_export_is_removed_by_the_next(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from ionsmith.exporters._folder import whole_folder\n"
        "with whole_folder(Path(sys.argv[1])) as made:\n"
        "    (made / 'half').write_text('x')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / name)], check=False)
    assert len(list(tmp_path.iterdir())) == 2
    export("lib:si", "espresso", tmp_path / "a")
    left = {path.name[:10] for path in tmp_path.iterdir()}
    assert left == {"a", ".ionsmith-"}
    assert len(list(tmp_path.iterdir())) == 2


def test_dollars_in_names_are_no_formulas(tmp_path: Path) -> None:
    from ionsmith.analyzers.powder import mix, powder_pattern

    write(tmp_path / "a$x^y$.extxyz", bulk("Si", cubic=True))
    figure = mix([powder_pattern(str(tmp_path / "a$x^y$.extxyz"))]).draw()
    assert r"a\$x^y\$" in figure.axes[0].get_title(loc="left")
