"""``ionsmith build amorphous`` and ``analyze pair-distribution``, as a user types them."""

import json
from pathlib import Path

import pytest
from ase.io import read

from command import run_command as run

SMALL = ("--atoms", "64", "--sweeps", "4", "--seed", "3")


def test_network_same_bytes_resumed_and_analyzed(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    held, whole, again = (str(tmp_path / name) for name in ("a.npz", "a.extxyz", "b.extxyz"))
    words = ("build", "amorphous", "si", *SMALL)
    code, out, err = run(capsys, *words, "--checkpoint", held, "-o", whole, "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert result["n_atoms"] == sum(result["coordination"].values()) == 64
    assert result["rings_per_atom"] is None
    assert run(capsys, *words, "--checkpoint", held, "-o", again)[0] == 2  # it exists
    code, out, _ = run(capsys, *words, "--checkpoint", held, "--resume", "-o", again)
    assert code == 0
    assert "Custer" in out
    assert Path(whole).read_bytes() == Path(again).read_bytes()
    assert read(whole).info["ionsmith"]["steps"][0]["parameters"]["seed"] == 3
    code, out, _ = run(capsys, "analyze", "pair-distribution", whole, "--cutoff", "2.85", "--json")
    assert code == 0
    assert json.loads(out)["result"]["coordination"] == result["coordination"]


def test_packing(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "lisi.vasp"
    words = ("Li15Si4", "--method", "packing", "--atoms", "38", "-o", str(path))
    code, out, err = run(capsys, "build", "amorphous", *words)
    assert (code, err) == (0, "")
    assert "li15si4" in out
    assert read(path).symbols.formula.count() == {"Li": 30, "Si": 8}


def test_calculator(capsys: pytest.CaptureFixture) -> None:
    words = ("Al", "--method", "packing", "--atoms", "32", "--density", "2.6", "--dry-run")
    options = ("--potential", "ase.calculators.emt:EMT", "--steps", "5")
    code, out, _ = run(capsys, "build", "amorphous", *words, *options, "--json")
    assert code == 0
    assert json.loads(out)["result"]["largest_force"] > 0
    code, _, err = run(capsys, "build", "amorphous", *words, "--potential", "nowhere:EMT")
    assert (code, err.count("\n")) == (2, 1)


def test_melt_quench(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    words = ("build", "amorphous", "lib:nafepo4", "--method", "melt-quench", "--atoms", "28")
    times = ("--melt-time", "0.2", "--rate", "37000", "--hold-time", "0", "--steps", "2")
    held, first, again, picture = (
        str(tmp_path / name) for name in ("a.npz", "a.extxyz", "b.extxyz", "a.svg")
    )
    more = ("--density", "3.1", "--checkpoint", held)
    code, out, err = run(capsys, *words, *times, *more, "-o", first, "--picture", picture, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["result"]["density"] == pytest.approx(3.1)
    assert document["inputs"]["rate"] == 37000
    assert Path(picture).read_text().startswith("<?xml")
    assert run(capsys, *words, *times, *more, "-o", again)[0] == 2  # the checkpoint exists
    code, out, _ = run(capsys, *words, *times, *more, "--resume", "-o", again)
    assert code == 0
    assert "crucibles" in out
    assert Path(first).read_bytes() == Path(again).read_bytes()
    command = read(first).info["ionsmith"]["steps"][-1]["command"]
    assert command.startswith("ionsmith build amorphous lib:nafepo4 --method melt-quench")


def test_dry_run_of_a_melt_computes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from ase.calculators.emt import EMT

    def computes(*_: object, **__: object) -> None:
        raise AssertionError("the dry run computed")

    monkeypatch.setattr(EMT, "calculate", computes)
    monkeypatch.setattr("ionsmith.simulation.melt_quench._start.build_packing", computes)
    words = ("build", "amorphous", "Cu3Au", "--method", "melt-quench", "--atoms", "1000")
    more = ("--density", "12", "--potential", "ase.calculators.emt:EMT", "--dry-run", "--json")
    code, out, err = run(capsys, *words, *more)
    assert (code, err) == (0, "")
    result = json.loads(out)["result"]
    assert result["composition"] == {"Cu": 750, "Au": 250}
    # 750 x 63.546 + 250 x 196.967 u at 12 g/cm³; 10 ps, 3700 K at 50 K/ps, 5 ps, by 2 fs.
    assert result["volume"] == pytest.approx(96901.25 * 1.66053907 / 12, rel=1e-5)
    assert result["steps"] == (10 + 74 + 5) * 500
    code, _, err = run(capsys, *words, *more[2:])
    assert (code, err.count("\n")) == (2, 1)
    assert "--density" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("si", "--steps", "5"), "--steps belongs to --method packing"),
        (("LiSi", "--method", "packing", "--relax-cell"), "--relax-cell belongs to --method"),
        (("sn",), "a network is made of Si or Ge"),
        (("FeO", "--method", "packing"), "no density of Fe-O"),
        (("si", "--resume"), "needs the file of the interrupted run"),
        (("si", "--checkpoint", "a.extxyz", "-o", "./a.extxyz"), "cannot be the checkpoint too"),
        (("si", "--rate", "5"), "--rate belongs to --method melt-quench"),
        (("lib:v2o5", "--method", "melt-quench"), "no parameters for V"),
        (("NaPO3", "--method", "melt-quench"), "density"),
        (("no.cif", "--method", "melt-quench"), "no.cif"),
        (("lib:nafepo4", "--method", "melt-quench", "--rate", "0"), "is 0"),
        (("lib:nafepo4", "--method", "melt-quench", "--picture", "a.pdf"), ".png, .svg or .pdf"),
    ],
)
def test_bad_input_is_one_line(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture
) -> None:
    code, out, err = run(capsys, "build", "amorphous", *words, "--dry-run")
    assert code in (2, 3)
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
