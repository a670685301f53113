"""A fixed part of the fuzzing of all commands; the whole of it is ``scripts/fuzz.py``."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scripts" / "fuzz.py"


def test_fixed_inputs_end_well(tmp_path: Path) -> None:
    failures = tmp_path / "failures"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--count", "77", "--seed", "7", "--failures", str(failures)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    kinds = ["arguments", "cif", "extxyz", "folder", "format", "other", "record", "stream"]
    kinds += ["toml", "vasp"]
    assert {row[0]: int(row[1]) for row in rows if row[0] in kinds} == {
        "arguments": 14,
        **dict.fromkeys(kinds[1:], 7),
    }
    assert not failures.exists()


def test_fault_is_told_and_kept(tmp_path: Path) -> None:
    case = {"kind": "arguments", "words": ["library", "show", "nvp"], "files": {}}
    folder = tmp_path / "1"
    folder.mkdir()
    (folder / "case.json").write_text(json.dumps(case))
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--replay", str(folder), "--limit", "20"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert done.stdout.endswith("exit 0\n")
    # A limit of no time at all is a run without end.
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import fuzz, main_that_fails\n"
        "fuzz.main = main_that_fails.main\n"
        "print(fuzz.run(fuzz.Case('arguments', ['x'], {}), 20).fault)"
    )
    (tmp_path / "main_that_fails.py").write_text("def main(words):\n    raise ValueError('no')\n")
    done = subprocess.run(
        [sys.executable, "-c", code, str(SCRIPT.parent)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert "exit code 99" in done.stdout
    assert "Python's words in the message" in done.stdout
