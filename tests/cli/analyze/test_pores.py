"""``ionsmith analyze pores``, as a user types it."""

import json
import shlex
from pathlib import Path

import pytest

from command import run_command as run


@pytest.mark.pores
def test_from_model_to_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model, picture = tmp_path / "ge.extxyz", tmp_path / "ge.png"
    code, _, _ = run(capsys, "build", "porous", "lib:ge", "--porosity", "30", "-o", str(model))
    assert code == 0
    words = (str(model), "--probe", "1", "--alloy", "li15ge4", "-o", str(picture))
    code, out, err = run(capsys, "analyze", "pores", *words, "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert result["channels"]["channels"] == 1
    assert result["filling"][0]["host"] == "ge"
    first = picture.read_bytes()
    code, _, err = run(capsys, "analyze", "pores", *words)
    assert code == 2
    assert "--force" in err
    code, out, _ = run(capsys, "analyze", "pores", *words, "--force")
    assert code == 0
    assert "Pore sizes" in out
    assert picture.read_bytes() == first


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("lib:si", "--probe", "0"), "probe"),
        (("lib:si", "-o", "x.doc"), ".png, .svg or .pdf"),
        (("lib:si", "--alloy", "nothing"), "nothing"),
        (("lib:si", "--alloy", "li15ge4"), "contains no Si"),
        (("no-such-file.cif",), "no such file"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], reason: str
) -> None:
    code, out, err = run(capsys, "analyze", "pores", *words)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert reason in err


@pytest.mark.pores
def test_help_shows_an_example_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "analyze", "pores", "--help")
    example = shlex.split(out[out.index("Example:") :].removeprefix("Example:"))
    assert example[:3] == ["ionsmith", "analyze", "pores"]
    assert run(capsys, *example[1:])[0] == 0
