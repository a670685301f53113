"""The tutorials run, from nothing, with their pictures and files."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"


@pytest.mark.parametrize(
    ("name", "made"),
    [
        (
            "tutorial_closed_conduction_planes.py",
            "planes.png haadf-open.png haadf-closed.png crack.png open.extxyz closed.extxyz",
        ),
        (
            "tutorial_epitaxial_interfaces.py",
            "parallel.png edge-on.png spots.png overlap.png parallel.extxyz edge-on.extxyz",
        ),
        (
            "tutorial_alloying_anodes.py",
            "review.png expansion-Li.png expansion-Na.png porous.png porous.extxyz glass.extxyz",
        ),
        pytest.param(
            "tutorial_amorphous_electrodes.py",
            "coordination.png quench.png grown-crystals.png glass.extxyz",
            marks=pytest.mark.classical,
        ),
    ],
)
def test_tutorial(name: str, made: str, tmp_path: Path) -> None:
    folder = tmp_path / "made here"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPTS / name), "--folder", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    # Warnings are errors; what matplotlib logs about fonts of the machine is not ours.
    assert done.returncode == 0, done.stderr
    for path in made.split():
        assert (folder / path).stat().st_size > 1000


def test_every_tutorial_is_run_here() -> None:
    mark = next(iter(test_tutorial.pytestmark))  # type: ignore[attr-defined]
    names = {getattr(case, "values", case)[0] for case in mark.args[1]}
    assert names == {p.name for p in SCRIPTS.glob("tutorial_*.py")}
