"""What all commands share: formats, configuration files, negative indices, words of errors."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from command import run_command as run
from ionsmith import __version__
from ionsmith.cli.framework import progress
from ionsmith.errors import InvalidInput

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


def test_csv_names_the_tables_it_leaves_out(capsys: pytest.CaptureFixture) -> None:
    code, out, err = run(capsys, *PLANES, "--format", "csv")
    assert code == 0
    assert out.startswith("plane,")
    assert err.count("\n") == 1
    assert "1 of 2 tables left out (Angles" in err
    assert "--csv-folder" in err


def test_csv_folder_has_every_table(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    folder = tmp_path / "tables"
    main_table = run(capsys, *PLANES, "--format", "csv")[1]
    code, out, err = run(capsys, *PLANES, "--format", "csv", "--csv-folder", str(folder))
    assert (code, out, err) == (0, main_table, "")
    files = sorted(folder.iterdir())
    assert [path.name[0] for path in files] == ["1", "2"]
    assert files[0].read_text() == main_table
    assert files[1].read_text().startswith("first,second,")
    code, _, err = run(capsys, *PLANES, "--csv-folder", str(folder))
    assert code == 2
    assert err.endswith("1.csv exists; choose another folder\n")  # there is no --force


def test_markdown_and_latex_show_all_tables(capsys: pytest.CaptureFixture) -> None:
    code, out, err = run(capsys, *PLANES, "--format", "markdown")
    assert (code, err) == (0, "")
    assert sum(line.startswith("|:--") for line in out.splitlines()) == 2
    code, out, err = run(capsys, *PLANES, "--format", "latex")
    assert (code, err) == (0, "")
    assert out.count("\\begin{tabular}") == out.count("\\end{tabular}") == 2


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("`d_min` is 0; choose more", "--d-min is 0; choose more"),
        ("give `forbidden=True`", "give --forbidden"),
        ("try `symprec=0.1`", "try --symprec 0.1"),
        ("no symmetry in `structure`", "no symmetry in STRUCTURE"),
        ("`max_strain` is too large", "max_strain is too large"),
    ],
)
def test_names_of_arguments_become_options(
    message: str, shown: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InvalidInput(message)

    monkeypatch.setattr("ionsmith.cli.analyze.planes.lattice_planes", refuse)
    code, out, err = run(capsys, *PLANES)
    assert (code, out, err) == (2, "", f"ionsmith: {shown}\n")


def test_switch_that_is_on_by_default_is_named_by_what_turns_it_off(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InvalidInput("an atom: give `anomalous=False`")

    monkeypatch.setattr("ionsmith.cli.analyze.powder.powder_pattern", refuse)
    assert "give --no-anomalous\n" in run(capsys, "analyze", "xrd", "lib:si")[2]


def test_inputs_are_the_parsed_parameters(capsys: pytest.CaptureFixture) -> None:
    words = ["build", "nasicon", "nzsp", "--x", "7/3", "--supercell", "1", "1", "1", "--dry-run"]
    inputs = json.loads(run(capsys, *words, "--json")[1])["inputs"]
    assert inputs["x"] == "7/3"
    assert inputs["supercell"] == [1, 1, 1]
    assert inputs["ordering"] == "electrostatic"
    assert not {"force", "output_format", "as_json", "config"} & set(inputs)
    planes = json.loads(run(capsys, *PLANES, "--json")[1])["inputs"]["indices"]
    assert planes == ["(2,0,2)", "(0,0,9)"]


def test_a_bad_csv_folder_leaves_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "file").touch()
    model = tmp_path / "open.extxyz"
    words = ("build", "beta-alumina", "-o", str(model), "--csv-folder", str(tmp_path / "file"))
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert "--csv-folder" in err
    assert not model.exists()
    same = str(tmp_path / "same.extxyz")
    code, _, err = run(capsys, "build", "beta-alumina", "-o", same, "--csv-folder", same)
    assert code == 2
    assert "it is the output too" in err
    assert not Path(same).exists()


def test_an_option_that_is_given_twice_is_refused(capsys: pytest.CaptureFixture) -> None:
    code, out, err = run(
        capsys, "analyze", "xrd", "lib:si", "--wavelength", "1", "--wavelength", "2"
    )
    assert (code, out) == (2, "")
    assert "--wavelength is given 2 times" in err


def test_negative_values_are_shown_as_typed(capsys: pytest.CaptureFixture) -> None:
    code, _, err = run(capsys, "analyze", "xrd", "lib:si", "--wavelength", "-1")
    assert code == 2
    assert "unknown wavelength '-1'" in err
