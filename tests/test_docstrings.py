"""The examples in docstrings run, and print what they show."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
MODULES = [
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted(SOURCE.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = [
        test
        for test in doctest.DocTestFinder(exclude_empty=True).find(import_module(name), globs={})
        if test.examples
    ]
    assert found, f"{name} has examples that doctest does not find"
    runner = doctest.DocTestRunner(verbose=False)
    said: list[str] = []
    for test in found:
        runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)


def test_there_are_examples_of_the_first_steps() -> None:
    first_steps = {"ionsmith.crystals.library._library", "ionsmith.builders.beta_alumina._closure"}
    assert first_steps <= set(MODULES)
