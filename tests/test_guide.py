"""The guide's commands print what its pages show, and its Python runs."""

import re
import shlex
from pathlib import Path

import pytest

from ionsmith.cli.main import main
from ionsmith.crystals import names
from model_checks import check_model

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "scripts" / "guide").glob("*.md"))
GROUPS = {
    "02-beta-alumina": [pytest.mark.page],
    "08-amorphous": [pytest.mark.fast],
    "09-relaxing": [pytest.mark.relax],
    "18-gamma-surfaces": [pytest.mark.classical],
    "20-migration": [pytest.mark.migration],
    "25-tellurite-glasses": [pytest.mark.relax],
    "28-hrtem": [pytest.mark.haadf],
}
COUNTED = ("23-particles", "24-grain-boundaries", "25-tellurite-glasses")
CUT = "[…]"  # stands for lines that were left out
BLOCK = re.compile(r"^```(console|python)\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Whether the printed lines are those shown, where ``[…]`` stands for any number of lines."""
    pattern = r"\n".join(".*" if line == CUT else re.escape(line) for line in shown)
    return re.fullmatch(pattern, "\n".join(printed), flags=re.DOTALL) is not None


def lines_of(text: str) -> list[str]:
    """Lines without the spaces at their ends."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def run(words: list[str]) -> None:
    """Run a command, which must end well."""
    assert words[0] == "ionsmith"
    with pytest.raises(SystemExit) as caught:
        main(words[1:])
    assert caught.value.code in (0, None), words


@pytest.mark.parametrize(
    "page", [pytest.param(p, marks=GROUPS.get(p.stem, []), id=p.stem) for p in PAGES]
)
def test_page(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    code = {}
    for kind, block in BLOCK.findall(text):
        if kind == "python":
            exec(compile(block, page.name, "exec"), code)
            capsys.readouterr()
            continue
        command, _, shown = block.removeprefix("$ ").partition("\n")
        run(shlex.split(command))
        printed = capsys.readouterr().out
        assert agrees(lines_of(shown), lines_of(printed)), f"{command}\n{printed}"
        made = command.split()[-1]
        if page.stem in COUNTED and command.startswith("ionsmith build") and ".extxyz" in made:
            assert check_model(tmp_path / made, printed), command

    # Commands in the text work on the files that the blocks made. Where one is only named, it
    # exists; a whole relaxation takes minutes, one evaluation seconds.
    for command in re.findall(r"`(ionsmith [^`]+)`", BLOCK.sub("", text)):
        words = shlex.split(command)
        named = not any(re.search(r"[.:]", word) for word in words)
        run([*words, *(["--help"] if named else ["--dry-run"] if words[1] == "relax" else [])])


def test_the_guide_is_found() -> None:
    assert len(PAGES) > 10
    assert set(GROUPS) <= {page.stem for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_that_are_linked_exist(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_number_of_crystals() -> None:
    text = next(iter(PAGES)).read_text(encoding="utf-8")
    assert f"holds {len(names())} of them" in text
