"""``ionsmith analyze compare``, as a user types it."""

import json
from pathlib import Path

import pytest

from command import run_command
from ionsmith.cli.main import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "compare", *arguments)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("models")
    before, after = str(folder / "open.extxyz"), str(folder / "closed.extxyz")
    for words in (
        ["build", "beta-alumina", "-o", before],
        ["build", "closure", before, "--planes", "1", "-o", after],
    ):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 0
    return before, after


def test_job_of_the_paper(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *files, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    result = document["result"]
    edge = {"pair": "AlO4-AlO4", "kind": "edge", "before": 0, "after": 1}
    corner = {"pair": "AlO4-AlO4", "kind": "corner", "before": 3, "after": 2}
    assert edge in result["sharing"]
    assert corner in result["sharing"]
    assert {row["coordination_number"] for row in result["coordination"]["Al"]} == {4, 6}
    assert result["matching"]["method"] == "identity"


def test_text_begins_with_the_summary(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, *files)
    assert code == 0
    sentences, tables = out.split("\n\n", 1)
    assert "AlO4–AlO4 pairs: 1 of 3 corner-sharing became edge-sharing." in sentences
    assert tables.startswith("Coordination")
    assert "Atoms that changed" in tables


def test_csv_is_the_coordination(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, *files, "--format", "csv")
    assert out.splitlines()[0] == "element,neighbours,before,after,change"


def test_cutoff_and_sensitivity(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("lib:al2o3", "lib:al2o3", "--cutoff", "1.95", "--sensitivity", "0.05", "--json")
    document = json.loads(run(capsys, *arguments)[1])
    assert document["inputs"]["cutoff"] == ["1.95"]
    assert document["result"]["criterion"] == 1.95
    assert document["result"]["coordination"]["Al"][0]["coordination_number"] == 3
    margins = [item["margin"] for item in document["result"]["sensitivity"]]
    assert margins == [-0.05, 0, 0.05]


def test_other_file_format(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A CIF carries no identity: atoms are paired by position, with the same counts."""
    import ase.io

    cif = str(tmp_path / "closed.cif")
    ase.io.write(cif, ase.io.read(files[1]))
    by_position = json.loads(run(capsys, files[0], cif, "--json")[1])["result"]
    by_identity = json.loads(run(capsys, *files, "--json")[1])["result"]
    assert by_position["matching"]["method"] == "geometry"
    assert by_position["sharing"] == by_identity["sharing"]
    assert by_position["coordination"] == by_identity["coordination"]


def test_example_of_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Maricite has ten O around Na, triphylite six."""
    arguments = ("lib:nafepo4", "lib:nafepo4-triphylite", "--sensitivity", "0.2", "--json")
    numbers = json.loads(run(capsys, *arguments)[1])["result"]["coordination"]["Na"]
    assert numbers == [
        {"coordination_number": 6, "before": 0, "after": 4},
        {"coordination_number": 10, "before": 4, "after": 0},
    ]


def test_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "counts.png"
    arguments = ("lib:lifepo4", "lib:fepo4", "-o", str(target))
    assert run(capsys, *arguments)[0] == 0
    assert target.read_bytes().startswith(b"\x89PNG")
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert "--force" in err
    assert run(capsys, *arguments, "--force")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["lib:nosuch", "lib:si"], "no crystal 'nosuch'"),
        (["lib:si", "nosuch.cif"], "no such file"),
        (["lib:nvp", "lib:si"], "disordered"),
        (["lib:si", "lib:si", "--cutoff", "-1"], "-1"),
        (["lib:si", "lib:si", "--criterion", "guess"], "guess"),
        (["lib:si", "lib:si", "--criterion", "crystalnn", "--cutoff", "2"], "exclude"),
        (["lib:si", "lib:si", "--sensitivity", "-1"], "-1"),
        (["lib:si", "lib:si", "-o", "x.nonsense"], ".png, .svg or .pdf"),
        (["lib:si"], "AFTER"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())
