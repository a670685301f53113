"""The command line of mismatches: the published job, its ratios, and bad input."""

import shlex
from typing import Any

import pytest

from command import run_command, run_json

PLANES = ("--parallel-planes", "(1,2,-1)||(2,-1,0)")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run_command(capsys, "analyze", "mismatch", *arguments)


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    return run_json(capsys, "analyze", "mismatch", *arguments)


def test_nvp_on_nh4vo3(capsys: pytest.CaptureFixture[str]) -> None:
    """Yu et al.: 8.1 % for three planes to two; 4:3 and 7:5 would fit better."""
    found = result(capsys, "lib:nh4vo3", "lib:nvp", *PLANES)
    assert found["d_substrate"] == pytest.approx(3.167, abs=6e-4)
    assert found["d_film"] == pytest.approx(4.364, abs=6e-4)
    by_ratio = {(ratio["m"], ratio["n"]): ratio for ratio in found["ratios"]}
    expected = {(1, 1): -0.378, (3, 2): 0.0813, (4, 3): -0.0335, (7, 5): 0.0157}
    for pair, value in expected.items():
        assert by_ratio[pair]["mismatch"] == pytest.approx(value, abs=5e-4)
        assert by_ratio[pair]["period"] == pytest.approx(pair[0] * found["d_substrate"])
    assert by_ratio[1, 1]["mismatch_film_reference"] == pytest.approx(0.274, abs=5e-4)
    assert by_ratio[3, 2]["mismatch_film_reference"] == pytest.approx(-0.0885, abs=5e-4)
    assert found["definitions"]["substrate"] == "(m d_sub - n d_film) / (m d_sub)"


def test_sign_and_denominator_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    for output in ("table", "csv"):
        code, out, _ = run(capsys, "lib:nh4vo3", "lib:nvp", *PLANES, "--format", output)
        assert code == 0
        assert "(m d_sub - n d_film) / (m d_sub)" in out
        assert "(n d_film - m d_sub) / (n d_film)" in out


def test_chosen_ratios_and_shared_strain(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("lib:nah2po4", "lib:nvp", "--parallel-planes", "(-1-21)||(009)", "--ratio", "3:5")
    found = result(capsys, *arguments, "--substrate-share", "0.5")
    (ratio,) = found["ratios"]
    assert ratio["mismatch"] == pytest.approx(0.009, abs=4e-4)
    assert ratio["strain_substrate"] == pytest.approx(-ratio["strain_film"])
    assert "forbidden" in found["notes"][0]


def test_directions_and_areas(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "lib:nh4vo3", "lib:nvp", "--parallel-directions", "[012]||[12-1]")
    assert found["d_film"] == pytest.approx(8.844, abs=1e-3)
    found = result(capsys, "lib:nh4vo3", "lib:nvp", "--areas", "(12-1)||(2-10)")
    assert found["d_film"] == pytest.approx(109.9, abs=0.05)


def test_pair_may_begin_with_a_minus_sign(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(capsys, "lib:nah2po4", "lib:nvp", "--parallel-planes", "-1 -2 1 || 0 0 9")
    assert found["d_substrate"] == pytest.approx(4.074, abs=6e-4)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--parallel-planes", "(1,2,-1)"),
        ("--parallel-planes", "(1,2,-1)||(0,0,0)"),
        ("--parallel-planes", "(1,2,-1)||[2,-1,0]"),
        ("--parallel-planes", "(2,-1,-1,0)||(2,-1,0)"),
        (*PLANES, "--areas", "(1,2,-1)||(2,-1,0)"),
        (*PLANES, "--ratio", "3"),
        (*PLANES, "--ratio", "0:1"),
        (*PLANES, "--max-multiple", "0"),
        (*PLANES, "--max-mismatch", "-1"),
        (*PLANES, "--max-mismatch", "nan"),
        (*PLANES, "--substrate-share", "2"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, "lib:nh4vo3", "lib:nvp", *arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1


def test_help_shows_an_example_that_works(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--help")
    example = shlex.split(out[out.index("Example:") :].removeprefix("Example:"))
    assert example[:3] == ["ionsmith", "analyze", "mismatch"]
    assert run(capsys, *example[3:])[0] == 0
