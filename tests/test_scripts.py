"""The tutorials run, from nothing, with their pictures and files."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"


@pytest.mark.parametrize(
    ("name", "option", "made"),
    [
        ("tutorial_closed_conduction_planes.py", "--picture", ["out.png"]),
        (
            "tutorial_epitaxial_interfaces.py",
            "--folder",
            [f"out.png/{name}.png" for name in ("parallel", "edge-on", "spots", "overlap")]
            + ["out.png/parallel.extxyz", "out.png/edge-on.extxyz"],
        ),
    ],
)
def test_tutorial(name: str, option: str, made: list[str], tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPTS / name), option, str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    # Warnings are errors; what matplotlib logs about fonts of the machine is not ours.
    assert done.returncode == 0, done.stderr
    for path in made:
        assert (tmp_path / path).stat().st_size > 1000


def test_every_tutorial_is_run_here() -> None:
    mark = next(iter(test_tutorial.pytestmark))  # type: ignore[attr-defined]
    assert {case[0] for case in mark.args[1]} == {p.name for p in SCRIPTS.glob("tutorial_*.py")}
