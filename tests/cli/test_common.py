"""Options that all commands share: formats, configuration files, negative indices."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from command import run_command as run
from ionsmith import __version__
from ionsmith.cli.framework import progress

PLANES = ["analyze", "dspacing", "lib:nvp", "(2,0,2)", "(0,0,9)"]


def test_json_is_one_document(capsys: pytest.CaptureFixture) -> None:
    code, out, err = run(capsys, *PLANES, "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert set(document) == {"schema", "ionsmith", "inputs", "result"}
    assert document["schema"] == {"name": "ionsmith.analyze.dspacing", "version": 1}
    assert document["ionsmith"] == __version__
    assert run(capsys, *PLANES, "--format", "json")[1] == out


def test_a_file_name_that_is_no_text_is_printed(capsys: pytest.CaptureFixture) -> None:
    for words in (["--json"], []):
        name = "\udcff.extxyz"
        line = ["build", "alloy", "li7si3-ordered", "--dry-run", "-o", name, *words]
        code, out, _ = run(capsys, *line)
        assert code == 0
        out.encode("utf-8")
        if words:
            assert json.loads(out)["inputs"]["output"] == name


def test_csv_is_the_main_table(capsys: pytest.CaptureFixture) -> None:
    rows = list(csv.reader(io.StringIO(run(capsys, *PLANES, "--format", "csv")[1])))
    assert [row[0] for row in rows[1:]] == ["(2,0,2)", "(0,0,9)"]
    assert len({len(row) for row in rows}) == 1


def test_config_gives_options_and_flags_win(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    config = tmp_path / "job.toml"
    config.write_text('format = "json"\nsymprec = 0.05\n')
    document = json.loads(run(capsys, *PLANES, "--config", str(config))[1])
    assert document["inputs"]["symprec"] == 0.05
    out = run(capsys, *PLANES, "--config", str(config), "--symprec", "0.02")[1]
    assert json.loads(out)["inputs"]["symprec"] == 0.02
    config.write_text("json = true\n")
    json.loads(run(capsys, *PLANES, "--config", str(config))[1])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("nosuchkey = 1\n", "unknown key 'nosuchkey'"),
        ("format = \n", "not valid TOML"),
        ('format = "yaml"\n', "yaml"),
        ('symprec = "wide"\n', "wide"),
        (None, "No such file"),
    ],
)
def test_bad_config(
    tmp_path: Path, capsys: pytest.CaptureFixture, content: str | None, reason: str
) -> None:
    config = tmp_path / "job.toml"
    if content is not None:
        config.write_text(content)
    code, out, err = run(capsys, *PLANES, "--config", str(config))
    assert (code, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("index", ["-1 2 0", "-1,2,0", "-120", "-12-10"])
def test_negative_indices_are_no_options(capsys: pytest.CaptureFixture, index: str) -> None:
    code, out, _ = run(capsys, "analyze", "dspacing", "lib:nvp", index, "--json")
    assert code == 0
    assert json.loads(out)["result"]["planes"][0]["d"] == pytest.approx(4.364, abs=1e-3)


def test_progress_only_on_a_terminal(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with progress("ordering") as report:
        report(1, 2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress("ordering") as report:
        report(1, 2)
        report(2, 2)
    captured = capsys.readouterr()
    assert "ordering" in captured.err
    assert "100%" in captured.err
    assert captured.out == ""
