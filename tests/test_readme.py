"""The README shows what the commands print."""

import re
import shlex
from pathlib import Path

import pytest

from ionsmith.cli.main import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
CUT = "[…]"  # stands for lines that were left out


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Whether the printed lines are those shown, where ``[…]`` stands for any number of lines."""
    pattern = r"\n".join(".*" if line == CUT else re.escape(line) for line in shown)
    return re.fullmatch(pattern, "\n".join(printed), flags=re.DOTALL) is not None


def run(words: list[str]) -> None:
    """Run a command, which must end well."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code in (0, None), words


def test_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```console\n\$ (.*?)\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) == 12
    for command, shown in blocks:
        words = shlex.split(command)
        assert words[0] == "ionsmith"
        run(words[1:])
        printed = [line.rstrip() for line in capsys.readouterr().out.rstrip().splitlines()]
        assert agrees([line.rstrip() for line in shown.rstrip().splitlines()], printed), command

    # Those in the text work on the files that the blocks made. Where one is only named, it exists;
    # a whole relaxation takes minutes, one evaluation seconds.
    text = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    inline = [shlex.split(command)[1:] for command in re.findall(r"`(ionsmith [^`]+)`", text)]
    assert any(words[0] == "export" for words in inline)
    for words in inline:
        named = not any(re.search(r"[.:]", word) for word in words)
        run([*words, *(["--help"] if named else ["--dry-run"] if words[0] == "relax" else [])])


def test_python_block() -> None:
    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(block, "README.md", "exec"), {})


def test_first_two_commands_do_their_own_setup() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README, flags=re.DOTALL)
    assert len(commands) == 2
    assert commands[0].startswith("pip install . && ionsmith ")
    assert commands[1].startswith("pip install '.[test]' && python -m pytest")


def test_number_of_crystals() -> None:
    from ionsmith.crystals import names

    assert f"holds {len(names())} published crystals" in README


def test_files_that_are_linked_exist() -> None:
    root = Path(__file__).parents[1]
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        assert (root / target).exists(), target
