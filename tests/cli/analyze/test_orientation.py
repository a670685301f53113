"""The command line of orientation relationships: the published ones, rotations, bad input."""

import shlex
from typing import Any

import numpy as np
import pytest

from command import run_command, run_json

NVP_ON_NH4VO3 = ("lib:nh4vo3", "lib:nvp")
PARALLEL = ("--parallel-planes", "(1,2,-1)||(2,-1,0)", "--parallel-directions", "[0,1,2]||[1,2,-1]")

NAH2PO4 = ("--parallel-planes", "(-1-21)||(009)", "--parallel-directions", "[-321]||[210]")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "orientation", *arguments)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    return run_json(capsys, "analyze", "orientation", *arguments)


@pytest.mark.parametrize(
    ("arguments", "variants"),
    [  # Yu et al.; 8 and 4 operations of mmm and 2/m, only the inversion is shared with -3m
        ((*NVP_ON_NH4VO3, *PARALLEL), 4),
        (("lib:nah2po4", "lib:nvp", *NAH2PO4), 2),
    ],
)
def test_published_relationships(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], variants: int
) -> None:
    found = result(capsys, *arguments)
    assert [law["value"] for law in found["zone_laws"]] == [0, 0]
    assert all(law["exact"] for law in found["zone_laws"])
    rotation = np.array(found["rotation"])
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)
    assert found["variant_count"] == len(found["variants"]) == variants
    assert found["nearly_parallel_planes"][0]["angle"] == pytest.approx(0, abs=1e-6)
    assert set(found["definitions"]) == {"substrate", "film"}


def test_rotation_goes_in_as_it_comes_out(capsys: pytest.CaptureFixture[str]) -> None:
    first = result(capsys, *NVP_ON_NH4VO3, *PARALLEL)
    for option, key in (("--euler", "euler"), ("--quaternion", "quaternion")):
        text = " ".join(repr(value) for value in first[key])
        again = result(capsys, *NVP_ON_NH4VO3, option, text)
        assert np.array(again["rotation"]) == pytest.approx(np.array(first["rotation"]))
        assert again["zone_laws"] is None
    text = ",".join(repr(value) for row in first["rotation"] for value in row)
    again = result(capsys, *NVP_ON_NH4VO3, "--matrix", text)
    assert np.array(again["rotation"]) == pytest.approx(np.array(first["rotation"]))


def test_table_reads(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *NVP_ON_NH4VO3, *PARALLEL)
    assert code == 0
    for expected in ("number of variants", "[0,1,2] || [1,2,-1]", "Nearly parallel planes"):
        assert expected in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            (
                "--parallel-planes",
                "(1,2,1)||(2,-1,0)",
                "--parallel-directions",
                "[0,1,2]||[1,2,-1]",
            ),
            "49.82°",
        ),
        (("--parallel-planes", "(1,2,-1)||(2,-1,0)"), "--parallel-directions"),
        ((), "--parallel-planes"),
        ((*PARALLEL, "--euler", "1 2 3"), "one of"),
        (("--euler", "1 2"), "3 numbers"),
        (("--euler", "a b c"), "numbers"),
        (("--quaternion", "0 0 0 0"), "zeros"),
        (("--matrix", "1 0 0 0 1 0 0 0 2"), "not a rotation"),
        ((*PARALLEL, "--max-index", "9"), "--max-index"),
        ((*PARALLEL, "--within", "nan"), "finite"),
        ((*PARALLEL, "--tolerance", "-1"), "--tolerance"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = run(capsys, *NVP_ON_NH4VO3, *arguments)
    assert code == 2
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_help_shows_an_example_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--help")
    example = shlex.split(out[out.index("Example:") :].removeprefix("Example:"))
    assert example[:3] == ["ionsmith", "analyze", "orientation"]
    assert run(capsys, *example[3:])[0] == 0
