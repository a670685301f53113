"""The example of a code in the contributor's guide works as a plug-in."""

import re
from pathlib import Path

import pytest

from ionsmith.exporters import _code, code_names, export, read_back

ROOT = Path(__file__).parents[1]
CONTRIBUTING = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_a_code_of_another_package(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", CONTRIBUTING, flags=re.DOTALL)
    assert len([line for line in block.splitlines() if line.strip()]) <= 35
    try:
        exec(compile(block, "CONTRIBUTING.md", "exec"), {"__name__": "my_package.elk"})
        assert "elk" in code_names()
        written = export("lib:sio2", "elk", tmp_path / "job")
        assert written.needs == {"Si": "Si.in", "O": "O.in"}
        again = read_back(tmp_path / "job", "elk.in")
    finally:
        _code._registered.pop("elk", None)
    ours = read_back(tmp_path / "job")
    assert again.get_chemical_symbols() == ours.get_chemical_symbols()
    assert again.positions == pytest.approx(ours.positions, abs=1e-6)
    assert "elk" not in code_names()


def test_files_that_are_linked_exist() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", CONTRIBUTING):
        assert (ROOT / ".github" / target).exists(), target


def test_floors_are_those_that_the_linter_keeps() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (layers,) = re.findall(r"layers = \[\n(.*?)\]", project, flags=re.DOTALL)
    kept = [sorted(re.findall(r"ionsmith\.(\w+)", line)) for line in layers.splitlines()]
    table = CONTRIBUTING.partition("| floor | packages |")[2].partition("\n\n")[0]
    told = [re.findall(r"`(\w+)`", line) for line in table.splitlines()[2:]]
    floors = [
        *kept[: len(told) - 1],
        sorted(name for line in kept[len(told) - 1 :] for name in line),
    ]
    assert [sorted(names) for names in told] == floors
