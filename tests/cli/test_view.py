"""The command line of the page: what goes in, and what it says of bad input."""

import html
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from command import run_command
from ionsmith import provenance
from ionsmith.crystals.files import read_structure


def run(capsys: pytest.CaptureFixture[str], line: str) -> tuple[int, str, str]:
    return run_command(capsys, *shlex.split(line))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def section(text: str, name: str) -> str:
    """What is in a section, tags and pictures taken away."""
    body = text.partition(f'<section id="{name}">')[2].partition("</section>")[0]
    return html.unescape(re.sub(r"<[^>]*>", "\n", body))


@pytest.mark.page
def test_everything_in_one_page(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    line = "view lib:nafepo4 --powder --spots '[0,1,0]' --haadf '[0,1,0]' -o 'my page.html'"
    assert run(capsys, line) == (0, "", "")
    first = (here / "my page.html").read_text(encoding="utf-8")
    for name in ("coordination", "powder", "spots", "haadf", "origin"):
        assert f'<section id="{name}">' in first
    for name in ("powder", "spots", "haadf"):
        assert first.count(f'<section id="{name}">') == 1
    assert first.count('src="data:image/png;base64,') == 3
    assert f"ionsmith {line}" in section(first, "origin").splitlines()


@pytest.mark.page
def test_same_bytes(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    line = "view lib:v2o5 lib:v2o5 --powder -o page.html"
    pages = []
    for _ in range(2):
        assert run(capsys, line)[0] == 0
        pages.append((here / "page.html").read_bytes())
        (here / "page.html").unlink()
    assert pages[0] == pages[1]


@pytest.mark.page
def test_only_what_was_asked_for(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    assert run(capsys, "view lib:v2o5 --cutoff V-O=1.7 -o page.html")[0] == 0
    text = (here / "page.html").read_text(encoding="utf-8")
    assert '<section id="powder">' not in text
    assert '<section id="comparison">' not in text
    # Of the five O around each V, the vanadyl one alone is nearer than 1.7 Å (Enjalbert and Galy
    # 1986, doi:10.1107/S0108270186091825: 1.577 Å, then 1.779).
    assert " V O 4 1 1.57" in " ".join(section(text, "coordination").split())


@pytest.mark.page
def test_commands_make_the_structure_again(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    """Those that the page shows, run word for word, each with an output of its own."""
    for line in (
        "build beta-alumina --sodium 5/3 -o one.extxyz",
        "build closure one.extxyz --planes 2,3 --json --route=2 -o two.extxyz",
        "view two.extxyz -o page.html",
    ):
        assert run(capsys, line)[0] == 0
    said = section((here / "page.html").read_text(encoding="utf-8"), "origin")
    shown = [line for line in said.splitlines() if line.startswith("ionsmith build")]
    assert shown == [
        "ionsmith build beta-alumina --sodium 5/3",
        "ionsmith build closure one.extxyz --planes 2,3 --route=2",
    ]
    made = read_structure("two.extxyz")
    for name, line in zip(("one.extxyz", "two.extxyz"), shown, strict=True):
        (here / name).unlink()
        assert run(capsys, f"{line.removeprefix('ionsmith ')} -o {name}")[0] == 0
    again = read_structure("two.extxyz")
    assert np.array_equal(made.positions, again.positions)
    assert provenance.of(made) == provenance.of(again)


def test_a_command_that_cannot_be_kept_is_not_kept(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    assert run(capsys, "build beta-alumina -o β.extxyz")[0] == 0
    assert run(capsys, "build closure β.extxyz --planes 1 -o closed.extxyz")[0] == 0
    steps = provenance.of(read_structure("closed.extxyz"))["steps"]
    assert [step.get("command") for step in steps if step["step"].startswith("build")] == [
        "ionsmith build beta-alumina",
        None,
    ]


@pytest.mark.page
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("view lib:v2o5", "Missing option '-o'"),
        ("view -o page.html", "Missing argument 'STRUCTURE...'"),
        ("view missing.cif -o page.html", "missing.cif: no such file"),
        ("view lib:v2o5 --spots '[0,0,0]' -o page.html", "0,0,0"),
        ("view lib:v2o5 --haadf what -o page.html", "what"),
        ("view lib:v2o5 -o nowhere/page.html", "does not exist"),
        ("view lib:v2o5 -o there.html", "there.html exists"),
        ("view" + 7 * " lib:v2o5" + " -o page.html", "one to 6 structures, not 7"),
    ],
)
def test_one_clear_line(
    line: str, words: str, capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    (here / "there.html").write_text("mine")
    code, out, err = run(capsys, line)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert [path.name for path in here.iterdir()] == ["there.html"]
    assert (here / "there.html").read_text() == "mine"
