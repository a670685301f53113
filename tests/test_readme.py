"""The README is short, and what it shows works."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

import ionsmith
from ionsmith.cli.main import main
from ionsmith.crystals import names

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_first_sentence_says_what_it_is() -> None:
    title, first = README.split("\n\n")[:2]
    assert title == "# ionsmith"
    assert first.startswith("ionsmith builds ")
    assert first.count(". ") == 0
    assert first.endswith(".")


def test_about_six_hundred_words() -> None:
    assert len(README.split()) <= 620


def test_python_block() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(block.splitlines()) <= 8
    exec(compile(block, "README.md", "exec"), {})


def test_commands_do_their_own_setup() -> None:
    first, tests = re.findall(r"```sh\n(.*?)\n```", README, flags=re.DOTALL)
    assert tests == "pip install '.[test]' && python -m pytest -n 2"
    install, command = first.split(" && ")
    assert install == "pip install ."
    with pytest.raises(SystemExit) as caught:
        main(shlex.split(command)[1:])
    assert caught.value.code in (0, None)


def test_number_of_crystals() -> None:
    assert f"{len(names())} published crystals" in README


def test_files_that_are_linked_exist() -> None:
    for target in re.findall(r"\]\((?!https?:|\.\./\.\./actions/)([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_page_of_the_guide_is_linked() -> None:
    for page in (ROOT / "scripts" / "guide").glob("*.md"):
        assert f"(scripts/guide/{page.name})" in README


def test_the_light_extra_stays_light() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    light = [re.split(r"[\[>=]", each)[0] for each in project["optional-dependencies"]["test"]]
    assert sorted(light) == ["hypothesis", "jsonschema", "pytest", "pytest-xdist"]


def test_citation_and_changelog_have_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, flags=re.MULTILINE) == [ionsmith.__version__]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## (?:\[)?([\w.]+)", changelog, flags=re.MULTILINE)
    assert releases[:2] == ["Unreleased", ionsmith.__version__]
