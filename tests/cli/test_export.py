"""``ionsmith export``, as a user types it."""

import json
from pathlib import Path

import pytest

from command import run_command as run


def test_export_and_refuse_to_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    target = tmp_path / "job"
    words = ("export", "vasp", "lib:nafepo4", str(target), "--magnetic-order", "antiferro")
    words += ("--task", "relax")
    code, out, err = run(capsys, *words, "--hubbard", "Fe=4", "--kpoints", "1", "2", "3", "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert (result["task"], json.loads(out)["inputs"]["task"]) == ("relax", "relax")
    assert result["moments"] == {"Fe": 0}
    assert result["largest_moment"] == {"Fe": 4}
    assert (result["hubbard"], result["kpoints"]) == ({"Fe": 4}, [1, 2, 3])
    assert set(result["files"]) == {path.name for path in target.iterdir()}
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert "not empty" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("espresso", "lib:nvp"), 2, "is disordered on"),
        (("espresso", "lib:si", "--moment", "Si"), 2, "V=3.25"),
        (("vasp", "lib:sio2", "--charge", "1"), 2, "odd number of electrons"),
        (("lammps", "lib:na3sb"), 2, "potential"),
        (("abinit", "lib:si", "--pseudo-dir", "."), 4, "Si.psp8"),
        (("cp2k", "lib:si", "--oxidation-state", "Fe=2"), 2, "no Fe in"),
        (("siesta", "lib:si"), 2, "siesta"),
    ],
)
def test_one_line_and_nothing_written(
    words: tuple[str, ...],
    code: int,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    ended, out, err = run(capsys, "export", *words[:2], "job", *words[2:])
    assert (ended, out) == (code, "")
    assert reason in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
